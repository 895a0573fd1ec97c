//! Words of the audit log.

use protocol::audit::{AuditActor, AuditKind};

/// Heading.
pub const TITLE: &str = "Audit log";
/// Under it.
pub const HELP: &str = "Who did what in your organisation, when, and from where.";
/// Names the table.
pub const TABLE: &str = TITLE;
/// Names the filter.
pub const SHOW: &str = "Show";
/// No filter.
pub const ALL: &str = "All";
/// Downloads.
pub const DOWNLOAD: &str = "Download CSV";
/// The file was given to the browser.
pub const SAVED: &str = "Downloaded as audit-log.csv.";
/// The browser would not take the file.
pub const NOT_SAVED: &str = "Your browser did not take the file. Allow downloads and try again.";
/// The file's name.
pub const FILE: &str = "audit-log.csv";
/// Nothing there.
pub const EMPTY: &str = "Nothing of this kind has happened.";
/// Column: time.
pub const WHEN: &str = "When";
/// Column: person.
pub const WHO: &str = "Who";
/// Column: action.
pub const WHAT: &str = "What";

/// From which address.
pub fn from(address: &str) -> String {
    ["from ", address].concat()
}

/// A kind.
pub fn kind(kind: AuditKind) -> &'static str {
    match kind {
        AuditKind::Connections => "Connections",
        AuditKind::Imports => "Imports",
        AuditKind::Configuration => "Configuration",
        AuditKind::Access => "Access",
        AuditKind::Other => "Other",
    }
}

/// Who did it.
pub fn actor(actor: &AuditActor, portal: &str) -> String {
    match actor {
        AuditActor::Person(name) => name.clone(),
        AuditActor::Portal => portal.to_owned(),
        AuditActor::Operator => "The operator of the store".to_owned(),
        AuditActor::Proxy => "The store".to_owned(),
    }
}

/// What was done; a word that is newer than this store stands as it is.
pub fn action(word: &str) -> &str {
    match word {
        "connection.connected" => "Connected",
        "connection.disconnected" => "Disconnected",
        "connection.paused" => "Paused",
        "connection.resumed" => "Resumed",
        "connection.uninstalled" => "Uninstalled, data erased",
        "connection.reconnect_required" => "Sign-in lost",
        "legacy.loaded" => "OAuth 1.0 connection registered",
        "token.revoked" => "Sign-in ended",
        "token.read" => "Access token read",
        "token.used" => "Provider called",
        "import.started" => "Import started",
        "import.cancelled" => "Import cancelled",
        "configuration.saved" => "Configuration saved",
        "session.began" => "Signed in",
        "session.ended" => "Signed out",
        "session.made" => "Session handed out",
        "session.resume_refused" => "Session ended",
        "session.token_refused" => "Session token refused",
        "link.made" => "Link handed out",
        "access.denied" => "Access denied",
        "tenant.kept" => "Organisation registered",
        "records.kept" => "Records received",
        "records.removed" => "Records removed",
        "audit.exported" => "Audit log downloaded",
        other => other,
    }
}

/// To what it was done, after its action; empty where that says all. `name` knows integrations by their id,
/// which stands first in the line of whatever was done to one.
pub fn object(action: &str, object: &str, name: impl Fn(&str) -> Option<String>) -> String {
    match (action, object) {
        ("session.began", "link") => "by a link".to_owned(),
        ("session.began", "frame") => "inside the portal".to_owned(),
        ("session.ended" | "session.resume_refused" | "session.token_refused" | "audit.exported", _) => {
            String::new()
        }
        ("access.denied", right) => ["needs the right: ", right].concat(),
        ("link.made" | "session.made", person) => {
            ["for ", person.strip_prefix("visitor ").unwrap_or(person)].concat()
        }
        _ => of_integration(object, name),
    }
}

fn of_integration(object: &str, name: impl Fn(&str) -> Option<String>) -> String {
    let (id, rest) = object.split_at(object.find([':', ',']).unwrap_or(object.len()));
    let Some(name) = name(id) else {
        return object.to_owned();
    };
    let rest = match rest {
        ": revoked" => ": revoked there",
        ": dropped" => ": our copy was erased, the company is connected elsewhere",
        ": unreadable" => ": our copy could not be opened",
        other => other,
    };
    [&name, rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(action: &str, what: &str) -> String {
        let name = |id: &str| (id == "quickbooks-online").then(|| "QuickBooks Online".to_owned());
        object(action, what, name)
    }

    #[test]
    fn an_integration_is_called_by_its_name() {
        assert_eq!(shown("connection.connected", "quickbooks-online"), "QuickBooks Online");
        assert_eq!(
            shown("configuration.saved", "quickbooks-online: version 3"),
            "QuickBooks Online: version 3"
        );
        assert_eq!(
            shown("token.read", "quickbooks-online, 2 times since 2026-11-24T16:00:00Z"),
            "QuickBooks Online, 2 times since 2026-11-24T16:00:00Z"
        );
        assert_eq!(shown("token.revoked", "quickbooks-online: revoked"), "QuickBooks Online: revoked there");
        assert_eq!(shown("connection.connected", "another"), "another");
    }

    #[test]
    fn what_the_log_says_in_short_is_said_in_words() {
        assert_eq!(shown("session.began", "link"), "by a link");
        assert_eq!(shown("session.ended", "store"), "");
        assert_eq!(shown("link.made", "visitor u1"), "for u1");
        assert_eq!(shown("access.denied", "connect"), "needs the right: connect");
        assert_eq!(shown("records.kept", "taxes"), "taxes");
    }
}
