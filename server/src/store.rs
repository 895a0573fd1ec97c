//! What is kept, by noun. The only room that knows there is SQLite: readers see a snapshot each,
//! one writer does all writing, and a write is over when it is on the disk.
//!
//! `synchronous=FULL`, because a rotated refresh token that a power cut takes back is a lost
//! connection (<https://www.sqlite.org/pragma.html#pragma_synchronous>).

pub mod api_keys;
pub mod attempts;
pub mod audit;
pub mod backup;
pub mod books;
pub mod care;
pub mod checkup;
pub mod configurations;
pub mod connections;
pub mod decisions;
pub mod deliveries;
pub mod drafts;
pub mod erasures;
pub mod events;
pub mod export;
mod file;
#[cfg(test)]
pub(crate) mod fixture;
mod glances;
pub mod imports;
pub mod intents;
pub mod invitations;
pub mod journal;
pub mod leases;
pub mod legacy;
pub mod links;
mod lists;
pub mod mappings;
pub mod notices;
pub mod notifications;
pub mod origins;
pub mod orphans;
mod permissions;
pub mod portal_records;
pub mod portals;
pub mod records;
pub mod registrations;
pub mod restore;
pub mod retention;
pub mod revocations;
mod seal_check;
pub mod sealed;
pub mod session_tokens;
pub mod sessions;
pub mod standing;
pub mod tenants;
pub mod tickets;
mod vault_keys;
pub mod webhooks;
mod writer;

use futures_util::future::BoxFuture;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Connection as _, Executor as _};

pub use file::{open, visit};
use glances::Glances;
use writer::Writer;
pub use writer::Writes;

/// Names of rows. The number is the row's, never shown outside.
pub mod ids {
    macro_rules! row_id {
        ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct $name(pub i64);
        )+};
    }
    row_id!(
        /// An organisation of a portal.
        TenantId,
        /// A person of a tenant.
        VisitorId,
        /// An API key of a portal.
        KeyId,
        /// A visitor's session.
        SessionId,
        /// Tenant x integration.
        ConnectionId,
        /// A run of the OAuth flow.
        AttemptId,
        /// An endpoint that a portal's events are sent to.
        WebhookId,
    );
}

/// Why the store could not serve.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row that must be unique is there already; names the table and columns.
    #[error("{0} is there already")]
    Taken(String),
    /// The database said no; the operation had no effect.
    #[error("the database failed: {0}")]
    Database(#[source] sqlx::Error),
    /// What is stored cannot be understood by this program.
    #[error("stored {0} cannot be understood")]
    Unreadable(&'static str),
    /// Others read all the time, so that the log beside the database could not be emptied.
    #[error("the database is read without a pause, so its log still holds what was deleted; try again")]
    Busy,
    /// The program is shutting down.
    #[error("the store is closed")]
    Closed,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(cause) if cause.is_unique_violation() => Self::Taken(cause.message().to_owned()),
            _ => Self::Database(error),
        }
    }
}

/// Why a database file cannot be used. Each is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process serves from this file.
    #[error("{path} is in use by another Patchbay. Stop that one first; two may not share a database.")]
    InUse {
        /// The file.
        path: String,
    },
    /// Not a database of ours, or damaged.
    #[error(
        "{path} cannot be used as the database: {cause}. Nothing was changed. Restore a backup, or name another file under [storage]."
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// An older Patchbay serves from it at this moment.
    #[error("{path} is served by an older Patchbay. Use the command of that version, or stop it first.")]
    Older {
        /// The file.
        path: String,
    },
    /// A newer Patchbay has written it.
    #[error("{path} was written by a newer Patchbay. Use that version or a later one.")]
    Newer {
        /// The file.
        path: String,
    },
}

/// A value as it is kept in a text column.
fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable("value"))
}

/// A value out of a text column.
fn unjson<T: serde::de::DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable(what))
}

/// The database under a transaction, with a method per question; see the noun modules.
pub struct Db<'c>(pub(in crate::store) &'c mut SqliteConnection);

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    readers: SqlitePool,
    glances: Glances,
    writer: Writer,
    beside: bool,
}

impl Store {
    /// Reads in one snapshot.
    pub async fn read<T, E, F>(&self, question: F) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError> + Send,
        F: for<'c> FnOnce(Db<'c>) -> BoxFuture<'c, Result<T, E>> + Send,
    {
        let mut connection = self.readers.acquire().await.map_err(StoreError::from)?;
        let mut snapshot = connection.begin().await.map_err(StoreError::from)?;
        question(Db(&mut snapshot)).await
    }

    /// Reads by one statement, which is a snapshot by itself: for what is asked thousands of times a
    /// second. A question of several statements is for [`Store::read`].
    pub async fn glance<T, E, F>(&self, question: F) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError> + Send,
        F: for<'c> FnOnce(Db<'c>) -> BoxFuture<'c, Result<T, E>> + Send,
    {
        let mut taken = self.glances.take().await?;
        question(Db(taken.lend()?)).await
    }

    /// Writes in one transaction: all of it is on the disk when this returns `Ok`, none of it was
    /// done when it returns `Err`. A caller that goes away changes nothing of that.
    pub async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'c> FnOnce(Db<'c>) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        self.writer.run(change).await
    }

    /// Writes the file anew without what was deleted, and empties the log beside it, so that nothing of
    /// that stays on the disk. Takes the time of copying the database, during which nobody writes.
    pub async fn compact(&self) -> Result<(), StoreError> {
        self.writer.compact().await
    }

    /// How writing goes.
    pub fn writes(&self) -> Writes<'_> {
        self.writer.writes()
    }

    /// A number that changes when another process has written, and only then: the writer's own
    /// commits do not count (<https://www.sqlite.org/pragma.html#pragma_data_version>).
    pub async fn foreign_version(&self) -> Result<i64, StoreError> {
        self.writer.foreign_version().await
    }

    /// Whether another process serves from the database, as far as it was so when this one opened it.
    pub fn is_beside_a_proxy(&self) -> bool {
        self.beside
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.readers.execute("SELECT 1").await?;
        Ok(())
    }
}
