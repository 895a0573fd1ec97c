//! The key ring: a file of mode 0600 with a key a line, `id:base64`. The newest key, the one with the
//! largest id, seals; all open.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::key_file;
use crate::clock::Clock;

type Key = Zeroizing<[u8; 32]>;

/// Every key there is. Never empty.
#[derive(Clone)]
pub struct KeyRing {
    keys: BTreeMap<u32, Key>,
    /// Keys of rings before this one, by which nothing is sealed: they open what waits in memory.
    former: BTreeMap<u32, Key>,
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
    /// It belongs to this database, but some of what is sealed needs another key.
    #[error(
        "the key file {path} lacks key {keys}, which seals values of this database. Put back a copy of the key file that has it; nothing was changed."
    )]
    Lacks {
        /// The file.
        path: String,
        /// The ids, with commas between.
        keys: String,
    },
    /// A line is not a key.
    #[error("line {line} of the key file {path} is not a key (an id, a colon, 32 bytes in base64)")]
    Malformed {
        /// The file.
        path: String,
        /// Counted from 1.
        line: usize,
    },
    /// Two files were put together that both went on from the same key.
    #[error(
        "line {line} of the key file {path} has another key {id} than a line above it, so it is made of two files. Put back the one that belongs to this database; nothing was changed."
    )]
    Twice {
        /// The file.
        path: String,
        /// Counted from 1.
        line: usize,
        /// The id of both.
        id: u32,
    },
    /// Others on this machine may read it.
    #[error("the key file {path} can be read by others. Run: chmod 600 {path}")]
    Exposed {
        /// The file.
        path: String,
    },
}

impl KeyRing {
    fn of(keys: BTreeMap<u32, Key>) -> Self {
        Self { keys, former: BTreeMap::new() }
    }

    /// The ring that takes the place of another, whose keys still open.
    pub(super) fn after(mut self, before: &Self) -> Self {
        self.former = before.former.clone();
        self.former.extend(before.keys.clone());
        self
    }

    /// A ring of one fresh key.
    pub fn generate(clock: &Clock) -> Self {
        Self::of(BTreeMap::from([(1, Zeroizing::new(clock.random()))]))
    }

    /// Reads the key file. Creates it when it does not exist and nothing was sealed yet.
    pub fn open(path: &Path, clock: &Clock, anything_sealed: bool) -> Result<Self, RingError> {
        match Self::read(path) {
            Err(RingError::Missing { .. }) if !anything_sealed => {
                let ring = Self::generate(clock);
                ring.write(path)?;
                Ok(ring)
            }
            read => read,
        }
    }

    /// Reads the key file, which must be there.
    pub fn read(path: &Path) -> Result<Self, RingError> {
        let shown = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let text = Zeroizing::new(text);
                refuse_exposed(path, &shown)?;
                Self::parse(&text, &shown)
            }
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
                Err(RingError::Missing { path: shown })
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
            let (id, key) = (id.trim().parse().map_err(|_| malformed())?, Zeroizing::new(key));
            let same = |other: &Key| *other == key;
            if keys.get(&id).is_some_and(|other| !same(other)) {
                return Err(RingError::Twice { path: shown.to_owned(), line: index + 1, id });
            }
            keys.insert(id, key);
        }
        if keys.is_empty() {
            return Err(RingError::Malformed { path: shown.to_owned(), line: 1 });
        }
        Ok(Self::of(keys))
    }

    /// Puts the ring in the place of the key file, durably, readable by its owner alone.
    pub fn write(&self, path: &Path) -> Result<(), RingError> {
        let line = |(id, key): (&u32, &Key)| {
            let key = Zeroizing::new(STANDARD.encode(key.as_slice()));
            Zeroizing::new(format!("{id}:{}\n", key.as_str()))
        };
        let mut text = Zeroizing::new(String::with_capacity(self.keys.len() * 64));
        for line in self.keys.iter().map(line) {
            text.push_str(&line);
        }
        key_file::replace(path, &text)
            .map_err(|cause| RingError::Io { path: path.display().to_string(), cause })
    }

    /// The ring with one more key, which seals from now on. No id is given twice.
    #[must_use]
    pub fn with_another(mut self, clock: &Clock) -> Self {
        self.keys.insert(self.newest().0 + 1, Zeroizing::new(clock.random()));
        self
    }

    /// The ring without a key; as it was when that one is not in it, or is the newest.
    #[must_use]
    pub fn without(mut self, id: u32) -> Self {
        if id != self.newest().0 {
            self.keys.remove(&id);
        }
        self
    }

    /// The id of the key that seals.
    pub fn newest_id(&self) -> u32 {
        self.newest().0
    }

    /// The ids of its keys, the newest last.
    pub fn ids(&self) -> Vec<u32> {
        self.keys.keys().copied().collect()
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
        self.keys.get(&id).or_else(|| self.former.get(&id)).map(|key| &**key)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<u32>, RingError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        key_file::replace(&path, text).unwrap();
        KeyRing::read(&path).map(|ring| ring.ids())
    }

    #[test]
    fn two_key_files_in_one_are_refused_and_a_line_that_stands_twice_is_not() {
        let (one, other) = (STANDARD.encode([1; 32]), STANDARD.encode([2; 32]));
        assert_eq!(read(&format!("1:{one}\n2:{other}\n1:{one}\n")).unwrap(), [1, 2]);
        let told = read(&format!("1:{one}\n2:{one}\n2:{other}\n")).unwrap_err().to_string();
        assert!(told.starts_with("line 3 of the key file") && told.contains("another key 2"), "{told}");
        assert!(!told.contains(&one) && !told.contains(&other), "no key is told");
    }

    #[test]
    fn a_file_that_was_cut_off_anywhere_in_a_line_is_refused() {
        let whole = format!("1:{}\n2:{}\n", STANDARD.encode([1; 32]), STANDARD.encode([2; 32]));
        let line = whole.len() / 2;
        for length in (0..line - 1).chain(line + 1..whole.len() - 1) {
            let told = read(&whole[..length]).unwrap_err();
            assert!(matches!(told, RingError::Malformed { .. }), "{length}: {told}");
        }
    }
}
