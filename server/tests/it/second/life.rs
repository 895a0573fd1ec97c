//! The whole life of a connection at an authorization server that nobody of ours wrote.

use futures_util::FutureExt as _;
use protocol::notification::Event;
use protocol::store::{ConnectFailure, ConnectionState, ReconnectReason};
use server::clock::Clock;
use server::connections;
use server::oauth::refresh::{self, TokenError};
use server::providers::Door;

use super::neighbour::{CLIENT, Neighbour, SECRET};
use super::{ENTRY, SECOND, Second, ledgerly, planned, registration};
use crate::tokens::eventually;
use crate::world::Person;

const BASIC: &str = "client_secret_basic";

/// A proxy whose clock is right, since the other side has one of its own, and that other side.
async fn beside(auth: &str, secret: &str) -> Option<(Second, Neighbour)> {
    let mut plan = planned(ENTRY).await;
    plan.clock = Clock::manual(Clock::system().now());
    let neighbour = Neighbour::start(auth, &format!("{}/callback/{SECOND}", plan.url())).await?;
    let plan = plan.register(registration(SECOND, &neighbour.origin, (CLIENT, secret)));
    Some((Second::ready(plan).await, neighbour))
}

impl Second {
    async fn connect(&self, person: &Person, neighbour: &Neighbour) -> String {
        let leaving = self.leave(person).await;
        let back = neighbour.consent(&leaving.authorize).await;
        let (status, word) = self.back(&back, &leaving.cookie).await;
        assert_eq!(status, 303);
        word
    }

    /// An access token. They live a minute there, so whoever wants one has it refreshed.
    async fn access(&self, person: &Person) -> Result<Door, TokenError> {
        let id = self.row(person).await.expect("a connection").id;
        refresh::access(&self.world.app(), id).await
    }

    pub(super) async fn disconnect(&self, person: &Person) {
        let (app, id, now) = (self.world.app(), person.session, self.world.clock.now());
        let shared = std::sync::Arc::clone(&app);
        let done = app.store.write::<_, server::error::Refusal, _>(move |mut db| {
            async move {
                let session = db.session(id, now).await?.expect("the session lives");
                connections::disconnect(&mut db, &shared, &session.who, &ledgerly()).await
            }
            .boxed()
        });
        assert!(done.await.is_ok(), "it is switched off");
    }

    pub(super) async fn events(&self, person: &Person) -> Vec<Event> {
        let (app, tenant) = (self.world.app(), person.tenant);
        let read = app.store.read::<_, server::store::StoreError, _>(move |mut db| {
            async move { db.newest_events(tenant, 100).await }.boxed()
        });
        read.await.expect("read").into_iter().map(|entry| entry.event).collect()
    }
}

#[tokio::test]
async fn a_connection_lives_its_whole_life_at_a_provider_of_the_configuration() {
    let Some((second, neighbour)) = beside(BASIC, SECRET).await else { return };
    let ann = second.ann().await;
    connects(&second, &neighbour, &ann).await;
    let second = rotates(second, &neighbour, &ann).await;
    is_stolen_and_made_again(&second, &neighbour, &ann).await;
    ends(&second, &neighbour, &ann).await;
    let ledger = neighbour.ledger().await;
    for call in &ledger.calls {
        let told =
            url::form_urlencoded::parse(call.url.as_bytes()).any(|(_, value)| value.contains("secret:"));
        assert!(!told && !call.url.contains("code_verifier"), "{}", call.url);
    }
}

/// The way out is as strict as it can be, and the company is proven before anything is stored.
async fn connects(second: &Second, neighbour: &Neighbour, ann: &Person) {
    let leaving = second.leave(ann).await;
    assert_eq!(leaving.parameter("code_challenge_method"), "S256");
    assert_eq!(leaving.parameter("prompt"), "consent");
    assert_eq!(leaving.parameter("scope"), "openid profile offline_access");
    assert!(leaving.parameter("nonce").len() == 43 && leaving.parameter("state").len() == 43);
    let back = neighbour.consent(&leaving.authorize).await;
    assert!(back.query_pairs().any(|(name, value)| name == "iss" && value == neighbour.origin));
    assert_eq!(second.back(&back, &leaving.cookie).await, (303, "connected".to_owned()));
    let view = second.view(ann).await;
    assert_eq!(view.state, ConnectionState::Active, "nothing is to be imported or configured");
    assert_eq!(view.company.expect("a company").name, "Harbour & Sons Ltd");
    assert_eq!(second.row(ann).await.expect("a row").company_id.as_deref(), Some("harbour"));
    let connected = Event::Connected { company: "Harbour & Sons Ltd".to_owned() };
    assert_eq!(second.events(ann).await, [connected], "no import is spoken of");
}

/// Each use brings a new refresh token; a restart in between changes nothing.
async fn rotates(second: Second, neighbour: &Neighbour, ann: &Person) -> Second {
    let first = second.access(ann).await.expect("a token");
    let next = second.access(ann).await.expect("a token");
    assert_eq!(next.generation, first.generation + 1);
    let second = Second { world: second.world.restart().await };
    eventually(|| async { second.problem().is_none() }).await;
    let after = second.access(ann).await.expect("a token");
    assert_eq!(after.generation, next.generation + 1);
    let mut given = neighbour.ledger().await.refresh_tokens;
    assert_eq!(given.len(), 4);
    given.dedup();
    assert_eq!(given.len(), 4, "each is another");
    second
}

/// Somebody uses an old refresh token: the provider ends the grant, which is said, once, with a way out.
async fn is_stolen_and_made_again(second: &Second, neighbour: &Neighbour, ann: &Person) {
    let old = neighbour.ledger().await.refresh_tokens.remove(0);
    let (status, body) = neighbour.stolen(&old).await;
    assert!(status == 400 && body.contains("invalid_grant"), "{body}");
    assert!(matches!(second.access(ann).await, Err(TokenError::ReconnectRequired)));
    let reason = ReconnectReason::Refused;
    assert_eq!(second.state(ann).await, ConnectionState::ReconnectRequired { reason });
    assert!(matches!(second.access(ann).await, Err(TokenError::ReconnectRequired)));
    let told = second.events(ann).await;
    let told = told.iter().filter(|event| matches!(event, Event::ReconnectRequired { .. })).count();
    assert_eq!(told, 1);
    assert!(second.row(ann).await.expect("a row").tokens.is_none());
    neighbour.opens("").await;
    assert_eq!(second.connect(ann, neighbour).await, "cancelled");
    assert_eq!(second.view(ann).await.last_failure, Some(ConnectFailure::Cancelled));
    neighbour.opens("mill").await;
    assert_eq!(second.connect(ann, neighbour).await, "another-company");
    neighbour.opens("harbour").await;
    assert_eq!(second.connect(ann, neighbour).await, "connected");
    assert_eq!(second.state(ann).await, ConnectionState::Active);
    assert!(second.access(ann).await.is_ok());
}

/// Switching off revokes at the provider, where the last refresh token is worth nothing then.
async fn ends(second: &Second, neighbour: &Neighbour, ann: &Person) {
    let last = neighbour.ledger().await.refresh_tokens.pop().expect("a token");
    let before = neighbour.ledger().await.posted("/token/revocation").len();
    second.disconnect(ann).await;
    assert_eq!(second.state(ann).await, ConnectionState::Disconnected);
    eventually(|| async { neighbour.ledger().await.posted("/token/revocation").len() > before }).await;
    assert!(neighbour.ledger().await.posted("/token/revocation").iter().all(|status| *status == 200));
    let (status, body) = neighbour.stolen(&last).await;
    assert!(status == 400 && body.contains("invalid_grant"), "{body}");
    eventually(|| async { second.events(ann).await.contains(&Event::Revoked) }).await;
}

#[tokio::test]
async fn oa_10_a_callback_that_names_another_issuer_is_refused_before_the_code_is_sent() {
    let Some((second, neighbour)) = beside(BASIC, SECRET).await else { return };
    let ann = second.ann().await;
    let leaving = second.leave(&ann).await;
    let back = neighbour.consent(&leaving.authorize).await;
    for iss in [Some("https://accounts.example"), Some("http://127.0.0.1:1"), Some(""), None] {
        let mut forged = back.clone();
        let others = back.query_pairs().filter(|(name, _)| name != "iss");
        forged.query_pairs_mut().clear().extend_pairs(others).extend_pairs(iss.map(|iss| ("iss", iss)));
        assert_eq!(second.back(&forged, &leaving.cookie).await.0, 400, "{iss:?}");
    }
    assert!(neighbour.ledger().await.posted("/token").is_empty(), "no code and no secret was sent");
    assert_eq!(second.back(&back, &leaving.cookie).await, (303, "connected".to_owned()));
}

#[tokio::test]
async fn oa_22_a_secret_in_the_body_is_taken_where_the_provider_asks_for_it_there() {
    let Some((second, neighbour)) = beside("client_secret_post", SECRET).await else { return };
    let ann = second.ann().await;
    assert_eq!(second.connect(&ann, &neighbour).await, "connected");
    assert!(second.access(&ann).await.is_ok());
    second.disconnect(&ann).await;
    eventually(|| async { neighbour.ledger().await.posted("/token/revocation") == [200] }).await;
    assert!(neighbour.ledger().await.calls.iter().all(|call| !call.url.contains("secret")));
}

#[tokio::test]
async fn oa_22_a_wrong_secret_is_told_as_ours() {
    for auth in [BASIC, "client_secret_post"] {
        let Some((second, neighbour)) = beside(auth, &format!("{SECRET}+")).await else { return };
        let ann = second.ann().await;
        assert_eq!(second.connect(&ann, &neighbour).await, "keys-refused");
        assert_eq!(neighbour.ledger().await.posted("/token"), [401]);
        assert_eq!(second.view(&ann).await.last_failure, Some(ConnectFailure::KeysRefused));
        assert!(second.row(&ann).await.expect("a row").tokens.is_none());
    }
}
