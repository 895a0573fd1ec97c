//! What the page around the frame is told: that something happened, never what was so before.

use protocol::import::{ImportSnapshot, ImportState};
use protocol::message::FaultKind;
use protocol::notification::{Event, Notification};
use protocol::store::{ConnectFailure, Connection, ConnectionState};

use super::banner::Progress;
use crate::text::{connect, faults};

/// So long before its end a session asks to be renewed, in milliseconds.
const AHEAD: u64 = 300_000;
/// It asks again after so long, in milliseconds.
const AGAIN: u64 = 60_000;

/// An event of the element, without its prefix (docs/EMBEDDING.md).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outward {
    /// Its name.
    pub name: &'static str,
    /// What it carries.
    pub detail: Vec<(&'static str, Detail)>,
}

/// A value that an event carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A word or a sentence.
    Words(String),
    /// A count.
    Number(u64),
    /// A time in milliseconds since 1970.
    Moment(u64),
}

fn words(text: &str) -> Detail {
    Detail::Words(text.to_owned())
}

fn event(name: &'static str, detail: Vec<(&'static str, Detail)>) -> Outward {
    Outward { name, detail }
}

fn error(code: &str, message: &str) -> Outward {
    event("error", vec![("code", words(code)), ("message", words(message))])
}

/// The session ends at this time unless a token comes.
pub fn expiring(ends: u64) -> Outward {
    event("session-expiring", vec![("reason", words("expiring")), ("expiresAt", Detail::Moment(ends))])
}

/// There is no session; a token begins one.
pub fn needed() -> Outward {
    event("session-expiring", vec![("reason", words("needed"))])
}

/// Whether that is to be said now; `said` is when it was said last.
pub fn is_due(ends: u64, said: u64, now: u64) -> bool {
    now + AHEAD >= ends && now >= said + AGAIN
}

/// When a session counts as asked for, now that there is none: never after one that ended. A hello that
/// was refused was no session, and asking for the next at once would go round and round.
pub fn asked_at_end(stood: bool, now: u64) -> u64 {
    if stood { 0 } else { now }
}

/// A wish came to nothing.
pub fn fault(kind: FaultKind) -> Outward {
    let code = match kind {
        FaultKind::SessionInvalid => "session-invalid",
        FaultKind::NotAllowed => "not-allowed",
        FaultKind::NotFound => "not-found",
        FaultKind::Unreadable => "unreadable",
        FaultKind::Invalid => "invalid",
        FaultKind::NotNow => "not-now",
        FaultKind::TooMany => "too-many",
        FaultKind::ProviderUnreachable => "provider-unreachable",
        FaultKind::Internal => "internal",
    };
    error(code, faults::kind(kind))
}

fn failure(failure: ConnectFailure, name: &str) -> Outward {
    let code = match failure {
        ConnectFailure::Cancelled => "connect-cancelled",
        ConnectFailure::Refused => "connect-refused",
        ConnectFailure::CompanyInUse => "company-in-use",
        ConnectFailure::CompanyUnproven => "company-unproven",
        ConnectFailure::ScopeMissing => "scope-missing",
        ConnectFailure::Unreachable => "provider-unreachable",
        ConnectFailure::KeysRefused => "keys-refused",
        ConnectFailure::Expired => "connect-expired",
        ConnectFailure::NotAllowed => "connect-not-allowed",
    };
    error(code, &connect::failure(failure, name))
}

/// A connection of this name changed.
pub(super) fn of_connection(old: &Connection, new: &Connection, name: &str) -> Option<Outward> {
    let integration = words(new.integration.as_str());
    if new.connected != old.connected
        && let Some(company) = &new.company
        && new.state.is_on()
    {
        let company = words(&company.name);
        return Some(event("connected", vec![("integration", integration), ("company", company)]));
    }
    // What was uninstalled is off as well.
    let off = matches!(new.state, ConnectionState::Disconnected | ConnectionState::Available);
    if off && old.state.is_on() {
        return Some(event("disconnected", vec![("integration", integration)]));
    }
    let failed = new.last_failure.filter(|_| new.last_failure != old.last_failure)?;
    Some(failure(failed, name))
}

/// An import moved on, or began.
pub(super) fn of_import(new: &ImportSnapshot) -> Outward {
    let state = match new.state {
        ImportState::Running => "running",
        ImportState::Done => "done",
        ImportState::Failed => "failed",
        ImportState::Cancelled => "cancelled",
    };
    let Progress { done, total, .. } = Progress::of(new);
    let integration = words(new.integration.as_str());
    let mut detail =
        vec![("integration", integration), ("state", words(state)), ("done", Detail::Number(done))];
    detail.extend(total.map(|total| ("total", Detail::Number(total))));
    event("import", detail)
}

/// The log has a new entry.
pub(super) fn of_entry(new: &Notification) -> Option<Outward> {
    let Event::ConfigurationSaved { version, .. } = new.event else {
        return None;
    };
    let integration = words(new.integration.as_str());
    Some(event("configured", vec![("integration", integration), ("version", Detail::Number(version.into()))]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use protocol::ids::{EventSeq, Moment};
    use protocol::store::{Company, CompanySettings, Stamp};
    use protocol::{DecodeError, Envelope, decode};

    use super::*;
    use crate::model::link::{Link, LinkEvent, LinkStep};
    use crate::model::tests::{connection, import};

    fn connected(at: u64, revision: u64) -> Connection {
        let company = Company {
            name: "Acme Ltd".to_owned(),
            legal_name: None,
            country: None,
            home_currency: None,
            edition: None,
            settings: CompanySettings::default(),
            id_tail: "0753".to_owned(),
        };
        let stamp = Stamp { by: "Ada".to_owned(), at: Moment(at) };
        let on = connection(ConnectionState::Importing, revision);
        Connection { company: Some(company), connected: Some(stamp), ..on }
    }

    fn text(event: &Outward, key: &str) -> String {
        match event.detail.iter().find(|(name, _)| *name == key) {
            Some((_, Detail::Words(words))) => words.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn connecting_is_told_with_the_company_and_once() {
        let off = connection(ConnectionState::Available, 1);
        let told = of_connection(&off, &connected(7, 2), "").unwrap();
        assert_eq!((told.name, text(&told, "company").as_str()), ("connected", "Acme Ltd"));
        assert_eq!(text(&told, "integration"), "quickbooks-online");
        let active = Connection { state: ConnectionState::Active, ..connected(7, 3) };
        assert_eq!(of_connection(&connected(7, 2), &active, ""), None);
        assert_eq!(of_connection(&active, &connected(9, 4), "").unwrap().name, "connected");
    }

    #[test]
    fn switching_off_is_told_and_not_told_again() {
        for state in [ConnectionState::Disconnected, ConnectionState::Available] {
            let off = Connection { state, ..connected(7, 3) };
            assert_eq!(of_connection(&connected(7, 2), &off, "").unwrap().name, "disconnected");
            assert_eq!(of_connection(&off, &off, ""), None);
        }
    }

    #[test]
    fn a_failed_attempt_is_told_with_words_and_a_code() {
        let off = connection(ConnectionState::Available, 1);
        let failed = Connection { last_failure: Some(ConnectFailure::Cancelled), ..off.clone() };
        let told = of_connection(&off, &failed, "QuickBooks Online").unwrap();
        assert_eq!((told.name, text(&told, "code").as_str()), ("error", "connect-cancelled"));
        assert_eq!(text(&told, "message"), "You cancelled at QuickBooks. Nothing was changed.");
        assert_eq!(of_connection(&failed, &off, ""), None);
    }

    #[test]
    fn an_import_is_told_with_its_counts() {
        let told = of_import(&import(1, 1, &[(5, Some(10)), (0, Some(2))]));
        let (done, total) = (Detail::Number(5), Detail::Number(12));
        assert_eq!(told.detail[2..], [("done", done), ("total", total)]);
        assert_eq!(text(&told, "state"), "running");
        let told = of_import(&import(1, 1, &[(5, Some(10)), (0, None)]));
        assert_eq!(told.detail[2..], [("done", Detail::Number(5))], "what is unknown is left out");
    }

    const GUIDE: &str = include_str!("../../../docs/EMBEDDING.md");
    const TYPES: &str = include_str!("../../../public/widget/patchbay-store.d.ts");

    /// Every value of a plain enum: on the wire each is its number.
    fn all<T>(read: fn(&[u8]) -> Result<Envelope<T>, DecodeError>) -> impl Iterator<Item = T> {
        (0..=u8::MAX).map_while(move |number| Some(read(&[0, number]).ok()?.message))
    }

    /// What stands between `before` and `after` at the beginning of each line of a part.
    fn listed<'a>(part: Option<(&'a str, &'a str)>, before: &str, after: &str) -> BTreeSet<&'a str> {
        let lines = part.expect("the list of codes").1.lines().skip_while(|line| !line.starts_with(before));
        let lines = lines.map_while(|line| line.strip_prefix(before));
        lines.filter_map(|line| Some(line.split_once(after)?.0)).collect()
    }

    #[test]
    fn every_code_of_an_error_is_documented_and_no_other() {
        let told = all(decode).map(fault).chain(all(decode).map(|kind| failure(kind, "")));
        let told: Vec<String> = told.map(|error| text(&error, "code")).collect();
        let told: BTreeSet<&str> = told.iter().map(String::as_str).collect();
        assert!(told.len() > 10, "{told:?}");
        assert_eq!(listed(GUIDE.split_once("| code |"), "| `", "`"), told);
        assert_eq!(listed(TYPES.split_once("PatchbayErrorCode ="), "  | \"", "\""), told);
    }

    #[test]
    fn a_save_is_told_with_its_version_and_nothing_else_of_the_log() {
        let saved = Event::ConfigurationSaved { version: 3, changes: 2 };
        let entry = |event| Notification {
            seq: EventSeq(1),
            at: Moment(0),
            integration: connection(ConnectionState::Active, 1).integration,
            event,
            by: None,
            read: false,
        };
        let told = of_entry(&entry(saved)).unwrap();
        assert_eq!((told.name, &told.detail[1]), ("configured", &("version", Detail::Number(3))));
        assert_eq!(of_entry(&entry(Event::Disconnected)), None);
    }

    #[test]
    fn a_session_asks_five_minutes_ahead_and_every_minute_after() {
        let ends = 3_600_000;
        assert!(!is_due(ends, 0, ends - 300_001));
        assert!(is_due(ends, 0, ends - 300_000));
        assert!(!is_due(ends, ends - 300_000, ends - 240_001));
        assert!(is_due(ends, ends - 300_000, ends - 240_000));
    }

    #[test]
    fn a_session_that_ended_is_asked_for_at_once_and_named_as_needed() {
        let now = 3_600_000;
        assert!(is_due(now, asked_at_end(true, now), now));
        assert_eq!(needed().detail, [("reason", words("needed"))]);
        assert_eq!(expiring(now).detail, [("reason", words("expiring")), ("expiresAt", Detail::Moment(now))]);
    }

    /// The page answers whenever it is asked, and its tokens are always refused.
    #[test]
    fn hellos_that_are_always_refused_do_not_run_the_page_hot() {
        let (mut link, mut asked, mut asks) = (Link::new(0), 0, Vec::new());
        let mut now = 1_000_000;
        for _ in 0..10 {
            while !is_due(now, asked, now) {
                now += 1_000;
            }
            asks.push(now);
            link.admit(now);
            link.on(LinkEvent::Ended, now, 0);
            asked = asked_at_end(false, now);
            if let LinkStep::Wait(wait) = link.begin_again(now, u32::MAX) {
                now += wait;
            }
        }
        assert!(asks.iter().filter(|at| **at < 1_030_000).count() <= 3, "{asks:?}");
    }
}
