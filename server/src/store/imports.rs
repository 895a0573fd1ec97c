//! Runs of imports and the checkpoints of their lists.
//!
//! A run is worked on under a generation. Every write of a worker first holds the run: when another
//! worker has taken it over, a person has stopped it or the connection is off, nothing is written.

mod again;
mod progress;
mod refreshing;
mod view;

pub use refreshing::{ListChanged, Standing, Wanted};

use protocol::ids::{ImportId, Moment};
use protocol::import::{ImportState, List, ListState, Outcome, SkipReason, Trigger, Waiting};

use super::books::Books;
use super::ids::ConnectionId;
use super::lists::{list_name, list_named};
use super::{Db, StoreError, unjson};

/// A run under this worker's generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which run.
    pub import: ImportId,
    /// Whose books.
    pub books: Books,
    /// Grows with every taking over.
    generation: i64,
}

/// What begins a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start<'a> {
    /// Whatever it is.
    pub trigger: Trigger,
    /// The person's name, where there is one.
    pub by: Option<&'a str>,
}

/// Where a list of a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which list.
    pub list: List,
    /// Waiting, running, done, failed, skipped.
    pub state: ListState,
    /// Records there are, once counted.
    pub total: Option<u32>,
    /// Records read.
    pub done: u32,
    /// STARTPOSITION of the next page.
    pub position: u32,
}

/// Whether a worker may go on with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It may.
    Ours,
    /// The run is still ours, but its connection is off, or at another company.
    Off,
    /// Another worker has it, or it has ended.
    Lost,
}

type CheckpointRow = (String, String, Option<String>, Option<i64>, i64, i64);

/// What one page brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PageRead {
    /// Objects asked for: the next page starts so many further on.
    pub asked: u32,
    /// Objects on the page.
    pub size: u32,
    /// What became of them.
    pub outcome: Outcome,
    /// Records of the list a second, over its last pages.
    pub per_second: Option<u32>,
    /// Seconds left of the whole run, when that can be known.
    pub seconds_left: Option<u32>,
}

pub(in crate::store::imports) fn state_name(state: ImportState) -> &'static str {
    match state {
        ImportState::Running => "running",
        ImportState::Done => "done",
        ImportState::Failed => "failed",
        ImportState::Cancelled => "cancelled",
    }
}

pub(in crate::store::imports) fn list_state(
    name: &str,
    fault: Option<&str>,
) -> Result<ListState, StoreError> {
    Ok(match name {
        "waiting" => ListState::Waiting,
        "running" => ListState::Running,
        "done" => ListState::Done,
        "skipped" => ListState::Skipped(skip_reason(fault)?),
        "failed" => ListState::Failed(unjson(fault.unwrap_or_default(), "import fault")?),
        _ => return Err(StoreError::Unreadable("list state")),
    })
}

/// Stands where a fault would.
pub(in crate::store::imports) fn skip_word(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Edition => "edition",
        SkipReason::SwitchedOff => "switched_off",
    }
}

fn skip_reason(word: Option<&str>) -> Result<SkipReason, StoreError> {
    let known = [SkipReason::Edition, SkipReason::SwitchedOff];
    let found = known.into_iter().find(|reason| Some(skip_word(*reason)) == word);
    found.ok_or(StoreError::Unreadable("skip reason"))
}

pub(in crate::store::imports) fn trigger_name(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Connected => "connected",
        Trigger::Person => "person",
        Trigger::Portal => "portal",
        Trigger::Nightly => "nightly",
        Trigger::Notice => "notice",
    }
}

impl Db<'_> {
    /// Plans a run, unless one is running: then that one serves. The second value is true for a new run.
    pub async fn plan_import(
        &mut self,
        books: &Books,
        lists: &[List],
        start: Start<'_>,
        now: Moment,
    ) -> Result<(ImportId, bool), StoreError> {
        if let Some(running) = self.running_import(books.connection).await? {
            return Ok((running, false));
        }
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO imports (connection, company_id, state, began, started_by, started_at)
             VALUES (?, ?, 'running', ?, ?, ?) RETURNING id",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(trigger_name(start.trigger))
        .bind(start.by)
        .bind(now.0.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        for (place, list) in (0i64..).zip(lists) {
            sqlx::query("INSERT INTO import_lists (import, list, place, state) VALUES (?, ?, ?, 'waiting')")
                .bind(id)
                .bind(list_name(*list))
                .bind(place)
                .execute(&mut *self.0)
                .await?;
        }
        Ok((ImportId(id.cast_unsigned()), true))
    }

    /// The run of a connection that is running.
    pub async fn running_import(&mut self, connection: ConnectionId) -> Result<Option<ImportId>, StoreError> {
        let id: Option<i64> =
            sqlx::query_scalar("SELECT id FROM imports WHERE connection = ? AND state = 'running'")
                .bind(connection.0)
                .fetch_optional(&mut *self.0)
                .await?;
        Ok(id.map(|id| ImportId(id.cast_unsigned())))
    }

    /// All runs that are running, oldest first.
    pub async fn running_imports(&mut self) -> Result<Vec<ImportId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar("SELECT id FROM imports WHERE state = 'running' ORDER BY id")
            .fetch_all(&mut *self.0)
            .await?;
        Ok(ids.into_iter().map(|id| ImportId(id.cast_unsigned())).collect())
    }

    /// Takes a run over, under a new generation. None when it is not running any more, or its
    /// connection has gone on to another company.
    pub async fn take_import(&mut self, import: ImportId) -> Result<Option<Held>, StoreError> {
        let row: Option<(i64, i64, String)> = sqlx::query_as(
            "UPDATE imports SET generation = generation + 1, revision = revision + 1, waiting = NULL
             WHERE id = ? AND state = 'running' RETURNING generation, connection, company_id",
        )
        .bind(import.0.cast_signed())
        .fetch_optional(&mut *self.0)
        .await?;
        let Some((generation, connection, company)) = row else { return Ok(None) };
        let books = self.books_of(ConnectionId(connection)).await?;
        let books = books.filter(|books| books.company == company);
        Ok(books.map(|books| Held { import, books, generation }))
    }

    /// Holds a run for the rest of this transaction, and says that it changed. Unless it is
    /// [`Hold::Ours`], nothing may be written.
    pub async fn hold_import(&mut self, held: &Held, now: Moment) -> Result<Hold, StoreError> {
        let live: Option<i64> = sqlx::query_scalar(
            "UPDATE imports SET revision = revision + 1, waiting = CASE WHEN waiting_at > ?3 THEN waiting END
             WHERE id = ?1 AND generation = ?2 AND state = 'running'
             RETURNING EXISTS (SELECT 1 FROM connections c
                 WHERE c.id = imports.connection AND c.live = 1 AND c.company_id = imports.company_id)",
        )
        .bind(held.import.0.cast_signed())
        .bind(held.generation)
        .bind(now.0.cast_signed())
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(match live {
            Some(1) => Hold::Ours,
            Some(_) => Hold::Off,
            None => Hold::Lost,
        })
    }

    /// Where the lists of a run stand, in order.
    pub async fn checkpoints(&mut self, import: ImportId) -> Result<Vec<Checkpoint>, StoreError> {
        let rows: Vec<CheckpointRow> = sqlx::query_as(
            "SELECT list, state, fault, total, done, position FROM import_lists WHERE import = ? ORDER BY place",
        )
        .bind(import.0.cast_signed())
        .fetch_all(&mut *self.0)
        .await?;
        rows.into_iter()
            .map(|(list, state, fault, total, done, position)| {
                Ok(Checkpoint {
                    list: list_named(&list)?,
                    state: list_state(&state, fault.as_deref())?,
                    total: total.map(number),
                    done: number(done),
                    position: number(position),
                })
            })
            .collect()
    }

    /// Why a run waits at this moment.
    pub async fn import_waits(&mut self, held: &Held, waiting: Waiting) -> Result<(), StoreError> {
        let (why, until) = match waiting {
            Waiting::Limit { until } => ("limit", until),
            Waiting::Retry { until } => ("retry", until),
        };
        sqlx::query("UPDATE imports SET waiting = ?, waiting_at = ?, seconds_left = NULL WHERE id = ?")
            .bind(why)
            .bind(until.0.cast_signed())
            .bind(held.import.0.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Ends a run that is running. False when it has ended already.
    pub async fn end_import(
        &mut self,
        import: ImportId,
        state: ImportState,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE imports SET state = ?, finished_at = ?, revision = revision + 1, waiting = NULL,
                 seconds_left = NULL WHERE id = ? AND state = 'running'",
        )
        .bind(state_name(state))
        .bind(now.0.cast_signed())
        .bind(import.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn number(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
