//! What every answer of the API has in common: keys with scopes, and refusals that are problems.

use reqwest::Method;
use serde_json::{Value, json};
use server::portals::{self, ApiKey};
use server::store::api_keys::{Scope, Scopes};

use crate::openapi::{Operation, operations};
use crate::portals::audit;
use crate::world::{PORTAL, START, World};

/// A key with these scopes.
async fn key(world: &World, scopes: Scopes) -> String {
    let key = ApiKey::make(scopes, &world.clock);
    let secret = key.secret().lend(str::to_owned);
    let app = world.app();
    let added = app.store.write::<_, portals::PortalError, _>(move |mut db| {
        Box::pin(async move { portals::add_key(&mut db, PORTAL, &key, START).await })
    });
    added.await.expect("it is added");
    secret
}

/// How many lines of the audit log tell of something that was done.
async fn changes(world: &World) -> usize {
    audit(world).await.iter().filter(|line| line.action != "access.denied").count()
}

/// An answer that must be a problem: its code, after everything that problems have in common.
pub(crate) async fn problem(answer: reqwest::Response, told: &str) -> (u16, String, String) {
    let status = answer.status().as_u16();
    let header =
        |name: &str| answer.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
    assert_eq!(header("content-type").as_deref(), Some("application/problem+json"), "{told}: {status}");
    let request = header("x-request-id");
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!((&body["status"], &body["type"]), (&json!(status), &json!("about:blank")), "{told}");
    assert_eq!(body["request_id"].as_str().map(str::to_owned), request, "{told}");
    assert!(body["title"].is_string(), "{told}");
    let text = |field: &str| body[field].as_str().expect("a text").to_owned();
    (status, text("code"), text("detail"))
}

#[tokio::test]
async fn a_key_without_the_scope_of_a_route_is_told_which() {
    let world = World::start().await;
    let all: Vec<Operation> = operations(&world).await;
    let mut asked = 0;
    for scope in Scope::ALL {
        let others: Vec<_> = Scope::ALL.into_iter().filter(|other| *other != scope).collect();
        let (only, others) =
            (key(&world, Scopes::of(&[scope])).await, key(&world, Scopes::of(&others)).await);
        let before = changes(&world).await;
        for operation in all.iter().filter(|operation| operation.scope.as_deref() == Some(scope.word())) {
            let refused = operation.ask(&world, Some(&others)).send().await.expect("an answer");
            let (status, code, detail) = problem(refused, &operation.path).await;
            assert_eq!((status, code.as_str()), (403, "scope_missing"), "{}", operation.path);
            assert!(detail.contains(scope.word()), "{detail}");
            let status =
                operation.ask(&world, Some(&only)).send().await.expect("an answer").status().as_u16();
            assert!(![401, 403].contains(&status), "{}: {status}", operation.path);
            asked += 1;
        }
        assert!(changes(&world).await <= before + asked, "what was refused changed nothing");
    }
    assert!(asked >= 4, "every route that asks for a key was asked: {asked}");
}

#[tokio::test]
async fn a_key_is_presented_once_and_as_bearer() {
    let world = World::start().await;
    for operation in operations(&world).await.iter().filter(|operation| operation.scope.is_some()) {
        let key = world.key.as_str();
        let wrong = [
            vec![],
            vec![key.to_owned()],
            vec!["Bearer".to_owned()],
            vec![format!("Basic {key}")],
            vec![format!("Bearer {key}x")],
            vec![format!("Bearer {}", &key[1..])],
            vec![format!("Bearer {key}"), format!("Bearer {key}")],
        ];
        for values in wrong {
            let asked = values
                .iter()
                .fold(operation.ask(&world, None), |asked, value| asked.header("authorization", value));
            let answer = asked.send().await.expect("an answer");
            assert_eq!(answer.headers()["www-authenticate"], "Bearer");
            let told = problem(answer, &operation.path).await;
            assert_eq!((told.0, told.1.as_str()), (401, "key_refused"), "{values:?}");
        }
    }
}

#[tokio::test]
async fn every_refusal_of_the_api_is_a_problem() {
    let world = World::start().await;
    let ask = |method: Method, path: &str| world.http.request(method, world.at(path)).bearer_auth(&world.key);
    let links = || ask(Method::POST, "/api/v1/links").header("content-type", "application/json");
    let records = || {
        let path = "/api/v1/tenants/riverside/records/customers";
        ask(Method::POST, path).header("content-type", "application/x-ndjson")
    };
    for (asked, expected) in [
        (ask(Method::GET, "/api/v1"), (404, "not_found")),
        (ask(Method::GET, "/api/v1/"), (404, "not_found")),
        (ask(Method::POST, "/api/v1/secrets"), (404, "not_found")),
        (ask(Method::DELETE, "/api/v1/links"), (405, "method_not_allowed")),
        (links().body("{"), (400, "unreadable")),
        (links().body("\"\u{0}\""), (400, "unreadable")),
        (links().body("7"), (422, "invalid")),
        (links().body("{}{}"), (422, "invalid")),
        (links().body("[".repeat(10_000)), (422, "invalid")),
        (links().body(format!("{{\"visitor\":{}", "{\"a\":".repeat(1000))), (422, "invalid")),
        (links().body(format!("\"{}\"", "x".repeat(20_000))), (413, "too_large")),
        (records().body(vec![b' '; 17 << 20]), (413, "too_large")),
        (links().header("content-encoding", "gzip").body("{}"), (422, "invalid")),
        (ask(Method::POST, "/api/v1/links").body("{}"), (415, "media_type")),
        (ask(Method::PUT, "/api/v1/tenants/%ff").json(&json!({ "name": "A" })), (400, "refused")),
        (ask(Method::PUT, "/api/v1/tenants/%00").json(&json!({ "name": "A" })), (422, "invalid")),
        (records().body("{}"), (404, "tenant_unknown")),
    ] {
        let told = format!("{asked:?}");
        let (status, code, _) = problem(asked.send().await.expect("an answer"), &told).await;
        assert_eq!((status, code.as_str()), expected, "{told}");
    }
    let elsewhere = world.http.get(world.at("/api/v10")).send().await.expect("an answer");
    assert!(elsewhere.headers()["content-type"].to_str().expect("text").starts_with("text/html"));
}

#[tokio::test]
async fn se_10_only_the_listed_methods_are_taken() {
    let world = World::start().await;
    let all = operations(&world).await;
    for operation in &all {
        let of_this_path = all.iter().filter(|other| other.path == operation.path);
        let mut listed: Vec<_> = of_this_path.map(|other| other.method.clone()).collect();
        listed.sort_unstable();
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            // A GET answers HEAD as well.
            if listed.iter().any(|known| known == method || (known == "GET" && method == "HEAD")) {
                continue;
            }
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let asked = world.http.request(method.clone(), world.at(&operation.sample_path()));
            let answer = asked.bearer_auth(&world.key).send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), 405, "{method} {}", operation.path);
            let allow = answer.headers()["allow"].to_str().expect("text").to_owned();
            let mut allowed: Vec<_> =
                allow.split(',').map(str::trim).filter(|method| *method != "HEAD").collect();
            allowed.sort_unstable();
            assert_eq!(allowed, listed, "{method} {}", operation.path);
        }
    }
    assert_eq!(audit(&world).await, Vec::new());
}
