//! What the last run did to a record: marked where it is kept, so that a window of what changed is a
//! walk along an index; and what it was matched by before, so that only mappings that this concerns are
//! looked at anew. Nothing of it is written while a list is read for the first time.

use protocol::ids::{ImportId, Moment};
use protocol::import::{List, Outcome};
use protocol::record::ChangeKind;

use super::NewRecord;
use crate::mapping::table_of;
use crate::store::books::Books;
use crate::store::lists::list_name;
use crate::store::{Db, StoreError, json};

/// A record that a run changes.
pub(super) struct Change<'a> {
    /// As it is from now on.
    pub(super) record: &'a NewRecord,
    /// What happened to it.
    pub(super) kind: ChangeKind,
    /// The name that it had.
    pub(super) name_before: Option<&'a str>,
}

/// The provider's ids of changed records, as a JSON array.
pub(super) fn ids(changes: &[Change<'_>]) -> Result<String, StoreError> {
    json(&changes.iter().map(|change| change.record.id.as_str()).collect::<Vec<_>>())
}

/// How a kind is named in the database.
pub(super) fn kind_name(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Renamed => "renamed",
        ChangeKind::Vanished => "vanished",
    }
}

pub(super) fn kind_named(name: &str) -> Result<ChangeKind, StoreError> {
    use ChangeKind::{Added, Changed, Renamed, Vanished};
    let all = [Added, Changed, Renamed, Vanished];
    all.into_iter().find(|kind| kind_name(*kind) == name).ok_or(StoreError::Unreadable("kind of change"))
}

pub(super) fn count(outcome: &mut Outcome, kind: ChangeKind) {
    match kind {
        ChangeKind::Added => outcome.added += 1,
        ChangeKind::Changed => outcome.changed += 1,
        ChangeKind::Renamed => {
            outcome.changed += 1;
            outcome.renamed += 1;
        }
        ChangeKind::Vanished => outcome.vanished += 1,
    }
}

impl Db<'_> {
    /// Whether a list was ever read to its end.
    pub async fn was_read(&mut self, books: &Books, list: List) -> Result<bool, StoreError> {
        let read = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM list_ages WHERE connection = ? AND company_id = ? AND list = ?)",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .fetch_one(&mut *self.0)
        .await?;
        Ok(read)
    }

    /// Marks records as gone at the provider that it says are gone. Nothing is deleted.
    pub async fn mark_gone(
        &mut self,
        (books, list): (&Books, List),
        import: ImportId,
        ids: &[String],
        now: Moment,
    ) -> Result<u32, StoreError> {
        if ids.is_empty() {
            return Ok(0);
        }
        let change = self.next_change(books, list).await?;
        let done = sqlx::query(
            "UPDATE records SET vanished_at = ?1, change = ?2, changed_in = ?6, change_kind = 'vanished',
                 name_before = NULL
             WHERE connection = ?3 AND company_id = ?4 AND list = ?5 AND vanished_at IS NULL
               AND provider_id IN (SELECT value FROM json_each(?7))",
        )
        .bind(now.0.cast_signed())
        .bind(change)
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(import.0.cast_signed())
        .bind(json(&ids)?)
        .execute(&mut *self.0)
        .await?;
        self.touch_vanished(books, list, import).await?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
    }

    /// Remembers that these records change, and what they are matched by before it is overwritten.
    pub(super) async fn touch(
        &mut self,
        books: &Books,
        list: List,
        changes: &[Change<'_>],
    ) -> Result<(), StoreError> {
        if table_of(list).is_none() {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO touched_records (connection, company_id, list, provider_id, matching, email, number, rate, tax_key)
             SELECT ?1, ?2, ?3, w.value, r.matching, r.email, r.number, r.rate, r.tax_key FROM json_each(?4) w
             LEFT JOIN records r ON r.connection = ?1 AND r.company_id = ?2 AND r.list = ?3
                 AND r.provider_id = w.value",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(ids(changes)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Remembers that those changed which a run saw vanish. What they are matched by stays.
    pub(super) async fn touch_vanished(
        &mut self,
        books: &Books,
        list: List,
        import: ImportId,
    ) -> Result<(), StoreError> {
        if table_of(list).is_none() {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO touched_records (connection, company_id, list, provider_id)
             SELECT connection, company_id, list, provider_id FROM records INDEXED BY records_by_run
             WHERE connection = ? AND company_id = ? AND list = ? AND changed_in = ? AND change_kind = 'vanished'",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(import.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Marks records with what a run did to them.
    pub(super) async fn mark_changed(
        &mut self,
        (books, list): (&Books, List),
        import: ImportId,
        changes: &[Change<'_>],
    ) -> Result<(), StoreError> {
        let before = |change: &Change<'_>| {
            let name = change.name_before.filter(|_| change.kind == ChangeKind::Renamed);
            name.map(str::to_owned)
        };
        let marks: Vec<_> = changes
            .iter()
            .map(|change| (change.record.id.as_str(), kind_name(change.kind), before(change)))
            .collect();
        sqlx::query(
            "WITH marks (id, said, before) AS MATERIALIZED (
                 SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?5))
             UPDATE records SET changed_in = ?4, change_kind = said, name_before = before FROM marks
             WHERE connection = ?1 AND company_id = ?2 AND list = ?3 AND provider_id = id",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(import.0.cast_signed())
        .bind(json(&marks)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
