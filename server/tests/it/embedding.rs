//! The store in other people's pages: who may frame what, the element they load, the frame's script.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Response;
use server::store::portals::Portal;
use sha2::{Digest as _, Sha384};

use crate::world::{PORTAL, Plan, START, World};

const ORIGINS: &[&str] = &["https://app.acme.example", "http://portal.localhost:7320"];
const ELEMENT: &str = include_str!("../../../public/widget/patchbay-store.js");

/// A proxy with a store's document and the portal `acme`, which two origins may embed.
async fn world() -> World {
    let mut plan = Plan::new().await;
    let folder = plan.dir.path().join("dist");
    std::fs::create_dir(&folder).expect("a folder");
    let page = "<!doctype html><html lang=\"en\"><head><style>body{}</style></head><body>\
                <div id=\"app\"></div><script type=\"module\" src=\"/boot.js\"></script></body></html>";
    std::fs::write(folder.join("index.html"), page).expect("a document");
    plan.config.assets.dir = Some(folder);
    let world = plan.start().await;
    add_portal(&world, "acme", ORIGINS).await;
    world
}

async fn add_portal(world: &World, id: &'static str, origins: &[&str]) {
    let origins: Vec<String> = origins.iter().map(|&origin| origin.to_owned()).collect();
    let portal = Portal { id: id.to_owned(), name: id.to_owned(), return_url: None };
    world.write(move |mut db| Box::pin(async move { db.put_portal(&portal, &origins, START).await })).await;
}

async fn get(world: &World, path: &str) -> Response {
    world.http.get(world.at(path)).send().await.expect("an answer")
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

/// Who may frame an answer, by its policy.
fn ancestors(answer: &Response) -> String {
    let policy = header(answer, "content-security-policy");
    policy.split_once("frame-ancestors ").expect("it says so").1.to_owned()
}

#[tokio::test]
async fn em_01_exactly_a_portals_origins_may_frame_its_store() {
    let world = world().await;
    for path in ["/embed/acme", "/embed/acme/integrations/quickbooks-online/data"] {
        let answer = get(&world, path).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        // The store gives them in their own order.
        assert_eq!(ancestors(&answer), "http://portal.localhost:7320 https://app.acme.example");
        assert_eq!(header(&answer, "x-frame-options"), "", "it knows no list of origins");
        assert_eq!(header(&answer, "cache-control"), "no-store");
        assert_eq!(header(&answer, "referrer-policy"), "same-origin", "its forms must name their origin");
        assert_eq!(header(&answer, "cross-origin-opener-policy"), "same-origin");
        assert_eq!(header(&answer, "set-cookie"), "");
        let policy = header(&answer, "content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("'sha256-"), "{policy}");
        let html = answer.text().await.expect("a page");
        assert!(html.contains("<html data-portal=\"acme\""), "{html}");
        assert!(html.contains("data-origins=\"http://portal.localhost:7320 https://app.acme.example\""));
        let place = |src: &str| html.find(src).expect("it is there");
        assert!(place("src=\"/frame.js\"") < place("src=\"/boot.js\""), "{html}");
    }
    world.running.stop().await;
}

#[tokio::test]
async fn em_01_nobody_frames_what_no_portal_or_no_origin_is_named_for() {
    let world = world().await;
    add_portal(&world, "lonely", &[]).await;
    // What would mean more than itself in a policy is left out, however it got into the store.
    add_portal(&world, "odd", &["*", "https://*.example", "https://a.example; script-src *", "null"]).await;
    for path in ["/embed/lonely", "/embed/odd", &format!("/embed/{PORTAL}")] {
        let answer = get(&world, path).await;
        assert_eq!((answer.status().as_u16(), ancestors(&answer)), (200, "'none'".to_owned()), "{path}");
        assert_eq!(header(&answer, "x-frame-options"), "DENY");
    }
    for path in ["/embed/nobody", "/embed/nobody/integrations/x", "/embed", "/embed/acme'%22%3E%3Cscript%3E"]
    {
        let answer = get(&world, path).await;
        assert_eq!((answer.status().as_u16(), ancestors(&answer)), (404, "'none'".to_owned()), "{path}");
        let text = answer.text().await.expect("a page");
        assert!(!text.contains("data-portal") && !text.contains("<script>"), "{path}: {text}");
    }
    world.running.stop().await;
}

#[tokio::test]
async fn em_02_nothing_but_the_embedded_store_is_ever_framed() {
    let world = world().await;
    let paths = [
        "/",
        "/integrations/quickbooks-online",
        "/help/quickbooks-oauth2",
        "/enter/some-code",
        "/connect/quickbooks-online",
        "/callback/quickbooks-online-local?code=a&state=b",
        "/connected",
        "/launch",
        "/disconnected",
        "/reconnect",
        "/page.css",
        "/frame.js",
        "/healthz",
        "/socket",
        "/api/v1/links",
        "/widget/0.0.0/patchbay-store.js",
        "/nothing/here",
    ];
    for path in paths {
        for answer in [get(&world, path).await, post(&world, path).await] {
            assert_eq!(ancestors(&answer), "'none'", "{path}");
            assert_eq!(header(&answer, "x-frame-options"), "DENY", "{path}");
            assert_eq!(header(&answer, "access-control-allow-origin"), "", "se_06: {path}");
        }
    }
    world.running.stop().await;
}

async fn post(world: &World, path: &str) -> Response {
    world.http.post(world.at(path)).send().await.expect("an answer")
}

#[tokio::test]
async fn the_element_may_be_loaded_by_every_page_and_kept_for_ever() {
    let world = World::start().await;
    let version = env!("CARGO_PKG_VERSION");
    for (name, kind) in [
        ("patchbay-store.js", "text/javascript; charset=utf-8"),
        ("patchbay-store.d.ts", "text/plain; charset=utf-8"),
    ] {
        let answer = get(&world, &format!("/widget/{version}/{name}")).await;
        assert_eq!(answer.status().as_u16(), 200, "{name}");
        assert_eq!(header(&answer, "content-type"), kind);
        assert_eq!(header(&answer, "access-control-allow-origin"), "*");
        assert_eq!(header(&answer, "cross-origin-resource-policy"), "cross-origin");
        assert_eq!(header(&answer, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
    }
    for path in ["/widget/9.9.9/patchbay-store.js", "/widget/patchbay-store.js", "/widget/0.1.0/frame.js"] {
        assert_eq!(get(&world, path).await.status().as_u16(), 404, "{path}");
    }
    world.running.stop().await;
}

#[tokio::test]
async fn the_frames_script_is_asked_for_anew_and_sent_once() {
    let world = World::start().await;
    let first = get(&world, "/frame.js").await;
    assert_eq!(header(&first, "content-type"), "text/javascript; charset=utf-8");
    assert_eq!(header(&first, "cache-control"), "no-cache");
    let tag = header(&first, "etag").to_owned();
    let again = world.http.get(world.at("/frame.js")).header("if-none-match", tag);
    assert_eq!(again.send().await.expect("an answer").status().as_u16(), 304);
    world.running.stop().await;
}

#[test]
fn em_12_everybody_who_pins_the_element_names_its_hash() {
    let hash = format!("sha384-{}", STANDARD.encode(Sha384::digest(ELEMENT)));
    let address = format!("/widget/{}/patchbay-store.js", env!("CARGO_PKG_VERSION"));
    let top = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    for path in ["docs/EMBEDDING.md", "portal/src/pages.rs", "e2e/react/index.html"] {
        let text = std::fs::read_to_string(format!("{top}/{path}")).expect("a file of ours");
        assert!(text.contains(&hash), "{path} must name {hash}");
        assert!(text.contains(&address), "{path} must name {address}");
    }
}

#[test]
fn em_12_the_element_holds_no_address_and_no_secret() {
    for word in
        ["http:", "https:", "localhost", "Bearer", "cookie", "localStorage", "\"*\"", "'*'", "innerHTML"]
    {
        assert!(!ELEMENT.contains(word), "{word}");
    }
}
