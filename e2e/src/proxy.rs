//! The proxy as its operator runs it: the binary, a configuration file, a data directory. Can be
//! killed in the middle of anything and started again on the same data.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use crate::clock::until;

/// The proxy's process and its directory.
pub struct Proxy {
    directory: PathBuf,
    listen: SocketAddr,
    child: Mutex<Option<Child>>,
}

/// What the configuration file says.
pub struct Setup<'a> {
    /// Where the proxy listens.
    pub listen: SocketAddr,
    /// The origin in the browser's address bar.
    pub public_url: &'a str,
    /// Origin of the sandbox.
    pub sandbox_url: &'a str,
    /// Our client at the sandbox.
    pub client: (&'a str, &'a str),
    /// The demo portal's own page, and every other page that may embed the store.
    pub origins: &'a [&'a str],
    /// The browser program, where it is not the built one.
    pub dist: Option<&'a Path>,
}

impl Proxy {
    /// Writes the configuration, makes the demo portal, and starts. Returns the portal's API key.
    pub async fn start(directory: &Path, setup: &Setup<'_>) -> Result<(Self, String)> {
        write_configuration(directory, setup)?;
        let home = format!("{}/", setup.origins.first().context("a portal has a page")?);
        let key_file = directory.join("portal.key");
        let made = Command::new(binary()?)
            .args(["--config", "patchbay.toml", "portal", "add", "demo", "--name", "Northwind Stock"])
            .args(["--return-url", &home])
            .args(setup.origins.iter().flat_map(|origin| ["--origin", origin]))
            .arg("--key-file")
            .arg(&key_file)
            .current_dir(directory)
            .output()
            .await?;
        if !made.status.success() {
            bail!("portal add failed: {}", String::from_utf8_lossy(&made.stderr));
        }
        let key = std::fs::read_to_string(key_file)?.trim().to_owned();
        let proxy = Self { directory: directory.to_owned(), listen: setup.listen, child: Mutex::new(None) };
        proxy.run().await?;
        Ok((proxy, key))
    }

    /// Starts the process on the data there is, and waits until it is ready.
    pub async fn run(&self) -> Result<()> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log())?;
        let child = Command::new(binary()?)
            .args(["--config", "patchbay.toml", "serve"])
            .current_dir(&self.directory)
            .env("PATCHBAY_LOG__LEVEL", "trace")
            .env("PATCHBAY_LOG__FORMAT", "json")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("the proxy's binary cannot be started; build it with `cargo build -p server`")?;
        *self.slot() = Some(child);
        until("the proxy to be ready", async || {
            if let Some(status) = self.slot().as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                bail!("the proxy ended with {status}: {}", self.log_tail());
            }
            Ok(tokio::net::TcpStream::connect(self.listen).await.is_ok().then_some(()))
        })
        .await
    }

    /// A command of the operator's beside the running proxy, with this text in the file that its last argument
    /// names. Returns what it printed.
    pub async fn operator(&self, arguments: &[&str], text: &str) -> Result<String> {
        let file = arguments.last().context("a file")?;
        std::fs::write(self.directory.join(file), text)?;
        let told = Command::new(binary()?).args(arguments).current_dir(&self.directory).output().await?;
        if !told.status.success() {
            bail!("{arguments:?} failed: {}", String::from_utf8_lossy(&told.stderr));
        }
        Ok(String::from_utf8(told.stdout)?)
    }

    /// `kill -9`: no goodbye, no checkpoint.
    pub async fn kill(&self) -> Result<()> {
        let child = self.slot().take();
        child.context("the proxy is not running")?.kill().await.context("kill -9")
    }

    /// Where it listens, behind what the browser speaks to.
    pub fn address(&self) -> SocketAddr {
        self.listen
    }

    /// How many sockets it holds open.
    pub fn sockets(&self) -> Result<usize> {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.pid()?))?;
        let target = |entry: std::io::Result<std::fs::DirEntry>| std::fs::read_link(entry.ok()?.path()).ok();
        Ok(open.filter_map(target).filter(|link| link.to_string_lossy().starts_with("socket:")).count())
    }

    /// Its memory (`VmRSS`), in bytes.
    pub fn memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024)
    }

    fn pid(&self) -> Result<u32> {
        self.slot().as_ref().and_then(Child::id).context("the proxy is not running")
    }

    /// The log of all runs so far.
    pub fn log(&self) -> PathBuf {
        self.directory.join("proxy.log")
    }

    /// The files that hold what the proxy keeps.
    pub fn kept_files(&self) -> Result<Vec<PathBuf>> {
        let names = std::fs::read_dir(&self.directory)?.filter_map(Result::ok).map(|entry| entry.path());
        Ok(names.filter(|path| path.to_string_lossy().contains("patchbay.db")).collect())
    }

    fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        text.lines().rev().take(5).collect::<Vec<_>>().join("\n")
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn write_configuration(directory: &Path, setup: &Setup<'_>) -> Result<()> {
    let (client_id, client_secret) = setup.client;
    let secret_file = directory.join("client.secret");
    std::fs::write(&secret_file, client_secret)?;
    std::fs::set_permissions(&secret_file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let dist = match (setup.dist, std::env::var_os("PATCHBAY_DIST")) {
        (Some(dist), _) => dist.to_owned(),
        (None, Some(dist)) => PathBuf::from(dist),
        (None, None) => workspace()?.join("dist"),
    };
    let text = format!(
        "[server]\nlisten = \"{listen}\"\npublic_url = \"{public}\"\n\n[storage]\npath = \"patchbay.db\"\n\n\
         [keys]\nfile = \"patchbay.key\"\n\n[assets]\ndir = \"{dist}\"\n\n[[registrations]]\n\
         id = \"quickbooks-online-local\"\nintegration = \"quickbooks-online\"\nenvironment = \"local\"\n\
         client_id = \"{client_id}\"\nclient_secret_file = \"client.secret\"\norigin = \"{sandbox}\"\n",
        listen = setup.listen,
        public = setup.public_url,
        sandbox = setup.sandbox_url,
        dist = dist.display(),
    );
    std::fs::write(directory.join("patchbay.toml"), text)?;
    Ok(())
}

/// The project's top folder, found from where cargo put this crate.
pub fn workspace() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(Path::to_owned).context("the crate lies in the workspace")
}

/// The proxy's binary: as `cargo xtask test` names it, else beside this test's own in cargo's target
/// directory.
fn binary() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("PATCHBAY_BIN") {
        return Ok(PathBuf::from(named));
    }
    let own = std::env::current_exe()?;
    let profile = own.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    let path = profile.context("tests run from cargo's target directory")?.join("patchbay");
    if !path.exists() {
        bail!("{} is missing: cargo build -p server", path.display());
    }
    Ok(path)
}
