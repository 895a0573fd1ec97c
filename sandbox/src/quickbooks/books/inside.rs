//! What people do inside QuickBooks while an app is looking: the same writes, without an app and its limits.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::{Books, Order, changes::Tombstone, list::id_of, refusals::unsupported, rules};
use crate::quickbooks::{
    clock::pacific_second,
    faults::Service,
    query::Records,
    shapes::shape,
    webhooks::{Deed, Happening},
};

/// A change that somebody makes inside QuickBooks. Entities go by their names, as `Customer`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// A new record.
    Create {
        /// Its entity.
        entity: String,
        /// Its properties.
        record: Map<String, Value>,
    },
    /// Some properties of a record; `"Active": true` brings an inactive one back.
    Edit {
        /// Its entity.
        entity: String,
        /// Its Id.
        id: String,
        /// What is to be different.
        record: Map<String, Value>,
    },
    /// A record is made inactive.
    Deactivate {
        /// Its entity.
        entity: String,
        /// Its Id.
        id: String,
    },
    /// A record is merged away: it is gone, and CDC says so. No other record takes anything over from it.
    Merge {
        /// Its entity.
        entity: String,
        /// Its Id.
        id: String,
    },
}

impl Books {
    /// Makes the change, and returns the record as it is then, or was last.
    pub(crate) fn change(&mut self, change: Change, now: OffsetDateTime) -> Result<Value, Service> {
        match change {
            Change::Create { entity, record } => self.inside(&entity, &record, now),
            Change::Edit { entity, id, record } => self.edit(&entity, &id, record, now),
            Change::Deactivate { entity, id } => {
                let mut inactive = Map::new();
                inactive.insert("Active".to_owned(), json!(false));
                self.edit(&entity, &id, inactive, now)
            }
            Change::Merge { entity, id } => self.merge(&entity, &id, now),
        }
    }

    fn edit(
        &mut self,
        entity: &str,
        id: &str,
        mut record: Map<String, Value>,
        now: OffsetDateTime,
    ) -> Result<Value, Service> {
        let token = self.get(entity, id).and_then(|found| found.get("SyncToken").cloned());
        let known = [("Id", json!(id)), ("SyncToken", token.unwrap_or(json!("0"))), ("sparse", json!(true))];
        record.extend(known.map(|(name, value)| (name.to_owned(), value)));
        self.inside(entity, &record, now)
    }

    fn inside(
        &mut self,
        entity: &str,
        body: &Map<String, Value>,
        now: OffsetDateTime,
    ) -> Result<Value, Service> {
        let shape = shape(entity).ok_or_else(|| unsupported(entity))?;
        self.write(&Order { shape, operation: None, body, now, inside: true })
    }

    fn merge(&mut self, entity: &str, id: &str, now: OffsetDateTime) -> Result<Value, Service> {
        let rules = rules(entity).filter(|rules| rules.naming.field().is_some());
        let rules = rules.ok_or_else(|| unsupported("merge"))?;
        let list = self.lists.get_mut(rules.entity).ok_or_else(Service::missing)?;
        let place = list.place(id).ok_or_else(Service::missing)?;
        let merged = list.at(place).into_owned();
        list.remove(place);
        self.names.remove(rules, &merged);
        let tombstone = Tombstone { entity: rules.entity, id: id.to_owned(), at: pacific_second(now) };
        self.tombstones.push(tombstone);
        self.tell_merged(rules.entity, id, now);
        Ok(merged)
    }

    /// Whoever is left first takes the place of the survivor, whose Id is told; where nobody is left, the record is
    /// told as deleted.
    fn tell_merged(&self, entity: &'static str, id: &str, at: OffsetDateTime) {
        let survivor = self.list(entity).and_then(|list| list.active_from(0).next());
        let survivor = survivor.map(|record| id_of(&record).to_owned());
        let (id, deed, gone) = match survivor {
            Some(survivor) => (survivor, Deed::Merge, Some(id.to_owned())),
            None => (id.to_owned(), Deed::Delete, None),
        };
        self.news.tell(Happening { realm: self.realm.clone(), entity, id, deed, gone, at });
    }
}
