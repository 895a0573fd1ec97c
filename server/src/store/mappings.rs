//! Mappings of portal records to provider records: what matching says, what people decided.

mod concerned;
pub mod decided;
mod export;
mod matching;
mod window;

pub use export::Exported;
pub use window::Laid;

use protocol::ids::Moment;
use protocol::import::List;
use protocol::mapping::{MappingChoice, MappingState, MappingTable, Reason};

use super::books::Books;
use super::{Db, StoreError, json};

/// How a table is named in the database, for mappings and portal records alike.
pub(crate) fn table_name(table: MappingTable) -> &'static str {
    match table {
        MappingTable::Taxes => "taxes",
        MappingTable::Customers => "customers",
        MappingTable::Suppliers => "suppliers",
        MappingTable::Terms => "payment_terms",
        MappingTable::Currencies => "currencies",
        MappingTable::Classes => "product_groups",
        MappingTable::Locations => "warehouses",
    }
}

/// The table of a name.
pub(crate) fn table_named(name: &str) -> Option<MappingTable> {
    MappingTable::ALL.into_iter().find(|table| table_name(*table) == name)
}

/// The list that a table maps to.
pub fn list_of(table: MappingTable) -> List {
    match table {
        MappingTable::Taxes => List::TaxCodes,
        MappingTable::Customers => List::Customers,
        MappingTable::Suppliers => List::Suppliers,
        MappingTable::Terms => List::Terms,
        MappingTable::Currencies => List::Currencies,
        MappingTable::Classes => List::Classes,
        MappingTable::Locations => List::Locations,
    }
}

const STATES: [(MappingState, &str); 8] = [
    (MappingState::Unmatched, "unmatched"),
    (MappingState::Suggested, "suggested"),
    (MappingState::NeedsReview, "needs_review"),
    (MappingState::Confirmed, "confirmed"),
    (MappingState::CreateNew, "create_new"),
    (MappingState::Ignored, "ignored"),
    (MappingState::Conflict, "conflict"),
    (MappingState::Broken, "broken"),
];

fn state_name(state: MappingState) -> &'static str {
    STATES.iter().find(|(known, _)| *known == state).map_or("unmatched", |(_, name)| name)
}

fn state_named(name: &str) -> Result<MappingState, StoreError> {
    let found = STATES.iter().find(|(_, known)| *known == name);
    found.map(|(state, _)| *state).ok_or(StoreError::Unreadable("mapping state"))
}

const REASONS: [(Reason, char); 6] = [
    (Reason::Email, 'e'),
    (Reason::TaxNumber, 't'),
    (Reason::Name, 'n'),
    (Reason::Code, 'c'),
    (Reason::Rate, 'r'),
    (Reason::Kind, 'k'),
];

fn reasons_text(reasons: &[Reason]) -> String {
    REASONS.iter().filter(|(reason, _)| reasons.contains(reason)).map(|(_, letter)| letter).collect()
}

fn reasons_read(text: &str) -> Vec<Reason> {
    REASONS.iter().filter(|(_, letter)| text.contains(*letter)).map(|(reason, _)| *reason).collect()
}

/// What a choice makes of a row: its state, and what it is mapped to.
fn decided(choice: &MappingChoice) -> (&'static str, Option<&str>) {
    match choice {
        MappingChoice::Link(target) => ("confirmed", Some(target)),
        MappingChoice::CreateNew => ("create_new", None),
        MappingChoice::Ignore => ("ignored", None),
        MappingChoice::Undecided => ("unmatched", None),
    }
}

/// The suggestions of a table that a person accepts at once.
#[derive(Debug, Clone, Copy)]
pub struct Acceptance<'a> {
    /// Which table.
    pub table: MappingTable,
    /// The least score.
    pub at_least: u8,
    /// Portal records that were decided one by one: a rule never overwrites that.
    pub except: &'a [&'a str],
    /// The person's name.
    pub by: &'a str,
    /// When.
    pub now: Moment,
}

/// Decisions of one person about rows of one table.
#[derive(Debug, Clone, Copy)]
pub struct Decisions<'a> {
    /// Which table.
    pub table: MappingTable,
    /// Portal record and what becomes of it.
    pub rows: &'a [(&'a str, &'a MappingChoice)],
    /// The person's name.
    pub by: &'a str,
    /// When.
    pub now: Moment,
}

impl Db<'_> {
    /// Which of these portal records there are.
    pub async fn sources_known(
        &mut self,
        books: &Books,
        table: MappingTable,
        ids: &[&str],
    ) -> Result<u32, StoreError> {
        self.portal_records_known(books.tenant(), table, ids).await
    }

    /// Those of these portal records that somebody other than this one decided about.
    pub async fn decided_by_others(
        &mut self,
        books: &Books,
        table: MappingTable,
        (sources, by): (&[&str], &str),
    ) -> Result<Vec<String>, StoreError> {
        let decided = sqlx::query_scalar(
            "SELECT source FROM mappings
             WHERE connection = ? AND company_id = ? AND kind = ? AND by_hand = 1 AND decided_by IS NOT ?
               AND source IN (SELECT value FROM json_each(?))",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(table_name(table))
        .bind(by)
        .bind(json(&sources)?)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(decided)
    }

    /// Writes what a person decided. A decision that is taken back leaves the row to matching.
    pub async fn decide(&mut self, books: &Books, decisions: Decisions<'_>) -> Result<(), StoreError> {
        let rows: Vec<(&str, &str, Option<&str>)> = decisions
            .rows
            .iter()
            .map(|(source, choice)| {
                let (state, target) = decided(choice);
                (*source, state, target)
            })
            .collect();
        sqlx::query(
            "INSERT INTO mappings (connection, company_id, kind, source, state, target, by_hand, decided_by, decided_at)
             SELECT ?1, ?2, ?3, value ->> 0, value ->> 1, value ->> 2, (value ->> 1) <> 'unmatched',
                    CASE WHEN (value ->> 1) <> 'unmatched' THEN ?5 END,
                    CASE WHEN (value ->> 1) <> 'unmatched' THEN ?6 END
             FROM json_each(?4) WHERE true
             ON CONFLICT (connection, company_id, kind, source) DO UPDATE SET
                 state = excluded.state, target = excluded.target, by_hand = excluded.by_hand,
                 decided_by = excluded.decided_by, decided_at = excluded.decided_at,
                 score = 0, reasons = ''",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(table_name(decisions.table))
        .bind(json(&rows)?)
        .bind(decisions.by)
        .bind(decisions.now.0.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Confirms every suggestion at or above a score, in a person's name. Answers how many.
    pub async fn accept_suggestions(
        &mut self,
        books: &Books,
        accepted: Acceptance<'_>,
    ) -> Result<u32, StoreError> {
        let done = sqlx::query(
            "UPDATE mappings SET state = 'confirmed', by_hand = 1, decided_by = ?5, decided_at = ?6
             WHERE connection = ?1 AND company_id = ?2 AND kind = ?3 AND state = 'suggested' AND score >= ?4
               AND source NOT IN (SELECT value FROM json_each(?7))",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(table_name(accepted.table))
        .bind(i64::from(accepted.at_least))
        .bind(accepted.by)
        .bind(accepted.now.0.cast_signed())
        .bind(json(&accepted.except)?)
        .execute(&mut *self.0)
        .await?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_reasons_survive_the_database() {
        for (state, name) in STATES {
            assert_eq!(state_name(state), name);
            assert_eq!(state_named(name).unwrap(), state);
        }
        let reasons = [Reason::Email, Reason::Rate];
        assert_eq!(reasons_read(&reasons_text(&reasons)), reasons);
    }
}
