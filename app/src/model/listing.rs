//! What the tab of imported data shows, as its address says it: list, search, changes of a run, order.

use protocol::ids::ImportId;
use protocol::import::List;
use protocol::record::{ChangeKind, ChangedIn, RecordColumn, RecordOrder};

use crate::routes::{CHANGE, LIST, Query, RUN, SEARCH, SORT};

/// What is shown of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// Words to look for.
    pub search: String,
    /// Only what a run changed.
    pub changed: Option<ChangedIn>,
    /// In which order.
    pub order: RecordOrder,
}

impl View {
    /// As a query says it; what cannot be read is as if it were not there.
    pub fn of(query: &Query) -> Self {
        let run = query.get(RUN).parse().ok().map(ImportId);
        let changed = match Part::named(query.get(CHANGE)) {
            Part::All => None,
            Part::Changed(kind) => run.map(|import| ChangedIn { import, kind }),
        };
        Self { search: query.get(SEARCH).to_owned(), changed, order: order_named(query.get(SORT)) }
    }

    /// Which part of the list it shows.
    pub fn part(&self) -> Part {
        self.changed.map_or(Part::All, |changed| Part::Changed(changed.kind))
    }
}

/// All of a list, or what a run changed in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Every record.
    All,
    /// What changed in this way, or in any.
    Changed(Option<ChangeKind>),
}

impl Part {
    /// Every part, in the order in which they are offered.
    pub const EVERY: [Self; 6] = [
        Self::All,
        Self::Changed(None),
        Self::Changed(Some(ChangeKind::Added)),
        Self::Changed(Some(ChangeKind::Changed)),
        Self::Changed(Some(ChangeKind::Renamed)),
        Self::Changed(Some(ChangeKind::Vanished)),
    ];

    /// Its name in an address; nothing for all.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Changed(None) => "any",
            Self::Changed(Some(ChangeKind::Added)) => "added",
            Self::Changed(Some(ChangeKind::Changed)) => "changed",
            Self::Changed(Some(ChangeKind::Renamed)) => "renamed",
            Self::Changed(Some(ChangeKind::Vanished)) => "gone",
        }
    }

    fn named(name: &str) -> Self {
        Self::EVERY.into_iter().find(|part| part.name() == name).unwrap_or(Self::All)
    }
}

/// The query of the records of a list that a run changed.
pub fn query(list: List, changed: ChangedIn) -> Query {
    Query::default()
        .with(LIST, segment(list))
        .with(RUN, &changed.import.0.to_string())
        .with(CHANGE, Part::Changed(changed.kind).name())
}

/// The list that a query names.
pub fn list_of(query: &Query) -> Option<List> {
    List::ALL.into_iter().find(|list| segment(*list) == query.get(LIST))
}

/// The name of a list in an address.
pub fn segment(list: List) -> &'static str {
    match list {
        List::Company => "company",
        List::Accounts => "accounts",
        List::TaxCodes => "tax-codes",
        List::TaxRates => "tax-rates",
        List::TaxAgencies => "tax-agencies",
        List::Terms => "terms",
        List::PaymentMethods => "payment-methods",
        List::Currencies => "currencies",
        List::Classes => "classes",
        List::Locations => "locations",
        List::Customers => "customers",
        List::Suppliers => "suppliers",
        List::Items => "items",
    }
}

fn column_name(column: RecordColumn) -> &'static str {
    match column {
        RecordColumn::Name => "name",
        RecordColumn::Number => "number",
        RecordColumn::Detail => "detail",
        RecordColumn::State => "state",
    }
}

/// The name of an order in an address; nothing for the usual one.
pub fn order_name(order: RecordOrder) -> String {
    if order == RecordOrder::default() {
        return String::new();
    }
    [if order.descending { "-" } else { "" }, column_name(order.by)].concat()
}

fn order_named(name: &str) -> RecordOrder {
    let (descending, name) = match name.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, name),
    };
    let columns = [RecordColumn::Name, RecordColumn::Number, RecordColumn::Detail, RecordColumn::State];
    let by = columns.into_iter().find(|column| column_name(*column) == name);
    by.map_or_else(RecordOrder::default, |by| RecordOrder { by, descending })
}

/// The order after a press on the heading of a column: that column's, and the other way round if it
/// is that already.
pub fn turned(order: RecordOrder, by: RecordColumn) -> RecordOrder {
    RecordOrder { by, descending: order.by == by && !order.descending }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_is_found_again_by_its_address() {
        for part in Part::EVERY {
            let Part::Changed(kind) = part else { continue };
            let changed = ChangedIn { import: ImportId(7), kind };
            let query = query(List::TaxCodes, changed);
            assert_eq!(list_of(&query), Some(List::TaxCodes));
            assert_eq!(View::of(&query), View { changed: Some(changed), ..View::default() });
            assert_eq!(View::of(&query).part(), part);
        }
        let order = RecordOrder { by: RecordColumn::Name, descending: true };
        let query = Query::default().with(SORT, &order_name(order)).with(SEARCH, "harbour");
        assert_eq!(View::of(&query), View { search: "harbour".to_owned(), changed: None, order });
    }

    #[test]
    fn what_an_address_says_wrongly_is_not_said() {
        let query = Query::default().with(RUN, "-1").with(CHANGE, "added").with(SORT, "-colour");
        assert_eq!(View::of(&query), View::default());
        let query = Query::default().with(RUN, "3").with(CHANGE, "eaten").with(LIST, "cats");
        assert_eq!((View::of(&query), list_of(&query)), (View::default(), None));
    }

    #[test]
    fn a_second_press_turns_the_order_round() {
        let first = turned(RecordOrder::default(), RecordColumn::Number);
        assert_eq!(order_name(first), "number");
        let second = turned(first, RecordColumn::Number);
        assert_eq!(order_name(second), "-number");
        assert_eq!(order_name(turned(second, RecordColumn::Number)), "number");
        assert_eq!(order_name(turned(second, RecordColumn::Name)), "");
    }
}
