//! Bodies on their way through: none is held whole, but for small ones that may be sent once more, and
//! none may grow beyond its limit.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, header};
use tokio::sync::OwnedSemaphorePermit;

use super::Stopped;
use crate::providers::client::{Flow, Sent};

/// A body up to so many bytes is kept until it is answered, so that it can be sent twice.
const KEPT: usize = 64 * 1024;
/// How long an answer may pause in its middle.
const PAUSE: Duration = Duration::from_secs(30);

/// A body that came, as far as it was looked at.
pub enum Kept {
    /// All of it.
    Whole(Bytes),
    /// It is longer than what is kept.
    Flow(Flow),
}

impl Kept {
    /// The body for a first try, and for a second one if there may be one.
    pub(super) fn twice(self) -> (Sent, Option<Sent>) {
        match self {
            Self::Whole(body) => (Sent::Whole(body.clone()), Some(Sent::Whole(body))),
            Self::Flow(flow) => (Sent::Flow(flow), None),
        }
    }
}

/// Reads a body to its end, or until it is too long to be kept.
///
/// # Errors
/// It did not arrive whole.
pub async fn gather(mut body: Flow) -> io::Result<Kept> {
    let mut read = BytesMut::new();
    while let Some(chunk) = body.next().await.transpose()? {
        read.extend_from_slice(&chunk);
        if read.len() > KEPT {
            let begun = stream::once(async { Ok(read.freeze()) });
            return Ok(Kept::Flow(begun.chain(body).boxed()));
        }
    }
    Ok(Kept::Whole(read.freeze()))
}

/// What a body announces to have, in bytes.
pub(super) fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The limit of a body that is being sent, and whether it was hit.
pub(super) struct Cap {
    most: u64,
    hit: Arc<AtomicBool>,
}

impl Cap {
    pub(super) fn new(most: u64) -> Self {
        Self { most, hit: Arc::default() }
    }

    /// The same body, cut off at the limit. One that is kept is far below it.
    pub(super) fn around(&self, body: Sent) -> Sent {
        match body {
            Sent::Whole(body) => Sent::Whole(body),
            Sent::Flow(flow) => {
                let hit = Arc::clone(&self.hit);
                Sent::Flow(capped(flow, self.most, move || hit.store(true, Ordering::Relaxed)))
            }
        }
    }

    /// Why the call came to nothing: the limit, if it was hit.
    pub(super) fn or(&self, other: Stopped) -> Stopped {
        if self.hit.load(Ordering::Relaxed) { Stopped::TooLarge } else { other }
    }
}

/// An answer's body, cut off at the limit and when it pauses for too long. The turn at the provider is
/// over when it has ended, or nobody reads it any more.
pub(super) fn held(body: Flow, most: u64, permit: Option<OwnedSemaphorePermit>) -> Flow {
    let state = Some((capped(body, most, || {}), permit));
    let held = stream::unfold(state, |state| async {
        let (mut body, permit) = state?;
        match tokio::time::timeout(PAUSE, body.next()).await {
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some((body, permit)))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), None)),
        }
    });
    held.boxed()
}

fn capped(body: Flow, most: u64, hit: impl Fn() + Send + 'static) -> Flow {
    let counted = body.scan(most, move |left, chunk| {
        let length = chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        let next = left.checked_sub(length).map_or_else(
            || {
                hit();
                Err(io::ErrorKind::FileTooLarge.into())
            },
            |rest| {
                *left = rest;
                chunk
            },
        );
        std::future::ready(Some(next))
    });
    counted.boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(chunks: usize, size: usize) -> Flow {
        stream::iter((0..chunks).map(move |_| Ok(Bytes::from(vec![b'x'; size])))).boxed()
    }

    async fn read(mut flow: Flow) -> (usize, bool) {
        let mut length = 0;
        while let Some(chunk) = flow.next().await {
            match chunk {
                Ok(chunk) => length += chunk.len(),
                Err(_) => return (length, false),
            }
        }
        (length, true)
    }

    #[tokio::test]
    async fn a_small_body_can_be_sent_twice_and_a_large_one_once() {
        let (_, again) = gather(flow(64, 1024)).await.unwrap().twice();
        assert!(matches!(again, Some(Sent::Whole(body)) if body.len() == KEPT));
        let (first, again) = gather(flow(65, 1024)).await.unwrap().twice();
        assert!(again.is_none());
        let Sent::Flow(first) = first else { panic!("it flows") };
        assert_eq!(read(first).await, (65 * 1024, true));
    }

    #[tokio::test]
    async fn a_body_beyond_its_limit_is_cut_off() {
        let cap = Cap::new(2048);
        let Sent::Flow(body) = cap.around(Sent::Flow(flow(3, 1024))) else { panic!("it flows") };
        assert_eq!(read(body).await, (2048, false));
        assert!(matches!(cap.or(Stopped::Silent), Stopped::TooLarge));
        assert_eq!(read(held(flow(2, 1024), 2048, None)).await, (2048, true));
        assert_eq!(read(held(flow(3, 1024), 2048, None)).await, (2048, false));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_stops_in_its_middle_is_given_up() {
        let stopping = flow(1, 8).chain(stream::pending()).boxed();
        assert_eq!(read(held(stopping, 1024, None)).await, (8, false));
    }
}
