//! Access that was denied to somebody known, for the audit log (SM-05). At most one line a minute for
//! each of them and each thing, and so many over all, so that knocking fills no disk. Whoever presents
//! nothing that we know leaves no line.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use protocol::ids::Moment;

use crate::peer::Peer;
use crate::state::{Caller, Shared};
use crate::store::StoreError;
use crate::store::api_keys::KnownKey;
use crate::store::audit::{Action, Actor, NewLine, Whence};
use crate::store::ids::{KeyId, SessionId};

/// The same is told again after so many milliseconds.
const AGAIN: u64 = 60_000;
/// So many lines within that time; more are not told.
const MOST: usize = 1_000;

/// What was told of late.
#[derive(Default)]
pub struct Denials {
    told: Mutex<HashMap<(Whose, String), Moment>>,
}

/// Who was denied something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whose {
    Key(KeyId),
    Session(SessionId),
    Token([u8; 32]),
}

impl Denials {
    /// Whether it is to be told now that a token, known by its hash, was refused at this.
    pub(crate) fn token_is_news(&self, token: [u8; 32], at: &str, now: Moment) -> bool {
        self.is_news(Whose::Token(token), at, now)
    }

    /// Whether this is to be told now; notes that it is.
    fn is_news(&self, whose: Whose, what: &str, now: Moment) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back silences nobody.
        told.retain(|_, at| *at <= now && now.0 < at.0 + AGAIN);
        let thing = (whose, what.to_owned());
        let news = told.len() < MOST && !told.contains_key(&thing);
        if news {
            told.insert(thing, now);
        }
        news
    }
}

/// A key that is known was refused: where, and why.
pub(crate) async fn to_key(app: &Shared, key: &KnownKey, what: String, (request, peer): (&str, Peer)) {
    let now = app.clock.now();
    if !app.denials.is_news(Whose::Key(key.id), &what, now) {
        return;
    }
    let (key, request) = (key.clone(), request.to_owned());
    let told = app.store.write(move |mut db| {
        Box::pin(async move {
            let actor = Actor::Key(&key.prefix);
            let (action, object, request) = (Action::AccessDenied, what.as_str(), Some(request.as_str()));
            let (portal, whence) = (key.portal.as_str(), Whence::Address(peer));
            let line = NewLine { portal, tenant: None, actor, action, object, request, whence };
            db.add_audit(&line, now).await
        })
    });
    report(told.await);
}

/// A session was refused something for which it lacks this right.
pub(crate) async fn to_session(app: &Shared, caller: Caller, right: &'static str) {
    let now = app.clock.now();
    if !app.denials.is_news(Whose::Session(caller.session), right, now) {
        return;
    }
    let told = app.store.write(move |mut db| {
        Box::pin(async move {
            let Some(session) = db.session(caller.session, now).await? else { return Ok(()) };
            let who = session.who.at(caller.peer);
            db.add_audit(&NewLine::by_visitor(&who, Action::AccessDenied, right), now).await
        })
    });
    report(told.await);
}

/// It stays denied, told or not.
fn report(told: Result<(), StoreError>) {
    if let Err(error) = told {
        tracing::error!(%error, "a denial could not be written into the audit log");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::after;

    const NOW: Moment = Moment(1_764_000_000_000);
    const ZOE: Whose = Whose::Session(SessionId(1));

    #[test]
    fn sm_05_the_same_is_told_once_a_minute() {
        let denials = Denials::default();
        assert!(denials.is_news(ZOE, "connect", NOW));
        assert!((0..AGAIN).step_by(999).all(|later| !denials.is_news(ZOE, "connect", after(NOW, later))));
        assert!(denials.is_news(ZOE, "import", NOW), "another thing is told");
        assert!(denials.is_news(Whose::Key(KeyId(1)), "connect", NOW), "and so is somebody else");
        assert!(denials.is_news(ZOE, "connect", after(NOW, AGAIN)));
    }

    #[test]
    fn sm_05_a_clock_set_back_silences_nobody() {
        let denials = Denials::default();
        assert!(denials.is_news(ZOE, "connect", after(NOW, 86_400_000)));
        assert!(denials.is_news(ZOE, "connect", NOW));
    }

    #[test]
    fn sm_05_a_flood_from_everywhere_is_told_in_part() {
        let denials = Denials::default();
        let told = |now| {
            let ids = (0..10_000).map(|id| Whose::Session(SessionId(id)));
            ids.filter(|whose| denials.is_news(*whose, "", now)).count()
        };
        assert_eq!(told(NOW), MOST);
        assert_eq!(told(after(NOW, AGAIN - 1)), 0);
        assert_eq!(told(after(NOW, AGAIN)), MOST);
    }
}
