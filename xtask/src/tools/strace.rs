//! strace, by which tests kill the proxy in the middle of a system call.

use anyhow::{Result, bail};

use crate::run;

/// Finds or installs it.
pub(crate) fn ensure() -> Result<()> {
    if is_there() {
        return Ok(());
    }
    if super::may_apt() {
        super::apt_install(&["strace"])?;
    }
    if !is_there() {
        bail!(
            "the tests of crashes need strace: install it (Debian: `apt-get install strace`) and run this again"
        );
    }
    Ok(())
}

fn is_there() -> bool {
    run::version("strace").is_some()
}
