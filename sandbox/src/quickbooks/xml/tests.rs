//! What is written can be read: by a strict parser of somebody else's, and by our own reader as what it was.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{read, text::is_legal, write};
use crate::quickbooks::company::shipped;

fn fields(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

/// What an answer comes back as, without its frame.
fn there_and_back(answer: Value) -> Value {
    let document = write(fields(answer));
    roxmltree::Document::parse(&document).unwrap_or_else(|problem| panic!("{problem}: {document}"));
    let (root, fields) = read(&document).unwrap();
    assert_eq!(root, "IntuitResponse");
    Value::Object(fields)
}

/// JSON without the lists that have no members: XML cannot say that they are there.
fn without_empty_lists(value: &Value) -> Value {
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, value)| !empty(value));
            Value::Object(kept.map(|(field, value)| (field.clone(), without_empty_lists(value))).collect())
        }
        Value::Array(members) => Value::Array(members.iter().map(without_empty_lists).collect()),
        _ => value.clone(),
    }
}

#[test]
fn every_record_of_both_companies_comes_back() {
    let entities = "Customer Vendor Account Item TaxCode TaxRate TaxAgency Term PaymentMethod Class \
                    Department CompanyCurrency CompanyInfo Preferences";
    for company in shipped().unwrap() {
        for entity in entities.split_ascii_whitespace() {
            for row in company.records(entity) {
                let back = there_and_back(json!({ entity: row, "time": "now" }));
                assert_eq!(back, json!({ entity: without_empty_lists(row), "time": "now" }));
            }
        }
    }
}

#[test]
fn answers_of_every_kind_come_back() {
    for answer in [
        json!({ "QueryResponse": {}, "time": "now" }),
        json!({ "QueryResponse": { "totalCount": 26 } }),
        json!({ "QueryResponse": { "Term": [{ "Id": "3" }], "startPosition": 1, "maxResults": 1 } }),
        json!({ "Customer": { "Id": "7", "domain": "QBO", "status": "Deleted" } }),
        json!({ "CDCResponse": [{ "QueryResponse": [{ "Term": [{ "Id": "3" }] }, {}] }] }),
        json!({ "BatchItemResponse": [
            { "bId": "b1", "Customer": { "Id": "1", "sparse": false } },
            { "bId": "b2", "QueryResponse": { "maxResults": 1, "Item": [{ "UnitPrice": 1.5 }] } },
            { "bId": "b3", "Fault": { "type": "ValidationFault", "Error": [{ "Message": "m", "code": "610" }] } },
        ] }),
    ] {
        assert_eq!(there_and_back(answer.clone()), answer);
    }
}

#[test]
fn an_entity_looks_as_it_does_at_intuit() {
    let customer = json!({
        "sparse": false, "domain": "QBO", "Active": true, "DisplayName": "Ann & Sons", "Id": "5",
        "BillAddr": { "PostalCode": "94326", "City": "Bayshore", "Id": "2", "Line1": "4581 Finch St." },
        "CurrencyRef": { "name": "United States Dollar", "value": "USD" }, "SyncToken": "0", "Balance": 239.5,
        "MetaData": { "LastUpdatedTime": "2025-01-02", "CreateTime": "2025-01-01" }, "WebAddr": {}, "Fax": null,
    });
    assert_eq!(
        write(fields(json!({ "time": "now", "Customer": customer }))),
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <IntuitResponse xmlns=\"http://schema.intuit.com/finance/v3\" time=\"now\">\
         <Customer domain=\"QBO\" sparse=\"false\"><Id>5</Id><SyncToken>0</SyncToken>\
         <MetaData><CreateTime>2025-01-01</CreateTime><LastUpdatedTime>2025-01-02</LastUpdatedTime></MetaData>\
         <BillAddr><Id>2</Id><Line1>4581 Finch St.</Line1><City>Bayshore</City>\
         <PostalCode>94326</PostalCode></BillAddr><Balance>239.5</Balance>\
         <CurrencyRef name=\"United States Dollar\">USD</CurrencyRef><DisplayName>Ann &amp; Sons</DisplayName>\
         <Active>true</Active><WebAddr/></Customer></IntuitResponse>"
    );
}

#[test]
fn a_request_may_be_written_in_other_ways() {
    let document = "\u{FEFF}<?xml version='1.0'?>\n<!-- from an app -->\n\
        <q:Customer xmlns:q='http://schema.intuit.com/finance/v3' sparse=\"true\" q:odd='1'>\n\
          <q:DisplayName>A<![CDATA[<b>]]>&amp;&#x41;</q:DisplayName> <q:Balance>+.5</q:Balance>\n\
          <q:Taxable>1</q:Taxable><q:Job>perhaps</q:Job><q:BillAddr>\n</q:BillAddr>\n\
        </q:Customer>\n";
    let expected = json!({ "sparse": true, "DisplayName": "A<b>&A", "Balance": 0.5, "Taxable": true,
                           "Job": "perhaps", "BillAddr": {} });
    assert_eq!(read(document).unwrap(), ("Customer".to_owned(), fields(expected)));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    for document in [
        "",
        "text",
        "{}",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>text",
        "<a>one<b/></a>",
        "<a>&unknown;</a>",
        "<a>&#0;</a>",
        "<a>&#1;</a>",
        "<a>\u{1}</a>",
        "<a b='1' b='2'/>",
        "<a b=1/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        &deep,
    ] {
        assert!(read(document).is_err(), "{}", document.get(..40).unwrap_or(document));
    }
}

/// Every legal character as it is, and the mark for every other one.
fn legal(text: &str) -> String {
    text.chars().map(|letter| if is_legal(letter) { letter } else { '\u{FFFD}' }).collect()
}

/// Any text, and often one that is full of what XML minds.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ \t\r\n<>&\"'\\]\\[!?;#\u{0}-\u{1F}\u{FFFE}\u{FFFF}a\u{1F600}]{0,12}"]
}

/// Any JSON whose objects may have any names.
fn json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![text(), "[a-zA-Z]{1,5}", Just("value".to_owned())];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_comes_back(name in text(), note in text(), reference in text()) {
        let customer = |change: fn(&str) -> String| json!({ "Customer": {
            "DisplayName": change(&name), "Notes": change(&note),
            "CurrencyRef": { "name": change(&reference), "value": change(&name) },
        } });
        prop_assert_eq!(there_and_back(customer(str::to_owned)), customer(legal));
    }

    #[test]
    fn any_answer_is_well_formed(name in "[A-Z][a-z]{0,5}", value in json()) {
        let document = write(fields(json!({ name: value })));
        prop_assert!(roxmltree::Document::parse(&document).is_ok(), "{}", document);
    }

    #[test]
    fn any_body_is_read_or_refused(document in prop_oneof![any::<String>(), "[<>/a&;#='\"! \\-\\[\\]?]{0,40}"]) {
        if let Ok((name, fields)) = read(&document) {
            prop_assert!(document.contains(&name), "{:?}", fields);
        }
    }
}
