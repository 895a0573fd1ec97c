//! Signatures as Standard Webhooks has them: HMAC-SHA256 over id, time and body
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::clock::Clock;
use crate::vault::Secret;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// A fresh secret: 256 random bits.
pub fn secret(clock: &Clock) -> Secret {
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(clock.random::<32>())))
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'a> {
    /// The event's id.
    pub(crate) id: &'a str,
    /// When it is sent, in seconds since 1970.
    pub(crate) seconds: u64,
    /// The body, byte for byte.
    pub(crate) body: &'a str,
}

impl Signed<'_> {
    /// The value of `webhook-signature`: one for each secret, so that a receiver may have any of them.
    /// A secret that is none signs nothing.
    pub(crate) fn by(&self, secrets: &[Secret]) -> String {
        let signatures = secrets.iter().filter_map(|secret| secret.lend(|text| self.one(text)));
        signatures.collect::<Vec<_>>().join(" ")
    }

    fn one(&self, secret: &str) -> Option<String> {
        let bytes = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let tag = hmac::sign(&key, format!("{}.{}.{}", self.id, self.seconds, self.body).as_bytes());
        Some(format!("v1,{}", STANDARD.encode(tag)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the standard's own libraries are tested with.
    const EXAMPLE: Signed<'_> =
        Signed { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: "{\"test\": 2432232314}" };
    const ITS_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ITS_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_standards_example_has_the_standards_signature() {
        assert_eq!(EXAMPLE.by(&[Secret::new(ITS_SECRET)]), ITS_SIGNATURE);
    }

    #[test]
    fn every_secret_that_is_one_signs() {
        let secrets = [secret(&Clock::system()), Secret::new("no secret"), Secret::new(ITS_SECRET)];
        let signatures = EXAMPLE.by(&secrets);
        let all: Vec<_> = signatures.split(' ').collect();
        assert_eq!((all.len(), all[1]), (2, ITS_SIGNATURE));
        assert_ne!(all[0], all[1]);
    }

    #[test]
    fn a_secret_is_256_random_bits() {
        let clock = Clock::system();
        let length =
            |secret: Secret| secret.lend(|text| STANDARD.decode(&text[PREFIX.len()..]).map(|key| key.len()));
        assert_eq!(length(secret(&clock)), Ok(32));
        assert_ne!(secret(&clock).digest(), secret(&clock).digest());
    }
}
