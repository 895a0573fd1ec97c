//! Mappings: which of the provider's records a portal record is, who said so, and how sure it is.

pub mod concerned;
pub mod similarity;
pub mod suggest;
pub mod taxes;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use protocol::import::List;
use protocol::mapping::MappingTable;

use crate::store::books::Books;
use crate::store::{Db, StoreError};
use similarity::fold;
use suggest::{Verdict, Wanted, choose};

/// Portal records looked at in one transaction.
const CHUNK: u32 = 2000;

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

/// Most bytes of a name that is shown. With the limits below, a full window fits into one frame.
pub const NAME_LIMIT: usize = 300;
/// Most bytes of a number or code.
pub const NUMBER_LIMIT: usize = 60;
/// Most bytes of what tells two of a name apart.
pub const DETAIL_LIMIT: usize = 120;

/// A text from outside as it may be shown: on one line, without control characters, not too long.
pub fn shown(text: &str, limit: usize) -> String {
    let (text, most) = (text.trim(), limit - '…'.len_utf8());
    if text.len() <= most && !text.contains(char::is_control) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(limit));
    for c in text.chars() {
        let c = if c.is_control() { ' ' } else { c };
        if out.len() + c.len_utf8() > most {
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
    let odd = |c: char| c.is_whitespace() || c.is_control();
    (text.contains('@') && text.len() <= DETAIL_LIMIT && !text.contains(odd)).then_some(text)
}

/// A number at the tax office for comparing: letters and digits alone, in capitals. None when there are too
/// few of them to tell anybody apart.
pub fn tax_key(text: &str) -> Option<String> {
    let key: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    (5..=30).contains(&key.len()).then(|| key.to_ascii_uppercase())
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
    fn a_tax_number_is_compared_by_its_letters_and_digits() {
        assert_eq!(tax_key("gb 123-4567.89").as_deref(), Some("GB123456789"));
        for nothing in ["", "n/a", "none", "....", &"1".repeat(31)] {
            assert_eq!(tax_key(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn what_is_no_address_is_not_compared() {
        assert_eq!(address(" Birds@Intuit.com ").as_deref(), Some("birds@intuit.com"));
        assert_eq!(address("none"), None);
        assert_eq!(address("a@b, c@d"), None);
    }
}
