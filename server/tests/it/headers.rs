//! What every answer bears and what none does, over one list of answers: each page, file and route,
//! each kind of error, 304 and 101 (HD-02, HD-03, HD-06, SE-06, IN-11).

use std::net::SocketAddr;

use server::http::table::{Guard, ROUTES};
use server::limits::Rate;
use tempfile::TempDir;
use url::Url;

use crate::raw::{Answer, Request};
use crate::rows::{concrete, upgraded};
use crate::world::{Plan, World};

const ORIGIN: &str = "https://store.example";
const SCRIPT: &str = "/app-0123456789abcdef.js";

/// A proxy that visitors reach over https, with a store in a folder.
struct Public {
    world: World,
    address: SocketAddr,
    _store: TempDir,
}

impl Public {
    async fn start(change: impl FnOnce(&mut Plan)) -> Self {
        let mut plan = Plan::new().await;
        let store = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(store.path().join(name), text).expect("written");
        write("index.html", "<!doctype html><html><head><style>body{}</style></head>store 4711</html>");
        write(&SCRIPT[1..], "1");
        write("favicon.svg", "<svg/>");
        plan.config.assets.dir = Some(store.path().to_owned());
        plan.config.server.public_url = Url::parse(ORIGIN).expect("a URL");
        change(&mut plan);
        let world = plan.start().await;
        let address = world.running.address();
        Self { world, address, _store: store }
    }

    async fn ask(&self, request: Request) -> Answer {
        request.ask(self.address).await
    }

    fn with_key(&self, method: &str, path: &str) -> Request {
        Request::new(method, path).header("authorization", format!("Bearer {}", self.world.key))
    }

    async fn tag(&self, path: &str) -> String {
        let answer = self.ask(Request::new("GET", path)).await;
        answer.header("etag").expect("a tag").to_owned()
    }

    /// One answer of each kind, by a name, with the status that it must have.
    async fn answers(&self) -> Vec<(String, u16, Answer)> {
        let mut answers = Vec::new();
        let pages = ROUTES.iter().filter(|row| !row.changes());
        for row in pages {
            let status = if row.path == "/enter/{code}" { 410 } else { 200 };
            let path = concrete(row.path);
            let path = if path == "/connected" { format!("{path}?result=connected") } else { path };
            answers.push((path.clone(), status, self.ask(Request::new("GET", &path)).await));
        }
        let long = "x".repeat(20_000);
        let get = |path: &str| Request::new("GET", path);
        let json = |path: &str| self.with_key("POST", path);
        let tag = self.tag(SCRIPT).await;
        let requests = [
            ("a file", 200, get(SCRIPT)),
            ("another file", 200, get("/favicon.svg")),
            ("unchanged", 304, get(SCRIPT).header("if-none-match", tag)),
            ("a stale callback", 400, get("/callback/qbo?state=x")),
            ("no key", 401, Request::new("POST", "/api/v1/links")),
            (
                "another site's form",
                403,
                Request::new("POST", "/enter/x").header("origin", "https://evil.example"),
            ),
            ("another site's socket", 403, upgraded(get("/socket")).header("origin", "https://evil.example")),
            ("no such page", 404, get("/nothing/here")),
            ("no such API", 404, self.with_key("GET", "/api/v1/nothing")),
            ("no such method", 405, Request::new("DELETE", "/healthz")),
            ("too long", 413, json("/api/v1/links").body("application/json", &long)),
            ("another type", 415, json("/api/v1/links").body("text/plain", "{}")),
            ("not what it should be", 422, json("/api/v1/links").body("application/json", "{}")),
            ("a long head", 431, get("/").header("cookie", long.clone())),
            ("a long head of the API", 431, json("/api/v1/links").header("x-long", long.clone())),
        ];
        for (name, status, request) in requests {
            let socket = name.contains("socket");
            let answer = if socket { request.ask_head(self.address).await } else { self.ask(request).await };
            answers.push((name.to_owned(), status, answer));
        }
        let upgrade = upgraded(get("/socket")).header("origin", ORIGIN);
        answers.push(("an upgrade".to_owned(), 101, upgrade.ask_head(self.address).await));
        answers
    }
}

/// What goes wrong on our side, and what is too often: each needs a proxy of its own.
async fn troubled() -> Vec<(String, u16, Answer)> {
    let broken = Public::start(|_| {}).await;
    break_links(&broken.world).await;
    let failed = broken.ask(Request::new("GET", "/enter/x")).await;
    let hasty = Public::start(|plan| plan.config.limits.visits_per_address = Rate::new(1, 1)).await;
    hasty.ask(Request::new("GET", "/enter/x")).await;
    let refused = hasty.ask(Request::new("GET", "/enter/x")).await;
    hasty.ask(Request::new("POST", "/api/v1/links")).await;
    let no_key = hasty.ask(Request::new("POST", "/api/v1/links")).await;
    vec![
        ("our fault".to_owned(), 500, failed),
        ("too often".to_owned(), 429, refused),
        ("too often for the API".to_owned(), 429, no_key),
    ]
}

/// From now on nothing can be read of links.
async fn break_links(world: &World) {
    let file = world.dir.path().join("patchbay.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut other = sqlx::ConnectOptions::connect(&options).await.expect("the database opens");
    sqlx::query("ALTER TABLE links RENAME TO links_away").execute(&mut other).await.expect("renamed");
    sqlx::Connection::close(other).await.expect("closed");
}

async fn all() -> Vec<(String, u16, Answer)> {
    let mut answers = Public::start(|_| {}).await.answers().await;
    answers.extend(troubled().await);
    answers
}

#[tokio::test]
async fn hd_02_every_answer_bears_the_security_headers() {
    for (name, status, answer) in all().await {
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        let is = |header: &str, wanted: &str| {
            assert_eq!(answer.header(header), Some(wanted), "{name}: {header}");
            let count = answer.headers.iter().filter(|(known, _)| known == header).count();
            assert_eq!(count, 1, "{name}: {header} is said {count} times");
        };
        is("strict-transport-security", "max-age=31536000; includeSubDomains");
        is("x-content-type-options", "nosniff");
        // This portal has no origins, so that its frame is closed like everything else (EM-01 opens it).
        is("x-frame-options", "DENY");
        is("cross-origin-opener-policy", "same-origin");
        is(
            "cross-origin-resource-policy",
            if name.starts_with("/widget/") { "cross-origin" } else { "same-origin" },
        );
        let referrer = answer.header("referrer-policy");
        assert!(matches!(referrer, Some("no-referrer" | "same-origin")), "{name}: {referrer:?}");
        assert!(
            answer.header("permissions-policy").is_some_and(|policy| policy.contains("camera=()")),
            "{name}"
        );
        let policy = answer.header("content-security-policy").expect("a policy");
        for part in
            ["default-src 'none'", "frame-ancestors 'none'", "connect-src 'self' wss://store.example;"]
        {
            assert!(policy.contains(part), "{name}: {policy}");
        }
        assert!(answer.header("x-request-id").is_some_and(|id| id.starts_with("req-")), "{name}");
    }
}

#[tokio::test]
async fn hd_03_data_is_never_stored_and_hashed_files_are_kept_forever() {
    for (name, _, answer) in all().await {
        let wanted = match name.as_str() {
            "a file" => "public, max-age=31536000, immutable",
            "another file" | "/frame.js" => "no-cache",
            "/page.css" | "/page.js" => "public, max-age=300",
            name if name.starts_with("/widget/") => "public, max-age=31536000, immutable",
            _ => "no-store",
        };
        // What is unchanged says nothing about keeping, so that what was said before stays.
        if name != "unchanged" {
            assert_eq!(answer.header("cache-control"), Some(wanted), "{name}");
        }
    }
}

#[tokio::test]
async fn hd_03_an_unknown_path_is_never_the_store() {
    let public = Public::start(|_| {}).await;
    for path in [
        "/account.css",
        "/index.html",
        "/index.html/x.js",
        "/favicon.svg/x",
        "/enter",
        "/api",
        "/api/v1",
        "/integrations",
        "/socket/x.css",
        "/help",
        "//",
        "/%2f",
        "/?/../index.html",
        "/connected/x.png",
    ] {
        let answer = public.ask(Request::new("GET", path)).await;
        let expected = if path == "/?/../index.html" { 200 } else { 404 };
        if path.starts_with("/api") {
            assert!(matches!(answer.status, 401 | 404), "{path}: {answer:?}");
        } else {
            assert_eq!(answer.status, expected, "{path}: {answer:?}");
        }
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert!(expected == 200 || !answer.body.contains("store 4711"), "{path}");
    }
}

#[tokio::test]
async fn in_11_no_path_leads_out_of_the_store_or_into_its_making() {
    let public = Public::start(|_| {}).await;
    std::fs::write(public.world.dir.path().join("outside.txt"), "outside").expect("written");
    let ways = [
        "/../outside.txt",
        "/..%2foutside.txt",
        "/%2e%2e/outside.txt",
        "/%2e%2e%2foutside.txt",
        "/%252e%252e/outside.txt",
        "/integrations/../../outside.txt",
        "/..\\outside.txt",
        "/..%5coutside.txt",
        "/%c0%ae%c0%ae/outside.txt",
        "/.%00./outside.txt",
        "/etc/passwd",
        "//etc/passwd",
        "/./../outside.txt",
        "/app-0123456789abcdef.js.map",
        "/app-0123456789abcdef.js%2emap",
        "/.git/config",
        "/.git/HEAD",
        "/.env",
        "/patchbay.db",
        "/patchbay.keys",
        "/patchbay.toml",
        "/Cargo.toml",
        "/src/main.rs",
        "/index.html.br",
        "/index.html~",
        "/.well-known/security.txt",
        "/backup.sql",
    ];
    for path in ways {
        let answer = public.ask(Request::new("GET", path)).await;
        // Below /integrations/ the store itself is the answer to every path.
        let inside = path.starts_with("/integrations/") && answer.body.contains("store 4711");
        assert!(matches!(answer.status, 400 | 404) || inside, "{path}: {answer:?}");
        assert!(!answer.body.contains("outside") && !answer.body.contains("root:"), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn hd_06_no_answer_tells_what_it_was_made_with() {
    for (name, _, answer) in all().await {
        for banner in ["server", "x-powered-by", "via", "x-aspnet-version", "x-runtime"] {
            assert_eq!(answer.header(banner), None, "{name}");
        }
        let told = format!("{:?}", answer.headers).to_lowercase() + &answer.body.to_lowercase();
        for word in [
            "axum",
            "hyper",
            "tokio",
            "sqlite",
            "sqlx",
            "rustc",
            ".rs:",
            "panicked",
            "backtrace",
            "no such table",
            "version",
        ] {
            // The document of the API has a version of its own, which is public.
            if word == "version" && name.contains("openapi.json") {
                continue;
            }
            assert!(!told.contains(word), "{name} tells {word:?}: {told}");
        }
    }
}

#[tokio::test]
async fn hd_06_nothing_for_operators_or_of_the_sandbox_is_served() {
    let public = Public::start(|_| {}).await;
    for path in [
        "/metrics",
        "/debug",
        "/debug/pprof",
        "/server-status",
        "/actuator/health",
        "/admin",
        "/console",
        "/status",
        "/trace",
        "/api-docs",
        "/swagger-ui",
        "/sandbox",
        "/sandbox/control",
        "/control",
        "/tokens/bearer",
        "/tokens/revoke",
        "/ledger",
        "/v3/company/1/query",
        "/app/connect",
        "/connect/oauth2",
        "/.well-known/openid_sandbox_configuration",
    ] {
        let answer = public.ask(Request::new("GET", path)).await;
        let none = matches!(answer.status, 404) || (path == "/connect/oauth2" && answer.status == 405);
        assert!(none, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn se_06_no_origin_is_ever_let_in_by_cors() {
    let public = Public::start(|_| {}).await;
    let origins = [
        ORIGIN,
        "null",
        "https://evil.example",
        "https://store.example.evil.example",
        "https://evilstore.example",
        "http://store.example",
        "https://store.example:8443",
        "https://portal.localhost",
        "file://",
        "*",
    ];
    for row in ROUTES.iter().filter(|row| !row.path.starts_with("/widget/")) {
        for origin in origins {
            let path = concrete(row.path);
            let preflight = Request::new("OPTIONS", &path)
                .header("access-control-request-method", row.method)
                .header("access-control-request-headers", "authorization, content-type, x-patchbay");
            for request in [preflight, Request::new(row.method, &path)] {
                let request = request.header("origin", origin);
                let answer = if row.guard == Guard::OwnOrigin {
                    upgraded(request).ask_head(public.address).await
                } else {
                    public.ask(request).await
                };
                let open = answer.headers.iter().find(|(name, _)| name.starts_with("access-control-"));
                assert_eq!(open, None, "{} {path} for {origin}", row.method);
            }
        }
    }
}

#[test]
fn in_11_the_shipped_program_has_no_sandbox_in_it() {
    let manifest = include_str!("../../Cargo.toml");
    let features =
        manifest.split("[features]").nth(1).expect("features").split("\n[").next().expect("its end");
    assert!(!features.contains("default"), "no feature is on by itself: {features}");
    let shipping = include_str!("../../../xtask/src/dist.rs");
    let built: Vec<&str> = shipping.lines().filter(|line| line.contains("--release")).collect();
    assert_eq!(built.len(), 1, "{built:?}");
    assert!(built[0].contains("--features bundle\""), "the release is built otherwise: {built:?}");
    if !cfg!(feature = "sandbox") {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:0\"\n\
                    [storage]\npath = \"p.db\"\n[keys]\nfile = \"p.key\"\n";
        std::fs::write(folder.path().join("patchbay.toml"), text).expect("written");
        let mut serve = std::process::Command::new(env!("CARGO_BIN_EXE_patchbay"));
        let told = serve.args(["serve", "--sandbox"]).current_dir(folder.path()).output().expect("it runs");
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(told.contains("this build has no sandbox in it"), "{told}");
    }
}
