//! The database: its file, who may read it, what SQLite says of it, the room on its disk.

use std::path::Path;

use super::Finding;
use crate::config::Config;
use crate::store::backup::newest_schema;
use crate::store::checkup::{Checkup, checkup, client_would_change, free_bytes};
use crate::store::registrations::RegistrationRow;
use crate::vault::ring::others_may_read;

const CHECK: &str = "database";
/// Less room than this is too little to go on for long, in bytes.
const SCARCE: u64 = 1 << 30;
const TOO_LITTLE: u64 = 100 << 20;

pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let path = config.storage.path.as_path();
    let mut findings: Vec<Finding> = room(path).into_iter().collect();
    if !path.exists() {
        let says = format!("there is no database at {} yet", path.display());
        findings.push(Finding::warning(CHECK, says, "make it: patchbay portal add, or patchbay serve"));
        return findings;
    }
    findings.extend(readers(path));
    match checkup(path).await {
        Ok(found) => findings.extend(found_of(path, &found)),
        Err(error) => findings.push(Finding::problem(
            CHECK,
            error.to_string(),
            "restore a backup: patchbay restore FILE --replace",
        )),
    }
    findings.extend(changed_clients(config).await);
    findings
}

fn found_of(path: &Path, found: &Checkup) -> Vec<Finding> {
    let mut findings: Vec<Finding> = found
        .flaws
        .iter()
        .map(|flaw| {
            let says = format!("{} is damaged: {flaw}", path.display());
            Finding::problem(CHECK, says, "restore a backup: patchbay restore FILE --replace")
        })
        .collect();
    findings.extend(age(found));
    if found.journal != "wal" {
        let says = format!("its journal is {:?}; the proxy will make it \"wal\" again", found.journal);
        findings.push(Finding::warning(CHECK, says, "let no other program change the database's settings"));
    }
    if findings.is_empty() {
        let says = format!(
            "{} opens, is whole (quick_check) and of schema {}; every commit is synced",
            path.display(),
            found.schema
        );
        findings.push(Finding::ok(CHECK, says));
    }
    findings
}

fn age(found: &Checkup) -> Option<Finding> {
    let (schema, newest) = (found.schema, newest_schema());
    if schema > newest {
        let says = format!("its schema {schema} is newer than this program, which knows {newest}");
        return Some(Finding::problem(
            CHECK,
            says,
            "use the version of Patchbay that wrote it, or a later one",
        ));
    }
    (schema < newest).then(|| {
        let says = format!("its schema is {schema}; the next start makes it {newest}");
        Finding::warning(CHECK, says, "keep a backup from before: patchbay backup FILE")
    })
}

/// Customers' books are in it, in the clear.
fn readers(path: &Path) -> Option<Finding> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    (others_may_read(path) && others_may_read(folder)).then(|| {
        let says = format!("{} can be read by others on this machine", path.display());
        Finding::warning(CHECK, says, format!("run: chmod 700 {}", folder.display()))
    })
}

fn room(path: &Path) -> Option<Finding> {
    const CHECK: &str = "disk";
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let free = free_bytes(folder)?;
    let says = format!("{} MB are free where the database lies", free >> 20);
    Some(match free {
        0..TOO_LITTLE => Finding::problem(CHECK, says, "make room: without it no token can be refreshed"),
        TOO_LITTLE..SCARCE => Finding::warning(CHECK, says, "make room before it is needed"),
        _ => Finding::ok(CHECK, says),
    })
}

/// Registrations whose live connections belong to another client: they stop the start.
async fn changed_clients(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for wanted in &config.registrations {
        let row = RegistrationRow {
            id: &wanted.id,
            integration: &wanted.integration,
            environment: &wanted.environment,
            client_id: &wanted.client_id,
        };
        if client_would_change(&config.storage.path, &row).await.unwrap_or_default() {
            let says = format!("the registration {:?} has connections of another client", wanted.id);
            let remedy = "give the new client a registration with a name of its own";
            findings.push(Finding::problem("configuration", says, remedy));
        }
    }
    findings
}
