//! The `id_token` (OpenID Connect Core 1.0, 3.1.3.7): who signed in, believed when its signature, its
//! issuer, its audience, its times and its nonce are right. Signatures are checked by `ring`, which
//! the TLS under it brings; the libraries that do all of this bring a second crypto provider.

mod jws;
pub(super) mod keys;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::ids::Moment;
use serde::Deserialize;

use super::Registration;
use crate::providers::client::Client;
use crate::vault::Secret;
use jws::Signed;

/// By how much the provider's clock may differ from ours, in seconds.
const SKEW: f64 = 60.0;
/// How old a token may be that was just given, in seconds.
const AGE: f64 = 600.0;
/// The longest subject (OpenID Connect Core 1.0, 2).
const SUBJECT_MOST: usize = 255;

/// Why an `id_token` is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Forged {
    #[error("there is no id_token, although `openid` was asked for")]
    Missing,
    #[error("it is not a signed token")]
    Shape,
    #[error("it is signed by an algorithm other than RS256 and ES256")]
    Algorithm,
    #[error("it demands an extension that we do not know")]
    Critical,
    #[error("the provider's keys cannot be read")]
    NoKeys,
    #[error("the provider has no such key")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for another client")]
    Audience,
    #[error("it was given to another party")]
    Party,
    #[error("it has expired")]
    Expired,
    #[error("it is not of now")]
    Time,
    #[error("its nonce is not the one of this attempt")]
    Nonce,
    #[error("it names nobody")]
    Subject,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
}

/// One text, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(all) => all,
        }
    }
}

/// What a token must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Moment,
}

/// The nonce of an attempt: made from the hash of the browser's cookie, so that the token belongs to the
/// browser that began (OpenID Connect Core 1.0, 15.5.2), and nothing more has to be kept.
pub(super) fn nonce(cookie_hash: [u8; 32]) -> String {
    let bound = Secret::new(format!("nonce {}", URL_SAFE_NO_PAD.encode(cookie_hash)));
    URL_SAFE_NO_PAD.encode(bound.digest())
}

/// The subject of the token that came with a code; none where `openid` is not asked for.
pub(super) async fn subject(
    client: &Client,
    registration: &Registration,
    token: Option<&Secret>,
    (cookie_hash, now): ([u8; 32], Moment),
) -> Result<Option<String>, Forged> {
    let authority = &registration.authority;
    let Some(issuer) = authority.issuer.as_ref().filter(|issuer| issuer.openid) else { return Ok(None) };
    let jwks = authority.endpoints().and_then(|endpoints| endpoints.jwks.as_ref()).ok_or(Forged::NoKeys)?;
    let token = token.ok_or(Forged::Missing)?.lend(str::to_owned);
    let signed = Signed::read(&token)?;
    let key = authority.keys.find(client, jwks, &signed).await?;
    if !key.signed(&signed) {
        return Err(Forged::Signature);
    }
    let nonce = nonce(cookie_hash);
    let expected = Expected { issuer: &issuer.name, client: &registration.client_id, nonce: &nonce, now };
    judged(&signed.claims, &expected).map(Some)
}

/// The subject, when every claim is as it must be.
fn judged(claims: &[u8], expected: &Expected<'_>) -> Result<String, Forged> {
    let claims: Claims = serde_json::from_slice(claims).map_err(|_| Forged::Shape)?;
    if claims.iss != expected.issuer {
        return Err(Forged::Issuer);
    }
    parties(&claims, expected.client)?;
    times(&claims, std::time::Duration::from_millis(expected.now.0).as_secs_f64())?;
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(Forged::Nonce);
    }
    if claims.sub.is_empty() || claims.sub.len() > SUBJECT_MOST {
        return Err(Forged::Subject);
    }
    Ok(claims.sub)
}

/// It is for us, and where it is for others too, it says that it was given to us.
fn parties(claims: &Claims, client: &str) -> Result<(), Forged> {
    let audience = claims.aud.all();
    if !audience.iter().any(|one| one == client) {
        return Err(Forged::Audience);
    }
    match &claims.azp {
        Some(party) if party == client => Ok(()),
        None if audience.len() == 1 => Ok(()),
        _ => Err(Forged::Party),
    }
}

fn times(claims: &Claims, now: f64) -> Result<(), Forged> {
    if claims.exp + SKEW <= now {
        return Err(Forged::Expired);
    }
    let begun = claims.iat <= now + SKEW && claims.nbf.is_none_or(|from| from <= now + SKEW);
    if begun && claims.iat + AGE + SKEW > now { Ok(()) } else { Err(Forged::Time) }
}
