//! OAuth 2.0: attempts, exchange, refresh, revocation. The only room that speaks it.

pub mod attempt;
mod exchange;
pub mod finish;
mod patience;
pub mod refresh;
mod registration;
pub mod revoke;
mod turns;
pub mod upgrade;

pub use exchange::{Granted, TokenFault};
pub use registration::{KeepError, Registration, Registrations};
