//! What refreshing knows of lists that are here already, and which connections are to be refreshed.
//! What changes a run follows [`Db::hold_import`] in its transaction.

use protocol::ids::{ImportId, Moment};
use protocol::import::{List, Outcome, Trigger};

use super::view::trigger_named;
use super::{Held, Start, number, trigger_name};
use crate::store::ids::ConnectionId;
use crate::store::lists::{list_name, list_named};
use crate::store::{Db, StoreError};

/// A list that a run has still to read, and what is here of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Which list.
    pub list: List,
    /// This run has begun to read it page by page.
    pub begun: bool,
    /// When it was last read to its end, by our clock; none when it never was.
    pub read_at: Option<Moment>,
    /// From where its changes are asked for, by the provider's clock, where that is known.
    pub since: Option<Moment>,
    /// Records that are here.
    pub records: u32,
}

/// What changed in a list, as far as it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListChanged {
    /// Objects that were named.
    pub size: u32,
    /// What became of them.
    pub outcome: Outcome,
    /// When they were told, by the provider's clock.
    pub at: Moment,
}

/// What is to be read next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which lists.
    pub lists: Vec<List>,
    /// Who asked, the last of several.
    pub trigger: Trigger,
    /// The person's name, where there is one.
    pub by: Option<String>,
}

type StandingRow = (String, bool, Option<i64>, Option<i64>, Option<i64>);

impl Db<'_> {
    /// The lists that a run has still to read, but for the company.
    pub async fn standings(&mut self, held: &Held) -> Result<Vec<Standing>, StoreError> {
        let rows: Vec<StandingRow> = sqlx::query_as(
            "SELECT l.list, l.reading = 'whole' AND l.total IS NOT NULL, a.at, a.since, a.records
             FROM import_lists l LEFT JOIN list_ages a
                 ON a.connection = ?2 AND a.company_id = ?3 AND a.list = l.list
             WHERE l.import = ?1 AND l.state IN ('waiting', 'running') AND l.list <> 'company'
             ORDER BY l.place",
        )
        .bind(held.import.0.cast_signed())
        .bind(held.books.connection.0)
        .bind(&held.books.company)
        .fetch_all(&mut *self.0)
        .await?;
        rows.into_iter()
            .map(|(list, begun, read_at, since, records)| {
                Ok(Standing {
                    list: list_named(&list)?,
                    begun,
                    read_at: read_at.map(|at| Moment(at.cast_unsigned())),
                    since: since.map(|at| Moment(at.cast_unsigned())),
                    records: number(records.unwrap_or_default()),
                })
            })
            .collect()
    }

    /// Only the changes of a list are read, and these are kept. Those that an earlier life of the run
    /// kept already are not counted again.
    pub async fn changes_kept(
        &mut self,
        held: &Held,
        list: List,
        changed: ListChanged,
        now: Moment,
    ) -> Result<(), StoreError> {
        let ListChanged { size, outcome, at } = changed;
        sqlx::query(
            "UPDATE import_lists SET state = 'running', begun_at = coalesce(begun_at, ?10), reading = 'changes',
                 read_from = ?3, total = max(done, ?4), done = max(done, ?4), added = added + ?5,
                 changed = changed + ?6, renamed = renamed + ?7, vanished = vanished + ?8, unreadable = ?9
             WHERE import = ?1 AND list = ?2",
        )
        .bind(held.import.0.cast_signed())
        .bind(list_name(list))
        .bind(at.0.cast_signed())
        .bind(i64::from(size))
        .bind(i64::from(outcome.added))
        .bind(i64::from(outcome.changed))
        .bind(i64::from(outcome.renamed))
        .bind(i64::from(outcome.vanished))
        .bind(i64::from(outcome.unreadable))
        .bind(now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// All records of a list that were not named as changed are unchanged. Follows [`Db::list_read`].
    pub async fn rest_unchanged(&mut self, held: &Held, list: List) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE import_lists SET unchanged = max(0, coalesce((
                 SELECT records FROM list_ages WHERE connection = ?3 AND company_id = ?4 AND list = ?2), 0)
                 - added - changed)
             WHERE import = ?1 AND list = ?2 AND reading = 'changes'",
        )
        .bind(held.import.0.cast_signed())
        .bind(list_name(list))
        .bind(held.books.connection.0)
        .bind(&held.books.company)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// From where the changes of a list that this run has read are asked for next.
    pub(super) async fn remember_since(&mut self, held: &Held, list: List) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE list_ages SET since = (SELECT read_from FROM import_lists WHERE import = ?1 AND list = ?2)
             WHERE connection = ?3 AND company_id = ?4 AND list = ?2",
        )
        .bind(held.import.0.cast_signed())
        .bind(list_name(list))
        .bind(held.books.connection.0)
        .bind(&held.books.company)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// What began a run, and how many records it has added, changed or seen vanish.
    pub async fn run_in_short(&mut self, import: ImportId) -> Result<(Trigger, u32), StoreError> {
        let (began, touched): (String, i64) = sqlx::query_as(
            "SELECT began, coalesce((SELECT sum(added + changed + vanished) FROM import_lists
                 WHERE import = id), 0) FROM imports WHERE id = ?",
        )
        .bind(import.0.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok((trigger_named(&began)?, number(touched)))
    }

    /// Remembers that lists are to be read when the run that is at work has ended.
    pub async fn want_lists(
        &mut self,
        connection: ConnectionId,
        lists: &[List],
        start: Start<'_>,
    ) -> Result<(), StoreError> {
        for list in lists {
            sqlx::query(
                "INSERT INTO wanted_lists (connection, list, began, by_whom) VALUES (?, ?, ?, ?)
                 ON CONFLICT (connection, list) DO UPDATE SET began = excluded.began, by_whom = excluded.by_whom",
            )
            .bind(connection.0)
            .bind(list_name(*list))
            .bind(trigger_name(start.trigger))
            .bind(start.by)
            .execute(&mut *self.0)
            .await?;
        }
        Ok(())
    }

    /// Takes what was remembered so; none when nothing was.
    pub async fn take_wanted(&mut self, connection: ConnectionId) -> Result<Option<Wanted>, StoreError> {
        let rows: Vec<(String, String, Option<String>)> =
            sqlx::query_as("DELETE FROM wanted_lists WHERE connection = ? RETURNING list, began, by_whom")
                .bind(connection.0)
                .fetch_all(&mut *self.0)
                .await?;
        let lists = rows.iter().map(|(list, ..)| list_named(list)).collect::<Result<_, _>>()?;
        let Some((_, began, by)) = rows.into_iter().next_back() else { return Ok(None) };
        Ok(Some(Wanted { lists, trigger: trigger_named(&began)?, by }))
    }

    /// Connections that work, have no run at work, and were not refreshed since `night` began, nor
    /// wholly read since `recent`.
    pub async fn unrefreshed(
        &mut self,
        night: Moment,
        recent: Moment,
    ) -> Result<Vec<ConnectionId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "SELECT c.id FROM connections c WHERE c.live = 1
               AND c.state IN ('needs_configuration', 'active', 'attention', 'expiring')
               AND NOT EXISTS (SELECT 1 FROM imports i WHERE i.connection = c.id AND i.state = 'running')
               AND NOT EXISTS (SELECT 1 FROM imports i INDEXED BY imports_nightly
                   WHERE i.connection = c.id AND i.began = 'nightly' AND i.started_at >= ?1)
               AND NOT EXISTS (SELECT 1 FROM imports i
                   WHERE i.connection = c.id AND i.began = 'connected' AND i.started_at >= ?2)
               AND coalesce((SELECT min(a.at) FROM list_ages a
                   WHERE a.connection = c.id AND a.company_id = c.company_id), 0) < ?2
             ORDER BY c.id",
        )
        .bind(night.0.cast_signed())
        .bind(recent.0.cast_signed())
        .fetch_all(&mut *self.0)
        .await?;
        Ok(ids.into_iter().map(ConnectionId).collect())
    }

    /// Runs of the night that are at work.
    pub async fn nightly_running(&mut self) -> Result<u32, StoreError> {
        let running: i64 =
            sqlx::query_scalar("SELECT count(*) FROM imports WHERE state = 'running' AND began = 'nightly'")
                .fetch_one(&mut *self.0)
                .await?;
        Ok(number(running))
    }
}
