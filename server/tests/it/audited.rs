//! The audit log over a whole story (SM-05): everything that somebody does leaves one line that says
//! who, what, when and from where, and none holds a secret.

use protocol::audit::{AuditActor, AuditKind, AuditLine};
use protocol::ids::AuditSeq;
use protocol::message::{Answer, FaultKind, Intent};
use protocol::schema::Draft;
use protocol::store::Permissions;
use sandbox::{UK_COMPANY, UK_REALM};
use server::config::system_user;
use server::oauth::revoke::send_due;
use server::store::audit::Line;

use crate::client::Client;
use crate::configuration::required;
use crate::imports::ended;
use crate::operator::Operator;
use crate::portals::audit;
use crate::quick::{Quick, SECRET, qbo};
use crate::tokens::{HOUR, access, eventually};
use crate::world::{ALL, PORTAL, World};

const HERE: Option<&str> = Some("127.0.0.1");
const LOOKS: Permissions = Permissions { view: true, configure: false, connect: false, import: false };

/// What Ann does, from signing in to signing out; the secrets that she and the portal had.
async fn story(quick: &Quick) -> Vec<String> {
    let world = &quick.world;
    let signed_in = world.enter("acme", "Ann", "").await;
    let ann = quick.ann().await;
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    ended(quick, &ann).await;
    let mut socket = world.socket(&ann).await;
    let changes = required(quick, &ann).await;
    let save = Intent::SaveConfiguration { integration: qbo(), draft: Draft { base: 0, changes } };
    socket.ask(save).await.expect("saved");
    quick.sandbox.control().pause_queries();
    import(&mut socket).await;
    quick.sandbox.control().resume_queries();
    download(&mut socket, None).await;
    let refused = quick.post_connect("no ticket", &ann.cookie).await;
    assert_eq!(refused.status().as_u16(), 403);
    socket.ask(Intent::Disconnect { integration: qbo() }).await.expect("switched off");
    revoked(quick).await;
    lose(quick).await;
    let operator = Operator::of(world);
    operator.does(&["portal", "export", PORTAL]).await;
    operator.does(&["portal", "origins", PORTAL, "add", "https://demo.example"]).await;
    let out = world.http.post(world.at("/signout")).header("cookie", &signed_in).header("x-patchbay", "1");
    let out = out.header("origin", world.running.url()).header("sec-fetch-site", "same-origin");
    assert_eq!(out.send().await.expect("an answer").status().as_u16(), 204);
    let cookies = [signed_in, ann.cookie].map(|pair| pair.split_once('=').expect("a pair").1.to_owned());
    let secrets = quick.sandbox.ledger().secrets().into_iter().chain(cookies);
    secrets.chain([SECRET.to_owned(), world.key.clone(), "no ticket".to_owned()]).collect()
}

/// Starts an import and stops it before it can end.
async fn import(socket: &mut Client) {
    let start = Intent::StartImport { integration: qbo(), lists: Vec::new() };
    let Ok(Answer::Import(import)) = socket.ask(start).await else { panic!("an import") };
    socket.ask(Intent::CancelImport { import }).await.expect("cancelled");
}

async fn revoked(quick: &Quick) {
    eventually(|| async {
        send_due(&quick.world.app()).await.expect("looked at");
        audit(&quick.world).await.iter().any(|line| line.action == "token.revoked")
    })
    .await;
}

/// Connected again, and QuickBooks takes the permission back, which is noticed more than once.
async fn lose(quick: &Quick) {
    let ann = quick.ann().await;
    assert_eq!(quick.connect(&ann, UK_COMPANY).await, "connected");
    ended(quick, &ann).await;
    quick.sandbox.control().disconnect(Some(UK_REALM));
    quick.world.clock.advance(HOUR);
    for _ in 0..3 {
        assert!(access(quick, &ann).await.is_err());
    }
}

/// The whole file, part by part.
async fn download(socket: &mut Client, kind: Option<AuditKind>) -> String {
    let (mut text, mut before) = (String::new(), None);
    loop {
        let Ok(Answer::AuditCsv(part)) = socket.ask(Intent::ExportAudit { kind, before }).await else {
            panic!("a part of the file")
        };
        text.push_str(&part.text);
        before = part.next;
        if before.is_none() {
            return text;
        }
    }
}

fn of<'l>(lines: &'l [Line], action: &str) -> Vec<&'l Line> {
    lines.iter().filter(|line| line.action == action).collect()
}

#[tokio::test]
async fn sm_05_everything_that_is_done_leaves_one_line_and_no_secret() {
    let quick = Quick::start().await;
    let secrets = story(&quick).await;
    let lines = audit(&quick.world).await;
    let key = Some("key test");
    let ann = Some("visitor Ann");
    for (action, count, actor, whence) in [
        ("link.made", 1, key, HERE),
        ("session.began", 1, ann, HERE),
        ("connection.connected", 2, ann, HERE),
        ("import.started", 3, ann, HERE),
        ("import.cancelled", 1, ann, HERE),
        ("configuration.saved", 1, ann, HERE),
        ("audit.exported", 1, ann, HERE),
        ("access.denied", 1, ann, HERE),
        ("connection.disconnected", 1, ann, HERE),
        ("token.revoked", 1, Some("proxy"), None),
        ("connection.reconnect_required", 1, Some("proxy"), None),
        ("portal.exported", 1, Some("operator"), Some(system_user())),
        ("origin.added", 1, Some("operator"), Some(system_user())),
        ("session.ended", 1, ann, HERE),
    ] {
        let found = of(&lines, action);
        assert_eq!(found.len(), count, "{action}: {lines:#?}");
        for line in found {
            assert_eq!((Some(line.actor.as_str()), line.whence.as_deref()), (actor, whence), "{action}");
            assert_eq!(line.portal, PORTAL, "{action}");
        }
    }
    assert_eq!(of(&lines, "token.revoked")[0].object, "quickbooks-online: revoked");
    assert_eq!(of(&lines, "configuration.saved")[0].object, "quickbooks-online: version 1");
    let all = format!("{lines:?}");
    assert!(
        secrets.len() > 8 && secrets.iter().all(|secret| !all.contains(secret)),
        "a secret is told: {all}"
    );
    let csv =
        Operator::of(&quick.world).does(&["audit", "--csv", "--portal", PORTAL, "--tenant", "acme"]).await;
    let utc = csv.lines().skip(1).filter(|line| !line.contains("Z\",\"demo\",\"acme\",")).count();
    assert_eq!(utc, 0, "every line says when, in UTC: {csv}");
}

async fn window(
    socket: &mut Client,
    kind: Option<AuditKind>,
    before: Option<AuditSeq>,
    limit: u16,
) -> Vec<AuditLine> {
    match socket.ask(Intent::ReadAudit { kind, before, limit }).await {
        Ok(Answer::Audit(rows)) => rows,
        other => panic!("not a window: {other:?}"),
    }
}

/// Lines of one organisation and one of another.
async fn written(world: &World, count: usize) {
    for at in 0..count {
        let (tenant, name) = if at % 5 == 4 { ("brook", "Ben") } else { ("riverside", "Zoë") };
        world.enter(tenant, name, "").await;
    }
}

#[tokio::test]
async fn the_log_is_read_in_windows_without_a_gap_or_another_organisations_lines() {
    let world = World::start().await;
    written(&world, 20).await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let mut socket = world.socket(&zoe).await;
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let window = window(&mut socket, None, before, 5).await;
        before = window.last().map(|line| line.seq);
        if window.is_empty() {
            break;
        }
        seen.extend(window);
    }
    assert_eq!(seen.len(), 32, "a link and a session each");
    assert!(seen.windows(2).all(|pair| pair[0].seq > pair[1].seq), "the newest first, each once");
    let person = AuditActor::Person("Zoë".to_owned());
    let of = |actor: &AuditActor| seen.iter().filter(|line| line.by == *actor).count();
    assert_eq!((of(&person), of(&AuditActor::Portal)), (16, 16));
    for kind in AuditKind::ALL {
        let rows = window(&mut socket, Some(kind), None, 50).await.len();
        assert_eq!(rows, if kind == AuditKind::Access { 32 } else { 0 }, "{kind:?}");
    }
    for limit in [0, 201] {
        let refused = socket.ask(Intent::ReadAudit { kind: None, before: None, limit }).await;
        assert_eq!(refused.expect_err("refused").kind, FaultKind::Invalid);
    }
}

#[tokio::test]
async fn addresses_are_for_those_who_configure_and_never_the_portals() {
    let world = World::start().await;
    written(&world, 1).await;
    for (rights, shown) in [(ALL, true), (LOOKS, false)] {
        let zoe = world.person("riverside", "Zoë", rights).await;
        let mut socket = world.socket(&zoe).await;
        let log = window(&mut socket, Some(AuditKind::Access), None, 50).await;
        let (by_people, others): (Vec<_>, Vec<_>) =
            log.iter().partition(|line| matches!(line.by, AuditActor::Person(_)));
        assert!(!by_people.is_empty() && !others.is_empty());
        assert!(by_people.iter().all(|line| line.whence.is_some() == shown), "{by_people:?}");
        assert!(others.iter().all(|line| line.whence.is_none()), "{others:?}");
        let file = download(&mut socket, None).await;
        assert_eq!(file.contains("127.0.0.1"), shown, "{file}");
        assert!(file.starts_with("\"time\",\"who\",\"what\",\"object\",\"from\"\r\n"), "{file}");
        assert!(file.lines().nth(1).is_some_and(|line| line.contains("audit.exported")), "itself: {file}");
    }
}

#[tokio::test]
async fn the_operator_reads_by_portal_organisation_and_time() {
    let world = World::start().await;
    written(&world, 5).await;
    world.clock.advance(86_400_000);
    written(&world, 1).await;
    let operator = Operator::of(&world);
    let count = async |more: &[&str]| {
        let all = [&["audit", "--csv"][..], more].concat();
        operator.does(&all).await.lines().count() - 1
    };
    assert_eq!(count(&[]).await, 12);
    assert_eq!(count(&["--portal", PORTAL, "--tenant", "brook"]).await, 2);
    assert_eq!(count(&["--since", "2025-11-25"]).await, 2);
    assert_eq!(count(&["--since", "2025-11-24T16:00:00Z"]).await, 12);
    assert_eq!(count(&["--tail", "3"]).await, 3);
    assert_eq!(count(&["--portal", "other"]).await, 0);
    let told = operator.cannot(&["audit", "--since", "yesterday"]).await;
    assert!(told.contains("is no time"), "{told}");
    let table = operator.does(&["audit", "--portal", PORTAL, "--tail", "1"]).await;
    assert!(table.contains("FROM") && table.contains("127.0.0.1"), "{table}");
}
