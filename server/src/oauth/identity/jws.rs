//! A signed token in its compact form (RFC 7515, 7.1), taken apart. Of its header only the algorithm and
//! the name of the key are read: a token never says where its key is to be found (`jku`, `x5u`, `jwk`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::Forged;

/// Longer ones are nobody's.
const MOST: usize = 16 * 1024;

/// The algorithms that are taken: both have a public key, so no key can be mistaken for a shared secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    /// By its registered name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// A token, its signature not yet checked.
pub(super) struct Signed<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
    /// What the signature is over.
    pub(super) message: &'a str,
    pub(super) signature: Vec<u8>,
    /// JSON.
    pub(super) claims: Vec<u8>,
}

impl<'a> Signed<'a> {
    /// Takes a token apart.
    pub(super) fn read(token: &'a str) -> Result<Self, Forged> {
        let (message, signature) = token.rsplit_once('.').ok_or(Forged::Shape)?;
        let (header, claims) = message.split_once('.').ok_or(Forged::Shape)?;
        if token.len() > MOST || claims.contains('.') {
            return Err(Forged::Shape);
        }
        let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| Forged::Shape)?;
        if header.crit.is_some() {
            return Err(Forged::Critical);
        }
        Ok(Self {
            algorithm: Algorithm::named(&header.alg).ok_or(Forged::Algorithm)?,
            kid: header.kid,
            message,
            signature: bytes(signature)?,
            claims: bytes(claims)?,
        })
    }
}

fn bytes(part: &str) -> Result<Vec<u8>, Forged> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Forged::Shape)
}
