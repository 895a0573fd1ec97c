//! What Patchbay tells our backend: the part to copy. A message counts when it is signed with our
//! secret and not older than five minutes, and it counts once, for the same one may be sent again.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde::Deserialize;
use serde_json::Value;

/// How far the sender's clock and ours may be apart, in seconds; older messages may be replays.
const TOLERANCE: u64 = 300;

/// Knows messages that were signed with our secret.
pub struct Verifier(hmac::Key);

/// What happened.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Message {
    /// The message's id: whoever has seen it has seen the message.
    #[serde(skip)]
    pub id: String,
    /// For example `connection.connected`; kinds that we do not know are none of our business.
    #[serde(rename = "type")]
    pub kind: String,
    /// When, as RFC 3339 writes it.
    pub timestamp: String,
    /// To whom, and what else there is to say of it.
    pub data: Value,
}

/// Why a message does not count. The sender learns no more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    /// The secret is no secret.
    #[error("the webhook's secret must begin with whsec_ and go on in base64")]
    NoSecret,
    /// A header is missing or unreadable.
    #[error("a header is missing")]
    Header,
    /// It is too old, or from the future.
    #[error("it was not sent just now")]
    Time,
    /// Nobody who has our secret has signed it.
    #[error("no signature fits")]
    Signature,
    /// It is signed, but says nothing that we understand.
    #[error("it cannot be understood")]
    Body,
}

impl Verifier {
    /// `secret` is what `patchbay portal webhooks` wrote into its file.
    ///
    /// # Errors
    /// Tells when it is no secret of a webhook.
    pub fn new(secret: &str) -> Result<Self, NotOurs> {
        let encoded = secret.trim().strip_prefix("whsec_").ok_or(NotOurs::NoSecret)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| NotOurs::NoSecret)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// Looks at a message as it arrived: `body` byte for byte, `now` in seconds since 1970.
    ///
    /// # Errors
    /// Tells why it does not count.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: u64) -> Result<Message, NotOurs> {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(NotOurs::Header);
        let (id, time) = (header("webhook-id")?, header("webhook-timestamp")?);
        let sent: u64 = time.parse().map_err(|_| NotOurs::Header)?;
        if now.abs_diff(sent) > TOLERANCE {
            return Err(NotOurs::Time);
        }
        let signed = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
        // While the secret is being exchanged there are two; ours is one of them.
        let mut signatures = header("webhook-signature")?.split(' ');
        if !signatures.any(|signature| self.fits(signature, &signed)) {
            return Err(NotOurs::Signature);
        }
        let message: Message = serde_json::from_slice(body).map_err(|_| NotOurs::Body)?;
        Ok(Message { id: id.to_owned(), ..message })
    }

    /// Compared in constant time, so that nobody can feel their way to a signature.
    fn fits(&self, signature: &str, signed: &[u8]) -> bool {
        let tag = signature.strip_prefix("v1,").and_then(|encoded| STANDARD.decode(encoded).ok());
        tag.is_some_and(|tag| hmac::verify(&self.0, signed, &tag).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the standard's own libraries are tested with.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const TIME: u64 = 1_614_265_330;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const BODY: &[u8] = b"{\"test\": 2432232314}";

    fn headers(signature: &str, time: &str) -> HeaderMap {
        let pairs = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", time),
            ("webhook-signature", signature),
        ];
        pairs.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn verified(signature: &str, now: u64) -> NotOurs {
        let verifier = Verifier::new(SECRET).unwrap();
        verifier.verify(&headers(signature, &TIME.to_string()), BODY, now).unwrap_err()
    }

    #[test]
    fn what_the_standard_signs_is_ours_though_it_says_nothing_to_us() {
        for now in [TIME - 300, TIME, TIME + 300] {
            assert_eq!(verified(SIGNATURE, now), NotOurs::Body);
        }
        assert_eq!(verified(&format!("v1,AAAA v2,x {SIGNATURE}"), TIME), NotOurs::Body);
    }

    #[test]
    fn what_is_old_changed_or_signed_by_others_is_not_ours() {
        for now in [TIME - 301, TIME + 301, 0, u64::MAX] {
            assert_eq!(verified(SIGNATURE, now), NotOurs::Time);
        }
        for signature in
            ["", "v1,", "v1,AAAA", "v1", &SIGNATURE.replace("v1,", "v2,"), &SIGNATURE.replace("g0", "g1")]
        {
            assert_eq!(verified(signature, TIME), NotOurs::Signature, "{signature}");
        }
        let verifier = Verifier::new(SECRET).unwrap();
        let changed =
            verifier.verify(&headers(SIGNATURE, &TIME.to_string()), b"{\"test\": 2432232315}", TIME);
        assert_eq!(changed, Err(NotOurs::Signature));
        assert_eq!(verifier.verify(&HeaderMap::new(), BODY, TIME), Err(NotOurs::Header));
        assert_eq!(verifier.verify(&headers(SIGNATURE, "now"), BODY, TIME), Err(NotOurs::Header));
        assert_eq!(Verifier::new("pb_1_2").err(), Some(NotOurs::NoSecret));
    }
}
