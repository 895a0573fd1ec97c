//! Connecting: who may come back with a code, what it brings, and what it must not.

use protocol::store::{ConnectFailure, ConnectionState, Permissions};
use sandbox::{UK_COMPANY, UK_REALM, US_REALM};
use url::Url;

use crate::quick::{Quick, REVOKE, TOKEN, result};
use crate::world::ALL;

#[tokio::test]
async fn connecting_reaches_the_company_and_keeps_its_tokens_sealed() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Available);
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    let view = quick.view(&ann).await;
    assert_eq!(view.state, ConnectionState::Importing);
    let company = view.company.expect("a company");
    assert_eq!((company.name.as_str(), company.id_tail.as_str()), (UK_COMPANY, "9002"));
    assert_eq!(company.home_currency.as_deref(), Some("GBP"));
    assert_eq!(view.connected.expect("a stamp").by, "Ann");
    let exchange = &quick.sandbox.ledger().to(TOKEN)[0];
    assert_eq!(exchange.status, Some(200), "awkward credentials are understood");
    assert_eq!(exchange.header("x-include-refresh-token-hard-expires-in"), Some("true"));
    assert!(exchange.form().iter().any(|(name, _)| name == "code_verifier"));
    assert!(quick.row(&ann).await.tokens.expect("tokens").hard_expires.is_some());
}

#[tokio::test]
async fn the_connect_page_names_everyone_and_cannot_be_framed() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let answer = quick.post_connect(&quick.ticket(&ann).await, "").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("__Host-attempt=") && cookie.contains("; Path=/; Secure; HttpOnly; SameSite=Lax")
    );
    let page = answer.text().await.unwrap();
    for name in ["Demo Stock", "acme Cycles", "QuickBooks Online", "data-go"] {
        assert!(page.contains(name), "{name}");
    }
    assert!(!page.contains("<script>"));
    assert!(matches!(quick.view(&ann).await.state, ConnectionState::Authorizing { seen: true, .. }));
}

#[tokio::test]
async fn a_connect_from_anywhere_else_is_refused() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let at = quick.world.at("/connect/quickbooks-online");
    let ours = quick.world.running.url();
    let evil = format!("{ours}.evil.example");
    let (ours, evil) = (ours.as_str(), evil.as_str());
    for (origin, site) in [
        (None, Some("same-origin")),
        (Some(ours), None),
        (Some("null"), Some("same-origin")),
        (Some(evil), Some("same-origin")),
        (Some(ours), Some("cross-site")),
        (Some(ours), Some("same-site")),
    ] {
        let ticket = quick.ticket(&ann).await;
        let mut request = quick.world.http.post(&at).form(&[("ticket", &ticket)]);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        assert_eq!(request.send().await.unwrap().status(), 403, "{origin:?} {site:?}");
    }
    let got = quick.world.http.get(&at).send().await.unwrap();
    assert_eq!(got.status(), 405);
    assert!(got.text().await.unwrap().contains("Open the store in your portal and press Connect there."));
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Available);
}

#[tokio::test]
async fn a_ticket_is_good_once_for_a_minute() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let ticket = quick.ticket(&ann).await;
    assert_eq!(quick.post_connect(&ticket, "").await.status(), 200);
    assert_eq!(quick.post_connect(&ticket, "").await.status(), 403);
    let late = quick.ticket(&ann).await;
    quick.world.clock.advance(60_000);
    assert_eq!(quick.post_connect(&late, "").await.status(), 403);
    assert_eq!(quick.post_connect("", "").await.status(), 403);
}

#[tokio::test]
async fn oa_01_login_csrf_is_refused() {
    let quick = Quick::start().await;
    let mallory = quick.world.person("evil", "Mallory", ALL).await;
    let away = quick.leave(&mallory, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let ann = quick.ann().await;
    let own = quick.leave(&ann, "").await;
    for cookie in ["", ann.cookie.as_str(), own.cookie.as_str()] {
        assert_eq!(quick.visit(&back, cookie).await.status, 400);
    }
    assert_eq!(quick.calls(TOKEN), 0);
    assert!(!quick.row(&mallory).await.live);
    // The attacker's own attempt is still usable, once: nothing of it was taken.
    assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "connected");
}

#[tokio::test]
async fn oa_03_fifty_callbacks_exchange_a_code_once() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let all = futures_util::future::join_all((0..50).map(|_| quick.visit(&back, &away.cookie))).await;
    assert_eq!(all.iter().filter(|seen| seen.status == 303).count(), 1);
    assert_eq!(all.iter().filter(|seen| seen.status == 400).count(), 49);
    assert_eq!(quick.calls(TOKEN), 1);
    assert!(quick.row(&ann).await.live);
}

#[tokio::test]
async fn oa_04_a_state_older_than_ten_minutes_is_refused() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    quick.world.clock.advance(10 * 60 * 1000);
    assert_eq!(quick.visit(&back, &away.cookie).await.status, 400);
    server::connections::sweep_once(&quick.world.app()).await.unwrap();
    let view = quick.view(&ann).await;
    assert_eq!((view.state, view.last_failure), (ConnectionState::Available, Some(ConnectFailure::Expired)));
    assert_eq!(quick.calls(TOKEN), 0);
}

#[tokio::test]
async fn oa_07_a_swapped_realm_stores_and_revokes_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let swapped = Url::parse(&back.as_str().replace(UK_REALM, US_REALM)).unwrap();
    assert_ne!(swapped, back);
    assert_eq!(result(&quick.visit(&swapped, &away.cookie).await.location), "company-unproven");
    let row = quick.row(&ann).await;
    assert!(!row.live && row.tokens.is_none() && row.company_id.is_none());
    assert_eq!(quick.view(&ann).await.last_failure, Some(ConnectFailure::CompanyUnproven));
    server::oauth::revoke::send_due(&quick.world.app()).await.unwrap();
    assert_eq!(quick.calls(REVOKE), 0);
}

#[tokio::test]
async fn oa_12_forwarded_hosts_change_no_address() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let ticket = quick.ticket(&ann).await;
    let answer = quick
        .world
        .http
        .post(quick.world.at("/connect/quickbooks-online"))
        .header("origin", quick.world.running.url())
        .header("sec-fetch-site", "same-origin")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "host=evil.example")
        .form(&[("ticket", ticket)])
        .send()
        .await
        .unwrap();
    let page = answer.text().await.unwrap();
    assert!(!page.contains("evil.example"));
    let redirect =
        url::form_urlencoded::byte_serialize(quick.world.at("/callback/qbo").as_bytes()).collect::<String>();
    assert!(page.contains(&format!("redirect_uri={redirect}")), "{page}");
}

#[tokio::test]
async fn oa_15_repeated_parameters_and_posts_are_refused() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    for name in ["state", "code", "realmId"] {
        let value = back.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        let mut doubled = back.clone();
        doubled.query_pairs_mut().append_pair(name, &value);
        assert_eq!(quick.visit(&doubled, &away.cookie).await.status, 400, "{name}");
    }
    let posted = quick.world.http.post(back.clone()).header("cookie", &away.cookie).send().await.unwrap();
    assert_eq!(posted.status(), 405);
    assert_eq!(quick.calls(TOKEN), 0);
    assert_eq!(quick.visit(&back, &away.cookie).await.status, 303);
}

#[tokio::test]
async fn oa_16_the_answer_leads_to_a_clean_address() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let seen = quick.visit(&back, &away.cookie).await;
    assert_eq!(seen.location, "/connected?result=connected&integration=quickbooks-online&portal=demo");
    assert_eq!(seen.headers["cache-control"], "no-store");
    assert_eq!(seen.headers["referrer-policy"], "no-referrer");
    assert!(seen.headers["set-cookie"].to_str().unwrap().starts_with("__Host-attempt=; "));
    let page =
        quick.world.http.get(quick.world.at(&seen.location)).send().await.unwrap().text().await.unwrap();
    for words in
        ["QuickBooks Online is connected", "You can close this window.", "Back to Demo Stock", "data-close"]
    {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn a_refused_consent_changes_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = sandbox::cancel(away.authorize.as_str()).await.unwrap();
    assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "cancelled");
    let view = quick.view(&ann).await;
    assert_eq!(
        (view.state, view.last_failure),
        (ConnectionState::Available, Some(ConnectFailure::Cancelled))
    );
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
}

#[tokio::test]
async fn cn_06_rights_taken_away_on_the_way_store_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let id = ann.session;
    let rights = Permissions { connect: false, ..ALL };
    let app = quick.world.app();
    app.store
        .write::<_, server::store::StoreError, _>(move |mut db| {
            Box::pin(async move { db.set_permissions(id, rights).await })
        })
        .await
        .unwrap();
    assert_eq!(result(&quick.visit(&back, &away.cookie).await.location), "not-allowed");
    assert!(!quick.row(&ann).await.live);
    assert_eq!(quick.calls(TOKEN), 0);
}

#[tokio::test]
async fn several_attempts_in_one_browser_are_told_apart() {
    let quick = Quick::start().await;
    let (ann, ben) = (quick.ann().await, quick.world.person("other", "Ben", ALL).await);
    let first = quick.leave(&ann, "").await;
    let second = quick.leave(&ben, &first.cookie).await;
    assert!(second.page.contains("other Cycles"));
    let back = quick.consent(&first, UK_COMPANY).await;
    assert_eq!(result(&quick.visit(&back, &second.cookie).await.location), "connected");
    assert!(quick.row(&ann).await.live && !quick.row(&ben).await.live);
}

#[tokio::test]
async fn a_callback_of_nobody_is_a_page_not_an_error() {
    let quick = Quick::start().await;
    for path in [
        "/callback/qbo",
        "/callback/qbo?state=x&code=y&realmId=1",
        "/callback/none?state=x",
        "/callback/qbo?error=access_denied",
    ] {
        let seen = quick.world.http.get(quick.world.at(path)).send().await.unwrap();
        assert_eq!(seen.status(), 400, "{path}");
        assert!(seen.text().await.unwrap().contains("no longer valid"), "{path}");
    }
    for path in ["/launch", "/disconnected?realmId=1", "/reconnect"] {
        let seen = quick.world.http.get(quick.world.at(path)).send().await.unwrap();
        assert_eq!(seen.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn giving_up_ends_the_waiting_and_the_code_with_it() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    quick.cancel(&ann).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Available);
    assert_eq!(quick.visit(&back, &away.cookie).await.status, 400);
    assert_eq!(quick.calls(TOKEN), 0);
    quick.disconnect(&ann).await;
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Available);
    assert_eq!(quick.events(&ann).await, [], "what was never connected has nothing to tell");
}
