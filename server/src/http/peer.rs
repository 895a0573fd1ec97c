//! The peer of a request: resolved once, where the connection is accepted, and carried in the
//! request's extensions. Every header that claims something else is left unread.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};

use crate::peer::{Network, Peer};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who asks: the headers of a request, and the address that it came from.
pub(super) struct Asking {
    pub(super) peer: Peer,
    pub(super) headers: HeaderMap,
}

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self { peer: of(&parts.extensions), headers: parts.headers.clone() })
    }
}

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
