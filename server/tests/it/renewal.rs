//! Renewing a session of a frame: by a fresh token of the same person, for half a day at most.

use protocol::ids::{Moment, RequestId};
use protocol::message::{Answer, Auth, FaultKind, ServerMessage};
use protocol::store::Permissions;
use server::store::sessions::{AT_MOST, LASTS};

use crate::client::Client;
use crate::frames::{For, GOOD_FOR, OTHER, ZOE};
use crate::world::{ALL, START, World};

const MINUTE: u64 = 60_000;

/// When the session ends, as the socket is told next.
async fn told(client: &mut Client) -> Moment {
    let ends = |message: &ServerMessage| match message {
        ServerMessage::Session(session) => Some(session.ends),
        _ => None,
    };
    client.until(ends).await
}

#[tokio::test]
async fn a_renewed_session_lasts_an_hour_more() {
    let world = World::start().await;
    let mut client = world.open_frame(ZOE).await;
    world.clock.advance(50 * MINUTE);
    assert_eq!(client.renew(world.token(ZOE).await).await, Ok(Answer::Nothing));
    assert_eq!(told(&mut client).await, Moment(START.0 + 50 * MINUTE + LASTS));
    world.clock.advance(LASTS - 1);
    let mut client = world.frame(Auth::Resume(client.secret())).await.expect("a welcome");
    assert_eq!(client.welcome.snapshot.session.ends, Moment(START.0 + 50 * MINUTE + LASTS));
    world.clock.advance(1);
    client.told_the_end().await;
}

#[tokio::test]
async fn se_04_no_renewal_leads_beyond_half_a_day() {
    let world = World::start().await;
    let mut client = world.open_frame(ZOE).await;
    let mut ends = Moment(START.0 + LASTS);
    while ends.0 < START.0 + AT_MOST {
        world.clock.advance(59 * MINUTE);
        client.renew(world.token(ZOE).await).await.expect("renewed");
        ends = told(&mut client).await;
    }
    assert_eq!(ends, Moment(START.0 + AT_MOST));
    client.renew(world.token(ZOE).await).await.expect("to the same end");
    world.clock.advance(ends.0 - world.clock.now().0);
    client.told_the_end().await;
    world.open_frame(ZOE).await;
}

#[tokio::test]
async fn a_renewal_that_names_somebody_else_changes_nothing() {
    let world = World::start().await;
    let mut client = world.open_frame(ZOE).await;
    world.clock.advance(50 * MINUTE);
    let used = world.token(ZOE).await;
    drop(world.frame(Auth::Token(used.clone())).await.expect("a welcome"));
    let others = [
        world.token(For { name: "Ben", ..ZOE }).await,
        world.token(For { tenant: "brook", ..ZOE }).await,
        world.token(For { portal: OTHER, ..ZOE }).await,
        used,
        "forged".to_owned(),
    ];
    for token in others {
        let refused = client.renew(token.clone()).await.expect_err("refused");
        assert_eq!(refused.kind, FaultKind::NotAllowed);
        for portal in ["demo", OTHER] {
            let spent = world.frame_of(Some(portal), Auth::Token(token.clone())).await.err();
            assert_eq!(spent, Some(FaultKind::SessionInvalid), "it is used up all the same");
        }
    }
    let late = world.token(ZOE).await;
    world.clock.advance(GOOD_FOR);
    assert_eq!(client.renew(late).await.expect_err("refused").kind, FaultKind::NotAllowed);
    let renewals = world.audited().await.into_iter().filter(|(_, object)| object == "renewal");
    assert_eq!(renewals.count(), 5, "all but the one that nobody gave out");
    world.clock.advance(5 * MINUTE);
    client.told_the_end().await;
}

#[tokio::test]
async fn a_session_with_a_cookie_is_not_renewed_by_a_token() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", Permissions { connect: false, ..ALL }).await;
    let mut client = world.socket(&zoe).await;
    let refused = client.renew(world.token(ZOE).await).await.expect_err("refused");
    assert_eq!(refused.kind, FaultKind::NotAllowed);
    let (before, now) = (client.welcome.snapshot.session, world.socket(&zoe).await.welcome.snapshot.session);
    assert_eq!((now.ends, now.permissions), (before.ends, before.permissions));
}

#[tokio::test]
async fn cn_07_a_renewal_sent_again_gets_the_first_answer() {
    let world = World::start().await;
    let mut client = world.open_frame(ZOE).await;
    let (id, token) = (RequestId::new("renewal").expect("an id"), world.token(ZOE).await);
    assert_eq!(client.renew_as(&id, token.clone()).await, Ok(Answer::Nothing));
    world.clock.advance(MINUTE);
    let mut client = world.frame(Auth::Resume(client.secret())).await.expect("a welcome");
    assert_eq!(client.renew_as(&id, token.clone()).await, Ok(Answer::Nothing));
    let ends = client.welcome.snapshot.session.ends;
    assert_eq!(ends, Moment(START.0 + LASTS), "it happened once");
    assert_eq!(world.audited().await, []);
    assert_eq!(client.renew(token).await.expect_err("under another id").kind, FaultKind::NotAllowed);
}

#[tokio::test]
async fn a_session_that_is_over_takes_no_token() {
    let world = World::start().await;
    let mut client = world.open_frame(ZOE).await;
    let (session, token, now) = (world.newest_session().await, world.token(ZOE).await, world.clock.now());
    // Nobody is told, so that the renewal comes first.
    world.write(move |mut db| Box::pin(async move { db.end_session(session, now).await })).await;
    let id = RequestId::new("late").expect("an id");
    client.send_renewal(&id, token.clone()).await;
    client.told_the_end().await;
    world.frame(Auth::Token(token)).await.expect("it is still good");
}
