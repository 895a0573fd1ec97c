//! How far the campaign is, by portal: for the operator and for metrics.

use std::collections::BTreeMap;

use protocol::ids::Moment;

use crate::store::{Db, StoreError};

/// How far a portal's campaign is. `loaded` is the sum of `outstanding`, `by_visitor`, `by_patchbay` and
/// `switched_off`; `failed` and `past_deadline` are among the outstanding.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct CampaignStanding {
    /// The portal's id.
    pub portal: String,
    /// Connections that were loaded.
    pub loaded: u64,
    /// Those that wait for their upgrade.
    pub outstanding: u64,
    /// Those that a visitor connected again.
    pub by_visitor: u64,
    /// Those that were moved with their old credentials.
    pub by_patchbay: u64,
    /// Those that a visitor switched off or uninstalled instead.
    pub switched_off: u64,
    /// Those that wait though their deadline has passed.
    pub past_deadline: u64,
    /// Those that wait because moving them has failed, by reason.
    pub failed: BTreeMap<String, u64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    portal: String,
    standing: String,
    failure: Option<String>,
    late: bool,
    count: i64,
}

impl Db<'_> {
    /// One of each portal that anything was loaded for, or of one portal.
    pub async fn campaign(
        &mut self,
        portal: Option<&str>,
        now: Moment,
    ) -> Result<Vec<CampaignStanding>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT t.portal AS portal,
                 CASE WHEN l.moved_at IS NOT NULL THEN l.moved_by
                      WHEN c.state IN ('available', 'disconnected') THEN 'switched_off'
                      ELSE 'outstanding' END AS standing,
                 l.failure AS failure, coalesce(l.deadline <= ?2, 0) AS late, count(*) AS count
             FROM legacy l JOIN connections c ON c.id = l.connection JOIN tenants t ON t.id = c.tenant
             WHERE ?1 IS NULL OR t.portal = ?1
             GROUP BY 1, 2, 3, 4 ORDER BY 1",
        )
        .bind(portal)
        .bind(now.0.cast_signed())
        .fetch_all(&mut *self.0)
        .await?;
        let mut standings: Vec<CampaignStanding> = Vec::new();
        for row in rows {
            match standings.last_mut() {
                Some(last) if last.portal == row.portal => last.count(row),
                _ => {
                    let portal = row.portal.clone();
                    let mut new = CampaignStanding { portal, ..CampaignStanding::default() };
                    new.count(row);
                    standings.push(new);
                }
            }
        }
        Ok(standings)
    }
}

impl CampaignStanding {
    fn count(&mut self, row: Row) {
        let count = row.count.unsigned_abs();
        self.loaded += count;
        match row.standing.as_str() {
            "visitor" => self.by_visitor += count,
            "patchbay" => self.by_patchbay += count,
            "switched_off" => self.switched_off += count,
            _ => {
                self.outstanding += count;
                self.past_deadline += if row.late { count } else { 0 };
                if let Some(failure) = row.failure {
                    *self.failed.entry(failure).or_default() += count;
                }
            }
        }
    }
}
