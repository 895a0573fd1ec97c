//! The React page of the browser flows: React from npm, the element's types checked in their use, one
//! bundle below the target directory.

use std::fs;

use anyhow::Result;

use crate::{repo, run, tools};

/// Builds e2e/react into target/react.
pub(crate) fn build() -> Result<()> {
    let target = repo::target_dir()?;
    let tools = tools::for_build(&target)?;
    let source = repo::root().join("e2e/react");
    let bin = tools::npm_packages(&source, "React and TypeScript")?;
    run::output(run::program(bin.join("tsc")).arg("--project").arg(&source))?;
    let built = target.join("react");
    fs::create_dir_all(&built)?;
    let mut esbuild = tools.esbuild();
    esbuild
        .arg(source.join("src/page.tsx"))
        .args(["--bundle", "--minify", "--jsx=automatic", "--format=esm", "--target=es2022"])
        .args(["--define:process.env.NODE_ENV=\"production\"", "--log-level=warning"])
        .arg(format!("--outfile={}", built.join("page.js").display()));
    run::output(&mut esbuild)?;
    fs::copy(source.join("index.html"), built.join("index.html"))?;
    Ok(())
}
