//! The rules of an import, without the outside: which lists, in which order, when a list is at its
//! end, what a fault means.

use std::time::Duration;

use protocol::import::{ImportCause, ImportFault, ImportState, List, ListState, Trigger};

use crate::providers::{ProviderCause, ProviderFault};
use crate::store::imports::Checkpoint;

/// The lists of a run, in the order in which people read them. Nothing asked means all; the rates
/// of tax codes are worked out while the codes are read, so that new rates bring the codes along.
pub fn lists(asked: &[List], available: &[List]) -> Vec<List> {
    let wanted = |list: &List| {
        asked.is_empty()
            || asked.contains(list)
            || (*list == List::TaxCodes && asked.contains(&List::TaxRates))
    };
    List::ALL.into_iter().filter(|list| available.contains(list) && wanted(list)).collect()
}

/// Lists still to be read, as rows that may run beside each other: tax codes after tax rates. The
/// company is not among them; it comes before everything.
pub fn lanes(checkpoints: &[Checkpoint]) -> Vec<Vec<List>> {
    let open: Vec<List> = checkpoints.iter().filter(|list| is_open(list)).map(|list| list.list).collect();
    let follows = |list: List| list == List::TaxCodes && open.contains(&List::TaxRates);
    let leads = open.iter().copied().filter(|list| *list != List::Company && !follows(*list));
    leads
        .map(|list| match list {
            List::TaxRates if open.contains(&List::TaxCodes) => vec![list, List::TaxCodes],
            _ => vec![list],
        })
        .collect()
}

/// A list that this run still has to read, or to read on.
pub fn is_open(checkpoint: &Checkpoint) -> bool {
    matches!(checkpoint.state, ListState::Waiting | ListState::Running)
}

/// How a run ended whose lists have all ended, and how many of them failed.
pub fn verdict(checkpoints: &[Checkpoint]) -> (ImportState, u32) {
    let failed = checkpoints.iter().filter(|list| matches!(list.state, ListState::Failed(_))).count();
    let state = if failed == 0 { ImportState::Done } else { ImportState::Failed };
    (state, u32::try_from(failed).unwrap_or(u32::MAX))
}

/// Nobody waits for this run, so nobody is told that it began.
pub fn is_quiet(trigger: Trigger) -> bool {
    matches!(trigger, Trigger::Nightly | Trigger::Notice)
}

/// Whether the tray tells how a run ended that touched so many records. What nobody asked for is told
/// once a night at most, and only when something came of it; a notice comes with every change that
/// somebody makes. What a change breaks is told in any case, by the connection.
pub fn is_told(trigger: Trigger, state: ImportState, touched: u32) -> bool {
    match trigger {
        Trigger::Connected | Trigger::Person | Trigger::Portal => true,
        Trigger::Nightly => touched > 0 || state == ImportState::Failed,
        Trigger::Notice => false,
    }
}

/// Where a list stands after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// There may be more.
    More,
    /// That was the last page.
    End,
    /// Pages keep coming that cannot be true.
    Runaway,
}

/// What was on a page, and what is known of its list after it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Turn {
    /// Objects asked for.
    pub asked: u32,
    /// Objects on the page.
    pub size: u32,
    /// Objects on it that this run had not brought before, readable or not.
    pub fresh: u32,
    /// Objects read so far.
    pub done: u32,
    /// As counted before the list was read.
    pub counted: u32,
}

/// Decides whether to go on. A short page is the end only when the count agrees: QuickBooks counts
/// its built-in tax codes into pages in ways of its own. A full page of repeats, or far more rows
/// than were counted, is a provider going in circles.
pub fn after(turn: Turn) -> After {
    if turn.size == 0 || (turn.size < turn.asked && turn.done >= turn.counted) {
        After::End
    } else if turn.fresh == 0 || turn.done > turn.counted.saturating_mul(2).saturating_add(10_000) {
        After::Runaway
    } else {
        After::More
    }
}

/// What to do about a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Wait so long, then ask again; the whole company waits when `company` is true.
    Wait {
        /// How long.
        time: Duration,
        /// Everybody who asks this company waits.
        company: bool,
    },
    /// Another access token may help.
    Renew,
    /// The list cannot go on.
    GiveUp(ImportFault),
}

/// How often a fault that may pass is met with patience: some five minutes in all.
const TRIES: u32 = 14;

/// Decides about a fault of the `tries`-th try, counted from 1, with an access token that was
/// `renewed` for this request or not.
pub fn answer(fault: &ProviderFault, tries: u32, renewed: bool) -> Answer {
    let patient = tries < TRIES;
    match fault.cause {
        ProviderCause::Unauthorized if !renewed => Answer::Renew,
        ProviderCause::Limited { seconds } if patient => {
            Answer::Wait { time: Duration::from_secs(u64::from(seconds)), company: true }
        }
        ProviderCause::Unreachable if patient => Answer::Wait { time: backoff(tries), company: false },
        ProviderCause::Garbled if tries < 3 => Answer::Wait { time: backoff(tries), company: false },
        _ => Answer::GiveUp(told(fault)),
    }
}

/// 1 s, doubled each time up to 30 s.
fn backoff(tries: u32) -> Duration {
    Duration::from_secs((1 << tries.saturating_sub(1).min(5)).min(30))
}

/// A fault as people are told.
pub fn told(fault: &ProviderFault) -> ImportFault {
    let cause = match fault.cause {
        ProviderCause::Unauthorized => ImportCause::SignIn,
        ProviderCause::Forbidden => ImportCause::Forbidden,
        ProviderCause::Limited { .. } | ProviderCause::Unreachable => ImportCause::Unreachable,
        ProviderCause::Refused => ImportCause::Refused,
        ProviderCause::Garbled => ImportCause::Garbled,
    };
    ImportFault { cause, code: fault.code.clone(), trace: fault.trace.clone() }
}

/// The fault of a list whose pages go in circles.
pub fn runaway() -> ImportFault {
    ImportFault { cause: ImportCause::Garbled, code: None, trace: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(list: List, state: ListState) -> Checkpoint {
        Checkpoint { list, state, total: None, done: 0, position: 1 }
    }

    fn fault(cause: ProviderCause) -> ProviderFault {
        ProviderFault { cause, status: None, code: None, trace: None }
    }

    #[test]
    fn nothing_asked_means_everything_in_order() {
        assert_eq!(lists(&[], &List::ALL), List::ALL);
        assert_eq!(lists(&[List::Suppliers, List::Accounts], &List::ALL), [List::Accounts, List::Suppliers]);
        assert_eq!(lists(&[List::TaxRates], &List::ALL), [List::TaxCodes, List::TaxRates]);
        assert_eq!(lists(&[List::Terms], &[List::Accounts]), []);
    }

    #[test]
    fn codes_come_after_their_rates_and_what_is_done_stays_done() {
        let all: Vec<_> = List::ALL.into_iter().map(|list| checkpoint(list, ListState::Waiting)).collect();
        assert_eq!(lanes(&all)[1], [List::TaxRates, List::TaxCodes]);
        let mut read = lanes(&all).concat();
        read.sort();
        assert_eq!(read, List::ALL[1..], "each but the company, once");
        let rest = [
            checkpoint(List::Accounts, ListState::Done),
            checkpoint(List::TaxRates, ListState::Done),
            checkpoint(List::TaxCodes, ListState::Running),
        ];
        assert_eq!(lanes(&rest), [vec![List::TaxCodes]]);
    }

    #[test]
    fn a_page_ends_its_list_or_not() {
        let turn = Turn { asked: 100, size: 100, fresh: 100, done: 100, counted: 240 };
        assert_eq!(after(turn), After::More);
        assert_eq!(after(Turn { size: 40, done: 240, ..turn }), After::End);
        assert_eq!(after(Turn { size: 98, done: 98, ..turn }), After::More);
        assert_eq!(after(Turn { size: 0, fresh: 0, done: 98, ..turn }), After::End);
    }

    #[test]
    fn in_09_pages_in_circles_are_noticed() {
        let turn = Turn { asked: 100, size: 100, fresh: 0, done: 500, counted: 240 };
        assert_eq!(after(turn), After::Runaway);
        assert_eq!(after(Turn { fresh: 100, done: 10_481, ..turn }), After::Runaway);
    }

    #[test]
    fn what_may_pass_is_waited_for_and_the_rest_is_not() {
        let limited = fault(ProviderCause::Limited { seconds: 60 });
        assert_eq!(answer(&limited, 1, false), Answer::Wait { time: Duration::from_mins(1), company: true });
        let away = fault(ProviderCause::Unreachable);
        let total: u64 = (1..TRIES)
            .map(|tries| match answer(&away, tries, false) {
                Answer::Wait { time, company: false } => time.as_secs(),
                other => panic!("{other:?}"),
            })
            .sum();
        assert!((180..420).contains(&total), "{total}");
        assert!(matches!(answer(&away, TRIES, false), Answer::GiveUp(_)));
        assert_eq!(answer(&fault(ProviderCause::Unauthorized), 5, false), Answer::Renew);
        for cause in [ProviderCause::Unauthorized, ProviderCause::Refused, ProviderCause::Forbidden] {
            assert!(matches!(answer(&fault(cause), 1, true), Answer::GiveUp(_)), "{cause:?}");
        }
    }

    #[test]
    fn what_nobody_asked_for_is_told_only_when_something_came_of_it() {
        use ImportState::{Done, Failed};
        for trigger in [Trigger::Connected, Trigger::Person, Trigger::Portal] {
            assert!(!is_quiet(trigger) && is_told(trigger, Done, 0), "{trigger:?}");
        }
        assert!(is_quiet(Trigger::Nightly) && is_quiet(Trigger::Notice));
        let nightly =
            [(Done, 0), (Done, 1), (Failed, 0)].map(|(state, n)| is_told(Trigger::Nightly, state, n));
        assert_eq!(nightly, [false, true, true]);
        assert!(!is_told(Trigger::Notice, Failed, 3));
    }

    #[test]
    fn one_failed_list_fails_the_run_alone() {
        let failed = ListState::Failed(told(&fault(ProviderCause::Refused)));
        let lists = [checkpoint(List::Terms, failed), checkpoint(List::Accounts, ListState::Done)];
        assert_eq!(verdict(&lists), (ImportState::Failed, 1));
        assert_eq!(verdict(&lists[1..]), (ImportState::Done, 0));
    }
}
