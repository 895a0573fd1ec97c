//! Answers that come to the wrong door, or with somebody's text in them.

use sandbox::UK_COMPANY;
use url::Url;

use crate::quick::{CLIENT, Quick, SECRET, TOKEN, registration, result};
use crate::world::Plan;

#[tokio::test]
async fn oa_10_an_answer_at_another_registration_is_refused() {
    let plan = Plan::new().await;
    let url = plan.url();
    let start = |id: &str| {
        let clients = vec![sandbox::Client::new(CLIENT, SECRET, vec![format!("{url}/callback/{id}")])];
        sandbox::start(sandbox::Config { clients, ..sandbox::Config::default() })
    };
    let (honest, other) = (start("qbo").await.unwrap(), start("other").await.unwrap());
    let plan = plan.register(registration("qbo", honest.url())).register(registration("other", other.url()));
    let quick = Quick { world: plan.start().await, sandbox: honest };
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let back = quick.consent(&away, UK_COMPANY).await;
    let crossed = Url::parse(&back.as_str().replace("/callback/qbo", "/callback/other")).unwrap();
    assert_eq!(quick.visit(&crossed, &away.cookie).await.status, 400);
    assert!(other.ledger().entries().is_empty());
    assert_eq!(quick.calls(TOKEN), 0);
    assert_eq!(quick.visit(&back, &away.cookie).await.status, 303);
}

#[tokio::test]
async fn oa_14_a_providers_text_is_never_repeated() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let away = quick.leave(&ann, "").await;
    let state = away.authorize.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let mut back = Url::parse(&quick.world.at("/callback/qbo")).unwrap();
    back.query_pairs_mut()
        .append_pair("state", &state)
        .append_pair("error", "<script>alert(1)</script>")
        .append_pair("error_description", "<img src=x onerror=alert(1)>\r\nset-cookie: a=b");
    let seen = quick.visit(&back, &away.cookie).await;
    assert_eq!(result(&seen.location), "refused");
    assert!(!format!("{:?}", seen.headers).contains("alert"));
}
