//! Connections under OAuth 1.0a, as far as they can still be moved to OAuth 2.0 (facts 2): their tokens, and the
//! nonces that were used with them.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use time::{Duration, OffsetDateTime};

use super::clock::letters;

/// Life of a token, unless it was renewed in its last thirty days, which nobody can any more.
const LIFE: Duration = Duration::days(180);

/// A token as the app that it was issued to knows it.
#[derive(Clone, Debug, Serialize)]
pub struct LegacyToken {
    /// `oauth_token`.
    pub token: String,
    /// `oauth_token_secret`.
    pub secret: String,
    /// `realmId` of the company that it opens.
    pub realm: String,
}

/// A token as the sandbox keeps it.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) client: String,
    pub(crate) secret: String,
    pub(crate) realm: String,
    until: OffsetDateTime,
    moved: bool,
}

/// Why a token cannot be moved.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Stuck {
    /// It is older than 180 days.
    Expired,
    /// This timestamp and nonce were there before.
    Replayed,
    /// It was moved already; Intuit answers that with 500 and no text.
    Again,
}

/// All tokens of one sandbox.
#[derive(Default)]
pub(crate) struct Legacy {
    tokens: HashMap<String, Kept>,
    used: HashSet<[String; 3]>,
}

impl Legacy {
    /// A token as an app got it years ago, and can still use.
    pub(crate) fn issue(&mut self, client: &str, realm: &str, now: OffsetDateTime) -> LegacyToken {
        let (token, secret) = (format!("qyprd{}", letters(43)), letters(40));
        let (client, realm) = (client.to_owned(), realm.to_owned());
        let kept =
            Kept { client, secret: secret.clone(), realm: realm.clone(), until: now + LIFE, moved: false };
        self.tokens.insert(token.clone(), kept);
        LegacyToken { token, secret, realm }
    }

    /// A token that was issued to somebody.
    pub(crate) fn find(&self, token: &str) -> Option<Kept> {
        self.tokens.get(token).cloned()
    }

    /// A request is good once (RFC 5849, 3.3), and so is a token.
    pub(crate) fn usable(
        &mut self,
        token: &str,
        (timestamp, nonce): (&str, &str),
        now: OffsetDateTime,
    ) -> Result<(), Stuck> {
        if !self.used.insert([token, timestamp, nonce].map(str::to_owned)) {
            return Err(Stuck::Replayed);
        }
        match self.tokens.get(token) {
            Some(kept) if kept.until <= now => Err(Stuck::Expired),
            Some(kept) if kept.moved => Err(Stuck::Again),
            _ => Ok(()),
        }
    }

    /// From now on there are OAuth 2.0 tokens in its place.
    pub(crate) fn moved(&mut self, token: &str) {
        if let Some(kept) = self.tokens.get_mut(token) {
            kept.moved = true;
        }
    }

    /// How many tokens of a company can still be moved.
    pub(crate) fn waiting(&self, realm: &str, now: OffsetDateTime) -> usize {
        let waits = |kept: &&Kept| kept.realm == realm && !kept.moved && kept.until > now;
        self.tokens.values().filter(waits).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_token_lives_180_days_and_moves_once() {
        let (mut legacy, now) = (Legacy::default(), datetime!(2026-01-01 0:00 UTC));
        let token = legacy.issue("app", "1", now).token;
        assert_eq!(legacy.usable(&token, ("1", "a"), now), Ok(()));
        assert_eq!(legacy.usable(&token, ("1", "a"), now), Err(Stuck::Replayed));
        assert_eq!(legacy.usable(&token, ("1", "b"), now + LIFE), Err(Stuck::Expired));
        assert_eq!(legacy.waiting("1", now), 1);
        legacy.moved(&token);
        assert_eq!(legacy.usable(&token, ("2", "a"), now), Err(Stuck::Again));
        assert_eq!(legacy.waiting("1", now), 0);
    }
}
