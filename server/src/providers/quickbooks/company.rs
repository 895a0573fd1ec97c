//! The company itself: CompanyInfo proves that a token opens it, Preferences tell how it is set up.

use protocol::store::{CompanySettings, TaxMode};
use serde::Deserialize;

use super::QuickBooks;
use super::record::day;
use crate::mapping::{NUMBER_LIMIT, shown};
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
    fiscal_year_start_month: Option<String>,
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
struct Answer {
    #[serde(rename = "Preferences")]
    preferences: Preferences,
}

/// Groups of preferences; each is left out where it does not apply.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Preferences {
    #[serde(rename = "AccountingInfoPrefs")]
    accounting: Accounting,
    #[serde(rename = "SalesFormsPrefs")]
    sales_forms: SalesForms,
    #[serde(rename = "TaxPrefs")]
    tax: Option<Tax>,
    #[serde(rename = "CurrencyPrefs")]
    currency: Option<Currency>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Accounting {
    track_departments: Option<bool>,
    class_tracking_per_txn: Option<bool>,
    class_tracking_per_txn_line: Option<bool>,
    first_month_of_fiscal_year: Option<String>,
    book_close_date: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SalesForms {
    custom_txn_numbers: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tax {
    using_sales_tax: Option<bool>,
    partner_tax_enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Currency {
    multi_currency_enabled: Option<bool>,
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
        let preferences = self.preferences(door).await.unwrap_or_else(|fault| {
            tracing::warn!(%fault, "the preferences of a company could not be read");
            Preferences::default()
        });
        Ok(facts(info.company, preferences))
    }

    async fn preferences(&self, door: &Door) -> Result<Preferences, ProviderFault> {
        let answer: Answer = self.get(door, "preferences", &[]).await?.read()?;
        Ok(answer.preferences)
    }
}

fn facts(company: Company, preferences: Preferences) -> CompanyFacts {
    let edition =
        company.name_value.into_iter().find(|pair| pair.name == "OfferingSku").and_then(|pair| pair.value);
    let settings = settings(company.fiscal_year_start_month, &preferences);
    let home = preferences.currency.and_then(|currency| currency.home_currency);
    CompanyFacts {
        legal_name: company.legal_name.filter(|legal| *legal != company.name),
        name: company.name,
        country: company.country,
        home_currency: home.map(|home| home.value),
        edition,
        settings,
    }
}

fn settings(first_month: Option<String>, preferences: &Preferences) -> CompanySettings {
    let accounting = &preferences.accounting;
    let currency = preferences.currency.as_ref();
    let month = accounting.first_month_of_fiscal_year.clone().or(first_month);
    CompanySettings {
        multi_currency: currency.and_then(|currency| currency.multi_currency_enabled),
        classes: either(accounting.class_tracking_per_txn, accounting.class_tracking_per_txn_line),
        locations: accounting.track_departments,
        custom_numbers: preferences.sales_forms.custom_txn_numbers,
        tax: preferences.tax.as_ref().and_then(tax_mode),
        closed_until: accounting.book_close_date.as_deref().and_then(day),
        year_begins: month.map(|month| shown(&month, NUMBER_LIMIT)),
    }
}

/// On when one of both is; off when they are known and neither is.
fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (None, None) => None,
        (one, other) => Some(one == Some(true) || other == Some(true)),
    }
}

/// `PartnerTaxEnabled` is there, true or false, where QuickBooks calculates sales tax by itself.
fn tax_mode(tax: &Tax) -> Option<TaxMode> {
    match (tax.using_sales_tax, tax.partner_tax_enabled) {
        (Some(false), _) => Some(TaxMode::Off),
        (_, Some(_)) => Some(TaxMode::Automated),
        (Some(true), None) => Some(TaxMode::Manual),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(info: &str, preferences: &str) -> CompanyFacts {
        let info: Info = serde_json::from_str(info).unwrap();
        let answer: Answer = serde_json::from_str(preferences).unwrap();
        facts(info.company, answer.preferences)
    }

    const INFO: &str = r#"{"CompanyInfo":{"CompanyName":"Harbourside Supplies Ltd",
        "LegalName":"Harbourside Supplies Limited","Country":"GB","FiscalYearStartMonth":"April",
        "NameValue":[{"Name":"OfferingSku","Value":"QuickBooks Online Plus"}],"Id":"1"},"time":"x"}"#;

    #[test]
    fn facts_are_read_from_both_answers() {
        let preferences = r#"{"Preferences":{
            "AccountingInfoPrefs":{"TrackDepartments":true,"ClassTrackingPerTxn":false,
                "ClassTrackingPerTxnLine":true,"FirstMonthOfFiscalYear":"April","BookCloseDate":"2025-12-31"},
            "SalesFormsPrefs":{"CustomTxnNumbers":true},"TaxPrefs":{"UsingSalesTax":true},
            "CurrencyPrefs":{"MultiCurrencyEnabled":true,"HomeCurrency":{"value":"GBP"}}}}"#;
        let facts = read(INFO, preferences);
        assert_eq!(facts.edition.as_deref(), Some("QuickBooks Online Plus"));
        assert_eq!(facts.home_currency.as_deref(), Some("GBP"));
        assert_eq!(facts.legal_name.as_deref(), Some("Harbourside Supplies Limited"));
        let settings = CompanySettings {
            multi_currency: Some(true),
            classes: Some(true),
            locations: Some(true),
            custom_numbers: Some(true),
            tax: Some(TaxMode::Manual),
            closed_until: Some("2025-12-31".into()),
            year_begins: Some("April".into()),
        };
        assert_eq!(facts.settings, settings);
    }

    #[test]
    fn a_legal_name_that_says_nothing_new_is_left_out() {
        let info = r#"{"CompanyInfo":{"CompanyName":"A","LegalName":"A"}}"#;
        assert_eq!(read(info, r#"{"Preferences":{}}"#).legal_name, None);
    }

    #[test]
    fn preferences_that_could_not_be_read_say_nothing() {
        let facts = read(INFO, r#"{"Preferences":{}}"#);
        let known = CompanySettings { year_begins: Some("April".into()), ..CompanySettings::default() };
        assert_eq!((facts.home_currency, facts.settings), (None, known));
    }

    #[test]
    fn the_tax_mode_is_told_by_what_is_there() {
        for (preferences, mode) in [
            (r#"{"UsingSalesTax":false}"#, Some(TaxMode::Off)),
            (r#"{"UsingSalesTax":true}"#, Some(TaxMode::Manual)),
            (r#"{"UsingSalesTax":true,"PartnerTaxEnabled":true}"#, Some(TaxMode::Automated)),
            (r#"{"UsingSalesTax":true,"PartnerTaxEnabled":false}"#, Some(TaxMode::Automated)),
            ("{}", None),
        ] {
            assert_eq!(tax_mode(&serde_json::from_str(preferences).unwrap()), mode, "{preferences}");
        }
    }
}
