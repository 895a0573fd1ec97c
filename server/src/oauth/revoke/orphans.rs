//! Revocations that outlive their tenant: the same rules and the same patience, but the row is all
//! there is, and it goes when it is done.

use super::{Ending, again};
use crate::clock::after;
use crate::connections::orphan_place;
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::audit::{Action, NewLine};
use crate::store::orphans::Orphan;

/// Sends what is due now.
pub(super) async fn send_due(app: &Shared) -> Result<(), StoreError> {
    let now = app.clock.now();
    // Through the writer's queue: the transaction that woke us may not be over yet.
    let due = app
        .store
        .write::<_, StoreError, _>(move |mut db| Box::pin(async move { db.due_orphans(now).await }))
        .await?;
    for orphan in due {
        if app.stopping.begun() {
            break;
        }
        Box::pin(one(app, orphan)).await?;
    }
    Ok(())
}

async fn one(app: &Shared, orphan: Orphan) -> Result<(), StoreError> {
    let turn = app.registrations.turns.take(&orphan.registration, &orphan.company_id).await;
    let (registration, company) = (orphan.registration.clone(), orphan.company_id.clone());
    let in_use = app
        .store
        .read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.company_is_live(&registration, &company, None).await })
        })
        .await?;
    let ending = if in_use { Ending::Dropped } else { send(app, &orphan).await };
    let noted = note(app, orphan, ending).await;
    drop(turn);
    noted
}

async fn send(app: &Shared, orphan: &Orphan) -> Ending {
    let opened = orphan_place(orphan).map(|place| app.vault.unseal(&place, &orphan.token_sealed));
    let Some(Ok(token)) = opened else {
        tracing::error!(orphan = orphan.id, "a token to be revoked cannot be opened");
        return Ending::Unreadable;
    };
    super::ask(app, (&orphan.registration, orphan.connection), &token).await
}

async fn note(app: &Shared, orphan: Orphan, ending: Ending) -> Result<(), StoreError> {
    let now = app.clock.now();
    let asked = if let Ending::Later(seconds) = ending { seconds } else { 0 };
    let later = again(app, now, orphan.tries).max(after(now, u64::from(asked) * 1000));
    app.store
        .write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                let Some(word) = ending.word() else { return db.postpone_orphan(orphan.id, later).await };
                db.end_orphan(orphan.id).await?;
                let object = format!("{}, of an organisation that was erased: {word}", orphan.registration);
                let whose = (orphan.portal.as_str(), None);
                db.add_audit(&NewLine::by_proxy(whose, Action::TokenRevoked, &object), now).await
            })
        })
        .await
}
