//! The accept loop: our own, because `axum::serve` has no limit for reading headers, so that a
//! hundred half-open requests would be held for good (guarantees.md, finding 1).
//!
//! HTTP/1.1 alone: nothing speaks HTTP/2 to us without TLS, and telling the two apart would wait,
//! without a limit of time, for a first byte.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use super::pace::Paced;
use crate::Tasks;
use crate::state::Stopping;

const HEADERS: Duration = Duration::from_secs(5);
const BUFFER: usize = 32 * 1024;

/// Accepts until the proxy stops; each connection is a task of its own.
pub(crate) async fn accept(listener: TcpListener, router: Router, tasks: Arc<Tasks>, stopping: Stopping) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.wait() => return,
        };
        match accepted {
            Ok((stream, _peer)) => tasks.start(serve(stream, router.clone(), stopping.clone())),
            Err(error) => {
                // Out of file descriptors, most likely: a pause lets some close.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, router: Router, stopping: Stopping) {
    // Frames are small and people wait for them.
    drop(stream.set_nodelay(true));
    let io = TokioIo::new(Paced::new(stream));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(BUFFER);
    let mut connection = pin!(builder.serve_connection(io, TowerToHyperService::new(router)).with_upgrades());
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stopping.wait() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}
