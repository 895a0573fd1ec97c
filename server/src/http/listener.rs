//! The accept loop: our own, because `axum::serve` has no limit for reading headers, so that a
//! hundred half-open requests would be held for good (guarantees.md, finding 1).
//!
//! HTTP/1.1 alone: nothing speaks HTTP/2 to us without TLS, and telling the two apart would wait,
//! without a limit of time, for a first byte.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use super::pace::Paced;
use super::peer;
use crate::Tasks;
use crate::peer::Network;
use crate::state::Stopping;

const HEADERS: Duration = Duration::from_secs(5);
const BUFFER: usize = 32 * 1024;
/// How long we wait for a file descriptor to come free.
const BREATH: Duration = Duration::from_millis(50);

/// What every connection is served by.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) router: Router,
    /// The proxies whose word about addresses is taken.
    pub(crate) trusted: Arc<[Network]>,
    pub(crate) stopping: Stopping,
}

/// Accepts until the proxy stops; each connection is a task of its own.
pub(crate) async fn accept(listener: TcpListener, door: Door, tasks: Arc<Tasks>) {
    let mut short = false;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = door.stopping.wait() => return,
        };
        match accepted {
            Ok((stream, address)) => {
                short = false;
                tasks.start(serve(stream, address, door.clone()));
            }
            // Whoever was waiting went away; the next one may be fine.
            Err(error) if is_theirs(&error) => {}
            Err(error) => {
                // Out of file descriptors, most likely: a pause lets some close. Those who wait stay
                // in the system's queue. Told once, not at every breath.
                if !std::mem::replace(&mut short, true) {
                    tracing::warn!(%error, "connections cannot be accepted; they wait");
                }
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// Whether an error is about the connection that was to be accepted, and not about us.
fn is_theirs(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn serve(stream: TcpStream, address: SocketAddr, door: Door) {
    // Frames are small and people wait for them.
    drop(stream.set_nodelay(true));
    let io = TokioIo::new(Paced::new(stream));
    let (router, trusted) = (TowerToHyperService::new(door.router), door.trusted);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let peer = peer::resolve(address.ip(), request.headers(), &trusted);
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(BUFFER);
    let mut connection = pin!(builder.serve_connection(io, service).with_upgrades());
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = door.stopping.wait() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}
