//! What can be set of a portal: who hears of it, what is taken (IN-07), and that the proxy itself calls
//! none of it.

use futures_util::FutureExt as _;
use protocol::message::ServerMessage;
use protocol::store::Session;
use sandbox::UK_COMPANY;
use serde_json::json;
use server::portals::{NewPortal, Origin, WayBack};
use server::store::portals::Portal;
use tokio::net::{TcpListener, TcpStream};

use crate::client::{Client, SOON};
use crate::frames::ZOE;
use crate::imports::ended;
use crate::operator::Operator;
use crate::portals::{audit, invitations, invite, press};
use crate::quick::{Quick, REVOKE};
use crate::world::{ALL, PORTAL, World};

/// The next session that a store is told of.
async fn told(client: &mut Client) -> Session {
    let heard = client.until(|message| match message {
        ServerMessage::Session(session) => Some(Session::clone(session)),
        _ => None,
    });
    tokio::time::timeout(SOON, heard).await.expect("soon")
}

#[tokio::test]
async fn what_is_set_of_a_portal_reaches_its_open_stores_within_a_second() {
    let world = World::start().await;
    let zoe = world.person("brook", "Zoë", ALL).await;
    let (mut tab, mut frame) = (world.socket(&zoe).await, world.open_frame(ZOE).await);
    let operator = Operator::of(&world);
    let page = "http://portal.localhost:4100/shop";
    operator.does(&["portal", "set", PORTAL, "--name", "Acme Trade", "--return-url", page]).await;
    for client in [&mut tab, &mut frame] {
        let session = told(client).await;
        assert_eq!((session.portal_name.as_str(), session.return_url.as_deref()), ("Acme Trade", Some(page)));
        let before = &client.welcome.snapshot.session;
        assert_eq!((session.permissions, session.ends), (before.permissions, before.ends));
    }
    operator.does(&["portal", "set", PORTAL, "--no-return-url"]).await;
    assert_eq!(told(&mut tab).await.return_url, None);
    assert_eq!(told(&mut frame).await.portal_name, "Acme Trade");
    let again = world.socket(&zoe).await.welcome.snapshot.session;
    assert_eq!((again.portal_name.as_str(), again.return_url), ("Acme Trade", None));
    let lines = audit(&world).await.into_iter().filter(|line| line.actor == "operator");
    let lines = lines.map(|line| [line.actor, line.action, line.object]);
    let told = ["name Acme Trade".to_owned(), format!("back to {page}"), "back to nowhere".to_owned()];
    let line = |object| ["operator".to_owned(), "portal.changed".to_owned(), object];
    assert_eq!(lines.collect::<Vec<_>>(), told.map(line));
}

#[tokio::test]
async fn the_new_name_of_an_organisation_reaches_its_open_stores_and_no_others() {
    let world = World::start().await;
    let (zoe, ben) = (world.person("riverside", "Zoë", ALL).await, world.person("brook", "Ben", ALL).await);
    let (mut here, mut there) = (world.socket(&zoe).await, world.socket(&ben).await);
    let put = world.http.put(world.at("/api/v1/tenants/riverside")).bearer_auth(&world.key);
    put.json(&json!({ "name": "Riverside Bikes" })).send().await.expect("an answer");
    assert_eq!(told(&mut here).await.organisation, "Riverside Bikes");
    let put = world.http.put(world.at("/api/v1/tenants/brook")).bearer_auth(&world.key);
    put.json(&json!({ "name": "Brook Bikes" })).send().await.expect("an answer");
    assert_eq!(told(&mut there).await.organisation, "Brook Bikes", "the first that it hears of");
    for what in ["links", "sessions"] {
        invite(&world, &world.key, what).await;
        assert_eq!(told(&mut here).await.organisation, "Riverside Cycles", "{what} names it as well");
        let put = world.http.put(world.at("/api/v1/tenants/riverside")).bearer_auth(&world.key);
        put.json(&json!({ "name": "Riverside Bikes" })).send().await.expect("an answer");
        assert_eq!(told(&mut here).await.organisation, "Riverside Bikes");
    }
}

/// What is no exact, safe address, by name of the trick. `{}` is a page's path or nothing.
const HOSTILE: [&str; 37] = [
    "https://127.1{}",
    "https://2130706433{}",
    "https://0x7f000001{}",
    "https://017700000001{}",
    "https://127.0.0.1:443{}",
    "https://[::ffff:127.0.0.1]{}",
    "https://[0:0:0:0:0:0:0:1]{}",
    "http://127.0.0.1{}",
    "http://127.1{}",
    "http://2130706433{}",
    "http://0{}",
    "http://[::1]{}",
    "http://[::ffff:7f00:1]{}",
    "http://169.254.169.254{}",
    "http://acme.example{}",
    "http://localhost.acme.example{}",
    "https://ann@acme.example{}",
    "https://ann:secret@acme.example{}",
    "https://acme.example@127.0.0.1{}",
    "https://@acme.example{}",
    "https://acme.example{}#shop",
    "https://acme.example{}\r\nset-cookie: a=b",
    "https://acme\r\n.example{}",
    "\thttps://acme.example{}",
    "https://\u{430}cme.example{}",
    "https://\u{ff41}cme.example{}",
    "https://acme\u{3002}example{}",
    "https://ACME.example{}",
    "https:\\\\acme.example{}",
    "https:acme.example{}",
    "//acme.example{}",
    "javascript:alert(1){}",
    "java\tscript:alert(1){}",
    "data:text/html,<script>alert(1)</script>{}",
    "blob:https://acme.example{}",
    "file:///etc/passwd{}",
    "gopher://127.0.0.1:25{}",
];

/// Exact and safe. That some lead to this machine harms nobody: only browsers follow them.
const TAKEN: [&str; 5] = [
    "https://acme.example{}",
    "https://xn--cme-5cd.example{}",
    "https://127.0.0.1{}",
    "https://[::ffff:7f00:1]{}",
    "http://portal.localhost:4100{}",
];

#[tokio::test]
async fn in_07_only_exact_and_safe_addresses_are_taken() {
    let portal = |return_url: Option<String>| Portal { id: "a".into(), name: "A".into(), return_url };
    for address in HOSTILE {
        let (page, origin) = (address.replace("{}", "/"), address.replace("{}", ""));
        assert!(page.parse::<WayBack>().is_err(), "{page:?}");
        assert!(origin.parse::<Origin>().is_err(), "{origin:?}");
        assert!(NewPortal::new(portal(Some(page)), &[]).is_err(), "{address:?}");
        assert!(NewPortal::new(portal(None), &[origin]).is_err(), "{address:?}");
    }
    for address in TAKEN {
        let (page, origin) = (address.replace("{}", "/"), address.replace("{}", ""));
        assert_eq!(page.parse::<WayBack>().map(|back| back.as_str().to_owned()), Ok(page.clone()));
        assert_eq!(origin.parse::<Origin>().map(|origin| origin.as_str().to_owned()), Ok(origin.clone()));
        assert!(NewPortal::new(portal(Some(page)), &[origin]).is_ok(), "{address:?}");
    }
}

#[tokio::test]
async fn in_07_the_command_refuses_them_and_changes_nothing() {
    let world = World::start().await;
    let operator = Operator::of(&world);
    let before = operator.does(&["portal", "list"]).await;
    for address in HOSTILE {
        let (page, origin) = (address.replace("{}", "/"), address.replace("{}", ""));
        operator.cannot(&["portal", "set", PORTAL, "--return-url", &page]).await;
        operator.cannot(&["portal", "origins", PORTAL, "add", &origin]).await;
    }
    assert_eq!(operator.does(&["portal", "list"]).await, before);
    assert_eq!(audit(&world).await, []);
}

#[tokio::test]
async fn in_07_nothing_that_a_portal_sets_is_ever_called() {
    let trap = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = trap.local_addr().expect("bound");
    let (origin, page) =
        (format!("http://localhost:{}", address.port()), format!("http://localhost:{}/back", address.port()));
    let quick = Quick::start().await;
    let (world, operator) = (&quick.world, Operator::of(&quick.world));
    operator.does(&["portal", "set", PORTAL, "--return-url", &page]).await;
    operator.does(&["portal", "origins", PORTAL, "add", &origin]).await;
    let (link, _) = invitations(world, &world.key).await;
    assert_eq!(press(world, &link).await, 303);
    let ann = quick.ann().await;
    let client = world.socket(&ann).await;
    assert_eq!(client.welcome.snapshot.session.return_url.as_deref(), Some(page.as_str()));
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    ended(&quick, &ann).await;
    let shown = world.at("/connected?result=connected&portal=demo");
    let shown = world.http.get(shown).send().await.expect("an answer").text().await.expect("a page");
    assert!(shown.contains(&page), "the page leads there: {shown}");
    quick.disconnect(&ann).await;
    let answered = quick.sandbox.ledger().answered_to(REVOKE, 1, crate::client::BOUND).await;
    assert_eq!(answered.len(), 1, "calls go out, to the provider");
    assert!(trap.accept().now_or_never().is_none(), "somebody called {page}");
    let caller = TcpStream::connect(address).await.expect("it listens");
    let (_, heard) = trap.accept().await.expect("a call is heard");
    assert_eq!(caller.local_addr().expect("connected"), heard);
}
