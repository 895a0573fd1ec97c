//! `patchbay backup` and `patchbay restore`: the database as one file, and back.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::{Sentence, say};
use crate::backups;
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::listed;
use crate::store::backup::{Copied, backup, backup_nameless};
use crate::vault::key_file::beside;

#[derive(clap::Args)]
pub(super) struct Backup {
    /// A file that is not there yet, or - for standard output.
    file: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct Restore {
    /// A file that `patchbay backup` has made.
    file: PathBuf,
    /// Put it in the place of a database that is there, which is kept beside it.
    #[arg(long)]
    replace: bool,
}

pub(super) async fn save(config: &Config, wish: &Backup) -> Result<(), Sentence> {
    let path = config.storage.path.as_path();
    if wish.file == Path::new("-") {
        return hand_on(path).await;
    }
    let copied = backup(path, &wish.file).await?;
    say(&told(&wish.file.display().to_string(), &copied))
}

/// Writes the copy to standard output, and what is to be said to standard error.
async fn hand_on(path: &Path) -> Result<(), Sentence> {
    let mut out = std::io::stdout().lock();
    if out.is_terminal() {
        return Err(Sentence("a backup is no text: name a file, or lead the output into one".to_owned()));
    }
    let place = beside(path, &format!(".backup-{}", std::process::id()));
    let (mut file, copied) = Box::pin(backup_nameless(path, &place)).await?;
    std::io::copy(&mut file, &mut out)?;
    tracing::info!("{}", told("standard output", &copied).trim());
    Ok(())
}

fn told(file: &str, copied: &Copied) -> String {
    let Copied { bytes, schema, keys } = copied;
    let keys = match keys {
        Some(keys) => format!("key {} of the key file, which is not in it", listed(keys)),
        None => "the key file, which is not in it".to_owned(),
    };
    format!("{file}: {bytes} bytes, schema {schema}, whole. It opens with {keys}.\n")
}

pub(super) async fn restore(config: &Config, wish: &Restore) -> Result<(), Sentence> {
    let (path, key_file) = (config.storage.path.as_path(), config.keys.file.as_path());
    let restored = backups::restore(&wish.file, (path, key_file), wish.replace, &Clock::system()).await?;
    say(&format!("{} is restored from {}.\n", path.display(), wish.file.display()))?;
    if let Some(aside) = restored.aside {
        say(&format!("The database that was there lies at {}.\n", aside.display()))?;
    }
    say("Connections whose tokens have changed since the backup will ask to be connected again.\n")
}
