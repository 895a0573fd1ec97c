//! Imported records as rows: bounded texts, and what they are found and matched by.

use std::collections::HashMap;

use protocol::import::List;

use crate::mapping::similarity::normalise;
use crate::mapping::{DETAIL_LIMIT, NAME_LIMIT, NUMBER_LIMIT, rate_text, search_text, shown};
use crate::providers::ImportedRecord;
use crate::store::records::NewRecord;

/// Makes rows of a page's records. `rates` are the sales rates that tax codes are made up of.
pub(super) fn rows(list: List, records: Vec<ImportedRecord>, rates: &HashMap<String, i64>) -> Vec<NewRecord> {
    records.into_iter().map(|record| row(list, record, rates)).collect()
}

fn row(list: List, record: ImportedRecord, rates: &HashMap<String, i64>) -> NewRecord {
    let rate = if list == List::TaxCodes { sum(&record.rates, rates) } else { record.rate };
    let detail = if list == List::TaxCodes { rate.map(rate_text) } else { record.detail };
    let number = record.number.map(|number| shown(&number, NUMBER_LIMIT));
    let detail = detail.map(|detail| shown(&detail, DETAIL_LIMIT));
    let search = search_text([Some(record.name.as_str()), number.as_deref(), detail.as_deref()]);
    NewRecord {
        id: record.id,
        matching: normalise(&record.name),
        name: shown(&record.name, NAME_LIMIT),
        number,
        kind: record.kind,
        detail,
        email: record.email,
        rate,
        search,
        sync_token: record.sync_token,
        active: record.active,
        raw: record.raw,
    }
}

/// The rate of a code: none when it has no rates, or one of them is not known.
fn sum(ids: &[String], rates: &HashMap<String, i64>) -> Option<i64> {
    if ids.is_empty() {
        return None;
    }
    ids.iter().map(|id| rates.get(id).copied()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(ids: &[&str]) -> ImportedRecord {
        ImportedRecord {
            id: "3".into(),
            name: "Tucson\r\n".into(),
            number: None,
            kind: None,
            detail: None,
            email: None,
            rate: None,
            rates: ids.iter().map(ToString::to_string).collect(),
            sync_token: None,
            active: true,
            raw: "{}".into(),
        }
    }

    #[test]
    fn the_rates_of_a_code_add_up() {
        let rates = HashMap::from([("1".to_owned(), 710), ("2".to_owned(), 200)]);
        let rows = |ids: &[&str]| {
            rows(List::TaxCodes, vec![code(ids)], &rates).pop().map(|row| (row.rate, row.detail))
        };
        assert_eq!(rows(&["1", "2"]), Some((Some(910), Some("9.1 %".into()))));
        assert_eq!(rows(&["1", "9"]), Some((None, None)));
        assert_eq!(rows(&[]), Some((None, None)));
    }

    #[test]
    fn a_row_is_found_by_its_folded_texts() {
        let mut record = code(&[]);
        record.name = "Zoë's Café Ltd".into();
        record.detail = Some("ZOE@cafe.example".into());
        let row = rows(List::Customers, vec![record], &HashMap::new()).pop().unwrap();
        assert_eq!(row.matching, "zoes cafe");
        assert_eq!(row.search, "zoe's cafe ltd zoe@cafe.example");
    }
}
