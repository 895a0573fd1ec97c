//! What Northwind Stock keeps for Harbour & Sons Ltd: customers, suppliers and taxes, some of
//! which go by slightly other names in the customer's books.

use serde::{Deserialize, Serialize};

/// The organisation that is signed in.
pub(crate) const TENANT: &str = "harbour";
/// Its name.
pub(crate) const ORGANISATION: &str = "Harbour & Sons Ltd";

/// One customer, supplier or tax, as the API takes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tax_number: Option<String>,
    /// Basis points, for taxes: 2000 is 20 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rate: Option<u32>,
}

/// The lists that the portal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Customers,
    Suppliers,
    Taxes,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Customers, Self::Suppliers, Self::Taxes];

    /// What a record is, in the API's path.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Customers => "customer",
            Self::Suppliers => "supplier",
            Self::Taxes => "tax",
        }
    }

    /// The name of the list.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Suppliers => "suppliers",
            Self::Taxes => "taxes",
        }
    }

    /// Every record of this list.
    pub(crate) fn records(self) -> Vec<Record> {
        let text = match self {
            Self::Customers => include_str!("../data/customers.json"),
            Self::Suppliers => include_str!("../data/suppliers.json"),
            Self::Taxes => include_str!("../data/taxes.json"),
        };
        serde_json::from_str(text).expect("the data that ships with the portal is valid")
    }

    /// The list as the API takes it: one JSON record a line.
    pub(crate) fn lines(self) -> Result<String, serde_json::Error> {
        let mut lines = String::new();
        for record in self.records() {
            lines.push_str(&serde_json::to_string(&record)?);
            lines.push('\n');
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_lists_have_their_promised_sizes() {
        let sizes = Kind::ALL.map(|kind| kind.records().len());
        assert_eq!(sizes, [200, 60, 8]);
    }

    #[test]
    fn ids_are_unique_within_a_list() {
        for kind in Kind::ALL {
            let records = kind.records();
            let ids: HashSet<_> = records.iter().map(|record| &record.id).collect();
            assert_eq!(ids.len(), records.len(), "{}", kind.name());
        }
    }

    #[test]
    fn a_line_is_one_record_without_empty_fields() {
        let lines = Kind::Taxes.lines().expect("plain data");
        assert_eq!(lines.lines().count(), 8);
        let first = lines.lines().next().expect("eight lines");
        assert_eq!(first, r#"{"id":"t1","code":"T20","name":"Standard rate 20 %","rate":2000}"#);
    }

    #[test]
    fn two_records_share_one_address_on_purpose() {
        let records = Kind::Customers.records();
        let addresses: Vec<_> = records.iter().filter_map(|record| record.email.as_ref()).collect();
        let distinct: HashSet<_> = addresses.iter().collect();
        assert!(distinct.len() < addresses.len());
    }
}
