//! A tenant is erased (ST-17): its rows in every table, its sockets, its tokens at the provider, and
//! every byte of it in the database's file.

use std::path::Path;

use protocol::ids::Moment;
use protocol::mapping::{MappingChoice, MappingTable};
use protocol::schema::Change;
use protocol::store::Permissions;
use sandbox::{Failure, UK_COMPANY};
use server::clock::Clock;
use server::oauth::revoke::send_due;
use server::store::invitations::NewInvitation;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::client::SOON;
use crate::imports::ended;
use crate::operator::Operator;
use crate::portals::{audit, is_welcome};
use crate::quick::{CLIENT, Quick, REVOKE, SECRET, qbo, quickbooks, registration};
use crate::tokens::eventually;
use crate::world::{ALL, PORTAL, Plan, World};

/// What stands wherever a name or a text of the tenant is kept.
const CANARY: &str = "Kanarienvogel";
const TENANT: &str = "acme";
/// Tables whose rows hang on no tenant: of the operator, of portals, or of the schema. A table that is
/// not here must be reached from `tenants` by its references.
const NOBODYS: [&str; 11] = [
    "_sqlx_migrations",
    "api_keys",
    "audit",
    "portal_origins",
    "portals",
    "registrations",
    "seal_check",
    "vault_keys",
    "vault_ring",
    "webhook_secrets",
    "webhooks",
];
/// Holds sealed tokens until they are revoked, and names nobody.
const UNTIL_REVOKED: &str = "orphaned_tokens";

/// A proxy that goes by the system's time, as the commands beside it do.
async fn start() -> Quick {
    let mut plan = Plan::new().await;
    plan.clock = Clock::system();
    let redirect = format!("{}/callback/qbo", plan.url());
    let clients = vec![sandbox::Client::new(CLIENT, SECRET, vec![redirect])];
    let sandbox = sandbox::start(quickbooks(clients)).await.expect("the sandbox starts");
    let world = plan.register(registration("qbo", sandbox.url())).start().await;
    Quick { world, sandbox }
}

/// A tenant with something in every table that keeps something of tenants.
async fn furnish(quick: &Quick) {
    let world = &quick.world;
    world.enter(TENANT, CANARY, "").await;
    let email = format!(",\"email\":\"{CANARY}@acme.example\"");
    for (kind, more) in [("customers", email.as_str()), ("taxes", "")] {
        let path = world.at(&format!("/api/v1/tenants/{TENANT}/records/{kind}"));
        let body = format!("{{\"id\":\"1\",\"name\":\"{CANARY} One\"{more}}}");
        let post = world.http.post(path).bearer_auth(&world.key).body(body);
        let post = post.header("content-type", "application/x-ndjson").send().await.expect("an answer");
        assert_eq!(post.status().as_u16(), 200, "{kind}");
    }
    let person = world.person(TENANT, CANARY, ALL).await;
    assert_eq!(quick.connect(&person, UK_COMPANY).await, "connected");
    ended(quick, &person).await;
    let changes = crate::configuration::required(quick, &person).await;
    let (table, choice) = (MappingTable::Customers, MappingChoice::Ignore);
    let decided = [changes.clone(), vec![Change::Map { table, source: "1".to_owned(), choice }]].concat();
    crate::configuration::save(quick, &person, 0, decided).await.expect("saved");
    let path = world.at(&format!("/api/v1/tenants/{TENANT}/records/customer/1"));
    let gone = world.http.delete(path).bearer_auth(&world.key).send().await.expect("an answer");
    assert_eq!(gone.status().as_u16(), 204, "and what was decided about it is set aside");
    let mut socket = world.socket(&person).await;
    let draft = Some(protocol::schema::Draft { base: 1, changes });
    socket.ask(protocol::message::Intent::KeepDraft { integration: qbo(), draft }).await.expect("kept");
    quick.ticket(&person).await;
    let visitor = person.visitor;
    world
        .write(move |mut db| {
            Box::pin(async move {
                let expires = Moment(u64::MAX >> 12);
                let new = NewInvitation {
                    hash: [7; 32],
                    visitor,
                    permissions: ALL,
                    locale: "en",
                    key: None,
                    expires,
                };
                db.add_session_token(&new).await
            })
        })
        .await;
}

async fn database(world: &World) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(&world.app().config.storage.path).read_only(true);
    SqliteConnection::connect_with(&options).await.expect("the database opens")
}

/// Every table with the number of its rows.
async fn tables(world: &World) -> Vec<(String, i64)> {
    let mut database = database(world).await;
    let all = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
    let names: Vec<String> = sqlx::query_scalar(all).fetch_all(&mut database).await.expect("tables");
    let mut counted = Vec::new();
    for name in names {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM \"{name}\""));
        counted.push((name, sqlx::query_scalar(count).fetch_one(&mut database).await.expect("a count")));
    }
    counted
}

/// The files that hold one of these texts, somewhere in their bytes. Read by another process: a process
/// that closes a file gives up its locks on it, also those of its database (fcntl(2)).
fn holding(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let bytes = std::process::Command::new("cat").arg(&path).output().expect("cat runs").stdout;
        for word in words {
            if bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
                found.push(format!("{word} in {}", path.display()));
            }
        }
    }
    found
}

#[tokio::test]
async fn st_17_an_erased_tenant_is_in_no_table_and_in_no_byte_of_the_file() {
    let quick = start().await;
    let world = &quick.world;
    furnish(&quick).await;
    let folder = world.dir.path().to_owned();
    let words = [CANARY, "Harbourside", sandbox::UK_REALM];
    assert!(holding(&folder, &words).len() >= words.len(), "there is something to erase");
    let operator = Operator::of(world);
    let warned = operator.cannot(&["tenant", "erase", PORTAL, TENANT]).await;
    assert!(warned.contains("nothing was done yet") && warned.contains("1 connection"), "{warned}");
    operator.cannot(&["tenant", "erase", PORTAL, TENANT, "--yes", "acne"]).await;
    let told = operator.does(&["tenant", "erase", PORTAL, TENANT, "--yes", TENANT]).await;
    assert!(told.starts_with("acme is erased") && told.contains("revokes 1 token"), "{told}");
    eventually(|| async { quick.calls(REVOKE) == 1 && waiting(world).await == 0 }).await;
    assert_eq!(left(world).await, [] as [(String, i64); 0]);
    operator.does(&["tenant", "compact"]).await;
    assert_eq!(holding(&folder, &words), Vec::<String>::new());
    let lines = audit(world).await;
    let told: Vec<_> = lines.iter().map(|line| (line.action.as_str(), line.object.as_str())).collect();
    let revoked = ("token.revoked", "qbo, of an organisation that was erased: revoked");
    assert_eq!(told, [("tenant.erased", TENANT), revoked], "and nothing names anybody: {lines:#?}");
}

/// Tables that hold rows of a tenant, though the only one was erased.
async fn left(world: &World) -> Vec<(String, i64)> {
    let counted = tables(world).await.into_iter();
    counted.filter(|(name, rows)| *rows > 0 && !NOBODYS.contains(&name.as_str())).collect()
}

#[tokio::test]
async fn st_17_every_table_that_keeps_something_of_a_tenant_was_looked_at() {
    let quick = start().await;
    furnish(&quick).await;
    // Empty here: what is being erased, a decision, a refresh, a revocation, an endpoint, notices, read marks, a
    // refresh under way and OAuth 1.0a take another story.
    let known = [
        "decisions",
        "erasures",
        "leases",
        "legacy",
        "noticed",
        "notices",
        "orphaned_tokens",
        "refresh_journal",
        "revocations",
        "spent_secrets",
        "touched_records",
        "visitor_reads",
        "wanted_lists",
        "webhook_deliveries",
    ];
    let empty: Vec<_> = tables(&quick.world).await.into_iter().filter(|(_, rows)| *rows == 0).collect();
    let unknown: Vec<_> = empty
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !known.contains(name) && !NOBODYS.contains(name) && *name != UNTIL_REVOKED)
        .collect();
    assert_eq!(unknown, [""; 0], "a table without a row proves nothing: furnish it, or say why");
}

#[tokio::test]
async fn st_17_a_command_that_was_killed_leaves_the_rest_to_the_proxy() {
    let quick = start().await;
    furnish(&quick).await;
    let world = &quick.world;
    let now = world.clock.now();
    // The one transaction by which the organisation is gone for everybody, and nothing after it.
    world
        .write(move |mut db| {
            Box::pin(async move {
                server::tenants::erase(&mut db, PORTAL, TENANT, now).await.expect("taken away");
                Ok(())
            })
        })
        .await;
    let operator = Operator::of(world);
    assert!(!operator.does(&["tenant", "list"]).await.contains(TENANT));
    assert!(operator.cannot(&["tenant", "show", PORTAL, TENANT]).await.contains("no organisation"));
    assert_eq!(operator.does(&["portal", "export", PORTAL]).await, "");
    let listed = world.http.get(world.at("/api/v1/connections")).bearer_auth(&world.key);
    let listed: serde_json::Value = listed.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(listed["connections"], serde_json::json!([]), "{listed}");
    assert!(left(world).await.iter().any(|(table, _)| table == "records"), "its rows are still there");
    // An organisation of the same name is another one, and stays.
    world.person(TENANT, "Ben", ALL).await;
    let quick = quick.restart().await;
    let world = &quick.world;
    eventually(|| async { !left(world).await.iter().any(|(table, _)| table == "records") }).await;
    eventually(|| async { quick.calls(REVOKE) == 1 && waiting(world).await == 0 }).await;
    eventually(|| async { tables(world).await.contains(&("tenants".to_owned(), 1)) }).await;
    let lines = audit(world).await;
    assert!(lines.iter().all(|line| !line.object.contains(CANARY) && line.actor != CANARY), "{lines:#?}");
    Operator::of(world).does(&["tenant", "show", PORTAL, TENANT]).await;
}

#[tokio::test]
async fn st_17_a_token_is_revoked_though_its_tenant_is_gone_and_the_provider_was_away() {
    let quick = start().await;
    let world = &quick.world;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    quick.sandbox.control().fail(Failure::new(REVOKE, 503, 1));
    Operator::of(world).does(&["tenant", "erase", PORTAL, TENANT, "--yes", TENANT]).await;
    eventually(|| async { quick.calls(REVOKE) == 1 }).await;
    // A restart in between loses nothing, and the patience is used up.
    let quick = quick.restart().await;
    assert_eq!(waiting(&quick.world).await, 1);
    quick.world.by_another_program("UPDATE orphaned_tokens SET next_at = 0").await;
    eventually(|| async {
        send_due(&quick.world.app()).await.expect("looked at");
        quick.calls(REVOKE) == 2 && waiting(&quick.world).await == 0
    })
    .await;
}

async fn waiting(world: &World) -> i64 {
    tables(world).await.into_iter().find(|(name, _)| name == UNTIL_REVOKED).expect("the table").1
}

#[tokio::test]
async fn st_17_an_erased_tenants_token_spares_whoever_connected_the_company_since() {
    let quick = start().await;
    let world = &quick.world;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    ended(&quick, &ann).await;
    quick.sandbox.control().fail(Failure::new(REVOKE, 503, 1));
    Operator::of(world).does(&["tenant", "erase", PORTAL, TENANT, "--yes", TENANT]).await;
    eventually(|| async { quick.calls(REVOKE) == 1 }).await;
    let ben = world.person("brook", "Ben", ALL).await;
    assert_eq!(quick.connect(&ben, UK_COMPANY).await, "connected");
    eventually(|| async {
        // Whenever the refusal was noted, the next try is due.
        world.by_another_program("UPDATE orphaned_tokens SET next_at = 0").await;
        send_due(&world.app()).await.expect("looked at");
        waiting(world).await == 0
    })
    .await;
    assert_eq!(quick.calls(REVOKE), 1, "dropped here, and not revoked there");
}

#[tokio::test]
async fn st_17_sockets_of_an_erased_tenant_close_within_a_second_and_others_stay() {
    let quick = start().await;
    let world = &quick.world;
    let looks = Permissions { view: true, ..Permissions::default() };
    let ann = world.person(TENANT, "Ann", looks).await;
    let ben = world.person("brook", "Ben", looks).await;
    let (mut hers, _his) = (world.socket(&ann).await, world.socket(&ben).await);
    let operator = Operator::of(world);
    operator.does(&["tenant", "erase", PORTAL, TENANT, "--yes", TENANT]).await;
    let told = tokio::time::timeout(SOON, hers.closed()).await.expect("soon");
    assert_eq!(told.expect("a goodbye").reason, "the session ended");
    assert!(!is_welcome(world, &ann.cookie).await && is_welcome(world, &ben.cookie).await);
    let listed = operator.does(&["tenant", "list", "--portal", PORTAL]).await;
    assert!(listed.contains("brook") && !listed.contains(TENANT), "{listed}");
    let told = operator.cannot(&["tenant", "show", PORTAL, TENANT]).await;
    assert!(told.contains("demo has no organisation \"acme\""), "{told}");
}

#[tokio::test]
async fn a_tenant_is_shown_and_a_portal_exported_without_a_token() {
    let quick = start().await;
    furnish(&quick).await;
    let operator = Operator::of(&quick.world);
    let shown = operator.does(&["tenant", "show", PORTAL, TENANT]).await;
    assert!(shown.contains("quickbooks-online") && shown.contains("by qbo, company"), "{shown}");
    let exported = operator.does(&["portal", "export", PORTAL]).await;
    let lines: Vec<serde_json::Value> =
        exported.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    for what in ["organisation", "connection", "configuration", "mapping"] {
        let found = lines.iter().filter(|line| line.get(what).is_some()).count();
        assert!(found > 0, "{what} is not in {exported}");
    }
    assert!(lines.iter().all(|line| line["tenant"] == TENANT));
    for secret in quick.sandbox.ledger().secrets() {
        assert!(!exported.contains(&secret), "a token is told");
    }
    assert!(!exported.contains("sealed"), "not even sealed");
    let told = operator.cannot(&["portal", "export", "other"]).await;
    assert!(told.contains("there is no portal \"other\""), "{told}");
}
