//! What is known of an imported object besides what it is searched, filtered and matched by. Kept as JSON
//! beside its row; every part is left out where the object does not say it.

use serde::{Deserialize, Serialize};

/// Facts of one object of any list. Texts are on one line and bounded; ids are the provider's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordFacts {
    /// The object that it stands under, in the same list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// How many objects it stands under.
    #[serde(skip_serializing_if = "is_zero")]
    pub level: u8,
    /// Accounts: the type within the type, for example `SalesOfProductIncome`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtype: Option<String>,
    /// Accounts: `Asset`, `Equity`, `Expense`, `Liability` or `Revenue`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification: Option<String>,
    /// ISO 4217 code of the currency that it is kept in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Customers and suppliers: the company's own name, where it has one besides the name shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Customers and suppliers: telephone number as it is written there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Customers and suppliers: number at the tax office; none where the provider shows only its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_number: Option<String>,
    /// Customers and suppliers: where bills go to, or come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Terms: when a payment is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// Tax rates: its percentages, each with the days on which it holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dated: Vec<DatedRate>,
    /// Tax rates: what kind it is, for example `REVERSE_CHARGE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special: Option<String>,
    /// Tax rates: to which agency it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// Tax codes: the tax rates that make it up on sales.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sales: Vec<String>,
    /// Tax codes: the tax rates that make it up on purchases.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub purchases: Vec<String>,
    /// Tax codes: the sum of its rates on purchases, in basis points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_rate: Option<i64>,
    /// Items: the account of what is sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub income_account: Option<String>,
    /// Items: the account of what is bought, or of what it cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expense_account: Option<String>,
    /// Items: the account of the stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_account: Option<String>,
    /// The tax code that is used when nothing else is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    /// Customers and suppliers: the term that is used when nothing else is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// Customers: the payment method that is used when nothing else is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
    /// Items: the class that is used when nothing else is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Items: price of one, a decimal number as the provider writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
}

/// Where somebody is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// Street and whatever else stands above the place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State, province or county.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country, as it is written there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// When a payment is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// So many days after the day of the document.
    Days(u16),
    /// On this day of a month.
    DayOfMonth(u8),
}

/// A percentage and the days on which it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedRate {
    /// Percentage, a decimal number exactly as the provider writes it, for example `8.875`.
    pub rate: String,
    /// The first day, as YYYY-MM-DD; always before where none is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day; for ever where none is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl DatedRate {
    /// Whether it holds on a day, written as YYYY-MM-DD. Such texts are in the order of their days.
    fn holds(&self, day: &str) -> bool {
        self.from.as_deref().is_none_or(|from| from <= day)
            && self.until.as_deref().is_none_or(|until| day <= until)
    }
}

impl RecordFacts {
    /// The percentage that holds on a day (YYYY-MM-DD): of several the one that began last.
    pub fn rate_on(&self, day: &str) -> Option<&str> {
        let holding = self.dated.iter().filter(|dated| dated.holds(day));
        holding.max_by_key(|dated| dated.from.as_deref()).map(|dated| dated.rate.as_str())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
fn is_zero(level: &u8) -> bool {
    *level == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(rate: &str, from: Option<&str>, until: Option<&str>) -> DatedRate {
        DatedRate { rate: rate.into(), from: from.map(Into::into), until: until.map(Into::into) }
    }

    #[test]
    fn the_rate_of_a_day_is_the_one_that_began_last() {
        let vat = RecordFacts {
            dated: vec![
                dated("20", Some("2011-01-04"), None),
                dated("17.5", Some("1991-04-01"), Some("2011-01-03")),
                dated("22", Some("2030-01-01"), None),
            ],
            ..RecordFacts::default()
        };
        for (day, rate) in [
            ("1990-12-31", None),
            ("1991-04-01", Some("17.5")),
            ("2011-01-03", Some("17.5")),
            ("2011-01-04", Some("20")),
            ("2029-12-31", Some("20")),
            ("2030-01-01", Some("22")),
        ] {
            assert_eq!(vat.rate_on(day), rate, "{day}");
        }
        assert_eq!(RecordFacts::default().rate_on("2026-01-01"), None);
        let always = RecordFacts { dated: vec![dated("8.875", None, None)], ..RecordFacts::default() };
        assert_eq!(always.rate_on("2026-01-01"), Some("8.875"));
    }

    #[test]
    fn what_is_not_known_is_not_written() {
        assert_eq!(serde_json::to_string(&RecordFacts::default()).unwrap(), "{}");
        let due = RecordFacts { due: Some(Due::Days(30)), level: 1, ..RecordFacts::default() };
        assert_eq!(serde_json::to_string(&due).unwrap(), r#"{"level":1,"due":{"days":30}}"#);
        assert_eq!(serde_json::from_str::<RecordFacts>("{}").unwrap(), RecordFacts::default());
    }
}
