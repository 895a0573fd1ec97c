//! One-time links and the sessions that they begin.

use reqwest::Response;
use serde_json::{Value, json};

use crate::world::{ALL, World};

async fn api(world: &World, body: &Value) -> Response {
    let asked = world.http.post(world.at("/api/v1/links")).bearer_auth(&world.key);
    asked.json(body).send().await.expect("an answer")
}

fn wish(person: &str) -> Value {
    json!({
        "tenant": "riverside", "tenant_name": "Riverside Cycles",
        "visitor": { "id": person, "name": person, "email": "a@example.com" },
        "permissions": ["view", "connect"], "locale": "en-GB",
    })
}

/// A fresh link for a person.
async fn link(world: &World, person: &str) -> String {
    let answer = api(world, &wish(person)).await;
    assert_eq!(answer.status().as_u16(), 201);
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["expires_at"], "2025-11-24T16:10:00Z");
    body["url"].as_str().expect("a link").to_owned()
}

async fn look(world: &World, link: &str, cookie: &str) -> (u16, String) {
    let answer = world.http.get(link).header("cookie", cookie).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

async fn press(world: &World, link: &str, cookie: &str) -> Response {
    let asked = world.http.post(link).header("cookie", cookie).header("origin", world.running.url());
    asked.header("sec-fetch-site", "same-origin").send().await.expect("an answer")
}

#[tokio::test]
async fn a_link_opens_the_store_once() {
    let world = World::start().await;
    let link = link(&world, "Zoë <b>").await;
    for _mail_scanner in 0..3 {
        let (status, page) = look(&world, &link, "").await;
        assert_eq!(status, 200);
        assert!(page.contains("Zoë &lt;b&gt; of Riverside Cycles"), "{page}");
    }
    let entered = press(&world, &link, "").await;
    assert_eq!(
        (entered.status().as_u16(), &entered.headers()["location"]),
        (303, &"/".parse().expect("a value"))
    );
    let cookie = entered.headers()["set-cookie"].to_str().expect("text").to_owned();
    assert!(cookie.starts_with("__Host-patchbay=") && !cookie.contains("Domain"), "{cookie}");
    for flag in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    let again = press(&world, &link, "").await;
    assert_eq!(again.status().as_u16(), 410);
    assert!(again.text().await.expect("text").contains("open the store there again"));
}

#[tokio::test]
async fn a_link_pressed_fifty_times_at_once_opens_one_session() {
    let world = World::start().await;
    let link = link(&world, "Zoë").await;
    let pressed = futures_util::future::join_all((0..50).map(|_| press(&world, &link, ""))).await;
    let opened = pressed.iter().filter(|answer| answer.status().as_u16() == 303).count();
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn an_expired_or_forged_link_says_what_to_do() {
    let world = World::start().await;
    let link = link(&world, "Zoë").await;
    world.clock.advance(600_000);
    for link in [link, world.at("/enter/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")] {
        let (status, page) = look(&world, &link, "").await;
        assert_eq!(status, 410);
        assert!(page.contains("open the store there again"), "{page}");
        assert_eq!(press(&world, &link, "").await.status().as_u16(), 410);
    }
}

#[tokio::test]
async fn oa_01_a_session_of_somebody_else_is_never_replaced_silently() {
    let world = World::start().await;
    let victim = world.person("brook", "Victim", ALL).await;
    let link = link(&world, "Attacker").await;
    let (_, page) = look(&world, &link, &victim.cookie).await;
    assert!(page.contains("Victim of brook Cycles is signed in"), "{page}");
    assert_eq!(press(&world, &link, &victim.cookie).await.status().as_u16(), 303);
    let (_, page) = look(&world, &link, &victim.cookie).await;
    assert!(!page.contains("where you are signed in"), "the old session is dead: {page}");
}

#[tokio::test]
async fn se_05_only_our_own_page_may_use_a_link_up() {
    let world = World::start().await;
    let link = link(&world, "Zoë").await;
    let ours = world.running.url();
    for (origin, site) in [
        (None, Some("same-origin")),
        (Some("null"), Some("same-origin")),
        (Some("http://evil.example"), Some("cross-site")),
        (Some(ours.as_str()), None),
        (Some(ours.as_str()), Some("cross-site")),
    ] {
        let mut asked = world.http.post(&link);
        for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
            if let Some(value) = value {
                asked = asked.header(name, value);
            }
        }
        assert_eq!(asked.send().await.expect("an answer").status().as_u16(), 403, "{origin:?} {site:?}");
    }
    assert_eq!(press(&world, &link, "").await.status().as_u16(), 303);
}

#[tokio::test]
async fn a_request_that_breaks_a_rule_is_told_as_a_problem() {
    let world = World::start().await;
    let broken = [
        ("visitor", json!({ "id": "", "name": "Zoë" })),
        ("visitor", json!({ "id": "1", "name": "Zoë", "role": "admin" })),
        ("permissions", json!(["connect"])),
        ("permissions", json!(["view", "everything"])),
        ("locale", json!("<script>")),
        ("tenant_id", json!(7)),
    ];
    for (field, value) in broken {
        let mut body = wish("Zoë");
        body[field] = value.clone();
        let answer = api(&world, &body).await;
        assert_eq!(answer.status().as_u16(), 422, "{field}: {value}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    let mut unknown = wish("Zoë");
    unknown.as_object_mut().expect("an object").remove("tenant_name");
    assert_eq!(api(&world, &unknown).await.status().as_u16(), 404);
}

#[tokio::test]
async fn without_a_valid_key_the_api_gives_nothing() {
    let world = World::start().await;
    for header in [None, Some("Bearer wrong"), Some("Basic Zm9v"), Some("Bearer")] {
        let mut asked = world.http.post(world.at("/api/v1/links")).json(&wish("Zoë"));
        if let Some(value) = header {
            asked = asked.header("authorization", value);
        }
        let answer = asked.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 401, "{header:?}");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    }
}

#[tokio::test]
async fn a_portal_sends_its_records_line_by_line() {
    let world = World::start().await;
    let put = world.http.put(world.at("/api/v1/tenants/riverside")).bearer_auth(&world.key);
    let put = put.json(&json!({ "name": "Riverside Cycles" })).send().await.expect("an answer");
    assert_eq!(put.status().as_u16(), 204);
    let send = async |kind: &str, tenant: &str, body: &'static str| {
        let path = world.at(&format!("/api/v1/tenants/{tenant}/records/{kind}"));
        let asked = world.http.post(path).bearer_auth(&world.key).body(body);
        asked.header("content-type", "application/x-ndjson").send().await.expect("an answer")
    };
    let lines = "{\"id\":\"c1\",\"name\":\"Ann\"}\n{\"id\":\"c2\",\"name\":\"Bo\",\"email\":\"b@example.com\"}\n{\"id\":\"\"}";
    let first: Value = send("customers", "riverside", lines).await.json().await.expect("JSON");
    assert_eq!(
        (&first["received"], &first["added"], &first["errors"][0]["line"]),
        (&json!(3), &json!(2), &json!(3))
    );
    let again: Value = send("customers", "riverside", lines).await.json().await.expect("JSON");
    assert_eq!((&again["added"], &again["unchanged"]), (&json!(0), &json!(2)));
    assert_eq!(send("customers", "nobody", lines).await.status().as_u16(), 404);
    assert_eq!(send("secrets", "riverside", lines).await.status().as_u16(), 422);
}

#[tokio::test]
async fn oa_12_addresses_are_built_from_the_configuration_alone() {
    let world = World::start().await;
    let spoofed = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example"),
        ("x-original-url", "http://evil.example/"),
    ];
    for (name, value) in spoofed {
        let asked = world.http.post(world.at("/api/v1/links")).bearer_auth(&world.key).header(name, value);
        let answer: Value =
            asked.json(&wish("Zoë")).send().await.expect("an answer").json().await.expect("JSON");
        let link = answer["url"].as_str().expect("a link");
        assert!(link.starts_with(&format!("{}/enter/", world.running.url())), "{name}: {link}");
        let page = world.http.get(link).header(name, value).send().await.expect("an answer");
        assert!(!format!("{:?}", page.headers()).contains("evil"), "{name}");
        assert!(!page.text().await.expect("text").contains("evil"), "{name}");
    }
}
