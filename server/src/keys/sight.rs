//! What an operator may see of the keys: never a key.

use std::path::Path;

use protocol::ids::Moment;

use super::{KeysError, proven};
use crate::clock::Clock;
use crate::store::{Store, StoreError};
use crate::vault::ring::KeyRing;

/// A key of the file, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySight {
    /// Its id.
    pub id: u32,
    /// When it was made, if that was noted.
    pub made: Option<Moment>,
    /// How many values it seals.
    pub values: i64,
    /// It is the one that seals.
    pub newest: bool,
    /// The running proxy knows it; none when no proxy runs.
    pub known: Option<bool>,
}

/// The keys of the file, the newest last.
pub async fn sights(store: &Store, file: &Path, clock: &Clock) -> Result<Vec<KeySight>, KeysError> {
    let ring = KeyRing::read(file)?;
    let (ids, newest) = (ring.ids(), ring.newest_id());
    proven(store, ring, (file, clock)).await?;
    let (made, uses, known) = store
        .read::<_, StoreError, _>(|mut db| {
            Box::pin(async move {
                let known = db.known_keys().await?.unwrap_or_default();
                Ok((db.vault_keys().await?, db.seal_uses().await?, known))
            })
        })
        .await?;
    let sight = |id: u32| KeySight {
        id,
        made: made.get(&id).copied(),
        values: uses.get(&id).copied().unwrap_or_default(),
        newest: id == newest,
        known: store.is_beside_a_proxy().then(|| known.contains(&id)),
    };
    Ok(ids.into_iter().map(sight).collect())
}
