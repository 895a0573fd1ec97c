//! Who is calling: a portal's backend, proven by its API key, for what the key may be used for.

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use super::problem::Problem;
use crate::denials;
use crate::http::headers::RequestRef;
use crate::http::peer;
use crate::http::table::{self, Route};
use crate::legacy::LoadingKey;
use crate::peer::Peer;
use crate::portals::token_uses::User;
use crate::state::Shared;
use crate::store::Db;
use crate::store::api_keys::{KnownKey, Scope};
use crate::store::audit::{Action, Actor, NewLine, Whence};
use crate::store::ids::{KeyId, TenantId};
use crate::vault::digest;

/// What the route that was found asks of a key. Put there by the table of routes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs(pub(super) Scope);

/// A portal's backend whose key has the scope that the route asks for.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// Its row.
    pub(crate) id: KeyId,
    /// Whose it is.
    pub(crate) portal: String,
    prefix: String,
    request: RequestRef,
    peer: Peer,
}

impl Key {
    /// A line of the audit log: this key did something for a tenant.
    pub(super) fn line<'a>(&'a self, tenant: TenantId, action: Action, object: &'a str) -> NewLine<'a> {
        let (actor, request) = (Actor::Key(&self.prefix), Some(self.request.0.as_str()));
        let whence = Whence::Address(self.peer);
        NewLine { portal: &self.portal, tenant: Some(tenant), actor, action, object, request, whence }
    }

    /// The same about the portal itself; the object comes later.
    pub(super) fn portals_line(&self, action: Action) -> NewLine<'_> {
        NewLine { tenant: None, ..self.line(TenantId(0), action, "") }
    }

    /// Who uses a connection's tokens with this key, and from where.
    pub(super) fn user(&self) -> User<'_> {
        User { key: self.id, portal: &self.portal, prefix: &self.prefix, address: self.peer.address() }
    }

    /// This key, as it loads a campaign.
    pub(super) fn loading(&self) -> LoadingKey {
        let (prefix, request) = (self.prefix.clone(), self.request.0.clone());
        LoadingKey { id: self.id, prefix, request, whence: Whence::Address(self.peer) }
    }

    /// What a key gets that was revoked while it was at work.
    pub(super) fn refused() -> Problem {
        refused()
    }

    /// Asked in the transaction of what it does: the key may have been revoked since it was looked at.
    pub(super) async fn still_stands(&self, db: &mut Db<'_>) -> Result<(), Problem> {
        if db.api_key_stands(self.id).await? { Ok(()) } else { Err(refused()) }
    }

    /// What is known of the presented key lets it in here, or not.
    pub(super) async fn admitted(
        app: &Shared,
        parts: &Parts,
        (hash, known): ([u8; 32], Option<KnownKey>),
    ) -> Result<Self, Problem> {
        // A route that asks for a key without saying for what serves nobody.
        let Some(Needs(scope)) = parts.extensions.get().copied() else { return Err(Problem::internal()) };
        let key = known.ok_or_else(|| guessed(app, parts))?;
        if !key.stands {
            deny(app, &key, parts, "the key is revoked").await;
            return Err(refused());
        }
        let now = app.clock.now();
        app.limits.request(hash, weight(parts), now)?;
        app.key_uses.note(key.id, now);
        if !key.scopes.has(scope) {
            deny(app, &key, parts, &format!("it needs {}", scope.word())).await;
            return Err(scope_missing(scope));
        }
        let KnownKey { id, portal, prefix, .. } = key;
        Ok(Self { id, portal, prefix, request: request(parts), peer: peer::of(&parts.extensions) })
    }
}

impl FromRequestParts<Shared> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let hash = presented(app, parts)?;
        let known = app.store.glance(move |mut db| Box::pin(async move { db.api_key(hash).await }));
        let known = known.await?;
        Self::admitted(app, parts, (hash, known)).await
    }
}

/// The hash of what was presented; refused where nothing was.
pub(super) fn presented(app: &Shared, parts: &Parts) -> Result<[u8; 32], Problem> {
    bearer(&parts.headers).map(digest).ok_or_else(|| guessed(app, parts))
}

/// A good key is served whoever else is behind its address: only what opens nothing is counted.
fn guessed(app: &Shared, parts: &Parts) -> Problem {
    let counted = app.limits.guess(peer::of(&parts.extensions), app.clock.now());
    counted.map_or_else(Problem::from, |()| refused())
}

/// Writes down that a key was refused here.
async fn deny(app: &Shared, key: &KnownKey, parts: &Parts, why: &str) {
    let place = row(parts).map_or_else(String::new, |row| format!("{} {}", row.method, row.path));
    let from = (request(parts).0, peer::of(&parts.extensions));
    denials::to_key(app, key, format!("{place}: {why}"), (&from.0, from.1)).await;
}

fn request(parts: &Parts) -> RequestRef {
    parts.extensions.get::<RequestRef>().cloned().unwrap_or_default()
}

/// This request's row in the table of routes.
fn row(parts: &Parts) -> Option<&'static Route> {
    let path = parts.extensions.get::<MatchedPath>()?;
    table::find(parts.method.as_str(), path.as_str())
}

/// How much this request counts for its key.
fn weight(parts: &Parts) -> u32 {
    row(parts).map_or(1, |row| row.pace.weight())
}

/// What stands after `Bearer`, in a header that stands there once.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (sent.next(), sent.next()) else { return None };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// No key, or none that opens anything.
fn refused() -> Problem {
    let detail = "Send a valid API key as Authorization: Bearer.";
    Problem::new(StatusCode::UNAUTHORIZED, "key_refused", detail)
}

fn scope_missing(scope: Scope) -> Problem {
    let detail = format!("This key lacks the scope {0}: use a key that has it.", scope.word());
    Problem::new(StatusCode::FORBIDDEN, "scope_missing", detail)
}
