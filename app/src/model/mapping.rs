//! A mapping table while a person works on it: rows in sight, filter, counts, selection.

use protocol::mapping::{MappingQuery, MappingRow, MappingState, MappingTable, MappingWindow, TableCounts};

use super::draft::standing::rows_in;
use super::sorted::Sorted;
use super::window::{Ask, PIECE, Windows};

/// The states in the order in which they want attention.
pub const STATES: [MappingState; 8] = [
    MappingState::Conflict,
    MappingState::Broken,
    MappingState::NeedsReview,
    MappingState::Suggested,
    MappingState::Unmatched,
    MappingState::Confirmed,
    MappingState::CreateNew,
    MappingState::Ignored,
];

/// Which rows a person wants to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only rows whose portal record contains this.
    pub search: String,
    /// Only rows in this state, with the draft laid over them.
    pub state: Option<MappingState>,
}

/// One mapping table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableView {
    /// Which table.
    pub table: MappingTable,
    /// The rows that are here.
    pub windows: Windows<MappingRow>,
    filter: Filter,
    selected: Sorted<String, MappingRow>,
}

impl TableView {
    /// A table of which nothing is here.
    pub fn new(table: MappingTable) -> Self {
        Self { table, windows: Windows::default(), filter: Filter::default(), selected: Sorted::default() }
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Looks for other rows; the selection is kept.
    pub fn look_for(&mut self, filter: Filter) {
        if filter != self.filter {
            self.filter = filter;
            self.windows.refilter();
        }
    }

    /// The query for a piece.
    pub fn query(&self, ask: Ask) -> MappingQuery {
        MappingQuery {
            table: self.table,
            search: self.filter.search.clone(),
            state: self.filter.state,
            drafted: false,
            offset: ask.offset,
            limit: u16::try_from(PIECE).unwrap_or(protocol::WINDOW_LIMIT),
        }
    }

    /// Takes an answer. Selected rows are renewed by it.
    pub fn fill(&mut self, ask: Ask, window: MappingWindow) {
        for row in &window.rows {
            if let Some(selected) = self.selected.get_mut(&row.source.id) {
                selected.clone_from(row);
            }
        }
        self.windows.fill(ask, window.total, window.rows);
    }

    /// A state is offered as a filter: it has rows by these counts, or is the filter already.
    pub fn offers(&self, counts: Option<&TableCounts>, state: MappingState) -> bool {
        rows_in(counts, Some(state)) > 0 || self.filter.state == Some(state)
    }

    /// Puts a row into the selection, or takes it out.
    pub fn select(&mut self, row: &MappingRow, on: bool) {
        if on {
            self.selected.insert(row.source.id.clone(), row.clone());
        } else {
            self.selected.remove(&row.source.id);
        }
    }

    /// Selects every row that is here.
    pub fn select_all(&mut self) {
        for row in self.windows.rows() {
            self.selected.insert(row.source.id.clone(), row.clone());
        }
    }

    /// Selects nothing.
    pub fn select_none(&mut self) {
        self.selected.clear();
    }

    /// Selects these rows and no others.
    pub fn select_only(&mut self, rows: &[MappingRow]) {
        self.selected.clear();
        for row in rows {
            self.select(row, true);
        }
    }

    /// This row is selected.
    pub fn is_selected(&self, source: &str) -> bool {
        self.selected.iter().any(|(id, _)| id == source)
    }

    /// The selection.
    pub fn selected(&self) -> impl ExactSizeIterator<Item = &MappingRow> {
        self.selected.iter().map(|(_, row)| row)
    }
}

#[cfg(test)]
mod tests {
    use protocol::mapping::Source;

    use super::*;

    fn row(id: &str, state: MappingState) -> MappingRow {
        MappingRow {
            source: Source { id: id.to_owned(), name: id.to_owned(), code: None, detail: None },
            state,
            target: None,
            score: 0,
            reasons: Vec::new(),
            by: None,
            rate_mismatch: false,
        }
    }

    fn window(rows: Vec<MappingRow>) -> MappingWindow {
        let count = |state| {
            let rows = rows.iter().filter(|row| row.state == state).count();
            (state, u32::try_from(rows).unwrap())
        };
        MappingWindow {
            total: u32::try_from(rows.len()).unwrap(),
            offset: 0,
            counts: TableCounts {
                table: MappingTable::Customers,
                states: vec![
                    count(MappingState::Suggested),
                    count(MappingState::Conflict),
                    count(MappingState::Ignored),
                ],
                scores: Vec::new(),
            },
            rows,
        }
    }

    fn filled() -> TableView {
        let mut view = TableView::new(MappingTable::Customers);
        let ask = view.windows.want(&(0..10))[0];
        view.fill(
            ask,
            window(vec![
                row("a", MappingState::Suggested),
                row("b", MappingState::Suggested),
                row("c", MappingState::Conflict),
            ]),
        );
        view
    }

    #[test]
    fn only_states_with_rows_are_offered() {
        let (view, counts) = (filled(), window(vec![row("a", MappingState::Suggested)]).counts);
        let offers = |state: &MappingState| view.offers(Some(&counts), *state);
        assert_eq!(STATES.into_iter().filter(offers).collect::<Vec<_>>(), [MappingState::Suggested]);
        assert_eq!(rows_in(Some(&counts), None), 1);
    }

    #[test]
    fn a_chosen_state_stays_though_it_has_no_rows() {
        let mut view = filled();
        view.look_for(Filter { search: String::new(), state: Some(MappingState::Broken) });
        assert!(view.offers(None, MappingState::Broken));
    }

    #[test]
    fn another_filter_keeps_the_selection() {
        let mut view = filled();
        view.select(&row("a", MappingState::Suggested), true);
        view.look_for(Filter { search: "b".to_owned(), state: None });
        assert_eq!(view.windows.total(), None);
        assert!(view.is_selected("a"));
        let ask = view.windows.want(&(0..10))[0];
        assert_eq!((view.query(ask).search.as_str(), ask.offset), ("b", 0));
    }

    #[test]
    fn the_same_filter_again_reads_nothing() {
        let mut view = filled();
        view.look_for(Filter::default());
        assert_eq!(view.windows.total(), Some(3));
    }

    #[test]
    fn an_answer_renews_selected_rows() {
        let mut view = filled();
        view.select(&row("a", MappingState::Suggested), true);
        view.windows.outdate();
        let ask = view.windows.want(&(0..10))[0];
        view.fill(ask, window(vec![row("a", MappingState::Ignored)]));
        let selected: Vec<_> = view.selected().map(|row| row.state).collect();
        assert_eq!(selected, [MappingState::Ignored]);
    }

    #[test]
    fn every_row_here_can_be_selected_at_once() {
        let mut view = filled();
        view.select_all();
        assert_eq!(view.selected().len(), 3);
        view.select(&row("b", MappingState::Suggested), false);
        assert!(!view.is_selected("b"));
        view.select_only(&[row("c", MappingState::Conflict)]);
        assert_eq!(view.selected().map(|row| row.source.id.as_str()).collect::<Vec<_>>(), ["c"]);
        view.select_none();
        assert_eq!(view.selected().len(), 0);
    }
}
