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
/// once [`UNSEEN_AFTER`] has passed since.
pub fn stage(sent: Option<Revision>, late: bool, connection: &Connection) -> Stage {
    match (connection.state, sent) {
        (ConnectionState::Authorizing { seen: true, .. }, _) => Stage::Wait,
        (ConnectionState::Authorizing { .. }, None) => Stage::Unseen,
        (ConnectionState::Authorizing { .. }, Some(_)) if late => Stage::Unseen,
        (ConnectionState::Authorizing { .. }, Some(_)) => Stage::Wait,
        (_, None) => Stage::Ask,
        (_, Some(at)) if connection.revision > at => Stage::Over,
        (_, Some(_)) if late => Stage::Unseen,
        (_, Some(_)) => Stage::Wait,
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
    fn news_after_sending_ends_the_wait() {
        let sent = Some(Revision(5));
        for state in [ConnectionState::Importing, ConnectionState::Available] {
            assert_eq!(stage(sent, true, &connection(state, 7)), Stage::Over);
        }
    }
}
