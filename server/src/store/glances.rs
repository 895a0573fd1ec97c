//! Connections for questions of one statement, asked thousands of times a second. A pool tries its
//! connections before and after each use, which costs more than such a question does.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::StoreError;

/// So many are asked at once; each has a thread of its own.
const AT_ONCE: usize = 4;

/// Connections that are made when they are first needed, which for most commands is never. Clones share
/// them.
#[derive(Clone)]
pub(super) struct Glances {
    options: Arc<SqliteConnectOptions>,
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
    places: Arc<Semaphore>,
}

impl Glances {
    /// By these options, which should be those of a reader.
    pub(super) fn new(options: &SqliteConnectOptions) -> Self {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Self { options: Arc::new(options.clone()), idle: Arc::default(), places }
    }

    /// A connection, as soon as one is free.
    pub(super) async fn take(&self) -> Result<Taken, StoreError> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => SqliteConnection::connect_with(&self.options).await?,
        };
        Ok(Taken { connection: Some(connection), idle: Arc::clone(&self.idle), _place: place })
    }

    /// Closes them, once nobody uses any.
    pub(super) async fn close(&self) {
        self.places.close();
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "a reader of the database did not close cleanly");
            }
        }
    }
}

/// A connection in use. Dropping it gives it back, also when its user went away in the middle.
pub(super) struct Taken {
    connection: Option<SqliteConnection>,
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
    _place: OwnedSemaphorePermit,
}

impl Taken {
    /// The connection; it is there until this is dropped.
    pub(super) fn lend(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.connection.as_mut().ok_or(StoreError::Closed)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // Before the place is free, so that whoever gets the place finds a connection.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(self.connection.take());
    }
}
