//! What a key may be used for. Kept as words, so that a dump of the table can be read.

use std::fmt;
use std::str::FromStr;

/// One thing that a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Letting people in: session tokens and links.
    Sessions,
    /// Tenants, and the portal's records of them.
    Records,
    /// Reading configurations, mappings and imported records.
    Read,
    /// Connections: listing and disconnecting them, and reading their lists again.
    Connections,
    /// Fresh access tokens of the provider. Never given unless it is named.
    Tokens,
    /// The endpoints that events are sent to, which outlive the key. Never given unless it is named.
    Webhooks,
    /// Calls of the provider through us, which shows the caller no token. Never given unless it is named.
    Proxy,
}

impl Scope {
    /// Every scope, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Sessions,
        Self::Records,
        Self::Read,
        Self::Connections,
        Self::Tokens,
        Self::Webhooks,
        Self::Proxy,
    ];

    /// Its name, on the command line, in the API and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Records => "records",
            Self::Read => "read",
            Self::Connections => "connections",
            Self::Tokens => "tokens",
            Self::Proxy => "proxy",
            Self::Webhooks => "webhooks",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Some scopes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Scopes(u8);

impl Default for Scopes {
    /// What a key may do when nobody says otherwise: everything but using access tokens, and having
    /// events sent to where they go on after the key is revoked.
    fn default() -> Self {
        Self::of(&[Scope::Sessions, Scope::Records, Scope::Read, Scope::Connections])
    }
}

impl Scopes {
    /// These scopes and no others.
    pub fn of(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |bits, scope| bits | scope.bit()))
    }

    /// Whether a scope is among them.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// As kept. Keys from before there were scopes say `api`; a word of a later version gives nothing.
    pub(in crate::store) fn read(kept: &str) -> Self {
        if kept == "api" {
            return Self::default();
        }
        let known = kept.split(' ').filter_map(named).collect::<Vec<_>>();
        Self::of(&known)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Scope::ALL.into_iter().filter(|scope| self.has(*scope)).map(Scope::word);
        out.write_str(&words.collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Scopes({self})")
    }
}

/// Why a list of scopes is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no scope; write some of sessions, records, read, connections, tokens, webhooks, proxy with commas between"
)]
pub struct NoScope(String);

impl FromStr for Scopes {
    type Err = NoScope;

    /// As an operator writes them: words with commas or blanks between.
    fn from_str(text: &str) -> Result<Self, NoScope> {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        let found: Result<Vec<_>, _> =
            words.map(|word| named(word).ok_or_else(|| NoScope(word.to_owned()))).collect();
        match found? {
            none if none.is_empty() => Err(NoScope(text.to_owned())),
            some => Ok(Self::of(&some)),
        }
    }
}

fn named(word: &str) -> Option<Scope> {
    Scope::ALL.into_iter().find(|scope| scope.word() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_scopes_survives_the_store() {
        for bits in 0..128 {
            assert_eq!(Scopes::read(&Scopes(bits).to_string()), Scopes(bits));
        }
    }

    #[test]
    fn access_tokens_and_webhooks_are_given_only_by_name() {
        let named = [Scope::Tokens, Scope::Webhooks, Scope::Proxy];
        assert!(named.iter().all(|scope| !Scopes::default().has(*scope)));
        assert_eq!(Scopes::read("api"), Scopes::default());
        assert!(!Scopes::read("api tokenss everything").has(Scope::Tokens));
        assert!("tokens".parse::<Scopes>().unwrap().has(Scope::Tokens));
    }

    #[test]
    fn what_is_no_scope_is_told_by_name() {
        assert_eq!("sessions, records".parse(), Ok(Scopes::of(&[Scope::Sessions, Scope::Records])));
        assert_eq!("sessions,all".parse::<Scopes>(), Err(NoScope("all".to_owned())));
        assert_eq!(" ,".parse::<Scopes>(), Err(NoScope(" ,".to_owned())));
    }
}
