//! What a start makes of what the last life left: open refreshes, and clients that changed.

use protocol::store::{ConnectionState, ReconnectReason};
use sandbox::{UK_COMPANY, UK_REALM};
use server::oauth::{KeepError, Registrations, refresh};
use server::store::StoreError;

use crate::quick::{Quick, TOKEN, registration};
use crate::world::Person;

/// Leaves a refresh in the journal as a crash would.
async fn crash(quick: &Quick, person: &Person) {
    let (row, now) = (quick.row(person).await, quick.world.clock.now());
    quick
        .world
        .app()
        .store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.begin_refresh(row.id, row.generation, [7; 32], now).await })
        })
        .await
        .expect("the journal is written");
}

#[tokio::test]
async fn an_interrupted_refresh_is_tried_once_more() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let before = quick.row(&ann).await.generation;
    crash(&quick, &ann).await;
    refresh::recover(&quick.world.app()).await.unwrap();
    assert_eq!(quick.row(&ann).await.generation, before + 1);
    refresh::recover(&quick.world.app()).await.unwrap();
    assert_eq!(quick.calls(TOKEN), 2, "once");
}

#[tokio::test]
async fn an_interrupted_refresh_that_is_refused_asks_to_reconnect() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    crash(&quick, &ann).await;
    quick.sandbox.control().disconnect(Some(UK_REALM));
    refresh::recover(&quick.world.app()).await.unwrap();
    let state = quick.view(&ann).await.state;
    assert_eq!(state, ConnectionState::ReconnectRequired { reason: ReconnectReason::Interrupted });
}

#[tokio::test]
async fn a_client_with_live_connections_cannot_be_changed() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let app = quick.world.app();
    let mut config = app.config.clone();
    config.registrations[0].client_id = "another".to_owned();
    let Ok(changed) = Registrations::new(&config, &app.catalogue) else { panic!("they fit together") };
    let refused = changed.keep(&app.store).await.expect_err("it is refused");
    assert!(matches!(&refused, KeepError::ClientChanged(id) if id == "qbo"), "{refused}");
    config.registrations.push(registration("qbo", quick.sandbox.url()));
    assert!(Registrations::new(&config, &app.catalogue).is_err(), "two of a name");
    quick.disconnect(&ann).await;
    changed.keep(&app.store).await.expect("nobody is left");
}
