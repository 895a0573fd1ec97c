//! A thief with the whole database: nothing in it opens anything (SE-08), and nothing that opens
//! something can be guessed (OA-05).

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::TryStreamExt as _;
use protocol::message::{Auth, FaultKind};
use sandbox::UK_COMPANY;
use server::vault::digest;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Column as _, Connection as _, Row as _};

use crate::frames::ZOE;
use crate::operator::Operator;
use crate::portals::{invitations, invite, is_welcome, press};
use crate::quick::Quick;
use crate::world::{PORTAL, World};

/// Every value of every table of a copy of the database.
async fn loot(world: &World) -> HashSet<Vec<u8>> {
    let copy = tempfile::tempdir().expect("a folder");
    for name in ["patchbay.db", "patchbay.db-wal"] {
        std::fs::copy(world.dir.path().join(name), copy.path().join(name)).expect("copied");
    }
    let options = SqliteConnectOptions::new().filename(copy.path().join("patchbay.db"));
    let mut database = SqliteConnection::connect_with(&options).await.expect("it opens");
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .fetch_all(&mut database)
        .await
        .expect("tables");
    assert!(tables.iter().any(|table| table == "session_tokens"), "{tables:?}");
    let mut values = HashSet::new();
    for table in tables {
        let all = sqlx::AssertSqlSafe(format!("SELECT * FROM \"{table}\""));
        let mut rows = sqlx::query(all).fetch(&mut database);
        while let Some(row) = rows.try_next().await.expect("a row") {
            for column in row.columns() {
                let bytes = row.try_get_unchecked::<Option<Vec<u8>>, _>(column.ordinal()).expect("a value");
                values.extend(bytes.filter(|bytes| bytes.len() >= 8));
            }
        }
    }
    values
}

/// The ways in which a value might be presented, those that can stand in a header and an address.
fn forms(value: &[u8]) -> Vec<String> {
    let hexadecimal: Vec<_> = value.iter().map(|byte| format!("{byte:02x}")).collect();
    let raw = String::from_utf8(value.to_vec()).into_iter();
    let raw = raw.filter(|text| text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)));
    raw.chain([hexadecimal.concat(), URL_SAFE_NO_PAD.encode(value)]).collect()
}

#[tokio::test]
async fn se_08_nothing_in_the_database_opens_anything() {
    let quick = Quick::start().await;
    let world = &quick.world;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let (link, token) = invitations(world, &world.key).await;
    let ticket = quick.ticket(&ann).await;
    let spent = world.open_frame(ZOE).await.secret();
    let before = world.frame(Auth::Resume(spent.clone())).await.expect("a welcome").secret();
    let newest = world.frame(Auth::Resume(before.clone())).await.expect("a welcome").secret();
    Operator::of(world).does(&["portal", "keys", PORTAL, "add", "--key-file", "other.key"]).await;
    let other = std::fs::read_to_string(world.dir.path().join("other.key")).expect("a key");
    let loot = loot(world).await;
    let hash = |secret: &str| loot.contains(digest(secret).as_slice());
    let code = link.rsplit('/').next().expect("a code");
    let cookie = ann.cookie.split_once('=').expect("a pair").1;
    for secret in [code, &token, &ticket, other.trim(), &world.key, cookie, &spent, &before, &newest] {
        assert!(hash(secret), "its hash is kept");
        assert!(!loot.contains(secret.as_bytes()), "and the secret is not");
    }
    let mut tried = 0;
    for value in &loot {
        for form in forms(value) {
            assert_eq!(invite(world, &form, "sessions").await.status().as_u16(), 401, "{form} is a key");
            assert_eq!(press(world, &world.at(&format!("/enter/{form}"))).await, 410, "{form} is a link");
            assert!(!is_welcome(world, &format!("__Host-patchbay={form}")).await, "{form} is a cookie");
            for auth in [Auth::Token(form.clone()), Auth::Resume(form.clone())] {
                assert_eq!(world.frame(auth).await.err(), Some(FaultKind::SessionInvalid), "{form}");
            }
            assert_ne!(quick.post_connect(&form, "").await.status().as_u16(), 200, "{form} is a ticket");
            tried += 1;
        }
    }
    assert!(tried > 20, "there is something to try: {tried}");
    // What was tried with opens when its owner presents it.
    assert_eq!(press(world, &link).await, 303);
    world.frame(Auth::Token(token)).await.expect("a welcome");
    world.frame(Auth::Resume(newest)).await.expect("a welcome");
    assert_eq!(quick.post_connect(&ticket, "").await.status().as_u16(), 200);
    assert_eq!(invite(world, other.trim(), "sessions").await.status().as_u16(), 201);
}

#[tokio::test]
async fn oa_05_links_and_tokens_carry_256_random_bits() {
    let world = World::start().await;
    let mut seen = HashSet::new();
    for _ in 0..50 {
        let (link, token) = invitations(&world, &world.key).await;
        for secret in [link.rsplit('/').next().expect("a code"), token.as_str()] {
            let bytes = URL_SAFE_NO_PAD.decode(secret).expect("text of random bytes");
            assert_eq!(bytes.len(), 32);
            assert!(seen.insert(bytes), "one came twice");
        }
    }
}
