//! Providers: what every one of them can be asked, and the catalogue that says how to reach it.

pub mod catalogue;
pub mod client;
pub(crate) mod decimal;
pub mod facts;
pub mod oidc;
pub mod quickbooks;
pub(crate) mod retry_after;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::HeaderMap;
use protocol::ids::Moment;
use protocol::import::List;
use protocol::store::CompanySettings;

use crate::vault::Secret;
use client::CallError;
use facts::RecordFacts;

/// One company, reached with one access token.
#[derive(Clone)]
pub struct Door {
    /// Origin of the provider's interface, without a trailing slash.
    pub api: String,
    /// The company's id at the provider.
    pub company: String,
    /// The access token.
    pub token: Secret,
    /// Which generation of the connection's tokens it is; named when it turned out not to work.
    pub generation: u64,
    /// Who says whose the token is, where callbacks claim no company.
    pub proof: Option<Proof>,
}

/// Where it is told whose an access token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Its address.
    pub address: String,
    /// The subject that it must name: the one of the `id_token` (OpenID Connect Core 1.0, 5.3.2).
    pub subject: Option<String>,
}

/// What is known of a company from the company itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CompanyFacts {
    /// Its name.
    pub name: String,
    /// Its legal name.
    pub legal_name: Option<String>,
    /// ISO 3166 code.
    pub country: Option<String>,
    /// ISO 4217 code of its home currency, once preferences were read.
    pub home_currency: Option<String>,
    /// For example "QuickBooks Online Plus".
    pub edition: Option<String>,
    /// How it is set up, once preferences were read.
    #[serde(default)]
    pub settings: CompanySettings,
}

/// One imported object: what is searched, matched and shown, and the object itself as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedRecord {
    /// The provider's id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Account number, SKU of an item, code of a currency, registration number of a tax agency.
    pub number: Option<String>,
    /// Type of an account, an item, a term or a payment method: what filters pickers.
    pub kind: Option<String>,
    /// E-mail, rate or type as text: what tells two of a name apart.
    pub detail: Option<String>,
    /// E-mail address in lower case.
    pub email: Option<String>,
    /// Tax rate on sales in basis points (2000 is 20 %), as the provider shows it; its facts may have
    /// rates with dates.
    pub rate: Option<i64>,
    /// Whatever else is known of it.
    pub facts: RecordFacts,
    /// Changes with every change of the object.
    pub sync_token: Option<String>,
    /// In use.
    pub active: bool,
    /// The object as it came, JSON.
    pub raw: Arc<str>,
}

/// A page of a list.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Objects that could be read.
    pub records: Vec<ImportedRecord>,
    /// Objects on the page, readable or not: fewer than asked for means the list's end.
    pub size: u32,
}

/// How many objects a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// So many.
    pub total: u32,
    /// When they were counted, by the provider's clock.
    pub at: Option<Moment>,
}

/// What changed in some lists since a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The lists that were asked for, in that order.
    pub lists: Vec<(List, ListChanges)>,
    /// There may be more than the provider tells at once: what is not named may have changed too.
    pub cut_off: bool,
    /// When it was answered, by the provider's clock.
    pub at: Option<Moment>,
}

/// What changed in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListChanges {
    /// New and changed objects, whole.
    pub records: Vec<ImportedRecord>,
    /// Ids of objects that are gone.
    pub gone: Vec<String>,
    /// Objects that could not be read.
    pub unreadable: u32,
}

/// Why the provider did not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause:?} (status {status:?}, code {code:?}, trace {trace:?})")]
pub struct ProviderFault {
    /// What kind.
    pub cause: ProviderCause,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The provider's error code.
    pub code: Option<String>,
    /// The provider's trace id (`intuit_tid`).
    pub trace: Option<String>,
}

impl ProviderFault {
    /// The company's subscription at the provider has ended (Intuit's 6190).
    pub fn subscription_ended(&self) -> bool {
        self.code.as_deref() == Some("6190")
    }

    /// This app may not use the company at all (Intuit's 3100 with a 403): development keys on a live
    /// company, or access that was removed. Any other 403 is about what was asked.
    pub fn company_closed(&self) -> bool {
        self.cause == ProviderCause::Forbidden && matches!(self.code.as_deref(), Some("3100" | "003100"))
    }
}

/// What kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderCause {
    /// The access token is not accepted (401).
    Unauthorized,
    /// The app may not use that company (403).
    Forbidden,
    /// Too many requests; wait so many seconds.
    Limited {
        /// As the provider says within reason, else 60.
        seconds: u32,
    },
    /// No connection, a timeout, or a 5xx: may pass by itself.
    Unreachable,
    /// The provider refused this request; asking again will not help.
    Refused,
    /// The answer could not be understood, or was too long.
    Garbled,
}

impl From<CallError> for ProviderFault {
    fn from(error: CallError) -> Self {
        let (cause, code) = match error {
            CallError::NoConnection | CallError::NoAnswer => (ProviderCause::Unreachable, None),
            CallError::Untrusted(fault) => (ProviderCause::Unreachable, Some(fault.code().to_owned())),
            CallError::TooLong => (ProviderCause::Garbled, None),
        };
        Self { cause, status: None, code, trace: None }
    }
}

/// The signature of a body of notices, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(pub(crate) Vec<u8>);

/// A provider's word that something changed in a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The same whenever the same notice comes, and for no other.
    pub digest: [u8; 32],
    /// The company's id at the provider.
    pub company: String,
    /// What changed; none for what is not imported.
    pub list: Option<List>,
    /// When, if that can be read.
    pub at: Option<Moment>,
}

/// What a signed body says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notices {
    /// What could be read.
    pub list: Vec<Notice>,
    /// How many could not.
    pub unreadable: u32,
}

/// As many requests as [`Provider::company`] makes at most.
pub const COMPANY_REQUESTS: u32 = 2;

/// What every provider can be asked. Each call is one request, within its time and size limits.
pub trait Provider: Send + Sync {
    /// The id of the company that the token opens, where callbacks claim none.
    fn identify<'a>(&'a self, door: &'a Door) -> BoxFuture<'a, Result<String, ProviderFault>>;

    /// The company itself: proves that the token opens it.
    fn company<'a>(&'a self, door: &'a Door) -> BoxFuture<'a, Result<CompanyFacts, ProviderFault>>;

    /// How many objects a list has.
    fn count<'a>(&'a self, door: &'a Door, list: List) -> BoxFuture<'a, Result<Counted, ProviderFault>>;

    /// A page of a list, ordered by id; `start` counts from 1, `size` is at most 1000.
    fn page<'a>(
        &'a self,
        door: &'a Door,
        list: List,
        start: u32,
        size: u32,
    ) -> BoxFuture<'a, Result<Page, ProviderFault>>;

    /// Whether [`Provider::changes`] can be asked about a list.
    fn tells_changes(&self, _: List) -> bool {
        false
    }

    /// What changed in these lists since a moment of the provider's own clock.
    fn changes<'a>(
        &'a self,
        _: &'a Door,
        _: Vec<List>,
        _: Moment,
    ) -> BoxFuture<'a, Result<Changes, ProviderFault>> {
        let refused = ProviderFault { cause: ProviderCause::Refused, status: None, code: None, trace: None };
        Box::pin(async { Err(refused) })
    }

    /// The signature that a body of notices came with. None where there is none that could be good.
    fn signature(&self, _headers: &HeaderMap) -> Option<Signature> {
        None
    }

    /// What a body says that was signed with this verifier token. None when it was not.
    fn notices(&self, _token: &Secret, _signature: &Signature, _body: &[u8]) -> Option<Notices> {
        None
    }
}
