//! What a visitor wants, done once: rights are checked as of now, the answer is remembered in the
//! transaction of its effect, and whoever must know is woken after the commit.

use std::sync::Arc;

use protocol::WINDOW_LIMIT;
use protocol::ids::{EventSeq, IntegrationId, RequestId};
use protocol::message::{Answer, Fault, FaultKind, Intent};
use protocol::store::Permissions;

use super::embedded;
use crate::denials;
use crate::error::{Refusal, reference};
use crate::state::{App, Caller, Shared, Visitor};
use crate::store::Db;
use crate::{audit, configuration, connections, imports};

/// What an intent came to.
pub(super) enum Reply {
    /// Done.
    Done(Answer),
    /// Not done; nothing was changed.
    Failed(Fault),
    /// The session is over.
    Ended,
}

/// Serves one intent of a session.
pub(super) async fn serve(app: &Shared, caller: Caller, id: &RequestId, intent: Intent) -> Reply {
    let right = Right::for_intent(&intent);
    let reply = match intent {
        Intent::TestConnection { .. } => test(app, caller, intent).await,
        _ if changes(&intent) => change(app, caller, id.clone(), intent).await,
        _ => look(app, caller, intent).await,
    };
    if matches!(reply, Err(Refusal::Fault(FaultKind::NotAllowed))) {
        denials::to_session(app, caller, right.word()).await;
    }
    answer(app, reply)
}

/// Makes a session of a frame last longer.
pub(super) async fn renew(app: &Shared, caller: Caller, id: &RequestId, token: &str) -> Reply {
    answer(app, embedded::renew(app, caller, id, token).await)
}

fn answer(app: &Shared, reply: Result<Answer, Refusal>) -> Reply {
    match reply {
        Ok(answer) => Reply::Done(answer),
        Err(Refusal::Fault(FaultKind::SessionInvalid)) => Reply::Ended,
        Err(refusal) => {
            let kind = refusal.kind();
            let fault = Fault { kind, reference: reference(&app.clock) };
            if kind == FaultKind::Internal {
                tracing::error!(request = %fault.reference, error = %refusal, "an intent failed");
            }
            Reply::Failed(fault)
        }
    }
}

/// Whether an intent writes.
fn changes(intent: &Intent) -> bool {
    !matches!(
        intent,
        Intent::OpenConfiguration { .. }
            | Intent::ReadRecords { .. }
            | Intent::ReadMappings { .. }
            | Intent::ReadActivity { .. }
            | Intent::ReadAudit { .. }
            | Intent::ExportConfiguration { .. }
            | Intent::TestConnection { .. }
    )
}

/// What a person needs for an intent, besides seeing the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    View,
    Configure,
    Connect,
    Import,
}

impl Right {
    fn for_intent(intent: &Intent) -> Self {
        match intent {
            Intent::PrepareConnect { .. }
            | Intent::CancelConnect { .. }
            | Intent::DecideCompany { .. }
            | Intent::Disconnect { .. }
            | Intent::Pause { .. }
            | Intent::Resume { .. }
            | Intent::Uninstall { .. }
            | Intent::TestConnection { .. } => Self::Connect,
            Intent::StartImport { .. } | Intent::CancelImport { .. } | Intent::RetryImport { .. } => {
                Self::Import
            }
            Intent::KeepDraft { .. } | Intent::SaveConfiguration { .. } => Self::Configure,
            Intent::OpenConfiguration { .. }
            | Intent::ReadRecords { .. }
            | Intent::ReadMappings { .. }
            | Intent::MarkRead { .. }
            | Intent::MarkOneRead { .. }
            | Intent::ReadActivity { .. }
            | Intent::ReadAudit { .. }
            | Intent::ExportAudit { .. }
            | Intent::ExportConfiguration { .. } => Self::View,
        }
    }

    fn is_among(self, rights: Permissions) -> bool {
        let has = match self {
            Self::View => rights.view,
            Self::Configure => rights.configure,
            Self::Connect => rights.connect,
            Self::Import => rights.import,
        };
        rights.view && has
    }

    /// As the audit log and the API call it.
    fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Configure => "configure",
            Self::Connect => "connect",
            Self::Import => "import",
        }
    }
}

/// The visitor as of now, if the session lives and has the right.
async fn admitted(db: &mut Db<'_>, app: &App, caller: Caller, intent: &Intent) -> Result<Visitor, Refusal> {
    let session = db.session(caller.session, app.clock.now()).await?.ok_or(FaultKind::SessionInvalid)?;
    let who = session.who.at(caller.peer);
    let allowed = Right::for_intent(intent).is_among(who.permissions);
    if allowed { Ok(who) } else { Err(FaultKind::NotAllowed.into()) }
}

async fn change(app: &Shared, caller: Caller, id: RequestId, intent: Intent) -> Result<Answer, Refusal> {
    let (parts, session) = (Arc::clone(app), caller.session);
    let wake = (wakes_imports(&intent), wakes_revocations(&intent));
    let done = app.store.write(move |mut db| {
        Box::pin(async move {
            let app = &*parts;
            let who = admitted(&mut db, app, caller, &intent).await?;
            // A ticket is good once: the same ticket twice would help nobody. A file is too much to keep.
            let remembered = !matches!(intent, Intent::PrepareConnect { .. } | Intent::ExportAudit { .. });
            let now = app.clock.now();
            if remembered && let Some(answer) = db.remembered(session, &id, now).await? {
                return Ok((answer, who.tenant));
            }
            let answer = Box::pin(apply(&mut db, app, &who, intent)).await?;
            if remembered {
                db.remember(session, &id, &answer, now).await?;
            }
            Ok::<_, Refusal>((answer, who.tenant))
        })
    });
    let (answer, tenant) = done.await?;
    app.hub.touch(tenant);
    if wake.0 {
        app.wake.imports.notify_one();
    }
    if wake.1 {
        app.wake.revocations.notify_one();
    }
    Ok(answer)
}

fn wakes_imports(intent: &Intent) -> bool {
    matches!(
        intent,
        Intent::DecideCompany { .. }
            | Intent::Disconnect { .. }
            | Intent::Pause { .. }
            | Intent::Resume { .. }
            | Intent::Uninstall { .. }
            | Intent::StartImport { .. }
            | Intent::CancelImport { .. }
            | Intent::RetryImport { .. }
    )
}

fn wakes_revocations(intent: &Intent) -> bool {
    matches!(intent, Intent::DecideCompany { .. } | Intent::Disconnect { .. } | Intent::Uninstall { .. })
}

async fn apply(db: &mut Db<'_>, app: &App, who: &Visitor, intent: Intent) -> Result<Answer, Refusal> {
    match intent {
        Intent::PrepareConnect { integration } => connections::prepare(db, app, who, &integration).await,
        Intent::CancelConnect { integration } => connections::cancel(db, app, who, &integration).await,
        Intent::DecideCompany { integration, replace } => {
            connections::decide(db, app, who, &integration, replace).await
        }
        Intent::Disconnect { integration } => connections::disconnect(db, app, who, &integration).await,
        Intent::Pause { integration } => connections::pause(db, app, who, &integration).await,
        Intent::Resume { integration } => connections::resume(db, app, who, &integration).await,
        Intent::Uninstall { integration, typed } => {
            connections::uninstall(db, app, who, (&integration, &typed)).await
        }
        Intent::StartImport { integration, lists } => {
            imports::start(db, app, who, &integration, &lists).await
        }
        Intent::CancelImport { import } => imports::cancel(db, app, who, import).await,
        Intent::RetryImport { import } => imports::retry(db, app, who, import).await,
        Intent::KeepDraft { integration, draft } => {
            configuration::keep_draft(db, app, who, &integration, draft).await
        }
        Intent::SaveConfiguration { integration, draft } => {
            configuration::save(db, app, who, &integration, draft).await
        }
        Intent::MarkRead { upto } => {
            db.mark_read(who.tenant, who.visitor, upto).await?;
            Ok(Answer::Nothing)
        }
        Intent::MarkOneRead { seq } => {
            let known = db.mark_one_read(who.tenant, who.visitor, seq).await?;
            if known { Ok(Answer::Nothing) } else { Err(FaultKind::NotFound.into()) }
        }
        Intent::ExportAudit { kind, before } => audit::export(db, who, (kind, before), app.clock.now()).await,
        Intent::OpenConfiguration { .. }
        | Intent::ReadRecords { .. }
        | Intent::ReadMappings { .. }
        | Intent::ReadActivity { .. }
        | Intent::ReadAudit { .. }
        | Intent::ExportConfiguration { .. }
        | Intent::TestConnection { .. } => Box::pin(find(db, app, who, intent)).await,
    }
}

/// What asks the provider holds neither a transaction nor a snapshot meanwhile.
async fn test(app: &Shared, caller: Caller, intent: Intent) -> Result<Answer, Refusal> {
    let parts = Arc::clone(app);
    let found = app.store.read(move |mut db| {
        Box::pin(async move {
            let who = admitted(&mut db, &parts, caller, &intent).await?;
            let Intent::TestConnection { integration } = intent else {
                return Err(Refusal::Fault(FaultKind::Internal));
            };
            let row = connections::of(&mut db, who.tenant, &integration).await?;
            Ok(row.ok_or(FaultKind::NotFound)?)
        })
    });
    connections::test(app, &found.await?).await
}

async fn look(app: &Shared, caller: Caller, intent: Intent) -> Result<Answer, Refusal> {
    let parts = Arc::clone(app);
    app.store
        .read(move |mut db| {
            Box::pin(async move {
                let who = admitted(&mut db, &parts, caller, &intent).await?;
                Box::pin(find(&mut db, &parts, &who, intent)).await
            })
        })
        .await
}

async fn find(db: &mut Db<'_>, app: &App, who: &Visitor, intent: Intent) -> Result<Answer, Refusal> {
    match intent {
        Intent::OpenConfiguration { integration } => configuration::open(db, app, who, &integration).await,
        Intent::ReadRecords { integration, query } => {
            configuration::read_records(db, app, who, &integration, &query).await
        }
        Intent::ReadMappings { integration, query } => {
            configuration::read_mappings(db, app, who, &integration, &query).await
        }
        Intent::ReadActivity { integration, before, limit } => {
            activity(db, who, &integration, (before, limit)).await
        }
        Intent::ReadAudit { kind, before, limit } => audit::read(db, who, (kind, before), limit).await,
        Intent::ExportConfiguration { integration, after } => {
            configuration::export(db, app, who, (&integration, after.as_deref())).await
        }
        // What changes something is not looked up.
        _ => Err(FaultKind::Internal.into()),
    }
}

async fn activity(
    db: &mut Db<'_>,
    who: &Visitor,
    integration: &IntegrationId,
    (before, limit): (Option<EventSeq>, u16),
) -> Result<Answer, Refusal> {
    if limit == 0 || limit > WINDOW_LIMIT {
        return Err(FaultKind::Invalid.into());
    }
    let mut entries = db.activity(who.tenant, integration, before, limit).await?;
    let marks = db.marks(who.visitor).await?;
    for entry in &mut entries {
        entry.read = marks.has(entry.seq);
    }
    Ok(Answer::Activity(entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ids::ImportId;

    fn allowed(intent: &Intent, rights: Permissions) -> bool {
        Right::for_intent(intent).is_among(rights)
    }

    #[test]
    fn each_right_opens_its_own_intents_and_no_others() {
        let integration = IntegrationId::new("quickbooks-online").expect("an id");
        let rights = |connect, import, configure| Permissions { view: true, connect, import, configure };
        let connect = Intent::Disconnect { integration: integration.clone() };
        let import = Intent::CancelImport { import: ImportId(1) };
        let configure = Intent::KeepDraft { integration, draft: None };
        for (intent, right) in [
            (&connect, rights(true, false, false)),
            (&import, rights(false, true, false)),
            (&configure, rights(false, false, true)),
        ] {
            assert!(allowed(intent, right));
            for other in [rights(true, true, true), rights(false, false, false)] {
                assert_eq!(allowed(intent, other), other.connect);
            }
            assert!(!allowed(intent, Permissions { view: false, ..right }));
        }
        assert!(allowed(&Intent::MarkRead { upto: EventSeq(1) }, rights(false, false, false)));
    }
}
