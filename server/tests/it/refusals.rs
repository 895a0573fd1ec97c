//! What the token endpoint refuses: a refresh token (RF-08), or our client (RF-09).

use futures_util::future::join_all;
use protocol::notification::Event;
use protocol::store::{CompanySettings, ConnectionState, ReconnectReason, Stamp};
use sandbox::{Failure, UK_COMPANY, UK_REALM, US_COMPANY};
use server::clock::after;
use server::config::Registration;
use server::connections::ConnectionRow;
use server::connections::machine::State;
use server::oauth::refresh::{self, TokenError};
use server::providers::CompanyFacts;
use server::state::App;
use server::store::connections::{NewTokens, SealedTokens};
use server::store::ids::ConnectionId;
use server::store::{Db, StoreError};
use server::vault::{Place, Secret};

use crate::client::BOUND;
use crate::overheard::Overheard;
use crate::quick::{CLIENT, Quick, SECRET, TOKEN, qbo, quickbooks, registration};
use crate::tokens::{HOUR, access};
use crate::world::{ALL, PORTAL, Person, Plan, World};

/// Connections of an operator whose secret is wrong.
const MANY: usize = 1000;
/// As many refreshes as are under way at once.
const AT_ONCE: usize = 16;
const MINUTE: u64 = 60_000;

const REFUSED: Event = Event::ReconnectRequired { reason: ReconnectReason::Refused };

/// A pair of tokens, sealed for a connection as the proxy seals them.
pub(crate) fn sealed(app: &App, row: &ConnectionRow, generation: u64, lives: u64) -> SealedTokens {
    let seal = |column, token: &str| {
        let (portal, tenant, connection) = (row.portal.as_str(), row.tenant, row.id);
        app.vault.seal(&Place { portal, tenant, connection, column, generation }, &Secret::new(token))
    };
    SealedTokens {
        access: seal("connections.access", "AT-of-another"),
        refresh: seal("connections.refresh", "RT-of-another"),
        access_expires: after(app.clock.now(), lives),
        refresh_expires: None,
        hard_expires: None,
    }
}

async fn told(quick: &Quick, person: &Person) -> usize {
    quick.events(person).await.iter().filter(|event| **event == REFUSED).count()
}

#[tokio::test]
async fn rf_08_a_refused_refresh_asks_to_reconnect_once() {
    let quick = Quick::start().await;
    let (ann, ben) = (quick.ann().await, quick.world.person("other", "Ben", ALL).await);
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.connect_quietly(&ben, US_COMPANY).await;
    quick.sandbox.control().disconnect(Some(UK_REALM));
    quick.world.clock.advance(HOUR);
    let all = join_all((0..10).map(|_| access(&quick, &ann))).await;
    assert!(all.iter().all(|door| matches!(door, Err(TokenError::ReconnectRequired))));
    assert_eq!(quick.calls(TOKEN), 3, "two exchanges and one refresh");
    let view = quick.view(&ann).await;
    assert_eq!(view.state, ConnectionState::ReconnectRequired { reason: ReconnectReason::Refused });
    assert!(view.settings_kept && view.company.is_some());
    assert_eq!((told(&quick, &ann).await, told(&quick, &ben).await), (1, 0));
    assert!(access(&quick, &ben).await.is_ok(), "another tenant goes on");
    // Neither time nor a restart brings the dead token back to the provider.
    let quick = quick.restart().await;
    for _ in 0..5 {
        quick.world.clock.advance(HOUR);
        assert!(matches!(access(&quick, &ann).await, Err(TokenError::ReconnectRequired)));
    }
    let refused = quick.sandbox.ledger().to(TOKEN).into_iter().filter(|entry| entry.status == Some(400));
    assert_eq!((refused.count(), told(&quick, &ann).await), (1, 1));
    quick.sandbox.control().resume_queries();
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
}

#[tokio::test]
async fn rf_08_a_refusal_that_another_node_has_outrun_changes_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.world.clock.advance(HOUR);
    let row = quick.row(&ann).await;
    quick.sandbox.control().hold(TOKEN);
    let elsewhere = async {
        quick.sandbox.ledger().asked_at(TOKEN, 2, BOUND).await;
        let (id, generation) = (row.id, row.generation);
        let pair = sealed(&quick.world.app(), &row, generation + 1, HOUR);
        let swapped = quick
            .world
            .write(move |mut db| Box::pin(async move { db.swap_tokens(id, generation, &pair).await }))
            .await;
        assert!(swapped);
        quick.sandbox.control().disconnect(Some(UK_REALM));
        quick.sandbox.control().release();
    };
    let (door, ()) = tokio::join!(access(&quick, &ann), elsewhere);
    let door = door.expect("the pair that is there");
    assert_eq!(
        (door.generation, door.token.lend(str::to_owned)),
        (row.generation + 1, "AT-of-another".into())
    );
    assert_eq!(quick.sandbox.ledger().to(TOKEN)[1].status, Some(400), "ours was refused");
    assert!(quick.row(&ann).await.live);
    assert_eq!((quick.view(&ann).await.state, told(&quick, &ann).await), (ConnectionState::Importing, 0));
}

/// One of many: a live connection of a tenant of its own, whose tokens are no good.
async fn add(db: &mut Db<'_>, app: &App, name: &str, lives: u64) -> Result<ConnectionId, StoreError> {
    let tenant = db.put_tenant(PORTAL, name, name).await?;
    let id = db.add_connection(tenant, &qbo()).await?;
    let row = db.connection(id).await?.expect("it is there");
    db.put_tokens(NewTokens {
        connection: id,
        registration: "qbo",
        company_id: name,
        company: &a_company(name.to_owned()),
        tokens: &sealed(app, &row, 1, lives),
        generation: 1,
        connected: &Stamp { by: "Ann".to_owned(), at: app.clock.now() },
    })
    .await?;
    Ok(id)
}

/// So many of them: every other one's access token has ended, the others' last a minute.
async fn a_crowd(world: &World, many: usize) -> Vec<ConnectionId> {
    let app = world.app();
    let made = world.write(move |mut db| {
        Box::pin(async move {
            let mut crowd = Vec::new();
            for number in 0..many {
                let lives = if number % 2 == 0 { MINUTE } else { 0 };
                crowd.push(add(&mut db, &app, &format!("tenant-{number}"), lives).await?);
            }
            Ok(crowd)
        })
    });
    let crowd = made.await;
    world.by_another_program("UPDATE connections SET state = 'active'").await;
    crowd
}

fn a_company(name: String) -> CompanyFacts {
    let (legal_name, country, home_currency, edition) = (None, None, None, None);
    let settings = CompanySettings::default();
    CompanyFacts { name, legal_name, country, home_currency, edition, settings }
}

/// Everybody asks for an access token; says of how many our client was refused.
async fn all_ask(world: &World, crowd: &[ConnectionId]) -> usize {
    let app = world.app();
    let doors = join_all(crowd.iter().map(|id| refresh::access(&app, *id))).await;
    let refused = doors.iter().filter(|door| matches!(door, Err(TokenError::KeysRefused))).count();
    let served = doors.iter().filter(|door| door.as_ref().is_ok_and(|door| door.generation == 1)).count();
    assert_eq!(refused + served, crowd.len(), "nobody was told anything else");
    refused
}

/// How often somebody alarmed the operator.
fn alarms(log: &Overheard) -> usize {
    let said = log.said();
    said.lines().filter(|line| line.contains("ERROR") && line.contains("refuses our client")).count()
}

#[tokio::test]
async fn rf_09_a_wrong_secret_harms_none_of_a_thousand_connections() {
    let log = Overheard::default();
    let _listening = log.listen();
    let clients = vec![sandbox::Client::new(CLIENT, SECRET, Vec::new())];
    let sandbox = sandbox::start(quickbooks(clients)).await.expect("the sandbox starts");
    let wrong = Registration { client_secret: Secret::new("wrong"), ..registration("qbo", sandbox.url()) };
    let world = Plan::new().await.register(wrong).start().await;
    let crowd = a_crowd(&world, MANY).await;
    assert_eq!(all_ask(&world, &crowd).await, MANY / 2, "what still lives is used");
    let asked = sandbox.ledger().to(TOKEN).len();
    assert!((1..=AT_ONCE).contains(&asked), "{asked} were sent before the first came back");
    all_ask(&world, &crowd).await;
    assert_eq!((sandbox.ledger().to(TOKEN).len(), alarms(&log)), (asked, 1));
    for later in 1..=3 {
        world.clock.advance(5 * MINUTE);
        assert_eq!(all_ask(&world, &crowd).await, MANY, "all have ended by now");
        assert_eq!((sandbox.ledger().to(TOKEN).len(), alarms(&log)), (asked + later, 1 + later));
    }
    for id in crowd {
        let row = world.write(move |mut db| Box::pin(async move { db.connection(id).await })).await;
        let row = row.expect("it is there");
        assert!(row.live && row.state == State::Active && row.tokens.is_some(), "{row:?}");
    }
}

#[tokio::test]
async fn rf_09_keys_that_are_taken_again_serve_everybody() {
    let quick = Quick::start().await;
    let (ann, ben) = (quick.ann().await, quick.world.person("other", "Ben", ALL).await);
    quick.connect_quietly(&ann, UK_COMPANY).await;
    quick.sandbox.control().fail(Failure::new(TOKEN, 401, 2));
    quick.world.clock.advance(HOUR);
    assert!(matches!(access(&quick, &ann).await, Err(TokenError::KeysRefused)));
    assert_eq!(quick.view(&ann).await.state, ConnectionState::Importing);
    assert_eq!(quick.connect(&ben, US_COMPANY).await, "keys-refused", "who connects is told at once");
    assert!(matches!(access(&quick, &ann).await, Err(TokenError::KeysRefused)), "nothing is sent meanwhile");
    assert_eq!(quick.calls(TOKEN), 3);
    assert_eq!(quick.connect(&ben, US_COMPANY).await, "connected");
    assert!(access(&quick, &ann).await.is_ok(), "who connects has shown that our client is taken");
}

#[tokio::test]
async fn rf_22_a_crowd_that_expires_together_asks_a_few_at_a_time() {
    const CROWD: usize = 100;
    let clients = vec![sandbox::Client::new(CLIENT, SECRET, Vec::new())];
    let sandbox = sandbox::start(quickbooks(clients)).await.expect("the sandbox starts");
    let world = Plan::new().await.register(registration("qbo", sandbox.url())).start().await;
    let crowd = a_crowd(&world, CROWD).await;
    world.clock.advance(MINUTE);
    sandbox.control().hold(TOKEN);
    let app = world.app();
    let asking = tokio::spawn(async move {
        join_all(crowd.iter().map(|id| refresh::access(&app, *id)))
            .await
            .into_iter()
            .map(Result::err)
            .collect()
    });
    sandbox.ledger().asked_at(TOKEN, AT_ONCE, BOUND).await;
    // Everybody has had a turn at the store by then.
    for _ in 0..CROWD {
        world.write(|mut db| Box::pin(async move { db.sweep_links(crate::world::START).await })).await;
    }
    assert_eq!(sandbox.ledger().to(TOKEN).len(), AT_ONCE, "the others wait for a place");
    sandbox.control().release();
    let told: Vec<Option<TokenError>> = asking.await.expect("no panic");
    assert!(told.iter().all(|told| matches!(told, Some(TokenError::ReconnectRequired))));
    assert_eq!(sandbox.ledger().to(TOKEN).len(), CROWD, "each asked once");
}
