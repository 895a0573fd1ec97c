//! What may be said on a socket, by whom. A new message does not compile without its row here, and fails
//! without its sample.

use std::collections::BTreeSet;

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::audit::AuditCsv;
use protocol::ids::RequestId;
use protocol::import::List;
use protocol::mapping::{MappingQuery, MappingTable};
use protocol::message::{Answer, Auth, ClientMessage, FaultKind, Hello, Intent, ServerMessage, Welcome};
use protocol::record::{RecordOrder, RecordQuery};
use protocol::schema::{Change, Draft, FieldValue};
use protocol::{Envelope, decode_json, encode_json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::stage::{LOOKS, Look, Stage, Targets};
use super::{Caller, Verdict};
use crate::client::{BOUND, open, upgrade};
use crate::quick::qbo;
use crate::world::{ALL, Person};

/// Every message as the store may say it: the names of its golden files.
const GOLDEN: &str = include_str!("../../../../protocol/tests/golden/client.txt");

/// What a message came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Welcome,
    Done,
    Fault(FaultKind),
    /// The session is over.
    Over,
    /// Nothing but a close with this code.
    Closed(u16),
}

/// The same, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    Welcome(Box<Welcome>),
    Done(Answer),
    Fault(FaultKind),
    Over,
    Closed(u16),
}

impl Heard {
    pub(super) fn told(&self) -> Told {
        match self {
            Self::Welcome(_) => Told::Welcome,
            Self::Done(_) => Told::Done,
            Self::Fault(kind) => Told::Fault(*kind),
            Self::Over => Told::Over,
            Self::Closed(code) => Told::Closed(*code),
        }
    }

    /// Without what is another each time.
    pub(super) fn comparable(self) -> Self {
        match self {
            Self::Done(Answer::Ticket(_)) => Self::Done(Answer::Ticket(String::new())),
            Self::Welcome(welcome) => Self::Welcome(Box::new(Welcome { resume: None, ..*welcome })),
            // Its lines are those of whoever asks: what was denied so far, for one.
            Self::Done(Answer::Audit(_)) => Self::Done(Answer::Audit(Vec::new())),
            Self::Done(Answer::AuditCsv(_)) => {
                Self::Done(Answer::AuditCsv(AuditCsv { text: String::new(), next: None }))
            }
            other => other,
        }
    }

    /// Whatever of it a person can read.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Welcome(welcome) => serde_json::to_string(welcome).expect("JSON"),
            Self::Done(answer) => serde_json::to_string(answer).expect("JSON"),
            Self::Fault(_) | Self::Over | Self::Closed(_) => String::new(),
        }
    }
}

/// What becomes of a message, by who says it.
pub(super) struct Row {
    pub(super) name: &'static str,
    owner: Verdict<Told>,
    reader: Verdict<Told>,
    /// Of another organisation, of this portal or another.
    apart: Verdict<Told>,
    /// Whose session is over.
    over: Verdict<Told>,
    nobody: Verdict<Told>,
}

impl Row {
    pub(super) fn verdict(&self, caller: Caller) -> &Verdict<Told> {
        match caller {
            Caller::Owner => &self.owner,
            Caller::Reader => &self.reader,
            Caller::Neighbour | Caller::Rival => &self.apart,
            Caller::Expired | Caller::Disabled => &self.over,
            Caller::Nobody => &self.nobody,
        }
    }
}

/// The row of an intent: nobody's is closed before it is read, and an ended session is told so.
fn intent(name: &'static str, owner: Verdict<Told>, reader: Verdict<Told>, apart: Verdict<Told>) -> Row {
    let (over, nobody) = (Verdict::Still(Told::Over), Verdict::Still(Told::Closed(1008)));
    Row { name, owner, reader, apart, over, nobody }
}

/// The table. Nothing stands in it by default.
pub(super) fn row(message: &ClientMessage) -> Row {
    use FaultKind::{NotAllowed, NotFound, NotNow, SessionInvalid};
    use Verdict::{Apart, Asks, Done, Spent, Still};
    let refused = |kind| Still(Told::Fault(kind));
    let (done, looks) = (|| Done(Told::Done), || Still(Told::Done));
    let token: &[&str] = &["session_tokens"];
    let message = match message {
        ClientMessage::Hello(_) => {
            let (welcome, invalid) = (|| Still(Told::Welcome), || refused(SessionInvalid));
            return Row {
                name: "Hello",
                owner: welcome(),
                reader: welcome(),
                apart: welcome(),
                over: invalid(),
                nobody: invalid(),
            };
        }
        // Everybody brings the owner's token, which is used up in any case.
        ClientMessage::Renew { .. } => {
            let stolen = || Spent(Told::Fault(NotAllowed), token);
            let over = Spent(Told::Over, token);
            return Row { over, ..intent("Renew", done(), stolen(), stolen()) };
        }
        ClientMessage::Intent(intent) => intent,
    };
    let not_allowed = || refused(NotAllowed);
    match message {
        Intent::PrepareConnect { .. } => {
            intent("Intent PrepareConnect", done(), not_allowed(), Apart(Told::Done))
        }
        Intent::CancelConnect { .. } => {
            intent("Intent CancelConnect", done(), not_allowed(), refused(NotFound))
        }
        Intent::DecideCompany { .. } => {
            intent("Intent DecideCompany", done(), not_allowed(), refused(NotFound))
        }
        Intent::Disconnect { .. } => intent("Intent Disconnect", done(), not_allowed(), refused(NotFound)),
        Intent::StartImport { .. } => intent("Intent StartImport", done(), not_allowed(), refused(NotNow)),
        Intent::CancelImport { .. } => {
            intent("Intent CancelImport", done(), not_allowed(), refused(NotFound))
        }
        Intent::RetryImport { .. } => intent("Intent RetryImport", done(), not_allowed(), refused(NotFound)),
        Intent::OpenConfiguration { .. } => {
            intent("Intent OpenConfiguration", looks(), looks(), refused(NotNow))
        }
        Intent::KeepDraft { .. } => intent("Intent KeepDraft", done(), not_allowed(), refused(NotNow)),
        Intent::SaveConfiguration { .. } => {
            intent("Intent SaveConfiguration", done(), not_allowed(), refused(NotNow))
        }
        Intent::ReadRecords { .. } => intent("Intent ReadRecords", looks(), looks(), refused(NotNow)),
        Intent::ReadMappings { .. } => intent("Intent ReadMappings", looks(), looks(), refused(NotNow)),
        Intent::MarkRead { .. } => intent("Intent MarkRead", done(), done(), Apart(Told::Done)),
        Intent::ReadActivity { .. } => intent("Intent ReadActivity", looks(), looks(), looks()),
        Intent::MarkOneRead { .. } => intent("Intent MarkOneRead", done(), done(), refused(NotFound)),
        // Everybody reads the log of their own organisation; the line of a download stands in the log alone.
        Intent::ReadAudit { .. } => intent("Intent ReadAudit", looks(), looks(), looks()),
        Intent::ExportAudit { .. } => intent("Intent ExportAudit", looks(), looks(), looks()),
        Intent::Pause { .. } => intent("Intent Pause", done(), not_allowed(), refused(NotFound)),
        Intent::Resume { .. } => intent("Intent Resume", done(), not_allowed(), refused(NotFound)),
        Intent::Uninstall { .. } => intent("Intent Uninstall", done(), not_allowed(), refused(NotFound)),
        Intent::TestConnection { .. } => {
            intent("Intent TestConnection", Asks(Told::Done), not_allowed(), refused(NotFound))
        }
        Intent::ExportConfiguration { .. } => {
            intent("Intent ExportConfiguration", looks(), looks(), refused(NotNow))
        }
    }
}

/// A sample of each, in the order in which the owner may say them: what ends most comes last.
pub(super) fn samples(targets: &Targets) -> Vec<ClientMessage> {
    let (integration, lists) = (qbo, vec![List::Terms]);
    let Targets { import, seq, .. } = *targets;
    let value = Some(FieldValue::Record(targets.account.clone()));
    let draft = Draft { base: 1, changes: vec![Change::Field { key: "account-sales".into(), value }] };
    let (search, kinds) = (String::new(), Vec::new());
    let records = RecordQuery {
        list: List::Customers,
        search,
        kinds,
        all: true,
        changed_in: None,
        order: RecordOrder::default(),
        offset: 0,
        limit: 50,
    };
    let search = String::new();
    let mappings = MappingQuery {
        table: MappingTable::Customers,
        search,
        state: None,
        drafted: false,
        offset: 0,
        limit: 50,
    };
    let intents = [
        Intent::PrepareConnect { integration: integration() },
        Intent::OpenConfiguration { integration: integration() },
        Intent::ReadRecords { integration: integration(), query: records },
        Intent::ReadMappings { integration: integration(), query: mappings },
        Intent::ReadActivity { integration: integration(), before: Some(seq), limit: 50 },
        Intent::ReadAudit { kind: None, before: None, limit: 50 },
        Intent::ExportAudit { kind: None, before: None },
        Intent::ExportConfiguration { integration: integration(), after: None },
        Intent::TestConnection { integration: integration() },
        Intent::KeepDraft { integration: integration(), draft: Some(draft.clone()) },
        Intent::SaveConfiguration { integration: integration(), draft },
        Intent::MarkOneRead { seq },
        Intent::MarkRead { upto: seq },
        Intent::RetryImport { import },
        Intent::CancelImport { import },
        Intent::StartImport { integration: integration(), lists },
        Intent::CancelConnect { integration: integration() },
        Intent::DecideCompany { integration: integration(), replace: false },
        Intent::Pause { integration: integration() },
        Intent::Resume { integration: integration() },
        Intent::Disconnect { integration: integration() },
        Intent::Uninstall { integration: integration(), typed: "QuickBooks Online".into() },
    ];
    let hello = Hello { build: "dev".into(), auth: Auth::Cookie, cursor: Some(seq), portal: None };
    let renew = ClientMessage::Renew { token: targets.token.clone() };
    let others = [ClientMessage::Hello(hello), renew];
    others.into_iter().chain(intents.map(ClientMessage::Intent)).collect()
}

/// The names of all messages that there are.
pub(super) fn names() -> BTreeSet<&'static str> {
    GOLDEN.lines().filter_map(|line| line.strip_prefix("# ")).collect()
}

/// Says a message as a caller, in a fresh session; what came of it, and what was so before and after.
pub(super) async fn ask(stage: &Stage, caller: Caller, message: &ClientMessage) -> (Heard, Look, Look) {
    let rights = if caller == Caller::Reader { LOOKS } else { ALL };
    let mut person = stage.person(caller, rights, "").await;
    let cookie = Some(person.cookie.as_str()).filter(|_| caller != Caller::Nobody);
    let world = stage.world();
    let request = upgrade(world, cookie, Some(&world.running.url()));
    let mut socket = open(world, request).await.expect("the upgrade itself proves nothing");
    if !matches!(message, ClientMessage::Hello(_)) && caller != Caller::Nobody {
        let hello = hello(stage, caller, (&person, message)).await;
        let welcome = exchange(&mut socket, ClientMessage::Hello(hello)).await;
        assert_eq!(welcome.told(), Told::Welcome, "{caller:?}: {message:?}");
        // A token has begun a session of its own.
        person.session = stage.newest_session(person.tenant).await;
    }
    if caller != Caller::Reader {
        stage.weaken(caller, &person).await;
    }
    let before = stage.look(caller).await;
    let heard = exchange(&mut socket, message.clone()).await;
    (heard, before, stage.look(caller).await)
}

/// Only a frame can renew its session.
async fn hello(stage: &Stage, caller: Caller, (person, message): (&Person, &ClientMessage)) -> Hello {
    let plain = Hello { build: "dev".into(), auth: Auth::Cookie, cursor: None, portal: None };
    if !matches!(message, ClientMessage::Renew { .. }) {
        return plain;
    }
    let token = stage.token(person, if caller == Caller::Reader { LOOKS } else { ALL }).await;
    let portal = if caller == Caller::Rival { "rival" } else { crate::world::PORTAL };
    let portal = protocol::ids::PortalId::new(portal).expect("an id");
    Hello { auth: Auth::Token(token), portal: Some(portal), ..plain }
}

async fn exchange(socket: &mut WebSocketStream<TcpStream>, message: ClientMessage) -> Heard {
    let id = RequestId::new("cell").expect("an id");
    let said = Message::text(encode_json(&Envelope::new(id.clone(), message)));
    // It may be closed already; then that is what is heard.
    drop(socket.send(said).await);
    loop {
        let frame = tokio::time::timeout(BOUND, socket.next()).await.expect("heard within the bound");
        let text = match frame {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(frame))) => {
                return Heard::Closed(frame.map_or(1005, |frame| frame.code.into()));
            }
            Some(Ok(_)) => continue,
            Some(Err(_)) | None => return Heard::Closed(1006),
        };
        let envelope = decode_json::<ServerMessage>(&text).expect("a message");
        match envelope.message {
            ServerMessage::SessionEnded => return Heard::Over,
            ServerMessage::Welcome(welcome) => return Heard::Welcome(welcome),
            ServerMessage::Done(answer) if envelope.id.as_ref() == Some(&id) => return Heard::Done(answer),
            ServerMessage::Failed(fault) if envelope.id.as_ref() == Some(&id) => {
                return Heard::Fault(fault.kind);
            }
            _ => {}
        }
    }
}
