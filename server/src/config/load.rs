//! Reading the configuration: a TOML file, then the environment over it (`PATCHBAY_SERVER__LISTEN`
//! sets `server.listen`). Every problem is told at once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use toml::{Table, Value};
use url::{Host, Url};

use super::table::Section;
use super::{Config, Consumer, Registration, Server, Webhooks};
use crate::vault::Secret;

/// Everything that is wrong with a configuration, a sentence each.
#[derive(Debug, thiserror::Error)]
#[error("the configuration {file} cannot be used:\n  - {}", list.join("\n  - "))]
pub struct Problems {
    /// The file.
    pub file: String,
    /// The sentences.
    pub list: Vec<String>,
}

const SECTIONS: [&str; 12] = [
    "server",
    "storage",
    "keys",
    "assets",
    "catalogue",
    "log",
    "limits",
    "imports",
    "webhooks",
    "retention",
    "metrics",
    "sandbox",
];

/// Reads the configuration from a file and the environment.
pub fn load(file: &Path) -> Result<Config, Problems> {
    let told = |problem: String| Problems { file: file.display().to_string(), list: vec![problem] };
    let text = std::fs::read_to_string(file)
        .map_err(|cause| told(format!("it cannot be read: {cause}. Name another with --config.")))?;
    let table = text.parse::<Table>().map_err(|cause| told(cause.to_string()))?;
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    read(table, &std::env::vars().collect(), folder)
        .map_err(|list| Problems { file: file.display().to_string(), list })
}

/// The configuration of a table under an environment.
fn read(
    mut table: Table,
    environment: &BTreeMap<String, String>,
    folder: &Path,
) -> Result<Config, Vec<String>> {
    let mut problems = Vec::new();
    override_by(&mut table, environment, &mut problems);
    let section = |name: &str, table: &mut Table, problems: &mut Vec<String>| match table.remove(name) {
        None => Table::new(),
        Some(Value::Table(found)) => found,
        Some(_) => {
            problems.push(format!("{name} must be a section, [{name}]"));
            Table::new()
        }
    };
    let [
        server,
        storage,
        keys,
        assets,
        catalogue,
        log,
        limits,
        imports,
        webhooks,
        retention,
        metrics,
        sandbox,
    ] = SECTIONS.map(|name| section(name, &mut table, &mut problems));
    let registrations = registrations(table.remove("registrations"), environment, folder, &mut problems);
    for key in table.keys() {
        problems.push(format!("{key} is not a section; check its spelling"));
    }
    let server = read_server(Section::new("server", server, folder, &mut problems));
    let storage = super::places::storage(Section::new("storage", storage, folder, &mut problems));
    let keys = super::places::keys(Section::new("keys", keys, folder, &mut problems));
    let assets = super::places::assets(Section::new("assets", assets, folder, &mut problems));
    let catalogue = super::places::catalogue(Section::new("catalogue", catalogue, folder, &mut problems));
    let log = super::watching::log(Section::new("log", log, folder, &mut problems));
    let limits = super::limits::read(Section::new("limits", limits, folder, &mut problems));
    let imports = super::imports::read(Section::new("imports", imports, folder, &mut problems));
    let webhooks = read_webhooks(Section::new("webhooks", webhooks, folder, &mut problems));
    let retention = super::retention::read(Section::new("retention", retention, folder, &mut problems));
    let metrics = super::watching::metrics(Section::new("metrics", metrics, folder, &mut problems));
    let sandbox = super::places::sandbox(Section::new("sandbox", sandbox, folder, &mut problems));
    match (server, storage, keys) {
        (Some(server), Some(storage), Some(keys)) if problems.is_empty() => Ok(Config {
            server,
            storage,
            keys,
            assets,
            catalogue,
            log,
            limits,
            imports,
            webhooks,
            retention,
            metrics,
            sandbox,
            registrations,
        }),
        _ => Err(problems),
    }
}

/// Puts `PATCHBAY_SECTION__KEY` over the file's `section.key`.
fn override_by(table: &mut Table, environment: &BTreeMap<String, String>, problems: &mut Vec<String>) {
    for (name, value) in environment {
        let Some((section, key)) = name.strip_prefix("PATCHBAY_").and_then(|rest| rest.split_once("__"))
        else {
            continue;
        };
        let (section, key) = (section.to_lowercase(), key.to_lowercase());
        if !SECTIONS.contains(&section.as_str()) {
            problems.push(format!(
                "the environment's {name} names no section; there are {}",
                SECTIONS.join(", ")
            ));
            continue;
        }
        let entry = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(found) = entry {
            found.insert(key, Value::String(value.clone()));
        }
    }
}

fn read_server(mut section: Section<'_>) -> Option<Server> {
    let listen = section.parse("listen", "an address and a port such as 127.0.0.1:7300");
    let listen = listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7300)));
    let public_url = section
        .needed("public_url", "the origin that visitors see, for example \"https://store.example.com\"")
        .and_then(|text| match origin(&text) {
            Ok(url) => Some(url),
            Err(problem) => {
                section.tell("public_url", &format!("is {text:?}; {problem}"));
                None
            }
        });
    let trusted_proxies = section.networks("trusted_proxies");
    section.finish();
    Some(Server { listen, public_url: public_url?, trusted_proxies })
}

/// An origin that browsers treat as secure: https, or http on this machine.
fn origin(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "it must be an origin such as \"https://store.example.com\"")?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("it must begin with https://");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("it must be an origin alone, without a path");
    }
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() == "http" && !local {
        return Err("it must be https, because cookies and sockets need it; http is for localhost alone");
    }
    Ok(url)
}

fn read_webhooks(mut section: Section<'_>) -> Webhooks {
    let allow_private = section.networks("allow_private");
    section.finish();
    Webhooks { allow_private }
}

fn registrations(
    value: Option<Value>,
    environment: &BTreeMap<String, String>,
    folder: &Path,
    problems: &mut Vec<String>,
) -> Vec<Registration> {
    let entries = match value {
        None => Vec::new(),
        Some(Value::Array(entries)) => entries,
        Some(_) => {
            problems.push("registrations must be written as [[registrations]]".to_owned());
            Vec::new()
        }
    };
    let mut found: Vec<Registration> = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let name = format!("registrations[{index}]");
        let Value::Table(table) = entry else {
            problems.push(format!("{name} must be a section, [[registrations]]"));
            continue;
        };
        let one = registration(Section::new(&name, table, folder, problems), environment);
        if let Some(twin) = one.as_ref().and_then(|one| found.iter().find(|other| other.id == one.id)) {
            problems.push(format!("{name}.id is {:?} a second time; each has an id of its own", twin.id));
        }
        found.extend(one);
    }
    found
}

fn registration(mut section: Section<'_>, environment: &BTreeMap<String, String>) -> Option<Registration> {
    let id =
        section.needed("id", "its name in the redirect URI, for example \"quickbooks-online-production\"");
    if let Some(bad) = id.as_ref().filter(|id| protocol::ids::IntegrationId::new(id.as_str()).is_err()) {
        section.tell("id", &format!("is {bad:?}; it has letters, digits and '-' only"));
    }
    let integration =
        section.needed("integration", "an entry of the catalogue, for example \"quickbooks-online\"");
    let kind = section.needed("environment", "one of the entry's, for example \"production\"");
    let client_id = section.needed("client_id", "the client id that the provider issued");
    let client_secret = secret(&mut section, environment, "client_secret");
    let consumer = consumer(&mut section, environment);
    let verifier_token = verifier_token(&mut section, environment);
    let origin = section.parse("origin", "an origin such as \"http://intuit.localhost:7310\"");
    section.finish();
    Some(Registration {
        id: id?,
        integration: integration?,
        environment: kind?,
        client_id: client_id?,
        client_secret: client_secret?,
        origin,
        consumer,
        verifier_token,
    })
}

/// The keys under OAuth 1.0a, both or none.
fn consumer(section: &mut Section<'_>, environment: &BTreeMap<String, String>) -> Option<Consumer> {
    let key = section.text("consumer_key")?;
    Some(Consumer { key, secret: secret(section, environment, "consumer_secret")? })
}

/// What notices are signed with, where they are wanted.
fn verifier_token(section: &mut Section<'_>, environment: &BTreeMap<String, String>) -> Option<Secret> {
    let wanted = section.has("verifier_token_file") || section.has("verifier_token_env");
    wanted.then(|| secret(section, environment, "verifier_token"))?
}

/// A secret comes from a file that others cannot read, or from a variable of the environment.
fn secret(section: &mut Section<'_>, environment: &BTreeMap<String, String>, what: &str) -> Option<Secret> {
    let [in_file, in_env] = ["file", "env"].map(|place| format!("{what}_{place}"));
    match (section.path(&in_file), section.text(&in_env)) {
        (Some(file), None) => match read_secret(&file) {
            Ok(secret) => Some(secret),
            Err(problem) => {
                section.tell(&in_file, &problem);
                None
            }
        },
        (None, Some(name)) => {
            let found = environment.get(&name).filter(|text| !text.is_empty());
            if found.is_none() {
                section.tell(&in_env, &format!("names {name}, which is not set"));
            }
            found.map(|text| Secret::new(text.as_str()))
        }
        _ => {
            section.tell(&in_file, &format!("or {in_env} must be set, one of them"));
            None
        }
    }
}

fn read_secret(file: &Path) -> Result<Secret, String> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|cause| format!("{shown} cannot be read: {cause}"))?;
    if crate::vault::ring::others_may_read(file) {
        return Err(format!("{shown} can be read by others. Run: chmod 600 {shown}"));
    }
    match text.trim() {
        "" => Err(format!("{shown} is empty")),
        secret => Ok(Secret::new(secret)),
    }
}

#[cfg(test)]
mod tests;
