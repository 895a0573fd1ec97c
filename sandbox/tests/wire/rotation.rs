//! Facts 1.4: how refresh tokens change and die, in all three modes.

use std::time::Duration;

use futures_util::future::join;
use sandbox::{Config, Replay, Rotation};
use serde_json::Value;

use crate::app::{App, ID, SECRET, Tokens};

const DAY: Duration = Duration::from_hours(24);
const DEAD: &str = r#"{"error":"invalid_grant"}"#;

async fn app(rotation: Rotation) -> App {
    App::with(Config { rotation, ..Config::default() }).await
}

#[tokio::test]
async fn strict_gives_a_new_value_each_time() {
    let app = App::start().await;
    let first = app.connect_uk().await;
    let second = app.refreshed(&first.refresh).await;
    assert!(first.refresh != second.refresh && first.access != second.access);
    assert!(app.opens(&first.access).await && app.opens(&second.access).await);
}

#[tokio::test]
async fn strict_ends_the_family_when_an_old_one_is_used() {
    let app = App::start().await;
    let first = app.connect_uk().await;
    let second = app.refreshed(&first.refresh).await;
    assert_eq!(app.refresh(&first.refresh).await.text().await.unwrap(), DEAD);
    assert_eq!(app.refresh(&second.refresh).await.text().await.unwrap(), DEAD);
    assert!(!app.opens(&second.access).await);
}

#[tokio::test]
async fn of_two_concurrent_refreshes_one_wins() {
    let app = app(Rotation::Strict).await;
    let first = app.connect_uk().await;
    let (left, right) = join(app.refresh(&first.refresh), app.refresh(&first.refresh)).await;
    let mut statuses = [left.status().as_u16(), right.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
}

#[tokio::test]
async fn intuit_keeps_the_value_for_a_day() {
    let app = app(Rotation::Intuit).await;
    let first = app.connect_uk().await;
    assert_eq!(app.refreshed(&first.refresh).await.refresh, first.refresh);
    app.sandbox.control().advance(DAY);
    let next = app.refreshed(&first.refresh).await;
    assert_ne!(next.refresh, first.refresh);
    assert_eq!(app.refresh(&first.refresh).await.text().await.unwrap(), DEAD);
    assert_eq!(app.refreshed(&next.refresh).await.refresh, next.refresh);
}

#[tokio::test]
async fn intuits_value_turns_at_the_end_of_the_day_and_not_before() {
    let app = app(Rotation::Intuit).await;
    let first = app.connect_uk().await;
    app.sandbox.control().advance(Duration::from_hours(23));
    assert_eq!(app.refreshed(&first.refresh).await.refresh, first.refresh);
    app.sandbox.control().advance(Duration::from_hours(1));
    assert_ne!(app.refreshed(&first.refresh).await.refresh, first.refresh);
}

#[tokio::test]
async fn of_two_concurrent_refreshes_with_a_value_that_is_due_one_wins() {
    for (replay, survives) in [(Replay::Refused, true), (Replay::EndsGrant, false)] {
        let config = Config { rotation: Rotation::Intuit, refresh_replay: replay, ..Config::default() };
        let app = App::with(config).await;
        let first = app.connect_uk().await;
        app.sandbox.control().advance(DAY);
        let (left, right) = join(app.refresh(&first.refresh), app.refresh(&first.refresh)).await;
        let (winner, loser) = if left.status() == 200 { (left, right) } else { (right, left) };
        assert_eq!((loser.status().as_u16(), loser.text().await.unwrap().as_str()), (400, DEAD));
        let winner = Tokens::of(winner).await;
        assert_eq!(app.opens(&winner.access).await, survives, "{replay:?}");
        assert_eq!(app.refresh(&winner.refresh).await.status().is_success(), survives, "{replay:?}");
    }
}

#[tokio::test]
async fn an_old_value_ends_the_grant_after_its_grace_when_told_to() {
    let app = app(Rotation::Grace).await;
    let control = app.sandbox.control();
    control.set_grace(Duration::from_secs(5));
    control.set_refresh_replay(Replay::EndsGrant);
    let first = app.connect_uk().await;
    let second = app.refreshed(&first.refresh).await;
    assert_eq!(app.refreshed(&first.refresh).await.refresh, second.refresh);
    control.advance(Duration::from_secs(5));
    assert_eq!(app.refresh(&first.refresh).await.status(), 400);
    assert_eq!(app.refresh(&second.refresh).await.status(), 400);
}

#[tokio::test]
async fn a_refusal_has_the_words_it_is_given() {
    let app = App::start().await;
    let refused = async || app.refresh("AB11-made-up").await.text().await.unwrap();
    assert_eq!((refused().await.as_str(), DEAD.len()), (DEAD, 25));
    for words in ["Incorrect or invalid refresh token", "Token invalid"] {
        app.sandbox.control().set_refresh_error_description(Some(words));
        assert_eq!(refused().await, format!(r#"{{"error_description":"{words}","error":"invalid_grant"}}"#));
    }
    app.sandbox.control().set_refresh_error_description(None);
    assert_eq!(refused().await, DEAD);
}

#[tokio::test]
async fn grace_lets_an_old_value_work_a_little_longer() {
    let app = app(Rotation::Grace).await;
    let first = app.connect_uk().await;
    let second = app.refreshed(&first.refresh).await;
    assert_eq!(app.refreshed(&first.refresh).await.refresh, second.refresh);
    app.sandbox.control().advance(Duration::from_mins(1));
    assert_eq!(app.refresh(&first.refresh).await.text().await.unwrap(), DEAD);
    app.refreshed(&second.refresh).await;
}

#[tokio::test]
async fn an_idle_token_dies_after_101_days() {
    let app = App::start().await;
    let mut tokens = app.connect_uk().await;
    for _ in 0..3 {
        app.sandbox.control().advance(100 * DAY);
        tokens = app.refreshed(&tokens.refresh).await;
    }
    app.sandbox.control().advance(101 * DAY);
    assert_eq!(app.refresh(&tokens.refresh).await.text().await.unwrap(), DEAD);
}

#[tokio::test]
async fn five_years_are_the_end_however_often_it_was_refreshed() {
    let app = App::start().await;
    let mut tokens = app.connect_uk().await;
    for _ in 0..18 {
        app.sandbox.control().advance(100 * DAY);
        tokens = app.refreshed(&tokens.refresh).await;
    }
    let request = app.http.post(app.at("/oauth2/v1/tokens/bearer")).basic_auth(ID, Some(SECRET));
    let request = request.header("x-include-refresh-token-hard-expires-in", "true");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
    let body: Value = request.form(&fields).send().await.unwrap().json().await.unwrap();
    let hard = body["x_refresh_token_hard_expires_in"].as_i64().unwrap();
    assert!((25 * 86_400 - 60..=25 * 86_400).contains(&hard), "{hard}");
    assert_eq!(body["x_refresh_token_expires_in"].as_i64(), Some(hard));
    app.sandbox.control().advance(25 * DAY);
    assert_eq!(app.refresh(body["refresh_token"].as_str().unwrap()).await.text().await.unwrap(), DEAD);
}

#[tokio::test]
async fn an_access_token_does_not_refresh() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    let wrong = r#"{"error_description":"Incorrect Token type or clientID","error":"invalid_grant"}"#;
    assert_eq!(app.refresh(&tokens.access).await.text().await.unwrap(), wrong);
    let request =
        app.http.post(app.at("/oauth2/v1/tokens/bearer")).basic_auth("app-two", Some("other secret"));
    let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
    assert_eq!(request.form(&fields).send().await.unwrap().text().await.unwrap(), wrong);
    assert_eq!(app.refresh("AB11-made-up").await.text().await.unwrap(), DEAD);
}

#[tokio::test]
async fn an_access_token_lives_an_hour() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    app.sandbox.control().advance(Duration::from_mins(59));
    assert!(app.opens(&tokens.access).await);
    app.sandbox.control().advance(Duration::from_mins(1));
    assert!(!app.opens(&tokens.access).await);
    assert!(app.opens(&app.refreshed(&tokens.refresh).await.access).await);
}
