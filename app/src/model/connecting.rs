//! The dialog that begins connecting: what it shows, from what was sent and what was heard.

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

#[cfg(test)]
mod tests {
    use protocol::ids::Moment;

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
    fn news_after_sending_ends_the_wait() {
        let sent = Some(Revision(5));
        for state in [ConnectionState::Importing, ConnectionState::Available] {
            assert_eq!(stage(sent, true, &connection(state, 7)), Stage::Over);
        }
    }
}
