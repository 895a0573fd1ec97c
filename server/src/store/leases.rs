//! Leases of connections: who may refresh one at the moment, counted by the database's own clock, so
//! that the clocks of processes may differ. What is told of time is how much is left.

use super::ids::ConnectionId;
use super::{Db, StoreError};

/// A process's life, by a random name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner(pub [u8; 16]);

/// What its holder knows of a lease: nobody ever has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Whose.
    pub owner: Owner,
    /// How many held it before.
    pub fence: u64,
}

/// A lease that somebody has taken and not given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Who has it.
    pub hold: Hold,
    /// Milliseconds until its end; none when it is over.
    pub left: u64,
}

/// The database's now in milliseconds; one moment for a whole statement.
macro_rules! now {
    () => {
        "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
    };
}

impl Db<'_> {
    /// The lease of a connection, also when its time is over; none when nobody has it.
    pub async fn lease(&mut self, connection: ConnectionId) -> Result<Option<Lease>, StoreError> {
        let row: Option<(Vec<u8>, i64, i64)> = sqlx::query_as(concat!(
            "SELECT owner, fence, max(0, until - ",
            now!(),
            ") FROM leases WHERE connection = ? AND owner IS NOT NULL"
        ))
        .bind(connection.0)
        .fetch_optional(&mut *self.0)
        .await?;
        let Some((owner, fence, left)) = row else { return Ok(None) };
        let owner = Owner(owner.try_into().map_err(|_| StoreError::Unreadable("lease"))?);
        let hold = Hold { owner, fence: fence.cast_unsigned() };
        Ok(Some(Lease { hold, left: left.cast_unsigned() }))
    }

    /// Takes the lease for so many milliseconds, whoever had it: whether that is right was decided in
    /// this transaction.
    pub async fn take_lease(
        &mut self,
        connection: ConnectionId,
        owner: Owner,
        milliseconds: u64,
    ) -> Result<Hold, StoreError> {
        let fence: i64 = sqlx::query_scalar(concat!(
            "INSERT INTO leases (connection, owner, fence, until) VALUES (?1, ?2, 1, ",
            now!(),
            " + ?3) ON CONFLICT (connection) DO UPDATE
                 SET owner = excluded.owner, fence = fence + 1, until = excluded.until
             RETURNING fence"
        ))
        .bind(connection.0)
        .bind(owner.0.as_slice())
        .bind(milliseconds.cast_signed())
        .fetch_one(&mut *self.0)
        .await?;
        Ok(Hold { owner, fence: fence.cast_unsigned() })
    }

    /// So many milliseconds from now on. False when somebody else has it.
    pub async fn extend_lease(
        &mut self,
        connection: ConnectionId,
        hold: Hold,
        milliseconds: u64,
    ) -> Result<bool, StoreError> {
        let changed = sqlx::query(concat!(
            "UPDATE leases SET until = ",
            now!(),
            " + ? WHERE connection = ? AND owner = ? AND fence = ?"
        ))
        .bind(milliseconds.cast_signed())
        .bind(connection.0)
        .bind(hold.owner.0.as_slice())
        .bind(hold.fence.cast_signed())
        .execute(&mut *self.0)
        .await?;
        Ok(changed.rows_affected() == 1)
    }

    /// Gives it back, if it is still this one.
    pub async fn release_lease(&mut self, connection: ConnectionId, hold: Hold) -> Result<(), StoreError> {
        sqlx::query("UPDATE leases SET owner = NULL WHERE connection = ? AND owner = ? AND fence = ?")
            .bind(connection.0)
            .bind(hold.owner.0.as_slice())
            .bind(hold.fence.cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// On start: one process at a time serves from this database, so that everybody else who holds a
    /// lease is gone. Their calls may still be with the provider; why they are not waited for stands in
    /// docs/ARCHITECTURE.md.
    pub async fn free_leases_of_others(&mut self, owner: Owner) -> Result<(), StoreError> {
        sqlx::query("UPDATE leases SET owner = NULL WHERE owner <> ?")
            .bind(owner.0.as_slice())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixture::fixture;

    const ONE: ConnectionId = ConnectionId(1);
    const ANN: Owner = Owner([1; 16]);
    const BEN: Owner = Owner([2; 16]);

    #[tokio::test]
    async fn a_lease_is_fenced_and_ends_by_the_databases_clock() {
        let fixture = fixture().await;
        let done = fixture.store.write::<_, StoreError, _>(|mut db| {
            Box::pin(async move {
                assert_eq!(db.lease(ONE).await?, None);
                let first = db.take_lease(ONE, ANN, 60_000).await?;
                let seen = db.lease(ONE).await?.unwrap();
                assert!(seen.hold == first && (50_000..=60_000).contains(&seen.left), "{seen:?}");
                assert!(db.extend_lease(ONE, first, 90_000).await?);
                assert!(db.lease(ONE).await?.unwrap().left > 60_000);
                let second = db.take_lease(ONE, BEN, 0).await?;
                assert_eq!((second.owner, second.fence, first.fence), (BEN, 2, 1));
                assert_eq!(db.lease(ONE).await?, Some(Lease { hold: second, left: 0 }));
                assert!(!db.extend_lease(ONE, first, 90_000).await?, "it is another's");
                db.release_lease(ONE, first).await?;
                assert!(db.lease(ONE).await?.is_some(), "not theirs to give back");
                db.release_lease(ONE, second).await?;
                assert_eq!(db.lease(ONE).await?, None);
                assert!(!db.extend_lease(ONE, second, 90_000).await?, "given back is given back");
                assert_eq!(db.take_lease(ONE, ANN, 60_000).await?.fence, 3, "a fence never comes again");
                db.free_leases_of_others(ANN).await?;
                assert!(db.lease(ONE).await?.is_some());
                db.free_leases_of_others(BEN).await?;
                assert_eq!(db.lease(ONE).await?, None);
                Ok(())
            })
        });
        done.await.unwrap();
    }
}
