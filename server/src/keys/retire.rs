//! A key that seals nothing any more is taken out of the key file.

use std::path::Path;

use super::{Desk, KeysError, heard, is_sealed_by, listed};
use crate::clock::Clock;
use crate::portals::count;
use crate::store::audit::{Action, NewLine};
use crate::store::{Db, Store};

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retired {
    /// The running proxy, if there is one, has forgotten it too.
    pub forgotten: bool,
}

/// Takes a key out of the file. It is counted, and the running proxy asked, in one transaction: nothing
/// is sealed by the key then, and nothing can be any more.
pub async fn retire(store: &Store, file: &Path, (id, clock): (u32, &Clock)) -> Result<Retired, KeysError> {
    let Desk { ring, right: _right, .. } = Desk::open(store, file, clock).await?;
    let (ids, newest) = (ring.ids(), ring.newest_id());
    if !ids.contains(&id) {
        return Err(KeysError::Unknown { id, known: listed(&ids) });
    }
    if id == newest {
        return Err(KeysError::Newest(id));
    }
    let (beside, now) = (store.is_beside_a_proxy(), clock.now());
    store
        .write::<_, KeysError, _>(move |mut db| {
            Box::pin(async move {
                refuse_used(&mut db, id).await?;
                if !is_sealed_by(&mut db, beside, newest).await? {
                    return Err(KeysError::NotTakenUp(newest));
                }
                db.forget_vault_key(id).await?;
                let object = format!("key {id}");
                let line = NewLine::by_operator("-", Action::VaultRetired, &object);
                Ok(db.add_audit(&line, now).await?)
            })
        })
        .await?;
    ring.without(id).write(file)?;
    let forgotten = heard(store, |known| !known.contains(&id)).await?;
    Ok(Retired { forgotten })
}

async fn refuse_used(db: &mut Db<'_>, id: u32) -> Result<(), KeysError> {
    match db.seal_uses().await?.get(&id) {
        None => Ok(()),
        Some(values) => Err(KeysError::InUse { id, values: count(*values, "value") }),
    }
}
