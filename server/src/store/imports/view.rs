//! Imports as visitors see them. Asked at every change, so it is two queries whatever there is.

use std::collections::HashMap;

use protocol::ids::{ImportId, IntegrationId, Moment, Revision};
use protocol::import::{ImportSnapshot, ImportState, ListProgress, Outcome, Reading, Trigger, Waiting};
use sqlx::FromRow;

use super::{list_state, number, trigger_name};
use crate::store::ids::{ConnectionId, TenantId};
use crate::store::lists::list_named;
use crate::store::{Db, StoreError, json};

#[derive(FromRow)]
struct RunRow {
    id: i64,
    integration: String,
    revision: i64,
    state: String,
    began: String,
    started_at: i64,
    finished_at: Option<i64>,
    waiting: Option<String>,
    waiting_at: Option<i64>,
    seconds_left: Option<i64>,
}

#[derive(FromRow)]
struct ListRow {
    import: i64,
    list: String,
    state: String,
    fault: Option<String>,
    total: Option<i64>,
    done: i64,
    reading: String,
    per_second: Option<i64>,
    added: i64,
    changed: i64,
    renamed: i64,
    unchanged: i64,
    vanished: i64,
    unreadable: i64,
}

impl Db<'_> {
    /// Running imports of a tenant, and the last finished one of each connection, whole.
    pub async fn import_snapshots(&mut self, tenant: TenantId) -> Result<Vec<ImportSnapshot>, StoreError> {
        let runs: Vec<RunRow> = sqlx::query_as(
            "SELECT i.id, c.integration, i.revision, i.state, i.began, i.started_at, i.finished_at,
                    i.waiting, i.waiting_at, i.seconds_left
             FROM connections c JOIN imports i ON i.connection = c.id AND i.company_id = c.company_id
             WHERE c.tenant = ?1 AND (i.state = 'running' OR i.id = (
                 SELECT max(e.id) FROM imports e
                 WHERE e.connection = c.id AND e.company_id = c.company_id AND e.state <> 'running'))
             ORDER BY i.id",
        )
        .bind(tenant.0)
        .fetch_all(&mut *self.0)
        .await?;
        self.with_lists(runs).await
    }

    /// A run of this connection, whole, whichever company it read.
    pub async fn import_snapshot(
        &mut self,
        connection: ConnectionId,
        import: ImportId,
    ) -> Result<Option<ImportSnapshot>, StoreError> {
        let run: Option<RunRow> = sqlx::query_as(
            "SELECT i.id, c.integration, i.revision, i.state, i.began, i.started_at, i.finished_at,
                    i.waiting, i.waiting_at, i.seconds_left
             FROM imports i JOIN connections c ON c.id = i.connection WHERE i.id = ? AND i.connection = ?",
        )
        .bind(import.0.cast_signed())
        .bind(connection.0)
        .fetch_optional(&mut *self.0)
        .await?;
        Ok(self.with_lists(run.into_iter().collect()).await?.pop())
    }

    async fn with_lists(&mut self, runs: Vec<RunRow>) -> Result<Vec<ImportSnapshot>, StoreError> {
        let ids: Vec<i64> = runs.iter().map(|run| run.id).collect();
        let rows: Vec<ListRow> = sqlx::query_as(
            "SELECT import, list, state, fault, total, done, reading, per_second, added, changed, renamed,
                    unchanged, vanished, unreadable
             FROM import_lists WHERE import IN (SELECT value FROM json_each(?)) ORDER BY import, place",
        )
        .bind(json(&ids)?)
        .fetch_all(&mut *self.0)
        .await?;
        let mut lists: HashMap<i64, Vec<ListProgress>> = HashMap::new();
        for row in rows {
            lists.entry(row.import).or_default().push(progress(&row)?);
        }
        runs.into_iter()
            .map(|run| {
                let lists = lists.remove(&run.id).unwrap_or_default();
                snapshot(run, lists)
            })
            .collect()
    }

    /// The connection and state of a run, if it is this tenant's.
    pub async fn import_of_tenant(
        &mut self,
        tenant: TenantId,
        import: ImportId,
    ) -> Result<Option<(ConnectionId, IntegrationId, ImportState)>, StoreError> {
        let row: Option<(i64, String, String)> = sqlx::query_as(
            "SELECT i.connection, c.integration, i.state FROM imports i
             JOIN connections c ON c.id = i.connection WHERE i.id = ? AND c.tenant = ?",
        )
        .bind(import.0.cast_signed())
        .bind(tenant.0)
        .fetch_optional(&mut *self.0)
        .await?;
        row.map(|(connection, integration, state)| {
            Ok((ConnectionId(connection), integration_id(integration)?, state_named(&state)?))
        })
        .transpose()
    }
}

fn state_named(name: &str) -> Result<ImportState, StoreError> {
    match name {
        "running" => Ok(ImportState::Running),
        "done" => Ok(ImportState::Done),
        "failed" => Ok(ImportState::Failed),
        "cancelled" => Ok(ImportState::Cancelled),
        _ => Err(StoreError::Unreadable("import state")),
    }
}

pub(super) fn trigger_named(name: &str) -> Result<Trigger, StoreError> {
    use Trigger::{Connected, Nightly, Notice, Person, Portal};
    let all = [Connected, Person, Portal, Nightly, Notice];
    all.into_iter().find(|trigger| trigger_name(*trigger) == name).ok_or(StoreError::Unreadable("trigger"))
}

fn reading_named(name: &str) -> Result<Reading, StoreError> {
    match name {
        "whole" => Ok(Reading::Whole),
        "changes" => Ok(Reading::Changes),
        _ => Err(StoreError::Unreadable("reading")),
    }
}

fn integration_id(text: String) -> Result<IntegrationId, StoreError> {
    IntegrationId::new(text).map_err(|_| StoreError::Unreadable("integration"))
}

fn snapshot(run: RunRow, lists: Vec<ListProgress>) -> Result<ImportSnapshot, StoreError> {
    let until = Moment(run.waiting_at.unwrap_or_default().cast_unsigned());
    Ok(ImportSnapshot {
        import: ImportId(run.id.cast_unsigned()),
        integration: integration_id(run.integration)?,
        revision: Revision(run.revision.cast_unsigned()),
        state: state_named(&run.state)?,
        trigger: trigger_named(&run.began)?,
        started: Moment(run.started_at.cast_unsigned()),
        finished: run.finished_at.map(|at| Moment(at.cast_unsigned())),
        lists,
        waiting: match run.waiting.as_deref() {
            Some("limit") => Some(Waiting::Limit { until }),
            Some("retry") => Some(Waiting::Retry { until }),
            _ => None,
        },
        seconds_left: run.seconds_left.map(number),
    })
}

fn progress(row: &ListRow) -> Result<ListProgress, StoreError> {
    Ok(ListProgress {
        list: list_named(&row.list)?,
        state: list_state(&row.state, row.fault.as_deref())?,
        done: number(row.done),
        total: row.total.map(number),
        reading: reading_named(&row.reading)?,
        per_second: row.per_second.map(number),
        outcome: Outcome {
            added: number(row.added),
            changed: number(row.changed),
            renamed: number(row.renamed),
            unchanged: number(row.unchanged),
            vanished: number(row.vanished),
            unreadable: number(row.unreadable),
        },
    })
}
