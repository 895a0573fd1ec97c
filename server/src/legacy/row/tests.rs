//! What a line of a campaign means, and every sentence that is told of a wrong one.

use serde_json::json;

use super::*;
use crate::providers::catalogue::Catalogue;

fn read(said: &Value) -> Result<Entry, Vec<String>> {
    let (catalogue, id) = (Catalogue::load().unwrap(), IntegrationId::new("quickbooks-online").unwrap());
    let row: Row = serde_json::from_value(said.clone()).map_err(|error| vec![error.to_string()])?;
    Entry::read(row, "demo".to_owned(), id.clone(), &catalogue.integration(&id).unwrap().sections)
}

fn line() -> Value {
    json!({
        "tenant": "acme", "company_id": "9341453199999002", "company_name": "Harbourside Supplies Ltd",
        "deadline": "2027-01-31",
        "configuration": { "account-sales": "79", "prices-include-tax": true },
        "mappings": [
            { "kind": "customers", "source": "C-1", "target": "5" },
            { "kind": "suppliers", "source": "S-1", "decision": "create_new" },
            { "kind": "taxes", "source": "VAT", "decision": "ignore" },
        ],
        "oauth1": { "token": "qyprdToken", "token_secret": "tokenSecret" },
    })
}

fn changed(key: &str, value: Value) -> Value {
    let mut said = line();
    said[key] = value;
    said
}

#[test]
fn a_good_line_is_read_whole() {
    let entry = read(&line()).ok().unwrap();
    assert_eq!(
        (entry.tenant_name.as_str(), entry.deadline),
        ("Harbourside Supplies Ltd", Some(Moment(1_801_439_999_000)))
    );
    assert_eq!(entry.values.len(), 2);
    assert!(entry.values.contains(&FieldEntry {
        key: "account-sales".to_owned(),
        value: FieldValue::Record("79".to_owned())
    }));
    assert_eq!(entry.decisions[0].2, MappingChoice::Link("5".to_owned()));
    assert!(entry.credentials.unwrap().token.lend(|token| token == "qyprdToken"));
    let moment = read(&changed("deadline", json!("2027-01-31T17:00:00+01:00"))).ok().unwrap();
    assert_eq!(moment.deadline, Some(Moment(1_801_411_200_000)));
}

#[test]
fn every_mistake_is_a_sentence() {
    for (said, words) in [
        (changed("tenant", json!(" ")), "tenant must have 1 to 128 characters"),
        (changed("company_name", json!("")), "company_name must have"),
        (changed("tenant_name", json!("\u{7}")), "tenant_name must have"),
        (changed("company_id", json!("123456789")), "must be 10 to 19 digits"),
        (changed("company_id", json!("12345678901234567890")), "must be 10 to 19 digits"),
        (changed("company_id", json!("934145319999900x")), "must be 10 to 19 digits"),
        (changed("company_id", json!(9_341_453_199_999_002_u64)), "expected a string"),
        (changed("deadline", json!("2027-02-30")), "deadline \"2027-02-30\" must be a day"),
        (changed("deadline", json!("soon")), "must be a day"),
        (changed("deadline", json!("1969-01-01")), "must be a day"),
        (changed("configuration", json!({ "colour": "red" })), "no field \"colour\""),
        (changed("configuration", json!({ "account-sales": 79 })), "\"account-sales\" does not take"),
        (changed("configuration", json!({ "customers": "1" })), "\"customers\" does not take"),
        (changed("mappings", json!([{ "kind": "items", "source": "1", "target": "1" }])), "kind \"items\""),
        (changed("mappings", json!([{ "kind": "taxes", "source": "", "target": "1" }])), "source has 1 to"),
        (changed("mappings", json!([{ "kind": "taxes", "source": "1" }])), "must have a target"),
        (
            changed("mappings", json!([{ "kind": "taxes", "source": "1", "decision": "x" }])),
            "must have a target",
        ),
        (
            changed(
                "mappings",
                json!([{ "kind": "taxes", "source": "1", "target": "1", "decision": "ignore" }]),
            ),
            "must have a target",
        ),
        (
            changed(
                "mappings",
                json!([{ "kind": "taxes", "source": "1", "target": "1" },
                                       { "kind": "taxes", "source": "1", "target": "2" }]),
            ),
            "\"1\" is mapped twice",
        ),
        (changed("colour", json!("red")), "unknown field `colour`"),
        (changed("oauth1", json!({ "token": "a" })), "token and token_secret"),
    ] {
        let told = read(&said).err().unwrap().join("; ");
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn all_mistakes_of_a_line_are_told_at_once() {
    let mut said = changed("company_id", json!("1"));
    said["deadline"] = json!("soon");
    said["configuration"] = json!({ "a": 1, "b": 2 });
    assert_eq!(read(&said).err().unwrap().len(), 4);
}

#[test]
fn oa_19_a_secret_of_the_wrong_kind_is_not_repeated() {
    let told = read(&changed("oauth1", json!({ "token": 4_711_471_147_i64, "token_secret": ["s3cret"] })));
    let told = told.err().unwrap().join("; ");
    assert!(told.contains("texts that are not empty"), "{told}");
    assert!(!told.contains("4711471147") && !told.contains("s3cret"), "{told}");
}

#[test]
fn the_same_line_has_the_same_content_and_no_other() {
    let content = |said: &Value| read(said).ok().unwrap().content();
    assert_eq!(content(&line()), content(&line()));
    for (key, value) in [
        ("deadline", json!("2027-02-28")),
        ("company_name", json!("Another")),
        ("configuration", json!({})),
        ("mappings", json!([])),
        ("oauth1", json!({ "token": "qyprdToken", "token_secret": "another" })),
    ] {
        assert_ne!(content(&line()), content(&changed(key, value)), "{key}");
    }
}
