//! How messages change the state.

use protocol::ids::{EventSeq, ImportId, IntegrationId, Moment, PortalId, Revision};
use protocol::import::{List, ListProgress, ListState, Outcome, Reading, Trigger};
use protocol::notification::{Event, Notification};
use protocol::store::{Permissions, Snapshot};

use super::*;
use protocol::import::ImportState;

pub(super) fn integration() -> Integration {
    Integration {
        id: IntegrationId::new("quickbooks-online").unwrap(),
        name: "QuickBooks Online".to_owned(),
        category: "Accounting".to_owned(),
        summary: "Invoices and bills".to_owned(),
        description: Vec::new(),
        logo: "quickbooks-online.svg".to_owned(),
        access: Vec::new(),
        article: None,
    }
}

pub(super) fn connection(state: ConnectionState, revision: u64) -> Connection {
    Connection {
        integration: integration().id,
        revision: Revision(revision),
        state,
        company: None,
        decision: None,
        settings_kept: false,
        connected: None,
        last_failure: None,
        lists: Vec::new(),
        saved: None,
        environment: "local".to_owned(),
        subscription_ended: false,
        idle_end: None,
        hard_end: None,
        revocation: None,
    }
}

pub(super) fn import(id: u64, revision: u64, lists: &[(u32, Option<u32>)]) -> ImportSnapshot {
    let progress = |&(done, total): &(u32, Option<u32>)| ListProgress {
        list: List::Customers,
        state: ListState::Running,
        done,
        total,
        reading: Reading::Whole,
        per_second: None,
        outcome: Outcome::default(),
    };
    ImportSnapshot {
        import: ImportId(id),
        integration: integration().id,
        revision: Revision(revision),
        state: ImportState::Running,
        trigger: Trigger::Person,
        started: Moment(0),
        finished: None,
        lists: lists.iter().map(progress).collect(),
        waiting: None,
        seconds_left: None,
    }
}

fn welcome(connections: Vec<Connection>, imports: Vec<ImportSnapshot>) -> ServerMessage {
    let session = Session {
        portal: PortalId::new("demo").unwrap(),
        portal_name: "Demo".to_owned(),
        return_url: None,
        organisation: "Acme".to_owned(),
        visitor: "Ada".to_owned(),
        permissions: Permissions::default(),
        ends: Moment(0),
    };
    let snapshot =
        Snapshot { session, integrations: vec![integration()], connections, imports, tray: Tray::default() };
    ServerMessage::Welcome(Box::new(Welcome { resume: None, snapshot, events: Vec::new() }))
}

fn tell(model: &mut Model, message: ServerMessage) -> Vec<Effect> {
    model.apply(Envelope::unasked(message))
}

fn fault(kind: FaultKind) -> Fault {
    Fault { kind, reference: "r1".to_owned() }
}

#[test]
fn a_welcome_brings_everything() {
    let mut model = Model::default();
    let on = connection(ConnectionState::Active, 4);
    let effects = tell(&mut model, welcome(vec![on], vec![import(1, 1, &[])]));
    assert!(effects.contains(&Effect::Welcomed { resume: None }));
    assert_eq!((model.connections.len(), model.imports.len()), (1, 1));
    assert!(model.session.is_some());
}

#[test]
fn an_older_revision_changes_nothing() {
    let mut model = Model::default();
    let new = connection(ConnectionState::Active, 4);
    tell(&mut model, welcome(vec![new.clone()], vec![import(1, 7, &[(5, None)])]));
    let old = Box::new(connection(ConnectionState::Available, 3));
    assert!(tell(&mut model, ServerMessage::Connection(old)).is_empty());
    assert!(tell(&mut model, ServerMessage::Import(import(1, 6, &[(2, None)]))).is_empty());
    assert_eq!(model.connections, [new]);
    assert_eq!(model.imports[0].lists[0].done, 5);
}

#[test]
fn a_late_snapshot_does_not_turn_progress_back() {
    let mut model = Model::default();
    tell(&mut model, ServerMessage::Import(import(2, 9, &[(800, Some(900))])));
    tell(&mut model, welcome(Vec::new(), vec![import(2, 8, &[(700, Some(900))])]));
    assert_eq!(model.imports[0].lists[0].done, 800);
}

#[test]
fn a_newer_run_takes_the_place_of_the_last() {
    let mut model = Model::default();
    tell(&mut model, ServerMessage::Import(import(2, 9, &[])));
    tell(&mut model, ServerMessage::Import(import(3, 1, &[])));
    tell(&mut model, ServerMessage::Import(import(2, 10, &[])));
    let ids: Vec<u64> = model.imports.iter().map(|i| i.import.0).collect();
    assert_eq!(ids, [3]);
}

#[test]
fn switching_off_leaves_a_message_on_the_page() {
    let mut model = Model::default();
    tell(&mut model, welcome(vec![connection(ConnectionState::Active, 1)], Vec::new()));
    let off = Box::new(connection(ConnectionState::Disconnected, 2));
    let effects = tell(&mut model, ServerMessage::Connection(off));
    assert!(effects.contains(&Effect::Changed(Part::Notices)));
    assert_eq!(model.notices.switched_off().len(), 1);
    assert!(!model.notices.shows(&import(1, 1, &[])), "its import is no news any more");
}

#[test]
fn what_was_uninstalled_takes_its_runs_along() {
    let mut model = Model::default();
    let active = connection(ConnectionState::Active, 1);
    tell(&mut model, welcome(vec![active], vec![import(1, 1, &[])]));
    let erased = Box::new(connection(ConnectionState::Available, 2));
    let effects = tell(&mut model, ServerMessage::Connection(erased));
    assert!(effects.contains(&Effect::Changed(Part::Imports)));
    assert!(model.imports.is_empty());
    assert_eq!(model.outward.last().map(|told| told.name), Some("disconnected"));
}

#[test]
fn the_end_of_an_import_is_told_until_this_visitor_has_read_it() {
    let told = |read, state| {
        let mut run = import(4, 9, &[]);
        run.state = ImportState::Done;
        let entry = Notification {
            seq: EventSeq(5),
            at: Moment(0),
            integration: integration().id,
            event: Event::ImportDone { import: run.import, records: 427 },
            by: None,
            read,
        };
        let mut model = Model::default();
        let ServerMessage::Welcome(mut first) = welcome(vec![connection(state, 1)], vec![run]) else {
            panic!("a welcome");
        };
        first.snapshot.tray = Tray { latest: vec![entry], unread: 1, cursor: EventSeq(5) };
        tell(&mut model, ServerMessage::Welcome(first));
        model.notices.shows(&model.imports[0])
    };
    assert!(told(false, ConnectionState::Active), "it survives a reload");
    assert!(!told(true, ConnectionState::Active), "and so does closing it");
    assert!(!told(false, ConnectionState::Disconnected), "what was imported is no news any more");
}

#[test]
fn an_answer_is_handed_to_the_one_who_asked() {
    let mut model = Model::default();
    let id = RequestId::new("a-1").unwrap();
    let done = Envelope::new(id.clone(), ServerMessage::Done(Answer::Nothing));
    assert_eq!(model.apply(done), [Effect::Answered(id.clone(), Ok(Answer::Nothing))]);
    let failed = Envelope::new(id.clone(), ServerMessage::Failed(fault(FaultKind::NotNow)));
    let answered = Effect::Answered(id, Err(fault(FaultKind::NotNow)));
    assert_eq!(model.apply(failed), [answered]);
}

#[test]
fn an_invalid_session_is_over() {
    let mut model = Model::default();
    let refused = ServerMessage::Failed(fault(FaultKind::SessionInvalid));
    assert_eq!(tell(&mut model, refused), [Effect::SessionOver]);
    assert_eq!(tell(&mut model, ServerMessage::SessionEnded), [Effect::SessionOver]);
}

#[test]
fn a_notification_is_counted_once() {
    let mut model = Model::default();
    let notification = Notification {
        seq: EventSeq(5),
        at: Moment(0),
        integration: integration().id,
        event: Event::Disconnected,
        by: None,
        read: false,
    };
    let again = ServerMessage::Notification(notification.clone());
    assert_eq!(tell(&mut model, ServerMessage::Notification(notification)), [Effect::Changed(Part::Tray)]);
    assert!(tell(&mut model, again).is_empty());
    assert_eq!(model.tray.unread, 1);
}

#[test]
fn what_was_so_before_the_first_welcome_is_told_to_nobody() {
    let mut model = Model::default();
    tell(&mut model, welcome(vec![connection(ConnectionState::Active, 1)], vec![import(1, 1, &[])]));
    assert_eq!(model.outward, []);
    // What happened while the link was down is told with the next welcome.
    let off = connection(ConnectionState::Disconnected, 2);
    tell(&mut model, welcome(vec![off.clone()], vec![import(1, 2, &[])]));
    tell(&mut model, ServerMessage::Connection(Box::new(off)));
    tell(&mut model, ServerMessage::Import(import(2, 1, &[])));
    let told: Vec<_> = model.outward.iter().map(|event| event.name).collect();
    assert_eq!(told, ["disconnected", "import", "import"]);
}

#[test]
fn a_save_that_is_told_twice_is_told_outside_once() {
    let mut model = Model::default();
    let saved = Notification {
        seq: EventSeq(5),
        at: Moment(0),
        integration: integration().id,
        event: Event::ConfigurationSaved { version: 3, changes: 1 },
        by: None,
        read: false,
    };
    tell(&mut model, ServerMessage::Notification(saved.clone()));
    tell(&mut model, ServerMessage::Notification(saved));
    assert_eq!(model.outward.len(), 1);
}

#[test]
fn a_renewal_that_is_refused_is_told_outside_and_a_refused_intent_is_not() {
    let mut model = Model::default();
    for id in ["an-intent", RENEWAL] {
        let id = RequestId::new(id).unwrap();
        model.apply(Envelope::new(id, ServerMessage::Failed(fault(FaultKind::NotAllowed))));
    }
    assert_eq!(model.outward, [outward::fault(FaultKind::NotAllowed)]);
}

#[test]
fn a_session_that_lasts_longer_is_the_one_that_is_known() {
    let mut model = Model::default();
    tell(&mut model, welcome(Vec::new(), Vec::new()));
    let longer = Session { ends: Moment(9), ..model.session.clone().unwrap() };
    let effects = tell(&mut model, ServerMessage::Session(Box::new(longer.clone())));
    assert_eq!(effects, [Effect::Changed(Part::Session)]);
    assert_eq!(model.session, Some(longer));
}

#[test]
fn another_build_reloads_once_and_then_says_so() {
    assert_eq!(other_build("b2", None, true), OtherBuild::Reload);
    assert_eq!(other_build("b2", Some("b1"), true), OtherBuild::Reload);
    assert_eq!(other_build("b2", Some("b2"), true), OtherBuild::Say);
    assert_eq!(other_build("b2", None, false), OtherBuild::Say);
}
