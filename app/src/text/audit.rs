//! Words of the audit log.

use protocol::audit::{AuditActor, AuditKind};

/// Heading.
pub const TITLE: &str = "Audit log";
/// Under it.
pub const HELP: &str = "Who did what, and when.";
/// Names the table.
pub const TABLE: &str = TITLE;
/// Names the filter.
pub const SHOW: &str = "Show";
/// No filter.
pub const ALL: &str = "All";
/// Downloads.
pub const DOWNLOAD: &str = "Download CSV";
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
        "connection.reconnect_required" => "Sign-in lost",
        "token.revoked" => "Sign-in revoked",
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
