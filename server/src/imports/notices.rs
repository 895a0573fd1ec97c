//! The provider says that something changed: the lists are refreshed at once, or, when a run is at
//! work, right after it. However many notices come meanwhile, that is one run more.

use protocol::import::{List, Trigger};

use super::{Start, plan};
use crate::connections::machine::State;
use crate::state::App;
use crate::store::books::Books;
use crate::store::ids::ConnectionId;
use crate::store::{Db, StoreError};

/// The provider says that these lists of a connection have changed. Nothing follows for one that is
/// off or paused, or for lists that are not imported.
pub async fn noticed(
    db: &mut Db<'_>,
    app: &App,
    connection: ConnectionId,
    lists: &[List],
) -> Result<(), StoreError> {
    let Some(books) = db.books_of(connection).await?.filter(Books::live) else { return Ok(()) };
    let available = app.catalogue.integration(books.integration()).map(|entry| entry.lists.as_slice());
    let available = available.unwrap_or_default();
    let lists: Vec<List> = lists.iter().copied().filter(|list| available.contains(list)).collect();
    let start = Start { trigger: Trigger::Notice, by: None };
    db.want_lists(connection, &lists, start).await?;
    begin_wanted(db, app, connection).await
}

/// Begins the run of lists that were asked for while another was at work, unless one is.
pub(super) async fn begin_wanted(
    db: &mut Db<'_>,
    app: &App,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    if db.running_import(connection).await?.is_some() {
        return Ok(());
    }
    let wanted = db.take_wanted(connection).await?;
    if wanted.lists.is_empty() {
        return Ok(());
    }
    let row = db.connection(connection).await?;
    if row.is_some_and(|row| row.live && row.state != State::Paused) {
        let start = Start { trigger: wanted.trigger, by: wanted.by.as_deref() };
        plan(db, app, connection, start, &wanted.lists).await?;
    }
    Ok(())
}
