//! How a list that is here already is read again, without the outside: by asking what changed where
//! that is possible and recent enough, or whole.

use protocol::ids::Moment;
use protocol::import::{ImportCause, ImportFault, List};

use crate::providers::Changes;
use crate::store::imports::Standing;

const DAY: u64 = 24 * 3_600_000;
/// QuickBooks tells changes of the last 30 days. Two of them are for clocks and for the way.
const RECENT: u64 = 28 * DAY;
/// Changes are asked for from so long before the last read: what was saved while it was answered may
/// bear an earlier time. What comes twice is seen to be unchanged.
const OVERLAP: u64 = 10 * 60_000;

/// How a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Only what changed since this moment of the provider's clock.
    Changes(Moment),
    /// Page by page, counted first.
    Whole,
    /// Page by page. About so many records will come, which need not be counted: there is nothing that
    /// their changes could be asked for from.
    Uncounted(u32),
}

/// Decides how a list is read. `tells` when the provider tells changes of it; `now` is our own clock,
/// which only says how long ago the last read was.
pub fn how(standing: &Standing, tells: bool, now: Moment) -> How {
    match (standing.read_at, standing.since) {
        _ if standing.begun => How::Whole,
        (Some(_), _) if !tells => How::Uncounted(standing.records),
        (Some(read_at), Some(since)) if now.0.saturating_sub(read_at.0) <= RECENT => {
            How::Changes(Moment(since.0.saturating_sub(OVERLAP)))
        }
        _ => How::Whole,
    }
}

/// Lists whose changes are asked for together, and from when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Which lists.
    pub lists: Vec<(List, Moment)>,
}

impl Question {
    /// The earliest moment of all: what one list is told too much of is unchanged.
    pub fn since(&self) -> Moment {
        self.lists.iter().map(|(_, since)| *since).min().unwrap_or_default()
    }

    /// The same list by list, each from its own moment.
    pub fn split(self) -> Vec<Self> {
        self.lists.into_iter().map(|list| Self { lists: vec![list] }).collect()
    }
}

/// What is done with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept.
    Keep(Changes, Moment),
    /// Each list is asked about by itself.
    Split,
    /// The lists are read whole.
    Whole,
    /// The lists cannot go on.
    Fail(ImportFault),
}

/// Judges an answer. One that was cut off says nothing of who is not named; there is no asking for the
/// part of it before a moment, so a list that is cut off by itself is read whole. A clock that stands
/// before the moment that was asked about has gone back: nobody knows what it keeps from us.
pub fn judge(question: &Question, answer: Result<Changes, ImportFault>) -> Verdict {
    let several = question.lists.len() > 1;
    match answer {
        Ok(changes) if changes.cut_off && several => Verdict::Split,
        Ok(changes) => match changes.at.filter(|at| !changes.cut_off && *at >= question.since()) {
            Some(at) => Verdict::Keep(changes, at),
            None => Verdict::Whole,
        },
        // One of the lists may be none that this company has.
        Err(fault) if fault.cause == ImportCause::Refused && several => Verdict::Split,
        Err(fault) if matches!(fault.cause, ImportCause::Refused | ImportCause::Garbled) => Verdict::Whole,
        Err(fault) => Verdict::Fail(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(100 * DAY);
    /// The provider's clock is years ahead of ours; that changes nothing.
    const THEIRS: Moment = Moment(9000 * DAY);

    fn read(days_ago: u64) -> Standing {
        let read_at = Some(Moment(NOW.0 - days_ago * DAY));
        Standing { list: List::Customers, begun: false, read_at, since: Some(THEIRS), records: 7 }
    }

    #[test]
    fn each_list_is_read_by_changes_where_that_can_be_believed() {
        let by_changes = How::Changes(Moment(THEIRS.0 - OVERLAP));
        let new = Standing { read_at: None, since: None, ..read(1) };
        for (standing, tells, expected) in [
            (read(1), true, by_changes),
            (read(28), true, by_changes),
            (read(29), true, How::Whole),
            (read(1), false, How::Uncounted(7)),
            (new, true, How::Whole),
            (new, false, How::Whole),
            (Standing { since: None, ..read(1) }, true, How::Whole),
            (Standing { begun: true, ..read(1) }, true, How::Whole),
            (Standing { begun: true, ..read(1) }, false, How::Whole),
            // Our clock was set back meanwhile: the provider says itself what is too old.
            (Standing { read_at: Some(Moment(NOW.0 + DAY)), ..read(1) }, true, by_changes),
        ] {
            assert_eq!(how(&standing, tells, NOW), expected, "{standing:?}, tells: {tells}");
        }
    }

    fn question(lists: &[List]) -> Question {
        Question { lists: lists.iter().zip(1..).map(|(list, day)| (*list, Moment(day * DAY))).collect() }
    }

    fn fault(cause: ImportCause) -> Result<Changes, ImportFault> {
        Err(ImportFault { cause, code: None, trace: None })
    }

    #[test]
    fn an_answer_is_kept_only_when_it_must_be_whole() {
        let (one, two) = (question(&[List::Terms]), question(&[List::Terms, List::Items]));
        let at = |day: u64| Changes { at: Some(Moment(day * DAY)), ..Changes::default() };
        let cut_off = || Ok(Changes { cut_off: true, ..at(3) });
        assert_eq!(judge(&two, Ok(at(1))), Verdict::Keep(at(1), Moment(DAY)));
        assert_eq!(judge(&two, Ok(Changes::default())), Verdict::Whole, "it does not tell its time");
        assert_eq!(judge(&one, Ok(Changes { at: Some(Moment(DAY - 1)), ..at(1) })), Verdict::Whole);
        assert_eq!((judge(&two, cut_off()), judge(&one, cut_off())), (Verdict::Split, Verdict::Whole));
        assert_eq!(judge(&two, fault(ImportCause::Refused)), Verdict::Split);
        assert_eq!(judge(&one, fault(ImportCause::Refused)), Verdict::Whole);
        assert_eq!(judge(&two, fault(ImportCause::Garbled)), Verdict::Whole);
        for cause in [ImportCause::Unreachable, ImportCause::SignIn, ImportCause::Forbidden] {
            assert!(matches!(judge(&two, fault(cause)), Verdict::Fail(_)), "{cause:?}");
        }
    }

    #[test]
    fn lists_are_asked_about_together_from_the_earliest_moment() {
        let two = question(&[List::Terms, List::Items]);
        assert_eq!(two.since(), Moment(DAY));
        let since: Vec<Moment> = two.split().iter().map(Question::since).collect();
        assert_eq!(since, [Moment(DAY), Moment(2 * DAY)]);
    }
}
