//! The edge to HTTP: handlers parse, call and shape; they decide nothing.

pub(crate) mod api;
pub(crate) mod assets;
pub mod callback;
pub mod connect;
pub(crate) mod embed;
pub(crate) mod gate;
mod guard;
pub mod headers;
pub mod health;
pub(crate) mod listener;
pub(crate) mod metrics;
pub(crate) mod notices;
pub(crate) mod pace;
pub mod page;
mod peer;
pub(crate) mod routes;
pub mod session;
pub(crate) mod signout;
pub(crate) mod socket;
pub mod table;
pub(crate) mod widget;
