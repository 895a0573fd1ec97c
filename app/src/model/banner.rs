//! The import banner: totals, share, and what is said aloud and when.

use protocol::import::{ImportSnapshot, ImportState, ListState, Outcome};

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
        }
    }

    /// Share in percent, where it can be known; a run that is not over never shows 100.
    pub fn percent(&self) -> Option<u8> {
        let total = self.total?;
        let share = (self.done * 100).checked_div(total).unwrap_or(0);
        u8::try_from(share.min(99)).ok()
    }
}

/// What became of all records of a run, as far as its lists were read to their ends.
pub fn outcome(import: &ImportSnapshot) -> Outcome {
    import.lists.iter().fold(Outcome::default(), |sum, list| Outcome {
        added: sum.added + list.outcome.added,
        changed: sum.changed + list.outcome.changed,
        renamed: sum.renamed + list.outcome.renamed,
        unchanged: sum.unchanged + list.outcome.unchanged,
        vanished: sum.vanished + list.outcome.vanished,
        unreadable: sum.unreadable + list.outcome.unreadable,
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
