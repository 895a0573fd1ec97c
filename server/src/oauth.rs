//! OAuth 2.0: attempts, exchange, refresh, revocation. The only room that speaks it.

pub mod attempt;
mod authority;
pub mod discovery;
mod exchange;
pub mod finish;
pub mod handout;
mod identity;
mod metadata;
mod patience;
pub mod refresh;
mod registration;
pub mod revoke;
mod turns;
pub mod upgrade;

pub use authority::Announced;
pub use exchange::{Granted, TokenFault};
pub use registration::{KeepError, Registration, Registrations};
