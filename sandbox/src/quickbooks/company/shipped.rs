//! The two companies that come with the sandbox, kept as data in Intuit's own shapes and parsed once.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value;

/// One company as its files have it.
pub(crate) struct Shipped {
    pub(crate) realm: String,
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) currency: String,
    lists: BTreeMap<String, Vec<Value>>,
}

impl Shipped {
    /// All records of an entity, named as in QuickBooks; none when the company has none of them.
    pub(crate) fn records(&self, entity: &str) -> &[Value] {
        self.lists.get(entity).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn lists(&self) -> impl Iterator<Item = (&str, &[Value])> {
        self.lists.iter().map(|(entity, records)| (entity.as_str(), records.as_slice()))
    }
}

/// Both companies, in the order in which the sign-in offers them.
pub(crate) fn shipped() -> Result<&'static [Shipped], &'static str> {
    static ALL: LazyLock<Result<Vec<Shipped>, String>> = LazyLock::new(|| {
        let us = ["us.json", "us_customers.json", "us_vendors.json"].into_iter().zip([
            include_str!("../data/us.json"),
            include_str!("../data/us_customers.json"),
            include_str!("../data/us_vendors.json"),
        ]);
        let uk = ["uk.json", "uk_customers.json", "uk_vendors.json"].into_iter().zip([
            include_str!("../data/uk.json"),
            include_str!("../data/uk_customers.json"),
            include_str!("../data/uk_vendors.json"),
        ]);
        Ok(vec![read(us)?, read(uk)?])
    });
    ALL.as_deref().map_err(String::as_str)
}

/// Books first, then customers, then vendors.
fn read<'a>(mut files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Shipped, String> {
    let mut next = || {
        let (file, text) = files.next().ok_or("a file is missing")?;
        serde_json::from_str::<Value>(text).map_err(|problem| format!("{file}: {problem}"))
    };
    let (books, customers, vendors) = (next()?, next()?, next()?);
    let text = |pointer: &str| {
        let found = books.pointer(pointer).and_then(Value::as_str);
        found.map(str::to_owned).ok_or_else(|| format!("{pointer} is missing"))
    };
    let (realm, name) = (text("/realm")?, text("/CompanyInfo/CompanyName")?);
    let (country, currency) =
        (text("/CompanyInfo/Country")?, text("/Preferences/CurrencyPrefs/HomeCurrency/value")?);
    let Value::Object(books) = books else { return Err("the books are not an object".to_owned()) };
    let mut lists: BTreeMap<String, Vec<Value>> = books
        .into_iter()
        .filter_map(|(entity, value)| match value {
            Value::Array(records) => Some((entity, records)),
            Value::Object(_) => Some((entity, vec![value])),
            _ => None,
        })
        .collect();
    for (entity, records) in [("Customer", customers), ("Vendor", vendors)] {
        let Value::Array(records) = records else { return Err(format!("{entity} is not a list")) };
        lists.insert(entity.to_owned(), records);
    }
    Ok(Shipped { realm, name, country, currency, lists })
}
