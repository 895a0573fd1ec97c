//! What a list's end means for its mappings: after the first read all of them are looked at, after a
//! refresh those that its changes concern.

use protocol::import::List;

use super::Stop;
use super::job::write;
use crate::mapping;
use crate::mapping::concerned::{reach, rematch_within};
use crate::state::Shared;
use crate::store::StoreError;
use crate::store::imports::Held;

/// Matches the portal's records anew, a bounded number in each transaction, and settles what was decided.
pub(super) async fn after(app: &Shared, held: &Held, list: List) -> Result<(), Stop> {
    let Some(table) = mapping::table_of(list) else { return Ok(()) };
    let books = held.books.clone();
    let reach = app
        .store
        .read::<_, StoreError, _>(|mut db| Box::pin(async move { reach(&mut db, &books, table).await }))
        .await?;
    let Some(reach) = reach else { return Ok(()) };
    let mut place = Some(String::new());
    while let Some(after) = place {
        place = write(app, held, move |db, held| {
            Box::pin(async move { rematch_within(db, &held.books, table, reach, &after).await })
        })
        .await?;
    }
    Ok(())
}
