//! Windows of imported records, for tables and pickers.

use protocol::WINDOW_LIMIT;
use protocol::record::{Record, RecordQuery, RecordWindow};

use crate::mapping::similarity::fold;
use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError, json};

type Row = (String, String, Option<String>, Option<String>, i64, i64);

impl Db<'_> {
    /// Reads the records that match, by name. A provider's id finds its record, so that a change which
    /// names one can be told in words.
    pub async fn record_window(
        &mut self,
        books: &Books,
        query: &RecordQuery,
    ) -> Result<RecordWindow, StoreError> {
        let search = fold(&query.search);
        let kinds = json(&query.kinds)?;
        let total: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM records WHERE connection = ?1 AND company_id = ?2 AND list = ?3
               AND (?4 = '' OR instr(search, ?4) > 0 OR provider_id = ?7)
               AND (?5 = '[]' OR kind IN (SELECT value FROM json_each(?5)))
               AND (?6 = 1 OR (active = 1 AND vanished_at IS NULL))",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(query.list))
        .bind(&search)
        .bind(&kinds)
        .bind(i64::from(query.all))
        .bind(&query.search)
        .fetch_one(&mut *self.0)
        .await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT provider_id, name, number, detail, active, vanished_at IS NOT NULL FROM records
             WHERE connection = ?1 AND company_id = ?2 AND list = ?3
               AND (?4 = '' OR instr(search, ?4) > 0 OR provider_id = ?9)
               AND (?5 = '[]' OR kind IN (SELECT value FROM json_each(?5)))
               AND (?6 = 1 OR (active = 1 AND vanished_at IS NULL))
             ORDER BY name COLLATE NOCASE, provider_id LIMIT ?7 OFFSET ?8",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(query.list))
        .bind(&search)
        .bind(&kinds)
        .bind(i64::from(query.all))
        .bind(i64::from(query.limit.min(WINDOW_LIMIT)))
        .bind(i64::from(query.offset))
        .bind(&query.search)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(RecordWindow {
            total: u32::try_from(total).unwrap_or(u32::MAX),
            offset: query.offset,
            rows: rows.into_iter().map(record).collect(),
        })
    }
}

fn record((id, name, number, detail, active, vanished): Row) -> Record {
    Record { id, name, number, detail, active: active == 1, vanished: vanished == 1, ..Record::default() }
}
