//! Reading the audit log: for the operator by portal, organisation and time, for the people of an
//! organisation its own lines in windows.

use protocol::audit::{AuditActor, AuditKind, AuditLine};
use protocol::ids::{AuditSeq, Moment};

use super::super::ids::TenantId;
use super::super::{Db, StoreError};

/// A line as an operator reads it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Line {
    /// Grows, with gaps.
    pub id: i64,
    /// In milliseconds since 1970.
    pub at: i64,
    /// The portal.
    pub portal: String,
    /// The portal's own id of the organisation.
    pub tenant: Option<String>,
    /// `operator`, `proxy`, `key <prefix>` or `visitor <the portal's own id>`.
    pub actor: String,
    /// A word of [`super::Action`].
    pub action: String,
    /// To what.
    pub object: String,
    /// The request's id.
    pub request: Option<String>,
    /// An address, or who typed the command.
    pub whence: Option<String>,
}

/// Which lines an operator wants.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// Only of this portal.
    pub portal: Option<String>,
    /// Only of the organisation with this id of the portal's.
    pub tenant: Option<String>,
    /// Only from this moment on.
    pub since: Option<Moment>,
    /// Only before the line of this id.
    pub before: Option<i64>,
}

/// Which lines of an organisation its people want.
#[derive(Debug, Clone, Copy)]
pub struct OwnLines {
    /// Of whom.
    pub tenant: TenantId,
    /// Only of this kind.
    pub kind: Option<AuditKind>,
    /// Only before this one.
    pub before: Option<AuditSeq>,
    /// Whether addresses are shown.
    pub addresses: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    at: i64,
    actor: String,
    name: Option<String>,
    action: String,
    object: String,
    whence: Option<String>,
}

impl Row {
    /// As the organisation's people see it. What keys and operators are called is the portal's affair,
    /// and so are the addresses of its servers.
    fn seen(self, addresses: bool) -> AuditLine {
        let person = |id: &str| AuditActor::Person(self.name.unwrap_or_else(|| id.to_owned()));
        let by = match self.actor.split_once(' ') {
            Some(("visitor", id)) => person(id),
            Some(_) => AuditActor::Portal,
            None if self.actor == "operator" => AuditActor::Operator,
            None => AuditActor::Proxy,
        };
        let shown = addresses && matches!(by, AuditActor::Person(_));
        AuditLine {
            seq: AuditSeq(self.id.cast_unsigned()),
            at: Moment(self.at.cast_unsigned()),
            by,
            action: self.action,
            object: self.object,
            whence: self.whence.filter(|_| shown),
        }
    }
}

impl Db<'_> {
    /// The newest lines, of one portal or of all, the oldest first.
    pub async fn audit_tail(&mut self, portal: Option<&str>, count: u32) -> Result<Vec<Line>, StoreError> {
        let wanted = Lines { portal: portal.map(str::to_owned), ..Lines::default() };
        let mut lines = self.audit_lines(&wanted, count).await?;
        lines.reverse();
        Ok(lines)
    }

    /// The newest of these lines, the newest first.
    pub async fn audit_lines(&mut self, wanted: &Lines, count: u32) -> Result<Vec<Line>, StoreError> {
        let lines = sqlx::query_as(
            "SELECT id, at, portal, tenant, actor, action, object, request, whence FROM audit
             WHERE (?1 IS NULL OR portal = ?1) AND (?2 IS NULL OR tenant = ?2)
               AND (?3 IS NULL OR at >= ?3) AND (?4 IS NULL OR id < ?4)
             ORDER BY id DESC LIMIT ?5",
        )
        .bind(wanted.portal.as_deref())
        .bind(wanted.tenant.as_deref())
        .bind(wanted.since.map(|since| since.0.cast_signed()))
        .bind(wanted.before)
        .bind(count)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(lines)
    }

    /// The newest of an organisation's own lines, the newest first.
    pub async fn own_audit(&mut self, wanted: OwnLines, count: u32) -> Result<Vec<AuditLine>, StoreError> {
        let kind = wanted.kind.map(|kind| format!("{kind:?}"));
        let before = wanted.before.map_or(i64::MAX, |before| before.0.cast_signed());
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT a.id, a.at, a.actor, v.name, a.action, a.object, a.whence
             FROM tenants t JOIN audit a ON a.portal = t.portal AND a.tenant = t.external_id
             LEFT JOIN visitors v ON v.tenant = t.id AND a.actor = 'visitor ' || v.external_id
             WHERE t.id = ?1 AND a.id < ?2 AND (?3 IS NULL OR ?3 =
               CASE substr(a.action, 1, instr(a.action, '.') - 1)
                 WHEN 'connection' THEN 'Connections' WHEN 'token' THEN 'Connections'
                 WHEN 'import' THEN 'Imports' WHEN 'configuration' THEN 'Configuration'
                 WHEN 'session' THEN 'Access' WHEN 'link' THEN 'Access' WHEN 'access' THEN 'Access'
                 ELSE 'Other' END)
             ORDER BY a.id DESC LIMIT ?4",
        )
        .bind(wanted.tenant.0)
        .bind(before)
        .bind(kind)
        .bind(count)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(rows.into_iter().map(|row| row.seen(wanted.addresses)).collect())
    }
}
