//! A new key that seals, and everything sealed anew by it, while the proxy runs or without it.
//!
//! Every step is whole or not there: the key file by a rename, a batch by its transaction. A command that
//! was killed is run again and goes on where the values say it was.

use std::path::Path;
use std::time::Duration;

use super::{Desk, KeysError, heard};
use crate::clock::Clock;
use crate::store::audit::{Action, NewLine};
use crate::store::ids::{ConnectionId, TenantId};
use crate::store::sealed::{COLUMNS, Column, SealedValue};
use crate::store::{Db, Store, StoreError};
use crate::vault::{Place, Vault};

/// Values in one transaction: it holds up the proxy for some milliseconds.
const BATCH: u32 = 100;
/// The pause between two of them beside a proxy, whose own transactions wait for no queue of ours.
const PAUSE: Duration = Duration::from_millis(30);

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// The key that seals.
    pub key: u32,
    /// It was made now; else one that was begun before was gone on with.
    pub made: bool,
    /// What was sealed anew.
    pub sweep: Sweep,
}

/// Values that were looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Sealed anew.
    pub sealed: i64,
    /// Could not be opened, and were left as they are.
    pub unreadable: i64,
    /// The last row that was looked at, when there may be more behind it.
    pub next: Option<i64>,
}

/// Makes a key, unless an earlier rotation was not finished, waits until the running proxy seals by it,
/// and seals everything anew.
pub async fn rotate(store: &Store, file: &Path, clock: &Clock) -> Result<Rotated, KeysError> {
    let Desk { mut ring, vault, right: _right } = Desk::open(store, file, clock).await?;
    let uses = store.read::<_, StoreError, _>(|mut db| Box::pin(async move { db.seal_uses().await })).await?;
    let newest = ring.newest_id();
    let made = uses.keys().all(|key| *key == newest);
    if made {
        ring = ring.with_another(clock);
        ring.write(file)?;
    }
    let key = ring.newest_id();
    vault.take_up(ring);
    note(store, key, clock).await?;
    if !heard(store, |known| known.last() == Some(&key)).await? {
        return Err(KeysError::NotTakenUp(key));
    }
    let mut sweep = Sweep::default();
    for column in &COLUMNS {
        let swept = seal_anew(store, &vault, (column, key)).await?;
        sweep.sealed += swept.sealed;
        sweep.unreadable += swept.unreadable;
    }
    Ok(Rotated { key, made, sweep })
}

/// Notes when the key was made, once, with its line in the audit log.
async fn note(store: &Store, key: u32, clock: &Clock) -> Result<(), StoreError> {
    let now = clock.now();
    store
        .write(move |mut db| {
            Box::pin(async move {
                if db.vault_keys().await?.contains_key(&key) {
                    return Ok(());
                }
                db.put_vault_key(key, now).await?;
                let object = format!("key {key}");
                db.add_audit(&NewLine::by_operator("-", Action::VaultRotated, &object), now).await
            })
        })
        .await
}

async fn seal_anew(
    store: &Store,
    vault: &Vault,
    (column, key): (&'static Column, u32),
) -> Result<Sweep, StoreError> {
    let (mut all, mut after) = (Sweep::default(), 0);
    loop {
        let vault = vault.clone();
        let batch = store.write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { seal_batch_anew(&mut db, &vault, (column, key), after).await })
        });
        let batch = batch.await?;
        all.sealed += batch.sealed;
        all.unreadable += batch.unreadable;
        let Some(next) = batch.next else { return Ok(all) };
        after = next;
        if store.is_beside_a_proxy() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Seals the next values of a column anew, behind a row. What is read and what is written is one
/// transaction, so no refresh comes between; and only the very value that was read is replaced.
pub async fn seal_batch_anew(
    db: &mut Db<'_>,
    vault: &Vault,
    (column, key): (&'static Column, u32),
    after: i64,
) -> Result<Sweep, StoreError> {
    let values = db.sealed_by_others(column, (after, key), BATCH).await?;
    let next = values.last().map(|value| value.row).filter(|_| values.len() == BATCH as usize);
    let mut sweep = Sweep { next, ..Sweep::default() };
    for value in &values {
        let place = place(column, value);
        match vault.try_unseal(&place, &value.sealed) {
            Ok(secret) => {
                let swapped = db.swap_sealed(column, value, &vault.seal(&place, &secret)).await?;
                sweep.sealed += i64::from(swapped);
            }
            Err(error) => {
                tracing::warn!(column = column.name, row = value.row, %error, "left as it is");
                sweep.unreadable += 1;
            }
        }
    }
    Ok(sweep)
}

fn place<'a>(column: &Column, value: &'a SealedValue) -> Place<'a> {
    Place {
        portal: &value.portal,
        tenant: TenantId(value.tenant),
        connection: ConnectionId(value.connection),
        column: column.name,
        generation: value.generation.cast_unsigned(),
    }
}
