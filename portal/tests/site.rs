//! The portal over real HTTP, with no proxy behind it: what a person sees then.

use std::net::{Ipv4Addr, TcpListener};

use portal::{Config, Running};
use reqwest::{Response, StatusCode};

const STORE: &str = "http://store.localhost:7300";
const KEY: &str = "pk_secret_of_the_backend";
/// The secret of the example that Standard Webhooks' own libraries are tested with.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PAGES: [&str; 7] = ["/", "/products", "/orders", "/customers", "/suppliers", "/taxes", "/integrations"];
const FILES: [&str; 3] = ["/portal.css", "/portal.js", "/logo.svg"];

/// A portal whose proxy is not there: its address was free a moment ago.
async fn portal_without_proxy() -> Running {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let nobody = free.local_addr().expect("its address");
    drop(free);
    let config = Config {
        listen: (Ipv4Addr::LOCALHOST, 0).into(),
        proxy_url: format!("http://{nobody}"),
        store_url: STORE.to_owned(),
        api_key: KEY.to_owned(),
        public_url: "http://portal.localhost:0".to_owned(),
        webhook_secret: Some(SECRET.to_owned()),
    };
    portal::start(config).await.expect("a portal on a free port")
}

async fn get(running: &Running, path: &str) -> Response {
    let url = format!("http://{}{path}", running.address());
    reqwest::get(url).await.expect("an answer")
}

#[tokio::test]
async fn every_page_is_served_and_hardened() {
    let running = portal_without_proxy().await;
    for path in PAGES.into_iter().chain(FILES) {
        let answer = get(&running, path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()["cross-origin-opener-policy"], "same-origin", "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().expect("plain text");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains(&format!("frame-src {STORE};")), "{path}: {policy}");
    }
    assert_eq!(get(&running, "/nothing-here").await.status(), StatusCode::NOT_FOUND);
    running.stop().await.expect("a clean end");
}

#[tokio::test]
async fn the_api_key_stands_in_no_page_and_no_file() {
    let running = portal_without_proxy().await;
    for path in PAGES.into_iter().chain(FILES).chain(["/nothing-here"]) {
        let text = get(&running, path).await.text().await.expect("a page");
        assert!(!text.is_empty() && !text.contains(KEY), "{path}: {text}");
    }
    running.stop().await.expect("a clean end");
}

#[tokio::test]
async fn the_page_names_organisation_and_person() {
    let running = portal_without_proxy().await;
    let text = get(&running, "/integrations").await.text().await.expect("a page");
    assert!(text.contains("Harbour &amp; Sons Ltd") && text.contains("Ada Marsh"));
    assert!(text.contains("<patchbay-store portal=\"demo\"") && text.contains("Open in a page of its own"));
    assert!(text.contains("Waiting for the integration store"));
    running.stop().await.expect("a clean end");
}

#[tokio::test]
async fn opening_without_a_proxy_says_so_and_keeps_key_and_address() {
    let running = portal_without_proxy().await;
    let url = format!("http://{}/integrations/open", running.address());
    let answer = reqwest::Client::new().post(url).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    let text = answer.text().await.expect("a page");
    assert!(text.contains("Patchbay cannot be reached"), "{text}");
    assert!(!text.contains(KEY) && !text.contains("127.0.0.1"), "{text}");
    running.stop().await.expect("a clean end");
}

#[tokio::test]
async fn sending_without_a_proxy_says_so_and_keeps_key_and_address() {
    let running = portal_without_proxy().await;
    let url = format!("http://{}/integrations/send", running.address());
    let text = reqwest::Client::new().post(url).send().await.expect("a page").text().await.expect("words");
    assert!(text.contains("Patchbay cannot be reached"), "{text}");
    assert!(!text.contains(KEY) && !text.contains("127.0.0.1"), "{text}");
    running.stop().await.expect("a clean end");
}

#[tokio::test]
async fn a_session_is_given_to_our_own_script_alone() {
    let running = portal_without_proxy().await;
    let url = format!("http://{}/patchbay/session", running.address());
    let forged = reqwest::Client::new().post(&url).send().await.expect("an answer");
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    assert_eq!(get(&running, "/patchbay/session").await.status(), StatusCode::METHOD_NOT_ALLOWED);
    let asked = reqwest::Client::new().post(&url).header("x-northwind", "1").send().await.expect("an answer");
    assert_eq!(asked.status(), StatusCode::BAD_GATEWAY, "its proxy is not there");
    assert_eq!(asked.text().await.expect("words"), "Patchbay cannot be reached at the moment");
    running.stop().await.expect("a clean end");
}

#[tokio::test]
async fn a_link_is_never_minted_by_following_one() {
    let running = portal_without_proxy().await;
    let answer = get(&running, "/integrations/open").await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    running.stop().await.expect("a clean end");
}

#[tokio::test]
async fn a_taken_port_is_told_by_its_address() {
    let running = portal_without_proxy().await;
    let config = Config {
        listen: running.address(),
        proxy_url: "http://127.0.0.1:1".to_owned(),
        store_url: STORE.to_owned(),
        api_key: String::new(),
        public_url: "http://portal.localhost:0".to_owned(),
        webhook_secret: Some(SECRET.to_owned()),
    };
    let Err(problem) = portal::start(config).await else { panic!("the port is taken") };
    assert!(problem.to_string().contains(&running.address().to_string()), "{problem}");
    running.stop().await.expect("a clean end");
}

#[tokio::test]
async fn the_public_address_has_the_real_port() {
    let running = portal_without_proxy().await;
    let expected = format!("http://portal.localhost:{}", running.address().port());
    assert_eq!(running.url(), expected);
    running.stop().await.expect("a clean end");
}

#[tokio::test]
async fn a_webhook_that_nobody_signed_just_now_is_refused() {
    let running = portal_without_proxy().await;
    let url = format!("http://{}/patchbay/webhooks", running.address());
    let client = reqwest::Client::new();
    // The standard's own example is signed with our secret, years ago.
    let old = client
        .post(&url)
        .header("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
        .header("webhook-timestamp", "1614265330")
        .header("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    for asked in [client.post(&url), old.body("{\"test\": 2432232314}")] {
        assert_eq!(asked.send().await.expect("an answer").status(), StatusCode::BAD_REQUEST);
    }
    let page = get(&running, "/integrations").await.text().await.expect("a page");
    assert!(page.contains("Nothing yet.") && !page.contains(&SECRET[6..]), "{page}");
    running.stop().await.expect("a clean end");
}
