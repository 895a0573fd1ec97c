//! How much anybody may ask for: rates by API key, session and address, and how many sockets stand at
//! once. All of it is memory alone; a restart forgets it.

mod bucket;
mod tally;

use std::net::IpAddr;

use protocol::ids::Moment;

use bucket::Buckets;
pub use bucket::Rate;
use tally::{Held, Tally};

use crate::config;
use crate::peer::Peer;
use crate::store::ids::{SessionId, TenantId};

/// How long somebody waits who was refused a socket because all of theirs are taken, in seconds.
const FULL: u64 = 10;

/// Uploads of one portal that flow at once; each holds a batch in memory.
const UPLOADS: u32 = 16;

/// It was too much. After so many seconds it is worth trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// For `Retry-After`.
    pub seconds: u64,
}

/// Everything that is counted.
pub struct Limits {
    keys: Buckets<[u8; 32]>,
    messages: Buckets<SessionId>,
    visits: Buckets<IpAddr>,
    guesses: Buckets<IpAddr>,
    hellos: Buckets<IpAddr>,
    sockets: Tally<IpAddr>,
    strangers: Tally<IpAddr>,
    tenants: Tally<TenantId>,
    uploads: Tally<String>,
}

impl Limits {
    /// Nobody has asked for anything yet.
    pub fn new(set: &config::Limits) -> Self {
        Self {
            keys: Buckets::new(set.requests_per_key),
            messages: Buckets::new(set.messages_per_session),
            visits: Buckets::new(set.visits_per_address),
            guesses: Buckets::new(set.visits_per_address),
            hellos: Buckets::new(set.hellos_per_address),
            sockets: Tally::new(set.sockets_per_address),
            strangers: Tally::new(set.strangers_per_address),
            tenants: Tally::new(set.sockets_per_tenant),
            uploads: Tally::new(UPLOADS),
        }
    }

    /// A request with this API key, by its hash, that weighs as much as so many small ones.
    pub fn request(&self, key: [u8; 32], weight: u32, now: Moment) -> Result<(), TooMany> {
        self.keys.take(key, weight, now)
    }

    /// A visit that uses a one-time secret.
    pub fn visit(&self, peer: Peer, now: Moment) -> Result<(), TooMany> {
        self.visits.take(peer.block(), 1, now)
    }

    /// An API key that was refused. Counted apart, so that visitors and a backend behind one address
    /// do not use up what the others may.
    pub fn guess(&self, peer: Peer, now: Moment) -> Result<(), TooMany> {
        self.guesses.take(peer.block(), 1, now)
    }

    /// A message of this session, on whichever socket.
    pub fn message(&self, session: SessionId, now: Moment) -> Result<(), TooMany> {
        self.messages.take(session, 1, now)
    }

    /// A turn for an upload of this portal's records, until it is dropped.
    pub fn upload(&self, portal: &str) -> Result<UploadTurn, TooMany> {
        self.uploads.take(portal.to_owned()).map(UploadTurn).ok_or(TooMany { seconds: FULL })
    }

    /// A seat for a socket that is about to say hello.
    pub fn seat(&self, peer: Peer, now: Moment) -> Result<Seat, TooMany> {
        let address = peer.block();
        self.hellos.take(address, 1, now)?;
        let full = TooMany { seconds: FULL };
        Ok(Seat {
            stranger: Some(self.strangers.take(address).ok_or(full)?),
            tenant: None,
            peer,
            _address: self.sockets.take(address).ok_or(full)?,
        })
    }

    /// How many sockets of this address stand.
    pub fn sockets(&self, peer: Peer) -> u32 {
        self.sockets.held(&peer.block())
    }
}

/// An upload's place among those of its portal. Dropping it frees the place.
pub struct UploadTurn(#[expect(dead_code, reason = "it is held, and counts")] Held<String>);

/// A socket's place among those of its address and, once it has said hello, of its tenant. Dropping
/// it frees the place.
pub struct Seat {
    stranger: Option<Held<IpAddr>>,
    tenant: Option<Held<TenantId>>,
    peer: Peer,
    _address: Held<IpAddr>,
}

impl Seat {
    /// Who sits there, as far as addresses tell.
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// The socket proved a session of this tenant.
    pub fn known(&mut self, limits: &Limits, tenant: TenantId) -> Result<(), TooMany> {
        self.tenant = Some(limits.tenants.take(tenant).ok_or(TooMany { seconds: FULL })?);
        self.stranger = None;
        Ok(())
    }
}

/// What becomes of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is served.
    Serve,
    /// It is answered as too many.
    Refuse,
    /// Whoever sends it does not listen: the socket is closed.
    Close,
}

/// So many messages more were refused than served: that is no hasty person.
const FLOOD: u32 = 200;

/// How far one socket has gone beyond what its session may say.
#[derive(Debug, Default)]
pub struct Flood {
    refused: u32,
}

impl Flood {
    /// Judges one more message by whether the session still had something to say.
    pub fn judge(&mut self, allowed: Result<(), TooMany>) -> Verdict {
        if allowed.is_ok() {
            self.refused = self.refused.saturating_sub(1);
            return Verdict::Serve;
        }
        self.refused += 1;
        if self.refused > FLOOD { Verdict::Close } else { Verdict::Refuse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::after;

    const NOW: Moment = Moment(1_764_000_000_000);

    fn peer(text: &str) -> Peer {
        Peer::new(text.parse().expect("an address"))
    }

    fn small() -> Limits {
        Limits::new(&config::Limits {
            hellos_per_address: Rate::new(1, 6),
            sockets_per_address: 4,
            strangers_per_address: 2,
            sockets_per_tenant: 3,
            ..config::Limits::default()
        })
    }

    #[test]
    fn ws_04_strangers_are_counted_by_address() {
        let limits = small();
        let (one, two) = (limits.seat(peer("::1"), NOW), limits.seat(peer("::2"), NOW));
        assert!(one.is_ok() && two.is_ok(), "two of one /64");
        assert_eq!(limits.seat(peer("::3"), NOW).err(), Some(TooMany { seconds: FULL }));
        assert!(limits.seat(peer("192.0.2.1"), NOW).is_ok(), "others are counted apart");
        drop(one);
        assert!(limits.seat(peer("::3"), NOW).is_ok());
    }

    #[test]
    fn ws_12_sockets_are_counted_by_address_and_by_tenant() {
        let limits = small();
        let here = peer("192.0.2.1");
        let mut seats = Vec::new();
        for _ in 0..3 {
            let mut seat = limits.seat(here, NOW).expect("a seat");
            seat.known(&limits, TenantId(1)).expect("room in the tenant");
            seats.push(seat);
        }
        let mut fourth = limits.seat(here, NOW).expect("a seat");
        assert!(fourth.known(&limits, TenantId(1)).is_err());
        assert!(limits.seat(here, NOW).is_err(), "four stand");
        drop(seats.pop());
        fourth.known(&limits, TenantId(1)).expect("one left");
        drop((seats, fourth));
        assert_eq!(limits.sockets(here), 0);
    }

    #[test]
    fn a_refused_hello_takes_no_seat() {
        let limits = small();
        let here = peer("192.0.2.1");
        for _ in 0..6 {
            drop(limits.seat(here, NOW));
        }
        assert_eq!(limits.seat(here, NOW).err(), Some(TooMany { seconds: 1 }));
        assert_eq!(limits.sockets(here), 0);
        assert!(limits.seat(here, after(NOW, 1000)).is_ok());
    }

    #[test]
    fn ws_11_a_hasty_sender_is_refused_and_a_flood_is_closed() {
        let limits = Limits::new(&config::Limits::default());
        let mut flood = Flood::default();
        let mut said = |now| flood.judge(limits.message(SessionId(1), now));
        assert!((0..200).all(|_| said(NOW) == Verdict::Serve));
        assert!((0..100).all(|_| said(NOW) == Verdict::Refuse));
        assert!((0..200).all(|_| said(after(NOW, 10_000)) == Verdict::Serve), "patience comes back");
        assert!((0..200).all(|_| said(after(NOW, 10_000)) == Verdict::Refuse));
        assert_eq!(said(after(NOW, 10_000)), Verdict::Close);
    }

    #[test]
    fn a_heavy_request_weighs_more() {
        let limits = Limits::new(&config::Limits::default());
        assert!((0..10).all(|_| limits.request([1; 32], 10, NOW).is_ok()));
        assert_eq!(limits.request([1; 32], 1, NOW), Err(TooMany { seconds: 1 }));
        assert_eq!(limits.request([2; 32], 1, NOW), Ok(()));
    }
}
