//! Change data capture (`GET /cdc`): what changed in several lists since a moment, in one answer. Who
//! is not named there counts as unchanged, so an answer that is not whole is no answer.

use std::collections::{HashMap, HashSet};

use protocol::ids::Moment;
use protocol::import::List;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::QuickBooks;
use super::query::entity;
use super::record::{is_id, record};
use crate::clock::{moment, rfc3339};
use crate::providers::{Changes, Door, ImportedRecord, ListChanges, ProviderCause, ProviderFault};

/// So many objects are in an answer at most, over all of its lists.
const MOST: usize = 1000;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, rename = "CDCResponse")]
    responses: Vec<Response<'a>>,
    #[serde(borrow)]
    time: &'a RawValue,
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow, rename = "QueryResponse")]
    entities: Vec<HashMap<&'a str, &'a RawValue>>,
}

/// What is looked at of an object before it is read.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "Id")]
    id: Option<String>,
    status: Option<String>,
}

impl QuickBooks {
    /// Asks what changed in these lists. An answer that is too long to be read has been cut off by us.
    pub(super) async fn changed_since(
        &self,
        door: &Door,
        lists: Vec<List>,
        since: Moment,
    ) -> Result<Changes, ProviderFault> {
        let entities: Vec<&str> = lists.iter().map(|list| entity(*list)).collect();
        // Intuit's own examples have whole seconds.
        let since = rfc3339(Moment(since.0 / 1000 * 1000));
        let query = [("entities", entities.join(",")), ("changedSince", since)];
        let query = query.each_ref().map(|(name, value)| (*name, value.as_str()));
        match self.get(door, "cdc", &query).await {
            Ok(answer) => read(&lists, &answer.body).ok_or_else(|| answer.garbled()),
            Err(fault) if too_long(&fault) => Ok(Changes { cut_off: true, ..Changes::default() }),
            Err(fault) => Err(fault),
        }
    }
}

/// Whether QuickBooks keeps book of a list's changes.
pub(super) fn tracked(list: List) -> bool {
    !matches!(list, List::Company | List::TaxCodes | List::TaxRates | List::TaxAgencies)
}

/// `time` of an answer.
pub(super) fn told(time: &RawValue) -> Option<Moment> {
    let text: &str = serde_json::from_str(time.get()).ok()?;
    moment(text).ok()
}

fn too_long(fault: &ProviderFault) -> bool {
    fault.cause == ProviderCause::Garbled && fault.status.is_none()
}

/// None unless it is an answer to exactly these lists, each as long as it says.
fn read(lists: &[List], body: &[u8]) -> Option<Changes> {
    let answer: Answer<'_> = serde_json::from_slice(body).ok()?;
    let at = told(answer.time);
    let entities: Vec<_> = answer.responses.into_iter().flat_map(|response| response.entities).collect();
    if entities.len() != lists.len() {
        return None;
    }
    let mut all = 0;
    let found = lists.iter().zip(&entities).map(|(list, found)| {
        let objects = objects(*list, found)?;
        all += objects.len();
        Some((*list, changes(*list, &objects)))
    });
    let lists = found.collect::<Option<Vec<_>>>()?;
    Some(Changes { lists, cut_off: all >= MOST, at })
}

/// The objects of an entity's part. Empty when nothing changed; none when it speaks of something
/// else, or has another number of them than it says.
fn objects<'a>(list: List, part: &HashMap<&str, &'a RawValue>) -> Option<Vec<&'a RawValue>> {
    let Some(objects) = part.get(entity(list)) else {
        return part.is_empty().then(Vec::new);
    };
    let objects: Vec<&RawValue> = serde_json::from_str(objects.get()).ok()?;
    let said = part.get("maxResults").map(|said| said.get().parse::<usize>());
    said.is_none_or(|said| said == Ok(objects.len())).then_some(objects)
}

fn changes(list: List, objects: &[&RawValue]) -> ListChanges {
    let (mut changes, mut places) = (ListChanges::default(), HashMap::new());
    let mut gone = HashSet::new();
    for raw in objects {
        match deleted(raw) {
            Some(id) => {
                gone.insert(id);
            }
            None => match record(list, raw.get()) {
                Some(record) => newest(&mut changes.records, &mut places, record),
                None => changes.unreadable = changes.unreadable.saturating_add(1),
            },
        }
    }
    changes.records.retain(|record| !gone.contains(&record.id));
    changes.gone = gone.into_iter().collect();
    changes.gone.sort();
    changes
}

/// The id of an object that says it is gone.
fn deleted(raw: &RawValue) -> Option<String> {
    let head: Head = serde_json::from_str(raw.get()).ok()?;
    head.id.filter(|id| is_id(id) && head.status.as_deref() == Some("Deleted"))
}

/// Of two with one id the one counts that was changed more often, or else the later one.
fn newest(records: &mut Vec<ImportedRecord>, places: &mut HashMap<String, usize>, record: ImportedRecord) {
    match places.get(&record.id).and_then(|place| records.get_mut(*place)) {
        Some(other) if changed(other) > changed(&record) => {}
        Some(other) => *other = record,
        None => {
            places.insert(record.id.clone(), records.len());
            records.push(record);
        }
    }
}

/// A SyncToken counts up.
fn changed(record: &ImportedRecord) -> Option<u64> {
    record.sync_token.as_deref()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::damage::damaged;

    const LISTS: [List; 2] = [List::Customers, List::Terms];
    const WHOLE: &str = r#"{"CDCResponse":[{"QueryResponse":[{"Customer":[
        {"Id":"1","SyncToken":"3","DisplayName":"Amy","Active":false},
        {"Id":"2","SyncToken":"0","DisplayName":"Bill"},
        {"status":"Deleted","domain":"QBO","Id":"7","MetaData":{"LastUpdatedTime":"2025-11-24T08:00:00-08:00"}}],
        "startPosition":1,"maxResults":3},{}]}],"time":"2025-11-24T08:00:00.000-08:00"}"#;

    fn customers(objects: &str) -> Option<ListChanges> {
        let body = format!(
            r#"{{"CDCResponse":[{{"QueryResponse":[{{"Customer":[{objects}]}},{{}}]}}],"time":"2025-11-24T08:00:00Z"}}"#
        );
        Some(read(&LISTS, body.as_bytes())?.lists.remove(0).1)
    }

    #[test]
    fn changes_are_read_by_list_and_what_is_gone_is_named() {
        let changes = read(&LISTS, WHOLE.as_bytes()).unwrap();
        assert_eq!((changes.cut_off, changes.at), (false, Some(Moment(1_764_000_000_000))));
        let [(List::Customers, customers), (List::Terms, terms)] = &changes.lists[..] else {
            panic!("{changes:?}")
        };
        assert_eq!(customers.gone, ["7"]);
        assert_eq!(customers.records.len(), 2);
        assert!(!customers.records[0].active);
        assert_eq!(*terms, ListChanges::default());
    }

    #[test]
    fn rf_14_an_answer_that_is_not_whole_is_none() {
        for body in [
            r#"{"CDCResponse":[{"QueryResponse":[{}]}],"time":"2025-11-24T08:00:00Z"}"#,
            r#"{"CDCResponse":[{"QueryResponse":[{},{},{}]}],"time":"2025-11-24T08:00:00Z"}"#,
            r#"{"CDCResponse":[],"time":"2025-11-24T08:00:00Z"}"#,
            r#"{"CDCResponse":[{"QueryResponse":[{},{}]}]}"#,
            r#"{"CDCResponse":[{"QueryResponse":[{"Vendor":[]},{}]}],"time":"2025-11-24T08:00:00Z"}"#,
            r#"{"CDCResponse":[{"QueryResponse":[{"Fault":{"Error":[{"code":"610"}]}},{}]}],"time":"2025-11-24T08:00:00Z"}"#,
            r#"{"CDCResponse":[{"Fault":{"Error":[{"code":"610"}]}}],"time":"2025-11-24T08:00:00Z"}"#,
            r#"{"CDCResponse":[{"QueryResponse":[{"Customer":{"Id":"1"}},{}]}],"time":"2025-11-24T08:00:00Z"}"#,
            r#"{"CDCResponse":[{"QueryResponse":[{"Customer":[],"maxResults":2},{}]}],"time":"2025-11-24T08:00:00Z"}"#,
            "",
            "<html>",
        ] {
            assert_eq!(read(&LISTS, body.as_bytes()), None, "{body}");
        }
        let timeless = WHOLE.replace("2025-11-24T08:00:00.000-08:00\"}", "yesterday\"}");
        assert_eq!(read(&LISTS, timeless.as_bytes()).unwrap().at, None);
    }

    #[test]
    fn a_thousand_objects_may_not_be_all() {
        let object = |id: usize| format!(r#"{{"Id":"{id}","DisplayName":"n"}}"#);
        let whole = |many: usize| (0..many).map(object).collect::<Vec<_>>().join(",");
        let body = |many| WHOLE.replace(",{}]}]", &format!(r#",{{"Term":[{}]}}]}}]"#, whole(many)));
        assert!(!read(&LISTS, body(996).as_bytes()).unwrap().cut_off);
        assert!(read(&LISTS, body(997).as_bytes()).unwrap().cut_off, "three customers count too");
    }

    #[test]
    fn of_duplicates_the_one_that_changed_last_counts() {
        let twice = r#"{"Id":"1","SyncToken":"10","DisplayName":"New"},{"Id":"1","SyncToken":"9","DisplayName":"Old"}"#;
        let found = customers(twice).unwrap();
        assert_eq!(found.records.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["New"]);
        let gone = r#"{"Id":"1","status":"Deleted"},{"Id":"1","SyncToken":"9","DisplayName":"Old"},{"Id":"1","status":"Deleted"}"#;
        let found = customers(gone).unwrap();
        assert_eq!((found.records.len(), found.gone), (0, vec!["1".to_owned()]));
    }

    #[test]
    fn in_03_an_object_that_cannot_be_read_is_counted() {
        let found = customers(r#"{"Id":7},{"Id":"","status":"Deleted"},null,{"Id":"2","DisplayName":"B"}"#);
        let found = found.unwrap();
        assert_eq!((found.records.len(), found.gone.len(), found.unreadable), (1, 0, 3));
    }

    #[test]
    fn what_intuit_keeps_no_book_of_is_not_asked_for() {
        let kept: Vec<List> = List::ALL.into_iter().filter(|list| tracked(*list)).collect();
        assert_eq!(kept.len(), 9);
        assert!(!kept.contains(&List::TaxCodes) && !kept.contains(&List::TaxRates));
    }

    const ANSWERS: &[&str] = &[WHOLE];

    proptest! {
        #[test]
        fn rf_14_damage_to_changes_is_none_or_sound(body in damaged(ANSWERS)) {
            for (_, found) in read(&LISTS, &body).map(|changes| changes.lists).unwrap_or_default() {
                let ids = found.records.iter().map(|record| &record.id).chain(&found.gone);
                let distinct: HashSet<&String> = ids.clone().collect();
                prop_assert_eq!(distinct.len(), ids.clone().count());
                for id in ids {
                    prop_assert!(is_id(id));
                }
            }
        }
    }
}
