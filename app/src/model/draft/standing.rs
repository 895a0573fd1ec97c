//! How a configuration stands with the changes laid over it: where the rows of its tables stand,
//! what is still in the way, and how many things saving would change.

use protocol::mapping::{MappingRow, MappingState, MappingTable, TableCounts};
use protocol::schema::{Configuration, Field, FieldKind, FieldValue, Problem, ProblemCause};

use super::names::Names;
use super::rows::{at_least, rates_differ};
use super::{Changes, Key};

/// States in which nobody has decided yet.
const UNDECIDED: [MappingState; 3] =
    [MappingState::Unmatched, MappingState::Suggested, MappingState::NeedsReview];

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

impl Changes {
    /// How many fields and rows saving would change. The rule that accepts suggestions counts for
    /// each row that it decides, as the log of the proxy counts them.
    pub fn count(&self, tables: &[TableCounts], names: &Names) -> usize {
        let fields = self.iter().filter(|(key, _)| matches!(key, Key::Field(_))).count();
        let rows = MappingTable::ALL.map(|table| {
            let counts = tables.iter().find(|counts| counts.table == table);
            self.count_of(table, counts, names)
        });
        // A rule that decides nothing any more can still be discarded.
        (fields + rows.into_iter().sum::<usize>()).max(usize::from(!self.is_empty()))
    }

    /// How many rows of one table saving would change.
    pub fn count_of(&self, table: MappingTable, counts: Option<&TableCounts>, names: &Names) -> usize {
        let ruled = counts.map_or(0, |counts| self.ruled_rows(counts, names));
        self.by_hand(table).count() + usize::try_from(ruled).unwrap_or(usize::MAX)
    }

    fn ruled_rows(&self, counts: &TableCounts, names: &Names) -> u32 {
        self.accepted(counts.table).map_or(0, |score| self.acceptable(counts, names, score))
    }

    /// Suggestions of at least this score that no choice by hand keeps from being accepted.
    pub fn acceptable(&self, counts: &TableCounts, names: &Names, score: u8) -> u32 {
        at_least(counts, score).saturating_sub(names.held_back(self, counts.table, score))
    }

    /// The rows of a table that were decided one by one, by the portal's ids.
    fn by_hand(&self, table: MappingTable) -> impl Iterator<Item = &str> {
        self.iter().filter_map(move |(key, _)| match key {
            Key::Row(of, source) if *of == table => Some(source.as_str()),
            _ => None,
        })
    }

    fn known_by_hand<'a>(
        &'a self,
        table: MappingTable,
        names: &'a Names,
    ) -> impl Iterator<Item = &'a MappingRow> {
        self.by_hand(table).filter_map(move |source| names.known_row(table, source))
    }

    /// Where the rows of a table stand once this is saved.
    #[must_use]
    pub fn lay_over(&self, saved: &TableCounts, names: &Names) -> TableCounts {
        let mut counts = saved.clone();
        let ruled = self.ruled_rows(saved, names);
        shift(&mut counts, MappingState::Suggested, MappingState::Confirmed, ruled);
        for row in self.known_by_hand(saved.table, names) {
            let to = self.show(saved.table, row, names).state;
            shift(&mut counts, row.state, to, 1);
        }
        counts.states.retain(|(_, rows)| *rows > 0);
        counts
    }

    /// What stands in the way or only warns once this is saved, top to bottom. The rules are those of
    /// the proxy; what it alone can know, it has said of what is saved.
    pub fn problems(&self, saved: &Configuration, names: &Names) -> Vec<Problem> {
        let on = |switch: &String| self.value(saved, switch) == Some(&FieldValue::Switch(true));
        let fields = saved.sections.iter().flat_map(|section| &section.fields);
        let shown = fields.filter(|field| field.depends_on.as_ref().is_none_or(on));
        shown.flat_map(|field| self.field_problems(field, saved, names)).collect()
    }

    fn field_problems(&self, field: &Field, saved: &Configuration, names: &Names) -> Vec<Problem> {
        let as_saved: Vec<Problem> =
            saved.problems.iter().filter(|problem| problem.key == field.key).cloned().collect();
        if let FieldKind::Mapping(table) = field.kind {
            let counts = saved.tables.iter().find(|counts| counts.table == table);
            return match counts {
                Some(counts) => self.table_problems(field, (counts, &as_saved), names),
                None => as_saved,
            };
        }
        let changed = self.get(&Key::Field(field.key.clone())).is_some();
        let missing =
            || Problem { key: field.key.clone(), blocks: true, cause: ProblemCause::Missing, count: 0 };
        match self.value(saved, &field.key) {
            None if field.required => vec![missing()],
            _ if changed => Vec::new(),
            _ => as_saved,
        }
    }

    fn table_problems(
        &self,
        field: &Field,
        (saved, as_saved): (&TableCounts, &[Problem]),
        names: &Names,
    ) -> Vec<Problem> {
        let counts = self.lay_over(saved, names);
        let rows = |states: &[MappingState]| states.iter().map(|s| rows_in(Some(&counts), Some(*s))).sum();
        let mismatches = as_saved.iter().find(|problem| problem.cause == ProblemCause::RateMismatch);
        let mismatches = mismatches.map_or(0, |problem| problem.count);
        let found: [(bool, ProblemCause, u32); 4] = [
            (field.required, ProblemCause::Undecided, rows(&UNDECIDED)),
            (field.required, ProblemCause::Conflict, rows(&[MappingState::Conflict])),
            (field.required, ProblemCause::Broken, rows(&[MappingState::Broken])),
            (false, ProblemCause::RateMismatch, self.mismatches(saved.table, mismatches, names)),
        ];
        let some = found.into_iter().filter(|(_, _, count)| *count > 0);
        some.map(|(blocks, cause, count)| Problem { key: field.key.clone(), blocks, cause, count }).collect()
    }

    /// Confirmed taxes whose rate differs from their code's.
    fn mismatches(&self, table: MappingTable, saved: u32, names: &Names) -> u32 {
        let rows = self.known_by_hand(table, names).filter(|_| table == MappingTable::Taxes);
        rows.fold(saved, |count, row| {
            let shown = self.show(table, row, names);
            let now = shown.state == MappingState::Confirmed && rates_differ(row, shown.target.as_ref());
            let before = row.state == MappingState::Confirmed && row.rate_mismatch;
            (count + u32::from(now)).saturating_sub(u32::from(before))
        })
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
        fields.iter_mut().for_each(|field| field.required = field.key != "on");
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
        assert_eq!(changes.problems(&page, &names), page.problems);
        changes.set_field(&page, "sales", Some(FieldValue::Record("79".to_owned())));
        for id in ["a", "b", "c", "d"] {
            decide(&mut changes, &mut names, &row(id, MappingState::Suggested, Some("1"), 55), link("1"));
        }
        let left = changes.problems(&page, &names);
        assert_eq!(left, [Problem { count: 4, ..page.problems[1].clone() }]);
        for id in ["e", "f", "g", "h"] {
            decide(
                &mut changes,
                &mut names,
                &row(id, MappingState::Unmatched, None, 0),
                MappingChoice::Ignore,
            );
        }
        assert_eq!(changes.problems(&page, &names), []);
    }

    #[test]
    fn a_needed_field_that_is_cleared_is_missing_at_once() {
        let mut page = configuration();
        page.sections[0].fields[0].required = true;
        let mut changes = Changes::on(3);
        assert_eq!(changes.problems(&page, &Names::default()), []);
        changes.set_field(&page, "sales", None);
        let causes: Vec<_> =
            changes.problems(&page, &Names::default()).into_iter().map(|p| p.cause).collect();
        assert_eq!(causes, [ProblemCause::Missing]);
    }

    #[test]
    fn a_field_behind_a_switch_is_needed_once_the_switch_is_on() {
        let mut page = configuration();
        page.values.clear();
        page.sections[0].fields[0].required = true;
        page.sections[0].fields[0].depends_on = Some("on".to_owned());
        let mut changes = Changes::on(3);
        assert_eq!(changes.problems(&page, &Names::default()), []);
        changes.set_field(&page, "on", Some(FieldValue::Switch(true)));
        assert_eq!(changes.problems(&page, &Names::default()).len(), 1);
    }

    #[test]
    fn counts_follow_each_decision_and_the_rule() {
        let mut names = Names::default();
        let mut changes = Changes::on(3);
        changes.accept(TABLE, 90);
        decide(&mut changes, &mut names, &row("a", MappingState::Suggested, Some("1"), 100), link("2"));
        decide(&mut changes, &mut names, &row("e", MappingState::Unmatched, None, 0), MappingChoice::Ignore);
        let laid = changes.lay_over(&counts(), &names);
        let of = |state| rows_in(Some(&laid), Some(state));
        assert_eq!((of(MappingState::Suggested), of(MappingState::Confirmed)), (2, 2));
        assert_eq!((of(MappingState::Unmatched), of(MappingState::Ignored)), (3, 1));
        assert_eq!(rows_in(Some(&laid), None), 8, "no row is counted twice or lost");
    }

    #[test]
    fn a_change_is_a_field_or_a_row_decided() {
        let (page, mut names) = (page(), Names::default());
        let mut changes = Changes::on(3);
        changes.set_field(&page, "sales", Some(FieldValue::Record("79".to_owned())));
        changes.accept(TABLE, 50);
        assert_eq!(changes.count(&page.tables, &names), 5, "a field, and four rows by one rule");
        decide(&mut changes, &mut names, &row("a", MappingState::Suggested, Some("1"), 100), link("2"));
        assert_eq!(changes.count(&page.tables, &names), 5, "one of the four is now decided by hand");
        assert_eq!(changes.count_of(TABLE, page.tables.first(), &names), 4);
        changes.undo(&Key::Accept(TABLE));
        assert_eq!(changes.count(&page.tables, &names), 2);
    }

    #[test]
    fn a_rule_that_decides_nothing_is_still_something_to_discard() {
        let mut changes = Changes::on(3);
        changes.accept(TABLE, 100);
        assert_eq!(changes.count(&[], &Names::default()), 1);
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
        let warned =
            changes.problems(&page, &names).into_iter().find(|p| p.cause == ProblemCause::RateMismatch);
        assert_eq!(warned.map(|problem| (problem.blocks, problem.count)), Some((false, 1)));
    }
}
