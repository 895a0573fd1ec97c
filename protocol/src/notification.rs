//! Entries of the tray: durable, in sequence, kept per tenant with a read mark per visitor.

use serde::{Deserialize, Serialize};

use crate::ids::{EventSeq, ImportId, IntegrationId, Moment};
use crate::store::ReconnectReason;

/// The last notifications and how many are unread.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tray {
    /// Newest first.
    pub latest: Vec<Notification>,
    /// Unread by this visitor, over all that are kept.
    pub unread: u32,
    /// The newest event of the tenant: the cursor of the next hello.
    pub cursor: EventSeq,
}

/// One entry of the tray.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Its place in the log.
    pub seq: EventSeq,
    /// When it happened.
    pub at: Moment,
    /// What it is about.
    pub integration: IntegrationId,
    /// What happened.
    pub event: Event,
    /// Who did it; none when nobody did.
    pub by: Option<String>,
    /// This visitor has read it.
    pub read: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Connected to a company.
    Connected {
        /// Its name.
        company: String,
    },
    /// Switched off; settings are kept.
    Disconnected,
    /// The provider confirmed that the token is revoked.
    Revoked,
    /// An import began.
    ImportStarted {
        /// Which run.
        import: ImportId,
    },
    /// An import read everything.
    ImportDone {
        /// Which run.
        import: ImportId,
        /// Records read over all lists.
        records: u32,
    },
    /// An import ended with failed lists.
    ImportFailed {
        /// Which run.
        import: ImportId,
        /// How many lists failed.
        failed: u32,
    },
    /// An import was stopped by a person.
    ImportCancelled {
        /// Which run.
        import: ImportId,
    },
    /// A configuration was saved.
    ConfigurationSaved {
        /// Its version.
        version: u32,
        /// How many settings and mappings changed.
        changes: u32,
    },
    /// The provider no longer accepts our sign-in.
    ReconnectRequired {
        /// Why.
        reason: ReconnectReason,
    },
    /// Another company was connected; the old mappings are archived.
    CompanyReplaced {
        /// The company of the archived mappings.
        before: String,
        /// The company connected now.
        now: String,
    },
    /// Stopped, with its tokens kept: by a person, or by nobody when the provider's subscription has ended.
    Paused,
    /// Goes on.
    Resumed,
    /// The provider ends the connection soon unless somebody reconnects.
    Expiring {
        /// When it ends.
        at: Moment,
    },
    /// Erased with its records, mappings and configuration.
    Uninstalled,
    /// A connection made under OAuth 1.0a must be made again.
    UpgradeRequired {
        /// The company it is connected to.
        company: String,
        /// After this it stops working.
        deadline: Option<Moment>,
    },
    /// A connection made under OAuth 1.0a goes on under OAuth 2.0, with every setting and mapping.
    Upgraded {
        /// Its company.
        company: String,
    },
    /// Works, with so many problems.
    NeedsAttention {
        /// How many.
        problems: u32,
    },
}
