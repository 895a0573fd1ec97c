//! Where records are looked at in the provider's own program, by the environment that a connection was made in.

use std::sync::LazyLock;

use crate::providers::catalogue::Links;
use crate::state::App;
use crate::store::books::Books;
use crate::store::{Db, StoreError};

static NONE: LazyLock<Links> = LazyLock::new(Links::default);

/// The addresses for a company's records; none when its registration or integration is no longer there.
pub(super) async fn links<'a>(db: &mut Db<'_>, app: &'a App, books: &Books) -> Result<&'a Links, StoreError> {
    let row = db.connection(books.connection()).await?;
    let registration = row.and_then(|row| app.registrations.get(row.registration.as_deref()?));
    let entry = app.catalogue.integration(books.integration());
    let environment = entry
        .zip(registration)
        .and_then(|(entry, registration)| entry.environments.get(&registration.environment));
    Ok(environment.map_or(&*NONE, |environment| &environment.links))
}
