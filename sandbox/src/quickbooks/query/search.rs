//! How a statement's records are found without looking at more of them than needed.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::{Value, json};

use super::{
    Operator, Order, Records, Row, Statement,
    filter::Filter,
    property::{Key, Property, is_number, size},
};

/// A statement on its way through the records of one entity.
pub(super) struct Search<'a, R> {
    statement: &'a Statement,
    records: &'a R,
    entity: &'static str,
    filter: Filter<'a>,
    plan: Plan<'a>,
}

/// What has to be looked at.
enum Plan<'a> {
    Nothing,
    /// Every record is a hit, so that places and counts are known without a look.
    Everything,
    /// Every active record is a hit, and no other.
    Active,
    /// The records with these Ids, in their order.
    Ids(Vec<&'a str>),
    Scan,
}

/// A hit that waits for its place in the order.
struct Candidate {
    keys: Vec<Key>,
    /// Its place among the hits, which decides between equals.
    place: usize,
    id: String,
}

impl<'a, R: Records> Search<'a, R> {
    pub(super) fn new(statement: &'a Statement, records: &'a R, entity: &'static str) -> Self {
        let filter = Filter::new(statement);
        let plan = plan(statement, records, entity, &filter);
        Self { statement, records, entity, filter, plan }
    }

    /// How many hits there are, whatever page is asked for.
    pub(super) fn count(&self) -> usize {
        match self.plan {
            Plan::Everything => self.records.count(self.entity),
            Plan::Active => self.records.count_active(self.entity),
            _ => self.hits().count(),
        }
    }

    /// The page that is asked for.
    pub(super) fn page(&self) -> Vec<Row<'a>> {
        let (skip, take) = (self.statement.start.unwrap_or(1) - 1, self.statement.page());
        let order = Arrangement::of(&self.statement.order);
        let rows = match (order.keys, order.backwards, &self.plan) {
            ([], false, Plan::Everything) => {
                return self.records.rows(self.entity, skip).take(take).collect();
            }
            ([], false, _) => self.in_order(skip, take),
            ([], true, Plan::Everything) => self.last_first(skip, take),
            _ => self.sorted(&order, skip, take),
        };
        rows.into_iter().map(Row::Held).collect()
    }

    /// In the order of the Ids.
    pub(super) fn hits(&self) -> Box<dyn Iterator<Item = Cow<'a, Value>> + '_> {
        match &self.plan {
            Plan::Nothing => Box::new(std::iter::empty()),
            Plan::Everything => self.records.from(self.entity, 0),
            Plan::Active => self.records.active(self.entity, 0),
            Plan::Ids(ids) => {
                let found = ids.iter().filter_map(|id| self.records.get(self.entity, id));
                Box::new(found.filter(|row| self.filter.admits(row)))
            }
            Plan::Scan => Box::new(self.records.from(self.entity, 0).filter(|row| self.filter.admits(row))),
        }
    }

    fn in_order(&self, skip: usize, take: usize) -> Vec<Cow<'a, Value>> {
        match self.plan {
            Plan::Active => self.records.active(self.entity, skip).take(take).collect(),
            _ => self.hits().skip(skip).take(take).collect(),
        }
    }

    fn last_first(&self, skip: usize, take: usize) -> Vec<Cow<'a, Value>> {
        let end = self.records.count(self.entity).saturating_sub(skip);
        let begin = end.saturating_sub(take);
        let mut rows: Vec<_> = self.records.from(self.entity, begin).take(end - begin).collect();
        rows.reverse();
        rows
    }

    /// In the order that is asked for. Of all hits only the keys are kept, and only those that can be on the page.
    fn sorted(&self, order: &Arrangement<'_>, skip: usize, take: usize) -> Vec<Cow<'a, Value>> {
        let properties: Vec<_> = order.keys.iter().map(|key| Property::new(&key.property)).collect();
        let compare = |left: &Candidate, right: &Candidate| order.compare(left, right);
        let mut candidates = Smallest::new(skip.saturating_add(take), compare);
        for (place, row) in self.hits().enumerate() {
            let id = row.get("Id").and_then(Value::as_str).unwrap_or_default().to_owned();
            let keys = properties.iter().map(|property| property.key(&row)).collect();
            candidates.push(Candidate { keys, place, id });
        }
        let page = candidates.sorted().into_iter().skip(skip);
        page.filter_map(|candidate| self.records.get(self.entity, &candidate.id)).collect()
    }
}

/// What decides about the order of hits. Records come in the order of their Ids, and no two have one, so that an Id
/// needs no key, and keys after an Id decide nothing.
struct Arrangement<'a> {
    keys: &'a [Order],
    /// Whether the last Id comes first.
    backwards: bool,
}

impl<'a> Arrangement<'a> {
    fn of(order: &'a [Order]) -> Self {
        match order.iter().position(|key| key.property.eq_ignore_ascii_case("Id")) {
            Some(at) => Self { keys: &order[..at], backwards: order[at].descending },
            None => Self { keys: order, backwards: false },
        }
    }

    fn compare(&self, left: &Candidate, right: &Candidate) -> Ordering {
        let turned = |order: Ordering, turn: bool| if turn { order.reverse() } else { order };
        let pairs = left.keys.iter().zip(&right.keys).zip(self.keys);
        let by_keys = pairs.fold(Ordering::Equal, |so_far, ((left, right), key)| {
            so_far.then_with(|| turned(left.order(right), key.descending))
        });
        by_keys.then(turned(left.place.cmp(&right.place), self.backwards))
    }
}

fn plan<'a>(statement: &'a Statement, records: &impl Records, entity: &str, filter: &Filter<'_>) -> Plan<'a> {
    if let Some(ids) = ids(statement) {
        return Plan::Ids(ids);
    }
    if !statement.conditions.iter().all(|condition| condition.is_on("Active")) {
        return Plan::Scan;
    }
    let admits = |active: bool| filter.admits(&json!({ "Active": active }));
    match (admits(true), admits(false), records.all_active(entity)) {
        (true, true, _) | (true, _, true) => Plan::Everything,
        (false, false, _) | (false, _, true) => Plan::Nothing,
        (true, false, _) => Plan::Active,
        (false, true, _) => Plan::Scan,
    }
}

/// The Ids that a statement asks for, each once, in order.
fn ids(statement: &Statement) -> Option<Vec<&str>> {
    let of_id = statement.conditions.iter().find(|condition| {
        condition.is_on("Id")
            && !condition.negated
            && matches!(condition.operator, Operator::Equal | Operator::In)
    })?;
    let mut ids: Vec<_> = of_id.values.iter().map(super::Literal::text).collect();
    // The order of Ids that are words is known to the records alone.
    if ids.len() > 1 && !ids.iter().all(|id| is_number(id)) {
        return None;
    }
    ids.sort_unstable_by_key(|id| (size(id), *id));
    ids.dedup();
    Some(ids)
}

/// Keeps the smallest of what it is given, and not many more, whatever passes through.
struct Smallest<T, F> {
    most: usize,
    kept: Vec<T>,
    compare: F,
}

impl<T, F: Fn(&T, &T) -> Ordering> Smallest<T, F> {
    fn new(most: usize, compare: F) -> Self {
        Self { most, kept: Vec::new(), compare }
    }

    /// Twice as many are let in before the larger half goes, so that each costs a constant number of looks.
    fn push(&mut self, item: T) {
        self.kept.push(item);
        if self.kept.len() >= self.most.saturating_mul(2).max(1) {
            self.prune();
        }
    }

    fn prune(&mut self) {
        if self.most < self.kept.len() {
            self.kept.select_nth_unstable_by(self.most, &self.compare);
            self.kept.truncate(self.most);
        }
    }

    fn sorted(mut self) -> Vec<T> {
        self.prune();
        self.kept.sort_unstable_by(&self.compare);
        self.kept
    }
}
