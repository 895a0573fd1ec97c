//! A notice that was answered is read, whatever becomes of the process after the answer.

use std::time::Duration;

use sandbox::UK_REALM;
use serde_json::json;

use super::proxy::{Proxy, SECRET, SOON, Trouble};
use super::story::Story;
use crate::notices::{event, sign};
use crate::quick::rotation;

/// How often QuickBooks was asked what changed of suppliers, which every run begins with that reads them again.
fn asked(proxy: &Proxy) -> usize {
    let questions = proxy.sandbox.ledger().to("/cdc");
    let of_suppliers = |entry: &&sandbox::Entry| {
        entry.query_pairs().iter().any(|(name, entities)| name == "entities" && entities.contains("Vendor"))
    };
    questions.iter().filter(of_suppliers).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn in_10_a_notice_that_was_answered_is_read_after_a_kill() {
    let (mut proxy, mut story) = (Proxy::new(rotation()).await, Story::new());
    assert!(proxy.serve(&Trouble::None));
    story.connected(&proxy).await.expect("it is connected");
    let mut notice = event("a", "vendor", UK_REALM);
    // The process has the machine's clock, for which the moment of the sample is long ago.
    notice["time"] = json!(null);
    let (before, body) = (asked(&proxy), json!([notice]).to_string());
    let request =
        proxy.http.post(proxy.at("/notices/qbo")).header("intuit-signature", sign(SECRET, body.as_bytes()));
    assert_eq!(request.body(body).send().await.expect("an answer").status(), 200);
    proxy.kill();
    assert!(proxy.serve(&Trouble::None));
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    let read = async {
        while asked(&proxy) == before {
            looks.tick().await;
        }
    };
    tokio::time::timeout(SOON, read).await.expect("it is read");
}
