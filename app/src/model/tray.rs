//! The tray: notifications newest first, each once, with the count of unread ones.

use protocol::ids::{EventSeq, ImportId, IntegrationId};
use protocol::import::{ImportSnapshot, ImportState};
use protocol::notification::{Event, Notification, Tray};

/// How many notifications are kept on screen; older ones are read from the activity page.
const KEPT: usize = 100;

/// Which entries the tray shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// Every entry.
    #[default]
    All,
    /// Only those this visitor has not read.
    Unread,
}

impl Shown {
    /// The entry is among those shown.
    pub fn has(self, entry: &Notification) -> bool {
        self == Self::All || !entry.read
    }
}

/// Takes in one notification. False when it was known already.
pub fn take(tray: &mut Tray, new: Notification) -> bool {
    let Err(place) = tray.latest.binary_search_by(|known| new.seq.cmp(&known.seq)) else {
        return false;
    };
    tray.cursor = tray.cursor.max(new.seq);
    tray.unread += u32::from(!new.read);
    tray.latest.insert(place, new);
    tray.latest.truncate(KEPT);
    true
}

/// Takes the read marks as the proxy tells them.
pub fn mark(tray: &mut Tray, count: u32, upto: EventSeq, also: &[EventSeq]) {
    tray.unread = count;
    for entry in &mut tray.latest {
        entry.read = entry.seq <= upto || also.contains(&entry.seq);
    }
}

/// Takes a whole tray, and keeps the entries known before that it does not reach back to.
pub fn replace(tray: &mut Tray, new: Tray, events: Vec<Notification>) {
    let old = std::mem::replace(tray, new);
    let unread = tray.unread;
    for entry in events.into_iter().chain(old.latest) {
        take(tray, entry);
    }
    tray.unread = unread;
}

/// The entry that says how a run ended.
pub fn end_of(tray: &Tray, run: ImportId) -> Option<&Notification> {
    tray.latest.iter().find(|entry| run_of(&entry.event) == Some(run))
}

/// The run of which an entry says how it ended.
pub fn run_of(event: &Event) -> Option<ImportId> {
    match event {
        Event::ImportDone { import, .. }
        | Event::ImportFailed { import, .. }
        | Event::ImportCancelled { import } => Some(*import),
        _ => None,
    }
}

/// The runs that stand above the entries: those at work, quiet ones too, and those to be tried again.
pub fn in_tray(imports: &[ImportSnapshot]) -> Vec<u64> {
    let shown = |run: &&ImportSnapshot| matches!(run.state, ImportState::Running | ImportState::Failed);
    imports.iter().filter(shown).map(|run| run.import.0).collect()
}

/// The newest entry that says that an integration must be upgraded. Who reads it has closed the banner.
pub fn upgrade_of<'a>(tray: &'a Tray, integration: &IntegrationId) -> Option<&'a Notification> {
    let required = |event: &Event| matches!(event, Event::UpgradeRequired { .. });
    tray.latest.iter().find(|entry| entry.integration == *integration && required(&entry.event))
}

/// The newest entry, up to which "Mark all as read" reads.
pub fn newest(tray: &Tray) -> Option<EventSeq> {
    tray.latest.first().map(|entry| entry.seq)
}

#[cfg(test)]
mod tests {
    use protocol::ids::Moment;

    use super::*;

    fn entry(seq: u64, read: bool) -> Notification {
        Notification {
            seq: EventSeq(seq),
            at: Moment(seq),
            integration: IntegrationId::new("quickbooks-online").unwrap(),
            event: Event::Disconnected,
            by: None,
            read,
        }
    }

    fn order(tray: &Tray) -> Vec<u64> {
        tray.latest.iter().map(|entry| entry.seq.0).collect()
    }

    #[test]
    fn each_notification_is_taken_once_and_in_order() {
        let mut tray = Tray::default();
        assert!(take(&mut tray, entry(5, false)));
        assert!(take(&mut tray, entry(9, false)));
        assert!(take(&mut tray, entry(7, true)));
        assert!(!take(&mut tray, entry(9, false)));
        assert_eq!(order(&tray), [9, 7, 5]);
        assert_eq!((tray.unread, tray.cursor), (2, EventSeq(9)));
    }

    #[test]
    fn what_runs_and_what_failed_stands_above_the_entries() {
        let mut runs = [1, 2, 3, 4].map(|id| crate::model::tests::import(id, 1, &[(1, Some(2))]));
        runs[0].state = ImportState::Done;
        runs[1].trigger = protocol::import::Trigger::Nightly;
        runs[2].state = ImportState::Failed;
        runs[3].state = ImportState::Cancelled;
        assert_eq!(in_tray(&runs), [2, 3]);
    }

    #[test]
    fn a_new_snapshot_decides_the_count_and_keeps_older_entries() {
        let mut tray = Tray::default();
        take(&mut tray, entry(3, false));
        let new = Tray { latest: vec![entry(8, false)], unread: 41, cursor: EventSeq(8) };
        replace(&mut tray, new, vec![entry(6, false), entry(8, false)]);
        assert_eq!(order(&tray), [8, 6, 3]);
        assert_eq!((tray.unread, tray.cursor), (41, EventSeq(8)));
    }

    #[test]
    fn read_marks_of_another_tab_are_taken_over() {
        let mut tray = Tray::default();
        for seq in [1, 2, 3, 4] {
            take(&mut tray, entry(seq, false));
        }
        mark(&mut tray, 1, EventSeq(2), &[EventSeq(4)]);
        let unread = tray.latest.iter().filter(|entry| Shown::Unread.has(entry));
        assert_eq!(unread.map(|entry| entry.seq.0).collect::<Vec<_>>(), [3]);
        assert_eq!(tray.unread, 1);
    }

    #[test]
    fn the_tray_stays_bounded() {
        let mut tray = Tray::default();
        for seq in 0..500 {
            take(&mut tray, entry(seq, true));
        }
        assert_eq!(tray.latest.len(), KEPT);
        assert_eq!(newest(&tray), Some(EventSeq(499)));
    }
}
