//! A company's books: its lists as they are now, and what may be done with them (facts 3.1, 3.2, 3.9).
//! Everything here is done with the books in hand, so that no two requests ever see half a change.

pub(crate) mod changes;
mod defaults;
mod draft;
mod edition;
mod family;
mod inside;
mod list;
mod names;
pub(crate) mod refusals;
mod replays;
mod rules;
mod settle;
mod unrest;
mod write;

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value;

use self::{
    changes::Tombstone,
    names::{Bearer, Names, folded, unique},
    replays::Replays,
    rules::{Naming, Rules, rules},
    unrest::Restless,
};
pub use self::{inside::Change, unrest::Unrest};
pub(crate) use self::{
    list::{Base, List},
    write::Order,
};
use super::{
    faults::Service,
    query::{Records, Row},
    webhooks::News,
};

/// Lists that are there when a preference is on (facts 3.9). Otherwise they are empty; what a query of
/// `CompanyCurrency` answers then is open, and the others are known to be empty.
const BY_PREFERENCE: &[(&str, &[&str])] = &[
    ("Class", &["/AccountingInfoPrefs/ClassTrackingPerTxn", "/AccountingInfoPrefs/ClassTrackingPerTxnLine"]),
    ("Department", &["/AccountingInfoPrefs/TrackDepartments"]),
    ("CompanyCurrency", &["/CurrencyPrefs/MultiCurrencyEnabled"]),
];

/// Customers, vendors and employees are numbered in one sequence.
const PEOPLE: [&str; 3] = ["Customer", "Vendor", "Employee"];

/// The books of one company.
pub(crate) struct Books {
    realm: String,
    lists: BTreeMap<String, List>,
    names: Names,
    tombstones: Vec<Tombstone>,
    replays: Replays,
    restless: Restless,
    news: News,
}

impl Books {
    pub(crate) fn new(realm: &str, lists: BTreeMap<String, List>, news: News) -> Self {
        let mut names = Names::default();
        for (entity, list) in &lists {
            if let Some(rules) = rules(entity) {
                list.kept().for_each(|(_, record)| names.insert(rules, record));
            }
        }
        Self {
            realm: realm.to_owned(),
            lists,
            names,
            tombstones: Vec::new(),
            replays: Replays::default(),
            restless: Restless::default(),
            news,
        }
    }

    /// What was answered to the request with this id, and what is to be answered to it from now on.
    pub(crate) fn replays(&mut self) -> &mut Replays {
        &mut self.replays
    }

    /// The only record of an entity that has one: the company's facts, its preferences.
    pub(crate) fn single(&self, entity: &str) -> Option<Cow<'_, Value>> {
        self.list(entity)?.from(0).next()
    }

    /// The list as it can be seen: one that is switched off is not there.
    fn list(&self, entity: &str) -> Option<&List> {
        self.lists.get(entity).filter(|_| self.is_on(entity))
    }

    fn is_on(&self, entity: &str) -> bool {
        let Some((_, switches)) = BY_PREFERENCE.iter().find(|(list, _)| *list == entity) else { return true };
        let preferences = self.lists.get("Preferences").and_then(|list| list.from(0).next());
        preferences.is_some_and(|preferences| {
            switches.iter().any(|switch| preferences.pointer(switch) == Some(&Value::Bool(true)))
        })
    }

    /// Who bears a name in the lists that share names with this one.
    fn bearer(&self, rules: &Rules, name: &str) -> Option<Bearer> {
        let crowds = || {
            let mut sharing = self.lists.iter().filter(|(entity, _)| shares_names(rules, entity));
            sharing.find_map(|(entity, list)| crowded(entity, list, name))
        };
        self.names.bearer(rules, name).cloned().or_else(crowds)
    }

    /// The next Id of a list. Classes have long ones.
    fn next_id(&self, entity: &str) -> u64 {
        let sequence: &[&str] = if PEOPLE.contains(&entity) { &PEOPLE } else { &[entity] };
        let highest = sequence.iter().filter_map(|entity| self.lists.get(*entity)).map(List::highest).max();
        match highest.unwrap_or_default() {
            0 if entity == "Class" => 5_000_000_000_000_007_280,
            highest => highest + 1,
        }
    }

    /// What an amount is in when nothing else is said.
    fn home_currency(&self) -> Value {
        let preferences = self.single("Preferences");
        let code = preferences.as_ref().and_then(|found| found.pointer("/CurrencyPrefs/HomeCurrency/value"));
        defaults::currency(code.and_then(Value::as_str).unwrap_or("USD"))
    }
}

impl Records for Books {
    fn served(&self, entity: &str) -> Result<(), Service> {
        self.in_edition(entity)
    }

    fn count(&self, entity: &str) -> usize {
        self.list(entity).map_or(0, List::len)
    }

    fn all_active(&self, entity: &str) -> bool {
        self.list(entity).is_none_or(|list| list.active_len() == list.len())
    }

    fn count_active(&self, entity: &str) -> usize {
        self.list(entity).map_or(0, List::active_len)
    }

    fn from<'a>(&'a self, entity: &'a str, nth: usize) -> Box<dyn Iterator<Item = Cow<'a, Value>> + 'a> {
        match self.list(entity) {
            Some(list) => Box::new(list.from(nth)),
            None => Box::new(std::iter::empty()),
        }
    }

    fn rows<'a>(&'a self, entity: &'a str, nth: usize) -> Box<dyn Iterator<Item = Row<'a>> + 'a> {
        match self.list(entity) {
            Some(list) => Box::new(list.rows_from(nth)),
            None => Box::new(std::iter::empty()),
        }
    }

    fn active<'a>(&'a self, entity: &'a str, nth: usize) -> Box<dyn Iterator<Item = Cow<'a, Value>> + 'a> {
        match self.list(entity) {
            Some(list) => Box::new(list.active_from(nth)),
            None => Box::new(std::iter::empty()),
        }
    }

    fn get(&self, entity: &str, id: &str) -> Option<Cow<'_, Value>> {
        self.list(entity)?.get(id)
    }
}

fn shares_names(with: &Rules, entity: &str) -> bool {
    with.entity == entity || (with.naming == Naming::Person && PEOPLE.contains(&entity))
}

/// The record of a computed list that has this name, unless it has been given another one.
fn crowded(entity: &str, list: &List, name: &str) -> Option<Bearer> {
    let rules = rules(entity)?;
    let place = list.crowd()?.bearer(&folded(name))?;
    let record = list.at(place);
    let still = unique(rules, &record).is_some_and(|current| folded(current) == folded(name));
    let id = list::id_of(&record);
    (still && list.place(id).is_some()).then(|| Bearer { entity: rules.entity, id: id.to_owned() })
}
