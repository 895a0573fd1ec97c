//! The rules, one by one.

use protocol::record::Record;

use super::*;

#[derive(serde::Deserialize)]
struct Entry {
    sections: Schema,
}

fn schema() -> Schema {
    let text = r#"
        [[sections]]
        key = "s"
        title = "S"
        fields = [
            { key = "sales", label = "Sales", kind = { picker = { list = "Accounts", kinds = ["Income"] } }, required = true },
            { key = "on", label = "On", kind = "switch" },
            { key = "customers", label = "Customers", kind = { mapping = "Customers" }, depends_on = "on" },
            { key = "taxes", label = "Taxes", kind = { mapping = "Taxes" }, required = true },
            { key = "start", label = "Start", kind = "date" },
        ]"#;
    toml::from_str::<Entry>(text).unwrap().sections
}

fn sales(kind: &str, active: bool, vanished: bool) -> HashMap<(List, String), PickedRecord> {
    let record = Record { id: "79".into(), name: "Sales".into(), active, vanished, ..Record::default() };
    HashMap::from([((List::Accounts, "79".into()), PickedRecord { record, kind: Some(kind.into()) })])
}

fn told(
    values: &[FieldEntry],
    picked: &HashMap<(List, String), PickedRecord>,
) -> Vec<(String, bool, ProblemCause)> {
    let tables = [
        TableCounts {
            table: MappingTable::Customers,
            states: vec![(MappingState::Unmatched, 4)],
            scores: vec![],
        },
        TableCounts {
            table: MappingTable::Taxes,
            states: vec![(MappingState::Confirmed, 8)],
            scores: vec![],
        },
    ];
    let look = Look { values, picked, tables: &tables, rate_mismatches: 0 };
    problems(&schema(), &look).into_iter().map(|found| (found.key, found.blocks, found.cause)).collect()
}

fn value(key: &str, value: FieldValue) -> FieldEntry {
    FieldEntry { key: key.into(), value }
}

#[test]
fn a_required_field_without_a_value_blocks() {
    assert_eq!(told(&[], &HashMap::new()), [("sales".into(), true, ProblemCause::Missing)]);
}

#[test]
fn an_account_of_the_wrong_type_blocks() {
    let values = [value("sales", FieldValue::Record("79".into()))];
    assert_eq!(told(&values, &sales("Expense", true, false))[0].2, ProblemCause::WrongKind);
    assert!(told(&values, &sales("Income", true, false)).is_empty());
}

#[test]
fn a_record_that_is_gone_is_told() {
    let values = [value("sales", FieldValue::Record("79".into()))];
    for picked in [sales("Income", false, false), sales("Income", true, true), HashMap::new()] {
        assert_eq!(told(&values, &picked)[0].2, ProblemCause::Broken);
    }
}

#[test]
fn a_hidden_field_is_no_problem() {
    let values = [value("sales", FieldValue::Record("79".into())), value("on", FieldValue::Switch(true))];
    let picked = sales("Income", true, false);
    assert_eq!(told(&values, &picked), [("customers".into(), false, ProblemCause::Undecided)]);
    assert!(told(&values[..1], &picked).is_empty());
}

#[test]
fn only_days_of_the_calendar_are_dates() {
    let schema = schema();
    let field = schema.field("start").unwrap();
    for (text, good) in [("2026-02-28", true), ("2026-02-30", false), ("28.2.2026", false), ("", false)] {
        assert_eq!(takes(field, &FieldValue::Text(text.into())), good, "{text}");
    }
    assert!(!takes(field, &FieldValue::Switch(true)));
}
