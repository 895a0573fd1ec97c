//! When a delivery is tried again, and when an endpoint is left alone: what Standard Webhooks
//! recommends. Pure.

use std::time::Duration;

use http::StatusCode;
use protocol::ids::Moment;

use super::client::{Answer, NoAnswer};
use crate::clock::{Clock, after};
use crate::store::deliveries::Outcome;

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// The pause after each try that failed, in milliseconds: three days in all, and then it is given up.
const PAUSES: [u64; 9] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// So long nothing but failure, and an endpoint is disabled, in milliseconds.
pub(super) const FAILING_MOST: u64 = 5 * 24 * HOUR;

/// What became of a try.
pub(super) type Tried = Result<Answer, NoAnswer>;

/// What becomes of a delivery after it was tried, `tries` times in vain before that.
pub(super) fn outcome(came: &Tried, tries: u32, clock: &Clock) -> Outcome {
    let status = came.as_ref().map(|answer| answer.status).ok();
    if status.is_some_and(|status| status.is_success()) {
        return Outcome::Delivered;
    }
    if status == Some(StatusCode::GONE) {
        return Outcome::Gone;
    }
    let pause = usize::try_from(tries).ok().and_then(|tries| PAUSES.get(tries));
    let Some(pause) = pause else { return Outcome::GivenUp };
    // Spread by a tenth, so that what failed together does not come back together.
    let pause = pause + clock.jitter(pause / 10);
    Outcome::Again(after(clock.now(), pause.max(asked(came))))
}

/// How long a busy endpoint asks to be left alone, in milliseconds.
fn asked(came: &Tried) -> u64 {
    let busy = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    let answer = came.as_ref().ok().filter(|answer| busy.contains(&answer.status));
    let wait = answer.and_then(|answer| answer.wait).as_ref().map_or(0, Duration::as_millis);
    u64::try_from(wait).unwrap_or(u64::MAX)
}

/// Why it did not arrive, for the operator; none when it did.
pub(super) fn fault(came: &Tried) -> Option<String> {
    match came {
        Ok(answer) if answer.status.is_success() => None,
        Ok(answer) if answer.status.is_redirection() => {
            Some(format!("answered {}, and redirects are not followed", answer.status.as_u16()))
        }
        Ok(answer) => Some(format!("answered {}", answer.status.as_u16())),
        Err(none) => Some(none.to_string()),
    }
}

/// Whether an endpoint that fails now, and since then, has failed long enough.
pub(super) fn is_hopeless(failing_since: Option<i64>, now: Moment) -> bool {
    failing_since.is_some_and(|since| now.0.saturating_sub(since.unsigned_abs()) >= FAILING_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, wait: Option<u64>) -> Tried {
        let wait = wait.map(Duration::from_secs);
        let status = StatusCode::from_u16(status).map_err(|_| NoAnswer::Late)?;
        Ok(Answer { status, wait, took: Duration::ZERO })
    }

    fn pause(came: &Tried, tries: u32) -> u64 {
        match outcome(came, tries, &Clock::manual(Moment(0))) {
            Outcome::Again(due) => due.0,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_delivery_is_tried_for_three_days_less_and_less_often() {
        let mut whole = 0;
        for (tries, planned) in (0..).zip(PAUSES) {
            let pause = pause(&answered(500, None), tries);
            assert!((planned..planned + planned / 10 + 1).contains(&pause), "{tries}: {pause}");
            whole += pause;
        }
        assert!((75 * HOUR..84 * HOUR).contains(&whole), "{whole}");
        assert_eq!(outcome(&Err(NoAnswer::Late), 9, &Clock::manual(Moment(0))), Outcome::GivenUp);
    }

    #[test]
    fn failures_are_spread() {
        let pauses: std::collections::HashSet<u64> =
            (0..50).map(|_| pause(&Err(NoAnswer::NoConnection), 1)).collect();
        assert!(pauses.len() > 10, "{pauses:?}");
    }

    #[test]
    fn an_answer_says_what_becomes_of_it() {
        let clock = Clock::manual(Moment(0));
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(outcome(&answered(status, None), 3, &clock), Outcome::Delivered, "{status}");
        }
        assert_eq!(outcome(&answered(410, None), 0, &clock), Outcome::Gone);
        for status in [100, 301, 304, 307, 400, 401, 404, 429, 500, 503] {
            assert!(matches!(outcome(&answered(status, None), 0, &clock), Outcome::Again(_)), "{status}");
        }
    }

    #[test]
    fn a_busy_endpoint_is_left_alone_as_long_as_it_asks() {
        for status in [429, 503] {
            assert_eq!(pause(&answered(status, Some(240)), 0), 240 * SECOND);
            assert!(pause(&answered(status, Some(1)), 1) >= 5 * MINUTE, "never shorter than planned");
        }
        assert!(pause(&answered(500, Some(240)), 0) < 6 * SECOND, "only from one that is busy");
    }

    #[test]
    fn an_endpoint_is_hopeless_after_five_days_without_a_success() {
        let since = Some(1000);
        assert!(!is_hopeless(None, Moment(u64::MAX)));
        assert!(!is_hopeless(since, Moment(999 + FAILING_MOST)));
        assert!(is_hopeless(since, Moment(1000 + FAILING_MOST)));
    }
}
