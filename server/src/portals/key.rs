//! An API key as it is made: `pb_`, eight characters by which it is known, and the secret.

use std::fmt::Write as _;

use crate::clock::Clock;
use crate::store::api_keys::{NewKey, Scopes};
use crate::vault::Secret;

/// A fresh key, before it is handed over. Only its hash and its prefix are kept.
pub struct ApiKey {
    secret: Secret,
    prefix: String,
    scopes: Scopes,
}

impl ApiKey {
    /// Makes one. Nothing of the secret can be told from the prefix.
    pub fn make(scopes: Scopes, clock: &Clock) -> Self {
        let mut prefix = "pb_".to_owned();
        for byte in clock.random::<4>() {
            // Writing into a string cannot fail.
            let _ = write!(prefix, "{byte:02x}");
        }
        let secret = Secret::random(clock).lend(|text| Secret::new(format!("{prefix}_{text}")));
        Self { secret, prefix, scopes }
    }

    /// The whole of it, for its owner.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// What is shown of it.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What is kept of it.
    pub(super) fn kept<'a>(&'a self, portal: &'a str) -> NewKey<'a> {
        NewKey { portal, hash: self.secret.digest(), prefix: &self.prefix, scopes: self.scopes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn oa_05_keys_carry_256_random_bits_beside_their_prefix() {
        let clock = Clock::system();
        let mut secrets = HashSet::new();
        for _ in 0..10_000 {
            let key = ApiKey::make(Scopes::default(), &clock);
            let whole = key.secret().lend(str::to_owned);
            let rest = whole.strip_prefix(key.prefix()).and_then(|rest| rest.strip_prefix('_'));
            let rest = rest.expect("the prefix comes first").to_owned();
            assert_eq!((key.prefix().len(), rest.len()), (11, 43));
            assert!(secrets.insert(rest), "a secret came twice");
        }
    }
}
