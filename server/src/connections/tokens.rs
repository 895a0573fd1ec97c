//! Tokens between the vault and the store: what is sealed where, under which generation.

use protocol::ids::Moment;

use crate::clock::after;
use crate::oauth::Granted;
use crate::state::App;
use crate::store::connections::{ConnectionRow, SealedTokens};
use crate::store::orphans::Orphan;
use crate::store::revocations::NewRevocation;
use crate::store::{Db, StoreError};
use crate::vault::{Place, Secret, UnsealError};

/// Column of an attempt's PKCE verifier.
pub(crate) const VERIFIER: &str = "attempts.verifier";
const REVOKED: &str = "revocations.token";

/// Where a pair lies: both columns of its table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shelf {
    /// In use.
    Connection,
    /// Waiting for the company guard's answer.
    Decision,
}

impl Shelf {
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Connection => ("connections.access", "connections.refresh"),
            Self::Decision => ("decisions.access", "decisions.refresh"),
        }
    }
}

/// A pair of tokens in the clear, with what is known of their ends.
pub(crate) struct Pair {
    pub(crate) access: Secret,
    pub(crate) refresh: Secret,
    pub(crate) access_expires: Moment,
    pub(crate) refresh_expires: Option<Moment>,
    pub(crate) hard_expires: Option<Moment>,
}

impl Pair {
    /// What was granted, at this moment; `kept` stands in when the answer has no refresh token.
    pub(crate) fn granted(granted: Granted, kept: Option<Secret>, now: Moment) -> Option<Self> {
        let at = |seconds: u64| after(now, seconds * 1000);
        Some(Self {
            access: granted.access,
            refresh: granted.refresh.or(kept)?,
            access_expires: at(granted.access_seconds),
            refresh_expires: granted.refresh_seconds.map(at),
            hard_expires: granted.hard_seconds.map(at),
        })
    }
}

/// The place of a sealed value of a connection.
pub(crate) fn place<'a>(row: &'a ConnectionRow, column: &'static str, generation: u64) -> Place<'a> {
    Place { portal: &row.portal, tenant: row.tenant, connection: row.id, column, generation }
}

pub(crate) fn seal(
    app: &App,
    row: &ConnectionRow,
    (shelf, generation): (Shelf, u64),
    pair: &Pair,
) -> SealedTokens {
    let (access, refresh) = shelf.columns();
    SealedTokens {
        access: app.vault.seal(&place(row, access, generation), &pair.access),
        refresh: app.vault.seal(&place(row, refresh, generation), &pair.refresh),
        access_expires: pair.access_expires,
        refresh_expires: pair.refresh_expires,
        hard_expires: pair.hard_expires,
    }
}

pub(crate) fn unseal(
    app: &App,
    row: &ConnectionRow,
    (shelf, generation): (Shelf, u64),
    sealed: &SealedTokens,
) -> Result<Pair, UnsealError> {
    let (access, refresh) = shelf.columns();
    Ok(Pair {
        access: app.vault.unseal(&place(row, access, generation), &sealed.access)?,
        refresh: app.vault.unseal(&place(row, refresh, generation), &sealed.refresh)?,
        access_expires: sealed.access_expires,
        refresh_expires: sealed.refresh_expires,
        hard_expires: sealed.hard_expires,
    })
}

/// Plans the revocation of a refresh token; the worker sends it when the rules allow.
pub(crate) async fn plan_revocation(
    db: &mut Db<'_>,
    app: &App,
    row: &ConnectionRow,
    (registration, company_id): (&str, &str),
    refresh: &Secret,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let token_sealed = app.vault.seal(&place(row, REVOKED, now.0), refresh);
    db.add_revocation(NewRevocation {
        connection: row.id,
        registration,
        company_id,
        token_sealed: &token_sealed,
        generation: now.0,
        due: now,
    })
    .await
}

/// Opens a token that waits for its revocation.
pub(crate) fn unseal_revoked(
    app: &App,
    row: &ConnectionRow,
    generation: u64,
    sealed: &[u8],
) -> Result<Secret, UnsealError> {
    app.vault.unseal(&place(row, REVOKED, generation), sealed)
}

/// Where a token was sealed whose connection is gone; none for a place that no token has.
pub(crate) fn orphan_place(orphan: &Orphan) -> Option<Place<'_>> {
    let places = [Shelf::Connection.columns().1, Shelf::Decision.columns().1, REVOKED];
    let column = places.into_iter().find(|place| *place == orphan.place)?;
    let (tenant, connection) = (orphan.tenant, orphan.connection);
    Some(Place { portal: &orphan.portal, tenant, connection, column, generation: orphan.generation })
}

/// Plans the revocation of the tokens in use, if there are any that can be opened.
pub(crate) async fn revoke_present(
    db: &mut Db<'_>,
    app: &App,
    row: &ConnectionRow,
) -> Result<(), StoreError> {
    let (Some(sealed), Some(registration), Some(company)) = (&row.tokens, &row.registration, &row.company_id)
    else {
        return Ok(());
    };
    match unseal(app, row, (Shelf::Connection, row.generation), sealed) {
        Ok(pair) => plan_revocation(db, app, row, (registration, company), &pair.refresh).await,
        Err(error) => {
            tracing::error!(connection = row.id.0, %error, "a token to be revoked cannot be opened");
            Ok(())
        }
    }
}
