//! What every answer has in common.

use crate::world::World;

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
