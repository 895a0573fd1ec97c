//! The sandbox over real HTTP, as an app and as a browser meet it.

#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

mod api;
mod app;
mod companies;
mod control;
mod discovery;
mod faults;
mod identity;
mod limits;
mod mischief;
mod page;
mod program;
mod query;
mod revocation;
mod rotation;
mod signin;
mod token;
mod xml;
