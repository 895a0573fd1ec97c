//! A run in numbers: totals, share, rate, what it did; and what is said aloud of it and when.

use protocol::import::{
    ImportSnapshot, ImportState, List, ListProgress, ListState, Outcome, Reading, Trigger, Waiting,
};
use protocol::record::ChangeKind;

/// Numbers of a run, over all lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Records read.
    pub done: u64,
    /// Records there are, where every list is counted.
    pub total: Option<u64>,
    /// Lists that ended well or are not needed.
    pub lists_done: usize,
    /// All lists.
    pub lists: usize,
    /// Lists that failed.
    pub failed: usize,
    /// Records read a second by the lists that run, where that can be told.
    pub per_second: Option<u32>,
}

impl Progress {
    /// Of one run.
    pub fn of(import: &ImportSnapshot) -> Self {
        let needed = import.lists.iter().filter(|l| !matches!(l.state, ListState::Skipped(_)));
        let totals = needed.clone().map(|l| l.total.map(u64::from));
        let ended = |state: &ListState| matches!(state, ListState::Done | ListState::Skipped(_));
        let failed = |state: &ListState| matches!(state, ListState::Failed(_));
        let count =
            |test: &dyn Fn(&ListState) -> bool| import.lists.iter().filter(|l| test(&l.state)).count();
        Self {
            done: needed.map(|l| u64::from(l.done)).sum(),
            total: totals.sum(),
            lists_done: count(&ended),
            lists: import.lists.len(),
            failed: count(&failed),
            per_second: rate(import),
        }
    }

    /// Share in percent, where it can be known; a run that is not over never shows 100.
    pub fn percent(&self) -> Option<u8> {
        let total = self.total?;
        let share = (self.done * 100).checked_div(total).unwrap_or(0);
        u8::try_from(share.min(99)).ok()
    }
}

fn rate(import: &ImportSnapshot) -> Option<u32> {
    let running = import.lists.iter().filter(|list| list.state == ListState::Running);
    running.filter_map(|list| list.per_second).reduce(u32::saturating_add)
}

/// A run that nobody waits for: it opens no banner and is not spoken of. The tray shows it.
pub fn is_quiet(trigger: Trigger) -> bool {
    matches!(trigger, Trigger::Nightly | Trigger::Notice)
}

/// How a run reads, as far as its lists have begun and all read alike.
pub fn reading(import: &ImportSnapshot) -> Option<Reading> {
    let begun = |list: &&ListProgress| !matches!(list.state, ListState::Waiting | ListState::Skipped(_));
    let mut readings = import.lists.iter().filter(begun).map(|list| list.reading);
    let first = readings.next()?;
    readings.all(|other| other == first).then_some(first)
}

/// How many records a run changed in each way, the ways that can be looked at.
pub fn changes(outcome: &Outcome) -> [(ChangeKind, u32); 4] {
    [
        (ChangeKind::Added, outcome.added),
        // A renamed record changed as well; it is shown once.
        (ChangeKind::Changed, outcome.changed.saturating_sub(outcome.renamed)),
        (ChangeKind::Renamed, outcome.renamed),
        (ChangeKind::Vanished, outcome.vanished),
    ]
}

/// The first list of a run that has records changed in this way; with `news` as far as they are news.
pub fn first_changed(import: &ImportSnapshot, kind: ChangeKind, news: bool) -> Option<List> {
    let of = |list: &ListProgress| changes(&if news { news_of(list) } else { list.outcome });
    let has = |list: &&ListProgress| of(list).iter().any(|(of, count)| *of == kind && *count > 0);
    import.lists.iter().find(has).map(|list| list.list)
}

/// What became of a list's records, without what was added to a list that had none: there nothing else
/// was to be expected.
pub fn news_of(list: &ListProgress) -> Outcome {
    let Outcome { changed, unchanged, vanished, .. } = list.outcome;
    let had_none = changed == 0 && unchanged == 0 && vanished == 0;
    if had_none { Outcome { added: 0, ..list.outcome } } else { list.outcome }
}

/// The same of all records of a run.
pub fn news(import: &ImportSnapshot) -> Outcome {
    sum(import.lists.iter().map(news_of))
}

/// Why a run waits, without the moment at which it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The provider's limit.
    Limit,
    /// The provider does not answer.
    Retry,
}

impl Wait {
    /// Of a run at this moment.
    pub fn of(import: &ImportSnapshot) -> Option<Self> {
        import.waiting.map(|waiting| match waiting {
            Waiting::Limit { .. } => Self::Limit,
            Waiting::Retry { .. } => Self::Retry,
        })
    }
}

/// What became of all records of a run, as far as its lists were read to their ends.
pub fn outcome(import: &ImportSnapshot) -> Outcome {
    sum(import.lists.iter().map(|list| list.outcome))
}

fn sum(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    outcomes.fold(Outcome::default(), |sum, one| Outcome {
        added: sum.added + one.added,
        changed: sum.changed + one.changed,
        renamed: sum.renamed + one.renamed,
        unchanged: sum.unchanged + one.unchanged,
        vanished: sum.vanished + one.vanished,
        unreadable: sum.unreadable + one.unreadable,
    })
}

/// Moments at which a run is spoken of: its start, each quarter, its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Milestone {
    /// It began.
    Start,
    /// So many quarters are read.
    Quarter(u8),
    /// It ended.
    End,
}

impl Milestone {
    /// The one that a run has reached.
    pub fn of(import: &ImportSnapshot) -> Self {
        if import.state != ImportState::Running {
            return Self::End;
        }
        match Progress::of(import).percent().map(|percent| percent / 25) {
            None | Some(0) => Self::Start,
            Some(quarter) => Self::Quarter(quarter),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::import::SkipReason;

    use super::*;
    use crate::model::tests::import;

    #[test]
    fn progress_sums_what_is_needed() {
        let mut run = import(1, 1, &[(29, Some(29)), (10, Some(71))]);
        run.lists[0].state = ListState::Done;
        let progress = Progress::of(&run);
        assert_eq!((progress.done, progress.total), (39, Some(100)));
        assert_eq!((progress.lists_done, progress.lists), (1, 2));
        assert_eq!(progress.percent(), Some(39));
    }

    #[test]
    fn what_became_of_records_is_summed_over_the_lists() {
        let mut run = import(1, 1, &[(3, Some(3)), (4, Some(4))]);
        run.lists[0].outcome = Outcome { added: 1, unchanged: 2, ..Outcome::default() };
        run.lists[1].outcome = Outcome { changed: 1, unchanged: 3, ..Outcome::default() };
        assert_eq!(outcome(&run), Outcome { added: 1, changed: 1, unchanged: 5, ..Outcome::default() });
    }

    #[test]
    fn a_share_is_unknown_until_every_list_is_counted() {
        let mut run = import(1, 1, &[(5, Some(10)), (0, None)]);
        assert_eq!(Progress::of(&run).percent(), None);
        run.lists[1].state = ListState::Skipped(SkipReason::Edition);
        assert_eq!(Progress::of(&run).percent(), Some(50));
    }

    #[test]
    fn the_rate_is_that_of_the_lists_that_run() {
        let mut run = import(1, 1, &[(5, Some(10)), (3, Some(9)), (9, Some(9))]);
        assert_eq!(Progress::of(&run).per_second, None);
        for (list, rate) in run.lists.iter_mut().zip([450, 30, 7]) {
            list.per_second = Some(rate);
        }
        run.lists[2].state = ListState::Done;
        assert_eq!(Progress::of(&run).per_second, Some(480));
    }

    #[test]
    fn how_a_run_reads_is_told_once_its_lists_agree() {
        let mut run = import(1, 1, &[(5, Some(10)), (0, None)]);
        run.lists[1].state = ListState::Waiting;
        run.lists[0].reading = Reading::Changes;
        assert_eq!(reading(&run), Some(Reading::Changes), "what has not begun reads in no way");
        run.lists[1].state = ListState::Running;
        assert_eq!(reading(&run), None);
    }

    #[test]
    fn a_renamed_record_is_counted_once_and_leads_to_its_list() {
        let mut run = import(1, 1, &[(3, Some(3)), (4, Some(4))]);
        run.lists[1].list = List::Items;
        run.lists[1].outcome = Outcome { changed: 5, renamed: 2, ..Outcome::default() };
        let shown = changes(&run.lists[1].outcome).map(|(_, count)| count);
        assert_eq!(shown, [0, 3, 2, 0]);
        assert_eq!(first_changed(&run, ChangeKind::Renamed, true), Some(List::Items));
        assert_eq!(first_changed(&run, ChangeKind::Added, true), None);
    }

    #[test]
    fn what_a_list_without_records_gained_is_no_news() {
        let mut run = import(1, 1, &[(3, Some(3)), (4, Some(4))]);
        run.lists[0].outcome = Outcome { added: 3, unreadable: 1, ..Outcome::default() };
        assert_eq!(news(&run), Outcome { unreadable: 1, ..Outcome::default() });
        assert_eq!(first_changed(&run, ChangeKind::Added, true), None);
        assert_eq!(first_changed(&run, ChangeKind::Added, false), Some(List::Customers));
        run.lists[1].outcome = Outcome { added: 1, unchanged: 3, ..Outcome::default() };
        run.lists[1].list = List::Items;
        assert_eq!(news(&run), Outcome { added: 1, unchanged: 3, unreadable: 1, ..Outcome::default() });
        assert_eq!(first_changed(&run, ChangeKind::Added, true), Some(List::Items));
    }

    #[test]
    fn a_running_import_is_never_shown_as_complete() {
        assert_eq!(Progress::of(&import(1, 1, &[(9, Some(9))])).percent(), Some(99));
        assert_eq!(Progress::of(&import(1, 1, &[(0, Some(0))])).percent(), Some(0));
    }

    #[test]
    fn quarters_are_spoken_of_and_nothing_between() {
        let at = |done| Milestone::of(&import(1, 1, &[(done, Some(100))]));
        assert_eq!([at(0), at(24)], [Milestone::Start; 2]);
        assert_eq!([at(25), at(49)], [Milestone::Quarter(1); 2]);
        assert_eq!([at(50), at(75)], [Milestone::Quarter(2), Milestone::Quarter(3)]);
        assert!(Milestone::Quarter(3) < Milestone::End);
    }
}
