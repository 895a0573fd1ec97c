//! The records of a computed list, each made when it is asked for.

use serde_json::Value;

use super::{
    Kind,
    mix::{mixed, one_of},
    names::{NAMES, Names},
    record::{Addr, Customer, DOLLARS, Email, Item, MetaData, Own, Phone, Record, Reference, Vendor},
};

/// The first record of a list that begins.
const FIRST_ID: u64 = 1;

/// A list of which nothing is kept but how to make it.
pub(crate) struct Crowd {
    kind: Kind,
    seed: u64,
    count: u32,
    /// How many of the same sequence come before.
    before: u32,
    names: Names,
}

impl Crowd {
    pub(super) fn new(kind: Kind, seed: u64, count: u32, before: u32) -> Self {
        let names = match kind {
            Kind::Customer | Kind::Vendor => Names::of_people(seed),
            Kind::Item => Names::of_things(seed),
        };
        Self { kind, seed, count: count.min(NAMES - before), before, names }
    }

    pub(crate) fn len(&self) -> usize {
        self.count as usize
    }

    /// The Id of its last record, or of the last before it.
    pub(crate) fn last_id(&self) -> u64 {
        u64::from(self.before) + u64::from(self.count)
    }

    /// Where the record with this Id is.
    pub(crate) fn place(&self, id: &str) -> Option<usize> {
        let number: u64 = id.parse().ok()?;
        let place = number.checked_sub(FIRST_ID + u64::from(self.before))?;
        // Only the number's own spelling is an Id: "007" is none.
        (place < u64::from(self.count) && number.to_string() == id).then(|| usize::try_from(place).ok())?
    }

    /// Where the record is that was made with this name; the name is folded.
    pub(crate) fn bearer(&self, name: &str) -> Option<usize> {
        let place = self.names.number(name)?.checked_sub(self.before)?;
        (place < self.count).then_some(place as usize)
    }

    /// The same as the record at this place.
    pub(crate) fn value(&self, place: usize) -> Value {
        // It is made of texts, numbers and objects, all of which JSON has.
        serde_json::to_value(self.record(place)).unwrap_or_default()
    }

    /// The record at this place, always the same.
    pub(crate) fn record(&self, place: usize) -> Record {
        let n = self.before + u32::try_from(place).unwrap_or_default();
        let chance = mixed(self.seed.rotate_left(32) ^ u64::from(n));
        let own = match self.kind {
            Kind::Customer => Own::Customer(self.customer(n, chance)),
            Kind::Vendor => Own::Vendor(self.vendor(n, chance)),
            Kind::Item => Own::Item(self.item(n, chance)),
        };
        Record {
            own,
            domain: "QBO",
            sparse: false,
            id: (u64::from(n) + FIRST_ID).to_string(),
            sync_token: (chance % 4).to_string(),
            active: true,
            meta_data: MetaData { create_time: day(2023, n), last_updated_time: day(2024, n) },
        }
    }

    fn customer(&self, n: u32, chance: u64) -> Customer {
        let (name, word) = (self.names.name(n), self.names.word(n));
        let balance = cents(chance % 900_000);
        Customer {
            taxable: chance.is_multiple_of(2),
            bill_addr: Addr::new(chance),
            job: false,
            bill_with_parent: false,
            balance,
            balance_with_jobs: balance,
            currency_ref: DOLLARS,
            preferred_delivery_method: one_of(&["Print", "Email", "None"], chance >> 8),
            is_project: false,
            client_entity_id: "0",
            fully_qualified_name: name.clone(),
            display_name: name,
            print_on_check_name: word,
            primary_phone: Phone::new(chance),
            primary_email_addr: Email { address: format!("accounts.{}@customers.example", n + 1) },
            sales_term_ref: Reference { value: (chance % 5 + 1).to_string(), name: None },
            pseudonym: pseudonym(chance),
        }
    }

    fn vendor(&self, n: u32, chance: u64) -> Vendor {
        let (name, word) = (self.names.name(n), self.names.word(n));
        Vendor {
            bill_addr: Addr::new(chance),
            balance: cents(chance % 500_000),
            acct_num: format!("GV-{}", chance % 100_000),
            vendor1099: chance.is_multiple_of(3),
            currency_ref: DOLLARS,
            term_ref: Reference { value: (chance % 5 + 1).to_string(), name: None },
            display_name: name,
            print_on_check_name: word,
            primary_phone: Phone::new(chance),
            pseudonym: pseudonym(chance),
        }
    }

    fn item(&self, n: u32, chance: u64) -> Item {
        let name = self.names.name(n);
        Item {
            name: name.clone(),
            sku: format!("G-{:06}", n + 1),
            description: name.clone(),
            fully_qualified_name: name,
            taxable: chance.is_multiple_of(2),
            unit_price: cents(chance % 50_000),
            kind: one_of(&["Service", "NonInventory"], chance >> 8),
            income_account_ref: Reference { value: "79", name: Some("Sales of Product Income") },
            purchase_cost: 0,
            track_qty_on_hand: false,
        }
    }
}

/// An amount; below 2^53 cents the division is exact to the cent.
#[expect(clippy::cast_precision_loss, reason = "amounts here are far below 2^53 cents")]
fn cents(cents: u64) -> f64 {
    cents as f64 / 100.0
}

fn pseudonym(chance: u64) -> String {
    format!("002098{chance:030x}")
}

/// A moment of a January, when California is eight hours behind.
fn day(year: u32, n: u32) -> String {
    let (day, hour, minute, second) = (n % 31 + 1, n / 31 % 24, n / 744 % 60, n % 60);
    format!("{year}-01-{day:02}T{hour:02}:{minute:02}:{second:02}-08:00")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quickbooks::{folding::fold, generated::Generated, shapes::shape};

    #[test]
    fn a_record_is_the_same_every_time_and_of_a_known_shape() {
        let spec =
            Generated { customers: 1_000_000, vendors: 1_000_000, items: 1_000_000, ..Generated::new(3) };
        for kind in Kind::ALL {
            let shape = shape(kind.entity()).unwrap();
            for place in [0, 1, 77_777, 999_999] {
                let record = spec.crowd(kind).value(place);
                assert_eq!(record, spec.crowd(kind).value(place));
                assert_eq!(spec.crowd(kind).place(record["Id"].as_str().unwrap()), Some(place));
                let name = record.get("DisplayName").or(record.get("Name")).unwrap().as_str().unwrap();
                assert_eq!(spec.crowd(kind).bearer(&fold(name)), Some(place));
                for field in record.as_object().unwrap().keys() {
                    assert_eq!(shape.field(field), Some(field.as_str()));
                }
            }
            assert_eq!(spec.crowd(kind).place("0"), None);
            assert_eq!(spec.crowd(kind).place("3000000"), None);
        }
    }

    #[test]
    fn vendors_follow_the_customers() {
        let spec = Generated { customers: 10, vendors: 5, ..Generated::new(3) };
        let vendors = spec.crowd(Kind::Vendor);
        assert_eq!((vendors.value(0)["Id"].as_str(), vendors.last_id()), (Some("11"), 15));
        assert_eq!((vendors.place("10"), vendors.place("16"), vendors.place("011")), (None, None, None));
    }
}
