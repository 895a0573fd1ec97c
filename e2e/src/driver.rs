//! Chromium and its driver: one driver process for a test binary, a fresh profile per browser.

use std::process::Stdio;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running `chromedriver`.
pub struct Driver {
    url: String,
    _child: Child,
}

impl Driver {
    /// Starts the driver on a free port.
    pub async fn start() -> Result<Self> {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver cannot be started; `cargo xtask test` installs it")?;
        let output = child.stdout.take().context("chromedriver writes to a pipe")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some((_, port)) = line.split_once("successfully on port ") {
                let port = port.trim_end_matches('.').trim();
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { url: format!("http://127.0.0.1:{port}"), _child: child });
            }
        }
        anyhow::bail!("chromedriver ended before it listened")
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }
}
