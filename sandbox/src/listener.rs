//! The accept loop. It owns its connections, so that stopping the sandbox cuts them as a crash would.

use std::{io, net::SocketAddr};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::mischief::Cut;

/// Serves until the task is dropped.
pub(crate) async fn accept(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A failed accept is one lost connection; the next may well succeed.
                if let Ok((stream, peer)) = accepted {
                    connections.spawn(serve(stream, peer, router.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, router: Router) {
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = TowerToHyperService::new(router.clone());
        async move {
            let response = hyper::service::Service::call(&router, request.map(Body::new)).await;
            response.map_err(io::Error::other).and_then(|response| match response.extensions().get::<Cut>() {
                // An error in place of an answer closes the connection without a byte.
                Some(Cut) => Err(io::ErrorKind::ConnectionAborted.into()),
                None => Ok(response),
            })
        }
    });
    // Whatever ends a connection is the peer's affair: there is nobody here to tell.
    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}
