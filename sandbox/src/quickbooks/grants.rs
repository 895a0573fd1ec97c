//! Codes, grants and tokens (facts 1.2 to 1.5) as a machine that takes the time as an argument.
//! A grant is one consent; its refresh tokens are a family that lives and dies with it.

mod endings;
mod looks;
mod policy;

use std::collections::{BTreeMap, HashMap};

use time::{Duration, OffsetDateTime};

pub(crate) use self::policy::Policy;
use self::policy::Turn;
use super::pkce::{Challenge, met};
use crate::Replay;

/// Life of an unused refresh token; each refresh starts it again.
const IDLE: Duration = Duration::seconds(8_726_400);
/// Life of a grant, however often it is refreshed.
const HARD: Duration = Duration::seconds(157_680_000);

/// What somebody agreed to on the consent page.
#[derive(Clone)]
pub(crate) struct Consent {
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    /// Absent when only `OpenID` scopes were asked for.
    pub(crate) realm: Option<String>,
    pub(crate) email: String,
    /// When the person signed in, for `auth_time`.
    pub(crate) signed_in: OffsetDateTime,
    pub(crate) challenge: Option<Challenge>,
    /// What the token answers say was granted, when that is something else than was asked for.
    pub(crate) told: Option<String>,
}

impl Consent {
    /// Whether this scope was granted.
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}

/// A code as an app presents it.
pub(crate) struct Presented<'a> {
    pub(crate) client: &'a str,
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: Option<&'a str>,
}

/// A pair of tokens.
pub(crate) struct Issued {
    pub(crate) consent: Consent,
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) access_seconds: u64,
    pub(crate) idle_seconds: i64,
    pub(crate) hard_seconds: i64,
}

/// Why no tokens were given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refused {
    /// Bad, used or foreign code, or redirect mismatch.
    Code,
    /// Refresh token unknown, rotated away, revoked or expired.
    Refresh,
    /// An access token, or a token of another app.
    WrongToken,
}

/// Why an access token opens nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Closed {
    Unknown,
    Expired,
}

struct Code {
    consent: Consent,
    expires: OffsetDateTime,
    /// The grant it was exchanged for; a second use ends that.
    spent: Option<usize>,
}

/// One consent that became tokens.
pub(crate) struct Grant {
    pub(crate) consent: Consent,
    alive: bool,
    refresh: String,
    refresh_since: OffsetDateTime,
    idle_until: OffsetDateTime,
    hard_until: OffsetDateTime,
}

impl Grant {
    fn lives(&self, now: OffsetDateTime) -> bool {
        self.alive && now < self.idle_until && now < self.hard_until
    }

    fn replayed(&mut self, replay: Replay) {
        self.alive &= replay == Replay::Refused;
    }
}

struct Refresh {
    grant: usize,
    replaced: Option<OffsetDateTime>,
}

struct Access {
    grant: usize,
    expires: OffsetDateTime,
}

/// All of one sandbox.
#[derive(Default)]
pub(crate) struct Grants {
    codes: HashMap<String, Code>,
    consented: Vec<Grant>,
    refresh: HashMap<String, Refresh>,
    access: HashMap<String, Access>,
}

impl Grants {
    /// Issues a code for a consent.
    pub(crate) fn authorize(&mut self, consent: Consent, policy: Policy, now: OffsetDateTime) -> String {
        let code = looks::code(now);
        let expires = after(now, policy.code_seconds);
        self.codes.insert(code.clone(), Code { consent, expires, spent: None });
        code
    }

    /// Code for tokens. A second use ends the grant of the first, unless the policy forgives it.
    pub(crate) fn exchange(
        &mut self,
        presented: &Presented<'_>,
        policy: Policy,
        now: OffsetDateTime,
    ) -> Result<Issued, Refused> {
        let code = self.codes.get_mut(presented.code).ok_or(Refused::Code)?;
        if code.consent.client != presented.client {
            return Err(Refused::Code);
        }
        if let Some(grant) = code.spent {
            self.consented[grant].replayed(policy.code_replay);
            return Err(Refused::Code);
        }
        let fits = code.consent.redirect_uri == presented.redirect_uri
            && met(policy.pkce, code.consent.challenge.as_ref(), presented.verifier);
        if !fits || code.expires <= now {
            return Err(Refused::Code);
        }
        code.spent = Some(self.consented.len());
        let consent = code.consent.clone();
        Ok(self.grant(consent, policy, now))
    }

    /// Tokens for a consent: that of a code, or one that was given under OAuth 1.0a.
    pub(crate) fn grant(&mut self, consent: Consent, policy: Policy, now: OffsetDateTime) -> Issued {
        let index = self.consented.len();
        self.consented.push(Grant {
            consent,
            alive: true,
            refresh: String::new(),
            refresh_since: now,
            idle_until: now + IDLE,
            hard_until: now + HARD,
        });
        self.rotate(index, now);
        self.issue(index, policy, now)
    }

    /// Refresh token for tokens, by the rules of the rotation.
    pub(crate) fn refresh(
        &mut self,
        client: &str,
        token: &str,
        policy: Policy,
        now: OffsetDateTime,
    ) -> Result<Issued, Refused> {
        if self.access.contains_key(token) {
            return Err(Refused::WrongToken);
        }
        let known = self.refresh.get(token).ok_or(Refused::Refresh)?;
        let (index, replaced) = (known.grant, known.replaced);
        let grant = &mut self.consented[index];
        if grant.consent.client != client {
            return Err(Refused::WrongToken);
        }
        if !grant.lives(now) {
            return Err(Refused::Refresh);
        }
        match policy.turn(now - grant.refresh_since, replaced.map(|replaced| now - replaced)) {
            Turn::Keep => {}
            Turn::Change => self.rotate(index, now),
            Turn::Refuse(replay) => {
                grant.replayed(replay);
                return Err(Refused::Refresh);
            }
        }
        self.consented[index].idle_until = now + IDLE;
        Ok(self.issue(index, policy, now))
    }

    /// Every access token is old from now on.
    pub(crate) fn expire_access(&mut self, now: OffsetDateTime) {
        for access in self.access.values_mut() {
            access.expires = access.expires.min(now);
        }
    }

    /// The grant behind an access token.
    pub(crate) fn open(&self, token: &str, now: OffsetDateTime) -> Result<&Grant, Closed> {
        let access = self.access.get(token).ok_or(Closed::Unknown)?;
        let grant = &self.consented[access.grant];
        if grant.alive && access.expires > now { Ok(grant) } else { Err(Closed::Expired) }
    }

    /// How many grants of each company still work; those without a company count under the empty realm.
    pub(crate) fn living(&self, now: OffsetDateTime) -> BTreeMap<String, usize> {
        let mut living = BTreeMap::new();
        for grant in self.consented.iter().filter(|grant| grant.lives(now)) {
            *living.entry(grant.consent.realm.clone().unwrap_or_default()).or_default() += 1;
        }
        living
    }

    fn rotate(&mut self, index: usize, now: OffsetDateTime) {
        let grant = &mut self.consented[index];
        let value = looks::refresh_token(now + IDLE);
        if let Some(old) = self.refresh.get_mut(&grant.refresh) {
            old.replaced = Some(now);
        }
        grant.refresh.clone_from(&value);
        grant.refresh_since = now;
        self.refresh.insert(value, Refresh { grant: index, replaced: None });
    }

    fn issue(&mut self, index: usize, policy: Policy, now: OffsetDateTime) -> Issued {
        let grant = &self.consented[index];
        let access = looks::access_token();
        let hard = grant.hard_until - now;
        let issued = Issued {
            consent: grant.consent.clone(),
            access: access.clone(),
            refresh: grant.refresh.clone(),
            access_seconds: policy.access_seconds,
            idle_seconds: (grant.idle_until - now).min(hard).whole_seconds(),
            hard_seconds: hard.whole_seconds(),
        };
        self.access.insert(access, Access { grant: index, expires: after(now, policy.access_seconds) });
        issued
    }
}

/// The moment so many seconds later, or the end of time.
fn after(now: OffsetDateTime, seconds: u64) -> OffsetDateTime {
    now.saturating_add(Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX)))
}
