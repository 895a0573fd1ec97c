//! Which edition of QuickBooks a company has, and which lists that leaves it.

use serde_json::{Value, json};

use super::{Books, refusals::not_in_edition, rules};
use crate::quickbooks::faults::Service;

/// Lists that not every edition has, with those that lack them (facts 3.9: classes and locations need Plus).
const LACKING: &[(&str, &[&str])] = &[
    ("Class", &["Simple Start", "EasyStart", "Essentials"]),
    ("Department", &["Simple Start", "EasyStart", "Essentials"]),
    ("CompanyCurrency", &["Simple Start", "EasyStart"]),
];

impl Books {
    /// 5030 for a list that the company's edition does not have.
    pub(super) fn in_edition(&self, entity: &str) -> Result<(), Service> {
        let Some((_, editions)) = LACKING.iter().find(|(list, _)| *list == entity) else { return Ok(()) };
        let edition = self.edition().unwrap_or_default();
        if editions.iter().any(|lacks| edition.contains(lacks)) {
            return Err(not_in_edition(entity, &edition));
        }
        Ok(())
    }

    /// The company has another edition from now on, or does not say which.
    pub(crate) fn set_edition(&mut self, edition: &str) {
        let (Some(list), Some(rules)) = (self.lists.get("CompanyInfo"), rules("CompanyInfo")) else { return };
        let Some(mut info) = list.from(0).next().map(std::borrow::Cow::into_owned) else { return };
        if let Some(Value::Array(pairs)) = info.get_mut("NameValue") {
            pairs.retain(|pair| pair["Name"] != "OfferingSku");
            if !edition.is_empty() {
                pairs.push(json!({ "Name": "OfferingSku", "Value": edition }));
            }
        }
        self.put(rules, 0, info);
    }

    fn edition(&self) -> Option<String> {
        let info = self.lists.get("CompanyInfo")?.from(0).next()?;
        let pairs = info.get("NameValue")?.as_array()?;
        let sku = pairs.iter().find(|pair| pair["Name"] == "OfferingSku")?;
        sku["Value"].as_str().map(str::to_owned)
    }
}
