//! Bodies that trickle in and answers that trickle out are cut off: whoever moves less than 4 KiB a
//! second for eight seconds holds a connection to no purpose (SE-11).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::table::{self, Pace};
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
const HANDLER: Duration = Duration::from_secs(75);

/// A layer around handlers, which ends those that take too long. One whose body flows may take as long as
/// that goes on, which [`limit`] bounds.
pub(crate) async fn hurry(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let row = path.and_then(|path| table::find(request.method().as_str(), path.as_str()));
    if matches!(row.map(|row| row.pace), Some(Pace::Flow(_))) {
        return next.run(request).await;
    }
    let served = tokio::time::timeout(HANDLER, next.run(request)).await;
    served.unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
}

/// A connection whose other end must take what is written.
pub(crate) struct Paced<T> {
    inner: T,
    allowance: Allowance,
    blocked: Option<Blocked>,
}

/// Since when nothing could be written, and until when that may last.
struct Blocked {
    since: Stopwatch,
    until: Pin<Box<Sleep>>,
}

impl<T> Paced<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { inner, allowance: Allowance::default(), blocked: None }
    }

    /// Keeps account of one attempt to write.
    fn account(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(result) = written {
            if let Some(blocked) = self.blocked.take() {
                self.allowance.spend(blocked.since.elapsed());
            }
            self.allowance.earn(*result.as_ref().unwrap_or(&0));
            return Poll::Ready(result);
        }
        let left = self.allowance.left();
        let blocked = self
            .blocked
            .get_or_insert_with(|| Blocked { since: Stopwatch::start(), until: Box::pin(sleep(left)) });
        ready!(blocked.until.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Paced<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Paced<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.account(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, parts);
        self.account(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    #[tokio::test(start_paused = true)]
    async fn se_11_a_reader_that_takes_nothing_is_cut_off() {
        let (ours, _theirs) = tokio::io::duplex(64);
        let mut paced = Paced::new(ours);
        let refused = paced.write_all(&[0; 4096]).await.expect_err("cut off");
        assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn se_11_a_body_that_stops_is_cut_off() {
        let silent = stream::once(async { Ok::<_, io::Error>(Bytes::from_static(b"a")) });
        let silent = silent.chain(stream::pending());
        let read = axum::body::to_bytes(paced(Body::from_stream(silent)), 1024).await;
        assert!(read.is_err());
    }
}
