//! What the table of routes promises, asked of the proxy row by row: who is refused, which methods
//! there are, and what the security document tells of it.

use sandbox::UK_COMPANY;
use server::http::table::{Guard, ROUTES, Route};

use crate::quick::{Quick, TOKEN};
use crate::raw::{Answer, Request};
use crate::world::{ALL, Person, Plan, World};

/// The public id of no connection.
pub(crate) const NO_CONNECTION: &str = "00000000000000000000000000000000";

/// A path of this row.
pub(crate) fn concrete(path: &str) -> String {
    let values = [
        ("{code}", "unknown-code"),
        ("{integration}", "quickbooks-online"),
        ("{registration}", "qbo"),
        ("{tenant}", "riverside"),
        ("{kind}", "taxes"),
        ("{record}", "1"),
        ("{list}", "accounts"),
        ("{import}", "4000000"),
        ("{table}", "taxes"),
        ("{webhook}", "wh_0a1b2c3d"),
        ("{portal}", crate::world::PORTAL),
        ("{id}", NO_CONNECTION),
        ("{*path}", "v3/company/1/query"),
        ("{*rest}", "quickbooks-online"),
        ("{version}", env!("CARGO_PKG_VERSION")),
        ("{name}", "patchbay-store.js"),
    ];
    let path = values.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
    assert!(!path.contains('{'), "say in `concrete` what stands for the name in {path}");
    path
}

/// The methods of a path, as the table has them.
fn methods(path: &str) -> Vec<&'static str> {
    let rows = || ROUTES.iter().filter(|row| row.path == path);
    let head = rows().any(|row| row.method == "GET" && !row.changes()).then_some("HEAD");
    rows().map(|row| row.method).chain(head).collect()
}

/// Bodies that a form of another site can send, and none.
const BODIES: [Option<(&str, &str)>; 5] = [
    None,
    Some(("application/x-www-form-urlencoded", "ticket=x&name=Acme")),
    Some(("text/plain", "{\"name\":\"Acme\"}")),
    Some(("multipart/form-data; boundary=b", "--b\r\n\r\nx\r\n--b--")),
    Some(("application/json", "{\"name\":\"Acme\"}")),
];

fn with_body(request: Request, body: Option<(&str, &str)>) -> Request {
    match body {
        Some((kind, body)) => request.body(kind, body),
        None => request,
    }
}

/// Headers of a request that lacks one part of a guard, whatever else it has.
fn forgeries(guard: Guard, ours: &str) -> Vec<Vec<(&'static str, String)>> {
    let own = |name: &'static str, value: &str| (name, value.to_owned());
    let origin = || own("origin", ours);
    let site = || own("sec-fetch-site", "same-origin");
    let custom = || own("x-patchbay", "1");
    let mut forged = Vec::new();
    let foreign = ["null", "http://evil.example", &format!("{ours}.evil.example"), &format!("{ours}/"), ""];
    for other in foreign {
        forged.push(vec![own("origin", other), site(), custom()]);
    }
    forged.push(vec![site(), custom()]);
    forged.push(vec![origin(), origin(), site(), custom()]);
    if matches!(guard, Guard::OwnPage | Guard::OwnScript) {
        forged.push(vec![origin(), custom()]);
        for other in ["cross-site", "same-site", "none", "same-origin, cross-site"] {
            forged.push(vec![origin(), own("sec-fetch-site", other), custom()]);
        }
    }
    if guard == Guard::OwnScript {
        forged.push(vec![origin(), site()]);
        forged.push(vec![origin(), site(), own("x-patchbay", "0")]);
    }
    forged
}

/// Everything that the store has written so far: its log grows with every change.
fn written(world: &World) -> Vec<u8> {
    std::fs::read(world.dir.path().join("patchbay.db-wal")).expect("the database's log")
}

/// Asks for a changing row without its defence, in every way that a browser can be made to.
async fn attack(world: &World, row: &Route, path: &str, person: &Person) -> Vec<Answer> {
    let (ours, address) = (world.running.url(), world.running.address());
    let mut answers = Vec::new();
    let ways = match row.guard {
        // No page of another site can add the header; all the rest it may have.
        Guard::Bearer => vec![vec![
            ("origin", ours.clone()),
            ("sec-fetch-site", "same-origin".to_owned()),
            ("x-patchbay", "1".to_owned()),
        ]],
        Guard::Attempt => {
            vec![vec![("cookie", "__Host-attempt=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned())]]
        }
        Guard::Signature => vec![Vec::new(), vec![("intuit-signature", "A".repeat(43) + "=")]],
        Guard::ChangesNothing => Vec::new(),
        guard => forgeries(guard, &ours),
    };
    for headers in ways {
        let bodies = if row.method == "GET" { &BODIES[..1] } else { &BODIES[..] };
        for body in bodies {
            let request = Request::new(row.method, path).headers(&headers).header("cookie", &person.cookie);
            answers.push(match row.guard {
                Guard::OwnOrigin => upgraded(request).ask_head(address).await,
                _ => with_body(request, *body).ask(address).await,
            });
        }
    }
    answers
}

/// The headers of a socket's beginning.
pub(crate) fn upgraded(request: Request) -> Request {
    request
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "cGF0Y2hiYXlwYXRjaGJheQ==")
        .header("sec-websocket-protocol", protocol::SUBPROTOCOL_JSON)
}

#[tokio::test]
async fn se_05_every_changing_route_is_refused_without_its_defence() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let before = written(&world);
    for row in ROUTES.iter().filter(|row| row.changes()) {
        let answers = attack(&world, row, &concrete(row.path), &zoe).await;
        assert!(!answers.is_empty(), "nothing was tried at {} {}", row.method, row.path);
        let status = match row.guard {
            Guard::Bearer | Guard::Signature => 401,
            Guard::Attempt => 400,
            _ => 403,
        };
        for answer in answers {
            assert_eq!(answer.status, status, "{} {}: {answer:?}", row.method, row.path);
            assert_eq!(answer.header("set-cookie"), None, "{} {}", row.method, row.path);
        }
    }
    assert!(written(&world) == before, "something was written");
    world.socket(&zoe).await;
}

#[tokio::test]
async fn se_05_a_form_with_a_stolen_key_changes_nothing_either() {
    let world = World::start().await;
    let (address, before) = (world.running.address(), written(&world));
    // Of what changes something, a form can send a POST alone.
    let forms = |row: &&Route| row.guard == Guard::Bearer && !["GET", "DELETE"].contains(&row.method);
    for row in ROUTES.iter().filter(forms) {
        for body in &BODIES[..4] {
            let request = Request::new(row.method, &concrete(row.path));
            let request = request.header("authorization", format!("Bearer {}", world.key));
            let answer = with_body(request, *body).ask(address).await;
            // What reads no body of a certain kind finds no connection of that name.
            let status = if row.path.contains("{id}") { 404 } else { 415 };
            assert_eq!(answer.status, status, "{} {} {body:?}: {answer:?}", row.method, row.path);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        }
    }
    assert!(written(&world) == before, "something was written");
}

#[tokio::test]
async fn se_05_with_its_defence_each_browser_route_does_its_work() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let path = format!("{}?{}", back.path(), back.query().expect("a query"));
    let address = quick.world.running.address();
    let foreign = Request::new("GET", &path).header("cookie", &ann.cookie).ask(address).await;
    assert_eq!((foreign.status, quick.calls(TOKEN)), (400, 0), "a state without its cookie");
    assert_eq!(quick.visit(&back, &away.cookie).await.status, 303);
    let out = Request::new("POST", "/signout").headers(&[
        ("origin", quick.world.running.url()),
        ("sec-fetch-site", "same-origin".to_owned()),
        ("x-patchbay", "1".to_owned()),
        ("cookie", ann.cookie.clone()),
    ]);
    assert_eq!(out.ask(address).await.status, 204);
}

#[tokio::test]
async fn se_10_a_head_never_does_what_a_get_does() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let asked = quick.world.http.head(back.clone()).header("cookie", &away.cookie);
    let answer = asked.send().await.expect("an answer");
    assert_eq!((answer.status().as_u16(), quick.calls(TOKEN)), (405, 0));
    assert_eq!(answer.headers()["allow"], "GET");
    assert_eq!(quick.visit(&back, &away.cookie).await.status, 303, "the attempt is as it was");
}

#[tokio::test]
async fn se_10_methods_that_no_row_lists_are_refused_with_those_that_are() {
    let world = World::start().await;
    let (address, before) = (world.running.address(), written(&world));
    let tried =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "BREW"];
    for row in ROUTES {
        let listed = methods(row.path);
        for method in tried.iter().filter(|method| !listed.contains(method)) {
            let request = Request::new(method, &concrete(row.path));
            let answer = request.header("authorization", format!("Bearer {}", world.key)).ask(address).await;
            assert_eq!(answer.status, 405, "{method} {}: {answer:?}", row.path);
            let allow = answer.header("allow").expect("what is allowed");
            let (mut told, mut wanted) = (allow.split(", ").collect::<Vec<_>>(), listed.clone());
            told.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(told, wanted, "{method} {}", row.path);
        }
    }
    for method in ["POST", "TRACE", "DELETE", "OPTIONS"] {
        let answer = Request::new(method, "/nothing/here").ask(address).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD")), "{method}");
    }
    assert!(written(&world) == before, "something was written");
}

#[tokio::test]
async fn se_10_a_head_of_a_page_is_its_get_without_the_body() {
    let mut plan = Plan::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("index.html"), "<!doctype html>store").expect("written");
    plan.config.assets.dir = Some(folder.path().to_owned());
    let world = plan.start().await;
    let address = world.running.address();
    for row in ROUTES.iter().filter(|row| !row.changes()) {
        let path = concrete(row.path);
        let (get, head) =
            (Request::new("GET", &path).ask(address).await, Request::new("HEAD", &path).ask(address).await);
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
}

#[test]
fn se_05_the_security_document_tells_exactly_these_rows() {
    let document = include_str!("../../../docs/SECURITY.md");
    let table = document.lines().skip_while(|line| !line.starts_with("| route |")).skip(2);
    let told: Vec<&str> = table.take_while(|line| line.starts_with('|')).collect();
    let rows: Vec<String> = ROUTES.iter().map(Route::row).collect();
    assert_eq!(told, rows, "the table in docs/SECURITY.md must be:\n{}\n", rows.join("\n"));
}
