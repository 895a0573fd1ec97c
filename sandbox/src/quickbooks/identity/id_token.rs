//! The `id_token` (facts 1.7): who signed in, for which app, signed so that anybody can check it.

use std::fmt::Write;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    rsa::{KeyPair, PublicKeyComponents},
    signature::{self, KeyPair as _},
};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{ISSUER, subject};
use crate::quickbooks::{clock::hexadecimal, grants::Consent};

/// Why there is one key for all sandboxes stands above it.
const KEY: &str = include_str!("signing_key.pem");
/// Life of an `id_token` in seconds.
const LIFE: i64 = 3600;

/// Signs for one sandbox.
pub(crate) struct Signer {
    pair: KeyPair,
    kid: String,
}

/// The claims, in Intuit's order. There is no name and no e-mail address among them.
#[derive(Serialize)]
struct Claims<'a> {
    sub: String,
    aud: [&'a str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    realmid: Option<&'a str>,
    auth_time: i64,
    iss: &'static str,
    exp: i64,
    iat: i64,
}

impl Signer {
    /// The key that comes with the sandbox.
    pub(crate) fn load() -> Result<Self, String> {
        let body: String = KEY.lines().skip_while(|line| !line.starts_with("-----")).skip(1).collect();
        let (body, _) = body.split_once("-----").ok_or("the key has no end")?;
        let der = STANDARD.decode(body).map_err(|problem| problem.to_string())?;
        let pair = KeyPair::from_pkcs8(&der).map_err(|problem| problem.to_string())?;
        let kid = hexadecimal(&Sha256::digest(pair.public_key().as_ref())[..10]);
        Ok(Self { pair, kid })
    }

    /// The public half, as it stands at `jwks_uri`.
    pub(crate) fn jwk(&self) -> Value {
        let public = PublicKeyComponents::<Vec<u8>>::from(self.pair.public_key());
        let number = |bytes| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA",
            "e": number(public.e),
            "use": "sig",
            "kid": self.kid,
            "alg": "RS256",
            "n": number(public.n),
        })
    }

    /// The token of a consent; nothing when `openid` is not in it.
    pub(crate) fn id_token(&self, consent: &Consent, now: OffsetDateTime) -> Option<String> {
        if !consent.has("openid") {
            return None;
        }
        let iat = now.unix_timestamp();
        let claims = Claims {
            sub: subject(&consent.email),
            aud: [&consent.client],
            realmid: consent.realm.as_deref(),
            auth_time: consent.signed_in.unix_timestamp(),
            iss: ISSUER,
            exp: iat + LIFE,
            iat,
        };
        self.sign(&plain(&claims)?)
    }

    fn sign(&self, claims: &str) -> Option<String> {
        let header = format!(r#"{{"kid":"{}","alg":"RS256"}}"#, self.kid);
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let mut seal = vec![0; self.pair.public_key().modulus_len()];
        let random = SystemRandom::new();
        self.pair.sign(&signature::RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut seal).ok()?;
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(seal)))
    }
}

/// JSON in ASCII and without the three characters that Base64 can turn into `-` or `_`: Intuit's Python and
/// PHP clients take URL-safe Base64 for the plain one.
fn plain(claims: &Claims<'_>) -> Option<String> {
    let json = serde_json::to_string(claims).ok()?;
    let mut plain = String::with_capacity(json.len());
    for letter in json.chars() {
        if matches!(letter, '>' | '?' | '~' | '\u{7f}'..) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(plain, "\\u{unit:04x}").ok()?;
            }
        } else {
            plain.push(letter);
        }
    }
    Some(plain)
}
