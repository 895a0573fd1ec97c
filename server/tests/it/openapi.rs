//! The OpenAPI document, and requests generated from it: those that fit are served, those that
//! break its schemas are refused and change nothing (IN-01, EM-10).

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};

use crate::api::problem;
use crate::portals::audit;
use crate::world::World;

/// A route as the document shows it.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) scope: Option<String>,
    pub(crate) parameters: Vec<(String, Value)>,
    /// Names of the query's fields.
    query: Vec<String>,
    /// Media type and schema.
    body: Option<(String, Value)>,
}

impl Operation {
    /// Its address with parameters that fit.
    pub(crate) fn sample_path(&self) -> String {
        self.parameters.iter().fold(self.path.clone(), |path, (name, schema)| {
            path.replace(&format!("{{{name}}}"), sample(schema).as_str().expect("a text"))
        })
    }

    /// A request that fits.
    pub(crate) fn ask(&self, world: &World, key: Option<&str>) -> RequestBuilder {
        let body = self.body.as_ref().map(|(_, schema)| sample(schema).to_string());
        self.send(world, key, &self.sample_path(), body)
    }

    fn send(&self, world: &World, key: Option<&str>, path: &str, body: Option<String>) -> RequestBuilder {
        let method = Method::from_bytes(self.method.as_bytes()).expect("a method");
        let mut asked = world.http.request(method, world.at(path));
        if let Some(key) = key {
            asked = asked.bearer_auth(key);
        }
        match (body, &self.body) {
            (Some(body), Some((kind, _))) => asked.header("content-type", kind).body(body),
            _ => asked,
        }
    }

    /// Lines are told one by one, and do not refuse the others.
    fn takes_lines(&self) -> bool {
        self.body.as_ref().is_some_and(|(kind, _)| kind == "application/x-ndjson")
    }
}

pub(crate) async fn document(world: &World) -> Value {
    let answer = world.http.get(world.at("/api/v1/openapi.json")).send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/json");
    answer.json().await.expect("JSON")
}

/// Every route of the document, its schemas with nothing left to look up.
pub(crate) async fn operations(world: &World) -> Vec<Operation> {
    let document = document(world).await;
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let (parameters, query): (Vec<_>, Vec<_>) =
                operation["parameters"].as_array().into_iter().flatten().partition(|one| one["in"] == "path");
            let body = operation["requestBody"]["content"].as_object().and_then(|kinds| kinds.iter().next());
            all.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                scope: operation["security"][0]["apiKey"][0].as_str().map(str::to_owned),
                query: query.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect(),
                parameters: parameters
                    .into_iter()
                    .map(|one| {
                        (
                            one["name"].as_str().expect("a name").to_owned(),
                            resolved(&document, &one["schema"]),
                        )
                    })
                    .collect(),
                body: body.map(|(kind, content)| (kind.clone(), resolved(&document, &content["schema"]))),
            });
        }
    }
    all
}

/// A schema with what it refers to in place of the references.
fn resolved(document: &Value, schema: &Value) -> Value {
    match schema {
        Value::Object(parts) => {
            if let Some(reference) = parts.get("$ref").and_then(Value::as_str) {
                let target = document.pointer(&reference[1..]).expect("the reference leads somewhere");
                return resolved(document, target);
            }
            let others = parts.get("oneOf").and_then(Value::as_array);
            if let Some(other) = others.and_then(|some| some.iter().find(|one| one["type"] != "null")) {
                let mut whole = resolved(document, other);
                whole["type"] = json!([whole["type"], "null"]);
                return whole;
            }
            parts.iter().map(|(name, part)| (name.clone(), resolved(document, part))).collect()
        }
        Value::Array(parts) => parts.iter().map(|part| resolved(document, part)).collect(),
        other => other.clone(),
    }
}

fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A value that fits a schema: every field, every word of an enumeration.
pub(crate) fn sample(schema: &Value) -> Value {
    let example = schema.get("example").or_else(|| schema["examples"].get(0));
    if let Some(example) = example.or_else(|| schema["enum"].get(0)) {
        return example.clone();
    }
    match kinds(schema).first() {
        Some(&"object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            fields.map(|(name, field)| (name.clone(), sample(field))).collect::<Map<_, _>>().into()
        }
        Some(&"array") => match schema["items"]["enum"].as_array() {
            Some(words) => words.clone().into(),
            None => json!([sample(&schema["items"])]),
        },
        Some(&"string") => json!("sample"),
        Some(&"integer") => json!(1),
        other => panic!("no sample for {other:?}"),
    }
}

/// Whether a value fits a schema, as far as our schemas go.
fn fits(schema: &Value, value: &Value) -> bool {
    let allowed = schema["enum"].as_array().is_none_or(|words| words.contains(value));
    let number = |name: &str| schema[name].as_f64();
    let kinds = kinds(schema);
    allowed
        && match value {
            Value::Null => kinds.contains(&"null"),
            Value::Bool(_) => kinds.contains(&"boolean"),
            Value::Number(found) => {
                let found = found.as_f64().expect("a number");
                kinds.contains(&"integer")
                    && found.fract() == 0.0
                    && number("minimum").is_none_or(|least| found >= least)
                    && number("maximum").is_none_or(|most| found <= most)
            }
            Value::String(text) => {
                #[expect(clippy::cast_precision_loss, reason = "lengths of tests' texts are small")]
                let length = text.chars().count() as f64;
                kinds.contains(&"string")
                    && schema.get("pattern").is_none()
                    && number("minLength").is_none_or(|least| length >= least)
                    && number("maxLength").is_none_or(|most| length <= most)
            }
            Value::Array(items) => {
                kinds.contains(&"array")
                    && (!items.is_empty() || schema.get("minItems").is_none())
                    && items.iter().all(|item| fits(&schema["items"], item))
            }
            Value::Object(_) => kinds.contains(&"object"),
        }
}

/// Values of every kind, and some that break naive programs.
fn odd_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("x".repeat(5000)),
        json!("<script>"),
        json!([]),
        json!([null]),
        json!({}),
        json!({ "id": "1" }),
    ]
}

/// Every body that breaks a schema in one place: a field left out, of another kind, or unknown.
fn broken(schema: &Value, whole: &Value) -> Vec<Value> {
    let mut all: Vec<_> = odd_values().into_iter().filter(|value| !fits(schema, value)).collect();
    // What programs in our language take for the same: a list for an object, an object for a word.
    all.extend(whole.as_object().map(|fields| fields.values().cloned().collect()));
    all.extend(
        schema["items"]["enum"].as_array().map(|words| {
            words.iter().map(|word| json!({ (word.as_str().expect("a word")): null })).collect()
        }),
    );
    let (Some(fields), Some(values)) = (schema["properties"].as_object(), whole.as_object()) else {
        return all;
    };
    for (name, field) in fields {
        let required = schema["required"].as_array().is_some_and(|names| names.contains(&json!(name)));
        let with = |value: Option<Value>| {
            let mut changed = values.clone();
            changed.remove(name);
            changed.extend(value.map(|value| (name.clone(), value)));
            Value::Object(changed)
        };
        all.extend(required.then(|| with(None)));
        all.extend(broken(field, &values[name]).into_iter().map(|value| with(Some(value))));
    }
    all
}

/// Every body with one more field in one of its objects.
fn with_more(whole: &Value, names: &BTreeSet<String>) -> Vec<Value> {
    let Value::Object(fields) = whole else { return Vec::new() };
    let mut all = Vec::new();
    for name in names.iter().filter(|name| !fields.contains_key(*name)) {
        for value in [json!(1), json!("1"), json!(["tokens"])] {
            let mut more = fields.clone();
            more.insert(name.clone(), value);
            all.push(Value::Object(more));
        }
    }
    for (name, field) in fields {
        for inner in with_more(field, names) {
            let mut outer = fields.clone();
            outer.insert(name.clone(), inner);
            all.push(Value::Object(outer));
        }
    }
    all
}

/// Sends a body that must be refused.
async fn refused(world: &World, operation: &Operation, body: &str) {
    let sent = operation.send(world, Some(&world.key), &operation.sample_path(), Some(body.to_owned()));
    let answer = sent.send().await.expect("an answer");
    let told = format!("{} {}: {body}", operation.method, operation.path);
    if operation.takes_lines() && answer.status().as_u16() == 200 {
        let outcome: Value = answer.json().await.expect("JSON");
        let taken = ["added", "changed", "unchanged"].map(|count| outcome[count].as_u64().expect("a count"));
        let errors = outcome["errors"].as_array().expect("errors").len();
        assert!(taken == [0; 3] && (errors > 0 || body.trim().is_empty()), "{told}: {outcome}");
        return;
    }
    let (status, ..) = problem(answer, &told).await;
    assert!((400..500).contains(&status), "{told}: {status}");
}

/// Registers the tenant of the samples.
pub(crate) async fn tenant(world: &World) {
    let put = world.http.put(world.at("/api/v1/tenants/sample")).bearer_auth(&world.key);
    let put = put.json(&json!({ "name": "Sample" })).send().await.expect("an answer");
    assert_eq!(put.status().as_u16(), 204);
}

#[tokio::test]
async fn in_01_requests_that_break_the_schemas_are_refused() {
    let world = World::start().await;
    tenant(&world).await;
    let before = audit(&world).await;
    let mut sent = 0;
    for operation in operations(&world).await {
        let Some((_, schema)) = &operation.body else { continue };
        let mut bodies: Vec<String> = broken(schema, &sample(schema)).iter().map(Value::to_string).collect();
        let raw = [
            "",
            "{",
            "nonsense",
            "\u{0}",
            "\u{feff}{}",
            "{\"a\":1e999}",
            "{\"a\":\"\\ud800\"}",
            "[[[[",
            "{}{}",
        ];
        bodies.extend(raw.map(str::to_owned));
        bodies.push("[".repeat(10_000));
        for body in &bodies {
            refused(&world, &operation, body).await;
        }
        sent += bodies.len();
    }
    assert!(sent > 200, "the schemas gave something to break: {sent}");
    assert_eq!(audit(&world).await, before, "nothing was changed");
}

#[tokio::test]
async fn in_01_addresses_that_break_the_schemas_are_refused() {
    let world = World::start().await;
    tenant(&world).await;
    let before = audit(&world).await;
    for operation in operations(&world).await {
        let body = operation.body.as_ref().map(|(_, schema)| sample(schema).to_string());
        let fields =
            operation.query.iter().map(|name| (name, format!("{}?{name}={{{name}}}", operation.path)));
        let parts = operation.parameters.iter().map(|(name, _)| (name, operation.path.clone()));
        for (name, shown) in parts.chain(fields) {
            let long = "x".repeat(129);
            for value in ["%00", "%ff", "%0a", "%c3", "..", "%2e%2e", "a%2fb%00", "%ed%a0%80", long.as_str()]
            {
                let path = shown.replace(&format!("{{{name}}}"), value);
                let path = Operation { path, ..operation.clone() }.sample_path();
                let answer = operation.send(&world, Some(&world.key), &path, body.clone());
                let (status, ..) = problem(answer.send().await.expect("an answer"), &path).await;
                assert!((400..500).contains(&status), "{path}: {status}");
            }
        }
    }
    assert_eq!(audit(&world).await, before, "nothing was changed");
}

#[tokio::test]
async fn em_10_fields_that_nobody_asked_for_are_refused() {
    let world = World::start().await;
    tenant(&world).await;
    let before = audit(&world).await;
    let mut names: BTreeSet<String> = [
        "tenant_id",
        "realm_id",
        "realmId",
        "role",
        "portal",
        "scopes",
        "scope",
        "admin",
        "expires_at",
        "hash",
        "key",
        "company_id",
        "connection",
        "session",
        "api_key",
        "visitor_id",
        "created_at",
        "__proto__",
        "constructor",
    ]
    .map(str::to_owned)
    .into();
    let document = document(&world).await;
    for schema in document["components"]["schemas"].as_object().expect("schemas").values() {
        names.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    }
    let mut sent = 0;
    for operation in operations(&world).await {
        let Some((_, schema)) = &operation.body else { continue };
        for body in with_more(&sample(schema), &names) {
            refused(&world, &operation, &body.to_string()).await;
            sent += 1;
        }
    }
    assert!(sent > 200, "the bodies gave something to add to: {sent}");
    assert_eq!(audit(&world).await, before, "nothing was changed");
}
