//! One method per intent. Each waits for its answer, over a lost link if need be.

use std::time::Duration;

use futures_channel::oneshot;
use protocol::Envelope;
use protocol::audit::{AuditCsv, AuditKind, AuditLine};
use protocol::health::ConnectionTest;
use protocol::ids::{AuditSeq, EventSeq, ImportId, IntegrationId, RequestId};
use protocol::import::List;
use protocol::mapping::{MappingQuery, MappingWindow};
use protocol::message::{Answer, ClientMessage, Fault, FaultKind, Intent};
use protocol::notification::Notification;
use protocol::record::{RecordQuery, RecordWindow};
use protocol::schema::{Configuration, Draft, SaveConflict};

use super::{Command, Live};
use crate::browser::{clock, timer};

/// So long a page that asks for much lets others speak, when the proxy says that it was too much.
const PAUSE: Duration = Duration::from_secs(2);

/// What became of a save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// Saved, under this version.
    Done(Box<Configuration>),
    /// Somebody else saved in between.
    Conflict(Box<SaveConflict>),
}

/// An answer that this build does not expect for what it asked.
fn unexpected<T>(_: Answer) -> Result<T, Fault> {
    Err(Fault { kind: FaultKind::Unreadable, reference: String::new() })
}

impl Command {
    pub(super) fn intent(id: RequestId, intent: Intent) -> Self {
        Self::Say(Envelope::new(id, ClientMessage::Intent(intent)))
    }
}

impl Live {
    async fn ask(self, intent: Intent) -> Result<Answer, Fault> {
        let (waiter, answer) = oneshot::channel();
        let now = clock::now();
        self.core.update_value(|core| {
            let id = core.pending.add(intent.clone(), now, waiter);
            if core.link.stands() {
                // The receiver is the socket loop, which outlives every page.
                let _ = core.commands.unbounded_send(Command::intent(id, intent));
            }
        });
        answer.await.unwrap_or(Err(Fault { kind: FaultKind::SessionInvalid, reference: String::new() }))
    }

    /// Asks, and again after a while when that was one message too many.
    async fn ask_again(self, intent: Intent) -> Result<Answer, Fault> {
        loop {
            match self.ask(intent.clone()).await {
                Err(fault) if fault.kind == FaultKind::TooMany => timer::sleep(PAUSE).await,
                answer => return answer,
            }
        }
    }

    async fn wish(self, intent: Intent) -> Result<(), Fault> {
        self.ask(intent).await.map(drop)
    }

    /// Carries out a wish in the background and says so when it comes to nothing.
    pub fn act(self, wish: impl Future<Output = Result<(), Fault>> + 'static) {
        timer::spawn(async move {
            if let Err(fault) = wish.await {
                self.tell(fault);
            }
        });
    }

    /// A ticket for the form that begins connecting; good once within 60 s.
    pub async fn prepare_connect(self, integration: IntegrationId) -> Result<String, Fault> {
        match self.ask(Intent::PrepareConnect { integration }).await? {
            Answer::Ticket(ticket) => Ok(ticket),
            other => unexpected(other),
        }
    }

    /// Gives up a pending attempt.
    pub async fn cancel_connect(self, integration: IntegrationId) -> Result<(), Fault> {
        self.wish(Intent::CancelConnect { integration }).await
    }

    /// Answers the company guard.
    pub async fn decide_company(self, integration: IntegrationId, replace: bool) -> Result<(), Fault> {
        let intent = Intent::DecideCompany { integration, replace };
        self.wish(intent).await
    }

    /// Switches off; settings are kept.
    pub async fn disconnect(self, integration: IntegrationId) -> Result<(), Fault> {
        self.wish(Intent::Disconnect { integration }).await
    }

    /// Stops a connection and keeps its tokens.
    pub async fn pause(self, integration: IntegrationId) -> Result<(), Fault> {
        self.wish(Intent::Pause { integration }).await
    }

    /// Lets a paused connection go on.
    pub async fn resume(self, integration: IntegrationId) -> Result<(), Fault> {
        self.wish(Intent::Resume { integration }).await
    }

    /// Erases a connection with all that belongs to it; `typed` has to name it.
    pub async fn uninstall(self, integration: IntegrationId, typed: String) -> Result<(), Fault> {
        self.wish(Intent::Uninstall { integration, typed }).await
    }

    /// Reads the company once.
    pub async fn test_connection(self, integration: IntegrationId) -> Result<ConnectionTest, Fault> {
        match self.ask(Intent::TestConnection { integration }).await? {
            Answer::Tested(test) => Ok(test),
            other => unexpected(other),
        }
    }

    /// The saved settings and mappings as a file, asked for part by part.
    pub async fn export_configuration(self, integration: IntegrationId) -> Result<String, Fault> {
        let (mut file, mut after) = (String::new(), None);
        loop {
            let intent = Intent::ExportConfiguration { integration: integration.clone(), after };
            match self.ask_again(intent).await? {
                Answer::Exported { csv, next: None } => return Ok([file, csv].concat()),
                Answer::Exported { csv, next } => {
                    file.push_str(&csv);
                    after = next;
                }
                other => return unexpected(other),
            }
        }
    }

    /// Reads lists again, all when none is named.
    pub async fn start_import(self, integration: IntegrationId, lists: Vec<List>) -> Result<ImportId, Fault> {
        match self.ask(Intent::StartImport { integration, lists }).await? {
            Answer::Import(import) => Ok(import),
            other => unexpected(other),
        }
    }

    /// Stops a running import; what is read is kept.
    pub async fn cancel_import(self, import: ImportId) -> Result<(), Fault> {
        self.wish(Intent::CancelImport { import }).await
    }

    /// Reads the failed lists of an ended import again.
    pub async fn retry_import(self, import: ImportId) -> Result<(), Fault> {
        self.wish(Intent::RetryImport { import }).await
    }

    /// The configuration with everything needed to draw it.
    pub async fn open_configuration(self, integration: IntegrationId) -> Result<Configuration, Fault> {
        match self.ask(Intent::OpenConfiguration { integration }).await? {
            Answer::Configuration(configuration) => Ok(*configuration),
            other => unexpected(other),
        }
    }

    /// Keeps unsaved changes on the server; none drops them.
    pub async fn keep_draft(self, integration: IntegrationId, draft: Option<Draft>) -> Result<(), Fault> {
        self.wish(Intent::KeepDraft { integration, draft }).await
    }

    /// Saves changes made on `draft.base`.
    pub async fn save_configuration(self, integration: IntegrationId, draft: Draft) -> Result<Saved, Fault> {
        match self.ask(Intent::SaveConfiguration { integration, draft }).await? {
            Answer::Saved(configuration) => Ok(Saved::Done(configuration)),
            Answer::Conflict(conflict) => Ok(Saved::Conflict(conflict)),
            other => unexpected(other),
        }
    }

    /// A window of imported records.
    pub async fn read_records(
        self,
        integration: IntegrationId,
        query: RecordQuery,
    ) -> Result<RecordWindow, Fault> {
        match self.ask(Intent::ReadRecords { integration, query }).await? {
            Answer::Records(window) => Ok(window),
            other => unexpected(other),
        }
    }

    /// A window of mapping rows.
    pub async fn read_mappings(
        self,
        integration: IntegrationId,
        query: MappingQuery,
    ) -> Result<MappingWindow, Fault> {
        match self.ask(Intent::ReadMappings { integration, query }).await? {
            Answer::Mappings(window) => Ok(window),
            other => unexpected(other),
        }
    }

    /// Marks everything up to and including this one as read.
    pub async fn mark_read(self, upto: EventSeq) -> Result<(), Fault> {
        self.wish(Intent::MarkRead { upto }).await
    }

    /// Marks one notification as read.
    pub async fn mark_one_read(self, seq: EventSeq) -> Result<(), Fault> {
        self.wish(Intent::MarkOneRead { seq }).await
    }

    /// Older notifications of one integration, newest first.
    pub async fn read_activity(
        self,
        integration: IntegrationId,
        before: Option<EventSeq>,
        limit: u16,
    ) -> Result<Vec<Notification>, Fault> {
        let intent = Intent::ReadActivity { integration, before, limit };
        match self.ask(intent).await? {
            Answer::Activity(entries) => Ok(entries),
            other => unexpected(other),
        }
    }

    /// Older lines of the organisation's audit log, newest first.
    pub async fn read_audit(
        self,
        kind: Option<AuditKind>,
        before: Option<AuditSeq>,
        limit: u16,
    ) -> Result<Vec<AuditLine>, Fault> {
        match self.ask(Intent::ReadAudit { kind, before, limit }).await? {
            Answer::Audit(lines) => Ok(lines),
            other => unexpected(other),
        }
    }

    /// A part of the audit log as a file.
    pub async fn export_audit(
        self,
        kind: Option<AuditKind>,
        before: Option<AuditSeq>,
    ) -> Result<AuditCsv, Fault> {
        match self.ask(Intent::ExportAudit { kind, before }).await? {
            Answer::AuditCsv(part) => Ok(part),
            other => unexpected(other),
        }
    }
}
