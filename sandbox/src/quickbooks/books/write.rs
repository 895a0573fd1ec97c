//! Creating and updating a record (facts 3.1, 3.2): what is asked, whether it may be, and what comes of it.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::{
    Books, Rules,
    draft::Draft,
    list::{id_of, is_active},
    refusals::{required, stale, switched_off, unsupported},
    rules,
    settle::Origin,
};
use crate::quickbooks::{
    clock::pacific_second,
    faults::Service,
    shapes::Shape,
    webhooks::{Deed, Happening},
};

/// One wish to write.
pub(crate) struct Order<'a> {
    pub(crate) shape: &'static Shape,
    /// `?operation=`; without it an Id says that it is an update.
    pub(crate) operation: Option<&'a str>,
    pub(crate) body: &'a Map<String, Value>,
    pub(crate) now: OffsetDateTime,
    /// Whether somebody does it inside QuickBooks, where more may be done than through the API.
    pub(crate) inside: bool,
}

#[derive(Clone, Copy)]
enum Verb {
    Create,
    Update,
}

impl Order<'_> {
    fn verb(&self) -> Result<Verb, Service> {
        let identified = self.body.get("Id").is_some_and(|id| !id.is_null() && id != "");
        match self.operation.map(str::to_ascii_lowercase).as_deref() {
            None | Some("") if identified => Ok(Verb::Update),
            None | Some("" | "create") => Ok(Verb::Create),
            Some("update") => Ok(Verb::Update),
            Some(other) => Err(unsupported(other)),
        }
    }

    /// The rules of the entity, if what is asked is ever done to it.
    fn rules(&self, verb: Verb) -> Result<&'static Rules, Service> {
        let (word, may): (_, fn(&Rules) -> bool) = match verb {
            Verb::Create => ("create", |rules| rules.create),
            Verb::Update => ("update", |rules| rules.update),
        };
        let rules = rules(self.shape.name).filter(|rules| self.inside || may(rules));
        rules.ok_or_else(|| unsupported(word))
    }
}

impl Books {
    /// Does what is asked and returns the record as it then is.
    pub(crate) fn write(&mut self, order: &Order<'_>) -> Result<Value, Service> {
        let verb = order.verb()?;
        let rules = order.rules(verb)?;
        self.in_edition(rules.entity)?;
        if !self.is_on(rules.entity) {
            return Err(switched_off(rules.entity));
        }
        let draft = Draft::read(order.body, order.shape, rules)?;
        match verb {
            Verb::Create => self.create(rules, draft, order.now),
            Verb::Update => self.update(rules, draft, order.now),
        }
    }

    fn create(&mut self, rules: &'static Rules, draft: Draft, now: OffsetDateTime) -> Result<Value, Service> {
        let number = self.next_id(rules.entity);
        let origin = Origin { rules, id: number.to_string(), old: None };
        let mut record = self.blank(rules.entity, &origin.id);
        record.extend(draft.set);
        let mut record = self.settled(&origin, record)?;
        let (at, now) = (now, pacific_second(now));
        stamp(&mut record, &origin.id, "0", json!({ "CreateTime": now, "LastUpdatedTime": now }));
        let record = Value::Object(record);
        self.names.insert(rules, &record);
        let list = self.lists.entry(rules.entity.to_owned()).or_default();
        list.add(number, record.clone());
        self.tell(rules.entity, &origin.id, Deed::Create, at);
        Ok(record)
    }

    fn update(&mut self, rules: &'static Rules, draft: Draft, now: OffsetDateTime) -> Result<Value, Service> {
        let id = draft.id.clone().ok_or_else(|| required("Id"))?;
        let list = self.list(rules.entity).ok_or_else(Service::missing)?;
        let place = list.place(&id).ok_or_else(Service::missing)?;
        let old = list.at(place).into_owned();
        let token = fresh(&old, &draft)?;
        // Something inactive can be made active again, and nothing else (fault 610 names just that).
        if !is_active(&old) && draft.set.get("Active") != Some(&Value::Bool(true)) {
            return Err(Service::missing());
        }
        let next = if draft.sparse || rules.entity == "Preferences" {
            sparse(&old, draft)
        } else {
            self.full(rules, &old, draft)
        };
        let origin = Origin { rules, id, old: Some(&old) };
        let mut record = self.settled(&origin, next)?;
        let created = old.pointer("/MetaData/CreateTime").cloned().unwrap_or_default();
        let times = json!({ "CreateTime": created, "LastUpdatedTime": pacific_second(now) });
        stamp(&mut record, &origin.id, &token, times);
        let record = Value::Object(record);
        self.put(rules, place, record.clone());
        self.rename_children(rules, &old, &record);
        self.tell(rules.entity, id_of(&record), Deed::Update, now);
        Ok(record)
    }

    /// Tells the apps that something happened to a record.
    fn tell(&self, entity: &'static str, id: &str, deed: Deed, at: OffsetDateTime) {
        let (realm, id) = (self.realm.clone(), id.to_owned());
        self.news.tell(Happening { realm, entity, id, deed, gone: None, at });
    }

    /// Puts a record in the place of what was there, under its new name.
    pub(super) fn put(&mut self, rules: &Rules, place: usize, record: Value) {
        let Some(list) = self.lists.get_mut(rules.entity) else { return };
        self.names.remove(rules, &list.at(place));
        self.names.insert(rules, &record);
        list.replace(place, record);
    }

    /// A full update sets what it does not name back to how it began, except what no client decides.
    /// Whether `Active` counts as named is open; here a record stays as active as it was.
    fn full(&self, rules: &Rules, old: &Value, draft: Draft) -> Map<String, Value> {
        let mut next = self.blank(rules.entity, id_of(old));
        for kept in rules.read_only().chain(["Active", "CurrencyRef"]) {
            match old.get(kept) {
                Some(value) => next.insert(kept.to_owned(), value.clone()),
                None => next.remove(kept),
            };
        }
        next.extend(draft.set);
        next
    }
}

/// The next SyncToken, if the client has seen the current one.
fn fresh(old: &Value, draft: &Draft) -> Result<String, Service> {
    let token = draft.token.as_deref().ok_or_else(|| required("SyncToken"))?;
    // The two codes that QuickBooks makes up for the United States have none.
    let current = old.get("SyncToken").and_then(Value::as_str).unwrap_or("0");
    if token != current {
        return Err(stale());
    }
    Ok((current.parse::<u64>().unwrap_or_default() + 1).to_string())
}

/// A sparse update keeps what it does not name. An object is replaced as a whole, except a group of preferences.
fn sparse(old: &Value, draft: Draft) -> Map<String, Value> {
    let mut next = old.as_object().cloned().unwrap_or_default();
    for cleared in draft.cleared {
        next.remove(&cleared);
    }
    for (name, value) in draft.set {
        match (next.get_mut(&name), value) {
            (Some(Value::Object(group)), Value::Object(changes)) if name.ends_with("Prefs") => {
                group.extend(changes);
            }
            (_, value) => {
                next.insert(name, value);
            }
        }
    }
    next
}

fn stamp(record: &mut Map<String, Value>, id: &str, token: &str, times: Value) {
    let envelope = [
        ("domain", json!("QBO")),
        ("sparse", json!(false)),
        ("Id", json!(id)),
        ("SyncToken", json!(token)),
        ("MetaData", times),
    ];
    record.extend(envelope.map(|(name, value)| (name.to_owned(), value)));
}
