//! The living conversation: rooms that know what changed, and the sessions that tell it.

pub(crate) mod elsewhere;
mod embedded;
mod greeting;
pub mod hub;
mod intents;
mod line;
mod news;
pub mod session;
pub mod view;
