//! The public address: a real upgrade to a WebSocket with our own `Origin`, through whatever stands in
//! front of the proxy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header;
use protocol::SUBPROTOCOL_JSON;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{Finding, lost};
use crate::clock::Clock;
use crate::config::Config;
use crate::providers::client::probe::{Probe, Sight};
use crate::store::checkup::is_in_use;

const CHECK: &str = "socket";

pub(super) async fn examine(config: &Config, probe: &Probe, clock: &Clock) -> Vec<Finding> {
    let url = &config.server.public_url;
    let running = config.storage.path.exists() && is_in_use(&config.storage.path).unwrap_or_default();
    if !running {
        let says = format!("{url} was not looked at, since no proxy runs here");
        return vec![Finding::warning(CHECK, says, "start the proxy and run this again")];
    }
    let origin = url.origin().ascii_serialization();
    let key = STANDARD.encode(clock.random::<16>());
    let request = http::Request::get(format!("{origin}/socket"))
        .header(header::ORIGIN, origin.as_str())
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, key.as_str())
        .header(header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL_JSON)
        .body(Vec::new());
    let Ok(request) = request else {
        return vec![Finding::problem(
            CHECK,
            "the public address is no address",
            "correct [server] public_url",
        )];
    };
    vec![match probe.look(request).await {
        Ok(sight) => judged(&origin, &sight, &derive_accept_key(key.as_bytes())),
        Err(trouble) => {
            let (says, remedy) = lost(&trouble, "the public address", url.host_str().unwrap_or_default());
            let remedy =
                format!("{remedy}. Visitors may reach it all the same, if this machine alone cannot");
            Finding::problem(CHECK, says, remedy)
        }
    }]
}

fn judged(origin: &str, sight: &Sight, accept: &str) -> Finding {
    let is = |name: &header::HeaderName, wanted: &str| {
        sight.headers.get(name).is_some_and(|value| value.as_bytes() == wanted.as_bytes())
    };
    let upgraded =
        is(&header::SEC_WEBSOCKET_ACCEPT, accept) && is(&header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL_JSON);
    let problem = |says: String, remedy: &str| Finding::problem(CHECK, says, remedy);
    match sight.status {
        101 if upgraded => Finding::ok(CHECK, format!("{origin}/socket opens, with our Origin")),
        101 => problem(
            format!("{origin}/socket is upgraded by somebody else than Patchbay"),
            "lead the public address to the proxy's [server] listen",
        ),
        400 | 426 => problem(
            format!("{origin}/socket is asked without Upgrade (status {})", sight.status),
            "have the TLS proxy in front pass on Upgrade and Connection, and speak HTTP/1.1 to the proxy",
        ),
        403 => problem(
            format!("{origin}/socket refuses our Origin"),
            "the proxy that answers has another public_url: restart it, and let the TLS proxy in front pass on Origin unchanged",
        ),
        429 => Finding::warning(
            CHECK,
            format!("{origin}/socket says that too much is asked for"),
            "run this again in a minute; if it stays so, look at [limits] and trusted_proxies",
        ),
        502..=504 => problem(
            format!("what stands at {origin} finds no proxy behind it (status {})", sight.status),
            "lead it to the proxy's [server] listen, and check that the proxy runs",
        ),
        status => problem(
            format!("{origin}/socket answers with status {status} and no upgrade"),
            "check that the public address leads to this proxy, with every path",
        ),
    }
}
