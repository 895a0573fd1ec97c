//! Change data capture (facts 3.7): what has changed since a moment, what is gone last.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{
    Books,
    refusals::{required, unsupported},
};
use crate::quickbooks::{
    faults::Service,
    query::moment,
    shapes::{Shape, shape},
};

/// How far back it goes.
const REACH: Duration = Duration::days(30);
/// So many objects are answered at most. Which ones when there are more is open; here the first of the entities
/// in the order in which they were asked for.
const MOST: usize = 1000;
/// What cannot be asked for (facts 3.7).
const UNTRACKED: [&str; 4] = ["JournalCode", "TaxAgency", "TaxCode", "TaxRate"];

/// A record that is gone.
pub(super) struct Tombstone {
    pub(super) entity: &'static str,
    pub(super) id: String,
    /// As in `MetaData`.
    pub(super) at: String,
}

/// What was asked.
pub(crate) struct Since {
    entities: Vec<&'static Shape>,
    moment: OffsetDateTime,
}

impl Since {
    /// Reads the two parameters. Intuit's text for a date that is too old is known (S), the others are open.
    pub(crate) fn read(entities: &str, since: &str, now: OffsetDateTime) -> Result<Self, Service> {
        let names = entities.split(',').map(str::trim).filter(|name| !name.is_empty());
        let entities = names.map(tracked).collect::<Result<Vec<_>, _>>()?;
        if entities.is_empty() {
            return Err(required("entities"));
        }
        if since.is_empty() {
            return Err(required("changedSince"));
        }
        let moment =
            moment_of(since).ok_or_else(|| unsupported(&format!("cdc with changedSince date {since}")))?;
        if moment < now - REACH {
            let which = format!("cdc with changedSince date {since} which is older than fixed days");
            return Err(unsupported(&which));
        }
        // Records carry whole seconds, and nothing that changed within this one may be missed.
        Ok(Self { entities, moment: moment.replace_nanosecond(0).unwrap_or(moment) })
    }
}

impl Books {
    /// One `QueryResponse` for each entity; empty when nothing changed.
    pub(crate) fn changes(&self, since: &Since) -> Vec<Value> {
        let mut left = MOST;
        let mut answers = Vec::new();
        for shape in &since.entities {
            let mut objects = self.changed(shape.name, since.moment);
            objects.truncate(left);
            left -= objects.len();
            let count = objects.len();
            answers.push(match count {
                0 => json!({}),
                _ => json!({ shape.name: objects, "startPosition": 1, "maxResults": count }),
            });
        }
        answers
    }

    fn changed(&self, entity: &str, since: OffsetDateTime) -> Vec<Value> {
        let later = |at: Option<&str>| at.and_then(moment).is_some_and(|at| at >= since);
        let updated =
            |record: &Value| later(record.pointer("/MetaData/LastUpdatedTime").and_then(Value::as_str));
        let kept = self.list(entity).into_iter().flat_map(|list| list.kept().map(|(_, record)| record));
        let gone = self.tombstones.iter().filter(|gone| gone.entity == entity && later(Some(&gone.at)));
        kept.filter(|record| updated(record)).cloned().chain(gone.map(Tombstone::shown)).collect()
    }
}

impl Tombstone {
    fn shown(&self) -> Value {
        let Self { id, at, .. } = self;
        json!({ "status": "Deleted", "domain": "QBO", "Id": id, "MetaData": { "LastUpdatedTime": at } })
    }
}

fn tracked(name: &str) -> Result<&'static Shape, Service> {
    let shape = shape(name).filter(|shape| !UNTRACKED.contains(&shape.name));
    shape.ok_or_else(|| unsupported(&format!("cdc for entity {name}")))
}

/// A date or a timestamp. The plus of an offset that nobody encoded arrives as a space.
fn moment_of(text: &str) -> Option<OffsetDateTime> {
    moment(&text.trim().replace(' ', "+"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_plus_that_became_a_space_is_a_plus() {
        assert_eq!(moment_of("2026-01-05T10:30:05 02:00"), Some(datetime!(2026-01-05 10:30:05 +2)));
        assert_eq!(moment_of(" 2026-01-05 "), Some(datetime!(2026-01-05 0:00 -8)));
        assert_eq!(moment_of("yesterday"), None);
    }
}
