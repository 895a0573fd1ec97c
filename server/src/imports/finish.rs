//! How a run ends, and what follows from it: the event, the connection's state, the problems of its
//! configuration.

use protocol::ids::ImportId;
use protocol::import::{ImportCause, ImportFault, ImportState};
use protocol::notification::Event;

use super::{End, machine, wanted};
use crate::state::{App, Shared};
use crate::store::books::Books;
use crate::store::imports::{Held, Hold};
use crate::store::notifications::NewEvent;
use crate::store::{Db, StoreError};
use crate::{configuration, connections};

/// Ends a run that this worker holds. Nothing happens when it is not ours any more. False when somebody wants
/// lists of it again, which had failed a moment ago.
pub(super) async fn run(app: &Shared, held: &Held, end: End) -> Result<bool, StoreError> {
    let (mine, shared) = (held.clone(), Shared::clone(app));
    let over = app
        .store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                match db.hold_import(&mine, shared.clock.now()).await? {
                    Hold::Lost => Ok(true),
                    Hold::Ours if end == End::Read => conclude(&mut db, &shared, &mine).await,
                    Hold::Ours | Hold::Off => {
                        give_up(&mut db, &shared, &mine).await?;
                        conclude(&mut db, &shared, &mine).await
                    }
                }
            })
        })
        .await?;
    app.hub.touch(held.books.tenant());
    Ok(over)
}

/// Ends a run whose connection has gone on to another company.
pub(super) async fn orphan(app: &Shared, import: ImportId) -> Result<(), StoreError> {
    let now = app.clock.now();
    app.store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.end_import(import, ImportState::Cancelled, now).await })
        })
        .await?;
    Ok(())
}

/// Lists that were not read yet fail, because nobody can sign in.
async fn give_up(db: &mut Db<'_>, app: &App, held: &Held) -> Result<(), StoreError> {
    let fault = ImportFault { cause: ImportCause::SignIn, code: None, trace: None };
    for list in db.checkpoints(held.import).await?.iter().filter(|list| machine::is_open(list)) {
        db.list_ended(held, list.list, Some(&fault), app.clock.now()).await?;
    }
    Ok(())
}

async fn conclude(db: &mut Db<'_>, app: &App, held: &Held) -> Result<bool, StoreError> {
    let checkpoints = db.checkpoints(held.import).await?;
    if checkpoints.iter().any(machine::is_open) {
        return Ok(false);
    }
    let (state, failed) = machine::verdict(&checkpoints);
    let now = app.clock.now();
    if !db.end_import(held.import, state, now).await? {
        return Ok(true);
    }
    let event = match state {
        ImportState::Failed => Event::ImportFailed { import: held.import, failed },
        _ => Event::ImportDone {
            import: held.import,
            records: checkpoints.iter().map(|list| list.done).fold(0, u32::saturating_add),
        },
    };
    let (trigger, touched) = db.run_in_short(held.import).await?;
    if machine::is_told(trigger, state, touched) {
        let (tenant, integration) = (held.books.tenant(), held.books.integration());
        db.notify(NewEvent { tenant, integration, event: &event, by: None, now }).await?;
    }
    aftermath(db, app, &held.books, failed).await?;
    wanted::begin(db, app, held.books.connection()).await?;
    Ok(true)
}

/// After a run: the connection goes on, its configuration is looked at anew, and lists that could
/// not be read are worth a word even when that is well.
pub(super) async fn aftermath(
    db: &mut Db<'_>,
    app: &App,
    books: &Books,
    failed: u32,
) -> Result<(), StoreError> {
    connections::import_ended(db, app, books.connection(), 0).await?;
    configuration::review(db, app, books).await?;
    if failed > 0 {
        connections::import_ended(db, app, books.connection(), failed).await?;
    }
    Ok(())
}
