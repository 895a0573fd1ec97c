//! The switches as a test in the same process turns them; those of sign-in and tokens are in `oauth`.

use std::time::Duration;

use super::Control;
use crate::{Dialect, Failure, Limits, Refusals, state::held};

impl Control {
    /// How long each page of a query takes from now on.
    pub fn set_latency(&self, per_page: Duration) {
        held(&self.play.settings).latency = per_page;
    }

    /// How much is let in from now on.
    pub fn set_limits(&self, limits: Limits) {
        held(&self.play.settings).limits = limits;
    }

    /// How refusals look from now on.
    pub fn set_refusals(&self, refusals: Refusals) {
        held(&self.play.settings).refusals = refusals;
    }

    /// How the disputed corners of the query language behave from now on.
    pub fn set_dialect(&self, dialect: Dialect) {
        held(&self.play.settings).dialect = dialect;
    }

    /// Moves the sandbox's clock forward. It ends with the year 8999; returns false, and moves nothing, beyond.
    pub fn advance(&self, by: Duration) -> bool {
        let moved = self.play.clock.advance(by);
        // Deliveries may be due then.
        self.play.news.wake();
        moved
    }

    /// Lets every access token be expired.
    pub fn expire_access_tokens(&self) {
        held(&self.play.grants).expire_access(self.play.clock.now());
    }

    /// Somebody disconnects every app inside QuickBooks, in one company or in all. Returns how many grants ended.
    pub fn disconnect(&self, realm: Option<&str>) -> usize {
        held(&self.play.grants).disconnect(realm)
    }

    /// Adds a failure; with zero times it does nothing.
    pub fn fail(&self, failure: Failure) {
        if failure.times > 0 {
            held(&self.play.failures).push(failure);
        }
    }

    /// Forgets the failures that have not happened yet.
    pub fn clear_failures(&self) {
        held(&self.play.failures).clear();
    }

    /// Lets query pages wait until [`Control::resume_queries`], so that a test can stop the world in mid-import.
    pub fn pause_queries(&self) {
        self.play.paused.send_replace(true);
    }

    /// Lets waiting query pages go on.
    pub fn resume_queries(&self) {
        self.play.paused.send_replace(false);
    }

    /// Lets requests whose path contains this text arrive, and wait until [`Control::release`].
    pub fn hold(&self, route: impl Into<String>) {
        self.play.holding.send_replace(Some(route.into()));
    }

    /// Lets held requests go on.
    pub fn release(&self) {
        self.play.holding.send_replace(None);
    }

    /// Grants this to everybody who consents from now on, whatever is asked for, and says so in their token
    /// answers; `None` grants what is asked for and says nothing, as Intuit does.
    pub fn grant_scope(&self, scope: Option<&str>) {
        *held(&self.play.scope) = scope.map(str::to_owned);
    }
}
