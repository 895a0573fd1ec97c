//! The database, opened for one command, whether a proxy serves from it at this moment or not.

use std::path::Path;

use super::Sentence;
use crate::store::{self, Store};

/// Does something with a database that must be there.
pub(super) async fn visit<T>(
    path: &Path,
    work: impl AsyncFnOnce(&Store) -> Result<T, Sentence>,
) -> Result<T, Sentence> {
    if path.exists() {
        return visit_or_make(path, work).await;
    }
    let path = path.display();
    Err(Sentence(format!(
        "there is no database {path} yet; `patchbay portal add` or `patchbay serve` makes it"
    )))
}

/// The same, making the database when it is not there.
pub(super) async fn visit_or_make<T>(
    path: &Path,
    work: impl AsyncFnOnce(&Store) -> Result<T, Sentence>,
) -> Result<T, Sentence> {
    let (store, writing) = store::visit(path).await?;
    let done = async move {
        let result = work(&store).await;
        drop(store);
        result
    };
    // The writer ends after the last clone of the store is gone.
    tokio::join!(done, writing).0
}
