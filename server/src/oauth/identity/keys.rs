//! The keys that a provider signs with (RFC 7517): read when they are first needed, and once more for a
//! token that names one which is not among them, since providers change their keys.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use url::Url;

use super::Forged;
use super::jws::{Algorithm, Signed};
use crate::providers::client::{Client, Limits};

const LIMITS: Limits = Limits { deadline: Duration::from_secs(10), body: 128 * 1024 };

/// What is known of a provider's keys.
#[derive(Default)]
pub(in crate::oauth) struct Keys {
    known: Mutex<Option<Arc<[Key]>>>,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    kid: Option<String>,
    public: Public,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Public {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// The uncompressed point.
    P256(Vec<u8>),
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Written {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// The key that a token names. Asks the provider when it is not among those that are known.
    pub(super) async fn find(&self, client: &Client, at: &Url, token: &Signed<'_>) -> Result<Key, Forged> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(key) = known.and_then(|keys| chosen(&keys, token)) {
            return Ok(key);
        }
        let fresh: Arc<[Key]> = read(client, at).await?.into();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fresh));
        chosen(&fresh, token).ok_or(Forged::UnknownKey)
    }
}

/// The key of that name and kind. A token without a name is of the only key of its kind, if there is but one.
fn chosen(keys: &[Key], token: &Signed<'_>) -> Option<Key> {
    let mut fitting = keys.iter().filter(|key| {
        key.fits(token.algorithm) && token.kid.as_ref().is_none_or(|kid| key.kid.as_ref() == Some(kid))
    });
    let first = fitting.next()?;
    fitting.next().is_none().then(|| first.clone())
}

async fn read(client: &Client, at: &Url) -> Result<Vec<Key>, Forged> {
    let request = http::Request::get(at.as_str()).header(header::ACCEPT, "application/json").body(Vec::new());
    let answer = client.send(request.map_err(|_| Forged::NoKeys)?, LIMITS).await.map_err(|error| {
        tracing::warn!(%error, "a provider's keys cannot be read");
        Forged::NoKeys
    })?;
    if answer.status() != http::StatusCode::OK {
        return Err(Forged::NoKeys);
    }
    let set: Set = serde_json::from_slice(answer.body()).map_err(|_| Forged::NoKeys)?;
    // A key of a kind that we do not know is no reason to refuse the others.
    Ok(set.keys.into_iter().filter_map(|key| Key::read(serde_json::from_value(key).ok()?)).collect())
}

impl Key {
    fn read(written: Written) -> Option<Self> {
        if written.usage.is_some_and(|usage| usage != "sig") {
            return None;
        }
        let number = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?).ok();
        let public = match (written.kty.as_str(), written.crv.as_deref()) {
            ("RSA", None) => {
                // `ring` takes no zeros in front, which some providers write.
                let modulus = number(written.n)?.into_iter().skip_while(|byte| *byte == 0).collect();
                Public::Rsa { n: modulus, e: number(written.e)? }
            }
            ("EC", Some("P-256")) => {
                let (x, y) = (number(written.x)?, number(written.y)?);
                Public::P256([&[4], x.as_slice(), y.as_slice()].concat())
            }
            _ => return None,
        };
        let key = Self { kid: written.kid, public };
        let fits = written.alg.is_none_or(|name| Algorithm::named(&name).is_some_and(|alg| key.fits(alg)));
        fits.then_some(key)
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        matches!(
            (&self.public, algorithm),
            (Public::Rsa { .. }, Algorithm::Rs256) | (Public::P256(_), Algorithm::Es256)
        )
    }

    /// Whether this key made the signature. RSA keys under 2048 bits make none that counts.
    pub(super) fn signed(&self, token: &Signed<'_>) -> bool {
        let (message, signature) = (token.message.as_bytes(), token.signature.as_slice());
        match (&self.public, token.algorithm) {
            (Public::Rsa { n, e }, Algorithm::Rs256) => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            (Public::P256(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            _ => false,
        }
    }

    #[cfg(test)]
    pub(super) fn of(written: serde_json::Value) -> Option<Self> {
        Self::read(serde_json::from_value(written).ok()?)
    }
}
