//! The one conversation between the store in a browser and the proxy behind it.
//!
//! # Handshake
//! A socket opens with one of two subprotocols, [`SUBPROTOCOL_POSTCARD`] (binary frames) or
//! [`SUBPROTOCOL_JSON`] (text frames); both carry the same types. The first frame is an
//! [`Envelope`] around [`message::ClientMessage::Hello`], answered by
//! [`message::ServerMessage::Welcome`] with a whole [`store::Snapshot`]. What has not said hello
//! within [`HELLO_SECONDS`] is closed.
//!
//! # Sessions
//! At top level the session's cookie goes with the upgrade. A frame has no cookie: its first hello
//! brings a session token ([`message::Auth::Token`]), every later one the resume secret of the newest
//! welcome ([`message::Auth::Resume`]). Each is good once. [`message::ClientMessage::Renew`] makes such
//! a session last longer, and [`message::ServerMessage::Session`] tells until when.
//!
//! # Versions
//! The store and the proxy ship together. `Hello` names the build of the store; when it differs
//! from the proxy's, the answer is [`message::ServerMessage::OtherBuild`] and the store reloads
//! itself once per build. Variants and fields are only ever appended, never moved: postcard knows
//! them by position.
//!
//! # State and events
//! State is synchronised as state: every part carries a [`ids::Revision`] and the newest wins.
//! Only notifications are a sequence, ordered by [`ids::EventSeq`]; a cursor brings those after it.
//!
//! # Intents
//! Each intent carries a [`ids::RequestId`] and is answered once, by
//! [`message::ServerMessage::Done`] or [`message::ServerMessage::Failed`]. An id sent again within
//! ten minutes of the same session happens once and gets the first answer again.

pub mod audit;
pub mod health;
pub mod ids;
pub mod import;
pub mod mapping;
pub mod message;
pub mod notification;
pub mod record;
pub mod schema;
pub mod store;
mod wire;

pub use wire::{DecodeError, Envelope, decode, encode};
#[cfg(feature = "json")]
pub use wire::{decode_json, encode_json};

/// Subprotocol of binary frames, spoken by the store.
pub const SUBPROTOCOL_POSTCARD: &str = "patchbay.v1.postcard";
/// Subprotocol of text frames, spoken by tests and everybody else.
pub const SUBPROTOCOL_JSON: &str = "patchbay.v1.json";
/// The largest frame either side sends or accepts, in bytes.
pub const FRAME_LIMIT: usize = 256 * 1024;
/// How long a socket may stay silent before its hello, in seconds.
pub const HELLO_SECONDS: u64 = 10;
/// How often the proxy pings, in seconds; two missed pings end the socket.
pub const PING_SECONDS: u64 = 20;
/// How many requests a minute a company's provider is asked at most, which is what Intuit allows.
pub const REQUESTS_A_MINUTE: u16 = 500;
/// The largest window of rows that one request may ask for.
pub const WINDOW_LIMIT: u16 = 200;
