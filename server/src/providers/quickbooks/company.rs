//! The company itself: CompanyInfo proves that a token opens it, Preferences tell its currencies.

use serde::Deserialize;

use super::QuickBooks;
use crate::providers::{CompanyFacts, Door, ProviderFault};

#[derive(Deserialize)]
struct Info {
    #[serde(rename = "CompanyInfo")]
    company: Company,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Company {
    #[serde(rename = "CompanyName")]
    name: String,
    legal_name: Option<String>,
    country: Option<String>,
    #[serde(default)]
    name_value: Vec<NameValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NameValue {
    name: String,
    value: Option<String>,
}

#[derive(Deserialize)]
struct Preferences {
    #[serde(rename = "Preferences")]
    preferences: Parts,
}

#[derive(Deserialize)]
struct Parts {
    #[serde(rename = "CurrencyPrefs")]
    currency: Option<Currency>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Currency {
    #[serde(default)]
    multi_currency_enabled: bool,
    home_currency: Option<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    value: String,
}

impl QuickBooks {
    /// Reads CompanyInfo, then Preferences. When only the second fails, what the first one said is
    /// enough: the company is proven.
    pub(super) async fn company_facts(&self, door: &Door) -> Result<CompanyFacts, ProviderFault> {
        let info: Info = self.get(door, &format!("companyinfo/{}", door.company), &[]).await?.read()?;
        let currency = self.currency(door).await.unwrap_or_else(|fault| {
            tracing::warn!(%fault, "the preferences of a company could not be read");
            None
        });
        Ok(facts(info.company, currency))
    }

    async fn currency(&self, door: &Door) -> Result<Option<Currency>, ProviderFault> {
        let preferences: Preferences = self.get(door, "preferences", &[]).await?.read()?;
        Ok(preferences.preferences.currency)
    }
}

fn facts(company: Company, currency: Option<Currency>) -> CompanyFacts {
    let edition =
        company.name_value.into_iter().find(|pair| pair.name == "OfferingSku").and_then(|pair| pair.value);
    let multi_currency = currency.as_ref().is_some_and(|currency| currency.multi_currency_enabled);
    CompanyFacts {
        legal_name: company.legal_name.filter(|legal| *legal != company.name),
        name: company.name,
        country: company.country,
        home_currency: currency.and_then(|currency| currency.home_currency).map(|home| home.value),
        edition,
        multi_currency,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_from_both_answers() {
        let info: Info = serde_json::from_str(
            r#"{"CompanyInfo":{"CompanyName":"Harbourside Supplies Ltd","LegalName":"Harbourside Supplies Limited",
                "Country":"GB","NameValue":[{"Name":"OfferingSku","Value":"QuickBooks Online Plus"}],"Id":"1"},"time":"x"}"#,
        )
        .unwrap();
        let preferences: Preferences = serde_json::from_str(
            r#"{"Preferences":{"CurrencyPrefs":{"MultiCurrencyEnabled":true,"HomeCurrency":{"value":"GBP"}}}}"#,
        )
        .unwrap();
        let facts = facts(info.company, preferences.preferences.currency);
        assert_eq!(facts.edition.as_deref(), Some("QuickBooks Online Plus"));
        assert_eq!(facts.home_currency.as_deref(), Some("GBP"));
        assert!(facts.multi_currency);
        assert_eq!(facts.legal_name.as_deref(), Some("Harbourside Supplies Limited"));
    }

    #[test]
    fn a_legal_name_that_says_nothing_new_is_left_out() {
        let info: Info =
            serde_json::from_str(r#"{"CompanyInfo":{"CompanyName":"A","LegalName":"A"}}"#).unwrap();
        assert_eq!(facts(info.company, None).legal_name, None);
    }
}
