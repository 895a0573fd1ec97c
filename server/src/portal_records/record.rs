//! What a record of the portal may say, by its kind, and how it is kept.

use super::kind::Kind;
use crate::mapping::similarity::normalise;
use crate::mapping::{NAME_LIMIT, NUMBER_LIMIT, address, search_text, shown};
use crate::store::portal_records::NewPortalRecord;

/// A record of the portal's, as its interface sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalRecord {
    /// The portal's id, at most 100 bytes.
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// Its code: of a product its SKU, of a currency its ISO 4217 code, which it must have.
    #[serde(default)]
    pub code: Option<String>,
    /// Its name.
    #[schema(min_length = 1)]
    pub name: String,
    /// E-mail address, of a customer or supplier.
    #[serde(default)]
    pub email: Option<String>,
    /// Phone number, of a customer or supplier.
    #[serde(default)]
    pub phone: Option<String>,
    /// Tax number, of a customer or supplier.
    #[serde(default)]
    pub tax_number: Option<String>,
    /// Rate of a tax in basis points (2000 is 20 %).
    #[serde(default)]
    #[schema(minimum = -100_000, maximum = 100_000)]
    pub rate: Option<i64>,
    /// The id of the group that a product or a group belongs to, at most 100 bytes.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub group: Option<String>,
    /// Days until a payment is due, of a payment term.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 3650)]
    pub days: Option<i64>,
}

impl PortalRecord {
    /// What is wrong with it, as a sentence for the portal's developer.
    pub fn check(&self, kind: Kind) -> Result<(), &'static str> {
        if !is_id(&self.id) {
            return Err("id has 1 to 100 bytes, without control characters");
        }
        if self.name.trim().is_empty() {
            return Err("name is missing");
        }
        let others = [&self.code, &self.email, &self.phone, &self.tax_number];
        if others.into_iter().flatten().chain([&self.name]).any(|text| text.contains('\0')) {
            return Err("no text may contain the character NUL");
        }
        self.check_numbers()?;
        self.check_place(kind)
    }

    fn check_numbers(&self) -> Result<(), &'static str> {
        if self.rate.is_some_and(|rate| !(-100_000..=100_000).contains(&rate)) {
            return Err("rate is in basis points, -100000 to 100000");
        }
        if self.days.is_some_and(|days| !(0..=3650).contains(&days)) {
            return Err("days are 0 to 3650");
        }
        match &self.group {
            Some(group) if !is_id(group) => Err("group has 1 to 100 bytes, without control characters"),
            _ => Ok(()),
        }
    }

    /// Every field belongs to this kind, and a currency says which it is.
    fn check_place(&self, kind: Kind) -> Result<(), &'static str> {
        let party = matches!(kind, Kind::Customer | Kind::Supplier);
        let reached = self.email.is_some() || self.phone.is_some() || self.tax_number.is_some();
        if reached && !party {
            return Err("email, phone and tax_number are of customers and suppliers");
        }
        if self.rate.is_some() && kind != Kind::Tax {
            return Err("rate is of taxes");
        }
        if self.group.is_some() && !matches!(kind, Kind::Product | Kind::ProductGroup) {
            return Err("group is of products and their groups");
        }
        if self.days.is_some() && kind != Kind::PaymentTerm {
            return Err("days are of payment terms");
        }
        if kind == Kind::Currency && !self.code.as_deref().is_some_and(is_currency) {
            return Err("code of a currency is three capital letters, as ISO 4217 has them");
        }
        Ok(())
    }

    /// As it is kept: bounded texts, and what it is found and matched by.
    pub(super) fn row(&self) -> NewPortalRecord {
        let text = |value: &Option<String>, limit| value.as_deref().map(|value| shown(value, limit));
        let name = shown(&self.name, NAME_LIMIT);
        let email = self.email.as_deref().and_then(address);
        let code = text(&self.code, NUMBER_LIMIT).filter(|code| !code.is_empty());
        let search = [Some(self.name.as_str()), code.as_deref(), email.as_deref()];
        NewPortalRecord {
            id: self.id.clone(),
            matching: normalise(&self.name),
            search: search_text(search),
            phone: text(&self.phone, NUMBER_LIMIT),
            tax_number: text(&self.tax_number, NUMBER_LIMIT),
            rate: self.rate,
            group: self.group.clone(),
            days: self.days,
            code,
            name,
            email,
        }
    }
}

fn is_id(text: &str) -> bool {
    (1..=100).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> PortalRecord {
        PortalRecord { id: "1".into(), name: "A".into(), ..PortalRecord::default() }
    }

    /// The kinds that take such a record.
    fn takers(record: &PortalRecord) -> Vec<Kind> {
        Kind::ALL.into_iter().filter(|kind| record.check(*kind).is_ok()).collect()
    }

    #[test]
    fn a_portal_record_says_what_is_wrong_with_it() {
        assert_eq!(good().check(Kind::Customer), Ok(()));
        assert!(PortalRecord { id: String::new(), ..good() }.check(Kind::Customer).is_err());
        assert!(PortalRecord { name: " ".into(), ..good() }.check(Kind::Customer).is_err());
        assert!(PortalRecord { rate: Some(i64::MAX), ..good() }.check(Kind::Tax).is_err());
        assert!(PortalRecord { group: Some("\n".into()), ..good() }.check(Kind::Product).is_err());
        assert!(PortalRecord { days: Some(-1), ..good() }.check(Kind::PaymentTerm).is_err());
    }

    #[test]
    fn a_field_is_taken_where_it_belongs() {
        let some = || Some("a@b.example".to_owned());
        let parties = [Kind::Customer, Kind::Supplier];
        assert_eq!(takers(&PortalRecord { email: some(), ..good() }), parties);
        assert_eq!(takers(&PortalRecord { phone: some(), ..good() }), parties);
        assert_eq!(takers(&PortalRecord { tax_number: some(), ..good() }), parties);
        assert_eq!(takers(&PortalRecord { rate: Some(2000), ..good() }), [Kind::Tax]);
        assert_eq!(takers(&PortalRecord { days: Some(30), ..good() }), [Kind::PaymentTerm]);
        assert_eq!(
            takers(&PortalRecord { group: Some("g".into()), ..good() }),
            [Kind::Product, Kind::ProductGroup]
        );
    }

    #[test]
    fn a_currency_says_which_it_is() {
        let coded = |code: &str| PortalRecord { code: Some(code.into()), ..good() };
        assert_eq!(coded("GBP").check(Kind::Currency), Ok(()));
        for wrong in ["gbp", "GB", "GBPX", "€", ""] {
            assert!(coded(wrong).check(Kind::Currency).is_err(), "{wrong}");
        }
        assert!(good().check(Kind::Currency).is_err());
    }
}
