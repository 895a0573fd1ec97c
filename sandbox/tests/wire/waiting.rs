//! While somebody looks through a large company and others wait to write in it, everybody else is answered.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::bookkeeper::Bookkeeper;

/// More than there are threads anywhere.
const WRITES: usize = 40;
/// What no scan of this company is done within, and every other answer is.
const AT_ONCE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::test]
async fn discovery_answers_while_a_list_is_looked_through_and_writes_wait() {
    let books = Bookkeeper::of_generated("seed=1,customers=300000").await;
    let ledger = books.app.sandbox.ledger();
    let patient = reqwest::Client::builder().no_proxy().build().unwrap();
    let company = books.app.at(&format!("/v3/company/{}", books.realm));
    let scan = patient
        .get(format!("{company}/query"))
        .query(&[("query", "SELECT COUNT(*) FROM Customer WHERE DisplayName LIKE '%nobody at all%'")])
        .bearer_auth(&books.token)
        .send();
    let scan = tokio::spawn(scan);
    ledger.asked_at("/query", 1, PATIENCE).await;
    let begin = Instant::now();
    let writes: Vec<_> = (0..WRITES)
        .map(|nth| {
            let sent = json!({ "DisplayName": format!("Newcomer {nth}") });
            let request = patient.post(format!("{company}/customer")).bearer_auth(&books.token).json(&sent);
            tokio::spawn(request.send())
        })
        .collect();
    ledger.asked_at("/customer", WRITES, PATIENCE).await;
    let discovery = books.app.get("/.well-known/openid_sandbox_configuration").send();
    let discovery = timeout(PATIENCE, discovery).await.unwrap().unwrap();
    let elapsed = begin.elapsed();
    assert!(discovery.status().is_success() && !scan.is_finished() && elapsed < AT_ONCE, "{elapsed:?}");
    assert_eq!(scan.await.unwrap().unwrap().status(), 200);
    for write in writes {
        assert_eq!(write.await.unwrap().unwrap().status(), 200);
    }
}
