//! Forgetting by age: in small transactions, so that nobody waits long behind one. Each is the nouns'
//! rows that are old enough and no longer the newest word on anything.

use protocol::ids::Moment;

use super::{Db, StoreError};
use crate::config::Retention;

/// Rows in one transaction.
const BATCH: i64 = 500;
const DAY: u64 = 24 * 3_600_000;

/// Something that is kept for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aged {
    /// Lines of the audit log.
    Audit,
    /// Notifications.
    Notifications,
    /// Ended imports, but for each connection's newest.
    Imports,
    /// Ended attempts to connect.
    Attempts,
    /// Ended refreshes, but for each connection's newest.
    Refreshes,
    /// Ended revocations.
    Revocations,
    /// Versions of a configuration, by number and not by age.
    Versions,
}

impl Aged {
    /// Everything that ages.
    pub const ALL: [Self; 7] = [
        Self::Audit,
        Self::Notifications,
        Self::Imports,
        Self::Attempts,
        Self::Refreshes,
        Self::Revocations,
        Self::Versions,
    ];

    fn days(self, kept: &Retention) -> u32 {
        match self {
            Self::Audit => kept.audit,
            Self::Notifications => kept.notifications,
            Self::Imports => kept.imports,
            Self::Attempts | Self::Refreshes | Self::Revocations => kept.traces,
            Self::Versions => kept.configuration_versions,
        }
    }

    /// ?1 is the end of what is kept, ?2 the size of a batch.
    fn statement(self) -> &'static str {
        match self {
            Self::Audit => {
                "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at <= ?1 ORDER BY at LIMIT ?2)"
            }
            Self::Notifications => {
                "DELETE FROM notifications WHERE seq IN
                   (SELECT seq FROM notifications WHERE at <= ?1 ORDER BY at LIMIT ?2)"
            }
            Self::Imports => {
                "DELETE FROM imports WHERE id IN
                   (SELECT id FROM imports i WHERE finished_at <= ?1 AND EXISTS
                     (SELECT 1 FROM imports n WHERE n.connection = i.connection AND n.id > i.id) LIMIT ?2)"
            }
            Self::Attempts => {
                "DELETE FROM attempts WHERE id IN (SELECT id FROM attempts WHERE ended_at <= ?1 LIMIT ?2)"
            }
            Self::Refreshes => {
                "DELETE FROM refresh_journal WHERE id IN
                   (SELECT id FROM refresh_journal j WHERE ended_at <= ?1 AND EXISTS
                     (SELECT 1 FROM refresh_journal n WHERE n.connection = j.connection AND n.id > j.id) LIMIT ?2)"
            }
            Self::Revocations => {
                "DELETE FROM revocations WHERE id IN (SELECT id FROM revocations WHERE ended_at <= ?1 LIMIT ?2)"
            }
            Self::Versions => {
                "DELETE FROM configurations WHERE (connection, company_id, version) IN
                   (SELECT connection, company_id, version FROM configurations c WHERE version + ?1 <=
                     (SELECT max(version) FROM configurations n
                      WHERE n.connection = c.connection AND n.company_id = c.company_id) LIMIT ?2)"
            }
        }
    }
}

impl Db<'_> {
    /// Forgets one batch of what is older than it is kept. True when there may be more.
    pub async fn forget(&mut self, aged: Aged, kept: &Retention, now: Moment) -> Result<bool, StoreError> {
        let most = u64::from(aged.days(kept));
        let end = if aged == Aged::Versions { most } else { now.0.saturating_sub(most * DAY) };
        let gone = sqlx::query(aged.statement())
            .bind(end.cast_signed())
            .bind(BATCH)
            .execute(&mut *self.0)
            .await?
            .rows_affected();
        Ok(gone >= BATCH.unsigned_abs())
    }
}
