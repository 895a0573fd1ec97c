//! Companies of up to a million customers, computed and never stored: record n is a function of the seed and n.
//! Their lists are flat, all of their records are active, and what is written lies over them.

mod crowd;
mod mix;
mod names;
mod record;
mod scripts;
mod styles;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub(crate) use self::{crowd::Crowd, mix::mixed};

/// So many customers, vendors or items at most.
const MOST: u32 = 1_000_000;

/// A company that is computed. As a text: `seed=1,customers=1000000,vendors=500,items=2000,realm=…,name=…`, in any
/// order; what is left out is nothing, and realm and name follow from the seed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "Written")]
pub struct Generated {
    /// The same seed makes the same company.
    pub seed: u64,
    /// How many customers, at most 1,000,000.
    pub customers: u32,
    /// How many vendors, at most 1,000,000.
    pub vendors: u32,
    /// How many items, at most 1,000,000.
    pub items: u32,
    /// `realmId`: digits only, and of no other company.
    pub realm: String,
    /// Display name.
    pub name: String,
}

/// The same as JSON, where everything but the seed can be left out too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    seed: u64,
    #[serde(default)]
    customers: u32,
    #[serde(default)]
    vendors: u32,
    #[serde(default)]
    items: u32,
    realm: Option<String>,
    name: Option<String>,
}

impl From<Written> for Generated {
    fn from(written: Written) -> Self {
        let Written { seed, customers, vendors, items, realm, name } = written;
        let usual = Self::new(seed);
        let (realm, name) = (realm.unwrap_or(usual.realm), name.unwrap_or(usual.name));
        Self { seed, customers, vendors, items, realm, name }
    }
}

/// Why a company cannot be generated.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GeneratedError {
    /// A part of the text is not `key=value` with a known key and a fitting value.
    #[error("{0:?} is not seed=, customers=, vendors=, items=, realm= or name= with its value")]
    Part(String),
    /// More than it can be.
    #[error("a generated company has at most 1000000 of each list, not {0}")]
    Size(u32),
    /// A realm that is not a number.
    #[error("the realm {0:?} must be digits")]
    Digits(String),
    /// A realm that is taken.
    #[error("there is a company with the realm {0} already")]
    Realm(String),
    /// The company that it is made after is broken.
    #[error("the sandbox's own companies cannot be read")]
    Pattern,
}

impl Generated {
    /// An empty company; realm and name follow from the seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            customers: 0,
            vendors: 0,
            items: 0,
            realm: format!("93414532{:08}", seed % 100_000_000),
            name: format!("Generated Company {seed}"),
        }
    }

    /// Whether it can be made.
    pub(crate) fn check(&self) -> Result<(), GeneratedError> {
        let sizes = [self.customers, self.vendors, self.items];
        if let Some(size) = sizes.into_iter().find(|size| *size > MOST) {
            return Err(GeneratedError::Size(size));
        }
        if self.realm.is_empty() || !self.realm.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(GeneratedError::Digits(self.realm.clone()));
        }
        Ok(())
    }

    /// One of its lists.
    pub(crate) fn crowd(&self, kind: Kind) -> Crowd {
        let (count, before) = match kind {
            Kind::Customer => (self.customers, 0),
            // Vendors come after the customers, in their Ids as in their names.
            Kind::Vendor => (self.vendors, self.customers),
            Kind::Item => (self.items, 0),
        };
        Crowd::new(kind, self.seed, count, before)
    }
}

impl FromStr for Generated {
    type Err = GeneratedError;

    fn from_str(text: &str) -> Result<Self, GeneratedError> {
        let wrong = |part: &str| GeneratedError::Part(part.to_owned());
        let parts = || text.split(',').map(|part| (part, part.trim().split_once('=')));
        let seed = parts().find_map(|(_, pair)| pair.filter(|(key, _)| *key == "seed"));
        let seed = seed.map_or(Ok(1), |(_, seed)| seed.parse().map_err(|_| wrong(seed)))?;
        let mut spec = Self::new(seed);
        for (part, pair) in parts() {
            let (key, value) = pair.ok_or_else(|| wrong(part))?;
            let number = || value.parse().map_err(|_| wrong(part));
            match key {
                "seed" => {}
                "customers" => spec.customers = number()?,
                "vendors" => spec.vendors = number()?,
                "items" => spec.items = number()?,
                "realm" => value.clone_into(&mut spec.realm),
                "name" => value.clone_into(&mut spec.name),
                _ => return Err(wrong(part)),
            }
        }
        spec.check()?;
        Ok(spec)
    }
}

/// The lists that are computed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Customer,
    Vendor,
    Item,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Customer, Self::Vendor, Self::Item];

    pub(crate) fn entity(self) -> &'static str {
        match self {
            Self::Customer => "Customer",
            Self::Vendor => "Vendor",
            Self::Item => "Item",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_is_read_from_a_text() {
        let spec: Generated = "customers=1000000,seed=7, name=Big & Co,items=3".parse().unwrap();
        let expected =
            Generated { customers: 1_000_000, items: 3, name: "Big & Co".to_owned(), ..Generated::new(7) };
        assert_eq!(spec, expected);
        assert_eq!(spec.realm, "9341453200000007");
    }

    #[test]
    fn what_cannot_be_made_is_said() {
        for (text, problem) in [
            ("customers=1000001", GeneratedError::Size(1_000_001)),
            ("customers=many", GeneratedError::Part("customers=many".to_owned())),
            ("employees=1", GeneratedError::Part("employees=1".to_owned())),
            ("realm=abc", GeneratedError::Digits("abc".to_owned())),
        ] {
            assert_eq!(text.parse::<Generated>(), Err(problem));
        }
    }
}
