//! PKCE by S256 (RFC 7636). Intuit says nothing of it, so what is made of it is a switch.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::Pkce;

/// The challenge of an authorization request.
#[derive(Clone)]
pub(crate) struct Challenge(String);

/// A challenge that is missing, not hashed, or no challenge at all.
#[derive(Debug)]
pub(crate) struct Unacceptable;

impl Challenge {
    /// The challenge that a code has to be bound to, if any.
    pub(crate) fn asked(
        pkce: Pkce,
        challenge: Option<&str>,
        method: Option<&str>,
    ) -> Result<Option<Self>, Unacceptable> {
        match (pkce, challenge, method) {
            (Pkce::Ignored, _, _) | (Pkce::Checked, None, None) => Ok(None),
            // `plain`, which no method means as well (RFC 7636, 4.3), hides nothing from whoever reads the request.
            (_, Some(challenge), Some("S256")) if is_hash(challenge) => Ok(Some(Self(challenge.to_owned()))),
            _ => Err(Unacceptable),
        }
    }
}

/// Whether a verifier is the one of a challenge. One without the other is refused: a verifier for a code
/// that was asked for without a challenge is the sign of a downgrade (RFC 9700, 4.8.2).
pub(crate) fn met(pkce: Pkce, challenge: Option<&Challenge>, verifier: Option<&str>) -> bool {
    match (pkce, challenge, verifier) {
        (Pkce::Ignored, _, _) | (Pkce::Checked, None, None) => true,
        (_, Some(Challenge(challenge)), Some(verifier)) => {
            URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == *challenge
        }
        _ => false,
    }
}

fn is_hash(challenge: &str) -> bool {
    let of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    challenge.len() == 43 && challenge.bytes().all(of_base64)
}
