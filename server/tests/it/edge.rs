//! What every answer has in common.

use crate::world::{Plan, World};

#[tokio::test]
async fn hd_01_every_answer_bears_the_security_headers() {
    let world = World::start().await;
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/page.css", 200), ("/nothing/here", 404)] {
        let answer = world.http.get(world.at(path)).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let headers = answer.headers();
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        assert!(headers.contains_key("permissions-policy") && headers.contains_key("x-request-id"));
        assert!(headers.contains_key("cache-control") && !headers.contains_key("server"));
    }
    world.running.stop().await;
}

#[tokio::test]
async fn a_method_that_no_route_has_is_refused() {
    let world = World::start().await;
    let answer = world.http.delete(world.at("/healthz")).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 405);
    assert!(answer.headers().contains_key("content-security-policy"));
}

#[tokio::test]
async fn hd_01_the_store_gets_its_own_policy_and_is_never_kept() {
    let mut plan = Plan::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("index.html", "<!doctype html><style>body{}</style>store 4711");
    write("app-0123456789abcdef.js", "1");
    write("secret.map", "{}");
    plan.config.assets.dir = Some(folder.path().to_owned());
    let world = plan.start().await;
    let get = async |path: &str| world.http.get(world.at(path)).send().await.expect("an answer");
    for path in ["/", "/integrations/quickbooks-online/configuration?q=1", "/help/quickbooks-oauth2"] {
        let answer = get(path).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["referrer-policy"], "same-origin", "its forms must name their origin");
        let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.contains("style-src 'self' 'sha256-"), "{policy}");
        let socket = world.running.url().replacen("http", "ws", 1);
        assert!(policy.contains(&format!("connect-src 'self' {socket};")), "{policy}");
        assert!(answer.text().await.expect("text").contains("store 4711"));
    }
    let script = get("/app-0123456789abcdef.js").await;
    assert_eq!(script.headers()["cache-control"], "public, max-age=31536000, immutable");
    for path in
        ["/account.css", "/index.html/x", "/%2e%2e/%2e%2e/etc/passwd", "/..%2fpatchbay.db", "/.git/config"]
    {
        let answer = get(path).await;
        assert_eq!(answer.status().as_u16(), 404, "{path}");
        assert!(!answer.text().await.expect("text").contains("store 4711"), "hd_03: {path}");
    }
}
