//! One message of every variant, filled with what the real ones carry.

use protocol::audit::{AuditActor, AuditCsv, AuditKind, AuditLine};
use protocol::health::{ConnectionTest, Revocation, TestFault};
use protocol::ids::{ArticleId, AuditSeq, EventSeq, ImportId, IntegrationId, Moment, PortalId, Revision};
use protocol::import::{
    ImportCause, ImportFault, ImportSnapshot, ImportState, List, ListProgress, ListState, Outcome, Reading,
    Trigger, Waiting,
};
use protocol::mapping::{
    MappingChoice, MappingQuery, MappingRow, MappingState, MappingTable, MappingWindow, Reason, Source,
    TableCounts,
};
use protocol::message::{
    Answer, Auth, ClientMessage, Fault, FaultKind, Hello, Intent, ServerMessage, Welcome,
};
use protocol::notification::{Event, Notification, Tray};
use protocol::record::{
    ChangeKind, ChangedIn, Record, RecordChange, RecordColumn, RecordOrder, RecordQuery, RecordWindow,
};
use protocol::schema::{
    Change, ChosenRecord, Configuration, Draft, Field, FieldEntry, FieldKind, FieldValue, Problem,
    ProblemCause, SaveConflict, Section,
};
use protocol::store::{
    Company, CompanyDecision, CompanySettings, ConnectFailure, Connection, ConnectionState, Integration,
    ListAge, Permissions, Session, Snapshot, Stamp, TaxMode,
};

const AT: Moment = Moment(1_764_000_000_000);

fn text(text: &str) -> String {
    text.to_owned()
}

fn integration() -> IntegrationId {
    IntegrationId::new("quickbooks-online").unwrap()
}

fn stamp() -> Stamp {
    Stamp { by: text("Zoë Bookkeeper"), at: AT }
}

fn draft() -> Draft {
    let table = MappingTable::Customers;
    Draft {
        base: 3,
        changes: vec![
            Change::Field { key: text("sales_account"), value: Some(FieldValue::Record(text("79"))) },
            Change::Map { table, source: text("C-0042"), choice: MappingChoice::Link(text("24")) },
            Change::AcceptSuggestions { table, at_least: 95 },
        ],
    }
}

fn record() -> Record {
    Record {
        id: text("79"),
        name: text("Freeman Sporting Goods:55 Twin Lane"),
        number: None,
        detail: Some(text("freeman@example.com")),
        active: true,
        vanished: false,
        change: Some(RecordChange {
            import: ImportId(7),
            kind: ChangeKind::Renamed,
            name_before: Some(text("Freeman:55 Twin Lane")),
        }),
        link: Some(text("https://qbo.example/app/customerdetail?nameId=79")),
    }
}

fn counts() -> TableCounts {
    TableCounts {
        table: MappingTable::Customers,
        states: vec![(MappingState::Suggested, 120), (MappingState::Unmatched, 80)],
        scores: vec![(100, 90), (92, 30)],
    }
}

fn row() -> MappingRow {
    MappingRow {
        source: Source {
            id: text("C-0042"),
            name: text("Freeman Sporting Goods Ltd"),
            code: Some(text("FREE")),
            detail: Some(text("freeman@example.com")),
        },
        state: MappingState::Suggested,
        target: Some(record()),
        score: 100,
        reasons: vec![Reason::Email, Reason::Name],
        by: None,
        rate_mismatch: false,
    }
}

fn configuration() -> Configuration {
    Configuration {
        version: 3,
        saved: Some(stamp()),
        sections: vec![Section {
            key: text("accounts"),
            title: text("Default accounts"),
            help: text("Where sales are booked."),
            fields: vec![Field {
                key: text("sales_account"),
                label: text("Sales"),
                help: text("An income account."),
                kind: FieldKind::Picker { list: List::Accounts, kinds: vec![text("Income")] },
                required: true,
                depends_on: None,
            }],
        }],
        values: vec![FieldEntry { key: text("sales_account"), value: FieldValue::Record(text("79")) }],
        chosen: vec![ChosenRecord { list: List::Accounts, record: record() }],
        tables: vec![counts()],
        problems: vec![Problem {
            key: text("customers"),
            blocks: true,
            cause: ProblemCause::Undecided,
            count: 80,
        }],
        draft: Some(draft()),
    }
}

fn connection() -> Connection {
    Connection {
        integration: integration(),
        revision: Revision(12),
        state: ConnectionState::Authorizing { seen: true, expires: AT },
        company: Some(Company {
            name: text("Craig's Design"),
            legal_name: None,
            country: Some(text("US")),
            home_currency: Some(text("USD")),
            edition: Some(text("QuickBooks Online Plus")),
            settings: CompanySettings {
                multi_currency: Some(true),
                classes: Some(false),
                locations: None,
                custom_numbers: Some(true),
                tax: Some(TaxMode::Automated),
                closed_until: Some(text("2025-12-31")),
                year_begins: Some(text("January")),
            },
            id_tail: text("0753"),
        }),
        decision: Some(CompanyDecision {
            before: text("Craig's Design"),
            chosen: text("Thistle & Co"),
            mine: true,
            expires: AT,
        }),
        settings_kept: true,
        connected: Some(stamp()),
        last_failure: Some(ConnectFailure::Cancelled),
        lists: vec![ListAge { list: List::Accounts, count: 90, at: Some(AT) }],
        saved: Some(stamp()),
        environment: text("local"),
        subscription_ended: false,
        idle_end: Some(AT),
        hard_end: None,
        revocation: Some(Revocation::Waits { next: AT }),
    }
}

fn progress(list: List, state: ListState) -> ListProgress {
    ListProgress {
        list,
        state,
        done: 90,
        total: Some(200),
        reading: Reading::Whole,
        per_second: Some(450),
        outcome: Outcome { added: 80, changed: 5, renamed: 2, unchanged: 3, vanished: 1, unreadable: 1 },
    }
}

fn import() -> ImportSnapshot {
    let fault = ImportFault {
        cause: ImportCause::Unreachable,
        code: Some(text("3001")),
        trace: Some(text("1-65a5-0b")),
    };
    ImportSnapshot {
        import: ImportId(7),
        integration: integration(),
        revision: Revision(41),
        state: ImportState::Running,
        trigger: Trigger::Person,
        started: AT,
        finished: None,
        lists: vec![
            progress(List::Accounts, ListState::Running),
            progress(List::Customers, ListState::Failed(fault)),
        ],
        waiting: Some(Waiting::Limit { until: AT }),
        seconds_left: Some(12),
    }
}

fn notification() -> Notification {
    Notification {
        seq: EventSeq(1_000_001),
        at: AT,
        integration: integration(),
        event: Event::Connected { company: text("Craig's Design") },
        by: Some(text("Zoë Bookkeeper")),
        read: false,
    }
}

fn audit_line() -> AuditLine {
    AuditLine {
        seq: AuditSeq(70),
        at: AT,
        by: AuditActor::Person(text("Zoë Bookkeeper")),
        action: text("connection.connected"),
        object: text("quickbooks-online"),
        whence: Some(text("192.0.2.7")),
    }
}

fn session() -> Session {
    Session {
        portal: PortalId::new("demo").unwrap(),
        portal_name: text("Demo Stock"),
        return_url: Some(text("http://portal.localhost:4100/")),
        organisation: text("Riverside Cycles"),
        visitor: text("Zoë Bookkeeper"),
        permissions: Permissions { view: true, configure: true, connect: false, import: true },
        ends: AT,
    }
}

fn snapshot() -> Snapshot {
    Snapshot {
        session: session(),
        integrations: vec![Integration {
            id: integration(),
            name: text("QuickBooks Online"),
            category: text("Accounting"),
            summary: text("Send sales to your books."),
            description: vec![text("Two paragraphs."), text("The second.")],
            logo: text("quickbooks.svg"),
            access: vec![text("Read accounts and taxes")],
            article: Some(ArticleId::new("quickbooks-oauth2").unwrap()),
        }],
        connections: vec![connection()],
        imports: vec![import()],
        tray: Tray { latest: vec![notification()], unread: 1, cursor: EventSeq(1_000_001) },
    }
}

/// What the store says.
pub(crate) fn client() -> Vec<ClientMessage> {
    let hello =
        |auth, cursor, portal| ClientMessage::Hello(Hello { build: text("0.1.0-abc"), auth, cursor, portal });
    let portal = PortalId::new("demo").unwrap();
    let mut all = vec![
        hello(Auth::Cookie, None, None),
        hello(Auth::Token(text("token")), None, Some(portal.clone())),
        hello(Auth::Resume(text("resume")), Some(EventSeq(9)), Some(portal)),
    ];
    all.extend(intents().into_iter().map(ClientMessage::Intent));
    all.push(ClientMessage::Renew { token: text("token") });
    all
}

fn intents() -> Vec<Intent> {
    let integration = integration();
    let of = || integration.clone();
    let query = MappingQuery {
        table: MappingTable::Customers,
        search: text("free"),
        state: Some(MappingState::Suggested),
        drafted: true,
        offset: 200,
        limit: 200,
    };
    let import = ImportId(7);
    vec![
        Intent::PrepareConnect { integration: of() },
        Intent::CancelConnect { integration: of() },
        Intent::DecideCompany { integration: of(), replace: true },
        Intent::Disconnect { integration: of() },
        Intent::StartImport { integration: of(), lists: vec![List::Accounts] },
        Intent::CancelImport { import },
        Intent::RetryImport { import },
        Intent::OpenConfiguration { integration: of() },
        Intent::KeepDraft { integration: of(), draft: Some(draft()) },
        Intent::SaveConfiguration { integration: of(), draft: draft() },
        Intent::ReadRecords {
            integration: of(),
            query: RecordQuery {
                list: List::Accounts,
                search: text("sal"),
                kinds: vec![text("Income")],
                all: false,
                changed_in: Some(ChangedIn { import, kind: Some(ChangeKind::Renamed) }),
                order: RecordOrder { by: RecordColumn::Number, descending: true },
                offset: 0,
                limit: 50,
            },
        },
        Intent::ReadMappings { integration: of(), query },
        Intent::MarkRead { upto: EventSeq(9) },
        Intent::ReadActivity { integration: of(), before: Some(EventSeq(9)), limit: 50 },
        Intent::MarkOneRead { seq: EventSeq(8) },
        Intent::ReadAudit { kind: Some(AuditKind::Access), before: Some(AuditSeq(70)), limit: 50 },
        Intent::ExportAudit { kind: None, before: None },
        Intent::Pause { integration: of() },
        Intent::Resume { integration: of() },
        Intent::Uninstall { integration: of(), typed: text("QuickBooks Online") },
        Intent::TestConnection { integration: of() },
        Intent::ExportConfiguration { integration: of(), after: Some(text("customers:C-0042")) },
    ]
}

fn answers() -> Vec<Answer> {
    let conflict = SaveConflict { version: 4, saved: stamp(), theirs: draft().changes };
    vec![
        Answer::Nothing,
        Answer::Ticket(text("ticket")),
        Answer::Import(ImportId(7)),
        Answer::Configuration(Box::new(configuration())),
        Answer::Saved(Box::new(configuration())),
        Answer::Conflict(Box::new(conflict)),
        Answer::Records(RecordWindow { total: 90, offset: 0, rows: vec![record()] }),
        Answer::Mappings(MappingWindow { total: 200, offset: 0, counts: counts(), rows: vec![row()] }),
        Answer::Activity(vec![notification()]),
        Answer::Audit(vec![audit_line()]),
        Answer::AuditCsv(AuditCsv { text: text("\"time\"\r\n"), next: Some(AuditSeq(69)) }),
        Answer::Tested(ConnectionTest {
            company: None,
            fault: Some(TestFault::Forbidden),
            code: Some(text("3100")),
            trace: Some(text("1-65a5-0b")),
            reference: text("req-1"),
        }),
        Answer::Exported { csv: text("what,id\r\n"), next: Some(text("customers:")) },
    ]
}

/// What the proxy says.
pub(crate) fn server() -> Vec<ServerMessage> {
    let mut all = vec![
        ServerMessage::Welcome(Box::new(Welcome {
            resume: Some(text("resume")),
            snapshot: snapshot(),
            events: vec![notification()],
        })),
        ServerMessage::OtherBuild { build: text("0.2.0-def") },
        ServerMessage::Failed(Fault { kind: FaultKind::NotNow, reference: text("req-1") }),
        ServerMessage::Connection(Box::new(connection())),
        ServerMessage::Import(import()),
        ServerMessage::Notification(notification()),
        ServerMessage::Unread { count: 2, upto: EventSeq(7), also: vec![EventSeq(9)] },
        ServerMessage::Session(Box::new(session())),
        ServerMessage::SessionEnded,
    ];
    all.extend(answers().into_iter().map(ServerMessage::Done));
    all
}
