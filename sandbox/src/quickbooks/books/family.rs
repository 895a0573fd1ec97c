//! Lists that are trees: sub-customers, sub-accounts, classes, locations, items. A record names its parent; how
//! deep it stands and what it is called in full follow from that.

use serde_json::{Map, Value};

use super::{Books, Rules, list::id_of, refusals::business, settle::Origin};
use crate::quickbooks::faults::Service;

/// QuickBooks goes five deep; the uppermost is level 0.
const DEEPEST: usize = 4;

impl Books {
    /// Sets the properties that follow from the parent, or refuses the parent.
    pub(super) fn place_below_parent(
        &self,
        origin: &Origin<'_>,
        record: &mut Map<String, Value>,
    ) -> Result<(), Service> {
        let Some(child) = origin.rules.child else { return Ok(()) };
        let above = self.above(origin, record)?;
        let name = origin.rules.naming.field().and_then(|field| record.get(field)).and_then(Value::as_str);
        let name = name.unwrap_or_default().to_owned();
        let qualified = match above.first() {
            Some(parent) => format!("{}:{name}", path(parent)),
            None => name,
        };
        record.insert("FullyQualifiedName".to_owned(), qualified.into());
        record.insert(child.to_owned(), (!above.is_empty()).into());
        record.remove("Level");
        // At the top nothing has a level, and an item says nothing at all (as in facts' samples).
        match (above.len(), origin.rules.entity) {
            (0, "Item") => drop(record.remove(child)),
            (1.., "Customer" | "Item") => drop(record.insert("Level".to_owned(), above.len().into())),
            _ => {}
        }
        Ok(())
    }

    /// Parent, grandparent and so on.
    fn above(&self, origin: &Origin<'_>, record: &Map<String, Value>) -> Result<Vec<Value>, Service> {
        let mut above: Vec<Value> = Vec::new();
        let mut next = parent(record.get("ParentRef")).map(str::to_owned);
        while let Some(id) = next {
            if id == origin.id || above.len() == DEEPEST {
                return Err(business(
                    "The parent cannot be one of its own children, nor more than five deep.",
                ));
            }
            let Some(found) = self.list(origin.rules.entity).and_then(|list| list.get(&id)) else { break };
            next = parent(found.get("ParentRef")).map(str::to_owned);
            above.push(found.into_owned());
        }
        Ok(above)
    }

    /// Carries a new name down to everything below. The children are not touched otherwise: whether Intuit
    /// counts this as a change of theirs is open.
    pub(super) fn rename_children(&mut self, rules: &'static Rules, old: &Value, parent_now: &Value) {
        if rules.child.is_none() || path(old) == path(parent_now) {
            return;
        }
        let Some(list) = self.lists.get(rules.entity) else { return };
        let children: Vec<(usize, Value)> = list
            .kept()
            .filter(|(_, record)| parent(record.get("ParentRef")) == Some(id_of(parent_now)))
            .map(|(place, record)| (place, record.clone()))
            .collect();
        for (place, before) in children {
            let mut child = before.clone();
            let name = rules.naming.field().and_then(|field| child.get(field)?.as_str()).unwrap_or_default();
            child["FullyQualifiedName"] = format!("{}:{name}", path(parent_now)).into();
            child["ParentRef"]["name"] = path(parent_now).into();
            self.put(rules, place, child.clone());
            self.rename_children(rules, &before, &child);
        }
    }
}

fn parent(reference: Option<&Value>) -> Option<&str> {
    reference?.get("value")?.as_str()
}

fn path(record: &Value) -> &str {
    record.get("FullyQualifiedName").and_then(Value::as_str).unwrap_or_default()
}
