//! Uninstalling erases what was imported, decided and saved, and nothing else; what becomes of the
//! sign-in is shown (RF-19). Whatever ends a connection wins over a refresh under way (RF-23).

use protocol::health::Revocation;
use protocol::message::{Answer, FaultKind, Intent};
use protocol::notification::Event;
use protocol::store::ConnectionState;
use sandbox::{Failure, UK_COMPANY, US_COMPANY};
use server::oauth::refresh::TokenError;
use server::oauth::revoke::send_due;
use sqlx::Connection as _;

use crate::client::{BOUND, Client};
use crate::pausing::active;
use crate::quick::{Quick, REVOKE, TOKEN, qbo};
use crate::revocations::revocations;
use crate::tokens::{HOUR, access, eventually};
use crate::world::{ALL, Person, World};

/// Tables whose rows are erased with their connection.
const ERASED: [&str; 10] = [
    "records",
    "record_keys",
    "record_bodies",
    "record_feeds",
    "mappings",
    "gone_decisions",
    "list_ages",
    "drafts",
    "configurations",
    "imports",
];

async fn uninstall(client: &mut Client, typed: &str) -> Result<Answer, FaultKind> {
    let intent = Intent::Uninstall { integration: qbo(), typed: typed.to_owned() };
    client.ask(intent).await.map_err(|fault| fault.kind)
}

/// How many rows each of these tables has.
async fn rows(quick: &Quick) -> Vec<i64> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&quick.world.app().config.storage.path);
    let mut database = sqlx::SqliteConnection::connect_with(&options).await.expect("it opens");
    let mut all = Vec::new();
    for table in ERASED {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        all.push(sqlx::query_scalar(count).fetch_one(&mut database).await.expect("a count"));
    }
    all
}

/// The whole file, part by part.
async fn export(client: &mut Client) -> String {
    let (mut file, mut after) = (String::new(), None);
    loop {
        let intent = Intent::ExportConfiguration { integration: qbo(), after };
        match client.ask(intent).await.expect("it is exported") {
            Answer::Exported { csv, next } => {
                file.push_str(&csv);
                after = next;
            }
            other => panic!("{other:?}"),
        }
        if after.is_none() {
            return file;
        }
    }
}

#[tokio::test]
async fn uninstalling_asks_for_the_name_and_erases_all_but_the_log() {
    let (quick, ann, mut client) = active().await;
    let before = rows(&quick).await;
    assert!(before.iter().filter(|count| **count > 0).count() >= 5, "{before:?}");
    for typed in ["", "  ", "QuickBooks", "yes", US_COMPANY] {
        assert_eq!(uninstall(&mut client, typed).await, Err(FaultKind::Invalid), "{typed:?}");
    }
    assert_eq!((rows(&quick).await, quick.view(&ann).await.state), (before, ConnectionState::Active));
    let log = quick.events(&ann).await.len();
    assert_eq!(uninstall(&mut client, &UK_COMPANY.to_uppercase()).await, Ok(Answer::Nothing));
    eventually(|| async { rows(&quick).await == [0; 10] }).await;
    let view = quick.view(&ann).await;
    assert_eq!((view.state, view.settings_kept), (ConnectionState::Available, false));
    assert!(view.company.is_none() && view.saved.is_none() && view.lists.is_empty());
    let events = quick.events(&ann).await;
    assert!(events.contains(&Event::Uninstalled) && events.len() > log, "the log is kept");
    eventually(|| async { revocations(&quick) == [Some(200)] }).await;
    assert_eq!(uninstall(&mut client, UK_COMPANY).await, Err(FaultKind::Invalid), "that name is unknown now");
    assert_eq!(uninstall(&mut client, "QuickBooks Online").await, Err(FaultKind::NotNow));
}

#[tokio::test]
async fn what_was_uninstalled_connects_like_new() {
    let (quick, ann, mut client) = active().await;
    uninstall(&mut client, "QuickBooks Online").await.expect("it is erased");
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "connected", "no company is known to guard");
    crate::imports::ended(&quick, &ann).await;
    let view = quick.view(&ann).await;
    assert_eq!(view.state, ConnectionState::NeedsConfiguration);
    assert_eq!(view.company.expect("a company").name, US_COMPANY);
}

/// Customers that no book has, with a mapping each: enough to be erased bit by bit.
const MANY: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
     INSERT INTO records (connection, company_id, list, provider_id, name, matching, search, active, seen_import)
     SELECT c.id, c.company_id, 'customers', 'made-up-' || i, 'N', 'n', 'n', 1, 0 FROM connections c, n";

#[tokio::test]
async fn the_same_company_comes_back_without_anything_of_before() {
    let (quick, ann, mut client) = active().await;
    quick.world.by_another_program(MANY).await;
    assert!(rows(&quick).await[0] > 3000);
    uninstall(&mut client, UK_COMPANY).await.expect("it is erased");
    // At once, however much of it is still on the disk.
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    crate::imports::ended(&quick, &ann).await;
    let view = quick.view(&ann).await;
    assert_eq!((view.state, view.settings_kept), (ConnectionState::NeedsConfiguration, false));
    quick.world.by_another_program("DELETE FROM records WHERE provider_id NOT LIKE 'made-up-%'").await;
    assert_eq!(rows(&quick).await[0], 0, "what was there before is gone");
}

#[tokio::test]
async fn what_a_killed_proxy_had_to_erase_the_next_one_erases() {
    let (quick, ann, mut client) = active().await;
    quick.world.by_another_program(MANY).await;
    // As the transaction of an uninstall leaves it, and nothing after it.
    uninstall(&mut client, UK_COMPANY).await.expect("it is erased");
    let (config, clock) = (quick.world.app().config.clone(), quick.world.clock.clone());
    let Quick { world, sandbox } = quick;
    let (http, key) = (world.http.clone(), world.key.clone());
    let dir = world.stop().await;
    {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&config.storage.path);
        let mut file = sqlx::SqliteConnection::connect_with(&options).await.expect("it opens");
        for statement in [
            "UPDATE connections SET company_id = '9341'",
            MANY,
            "UPDATE connections SET company_id = NULL",
            "INSERT OR IGNORE INTO erasures SELECT id FROM connections",
        ] {
            sqlx::query(statement).execute(&mut file).await.expect("written");
        }
        file.close().await.expect("closed");
    }
    let listener = crate::ports::again(config.server.listen).await;
    let running = server::start_on(listener, config, clock.clone()).await.expect("it starts");
    let quick = Quick { world: World { running, clock, http, dir, key }, sandbox };
    eventually(|| async { rows(&quick).await == [0; 10] }).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Available);
}

#[tokio::test]
async fn an_export_holds_the_settings_and_every_decision() {
    let (quick, ann, mut client) = active().await;
    let path = quick.world.at("/api/v1/tenants/acme/records/customers");
    let record = serde_json::json!({ "id": "=1+1", "name": "@Harbour \"One\"", "email": "one@example.com" });
    let post = quick.world.http.post(path).bearer_auth(&quick.world.key).body(record.to_string());
    let post = post.header("content-type", "application/x-ndjson").send().await.expect("an answer");
    assert_eq!(post.status().as_u16(), 200);
    quick
        .world
        .by_another_program("UPDATE mappings SET state = 'ignored', decided_by = 'Ann' WHERE source = '=1+1'")
        .await;
    let file = export(&mut client).await;
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines[0], "\"what\",\"id\",\"name\",\"value\",\"value name\",\"state\",\"decided by\"");
    assert!(lines[1].starts_with("\"version\",\"\",\"\",\"1\""), "{}", lines[1]);
    assert!(lines.iter().any(|line| line.starts_with("\"setting\",\"account-sales\",\"Sales\"")), "{file}");
    let mapped = "\"customers\",\"'=1+1\",\"'@Harbour \"\"One\"\"\",\"\",\"\",\"ignored\",\"Ann\"";
    assert!(lines.contains(&mapped), "{file}");
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Active, "nothing was changed");
}

async fn shown(quick: &Quick, person: &Person) -> Option<Revocation> {
    quick.view(person).await.revocation
}

#[tokio::test]
async fn rf_19_the_outcome_of_revoking_is_shown() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    assert_eq!(shown(&quick, &ann).await, None, "a sign-in is in use");
    quick.sandbox.control().fail(Failure::new(REVOKE, 503, 1));
    let mut client = quick.world.socket(&ann).await;
    client.ask(Intent::Disconnect { integration: qbo() }).await.expect("it is off");
    let now = quick.world.clock.now();
    eventually(|| async {
        matches!(shown(&quick, &ann).await, Some(Revocation::Waits { next }) if next > now)
    })
    .await;
    assert_eq!(revocations(&quick), [Some(503)]);
    quick.world.clock.advance(HOUR);
    let at = quick.world.clock.now();
    eventually(|| async {
        send_due(&quick.world.app()).await.expect("looked at");
        shown(&quick, &ann).await == Some(Revocation::Done { at })
    })
    .await;
    quick.sandbox.control().resume_queries();
    quick.connect(&ann, UK_COMPANY).await;
    assert_eq!(shown(&quick, &ann).await, None, "there is another sign-in");
}

#[tokio::test]
async fn rf_19_a_company_that_is_used_elsewhere_is_not_revoked_and_that_is_said() {
    let quick = Quick::start().await;
    let (ann, ben) = (quick.ann().await, quick.world.person("other", "Ben", ALL).await);
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.sandbox.control().fail(Failure::new(REVOKE, 503, 1));
    quick.disconnect(&ann).await;
    let now = quick.world.clock.now();
    eventually(|| async {
        matches!(shown(&quick, &ann).await, Some(Revocation::Waits { next }) if next > now)
    })
    .await;
    quick.sandbox.control().resume_queries();
    assert_eq!(quick.connect(&ben, UK_COMPANY).await, "connected");
    quick.world.clock.advance(HOUR);
    eventually(|| async {
        send_due(&quick.world.app()).await.expect("looked at");
        shown(&quick, &ann).await == Some(Revocation::Shared)
    })
    .await;
    assert_eq!(quick.calls(REVOKE), 1, "it was not asked for again");
    assert!(access(&quick, &ben).await.is_ok());
}

#[tokio::test]
async fn rf_21_another_company_waits_and_a_used_one_overwrites_nothing() {
    let quick = Quick::start().await;
    let (ann, ben) = (quick.ann().await, quick.world.person("other", "Ben", ALL).await);
    quick.connect(&ann, UK_COMPANY).await;
    quick.connect(&ben, US_COMPANY).await;
    let before = (quick.row(&ann).await, quick.row(&ben).await);
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "company-in-use");
    quick.disconnect(&ben).await;
    assert_eq!(quick.connect(&ann, US_COMPANY).await, "another-company");
    let after = quick.row(&ann).await;
    assert_eq!((after.generation, &after.company_id), (before.0.generation, &before.0.company_id));
    assert_eq!(access(&quick, &ann).await.expect("the first goes on").company, before.0.company_id.unwrap());
    assert_eq!(quick.connect(&ben, UK_COMPANY).await, "company-in-use");
    let ours = quick.row(&ben).await;
    assert!(!ours.live && ours.company_id == before.1.company_id, "{ours:?}");
    assert!(access(&quick, &ann).await.is_ok());
}

/// What ends a connection, in the transaction of an intent.
fn endings() -> [Intent; 2] {
    [
        Intent::Disconnect { integration: qbo() },
        Intent::Uninstall { integration: qbo(), typed: UK_COMPANY.to_owned() },
    ]
}

#[tokio::test]
async fn rf_23_what_ends_during_a_refresh_is_not_brought_back() {
    for ending in endings() {
        let quick = Quick::start().await;
        let ann = quick.ann().await;
        quick.connect_quietly(&ann, UK_COMPANY).await;
        let mut client = quick.world.socket(&ann).await;
        quick.world.clock.advance(HOUR);
        quick.sandbox.control().hold(TOKEN);
        // Else the refresh would meet a token that is revoked already.
        quick.sandbox.control().fail(Failure::new(REVOKE, 503, 1));
        let meanwhile = async {
            quick.sandbox.ledger().asked_at(TOKEN, 2, BOUND).await;
            client.ask(ending.clone()).await.expect("it ends");
            quick.sandbox.control().release();
        };
        let (door, ()) = tokio::join!(access(&quick, &ann), meanwhile);
        assert!(matches!(door, Err(TokenError::NotConnected)), "{ending:?}");
        assert_eq!(quick.sandbox.ledger().to(TOKEN)[1].status, Some(200), "a new pair came");
        eventually(|| async {
            // Whenever the refusal of the first try was noted, the next one is due.
            quick.world.clock.advance(HOUR);
            send_due(&quick.world.app()).await.expect("looked at");
            revocations(&quick).len() == 3
        })
        .await;
        let mut sent: Vec<_> = quick.sandbox.ledger().to(REVOKE).iter().map(sandbox::Entry::form).collect();
        sent.sort();
        sent.dedup();
        assert_eq!(sent.len(), 2, "the pair from before, and the one that came after");
        let quick = quick.restart().await;
        let row = quick.row(&ann).await;
        assert!(!row.live && row.tokens.is_none(), "{ending:?}: {row:?}");
        assert_eq!(quick.sandbox.ledger().to(TOKEN).len(), 2, "and nothing was sent after it");
    }
}
