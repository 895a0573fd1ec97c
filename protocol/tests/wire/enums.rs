//! Every enum inside the messages, variant by variant. Adding a variant stops the compiler here.

use protocol::audit::{AuditActor, AuditKind};
use protocol::health::{Revocation, TestFault};
use protocol::ids::{EventSeq, ImportId, Moment};
use protocol::import::{
    ImportCause, ImportFault, ImportState, List, ListState, Reading, SkipReason, Trigger, Waiting,
};
use protocol::mapping::{MappingChoice, MappingState, MappingTable, Reason};
use protocol::message::{Auth, FaultKind};
use protocol::notification::Event;
use protocol::record::{ChangeKind, RecordColumn};
use protocol::schema::{Change, ChoiceOption, FieldKind, FieldValue, ProblemCause};
use protocol::store::{ConnectFailure, ConnectionState, ReconnectReason, TaxMode};
use protocol::{Envelope, encode, encode_json};
use serde::Serialize;

fn line<T: Serialize>(value: T) -> String {
    let envelope = Envelope::unasked(value);
    let json = encode_json(&envelope);
    let bare = json.strip_prefix(r#"{"id":null,"message":"#).and_then(|rest| rest.strip_suffix('}'));
    // The first byte is the absent id; the value follows it.
    let bytes = super::super::hex(&encode(&envelope)[1..]);
    format!("{bytes} {}\n", bare.unwrap_or(&json))
}

/// Lists one value per variant. The match, which is never run, makes the list complete: it has
/// exactly the variants of the list, and the compiler wants all.
macro_rules! all {
    ($into:ident, $kind:ident: $($pattern:pat => $value:expr,)*) => {{
        let _complete = |value: &$kind| match value { $($pattern => (),)* };
        let lines: String = [$($value,)*].into_iter().map(line::<$kind>).collect();
        $into.push(format!("# {}\n{lines}", stringify!($kind)));
    }};
}

macro_rules! units {
    ($into:ident, $kind:ident: $($variant:ident)*) => {
        all!($into, $kind: $($kind::$variant => $kind::$variant,)*)
    };
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn units(into: &mut Vec<String>) {
    units!(into, List: Company Accounts TaxCodes TaxRates TaxAgencies Terms PaymentMethods Currencies
        Classes Locations Customers Suppliers Items);
    units!(into, AuditKind: Connections Imports Configuration Access Other);
    units!(into, ImportState: Running Done Failed Cancelled);
    units!(into, ImportCause: Unreachable SignIn Forbidden Refused Garbled);
    units!(into, SkipReason: Edition SwitchedOff);
    units!(into, Trigger: Connected Person Portal Nightly Notice);
    units!(into, Reading: Whole Changes);
    units!(into, ChangeKind: Added Changed Renamed Vanished);
    units!(into, RecordColumn: Name Number Detail State);
    units!(into, MappingTable: Taxes Customers Suppliers Terms Currencies Classes Locations);
    units!(into, MappingState:
        Unmatched Suggested NeedsReview Confirmed CreateNew Ignored Conflict Broken);
    units!(into, Reason: Email TaxNumber Name Code Rate Kind);
    units!(into, ProblemCause: Missing Broken WrongKind Undecided Conflict RateMismatch);
    units!(into, ReconnectReason: Refused Interrupted Expired Unreadable Forbidden);
    units!(into, TaxMode: Off Manual Automated);
    units!(into, ConnectFailure:
        Cancelled Refused CompanyInUse CompanyUnproven Unreachable KeysRefused Expired NotAllowed
        ScopeMissing);
    units!(into, TestFault:
        Unreachable Busy SignIn Forbidden KeysRefused SubscriptionEnded Refused Garbled);
    units!(into, FaultKind:
        SessionInvalid NotAllowed NotFound Unreadable Invalid NotNow TooMany ProviderUnreachable
        Internal);
}

fn store(into: &mut Vec<String>) {
    let (at, import) = (Moment(1_700_000_000_000), ImportId(7));
    all!(into, Auth:
        Auth::Cookie => Auth::Cookie,
        Auth::Token(_) => Auth::Token(text("t")),
        Auth::Resume(_) => Auth::Resume(text("r")),
    );
    all!(into, AuditActor:
        AuditActor::Person(_) => AuditActor::Person(text("Zoë")),
        AuditActor::Portal => AuditActor::Portal,
        AuditActor::Operator => AuditActor::Operator,
        AuditActor::Proxy => AuditActor::Proxy,
    );
    all!(into, ConnectionState:
        ConnectionState::Available => ConnectionState::Available,
        ConnectionState::Legacy { .. } => ConnectionState::Legacy { deadline: Some(at) },
        ConnectionState::Authorizing { .. } =>
            ConnectionState::Authorizing { seen: true, expires: at },
        ConnectionState::Importing => ConnectionState::Importing,
        ConnectionState::NeedsConfiguration => ConnectionState::NeedsConfiguration,
        ConnectionState::Active => ConnectionState::Active,
        ConnectionState::Paused => ConnectionState::Paused,
        ConnectionState::Attention { .. } => ConnectionState::Attention { problems: 3 },
        ConnectionState::Expiring { .. } => ConnectionState::Expiring { at },
        ConnectionState::ReconnectRequired { .. } =>
            ConnectionState::ReconnectRequired { reason: ReconnectReason::Refused },
        ConnectionState::Disconnected => ConnectionState::Disconnected,
    );
    all!(into, Revocation:
        Revocation::Done { .. } => Revocation::Done { at },
        Revocation::Waits { .. } => Revocation::Waits { next: at },
        Revocation::Shared => Revocation::Shared,
        Revocation::Unreadable => Revocation::Unreadable,
    );
    all!(into, Event:
        Event::Connected { .. } => Event::Connected { company: text("Acme") },
        Event::Disconnected => Event::Disconnected,
        Event::Revoked => Event::Revoked,
        Event::ImportStarted { .. } => Event::ImportStarted { import },
        Event::ImportDone { .. } => Event::ImportDone { import, records: 9 },
        Event::ImportFailed { .. } => Event::ImportFailed { import, failed: 1 },
        Event::ImportCancelled { .. } => Event::ImportCancelled { import },
        Event::ConfigurationSaved { .. } => Event::ConfigurationSaved { version: 2, changes: 5 },
        Event::ReconnectRequired { .. } =>
            Event::ReconnectRequired { reason: ReconnectReason::Expired },
        Event::CompanyReplaced { .. } =>
            Event::CompanyReplaced { before: text("A"), now: text("B") },
        Event::Paused => Event::Paused,
        Event::Resumed => Event::Resumed,
        Event::Expiring { .. } => Event::Expiring { at },
        Event::Uninstalled => Event::Uninstalled,
        Event::UpgradeRequired { .. } =>
            Event::UpgradeRequired { company: text("A"), deadline: Some(at) },
        Event::Upgraded { .. } => Event::Upgraded { company: text("A") },
        Event::NeedsAttention { .. } => Event::NeedsAttention { problems: 3 },
    );
}

fn import(into: &mut Vec<String>) {
    let until = Moment(1_700_000_000_000);
    let fault = ImportFault { cause: ImportCause::Refused, code: Some(text("6190")), trace: None };
    all!(into, ListState:
        ListState::Waiting => ListState::Waiting,
        ListState::Running => ListState::Running,
        ListState::Done => ListState::Done,
        ListState::Failed(_) => ListState::Failed(fault),
        ListState::Skipped(_) => ListState::Skipped(SkipReason::Edition),
    );
    all!(into, Waiting:
        Waiting::Limit { .. } => Waiting::Limit { until },
        Waiting::Retry { .. } => Waiting::Retry { until },
    );
}

fn schema(into: &mut Vec<String>) {
    let option = ChoiceOption { value: text("a"), label: text("A") };
    all!(into, FieldKind:
        FieldKind::Switch => FieldKind::Switch,
        FieldKind::Choice(_) => FieldKind::Choice(vec![option]),
        FieldKind::Text { .. } => FieldKind::Text { limit: 80 },
        FieldKind::Number { .. } => FieldKind::Number { min: -1, max: 100 },
        FieldKind::Date => FieldKind::Date,
        FieldKind::Picker { .. } =>
            FieldKind::Picker { list: List::Accounts, kinds: vec![text("Income")] },
        FieldKind::Mapping(_) => FieldKind::Mapping(MappingTable::Taxes),
    );
    all!(into, FieldValue:
        FieldValue::Switch(_) => FieldValue::Switch(true),
        FieldValue::Text(_) => FieldValue::Text(text("t")),
        FieldValue::Number(_) => FieldValue::Number(-3),
        FieldValue::Record(_) => FieldValue::Record(text("42")),
    );
    all!(into, MappingChoice:
        MappingChoice::Link(_) => MappingChoice::Link(text("42")),
        MappingChoice::CreateNew => MappingChoice::CreateNew,
        MappingChoice::Ignore => MappingChoice::Ignore,
        MappingChoice::Undecided => MappingChoice::Undecided,
    );
    let table = MappingTable::Customers;
    all!(into, Change:
        Change::Field { .. } => Change::Field { key: text("sales"), value: None },
        Change::Map { .. } =>
            Change::Map { table, source: text("c-1"), choice: MappingChoice::Ignore },
        Change::AcceptSuggestions { .. } => Change::AcceptSuggestions { table, at_least: 90 },
    );
    into.push(format!("# EventSeq\n{}", line(EventSeq(300))));
}

/// An entry per enum.
pub(crate) fn entries() -> Vec<String> {
    let mut entries = Vec::new();
    units(&mut entries);
    store(&mut entries);
    import(&mut entries);
    schema(&mut entries);
    entries
}
