//! Cuts the release program in two (app/src/pages/further.rs): what the first load needs, and the pages
//! behind the tiles, fetched later. The linker's output is cut before wasm-bindgen sees it, so this
//! takes the place of what trunk made of the whole.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use wasm_split_cli_support::{Options, transform};

use crate::tools::BuildTools;
use crate::{repo, run};

/// For cargo: the linker keeps the relocations that the cut is found by.
pub(super) const LINKER_FLAGS: &str = "-Clink-args=--emit-relocs";
/// The app's feature that marks the place of the cut.
pub(super) const FEATURE: &str = "split";
/// What a name of the second part begins with; it is hashed like every other file's.
pub(crate) const LATER: &str = "further-";
/// Takes the place of a hash until `polish` knows the bytes.
const NO_HASH: &str = "0000000000000000";
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-sign-ext",
    "--enable-mutable-globals",
];

/// Puts both parts and their glue into `dist`, under the names that trunk gave the whole.
pub(super) fn program(linked: &Path, dist: &Path, tools: &BuildTools) -> Result<()> {
    let work = tempfile::tempdir()?;
    let part = cut(linked, work.path())?;
    bind(&work.path().join("app.wasm"), work.path(), tools)?;
    let glue = named(dist, ".js", "app-")?;
    let whole = named(dist, "_bg.wasm", "app-")?;
    let mut script = bundle(&work.path().join("app.js"), tools)?;
    script = script.replace("app_bg.wasm", &file_name(&whole));
    optimise(&work.path().join("app_bg.wasm"), &whole, tools)?;
    let later = format!("{LATER}{NO_HASH}.wasm");
    script = script.replace(&file_name(&part), &later);
    optimise(&part, &dist.join(later), tools)?;
    fs::write(glue, script)?;
    Ok(())
}

/// The first part goes to `app.wasm`; gives the path of the second.
fn cut(linked: &Path, work: &Path) -> Result<PathBuf> {
    let whole = fs::read(linked).with_context(|| format!("cannot read {}", linked.display()))?;
    let main = work.join("app.wasm");
    let mut options = Options::new(&whole);
    options.output_dir = work;
    options.main_out_path = &main;
    options.main_module = "./app.js";
    let cut = transform(options).map_err(|problem| anyhow!("the program cannot be split: {problem:#}"))?;
    let [part] = <[PathBuf; 1]>::try_from(cut.split_modules)
        .map_err(|parts| anyhow!("one cut gives one part to load later, and not {}", parts.len()))?;
    Ok(part)
}

fn bind(main: &Path, work: &Path, tools: &BuildTools) -> Result<()> {
    let mut bindgen = tools.wasm_bindgen();
    bindgen.arg(main).args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", "app"]);
    run::output(bindgen.arg("--out-dir").arg(work)).map(drop)
}

/// One script of the glue and of the loader, which name each other and could not both be hashed.
fn bundle(glue: &Path, tools: &BuildTools) -> Result<String> {
    let mut esbuild = tools.esbuild();
    run::output(esbuild.arg(glue).args(["--bundle", "--format=esm", "--log-level=warning"]))
}

fn optimise(from: &Path, to: &Path, tools: &BuildTools) -> Result<()> {
    let mut wasm_opt = tools.wasm_opt();
    run::output(wasm_opt.arg("-Oz").args(FEATURES).arg(from).arg("-o").arg(to)).map(drop)
}

fn named(dist: &Path, ending: &str, beginning: &str) -> Result<PathBuf> {
    let is = |file: &PathBuf| {
        let name = file_name(file);
        name.starts_with(beginning) && name.ends_with(ending)
    };
    let found = repo::files(dist)?.into_iter().find(is);
    found.with_context(|| format!("trunk made no {beginning}...{ending}"))
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
