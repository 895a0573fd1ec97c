//! Providers that describe themselves: badly, late, or not at all. The proxy starts all the same, and so do
//! the others.

use sandbox::UK_COMPANY;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::played::Played;
use super::{ENTRY, SECOND, SECTIONS, Second, planned, registration};
use crate::quick::{CLIENT, Quick, SECRET, quickbooks};
use crate::tokens::eventually;

const KEYS: (&str, &str) = ("us", "secret");

/// Descriptions that are refused, and the word of the sentence that says why.
fn bad() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("issuer", json!("https://evil.example"), "another issuer, \"https://evil.example\""),
        ("token_endpoint", json!("http://evil.example/token"), "its token_endpoint is not https"),
        ("token_endpoint", json!("https://evil.example/token"), "on another host, \"evil.example\""),
        ("token_endpoint", json!("http://127.0.0.1:1/token"), "on another host"),
        ("jwks_uri", json!("https://evil.example/jwks"), "its jwks_uri is on another host"),
        ("userinfo_endpoint", json!("http://169.254.169.254/me"), "its userinfo_endpoint is not https"),
        (
            "revocation_endpoint",
            json!("https://evil.example/r"),
            "its revocation_endpoint is on another host",
        ),
        ("authorization_endpoint", json!("javascript:alert(1)"), "its authorization_endpoint is not https"),
    ]
}

#[tokio::test]
async fn oa_11_a_provider_that_describes_somebody_else_is_refused_and_the_others_work() {
    let mut plan = planned(ENTRY).await;
    let clients = vec![sandbox::Client::new(CLIENT, SECRET, vec![format!("{}/callback/qbo", plan.url())])];
    let sandbox = sandbox::start(quickbooks(clients)).await.expect("the sandbox starts");
    plan = plan.register(crate::quick::registration("qbo", sandbox.url()));
    let mut players = Vec::new();
    for (index, (key, value, _)) in bad().into_iter().enumerate() {
        let played = Played::start().await;
        played.describes(|metadata| metadata[key] = value);
        let id = if index == 0 { SECOND.to_owned() } else { format!("bad-{index}") };
        plan = plan.register(registration(&id, &played.origin, KEYS));
        players.push((id, played));
    }
    let second = Second { world: plan.start().await };
    let app = second.world.app();
    for ((id, played), (_, _, told)) in players.iter().zip(bad()) {
        let problem = || app.registrations.get(id).expect("registered").problem().expect("it is refused");
        eventually(|| async { problem().contains(told) }).await;
        assert_eq!((played.asked("/token"), played.asked("/jwks"), played.asked("/me")), (0, 0, 0));
    }
    let told = server::doctor::examine(Ok(&app.config), &second.world.clock).await;
    for ((id, _), (_, _, why)) in players.iter().zip(bad()) {
        let says = |finding: &server::doctor::Finding| {
            finding.says.starts_with(&format!("{id}: ")) && finding.says.contains(why)
        };
        assert!(told.iter().any(says), "the doctor says nothing of {id}: {told:#?}");
    }
    let ann = second.ann().await;
    let refused = second.press(&ann).await;
    assert_eq!(refused.status(), 503);
    assert!(refused.text().await.expect("a page").contains("Ledgerly cannot be reached"));
    let quick = Quick { world: second.world, sandbox };
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    // As soon as it describes itself as it should, it can be used: pressing Connect has it read again.
    players[0].1.describes(|_| {});
    let second = Second { world: quick.world };
    eventually(|| async {
        second.press(&ann).await;
        second.problem().is_none()
    })
    .await;
    assert_eq!(second.press(&ann).await.status(), 200);
}

#[tokio::test]
async fn oa_11_a_description_is_read_within_limits_and_through_no_redirect() {
    let mut plan = planned(ENTRY).await;
    let mut players = Vec::new();
    for (id, (status, body), told) in [
        ("moved", (302, String::new()), "status 302"),
        ("missing", (404, "{}".to_owned()), "status 404"),
        ("broken", (500, String::new()), "status 500"),
        ("page", (200, "<html>".to_owned()), "not a JSON document"),
        ("huge", (200, " ".repeat(70_000)), "too long"),
    ] {
        let played = Played::start().await;
        played.answers(status, body);
        plan = plan.register(registration(id, &played.origin, KEYS));
        players.push((id, told, played));
    }
    let world = plan.start().await;
    for (id, told, played) in &players {
        let app = world.app();
        let problem = || app.registrations.get(id).expect("registered").problem().expect("it is refused");
        eventually(|| async { problem().contains(told) }).await;
        assert_eq!(played.asked("/elsewhere"), 0);
    }
}

#[tokio::test]
async fn a_proxy_starts_while_its_provider_is_down_and_goes_on_when_it_is_there() {
    let reserved = crate::ports::listener();
    let address = reserved.local_addr().expect("bound");
    drop(reserved);
    let plan = planned(&format!("{ENTRY}{SECTIONS}")).await;
    let plan = plan.register(registration(SECOND, &format!("http://{address}"), KEYS));
    let second = Second { world: plan.start().await };
    eventually(|| async { second.problem().is_some_and(|told| told.contains("no connection")) }).await;
    let ready = second.world.http.get(second.world.at("/readyz")).send().await.expect("an answer");
    assert_eq!(ready.status(), 200, "what else it serves can be served");
    let ann = second.ann().await;
    assert_eq!(second.press(&ann).await.status(), 503);
    let played = Played::on(crate::ports::again(address).await);
    eventually(|| async {
        second.press(&ann).await;
        second.problem().is_none()
    })
    .await;
    assert_eq!(second.press(&ann).await.status(), 200);
    assert_eq!(played.asked("/token"), 0);
}

#[tokio::test]
async fn rf_16_a_provider_whose_tls_is_bad_is_told_by_what_is_bad() {
    let (old, own) = (old_tls().await, self_signed().await);
    let mut plan = planned(ENTRY).await;
    for (id, port) in [("old", old), ("own", own)] {
        plan = plan.register(registration(id, &format!("https://localhost:{port}"), KEYS));
    }
    let world = plan.start().await;
    for (id, told) in
        [("old", "neither TLS 1.2 nor 1.3"), ("own", "signed by nobody that this machine trusts")]
    {
        let app = world.app();
        let problem = || app.registrations.get(id).expect("registered").problem().expect("it is refused");
        eventually(|| async { problem().contains(told) }).await;
    }
}

/// Answers every greeting with an alert of TLS 1.0, `protocol_version` (RFC 2246, 7.2).
async fn old_tls() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut hello = [0; 2048];
            let _ = stream.read(&mut hello).await;
            let _ = stream.write_all(b"\x15\x03\x01\x00\x02\x02\x46").await;
        }
    });
    port
}

/// Speaks good TLS under a certificate that only it knows.
async fn self_signed() -> u16 {
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::PrivateKeyDer;

    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.into()], key)
        .expect("a configuration");
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(acceptor.accept(stream).await);
        }
    });
    port
}
