//! What connections ask of imports, until that room stands.

use protocol::import::List;
use protocol::store::ListAge;

use crate::state::App;
use crate::store::ids::ConnectionId;
use crate::store::{Db, StoreError};

pub(super) async fn plan(
    db: &mut Db<'_>,
    _app: &App,
    connection: ConnectionId,
    _by: Option<&str>,
    _lists: &[List],
) -> Result<(), StoreError> {
    db.bump_connection(connection).await
}

pub(super) async fn cancel_running(
    db: &mut Db<'_>,
    _app: &App,
    connection: ConnectionId,
    _by: Option<&str>,
) -> Result<(), StoreError> {
    db.bump_connection(connection).await
}

pub(super) async fn ages(
    db: &mut Db<'_>,
    connection: ConnectionId,
    _company: &str,
) -> Result<Vec<ListAge>, StoreError> {
    Ok(db.connection(connection).await?.map(|_| Vec::new()).unwrap_or_default())
}
