//! A store on a real file with one tenant and one connected company, for tests inside the crate.

use protocol::ids::{ImportId, IntegrationId, Moment};
use protocol::import::List;

use super::books::Books;
use super::ids::TenantId;
use super::records::NewRecord;
use super::records::keys::KeyKind;
use super::{Db, Store, StoreError};
use crate::mapping::similarity::{fold, normalise};

/// The store, its books, and the directory that goes with the test.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) books: Books,
    _dir: tempfile::TempDir,
}

/// A fresh store.
pub(crate) async fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let (store, work) = super::open(&dir.path().join("patchbay.db")).await.unwrap();
    tokio::spawn(work);
    let books = store
        .write::<_, StoreError, _>(|mut db| {
            Box::pin(async move {
                for statement in [
                    "INSERT INTO portals (id, name, created_at) VALUES ('demo', 'Demo', 0)",
                    "INSERT INTO tenants (id, portal, external_id, name) VALUES (1, 'demo', 't1', 'Acme')",
                    "INSERT INTO visitors (id, tenant, external_id, name) VALUES (1, 1, 'v1', 'Ann'), (2, 1, 'v2', 'Bob')",
                    "INSERT INTO registrations (id, integration, environment, client_id)
                     VALUES ('r', 'quickbooks-online', 'local', 'c')",
                    r#"INSERT INTO connections (id, tenant, integration, registration, state, live, company_id)
                     VALUES (1, 1, 'quickbooks-online', 'r', '{"state":"active"}', 1, '9341')"#,
                ] {
                    sqlx::query(statement).execute(&mut *db.0).await?;
                }
                Ok(db.books(TenantId(1), &integration()).await?.unwrap())
            })
        })
        .await
        .unwrap();
    Fixture { store, books, _dir: dir }
}

/// The integration of the fixture.
pub(crate) fn integration() -> IntegrationId {
    IntegrationId::new("quickbooks-online").unwrap()
}

/// A record with a name, in use.
pub(crate) fn record(id: &str, name: &str) -> NewRecord {
    NewRecord {
        id: id.into(),
        name: name.into(),
        number: None,
        kind: None,
        detail: None,
        email: None,
        rate: None,
        matching: normalise(name),
        search: fold(name),
        sync_token: Some("0".into()),
        active: true,
        tax_key: None,
        facts: None,
        raw: "{}".into(),
    }
}

impl Fixture {
    /// Keeps records as a whole list of one import, at whose end the missing are marked.
    pub(crate) async fn import(
        &self,
        run: u64,
        list: List,
        records: Vec<NewRecord>,
    ) -> protocol::import::Outcome {
        let books = self.books.clone();
        self.store
            .write::<_, StoreError, _>(move |mut db| {
                Box::pin(async move {
                    let mut outcome = db.keep_records(&books, list, ImportId(run), &records).await?;
                    outcome.vanished = db.mark_vanished(&books, list, ImportId(run), Moment(run)).await?;
                    if !db.was_read(&books, list).await? {
                        first_keys(&mut db, &books, list).await?;
                    }
                    db.list_read(&books, list, Moment(run)).await?;
                    Ok(outcome)
                })
            })
            .await
            .unwrap()
    }
}

/// What a list that was never read before gets at its end.
async fn first_keys(db: &mut Db<'_>, books: &Books, list: List) -> Result<(), StoreError> {
    for kind in KeyKind::ALL {
        db.sort_keys(books, list, kind).await?;
        for nth in 0.. {
            let Some(keys) = db.sorted_keys(nth).await? else { break };
            db.add_keys(books, list, (kind, keys)).await?;
        }
    }
    Ok(())
}
