//! Connections as the API shows them: where they stand, with whom, until when. Never a token.

use protocol::ids::Moment;
use protocol::import::List;
use protocol::store::{self, ListAge, ReconnectReason, Stamp, TaxMode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::connections::ConnectionRow;
use crate::connections::machine::State;
use crate::imports;
use crate::providers::CompanyFacts;
use crate::state::App;
use crate::store::connections::listing::NamedConnection;
use crate::store::{Db, StoreError};

/// A connection of an organisation to an integration.
#[derive(Serialize, ToSchema)]
pub(super) struct Connection {
    /// Its name in addresses; it never changes.
    id: String,
    /// The portal's own id of the organisation.
    tenant: String,
    /// What it is connected to.
    integration: String,
    /// Which of the provider's environments; empty when nothing was ever connected.
    environment: String,
    /// Where it stands: `available`, `legacy`, `authorizing`, `importing`, `needs_configuration`, `active`,
    /// `paused`, `attention`, `expiring`, `reconnect_required` or `disconnected`. New states may come.
    state: &'static str,
    /// Why it must be made again: `refused`, `interrupted`, `expired`, `unreadable` or `forbidden`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// How many problems ask for attention.
    #[serde(skip_serializing_if = "Option::is_none")]
    problems: Option<u32>,
    /// When the state ends by itself, for those that do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    deadline: Option<String>,
    /// Whether its tokens are kept for use.
    live: bool,
    /// The company that it is, or was last, connected to.
    company: Option<Company>,
    /// Who connected, and when.
    connected: Option<Moments>,
    /// When its tokens end; nothing when none are kept.
    expires: Option<Ends>,
    /// Lists that were imported.
    lists: Vec<Age>,
    /// The newest saved configuration.
    saved: Option<Saved>,
}

/// A company at the provider.
#[derive(Serialize, ToSchema)]
struct Company {
    /// The provider's id of it.
    id: String,
    name: String,
    legal_name: Option<String>,
    /// ISO 3166 code.
    country: Option<String>,
    /// ISO 4217 code.
    home_currency: Option<String>,
    edition: Option<String>,
    /// How it is set up there.
    settings: CompanySettings,
}

/// How a company is set up at the provider; what is not known is left out.
#[derive(Serialize, ToSchema)]
struct CompanySettings {
    /// Whether several currencies are switched on.
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_currency: Option<bool>,
    /// Whether classes are switched on.
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<bool>,
    /// Whether locations are switched on.
    #[serde(skip_serializing_if = "Option::is_none")]
    locations: Option<bool>,
    /// Whether documents may bring numbers of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_numbers: Option<bool>,
    /// Who works out sales tax: `off` (it uses none), `manual` (the tax code of each line) or `automated` (the
    /// provider).
    #[serde(skip_serializing_if = "Option::is_none")]
    tax: Option<&'static str>,
    /// The books are closed up to this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    closed_until: Option<String>,
    /// The month in which its year begins, in the provider's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    year_begins: Option<String>,
}

/// Who did something, and when.
#[derive(Serialize, ToSchema)]
struct Moments {
    by: String,
    #[schema(format = DateTime)]
    at: String,
}

/// When tokens end. They are refreshed before, as far as the provider lets us.
#[derive(Serialize, ToSchema)]
struct Ends {
    /// The access token.
    #[schema(format = DateTime)]
    access: String,
    /// The refresh token, unless it is used.
    #[schema(format = DateTime)]
    refresh: Option<String>,
    /// The refresh token in any case: somebody must reconnect before.
    #[schema(format = DateTime)]
    sign_in: Option<String>,
}

/// How old a list is, and how many records it has.
#[derive(Serialize, ToSchema)]
struct Age {
    /// `company`, `accounts`, `tax_codes`, `tax_rates`, `tax_agencies`, `terms`, `payment_methods`, `currencies`,
    /// `classes`, `locations`, `customers`, `suppliers` or `items`. New ones may come.
    list: &'static str,
    records: u32,
    /// When it was last read to its end.
    #[schema(format = DateTime)]
    read_at: Option<String>,
}

/// A saved configuration.
#[derive(Serialize, ToSchema)]
struct Saved {
    /// Counts from 1.
    version: u32,
    by: String,
    #[schema(format = DateTime)]
    at: String,
}

/// A connection with everything that is shown of it.
pub(super) async fn shown(
    db: &mut Db<'_>,
    app: &App,
    found: NamedConnection,
) -> Result<Connection, StoreError> {
    let NamedConnection { row, tenant } = found;
    let (ages, saved) = match &row.company_id {
        Some(company) => {
            (imports::ages(db, row.id, company).await?, db.saved_version(row.id, company).await?)
        }
        None => (Vec::new(), None),
    };
    let stands = Stands::of(row.state);
    let registration = row.registration.as_deref().and_then(|id| app.registrations.get(id));
    Ok(Connection {
        environment: registration.map(|one| one.environment.clone()).unwrap_or_default(),
        state: stands.word,
        reason: stands.reason,
        problems: stands.problems,
        deadline: stands.deadline.map(rfc3339),
        live: row.live,
        company: row.company_id.as_deref().zip(row.company.as_ref()).map(company),
        connected: row
            .connected
            .as_ref()
            .map(|Stamp { by, at }| Moments { by: by.clone(), at: rfc3339(*at) }),
        expires: ends(&row),
        lists: ages.into_iter().map(age).collect(),
        saved: saved.map(|(version, stamp)| Saved { version, by: stamp.by, at: rfc3339(stamp.at) }),
        integration: row.integration.as_str().to_owned(),
        id: row.public_id,
        tenant,
    })
}

/// A state, taken apart.
#[derive(Default)]
struct Stands {
    word: &'static str,
    reason: Option<&'static str>,
    problems: Option<u32>,
    deadline: Option<Moment>,
}

impl Stands {
    fn of(state: State) -> Self {
        let plain = |word| Self { word, ..Self::default() };
        match state {
            State::Available => plain("available"),
            State::Legacy { deadline } => Self { deadline, ..plain("legacy") },
            State::Authorizing { expires, .. } => Self { deadline: Some(expires), ..plain("authorizing") },
            State::Importing => plain("importing"),
            State::NeedsConfiguration => plain("needs_configuration"),
            State::Active => plain("active"),
            State::Paused => plain("paused"),
            State::Attention { problems } => Self { problems: Some(problems), ..plain("attention") },
            State::Expiring { at } => Self { deadline: Some(at), ..plain("expiring") },
            State::ReconnectRequired { reason } => {
                Self { reason: Some(why(reason)), ..plain("reconnect_required") }
            }
            State::Disconnected => plain("disconnected"),
        }
    }
}

/// Why a connection must be made again, as a word.
pub(super) fn why(reason: ReconnectReason) -> &'static str {
    match reason {
        ReconnectReason::Refused => "refused",
        ReconnectReason::Interrupted => "interrupted",
        ReconnectReason::Expired => "expired",
        ReconnectReason::Unreadable => "unreadable",
        ReconnectReason::Forbidden => "forbidden",
    }
}

fn company((id, facts): (&str, &CompanyFacts)) -> Company {
    Company {
        id: id.to_owned(),
        name: facts.name.clone(),
        legal_name: facts.legal_name.clone(),
        country: facts.country.clone(),
        home_currency: facts.home_currency.clone(),
        edition: facts.edition.clone(),
        settings: settings(&facts.settings),
    }
}

fn settings(known: &store::CompanySettings) -> CompanySettings {
    CompanySettings {
        multi_currency: known.multi_currency,
        classes: known.classes,
        locations: known.locations,
        custom_numbers: known.custom_numbers,
        tax: known.tax.map(|mode| match mode {
            TaxMode::Off => "off",
            TaxMode::Manual => "manual",
            TaxMode::Automated => "automated",
        }),
        closed_until: known.closed_until.clone(),
        year_begins: known.year_begins.clone(),
    }
}

fn ends(row: &ConnectionRow) -> Option<Ends> {
    row.tokens.as_ref().map(|sealed| Ends {
        access: rfc3339(sealed.access_expires),
        refresh: sealed.refresh_expires.map(rfc3339),
        sign_in: sealed.hard_expires.map(rfc3339),
    })
}

fn age(ListAge { list, count, at }: ListAge) -> Age {
    Age { list: word(list), records: count, read_at: at.map(rfc3339) }
}

/// A list by its name in the API.
pub(super) fn list_named(name: &str) -> Option<List> {
    List::ALL.into_iter().find(|list| word(*list) == name)
}

/// A list as the API writes it.
pub(super) fn word(list: List) -> &'static str {
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
