//! Which portal's backend read whose access tokens, and called the provider with them: gathered in
//! memory, written into the audit log every few seconds and at the end, never on the path of a request.
//! A crash may lose what was gathered last, as docs/SECURITY.md says.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::ids::Moment;

use crate::clock::{after, rfc3339};
use crate::oauth::handout::Place;
use crate::peer::Peer;
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::audit::{Action, Actor, NewLine};
use crate::store::ids::{ConnectionId, KeyId, TenantId};

/// Written this often, in milliseconds, so that it is on the disk within five seconds.
const EVERY: u64 = 4_000;
/// So many lines are gathered at most; uses beyond them are told without their addresses.
const MOST: usize = 10_000;

/// Who used a token.
#[derive(Debug, Clone, Copy)]
pub struct User<'a> {
    /// The key's row.
    pub key: KeyId,
    /// Whose it is.
    pub portal: &'a str,
    /// What is shown of it.
    pub prefix: &'a str,
    /// From where.
    pub address: IpAddr,
}

/// What was done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Use {
    /// It was handed out.
    Read,
    /// The provider was called with it.
    Call,
}

/// What makes a line of its own. Without an address: from many.
type Line = (KeyId, ConnectionId, Use, Option<IpAddr>);

/// How often, when, and what the line will say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Count {
    times: u64,
    first: Moment,
    last: Moment,
    portal: String,
    prefix: String,
    tenant: TenantId,
    integration: String,
}

/// Uses that are not written yet.
#[derive(Default)]
pub struct TokenUses {
    pending: Mutex<HashMap<Line, Count>>,
}

impl TokenUses {
    fn add(&self, (user, what): (User<'_>, Use), place: &Place, now: Moment) {
        let mut pending = self.pending();
        let mut line = (user.key, place.connection, what, Some(user.address));
        if pending.len() >= MOST && !pending.contains_key(&line) {
            line.3 = None;
        }
        let count = pending.entry(line).or_insert_with(|| Count {
            times: 0,
            first: now,
            last: now,
            portal: user.portal.to_owned(),
            prefix: user.prefix.to_owned(),
            tenant: place.tenant,
            integration: place.integration.as_str().to_owned(),
        });
        count.times += 1;
        count.last = now.max(count.last);
    }

    fn take(&self) -> Vec<(Line, Count)> {
        self.pending().drain().collect()
    }

    /// What could not be written is told with what came since.
    fn give_back(&self, lines: Vec<(Line, Count)>) {
        let mut pending = self.pending();
        for (line, before) in lines {
            let count = pending.entry(line).or_insert_with(|| Count { times: 0, ..before.clone() });
            count.times += before.times;
            count.first = before.first.min(count.first);
            count.last = before.last.max(count.last);
        }
    }

    fn pending(&self) -> MutexGuard<'_, HashMap<Line, Count>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes a use. While the proxy stops it is written at once, because nobody may come after it.
pub async fn note(app: &Shared, (user, what): (User<'_>, Use), place: &Place) {
    app.token_uses.add((user, what), place, app.clock.now());
    // Either this sees that the stop has begun, or the last flush of `run` comes after it.
    if app.stopping.begun() {
        report(flush(app).await);
    }
}

/// Writes until the proxy stops, and then what is left.
pub(crate) async fn run(app: Shared) {
    loop {
        let next = after(app.clock.now(), EVERY);
        let stopping = tokio::select! {
            () = app.clock.reached(next) => false,
            () = app.stopping.wait() => true,
        };
        report(flush(&app).await);
        if stopping {
            return;
        }
    }
}

fn report(written: Result<(), StoreError>) {
    if let Err(error) = written {
        tracing::error!(%error, "uses of access tokens could not be written into the audit log yet");
    }
}

/// Writes what is pending, in one transaction. What cannot be written waits for the next time.
pub async fn flush(app: &Shared) -> Result<(), StoreError> {
    let lines = app.token_uses.take();
    if lines.is_empty() {
        return Ok(());
    }
    let again = lines.clone();
    let written = app.store.write::<_, StoreError, _>(move |mut db| {
        Box::pin(async move {
            for (line, count) in &lines {
                let told = told(*line, count);
                db.add_audit(&count.line(*line, &told), count.last).await?;
            }
            Ok(())
        })
    });
    let written = written.await;
    if written.is_err() {
        app.token_uses.give_back(again);
    }
    written
}

impl Count {
    fn line<'a>(&'a self, (.., what, address): Line, object: &'a str) -> NewLine<'a> {
        let action = match what {
            Use::Read => Action::TokensRead,
            Use::Call => Action::ProviderCalled,
        };
        let (actor, tenant) = (Actor::Key(&self.prefix), Some(self.tenant));
        let whence = address.map(Peer::new).into();
        NewLine { portal: &self.portal, tenant, actor, action, object, request: None, whence }
    }
}

/// Which connection, how often and since when; the line's own time is that of the last.
fn told((_, _, _, address): Line, count: &Count) -> String {
    let from = if address.is_some() { "" } else { " from many addresses" };
    let times = if count.times == 1 { "once".to_owned() } else { format!("{} times", count.times) };
    format!("{}, {times}{from} since {}", count.integration, rfc3339(count.first))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use protocol::ids::IntegrationId;

    use super::*;

    const NOW: Moment = Moment(1_764_000_000_000);

    fn place() -> Place {
        Place {
            connection: ConnectionId(1),
            tenant: TenantId(1),
            integration: IntegrationId::new("quickbooks-online").unwrap(),
            api: String::new(),
            company: String::new(),
        }
    }

    fn read(uses: &TokenUses, address: u32, at: u64) {
        let address = Ipv4Addr::from_bits(address).into();
        let backend = User { key: KeyId(1), portal: "demo", prefix: "pb_1", address };
        uses.add((backend, Use::Read), &place(), after(NOW, at));
    }

    #[test]
    fn many_reads_are_one_line_with_their_count() {
        let uses = TokenUses::default();
        for at in [0, 9, 7] {
            read(&uses, 0x7f00_0001, at);
        }
        let [(line, count)] = &uses.take()[..] else { panic!("one line") };
        assert_eq!((count.times, count.first, count.last), (3, NOW, after(NOW, 9)));
        assert_eq!(told(*line, count), "quickbooks-online, 3 times since 2025-11-24T16:00:00Z");
        assert!(uses.take().is_empty());
    }

    #[test]
    fn what_could_not_be_written_is_told_with_what_came_since() {
        let uses = TokenUses::default();
        read(&uses, 1, 0);
        let unwritten = uses.take();
        read(&uses, 1, 5);
        uses.give_back(unwritten);
        let [(_, count)] = &uses.take()[..] else { panic!("one line") };
        assert_eq!((count.times, count.first, count.last), (2, NOW, after(NOW, 5)));
    }

    #[test]
    fn memory_is_bounded_and_no_use_is_lost() {
        let uses = TokenUses::default();
        let all = 2 * u32::try_from(MOST).unwrap();
        for address in 0..all {
            read(&uses, address, 0);
        }
        let lines = uses.take();
        assert_eq!(lines.len(), MOST + 1);
        assert_eq!(lines.iter().map(|(_, count)| count.times).sum::<u64>(), u64::from(all));
    }
}
