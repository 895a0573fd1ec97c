//! One list of a company: what it began with, and over that everything that has changed since.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::Value;

use crate::quickbooks::{
    generated::Crowd,
    query::{Row, says_active},
};

/// What a list began with.
pub(crate) enum Base {
    Stored(Cow<'static, [Value]>),
    /// Computed whenever it is asked for, and never kept. All of its records are active.
    Computed(Crowd),
}

/// A list. A *place* counts every record that there ever was, in the order of their Ids, and stays the same
/// when other records come and go.
pub(crate) struct List {
    base: Base,
    edited: BTreeMap<usize, Value>,
    added: Vec<Added>,
    gone: BTreeSet<usize>,
    /// What is gone or inactive.
    hidden: BTreeSet<usize>,
}

struct Added {
    id: u64,
    record: Value,
}

impl Default for List {
    fn default() -> Self {
        Self::new(Base::Stored(Cow::Borrowed(&[])))
    }
}

impl Base {
    fn len(&self) -> usize {
        match self {
            Self::Stored(records) => records.len(),
            Self::Computed(crowd) => crowd.len(),
        }
    }

    fn at(&self, place: usize) -> Cow<'_, Value> {
        match self {
            Self::Stored(records) => Cow::Borrowed(&records[place]),
            Self::Computed(crowd) => Cow::Owned(crowd.value(place)),
        }
    }

    fn place(&self, id: &str) -> Option<usize> {
        match self {
            Self::Stored(records) => records.iter().position(|record| id_of(record) == id),
            Self::Computed(crowd) => crowd.place(id),
        }
    }

    fn highest(&self) -> u64 {
        match self {
            Self::Stored(records) => {
                records.iter().filter_map(|record| id_of(record).parse().ok()).max().unwrap_or_default()
            }
            Self::Computed(crowd) => crowd.last_id(),
        }
    }
}

impl List {
    pub(crate) fn new(base: Base) -> Self {
        let hidden = match &base {
            Base::Stored(records) => {
                (0..records.len()).filter(|place| !is_active(&records[*place])).collect()
            }
            Base::Computed(_) => BTreeSet::new(),
        };
        Self { base, edited: BTreeMap::new(), added: Vec::new(), gone: BTreeSet::new(), hidden }
    }

    /// The crowd that it began with, if it was not a stored list.
    pub(super) fn crowd(&self) -> Option<&Crowd> {
        match &self.base {
            Base::Stored(_) => None,
            Base::Computed(crowd) => Some(crowd),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places() - self.gone.len()
    }

    pub(super) fn active_len(&self) -> usize {
        self.places() - self.hidden.len()
    }

    /// The highest Id that is a number, or 0.
    pub(super) fn highest(&self) -> u64 {
        self.added.last().map_or_else(|| self.base.highest(), |added| added.id)
    }

    pub(super) fn at(&self, place: usize) -> Cow<'_, Value> {
        self.stored(place).map_or_else(|| self.base.at(place), Cow::Borrowed)
    }

    /// Where the record with this Id is, unless it is gone.
    pub(super) fn place(&self, id: &str) -> Option<usize> {
        let added = || {
            let number = id.parse().ok()?;
            let nth = self.added.binary_search_by_key(&number, |added| added.id).ok()?;
            // Only the number's own spelling is an Id: "007" is none.
            (number.to_string() == id).then(|| self.base.len() + nth)
        };
        self.base.place(id).or_else(added).filter(|place| !self.gone.contains(place))
    }

    pub(super) fn get(&self, id: &str) -> Option<Cow<'_, Value>> {
        self.place(id).map(|place| self.at(place))
    }

    /// Those from the nth on, computed one by one as they are asked for.
    pub(super) fn from(&self, nth: usize) -> impl Iterator<Item = Cow<'_, Value>> {
        self.places_without(&self.gone, nth).map(|place| self.at(place))
    }

    /// The active ones from the nth of them on.
    pub(super) fn active_from(&self, nth: usize) -> impl Iterator<Item = Cow<'_, Value>> {
        self.places_without(&self.hidden, nth).map(|place| self.at(place))
    }

    /// The same as rows of a page.
    pub(super) fn rows_from(&self, nth: usize) -> impl Iterator<Item = Row<'_>> {
        self.places_without(&self.gone, nth).map(|place| self.row(place))
    }

    fn row(&self, place: usize) -> Row<'_> {
        match (self.stored(place), &self.base) {
            (None, Base::Computed(crowd)) => Row::Computed(crowd, place),
            _ => Row::Held(self.at(place)),
        }
    }

    /// Everything that is held in memory: all of a stored list, of a computed one what was touched.
    pub(super) fn kept(&self) -> impl Iterator<Item = (usize, &Value)> {
        let began = match &self.base {
            Base::Stored(records) => (0..records.len()).collect(),
            Base::Computed(_) => self.edited.keys().copied().collect::<Vec<_>>(),
        };
        let places = began.into_iter().chain(self.base.len()..self.places());
        places
            .filter(|place| !self.gone.contains(place))
            .filter_map(|place| self.stored(place).map(|record| (place, record)))
    }

    pub(super) fn replace(&mut self, place: usize, record: Value) {
        self.hide(place, !is_active(&record));
        match place.checked_sub(self.base.len()) {
            Some(nth) => self.added[nth].record = record,
            None => {
                self.edited.insert(place, record);
            }
        }
    }

    /// Adds a record at the end; its Id is the highest.
    pub(super) fn add(&mut self, id: u64, record: Value) {
        self.hide(self.places(), !is_active(&record));
        self.added.push(Added { id, record });
    }

    /// Takes a record out of the list for good.
    pub(super) fn remove(&mut self, place: usize) {
        self.hide(place, true);
        self.gone.insert(place);
    }

    fn hide(&mut self, place: usize, hidden: bool) {
        if hidden {
            self.hidden.insert(place);
        } else {
            self.hidden.remove(&place);
        }
    }

    fn places_without(&self, left_out: &BTreeSet<usize>, nth: usize) -> impl Iterator<Item = usize> {
        // Every place before the start that is left out moves the start by one.
        let start = left_out.iter().fold(nth, |start, place| start + usize::from(*place <= start));
        (start..self.places()).filter(|place| !left_out.contains(place))
    }

    fn places(&self) -> usize {
        self.base.len() + self.added.len()
    }

    fn stored(&self, place: usize) -> Option<&Value> {
        match (place.checked_sub(self.base.len()), &self.base) {
            (Some(nth), _) => self.added.get(nth).map(|added| &added.record),
            (None, Base::Stored(records)) => self.edited.get(&place).or_else(|| records.get(place)),
            (None, Base::Computed(_)) => self.edited.get(&place),
        }
    }
}

pub(super) fn is_active(record: &Value) -> bool {
    says_active(record.get("Active"))
}

pub(super) fn id_of(record: &Value) -> &str {
    record.get("Id").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn list(ids: std::ops::RangeInclusive<u32>) -> List {
        let records = ids.map(|id| json!({ "Id": id.to_string(), "Active": true })).collect();
        List::new(Base::Stored(Cow::Owned(records)))
    }

    fn ids(list: &List, nth: usize) -> Vec<String> {
        list.from(nth).map(|record| id_of(&record).to_owned()).collect()
    }

    #[test]
    fn what_is_gone_is_skipped_and_nothing_else() {
        let mut list = list(1..=6);
        for id in ["1", "3", "4"] {
            list.remove(list.place(id).unwrap());
        }
        list.add(9, json!({ "Id": "9" }));
        assert_eq!(ids(&list, 0), ["2", "5", "6", "9"]);
        assert_eq!(ids(&list, 1), ["5", "6", "9"]);
        assert_eq!(ids(&list, 3), ["9"]);
        assert!(ids(&list, 4).is_empty() && list.len() == 4);
        assert_eq!((list.place("3"), list.place("9"), list.highest()), (None, Some(6), 9));
    }

    #[test]
    fn an_id_has_one_spelling() {
        let mut list = list(1..=6);
        list.add(9, json!({ "Id": "9" }));
        for id in ["01", "09", "+9", " 9", "9 ", ""] {
            assert_eq!(list.place(id), None, "{id}");
        }
    }

    #[test]
    fn who_is_active_is_known_as_it_changes() {
        let mut list = list(1..=3);
        let active = |list: &List, nth| {
            list.active_from(nth).map(|record| id_of(&record).to_owned()).collect::<Vec<_>>()
        };
        list.replace(0, json!({ "Id": "1", "Active": false }));
        list.add(4, json!({ "Id": "4", "Active": false }));
        list.add(5, json!({ "Id": "5" }));
        list.remove(1);
        assert_eq!((active(&list, 0), list.active_len()), (vec!["3".to_owned(), "5".to_owned()], 2));
        assert_eq!(active(&list, 1), ["5"]);
        list.replace(0, json!({ "Id": "1", "Active": true }));
        assert_eq!((active(&list, 1), list.active_len()), (vec!["3".to_owned(), "5".to_owned()], 3));
        assert_eq!(list.kept().map(|(place, _)| place).collect::<Vec<_>>(), [0, 2, 3, 4]);
    }
}
