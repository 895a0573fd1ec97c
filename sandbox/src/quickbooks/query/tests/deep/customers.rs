//! Small companies in which much is alike, missing, or written in another way.

use serde_json::{Value, json};

use super::chance::Chance;

pub(super) const NAMES: &[&str] = &[
    "Amy's Bird Sanctuary",
    "amy's bird sanctuary",
    "Straße",
    "STRASSE",
    "Ärger",
    "ärger",
    "ΟΔΟΣ",
    "οδος",
    "李小龙",
    "مرحبا",
    "",
    "100%",
    "a_b",
    r"back\slash",
    "ab",
    "abab",
    "aba",
    "true",
    "007",
    "7",
    "2015-03-01",
    "İstanbul",
    "ﬁn",
    "e\u{301}",
    "é",
    "😀",
    "=1+1",
];

pub(super) const NUMBERS: &[f64] = &[0.0, -0.0, 1.0, 7.0, 9.0, 10.0, 10.5, -3.25, 239.0, 1e9, 0.1];

pub(super) const TIMES: &[&str] = &[
    "2015-03-01T00:00:00-08:00",
    "2015-03-01T08:00:00Z",
    "2015-03-01",
    "2015-07-23T10:58:12-07:00",
    "2015-07-23T17:58:12.000Z",
    "2015-07-23T23:28:12+05:30",
    "2015-07-23T10:58:12",
    "2015-12-31T23:59:59-0800",
    "2016-01-01T07:59:59Z",
    "2026-03-04",
    "2026-03-04T09:00",
    "no time",
    "2015-02-30",
];

/// Up to forty customers in the order of their Ids, at times with two whose Ids are words.
pub(super) fn some(chance: &mut Chance) -> Vec<Value> {
    let words = if chance.one_in(4) { vec!["TAX", "NON"] } else { Vec::new() };
    let mut ids: Vec<String> = words.into_iter().map(str::to_owned).collect();
    let mut id = 0;
    for _ in 0..chance.below(40) {
        id += 1 + chance.below(3);
        ids.push(id.to_string());
    }
    let all_active = chance.one_in(2);
    ids.into_iter().map(|id| customer(&id, all_active, chance)).collect()
}

fn customer(id: &str, all_active: bool, chance: &mut Chance) -> Value {
    let mut customer = json!({ "Id": id, "sparse": false });
    let mut put = |field: &str, value: Value| customer[field] = value;
    if !chance.one_in(8) {
        put("Active", json!(all_active || !chance.one_in(4)));
    }
    put("DisplayName", json!(chance.pick(NAMES)));
    if chance.one_in(2) {
        put("GivenName", json!(chance.pick(NAMES)));
    }
    if !chance.one_in(4) {
        put("Balance", json!(chance.pick(NUMBERS)));
    }
    if chance.one_in(2) {
        put("Job", json!(chance.one_in(2)));
    }
    if !chance.one_in(4) {
        put("MetaData", json!({ "CreateTime": chance.pick(TIMES), "LastUpdatedTime": chance.pick(TIMES) }));
    }
    if chance.one_in(2) {
        put("PrimaryEmailAddr", json!({ "Address": chance.pick(NAMES) }));
    }
    if chance.one_in(2) {
        put(
            "CurrencyRef",
            json!({ "value": chance.pick(&["USD", "usd", "GBP"]), "name": chance.pick(NAMES) }),
        );
    }
    customer
}
