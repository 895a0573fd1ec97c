//! Resume secrets: good once, changed by every welcome, and deadly to the session when an old one
//! comes back; but a welcome that was lost on the way ends no honest session.

use protocol::ids::EventSeq;
use protocol::message::{Auth, FaultKind, Intent};
use protocol::store::Permissions;
use tokio::time::timeout;

use crate::client::{BOUND, Client, SOON, a_moment};
use crate::frames::{For, OTHER, ZOE};
use crate::world::{ALL, World};

fn mark() -> Intent {
    Intent::MarkRead { upto: EventSeq(1) }
}

async fn resume(world: &World, secret: &str) -> Result<Client, FaultKind> {
    world.frame(Auth::Resume(secret.to_owned())).await
}

/// Comes back, and shows that the welcome arrived.
async fn come_back(world: &World, secret: &str) -> Client {
    let mut client = resume(world, secret).await.expect("a welcome");
    client.ask(mark()).await.expect("it serves");
    client
}

fn stolen() -> Vec<(String, String)> {
    vec![("session.resume_refused".to_owned(), "session".to_owned())]
}

#[tokio::test]
async fn ws_03_every_welcome_brings_the_secret_of_the_next() {
    let world = World::start().await;
    let mut secrets = vec![world.open_frame(ZOE).await.secret()];
    for _ in 0..5 {
        let client = come_back(&world, secrets.last().expect("one")).await;
        assert!(!secrets.contains(&client.secret()));
        assert_eq!(client.welcome.snapshot.session.visitor, "Zoë");
        secrets.push(client.secret());
    }
    let world = world.restart().await;
    come_back(&world, secrets.last().expect("one")).await;
}

#[tokio::test]
async fn em_05_an_old_resume_secret_ends_the_session_and_its_socket() {
    let world = World::start().await;
    let first = world.open_frame(ZOE).await.secret();
    let mut honest = come_back(&world, &first).await;
    assert_eq!(resume(&world, &first).await.err(), Some(FaultKind::SessionInvalid));
    honest.told_the_end().await;
    assert_eq!(resume(&world, &honest.secret()).await.err(), Some(FaultKind::SessionInvalid));
    assert_eq!(world.audited().await, stolen());
    assert_eq!(resume(&world, &first).await.err(), Some(FaultKind::SessionInvalid));
    assert_eq!(world.audited().await, stolen(), "what is over ends no second time");
}

#[tokio::test]
async fn a_lost_welcome_does_not_end_an_honest_session() {
    let world = World::start().await;
    let first = world.open_frame(ZOE).await.secret();
    let mut lost = Vec::new();
    for _ in 0..3 {
        // The socket goes before anything shows that the welcome has arrived.
        lost.push(resume(&world, &first).await.expect("a welcome").secret());
    }
    let second = come_back(&world, &first).await.secret();
    let mut honest = come_back(&world, &second).await;
    assert_eq!(world.audited().await, []);
    // Whoever has a secret of a lost welcome was listening.
    assert_eq!(resume(&world, &lost[1]).await.err(), Some(FaultKind::SessionInvalid));
    honest.told_the_end().await;
    assert_eq!(world.audited().await, stolen());
}

#[tokio::test]
async fn a_secret_is_spent_as_soon_as_a_quiet_store_has_heard_the_welcome() {
    let world = World::start().await;
    let first = world.open_frame(ZOE).await.secret();
    let mut quiet = resume(&world, &first).await.expect("a welcome");
    // It says nothing; its side of the socket answers the ping that follows the welcome.
    let heard = timeout(BOUND, async {
        tokio::select! {
            _ = quiet.next() => panic!("there is nothing to hear"),
            () = spent(&world, &first) => {}
        }
    });
    heard.await.expect("the answer arrives");
    assert_eq!(resume(&world, &first).await.err(), Some(FaultKind::SessionInvalid));
    quiet.told_the_end().await;
}

/// Waits until a secret is known to be spent.
async fn spent(world: &World, secret: &str) {
    let hash = server::vault::digest(secret);
    loop {
        let spent = world.write(move |mut db| Box::pin(async move { db.spent_by(hash).await })).await;
        if spent.is_some() {
            return;
        }
        a_moment().await;
    }
}

#[tokio::test]
async fn of_two_sockets_that_resume_at_one_instant_one_goes_on() {
    for _ in 0..5 {
        let world = World::start().await;
        let first = world.open_frame(ZOE).await.secret();
        let (one, two) = tokio::join!(resume(&world, &first), resume(&world, &first));
        let (mut one, mut two) = (one.expect("welcome"), two.expect("welcome"));
        let closed = timeout(SOON, async {
            tokio::select! {
                close = one.closed() => (close, &mut two),
                close = two.closed() => (close, &mut one),
            }
        });
        let (close, winner) = closed.await.expect("at once");
        assert_eq!(close.map(|close| u16::from(close.code)), Some(1008));
        winner.ask(mark()).await.expect("the other serves");
        come_back(&world, &winner.secret()).await;
        assert_eq!(world.audited().await, []);
    }
}

#[tokio::test]
async fn a_socket_that_is_left_behind_is_closed_when_its_session_goes_on() {
    let world = World::start().await;
    let mut left = world.open_frame(ZOE).await;
    let mut here = come_back(&world, &left.secret()).await;
    let close = timeout(SOON, left.closed()).await.expect("at once");
    assert_eq!(close.map(|close| u16::from(close.code)), Some(1008));
    here.ask(mark()).await.expect("it serves");
}

#[tokio::test]
async fn em_04_forged_and_foreign_secrets_are_refused_and_change_nothing() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let cookie = zoe.cookie.split_once('=').expect("a cookie").1.to_owned();
    let secret = world.open_frame(ZOE).await.secret();
    world.token(For { portal: OTHER, ..ZOE }).await;
    for forged in ["", "forged", &cookie, &secret[1..]] {
        assert_eq!(resume(&world, forged).await.err(), Some(FaultKind::SessionInvalid), "{forged}");
    }
    for portal in [None, Some(OTHER), Some("nowhere")] {
        let refused = world.frame_of(portal, Auth::Resume(secret.clone())).await.err();
        assert_eq!(refused, Some(FaultKind::SessionInvalid), "{portal:?}");
    }
    come_back(&world, &secret).await;
    assert_eq!(world.audited().await, []);
}

#[tokio::test]
async fn a_resume_secret_is_no_cookie_and_no_token() {
    let world = World::start().await;
    let secret = world.open_frame(ZOE).await.secret();
    assert_eq!(world.frame(Auth::Token(secret.clone())).await.err(), Some(FaultKind::SessionInvalid));
    let hello =
        protocol::message::Hello { build: "dev".to_owned(), auth: Auth::Cookie, cursor: None, portal: None };
    let cookie = format!("__Host-patchbay={secret}");
    let refused = Client::greeted(&world, Some(&cookie), hello).await.err();
    assert_eq!(refused, Some(FaultKind::SessionInvalid));
    come_back(&world, &secret).await;
}

#[tokio::test]
async fn se_02_other_rights_come_with_another_secret_and_the_old_one_is_dead() {
    let world = World::start().await;
    let mut client = world.open_frame(For { permissions: ALL, ..ZOE }).await;
    let before = client.secret();
    let less = Permissions { view: true, ..Permissions::default() };
    client.renew(world.token(For { permissions: less, ..ZOE }).await).await.expect("renewed");
    let close = timeout(SOON, client.closed()).await.expect("at once");
    assert_eq!(close.map(|close| u16::from(close.code)), Some(1012));
    let mut client = come_back(&world, &before).await;
    assert_eq!(client.welcome.snapshot.session.permissions, less);
    assert_ne!(client.secret(), before);
    assert_eq!(resume(&world, &before).await.err(), Some(FaultKind::SessionInvalid));
    client.told_the_end().await;
}
