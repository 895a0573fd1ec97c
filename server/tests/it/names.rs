//! Names full of what breaks naive programs, all the way from the portal to the store (IN-05).

use protocol::mapping::{MappingQuery, MappingTable, MappingWindow};
use protocol::message::Answer;
use sandbox::UK_COMPANY;
use serde_json::{Value, json};
use server::configuration;

use crate::imports::ended;
use crate::quick::{Quick, qbo};
use crate::world::{Person, World};

/// Quotes, wildcards, comments and statements of SQL, and of the provider's query language.
const HOSTILE: [&str; 12] = [
    "O'Hara",
    "\\'",
    "\\' OR 1=1",
    "'; DROP TABLE portal_records; --",
    "\"quoted\" and `ticked`",
    "100 % _under_",
    "/* comment",
    "select * from Customer where DisplayName = 'a'",
    "?1 :name $2 @at",
    "\u{202e}reversed \u{200d}joined",
    "{\"json\": [1]}",
    "Zoë & <b>Söhne</b>",
];

async fn found(quick: &Quick, person: &Person, search: &str) -> MappingWindow {
    let (table, search) = (MappingTable::Customers, search.to_owned());
    let query = MappingQuery { table, search, state: None, drafted: false, offset: 0, limit: 50 };
    let answer = quick.does(person, move |db, app, who| {
        Box::pin(async move { configuration::read_mappings(db, app, who, &qbo(), &query).await })
    });
    match answer.await.expect("they are read") {
        Answer::Mappings(window) => window,
        other => panic!("{other:?}"),
    }
}

async fn send(world: &World, tenant: &str, records: &[Value]) -> Value {
    let lines: Vec<_> = records.iter().map(|record| format!("{record}\n")).collect();
    let path = world.at(&format!("/api/v1/tenants/{tenant}/records/customers"));
    let asked = world.http.post(path).bearer_auth(&world.key).header("content-type", "application/x-ndjson");
    let answer = asked.body(lines.concat()).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn in_05_hostile_names_are_kept_as_they_are() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    // Each stands in every field of its record, as its id as well.
    let record = |name: &&str| json!({ "id": name, "name": name, "code": name, "phone": name, "tax_number": name, "email": name });
    let records: Vec<_> = HOSTILE.iter().map(record).collect();
    let outcome = send(&quick.world, "acme", &records).await;
    assert_eq!((&outcome["added"], &outcome["errors"]), (&json!(HOSTILE.len()), &json!([])));
    for name in HOSTILE {
        let window = found(&quick, &ann, name).await;
        let row = window.rows.iter().find(|row| row.source.id == name);
        assert_eq!(row.map(|row| row.source.name.as_str()), Some(name), "it is found by itself");
    }
    assert_eq!(found(&quick, &ann, "%").await.total, 1, "a wildcard is a character like any other");
    let again = send(&quick.world, "acme", &records).await;
    assert_eq!(again["unchanged"], json!(HOSTILE.len()), "and recognised");
}

#[tokio::test]
async fn in_05_a_text_with_nul_is_refused() {
    let quick = Quick::start().await;
    let world = &quick.world;
    quick.ann().await;
    for field in ["id", "name", "code", "email", "phone", "tax_number"] {
        let mut record = json!({ "id": "1", "name": "A" });
        record[field] = json!("a\u{0}b");
        let outcome = send(world, "acme", &[record]).await;
        assert_eq!((&outcome["added"], &outcome["errors"][0]["line"]), (&json!(0), &json!(1)), "{field}");
    }
}

#[tokio::test]
async fn in_05_hostile_names_of_people_and_organisations_are_kept() {
    let world = World::start().await;
    for name in HOSTILE {
        let body = json!({
            "tenant": name, "tenant_name": name, "permissions": ["view"],
            "visitor": { "id": name, "name": name, "email": name },
        });
        let asked = world.http.post(world.at("/api/v1/links")).bearer_auth(&world.key).json(&body);
        let link: Value = asked.send().await.expect("an answer").json().await.expect("JSON");
        let page = world.http.get(link["url"].as_str().expect("a link")).send().await.expect("an answer");
        let shown = html_escape::encode_text(name).into_owned();
        let page = page.text().await.expect("text");
        assert!(page.contains(&format!("signed in as {shown} of {shown}.")), "{name}: {page}");
        let mut put = url::Url::parse(&world.at("/api/v1/tenants")).expect("a URL");
        put.path_segments_mut().expect("a path").push(name);
        let put = world.http.put(put).bearer_auth(&world.key).json(&json!({ "name": name }));
        assert_eq!(put.send().await.expect("an answer").status().as_u16(), 204, "{name}");
    }
}
