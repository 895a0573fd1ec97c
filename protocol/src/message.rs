//! What each side says.

mod answer;

pub use answer::Answer;
use serde::{Deserialize, Serialize};

use crate::audit::AuditKind;
use crate::ids::{AuditSeq, EventSeq, ImportId, IntegrationId, PortalId};
use crate::import::{ImportSnapshot, List};
use crate::mapping::MappingQuery;
use crate::notification::Notification;
use crate::record::RecordQuery;
use crate::schema::Draft;
use crate::store::{Connection, Session, Snapshot};

/// From the store to the proxy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientMessage {
    /// The first message of every socket.
    Hello(Hello),
    /// A wish; answered once.
    Intent(Intent),
    /// Makes a session of a frame last longer. Answered once, by [`Answer::Nothing`] or a fault.
    Renew {
        /// A fresh session token of the same portal, organisation and person, used up in any case.
        token: String,
    },
}

/// The first message of a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Build of the store.
    pub build: String,
    /// How this socket proves its session.
    pub auth: Auth,
    /// The newest event already known; the answer brings those after it.
    pub cursor: Option<EventSeq>,
    /// The portal whose frame this is; none at top level. A token or resume secret of another portal
    /// is refused.
    pub portal: Option<PortalId>,
}

/// How a socket proves its session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Auth {
    /// By the session cookie of the upgrade request.
    Cookie,
    /// By a session token, good for one hello.
    Token(String),
    /// By the resume secret of the newest welcome, good for one hello. An older one ends the session.
    Resume(String),
}

/// What a visitor wants. Rights are checked at each one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intent {
    /// A ticket for `POST /connect/{integration}`. Answered by [`Answer::Ticket`].
    PrepareConnect {
        /// Which integration.
        integration: IntegrationId,
    },
    /// Gives up a pending attempt.
    CancelConnect {
        /// Which integration.
        integration: IntegrationId,
    },
    /// Answers the company guard.
    DecideCompany {
        /// Which integration.
        integration: IntegrationId,
        /// True connects and archives the old mappings; false drops the new company.
        replace: bool,
    },
    /// Switches off: calls stop, the token is revoked, settings are kept.
    Disconnect {
        /// Which integration.
        integration: IntegrationId,
    },
    /// Reads lists again; all of them when none is named. Answered by [`Answer::Import`].
    StartImport {
        /// Which integration.
        integration: IntegrationId,
        /// Which lists.
        lists: Vec<List>,
    },
    /// Stops a running import; what is read is kept.
    CancelImport {
        /// Which run.
        import: ImportId,
    },
    /// Reads the failed lists of an ended import again, in a run of their own.
    RetryImport {
        /// Which run.
        import: ImportId,
    },
    /// Answered by [`Answer::Configuration`].
    OpenConfiguration {
        /// Which integration.
        integration: IntegrationId,
    },
    /// Keeps unsaved changes on the server; none drops them.
    KeepDraft {
        /// Which integration.
        integration: IntegrationId,
        /// The changes.
        draft: Option<Draft>,
    },
    /// Saves changes made on `draft.base`. Answered by [`Answer::Saved`] or [`Answer::Conflict`].
    SaveConfiguration {
        /// Which integration.
        integration: IntegrationId,
        /// The changes.
        draft: Draft,
    },
    /// Answered by [`Answer::Records`].
    ReadRecords {
        /// Which integration.
        integration: IntegrationId,
        /// Which records.
        query: RecordQuery,
    },
    /// Answered by [`Answer::Mappings`].
    ReadMappings {
        /// Which integration.
        integration: IntegrationId,
        /// Which rows.
        query: MappingQuery,
    },
    /// Marks notifications up to and including this one as read, for this visitor.
    MarkRead {
        /// The newest one read.
        upto: EventSeq,
    },
    /// Older notifications of one integration (Activity). Answered by [`Answer::Activity`].
    ReadActivity {
        /// Which integration.
        integration: IntegrationId,
        /// Only those before this one; the newest when none.
        before: Option<EventSeq>,
        /// Rows wanted, at most [`crate::WINDOW_LIMIT`].
        limit: u16,
    },
    /// Marks one notification as read, for this visitor.
    MarkOneRead {
        /// Which one.
        seq: EventSeq,
    },
    /// Older lines of the organisation's audit log. Answered by [`Answer::Audit`].
    ReadAudit {
        /// Only of this kind.
        kind: Option<AuditKind>,
        /// Only those before this one; the newest when none.
        before: Option<AuditSeq>,
        /// Rows wanted, at most [`crate::WINDOW_LIMIT`].
        limit: u16,
    },
    /// A part of the audit log as a file; the first part leaves a line there itself. Answered by
    /// [`Answer::AuditCsv`].
    ExportAudit {
        /// Only of this kind.
        kind: Option<AuditKind>,
        /// Only those before this one; the newest when none.
        before: Option<AuditSeq>,
    },
    /// Stops everything and keeps the tokens: nothing is read or sent until somebody lets it go on.
    Pause {
        /// Which integration.
        integration: IntegrationId,
    },
    /// Lets a paused connection go on.
    Resume {
        /// Which integration.
        integration: IntegrationId,
    },
    /// Erases the connection with its records, mappings and settings, and revokes its token.
    Uninstall {
        /// Which integration.
        integration: IntegrationId,
        /// The name of the integration or of its company, as the person typed it.
        typed: String,
    },
    /// Reads the company once. Answered by [`Answer::Tested`].
    TestConnection {
        /// Which integration.
        integration: IntegrationId,
    },
    /// A part of the saved settings and mappings, as CSV. Answered by [`Answer::Exported`].
    ExportConfiguration {
        /// Which integration.
        integration: IntegrationId,
        /// Where the part before ended; none for the first.
        after: Option<String>,
    },
}

/// From the proxy to the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerMessage {
    /// Answers a hello.
    Welcome(Box<Welcome>),
    /// Answers a hello of another build: reload once, then say so.
    OtherBuild {
        /// Build of the proxy.
        build: String,
    },
    /// The intent of the envelope's id was done.
    Done(Answer),
    /// The intent of the envelope's id, or the hello, was not done.
    Failed(Fault),
    /// A connection changed.
    Connection(Box<Connection>),
    /// An import moved on.
    Import(ImportSnapshot),
    /// Something happened; also changes the unread count by one unless it is read.
    Notification(Notification),
    /// Read marks changed, perhaps in another tab.
    Unread {
        /// How many are unread.
        count: u32,
        /// All up to this one are read.
        upto: EventSeq,
        /// Read one by one above `upto`.
        also: Vec<EventSeq>,
    },
    /// The session ended; the socket closes after this.
    SessionEnded,
    /// The session changed: it lasts longer, or its portal or organisation has another name.
    Session(Box<Session>),
}

/// Answers a hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// For the hello of a reconnect; none for cookie sessions.
    pub resume: Option<String>,
    /// All that this visitor may see.
    pub snapshot: Snapshot,
    /// Events after the cursor of the hello, oldest first; empty without a usable cursor.
    pub events: Vec<Notification>,
}

/// Why a message came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What kind, for choosing the words.
    pub kind: FaultKind,
    /// Our request id, for support.
    pub reference: String,
}

/// What kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FaultKind {
    /// The session is unknown, ended or used up: a new one is needed.
    SessionInvalid,
    /// The visitor lacks the right.
    NotAllowed,
    /// No such thing for this visitor.
    NotFound,
    /// The message could not be read.
    Unreadable,
    /// The message breaks a rule of its fields.
    Invalid,
    /// It does not fit the state at this moment, for example a save while disconnected.
    NotNow,
    /// Too many messages; try again later.
    TooMany,
    /// The provider could not be reached.
    ProviderUnreachable,
    /// Our own fault.
    Internal,
}
