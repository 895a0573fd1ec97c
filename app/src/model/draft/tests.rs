//! What a draft does to what is shown and saved.

use protocol::ids::Moment;
use protocol::import::List;
use protocol::mapping::{MappingRow, MappingState, Source, TableCounts};
use protocol::record::Record;
use protocol::schema::{ChosenRecord, Field, FieldEntry, FieldKind, SaveConflict, Section};
use protocol::store::Stamp;

use super::merge::Merge;
use super::names::Names;
use super::rows::{Decided, at_least};
use super::*;

const TABLE: MappingTable = MappingTable::Customers;

pub(super) fn record(id: &str) -> Record {
    Record { id: id.to_owned(), name: format!("Record {id}"), active: true, ..Record::default() }
}

pub(super) fn row(id: &str, state: MappingState, target: Option<&str>, score: u8) -> MappingRow {
    MappingRow {
        source: Source { id: id.to_owned(), name: format!("Customer {id}"), code: None, detail: None },
        state,
        target: target.map(record),
        score,
        reasons: Vec::new(),
        by: None,
        rate_mismatch: false,
    }
}

pub(super) fn configuration() -> Configuration {
    let field = |key: &str, kind| Field {
        key: key.to_owned(),
        label: key.to_owned(),
        help: String::new(),
        kind,
        required: false,
        depends_on: None,
    };
    let accounts = FieldKind::Picker { list: List::Accounts, kinds: Vec::new() };
    Configuration {
        version: 3,
        saved: None,
        sections: vec![Section {
            key: "all".to_owned(),
            title: "All".to_owned(),
            help: String::new(),
            fields: vec![field("sales", accounts), field("on", FieldKind::Switch)],
        }],
        values: vec![FieldEntry { key: "sales".to_owned(), value: FieldValue::Record("79".to_owned()) }],
        chosen: vec![ChosenRecord { list: List::Accounts, record: record("79") }],
        tables: Vec::new(),
        problems: Vec::new(),
        draft: None,
    }
}

fn account(id: &str) -> FieldValue {
    FieldValue::Record(id.to_owned())
}

pub(super) fn link(id: &str) -> MappingChoice {
    MappingChoice::Link(id.to_owned())
}

#[test]
fn a_later_value_of_a_field_replaces_the_earlier() {
    let saved = configuration();
    let mut changes = Changes::on(3);
    changes.set_field(&saved, "sales", Some(account("80")));
    changes.set_field(&saved, "sales", Some(account("81")));
    assert_eq!(changes.entries.len(), 1);
    assert_eq!(changes.value(&saved, "sales"), Some(&account("81")));
}

#[test]
fn a_value_as_saved_is_no_change() {
    let saved = configuration();
    let mut changes = Changes::on(3);
    changes.set_field(&saved, "sales", None);
    assert_eq!(changes.value(&saved, "sales"), None);
    changes.set_field(&saved, "sales", Some(account("79")));
    changes.set_field(&saved, "on", Some(FieldValue::Switch(true)));
    changes.set_field(&saved, "on", Some(FieldValue::Switch(false)));
    changes.set_field(&saved, "memo", Some(FieldValue::Text(String::new())));
    assert!(changes.is_empty());
}

#[test]
fn a_row_shows_what_was_chosen() {
    let mut changes = Changes::on(3);
    let mut names = Names::default();
    let suggested = row("a", MappingState::Suggested, Some("1"), 90);
    changes.choose(TABLE, &suggested, link("2"));
    let shown = changes.show(TABLE, &suggested, &names);
    assert_eq!(shown.state, MappingState::Confirmed);
    assert_eq!(shown.target.map(|target| target.name).as_deref(), Some("2"));
    names.record(List::Customers, record("2"));
    let shown = changes.show(TABLE, &suggested, &names);
    assert_eq!(shown.target, Some(record("2")));
    assert_eq!(shown.decided, Decided::ByHand);
}

#[test]
fn a_choice_as_saved_is_no_change() {
    let mut changes = Changes::on(3);
    let confirmed = row("a", MappingState::Confirmed, Some("1"), 0);
    changes.choose(TABLE, &confirmed, MappingChoice::Ignore);
    assert_eq!(changes.entries.len(), 1);
    changes.choose(TABLE, &confirmed, link("1"));
    let suggested = row("b", MappingState::Suggested, Some("2"), 90);
    changes.choose(TABLE, &suggested, MappingChoice::Undecided);
    assert!(changes.is_empty());
}

#[test]
fn naming_a_conflicts_record_again_settles_it() {
    let mut changes = Changes::on(3);
    let claimed = row("a", MappingState::Conflict, Some("1"), 0);
    changes.choose(TABLE, &claimed, link("1"));
    assert_eq!(changes.entries.len(), 1);
}

#[test]
fn a_decision_taken_back_leaves_the_row_unmatched() {
    let mut changes = Changes::on(3);
    let confirmed = row("a", MappingState::Confirmed, Some("1"), 0);
    changes.choose(TABLE, &confirmed, MappingChoice::Undecided);
    let shown = changes.show(TABLE, &confirmed, &Names::default());
    assert_eq!((shown.state, shown.target), (MappingState::Unmatched, None));
}

#[test]
fn the_rule_confirms_only_suggestions_that_score_enough() {
    let mut changes = Changes::on(3);
    changes.accept(TABLE, 90);
    let state = |state, score| {
        let row = row("a", state, Some("1"), score);
        changes.show(TABLE, &row, &Names::default()).state
    };
    assert_eq!(state(MappingState::Suggested, 90), MappingState::Confirmed);
    assert_eq!(state(MappingState::Suggested, 89), MappingState::Suggested);
    assert_eq!(state(MappingState::NeedsReview, 99), MappingState::NeedsReview);
}

#[test]
fn a_choice_by_hand_wins_over_the_rule() {
    let mut changes = Changes::on(3);
    changes.accept(TABLE, 90);
    let suggested = row("a", MappingState::Suggested, Some("1"), 95);
    changes.choose(TABLE, &suggested, link("1"));
    assert_eq!(changes.entries.len(), 1, "the rule says the same");
    changes.choose(TABLE, &suggested, MappingChoice::Undecided);
    let shown = changes.show(TABLE, &suggested, &Names::default());
    assert_eq!(shown.state, MappingState::Suggested);
    let mut names = Names::default();
    names.row(TABLE, &suggested);
    assert_eq!(names.held_back(&changes, TABLE, 90), 1);
    assert_eq!(names.held_back(&changes, TABLE, 96), 0);
    let order: Vec<_> = changes.draft().changes.iter().map(split).collect();
    assert_eq!(order[0].0, Key::Accept(TABLE), "the rule comes first");
}

#[test]
fn accepted_suggestions_are_counted_and_taken_back() {
    let counts = TableCounts { table: TABLE, states: Vec::new(), scores: vec![(100, 40), (92, 8), (70, 3)] };
    let (all, most, none) = (at_least(&counts, 0), at_least(&counts, 92), at_least(&counts, 101));
    assert_eq!((all, most, none), (51, 48, 0));
    let mut changes = Changes::on(3);
    changes.accept(TABLE, 92);
    changes.accept(TABLE, 70);
    assert_eq!((changes.entries.len(), changes.accepted(TABLE)), (1, Some(70)));
    changes.undo(&Key::Accept(TABLE));
    assert!(changes.is_empty());
}

#[test]
fn a_draft_crosses_the_wire_unchanged() {
    let saved = configuration();
    let mut changes = Changes::on(2);
    changes.set_field(&saved, "sales", Some(account("80")));
    changes.accept(TABLE, 95);
    changes.choose(TABLE, &row("a", MappingState::Unmatched, None, 0), link("7"));
    assert_eq!(Changes::restore(&changes.draft(), &saved), changes);
}

#[test]
fn a_kept_draft_forgets_what_was_saved_since() {
    let saved = configuration();
    let draft = Draft {
        base: 2,
        changes: vec![Change::Field { key: "sales".to_owned(), value: Some(account("79")) }],
    };
    let changes = Changes::restore(&draft, &saved);
    assert!(changes.is_empty());
    assert_eq!(changes.base(), 3);
}

#[test]
fn what_was_changed_during_a_save_stays() {
    let saved = configuration();
    let mut changes = Changes::on(3);
    changes.set_field(&saved, "sales", Some(account("80")));
    changes.accept(TABLE, 90);
    let sent = changes.clone();
    changes.set_field(&saved, "sales", Some(account("81")));
    changes.follow(9);
    changes.saved(&sent, 4);
    assert_eq!((changes.base(), changes.entries.len()), (4, 1));
    changes.undo(&Key::Field("sales".to_owned()));
    changes.follow(9);
    assert_eq!(changes.base(), 9);
}

#[test]
fn what_nobody_has_seen_is_asked_for_once() {
    let saved = configuration();
    let mut changes = Changes::on(3);
    changes.set_field(&saved, "sales", Some(account("80")));
    for id in ["a", "b"] {
        changes.choose(TABLE, &row(id, MappingState::Unmatched, None, 0), link("7"));
    }
    let mut names = Names::default();
    names.learn(&saved);
    names.row(TABLE, &row("a", MappingState::Unmatched, None, 0));
    let unknown = names.unknown(&changes, &saved, 50);
    assert_eq!(unknown.rows, [(TABLE, "b".to_owned())]);
    let accounts = (List::Accounts, "80".to_owned());
    assert_eq!(unknown.records, [accounts, (List::Customers, "7".to_owned())]);
}

fn conflict(theirs: &Changes) -> SaveConflict {
    SaveConflict {
        version: 9,
        saved: Stamp { by: "Ada".to_owned(), at: Moment(1) },
        theirs: theirs.draft().changes,
    }
}

#[test]
fn a_conflict_tells_mine_theirs_and_both_apart() {
    let saved = configuration();
    let unmatched = |id| row(id, MappingState::Unmatched, None, 0);
    let (mut mine, mut theirs) = (Changes::on(3), Changes::on(3));
    mine.set_field(&saved, "sales", Some(account("80")));
    theirs.set_field(&saved, "sales", Some(account("81")));
    mine.choose(TABLE, &unmatched("same"), link("7"));
    theirs.choose(TABLE, &unmatched("same"), link("7"));
    mine.choose(TABLE, &unmatched("mine"), MappingChoice::Ignore);
    theirs.choose(TABLE, &unmatched("theirs"), MappingChoice::CreateNew);
    let merge = Merge::new(&mine, &conflict(&theirs));
    assert_eq!(merge.clashes.len(), 1);
    assert_eq!(merge.clashes[0].key, Key::Field("sales".to_owned()));
    assert_eq!(merge.theirs.len(), 1);
    assert_eq!(merge.as_saved().entries.len(), 2);
    let kept = merge.resolve(&mine);
    assert_eq!((kept.base(), kept.entries.len()), (9, 2), "mine stays by default");
}

#[test]
fn of_several_saves_the_last_counts() {
    let saved = configuration();
    let (mut mine, mut theirs) = (Changes::on(3), Changes::on(3));
    mine.set_field(&saved, "sales", Some(account("80")));
    theirs.set_field(&saved, "sales", Some(account("81")));
    let mut conflict = conflict(&theirs);
    theirs.set_field(&saved, "sales", Some(account("82")));
    conflict.theirs.extend(theirs.draft().changes);
    let merge = Merge::new(&mine, &conflict);
    assert_eq!(merge.clashes.len(), 1);
    assert_eq!(merge.clashes[0].theirs, What::Value(Some(account("82"))));
}

#[test]
fn taking_theirs_drops_only_that_change() {
    let saved = configuration();
    let (mut mine, mut theirs) = (Changes::on(3), Changes::on(3));
    mine.set_field(&saved, "sales", Some(account("80")));
    mine.set_field(&saved, "on", Some(FieldValue::Switch(true)));
    theirs.set_field(&saved, "sales", None);
    let mut merge = Merge::new(&mine, &conflict(&theirs));
    let key = Key::Field("sales".to_owned());
    merge.take(&key, true);
    assert!(merge.takes(&key));
    let left = merge.resolve(&mine);
    assert_eq!((left.entries.len(), left.get(&key)), (1, None));
    merge.take(&key, false);
    assert_eq!(merge.resolve(&mine).entries.len(), 2);
}
