//! The key ring: a file of mode 0600 with a key a line, `id:base64`. The newest key seals, all open.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::clock::Clock;

type Key = Zeroizing<[u8; 32]>;

/// Every key there is. Never empty.
pub struct KeyRing {
    keys: BTreeMap<u32, Key>,
}

/// Why a key file cannot be used. Each is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The file cannot be read or written.
    #[error("the key file {path} cannot be opened: {cause}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The database has sealed values, but the key file is gone.
    #[error(
        "the key file {path} is missing, and the database has secrets sealed with it. Put the file back; without it every connection must be made again."
    )]
    Missing {
        /// The file.
        path: String,
    },
    /// None of its keys sealed what is in the database.
    #[error(
        "the key file {path} does not belong to this database: what was sealed does not open with it. Put the right key file back; nothing was changed."
    )]
    Foreign {
        /// The file.
        path: String,
    },
    /// A line is not a key.
    #[error("line {line} of the key file {path} is not a key (an id, a colon, 32 bytes in base64)")]
    Malformed {
        /// The file.
        path: String,
        /// Counted from 1.
        line: usize,
    },
    /// Others on this machine may read it.
    #[error("the key file {path} can be read by others. Run: chmod 600 {path}")]
    Exposed {
        /// The file.
        path: String,
    },
}

impl KeyRing {
    /// A ring of one fresh key.
    pub fn generate(clock: &Clock) -> Self {
        Self { keys: BTreeMap::from([(1, Zeroizing::new(clock.random()))]) }
    }

    /// Reads the key file. Creates it when it does not exist and nothing was sealed yet.
    pub fn open(path: &Path, clock: &Clock, anything_sealed: bool) -> Result<Self, RingError> {
        let shown = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => {
                refuse_exposed(path, &shown)?;
                Self::parse(&Zeroizing::new(text), &shown)
            }
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound && anything_sealed => {
                Err(RingError::Missing { path: shown })
            }
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
                let ring = Self::generate(clock);
                ring.create(path).map_err(|cause| RingError::Io { path: shown, cause })?;
                Ok(ring)
            }
            Err(cause) => Err(RingError::Io { path: shown, cause }),
        }
    }

    fn parse(text: &str, shown: &str) -> Result<Self, RingError> {
        let mut keys = BTreeMap::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let malformed = || RingError::Malformed { path: shown.to_owned(), line: index + 1 };
            let (id, key) = line.split_once(':').ok_or_else(malformed)?;
            let bytes = Zeroizing::new(STANDARD.decode(key.trim()).map_err(|_| malformed())?);
            let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| malformed())?;
            keys.insert(id.trim().parse().map_err(|_| malformed())?, Zeroizing::new(key));
        }
        if keys.is_empty() {
            return Err(RingError::Malformed { path: shown.to_owned(), line: 1 });
        }
        Ok(Self { keys })
    }

    /// Writes a new file, durably, readable by its owner alone.
    fn create(&self, path: &Path) -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        for (id, key) in &self.keys {
            let line = Zeroizing::new(format!("{id}:{}\n", STANDARD.encode(key.as_slice())));
            file.write_all(line.as_bytes())?;
        }
        file.sync_all()
    }

    /// The key that seals, with its id.
    ///
    /// # Panics
    /// Never: a ring is never empty.
    pub(super) fn newest(&self) -> (u32, &[u8; 32]) {
        let (id, key) = self.keys.last_key_value().expect("a ring is never empty");
        (*id, key)
    }

    /// The key of this id.
    pub(super) fn key(&self, id: u32) -> Option<&[u8; 32]> {
        self.keys.get(&id).map(|key| &**key)
    }
}

fn refuse_exposed(path: &Path, shown: &str) -> Result<(), RingError> {
    if others_may_read(path) { Err(RingError::Exposed { path: shown.to_owned() }) } else { Ok(()) }
}

/// Whether others on this machine may read a file that holds secrets.
#[cfg(unix)]
pub fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::metadata(path).is_ok_and(|found| (found.permissions().mode() & 0o077) > 0)
}

/// Whether others on this machine may read a file that holds secrets: not known here.
#[cfg(not(unix))]
pub fn others_may_read(_path: &Path) -> bool {
    false
}
