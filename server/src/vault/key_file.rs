//! The key file on the disk: replaced whole and durably, by one command at a time.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The right to change a key file. It lies in a lock on a file beside it, because the key file itself is
/// another one after each change.
pub struct Exclusive {
    _lock: std::fs::File,
}

impl Exclusive {
    /// Takes the right; none when another command has it.
    pub fn take(path: &Path) -> std::io::Result<Option<Self>> {
        let mut options = std::fs::OpenOptions::new();
        let lock = beside(&behind_links(path)?, ".lock");
        let file = options.create(true).truncate(false).write(true).open(lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _lock: file })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(cause)) => Err(cause),
        }
    }
}

/// Puts a text in the place of a file: a new file that nobody else can read, synced, renamed, and the
/// folder synced. Whoever reads meanwhile, or after a crash, sees the old text or the new one, whole.
pub(super) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = &behind_links(path)?;
    let new = beside(path, ".new");
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        // What a command left that was killed is of no use.
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    sync_folder(path)
}

/// The file itself, where the path is a link to it: a rename would replace the link, and the keys would lie
/// on another disk than the one they were put on. A link that leads nowhere is refused, because what it
/// should lead to may only be missing for a moment.
fn behind_links(path: &Path) -> std::io::Result<PathBuf> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => std::fs::canonicalize(path),
        _ => Ok(path.to_owned()),
    }
}

/// Makes a change of names in a file's folder durable.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Folders cannot be synced here.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// A file's path with something at its end.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_command_at_a_time_changes_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let first = Exclusive::take(&path).unwrap();
        assert!(first.is_some() && Exclusive::take(&path).unwrap().is_none());
        replace(&path, "1:a").unwrap();
        assert!(Exclusive::take(&path).unwrap().is_none(), "also after a change");
        drop(first);
        assert!(Exclusive::take(&path).unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_file_stays_one() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (link, file) = (here.path().join("keys"), there.path().join("the-keys"));
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let told = replace(&link, "1:a").unwrap_err();
        assert_eq!(told.kind(), std::io::ErrorKind::NotFound, "its disk is missing, perhaps");
        assert!(Exclusive::take(&link).is_err() && !file.exists());
        std::fs::write(&file, "1:a").unwrap();
        let held = Exclusive::take(&link).unwrap();
        assert!(held.is_some() && Exclusive::take(&file).unwrap().is_none(), "one file, one right");
        replace(&link, "2:b").unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "2:b");
    }

    #[test]
    fn a_file_is_replaced_whole_and_closed_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        std::fs::write(beside(&path, ".new"), "what a killed command left, longer than the text").unwrap();
        replace(&path, "1:a").unwrap();
        replace(&path, "2:b").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "2:b");
        assert!(!crate::vault::ring::others_may_read(&path) && !beside(&path, ".new").exists());
    }
}
