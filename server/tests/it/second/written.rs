//! An integration whose endpoints its entry writes out, without OpenID Connect: the company is what an address
//! of the provider's own tells, and there is nothing to revoke at.

use protocol::notification::Event;
use protocol::store::ConnectionState;
use server::oauth::revoke::send_due;
use url::Url;

use super::played::Played;
use super::{ENTRY, SECOND, Second, planned, registration};

/// The entry of the other tests without an issuer.
fn entry() -> String {
    let written = r#"
authorization = "{origin}/authorize"
token = "{origin}/token"
company = "{origin}/organisation"

[company]
id = "/organisation/id"
name = "/organisation/name"
"#;
    ENTRY
        .replace(r#"["openid", "profile", "offline_access"]"#, r#"["books"]"#)
        .replace("issuer = \"{origin}\"", written)
}

#[tokio::test]
async fn an_integration_with_endpoints_of_its_own_needs_no_metadata() {
    let played = Played::start().await;
    played.gives(None);
    let plan = planned(&entry()).await;
    let plan = plan.register(registration(SECOND, &played.origin, ("us", "secret")));
    let second = Second { world: plan.start().await };
    assert_eq!(second.problem(), None, "nothing has to be read");
    let ann = second.ann().await;
    let leaving = second.leave(&ann).await;
    for unasked in ["nonce", "code_challenge"] {
        assert!(leaving.authorize.query_pairs().all(|(name, _)| name != unasked), "{unasked}");
    }
    let mut back = Url::parse(&second.world.at("/callback/second")).expect("a URL");
    back.query_pairs_mut().append_pair("code", "c").append_pair("state", &leaving.parameter("state"));
    assert_eq!(second.back(&back, &leaving.cookie).await, (303, "connected".to_owned()));
    let row = second.row(&ann).await.expect("a row");
    assert_eq!((row.company_id.as_deref(), row.live), (Some("42"), true));
    assert_eq!(second.view(&ann).await.company.expect("a company").name, "Harbour");
    second.disconnect(&ann).await;
    send_due(&second.world.app()).await.expect("worked on");
    assert_eq!(second.state(&ann).await, ConnectionState::Disconnected);
    assert!(!second.events(&ann).await.contains(&Event::Revoked), "nobody claims that it was");
    assert_eq!((played.asked("/organisation"), played.asked("/token")), (2, 1));
    assert_eq!(played.asked("/.well-known/openid-configuration"), 0);
}
