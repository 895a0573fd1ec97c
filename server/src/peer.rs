//! Who is at the other end: the connection's own address, unless a proxy that we were told to trust
//! says for whom it speaks. Nothing else that a request claims about its origin is believed (SE-07).

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// The address that a request came from, as far as we can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(IpAddr);

impl Peer {
    /// The peer of a connection without a proxy.
    pub fn new(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }

    /// The rightmost hop that no trusted proxy is. `connection` is the address that the system gives;
    /// `forwarded` are the entries of `X-Forwarded-For` as sent, each appended by the proxy to its
    /// right, so only those that trusted proxies appended can be known.
    pub fn resolve<'h>(
        connection: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'h str>,
        trusted: &[Network],
    ) -> Self {
        let mut known = connection.to_canonical();
        for hop in forwarded.rev() {
            if !trusted.iter().any(|network| network.contains(known)) {
                break;
            }
            // What a trusted proxy wrote that is no address leaves us with the proxy itself.
            let Some(before) = address(hop) else { break };
            known = before;
        }
        Self(known)
    }

    /// What is counted as one: an IPv4 address, or the /64 that one IPv6 subscriber has at least.
    pub fn block(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        }
    }

    /// The address itself, for the log.
    pub fn address(self) -> IpAddr {
        self.0
    }
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let alone = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let found = alone.parse().or_else(|_| hop.parse().map(|with_port: std::net::SocketAddr| with_port.ip()));
    found.ok().map(|address: IpAddr| address.to_canonical())
}

/// An address, or all that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u32,
}

impl Network {
    /// Whether an address belongs to it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                (first.to_bits() ^ address.to_bits()).leading_zeros() >= self.bits
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                (first.to_bits() ^ address.to_bits()).leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}

/// Why a text is no network that could be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANetwork {
    /// It cannot be read.
    #[error("it is neither an address such as 127.0.0.1 nor a network such as 10.0.0.0/8")]
    Unreadable,
    /// The address has bits that the length leaves out, so one of the two is a mistake.
    #[error("its address goes on after the first {0} bits")]
    Longer(u32),
    /// Nothing would be left that is not trusted.
    #[error("it would trust everybody")]
    Everybody,
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let first: IpAddr = address.trim().parse().map_err(|_| NotANetwork::Unreadable)?;
        let bits: u32 = match bits {
            Some(bits) => bits.trim().parse().map_err(|_| NotANetwork::Unreadable)?,
            None => width(first),
        };
        let (first, bits) = canonical(first, bits);
        let rest = match first {
            IpAddr::V4(first) => first.to_bits().checked_shl(bits).unwrap_or_default() != 0,
            IpAddr::V6(first) => first.to_bits().checked_shl(bits).unwrap_or_default() != 0,
        };
        match bits {
            0 => Err(NotANetwork::Everybody),
            bits if bits > width(first) => Err(NotANetwork::Unreadable),
            bits if rest => Err(NotANetwork::Longer(bits)),
            bits => Ok(Self { first, bits }),
        }
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Addresses are compared as IPv4 where they are that, so networks are as well, however written.
fn canonical(first: IpAddr, bits: u32) -> (IpAddr, u32) {
    match (first.to_canonical(), bits.checked_sub(96)) {
        (IpAddr::V4(short), Some(rest)) if first.is_ipv6() => (short.into(), rest),
        _ => (first, bits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(list: &[&str]) -> Vec<Network> {
        list.iter().map(|text| text.parse().expect("a network")).collect()
    }

    fn seen(connection: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let connection = connection.parse().expect("an address");
        let peer = Peer::resolve(connection, forwarded.iter().copied(), &networks(trusted));
        peer.address().to_string()
    }

    #[test]
    fn se_07_without_a_trusted_proxy_only_the_connection_counts() {
        assert_eq!(seen("192.0.2.1", &["203.0.113.9"], &[]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &["203.0.113.9"], &["10.0.0.0/8"]), "192.0.2.1");
    }

    #[test]
    fn se_07_the_rightmost_untrusted_hop_is_the_peer() {
        let trusted = ["127.0.0.1", "10.0.0.0/8"];
        assert_eq!(seen("127.0.0.1", &[], &trusted), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9"], &trusted), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["1.1.1.1", "203.0.113.9", "10.2.3.4"], &trusted), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["10.9.9.9", "10.2.3.4"], &trusted), "10.9.9.9");
    }

    #[test]
    fn se_07_what_is_no_address_leaves_the_proxy_that_said_it() {
        for nonsense in ["", "unknown", "_hidden", "evil.example", "1.2.3.4.5", "\"203.0.113.9\""] {
            assert_eq!(seen("127.0.0.1", &["203.0.113.9", nonsense], &["127.0.0.1"]), "127.0.0.1");
        }
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        for (written, meant) in [
            (" 203.0.113.9 ", "203.0.113.9"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(seen("::ffff:127.0.0.1", &[written], &["127.0.0.1"]), meant, "{written}");
        }
    }

    #[test]
    fn a_network_holds_what_begins_with_its_bits() {
        let holds = |network: &str, address: &str| {
            networks(&[network])[0].contains(address.parse().expect("an address"))
        };
        assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.0"));
        assert!(holds("192.0.2.7", "192.0.2.7") && !holds("192.0.2.7", "192.0.2.6"));
        assert!(holds("2001:db8::/33", "2001:db8:7fff::1") && !holds("2001:db8::/33", "2001:db8:8000::"));
        assert!(!holds("::/1", "10.0.0.1"));
        assert!(holds("::ffff:192.0.2.7", "192.0.2.7") && !holds("::ffff:192.0.2.7", "192.0.2.6"));
        assert!(holds("::ffff:10.0.0.0/104", "10.255.0.1") && !holds("::ffff:10.0.0.0/104", "11.0.0.0"));
    }

    #[test]
    fn a_network_that_cannot_be_meant_is_refused() {
        let refused = |text: &str| text.parse::<Network>().expect_err("refused");
        for text in ["", "localhost", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "2001:db8::/129", "10.0.0.0/-1"]
        {
            assert_eq!(refused(text), NotANetwork::Unreadable, "{text}");
        }
        assert_eq!(refused("10.0.0.1/8"), NotANetwork::Longer(8));
        assert_eq!(refused("0.0.0.0/0"), NotANetwork::Everybody);
        assert_eq!(refused("::/0"), NotANetwork::Everybody);
        assert_eq!(refused("::ffff:0.0.0.0/96"), NotANetwork::Everybody);
        assert_eq!(refused("::ffff:10.0.0.1/129"), NotANetwork::Unreadable);
        assert_eq!(refused("::ffff:10.0.0.1/104"), NotANetwork::Longer(8));
    }

    #[test]
    fn one_ipv6_subscriber_is_counted_as_one() {
        let block = |text: &str| Peer::new(text.parse().expect("an address")).block().to_string();
        assert_eq!(block("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(block("203.0.113.9"), "203.0.113.9");
    }
}
