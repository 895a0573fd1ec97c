//! The edge to HTTP: handlers parse, call and shape; they decide nothing.

pub(crate) mod api;
pub(crate) mod assets;
pub mod callback;
pub mod connect;
pub(crate) mod embed;
pub mod headers;
pub mod health;
pub(crate) mod listener;
pub(crate) mod pace;
pub mod page;
pub mod session;
pub(crate) mod socket;
pub(crate) mod widget;
