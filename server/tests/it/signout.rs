//! Signing out, and what becomes of the cookies and sockets of a session that is over.

use protocol::ids::EventSeq;
use protocol::message::{Intent, ServerMessage};
use sandbox::UK_COMPANY;
use serde_json::{Value, json};

use crate::client::SOON;
use crate::quick::Quick;
use crate::world::{ALL, World};

fn sign_out(world: &World, cookie: &str) -> reqwest::RequestBuilder {
    let asked = world.http.post(world.at("/signout")).header("cookie", cookie).header("x-patchbay", "1");
    asked.header("origin", world.running.url()).header("sec-fetch-site", "same-origin")
}

fn set_cookies(answer: &reqwest::Response) -> Vec<String> {
    let set = answer.headers().get_all("set-cookie").iter();
    set.map(|value| value.to_str().expect("text").to_owned()).collect()
}

/// A fresh link for a person, used up; gives the answer.
async fn enter(world: &World, person: &str, cookie: &str) -> reqwest::Response {
    let wish = json!({ "tenant": "riverside", "tenant_name": "Riverside Cycles",
        "visitor": { "id": person, "name": person }, "permissions": ["view"] });
    let asked = world.http.post(world.at("/api/v1/links")).bearer_auth(&world.key).json(&wish);
    let link: Value = asked.send().await.expect("an answer").json().await.expect("JSON");
    let pressed = world.http.post(link["url"].as_str().expect("a link")).header("cookie", cookie);
    let pressed = pressed.header("origin", world.running.url()).header("sec-fetch-site", "same-origin");
    let answer = pressed.send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 303);
    answer
}

/// The pair of the session's cookie.
fn session(answer: &reqwest::Response) -> String {
    let set = set_cookies(answer);
    let found = set.iter().find(|cookie| cookie.starts_with("__Host-patchbay=")).expect("a session");
    found.split(';').next().expect("a pair").to_owned()
}

async fn welcome(world: &World, cookie: &str) -> bool {
    let request = crate::client::upgrade(world, Some(cookie), Some(&world.running.url()));
    let mut socket = crate::client::open(world, request).await.expect("upgraded");
    let hello = r#"{"id":"h","message":{"Hello":{"build":"dev","auth":"Cookie","cursor":null}}}"#;
    let said = tokio_tungstenite::tungstenite::Message::text(hello);
    futures_util::SinkExt::send(&mut socket, said).await.expect("sent");
    let answer = crate::client::hear(&mut socket).await.expect("an answer").message;
    matches!(answer, ServerMessage::Welcome(_))
}

#[tokio::test]
async fn se_03_signing_out_ends_the_session_and_its_sockets_within_a_second() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let elsewhere = world.person("riverside", "Zoë", ALL).await;
    let (mut one, mut two) = (world.socket(&zoe).await, world.socket(&zoe).await);
    let mut other = world.socket(&elsewhere).await;
    let answer = sign_out(&world, &zoe.cookie).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 204);
    let closed = async {
        for socket in [&mut one, &mut two] {
            socket.until(|message| matches!(message, ServerMessage::SessionEnded).then_some(())).await;
            assert_eq!(socket.closed().await.map(|close| u16::from(close.code)), Some(1000));
        }
    };
    tokio::time::timeout(SOON, closed).await.expect("soon");
    assert!(!welcome(&world, &zoe.cookie).await, "the cookie stands for nothing");
    other.ask(Intent::MarkRead { upto: EventSeq(1) }).await.expect("her other browser goes on");
}

#[tokio::test]
async fn hd_04_signing_out_clears_what_the_browser_keeps() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let cookies = format!("{}; __Host-attempt={}", zoe.cookie, "A".repeat(43));
    let answer = sign_out(&world, &cookies).send().await.expect("an answer");
    assert_eq!(answer.headers()["clear-site-data"], "\"storage\"");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let mut set = set_cookies(&answer);
    set.sort();
    assert_eq!(set.len(), 2, "{set:?}");
    for (cookie, name) in set.iter().zip(["__Host-attempt=;", "__Host-patchbay=;"]) {
        assert!(cookie.starts_with(name) && cookie.contains("Max-Age=0"), "{cookie}");
    }
    let again = sign_out(&world, &zoe.cookie).send().await.expect("an answer");
    assert_eq!(again.status().as_u16(), 204, "twice is no mistake");
}

#[tokio::test]
async fn se_02_every_entering_begins_a_session_of_its_own_and_ends_the_one_before() {
    let world = World::start().await;
    let fixed = "__Host-patchbay=chosen-by-somebody-else";
    let first = session(&enter(&world, "Zoë", fixed).await);
    assert!(!first.contains("chosen") && !welcome(&world, fixed).await);
    assert!(welcome(&world, &first).await);
    let second = session(&enter(&world, "Zoë", &first).await);
    assert_ne!(first, second);
    assert!(welcome(&world, &second).await && !welcome(&world, &first).await, "the old one is dead");
}

#[tokio::test]
async fn se_01_every_cookie_that_is_set_has_all_its_flags() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let mut set = set_cookies(&enter(&quick.world, "Zoë", "").await);
    let ticket = quick.ticket(&ann).await;
    set.extend(set_cookies(&quick.post_connect(&ticket, "").await));
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let returned = quick.world.http.get(back).header("cookie", &away.cookie).send().await.expect("an answer");
    set.extend(set_cookies(&returned));
    set.extend(set_cookies(&sign_out(&quick.world, &ann.cookie).send().await.expect("an answer")));
    assert_eq!(set.len(), 5, "entering, connecting, coming back, and two at signing out: {set:?}");
    for cookie in set {
        let (pair, flags) = cookie.split_once("; ").expect("flags");
        assert!(pair.starts_with("__Host-patchbay=") || pair.starts_with("__Host-attempt="), "{cookie}");
        let flags: Vec<&str> = flags.split("; ").collect();
        for flag in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(flags.contains(&flag), "{flag} is missing: {cookie}");
        }
        let age = flags.iter().find_map(|flag| flag.strip_prefix("Max-Age=")).expect("an age");
        assert!(age.parse::<u64>().expect("seconds") <= 86_400, "{cookie}");
        assert!(!cookie.contains("Domain") && !cookie.contains("Expires"), "{cookie}");
        assert!(cookie.len() <= 4096, "{} bytes", cookie.len());
    }
}
