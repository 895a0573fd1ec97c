//! Every route of the OpenAPI document, asked for as it is shown, serves what it shows.

use std::collections::BTreeSet;

use sandbox::UK_REALM;
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::ear::silent;
use crate::openapi::{document, operations, sample, tenant};
use crate::world::World;

/// A record that a DELETE may remove. Lines as the document shows them have fields of every kind, and no kind
/// takes them all.
async fn record(world: &World, path: &str) {
    let (list, id) = path.rsplit_once('/').expect("a record's address");
    let put = world.http.put(world.at(list)).bearer_auth(&world.key);
    let put = put.header("content-type", "application/x-ndjson");
    let told = put.body(json!({ "id": id, "name": "Sample" }).to_string()).send().await.expect("an answer");
    let told: Value = told.json().await.expect("JSON");
    assert_eq!(told["added"], 1, "{told}");
}

#[tokio::test]
async fn every_route_of_the_document_serves_what_it_shows() {
    let backend = Backend::start().await;
    let world = &backend.quick.world;
    tenant(world).await;
    world.by_another_program("UPDATE connections SET public_id = 'sample'").await;
    let document = document(world).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["components"]["securitySchemes"]["apiKey"]["scheme"], "bearer");
    let mut ids = BTreeSet::new();
    let mut all = operations(world).await;
    // Which other calls a provider takes, passage.rs tells.
    all.retain(|operation| operation.method == "GET" || !operation.path.ends_with("{path}"));
    // After it there is no token.
    all.sort_by_key(|operation| operation.path.ends_with("/disconnect"));
    for mut operation in all {
        let told = format!("{} {}", operation.method, operation.path);
        let shown = &document["paths"][&operation.path][operation.method.to_lowercase()];
        assert!(ids.insert(shown["operationId"].to_string()), "{told}: its id is another's as well");
        if let Some(before) = operation.path.strip_suffix("{path}") {
            operation.path = format!("{before}v3/company/{UK_REALM}/companyinfo/{UK_REALM}");
        }
        if operation.path.contains("{webhook}") {
            silent(world, sample(&operation.parameters[0].1).as_str().expect("a text")).await;
        }
        if operation.method == "DELETE" && operation.path.contains("{record}") {
            record(world, &operation.sample_path()).await;
        }
        let answer = operation.ask(world, Some(&world.key)).send().await.expect("an answer");
        let status = answer.status().as_str().to_owned();
        assert!(
            answer.status().is_success() && shown["responses"].get(&status).is_some(),
            "{told}: {status}"
        );
        assert_eq!(
            answer.headers().contains_key("content-type"),
            shown["responses"][&status].get("content").is_some()
        );
        if let Some(scope) = &operation.scope {
            assert!(shown["description"].as_str().expect("words").contains(scope.as_str()), "{told}");
            assert!(shown["responses"].get("403").is_some(), "{told}");
        }
    }
}
