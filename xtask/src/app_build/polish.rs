//! Makes trunk's release output small and its names honest: minifies JavaScript and CSS with
//! esbuild (trunk's own minifier fails on today's glue), then names every hashed file by its final bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use super::stamp::hex;
use crate::repo;
use crate::run;
use crate::tools::BuildTools;

/// Length of the hash that trunk puts before a file's extension.
const HASH: usize = 16;

/// Files are renamed in this order, so that a file's references are final before it is hashed.
const ORDER: &[&str] = &["wasm", "css", "svg", "js", "html"];

/// Polishes everything below `dist`.
pub(super) fn dist(dist: &Path, tools: &BuildTools) -> Result<()> {
    for file in repo::files(dist)? {
        let text = extension(&file);
        if text == "js" || text == "css" {
            minify(&file, tools)?;
        }
    }
    rename(dist)
}

fn minify(file: &Path, tools: &BuildTools) -> Result<()> {
    let mut esbuild = tools.esbuild();
    esbuild.arg(file).args(["--minify", "--log-level=warning", "--legal-comments=none"]);
    if extension(file) == "css" {
        // Nesting, layers and container queries stay as they are written.
        esbuild.arg("--target=esnext");
    } else {
        esbuild.arg("--target=es2022");
    }
    let small = run::output(&mut esbuild)?;
    fs::write(file, small)?;
    Ok(())
}

/// Gives every hashed file a name by its final bytes and puts the new names where the old stood.
fn rename(dist: &Path) -> Result<()> {
    let mut renamed = BTreeMap::new();
    let mut files = repo::files(dist)?;
    files.sort_by_key(|file| ORDER.iter().position(|kind| *kind == extension(file)));
    for file in files {
        let bytes = with_new_names(&file, &renamed)?;
        fs::write(&file, &bytes)?;
        let old = name(&file);
        let Some(new) = new_name(&old, &bytes) else {
            continue;
        };
        fs::rename(&file, file.with_file_name(&new))
            .with_context(|| format!("cannot rename {}", file.display()))?;
        renamed.insert(old, new);
    }
    Ok(())
}

fn with_new_names(file: &PathBuf, renamed: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let bytes = fs::read(file)?;
    if !["js", "html", "css"].contains(&extension(file).as_str()) {
        return Ok(bytes);
    }
    let mut text = String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", file.display()))?;
    for (old, new) in renamed {
        text = text.replace(old, new);
    }
    Ok(text.into_bytes())
}

/// `app-<hash>_bg.wasm` with another hash; nothing for a name that trunk did not hash.
fn new_name(old: &str, bytes: &[u8]) -> Option<String> {
    let at = old.match_indices('-').map(|(at, _)| at + 1).find(|at| {
        let rest = &old.as_bytes()[*at..];
        rest.len() > HASH
            && rest[..HASH].iter().all(u8::is_ascii_hexdigit)
            && !rest[HASH].is_ascii_alphanumeric()
    })?;
    let hash = hex(&Sha256::digest(bytes));
    Some(format!("{}{}{}", &old[..at], &hash[..HASH], &old[at + HASH..]))
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn extension(file: &Path) -> String {
    file.extension().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashed_names_change() {
        assert_eq!(new_name("favicon.svg", b"x"), None);
        assert_eq!(new_name("quickbooks-online.svg", b"x"), None);
        let new = new_name("app-0123456789abcdef_bg.wasm", b"x").expect("a hashed name");
        assert!(new.starts_with("app-2d711642b726b044") && new.ends_with("_bg.wasm"), "{new}");
    }

    #[test]
    fn references_follow_their_files() {
        let folder = tempfile::tempdir().expect("a directory for the test");
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).expect("a file");
        };
        write("app-0123456789abcdef_bg.wasm", "wasm");
        write("app-0123456789abcdef.js", "load('app-0123456789abcdef_bg.wasm')");
        write("index.html", "<script src=/app-0123456789abcdef.js></script>");
        rename(folder.path()).expect("renaming");
        let html = fs::read_to_string(folder.path().join("index.html")).expect("the page");
        let js = html.split(['/', '>']).find(|part| extension(Path::new(part)) == "js").expect("a script");
        let glue = fs::read_to_string(folder.path().join(js)).expect("the script by its new name");
        let wasm = glue.split('\'').nth(1).expect("a name");
        assert!(folder.path().join(wasm).exists() && !wasm.contains("0123456789abcdef"));
    }
}
