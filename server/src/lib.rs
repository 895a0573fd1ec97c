//! The Patchbay proxy as a value: built from a configuration, served on a listener.

pub mod clock;
pub mod config;
pub mod error;
pub mod live;
pub mod mapping;
pub mod oauth;
pub mod providers;
pub mod state;
pub mod store;
pub mod vault;
