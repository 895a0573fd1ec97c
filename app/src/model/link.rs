//! The link to the proxy as a state machine: when to connect, how long to wait, what to say.
//! Time (milliseconds) and chance are arguments.

/// The first ceiling of the wait, in milliseconds.
const BASE: u64 = 500;
/// The last ceiling of the wait, in milliseconds.
const CEILING: u64 = 30_000;
/// How long a loss stays unmentioned, in milliseconds.
pub const QUIET: u64 = 2_000;
/// An intent unanswered for so long means that the line is dead, in milliseconds.
pub const PATIENCE: u64 = 15_000;

/// The link as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    phase: Phase,
    /// Attempts since the link last stood.
    attempts: u32,
    /// Since when there is no link.
    down_since: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Standing,
    Waiting {
        until: u64,
    },
    /// `refused`: before it ever stood.
    Over {
        refused: bool,
    },
}

/// What happened to the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkEvent {
    /// The proxy said welcome.
    Welcomed,
    /// The socket closed, or could not be opened.
    Lost,
    /// The browser came online, or the tab became visible.
    Woke,
    /// The wait is over.
    Waited,
    /// The session ended: nothing more to try.
    Ended,
}

/// What the socket loop does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkStep {
    /// Open a socket.
    Open,
    /// Wait so many milliseconds, or until something wakes us.
    Wait(u64),
    /// Go on as it is.
    Stay,
    /// Stop for good.
    Stop,
}

/// What the screen says about the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkView {
    /// Nothing: it stands, or was lost only now.
    Quiet,
    /// It is lost and comes back by itself.
    Lost,
}

impl Link {
    /// A link that is being opened for the first time.
    pub fn new(now: u64) -> Self {
        Self { phase: Phase::Opening, attempts: 0, down_since: now }
    }

    /// Moves on. `chance` is uniform over all of `u32`.
    pub fn on(&mut self, event: LinkEvent, now: u64, chance: u32) -> LinkStep {
        match (self.phase, event) {
            (Phase::Over { .. }, _) => LinkStep::Stop,
            (phase, LinkEvent::Ended) => {
                self.phase = Phase::Over { refused: phase == Phase::Opening };
                LinkStep::Stop
            }
            (_, LinkEvent::Welcomed) => {
                self.phase = Phase::Standing;
                self.attempts = 0;
                LinkStep::Stay
            }
            (Phase::Standing | Phase::Opening, LinkEvent::Lost) => {
                if self.phase == Phase::Standing {
                    self.down_since = now;
                }
                let wait = full_jitter(self.attempts, chance);
                self.attempts = self.attempts.saturating_add(1);
                self.phase = Phase::Waiting { until: now + wait };
                LinkStep::Wait(wait)
            }
            (Phase::Waiting { until }, LinkEvent::Waited) if now < until => LinkStep::Wait(until - now),
            (Phase::Waiting { .. }, LinkEvent::Waited | LinkEvent::Woke) => {
                self.phase = Phase::Opening;
                LinkStep::Open
            }
            (Phase::Waiting { .. }, LinkEvent::Lost)
            | (Phase::Standing | Phase::Opening, LinkEvent::Woke | LinkEvent::Waited) => LinkStep::Stay,
        }
    }

    /// Begins again with another session. After a hello that was refused it waits as after a loss,
    /// longer each time: the next one may be refused as well.
    pub fn begin_again(&mut self, now: u64, chance: u32) -> LinkStep {
        let refused = self.phase == (Phase::Over { refused: true });
        self.phase = Phase::Opening;
        let step = if refused { self.on(LinkEvent::Lost, now, chance) } else { LinkStep::Open };
        // Nothing is lost while it waits.
        self.down_since = if let LinkStep::Wait(wait) = step { now + wait } else { now };
        step
    }

    /// There is something to open it with only now; attempts that failed before still count.
    pub fn admit(&mut self, now: u64) {
        self.phase = Phase::Opening;
        self.down_since = now;
    }

    /// What to say at this moment.
    pub fn view(&self, now: u64) -> LinkView {
        let down = matches!(self.phase, Phase::Opening | Phase::Waiting { .. });
        if down && now.saturating_sub(self.down_since) >= QUIET { LinkView::Lost } else { LinkView::Quiet }
    }

    /// The link stands.
    pub fn stands(&self) -> bool {
        self.phase == Phase::Standing
    }
}

/// Anything from nothing to a ceiling that doubles with each attempt: clients that lost their
/// proxy at the same instant must not come back at the same instant.
fn full_jitter(attempts: u32, chance: u32) -> u64 {
    let ceiling = BASE.saturating_mul(1 << attempts.min(16)).min(CEILING);
    (ceiling * u64::from(chance)) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u32 = u32::MAX;

    #[test]
    fn the_ceiling_doubles_up_to_thirty_seconds() {
        let ceilings: Vec<u64> = (0..8).map(|n| full_jitter(n, MOST) + 1).collect();
        assert_eq!(ceilings, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert_eq!(full_jitter(u32::MAX, MOST) + 1, 30_000);
        assert_eq!(full_jitter(5, 0), 0);
    }

    #[test]
    fn a_welcome_starts_the_backoff_anew() {
        let mut link = Link::new(0);
        for _ in 0..5 {
            link.on(LinkEvent::Lost, 0, MOST);
            link.on(LinkEvent::Woke, 0, 0);
        }
        link.on(LinkEvent::Welcomed, 0, 0);
        assert_eq!(link.on(LinkEvent::Lost, 0, MOST), LinkStep::Wait(499));
    }

    #[test]
    fn waking_up_connects_at_once() {
        let mut link = Link::new(0);
        link.on(LinkEvent::Lost, 0, MOST);
        assert_eq!(link.on(LinkEvent::Woke, 1, 0), LinkStep::Open);
        assert_eq!(link.on(LinkEvent::Woke, 2, 0), LinkStep::Stay);
    }

    #[test]
    fn a_wait_that_ends_too_early_goes_on() {
        let mut link = Link::new(0);
        link.on(LinkEvent::Lost, 100, MOST);
        assert_eq!(link.on(LinkEvent::Waited, 200, 0), LinkStep::Wait(399));
        assert_eq!(link.on(LinkEvent::Waited, 599, 0), LinkStep::Open);
    }

    #[test]
    fn a_short_loss_is_not_mentioned() {
        let mut link = Link::new(0);
        link.on(LinkEvent::Welcomed, 50, 0);
        link.on(LinkEvent::Lost, 1_000, MOST);
        assert_eq!(link.view(2_999), LinkView::Quiet);
        assert_eq!(link.view(3_000), LinkView::Lost);
        link.on(LinkEvent::Woke, 3_100, 0);
        link.on(LinkEvent::Lost, 3_200, MOST);
        assert_eq!(link.view(3_200), LinkView::Lost, "the loss is the same one");
        link.on(LinkEvent::Welcomed, 3_300, 0);
        assert_eq!(link.view(9_000), LinkView::Quiet);
    }

    #[test]
    fn an_ended_session_is_never_tried_again() {
        let mut link = Link::new(0);
        assert_eq!(link.on(LinkEvent::Ended, 0, 0), LinkStep::Stop);
        assert_eq!(link.on(LinkEvent::Woke, 9, 0), LinkStep::Stop);
        assert_eq!(link.view(9_999), LinkView::Quiet);
    }

    #[test]
    fn after_a_session_that_stood_the_next_begins_at_once() {
        let mut link = Link::new(0);
        link.on(LinkEvent::Welcomed, 0, 0);
        link.on(LinkEvent::Ended, 5_000, 0);
        assert_eq!(link.begin_again(5_000, MOST), LinkStep::Open);
        assert_eq!(link.view(5_000), LinkView::Quiet);
    }

    #[test]
    fn each_hello_that_is_refused_waits_longer_and_is_no_lost_link() {
        let mut link = Link::new(0);
        let mut now = 0;
        let waits = [(); 4].map(|()| {
            link.admit(now);
            link.on(LinkEvent::Ended, now, 0);
            let LinkStep::Wait(wait) = link.begin_again(now, MOST) else { panic!("it must wait") };
            now += wait;
            assert_eq!(link.view(now), LinkView::Quiet);
            assert_eq!(link.on(LinkEvent::Waited, now, 0), LinkStep::Open);
            wait
        });
        assert_eq!(waits, [499, 999, 1_999, 3_999]);
    }
}
