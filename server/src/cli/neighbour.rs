//! `serve --sandbox`: QuickBooks, played inside this process, for the registrations of the
//! environment `local`.

use crate::config::Config;

/// What runs beside the proxy; ends when it is dropped.
#[cfg(feature = "sandbox")]
pub(super) type Neighbour = sandbox::Sandbox;
/// What would run beside the proxy.
#[cfg(not(feature = "sandbox"))]
pub(super) type Neighbour = std::convert::Infallible;

/// Starts the sandbox and points the local registrations at it.
#[cfg(feature = "sandbox")]
pub(super) async fn start(mut config: Config) -> Result<(Config, Option<Neighbour>), String> {
    let store = config.server.public_url.origin().ascii_serialization();
    let local = || config.registrations.iter().filter(|registration| registration.environment == "local");
    let clients = local().map(|registration| {
        let redirect = format!("{store}/callback/{}", registration.id);
        let client = registration
            .client_secret
            .lend(|secret| sandbox::Client::new(registration.client_id.as_str(), secret, vec![redirect]));
        let client = match &registration.consumer {
            Some(old) => old.secret.lend(|secret| client.with_consumer(old.key.as_str(), secret)),
            None => client,
        };
        let notices = format!("{store}/notices/{}", registration.id);
        match &registration.verifier_token {
            Some(token) => token.lend(|token| client.with_webhooks(notices, token)),
            None => client,
        }
    });
    let settings = sandbox::Config {
        listen: config.sandbox.listen,
        public_url: config.sandbox.public_url.as_ref().map(|url| url.origin().ascii_serialization()),
        clients: clients.collect(),
        latency_per_page: config.sandbox.latency,
        ..sandbox::Config::default()
    };
    if settings.clients.is_empty() {
        return Err("--sandbox needs a [[registrations]] entry with environment = \"local\"".to_owned());
    }
    let sandbox = sandbox::start(settings)
        .await
        .map_err(|error| format!("the sandbox cannot start: {error}. Set another [sandbox] listen."))?;
    let origin = sandbox.url().parse().map_err(|_| "the sandbox's address is not a URL".to_owned())?;
    for registration in config.registrations.iter_mut().filter(|one| one.environment == "local") {
        registration.origin = Some(url::Url::clone(&origin));
    }
    tracing::info!(url = sandbox.url(), "QuickBooks is played here");
    Ok((config, Some(sandbox)))
}

/// This build has no sandbox in it.
#[cfg(not(feature = "sandbox"))]
#[expect(clippy::unused_async, reason = "the same call as with the feature")]
pub(super) async fn start(_config: Config) -> Result<(Config, Option<Neighbour>), String> {
    Err("this build has no sandbox in it; build with --features sandbox".to_owned())
}
