//! The feed of events: the same as the webhooks', in order, none left out, none of another portal's, and
//! told when some are gone.

use reqwest::StatusCode;
use serde_json::{Value, json};
use server::store::StoreError;
use server::store::portals::Portal;

use crate::api::problem;
use crate::ear::{Ear, happens, subscribe, tenant, world};
use crate::world::{START, World};

const DAY: u64 = 24 * 3_600_000;

async fn ask(world: &World, query: &str) -> reqwest::Response {
    let asked = world.http.get(world.at(&format!("/api/v1/events{query}")));
    asked.bearer_auth(&world.key).send().await.expect("an answer")
}

async fn feed(world: &World, query: &str) -> Value {
    let answer = ask(world, query).await;
    assert_eq!(answer.status(), StatusCode::OK, "{query}");
    answer.json().await.expect("JSON")
}

fn numbers(feed: &Value) -> Vec<i64> {
    let events = feed["events"].as_array().expect("events").iter();
    events.map(|event| event["number"].as_i64().expect("a number")).collect()
}

#[tokio::test]
async fn a_cursor_brings_exactly_what_came_after_it() {
    let world = world().await;
    assert_eq!(feed(&world, "").await, json!({ "events": [], "cursor": 0, "more": false }));
    let acme = tenant(&world, "acme").await;
    for import in 1..=5 {
        happens(&world, acme, import).await;
    }
    let first = feed(&world, "?limit=2").await;
    assert_eq!((numbers(&first), &first["cursor"], &first["more"]), (vec![1, 2], &json!(2), &json!(true)));
    let rest = feed(&world, "?after=2&limit=3").await;
    assert_eq!((numbers(&rest), &rest["cursor"], &rest["more"]), (vec![3, 4, 5], &json!(5), &json!(false)));
    let none = feed(&world, "?after=5").await;
    assert_eq!(none, json!({ "events": [], "cursor": 5, "more": false }));
    happens(&world, acme, 6).await;
    assert_eq!(numbers(&feed(&world, "?after=5").await), [6]);
}

#[tokio::test]
async fn the_feed_tells_what_the_webhooks_tell() {
    let (world, ear) = (world().await, Ear::that(&[]).await);
    subscribe(&world, &ear.url, &[]).await;
    happens(&world, tenant(&world, "acme").await, 7).await;
    let heard = ear.hears(1).await.remove(0);
    let event = feed(&world, "").await["events"][0].clone();
    assert_eq!(event["id"], heard.header("webhook-id"));
    for field in ["type", "timestamp", "data"] {
        assert_eq!(event[field], heard.body[field], "{field}");
    }
    assert_eq!(event["data"]["import"], "7");
}

#[tokio::test]
async fn em_09_a_portal_reads_its_own_events_alone() {
    let world = world().await;
    let other = world
        .write(|mut db| {
            Box::pin(async move {
                let portal = Portal { id: "rival".into(), name: "Rival".into(), return_url: None };
                db.put_portal(&portal, &[], START).await?;
                db.put_tenant("rival", "acme", "Acme").await
            })
        })
        .await;
    let acme = tenant(&world, "acme").await;
    for import in 0..6 {
        happens(&world, if import % 2 == 0 { acme } else { other }, import).await;
    }
    let own = feed(&world, "").await;
    assert_eq!(numbers(&own), [1, 2, 3], "numbers tell nothing of others");
    let imports: Vec<_> =
        own["events"].as_array().expect("events").iter().map(|one| &one["data"]["import"]).collect();
    assert_eq!(imports, ["0", "2", "4"]);
}

#[tokio::test]
async fn a_cursor_whose_events_are_gone_is_told() {
    let world = world().await;
    let acme = tenant(&world, "acme").await;
    for import in 1..=3 {
        happens(&world, acme, import).await;
    }
    world.clock.advance(29 * DAY);
    happens(&world, acme, 4).await;
    world.clock.advance(DAY);
    let now = world.clock.now();
    world.write(move |mut db| Box::pin(async move { db.sweep_events(now).await })).await;
    for gone in ["?after=0", "?after=2", "?after=5"] {
        let (status, code, _) = problem(ask(&world, gone).await, gone).await;
        assert_eq!((status, code.as_str()), (410, "cursor_gone"), "{gone}");
    }
    assert_eq!(numbers(&feed(&world, "?after=3").await), [4], "nothing after it is gone");
    let all = feed(&world, "").await;
    assert_eq!((numbers(&all), &all["cursor"]), (vec![4], &json!(4)));
}

#[tokio::test]
async fn in_01_a_query_that_cannot_be_meant_is_refused() {
    let world = world().await;
    for query in [
        "?after=-1",
        "?after=x",
        "?after=1&after=2",
        "?limit=0",
        "?limit=501",
        "?limit=",
        "?since=1",
        "?after=1e3",
    ] {
        let (status, code, _) = problem(ask(&world, query).await, query).await;
        assert_eq!((status, code.as_str()), (422, "invalid"), "{query}");
    }
}

#[tokio::test]
async fn what_is_erased_with_its_organisation_is_in_no_answer() {
    let world = world().await;
    let (acme, brook) = (tenant(&world, "acme").await, tenant(&world, "brook").await);
    for (import, whose) in (0..).zip([acme, brook, acme]) {
        happens(&world, whose, import).await;
    }
    world.by_another_program("DELETE FROM tenants WHERE external_id = 'brook'").await;
    assert_eq!(numbers(&feed(&world, "?after=0").await), [1, 3]);
    let kept: Result<_, StoreError> =
        world.app().store.read(|mut db| Box::pin(async move { db.events_extent("demo").await })).await;
    assert_eq!(kept.expect("read").swept, 0);
}
