//! Intuit's lists as records: what is searched, matched and shown, and the object itself as it came.

use std::collections::HashMap;

use protocol::import::List;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::changes::told;
use super::query::entity;
use crate::mapping::{address, rate_text};
use crate::providers::{Counted, ImportedRecord, Page};

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, rename = "QueryResponse")]
    response: HashMap<&'a str, &'a RawValue>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
}

/// An object of any list, as far as it is looked at.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Object<'a> {
    id: String,
    sync_token: Option<String>,
    name: Option<String>,
    display_name: Option<String>,
    fully_qualified_name: Option<String>,
    active: Option<bool>,
    #[serde(default)]
    hidden: bool,
    acct_num: Option<String>,
    account_type: Option<String>,
    primary_email_addr: Option<Email>,
    #[serde(borrow)]
    rate_value: Option<&'a RawValue>,
    sales_tax_rate_list: Option<RateList>,
    #[serde(borrow)]
    due_days: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Email {
    #[serde(rename = "Address")]
    address: Option<String>,
}

#[derive(Deserialize)]
struct RateList {
    #[serde(default, rename = "TaxRateDetail")]
    details: Vec<RateDetail>,
}

#[derive(Deserialize)]
struct RateDetail {
    #[serde(rename = "TaxRateRef")]
    rate: Reference,
}

#[derive(Deserialize)]
struct Reference {
    value: String,
}

/// Reads the answer to a page's statement. None when it is not an answer at all; an object that
/// cannot be read only makes the page's size larger than its records.
pub(super) fn page(list: List, body: &[u8]) -> Option<Page> {
    let answer: Answer<'_> = serde_json::from_slice(body).ok()?;
    let Some(rows) = answer.response.get(entity(list)) else { return Some(Page::default()) };
    let rows: Vec<&RawValue> = serde_json::from_str(rows.get()).ok()?;
    Some(Page {
        records: rows.iter().filter_map(|row| record(list, row.get())).collect(),
        size: u32::try_from(rows.len()).ok()?,
    })
}

/// Reads the answer to a count.
pub(super) fn count(body: &[u8]) -> Option<Counted> {
    let answer: Answer<'_> = serde_json::from_slice(body).ok()?;
    let total = serde_json::from_str(answer.response.get("totalCount")?.get()).ok()?;
    Some(Counted { total, at: answer.time.and_then(told) })
}

pub(super) fn record(list: List, raw: &str) -> Option<ImportedRecord> {
    let object: Object<'_> = serde_json::from_str(raw).ok()?;
    let email = object.primary_email_addr.and_then(|email| email.address);
    let email = email.as_deref().and_then(address);
    let rate = object.rate_value.and_then(|value| basis_points(value.get()));
    let detail = match list {
        List::Accounts => object.account_type.clone(),
        List::TaxRates => rate.map(rate_text),
        List::Terms => object.due_days.map(|days| format!("{} days", days.get())),
        List::Customers | List::Suppliers => email.clone(),
        List::Company
        | List::TaxCodes
        | List::TaxAgencies
        | List::PaymentMethods
        | List::Currencies
        | List::Classes
        | List::Locations
        | List::Items => None,
    };
    let rates = object.sales_tax_rate_list.map(|list| list.details).unwrap_or_default();
    let name = object.fully_qualified_name.or(object.display_name).or(object.name)?;
    if object.id.is_empty() || object.id.len() > 64 || name.trim().is_empty() {
        return None;
    }
    Some(ImportedRecord {
        id: object.id,
        name,
        number: object.acct_num.filter(|number| !number.is_empty()),
        kind: object.account_type,
        detail,
        email,
        rate,
        rates: rates.into_iter().map(|detail| detail.rate.value).collect(),
        sync_token: object.sync_token,
        // A hidden tax code is switched off: transactions may not use it.
        active: object.active.unwrap_or(true) && !object.hidden,
        raw: raw.to_owned(),
    })
}

/// A percentage as decimal text ("7.1") in basis points (710), half a point rounded up. Without
/// floating point, which does not know 8.875. None for what is no such number, or an absurd one.
fn basis_points(text: &str) -> Option<i64> {
    let text = text.trim().trim_matches('"');
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || whole.len() > 4 || part.len() > 12 || (digits.contains('.') && part.is_empty()) {
        return None;
    }
    if !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: i64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    let points = (whole.parse::<i64>().ok()? * 1000 + thousandths + 5) / 10;
    Some(if negative { -points } else { points })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::ids::Moment;

    use super::*;

    #[test]
    fn a_page_of_customers_is_read() {
        let body = r#"{"QueryResponse":{"Customer":[
            {"Id":"8","SyncToken":"3","FullyQualifiedName":"Freeman:55 Twin Lane","DisplayName":"55 Twin Lane","Active":true,
             "PrimaryEmailAddr":{"Address":"Sporting_goods@intuit.com"},"Balance":85.00},
            {"Id":7},
            {"Id":"9","DisplayName":"Gone (deleted)","Active":false}],"startPosition":1,"maxResults":3},"time":"x"}"#;
        let page = page(List::Customers, body.as_bytes()).unwrap();
        assert_eq!((page.size, page.records.len()), (3, 2));
        assert_eq!(page.records[0].name, "Freeman:55 Twin Lane");
        assert_eq!(page.records[0].email.as_deref(), Some("sporting_goods@intuit.com"));
        assert!(page.records[0].raw.contains("85.00"), "kept as it came");
        assert!(!page.records[1].active);
    }

    #[test]
    fn a_tax_code_names_its_rates() {
        let body = r#"{"QueryResponse":{"TaxCode":[{"Id":"3","Name":"Tucson","Active":true,
            "SalesTaxRateList":{"TaxRateDetail":[{"TaxRateRef":{"value":"1","name":"AZ"},"TaxOrder":0},{"TaxRateRef":{"value":"2"}}]}},
            {"Id":"NON","Name":"NON"}]}}"#;
        let page = page(List::TaxCodes, body.as_bytes()).unwrap();
        assert_eq!(page.records[0].rates, ["1", "2"]);
        assert_eq!(page.records[1].sync_token, None);
    }

    #[test]
    fn nothing_found_is_an_empty_page() {
        assert_eq!(page(List::Terms, br#"{"QueryResponse":{},"time":"x"}"#).unwrap().size, 0);
        let counted = |total, at| Some(Counted { total, at });
        assert_eq!(count(br#"{"QueryResponse":{"totalCount":240},"time":"x"}"#), counted(240, None));
        let body = br#"{"QueryResponse":{"totalCount":26},"time":"2025-11-24T08:00:00.000-08:00"}"#;
        assert_eq!(count(body), counted(26, Some(Moment(1_764_000_000_000))));
        assert_eq!(count(br#"{"QueryResponse":{}}"#), None);
    }

    #[test]
    fn in_02_rates_are_exact_and_absurd_ones_are_none() {
        for (text, points) in [
            ("20", Some(2000)),
            ("7.1", Some(710)),
            ("8.875", Some(888)),
            ("-20.0", Some(-2000)),
            ("\"5.25\"", Some(525)),
            ("1e309", None),
            ("NaN", None),
            ("9223372036854775808", None),
            ("", None),
            (".", None),
            ("1.", None),
        ] {
            assert_eq!(basis_points(text), points, "{text}");
        }
    }

    #[test]
    fn in_03_a_row_that_cannot_be_read_is_not_fatal() {
        let body = r#"{"QueryResponse":{"Customer":[{"Id":"1","DisplayName":"\ud800"},{"Id":"2","DisplayName":"a\u0000b"}]}}"#;
        let page = page(List::Customers, body.as_bytes()).unwrap();
        assert_eq!((page.size, page.records.len()), (2, 1));
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,60}") {
            let _ = page(List::Customers, &body);
            let _ = count(&body);
            let _ = basis_points(&text);
        }

        #[test]
        fn two_decimals_are_exact(whole in 0i64..1000, part in 0i64..100) {
            prop_assert_eq!(basis_points(&format!("{whole}.{part:02}")), Some(whole * 100 + part));
        }
    }
}
