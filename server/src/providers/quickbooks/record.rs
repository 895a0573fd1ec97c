//! One of Intuit's objects as a record: what is searched, matched and shown of it, and its facts.

use protocol::import::List;
use serde_json::value::RawValue;

use super::object::{Addr, Effective, Object, RateList, Reference, Text};
use crate::mapping::{DETAIL_LIMIT, NUMBER_LIMIT, address, rate_text, shown};
use crate::providers::ImportedRecord;
use crate::providers::decimal::{basis_points, decimal, whole};
use crate::providers::facts::{Address, DatedRate, Due, RecordFacts};

/// Most bytes of an id.
const ID_LIMIT: usize = 64;

/// Whether this can be the id of an object. Intuit's are numbers and a few words.
pub(super) fn is_id(id: &str) -> bool {
    (1..=ID_LIMIT).contains(&id.len()) && !id.contains(char::is_control)
}

/// Reads an object of a list. None when it has no name or no id that can be one, or is no such object.
pub(super) fn record(list: List, raw: &str) -> Option<ImportedRecord> {
    let object: Object<'_> = serde_json::from_str(raw).ok()?;
    let named = object.fully_qualified_name.as_ref().or(object.display_name.as_ref());
    let name = named.or(object.name.as_ref()).or(object.code.as_ref())?.to_string();
    if !is_id(&object.id) || name.trim().is_empty() {
        return None;
    }
    let email =
        object.primary_email_addr.as_ref().and_then(|email| email.address.as_deref()).and_then(address);
    let rate = object.rate_value.and_then(|value| basis_points(value.get()));
    let facts = facts(list, &object, &name);
    Some(ImportedRecord {
        number: number(list, &object).filter(|number| !number.trim().is_empty()),
        kind: kind(list, &object),
        detail: match list {
            List::TaxRates => rate.map(rate_text),
            List::Customers | List::Suppliers => email.clone(),
            _ => detail(list, &object, &facts),
        },
        email,
        rate,
        facts,
        // A hidden tax code is switched off: transactions may not use it.
        active: object.active.unwrap_or(true) && !object.hidden,
        sync_token: object.sync_token.map(Text::into_owned),
        id: object.id.into_owned(),
        name,
        raw: raw.into(),
    })
}

fn number(list: List, object: &Object<'_>) -> Option<String> {
    match list {
        List::Items => owned(object.sku.as_ref()),
        List::Currencies => owned(object.code.as_ref()),
        List::TaxAgencies => owned(object.tax_registration_number.as_ref()),
        _ => owned(object.acct_num.as_ref()),
    }
}

fn kind(list: List, object: &Object<'_>) -> Option<String> {
    match list {
        List::Accounts => owned(object.account_type.as_ref()),
        List::Items | List::Terms | List::PaymentMethods => owned(object.kind.as_ref()),
        _ => None,
    }
}

/// What tells two of a name apart, in words that people know from QuickBooks.
fn detail(list: List, object: &Object<'_>, facts: &RecordFacts) -> Option<String> {
    match list {
        List::Accounts => owned(object.account_type.as_ref()),
        List::Terms => facts.due.as_ref().map(due_text),
        List::PaymentMethods => {
            (object.kind.as_deref() == Some("CREDIT_CARD")).then(|| "Credit card".to_owned())
        }
        List::Items => object.kind.as_deref().map(item_type),
        _ => None,
    }
}

fn due_text(due: &Due) -> String {
    match due {
        Due::Days(1) => "1 day".to_owned(),
        Due::Days(days) => format!("{days} days"),
        Due::DayOfMonth(day) => format!("day {day} of the month"),
    }
}

fn item_type(kind: &str) -> String {
    match kind {
        "NonInventory" => "Non-inventory",
        "Group" => "Bundle",
        other => other,
    }
    .to_owned()
}

fn facts(list: List, object: &Object<'_>, name: &str) -> RecordFacts {
    let of_all = RecordFacts {
        parent: id(object.parent_ref.as_ref()),
        // A name has no colon of its own: QuickBooks puts one between a parent and its child.
        level: u8::try_from(name.matches(':').count()).unwrap_or(u8::MAX),
        currency: id(object.currency_ref.as_ref()),
        ..RecordFacts::default()
    };
    match list {
        List::Accounts => RecordFacts {
            subtype: word(object.account_sub_type.as_ref()),
            classification: word(object.classification.as_ref()),
            tax_code: id(object.tax_code_ref.as_ref()),
            ..of_all
        },
        List::Customers | List::Suppliers => of_a_person(object, of_all),
        List::Items => of_an_item(object, of_all),
        List::Terms => RecordFacts { due: due(object), ..RecordFacts::default() },
        List::TaxRates => RecordFacts {
            dated: object.effective_tax_rate.iter().flatten().filter_map(dated).collect(),
            special: word(object.special_tax_type.as_ref()).filter(|word| word != "NONE"),
            agency: id(object.agency_ref.as_ref()),
            ..RecordFacts::default()
        },
        List::TaxCodes => RecordFacts {
            sales: rates(object.sales_tax_rate_list.as_ref()),
            purchases: rates(object.purchase_tax_rate_list.as_ref()),
            ..RecordFacts::default()
        },
        List::Classes | List::Locations => of_all,
        List::Company | List::TaxAgencies | List::PaymentMethods | List::Currencies => RecordFacts::default(),
    }
}

fn of_a_person(object: &Object<'_>, facts: RecordFacts) -> RecordFacts {
    let numbers =
        [&object.gstin, &object.business_number, &object.primary_tax_identifier, &object.tax_identifier];
    let phone = object.primary_phone.as_ref().or(object.mobile.as_ref());
    RecordFacts {
        company: line(object.company_name.as_ref()),
        phone: word(phone.and_then(|phone| phone.number.as_ref())),
        tax_number: numbers
            .into_iter()
            .find_map(|number| word(number.as_ref()))
            .filter(|number| !masked(number)),
        address: object.bill_addr.as_ref().and_then(place),
        tax_code: id(object.default_tax_code_ref.as_ref()),
        term: id(object.sales_term_ref.as_ref().or(object.term_ref.as_ref())),
        payment_method: id(object.payment_method_ref.as_ref()),
        ..facts
    }
}

fn of_an_item(object: &Object<'_>, facts: RecordFacts) -> RecordFacts {
    RecordFacts {
        income_account: id(object.income_account_ref.as_ref()),
        expense_account: id(object.expense_account_ref.as_ref()),
        asset_account: id(object.asset_account_ref.as_ref()),
        tax_code: id(object.sales_tax_code_ref.as_ref()),
        class: id(object.class_ref.as_ref()),
        price: object.unit_price.and_then(exact),
        ..facts
    }
}

fn due(object: &Object<'_>) -> Option<Due> {
    let days = object.due_days.and_then(|days| whole(days.get())).map(Due::Days);
    let day =
        || object.day_of_month_due.and_then(|day| whole(day.get())).filter(|day| (1..=31).contains(day));
    days.or_else(|| day().map(Due::DayOfMonth))
}

fn dated(effective: &Effective) -> Option<DatedRate> {
    Some(DatedRate {
        rate: exact(&effective.rate_value)?,
        from: effective.from.as_deref().and_then(day),
        until: effective.until.as_deref().and_then(day),
    })
}

/// The day of a moment such as `2011-01-04T00:00:00-08:00`: the one that the company reads there.
pub(super) fn day(moment: &str) -> Option<String> {
    let day = moment.get(..10)?;
    let format = time::macros::format_description!("[year]-[month]-[day]");
    time::Date::parse(day, format).is_ok().then(|| day.to_owned())
}

fn exact(value: &RawValue) -> Option<String> {
    decimal(value.get()).map(str::to_owned)
}

fn rates(list: Option<&RateList<'_>>) -> Vec<String> {
    let details = list.map(|list| list.details.as_slice()).unwrap_or_default();
    details.iter().filter_map(|detail| id(Some(&detail.rate))).collect()
}

fn id(reference: Option<&Reference<'_>>) -> Option<String> {
    owned(reference?.value.as_ref()).filter(|id| is_id(id))
}

fn owned(text: Option<&Text<'_>>) -> Option<String> {
    text.map(|text| text.to_string())
}

fn word(text: Option<&Text<'_>>) -> Option<String> {
    bounded(text, NUMBER_LIMIT)
}

fn line(text: Option<&Text<'_>>) -> Option<String> {
    bounded(text, DETAIL_LIMIT)
}

fn bounded(text: Option<&Text<'_>>, limit: usize) -> Option<String> {
    text.map(|text| shown(text, limit)).filter(|text| !text.is_empty())
}

fn place(addr: &Addr<'_>) -> Option<Address> {
    let lines = [&addr.line1, &addr.line2, &addr.line3, &addr.line4, &addr.line5];
    let address = Address {
        lines: lines.into_iter().filter_map(|text| line(text.as_ref())).collect(),
        city: line(addr.city.as_ref()),
        region: line(addr.country_sub_division_code.as_ref()),
        postal_code: word(addr.postal_code.as_ref()),
        country: line(addr.country.as_ref()),
    };
    (address != Address::default()).then_some(address)
}

/// Intuit shows but the end of some numbers, with crosses or stars before it.
fn masked(number: &str) -> bool {
    number.chars().filter(|one| matches!(one, '*' | 'x' | 'X')).count() > 2
}

#[cfg(test)]
mod tests;
