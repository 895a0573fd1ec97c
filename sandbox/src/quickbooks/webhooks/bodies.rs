//! The two bodies of a delivery. In the older one each company has a notification of its own; in the newer one
//! every event names its company, so that companies mix.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use time::{OffsetDateTime, UtcOffset, format_description::BorrowedFormatItem, macros::format_description};

use super::{Deed, Happening, WebhookFormat};
use crate::quickbooks::clock::{hex, random};

const MILLIS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
const NANOS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:9]Z");

impl WebhookFormat {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::CloudEvents => "application/cloudevents+json",
            Self::Legacy => "application/json; charset=utf-8",
        }
    }

    pub(super) fn body(self, news: &[Happening]) -> String {
        match self {
            Self::CloudEvents => Value::Array(news.iter().map(event).collect()).to_string(),
            Self::Legacy => legacy(news).to_string(),
        }
    }
}

impl Deed {
    /// As the older format spells it.
    fn operation(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Delete => "Delete",
            Self::Merge => "Merge",
        }
    }

    /// As the type of an event ends.
    fn past(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Update => "updated",
            Self::Delete => "deleted",
            Self::Merge => "merged",
        }
    }
}

/// Milliseconds in UTC, as `lastUpdated` and `intuit-created-time` have them.
pub(super) fn millis(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(MILLIS).unwrap_or_default()
}

fn legacy(news: &[Happening]) -> Value {
    let mut realms: Vec<&str> = Vec::new();
    for happening in news {
        if !realms.contains(&happening.realm.as_str()) {
            realms.push(&happening.realm);
        }
    }
    let notification = |realm: &str| {
        let entities: Vec<Value> = news.iter().filter(|one| one.realm == realm).map(entity).collect();
        json!({ "realmId": realm, "dataChangeEvent": { "entities": entities } })
    };
    json!({ "eventNotifications": realms.into_iter().map(notification).collect::<Vec<_>>() })
}

fn entity(of: &Happening) -> Value {
    let mut entity = json!({
        "name": of.entity,
        "id": of.id,
        "operation": of.deed.operation(),
        "lastUpdated": millis(of.at),
    });
    if let Some(gone) = &of.gone {
        entity["deletedId"] = json!(gone);
    }
    entity
}

fn event(of: &Happening) -> Value {
    let mut event = json!({
        "specversion": "1.0",
        "id": uuid(),
        "source": format!("intuit.{}", STANDARD.encode(random(24))),
        "type": format!("qbo.{}.{}.v1", of.entity.to_ascii_lowercase(), of.deed.past()),
        "datacontenttype": "application/json",
        "time": of.at.to_offset(UtcOffset::UTC).format(NANOS).unwrap_or_default(),
        "intuitentityid": of.id,
        "intuitaccountid": of.realm,
        "data": {},
    });
    if let Some(gone) = &of.gone {
        event["data"]["deletedid"] = json!(gone);
    }
    event
}

/// A random number in the dress of RFC 9562; nothing here reads its version.
fn uuid() -> String {
    let digits = hex(16);
    let part = |from, to| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn merged(realm: &str) -> Happening {
        let at = datetime!(2026-05-01 12:00:00.034359333 UTC);
        let (realm, id) = (realm.to_owned(), "7".to_owned());
        Happening { realm, entity: "TaxCode", id, deed: Deed::Merge, gone: Some("9".to_owned()), at }
    }

    #[test]
    fn companies_are_apart_in_the_older_format_and_mix_in_the_newer() {
        let news = [merged("1"), merged("2"), merged("1")];
        let legacy: Value = serde_json::from_str(&WebhookFormat::Legacy.body(&news)).unwrap();
        let told = legacy["eventNotifications"].as_array().unwrap();
        let entity = json!({ "name": "TaxCode", "id": "7", "operation": "Merge", "deletedId": "9",
            "lastUpdated": "2026-05-01T12:00:00.034Z" });
        assert_eq!((told.len(), &told[1]["realmId"]), (2, &json!("2")));
        assert_eq!(told[0]["dataChangeEvent"]["entities"], json!([entity, entity]));
        let events: Vec<Value> = serde_json::from_str(&WebhookFormat::CloudEvents.body(&news)).unwrap();
        let realms: Vec<_> = events.iter().map(|event| event["intuitaccountid"].clone()).collect();
        assert_eq!(realms, ["1", "2", "1"]);
        assert_eq!(events[0]["type"], "qbo.taxcode.merged.v1");
        assert_eq!(events[0]["time"], "2026-05-01T12:00:00.034359333Z");
        assert_eq!(events[0]["data"], json!({ "deletedid": "9" }));
        assert_ne!(events[0]["id"], events[2]["id"]);
    }
}
