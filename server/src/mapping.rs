//! Mappings: which of the provider's records a portal record is, who said so, and how sure it is.

pub mod concerned;
pub mod similarity;
pub mod suggest;
pub mod taxes;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use protocol::ids::Moment;
use protocol::import::List;
use protocol::mapping::MappingTable;

use crate::store::books::Books;
use crate::store::ids::TenantId;
use crate::store::portal_records::NewPortalRecord;
use crate::store::{Db, StoreError};
use similarity::{fold, normalise};
use suggest::{Verdict, Wanted, choose};

/// A record of the portal's, as its interface sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalRecord {
    /// The portal's id, at most 100 bytes.
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// Its code.
    #[serde(default)]
    pub code: Option<String>,
    /// Its name.
    #[schema(min_length = 1)]
    pub name: String,
    /// E-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Phone number.
    #[serde(default)]
    pub phone: Option<String>,
    /// Tax number.
    #[serde(default)]
    pub tax_number: Option<String>,
    /// Tax rate in basis points (2000 is 20 %).
    #[serde(default)]
    #[schema(minimum = -100_000, maximum = 100_000)]
    pub rate: Option<i64>,
}

impl PortalRecord {
    /// What is wrong with it, as a sentence for the portal's developer.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.id.is_empty() || self.id.len() > 100 || self.id.chars().any(char::is_control) {
            return Err("id has 1 to 100 bytes, without control characters");
        }
        if self.name.trim().is_empty() {
            return Err("name is missing");
        }
        let others = [&self.code, &self.email, &self.phone, &self.tax_number];
        if others.into_iter().flatten().chain([&self.name]).any(|text| text.contains('\0')) {
            return Err("no text may contain the character NUL");
        }
        if self.rate.is_some_and(|rate| !(-100_000..=100_000).contains(&rate)) {
            return Err("rate is in basis points, -100000 to 100000");
        }
        Ok(())
    }
}

/// What an upsert did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UpsertCounts {
    /// Not here before.
    pub added: u32,
    /// Here before, and different.
    pub changed: u32,
    /// As before.
    pub unchanged: u32,
}

/// Portal records looked at in one transaction.
const CHUNK: u32 = 2000;

/// Adds the portal's records or puts them in place of those with their ids, and matches those that
/// changed anew. Of two with one id the last counts.
pub async fn portal_upsert(
    db: &mut Db<'_>,
    tenant: TenantId,
    table: MappingTable,
    records: &[PortalRecord],
    now: Moment,
) -> Result<UpsertCounts, StoreError> {
    let last: HashMap<&str, usize> =
        records.iter().enumerate().map(|(place, record)| (record.id.as_str(), place)).collect();
    let kept = records.iter().enumerate().filter(|(place, record)| last[record.id.as_str()] == *place);
    let rows: Vec<NewPortalRecord> = kept.map(|(_, record)| row(record)).collect();
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let known = db.portal_records_known(tenant, table, &ids).await?;
    let touched = db.upsert_portal_records(tenant, table, &rows, now).await?;
    let touched: Vec<&str> = touched.iter().map(String::as_str).collect();
    for books in db.books_of_tenant(tenant).await? {
        rematch_among(db, &books, table, &touched).await?;
    }
    let (all, touched) = (count(ids.len()), count(touched.len()));
    let added = all - known.min(all);
    Ok(UpsertCounts { added, changed: touched.saturating_sub(added), unchanged: all.saturating_sub(touched) })
}

/// Matches some portal records anew, as far as nobody decided about them.
pub async fn rematch_among(
    db: &mut Db<'_>,
    books: &Books,
    table: MappingTable,
    sources: &[&str],
) -> Result<(), StoreError> {
    let wanted = db.undecided_among(books, table, sources).await?;
    suggest_for(db, books, table, wanted).await
}

/// Matches the portal records after an id anew, a bounded number of them. Answers the id to go on
/// after; none at the end.
pub async fn rematch_after(
    db: &mut Db<'_>,
    books: &Books,
    table: MappingTable,
    after: &str,
) -> Result<Option<String>, StoreError> {
    let wanted = db.undecided_after(books, table, after, CHUNK).await?;
    let last = wanted.last().map(|source| source.id.clone());
    suggest_for(db, books, table, wanted).await?;
    if last.is_none() {
        db.settle_broken(books, table).await?;
    }
    Ok(last)
}

/// The table that a list is mapped to, if there is one.
pub fn table_of(list: List) -> Option<MappingTable> {
    MappingTable::ALL.into_iter().find(|table| crate::store::mappings::list_of(*table) == list)
}

async fn suggest_for(
    db: &mut Db<'_>,
    books: &Books,
    table: MappingTable,
    wanted: Vec<Wanted>,
) -> Result<(), StoreError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let sources: Vec<&str> = wanted.iter().map(|source| source.id.as_str()).collect();
    let mut targets = db.targets_of(books, table, &sources).await?;
    // Taxes are told apart by what their names mean, for which no index helps; but they are few.
    let (codes, candidates) = match table {
        MappingTable::Taxes => (db.tax_codes(books).await?, HashMap::new()),
        _ => (Vec::new(), db.candidates(books, table, &wanted).await?),
    };
    let verdicts: Vec<(String, Verdict)> = wanted
        .into_iter()
        .map(|source| {
            let likely = candidates.get(&source.id).map_or(codes.as_slice(), Vec::as_slice);
            let verdict = choose(&source, likely);
            (source.id, verdict)
        })
        .collect();
    targets.extend(verdicts.iter().filter_map(|(_, verdict)| verdict.target.clone()));
    db.put_verdicts(books, table, &verdicts).await?;
    db.settle_claims(books, table, &targets).await
}

fn row(record: &PortalRecord) -> NewPortalRecord {
    let text = |value: &Option<String>, limit| value.as_deref().map(|value| shown(value, limit));
    let name = shown(&record.name, NAME_LIMIT);
    let email = record.email.as_deref().and_then(address);
    let code = text(&record.code, NUMBER_LIMIT).filter(|code| !code.is_empty());
    let search = [Some(record.name.as_str()), code.as_deref(), email.as_deref()];
    NewPortalRecord {
        id: record.id.clone(),
        matching: normalise(&record.name),
        search: search_text(search),
        phone: text(&record.phone, NUMBER_LIMIT),
        tax_number: text(&record.tax_number, NUMBER_LIMIT),
        rate: record.rate,
        code,
        name,
        email,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Most bytes of a name that is shown. With the limits below, a full window fits into one frame.
pub const NAME_LIMIT: usize = 300;
/// Most bytes of a number or code.
pub const NUMBER_LIMIT: usize = 60;
/// Most bytes of what tells two of a name apart.
pub const DETAIL_LIMIT: usize = 120;

/// A text from outside as it may be shown: on one line, without control characters, not too long.
pub fn shown(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    for c in text.trim().chars() {
        let c = if c.is_control() { ' ' } else { c };
        if out.len() + c.len_utf8() > limit - '…'.len_utf8() {
            out.push('…');
            break;
        }
        out.push(c);
    }
    out
}

/// An e-mail address for comparing: in lower case. None when it cannot be one.
pub fn address(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    (text.contains('@') && text.len() <= DETAIL_LIMIT && !text.contains(char::is_whitespace)).then_some(text)
}

/// What a record is found by when somebody searches.
pub fn search_text<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    fold(&parts.join(" "))
}

/// A rate in basis points as a person reads it, for example "17.5 %".
pub fn rate_text(rate: i64) -> String {
    let sign = if rate < 0 { "-" } else { "" };
    let (whole, part) = (rate.unsigned_abs() / 100, rate.unsigned_abs() % 100);
    match part {
        0 => format!("{sign}{whole} %"),
        part if part % 10 == 0 => format!("{sign}{whole}.{} %", part / 10),
        part => format!("{sign}{whole}.{part:02} %"),
    }
}

#[cfg(test)]
mod texts {
    use super::*;

    #[test]
    fn rates_read_as_people_write_them() {
        let texts = [2000, 1750, 825, 5, 0, -2000].map(rate_text);
        assert_eq!(texts, ["20 %", "17.5 %", "8.25 %", "0.05 %", "0 %", "-20 %"]);
    }

    #[test]
    fn in_04_a_shown_text_is_one_bounded_line() {
        assert_eq!(shown(" <script>\r\n\u{0}a ", 300), "<script>   a");
        let long = shown(&"é".repeat(1_000_000), NAME_LIMIT);
        assert!(long.len() <= NAME_LIMIT && long.ends_with('…'), "{}", long.len());
    }

    #[test]
    fn what_is_no_address_is_not_compared() {
        assert_eq!(address(" Birds@Intuit.com ").as_deref(), Some("birds@intuit.com"));
        assert_eq!(address("none"), None);
        assert_eq!(address("a@b, c@d"), None);
    }

    #[test]
    fn a_portal_record_says_what_is_wrong_with_it() {
        let good = PortalRecord { id: "1".into(), name: "A".into(), ..PortalRecord::default() };
        assert_eq!(good.check(), Ok(()));
        assert!(PortalRecord { id: String::new(), ..good.clone() }.check().is_err());
        assert!(PortalRecord { name: " ".into(), ..good.clone() }.check().is_err());
        assert!(PortalRecord { rate: Some(i64::MAX), ..good }.check().is_err());
    }
}
