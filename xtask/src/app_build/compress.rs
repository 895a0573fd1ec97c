//! Lays a brotli and a gzip copy beside every asset that gains by it, so that the proxy serves
//! bytes made once, at the highest level.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::repo;

const WORTH_IT: &[&str] =
    &["html", "css", "js", "mjs", "wasm", "svg", "json", "txt", "md", "ico", "webmanifest"];

/// Compresses everything below `dist`.
pub(super) fn folder(dist: &Path) -> Result<()> {
    for file in repo::files(dist)? {
        let extension = file.extension().unwrap_or_default().to_string_lossy().into_owned();
        if !WORTH_IT.contains(&extension.as_str()) {
            continue;
        }
        let plain = fs::read(&file)?;
        keep_if_smaller(&beside(&file, "br"), &brotli(&plain)?, plain.len())?;
        keep_if_smaller(&beside(&file, "gz"), &gzip(&plain)?, plain.len())?;
    }
    Ok(())
}

fn keep_if_smaller(path: &Path, packed: &[u8], plain: usize) -> Result<()> {
    if packed.len() < plain {
        fs::write(path, packed)?;
    }
    Ok(())
}

fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// Brotli at quality 11 with the largest window that browsers take.
pub(crate) fn brotli(plain: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 64 * 1024, 11, 22);
    writer.write_all(plain)?;
    drop(writer);
    Ok(packed)
}

/// gzip at level 9, without a time stamp, so that the same input gives the same bytes.
fn gzip(plain: &[u8]) -> Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(plain)?;
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_assets_that_shrink_get_copies() {
        let folder = tempfile::tempdir().expect("a directory for the test");
        let long = "the same again ".repeat(100);
        fs::write(folder.path().join("a.css"), &long).expect("a file");
        fs::write(folder.path().join("b.js"), "x").expect("a file");
        fs::write(folder.path().join("c.png"), &long).expect("a file");
        self::folder(folder.path()).expect("compression");
        let there = |name: &str| folder.path().join(name).exists();
        assert!(there("a.css.br") && there("a.css.gz"));
        assert!(!there("b.js.br") && !there("c.png.br"));
    }

    #[test]
    fn brotli_gives_back_what_it_was_given() {
        let plain = b"patchbay patchbay patchbay".repeat(50);
        let packed = brotli(&plain).expect("compression");
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut packed.as_slice(), &mut back).expect("decompression");
        assert_eq!(back, plain);
    }
}
