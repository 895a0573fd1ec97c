//! Connecting, as the store shows it: the dialog, from what was sent and what was heard, and what comes
//! next at a connection.

use protocol::ids::Revision;
use protocol::store::{Connection, ConnectionState};

/// How long the proxy may take to see the window that was opened, in milliseconds.
pub const UNSEEN_AFTER: u32 = 3_000;
/// How often an open dialog fetches a new ticket, in milliseconds; a ticket is good for 60 s.
pub const TICKET_EVERY: u32 = 45_000;

/// What the dialog shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// What will happen, and the button that begins it.
    Ask,
    /// The visitor is at the provider.
    Wait,
    /// The same, but no window was seen: offer other ways.
    Unseen,
    /// It is over, well or not; the page says which.
    Over,
}

/// `sent` is the revision of the connection at which the form was sent, if it was; `late` is true
/// once [`UNSEEN_AFTER`] has passed since. A window that the proxy saw raises the revision, so an
/// older attempt that still waits does not hide that the new window was blocked.
pub fn stage(sent: Option<Revision>, late: bool, connection: &Connection) -> Stage {
    let moved = sent.is_some_and(|at| connection.revision > at);
    match connection.state {
        ConnectionState::Authorizing { seen: true, .. } if moved || sent.is_none() => Stage::Wait,
        ConnectionState::Authorizing { .. } if late || sent.is_none() => Stage::Unseen,
        ConnectionState::Authorizing { .. } => Stage::Wait,
        _ if sent.is_none() => Stage::Ask,
        _ if moved => Stage::Over,
        _ if late => Stage::Unseen,
        _ => Stage::Wait,
    }
}

/// Tokens are there that would work if nothing were wrong, and nobody has paused it: the provider can be
/// asked.
pub fn works(state: ConnectionState) -> bool {
    use ConnectionState as S;
    matches!(
        state,
        S::Importing | S::NeedsConfiguration | S::Active | S::Attention { .. } | S::Expiring { .. }
    )
}

/// What a visitor does next at a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Watch the import.
    Import,
    /// Open the configuration.
    Configure,
    /// Let a paused connection go on.
    Resume,
    /// Answer the company guard.
    Decide,
    /// Wait for the colleague who has to answer it.
    Undecided,
    /// Connect, or open the window again.
    Connect {
        /// A sign-in is under way that can be given up.
        waiting: bool,
    },
    /// Nothing: the visitor may look only.
    Nothing,
}

/// `asked` tells, while the company guard waits, whether this visitor has to answer it. What works goes
/// before the question, which the page's banner keeps.
pub fn next(state: ConnectionState, asked: Option<bool>, may_connect: bool) -> Next {
    match (state, asked) {
        (ConnectionState::Importing, _) => Next::Import,
        (ConnectionState::Paused, _) if may_connect => Next::Resume,
        (
            ConnectionState::Active
            | ConnectionState::Paused
            | ConnectionState::NeedsConfiguration
            | ConnectionState::Attention { .. },
            _,
        ) => Next::Configure,
        (_, Some(false)) => Next::Undecided,
        _ if !may_connect => Next::Nothing,
        (_, Some(true)) => Next::Decide,
        (ConnectionState::Authorizing { .. }, None) => Next::Connect { waiting: true },
        (_, None) => Next::Connect { waiting: false },
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::Moment;
    use protocol::store::ConnectFailure;

    use super::*;
    use crate::model::tests::connection;

    fn authorizing(seen: bool, revision: u64) -> Connection {
        connection(ConnectionState::Authorizing { seen, expires: Moment(9) }, revision)
    }

    #[test]
    fn it_asks_before_anything_is_sent() {
        let off = connection(ConnectionState::Disconnected, 5);
        assert_eq!(stage(None, false, &off), Stage::Ask);
    }

    #[test]
    fn a_window_that_was_not_seen_is_offered_again() {
        let off = connection(ConnectionState::Available, 5);
        let sent = Some(off.revision);
        assert_eq!(stage(sent, false, &off), Stage::Wait);
        assert_eq!(stage(sent, true, &off), Stage::Unseen);
        assert_eq!(stage(sent, true, &authorizing(false, 6)), Stage::Unseen);
        assert_eq!(stage(sent, true, &authorizing(true, 6)), Stage::Wait);
    }

    #[test]
    fn an_attempt_of_before_can_be_opened_again() {
        assert_eq!(stage(None, false, &authorizing(true, 6)), Stage::Wait);
        assert_eq!(stage(None, false, &authorizing(false, 6)), Stage::Unseen);
    }

    #[test]
    fn a_second_window_that_was_blocked_is_not_hidden_by_the_first() {
        let first = authorizing(true, 6);
        let sent = Some(first.revision);
        assert_eq!(stage(sent, false, &first), Stage::Wait);
        assert_eq!(stage(sent, true, &first), Stage::Unseen);
        assert_eq!(stage(sent, true, &authorizing(true, 8)), Stage::Wait);
    }

    #[test]
    fn a_cancel_in_the_second_window_ends_the_wait() {
        // The proxy ended the first attempt when the second began, so nothing is left to wait for.
        let sent = Some(authorizing(true, 6).revision);
        assert_eq!(stage(sent, true, &authorizing(true, 8)), Stage::Wait);
        let mut cancelled = connection(ConnectionState::Available, 10);
        cancelled.last_failure = Some(ConnectFailure::Cancelled);
        assert_eq!(stage(sent, true, &cancelled), Stage::Over);
        assert_eq!(next(cancelled.state, None, true), Next::Connect { waiting: false });
    }

    #[test]
    fn a_question_is_answered_before_anything_else_is_begun() {
        for state in [ConnectionState::Disconnected, authorizing(true, 1).state] {
            assert_eq!(next(state, Some(true), true), Next::Decide);
            assert_eq!(next(state, Some(false), true), Next::Undecided);
            assert_eq!(next(state, Some(false), false), Next::Undecided);
            assert_eq!(next(state, Some(true), false), Next::Nothing);
        }
    }

    #[test]
    fn what_works_goes_on_while_a_question_waits() {
        for asked in [None, Some(true), Some(false)] {
            assert_eq!(next(ConnectionState::Importing, asked, true), Next::Import);
            assert_eq!(next(ConnectionState::Active, asked, false), Next::Configure);
        }
    }

    #[test]
    fn who_may_connect_lets_a_paused_connection_go_on() {
        for asked in [None, Some(true)] {
            assert_eq!(next(ConnectionState::Paused, asked, true), Next::Resume);
            assert_eq!(next(ConnectionState::Paused, asked, false), Next::Configure);
        }
    }

    #[test]
    fn who_may_look_only_is_offered_no_connecting() {
        assert_eq!(next(ConnectionState::Available, None, false), Next::Nothing);
        assert_eq!(next(ConnectionState::Available, None, true), Next::Connect { waiting: false });
        assert_eq!(next(authorizing(true, 1).state, None, true), Next::Connect { waiting: true });
    }

    #[test]
    fn news_after_sending_ends_the_wait() {
        let sent = Some(Revision(5));
        for state in [ConnectionState::Importing, ConnectionState::Available] {
            assert_eq!(stage(sent, true, &connection(state, 7)), Stage::Over);
        }
    }
}
