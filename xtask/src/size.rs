//! The gate on the first load: HTML, CSS, JavaScript and WebAssembly of the store as brotli.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::app_build::split::LATER;
use crate::app_build::{self, Kind};
use crate::{repo, say, wasm};

/// What a visitor may have to load before the store works, in bytes.
pub(crate) const BUDGET: u64 = 120_000;

/// What is fetched once the store stands, so that nothing grows out of sight behind the cut, in bytes.
/// Nobody waits for it, and it took over the lists of a running import from the first load.
const LATER_BUDGET: u64 = 95_000;

/// What the first load is made of, by extension.
const LOADED: &[&str] = &["html", "css", "js", "wasm"];

/// Crates that must not be in the browser program, and why.
const UNWANTED: &[(&str, &str)] =
    &[("serde_json", "the socket speaks postcard; it would cost 15 kB and more")];

/// Builds for release, prints what the first load weighs, and fails where it is too heavy.
pub(crate) fn gate() -> Result<()> {
    let dist = app_build::build(Kind::Release)?.dist;
    let parts = first_load(&dist)?;
    say::line(format_args!("{:<48} {:>10} {:>10}", "first load", "plain", "brotli"));
    for part in &parts {
        say::line(format_args!("{:<48} {:>10} {:>10}", part.name, part.plain, part.packed));
    }
    let total = total(&parts);
    say::line(format_args!("{:<48} {:>10} {:>10}", "total", "", total));
    let later = later(&dist)?;
    for part in &later {
        say::line(format_args!("later: {:<41} {:>10} {:>10}", part.name, part.plain, part.packed));
    }
    linked_crates()?;
    if later.is_empty() || self::total(&later) > LATER_BUDGET {
        bail!("what is loaded later must be there, and within {LATER_BUDGET} bytes of brotli");
    }
    if total > BUDGET {
        bail!("the first load is {total} bytes of brotli, over the budget of {BUDGET}");
    }
    say::note(format_args!("within the budget of {BUDGET} bytes"));
    Ok(())
}

/// One file of the first load; sizes in bytes.
pub(crate) struct Part {
    name: String,
    plain: u64,
    packed: u64,
}

/// The whole first load as brotli, in bytes.
pub(crate) fn total(parts: &[Part]) -> u64 {
    parts.iter().map(|part| part.packed).sum()
}

/// The page and everything that it names, directly or through a script or style that it names.
pub(crate) fn first_load(dist: &Path) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut texts = fs::read_to_string(dist.join("index.html")).context("dist/ has no index.html")?;
    let mut files = repo::files(dist)?;
    files.retain(|file| is_loaded(file) && !is_later(file));
    // The order makes a script's own imports count: what a counted text names is counted too.
    let mut counted = true;
    while counted {
        counted = false;
        let (named, rest): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name == "index.html" || texts.contains(&name)
        });
        files = rest;
        for file in named {
            counted = true;
            if file.extension().is_some_and(|extension| extension != "wasm") {
                texts.push_str(&fs::read_to_string(&file)?);
            }
            parts.push(part(dist, &file)?);
        }
    }
    Ok(parts)
}

fn is_loaded(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default().to_string_lossy().into_owned();
    LOADED.contains(&extension.as_str())
}

/// Fetched once the store stands.
fn is_later(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(LATER))
}

/// What is fetched once the store stands.
fn later(dist: &Path) -> Result<Vec<Part>> {
    let files = repo::files(dist)?;
    files.iter().filter(|file| is_loaded(file) && is_later(file)).map(|file| part(dist, file)).collect()
}

fn part(dist: &Path, file: &Path) -> Result<Part> {
    let mut packed = file.as_os_str().to_owned();
    packed.push(".br");
    let plain = fs::metadata(file)?.len();
    Ok(Part {
        name: file.strip_prefix(dist)?.display().to_string(),
        plain,
        packed: fs::metadata(packed).map_or(plain, |packed| packed.len()),
    })
}

/// Prints the largest crates of the linked program, before the names are stripped from it.
fn linked_crates() -> Result<()> {
    let built = repo::target_dir()?.join("wasm32-unknown-unknown/wasm-release/app.wasm");
    let bytes = fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?;
    let crates = wasm::code_by_crate(&bytes)?;
    let mut largest: Vec<_> = crates.iter().collect();
    largest.sort_by_key(|(_, size)| std::cmp::Reverse(**size));
    say::line(format_args!("{:<48} {:>10}", "code by crate, the ten largest", "plain"));
    for (name, size) in largest.iter().take(10) {
        say::line(format_args!("{name:<48} {size:>10}"));
    }
    for (name, reason) in UNWANTED {
        if let Some(size) = crates.get(*name) {
            bail!("{name} is linked into the browser program ({size} bytes): {reason}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_portals_page_loads_is_small() {
        // They are served as they are written, so they are weighed as they are written.
        for (file, most) in [("public/widget/patchbay-store.js", 3000), ("public/frame.js", 1800)] {
            let plain = fs::read(repo::root().join(file)).expect("a file of ours");
            let packed = app_build::brotli(&plain).expect("compression").len();
            assert!(packed <= most, "{file} is {packed} bytes of brotli, at most {most}");
        }
    }

    #[test]
    fn the_first_load_follows_names_from_the_page() {
        let folder = tempfile::tempdir().expect("a directory for the test");
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).expect("a file");
        };
        write("index.html", "<script src=/boot.js></script><link href=/app.css>");
        write("boot.js", "import('/app.js')");
        write("app.js", "fetch('app_bg.wasm', 'further-0123456789abcdef.wasm')");
        write("app_bg.wasm", "1234567890");
        write("app_bg.wasm.br", "12345");
        write("app.css", "body{}");
        write("widget.js", "not for the store's own page");
        write("further-0123456789abcdef.wasm", "fetched later, though the glue names it");
        let parts = first_load(folder.path()).expect("a first load");
        let mut names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["app.css", "app.js", "app_bg.wasm", "boot.js", "index.html"]);
        let wasm = parts.iter().find(|part| part.name == "app_bg.wasm").expect("it is counted");
        assert_eq!((wasm.plain, wasm.packed), (10, 5));
    }
}
