//! What was erased for people and is still on the disk: it goes a bit at a time, each in a transaction
//! of its own, so that nobody's write waits for more than one of them. Whoever comes first does it: the
//! command that asked for it, or the proxy, also after a crash.

use protocol::ids::Moment;

use super::ids::{ConnectionId, TenantId};
use super::{Db, StoreError};

/// Rows in one transaction.
const BATCH: i64 = 500;
/// So many that there are no more.
const ALL: i64 = -1;

/// Deletes ?2 rows of the connection ?1, all of one group: its key has them side by side.
macro_rules! some_of {
    ($table:literal, $group:literal, $key:literal) => {
        concat!(
            "WITH first AS MATERIALIZED (SELECT company_id, ",
            $group,
            " AS part FROM ",
            $table,
            " WHERE connection = ?1 LIMIT 1) DELETE FROM ",
            $table,
            " WHERE connection = ?1 AND company_id = (SELECT company_id FROM first) AND ",
            $group,
            " = (SELECT part FROM first) AND ",
            $key,
            " IN (SELECT r.",
            $key,
            " FROM first JOIN ",
            $table,
            " r ON r.connection = ?1 AND r.company_id = first.company_id AND r.",
            $group,
            " = first.part LIMIT ?2)"
        )
    };
}

/// What may be long of a connection, and nobody sees once it has no company.
const OF_A_CONNECTION: [&str; 6] = [
    "WITH first AS MATERIALIZED (SELECT company_id, list FROM record_keys WHERE connection = ?1 LIMIT 1)
     DELETE FROM record_keys WHERE connection = ?1 AND company_id = (SELECT company_id FROM first)
       AND list = (SELECT list FROM first) AND (kind, key, provider_id) IN
       (SELECT k.kind, k.key, k.provider_id FROM first JOIN record_keys k ON k.connection = ?1
          AND k.company_id = first.company_id AND k.list = first.list LIMIT ?2)",
    some_of!("record_bodies", "list", "provider_id"),
    some_of!("records", "list", "provider_id"),
    some_of!("touched_records", "list", "provider_id"),
    some_of!("mappings", "kind", "source"),
    some_of!("gone_decisions", "kind", "source"),
];

/// What may be long of the organisation ?1, and nobody sees once it has no people.
const OF_A_TENANT: [&str; 3] = [
    "WITH first AS MATERIALIZED (SELECT kind FROM portal_records WHERE tenant = ?1 LIMIT 1)
     DELETE FROM portal_records WHERE tenant = ?1 AND kind = (SELECT kind FROM first) AND external_id IN
       (SELECT r.external_id FROM first JOIN portal_records r ON r.tenant = ?1 AND r.kind = first.kind LIMIT ?2)",
    "DELETE FROM notifications WHERE seq IN (SELECT seq FROM notifications WHERE tenant = ?1 LIMIT ?2)",
    "DELETE FROM audit WHERE id IN (SELECT a.id FROM tenants t JOIN audit a
       ON a.portal = t.portal AND a.tenant = t.erased_as AND a.id <= t.erased_upto WHERE t.id = ?1 LIMIT ?2)",
];

/// Takes an organisation from everybody: its people, what was sent and begun in its name, and its names.
const TAKE_AWAY: [&str; 6] = [
    "DELETE FROM revocations WHERE connection IN (SELECT id FROM connections WHERE tenant = ?1)",
    "DELETE FROM legacy WHERE connection IN (SELECT id FROM connections WHERE tenant = ?1)",
    "DELETE FROM visitors WHERE tenant = ?1",
    "DELETE FROM events WHERE tenant = ?1",
    "UPDATE connections SET public_id = lower(hex(randomblob(16))) WHERE tenant = ?1",
    "UPDATE tenants SET erased_as = external_id, external_id = lower(hex(randomblob(16))), name = '',
         erased_upto = (SELECT coalesce(max(id), 0) FROM audit) WHERE id = ?1",
];

impl Db<'_> {
    /// Has everything long of a connection erased bit by bit.
    pub(super) async fn plan_erasure(&mut self, connection: ConnectionId) -> Result<(), StoreError> {
        let plan = sqlx::query("INSERT OR IGNORE INTO erasures (connection) VALUES (?)");
        plan.bind(connection.0).execute(&mut *self.0).await?;
        Ok(())
    }

    /// Erases what is left of a connection that is about to have a company again, which may be the same.
    pub(super) async fn finish_erasure(&mut self, connection: ConnectionId) -> Result<(), StoreError> {
        let planned = sqlx::query("DELETE FROM erasures WHERE connection = ?");
        if planned.bind(connection.0).execute(&mut *self.0).await?.rows_affected() > 0 {
            while self.erase_rows(&OF_A_CONNECTION, (connection.0, ALL)).await? {}
        }
        Ok(())
    }

    /// Takes an organisation away from everybody at once; its rows go bit by bit. Its tokens must be kept
    /// elsewhere before, and what belongs to its connections be erased.
    pub async fn take_tenant_away(&mut self, tenant: TenantId) -> Result<(), StoreError> {
        for statement in TAKE_AWAY {
            sqlx::query(statement).bind(tenant.0).execute(&mut *self.0).await?;
        }
        Ok(())
    }

    /// Erases the next bit of whatever is to be erased: connections first, so that nothing long hangs on
    /// an organisation when it goes. True when there may be more.
    pub async fn erase_a_bit(&mut self, now: Moment) -> Result<bool, StoreError> {
        let next = "SELECT min(connection) FROM erasures";
        let next: Option<i64> = sqlx::query_scalar(next).fetch_one(&mut *self.0).await?;
        if let Some(connection) = next {
            if !self.erase_rows(&OF_A_CONNECTION, (connection, BATCH)).await? {
                let done = sqlx::query("DELETE FROM erasures WHERE connection = ?");
                done.bind(connection).execute(&mut *self.0).await?;
            }
            return Ok(true);
        }
        let next = "SELECT min(id) FROM tenants WHERE erased_as IS NOT NULL";
        let next: Option<i64> = sqlx::query_scalar(next).fetch_one(&mut *self.0).await?;
        let Some(tenant) = next else { return Ok(false) };
        if !self.erase_rows(&OF_A_TENANT, (tenant, BATCH)).await? {
            // A refresh that was under way may have brought a pair since.
            self.orphan_tokens(TenantId(tenant), now).await?;
            sqlx::query("DELETE FROM tenants WHERE id = ?").bind(tenant).execute(&mut *self.0).await?;
        }
        Ok(true)
    }

    /// False when there was nothing left to erase.
    async fn erase_rows(
        &mut self,
        statements: &'static [&'static str],
        (whose, most): (i64, i64),
    ) -> Result<bool, StoreError> {
        for statement in statements.iter().copied() {
            let erased = sqlx::query(statement).bind(whose).bind(most).execute(&mut *self.0).await?;
            if erased.rows_affected() > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use protocol::import::List;

    use super::*;
    use crate::store::fixture::{Fixture, fixture, record};

    async fn with_records(count: usize) -> Fixture {
        let fixture = fixture().await;
        let records = (0..count).map(|id| record(&id.to_string(), "Zoe")).collect();
        fixture.import(1, List::Customers, records).await;
        fixture.import(1, List::Suppliers, vec![record("1", "Yan")]).await;
        fixture
    }

    /// Records, their objects and what they are matched by.
    async fn left(fixture: &Fixture) -> [i64; 3] {
        let counted = fixture.store.read::<_, StoreError, _>(|db| {
            Box::pin(async move {
                let query = "SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM record_bodies),
                    (SELECT count(*) FROM record_keys)";
                let (records, bodies, keys) = sqlx::query_as(query).fetch_one(&mut *db.0).await?;
                Ok([records, bodies, keys])
            })
        });
        counted.await.unwrap()
    }

    async fn a_bit(fixture: &Fixture) -> bool {
        let erased = fixture
            .store
            .write::<_, StoreError, _>(|mut db| Box::pin(async move { db.erase_a_bit(Moment(0)).await }));
        erased.await.unwrap()
    }

    #[tokio::test]
    async fn no_transaction_erases_more_than_a_bit() {
        let fixture = with_records(1200).await;
        assert_eq!(left(&fixture).await, [1201; 3]);
        let connection = fixture.books.connection;
        let begun = fixture.store.write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.erase_belongings(connection).await })
        });
        begun.await.unwrap();
        let (mut before, mut turns) = (3603, 0);
        while a_bit(&fixture).await {
            let left: i64 = left(&fixture).await.iter().sum();
            assert!((0..=BATCH).contains(&(before - left)), "{left} of {before} are left");
            (before, turns) = (left, turns + 1);
        }
        assert_eq!((left(&fixture).await, turns), ([0; 3], 13));
        assert!(!a_bit(&fixture).await);
    }

    #[tokio::test]
    async fn what_is_left_goes_before_another_company_comes() {
        let fixture = with_records(1200).await;
        let connection = fixture.books.connection;
        let done = fixture.store.write::<_, StoreError, _>(move |mut db| {
            Box::pin(async move {
                db.finish_erasure(connection).await?;
                let kept: i64 =
                    sqlx::query_scalar("SELECT count(*) FROM records").fetch_one(&mut *db.0).await?;
                assert_eq!(kept, 1201, "nothing was to be erased");
                db.plan_erasure(connection).await?;
                db.erase_a_bit(Moment(0)).await?;
                db.finish_erasure(connection).await
            })
        });
        done.await.unwrap();
        assert_eq!(left(&fixture).await, [0; 3]);
        assert!(!a_bit(&fixture).await, "and nothing is planned any more");
    }
}
