//! Integrations and connections as a visitor sees them, and the snapshot that holds them all.

use serde::{Deserialize, Serialize};

use crate::health::Revocation;
use crate::ids::{ArticleId, IntegrationId, Moment, PortalId, Revision};
use crate::import::ImportSnapshot;
use crate::notification::Tray;

/// All that one visitor may see, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Who is looking, and for whom.
    pub session: Session,
    /// The catalogue.
    pub integrations: Vec<Integration>,
    /// One for each integration of the catalogue.
    pub connections: Vec<Connection>,
    /// Running imports, and the last finished one of each connection.
    pub imports: Vec<ImportSnapshot>,
    /// The last notifications and how many are unread.
    pub tray: Tray,
}

/// Who is looking, for which organisation, in which portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The portal's public name.
    pub portal: PortalId,
    /// The portal's name on screen.
    pub portal_name: String,
    /// Where "Back to ..." leads, if the portal registered it.
    pub return_url: Option<String>,
    /// The organisation (tenant).
    pub organisation: String,
    /// The person's name.
    pub visitor: String,
    /// What this person may do; checked again at every intent.
    pub permissions: Permissions,
    /// When the session ends, unless it is renewed before.
    pub ends: Moment,
}

/// What a visitor may do.
#[expect(clippy::struct_excessive_bools, reason = "four independent rights, named as in product.md")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Permissions {
    /// See the store.
    pub view: bool,
    /// Change settings and mappings.
    pub configure: bool,
    /// Connect, reconnect, disconnect.
    pub connect: bool,
    /// Start, cancel and retry imports.
    pub import: bool,
}

/// An entry of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integration {
    /// Its name in addresses.
    pub id: IntegrationId,
    /// Its name on screen.
    pub name: String,
    /// For example "Accounting".
    pub category: String,
    /// One line for the tile.
    pub summary: String,
    /// Paragraphs for the overview.
    pub description: Vec<String>,
    /// Path of the artwork under `/logos/`.
    pub logo: String,
    /// What connecting lets the portal read and write, a line each.
    pub access: Vec<String>,
    /// The help article that goes with it.
    pub article: Option<ArticleId>,
}

/// Tenant x integration. Exists for every integration, also before anybody connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Which integration.
    pub integration: IntegrationId,
    /// Grows with every change of this connection.
    pub revision: Revision,
    /// Where it stands.
    pub state: ConnectionState,
    /// The company it is, or was last, connected to.
    pub company: Option<Company>,
    /// Another company than before was chosen; somebody must decide.
    pub decision: Option<CompanyDecision>,
    /// Settings or mappings from before are kept.
    pub settings_kept: bool,
    /// The name of the one who connected, and when.
    pub connected: Option<Stamp>,
    /// When the last attempt failed, why.
    pub last_failure: Option<ConnectFailure>,
    /// Age and size of each list that was ever imported.
    pub lists: Vec<ListAge>,
    /// The configuration as last saved.
    pub saved: Option<Stamp>,
    /// "production", "sandbox" or "local": which of the provider's environments.
    pub environment: String,
    /// It is paused because the provider's subscription has ended, and not by a person.
    pub subscription_ended: bool,
    /// When the sign-in ends unless it is used before.
    pub idle_end: Option<Moment>,
    /// When the sign-in ends however much it is used.
    pub hard_end: Option<Moment>,
    /// What became of revoking the last sign-in; none while one is in use, or none had to be revoked.
    pub revocation: Option<Revocation>,
}

/// Where a connection stands (product.md, Connection states).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConnectionState {
    /// Never connected.
    Available,
    /// Made under OAuth 1.0a: an upgrade is required, by the deadline if there is one.
    Legacy {
        /// After this it stops working.
        deadline: Option<Moment>,
    },
    /// A visitor is at the provider; until the attempt expires.
    Authorizing {
        /// The server has seen the visitor's browser leave for the provider.
        seen: bool,
        /// When the attempt expires by itself.
        expires: Moment,
    },
    /// The first import runs.
    Importing,
    /// Connected and imported; required settings are missing.
    NeedsConfiguration,
    /// Works.
    Active,
    /// Stopped by a person, keeps its tokens.
    Paused,
    /// Works, with so many problems.
    Attention {
        /// How many.
        problems: u32,
    },
    /// The provider ends the connection at this moment unless somebody reconnects.
    Expiring {
        /// When it ends.
        at: Moment,
    },
    /// The provider no longer accepts our sign-in.
    ReconnectRequired {
        /// Why.
        reason: ReconnectReason,
    },
    /// Switched off; settings are kept.
    Disconnected,
}

impl ConnectionState {
    /// The switch shows ON: the provider's data flows, or would if nothing were wrong.
    pub fn is_on(self) -> bool {
        !matches!(self, Self::Available | Self::Disconnected | Self::Authorizing { .. })
    }
}

/// Why a connection must be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReconnectReason {
    /// The provider answered `invalid_grant`: revoked, expired, or the person lost the right.
    Refused,
    /// A refresh was cut off at the worst moment and the provider no longer knows our token.
    Interrupted,
    /// The refresh token's own end has come.
    Expired,
    /// The sealed token could not be opened.
    Unreadable,
    /// The provider says that this app may not use the company.
    Forbidden,
}

/// Why an attempt to connect came to nothing (product.md, Errors).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConnectFailure {
    /// The visitor pressed Cancel at the provider.
    Cancelled,
    /// The provider refused for another reason.
    Refused,
    /// The company is connected elsewhere under the same registration.
    CompanyInUse,
    /// The company in the answer could not be read with the new token.
    CompanyUnproven,
    /// The provider did not answer, or not in time.
    Unreachable,
    /// The provider refuses the operator's keys.
    KeysRefused,
    /// The attempt ran out of time.
    Expired,
    /// The person's right to connect was taken away on the way.
    NotAllowed,
    /// The provider granted less than the connection needs.
    ScopeMissing,
}

/// The account at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// Its name.
    pub name: String,
    /// Its legal name, where it differs.
    pub legal_name: Option<String>,
    /// ISO 3166 code, for example "US".
    pub country: Option<String>,
    /// ISO 4217 code, for example "USD".
    pub home_currency: Option<String>,
    /// For example "QuickBooks Online Plus".
    pub edition: Option<String>,
    /// How it is set up there.
    pub settings: CompanySettings,
    /// The last four characters of its id.
    pub id_tail: String,
}

/// How a company is set up at the provider; what is not known is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompanySettings {
    /// Several currencies are switched on.
    pub multi_currency: Option<bool>,
    /// Classes are switched on.
    pub classes: Option<bool>,
    /// Locations are switched on.
    pub locations: Option<bool>,
    /// Documents may bring numbers of their own.
    pub custom_numbers: Option<bool>,
    /// Who works out sales tax.
    pub tax: Option<TaxMode>,
    /// The books are closed up to this day, as YYYY-MM-DD.
    pub closed_until: Option<String>,
    /// The month in which its year begins, in the provider's word, for example "April".
    pub year_begins: Option<String>,
}

/// Who works out sales tax in a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TaxMode {
    /// Nobody: it uses none.
    Off,
    /// The tax code of each line.
    Manual,
    /// The provider, by where things are sold.
    Automated,
}

/// The company guard asks: another company than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyDecision {
    /// The company of the kept mappings.
    pub before: String,
    /// The company that was chosen now.
    pub chosen: String,
    /// This visitor began the attempt and may decide.
    pub mine: bool,
    /// Undecided, it is dropped at this moment.
    pub expires: Moment,
}

/// Who did something, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The person's name.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// How old a list is and how many records it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAge {
    /// Which list.
    pub list: crate::import::List,
    /// Records that exist at the provider.
    pub count: u32,
    /// When it was last read to its end; none while it has never been.
    pub at: Option<Moment>,
}
