//! A property of a record: how it is found, and what its value compares as.

use std::{cmp::Ordering, mem::discriminant};

use serde_json::Value;
use time::OffsetDateTime;

use super::{Literal, moment::moment};
use crate::quickbooks::folding::fold;

/// Where a reference, an address of e-mail, a telephone number or a web address has the value that it compares by.
pub(super) const INNER: [&str; 4] = ["value", "Address", "FreeFormNumber", "URI"];
/// A record that does not say whether it is active is.
static ACTIVE: Value = Value::Bool(true);

/// What is said by a record's `Active`; whoever says nothing is active, as agencies always are.
pub(crate) fn says_active(active: Option<&Value>) -> bool {
    active.unwrap_or(&ACTIVE) != &Value::Bool(false)
}

/// A property by its path, in the writer's case.
pub(super) struct Property<'a> {
    path: &'a str,
    nature: Nature,
}

/// What the text of a property is.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Nature {
    Id,
    Moment,
    Text,
}

impl<'a> Property<'a> {
    pub(super) fn new(path: &'a str) -> Self {
        let tail = path.get(path.len().saturating_sub(4)..).unwrap_or_default();
        let nature = if path.eq_ignore_ascii_case("Id") {
            Nature::Id
        } else if ["Date", "Time"].iter().any(|word| tail.eq_ignore_ascii_case(word)) {
            Nature::Moment
        } else {
            Nature::Text
        };
        Self { path, nature }
    }

    /// The value that it compares by; nothing where the record has none.
    pub(super) fn of<'v>(&self, row: &'v Value) -> Option<&'v Value> {
        let mut value = row;
        for name in self.path.split('.') {
            match field(value, name) {
                Some(found) => value = found,
                None if self.path.eq_ignore_ascii_case("Active") => return Some(&ACTIVE),
                None => return None,
            }
        }
        if value.is_object() { INNER.iter().find_map(|name| value.get(name)) } else { Some(value) }
    }

    pub(super) fn key(&self, row: &Value) -> Key {
        match self.of(row) {
            Some(Value::Bool(truth)) => Key::Truth(*truth),
            Some(Value::Number(number)) => number.as_f64().map_or(Key::Missing, Key::Number),
            Some(Value::String(text)) => self.key_of_text(text),
            _ => Key::Missing,
        }
    }

    fn key_of_text(&self, text: &str) -> Key {
        match self.nature {
            Nature::Id => Key::Id(text.to_owned()),
            Nature::Moment => moment(text).map_or_else(|| Key::Text(fold(text)), Key::Moment),
            Nature::Text => Key::Text(fold(text)),
        }
    }
}

/// A field in whatever case it is asked for.
fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let fields = value.as_object()?;
    let other_case = || fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    fields.get(name).or_else(other_case)
}

/// A value in a form that compares: numbers by size, moments by time, text by its letters in any case.
#[derive(Clone, Debug)]
pub(super) enum Key {
    Missing,
    Truth(bool),
    Number(f64),
    Moment(OffsetDateTime),
    /// The same or another one; their order is that of the records.
    Id(String),
    Text(String),
}

impl Key {
    /// What is missing comes first, and what is not alike in kind stands in the order of the kinds.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Truth(left), Self::Truth(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => left.partial_cmp(right).unwrap_or(Ordering::Equal),
            (Self::Moment(left), Self::Moment(right)) => left.cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            _ if discriminant(self) == discriminant(other) => Ordering::Equal,
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Missing => 0,
            Self::Truth(_) => 1,
            Self::Number(_) => 2,
            Self::Moment(_) => 3,
            Self::Id(_) => 4,
            Self::Text(_) => 5,
        }
    }
}

/// What orders Ids that are numbers: without leading zeros, the longer is the larger.
pub(super) fn size(id: &str) -> (usize, &str) {
    let digits = id.trim_start_matches('0');
    (digits.len(), digits)
}

/// Whether an Id is a number; those of built-in tax codes are words.
pub(super) fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|letter| letter.is_ascii_digit())
}

/// The value of a condition, read once as each of the things that it may have to compare with.
pub(super) struct Wanted<'a> {
    pub(super) folded: String,
    written: &'a str,
    truth: Option<bool>,
    number: Option<f64>,
    moment: Option<OffsetDateTime>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(literal: &'a Literal) -> Self {
        let written = literal.text();
        let truth = [true, false].into_iter().find(|truth| written.eq_ignore_ascii_case(&truth.to_string()));
        Self { folded: fold(written), written, truth, number: number(written), moment: moment(written) }
    }

    /// How a record's value stands to it; nothing where the two do not compare.
    pub(super) fn order(&self, key: &Key) -> Option<Ordering> {
        match key {
            Key::Missing => None,
            Key::Truth(truth) => Some(truth.cmp(&self.truth?)),
            Key::Number(number) => number.partial_cmp(&self.number?),
            Key::Moment(moment) => Some(moment.cmp(&self.moment?)),
            // An Id is the same or another one, whatever its size.
            Key::Id(id) => (id == self.written).then_some(Ordering::Equal),
            Key::Text(text) => Some(text.cmp(&self.folded)),
        }
    }
}

/// A decimal number; what else a computer might take for one is none.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    (is_number(whole) && is_number(fraction)).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn order(property: &str, value: &Value, literal: &str) -> Option<Ordering> {
        let (head, tail) = property.split_once('.').unwrap_or((property, ""));
        let row = if tail.is_empty() { json!({ head: value }) } else { json!({ head: { tail: value } }) };
        Wanted::new(&Literal::Text(literal.to_owned())).order(&Property::new(property).key(&row))
    }

    #[test]
    fn numbers_compare_by_size_and_nothing_else_is_a_number() {
        assert_eq!(order("Balance", &json!(9), "10"), Some(Ordering::Less));
        assert_eq!(order("Balance", &json!(10.5), "10.50"), Some(Ordering::Equal));
        assert_eq!(order("Balance", &json!(0), "-0.0"), Some(Ordering::Equal));
        for literal in ["", "inf", "NaN", "1e3", "0x10", "1.", ".5", "ten"] {
            assert_eq!(order("Balance", &json!(1000), literal), None, "{literal}");
        }
    }

    #[test]
    fn text_of_digits_is_text() {
        assert_eq!(order("AcctNum", &json!("0100"), "100"), Some(Ordering::Less));
        assert_eq!(order("DisplayName", &json!("9"), "10"), Some(Ordering::Greater));
    }

    #[test]
    fn moments_compare_across_offsets() {
        let at = json!("2025-01-01T00:00:00-08:00");
        assert_eq!(order("MetaData.CreateTime", &at, "2025-01-01T08:00:00Z"), Some(Ordering::Equal));
        assert_eq!(order("metadata.createtime", &at, "2025-01-01"), Some(Ordering::Equal));
        assert_eq!(order("MetaData.CreateTime", &at, "2025-01-01T13:31:00+05:30"), Some(Ordering::Less));
        assert_eq!(order("InvStartDate", &json!("2024-04-06"), "2024-04-07"), Some(Ordering::Less));
        assert_eq!(order("MetaData.CreateTime", &at, "yesterday"), None);
    }

    #[test]
    fn letters_compare_in_any_case_of_any_script() {
        for (value, literal) in [
            ("Amy's Bird Sanctuary", "AMY'S BIRD SANCTUARY"),
            ("ÅNGSTRÖM", "ångström"),
            ("Straße", "STRASSE"),
            ("ΟΔΟΣ", "οδος"),
            ("Οδός", "ΟΔΌΣ"),
            ("ЖУК", "жук"),
        ] {
            assert_eq!(order("DisplayName", &json!(value), literal), Some(Ordering::Equal), "{value}");
        }
    }

    #[test]
    fn references_and_addresses_compare_by_what_is_inside() {
        for (value, literal) in [
            (json!({ "value": "161", "name": "Somebody" }), "161"),
            (json!({ "Address": "Birds@Intuit.com" }), "birds@intuit.com"),
            (json!({ "FreeFormNumber": "(650) 555-3311" }), "(650) 555-3311"),
            (json!({ "URI": "http://birds.example" }), "HTTP://birds.example"),
        ] {
            assert_eq!(order("Any", &value, literal), Some(Ordering::Equal), "{value}");
        }
        assert_eq!(order("Any", &json!({}), ""), None);
    }

    #[test]
    fn ids_are_in_the_order_of_their_numbers() {
        let sorted = ["0", "9", "10", "5000000000000007280", "50000000000000072800"];
        assert!(sorted.is_sorted_by_key(|id| size(id)));
        assert_eq!(order("Id", &json!("7"), "07"), None);
    }

    #[test]
    fn what_does_not_say_whether_it_is_active_is() {
        let wanted = Literal::Truth(true);
        let key = Property::new("active").key(&json!({ "Id": "1" }));
        assert_eq!(Wanted::new(&wanted).order(&key), Some(Ordering::Equal));
    }
}
