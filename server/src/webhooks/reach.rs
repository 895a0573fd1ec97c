//! Which addresses may be called: those of the public internet, and those private ones that the
//! operator names. Decided about the address that is connected to, never about a name: a name may
//! mean another address the next time (IN-07).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::peer::Network;

/// Networks in which nobody of the public internet lives, by length: IANA's special-purpose
/// registry of IPv4 addresses, multicast and what is reserved.
const SPECIAL: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// The same inside `2000::/3`, which is all of IPv6 that is handed out: IETF's own, with Teredo,
/// benchmarks and ORCHIDs; documentation, twice. 6to4 is looked at by itself.
const SPECIAL_V6: [(u128, u32); 3] = [(0x2001 << 112, 23), (0x2001_0db8 << 96, 32), (0x3fff << 112, 20)];

/// What may be called.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    allowed: Vec<Network>,
}

impl Reach {
    /// The public internet, and these networks besides.
    pub fn with(allowed: Vec<Network>) -> Self {
        Self { allowed }
    }

    /// Whether an address may be called by https.
    pub fn covers(&self, address: IpAddr) -> bool {
        self.names(address) || is_public(address)
    }

    /// Whether the operator named an address: then it may be called without TLS too.
    pub fn names(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|network| network.contains(address))
    }
}

/// Whether an address belongs to the public internet, also when one stands inside another.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within = |(first, bits): &([u8; 4], u32)| {
        (Ipv4Addr::from(*first).to_bits() ^ address.to_bits()).leading_zeros() >= *bits
    };
    !SPECIAL.iter().any(within)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let begins = |first: u128, length: u32| (first ^ bits).leading_zeros() >= length;
    let inside = |shift: u32| {
        let [.., a, b, c, d] = (bits >> shift).to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    if begins(0x0064_ff9b << 96, 96) {
        // Translated to IPv4 on the way (RFC 6052).
        return inside(0);
    }
    if begins(0x2002 << 112, 16) {
        // Sent to the IPv4 address after the first two bytes (RFC 3056).
        return inside(80);
    }
    begins(0x2000 << 112, 3) && !SPECIAL_V6.iter().any(|(first, length)| begins(*first, *length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn in_07_addresses_of_the_public_internet_may_be_called() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:4860:4860::8888",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ] {
            assert!(Reach::default().covers(address(text)), "{text}");
            assert!(!Reach::default().names(address(text)), "{text}");
        }
    }

    #[test]
    fn in_07_private_and_special_addresses_may_not() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.170",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::101:101",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456:789a::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!Reach::default().covers(address(text)), "{text}");
        }
    }

    #[test]
    fn in_07_what_the_operator_names_may_be_called_and_nothing_beside_it() {
        let networks = ["127.0.0.1", "10.1.0.0/16", "fd00::/8"];
        let reach = Reach::with(networks.map(|text| text.parse().expect("a network")).into());
        for text in ["127.0.0.1", "::ffff:127.0.0.1", "10.1.2.3", "fd12::1"] {
            assert!(reach.covers(address(text)) && reach.names(address(text)), "{text}");
        }
        for text in ["127.0.0.2", "10.2.0.1", "fc00::1", "64:ff9b::7f00:1", "2002:7f00:1::1"] {
            assert!(!reach.covers(address(text)), "{text}");
        }
        assert!(reach.covers(address("1.1.1.1")) && !reach.names(address("1.1.1.1")));
    }
}
