//! The audit log: who changed what, in the transaction of the change. It holds names, never a
//! secret, and outlives what it tells of.

use protocol::ids::Moment;

use super::ids::{TenantId, VisitorId};
use super::{Db, StoreError};
use crate::state::Visitor;

/// Lines older than a year are forgotten, in milliseconds.
const KEPT: u64 = 365 * 24 * 3_600_000;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor<'a> {
    /// Whoever types `patchbay`.
    Operator,
    /// A portal's backend, by the prefix of its key.
    Key(&'a str),
    /// A person in the store.
    Visitor(VisitorId),
    /// The proxy, of its own accord.
    Patchbay,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A portal was set up.
    PortalAdded,
    /// A portal has another name or way back.
    PortalChanged,
    /// A portal is gone, with everything that belonged to it.
    PortalRemoved,
    /// A portal may embed the store on one more origin.
    OriginAdded,
    /// A portal may embed the store on one origin less.
    OriginRemoved,
    /// A portal has one more key.
    KeyAdded,
    /// A key opens nothing any more.
    KeyRevoked,
    /// A session token was handed out.
    SessionMade,
    /// A one-time link was handed out.
    LinkMade,
    /// An organisation was registered or renamed.
    TenantKept,
    /// Records of the portal were taken.
    RecordsKept,
    /// Somebody known was refused what they may not do.
    AccessDenied,
    /// A company was connected.
    Connected,
    /// A company was disconnected.
    Disconnected,
    /// A connection under OAuth 1.0a was loaded, or loaded anew.
    LegacyLoaded,
    /// An old resume secret was presented.
    ResumeRefused,
    /// A session token was presented that is good no more, or not there.
    TokenRefused,
}

impl Action {
    /// As it stands in the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::PortalAdded => "portal.added",
            Self::PortalChanged => "portal.changed",
            Self::PortalRemoved => "portal.removed",
            Self::OriginAdded => "origin.added",
            Self::OriginRemoved => "origin.removed",
            Self::KeyAdded => "key.added",
            Self::KeyRevoked => "key.revoked",
            Self::SessionMade => "session.made",
            Self::LinkMade => "link.made",
            Self::TenantKept => "tenant.kept",
            Self::RecordsKept => "records.kept",
            Self::AccessDenied => "access.denied",
            Self::Connected => "connection.connected",
            Self::Disconnected => "connection.disconnected",
            Self::LegacyLoaded => "legacy.loaded",
            Self::ResumeRefused => "session.resume_refused",
            Self::TokenRefused => "session.token_refused",
        }
    }
}

/// A line to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewLine<'a> {
    /// The portal that it happened to.
    pub portal: &'a str,
    /// Its organisation, if it happened to one.
    pub tenant: Option<TenantId>,
    /// Who did it.
    pub actor: Actor<'a>,
    /// What was done.
    pub action: Action,
    /// To what: a name, never a secret.
    pub object: &'a str,
    /// The request's id in the log, when there was one.
    pub request: Option<&'a str>,
}

impl<'a> NewLine<'a> {
    /// A person did something in the store.
    pub fn by_visitor(who: &'a Visitor, action: Action, object: &'a str) -> Self {
        let actor = Actor::Visitor(who.visitor);
        Self { portal: &who.portal, tenant: Some(who.tenant), actor, action, object, request: None }
    }

    /// An operator did something on the command line.
    pub fn by_operator(portal: &'a str, action: Action, object: &'a str) -> Self {
        Self { portal, tenant: None, actor: Actor::Operator, action, object, request: None }
    }
}

/// A line as it is read.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Line {
    /// In milliseconds since 1970.
    pub at: i64,
    /// The portal.
    pub portal: String,
    /// The portal's own id of the organisation.
    pub tenant: Option<String>,
    /// `operator`, `patchbay`, `key <prefix>` or `visitor <the portal's own id>`.
    pub actor: String,
    /// A word of [`Action`].
    pub action: String,
    /// To what.
    pub object: String,
    /// The request's id.
    pub request: Option<String>,
}

impl Db<'_> {
    /// Writes a line. Call it in the transaction of what it tells, so that neither is without the other.
    pub async fn add_audit(&mut self, line: &NewLine<'_>, now: Moment) -> Result<(), StoreError> {
        let (actor, visitor) = match line.actor {
            Actor::Operator => ("operator".to_owned(), None),
            Actor::Key(prefix) => (format!("key {prefix}"), None),
            Actor::Patchbay => ("patchbay".to_owned(), None),
            Actor::Visitor(visitor) => ("visitor".to_owned(), Some(visitor.0)),
        };
        sqlx::query(
            "INSERT INTO audit (at, portal, tenant, actor, action, object, request)
             VALUES (?1, ?2, (SELECT external_id FROM tenants WHERE id = ?3),
                     ?4 || coalesce((SELECT ' ' || external_id FROM visitors WHERE id = ?5), ''), ?6, ?7, ?8)",
        )
        .bind(now.0.cast_signed())
        .bind(line.portal)
        .bind(line.tenant.map(|tenant| tenant.0))
        .bind(actor)
        .bind(visitor)
        .bind(line.action.word())
        .bind(line.object)
        .bind(line.request)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The newest lines, of one portal or of all, the oldest first.
    pub async fn audit_tail(&mut self, portal: Option<&str>, count: u32) -> Result<Vec<Line>, StoreError> {
        let mut lines: Vec<Line> = sqlx::query_as(
            "SELECT at, portal, tenant, actor, action, object, request FROM audit
             WHERE ?1 IS NULL OR portal = ?1 ORDER BY id DESC LIMIT ?2",
        )
        .bind(portal)
        .bind(count)
        .fetch_all(&mut *self.0)
        .await?;
        lines.reverse();
        Ok(lines)
    }

    /// Forgets lines that are older than a year.
    pub async fn sweep_audit(&mut self, now: Moment) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM audit WHERE at <= ?")
            .bind(now.0.saturating_sub(KEPT).cast_signed())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
