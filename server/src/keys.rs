//! The keys of the vault in use: proven against the database at the start, taken up from the key file
//! while the proxy runs, changed by `patchbay key`.
//!
//! Between a command and the running proxy the database is the witness: the proxy writes there which
//! keys it knows, in its one queue of transactions, so that all before it have sealed by what it knew.

mod retire;
mod rotate;
mod sight;

use std::path::Path;
use std::time::Duration;

use crate::clock::Clock;
use crate::state::Shared;
use crate::store::ids::{ConnectionId, TenantId};
use crate::store::{Db, Store, StoreError};
use crate::vault::key_file::Exclusive;
use crate::vault::ring::{KeyRing, RingError};
use crate::vault::{Place, Secret, Vault};

pub use retire::{Retired, retire};
pub use rotate::{Rotated, Sweep, rotate, seal_batch_anew};
pub use sight::{KeySight, sights};

/// How often the running proxy looks whether the key file is another one.
const LOOK: Duration = Duration::from_millis(500);
/// How long a command waits for the running proxy to take up a change, and how often it asks.
const PATIENCE: u32 = 100;
const ASK: Duration = Duration::from_millis(50);

/// Where the word lies by which a wrong key file is noticed.
const CHECKED: Place<'_> = Place {
    portal: "",
    tenant: TenantId(0),
    connection: ConnectionId(0),
    column: "seal_check.sealed",
    generation: 0,
};

/// Why keys cannot be used or changed. Each is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The key file cannot be used.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
    /// Two commands at once.
    #[error("another `patchbay key` is changing {0} at this moment. Wait for its end and try again.")]
    Busy(String),
    /// The running proxy does not seal by the newest key so far.
    #[error(
        "the running proxy has not taken up key {0} yet, so nothing was sealed anew and no key was removed. Its log says why; then run this again, or restart the proxy first."
    )]
    NotTakenUp(u32),
    /// The newest key is the one that seals.
    #[error("key {0} is the newest, the one that seals. Run: patchbay key rotate")]
    Newest(u32),
    /// There is no such key.
    #[error("there is no key {id} in the key file; there are: {known}")]
    Unknown {
        /// As it was asked for.
        id: u32,
        /// The ids that there are.
        known: String,
    },
    /// Something is still sealed by it.
    #[error("key {id} still seals {values}. Run: patchbay key rotate")]
    InUse {
        /// The key.
        id: u32,
        /// How many, as words.
        values: String,
    },
}

/// The vault over a key file, which is made when nothing was sealed yet. It has opened what was sealed
/// before, and the database says which keys are known from now on.
pub async fn open(store: &Store, file: &Path, clock: &Clock) -> Result<Vault, KeysError> {
    let now = clock.now();
    // Before the file is read: whoever finds these keys later may trust that this proxy knows them.
    let checked = store
        .write::<_, StoreError, _>(|mut db| {
            Box::pin(async move {
                db.clear_known_keys().await?;
                db.seal_check().await
            })
        })
        .await?;
    let ring = KeyRing::open(file, clock, checked.is_some())?;
    let vault = proven(store, ring, (file, clock)).await?;
    let (known, sealed) = (vault.known(), vault.seal(&CHECKED, &Secret::new("patchbay")));
    store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                if checked.is_none() {
                    db.put_seal_check(&sealed).await?;
                    for id in &known {
                        db.put_vault_key(*id, now).await?;
                    }
                }
                db.put_known_keys(&known).await
            })
        })
        .await?;
    Ok(vault)
}

/// Takes up every change of the key file until the proxy stops. A file that cannot be used changes
/// nothing: the keys that are known go on.
pub(crate) async fn follow(app: Shared) {
    let file = app.config.keys.file.clone();
    let mut seen = None;
    loop {
        let found = stamp(&file);
        if found != seen {
            match take_up(&app, &file).await {
                Ok(()) => seen = found,
                // Locked or full for a moment, perhaps: that is tried again.
                Err(KeysError::Store(error)) => tracing::warn!(%error, "the keys could not be looked at"),
                Err(error) => {
                    seen = found;
                    tracing::error!(%error, "the key file was changed; the keys that were known go on");
                }
            }
        }
        tokio::select! {
            () = app.stopping.wait() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// What tells a key file from the one before it. A rename brings another file.
fn stamp(file: &Path) -> Option<(u64, u64, Option<std::time::SystemTime>)> {
    let found = std::fs::metadata(file).ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&found);
    #[cfg(not(unix))]
    let number = 0;
    Some((number, found.len(), found.modified().ok()))
}

async fn take_up(app: &Shared, file: &Path) -> Result<(), KeysError> {
    let ring = KeyRing::read(file)?;
    let (known, before) = (ring.ids(), app.vault.known());
    // Proven first, so that a wrong file never seals anything.
    proven(&app.store, ring.clone(), (file, &app.clock)).await?;
    app.vault.take_up(ring);
    let said = known.clone();
    app.store
        .write::<_, StoreError, _>(move |mut db| Box::pin(async move { db.put_known_keys(&said).await }))
        .await?;
    if known != before {
        tracing::info!(?known, "the keys of the vault were taken up");
    }
    Ok(())
}

/// The vault for a command that seals, also beside a running proxy. No key is taken away while the right
/// to the key file is held, so what is sealed cannot be stranded.
pub async fn beside(store: &Store, file: &Path, clock: &Clock) -> Result<(Vault, Exclusive), KeysError> {
    if store.is_beside_a_proxy() {
        let Desk { vault, right, .. } = Desk::open(store, file, clock).await?;
        return Ok((vault, right));
    }
    let right = exclusive(file)?;
    Ok((open(store, file, clock).await?, right))
}

fn exclusive(file: &Path) -> Result<Exclusive, KeysError> {
    let shown = || file.display().to_string();
    let right = Exclusive::take(file).map_err(|cause| RingError::Io { path: shown(), cause })?;
    right.ok_or_else(|| KeysError::Busy(shown()))
}

/// Whether a key file, which must be there, opens what is sealed in a database.
pub async fn prove(store: &Store, file: &Path, clock: &Clock) -> Result<(), KeysError> {
    let ring = KeyRing::read(file)?;
    proven(store, ring, (file, clock)).await.map(drop)
}

/// A vault over this ring, if it opens what is sealed in the database.
async fn proven(store: &Store, ring: KeyRing, (file, clock): (&Path, &Clock)) -> Result<Vault, KeysError> {
    let (checked, uses) = store
        .read::<_, StoreError, _>(|mut db| {
            Box::pin(async move { Ok((db.seal_check().await?, db.seal_uses().await?)) })
        })
        .await?;
    let keys: Vec<u32> = uses.into_keys().collect();
    Ok(fitting(ring, (file, clock), checked.as_deref(), &keys)?)
}

/// A vault over this ring, if it opens the word that was sealed first and has the keys that are used.
pub fn fitting(
    ring: KeyRing,
    (file, clock): (&Path, &Clock),
    checked: Option<&[u8]>,
    used: &[u32],
) -> Result<Vault, RingError> {
    let (ids, path) = (ring.ids(), file.display().to_string());
    let vault = Vault::new(ring, clock.clone()).with_file(file);
    if checked.is_some_and(|sealed| vault.try_unseal(&CHECKED, sealed).is_err()) {
        return Err(RingError::Foreign { path });
    }
    let lacking: Vec<u32> = used.iter().copied().filter(|id| !ids.contains(id)).collect();
    if lacking.is_empty() {
        return Ok(vault);
    }
    Err(RingError::Lacks { path, keys: listed(&lacking) })
}

/// A key file that a command may change, and what it holds, proven.
struct Desk {
    ring: KeyRing,
    vault: Vault,
    right: Exclusive,
}

impl Desk {
    async fn open(store: &Store, file: &Path, clock: &Clock) -> Result<Self, KeysError> {
        let right = exclusive(file)?;
        let ring = KeyRing::read(file)?;
        let vault = proven(store, ring.clone(), (file, clock)).await?;
        Ok(Self { ring, vault, right })
    }
}

/// Waits until the running proxy, if there is one, has said something of the keys that it knows. False
/// when it did not in time.
async fn heard(store: &Store, is_so: impl Fn(&[u32]) -> bool) -> Result<bool, StoreError> {
    if !store.is_beside_a_proxy() {
        return Ok(true);
    }
    for _ in 0..PATIENCE {
        let known =
            store.read::<_, StoreError, _>(|mut db| Box::pin(async move { db.known_keys().await })).await?;
        if known.is_some_and(|known| is_so(&known)) {
            return Ok(true);
        }
        tokio::time::sleep(ASK).await;
    }
    Ok(false)
}

/// Whether the running proxy, if there is one, seals by this key.
async fn is_sealed_by(db: &mut Db<'_>, beside: bool, key: u32) -> Result<bool, StoreError> {
    Ok(!beside || db.known_keys().await?.is_some_and(|known| known.last() == Some(&key)))
}

/// Ids with commas between.
pub fn listed(ids: &[u32]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
