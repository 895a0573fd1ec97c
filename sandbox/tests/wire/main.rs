//! The sandbox over real HTTP, as an app and as a browser meet it.

#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

mod api;
mod app;
mod batch;
mod bookkeeper;
mod cdc;
mod companies;
mod control;
mod discovery;
mod faults;
mod generated;
mod identity;
mod inside;
mod limits;
mod migration;
mod mischief;
mod names;
mod page;
mod program;
mod query;
mod reads;
mod revocation;
mod rotation;
mod signin;
mod token;
mod waiting;
mod webhooks;
mod writes;
mod xml;
