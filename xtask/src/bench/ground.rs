//! What is measured on: the shipped proxy on an empty database, with a portal and people who enter.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::web::Site;
use crate::dist::Shipped;
use crate::start::children::Children;
use crate::{repo, run, start};

/// One machine plays all the visitors and all the portals, so nothing may be counted by address.
const MANY: &str = "100000/s burst 100000";
/// As many sockets as anybody opens here.
const SOCKETS: u32 = 100_000;

/// A proxy, the portal's key, and what runs beside it.
pub(super) struct Ground {
    pub(super) proxy: Site,
    pub(super) children: Children,
    key: String,
    binary: PathBuf,
    directory: PathBuf,
    /// At which level the proxy's log is kept in a file; without one it is shown.
    log: Option<&'static str>,
}

impl Ground {
    /// Takes a port and an empty directory of this name; nothing runs yet.
    pub(super) fn prepare(name: &str, shipped: &Shipped) -> Result<Self> {
        let directory = repo::target_dir()?.join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        Ok(Self {
            proxy: Site { port: free_port()? },
            children: Children::watch()?,
            key: String::new(),
            binary: shipped.binary.clone(),
            directory,
            log: None,
        })
    }

    /// Keeps the proxy's log as JSON instead of showing it.
    pub(super) fn logging(self, level: &'static str) -> Self {
        Self { log: Some(level), ..self }
    }

    /// The log that was kept.
    pub(super) fn log(&self) -> Result<String> {
        fs::read_to_string(self.log_file()).context("no log was kept")
    }

    fn log_file(&self) -> PathBuf {
        self.directory.join("proxy.log")
    }

    /// Adds the portal and starts the proxy; `more` is the end of its configuration.
    pub(super) fn serve(mut self, more: &str, environment: &[(&str, &str)]) -> Result<Self> {
        let config = self.directory.join("patchbay.toml");
        let (port, origin) = (self.proxy.port, self.proxy.origin());
        let log =
            self.log.map(|level| format!("[log]\nlevel = \"{level}\"\njson = true\n")).unwrap_or_default();
        fs::write(
            &config,
            format!(
                "[server]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"{origin}\"\n\
                 [storage]\npath = \"patchbay.db\"\n[keys]\nfile = \"patchbay.key\"\n\
                 [limits]\nrequests_per_key = \"{MANY}\"\nvisits_per_address = \"{MANY}\"\nhellos_per_address = \"{MANY}\"\n\
                 sockets_per_address = {SOCKETS}\nsockets_per_tenant = {SOCKETS}\n{log}{more}"
            ),
        )?;
        let key_file = self.directory.join("portal.key");
        let mut command = run::program(&self.binary);
        command.envs(environment.iter().copied());
        command.arg("--config").arg(&config).args(["portal", "add", "bench", "--name", "Bench"]);
        command.args(["--return-url", "http://portal.localhost/", "--origin", "http://portal.localhost"]);
        run::output(command.arg("--key-file").arg(&key_file))?;
        fs::read_to_string(&key_file)?.trim().clone_into(&mut self.key);
        let mut command = run::program(&self.binary);
        command.envs(environment.iter().copied());
        command.arg("--config").arg(&config).arg("serve");
        match self.log {
            Some(_) => self.children.spawn_into(fs::File::create(self.log_file())?, "proxy", &mut command)?,
            None => self.children.spawn("proxy", &mut command)?,
        }
        start::wait_until_ready(port, &mut self.children)?;
        Ok(self)
    }

    /// One more key of the portal, for these scopes.
    pub(super) fn key(&self, scopes: &str, environment: &[(&str, &str)]) -> Result<String> {
        let file = self.directory.join(format!("{scopes}.key"));
        let mut command = run::program(&self.binary);
        command.envs(environment.iter().copied());
        command.arg("--config").arg(self.directory.join("patchbay.toml"));
        command.args(["portal", "keys", "bench", "add", "--scopes", scopes, "--key-file"]).arg(&file);
        run::output(&mut command)?;
        Ok(fs::read_to_string(&file)?.trim().to_owned())
    }

    /// The proxy's process.
    pub(super) fn pid(&self) -> Result<u32> {
        self.children.pid("proxy").context("the proxy was started")
    }

    /// Enters by a link as a person of this organisation does, and gives the session's cookie.
    pub(super) fn sign_in(&self, tenant: &str, person: u64, permissions: &[&str]) -> Result<String> {
        let url = self.link(tenant, person, permissions)?;
        let path = url.strip_prefix(&self.proxy.origin()).context("the link leads elsewhere")?;
        self.proxy.post(path, &self.proxy.own_page(), "")?.cookie().context("entering set no cookie")
    }

    /// A one-time link into the store for a person of this organisation.
    pub(super) fn link(&self, tenant: &str, person: u64, permissions: &[&str]) -> Result<String> {
        let body = serde_json::json!({
            "tenant": tenant, "tenant_name": format!("{tenant} Ltd"), "locale": "en", "permissions": permissions,
            "visitor": { "id": person.to_string(), "name": format!("Person {person}"), "email": "p@bench.example" },
        });
        let headers =
            ["Content-Type: application/json".to_owned(), format!("Authorization: Bearer {}", self.key)];
        let link = self.proxy.post("/api/v1/links", &headers, &body.to_string())?;
        if link.status != 201 {
            bail!("no link into the store: {} {}", link.status, link.body);
        }
        let link: serde_json::Value = serde_json::from_str(&link.body)?;
        Ok(link["url"].as_str().context("the link has no url")?.to_owned())
    }
}

/// A loopback port that was free a moment ago.
pub(super) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
