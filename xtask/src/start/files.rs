//! The files of one run: configuration, client secret, and where database and keys will lie.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{Options, proxy_url, remove, sandbox_url};

/// Paths of one run.
pub(crate) struct Place {
    pub(crate) config: PathBuf,
    pub(crate) portal_key: PathBuf,
    pub(crate) webhook_secret: PathBuf,
}

impl Place {
    /// The arguments that serve with the sandbox inside.
    pub(super) fn serve(&self) -> [&std::ffi::OsStr; 4] {
        ["--config".as_ref(), self.config.as_os_str(), "serve".as_ref(), "--sandbox".as_ref()]
    }
}

/// Makes `directory` anew with a configuration for these ports.
pub(super) fn prepare(directory: &Path, options: &Options, dist: &Path) -> Result<Place> {
    remove(directory)?;
    fs::create_dir_all(directory)?;
    write_secret(&directory.join("client.secret"), &random_hex()?)?;
    write_secret(&directory.join("verifier.token"), &random_hex()?)?;
    let place = Place {
        config: directory.join("patchbay.toml"),
        portal_key: directory.join("portal.key"),
        webhook_secret: directory.join("webhook.secret"),
    };
    fs::write(&place.config, config(options, dist))?;
    Ok(place)
}

fn config(options: &Options, dist: &Path) -> String {
    // A path is a valid basic string of TOML once its backslashes are doubled.
    let dist = dist.to_string_lossy().replace('\\', "\\\\");
    format!(
        r#"# Written by `cargo xtask start`; every start writes it anew.
[server]
listen = "127.0.0.1:{proxy_port}"
public_url = "{proxy_url}"

[storage]
path = "patchbay.db"

[keys]
file = "patchbay.key"

[assets]
dir = "{dist}"

[webhooks]
allow_private = ["127.0.0.1"]

[sandbox]
listen = "127.0.0.1:{sandbox_port}"
public_url = "{sandbox_url}"
latency_ms = {latency_ms}

[[registrations]]
id = "quickbooks-online-local"
integration = "quickbooks-online"
environment = "local"
client_id = "northwind-demo"
client_secret_file = "client.secret"
verifier_token_file = "verifier.token"
"#,
        proxy_port = options.proxy_port,
        proxy_url = proxy_url(options),
        sandbox_port = options.sandbox_port,
        sandbox_url = sandbox_url(options),
        latency_ms = options.latency_ms,
    )
}

/// A fresh secret: 256 bits of the operating system's randomness.
fn random_hex() -> Result<String> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("the operating system gives no random bytes")?;
    Ok(crate::app_build::hex(&bytes))
}

/// Writes a file that only its owner reads.
fn write_secret(path: &Path, text: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{text}").with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options { proxy_port: 1, sandbox_port: 2, portal_port: 3, latency_ms: 4, dev: false }
    }

    #[test]
    fn the_configuration_is_toml_with_the_chosen_ports() {
        let text = config(&options(), Path::new("/some/where/dist"));
        let table: toml::Table = text.parse().expect("valid TOML");
        assert_eq!(table["server"]["public_url"].as_str(), Some("http://store.localhost:1"));
        assert_eq!(table["sandbox"]["listen"].as_str(), Some("127.0.0.1:2"));
        assert_eq!(table["assets"]["dir"].as_str(), Some("/some/where/dist"));
    }

    #[test]
    fn every_start_begins_anew_with_another_secret() {
        let folder = tempfile::tempdir().expect("a directory for the test");
        let directory = folder.path().join("start");
        let secret = || fs::read_to_string(directory.join("client.secret")).expect("a secret");
        prepare(&directory, &options(), folder.path()).expect("a prepared directory");
        let first = secret();
        fs::write(directory.join("patchbay.db"), "old").expect("a file");
        prepare(&directory, &options(), folder.path()).expect("a prepared directory");
        assert_ne!(first, secret());
        assert!(!directory.join("patchbay.db").exists());
    }
}
