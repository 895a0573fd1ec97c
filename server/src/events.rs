//! What a portal is told of what happened: the kind of an event, in words that stay, and its body, as
//! Standard Webhooks recommends them. It holds names and ids; no secret, and of a person the name alone.

use std::fmt;
use std::str::FromStr;

use protocol::ids::{IntegrationId, Moment};
use protocol::notification::Event;
use protocol::store::ReconnectReason;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::rfc3339;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Connected to a company, or to another one than before.
    Connected,
    /// The provider no longer accepts our sign-in.
    ReconnectRequired,
    /// The sign-in comes to its end at a moment that is known: somebody should connect again before.
    Expiring,
    /// Switched off; settings are kept.
    Disconnected,
    /// The provider confirmed that the token is revoked.
    Revoked,
    /// Somebody has the connection rest.
    Paused,
    /// Somebody has it go on.
    Resumed,
    /// Something must be decided before everything works again.
    NeedsAttention,
    /// Taken out of the store, with what was mapped and saved.
    Uninstalled,
    /// It was made under OAuth 1.0 and must be made again.
    UpgradeRequired,
    /// An import began.
    ImportStarted,
    /// An import read everything.
    ImportCompleted,
    /// An import ended with failed lists.
    ImportFailed,
    /// An import was stopped by a person.
    ImportCancelled,
    /// A configuration was saved.
    ConfigurationSaved,
}

impl Kind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 15] = [
        Self::Connected,
        Self::ReconnectRequired,
        Self::Expiring,
        Self::Disconnected,
        Self::Revoked,
        Self::Paused,
        Self::Resumed,
        Self::NeedsAttention,
        Self::Uninstalled,
        Self::UpgradeRequired,
        Self::ImportStarted,
        Self::ImportCompleted,
        Self::ImportFailed,
        Self::ImportCancelled,
        Self::ConfigurationSaved,
    ];

    /// Its name on the wire, on the command line and in the database. Never changed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connected => "connection.connected",
            Self::ReconnectRequired => "connection.reconnect_required",
            Self::Expiring => "connection.expiring",
            Self::Disconnected => "connection.disconnected",
            Self::Revoked => "connection.revoked",
            Self::Paused => "connection.paused",
            Self::Resumed => "connection.resumed",
            Self::NeedsAttention => "connection.needs_attention",
            Self::Uninstalled => "connection.uninstalled",
            Self::UpgradeRequired => "connection.upgrade_required",
            Self::ImportStarted => "import.started",
            Self::ImportCompleted => "import.completed",
            Self::ImportFailed => "import.failed",
            Self::ImportCancelled => "import.cancelled",
            Self::ConfigurationSaved => "configuration.saved",
        }
    }

    /// The kind of an entry of the log.
    pub fn of(event: &Event) -> Self {
        match event {
            Event::Connected { .. } | Event::CompanyReplaced { .. } | Event::Upgraded { .. } => {
                Self::Connected
            }
            Event::Disconnected => Self::Disconnected,
            Event::Revoked => Self::Revoked,
            Event::Paused => Self::Paused,
            Event::Resumed => Self::Resumed,
            Event::Expiring { .. } => Self::Expiring,
            Event::Uninstalled => Self::Uninstalled,
            Event::UpgradeRequired { .. } => Self::UpgradeRequired,
            Event::NeedsAttention { .. } => Self::NeedsAttention,
            Event::ImportStarted { .. } => Self::ImportStarted,
            Event::ImportDone { .. } => Self::ImportCompleted,
            Event::ImportFailed { .. } => Self::ImportFailed,
            Event::ImportCancelled { .. } => Self::ImportCancelled,
            Event::ConfigurationSaved { .. } => Self::ConfigurationSaved,
            Event::ReconnectRequired { .. } => Self::ReconnectRequired,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// Why a text is no kind of event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no event; there are {words}", words = Kind::ALL.map(Kind::word).join(", "))]
pub struct NoKind(String);

impl FromStr for Kind {
    type Err = NoKind;

    fn from_str(text: &str) -> Result<Self, NoKind> {
        Self::ALL.into_iter().find(|kind| kind.word() == text).ok_or_else(|| NoKind(text.to_owned()))
    }
}

/// To whom it happened.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The portal's own id of the organisation, and its name.
    pub tenant: (&'a str, &'a str),
    /// What the API calls the connection, if there is one.
    pub connection: Option<&'a str>,
    /// The integration that the connection belongs to.
    pub integration: &'a IntegrationId,
    /// The provider's id and the name of the company that it is, or was last, connected to.
    pub company: Option<(&'a str, &'a str)>,
    /// The name of the person who did it.
    pub by: Option<&'a str>,
    /// When.
    pub at: Moment,
}

#[derive(Serialize)]
struct Body {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: Data,
}

#[derive(Serialize)]
struct Data {
    tenant: Value,
    connection: Value,
    by: Option<Value>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// The body: `{"type", "timestamp", "data": {"tenant", "connection", "by", ..}}`, in one line.
pub fn body(event: &Event, about: &About<'_>) -> serde_json::Result<String> {
    let (id, name) = about.tenant;
    let company = about.company.map(|(id, name)| json!({ "id": id, "name": name }));
    let integration = about.integration.as_str();
    serde_json::to_string(&Body {
        kind: Kind::of(event).word(),
        timestamp: rfc3339(about.at),
        data: Data {
            tenant: json!({ "id": id, "name": name }),
            connection: json!({ "id": about.connection, "integration": integration, "company": company }),
            by: about.by.map(|name| json!({ "name": name })),
            more: more(event),
        },
    })
}

/// What only events of this kind tell.
fn more(event: &Event) -> Map<String, Value> {
    let told = match event {
        Event::Connected { .. }
        | Event::Disconnected
        | Event::Revoked
        | Event::Paused
        | Event::Resumed
        | Event::Uninstalled => json!({}),
        Event::Upgraded { .. } => json!({ "upgraded": true }),
        Event::Expiring { at } => json!({ "expires_at": rfc3339(*at) }),
        Event::UpgradeRequired { deadline, .. } => json!({ "deadline": deadline.map(rfc3339) }),
        Event::NeedsAttention { problems } => json!({ "problems": problems }),
        Event::CompanyReplaced { before, .. } => json!({ "replaces": { "name": before } }),
        Event::ImportStarted { import } | Event::ImportCancelled { import } => json!({ "import": import }),
        Event::ImportDone { import, records } => json!({ "import": import, "records": records }),
        Event::ImportFailed { import, failed } => json!({ "import": import, "failed_lists": failed }),
        Event::ConfigurationSaved { version, changes } => json!({ "version": version, "changes": changes }),
        Event::ReconnectRequired { reason } => json!({ "reason": word(*reason) }),
    };
    match told {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn word(reason: ReconnectReason) -> &'static str {
    match reason {
        ReconnectReason::Refused => "refused",
        ReconnectReason::Interrupted => "interrupted",
        ReconnectReason::Expired => "expired",
        ReconnectReason::Unreadable => "unreadable",
        ReconnectReason::Forbidden => "forbidden",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(event: &Event, company: Option<(&str, &str)>, by: Option<&str>) -> String {
        let integration = IntegrationId::new("quickbooks-online").expect("an id");
        let at = Moment(1_764_000_000_000);
        let (tenant, connection) = (("4711", "Harbour & Sons Ltd"), Some("0a1b"));
        let about = About { tenant, connection, integration: &integration, company, by, at };
        body(event, &about).expect("JSON")
    }

    #[test]
    fn a_body_has_type_timestamp_and_data() {
        let event = Event::ConfigurationSaved { version: 3, changes: 14 };
        let company = Some(("9341", "Harbourside Supplies"));
        // Read again, because the order of fields is nobody's business.
        let body: Value = serde_json::from_str(&told(&event, company, Some("Ada Marsh"))).expect("JSON");
        let connection = json!({
            "id": "0a1b", "integration": "quickbooks-online",
            "company": { "id": "9341", "name": "Harbourside Supplies" },
        });
        let tenant = json!({ "id": "4711", "name": "Harbour & Sons Ltd" });
        let data = json!({
            "tenant": tenant, "connection": connection, "by": { "name": "Ada Marsh" }, "changes": 14, "version": 3,
        });
        let expected =
            json!({ "type": "configuration.saved", "timestamp": "2025-11-24T16:00:00Z", "data": data });
        assert_eq!(body, expected);
        let nobody = told(&Event::Revoked, None, None);
        assert!(nobody.contains(r#""company":null"#) && nobody.contains(r#""by":null"#), "{nobody}");
    }

    #[test]
    fn another_company_is_a_connection_that_says_what_it_replaces() {
        let event = Event::CompanyReplaced { before: "Old".to_owned(), now: "New".to_owned() };
        let body = told(&event, Some(("1", "New")), None);
        assert!(body.contains(r#""type":"connection.connected""#), "{body}");
        assert!(body.contains(r#""replaces":{"name":"Old"}"#), "{body}");
    }

    #[test]
    fn an_upgrade_is_a_connection_that_says_so() {
        let body = told(&Event::Upgraded { company: "New".to_owned() }, Some(("1", "New")), None);
        assert!(body.contains(r#""type":"connection.connected""#), "{body}");
        assert!(body.contains(r#""upgraded":true"#), "{body}");
    }

    #[test]
    fn every_kind_is_known_by_its_word() {
        for kind in Kind::ALL {
            assert_eq!(kind.word().parse(), Ok(kind));
        }
        let told = "connection.lost".parse::<Kind>().expect_err("no kind").to_string();
        assert!(told.contains("\"connection.lost\" is no event; there are connection.connected, "), "{told}");
    }
}
