//! How a configuration stands with the changes laid over it: where the rows of its tables stand,
//! what is still in the way, and how many things saving would change.

use protocol::mapping::{MappingRow, MappingState, MappingTable, TableCounts};
use protocol::schema::{Configuration, Field, FieldKind, FieldValue, Problem, ProblemCause};

use super::names::Names;
use super::rows::{Shown, at_least, rates_differ};
use super::{Changes, Key};

/// Rows in a state; all rows when none is named.
pub fn rows_in(counts: Option<&TableCounts>, state: Option<MappingState>) -> u32 {
    let states = counts.iter().flat_map(|counts| &counts.states);
    let counted = states.filter(|(of, _)| state.is_none_or(|state| state == *of));
    counted.map(|(_, rows)| rows).sum()
}

fn shift(counts: &mut TableCounts, from: MappingState, to: MappingState, rows: u32) {
    if from == to || rows == 0 {
        return;
    }
    if !counts.states.iter().any(|(state, _)| *state == to) {
        counts.states.push((to, 0));
    }
    for (state, count) in &mut counts.states {
        if *state == from {
            *count = count.saturating_sub(rows);
        } else if *state == to {
            *count += rows;
        }
    }
}

/// One table, with the changes laid over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableStanding {
    /// Where its rows stand as saved.
    pub saved: TableCounts,
    /// Where they stand once this is saved.
    pub counts: TableCounts,
    /// How many of them saving would change.
    pub changed: usize,
    /// Confirmed taxes whose rate differs from their code's.
    mismatches: u32,
}

/// A configuration, with the changes laid over it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// What stands in the way or only warns, top to bottom.
    pub problems: Vec<Problem>,
    /// Its tables.
    pub tables: Vec<TableStanding>,
    /// How many fields and rows saving would change. The rule that accepts suggestions counts for each
    /// row that it decides, as the log of the proxy counts them.
    pub count: usize,
}

impl TableStanding {
    fn new(saved: &TableCounts, problems: &[Problem]) -> Self {
        let taxes = saved.table == MappingTable::Taxes;
        let differ = |problem: &&Problem| taxes && problem.cause == ProblemCause::RateMismatch;
        let mismatches = problems.iter().find(differ).map_or(0, |problem| problem.count);
        Self { saved: saved.clone(), counts: saved.clone(), changed: 0, mismatches }
    }

    fn decide(&mut self, row: &MappingRow, shown: &Shown) {
        shift(&mut self.counts, row.state, shown.state, 1);
        if self.saved.table == MappingTable::Taxes {
            let now = shown.state == MappingState::Confirmed && rates_differ(row, shown.target.as_ref());
            let before = row.state == MappingState::Confirmed && row.rate_mismatch;
            self.mismatches = (self.mismatches + u32::from(now)).saturating_sub(u32::from(before));
        }
    }

    fn problems(&self, field: &Field, found: &mut Vec<Problem>) {
        let rows = |state| rows_in(Some(&self.counts), Some(state));
        let undecided =
            rows(MappingState::Unmatched) + rows(MappingState::Suggested) + rows(MappingState::NeedsReview);
        for (cause, count) in [
            (ProblemCause::Undecided, undecided),
            (ProblemCause::Conflict, rows(MappingState::Conflict)),
            (ProblemCause::Broken, rows(MappingState::Broken)),
            (ProblemCause::RateMismatch, self.mismatches),
        ] {
            let blocks = field.required && cause != ProblemCause::RateMismatch;
            if count > 0 {
                found.push(Problem { key: field.key.clone(), blocks, cause, count });
            }
        }
    }
}

impl Standing {
    /// One of the tables.
    pub fn table(&self, table: MappingTable) -> Option<&TableStanding> {
        self.tables.iter().find(|standing| standing.saved.table == table)
    }
}

impl Changes {
    /// How everything stands once this is saved.
    pub fn standing(&self, saved: &Configuration, names: &Names) -> Standing {
        let mut standing = Standing::default();
        for counts in &saved.tables {
            standing.tables.push(TableStanding::new(counts, &saved.problems));
        }
        for (key, _) in self.iter() {
            standing.count += self.lay_over(&mut standing.tables, key, names);
        }
        // A rule that decides nothing any more can still be discarded.
        standing.count = standing.count.max(usize::from(!self.is_empty()));
        standing.problems = self.problems(saved, &standing);
        standing
    }

    /// Lays one change over the tables. Answers how many fields or rows it changes.
    fn lay_over(&self, tables: &mut [TableStanding], key: &Key, names: &Names) -> usize {
        let (Key::Accept(of) | Key::Row(of, _)) = key else {
            return 1;
        };
        let Some(table) = tables.iter_mut().find(|table| table.saved.table == *of) else {
            return 1;
        };
        let mut changed = 1;
        if let Key::Row(_, source) = key {
            if let Some(row) = names.known_row(*of, source) {
                table.decide(row, &self.show(*of, row, names));
            }
        } else {
            let ruled = self.accepted(*of).map_or(0, |score| self.acceptable(&table.saved, names, score));
            shift(&mut table.counts, MappingState::Suggested, MappingState::Confirmed, ruled);
            changed = usize::try_from(ruled).unwrap_or(usize::MAX);
        }
        table.changed += changed;
        changed
    }

    /// Suggestions of at least this score that no choice by hand keeps from being accepted.
    pub fn acceptable(&self, counts: &TableCounts, names: &Names, score: u8) -> u32 {
        at_least(counts, score).saturating_sub(names.held_back(self, counts.table, score))
    }

    /// The rules are those of the proxy; what it alone can know, it has said of what is saved.
    fn problems(&self, saved: &Configuration, standing: &Standing) -> Vec<Problem> {
        let on = |switch: &String| self.value(saved, switch) == Some(&FieldValue::Switch(true));
        let mut found = Vec::new();
        for field in saved.sections.iter().flat_map(|section| &section.fields) {
            if !field.depends_on.as_ref().is_none_or(on) {
                continue;
            }
            match field.kind {
                FieldKind::Mapping(table) => {
                    standing.table(table).into_iter().for_each(|table| table.problems(field, &mut found));
                }
                _ => found.extend(self.trouble(saved, field)),
            }
        }
        found
    }

    /// What is wrong with a field that is no table.
    fn trouble(&self, saved: &Configuration, field: &Field) -> Option<Problem> {
        let key = &field.key;
        if self.value(saved, key).is_none() {
            let missing =
                || Problem { key: key.clone(), blocks: true, cause: ProblemCause::Missing, count: 0 };
            return field.required.then(missing);
        }
        let changed = self.get(&Key::Field(key.clone())).is_some();
        saved.problems.iter().find(|problem| !changed && problem.key == *key).cloned()
    }
}

#[cfg(test)]
mod tests {
    use protocol::mapping::MappingChoice;
    use protocol::schema::Section;

    use super::super::tests::{configuration, link, record, row};
    use super::*;

    const TABLE: MappingTable = MappingTable::Taxes;

    fn counts() -> TableCounts {
        let states = vec![(MappingState::Suggested, 4), (MappingState::Unmatched, 4)];
        TableCounts { table: TABLE, states, scores: vec![(100, 2), (55, 2)] }
    }

    /// A page with a needed account, and a needed table of taxes.
    fn page() -> Configuration {
        let mut page = configuration();
        page.tables = vec![counts()];
        page.values.clear();
        let Section { fields, .. } = &mut page.sections[0];
        let taxes = Field { key: "taxes".to_owned(), kind: FieldKind::Mapping(TABLE), ..fields[1].clone() };
        fields.push(taxes);
        for field in fields.iter_mut() {
            field.required = field.key != "on";
        }
        let problem = |key: &str, cause, count| Problem { key: key.to_owned(), blocks: true, cause, count };
        page.problems =
            vec![problem("sales", ProblemCause::Missing, 0), problem("taxes", ProblemCause::Undecided, 8)];
        page
    }

    /// Decides a row as a person does, whose page has seen it.
    fn decide(changes: &mut Changes, names: &mut Names, row: &MappingRow, choice: MappingChoice) {
        names.row(TABLE, row);
        changes.choose(TABLE, row, choice);
    }

    #[test]
    fn problems_of_a_draft_are_those_that_saving_would_leave() {
        let (page, mut names) = (page(), Names::default());
        let mut changes = Changes::on(3);
        assert_eq!(changes.standing(&page, &names).problems, page.problems);
        changes.set_field(&page, "sales", Some(FieldValue::Record("79".to_owned())));
        for id in ["a", "b", "c", "d"] {
            decide(&mut changes, &mut names, &row(id, MappingState::Suggested, Some("1"), 55), link("1"));
        }
        let left = changes.standing(&page, &names).problems;
        assert_eq!(left, [Problem { count: 4, ..page.problems[1].clone() }]);
        for id in ["e", "f", "g", "h"] {
            decide(
                &mut changes,
                &mut names,
                &row(id, MappingState::Unmatched, None, 0),
                MappingChoice::Ignore,
            );
        }
        assert_eq!(changes.standing(&page, &names).problems, []);
    }

    #[test]
    fn a_needed_field_that_is_cleared_is_missing_at_once() {
        let mut page = configuration();
        page.sections[0].fields[0].required = true;
        let mut changes = Changes::on(3);
        assert_eq!(changes.standing(&page, &Names::default()).problems, []);
        changes.set_field(&page, "sales", None);
        let causes: Vec<_> =
            changes.standing(&page, &Names::default()).problems.into_iter().map(|p| p.cause).collect();
        assert_eq!(causes, [ProblemCause::Missing]);
    }

    #[test]
    fn a_field_behind_a_switch_is_needed_once_the_switch_is_on() {
        let mut page = configuration();
        page.values.clear();
        page.sections[0].fields[0].required = true;
        page.sections[0].fields[0].depends_on = Some("on".to_owned());
        let mut changes = Changes::on(3);
        assert_eq!(changes.standing(&page, &Names::default()).problems, []);
        changes.set_field(&page, "on", Some(FieldValue::Switch(true)));
        assert_eq!(changes.standing(&page, &Names::default()).problems.len(), 1);
    }

    #[test]
    fn counts_follow_each_decision_and_the_rule() {
        let mut names = Names::default();
        let mut changes = Changes::on(3);
        changes.accept(TABLE, 90);
        decide(&mut changes, &mut names, &row("a", MappingState::Suggested, Some("1"), 100), link("2"));
        decide(&mut changes, &mut names, &row("e", MappingState::Unmatched, None, 0), MappingChoice::Ignore);
        let standing = changes.standing(&page(), &names);
        let laid = &standing.table(TABLE).expect("the table").counts;
        let of = |state| rows_in(Some(laid), Some(state));
        assert_eq!((of(MappingState::Suggested), of(MappingState::Confirmed)), (2, 2));
        assert_eq!((of(MappingState::Unmatched), of(MappingState::Ignored)), (3, 1));
        assert_eq!(rows_in(Some(laid), None), 8, "no row is counted twice or lost");
    }

    #[test]
    fn a_change_is_a_field_or_a_row_decided() {
        let (page, mut names) = (page(), Names::default());
        let mut changes = Changes::on(3);
        changes.set_field(&page, "sales", Some(FieldValue::Record("79".to_owned())));
        changes.accept(TABLE, 50);
        assert_eq!(changes.standing(&page, &names).count, 5, "a field, and four rows by one rule");
        decide(&mut changes, &mut names, &row("a", MappingState::Suggested, Some("1"), 100), link("2"));
        assert_eq!(changes.standing(&page, &names).count, 5, "one of the four is now decided by hand");
        assert_eq!(changes.standing(&page, &names).table(TABLE).map_or(0, |table| table.changed), 4);
        changes.undo(&Key::Accept(TABLE));
        assert_eq!(changes.standing(&page, &names).count, 2);
    }

    #[test]
    fn a_rule_that_decides_nothing_is_still_something_to_discard() {
        let mut changes = Changes::on(3);
        changes.accept(TABLE, 100);
        assert_eq!(changes.standing(&configuration(), &Names::default()).count, 1);
    }

    #[test]
    fn a_code_of_another_rate_is_warned_of_before_it_is_saved() {
        let (page, mut names) = (page(), Names::default());
        let mut changes = Changes::on(3);
        let mut tax = row("a", MappingState::Unmatched, None, 0);
        tax.source.detail = Some("20 %".to_owned());
        let mut code = record("5");
        code.detail = Some("5 %".to_owned());
        names.record(protocol::import::List::TaxCodes, code);
        decide(&mut changes, &mut names, &tax, link("5"));
        let warned = changes
            .standing(&page, &names)
            .problems
            .into_iter()
            .find(|p| p.cause == ProblemCause::RateMismatch);
        assert_eq!(warned.map(|problem| (problem.blocks, problem.count)), Some((false, 1)));
    }
}
