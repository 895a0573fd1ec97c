//! The store: a single page program that talks to the proxy over one socket.
//!
//! Truth comes down the socket into [`live`], intents go up it; `model` and `routes` are pure and
//! tested natively, `socket` and `browser` are the only doors to the outside.

pub mod browser;
pub mod components;
pub mod live;
pub mod model;
pub mod pages;
pub mod routes;
pub mod signals;
pub mod socket;
pub mod text;

/// Puts the store into the page and opens the socket.
pub fn start() {
    pages::mount();
}
