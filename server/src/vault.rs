//! Secrets: the type that holds one, the seal that keeps it on the disk, the key ring behind it.
//!
//! A [`Secret`] shows itself to nobody; [`Secret::lend`] lends its text to a closure and is the only
//! door. Sealing is XChaCha20-Poly1305 with a random 192-bit nonce; the associated data binds a
//! sealed value to portal, tenant, connection, column, key and version, so that it opens nowhere else.

pub mod key_file;
pub mod ring;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::store::ids::{ConnectionId, TenantId};
use ring::KeyRing;

/// The layout of sealed values and of their associated data.
const VERSION: u8 = 1;
const NONCE: usize = 24;

/// A token, a client secret, a one-use code. Wiped from memory when dropped; has no `Debug`, no
/// `Display` and no `Serialize`:
///
/// ```compile_fail
/// println!("{:?}", server::vault::Secret::new("never shown"));
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text that must not be shown.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// 256 random bits as text, for codes, tickets, cookies and states.
    pub fn random(clock: &Clock) -> Self {
        Self::new(URL_SAFE_NO_PAD.encode(clock.random::<32>()))
    }

    /// Lends the text to a closure: the one door. The closure must not keep it.
    pub fn lend<T>(&self, use_it: impl FnOnce(&str) -> T) -> T {
        use_it(self.0.expose_secret())
    }

    /// What is kept of a random secret in place of the secret: its SHA-256.
    pub fn digest(&self) -> [u8; 32] {
        self.lend(digest)
    }
}

/// SHA-256 of a text that came from outside and may be a secret of ours.
pub fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Where a sealed value belongs. It opens only with the same place.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The portal's id.
    pub portal: &'a str,
    /// The tenant's row.
    pub tenant: TenantId,
    /// The connection's row.
    pub connection: ConnectionId,
    /// Table and column, for example "connections.refresh".
    pub column: &'static str,
    /// The generation of the tokens; an older value does not open as a newer one.
    pub generation: u64,
}

impl<'a> Place<'a> {
    /// For what belongs to a portal and to no connection: rows count from 1, so that 0 names none.
    /// `row` is the row of the portal that it hangs on, and stands where tokens have their generation.
    pub fn of_portal(portal: &'a str, column: &'static str, row: i64) -> Self {
        let (tenant, connection) = (TenantId(0), ConnectionId(0));
        Self { portal, tenant, connection, column, generation: row.unsigned_abs() }
    }
}

/// Why a sealed value could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// Its key is not in the ring.
    #[error("it was sealed with a key that is not in the key ring")]
    UnknownKey,
    /// It was changed, or belongs to another place.
    #[error("it was changed, or belongs somewhere else")]
    Refused,
}

/// Sealed values that did not open in their place since the process began.
static ALARMS: AtomicU64 = AtomicU64::new(0);

/// How many sealed values did not open since the process began: each was changed or moved, or its key is
/// gone. Every one of them is in the log as an error with the field `alarm`.
pub fn alarms() -> u64 {
    ALARMS.load(Ordering::Relaxed)
}

/// Seals and opens. Clones share one key ring.
#[derive(Clone)]
pub struct Vault {
    ring: Arc<RwLock<KeyRing>>,
    file: Option<Arc<Path>>,
    clock: Clock,
}

impl Vault {
    /// A vault over a key ring.
    pub fn new(ring: KeyRing, clock: Clock) -> Self {
        Self { ring: Arc::new(RwLock::new(ring)), file: None, clock }
    }

    /// The same, and keys that are not in the ring are looked for in its file: a command may have put one
    /// there that is not taken up yet.
    #[must_use]
    pub fn with_file(self, file: &Path) -> Self {
        Self { file: Some(file.into()), ..self }
    }

    /// Seals by this ring from now on. What was sealed before and still waits in memory opens all the
    /// same, until the process ends.
    pub fn take_up(&self, ring: KeyRing) {
        let mut present = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        *present = ring.after(&present);
    }

    /// The ids of the keys that it knows, the newest last.
    pub fn known(&self) -> Vec<u32> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).ids()
    }

    /// Seals with the newest key: version, key id, nonce, ciphertext. The nonce is 192 random bits, so
    /// one key may seal 2^64 values before a repeated nonce is as likely as one in 2^65.
    ///
    /// Seal in the transaction that keeps the value, and anew when that is tried again. Transactions are
    /// one after the other, so none that comes after the proxy has said which keys it knows can bring a
    /// value under an older key, and `patchbay key retire` may trust what it counts.
    ///
    /// # Panics
    /// Never: a token is far shorter than what the cipher can take.
    pub fn seal(&self, place: &Place<'_>, secret: &Secret) -> Vec<u8> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let (key_id, key) = ring.newest();
        let nonce = self.nonce();
        let bound = associated(place, key_id);
        let cipher = XChaCha20Poly1305::new(key.into());
        let sealed = secret
            .lend(|text| {
                cipher.encrypt(XNonce::from_slice(&nonce), Payload { msg: text.as_bytes(), aad: &bound })
            })
            .expect("a token is shorter than the cipher's limit of 256 GB");
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&key_id.to_be_bytes());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        bytes
    }

    /// A nonce that was never used before, as far as 192 random bits can promise.
    fn nonce(&self) -> [u8; NONCE] {
        self.clock.random()
    }

    /// Opens what was sealed for this place. What does not open is told to the operator: it cannot
    /// happen unless somebody has changed the database, or a key file was lost.
    pub fn unseal(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Secret, UnsealError> {
        let opened = self.try_unseal(place, sealed);
        if let Err(error) = opened {
            ALARMS.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                alarm = "sealed_value",
                portal = place.portal,
                tenant = place.tenant.0,
                connection = place.connection.0,
                column = place.column,
                generation = place.generation,
                "a sealed value cannot be opened: {error}"
            );
        }
        opened
    }

    /// The same for whoever tries keys, and tells by itself what came of it.
    pub(crate) fn try_unseal(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Secret, UnsealError> {
        let parts = Parts::of(sealed)?;
        let known = {
            let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
            ring.key(parts.key_id).map(|key| parts.open(place, key))
        };
        known.unwrap_or_else(|| self.unseal_by_file(place, &parts))
    }

    fn unseal_by_file(&self, place: &Place<'_>, parts: &Parts<'_>) -> Result<Secret, UnsealError> {
        let ring = self.file.as_ref().and_then(|file| KeyRing::read(file).ok());
        let key = ring.as_ref().and_then(|ring| ring.key(parts.key_id));
        key.map_or(Err(UnsealError::UnknownKey), |key| parts.open(place, key))
    }
}

/// A sealed value, taken apart.
struct Parts<'a> {
    key_id: u32,
    nonce: &'a [u8; NONCE],
    ciphertext: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(sealed: &'a [u8]) -> Result<Self, UnsealError> {
        let (version, rest) = sealed.split_first().ok_or(UnsealError::Refused)?;
        let (key_id, rest) = rest.split_first_chunk::<4>().ok_or(UnsealError::Refused)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(UnsealError::Refused)?;
        if *version != VERSION {
            return Err(UnsealError::Refused);
        }
        Ok(Self { key_id: u32::from_be_bytes(*key_id), nonce, ciphertext })
    }

    fn open(&self, place: &Place<'_>, key: &[u8; 32]) -> Result<Secret, UnsealError> {
        let bound = associated(place, self.key_id);
        let plain = XChaCha20Poly1305::new(key.into())
            .decrypt(XNonce::from_slice(self.nonce), Payload { msg: self.ciphertext, aad: &bound })
            .map_err(|_| UnsealError::Refused)?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| UnsealError::Refused)
    }
}

/// The associated data: every part with its length before it, so that no two places look alike.
fn associated(place: &Place<'_>, key_id: u32) -> Vec<u8> {
    let parts: [&[u8]; 6] = [
        place.portal.as_bytes(),
        &place.tenant.0.to_be_bytes(),
        &place.connection.0.to_be_bytes(),
        place.column.as_bytes(),
        &place.generation.to_be_bytes(),
        &key_id.to_be_bytes(),
    ];
    let mut bytes = vec![VERSION];
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        let clock = Clock::system();
        Vault::new(KeyRing::generate(&clock), clock)
    }

    fn place(portal: &str, tenant: i64, generation: u64) -> Place<'_> {
        Place {
            portal,
            tenant: TenantId(tenant),
            connection: ConnectionId(3),
            column: "connections.refresh",
            generation,
        }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place() {
        let vault = vault();
        let sealed = vault.seal(&place("demo", 1, 7), &Secret::new("AB11secret"));
        let opened = vault.unseal(&place("demo", 1, 7), &sealed).map(|secret| secret.lend(str::to_owned));
        assert_eq!(opened, Ok("AB11secret".to_owned()));
    }

    #[test]
    fn a_sealed_value_opens_nowhere_else() {
        let vault = vault();
        let sealed = vault.seal(&place("demo", 1, 7), &Secret::new("AB11secret"));
        let of_portal = Place::of_portal("demo", "connections.refresh", 7);
        for elsewhere in [place("other", 1, 7), place("demo", 2, 7), place("demo", 1, 6), of_portal] {
            assert_eq!(vault.unseal(&elsewhere, &sealed).err(), Some(UnsealError::Refused));
        }
        let sealed = vault.seal(&of_portal, &Secret::new("whsec"));
        let others = [
            Place::of_portal("other", "connections.refresh", 7),
            Place::of_portal("demo", "connections.refresh", 8),
            Place::of_portal("demo", "webhook_secrets.secret", 7),
        ];
        for elsewhere in others {
            assert_eq!(vault.unseal(&elsewhere, &sealed).err(), Some(UnsealError::Refused));
        }
    }

    #[test]
    fn st_09_no_nonce_comes_twice_in_a_million() {
        let (vault, secret) = (vault(), Secret::new(""));
        let mut nonces: std::collections::HashSet<_> = (0..999_000).map(|_| vault.nonce()).collect();
        let sealed = (0..1000).map(|_| vault.seal(&place("demo", 1, 7), &secret));
        nonces.extend(sealed.map(|sealed| *Parts::of(&sealed).unwrap().nonce));
        assert_eq!(nonces.len(), 1_000_000);
    }

    #[test]
    fn a_ring_that_is_taken_up_seals_by_its_newest_key_and_opens_by_all() {
        let folder = tempfile::tempdir().unwrap();
        let (file, clock) = (folder.path().join("keys"), Clock::system());
        let vault = Vault::new(KeyRing::open(&file, &clock, false).unwrap(), clock.clone());
        let old = vault.seal(&place("demo", 1, 7), &Secret::new("AB11secret"));
        vault.take_up(KeyRing::read(&file).unwrap().with_another(&clock));
        assert_eq!(vault.known(), [1, 2]);
        assert!(vault.unseal(&place("demo", 1, 7), &old).is_ok());
        let new = vault.seal(&place("demo", 1, 7), &Secret::new("AB11secret"));
        assert_eq!((old[1..5].to_vec(), new[1..5].to_vec()), (vec![0, 0, 0, 1], vec![0, 0, 0, 2]));
        vault.take_up(KeyRing::generate(&clock).with_another(&clock).without(1));
        assert_eq!(vault.known(), [2]);
        assert!(vault.unseal(&place("demo", 1, 7), &old).is_ok(), "it may have waited in memory");
        let stranger = Vault::new(KeyRing::generate(&clock).with_another(&clock).without(1), clock);
        assert_eq!(stranger.unseal(&place("demo", 1, 7), &old).err(), Some(UnsealError::UnknownKey));
        assert_eq!(stranger.unseal(&place("demo", 1, 7), &new).err(), Some(UnsealError::Refused));
        let stranger = stranger.with_file(&file);
        assert!(stranger.unseal(&place("demo", 1, 7), &old).is_ok(), "its key is in the file");
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let vault = vault();
        let sealed = vault.seal(&place("demo", 1, 7), &Secret::new("AB11secret"));
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(vault.unseal(&place("demo", 1, 7), &changed).is_err(), "byte {index}");
        }
        assert!(vault.unseal(&place("demo", 1, 7), &sealed[..20]).is_err());
    }
}
