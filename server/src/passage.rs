//! Calls that a portal's backend makes of a provider through us: its connection's token is put in, and
//! nothing else of ours. Where a call may go stands in the catalogue; how fast, in `imports::pace`.

mod bodies;
mod headers;
mod way;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tokio::sync::OwnedSemaphorePermit;

pub use bodies::{Kept, gather};

use crate::clock::whole_seconds;
use crate::imports::pace::Gate;
use crate::oauth::handout::{Handout, NoToken, Place, hand_out, hand_out_newer};
use crate::oauth::refresh;
use crate::portals::token_uses::{self, Use, User};
use crate::providers::catalogue::Passage;
use crate::providers::client::{CallError, Flow, Sent};
use crate::providers::retry_after;
use crate::state::Shared;
use crate::store::StoreError;
use bodies::Cap;

/// How long a call waits for the company's pace before it is refused.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the provider may take until its answer begins; with a refresh before it, less than our own
/// answer may take.
const DEADLINE: Duration = Duration::from_secs(40);

/// A call as it came.
pub struct Call {
    /// Its method.
    pub method: Method,
    /// The provider's path as it was written, with its first slash.
    pub path: String,
    /// The query as it was written, without the question mark.
    pub query: Option<String>,
    /// All headers that came.
    pub headers: HeaderMap,
    /// The body.
    pub body: Kept,
}

/// The provider's answer, with the headers that pass.
pub struct Answer {
    /// The provider's status.
    pub status: StatusCode,
    /// Those that pass.
    pub headers: HeaderMap,
    /// The body as it comes.
    pub body: Flow,
}

/// Why a call was not made, or its answer is not passed on.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Stopped {
    /// There is no token to make it with.
    #[error(transparent)]
    NoToken(#[from] NoToken),
    /// The integration takes no calls, or none by this method.
    #[error("the integration takes no such calls")]
    Method,
    /// The path is none of those that are allowed.
    #[error("the path is not allowed")]
    Path,
    /// The company is asked as fast as its provider allows.
    #[error("the company is asked too often")]
    Paced {
        /// When it is worth trying again.
        seconds: u64,
    },
    /// The body is larger than it may be.
    #[error("the body is too large")]
    TooLarge,
    /// The answer is larger than it may be.
    #[error("the answer is too large")]
    AnswerTooLarge,
    /// No connection could be made; nothing was sent.
    #[error("no connection")]
    Unreachable,
    /// The connection broke or the time was up after something may have been sent.
    #[error("no answer in time")]
    Silent,
    /// The provider sends elsewhere, where our token must not go.
    #[error("the provider answered with a redirect")]
    Redirected,
    /// The token had to be renewed, and the body was not kept to be sent once more.
    #[error("the token was renewed, and the body is gone")]
    SendAgain,
}

impl From<CallError> for Stopped {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NoConnection | CallError::Untrusted(_) => Self::Unreachable,
            CallError::NoAnswer => Self::Silent,
            CallError::TooLong => Self::AnswerTooLarge,
        }
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::NoToken(error.into())
    }
}

/// Makes the call, and once more with a newer token when the provider refuses the first.
pub async fn pass(app: &Shared, user: User<'_>, public_id: &str, call: Call) -> Result<Answer, Stopped> {
    let handout = hand_out(app, user.portal, public_id).await?;
    let rules = rules(app, &handout.place, &call)?;
    if bodies::length(&call.headers).is_some_and(|length| length > app.config.limits.proxied_bytes()) {
        return Err(Stopped::TooLarge);
    }
    let gate = app.paces.at(&handout.place.api, &handout.place.company);
    let going = Going { app, user, gate, rules };
    let Call { method, path, query, headers, body } = call;
    let target = Target { method, path, query, headers: headers::onward(&headers, &rules.headers) };
    let (first, again) = body.twice();
    let answer = going.send(&handout, &target, first).await?;
    if answer.status != StatusCode::UNAUTHORIZED {
        return Ok(answer);
    }
    drop(answer);
    let newer = hand_out_newer(app, user.portal, (public_id, &handout)).await?;
    let answer = going.send(&newer, &target, again.ok_or(Stopped::SendAgain)?).await?;
    if answer.status == StatusCode::UNAUTHORIZED {
        refresh::refused(app, newer.place.connection, newer.generation).await?;
        // Read again, so that what is told is what is so.
        hand_out(app, user.portal, public_id).await?;
        return Err(Stopped::SendAgain);
    }
    Ok(answer)
}

/// The integration's rules, when they allow this call.
fn rules<'a>(app: &'a Shared, place: &Place, call: &Call) -> Result<&'a Passage, Stopped> {
    let entry = app.catalogue.integration(&place.integration);
    let rules = entry.and_then(|entry| entry.passage.as_ref()).ok_or(Stopped::Method)?;
    if !rules.methods.iter().any(|method| method == call.method.as_str()) {
        return Err(Stopped::Method);
    }
    if way::is_open(&rules.paths, &place.company, &call.path) { Ok(rules) } else { Err(Stopped::Path) }
}

/// Where a call goes, and with what besides its token and body.
struct Target {
    method: Method,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
}

/// What the tries of one call have in common.
struct Going<'a> {
    app: &'a Shared,
    user: User<'a>,
    gate: Arc<Gate>,
    rules: &'a Passage,
}

impl Going<'_> {
    /// One try, at the company's pace.
    async fn send(&self, handout: &Handout, target: &Target, body: Sent) -> Result<Answer, Stopped> {
        let most = self.app.config.limits.proxied_bytes();
        let permit = enter(&self.gate).await?;
        token_uses::note(self.app, (self.user, Use::Call), &handout.place).await;
        let cap = Cap::new(most);
        let request = request(handout, target, cap.around(body)).ok_or(Stopped::Path)?;
        let sent = self.app.catalogue.client().pass(request, DEADLINE).await;
        let status = sent.as_ref().ok().map(|answer| answer.status().as_u16());
        self.app.meters.passed(&handout.place.integration, status);
        let (parts, body) = sent.map_err(|error| cap.or(error.into()))?.into_parts();
        if parts.status.is_redirection() && parts.status != StatusCode::NOT_MODIFIED {
            return Err(Stopped::Redirected);
        }
        if parts.status == StatusCode::TOO_MANY_REQUESTS {
            self.gate.pause(retry_after::wait(&parts.headers));
        }
        if bodies::length(&parts.headers).is_some_and(|length| length > most) {
            return Err(Stopped::AnswerTooLarge);
        }
        let headers = headers::back(&parts.headers, &self.rules.answer_headers);
        Ok(Answer { status: parts.status, headers, body: bodies::held(body, most, permit) })
    }
}

/// A turn at the company's pace, if one comes soon.
async fn enter(gate: &Gate) -> Result<Option<OwnedSemaphorePermit>, Stopped> {
    let turn = async {
        loop {
            match gate.enter().await {
                Ok(permit) => return Ok(permit),
                Err(wait) if wait > PATIENCE => return Err(Stopped::Paced { seconds: whole_seconds(wait) }),
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, turn).await.unwrap_or(Err(Stopped::Paced { seconds: 1 }))
}

/// The request as it leaves: the origin is the environment's, whatever the call says.
fn request(handout: &Handout, target: &Target, body: Sent) -> Option<http::Request<Sent>> {
    let query = target.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    let bearer = handout.token.lend(|token| HeaderValue::from_str(&format!("Bearer {token}")));
    let mut bearer = bearer.ok()?;
    bearer.set_sensitive(true);
    let mut request = http::Request::builder()
        .method(target.method.clone())
        .uri(format!("{}{}{query}", handout.place.api, target.path))
        .body(body)
        .ok()?;
    *request.headers_mut() = target.headers.clone();
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    Some(request)
}
