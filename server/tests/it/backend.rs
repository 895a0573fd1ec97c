//! A portal's backend with a connected company: the list of its connections, one of them, its switch.

use std::collections::BTreeSet;

use protocol::notification::Event;
use reqwest::{Method, RequestBuilder};
use sandbox::UK_COMPANY;
use serde_json::{Value, json};
use server::portals::token_uses;
use server::store::audit::Line;

use crate::api::problem;
use crate::configuration::{required, save};
use crate::imports::ended;
use crate::portals::audit;
use crate::quick::{Quick, REVOKE};
use crate::revocations::revocations;
use crate::tokens::eventually;
use crate::world::{ALL, Person, World};

/// Ann's company, as her portal's backend knows it.
pub(crate) struct Backend {
    pub(crate) quick: Quick,
    pub(crate) ann: Person,
    /// The connection's public id.
    pub(crate) id: String,
}

impl Backend {
    /// Connected and imported, so that nobody but the test asks for anything.
    pub(crate) async fn start() -> Self {
        Self::over(Quick::start().await).await
    }

    pub(crate) async fn over(quick: Quick) -> Self {
        let ann = quick.ann().await;
        assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
        ended(&quick, &ann).await;
        let id = quick.row(&ann).await.public_id;
        Self { quick, ann, id }
    }

    /// A request about the connection, with the portal's key.
    pub(crate) fn ask(&self, method: Method, rest: &str) -> RequestBuilder {
        ask(&self.quick.world, method, &format!("/{}{rest}", self.id))
    }

    pub(crate) async fn get(&self, rest: &str) -> reqwest::Response {
        self.ask(Method::GET, rest).send().await.expect("an answer")
    }

    /// Status, code and reason of what must be a problem.
    pub(crate) async fn refused(&self, rest: &str) -> (u16, String) {
        let (status, code, _) = problem(self.get(rest).await, rest).await;
        (status, code)
    }

    /// The lines of the audit log with this word, once everything gathered is written.
    pub(crate) async fn told(&self, action: &str) -> Vec<Line> {
        token_uses::flush(&self.quick.world.app()).await.expect("written");
        audit(&self.quick.world).await.into_iter().filter(|line| line.action == action).collect()
    }
}

/// A request below `/api/v1/connections` with the portal's key.
fn ask(world: &World, method: Method, rest: &str) -> RequestBuilder {
    world.http.request(method, world.at(&format!("/api/v1/connections{rest}"))).bearer_auth(&world.key)
}

async fn list(world: &World, query: &str) -> Value {
    let answer = ask(world, Method::GET, query).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200, "{query}");
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn a_connection_is_shown_with_all_but_its_tokens() {
    let backend = Backend::start().await;
    let answer = backend.get("").await.text().await.expect("text");
    for secret in backend.quick.sandbox.ledger().secrets() {
        assert!(!answer.contains(&secret), "a secret is shown");
    }
    let shown: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!((&shown["id"], &shown["tenant"]), (&json!(backend.id), &json!("acme")));
    assert_eq!((&shown["state"], &shown["live"]), (&json!("needs_configuration"), &json!(true)));
    assert_eq!(shown["environment"], "local");
    assert_eq!(
        (&shown["company"]["name"], &shown["company"]["id"]),
        (&json!(UK_COMPANY), &json!(sandbox::UK_REALM))
    );
    assert_eq!(shown["expires"]["access"], "2025-11-24T17:00:00Z");
    assert!(shown["expires"]["refresh"].is_string() && shown["saved"].is_null());
    assert!(shown["lists"].as_array().is_some_and(|lists| lists.len() >= 6), "{shown}");
    assert_eq!(list(&backend.quick.world, "").await["connections"], json!([shown]));
}

#[tokio::test]
async fn connections_are_read_page_by_page_and_by_what_they_are() {
    let world = World::start().await;
    let tenants = ["a", "b", "c", "d", "e"];
    for tenant in tenants {
        let person = world.person(tenant, "Ann", ALL).await;
        world
            .write(move |mut db| {
                Box::pin(
                    async move { db.add_connection(person.tenant, &crate::quick::qbo()).await.map(drop) },
                )
            })
            .await;
    }
    let (mut seen, mut ids, mut query) = (Vec::new(), BTreeSet::new(), "?limit=2".to_owned());
    loop {
        let page = list(&world, &query).await;
        for one in page["connections"].as_array().expect("a list") {
            seen.push(one["tenant"].as_str().expect("a tenant").to_owned());
            ids.insert(one["id"].as_str().expect("an id").to_owned());
        }
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&after={next}");
    }
    assert_eq!((seen, ids.len()), (tenants.map(str::to_owned).to_vec(), 5));
    assert!(ids.iter().all(|id| id.len() == 32), "{ids:?}");
    for (query, count) in
        [("?tenant=c", 1), ("?state=available&integration=quickbooks-online", 5), ("?state=active", 0)]
    {
        assert_eq!(list(&world, query).await["connections"].as_array().map(Vec::len), Some(count), "{query}");
    }
    for query in ["?state=on", "?limit=0", "?limit=201", "?after=e30", "?integration=xero", "?tenant="] {
        let answer = ask(&world, Method::GET, query).send().await.expect("an answer");
        assert_eq!(problem(answer, query).await.1, "invalid", "{query}");
    }
    for (query, told) in [("?portal=other", (400, "refused")), ("?tenant=z", (404, "tenant_unknown"))] {
        let answer = ask(&world, Method::GET, query).send().await.expect("an answer");
        let (status, code, _) = problem(answer, query).await;
        assert_eq!((status, code.as_str()), told, "{query}");
    }
}

#[tokio::test]
async fn what_was_saved_is_read_by_the_fields_keys_and_the_portals_ids() {
    let backend = Backend::start().await;
    let empty: Value = backend.get("/configuration").await.json().await.expect("JSON");
    assert_eq!(empty, json!({ "version": 0, "saved_by": null, "saved_at": null, "values": {} }));
    let changes = required(&backend.quick, &backend.ann).await;
    save(&backend.quick, &backend.ann, 0, changes).await.expect("it is saved");
    let saved: Value = backend.get("/configuration").await.json().await.expect("JSON");
    assert_eq!((&saved["version"], &saved["saved_by"]), (&json!(1), &json!("Ann")));
    assert!(saved["values"]["account-sales"].is_string(), "{saved}");
    let world = &backend.quick.world;
    let line = |id: u8| json!({ "id": id.to_string(), "name": format!("Customer {id}") }).to_string();
    let lines = (1..=5).map(line).collect::<Vec<_>>().join("\n");
    let put = world.http.post(world.at("/api/v1/tenants/acme/records/customers")).bearer_auth(&world.key);
    let put = put.header("content-type", "application/x-ndjson").body(lines).send().await.expect("an answer");
    assert_eq!(put.status().as_u16(), 200);
    let (mut sources, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page: Value =
            backend.get(&format!("/mappings/customers{query}")).await.json().await.expect("JSON");
        let rows = page["mappings"].as_array().expect("rows");
        assert!(rows.iter().all(|row| row["state"].is_string()), "{page}");
        sources.extend(rows.iter().map(|row| row["source"].as_str().expect("an id").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&after={next}");
    }
    assert_eq!(sources, ["1", "2", "3", "4", "5"]);
    assert_eq!(backend.refused("/mappings/vendors").await, (422, "invalid".to_owned()));
}

#[tokio::test]
async fn disconnecting_over_the_api_is_the_switch_and_can_be_repeated() {
    let backend = Backend::start().await;
    let off =
        async || backend.ask(Method::POST, "/disconnect").send().await.expect("an answer").status().as_u16();
    assert_eq!(off().await, 204);
    eventually(|| async { revocations(&backend.quick) == [Some(200)] }).await;
    let shown: Value = backend.get("").await.json().await.expect("JSON");
    assert_eq!((&shown["state"], &shown["live"]), (&json!("disconnected"), &json!(false)));
    assert_eq!((&shown["expires"], &shown["company"]["name"]), (&Value::Null, &json!(UK_COMPANY)));
    assert_eq!(backend.refused("/token").await, (409, "disconnected".to_owned()));
    assert_eq!((off().await, backend.quick.calls(REVOKE)), (204, 1));
    let events = backend.quick.events(&backend.ann).await.into_iter();
    assert_eq!(events.filter(|event| *event == Event::Disconnected).count(), 1, "it is told once");
    let lines = backend.told("connection.disconnected").await;
    assert_eq!(lines.iter().map(|line| line.actor.as_str()).collect::<Vec<_>>(), ["key test"]);
}
