//! The checks between a wish and a record, and the properties that follow from others. Which of several faults
//! comes first is open; here it is the one that stands first in `settled`.

use serde_json::{Map, Value};

use super::{
    Books, Rules,
    defaults::{ACCOUNT_TYPES, ITEM_TYPES, currency},
    list::is_active,
    names::{alive, deleted, display_name, unique},
    refusals::{characters, duplicate, enumeration, inactive_reference, length, reference, required},
    rules::Naming,
};
use crate::quickbooks::{faults::Service, query::says_active};

/// Where a record comes from.
pub(super) struct Origin<'a> {
    pub(super) rules: &'static Rules,
    pub(super) id: String,
    /// What it was before, unless it is new.
    pub(super) old: Option<&'a Value>,
}

impl Origin<'_> {
    /// Whether a property is another than before.
    fn is_new(&self, record: &Map<String, Value>, field: &str) -> bool {
        record.get(field) != self.old.and_then(|old| old.get(field))
    }
}

impl Books {
    /// The record with everything that follows from what was said, or the fault.
    pub(super) fn settled(
        &self,
        origin: &Origin<'_>,
        mut record: Map<String, Value>,
    ) -> Result<Map<String, Value>, Service> {
        let rules = origin.rules;
        named(rules, &mut record);
        complete(rules, &record)?;
        lengths(rules, &record)?;
        letters(origin, &record)?;
        enumerations(rules.entity, &record)?;
        self.references(origin, &mut record)?;
        self.currency(origin, &mut record)?;
        derived(rules.entity, &mut record);
        self.place_below_parent(origin, &mut record)?;
        self.rename(origin, record)
    }

    /// Every record that is newly named has to be there and active; its name is written beside its Id.
    fn references(&self, origin: &Origin<'_>, record: &mut Map<String, Value>) -> Result<(), Service> {
        for (field, entity) in origin.rules.references {
            if !record.contains_key(*field) || !origin.is_new(record, field) {
                continue;
            }
            let id = record.get(*field).and_then(|found| found.get("value")).and_then(Value::as_str);
            let target = id.and_then(|id| self.list(entity)?.get(id)).ok_or_else(|| reference(field))?;
            if !is_active(&target) {
                return Err(inactive_reference());
            }
            let name =
                ["FullyQualifiedName", "DisplayName", "Name"].iter().find_map(|name| target.get(*name));
            if let (Some(name), Some(Value::Object(reference))) = (name.cloned(), record.get_mut(*field)) {
                reference.insert("name".to_owned(), name);
            }
        }
        Ok(())
    }

    /// A record keeps its first currency. With one currency only, what is sent means nothing.
    fn currency(&self, origin: &Origin<'_>, record: &mut Map<String, Value>) -> Result<(), Service> {
        let home = self.home_currency();
        let kept = match (origin.old.and_then(|old| old.get("CurrencyRef")), record.get("CurrencyRef")) {
            (Some(old), _) => old.clone(),
            (None, None) => return Ok(()),
            (None, Some(sent)) if self.is_on("CompanyCurrency") && sent.get("value") != home.get("value") => {
                let code = sent.get("value").and_then(Value::as_str).unwrap_or_default();
                let known = self.list("CompanyCurrency").is_some_and(|list| {
                    list.kept().any(|(_, one)| is_active(one) && one.get("Code") == sent.get("value"))
                });
                if !known {
                    return Err(reference("CurrencyRef"));
                }
                currency(code)
            }
            _ => home,
        };
        record.insert("CurrencyRef".to_owned(), kept);
        Ok(())
    }

    /// Takes or gives back ` (deleted)`, and sees to it that nobody else has the name.
    fn rename(
        &self,
        origin: &Origin<'_>,
        mut record: Map<String, Value>,
    ) -> Result<Map<String, Value>, Service> {
        let Some(field) = origin.rules.naming.field() else { return Ok(record) };
        let active = says_active(record.get("Active"));
        let was_active = origin.old.is_none_or(is_active);
        let name = record.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        if active && !was_active {
            retitle(&mut record, field, &name, alive(&name));
        }
        if !active && origin.rules.naming != Naming::Plain("Code") {
            for nth in 0.. {
                let mut candidate = record.clone();
                retitle(&mut candidate, field, &name, &deleted(alive(&name), nth));
                if !self.is_taken(origin, &candidate) {
                    return Ok(candidate);
                }
            }
        }
        if self.is_taken(origin, &record) {
            return Err(duplicate(origin.rules.naming == Naming::Person));
        }
        Ok(record)
    }

    fn is_taken(&self, origin: &Origin<'_>, record: &Map<String, Value>) -> bool {
        let record = Value::Object(record.clone());
        let name = unique(origin.rules, &record);
        let bearer = name.and_then(|name| self.bearer(origin.rules, name));
        bearer.is_some_and(|bearer| bearer.entity != origin.rules.entity || bearer.id != origin.id)
    }
}

/// Gives a record another name, also at the end of its qualified one.
fn retitle(record: &mut Map<String, Value>, field: &str, from: &str, to: &str) {
    if let Some(Value::String(path)) = record.get_mut("FullyQualifiedName")
        && let Some(above) = path.strip_suffix(from)
    {
        *path = format!("{above}{to}");
    }
    record.insert(field.to_owned(), Value::String(to.to_owned()));
}

/// People who say only the parts of their name are called by them; cheques are made out to the whole name.
fn named(rules: &Rules, record: &mut Map<String, Value>) {
    if rules.naming != Naming::Person {
        return;
    }
    if !record.contains_key("DisplayName")
        && let Some(name) = display_name(record)
    {
        record.insert("DisplayName".to_owned(), Value::String(name));
    }
    if !record.contains_key("PrintOnCheckName")
        && let Some(name) = record.get("DisplayName").and_then(Value::as_str)
    {
        let fitting = name.chars().take(110).collect();
        record.insert("PrintOnCheckName".to_owned(), Value::String(fitting));
    }
}

fn complete(rules: &Rules, record: &Map<String, Value>) -> Result<(), Service> {
    let has = |field: &str| record.contains_key(field);
    let further: &[&str] = match rules.entity {
        "Customer" | "Vendor" | "Employee" => &["DisplayName"],
        "Account" if !has("AccountSubType") => &["AccountType"],
        "Term" if !has("DayOfMonthDue") => &["DueDays"],
        "Item" => match record.get("Type").and_then(Value::as_str) {
            Some("Inventory") => {
                &["IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "QtyOnHand", "InvStartDate"]
            }
            Some("Service" | "NonInventory") if !has("ExpenseAccountRef") => &["IncomeAccountRef"],
            _ => &[],
        },
        _ => &[],
    };
    let missing = rules.required.iter().chain(further).find(|field| !has(field));
    missing.map_or(Ok(()), |field| Err(required(field)))
}

fn lengths(rules: &Rules, record: &Map<String, Value>) -> Result<(), Service> {
    for (path, most) in rules.lengths {
        let (field, part) = path.split_once('.').unwrap_or((path, ""));
        let value = record.get(field);
        let text = if part.is_empty() { value } else { value.and_then(|value| value.get(part)) };
        // A name that was at its longest still gets its ` (deleted)`.
        let sent = text.and_then(Value::as_str).map_or(0, |text| alive(text).chars().count());
        if sent > *most {
            return Err(length(field, *most, sent));
        }
    }
    Ok(())
}

/// No new name holds what stands between a parent and its child.
fn letters(origin: &Origin<'_>, record: &Map<String, Value>) -> Result<(), Service> {
    let Some(field) = origin.rules.naming.field() else { return Ok(()) };
    let name = record.get(field).and_then(Value::as_str).unwrap_or_default();
    if origin.is_new(record, field) && name.contains([':', '\t', '\n']) {
        return Err(characters(field, name));
    }
    Ok(())
}

fn enumerations(entity: &str, record: &Map<String, Value>) -> Result<(), Service> {
    let known = |field: &str, values: &[&str]| match record.get(field).and_then(Value::as_str) {
        Some(value) if !values.contains(&value) => Err(enumeration(field, value)),
        _ => Ok(()),
    };
    match entity {
        "Account" => known("AccountType", &ACCOUNT_TYPES.map(|(name, ..)| name)),
        "Item" => known("Type", ITEM_TYPES),
        "PaymentMethod" => known("Type", &["CREDIT_CARD", "NON_CREDIT_CARD"]),
        "Customer" => known("PreferredDeliveryMethod", &["Print", "Email", "None"]),
        _ => Ok(()),
    }
}

/// What the service works out by itself.
fn derived(entity: &str, record: &mut Map<String, Value>) {
    let text = |record: &Map<String, Value>, field: &str| {
        record.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    match entity {
        "Account" => {
            let (kind, sub) = (text(record, "AccountType"), text(record, "AccountSubType"));
            let fits =
                |(name, _, usual): &&(&str, &str, &str)| *name == kind || (kind.is_empty() && *usual == sub);
            // A sub-type that is not the usual one of any type is an expense's: there are most of those.
            let known = ACCOUNT_TYPES.iter().find(fits);
            let (name, classification, usual) = known.copied().unwrap_or(("Expense", "Expense", &sub));
            record.insert("AccountType".to_owned(), name.into());
            record.insert("Classification".to_owned(), classification.into());
            record.entry("AccountSubType").or_insert_with(|| usual.into());
        }
        "Term" => {
            let kind = if record.contains_key("DayOfMonthDue") { "DATE_DRIVEN" } else { "STANDARD" };
            record.insert("Type".to_owned(), kind.into());
        }
        "CompanyCurrency" => {
            let known = currency(&text(record, "Code"));
            record.insert("Name".to_owned(), known.get("name").cloned().unwrap_or_default());
        }
        _ => {}
    }
}
