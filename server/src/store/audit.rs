//! The audit log: who changed what, in the transaction of the change. It holds names, never a
//! secret, and outlives what it tells of.

mod reading;

use protocol::ids::Moment;

use super::ids::{TenantId, VisitorId};
use super::{Db, StoreError};
use crate::config;
use crate::peer::Peer;
use crate::state::Visitor;
pub use reading::{Line, Lines, OwnLines};

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor<'a> {
    /// Whoever types `patchbay`.
    Operator,
    /// A portal's backend, by the prefix of its key.
    Key(&'a str),
    /// A person in the store.
    Visitor(VisitorId),
    /// The proxy by itself, because a provider or the time said so.
    Proxy,
}

/// From where it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whence {
    /// From this address, as the proxies that we trust tell it.
    Address(Peer),
    /// On this machine, by whom the system says.
    User(&'static str),
    /// From nowhere: the proxy did it, or nobody knows.
    Unknown,
}

impl Whence {
    fn word(self) -> Option<String> {
        match self {
            Self::Address(peer) => Some(peer.address().to_string()),
            Self::User(user) => Some(user.to_owned()),
            Self::Unknown => None,
        }
    }
}

impl From<Option<Peer>> for Whence {
    fn from(peer: Option<Peer>) -> Self {
        peer.map_or(Self::Unknown, Self::Address)
    }
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
    /// The vault seals by a new key.
    VaultRotated,
    /// A key of the vault, which sealed nothing any more, is gone.
    VaultRetired,
    /// A portal's events are sent to one more endpoint.
    WebhookAdded,
    /// What is sent to an endpoint is signed with another secret.
    WebhookRotated,
    /// An endpoint is sent to again.
    WebhookEnabled,
    /// Nothing is sent to an endpoint any more.
    WebhookDisabled,
    /// An endpoint is gone.
    WebhookRemoved,
    /// Events are sent to an endpoint once more.
    WebhookReplayed,
    /// A session token was handed out.
    SessionMade,
    /// A one-time link was handed out.
    LinkMade,
    /// An organisation was registered or renamed.
    TenantKept,
    /// Records of the portal were taken.
    RecordsKept,
    /// Records of the portal were removed.
    RecordsRemoved,
    /// Somebody known was refused what they may not do.
    AccessDenied,
    /// A company was connected.
    Connected,
    /// A company was disconnected.
    Disconnected,
    /// A connection under OAuth 1.0a was loaded, or loaded anew.
    LegacyLoaded,
    /// A connection was paused.
    Paused,
    /// A paused connection goes on.
    Resumed,
    /// A connection was erased with all that belonged to it.
    Uninstalled,
    /// An old resume secret was presented.
    ResumeRefused,
    /// A session token was presented that is good no more, or not there.
    TokenRefused,
    /// Access tokens of a connection were read by a portal's backend, as often as the line says.
    TokensRead,
    /// A portal's backend called the provider through us, as often as the line says.
    ProviderCalled,
    /// Somebody signed in, by a link or in a frame.
    SignedIn,
    /// Somebody signed out.
    SignedOut,
    /// The provider no longer accepts our sign-in.
    ReconnectRequired,
    /// A disconnected token came to its end; the object says which.
    TokenRevoked,
    /// A version of the configuration was saved.
    ConfigurationSaved,
    /// Lists are read again because somebody wants it.
    ImportStarted,
    /// Somebody stopped that.
    ImportCancelled,
    /// The audit log was downloaded.
    AuditExported,
    /// What a portal's organisations connected, saved and mapped was written out.
    PortalExported,
    /// An organisation is gone, with everything that belonged to it.
    TenantErased,
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
            Self::VaultRotated => "vault.rotated",
            Self::VaultRetired => "vault.retired",
            Self::WebhookAdded => "webhook.added",
            Self::WebhookRotated => "webhook.rotated",
            Self::WebhookEnabled => "webhook.enabled",
            Self::WebhookDisabled => "webhook.disabled",
            Self::WebhookRemoved => "webhook.removed",
            Self::WebhookReplayed => "webhook.replayed",
            Self::SessionMade => "session.made",
            Self::LinkMade => "link.made",
            Self::TenantKept => "tenant.kept",
            Self::RecordsKept => "records.kept",
            Self::RecordsRemoved => "records.removed",
            Self::AccessDenied => "access.denied",
            Self::Connected => "connection.connected",
            Self::Disconnected => "connection.disconnected",
            Self::LegacyLoaded => "legacy.loaded",
            Self::Paused => "connection.paused",
            Self::Resumed => "connection.resumed",
            Self::Uninstalled => "connection.uninstalled",
            Self::ResumeRefused => "session.resume_refused",
            Self::TokenRefused => "session.token_refused",
            Self::TokensRead => "token.read",
            Self::ProviderCalled => "token.used",
            Self::SignedIn => "session.began",
            Self::SignedOut => "session.ended",
            Self::ReconnectRequired => "connection.reconnect_required",
            Self::TokenRevoked => "token.revoked",
            Self::ConfigurationSaved => "configuration.saved",
            Self::ImportStarted => "import.started",
            Self::ImportCancelled => "import.cancelled",
            Self::AuditExported => "audit.exported",
            Self::PortalExported => "portal.exported",
            Self::TenantErased => "tenant.erased",
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
    /// From where.
    pub whence: Whence,
}

impl<'a> NewLine<'a> {
    /// A person did something in the store.
    pub fn by_visitor(who: &'a Visitor, action: Action, object: &'a str) -> Self {
        let (actor, whence) = (Actor::Visitor(who.visitor), who.peer.into());
        Self { portal: &who.portal, tenant: Some(who.tenant), actor, action, object, request: None, whence }
    }

    /// The proxy did something by itself.
    pub fn by_proxy((portal, tenant): (&'a str, Option<TenantId>), action: Action, object: &'a str) -> Self {
        let (actor, whence) = (Actor::Proxy, Whence::Unknown);
        Self { portal, tenant, actor, action, object, request: None, whence }
    }

    /// An operator did something on the command line.
    pub fn by_operator(portal: &'a str, action: Action, object: &'a str) -> Self {
        let (actor, whence) = (Actor::Operator, Whence::User(config::system_user()));
        Self { portal, tenant: None, actor, action, object, request: None, whence }
    }
}

impl Db<'_> {
    /// Writes a line. Call it in the transaction of what it tells, so that neither is without the other.
    pub async fn add_audit(&mut self, line: &NewLine<'_>, now: Moment) -> Result<(), StoreError> {
        let (actor, visitor) = match line.actor {
            Actor::Operator => ("operator".to_owned(), None),
            Actor::Proxy => ("proxy".to_owned(), None),
            Actor::Key(prefix) => (format!("key {prefix}"), None),
            Actor::Visitor(visitor) => ("visitor".to_owned(), Some(visitor.0)),
        };
        sqlx::query(
            "INSERT INTO audit (at, portal, tenant, actor, action, object, request, whence)
             VALUES (?1, ?2, (SELECT external_id FROM tenants WHERE id = ?3),
                     ?4 || coalesce((SELECT ' ' || external_id FROM visitors WHERE id = ?5), ''), ?6, ?7, ?8, ?9)",
        )
        .bind(now.0.cast_signed())
        .bind(line.portal)
        .bind(line.tenant.map(|tenant| tenant.0))
        .bind(actor)
        .bind(visitor)
        .bind(line.action.word())
        .bind(line.object)
        .bind(line.request)
        .bind(line.whence.word())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
