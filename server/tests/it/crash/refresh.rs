//! A refresh, cut off at each of its steps by `kill -9` (RF-04): the next life finds the journal,
//! tries once, and ends connected, or with one clear word that somebody must reconnect.

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::import::List;
use sandbox::{Failure, Mischief, Point, Rotation};

use super::SYNCS;
use super::disk::{self, Left};
use super::proxy::{Proxy, SOON, Trouble, strace_works};
use super::story::Story;
use crate::quick::TOKEN;

/// Commits of a short import until its tokens are refreshed, and a few beyond.
const STEPS: u32 = 7;

/// How far a refresh had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// The refresh token was not sent.
    Before,
    /// It was sent, or was about to be; no new pair is kept.
    Between,
    /// The new pair is kept.
    After,
}

/// A refresh about to happen, and what was so before.
struct Eve {
    proxy: Proxy,
    story: Story,
    rotation: Rotation,
}

impl Eve {
    async fn of(rotation: Rotation) -> Self {
        let mut proxy = Proxy::new(rotation).await;
        assert!(proxy.serve(&Trouble::None));
        Self { proxy, story: Story::new(), rotation }
    }

    fn calls(&self) -> usize {
        self.proxy.sandbox.ledger().to(TOKEN).len()
    }

    /// How many of them were answered; the others met a cut line.
    fn answered(&self) -> usize {
        self.proxy.sandbox.ledger().to(TOKEN).iter().filter(|call| call.status.is_some()).count()
    }

    /// A short import with a token that has just expired.
    async fn import(&mut self) -> Option<()> {
        self.story.refreshed_import(&self.proxy, vec![List::Terms]).await
    }

    /// Connected, with nothing under way, as it lies on the disk.
    async fn quiet(&mut self) -> Left {
        self.story.connected(&self.proxy).await.expect("it serves");
        disk::now(&self.proxy.database()).await
    }

    /// Kills it at its so many-th sync from now on. How far the refresh came, and whether the provider
    /// has used the token up.
    async fn killed_at(&mut self, sync: u32) -> (Step, bool) {
        let (before, calls) = (self.quiet().await, self.calls());
        let tracer = self.proxy.follow(&Trouble::Killed(SYNCS, sync));
        let whole = self.import().await.is_some();
        self.proxy.kill();
        drop(tracer);
        let after = disk::left(&self.proxy.database()).await;
        let used = self.proxy.sandbox.ledger().to(TOKEN)[calls..].iter().any(|call| call.status == Some(200));
        match whole || after.generation > before.generation {
            true => (Step::After, false),
            false if after.open_refreshes == 0 => (Step::Before, false),
            false => (Step::Between, used),
        }
    }

    /// Kills it while the token endpoint has its request: before its work, or after it.
    async fn killed_while(&mut self, failure: Failure) {
        self.quiet().await;
        let (worked, answered, calls) = (failure.after_work, self.answered(), self.calls());
        self.proxy.sandbox.control().fail(failure);
        let asked = async {
            let ledger = self.proxy.sandbox.ledger();
            // The head of an answer goes out once the work is done.
            let came = if worked {
                ledger.answered_to(TOKEN, answered + 1, SOON).await.len() - answered
            } else {
                ledger.asked_at(TOKEN, calls + 1, SOON).await.len() - calls
            };
            assert_eq!(came, 1);
        };
        let mut story = std::mem::replace(&mut self.story, Story::new());
        tokio::select! {
            ended = story.refreshed_import(&self.proxy, vec![List::Terms]) => panic!("it ended: {ended:?}"),
            () = asked => {}
        }
        self.story = story;
        self.proxy.kill();
        assert_eq!(disk::left(&self.proxy.database()).await.open_refreshes, 1, "the journal knew before");
    }

    /// The next life: one retry at most, and an end that can be lived with.
    async fn recovers(&mut self, step: Step, spent: bool) {
        let (left, calls) = (disk::left(&self.proxy.database()).await, self.calls());
        assert!(self.proxy.serve(&Trouble::None));
        let settled = self.settled().await;
        let tries = self.calls() - calls;
        // The journal's own, or that of the import which goes on.
        assert!(tries <= 1, "{step:?}: {tries} tries");
        let live = settled.connection.as_ref().is_some_and(|(_, live)| *live);
        match self.rotation {
            Rotation::Strict if spent => {
                assert!(!live, "{step:?}: a token that was used up cannot work: {settled:?}");
                assert_eq!(settled.told, left.told + 1, "{step:?}: told once");
            }
            _ => {
                assert!(live, "{step:?}: the connection is lost: {settled:?}");
                assert_eq!(settled.told, left.told, "{step:?}");
            }
        }
        let calls = self.calls();
        self.story.connected(&self.proxy).await.expect("it serves");
        self.import().await.expect("it goes on");
        assert!(self.calls() - calls <= 3, "{step:?}: a loop");
    }

    /// Waits until no refresh is open.
    async fn settled(&self) -> Left {
        let looking = async {
            let mut looks = tokio::time::interval(Duration::from_millis(50));
            loop {
                looks.tick().await;
                let left = disk::now(&self.proxy.database()).await;
                if left.open_refreshes == 0 {
                    return left;
                }
            }
        };
        tokio::time::timeout(SOON, looking).await.expect("every refresh has an end")
    }
}

async fn at_every_step(rotation: Rotation) {
    if !strace_works() {
        return;
    }
    let mut eve = Eve::of(rotation).await;
    let mut seen = BTreeSet::new();
    for sync in 1..=STEPS {
        let (step, spent) = eve.killed_at(sync).await;
        seen.insert(step);
        eve.recovers(step, spent).await;
    }
    assert_eq!(seen.len(), 3, "the kills missed a step: {seen:?}");
    // On its way there, and on its way back.
    eve.killed_while(Failure::of(TOKEN, Mischief::Hang(Point::Connect))).await;
    eve.recovers(Step::Between, false).await;
    let hang = Failure { after_work: true, ..Failure::of(TOKEN, Mischief::Hang(Point::Body)) };
    eve.killed_while(hang).await;
    eve.recovers(Step::Between, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rf_04_a_refresh_killed_at_any_step_recovers_where_tokens_last_a_day() {
    at_every_step(Rotation::Intuit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rf_04_a_refresh_killed_at_any_step_recovers_where_there_is_grace() {
    at_every_step(Rotation::Grace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rf_04_a_refresh_killed_at_any_step_asks_once_to_reconnect_where_tokens_serve_once() {
    at_every_step(Rotation::Strict).await;
}
