//! Our clients at the providers: catalogue and configuration put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use oauth2::{RedirectUrl, Scope};
use protocol::ids::IntegrationId;
use url::Url;

use super::authority::{Announced, Authority, Endpoints, safe};
use super::patience::Patience;
use super::refresh::Flights;
use super::turns::Turns;
use crate::config::{self, Config, Consumer};
use crate::metrics::Meters;
use crate::providers::Proof;
use crate::providers::catalogue::{Catalogue, Environment, Integration, ProviderKind, Requests};
use crate::providers::client::{Client, NoClient};
use crate::store::registrations::RegistrationRow;
use crate::store::{Store, StoreError};
use crate::vault::Secret;

/// Our client at a provider: integration + environment + client.
pub struct Registration {
    /// Its name, in the redirect URI.
    pub id: String,
    /// The catalogue's entry.
    pub integration: IntegrationId,
    /// The entry's environment.
    pub environment: String,
    /// Origin of the provider's interface.
    pub api: String,
    /// How fast its companies may be asked.
    pub requests: Requests,
    /// The callback's parameter that claims a company; none where it is learned with the token.
    pub company_parameter: Option<String>,
    pub(super) client_id: String,
    pub(super) client_secret: Secret,
    pub(super) redirect: RedirectUrl,
    pub(super) authority: Authority,
    pub(super) scopes: Vec<Scope>,
    pub(super) authorization_parameters: BTreeMap<String, String>,
    pub(super) token_headers: BTreeMap<String, String>,
    /// What tells whose a token is, where the catalogue names it.
    company: Option<String>,
    /// Where connections under OAuth 1.0a are moved.
    pub(super) migration: Option<Url>,
    /// Our keys of that time.
    pub(super) consumer: Option<Consumer>,
    /// Where its provider sends notices, if it sends any.
    notices: Option<String>,
    verifier_token: Option<Secret>,
}

impl Registration {
    /// What a callback must say of its issuer.
    pub fn announced(&self) -> Announced<'_> {
        self.authority.announced()
    }

    /// Why its provider cannot be used yet, a sentence for the operator; none when it can.
    pub fn problem(&self) -> Option<String> {
        self.authority.problem()
    }

    /// As it must be entered at the provider, letter by letter.
    pub fn redirect_uri(&self) -> &str {
        self.redirect.as_str()
    }

    /// Where notices of its provider arrive, as it must be entered there; none when it sends none.
    pub fn notices_uri(&self) -> Option<&str> {
        self.notices.as_deref()
    }

    /// What its provider signs notices with.
    pub fn verifier_token(&self) -> Option<&Secret> {
        self.verifier_token.as_ref()
    }

    /// Where tokens come from, once its provider is known.
    pub fn token_endpoint(&self) -> Option<&str> {
        Some(self.endpoints()?.token.as_str())
    }

    /// Whether its provider is known to revoke nothing.
    pub fn revokes_nothing(&self) -> bool {
        self.endpoints().is_some_and(|endpoints| endpoints.revocation.is_none())
    }

    /// Whether an `id_token` comes with a code.
    pub(super) fn asks_for_identity(&self) -> bool {
        self.authority.issuer.as_ref().is_some_and(|issuer| issuer.openid)
    }

    /// None until its provider is known.
    pub(super) fn endpoints(&self) -> Option<&Endpoints> {
        self.authority.endpoints()
    }

    /// Where it is told whose a token is, which must be of this subject. None where callbacks claim it.
    pub fn proof(&self, subject: Option<String>) -> Option<Proof> {
        if self.company_parameter.is_some() {
            return None;
        }
        if let Some(address) = &self.company {
            return Some(Proof { address: address.clone(), subject: None });
        }
        let userinfo = self.endpoints()?.userinfo.as_ref()?;
        Some(Proof { address: userinfo.to_string(), subject })
    }
}

/// Why the registrations cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// Live connections belong to another client of this name.
    #[error(
        "the registration {0:?} has connections made with another client id, integration or environment. Give the new client a name of its own, or disconnect those first."
    )]
    ClientChanged(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Our clients at the providers, and what talks to their token endpoints.
pub struct Registrations {
    all: Vec<Registration>,
    pub(super) client: Client,
    pub(super) turns: Turns,
    pub(super) flights: Flights,
    pub(super) patience: Patience,
    /// Counts what becomes of refreshes; the proxy's own.
    pub meters: Arc<Meters>,
}

impl Registrations {
    /// Puts catalogue and configuration together. Each problem is a sentence for the operator.
    pub fn new(config: &Config, catalogue: &Catalogue) -> Result<Self, Vec<String>> {
        let client = Client::new().map_err(|error: NoClient| vec![error.to_string()])?;
        let (mut all, mut problems) = (Vec::<Registration>::new(), Vec::new());
        for wanted in &config.registrations {
            match build(wanted, catalogue, &config.server.public_url) {
                Ok(built) if all.iter().any(|other| other.id == built.id) => {
                    problems.push(format!("there are two registrations named {:?}", built.id));
                }
                Ok(built) => all.push(built),
                Err(problem) => problems.push(format!("registration {:?}: {problem}", wanted.id)),
            }
        }
        if problems.is_empty() { Ok(Self::over(all, client)) } else { Err(problems) }
    }

    fn over(all: Vec<Registration>, client: Client) -> Self {
        let (turns, flights, patience) = (Turns::default(), Flights::default(), Patience::default());
        Self { all, client, turns, flights, patience, meters: Arc::default() }
    }

    /// One registration, for tests inside the crate.
    #[cfg(test)]
    pub(super) fn of_one(wanted: &config::Registration, public: &Url) -> Self {
        let all = vec![build(wanted, &Catalogue::load().unwrap(), public).ok().unwrap()];
        Self::over(all, Client::new().unwrap())
    }

    /// Notes them in the database. Refused when live connections would change their client.
    pub async fn keep(&self, store: &Store) -> Result<(), KeepError> {
        let rows: Vec<[String; 4]> = self
            .all
            .iter()
            .map(|one| {
                let integration = one.integration.as_str().to_owned();
                [one.id.clone(), integration, one.environment.clone(), one.client_id.clone()]
            })
            .collect();
        store
            .write(move |mut db| {
                Box::pin(async move {
                    for [id, integration, environment, client_id] in &rows {
                        let row = RegistrationRow { id, integration, environment, client_id };
                        if db.client_would_change(&row).await? {
                            return Err(KeepError::ClientChanged(id.clone()));
                        }
                        db.put_registration(&row).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// All of them, as configured.
    pub fn all(&self) -> impl Iterator<Item = &Registration> {
        self.all.iter()
    }

    /// The registration of this name.
    pub fn get(&self, id: &str) -> Option<&Registration> {
        self.all.iter().find(|one| one.id == id)
    }

    /// The registration that new connections of an integration are made with: the first configured.
    pub fn of(&self, integration: &IntegrationId) -> Option<&Registration> {
        self.all.iter().find(|one| one.integration == *integration)
    }
}

fn build(wanted: &config::Registration, catalogue: &Catalogue, public: &Url) -> Result<Registration, String> {
    let named = wanted.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if wanted.id.is_empty() || wanted.id.len() > 64 || !named {
        return Err("its id may have 1 to 64 characters of a-z, A-Z, 0-9, '-', '_' and '.'".to_owned());
    }
    let id = IntegrationId::new(wanted.integration.as_str()).ok();
    let entry = id.as_ref().and_then(|id| catalogue.integration(id)).ok_or_else(|| {
        let known: Vec<&str> = catalogue.entries().map(|entry| entry.id.as_str()).collect();
        format!("there is no integration {:?}; there are: {}", wanted.integration, known.join(", "))
    })?;
    let environment = entry.environments.get(&wanted.environment).ok_or_else(|| {
        let known: Vec<&str> = entry.environments.keys().map(String::as_str).collect();
        format!("{} has no environment {:?}; it has: {}", entry.name, wanted.environment, known.join(", "))
    })?;
    let origin = origin(wanted, environment)?;
    assemble(wanted, (entry, environment), &origin, public)
}

fn assemble(
    wanted: &config::Registration,
    (entry, environment): (&Integration, &Environment),
    origin: &str,
    public: &Url,
) -> Result<Registration, String> {
    let here =
        |place: &str| public.join(&format!("/{place}/{}", wanted.id)).map_err(|error| error.to_string());
    let at = |address: &String| address.replace("{origin}", origin);
    let bad = |error: url::ParseError| format!("the redirect URI is broken: {error}");
    let openid = entry.scopes.iter().any(|scope| scope == "openid");
    let authority = Authority::new(environment, origin, openid)?;
    let own = authority.issuer.as_ref().map(|issuer| issuer.url.origin().ascii_serialization());
    Ok(Registration {
        id: wanted.id.clone(),
        integration: entry.id.clone(),
        environment: wanted.environment.clone(),
        api: environment.api.as_ref().map(at).or(own).unwrap_or_default(),
        requests: environment.requests,
        company_parameter: entry.company_parameter.clone(),
        client_id: wanted.client_id.clone(),
        client_secret: wanted.client_secret.clone(),
        redirect: RedirectUrl::new(here("callback")?.into()).map_err(bad)?,
        authority,
        scopes: entry.scopes.iter().cloned().map(Scope::new).collect(),
        authorization_parameters: entry.authorization_parameters.clone(),
        token_headers: entry.token_headers.clone(),
        company: environment.company.as_ref().map(at),
        migration: environment
            .migration
            .as_ref()
            .map(|address| Url::parse(&at(address)))
            .transpose()
            .map_err(bad)?,
        consumer: wanted.consumer.clone(),
        notices: (entry.provider == ProviderKind::QuickBooks)
            .then(|| here("notices"))
            .transpose()?
            .map(Into::into),
        verifier_token: wanted.verifier_token.clone(),
    })
}

/// The origin of a provider of one's own: https, or this machine.
fn origin(wanted: &config::Registration, environment: &Environment) -> Result<String, String> {
    let name = &wanted.environment;
    match (&wanted.origin, environment.wants_origin()) {
        (None, false) => Ok(String::new()),
        (None, true) => {
            Err(format!("the environment {name} needs an `origin`, for example http://127.0.0.1:4100"))
        }
        (Some(_), false) => Err(format!("the environment {name} takes no `origin`; its addresses are known")),
        (Some(origin), true) => {
            if safe(origin) {
                Ok(origin.origin().ascii_serialization())
            } else {
                Err(format!("the origin {origin} must be https, or http on this machine"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(environment: &str, origin: Option<&str>) -> config::Registration {
        config::Registration {
            id: "qbo".to_owned(),
            integration: "quickbooks-online".to_owned(),
            environment: environment.to_owned(),
            client_id: "id".to_owned(),
            client_secret: Secret::new("secret"),
            origin: origin.map(|origin| Url::parse(origin).unwrap()),
            consumer: None,
            verifier_token: None,
        }
    }

    fn built(wanted: &config::Registration) -> Result<Registration, String> {
        let public = Url::parse("https://store.example").unwrap();
        build(wanted, &Catalogue::load().unwrap(), &public)
    }

    #[test]
    fn oa_12_the_redirect_uri_comes_from_the_configuration() {
        let registration = built(&wanted("production", None)).unwrap();
        assert_eq!(registration.redirect.as_str(), "https://store.example/callback/qbo");
        assert_eq!(registration.api, "https://quickbooks.api.intuit.com");
        assert_eq!(registration.notices_uri(), Some("https://store.example/notices/qbo"));
        assert!(!registration.endpoints().unwrap().pkce && registration.problem().is_none());
    }

    #[test]
    fn our_own_environment_takes_an_origin() {
        let registration = built(&wanted("local", Some("http://intuit.localhost:4100/"))).unwrap();
        let endpoints = registration.endpoints().unwrap();
        assert_eq!(endpoints.token.as_str(), "http://intuit.localhost:4100/oauth2/v1/tokens/bearer");
        assert_eq!(registration.api, "http://intuit.localhost:4100");
        assert!(endpoints.pkce && !registration.revokes_nothing());
    }

    #[test]
    fn every_mistake_is_a_sentence() {
        let mut nameless = wanted("production", None);
        nameless.id = "a/b".to_owned();
        let mut unknown = wanted("production", None);
        unknown.integration = "xero".to_owned();
        for (wanted, told) in [
            (nameless, "1 to 64 characters"),
            (unknown, "there are: quickbooks-online"),
            (wanted("staging", None), "it has: local, measured, production, sandbox"),
            (wanted("local", None), "needs an `origin`"),
            (wanted("production", Some("https://x.example")), "takes no `origin`"),
            (wanted("local", Some("http://x.example")), "must be https"),
        ] {
            assert!(built(&wanted).err().unwrap().contains(told), "{told}");
        }
    }
}
