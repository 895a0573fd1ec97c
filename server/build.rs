//! Lists the files of the browser program for the feature `bundle`, which puts them into the binary.
//! The variable `PATCHBAY_DIST` names the folder that the app's build left them in.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=PATCHBAY_DIST");
    println!("cargo::rerun-if-env-changed=PATCHBAY_BUILD");
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=build.rs");
    let mut list = String::from("&[");
    if std::env::var_os("CARGO_FEATURE_BUNDLE").is_some() {
        let dist = PathBuf::from(std::env::var("PATCHBAY_DIST").map_err(
            |_| "the feature `bundle` needs PATCHBAY_DIST, the folder of the built store; use `cargo xtask dist`",
        )?);
        println!("cargo::rerun-if-changed={}", dist.display());
        gather(&dist, &dist, &mut list)?;
    }
    list.push(']');
    let target = PathBuf::from(std::env::var("OUT_DIR")?).join("bundle.rs");
    std::fs::write(target, list)?;
    Ok(())
}

fn gather(top: &Path, folder: &Path, list: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|found| found.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            gather(top, &path, list)?;
        } else {
            let name = path.strip_prefix(top)?.to_string_lossy().replace('\\', "/");
            let place = path.canonicalize()?.to_string_lossy().into_owned();
            write!(list, "({name:?}, include_bytes!({place:?})),")?;
        }
    }
    Ok(())
}
