//! What an intent brings.

use serde::{Deserialize, Serialize};

use crate::audit::{AuditCsv, AuditLine};
use crate::health::ConnectionTest;
use crate::ids::ImportId;
use crate::mapping::MappingWindow;
use crate::notification::Notification;
use crate::record::RecordWindow;
use crate::schema::{Configuration, SaveConflict};

/// What an intent brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Done; what changed comes as state.
    Nothing,
    /// For the body of `POST /connect/{integration}`, good once within 60 s.
    Ticket(String),
    /// The run that serves this wish; pressing twice is one run.
    Import(ImportId),
    /// The configuration.
    Configuration(Box<Configuration>),
    /// Saved, under this version.
    Saved(Box<Configuration>),
    /// Not saved: somebody else saved in between.
    Conflict(Box<SaveConflict>),
    /// Records.
    Records(RecordWindow),
    /// Mapping rows.
    Mappings(MappingWindow),
    /// Notifications, newest first.
    Activity(Vec<Notification>),
    /// Lines of the audit log, newest first.
    Audit(Vec<AuditLine>),
    /// A part of the audit log as a file.
    AuditCsv(AuditCsv),
    /// What a test of the connection came to.
    Tested(ConnectionTest),
    /// A part of an export; the parts one after another are the file.
    Exported {
        /// Lines of CSV (RFC 4180), in which no cell begins a formula.
        csv: String,
        /// Names the next part; none after the last.
        next: Option<String>,
    },
}
