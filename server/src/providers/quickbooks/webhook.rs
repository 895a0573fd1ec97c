//! Intuit's notices, which it calls webhooks: whether it signed them, and what they say has changed. Both formats
//! are read: `eventNotifications`, and the `CloudEvents` that Intuit moves everybody to.
//! <https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use protocol::ids::Moment;
use protocol::import::List;
use ring::hmac;
use serde_json::{Value, json};

use super::query::entity;
use crate::clock;
use crate::providers::{Notice, Notices, Signature};
use crate::vault::{Secret, digest};

const HEADER: &str = "intuit-signature";
/// Bytes of an HMAC-SHA256.
const LENGTH: usize = 32;

/// The signature of a body, from a header that stands there once and has its length.
pub(super) fn signature(headers: &HeaderMap) -> Option<Signature> {
    let mut sent = headers.get_all(HEADER).iter();
    let (Some(value), None) = (sent.next(), sent.next()) else { return None };
    let bytes = STANDARD.decode(value.as_bytes()).ok()?;
    (bytes.len() == LENGTH).then_some(Signature(bytes))
}

/// Whether the body was signed with this verifier token. The comparison takes as long wherever two signatures
/// differ (<https://docs.rs/ring/latest/ring/hmac/fn.verify.html>).
pub(super) fn is_signed(token: &Secret, signature: &Signature, body: &[u8]) -> bool {
    let key = token.lend(|text| hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes()));
    hmac::verify(&key, body, &signature.0).is_ok()
}

/// What a body says, which may be anything: what cannot be read is counted.
pub(super) fn read(body: &[u8]) -> Notices {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(events)) => gathered(events.iter().map(event)),
        Ok(Value::Object(legacy)) => match legacy.get("eventNotifications") {
            Some(Value::Array(notifications)) => gathered(notifications.iter().flat_map(entities)),
            _ => gathered([event(&Value::Object(legacy))]),
        },
        Ok(_) | Err(_) => gathered([None]),
    }
}

fn gathered(notices: impl IntoIterator<Item = Option<Notice>>) -> Notices {
    let mut gathered = Notices::default();
    for notice in notices {
        match notice {
            Some(notice) => gathered.list.push(notice),
            None => gathered.unreadable += 1,
        }
    }
    gathered
}

/// One of the `CloudEvents`. Its id tells it from all others, however often it is delivered.
fn event(event: &Value) -> Option<Notice> {
    let kind = text(event, "type")?;
    let mut parts = kind.split('.');
    let (Some("qbo"), Some(name), Some(_)) = (parts.next(), parts.next(), parts.next()) else { return None };
    Some(Notice {
        digest: digest(&json!(["event", text(event, "id").filter(|id| !id.is_empty())?]).to_string()),
        company: text(event, "intuitaccountid")?.to_owned(),
        list: list(name),
        at: text(event, "time").and_then(moment),
    })
}

/// The entities of one company in the older format. They have no ids, so that one is the same as another when
/// all that it says is the same: a second change within one millisecond is not told apart, but it is read with
/// the first.
fn entities(notification: &Value) -> Vec<Option<Notice>> {
    let entities = notification.pointer("/dataChangeEvent/entities").and_then(Value::as_array);
    let (Some(realm), Some(entities)) = (text(notification, "realmId"), entities) else { return vec![None] };
    entities.iter().map(|entity| legacy(realm, entity)).collect()
}

fn legacy(realm: &str, entity: &Value) -> Option<Notice> {
    let said = ["name", "id", "operation", "lastUpdated", "deletedId"].map(|field| text(entity, field));
    Some(Notice {
        digest: digest(&json!(["entity", realm, said]).to_string()),
        company: realm.to_owned(),
        list: list(text(entity, "name")?),
        at: text(entity, "lastUpdated").and_then(moment),
    })
}

fn text<'a>(of: &'a Value, field: &str) -> Option<&'a str> {
    of.get(field)?.as_str()
}

/// The list that an entity of this name stands in; the letters' case says nothing.
fn list(name: &str) -> Option<List> {
    // The preferences are read with the company.
    if name.eq_ignore_ascii_case("Preferences") {
        return Some(List::Company);
    }
    List::ALL.into_iter().find(|list| entity(*list).eq_ignore_ascii_case(name))
}

/// A moment with any number of digits. Intuit's own example writes an offset without its colon.
fn moment(text: &str) -> Option<Moment> {
    let colon = text.len().checked_sub(2).filter(|place| {
        let zone = text.get(place.saturating_sub(3)..).unwrap_or_default();
        zone.len() == 5
            && zone.starts_with(['+', '-'])
            && zone.bytes().skip(1).all(|byte| byte.is_ascii_digit())
    });
    let read = match colon {
        Some(place) => clock::moment(&format!("{}:{}", &text[..place], &text[place..])),
        None => clock::moment(text),
    };
    read.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Intuit's own example.
    const TOKEN: &str = "b5771f19b12ddb4bcdb9f08bdc50bc63878a";
    const BODY: &str = r#"{"eventNotifications":[{"realmId":"1185883450","dataChangeEvent":{"entities":[{"name":"Customer","id":"1","operation":"Create","lastUpdated":"2015-10-05T14:42:19-0700"}]}}]}"#;
    const SIGNATURE: &str = "JC2GUwciPmRBwEO7WvrRmKqu9tGOKL8FFallocTFi8Q=";

    fn signed(value: &str) -> Option<Signature> {
        signature(&HeaderMap::from_iter([(HEADER.parse().unwrap(), value.parse().unwrap())]))
    }

    #[test]
    fn in_10_intuits_own_example_is_signed_and_no_other_body_is() {
        let token = Secret::new(TOKEN);
        let signature = signed(SIGNATURE).unwrap();
        assert!(is_signed(&token, &signature, BODY.as_bytes()));
        assert!(!is_signed(&token, &signature, BODY.trim_end_matches('}').as_bytes()));
        assert!(!is_signed(&Secret::new("another"), &signature, BODY.as_bytes()));
        let read = read(BODY.as_bytes());
        assert_eq!((read.list.len(), read.unreadable), (1, 0));
        assert_eq!((read.list[0].company.as_str(), read.list[0].list), ("1185883450", Some(List::Customers)));
        assert_eq!(read.list[0].at, clock::moment("2015-10-05T21:42:19Z").ok());
    }

    #[test]
    fn in_10_a_signature_stands_there_once_and_has_its_length() {
        for wrong in
            ["", "x", "====", "JC2GUwciPmRBwEO7WvrRmKqu9tGOKL8FFallocTFi8", "JC2GUwciPmRBwEO7WvrRmKqu"]
        {
            assert!(signed(wrong).is_none(), "{wrong}");
        }
        assert!(signed(&format!("{SIGNATURE}AAAA")).is_none() && signed(&SIGNATURE.repeat(2)).is_none());
        let mut twice = HeaderMap::new();
        for _ in 0..2 {
            twice.append(HEADER, SIGNATURE.parse().unwrap());
        }
        assert!(signature(&twice).is_none() && signature(&HeaderMap::new()).is_none());
    }

    #[test]
    fn events_of_several_companies_are_read_one_by_one() {
        let event = |id: &str, kind: &str, realm: &str| {
            json!({ "specversion": "1.0", "id": id, "source": "intuit.x", "type": kind,
                "time": "2026-01-01T00:00:00.034359333Z", "intuitentityid": "7", "intuitaccountid": realm })
        };
        let body = json!([
            event("a", "qbo.vendor.created.v1", "1"),
            event("b", "qbo.taxcode.merged.v1", "2"),
            event("c", "qbo.invoice.emailed.v1", "2"),
            event("d", "qbo.preferences.updated.v1", "2"),
            event("", "qbo.vendor.created.v1", "1"),
            event("e", "other.vendor.created.v1", "1"),
            7,
        ]);
        let read = read(body.to_string().as_bytes());
        let lists: Vec<_> = read.list.iter().map(|notice| (notice.company.as_str(), notice.list)).collect();
        let company = ("2", Some(List::Company));
        assert_eq!(lists, [("1", Some(List::Suppliers)), ("2", Some(List::TaxCodes)), ("2", None), company]);
        assert_eq!((read.unreadable, read.list[0].at), (3, Some(Moment(1_767_225_600_034))));
    }

    #[test]
    fn every_list_is_found_by_its_entity() {
        for each in List::ALL {
            assert_eq!(list(&entity(each).to_lowercase()), Some(each));
        }
        assert_eq!(list("Invoice"), None);
    }

    proptest! {
        #[test]
        fn in_10_no_body_makes_reading_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            read(&body);
        }

        #[test]
        fn in_10_no_moment_makes_reading_panic(text in ".{0,40}|[0-9T:.é+-]{0,30}") {
            moment(&text);
        }
    }
}
