//! Published clients, as they are, against the sandbox. Each test runs one script of sandbox/clients through the
//! life of a connection: by the client's own settings, or with none, by a network that leads Intuit's names here.

#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

mod network;
mod packages;

use std::time::Duration;

use network::Network;
use packages::Script;
use sandbox::{Client, Config, Pkce, Sandbox, UK_REALM, US_REALM, start};
use tokio::{process::Command, time::timeout};

const ID: &str = "ABclientsThatIntuitPublishes0123456789";
/// Under OAuth 1.0a.
const CONSUMER_KEY: &str = "qyprdTheClientsOfThatTime0123";
const CONSUMER_SECRET: &str = "consumerSecretOfThatTime0123";
/// Letters and digits, as Intuit's are: of anything else RFC 6749 and Intuit's clients make different headers.
const SECRET: &str = "secretOfTheClients0123456789";
const REDIRECT: &str = "http://localhost:8000/callback";
/// Far more than a script takes, so that one which hangs fails by itself.
const PATIENCE: Duration = Duration::from_mins(3);
/// What a developer's own network may have set.
const PROXIES: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
];

#[tokio::test]
async fn npm_intuit_oauth_works_by_its_settings() {
    by_settings(packages::node("intuit-oauth.mjs"), "Intuit-OAuthClient-JS").await;
}

#[tokio::test]
async fn npm_intuit_oauth_works_when_the_network_leads_it_here() {
    by_network(packages::node("intuit-oauth.mjs"), "Intuit-OAuthClient-JS").await;
}

#[tokio::test]
async fn npm_node_quickbooks_works_by_its_settings() {
    by_settings(packages::node("node-quickbooks.mjs"), "node-quickbooks").await;
}

#[tokio::test]
async fn npm_node_quickbooks_works_when_the_network_leads_it_here() {
    by_network(packages::node("node-quickbooks.mjs"), "node-quickbooks").await;
}

#[tokio::test]
async fn pypi_intuit_oauth_works_by_its_settings() {
    by_settings(packages::python("intuit-oauth"), "Intuit-OAuthClient-1").await;
}

#[tokio::test]
async fn pypi_intuit_oauth_works_when_the_network_leads_it_here() {
    by_network(packages::python("intuit-oauth"), "Intuit-OAuthClient-1").await;
}

#[tokio::test]
async fn pypi_intuitlib_migration_works_by_its_settings() {
    moves(US_REALM, |_, sandbox| vec![("SANDBOX_URL", sandbox.url().to_owned())]).await;
}

#[tokio::test]
async fn pypi_intuitlib_migration_works_when_the_network_leads_it_here() {
    moves(UK_REALM, |network, _| {
        let authority = network.authority().display().to_string();
        vec![("HTTPS_PROXY", network.url()), ("REQUESTS_CA_BUNDLE", authority)]
    })
    .await;
}

/// `intuitlib.migration` moves a connection to this company, which was made under OAuth 1.0a.
async fn moves(realm: &str, way: impl FnOnce(&Network, &Sandbox) -> Vec<(&'static str, String)>) {
    let Some(mut script) = packages::script("intuit-oauth", "migration") else { return };
    let sandbox = sandbox(Config::default()).await;
    let network = Network::to(sandbox.address()).await;
    let token = sandbox.control().issue_legacy(realm, None).unwrap();
    script.env("COMPANY", realm).env("OAUTH_TOKEN", token.token).env("OAUTH_TOKEN_SECRET", token.secret);
    script.envs(way(&network, &sandbox));
    passes(script, &sandbox, "Intuit-OAuthClient-1").await;
}

#[tokio::test]
async fn pypi_python_quickbooks_works_by_its_settings() {
    by_settings(packages::python("python-quickbooks"), "python-quickbooks").await;
}

#[tokio::test]
async fn pypi_python_quickbooks_works_when_the_network_leads_it_here() {
    by_network(packages::python("python-quickbooks"), "python-quickbooks").await;
}

#[tokio::test]
async fn a_strict_client_passes_where_intuit_does() {
    by_settings(packages::node("strict.mjs"), "oauth4webapi").await;
}

#[tokio::test]
async fn a_strict_client_passes_where_the_sandbox_goes_beyond_intuit() {
    let Some(mut script) = packages::node("strict.mjs") else { return };
    let sandbox = sandbox(Config { pkce: Pkce::Required, iss_on_callback: true, ..Config::default() }).await;
    script.env("SANDBOX_URL", sandbox.url()).env("COMPANY", US_REALM).env("BEYOND", "Intuit");
    passes(script, &sandbox, "oauth4webapi").await;
}

/// Runs a script, for the company in the United States, whose client is told where the sandbox is.
async fn by_settings(script: Script, agent: &str) {
    let Some(mut script) = script else { return };
    let sandbox = sandbox(Config::default()).await;
    script.env("SANDBOX_URL", sandbox.url()).env("COMPANY", US_REALM);
    passes(script, &sandbox, agent).await;
}

/// Runs a script, for the British company, whose client is told nothing and asks for Intuit's own addresses.
async fn by_network(script: Script, agent: &str) {
    let Some(mut script) = script else { return };
    let sandbox = sandbox(Config::default()).await;
    let network = Network::to(sandbox.address()).await;
    script
        .env("COMPANY", UK_REALM)
        .env("HTTPS_PROXY", network.url())
        .env("NODE_EXTRA_CA_CERTS", network.authority())
        .env("REQUESTS_CA_BUNDLE", network.authority());
    passes(script, &sandbox, agent).await;
}

async fn sandbox(config: Config) -> Sandbox {
    let client = Client::new(ID, SECRET, vec![REDIRECT.to_owned()]);
    let clients = vec![client.with_consumer(CONSUMER_KEY, CONSUMER_SECRET)];
    start(Config { clients, ..config }).await.expect("the sandbox starts")
}

/// The script ends well, and it was the client itself that spoke with the sandbox.
async fn passes(mut script: Command, sandbox: &Sandbox, agent: &str) {
    let told = [
        ("CLIENT_ID", ID),
        ("CLIENT_SECRET", SECRET),
        ("REDIRECT_URI", REDIRECT),
        ("CONSUMER_KEY", CONSUMER_KEY),
        ("CONSUMER_SECRET", CONSUMER_SECRET),
    ];
    let Ok(output) = timeout(PATIENCE, script.envs(told).output()).await else {
        panic!("the script hangs after {:?}", sandbox.ledger().entries().last());
    };
    let output = output.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    let of_client = |name: Option<&str>| name.is_some_and(|name| name.starts_with(agent));
    let entries = sandbox.ledger().entries();
    assert!(entries.iter().any(|entry| of_client(entry.header("user-agent"))), "{agent} never came");
}

/// A program that is told nothing by the surroundings of the tests.
fn quiet(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in PROXIES.iter().chain(&["SANDBOX_URL", "NODE_OPTIONS", "PYTHONPATH"]) {
        command.env_remove(name);
    }
    command.kill_on_drop(true);
    command
}
