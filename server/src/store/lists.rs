//! The provider's lists: their names in the database, their age and size.

use protocol::ids::Moment;
use protocol::import::{List, Outcome};
use protocol::store::ListAge;

use super::books::Books;
use super::ids::ConnectionId;
use super::{Db, StoreError};

/// How a list is named in the database.
pub(in crate::store) fn list_name(list: List) -> &'static str {
    match list {
        List::Company => "company",
        List::Accounts => "accounts",
        List::TaxCodes => "tax_codes",
        List::TaxRates => "tax_rates",
        List::TaxAgencies => "tax_agencies",
        List::Terms => "terms",
        List::PaymentMethods => "payment_methods",
        List::Currencies => "currencies",
        List::Classes => "classes",
        List::Locations => "locations",
        List::Customers => "customers",
        List::Suppliers => "suppliers",
        List::Items => "items",
    }
}

pub(in crate::store) fn list_named(name: &str) -> Result<List, StoreError> {
    List::ALL.into_iter().find(|list| list_name(*list) == name).ok_or(StoreError::Unreadable("list"))
}

impl Db<'_> {
    /// A list was read to its end.
    pub async fn list_read(&mut self, books: &Books, list: List, now: Moment) -> Result<(), StoreError> {
        let records = if list == List::Company { 1 } else { self.records_here(books, list).await? };
        self.list_read_of(books, list, (records, now)).await
    }

    /// The same where somebody has counted its records, which takes a while for a long list.
    pub async fn list_read_of(
        &mut self,
        books: &Books,
        list: List,
        (records, now): (u32, Moment),
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO list_ages (connection, company_id, list, at, records)
             VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (connection, company_id, list) DO UPDATE SET at = excluded.at, records = excluded.records",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(list_name(list))
        .bind(now.0.cast_signed())
        .bind(i64::from(records))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// A company does not have a list, or no longer: it has no age.
    pub async fn list_forgotten(&mut self, books: &Books, list: List) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM list_ages WHERE connection = ? AND company_id = ? AND list = ?")
            .bind(books.connection.0)
            .bind(&books.company)
            .bind(list_name(list))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Age and size of each list of a company that was ever read to its end.
    pub async fn list_ages(
        &mut self,
        connection: ConnectionId,
        company: &str,
    ) -> Result<Vec<ListAge>, StoreError> {
        let rows: Vec<(String, i64, i64)> =
            sqlx::query_as("SELECT list, at, records FROM list_ages WHERE connection = ? AND company_id = ?")
                .bind(connection.0)
                .bind(company)
                .fetch_all(&mut *self.0)
                .await?;
        let mut ages = rows
            .into_iter()
            .map(|(list, at, count)| {
                Ok(ListAge {
                    list: list_named(&list)?,
                    count: u32::try_from(count).unwrap_or(u32::MAX),
                    at: Some(Moment(at.cast_unsigned())),
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        ages.sort_by_key(|age| age.list);
        Ok(ages)
    }

    /// What the company says of itself, newly read; it is one record, as the lists count.
    pub async fn keep_facts(&mut self, books: &Books, facts: &str) -> Result<Outcome, StoreError> {
        let known: Option<bool> = sqlx::query_scalar(
            "SELECT company IS ?3 FROM connections JOIN list_ages ON connection = id AND list = 'company'
             AND list_ages.company_id = connections.company_id
             WHERE id = ?1 AND connections.company_id = ?2",
        )
        .bind(books.connection.0)
        .bind(&books.company)
        .bind(facts)
        .fetch_optional(&mut *self.0)
        .await?;
        sqlx::query(
            "UPDATE connections SET company = ?, revision = revision + 1 WHERE id = ? AND company_id = ?",
        )
        .bind(facts)
        .bind(books.connection.0)
        .bind(&books.company)
        .execute(&mut *self.0)
        .await?;
        let none = Outcome::default();
        Ok(match known {
            None => Outcome { added: 1, ..none },
            Some(true) => Outcome { unchanged: 1, ..none },
            Some(false) => Outcome { changed: 1, ..none },
        })
    }
}
