//! Bodies that stop, drip, break off or never end.

use std::{
    io::{self, Write},
    iter, mem,
    time::Duration,
};

use axum::{
    body::{Body, Bytes, to_bytes},
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use http::{StatusCode, header};
use tokio::task::yield_now;

use super::Huge;
use crate::quickbooks::token::JSON;

/// How much of an enormous body is made at a time.
const CHUNK: usize = 64 * 1024;
static SPACES: [u8; CHUNK] = [b' '; CHUNK];
/// White space before it leaves JSON as good as it was, however much there is of it.
const VALUE: &[u8] = b"{}";

/// Status and headers, half of the body if wanted, and then nothing more.
pub(super) async fn hanging(response: Response, half: bool) -> Response {
    begun(response, half, stream::pending()).await
}

/// Status and headers, half of the body if wanted, and then the end of the connection.
pub(super) async fn dropping(response: Response, half: bool) -> Response {
    let end = stream::once(async {
        // An error makes hyper forget what it has not written yet; a body that lets it wait makes it write.
        yield_now().await;
        Err(io::ErrorKind::ConnectionAborted.into())
    });
    begun(response, half, end).await
}

async fn begun(
    response: Response,
    half: bool,
    end: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Response {
    let (response, whole) = announced(response).await;
    let sent = whole.slice(..if half { whole.len() / 2 } else { 0 });
    response.map(|_| Body::from_stream(stream::iter([Ok(sent)]).chain(end)))
}

/// A byte at a time.
pub(super) async fn dripping(response: Response, pause_milliseconds: u64) -> Response {
    let pause = Duration::from_millis(pause_milliseconds);
    let (response, whole) = announced(response).await;
    let drops = stream::iter(0..whole.len()).then(move |at| {
        let drop = whole.slice(at..=at);
        async move {
            tokio::time::sleep(if at == 0 { Duration::ZERO } else { pause }).await;
            Ok::<_, io::Error>(drop)
        }
    });
    response.map(|_| Body::from_stream(drops))
}

/// Half of the body as if it were all.
pub(super) async fn halved(response: Response) -> Response {
    let (mut response, whole) = announced(response).await;
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.map(|_| Body::from(whole.slice(..whole.len() / 2)))
}

/// An answer without its body, which its `Content-Length` still announces, and that body.
async fn announced(response: Response) -> (Response, Bytes) {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.insert(header::CONTENT_LENGTH, whole.len().into());
    (Response::from_parts(parts, Body::empty()), whole)
}

/// An answer that is too large.
pub(super) fn huge(huge: Huge, status: StatusCode) -> Response {
    let json = [(header::CONTENT_TYPE, JSON)];
    match huge {
        Huge::Length(length) => {
            let body = Body::from_stream(stream::iter(spaced(length).map(Ok::<_, io::Error>)));
            (status, json, [(header::CONTENT_LENGTH, length)], body).into_response()
        }
        Huge::Endless => {
            let spaces = stream::repeat(Bytes::from_static(&SPACES));
            (status, json, Body::from_stream(spaces.map(Ok::<_, io::Error>))).into_response()
        }
        Huge::GzipBomb(length) => {
            // Each piece is a lot of work for few bytes, so others get their turn in between.
            let pieces = stream::iter(zipped(length)).then(|piece| yield_now().map(|()| piece));
            let body = Body::from_stream(pieces);
            (status, json, [(header::CONTENT_ENCODING, "gzip")], body).into_response()
        }
    }
}

/// So many bytes of JSON, a piece at a time.
fn spaced(length: u64) -> impl Iterator<Item = Bytes> + Send {
    let value = if length < VALUE.len() as u64 { &[] } else { VALUE };
    let mut left = length - value.len() as u64;
    let spaces = iter::from_fn(move || {
        let piece = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        left -= piece as u64;
        (piece > 0).then(|| Bytes::from_static(&SPACES[..piece]))
    });
    spaces.chain([Bytes::from_static(value)])
}

/// The same, packed while it is sent.
fn zipped(length: u64) -> impl Iterator<Item = io::Result<Bytes>> + Send {
    let mut pieces = spaced(length);
    let mut packer = Some(GzEncoder::new(Vec::new(), Compression::best()));
    iter::from_fn(move || match pieces.next() {
        Some(piece) => {
            let packer = packer.as_mut()?;
            Some(packer.write_all(&piece).map(|()| mem::take(packer.get_mut()).into()))
        }
        None => packer.take().map(|packer| packer.finish().map(Bytes::from)),
    })
}
