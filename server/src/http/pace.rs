//! Bodies that trickle in are cut off: whoever sends slower than 4 KiB a second for ten seconds
//! holds a connection to no purpose (SE-11).

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{StreamExt as _, stream};

use crate::clock::{Allowance, Stopwatch};

/// A layer around the request's body.
pub(crate) async fn limit(request: Request, next: Next) -> Response {
    next.run(request.map(paced)).await
}

fn paced(body: Body) -> Body {
    let chunks = Box::pin(body.into_data_stream());
    let state = Some((chunks, Allowance::default()));
    Body::from_stream(stream::unfold(state, |state| async {
        let (mut chunks, mut allowance) = state?;
        let watch = Stopwatch::start();
        let next = tokio::time::timeout(allowance.left(), chunks.next()).await;
        allowance.spend(watch.elapsed());
        match next {
            Ok(None) => None,
            Ok(Some(Ok(chunk))) => {
                allowance.earn(chunk.len());
                Some((Ok(chunk), Some((chunks, allowance))))
            }
            Ok(Some(Err(error))) => Some((Err::<Bytes, _>(std::io::Error::other(error)), None)),
            Err(_) => Some((Err(std::io::Error::from(std::io::ErrorKind::TimedOut)), None)),
        }
    }))
}

/// How long handlers may take: the longest is a callback, which waits for the provider.
pub(crate) const HANDLER: Duration = Duration::from_secs(75);
