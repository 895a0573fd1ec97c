//! Answers that come to the wrong door, or with somebody's text in them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::store::ConnectionState;
use sandbox::{Entry, Sandbox, UK_COMPANY};
use server::config::Registration;
use server::vault::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::{Url, form_urlencoded};

use crate::overheard::Overheard;
use crate::quick::{CLIENT, Quick, SECRET, TOKEN, quickbooks, registration, result};
use crate::world::Plan;

#[tokio::test]
async fn oa_10_an_answer_at_another_registration_is_refused() {
    let plan = Plan::new().await;
    let url = plan.url();
    let start = |id: &str| {
        let clients = vec![sandbox::Client::new(CLIENT, SECRET, vec![format!("{url}/callback/{id}")])];
        sandbox::start(quickbooks(clients))
    };
    let (honest, other) = (start("qbo").await.unwrap(), start("other").await.unwrap());
    let plan = plan.register(registration("qbo", honest.url())).register(registration("other", other.url()));
    let quick = Quick { world: plan.start().await, sandbox: honest };
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let crossed = Url::parse(&back.as_str().replace("/callback/qbo", "/callback/other")).unwrap();
    assert_eq!(quick.visit(&crossed, &away.cookie).await.status, 400);
    assert!(other.ledger().entries().is_empty());
    assert_eq!(quick.calls(TOKEN), 0);
    assert_eq!(quick.visit(&back, &away.cookie).await.status, 303);
}

#[tokio::test]
async fn oa_14_a_providers_text_is_never_repeated() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let state = away.authorize.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let mut back = Url::parse(&quick.world.at("/callback/qbo")).unwrap();
    back.query_pairs_mut()
        .append_pair("state", &state)
        .append_pair("error", "<script>alert(1)</script>")
        .append_pair("error_description", "<img src=x onerror=alert(1)>\r\nset-cookie: a=b");
    let seen = quick.visit(&back, &away.cookie).await;
    assert_eq!(result(&seen.location), "refused");
    assert!(!format!("{:?}", seen.headers).contains("alert"));
}

/// Everything that a sandbox saw, as text; credentials of HTTP Basic in the clear.
fn everything_seen_by(sandbox: &Sandbox) -> String {
    let told = |entry: &Entry| {
        let basic = entry.header("authorization").and_then(|value| value.strip_prefix("Basic "));
        let basic = basic.map(|encoded| STANDARD.decode(encoded).expect("base64"));
        let basic = basic.map(|pair| String::from_utf8(pair).expect("text")).unwrap_or_default();
        let forms = [entry.query.as_str(), &entry.body, &basic].map(|text| {
            let decoded = form_urlencoded::parse(text.as_bytes());
            decoded.map(|(name, value)| format!("{name}={value}&")).collect::<Vec<_>>().concat()
        });
        format!("{} {} {basic} {:?}\n", entry.path, forms.concat(), entry.headers)
    };
    sandbox.ledger().entries().iter().map(told).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn oa_10_a_mixed_up_provider_gets_no_credential_of_another() {
    let plan = Plan::new().await;
    let url = plan.url();
    let start = |id: &str, client: &str, secret: &str| {
        let clients = vec![sandbox::Client::new(client, secret, vec![format!("{url}/callback/{id}")])];
        sandbox::start(quickbooks(clients))
    };
    let honest = start("qbo", CLIENT, SECRET).await.unwrap();
    let evil = start("evil", "client-of-evil", "secret-of-evil").await.unwrap();
    let begun = Registration {
        client_id: "client-of-evil".to_owned(),
        client_secret: Secret::new("secret-of-evil"),
        ..registration("evil", evil.url())
    };
    let plan = plan.register(begun).register(registration("qbo", honest.url()));
    let quick = Quick { world: plan.start().await, sandbox: honest };
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    assert!(away.authorize.as_str().starts_with(evil.url()));
    // The evil provider sends the browser on to the honest one, with the state that it was given.
    let mut onwards = Url::parse(&format!("{}/connect/oauth2", quick.sandbox.url())).unwrap();
    for (name, value) in away.authorize.query_pairs() {
        let value = match &*name {
            "client_id" => CLIENT.to_owned(),
            "redirect_uri" => quick.world.at("/callback/qbo"),
            _ => value.into_owned(),
        };
        onwards.query_pairs_mut().append_pair(&name, &value);
    }
    let back = sandbox::consent(onwards.as_str(), UK_COMPANY).await.unwrap();
    assert_eq!(quick.visit(&back, &away.cookie).await.status, 400);
    assert!(evil.ledger().to(TOKEN).is_empty() && quick.calls(TOKEN) == 0);
    // Even a code that reached the wrong door goes to its own provider with its own credentials.
    let crossed = Url::parse(&back.as_str().replace("/callback/qbo", "/callback/evil")).unwrap();
    assert_eq!(result(&quick.visit(&crossed, &away.cookie).await.location), "refused");
    assert_eq!(quick.calls(TOKEN), 0);
    let seen = everything_seen_by(&evil);
    assert!(seen.contains("secret-of-evil"), "its own credentials it does see: {seen}");
    for credential in [CLIENT, SECRET] {
        assert!(!seen.contains(credential), "{credential} reached {}", evil.url());
    }
    assert!(!quick.row(&ann).await.live);
}

#[tokio::test]
async fn oa_14_a_huge_description_is_cut_off_and_costs_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let state = away.authorize.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let long = |length: usize| {
        let text = "x".repeat(length);
        format!("/callback/qbo?state={state}&error=access_denied&error_description={text}")
    };
    let head = format!(
        "GET {} HTTP/1.1\r\nhost: x\r\ncookie: {}\r\nconnection: close\r\n\r\n",
        long(1_000_000),
        away.cookie
    );
    let mut stream = TcpStream::connect(quick.world.running.address()).await.unwrap();
    let (mut reading, mut writing) = stream.split();
    let mut answer = Vec::new();
    // The proxy hangs up in the middle of it, which is its right.
    let (_sent, _read) = tokio::join!(writing.write_all(head.as_bytes()), reading.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer:.80}");
    assert!(matches!(quick.view(&ann).await.state, ConnectionState::Authorizing { .. }), "nothing was taken");
    let bearable = Url::parse(&quick.world.at(&long(16_000))).unwrap();
    let seen = quick.visit(&bearable, &away.cookie).await;
    assert_eq!(result(&seen.location), "cancelled");
    assert!(!format!("{:?}", seen.headers).contains("xxx"));
}

#[tokio::test]
async fn oa_14_nothing_from_the_query_is_written_into_a_page_or_a_log() {
    let log = Overheard::default();
    let _listening = log.listen();
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let evil = "<script>alert(4711)</script>\r\n\u{1b}[31mset-cookie: a=4711";
    let mut stray = Url::parse(&quick.world.at("/callback/qbo")).unwrap();
    stray.query_pairs_mut().append_pair("state", evil).append_pair("error", evil);
    let mut told = Url::parse(&quick.world.at("/connected")).unwrap();
    told.query_pairs_mut()
        .append_pair("result", "refused")
        .append_pair("integration", evil)
        .append_pair("portal", evil)
        .append_pair("error_description", evil);
    let mut unknown = Url::parse(&quick.world.at("/connected")).unwrap();
    unknown.query_pairs_mut().append_pair("result", evil);
    for (url, status) in [(&stray, 400), (&told, 200), (&unknown, 404)] {
        let answer = quick.world.http.get(url.clone()).send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert!(!format!("{:?}", answer.headers()).contains("4711"));
        assert!(!answer.text().await.unwrap().contains("4711"), "{url}");
    }
    let mut refused = stray.clone();
    refused.query_pairs_mut().clear().extend_pairs(back.query_pairs().filter(|(name, _)| name == "state"));
    refused.query_pairs_mut().append_pair("error", evil).append_pair("error_description", evil);
    assert_eq!(result(&quick.visit(&refused, &away.cookie).await.location), "refused");
    quick.connect(&ann, UK_COMPANY).await;
    let said = log.said();
    assert!(said.contains("an attempt to connect ended"), "the log was overheard");
    assert!(!said.contains("4711"), "the log repeats what came in the query");
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let ours = [away.cookie.split_once('=').unwrap().1.to_owned(), code, SECRET.to_owned()];
    for secret in quick.sandbox.ledger().secrets().iter().chain(&ours) {
        assert!(!said.contains(secret.as_str()), "a secret is in the log: {secret:.6}...");
    }
}
