//! The audit log as an organisation's people read it: who did what, when, and from where.

use serde::{Deserialize, Serialize};

use crate::ids::{AuditSeq, Moment};

/// Lines of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AuditKind {
    /// Connecting, disconnecting, what became of tokens.
    Connections,
    /// Imports that somebody started or stopped.
    Imports,
    /// Saved configurations.
    Configuration,
    /// Signing in and out, links and sessions, what was denied.
    Access,
    /// What the portal and its operator did besides.
    Other,
}

impl AuditKind {
    /// Every kind, in the order of the screen.
    pub const ALL: [Self; 5] =
        [Self::Connections, Self::Imports, Self::Configuration, Self::Access, Self::Other];
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuditActor {
    /// A person of the organisation, by name; by the portal's id when the person is gone.
    Person(String),
    /// The portal's backend.
    Portal,
    /// The portal's operator, at the command line.
    Operator,
    /// The proxy by itself.
    Proxy,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Its place in the log.
    pub seq: AuditSeq,
    /// When.
    pub at: Moment,
    /// Who.
    pub by: AuditActor,
    /// What, such as `connection.connected`.
    pub action: String,
    /// To what: a name.
    pub object: String,
    /// From which address; none when nobody knows, or this visitor may not.
    pub whence: Option<String>,
}

/// A part of the log as CSV (RFC 4180), the newest line first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditCsv {
    /// Whole rows; the first part begins with the heading.
    pub text: String,
    /// Ask for the next part with this; none after the last.
    pub next: Option<AuditSeq>,
}
