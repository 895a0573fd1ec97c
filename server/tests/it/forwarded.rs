//! What a request claims about where it comes from: believed of proxies that we were told to trust,
//! and of nobody else (SE-07).

use server::limits::Rate;

use crate::world::{Plan, World};

/// A proxy that lets every address look at one link and no more.
async fn strict(trusted: &[&str]) -> World {
    let mut plan = Plan::new().await;
    plan.config.limits.visits_per_address = Rate::new(1, 1);
    plan.config.server.trusted_proxies =
        trusted.iter().map(|network| network.parse().expect("a network")).collect();
    plan.start().await
}

/// Looks at a link under these headers; says whether it was one look too many.
async fn refused(world: &World, headers: &[(&str, &str)]) -> bool {
    let mut asked = world.http.get(world.at("/enter/unknown"));
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    let answer = asked.send().await.expect("an answer");
    match answer.status().as_u16() {
        410 => false,
        429 => {
            let wait = answer.headers()["retry-after"].to_str().expect("text");
            assert_eq!(wait.parse::<u64>(), Ok(1), "whole seconds");
            assert!(answer.headers()["content-type"].to_str().expect("text").starts_with("text/html"));
            true
        }
        other => panic!("{headers:?} got {other}"),
    }
}

#[tokio::test]
async fn se_07_without_trusted_proxies_no_header_changes_the_peer() {
    let world = strict(&[]).await;
    assert!(!refused(&world, &[]).await, "the first look");
    for (name, value) in [
        ("x-forwarded-for", "203.0.113.1"),
        ("x-real-ip", "203.0.113.2"),
        ("forwarded", "for=203.0.113.3"),
        ("true-client-ip", "203.0.113.4"),
        ("cf-connecting-ip", "203.0.113.5"),
        ("x-user", "operator"),
        ("x-forwarded-user", "operator"),
        ("x-original-forwarded-for", "203.0.113.6"),
    ] {
        assert!(refused(&world, &[(name, value)]).await, "{name} was believed");
    }
}

#[tokio::test]
async fn se_07_a_trusted_proxy_is_asked_for_the_rightmost_hop_alone() {
    let world = strict(&["127.0.0.0/8", "10.0.0.0/8"]).await;
    let via = async |hops: &str| refused(&world, &[("x-forwarded-for", hops)]).await;
    assert!(!via("203.0.113.1").await);
    assert!(via("198.51.100.7, 203.0.113.1").await, "what the visitor wrote to the left was believed");
    assert!(via("203.0.113.1, 10.1.2.3").await, "an inner proxy was taken for the visitor");
    assert!(!via("203.0.113.2").await, "two visitors are two");
    let split = [("x-forwarded-for", "198.51.100.8"), ("x-forwarded-for", "203.0.113.2")];
    assert!(refused(&world, &split).await, "two lines are one list");
    for (name, value) in [("x-real-ip", "203.0.113.9"), ("forwarded", "for=203.0.113.9")] {
        assert!(refused(&world, &[("x-forwarded-for", "203.0.113.1"), (name, value)]).await, "{name}");
    }
}

#[tokio::test]
async fn se_07_no_header_signs_anybody_in() {
    let mut plan = Plan::new().await;
    plan.config.server.trusted_proxies = vec!["127.0.0.1".parse().expect("a network")];
    let world = plan.start().await;
    for name in ["x-user", "x-forwarded-user", "x-remote-user", "x-forwarded-email", "x-api-key"] {
        for value in [world.key.as_str(), crate::world::PORTAL, "127.0.0.1"] {
            let asked = world.http.post(world.at("/api/v1/links")).header(name, value);
            assert_eq!(asked.send().await.expect("an answer").status().as_u16(), 401, "{name}: {value}");
        }
    }
}

#[tokio::test]
async fn se_07_a_proxy_that_speaks_tls_is_not_told_by_a_header() {
    let world = strict(&["127.0.0.1"]).await;
    for (name, value) in [("x-forwarded-proto", "https"), ("x-forwarded-host", "evil.example")] {
        let answer = world.http.get(world.at("/")).header(name, value).send().await.expect("an answer");
        assert!(!answer.headers().contains_key("strict-transport-security"), "{name}");
        assert!(!format!("{:?}", answer.headers()).contains("evil"), "{name}");
    }
}
