//! `POST /v2/oauth2/tokens/migrate` (facts 2): a connection under OAuth 1.0a becomes one under OAuth 2.0. The request
//! is signed as RFC 5849 says; its JSON body takes no part in the signature.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, Uri, header};
use serde::Deserialize;
use time::OffsetDateTime;

use super::{
    grants::Consent,
    legacy::{Kept, Stuck},
    oauth1::{Signed, Target},
    signin::{known_scopes, needs_company},
    token::{granted, refusal},
};
use crate::{
    Client,
    state::{Play, held},
};

/// Beyond these the body is not what Intuit's clients send.
#[derive(Deserialize)]
struct Wish {
    scope: String,
    redirect_uri: String,
    client_id: String,
    client_secret: String,
}

/// Why nothing was moved. Facts have no bodies, so the words are those of OAuth 1.0's problem reporting.
enum Refused {
    /// 400: something that has to be there is not, or is of another kind.
    Request(&'static str),
    /// 401: whoever signed is not who may.
    Signature(&'static str),
    /// 401: the body's credentials are not those of the app that signed.
    Client,
    /// 400: a scope that is not known, or none.
    Scope,
    /// 500 without a body, as Intuit answers a second time.
    Again,
}

/// Tokens for a connection that was made under OAuth 1.0a.
pub(crate) async fn migrate(
    State(play): State<Arc<Play>>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let hard = super::token::wants_hard_expiry(&headers);
    match moved(&play, &uri, &headers, &body) {
        Ok(consent) => {
            let (policy, now) = (play.policy(), play.clock.now());
            let realm = consent.realm.clone();
            let issued = held(&play.grants).grant(consent, policy, now);
            granted(&play, issued, hard, realm)
        }
        Err(Refused::Request(word)) => refusal(StatusCode::BAD_REQUEST, "invalid_request", Some(word)),
        Err(Refused::Signature(word)) => refusal(StatusCode::UNAUTHORIZED, "invalid_token", Some(word)),
        Err(Refused::Client) => refusal(StatusCode::UNAUTHORIZED, "invalid_client", None),
        Err(Refused::Scope) => refusal(StatusCode::BAD_REQUEST, "invalid_scope", None),
        Err(Refused::Again) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What the new grant is, once the request was found to be in order.
fn moved(play: &Play, uri: &Uri, headers: &HeaderMap, body: &str) -> Result<Consent, Refused> {
    let signed = Signed::read(headers).ok_or(Refused::Signature("parameter_absent"))?;
    let (client, token) = signer(play, &signed, uri, headers)?;
    let wish: Wish = serde_json::from_str(body).map_err(|_| Refused::Request("parameter_rejected"))?;
    if wish.client_id != client.id || wish.client_secret != client.secret {
        return Err(Refused::Client);
    }
    let scopes = known_scopes(&wish.scope).ok_or(Refused::Scope)?;
    if !client.redirect_uris.contains(&wish.redirect_uri) {
        return Err(Refused::Request("redirect_uri"));
    }
    once(play, &signed)?;
    let realm = needs_company(&scopes).then_some(token.realm);
    Ok(Consent {
        client: client.id.clone(),
        redirect_uri: wish.redirect_uri,
        scopes,
        realm,
        email: "visitor@sandbox.example".to_owned(),
        signed_in: play.clock.now(),
        challenge: None,
        told: None,
    })
}

/// The app and the token whose secrets made the signature.
fn signer<'a>(
    play: &'a Play,
    signed: &Signed,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(&'a Client, Kept), Refused> {
    let absent = Refused::Request("parameter_absent");
    let [Some(key), Some(token), Some(timestamp), Some(_), Some(method)] =
        ["consumer_key", "token", "timestamp", "nonce", "signature_method"]
            .map(|name| signed.get(&format!("oauth_{name}")))
    else {
        return Err(absent);
    };
    if method != "HMAC-SHA1" {
        return Err(Refused::Request("signature_method_rejected"));
    }
    if signed.get("oauth_version").is_some_and(|version| version != "1.0") {
        return Err(Refused::Request("version_rejected"));
    }
    let (client, consumer) = play.consumer(key).ok_or(Refused::Signature("consumer_key_unknown"))?;
    let kept = held(&play.legacy).find(token).filter(|kept| kept.client == client.id);
    let kept = kept.ok_or(Refused::Signature("token_rejected"))?;
    if !timely(timestamp, play.settings().oauth1_seconds, play.clock.now()) {
        return Err(Refused::Signature("timestamp_refused"));
    }
    let (address, fields) = (address(headers, uri), uri.query().unwrap_or_default());
    let target = Target { method: "POST", address: &address, fields };
    if signed.holds(target, (&consumer.secret, &kept.secret)) {
        Ok((client, kept))
    } else {
        Err(Refused::Signature("signature_invalid"))
    }
}

/// Uses the nonce up, and the token.
fn once(play: &Play, signed: &Signed) -> Result<(), Refused> {
    let [token, timestamp, nonce] =
        ["oauth_token", "oauth_timestamp", "oauth_nonce"].map(|name| signed.get(name).unwrap_or_default());
    let mut legacy = held(&play.legacy);
    legacy.usable(token, (timestamp, nonce), play.clock.now()).map_err(|stuck| match stuck {
        Stuck::Expired => Refused::Signature("token_expired"),
        Stuck::Replayed => Refused::Signature("nonce_used"),
        Stuck::Again => Refused::Again,
    })?;
    legacy.moved(token);
    Ok(())
}

/// Whether a timestamp is so many seconds from now at most.
fn timely(timestamp: &str, seconds: u64, now: OffsetDateTime) -> bool {
    let off = timestamp.parse::<i64>().ok().map(|then| now.unix_timestamp().abs_diff(then));
    off.is_some_and(|off| off <= seconds)
}

/// The address that was signed: Intuit's names are reached through a proxy that ends TLS, ours in the clear.
fn address(headers: &HeaderMap, uri: &Uri) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = host.to_ascii_lowercase();
    let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
    let (scheme, port) = if name.ends_with(".intuit.com") { ("https", ":443") } else { ("http", ":80") };
    format!("{scheme}://{}{}", host.strip_suffix(port).unwrap_or(&host), uri.path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_port_that_goes_without_saying_is_not_signed() {
        let uri = Uri::from_static("/v2/oauth2/tokens/migrate?a=b");
        for (host, expected) in [
            ("127.0.0.1:4170", "http://127.0.0.1:4170"),
            ("LOCALHOST:80", "http://localhost"),
            ("developer.api.intuit.com", "https://developer.api.intuit.com"),
            ("developer.api.intuit.com:443", "https://developer.api.intuit.com"),
        ] {
            let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
            assert_eq!(address(&headers, &uri), format!("{expected}/v2/oauth2/tokens/migrate"));
        }
    }

    #[test]
    fn a_timestamp_may_be_a_little_off() {
        let now = datetime!(2026-01-01 0:00 UTC);
        let at = |seconds: i64| (now.unix_timestamp() + seconds).to_string();
        assert!(timely(&at(300), 300, now) && timely(&at(-300), 300, now));
        assert!(!timely(&at(301), 300, now) && !timely(&at(-301), 300, now) && !timely("soon", 300, now));
    }
}
