//! The portal's own records: what mappings map from. Uploads of them are numbered, so that one that
//! names all there are knows afterwards which it did not name.

mod gone;

use std::collections::HashMap;

use protocol::ids::Moment;
use protocol::mapping::MappingTable;
use sqlx::{QueryBuilder, Sqlite};

use super::ids::TenantId;
use super::mappings::table_name;
use super::{Db, StoreError, json};
use crate::portal_records::Upload;

/// A portal record about to be kept, with the texts it will be found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPortalRecord {
    /// The portal's id.
    pub id: String,
    /// Its code.
    pub code: Option<String>,
    /// Its name, as shown.
    pub name: String,
    /// E-mail address in lower case.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Tax number.
    pub tax_number: Option<String>,
    /// Tax rate in basis points.
    pub rate: Option<i64>,
    /// The group that it belongs to.
    pub group: Option<String>,
    /// Days until a payment is due.
    pub days: Option<i64>,
    /// Normalised name.
    pub matching: String,
    /// Folded text for searching.
    pub search: String,
}

/// Rows per statement; each binds fifteen values.
const CHUNK: usize = 500;

impl Db<'_> {
    /// The number of one more upload of an organisation's records; a later one's is greater.
    pub async fn next_upload(&mut self, tenant: TenantId) -> Result<i64, StoreError> {
        let number =
            sqlx::query_scalar("UPDATE tenants SET uploads = uploads + 1 WHERE id = ? RETURNING uploads")
                .bind(tenant.0)
                .fetch_one(&mut *self.0)
                .await?;
        Ok(number)
    }

    /// Which of these are here already.
    pub async fn portal_records_known(
        &mut self,
        tenant: TenantId,
        table: MappingTable,
        ids: &[&str],
    ) -> Result<u32, StoreError> {
        let known: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM portal_records WHERE tenant = ? AND kind = ?
               AND external_id IN (SELECT value FROM json_each(?))",
        )
        .bind(tenant.0)
        .bind(table_name(table))
        .bind(json(&ids)?)
        .fetch_one(&mut *self.0)
        .await?;
        Ok(u32::try_from(known).unwrap_or(u32::MAX))
    }

    /// Those of these that are here already, and whether this upload has named them before.
    pub async fn portal_records_seen(
        &mut self,
        upload: &Upload,
        ids: &[&str],
    ) -> Result<HashMap<String, bool>, StoreError> {
        let known: Vec<(String, bool)> = sqlx::query_as(
            "SELECT external_id, seen = ? FROM portal_records WHERE tenant = ? AND kind = ?
               AND external_id IN (SELECT value FROM json_each(?))",
        )
        .bind(upload.number)
        .bind(upload.tenant.0)
        .bind(upload.kind.kept())
        .bind(json(&ids)?)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(known.into_iter().collect())
    }

    /// Adds records or puts them in place of those with their ids; answers the ids of those that
    /// are new or differ from before. No id may occur twice.
    pub async fn upsert_portal_records(
        &mut self,
        upload: &Upload,
        records: &[NewPortalRecord],
        now: Moment,
    ) -> Result<Vec<String>, StoreError> {
        let mut changed = Vec::new();
        for chunk in records.chunks(CHUNK) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO portal_records (tenant, kind, external_id, code, name, email, phone,
                 tax_number, rate, group_id, days, matching, search, changed_at, seen) ",
            );
            query.push_values(chunk, |mut row, record| {
                row.push_bind(upload.tenant.0).push_bind(upload.kind.kept()).push_bind(&record.id);
                row.push_bind(&record.code).push_bind(&record.name).push_bind(&record.email);
                row.push_bind(&record.phone).push_bind(&record.tax_number).push_bind(record.rate);
                row.push_bind(&record.group).push_bind(record.days);
                row.push_bind(&record.matching).push_bind(&record.search);
                row.push_bind(now.0.cast_signed()).push_bind(upload.number);
            });
            query.push(
                " ON CONFLICT (tenant, kind, external_id) DO UPDATE SET
                 code = excluded.code, name = excluded.name, email = excluded.email,
                 phone = excluded.phone, tax_number = excluded.tax_number, rate = excluded.rate,
                 group_id = excluded.group_id, days = excluded.days, matching = excluded.matching,
                 search = excluded.search, changed_at = excluded.changed_at, seen = excluded.seen
                 WHERE (code, name, email, phone, tax_number, rate, group_id, days) IS NOT
                 (excluded.code, excluded.name, excluded.email, excluded.phone, excluded.tax_number,
                  excluded.rate, excluded.group_id, excluded.days)
                 RETURNING external_id",
            );
            changed.extend(query.build_query_scalar::<String>().fetch_all(&mut *self.0).await?);
        }
        Ok(changed)
    }

    /// This upload has named these. No index holds what is written here, so it costs little.
    pub async fn portal_records_named(&mut self, upload: &Upload, ids: &[&str]) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE portal_records SET seen = ?1 WHERE tenant = ?2 AND kind = ?3
               AND external_id IN (SELECT value FROM json_each(?4)) AND seen < ?1",
        )
        .bind(upload.number)
        .bind(upload.tenant.0)
        .bind(upload.kind.kept())
        .bind(json(&ids)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
