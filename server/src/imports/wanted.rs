//! Lists that somebody wants while a run is at work which does not read them: they are read right after it,
//! as that person's or that portal's. What providers tell of waits in a place of its own (`notices`).

use super::{Start, plan};
use crate::connections::machine::State;
use crate::state::App;
use crate::store::ids::ConnectionId;
use crate::store::{Db, StoreError};

/// Begins the run of lists that were wanted so. Nothing follows for a connection that is off or paused by now.
pub(super) async fn begin(db: &mut Db<'_>, app: &App, connection: ConnectionId) -> Result<(), StoreError> {
    let Some(wanted) = db.take_wanted(connection).await? else { return Ok(()) };
    let row = db.connection(connection).await?;
    if row.is_some_and(|row| row.live && row.state != State::Paused) {
        let start = Start { trigger: wanted.trigger, by: wanted.by.as_deref() };
        plan(db, app, connection, start, &wanted.lists).await?;
    }
    Ok(())
}
