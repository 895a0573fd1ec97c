//! Where our pages lead: to registered addresses and nowhere else, by 303 alone, without a code in
//! an address, a referrer or a cache.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use reqwest::Response;
use sandbox::UK_COMPANY;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::quick::{Quick, TOKEN};
use crate::world::{ALL, World};

/// The demo portal's registered return address.
const REGISTERED: &str = "http://portal.localhost:4100/";

/// Addresses that have led careless programs away, each in its own way.
const PAYLOADS: [&str; 64] = [
    "https://evil.example",
    "http://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/%2e%2e",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/%5cevil.example",
    "/%2f%2fevil.example",
    "%2f%2fevil.example",
    "%5c%5cevil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "\r\nLocation: https://evil.example",
    "/%0a/evil.example",
    "/./evil.example",
    "/.evil.example",
    "/..//evil.example",
    "/../../evil.example",
    "/%2e%2e//evil.example",
    "/;@evil.example",
    "/@evil.example",
    "@evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:\\\\evil.example",
    "https:///evil.example",
    "https://evil.example%00.portal.localhost",
    "https://portal.localhost@evil.example",
    "https://portal.localhost%40evil.example",
    "https://portal.localhost:4100@evil.example/",
    "http://portal.localhost:4100.evil.example/",
    "http://portal.localhost:41000/",
    "http://portal.localhost:4100/evil.example/..",
    "http://portal.localhost.evil.example:4100/",
    "http://evil.example#http://portal.localhost:4100/",
    "http://evil.example?http://portal.localhost:4100/",
    "http://evil.example\\@portal.localhost:4100/",
    "HTTP://EVIL.EXAMPLE",
    "hTtPs://evil.example",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://[::ffff:127.0.0.1]/",
    "http://evil\u{3002}example/",
    "http://\u{ff45}vil.example/",
    "http://evil.example\u{2044}portal",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\u{1}javascript:alert(1)",
    " javascript:alert(1)",
    "javascript://portal.localhost/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "view-source:https://evil.example",
    "blob:https://evil.example/1",
    "demo'--",
    "demo\u{0}//evil.example",
];

/// Every address that a page leads to or loads from, and where its answer redirects.
async fn ways(answer: Response) -> Vec<String> {
    let headers = answer.headers().clone();
    let mut ways: Vec<String> =
        headers.get_all("location").iter().map(|way| way.to_str().expect("text").to_owned()).collect();
    assert!(!headers.contains_key("refresh") && !headers.contains_key("link"));
    let page = answer.text().await.expect("text");
    assert!(!page.to_lowercase().contains("http-equiv"));
    for part in ["href=\"", "src=\"", "action=\"", "srcset=\"", "href='", "src='"] {
        let found = page.split(part).skip(1).filter_map(|rest| rest.split(['"', '\'']).next());
        ways.extend(found.map(str::to_owned));
    }
    ways
}

fn own(way: &str) -> bool {
    ["/", "/page.css", "/page.js", "/favicon.svg", REGISTERED].contains(&way)
}

async fn told(world: &World, fields: &[(&str, &str)]) -> Response {
    world.http.get(world.at("/connected")).query(fields).send().await.expect("an answer")
}

#[tokio::test]
async fn oa_13_no_parameter_leads_away() {
    let world = World::start().await;
    for payload in PAYLOADS {
        let fields = [
            ("result", "connected"),
            ("integration", "quickbooks-online"),
            ("portal", payload),
            ("return_to", payload),
            ("return_url", payload),
            ("next", payload),
            ("redirect_uri", payload),
        ];
        for ways in [ways(told(&world, &fields).await).await, ways(told(&world, &fields[2..]).await).await] {
            assert!(ways.iter().all(|way| own(way)), "{payload:?} leads to {ways:?}");
            assert!(!ways.contains(&REGISTERED.to_owned()), "{payload:?} is no portal");
        }
        let stray = world.http.get(world.at("/callback/qbo")).query(&fields).send().await.expect("an answer");
        assert!(ways(stray).await.iter().all(|way| own(way)), "{payload:?}");
    }
    let known = told(&world, &[("result", "connected"), ("portal", "demo")]).await;
    assert!(ways(known).await.contains(&REGISTERED.to_owned()), "the registered way is there");
}

#[tokio::test]
async fn oa_13_no_path_leads_away() {
    let world = World::start().await;
    for payload in PAYLOADS {
        // As sent by a hand, since every decent client would tidy it up.
        let path = payload.replace([' ', '\t', '\r', '\n', '\u{0}', '\u{1}'], "%20");
        let path = if path.starts_with('/') { path } else { format!("/{path}") };
        let head = format!("GET {path} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
        let mut stream = TcpStream::connect(world.running.address()).await.expect("it listens");
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("read");
        let answer = String::from_utf8_lossy(&answer).to_lowercase();
        assert!(answer.starts_with("http/1.1 4"), "{payload:?}: {answer:.60}");
        assert!(!answer.contains("location:") && !answer.contains("evil"), "{payload:?}: {answer}");
    }
}

#[tokio::test]
async fn oa_13_entering_leads_to_the_store_alone() {
    let world = World::start().await;
    for payload in PAYLOADS.into_iter().step_by(9) {
        let wish = serde_json::json!({
            "tenant": "acme", "tenant_name": "Acme", "visitor": { "id": "u", "name": "U" }, "permissions": ["view"],
        });
        let link =
            world.http.post(world.at("/api/v1/links")).bearer_auth(&world.key).json(&wish).send().await;
        let link: serde_json::Value = link.expect("an answer").json().await.expect("JSON");
        let link = link["url"].as_str().expect("a URL");
        let fields = [("next", payload), ("return_to", payload), ("code", payload)];
        let press = world.http.post(link).query(&fields).form(&fields);
        let press = press.header("origin", world.running.url()).header("sec-fetch-site", "same-origin");
        let entered = press.send().await.expect("an answer");
        assert_eq!(
            (entered.status().as_u16(), &entered.headers()["location"]),
            (303, &"/".parse().expect("text"))
        );
    }
}

#[tokio::test]
async fn oa_13_a_registered_address_of_another_scheme_is_no_link() {
    let world = World::start().await;
    world
        .by_another_program("UPDATE portals SET return_url = 'javascript:alert(4711)' WHERE id = 'demo'")
        .await;
    let answer = told(&world, &[("result", "connected"), ("portal", "demo")]).await;
    assert!(ways(answer).await.iter().all(|way| own(way)));
}

#[test]
fn oa_13_no_text_at_all_leads_away() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let world = runtime.block_on(World::start());
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 128, failure_persistence: None, ..Default::default() });
    let texts = ("\\PC{0,40}|(https?:)?[/\\\\]{0,4}[a-z@.%]{0,20}", "[a-z-]{0,12}|connected", "\\PC{0,20}");
    let tried = runner.run(&texts, |(portal, outcome, integration)| {
        let fields = [("portal", &*portal), ("result", &*outcome), ("integration", &*integration)];
        let ways = runtime.block_on(async { ways(told(&world, &fields).await).await });
        prop_assert!(ways.iter().all(|way| own(way)), "{ways:?}");
        Ok(())
    });
    tried.unwrap_or_else(|failure| panic!("{failure}"));
    runtime.block_on(async move { world.running.stop().await });
}

#[tokio::test]
async fn oa_16_no_page_of_the_way_lets_a_code_out() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let leaving = quick.post_connect(&quick.ticket(&ann).await, "").await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let get = async |url: &str, cookie: &str| {
        quick.world.http.get(url).header("cookie", cookie).send().await.expect("an answer")
    };
    let stale = get(back.as_str(), "").await;
    let returned = get(back.as_str(), &away.cookie).await;
    let location = returned.headers()["location"].to_str().expect("text").to_owned();
    let said = get(&quick.world.at(&location), "").await;
    for (name, value) in back.query_pairs().filter(|(name, _)| name != "realmId") {
        assert!(!location.contains(&*value), "{name} is still in the address");
    }
    for (name, answer) in [("leaving", leaving), ("stale", stale), ("returned", returned), ("said", said)] {
        assert_eq!(answer.headers()["cache-control"], "no-store", "{name}");
        assert_eq!(answer.headers()["referrer-policy"], "no-referrer", "{name}");
        let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{name}");
        let page = answer.text().await.expect("text");
        for loaded in ["src=\"", "rel=\"stylesheet\" href=\"", "rel=\"icon\" href=\""] {
            let foreign =
                page.split(loaded).skip(1).find(|rest| !rest.starts_with('/') || rest.starts_with("//"));
            assert!(foreign.is_none(), "{name} loads {foreign:?}");
        }
        // A page that has to stay at the address with the code takes it out of there.
        assert_eq!(page.contains("<body data-forget>"), name == "stale", "{name}");
    }
}

#[tokio::test]
async fn oa_17_every_step_of_the_way_redirects_by_302_or_303() {
    let quick = Quick::start().await;
    let session = quick.world.enter("acme", "Ann", "").await;
    let ann = quick.ann().await;
    let mut steps = Vec::new();
    let cat = quick.world.person("acme", "Cat", ALL).await;
    let away = quick.leave(&ann, &session).await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let cancelled = quick.leave(&cat, &away.cookie).await;
    let refused = sandbox::cancel(cancelled.authorize.as_str()).await.expect("cancelled");
    for (url, cookie) in [(&refused, &cancelled.cookie), (&back, &cancelled.cookie), (&back, &away.cookie)] {
        let seen = quick.visit(url, cookie).await;
        steps.push((url.path().to_owned(), seen.status));
    }
    let pages = [
        "/",
        "/connected",
        "/connected/",
        "/callback/qbo/",
        "/connect/quickbooks-online",
        "/enter/x",
        "/launch",
    ];
    for path in pages {
        let answer = quick.world.http.get(quick.world.at(path)).header("cookie", &session).send().await;
        steps.push((path.to_owned(), answer.expect("an answer").status().as_u16()));
    }
    let calls = quick.sandbox.ledger().entries();
    // The import that has begun goes on meanwhile: what is under way has sent nobody anywhere.
    steps.extend(calls.iter().filter_map(|call| Some((call.path.clone(), call.status?))));
    let redirects: Vec<_> = steps.iter().filter(|(_, status)| (300..400).contains(status)).collect();
    assert!(redirects.len() >= 6, "the whole way was walked: {steps:?}");
    assert!(redirects.iter().all(|(_, status)| [302, 303].contains(status)), "{redirects:?}");
    assert_eq!(quick.calls(TOKEN), 1);
}

#[tokio::test]
async fn a_way_to_the_store_is_shown_to_whoever_has_a_session_there() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let address = quick.world.at("/connected?result=connected&integration=quickbooks-online&portal=demo");
    let page = async |cookie: &str| {
        let answer = quick.world.http.get(&address).header("cookie", cookie).send().await.expect("an answer");
        answer.text().await.expect("text")
    };
    assert!(page(&ann.cookie).await.contains("Go to the store"));
    let embedded = page("").await;
    assert!(!embedded.contains("Go to the store") && embedded.contains("Back to Demo Stock"));
}

#[tokio::test]
async fn intuits_landing_pages_name_the_way_and_change_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    crate::imports::ended(&quick, &ann).await;
    let (before, calls) = (quick.row(&ann).await, quick.sandbox.ledger().entries().len());
    for path in ["/launch", "/disconnected", "/reconnect"] {
        let realm = format!("?realmId={}&state=x&code=y", sandbox::UK_REALM);
        for cookie in ["", &ann.cookie] {
            let asked =
                quick.world.http.get(quick.world.at(&format!("{path}{realm}"))).header("cookie", cookie);
            let answer = asked.send().await.expect("an answer");
            assert_eq!(answer.status(), 200, "{path}");
            assert!(!answer.headers().contains_key("set-cookie"), "{path}");
            assert!(answer.text().await.expect("text").contains("portal"), "{path} names the way");
        }
        let posted = quick.world.http.post(quick.world.at(path)).send().await.expect("an answer");
        assert_eq!(posted.status(), 405, "{path}");
    }
    let after = quick.row(&ann).await;
    assert_eq!((after.revision, after.live), (before.revision, true));
    assert_eq!(quick.sandbox.ledger().entries().len(), calls, "nobody was asked anything");
}
