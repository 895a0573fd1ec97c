//! The living conversation: rooms that know what changed, and the sessions that tell it.

pub mod hub;
