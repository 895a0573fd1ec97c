//! Every column of sealed values, in one table: counted by key, and sealed anew in batches.
//!
//! Whoever adds a column of sealed values adds it to [`COLUMNS`]; a test compares that with the schema.
//! The key's id stands in bytes 2 to 5 of a sealed value (see `vault`).

use std::collections::BTreeMap;

use super::{Db, StoreError};

/// A column of sealed values, with what is asked of it.
#[derive(Debug)]
pub struct Column {
    /// As it stands in the associated data, for example "connections.access".
    pub name: &'static str,
    uses: &'static str,
    batch: &'static str,
    swap: &'static str,
}

/// A sealed value and the parts of its place.
#[derive(Debug, sqlx::FromRow)]
pub struct SealedValue {
    /// The row in its table.
    pub row: i64,
    /// As it lies there.
    pub sealed: Vec<u8>,
    /// The portal, or nothing.
    pub portal: String,
    /// The tenant's row, or 0.
    pub tenant: i64,
    /// The connection's row, or 0.
    pub connection: i64,
    /// The generation that it is sealed under.
    pub generation: i64,
}

/// Table and column, then where the parts of the place come from. `s` is the row of the table. Tokens of
/// tenants that were erased say themselves where they were sealed.
macro_rules! column {
    ($name:literal of orphans) => {
        Column {
            name: $name,
            uses: concat!(
                "SELECT substr(token_sealed, 2, 4) AS key, count(*) AS count FROM orphaned_tokens
                 WHERE place = '",
                $name,
                "' GROUP BY key"
            ),
            batch: concat!(
                "SELECT rowid AS row, token_sealed AS sealed, portal, tenant, connection, generation
                 FROM orphaned_tokens WHERE place = '",
                $name,
                "' AND rowid > ?1 AND substr(token_sealed, 2, 4) <> ?2 ORDER BY rowid LIMIT ?3"
            ),
            swap: "UPDATE orphaned_tokens SET token_sealed = ?1 WHERE rowid = ?2 AND token_sealed = ?3",
        }
    };
    ($name:literal = $table:literal . $column:literal of connection $connection:literal under $generation:literal) => {
        column!(
            $name = $table.$column,
            concat!(
                $table,
                " s JOIN connections c ON c.id = ",
                $connection,
                " JOIN tenants t ON t.id = c.tenant"
            ),
            ["t.portal", "t.id", "c.id", $generation]
        )
    };
    ($name:literal = $table:literal . $column:literal, $from:expr,
        [$portal:literal, $tenant:literal, $connection:literal, $generation:literal]) => {
        Column {
            name: $name,
            uses: concat!(
                "SELECT substr(",
                $column,
                ", 2, 4) AS key, count(*) AS count FROM ",
                $table,
                " WHERE ",
                $column,
                " IS NOT NULL GROUP BY key"
            ),
            batch: concat!(
                "SELECT s.rowid AS row, s.",
                $column,
                " AS sealed, ",
                $portal,
                " AS portal, ",
                $tenant,
                " AS tenant, ",
                $connection,
                " AS connection, ",
                $generation,
                " AS generation FROM ",
                $from,
                " WHERE s.rowid > ?1 AND s.",
                $column,
                " IS NOT NULL AND substr(s.",
                $column,
                ", 2, 4) <> ?2 ORDER BY s.rowid LIMIT ?3"
            ),
            swap: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = ?1 WHERE rowid = ?2 AND ",
                $column,
                " = ?3"
            ),
        }
    };
}

/// All of them. The word by which a wrong key file is noticed comes last: until it is sealed anew, what
/// came before may not have been.
pub const COLUMNS: [Column; 13] = [
    column!("connections.access" = "connections"."access_sealed" of connection "s.id" under "s.generation"),
    column!("connections.refresh" = "connections"."refresh_sealed" of connection "s.id" under "s.generation"),
    column!("decisions.access" = "decisions"."access_sealed" of connection "s.connection" under "s.expires_at"),
    column!("decisions.refresh" = "decisions"."refresh_sealed" of connection "s.connection" under "s.expires_at"),
    column!("revocations.token" = "revocations"."token_sealed" of connection "s.connection" under "s.generation"),
    column!("attempts.verifier" = "attempts"."verifier_sealed" of connection "s.connection" under "0"),
    column!("legacy.token" = "legacy"."token_sealed" of connection "s.connection" under "s.generation"),
    column!("legacy.secret" = "legacy"."secret_sealed" of connection "s.connection" under "s.generation"),
    column!(
        "webhook_secrets.secret" = "webhook_secrets"."secret_sealed",
        "webhook_secrets s JOIN webhooks w ON w.id = s.webhook",
        ["w.portal", "0", "0", "s.webhook"]
    ),
    column!("connections.refresh" of orphans),
    column!("decisions.refresh" of orphans),
    column!("revocations.token" of orphans),
    column!("seal_check.sealed" = "seal_check"."sealed", "seal_check s", ["''", "0", "0", "0"]),
];

impl Db<'_> {
    /// How many values each key seals. A key that seals none is not there.
    pub async fn seal_uses(&mut self) -> Result<BTreeMap<u32, i64>, StoreError> {
        let mut uses = BTreeMap::new();
        for column in &COLUMNS {
            let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(column.uses).fetch_all(&mut *self.0).await?;
            for (key, count) in rows {
                let key = key.try_into().map_err(|_| StoreError::Unreadable("sealed value"))?;
                *uses.entry(u32::from_be_bytes(key)).or_default() += count;
            }
        }
        Ok(uses)
    }

    /// The next values of a column, behind a row, that another key than this one seals.
    pub async fn sealed_by_others(
        &mut self,
        column: &Column,
        (after, key): (i64, u32),
        count: u32,
    ) -> Result<Vec<SealedValue>, StoreError> {
        let rows = sqlx::query_as(column.batch)
            .bind(after)
            .bind(key.to_be_bytes().to_vec())
            .bind(count)
            .fetch_all(&mut *self.0)
            .await?;
        Ok(rows)
    }

    /// Puts a value that was sealed anew in the place of the old one. False when something else lies
    /// there by now, which then stays.
    pub async fn swap_sealed(
        &mut self,
        column: &Column,
        old: &SealedValue,
        new: &[u8],
    ) -> Result<bool, StoreError> {
        let swapped =
            sqlx::query(column.swap).bind(new).bind(old.row).bind(&old.sealed).execute(&mut *self.0).await?;
        Ok(swapped.rows_affected() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixture::fixture;

    #[tokio::test]
    async fn every_column_of_sealed_values_is_in_the_table() {
        let fixture = fixture().await;
        let found = fixture.store.read::<_, StoreError, _>(|db| {
            Box::pin(async move {
                let query =
                    "SELECT s.name || '.' || i.name FROM sqlite_schema s JOIN pragma_table_info(s.name) i
                     WHERE s.type = 'table' AND i.name LIKE '%sealed' ORDER BY 1";
                Ok(sqlx::query_scalar::<_, String>(query).fetch_all(&mut *db.0).await?)
            })
        });
        let mut listed: Vec<String> = COLUMNS.iter().map(swapped).collect();
        listed.sort();
        listed.dedup();
        assert_eq!(listed, found.await.unwrap());
    }

    /// Table and column, as the swap names them.
    fn swapped(column: &Column) -> String {
        let words: Vec<&str> = column.swap.split(' ').collect();
        format!("{}.{}", words[1], words[3])
    }
}
