//! The records of a computed list, each made when it is asked for.

use serde_json::{Value, json};

use super::{
    Kind,
    mix::mixed,
    names::{NAMES, Names},
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

    /// The record at this place, always the same. Its larger parts are moved into it; `json!` would copy them.
    pub(crate) fn record(&self, place: usize) -> Value {
        let n = self.before + u32::try_from(place).unwrap_or_default();
        let chance = mixed(self.seed.rotate_left(32) ^ u64::from(n));
        let mut record = match self.kind {
            Kind::Customer => self.customer(n, chance),
            Kind::Vendor => self.vendor(n, chance),
            Kind::Item => self.item(n, chance),
        };
        if self.kind != Kind::Item {
            record["CurrencyRef"] = dollars();
            record["BillAddr"] = address(chance);
        }
        record["domain"] = json!("QBO");
        record["sparse"] = json!(false);
        record["Id"] = json!((u64::from(n) + FIRST_ID).to_string());
        record["SyncToken"] = json!((chance % 4).to_string());
        record["Active"] = json!(true);
        record["MetaData"] = json!({ "CreateTime": day(2023, n), "LastUpdatedTime": day(2024, n) });
        record
    }

    fn customer(&self, n: u32, chance: u64) -> Value {
        let (name, word) = (self.names.name(n), self.names.word(n));
        let balance = cents(chance % 900_000);
        json!({
            "Taxable": chance.is_multiple_of(2), "Job": false, "BillWithParent": false, "IsProject": false,
            "Balance": balance, "BalanceWithJobs": balance, "ClientEntityId": "0",
            "PreferredDeliveryMethod": one_of(&["Print", "Email", "None"], chance >> 8),
            "PrimaryPhone": { "FreeFormNumber": phone(chance) },
            "PrimaryEmailAddr": { "Address": format!("accounts.{}@customers.example", n + 1) },
            "SalesTermRef": { "value": (chance % 5 + 1).to_string() },
            "FullyQualifiedName": name, "DisplayName": name, "PrintOnCheckName": word,
            "V4IDPseudonym": format!("002098{chance:030x}"),
        })
    }

    fn vendor(&self, n: u32, chance: u64) -> Value {
        let (name, word) = (self.names.name(n), self.names.word(n));
        json!({
            "Balance": cents(chance % 500_000), "Vendor1099": chance.is_multiple_of(3),
            "AcctNum": format!("GV-{}", chance % 100_000),
            "PrimaryPhone": { "FreeFormNumber": phone(chance) },
            "TermRef": { "value": (chance % 5 + 1).to_string() },
            "DisplayName": name, "PrintOnCheckName": word,
            "V4IDPseudonym": format!("002098{chance:030x}"),
        })
    }

    fn item(&self, n: u32, chance: u64) -> Value {
        let name = self.names.name(n);
        json!({
            "Sku": format!("G-{:06}", n + 1), "Description": name, "FullyQualifiedName": name, "Name": name,
            "Taxable": chance.is_multiple_of(2), "UnitPrice": cents(chance % 50_000), "PurchaseCost": 0,
            "Type": one_of(&["Service", "NonInventory"], chance >> 8), "TrackQtyOnHand": false,
            "IncomeAccountRef": { "value": "79", "name": "Sales of Product Income" },
        })
    }
}

fn one_of<T: Copy>(choices: &[T], chance: u64) -> T {
    choices[usize::try_from(chance).unwrap_or_default() % choices.len()]
}

/// An amount; below 2^53 cents the division is exact to the cent.
#[expect(clippy::cast_precision_loss, reason = "amounts here are far below 2^53 cents")]
fn cents(cents: u64) -> f64 {
    cents as f64 / 100.0
}

fn dollars() -> Value {
    json!({ "value": "USD", "name": "United States Dollar" })
}

fn phone(chance: u64) -> String {
    format!("(555) 555-{:04}", chance % 10_000)
}

fn address(chance: u64) -> Value {
    const CITIES: [(&str, &str); 4] =
        [("Bayshore", "94326"), ("Half Moon Bay", "94213"), ("Middlefield", "94482"), ("San Pablo", "87999")];
    let (city, code) = one_of(&CITIES, chance >> 16);
    json!({
        "Id": (chance % 1_000_000).to_string(), "Line1": format!("{} Ropewalk Rd.", chance % 900 + 1),
        "City": city, "CountrySubDivisionCode": "CA", "PostalCode": code,
    })
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
                let record = spec.crowd(kind).record(place);
                assert_eq!(record, spec.crowd(kind).record(place));
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
        assert_eq!((vendors.record(0)["Id"].as_str(), vendors.last_id()), (Some("11"), 15));
        assert_eq!((vendors.place("10"), vendors.place("16"), vendors.place("011")), (None, None, None));
    }
}
