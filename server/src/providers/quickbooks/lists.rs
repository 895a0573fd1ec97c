//! Answers to statements about Intuit's lists: pages of objects, and counts.

use std::collections::HashMap;

use protocol::import::List;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::changes::told;
use super::query::entity;
use super::record::record;
use crate::providers::{Counted, Page};

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, rename = "QueryResponse")]
    response: HashMap<&'a str, &'a RawValue>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
}

/// Reads the answer to a page's statement. None when it is not an answer at all; an object that
/// cannot be read only makes the page's size larger than its records.
pub(super) fn page(list: List, body: &[u8]) -> Option<Page> {
    let answer: Answer<'_> = serde_json::from_slice(body).ok()?;
    let Some(rows) = answer.response.get(entity(list)) else { return Some(Page::default()) };
    let rows: Vec<&RawValue> = serde_json::from_str(rows.get()).ok()?;
    Some(Page {
        records: rows.iter().filter_map(|row| record(list, row.get())).collect(),
        size: u32::try_from(rows.len()).ok()?,
    })
}

/// Reads the answer to a count.
pub(super) fn count(body: &[u8]) -> Option<Counted> {
    let answer: Answer<'_> = serde_json::from_slice(body).ok()?;
    let total = serde_json::from_str(answer.response.get("totalCount")?.get()).ok()?;
    Some(Counted { total, at: answer.time.and_then(told) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::ids::Moment;

    use super::*;

    #[test]
    fn a_page_of_customers_is_read() {
        let body = r#"{"QueryResponse":{"Customer":[
            {"Id":"8","SyncToken":"3","FullyQualifiedName":"Freeman:55 Twin Lane","DisplayName":"55 Twin Lane","Active":true,
             "PrimaryEmailAddr":{"Address":"Sporting_goods@intuit.com"},"Balance":85.00},
            {"Id":7},
            {"Id":"9","DisplayName":"Gone (deleted)","Active":false}],"startPosition":1,"maxResults":3},"time":"x"}"#;
        let page = page(List::Customers, body.as_bytes()).unwrap();
        assert_eq!((page.size, page.records.len()), (3, 2));
        assert_eq!(page.records[0].name, "Freeman:55 Twin Lane");
        assert_eq!(page.records[0].email.as_deref(), Some("sporting_goods@intuit.com"));
        assert!(page.records[0].raw.contains("85.00"), "kept as it came");
        assert!(!page.records[1].active);
    }

    #[test]
    fn a_tax_code_names_its_rates() {
        let body = r#"{"QueryResponse":{"TaxCode":[{"Id":"3","Name":"Tucson","Active":true,
            "SalesTaxRateList":{"TaxRateDetail":[{"TaxRateRef":{"value":"1","name":"AZ"},"TaxOrder":0},{"TaxRateRef":{"value":"2"}}]}},
            {"Id":"NON","Name":"NON"}]}}"#;
        let page = page(List::TaxCodes, body.as_bytes()).unwrap();
        assert_eq!(page.records[0].facts.sales, ["1", "2"]);
        assert_eq!(page.records[1].sync_token, None);
    }

    #[test]
    fn nothing_found_is_an_empty_page() {
        assert_eq!(page(List::Terms, br#"{"QueryResponse":{},"time":"x"}"#).unwrap().size, 0);
        let counted = |total, at| Some(Counted { total, at });
        assert_eq!(count(br#"{"QueryResponse":{"totalCount":240},"time":"x"}"#), counted(240, None));
        let body = br#"{"QueryResponse":{"totalCount":26},"time":"2025-11-24T08:00:00.000-08:00"}"#;
        assert_eq!(count(body), counted(26, Some(Moment(1_764_000_000_000))));
        assert_eq!(count(br#"{"QueryResponse":{}}"#), None);
    }

    #[test]
    fn in_03_a_row_that_cannot_be_read_is_not_fatal() {
        let body = r#"{"QueryResponse":{"Customer":[{"Id":"1","DisplayName":"\ud800"},{"Id":"2","DisplayName":"a\u0000b"},
            {"Id":"a\u0000","DisplayName":"b"}]}}"#;
        let page = page(List::Customers, body.as_bytes()).unwrap();
        assert_eq!((page.size, page.records.len()), (3, 1));
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = page(List::Customers, &body);
            let _ = count(&body);
        }
    }
}
