//! The key file: whether it is closed to others and opens what is sealed, and whether the running proxy
//! knows it.

use std::path::Path;

use super::Finding;
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::{fitting, listed};
use crate::store::checkup::{VaultCheckup, checkup, is_in_use};
use crate::vault::ring::{KeyRing, RingError};

const CHECK: &str = "keys";

pub(super) async fn examine(config: &Config, clock: &Clock) -> Vec<Finding> {
    let (path, file) = (config.storage.path.as_path(), config.keys.file.as_path());
    if !path.exists() {
        return vec![unmade(file)];
    }
    let Ok(found) = checkup(path).await else {
        let says = "whether the key file opens the database could not be looked at, since that does not open";
        return vec![Finding::warning(CHECK, says, "mend the database first")];
    };
    let ring = match (KeyRing::read(file), &found.checked) {
        (Ok(ring), _) => ring,
        (Err(RingError::Missing { .. }), None) => return vec![unmade(file)],
        (Err(error), _) => return vec![refused(&error)],
    };
    let ids = ring.ids();
    let used = found.vault.as_ref().map(|vault| vault.used.clone()).unwrap_or_default();
    if let Err(error) = fitting(ring, (file, clock), found.checked.as_deref(), &used) {
        return vec![refused(&error)];
    }
    let says =
        format!("{} is closed to others and opens what is sealed (key {})", file.display(), listed(&ids));
    let mut findings = vec![Finding::ok(CHECK, says)];
    if let Some(vault) = &found.vault {
        findings.extend(unfinished(&ids, vault));
        findings.extend(unknown(path, &ids, vault));
    }
    findings
}

fn unmade(file: &Path) -> Finding {
    let says = format!("there is no key file {} yet, and nothing is sealed", file.display());
    Finding::warning(CHECK, says, "the first start makes it; then keep a copy apart from the database")
}

fn refused(error: &RingError) -> Finding {
    let remedy =
        "put back the copy of the key file that was kept; without it every connection must be made again";
    Finding::problem(CHECK, error.to_string(), remedy)
}

fn unfinished(ids: &[u32], vault: &VaultCheckup) -> Option<Finding> {
    let old: Vec<u32> = vault.used.iter().copied().filter(|id| Some(id) != ids.last()).collect();
    (!old.is_empty()).then(|| {
        let says = format!("a rotation is not finished: key {} still seals values", listed(&old));
        Finding::warning(CHECK, says, "run: patchbay key rotate")
    })
}

fn unknown(path: &Path, ids: &[u32], vault: &VaultCheckup) -> Option<Finding> {
    let differs = is_in_use(path).unwrap_or_default() && vault.known != ids;
    differs.then(|| {
        let says =
            format!("the running proxy knows key {}, the file has {}", listed(&vault.known), listed(ids));
        Finding::problem(
            CHECK,
            says,
            "its log says why it has not taken up the file; correct that, or restart it",
        )
    })
}
