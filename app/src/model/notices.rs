//! What stands at the top of the page until somebody closes it.

use protocol::ids::{ImportId, IntegrationId, Revision};
use protocol::import::{ImportSnapshot, ImportState};
use protocol::store::{Connection, ConnectionState};

use super::banner::{Milestone, Wait, is_quiet};

/// Messages at the top of the page, and what was closed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notices {
    /// Switched off while this page was open.
    switched_off: Vec<IntegrationId>,
    /// Runs that this page saw running, with the milestone last spoken of.
    seen: Vec<(ImportId, Milestone)>,
    /// Reasons to wait that were spoken of, each once for a run.
    waits: Vec<(ImportId, Wait)>,
    /// Quiet runs that somebody asked to see.
    asked: Vec<ImportId>,
    /// Runs that had ended before, of which this visitor has not closed the banner anywhere.
    unread: Vec<ImportId>,
    /// Runs whose banner was closed.
    closed: Vec<ImportId>,
    /// Failures that were closed, by the revision that brought them.
    closed_failures: Vec<(IntegrationId, Revision)>,
}

impl Notices {
    /// A connection changed while the page was open. True when that is worth a message.
    pub(super) fn on_change(&mut self, old: &Connection, new: &Connection) -> bool {
        let off = new.state == ConnectionState::Disconnected;
        if off && old.state.is_on() {
            self.switched_off.push(new.integration.clone());
            return true;
        }
        let before = self.switched_off.len();
        if !off {
            self.switched_off.retain(|id| *id != new.integration);
        }
        before != self.switched_off.len()
    }

    /// An import moved on, or was met for the first time.
    pub(super) fn saw(&mut self, import: &ImportSnapshot) {
        if let Some(wait) = Wait::of(import).map(|wait| (import.import, wait))
            && !self.waits.contains(&wait)
        {
            self.waits.push(wait);
        }
        let now = Milestone::of(import);
        let known = self.seen.iter_mut().find(|(id, _)| *id == import.import);
        match known {
            Some((_, last)) => *last = now.max(*last),
            // A run that had ended before this page was opened is no news.
            None if import.state == ImportState::Running => self.seen.push((import.import, now)),
            None => {}
        }
    }

    /// Runs that ended before this page was opened, and whose end this visitor has not read: closing a
    /// banner reads its entry of the tray, which the proxy remembers where a page may keep nothing.
    pub(super) fn recall(&mut self, unread: Vec<ImportId>) {
        self.unread = unread;
    }

    /// The banner of this run stands on the page.
    pub fn shows(&self, import: &ImportSnapshot) -> bool {
        let seen = self.milestone(import.import).is_some() || self.unread.contains(&import.import);
        let seen = seen && (!is_quiet(import.trigger) || self.asked.contains(&import.import));
        let news = import.state == ImportState::Failed || seen;
        news && !self.closed.contains(&import.import)
    }

    /// The reason to wait that this run met last for the first time: what is said of it aloud, once.
    pub fn wait(&self, import: ImportId) -> Option<Wait> {
        self.waits.iter().rev().find(|(id, _)| *id == import).map(|(_, wait)| *wait)
    }

    /// The milestone of a run to speak of; none for a run that this page never saw running.
    pub fn milestone(&self, import: ImportId) -> Option<Milestone> {
        let known = self.seen.iter().find(|(id, _)| *id == import);
        known.map(|(_, milestone)| *milestone)
    }

    /// The integrations that were switched off while the page was open.
    pub fn switched_off(&self) -> &[IntegrationId] {
        &self.switched_off
    }

    /// The last failure of this connection stands on the page.
    pub fn shows_failure(&self, connection: &Connection) -> bool {
        let closed = |(id, revision): &(IntegrationId, Revision)| {
            *id == connection.integration && *revision >= connection.revision
        };
        connection.last_failure.is_some() && !self.closed_failures.iter().any(closed)
    }

    /// Closes the banner of a run.
    pub fn close_import(&mut self, import: ImportId) {
        self.closed.push(import);
    }

    /// Opens it again.
    pub fn open_import(&mut self, import: ImportId) {
        self.closed.retain(|closed| *closed != import);
        self.asked.push(import);
    }

    /// Closes the message that an integration was switched off.
    pub fn close_switched_off(&mut self, integration: &IntegrationId) {
        self.switched_off.retain(|id| id != integration);
    }

    /// Closes the message about a failure.
    pub fn close_failure(&mut self, connection: &Connection) {
        let closed = (connection.integration.clone(), connection.revision);
        self.closed_failures.push(closed);
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::Moment;
    use protocol::import::{Trigger, Waiting};
    use protocol::store::ConnectFailure;

    use super::*;
    use crate::model::tests::{connection, import};

    #[test]
    fn switching_off_is_told_until_closed_or_connected_again() {
        let mut notices = Notices::default();
        let on = connection(ConnectionState::Active, 1);
        let off = connection(ConnectionState::Disconnected, 2);
        assert!(notices.on_change(&on, &off));
        assert_eq!(notices.switched_off(), std::slice::from_ref(&off.integration));
        assert!(notices.on_change(&off, &on));
        assert!(notices.switched_off().is_empty());
        notices.on_change(&on, &off);
        notices.close_switched_off(&off.integration);
        assert!(notices.switched_off().is_empty());
    }

    #[test]
    fn a_run_of_yesterday_is_no_news_unless_it_failed() {
        let mut notices = Notices::default();
        let mut run = import(4, 9, &[(1, Some(1))]);
        run.state = ImportState::Done;
        notices.saw(&run);
        assert!(!notices.shows(&run));
        run.state = ImportState::Failed;
        assert!(notices.shows(&run));
    }

    #[test]
    fn a_banner_stays_until_closed_and_stays_closed() {
        let mut notices = Notices::default();
        let mut run = import(4, 1, &[(0, Some(9))]);
        notices.saw(&run);
        run.state = ImportState::Done;
        notices.saw(&run);
        assert!(notices.shows(&run));
        assert_eq!(notices.milestone(run.import), Some(Milestone::End));
        notices.close_import(run.import);
        assert!(!notices.shows(&run));
        notices.open_import(run.import);
        assert!(notices.shows(&run), "somebody asked for it again");
    }

    #[test]
    fn a_quiet_run_opens_no_banner_unless_it_failed_or_somebody_asks() {
        let mut notices = Notices::default();
        let mut run = import(4, 1, &[(0, Some(9))]);
        run.trigger = Trigger::Nightly;
        notices.saw(&run);
        assert!(!notices.shows(&run));
        notices.open_import(run.import);
        assert!(notices.shows(&run));
        let mut other = Notices::default();
        run.state = ImportState::Failed;
        other.saw(&run);
        assert!(other.shows(&run));
    }

    #[test]
    fn each_reason_to_wait_is_spoken_of_once() {
        let mut notices = Notices::default();
        let mut run = import(4, 1, &[(0, Some(9))]);
        let mut told = Vec::new();
        let until = Moment(0);
        for waiting in [
            None,
            Some(Waiting::Limit { until }),
            None,
            Some(Waiting::Limit { until: Moment(9) }),
            Some(Waiting::Retry { until }),
            Some(Waiting::Limit { until }),
        ] {
            run.waiting = waiting;
            notices.saw(&run);
            told.push(notices.wait(run.import));
        }
        told.dedup();
        assert_eq!(told, [None, Some(Wait::Limit), Some(Wait::Retry)]);
    }

    #[test]
    fn a_milestone_is_never_taken_back() {
        let mut notices = Notices::default();
        notices.saw(&import(4, 1, &[(50, Some(100))]));
        notices.saw(&import(4, 2, &[(50, Some(100)), (0, Some(900))]));
        assert_eq!(notices.milestone(ImportId(4)), Some(Milestone::Quarter(2)));
    }

    #[test]
    fn a_closed_failure_returns_with_the_next_one() {
        let mut notices = Notices::default();
        let mut failed = connection(ConnectionState::Available, 3);
        assert!(!notices.shows_failure(&failed));
        failed.last_failure = Some(ConnectFailure::Cancelled);
        assert!(notices.shows_failure(&failed));
        notices.close_failure(&failed);
        assert!(!notices.shows_failure(&failed));
        failed.revision = Revision(4);
        assert!(notices.shows_failure(&failed));
    }
}
