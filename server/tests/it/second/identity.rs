//! `id_token`s: forged in every way, signed by keys that change, and believed when they are right.

use protocol::store::{ConnectFailure, ConnectionState};
use serde_json::{Value, json};
use url::Url;

use super::played::{Key, Played};
use super::{ENTRY, Leaving, SECOND, SECTIONS, Second, planned, registration};
use crate::world::Person;

/// A proxy, a provider that is played, and the key that it signs with.
struct Stage {
    second: Second,
    played: Played,
    key: Key,
}

impl Stage {
    async fn set() -> Self {
        let (played, key) = (Played::start().await, Key::new("one"));
        played.publishes(&[&key]);
        let plan = planned(&format!("{ENTRY}{SECTIONS}")).await;
        let second =
            Second::ready(plan.register(registration(SECOND, &played.origin, ("us", "secret")))).await;
        Self { second, played, key }
    }

    /// What a good token of this attempt says.
    fn claims(&self, leaving: &Leaving) -> Value {
        let now = self.second.world.clock.now().0 / 1000;
        let nonce = leaving.parameter("nonce");
        json!({ "iss": self.played.origin, "sub": "harbour", "aud": "us", "exp": now + 600, "iat": now, "nonce": nonce })
    }

    /// The browser comes back from the provider with a code, for which it gives this token.
    async fn comes_back(&self, leaving: &Leaving, id_token: Option<&str>) -> String {
        self.played.gives(id_token);
        let mut back = Url::parse(&self.second.world.at("/callback/second")).expect("a URL");
        back.query_pairs_mut().append_pair("code", "c").append_pair("state", &leaving.parameter("state"));
        let (status, word) = self.second.back(&back, &leaving.cookie).await;
        assert_eq!(status, 303);
        word
    }

    /// Connects with a token made of an attempt; gives the word of the end.
    async fn with(&self, person: &Person, made: impl FnOnce(&Leaving) -> Option<String>) -> String {
        let leaving = self.second.leave(person).await;
        let token = made(&leaving);
        self.comes_back(&leaving, token.as_deref()).await
    }
}

#[tokio::test]
async fn oa_23_a_forged_token_is_refused_and_nothing_is_stored() {
    let (stage, elsewhere) = (Stage::set().await, Played::start().await);
    let ann = stage.second.ann().await;
    let stranger = Key::new("one");
    elsewhere.publishes(&[&stranger]);
    let at = format!("{}/jwks", elsewhere.origin);
    let public = stage.key.jwk();
    for (what, header) in [
        ("none", json!({ "alg": "none" })),
        ("HS256 by the public key", json!({ "alg": "HS256", "kid": "one" })),
        ("RS256 over an EC key", json!({ "alg": "RS256", "kid": "one" })),
        ("a stranger's key", json!({ "alg": "ES256", "kid": "one" })),
        ("a key at jku", json!({ "alg": "ES256", "kid": "one", "jku": at })),
        ("a key at x5u", json!({ "alg": "ES256", "kid": "one", "x5u": at })),
        ("a key in the header", json!({ "alg": "ES256", "jwk": stranger.jwk() })),
        ("an unknown key", json!({ "alg": "ES256", "kid": "two" })),
    ] {
        let forged = |leaving: &Leaving| {
            let claims = stage.claims(leaving);
            let token = stranger.signs(&header, &claims);
            Some(match what {
                "none" => format!("{}.", token.rsplit_once('.').expect("three parts").0),
                "HS256 by the public key" => hmac(&token, &public),
                _ => token,
            })
        };
        assert_eq!(stage.with(&ann, forged).await, "company-unproven", "{what}");
    }
    for (claim, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("them")),
        ("aud", json!(["us", "them"])),
        ("azp", json!("them")),
        ("exp", json!(1)),
        ("iat", json!(1)),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
    ] {
        let forged = |leaving: &Leaving| {
            let mut claims = stage.claims(leaving);
            claims[claim] = value.clone();
            Some(stage.key.token(&claims))
        };
        assert_eq!(stage.with(&ann, forged).await, "company-unproven", "{claim}: {value}");
    }
    assert_eq!(stage.with(&ann, |_| None).await, "company-unproven");
    let view = stage.second.view(&ann).await;
    assert_eq!(
        (view.state, view.last_failure),
        (ConnectionState::Available, Some(ConnectFailure::CompanyUnproven))
    );
    let row = stage.second.row(&ann).await.expect("a row");
    assert!(row.tokens.is_none() && row.company_id.is_none() && row.generation == 0);
    assert_eq!((stage.played.asked("/me"), elsewhere.asked("/jwks")), (0, 0), "nobody else is believed");
}

/// The token's first two parts, signed with the public key as if it were a shared secret.
fn hmac(token: &str, public: &Value) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let message = token.rsplit_once('.').expect("three parts").0;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, public.to_string().as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, message.as_bytes())))
}

#[tokio::test]
async fn oa_23_a_token_of_another_attempt_is_refused() {
    let stage = Stage::set().await;
    let (ann, ben) =
        (stage.second.ann().await, stage.second.world.person("other", "Ben", crate::world::ALL).await);
    let (hers, his) = (stage.second.leave(&ann).await, stage.second.leave(&ben).await);
    let stolen = stage.key.token(&stage.claims(&his));
    assert_eq!(stage.comes_back(&hers, Some(&stolen)).await, "company-unproven");
    let own = stage.key.token(&stage.claims(&his));
    assert_eq!(stage.comes_back(&his, Some(&own)).await, "connected");
}

#[tokio::test]
async fn oa_23_a_provider_that_changes_its_keys_is_asked_for_them_once() {
    let stage = Stage::set().await;
    let ann = stage.second.ann().await;
    let good = |leaving: &Leaving| Some(stage.key.token(&stage.claims(leaving)));
    assert_eq!(stage.with(&ann, good).await, "connected");
    assert_eq!(
        stage.second.state(&ann).await,
        ConnectionState::NeedsConfiguration,
        "there is a page to fill in"
    );
    assert_eq!(stage.with(&ann, good).await, "connected");
    assert_eq!(stage.played.asked("/jwks"), 1, "they are kept");
    let next = Key::new("two");
    stage.played.publishes(&[&stage.key, &next]);
    assert_eq!(stage.with(&ann, |leaving| Some(next.token(&stage.claims(leaving)))).await, "connected");
    assert_eq!(stage.played.asked("/jwks"), 2);
    let unknown = Key::new("three");
    assert_eq!(
        stage.with(&ann, |leaving| Some(unknown.token(&stage.claims(leaving)))).await,
        "company-unproven"
    );
    assert_eq!(stage.played.asked("/jwks"), 3, "once for each token that names a new one");
}

#[tokio::test]
async fn oa_23_another_subject_at_the_userinfo_endpoint_is_refused() {
    let stage = Stage::set().await;
    let ann = stage.second.ann().await;
    let other = |leaving: &Leaving| {
        let mut claims = stage.claims(leaving);
        claims["sub"] = "mallory".into();
        Some(stage.key.token(&claims))
    };
    assert_eq!(stage.with(&ann, other).await, "company-unproven");
    assert_eq!(stage.played.asked("/me"), 1);
    assert!(stage.second.row(&ann).await.expect("a row").tokens.is_none());
}
