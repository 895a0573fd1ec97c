//! How a sign-in does at the provider: whether it works, and what became of ending it.

use serde::{Deserialize, Serialize};

use crate::ids::Moment;

/// What became of revoking a sign-in at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Revocation {
    /// The provider confirmed it.
    Done {
        /// When.
        at: Moment,
    },
    /// The provider has not confirmed it yet.
    Waits {
        /// When it is asked next.
        next: Moment,
    },
    /// It was not asked for: another connection uses the same company, and would have ended with it.
    Shared,
    /// It could not be asked for: our copy of the sign-in could not be opened.
    Unreadable,
}

/// What a test of a connection came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionTest {
    /// The company's name, as the provider has just said it; none when something is wrong.
    pub company: Option<String>,
    /// What is wrong; none when everything works.
    pub fault: Option<TestFault>,
    /// The provider's error code.
    pub code: Option<String>,
    /// The provider's trace id (`intuit_tid`).
    pub trace: Option<String>,
    /// Our request id, for support.
    pub reference: String,
}

/// Why a connection does not work (product.md, Errors).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TestFault {
    /// The provider did not answer, or not in time.
    Unreachable,
    /// The provider asks to be left alone for a while.
    Busy,
    /// The provider no longer accepts our sign-in.
    SignIn,
    /// This app may not use that company.
    Forbidden,
    /// The provider refuses the operator's keys.
    KeysRefused,
    /// The provider's subscription has ended.
    SubscriptionEnded,
    /// The provider refused for another reason.
    Refused,
    /// The answer could not be understood.
    Garbled,
}
