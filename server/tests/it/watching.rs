//! An import as a store sees it over its socket, whatever becomes of the socket.

use std::collections::HashMap;
use std::time::Duration;

use protocol::ids::{EventSeq, ImportId, RequestId, Revision};
use protocol::import::{ImportSnapshot, ImportState, List, ListState};
use protocol::message::{Answer, FaultKind, Intent, ServerMessage};
use protocol::notification::{Event, Notification};
use protocol::store::{ConnectionState, Permissions};
use sandbox::UK_COMPANY;

use crate::client::Client;
use crate::quick::{Quick, qbo};
use crate::world::{PORTAL, Person};

/// What a store remembers between two sockets.
#[derive(Default)]
struct Memory {
    cursor: Option<EventSeq>,
    heard: Vec<EventSeq>,
    progress: HashMap<(ImportId, List), u32>,
    revisions: HashMap<ImportId, Revision>,
    last: Option<ImportSnapshot>,
}

impl Memory {
    fn note(&mut self, event: &Notification) {
        assert!(self.cursor < Some(event.seq), "{event:?} came again");
        self.cursor = self.cursor.max(Some(event.seq));
        self.heard.push(event.seq);
    }

    /// Takes a snapshot as the store does: an older revision is not looked at, a newer one never
    /// counts backwards.
    fn watch(&mut self, import: &ImportSnapshot) {
        let known = self.revisions.entry(import.import).or_default();
        if import.revision < *known {
            return;
        }
        *known = import.revision;
        for list in &import.lists {
            let before = self.progress.insert((import.import, list.list), list.done).unwrap_or_default();
            assert!(before <= list.done, "{:?} ran back from {before} to {}", list.list, list.done);
        }
        self.last = Some(import.clone());
    }

    fn over(&self) -> bool {
        self.last.as_ref().is_some_and(|import| import.state != ImportState::Running)
    }

    fn hear(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::Notification(event) => self.note(event),
            ServerMessage::Import(import) => self.watch(import),
            _ => {}
        }
    }

    /// Comes back with what is known, and takes what the welcome brings.
    async fn come_back(&mut self, quick: &Quick, ann: &Person) -> Client {
        let first = self.cursor.is_none();
        let client = Client::welcomed(&quick.world, &ann.cookie, self.cursor).await;
        if first {
            self.heard.extend(client.welcome.snapshot.tray.latest.iter().rev().map(|event| event.seq));
            self.cursor = Some(client.welcome.snapshot.tray.cursor);
        }
        for event in &client.welcome.events {
            self.note(event);
        }
        for import in &client.welcome.snapshot.imports {
            self.watch(import);
        }
        client
    }
}

/// Every entry of the tenant's log, oldest first.
async fn log(quick: &Quick, ann: &Person) -> Vec<Notification> {
    let tenant = ann.tenant;
    let read = async |quick: &Quick| {
        let app = quick.world.app();
        app.store
            .read(move |mut db| Box::pin(async move { db.events_after(tenant, EventSeq(0), 1000).await }))
            .await
    };
    read(quick).await.expect("read")
}

#[tokio::test]
async fn ws_09_ten_dropped_sockets_lose_nothing_and_double_nothing() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().set_latency(Duration::from_millis(250));
    quick.connect(&ann, UK_COMPANY).await;
    let mut memory = Memory::default();
    let mut other = quick.world.socket(&ann).await;
    for round in 0..10 {
        let mut client = memory.come_back(&quick, &ann).await;
        // Something durable happens under every socket, and something while there is none.
        if round % 2 == 0 {
            other.ask(Intent::StartImport { integration: qbo(), lists: vec![] }).await.expect("one run");
        }
        for _ in 0..round % 3 {
            if memory.over() {
                break;
            }
            memory.hear(&client.next().await);
        }
        drop(client);
    }
    let mut client = memory.come_back(&quick, &ann).await;
    while !(memory.over() && log(&quick, &ann).await.len() == memory.heard.len()) {
        memory.hear(&client.next().await);
    }
    let all: Vec<EventSeq> = log(&quick, &ann).await.iter().map(|event| event.seq).collect();
    assert_eq!(memory.heard, all, "every durable event arrives once, in order");
    let last = memory.last.expect("an import");
    assert_eq!(last.state, ImportState::Done);
    let read = last.lists.iter().filter(|list| list.state == ListState::Done);
    assert!(read.clone().all(|list| Some(list.done) == list.total), "{last:#?}");
    assert_eq!(read.count(), 10, "all but what is switched off there");
}

/// How often the whole history is played, each time with other cuts.
const HISTORIES: u64 = if cfg!(feature = "deep") { 50 } else { 3 };

/// The seed's next number below a limit (an LCG of Knuth's), so that a history that fails can be played again.
fn below(seed: &mut u64, limit: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % limit
}

/// One import, whose socket is cut at random: after some messages, before any, between a wish and its
/// answer, and with the proxy that holds it.
async fn a_history_of_cuts(first: u64) {
    let (mut quick, mut seed) = (Quick::start().await, first);
    let ann = quick.ann().await;
    quick.sandbox.control().set_latency(Duration::from_millis(20));
    quick.connect(&ann, UK_COMPANY).await;
    let mut memory = Memory::default();
    for _ in 0..8 {
        let mut client = memory.come_back(&quick, &ann).await;
        for _ in 0..below(&mut seed, 4) {
            if memory.over() {
                break;
            }
            memory.hear(&client.next().await);
        }
        match below(&mut seed, 4) {
            // The wish may happen or not; either way it is told once.
            0 => {
                let id = RequestId::new(format!("cut-{seed}")).expect("an id");
                client.send(&id, Intent::StartImport { integration: qbo(), lists: vec![List::Terms] }).await;
            }
            1 => client.socket.close(None).await.expect("a goodbye"),
            2 => {
                let told = tokio::spawn(async move { client.closed().await });
                quick = quick.restart().await;
                assert!(told.await.expect("it listens").is_some(), "who is there is told");
            }
            _ => {}
        }
    }
    let mut client = memory.come_back(&quick, &ann).await;
    loop {
        let all: Vec<EventSeq> = log(&quick, &ann).await.iter().map(|event| event.seq).collect();
        assert!(all.starts_with(&memory.heard), "seed {first}: {:?} is not the log, {all:?}", memory.heard);
        if memory.over() && all.len() == memory.heard.len() {
            return;
        }
        memory.hear(&client.next().await);
    }
}

#[tokio::test]
async fn ws_09_random_cuts_of_sockets_and_proxy_lose_nothing_and_double_nothing() {
    for seed in 1..=HISTORIES {
        a_history_of_cuts(seed).await;
    }
}

#[tokio::test]
async fn cn_07_an_import_asked_for_again_after_a_drop_is_one_import() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.connect(&ann, UK_COMPANY).await;
    let mut memory = Memory::default();
    let mut client = memory.come_back(&quick, &ann).await;
    while !memory.over() {
        memory.hear(&client.next().await);
    }
    let id = RequestId::new("press-1").expect("an id");
    let press = || Intent::StartImport { integration: qbo(), lists: vec![List::Accounts] };
    // The socket is gone before the answer is.
    client.send(&id, press()).await;
    drop(client);
    let first = memory.come_back(&quick, &ann).await.ask_as(&id, press()).await;
    let mut client = memory.come_back(&quick, &ann).await;
    while !memory.over() {
        memory.hear(&client.next().await);
    }
    let later = client.ask_as(&id, press()).await;
    assert_eq!(first, later, "the first answer is given again, also when the run is over");
    let started = log(&quick, &ann).await;
    let started = started.iter().filter(|entry| matches!(entry.event, Event::ImportStarted { .. }));
    assert_eq!(started.count(), 2, "the one at connecting and the one that was pressed");
}

#[tokio::test]
async fn connecting_is_told_to_every_socket_of_the_tenant_and_to_no_other() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    let colleague =
        quick.world.person("acme", "Cole", Permissions { view: true, ..Permissions::default() }).await;
    let stranger = quick.world.person("brook", "Sid", crate::world::ALL).await;
    let (mut hers, mut his, mut theirs) = (
        quick.world.socket(&ann).await,
        quick.world.socket(&colleague).await,
        quick.world.socket(&stranger).await,
    );
    let refused = his.ask(Intent::PrepareConnect { integration: qbo() }).await.expect_err("only looks");
    assert_eq!(refused.kind, FaultKind::NotAllowed);
    let Ok(Answer::Ticket(_)) = hers.ask(Intent::PrepareConnect { integration: qbo() }).await else {
        panic!("a ticket")
    };
    quick.connect(&ann, UK_COMPANY).await;
    let company = |message: &ServerMessage| match message {
        ServerMessage::Connection(connection) if connection.state == ConnectionState::Importing => {
            connection.company.as_ref().map(|company| company.name.clone())
        }
        _ => None,
    };
    assert_eq!(hers.until(company).await, UK_COMPANY);
    assert_eq!(his.until(company).await, UK_COMPANY);
    theirs.ask(Intent::MarkRead { upto: EventSeq(u64::MAX) }).await.expect("done");
    assert_eq!(theirs.waiting(), 0, "nothing of another tenant is told");
    hers.ask(Intent::Disconnect { integration: qbo() }).await.expect("switched off");
    let off = |message: &ServerMessage| {
        matches!(message, ServerMessage::Connection(now) if now.state == ConnectionState::Disconnected)
            .then_some(())
    };
    his.until(off).await;
    assert_eq!(quick.world.socket(&ann).await.welcome.snapshot.session.portal.as_str(), PORTAL);
}

#[tokio::test]
async fn ws_14_a_shutdown_in_mid_import_keeps_what_was_read() {
    let quick = Quick::start().await;
    let ann = quick.ann().await;
    quick.sandbox.control().set_latency(Duration::from_millis(300));
    quick.connect(&ann, UK_COMPANY).await;
    let mut memory = Memory::default();
    let mut client = memory.come_back(&quick, &ann).await;
    while memory.progress.values().sum::<u32>() == 0 {
        memory.hear(&client.next().await);
    }
    let Quick { world, sandbox } = quick;
    let (app, clock) = (world.app(), world.clock.clone());
    let (config, tenant, held) = (app.config.clone(), ann.tenant, memory.progress.values().sum::<u32>());
    drop(app);
    let stopped = tokio::time::timeout(Duration::from_secs(10), world.running.stop());
    let (closed, stopped) = tokio::join!(client.closed(), stopped);
    stopped.expect("it stops in time");
    assert_eq!(closed.map(|close| u16::from(close.code)), Some(1012));
    sandbox.control().pause_queries();
    let running = server::start_on(crate::ports::again(config.server.listen).await, config, clock)
        .await
        .expect("it starts again");
    let app = running.shared();
    let kept =
        app.store.read(move |mut db| Box::pin(async move { server::imports::view(&mut db, tenant).await }));
    let kept = kept.await.expect("read").pop().expect("the import");
    assert_eq!(kept.state, ImportState::Running, "it goes on");
    assert!(kept.lists.iter().map(|list| list.done).sum::<u32>() >= held, "nothing was lost");
    drop(app);
    running.stop().await;
}
