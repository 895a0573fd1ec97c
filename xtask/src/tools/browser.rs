//! Chromium and its driver, for the browser tests.

use anyhow::{Result, bail};

use crate::run;

const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Finds or installs a browser and its driver.
pub(crate) fn ensure() -> Result<()> {
    if is_there() {
        return Ok(());
    }
    if super::may_apt() {
        super::apt_install(&["chromium", "chromium-driver", "fonts-liberation"])?;
    }
    if !is_there() {
        bail!(
            "the browser tests need Chromium and chromedriver on the PATH: install both \
             (Debian: `apt-get install chromium chromium-driver`) and run this again"
        );
    }
    Ok(())
}

fn is_there() -> bool {
    BROWSERS.iter().any(|name| run::version(name).is_some()) && run::version("chromedriver").is_some()
}
