//! The upgrade to a socket: only for pages of our own origin, in one of our two subprotocols, with
//! buffers small enough that thousands may idle (guarantees.md, finding 2).

use axum::extract::Extension;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::cookie::CookieJar;
use futures_util::{SinkExt as _, StreamExt as _, future};
use protocol::{FRAME_LIMIT, SUBPROTOCOL_JSON, SUBPROTOCOL_POSTCARD};
use tokio_tungstenite::tungstenite;

use super::routes::{Routes, get};
use super::session::COOKIE;
use super::{gate, guard};
use crate::live::session::{Broken, Encoding, Frame, Socket, converse};
use crate::peer::Peer;
use crate::state::Shared;
use crate::vault::digest;

/// Visitors say little; what they are told is written through at once.
const READ: usize = 2048;
const WRITE: usize = 4096;

#[cfg(test)]
#[cfg(feature = "deep")]
mod autobahn;

pub(crate) fn routes() -> Routes {
    Routes::new().route("/socket", get(open))
}

async fn open(
    State(app): State<Shared>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !guard::own_origin(&app, &headers) {
        return (StatusCode::FORBIDDEN, "this socket is for pages of its own origin\n").into_response();
    }
    let upgrade = bounded(upgrade, FRAME_LIMIT).protocols([SUBPROTOCOL_POSTCARD, SUBPROTOCOL_JSON]);
    let encoding = match upgrade.selected_protocol() {
        Some(chosen) if chosen == SUBPROTOCOL_POSTCARD => Encoding::Postcard,
        Some(_) => Encoding::Json,
        None => {
            let advice = format!("ask for the subprotocol {SUBPROTOCOL_POSTCARD} or {SUBPROTOCOL_JSON}\n");
            return (StatusCode::BAD_REQUEST, advice).into_response();
        }
    };
    let seat = match app.limits.seat(peer, app.clock.now()) {
        Ok(seat) => seat,
        Err(wait) => return gate::too_many(wait),
    };
    let cookie = CookieJar::from_headers(&headers).get(COOKIE).map(|cookie| digest(cookie.value()));
    upgrade.on_upgrade(move |socket| Box::pin(converse(framed(socket), app, cookie, encoding, seat)))
}

/// The upgrade with its buffers, for messages of at most `longest` bytes.
fn bounded(upgrade: WebSocketUpgrade, longest: usize) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(READ)
        .write_buffer_size(WRITE)
        .max_write_buffer_size(2 * longest)
        .max_message_size(longest)
        .max_frame_size(longest)
}

/// The socket in frames of ours.
fn framed(socket: WebSocket) -> impl Socket {
    socket
        .map(|message| message.map(frame).map_err(|error| broken(error.into_inner().as_ref())))
        .with(|frame| future::ready(Ok::<_, axum::Error>(message(frame))))
}

fn frame(message: Message) -> Frame {
    match message {
        Message::Text(text) => Frame::Text(text.as_str().to_owned()),
        Message::Binary(bytes) => Frame::Binary(bytes.into()),
        Message::Ping(_) => Frame::Ping,
        Message::Pong(_) => Frame::Pong,
        Message::Close(_) => Frame::Close(1000, ""),
    }
}

fn message(frame: Frame) -> Message {
    match frame {
        Frame::Text(text) => Message::text(text),
        Frame::Binary(bytes) => Message::binary(bytes),
        Frame::Ping => Message::Ping(Vec::new().into()),
        Frame::Pong => Message::Pong(Vec::new().into()),
        Frame::Close(code, why) => Message::Close(Some(CloseFrame { code, reason: why.into() })),
    }
}

fn broken(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Broken {
    match error.downcast_ref() {
        Some(tungstenite::Error::Capacity(_)) => Broken::TooLong,
        Some(tungstenite::Error::Utf8(_)) => Broken::NotText,
        _ => Broken::Gone,
    }
}
