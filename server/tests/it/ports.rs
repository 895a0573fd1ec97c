//! Ports that are a test's own while nobody listens there, for restarts and for programs that are yet to
//! start. They lie below those that the system gives to whoever asks for any and to every connection that
//! leaves; of these, one that is closed for a moment may be somebody else's in the next.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::client::{BOUND, a_moment};

const FIRST: u32 = 10_000;
/// Linux begins to give away at 32,768 (`ip_local_port_range`).
const COUNT: u32 = 22_000;

/// Listens on a port that no other test has had.
pub(crate) fn listener() -> TcpListener {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Two test programs beside each other begin far apart.
    let offset = std::process::id().wrapping_mul(997) % COUNT;
    for _ in 0..COUNT {
        let number = FIRST + (offset + TAKEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(number).expect("a port");
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return listener;
        }
    }
    panic!("every port is taken");
}

/// Listens again where somebody has just closed. A program that another test starts at this moment holds
/// whatever this process has open, until it is there itself.
pub(crate) async fn again(address: SocketAddr) -> tokio::net::TcpListener {
    let listening = async {
        loop {
            match tokio::net::TcpListener::bind(address).await {
                Err(error) if error.kind() == ErrorKind::AddrInUse => a_moment().await,
                bound => return bound.expect("the port is free again"),
            }
        }
    };
    tokio::time::timeout(BOUND, listening).await.expect("the port is free within the bound")
}
