//! The portal's own records, as its backend sends them: what kinds there are, what a line may say, and
//! how a batch of them is kept, matched anew, or removed. Each function works in one transaction.

pub mod kind;
pub mod lines;
pub mod record;

use std::collections::HashMap;

use protocol::ids::Moment;

use crate::mapping;
use crate::store::books::Books;
use crate::store::ids::TenantId;
use crate::store::portal_records::NewPortalRecord;
use crate::store::{Db, StoreError};
use kind::Kind;
use record::PortalRecord;

/// Records that are being sent, in as many transactions as it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload {
    /// Whose they are.
    pub tenant: TenantId,
    /// What they are.
    pub kind: Kind,
    /// Its place among the organisation's uploads.
    pub number: i64,
}

/// What became of a batch. Each record is counted once in an upload; one that is named again is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// Not here before.
    pub added: u32,
    /// Here before, and different.
    pub changed: u32,
    /// As before.
    pub unchanged: u32,
    /// Named before in this upload.
    pub repeated: u32,
}

/// Begins an upload: it is later than all that were begun before it.
pub async fn begin(db: &mut Db<'_>, tenant: TenantId, kind: Kind) -> Result<Upload, StoreError> {
    Ok(Upload { tenant, kind, number: db.next_upload(tenant).await? })
}

/// Adds records or puts them in place of those with their ids, and matches those that changed anew. Of
/// two with one id the last counts. What was decided about one that comes back holds again.
pub async fn keep(
    db: &mut Db<'_>,
    upload: &Upload,
    records: &[PortalRecord],
    now: Moment,
) -> Result<Kept, StoreError> {
    let rows = last_of_each(records);
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let known = db.portal_records_seen(upload, &ids).await?;
    let touched = db.upsert_portal_records(upload, &rows, now).await?;
    let touched: Vec<&str> = touched.iter().map(String::as_str).collect();
    db.portal_records_named(upload, &ids).await?;
    let added: Vec<&str> = ids.iter().copied().filter(|id| !known.contains_key(*id)).collect();
    if !touched.is_empty() {
        for books in db.books_of_tenant(upload.tenant).await? {
            bring_back(db, &books, upload.kind, &added).await?;
            rematch(db, &books, upload.kind, &touched).await?;
        }
    }
    Ok(counted(records.len(), &known, (&added, &touched)))
}

/// Removes records that were last named before an upload of this number; answers how many there were.
pub async fn remove(
    db: &mut Db<'_>,
    whose: (TenantId, Kind),
    ids: &[&str],
    before: i64,
) -> Result<u32, StoreError> {
    let gone = db.delete_portal_records(whose, ids, before).await?;
    let (sources, (tenant, kind)) = (gone.iter().map(String::as_str).collect::<Vec<_>>(), whose);
    if let Some(table) = kind.table().filter(|_| !sources.is_empty()) {
        for books in db.books_of_tenant(tenant).await? {
            let claimed = db.targets_of(&books, table, &sources).await?;
            db.set_mappings_aside(&books, table, &sources).await?;
            db.settle_claims(&books, table, &claimed).await?;
        }
    }
    Ok(count(gone.len()))
}

/// Decisions about records that are here again; what they claim may be claimed by others meanwhile, or gone.
async fn bring_back(db: &mut Db<'_>, books: &Books, kind: Kind, added: &[&str]) -> Result<(), StoreError> {
    let Some(table) = kind.table() else { return Ok(()) };
    if db.bring_mappings_back(books, table, added).await? > 0 {
        let claimed = db.targets_of(books, table, added).await?;
        db.settle_claims(books, table, &claimed).await?;
        db.settle_broken(books, table).await?;
    }
    Ok(())
}

async fn rematch(db: &mut Db<'_>, books: &Books, kind: Kind, touched: &[&str]) -> Result<(), StoreError> {
    match kind.table() {
        Some(table) => mapping::rematch_among(db, books, table, touched).await,
        None => Ok(()),
    }
}

fn last_of_each(records: &[PortalRecord]) -> Vec<NewPortalRecord> {
    let places = records.iter().enumerate().map(|(place, record)| (record.id.as_str(), place));
    let last: HashMap<&str, usize> = places.collect();
    let kept = records.iter().enumerate().filter(|(place, record)| last[record.id.as_str()] == *place);
    kept.map(|(_, record)| record.row()).collect()
}

fn counted(lines: usize, known: &HashMap<String, bool>, (added, touched): (&[&str], &[&str])) -> Kept {
    let before = |id: &&&str| known.get(**id) == Some(&false);
    let changed = touched.iter().filter(before).count();
    let unchanged = known.values().filter(|seen| !**seen).count() - changed;
    let repeated = lines - added.len() - changed - unchanged;
    let [added, changed, unchanged, repeated] = [added.len(), changed, unchanged, repeated].map(count);
    Kept { added, changed, unchanged, repeated }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
