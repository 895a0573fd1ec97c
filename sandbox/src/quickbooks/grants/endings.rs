//! How a grant ends before its time: the app gives it back (facts 1.5), or a person takes it away.

use time::OffsetDateTime;

use super::{Grants, Policy, policy::Turn};

impl Grants {
    /// Ends the app's permission for the company of this token. False when the token is unknown or dead.
    pub(crate) fn revoke(&mut self, client: &str, token: &str, policy: Policy, now: OffsetDateTime) -> bool {
        let owner = self.owner(token, policy, now);
        let Some(index) = owner.filter(|index| self.consented[*index].consent.client == client) else {
            return false;
        };
        match self.consented[index].consent.realm.clone() {
            Some(realm) => self.end_all(client, &realm),
            // Without a company it is one person's, and has nothing in common with those of others.
            None => self.consented[index].alive = false,
        }
        true
    }

    /// Somebody disconnected the apps inside QuickBooks: ends the grants of one company, or of all.
    pub(crate) fn disconnect(&mut self, realm: Option<&str>) -> usize {
        let mut ended = 0;
        for grant in self.consented.iter_mut().filter(|grant| grant.alive) {
            if realm.is_none() || grant.consent.realm.as_deref() == realm {
                grant.alive = false;
                ended += 1;
            }
        }
        ended
    }

    /// Whether an app has a living grant for a company with this scope.
    pub(crate) fn opens(&self, client: &str, realm: &str, scope: &str, now: OffsetDateTime) -> bool {
        self.consented.iter().any(|grant| {
            let consent = &grant.consent;
            let theirs = consent.client == client && consent.realm.as_deref() == Some(realm);
            theirs && consent.has(scope) && grant.lives(now)
        })
    }

    fn end_all(&mut self, client: &str, realm: &str) {
        for grant in &mut self.consented {
            let consent = &grant.consent;
            grant.alive &= consent.client != client || consent.realm.as_deref() != Some(realm);
        }
    }

    /// The living grant of a token that would still do something.
    fn owner(&self, token: &str, policy: Policy, now: OffsetDateTime) -> Option<usize> {
        if let Some(access) = self.access.get(token) {
            return self.open(token, now).is_ok().then_some(access.grant);
        }
        let refresh = self.refresh.get(token)?;
        let grant = &self.consented[refresh.grant];
        let turn = policy.turn(now - grant.refresh_since, refresh.replaced.map(|replaced| now - replaced));
        (grant.lives(now) && !matches!(turn, Turn::Refuse(_))).then_some(refresh.grant)
    }
}
