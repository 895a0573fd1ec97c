//! The peer of a request: resolved once, where the connection is accepted, and carried in the
//! request's extensions. Every header that claims something else is left unread.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::{Extensions, HeaderMap, HeaderName};

use crate::peer::{Network, Peer};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The peer of a request with these headers on a connection from this address.
pub(super) fn resolve(connection: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> Peer {
    let values = headers.get_all(FORWARDED_FOR).iter();
    // What cannot be read is no address, which is what an empty text says as well.
    let lists: Vec<&str> = values.map(|value| value.to_str().unwrap_or_default()).collect();
    Peer::resolve(connection, lists.iter().flat_map(|list| list.split(',')), trusted)
}

/// The peer of a request. One that did not come by our accept loop has none, and shares a place with
/// all others of its kind.
pub(super) fn of(extensions: &Extensions) -> Peer {
    extensions.get().copied().unwrap_or_else(|| Peer::new(Ipv4Addr::UNSPECIFIED.into()))
}
