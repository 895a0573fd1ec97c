//! Imported records as rows: bounded texts, and what they are found and matched by.

use std::collections::HashMap;

use protocol::import::List;

use crate::mapping::similarity::normalise;
use crate::mapping::{DETAIL_LIMIT, NAME_LIMIT, NUMBER_LIMIT, rate_text, search_text, shown, tax_key};
use crate::providers::ImportedRecord;
use crate::providers::decimal::basis_points;
use crate::providers::facts::RecordFacts;
use crate::store::records::NewRecord;

/// What the rows of taxes are worked out with.
#[derive(Debug, Clone, Default)]
pub(super) struct Taxing {
    /// Basis points of the tax rates that codes are made up of, by the provider's id.
    pub(super) rates: HashMap<String, i64>,
    /// The day of the import, as YYYY-MM-DD of UTC. A rate that changes at midnight somewhere is right
    /// with the next refresh.
    pub(super) today: String,
}

/// Makes rows of a page's records.
pub(super) fn rows(list: List, records: Vec<ImportedRecord>, taxing: &Taxing) -> Vec<NewRecord> {
    records.into_iter().map(|record| row(list, record, taxing)).collect()
}

fn row(list: List, record: ImportedRecord, taxing: &Taxing) -> NewRecord {
    let record = match list {
        List::TaxCodes => code(record, &taxing.rates),
        List::TaxRates => rate(record, &taxing.today),
        _ => record,
    };
    let number = record.number.map(|number| shown(&number, NUMBER_LIMIT));
    let detail = record.detail.map(|detail| shown(&detail, DETAIL_LIMIT));
    let search = search_text([Some(record.name.as_str()), number.as_deref(), detail.as_deref()]);
    NewRecord {
        id: record.id,
        matching: normalise(&record.name),
        name: shown(&record.name, NAME_LIMIT),
        number,
        kind: record.kind,
        detail,
        email: record.email,
        rate: record.rate,
        search,
        sync_token: record.sync_token,
        active: record.active,
        tax_key: record.facts.tax_number.as_deref().and_then(tax_key),
        facts: known(&record.facts),
        raw: record.raw,
    }
}

/// Facts as JSON; none where nothing is known.
fn known(facts: &RecordFacts) -> Option<String> {
    if *facts == RecordFacts::default() { None } else { serde_json::to_string(facts).ok() }
}

/// A tax code, with the sums of its rates.
fn code(mut record: ImportedRecord, rates: &HashMap<String, i64>) -> ImportedRecord {
    record.rate = sum(&record.facts.sales, rates);
    record.facts.purchase_rate = sum(&record.facts.purchases, rates);
    record.detail = record.rate.map(rate_text);
    record
}

/// A tax rate, as it is in force.
fn rate(mut record: ImportedRecord, today: &str) -> ImportedRecord {
    if let Some(points) = record.facts.rate_on(today).and_then(basis_points) {
        record.rate = Some(points);
        record.detail = Some(rate_text(points));
    }
    record
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
    use crate::providers::facts::DatedRate;

    fn code(ids: &[&str]) -> ImportedRecord {
        ImportedRecord {
            id: "3".into(),
            name: "Tucson\r\n".into(),
            number: None,
            kind: None,
            detail: None,
            email: None,
            rate: None,
            facts: RecordFacts {
                sales: ids.iter().map(ToString::to_string).collect(),
                purchases: vec!["2".into()],
                ..RecordFacts::default()
            },
            sync_token: None,
            active: true,
            raw: "{}".into(),
        }
    }

    #[test]
    fn the_rates_of_a_code_add_up() {
        let rates = HashMap::from([("1".to_owned(), 710), ("2".to_owned(), 200)]);
        let taxing = Taxing { rates, today: String::new() };
        let rows = |ids: &[&str]| {
            rows(List::TaxCodes, vec![code(ids)], &taxing).pop().map(|row| (row.rate, row.detail))
        };
        assert_eq!(rows(&["1", "2"]), Some((Some(910), Some("9.1 %".into()))));
        assert_eq!(rows(&["1", "9"]), Some((None, None)));
        assert_eq!(rows(&[]), Some((None, None)));
        let facts = super::rows(List::TaxCodes, vec![code(&["1"])], &taxing).pop().unwrap().facts.unwrap();
        assert_eq!(facts, r#"{"sales":["1"],"purchases":["2"],"purchase_rate":200}"#);
    }

    #[test]
    fn the_rate_in_force_is_the_one_shown() {
        let dated =
            |rate: &str, from: &str| DatedRate { rate: rate.into(), from: Some(from.into()), until: None };
        let mut vat = code(&[]);
        (vat.rate, vat.detail) = (Some(2000), Some("20 %".into()));
        vat.facts = RecordFacts {
            dated: vec![dated("20", "2011-01-04"), dated("22.5", "2027-01-01")],
            ..RecordFacts::default()
        };
        let on = |day: &str| {
            let taxing = Taxing { today: day.into(), ..Taxing::default() };
            let row = rows(List::TaxRates, vec![vat.clone()], &taxing).pop().unwrap();
            (row.rate, row.detail.unwrap())
        };
        assert_eq!(on("2026-12-31"), (Some(2000), "20 %".to_owned()));
        assert_eq!(on("2027-01-01"), (Some(2250), "22.5 %".to_owned()));
        assert_eq!(
            on("1999-01-01"),
            (Some(2000), "20 %".to_owned()),
            "before all dates QuickBooks' own holds"
        );
    }

    #[test]
    fn a_row_is_found_by_its_folded_texts() {
        let mut record = code(&[]);
        record.name = "Zoë's Café Ltd".into();
        record.detail = Some("ZOE@cafe.example".into());
        let row = rows(List::Customers, vec![record], &Taxing::default()).pop().unwrap();
        assert_eq!(row.matching, "zoes cafe");
        assert_eq!(row.search, "zoe's cafe ltd zoe@cafe.example");
    }
}
