//! A company that changes while its lists are read: between two pages somebody creates, renames or deactivates
//! records of the very list, always the same ones for the same reads.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::{
    Books, Change,
    list::{id_of, is_active},
    names::alive,
    rules,
};
use crate::quickbooks::{generated::mixed, query::Records};

/// So many records are looked at before one step finds nothing to do.
const TRIES: u64 = 8;

/// How restless a company is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Unrest {
    /// After every so many pages something happens; 0 means never.
    pub every: u32,
    /// So many records are then changed, at most [`Unrest::MOST_CHANGES`].
    pub changes: u32,
}

impl Unrest {
    /// As many as a page has: they are made while the page is answered.
    pub const MOST_CHANGES: u32 = 1000;
}

/// What has happened so far.
#[derive(Default)]
pub(super) struct Restless {
    unrest: Unrest,
    pages: u64,
    steps: u64,
}

impl Books {
    /// Changes, from now on, while it is read.
    pub(crate) fn set_unrest(&mut self, unrest: Unrest) {
        self.restless.unrest = unrest;
    }

    /// Whether anything happens when a page is read.
    pub(crate) fn is_restless(&self) -> bool {
        self.restless.unrest.every > 0
    }

    /// A page of this list has been read.
    pub(crate) fn was_read(&mut self, entity: &str, now: OffsetDateTime) {
        let restless = &mut self.restless;
        restless.pages += 1;
        // No number but 0 is a multiple of 0, which means never.
        if !restless.pages.is_multiple_of(u64::from(restless.unrest.every)) {
            return;
        }
        let changes = u64::from(restless.unrest.changes);
        let first = restless.steps;
        restless.steps += changes;
        for step in first..first + changes {
            if let Some(change) = self.stirring(entity, step) {
                // A change that cannot be is one that nobody makes.
                let _ = self.change(change, now);
            }
        }
    }

    /// What happens in this step: a newcomer, another name, a farewell.
    fn stirring(&self, entity: &str, step: u64) -> Option<Change> {
        let field = rules(entity)?.naming.field().filter(|field| *field != "Code")?;
        let record = self.somebody(entity, step)?;
        let (entity, id) = (entity.to_owned(), id_of(&record).to_owned());
        let called = |name: String| Map::from_iter([(field.to_owned(), Value::String(name))]);
        Some(match step % 3 {
            0 => Change::Create { entity, record: newcomer(&record, called(format!("Newcomer {step}"))) },
            1 => {
                let name: String = record.get(field)?.as_str().map(alive)?.chars().take(80).collect();
                Change::Edit { entity, id, record: called(format!("{name} {step}")) }
            }
            _ => Change::Deactivate { entity, id },
        })
    }

    /// An active record, chosen by the number of the step.
    fn somebody(&self, entity: &str, step: u64) -> Option<Value> {
        let count = u64::try_from(self.count(entity)).ok().filter(|count| *count > 0)?;
        (0..TRIES).find_map(|attempt| {
            let nth = usize::try_from(mixed(step * TRIES + attempt) % count).ok()?;
            let record = self.from(entity, nth).next()?;
            is_active(&record).then(|| record.into_owned())
        })
    }
}

/// A record like another one, under its own name.
fn newcomer(like: &Value, name: Map<String, Value>) -> Map<String, Value> {
    let own = ["Id", "SyncToken", "sparse", "MetaData", "PrintOnCheckName", "CompanyName"];
    let kept = like.as_object().into_iter().flatten().filter(|(field, _)| !own.contains(&field.as_str()));
    let mut record: Map<String, Value> = kept.map(|(field, value)| (field.clone(), value.clone())).collect();
    record.extend(name);
    record.insert("Active".to_owned(), json!(true));
    record
}
