//! The two companies, kept as data in Intuit's own shapes.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use serde_json::Value;

use super::query::Records;

/// One company with everything that can be asked of it.
pub(crate) struct Company {
    pub(crate) realm: String,
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) currency: String,
    lists: BTreeMap<String, Vec<Value>>,
}

impl Company {
    /// All objects of an entity, named as in QuickBooks; none when the company has none of them.
    pub(crate) fn rows(&self, entity: &str) -> &[Value] {
        self.lists.get(entity).map_or(&[], Vec::as_slice)
    }
}

impl Records for Company {
    fn count(&self, entity: &str) -> usize {
        self.rows(entity).len()
    }

    fn all_active(&self, entity: &str) -> bool {
        !self.rows(entity).iter().any(|row| row.get("Active") == Some(&Value::Bool(false)))
    }

    fn from<'a>(&'a self, entity: &'a str, nth: usize) -> Box<dyn Iterator<Item = Cow<'a, Value>> + 'a> {
        Box::new(self.rows(entity).iter().skip(nth).map(Cow::Borrowed))
    }

    fn get(&self, entity: &str, id: &str) -> Option<Cow<'_, Value>> {
        let wanted = |row: &&Value| row.get("Id").and_then(Value::as_str) == Some(id);
        self.rows(entity).iter().find(wanted).map(Cow::Borrowed)
    }
}

/// Both companies, parsed once, in the order in which the sign-in offers them.
pub(crate) fn companies() -> Result<&'static [Company], &'static str> {
    static ALL: LazyLock<Result<Vec<Company>, String>> = LazyLock::new(|| {
        let us = ["us.json", "us_customers.json", "us_vendors.json"].into_iter().zip([
            include_str!("data/us.json"),
            include_str!("data/us_customers.json"),
            include_str!("data/us_vendors.json"),
        ]);
        let uk = ["uk.json", "uk_customers.json", "uk_vendors.json"].into_iter().zip([
            include_str!("data/uk.json"),
            include_str!("data/uk_customers.json"),
            include_str!("data/uk_vendors.json"),
        ]);
        Ok(vec![read(us)?, read(uk)?])
    });
    ALL.as_deref().map_err(String::as_str)
}

/// Books first, then customers, then vendors.
fn read<'a>(mut files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Company, String> {
    let mut next = || {
        let (file, text) = files.next().ok_or("a file is missing")?;
        serde_json::from_str::<Value>(text).map_err(|problem| format!("{file}: {problem}"))
    };
    let (books, customers, vendors) = (next()?, next()?, next()?);
    let Value::Object(books) = books else { return Err("the books are not an object".to_owned()) };
    let text = |pointer: &str| {
        let (first, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
        let value = books.get(first)?;
        let value = if rest.is_empty() { Some(value) } else { value.pointer(&format!("/{rest}")) };
        value?.as_str().map(str::to_owned)
    };
    let needed = |pointer: &str| text(pointer).ok_or_else(|| format!("{pointer} is missing"));
    let (realm, name) = (needed("realm")?, needed("CompanyInfo/CompanyName")?);
    let (country, currency) =
        (needed("CompanyInfo/Country")?, needed("Preferences/CurrencyPrefs/HomeCurrency/value")?);
    let mut lists: BTreeMap<String, Vec<Value>> = books
        .into_iter()
        .filter_map(|(entity, value)| match value {
            Value::Array(rows) => Some((entity, rows)),
            Value::Object(_) => Some((entity, vec![value])),
            _ => None,
        })
        .collect();
    for (entity, rows) in [("Customer", customers), ("Vendor", vendors)] {
        let Value::Array(rows) = rows else { return Err(format!("{entity} is not a list")) };
        lists.insert(entity.to_owned(), rows);
    }
    Ok(Company { realm, name, country, currency, lists })
}
