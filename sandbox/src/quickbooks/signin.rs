//! Intuit's side of the browser (facts 1.2): sign in, choose a company, agree or cancel.
//! What was asked for stays here between the pages; a page carries only the number of its sign-in.

mod pages;
mod request;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Form,
    extract::{Query, State},
    response::{Html, IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use self::request::{Asked, Refused};
pub(super) use self::request::{known_scopes, needs_company};
use super::{clock::hex, grants::Consent, identity::ISSUER};
use crate::state::{Play, held};

/// How long a page may stay open.
const PATIENCE: Duration = Duration::hours(1);
/// The sign-ins in progress, by number.
#[derive(Default)]
pub(crate) struct SignIns {
    open: HashMap<String, SignIn>,
}

struct SignIn {
    started: OffsetDateTime,
    app: String,
    state: String,
    consent: Consent,
    /// Where the decision led. Pressing twice leads there again, since a browser follows the last answer.
    outcome: Option<String>,
}

impl SignIn {
    fn begun(asked: Asked<'_>, now: OffsetDateTime) -> Self {
        let consent = Consent {
            client: asked.client.id.clone(),
            redirect_uri: asked.redirect_uri.to_owned(),
            scopes: asked.scopes,
            realm: None,
            email: String::new(),
            signed_in: now,
            challenge: asked.challenge,
            told: None,
        };
        Self {
            started: now,
            app: asked.client.name.clone(),
            state: asked.state.to_owned(),
            consent,
            outcome: None,
        }
    }

    /// Whether a company still has to be chosen.
    fn lacks_company(&self) -> bool {
        self.consent.realm.is_none() && needs_company(&self.consent.scopes)
    }
}

#[derive(Deserialize)]
pub(crate) struct Page {
    #[serde(default)]
    request: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    company: String,
    #[serde(default)]
    decision: String,
}

/// The authorization request. An unknown app or address gets a page, never a redirect.
pub(crate) async fn begin(
    State(play): State<Arc<Play>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let asked = match request::read(&query, &play.clients, play.policy().pkce) {
        Ok(asked) => asked,
        Err(Refused::Person { heading, detail }) => return refuse(heading, detail),
        Err(Refused::App { redirect_uri, error, state }) => {
            return found(&back(&play, redirect_uri, &[("error", error), ("state", state)]));
        }
    };
    let started = play.clock.now();
    let signin = SignIn::begun(asked, started);
    let request = hex(16);
    let mut signins = held(&play.signins);
    signins.open.retain(|_, other| started - other.started < PATIENCE);
    let page = pages::sign_in(&request, &signin.app);
    signins.open.insert(request, signin);
    shown(StatusCode::OK, page)
}

/// Any e-mail address will do.
pub(crate) async fn sign_in(State(play): State<Arc<Play>>, Form(page): Form<Page>) -> Response {
    let mut signins = held(&play.signins);
    let Some(signin) = signins.open.get_mut(&page.request) else { return gone() };
    page.email.trim().clone_into(&mut signin.consent.email);
    signin.consent.signed_in = play.clock.now();
    let next = if needs_company(&signin.consent.scopes) { "company" } else { "consent" };
    see(next, &page.request)
}

/// The companies to choose from.
pub(crate) async fn company(State(play): State<Arc<Play>>, Query(page): Query<Page>) -> Response {
    if !held(&play.signins).open.contains_key(&page.request) {
        return gone();
    }
    shown(StatusCode::OK, pages::companies(&page.request, &play.companies.all(), false))
}

/// Takes the choice; without one, asks again.
pub(crate) async fn choose(State(play): State<Arc<Play>>, Form(page): Form<Page>) -> Response {
    let mut signins = held(&play.signins);
    let Some(signin) = signins.open.get_mut(&page.request) else { return gone() };
    let Some(company) = play.company(&page.company) else {
        return shown(StatusCode::BAD_REQUEST, pages::companies(&page.request, &play.companies.all(), true));
    };
    signin.consent.realm = Some(company.realm.clone());
    see("consent", &page.request)
}

/// What the app wants, and the two buttons.
pub(crate) async fn consent(State(play): State<Arc<Play>>, Query(page): Query<Page>) -> Response {
    let signins = held(&play.signins);
    let Some(signin) = signins.open.get(&page.request) else { return gone() };
    if signin.lacks_company() {
        return see("company", &page.request);
    }
    let company = signin.consent.realm.as_deref().and_then(|realm| play.company(realm));
    let company = company.as_ref().map(|company| company.name.as_str());
    shown(StatusCode::OK, pages::consent(&page.request, &signin.app, company, &signin.consent.scopes))
}

/// Back to the app, with a code or with a no.
pub(crate) async fn decide(State(play): State<Arc<Play>>, Form(page): Form<Page>) -> Response {
    let mut signins = held(&play.signins);
    let Some(signin) = signins.open.get_mut(&page.request) else { return gone() };
    if signin.lacks_company() {
        return see("company", &page.request);
    }
    let outcome = signin.outcome.take().unwrap_or_else(|| decided(&play, signin, &page.decision));
    found(signin.outcome.insert(outcome))
}

/// The callback, with a code in it if the person agreed.
fn decided(play: &Play, signin: &SignIn, decision: &str) -> String {
    if decision != "connect" {
        let fields = [("error", "access_denied"), ("state", signin.state.as_str())];
        return back(play, &signin.consent.redirect_uri, &fields);
    }
    let consent = granted(signin.consent.clone(), play.scope());
    let realm = consent.realm.clone();
    let code = held(&play.grants).authorize(consent, play.policy(), play.clock.now());
    play.ledger.issued(code.clone());
    let mut fields = vec![("code", code.as_str()), ("state", &signin.state)];
    fields.extend(realm.as_deref().map(|realm| ("realmId", realm)));
    back(play, &signin.consent.redirect_uri, &fields)
}

/// What was agreed to, or what the switch grants instead. A company stays only with a scope that opens one.
fn granted(mut consent: Consent, instead: Option<String>) -> Consent {
    if let Some(scope) = instead {
        consent.scopes = scope.split_whitespace().map(str::to_owned).collect();
        consent.realm = consent.realm.filter(|_| needs_company(&consent.scopes));
        consent.told = Some(scope);
    }
    consent
}

/// The one style sheet of these pages.
pub(crate) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("signin/style.css")).into_response()
}

/// The redirect URI with these fields added; it was registered, so it is kept as it is.
fn back(play: &Play, redirect_uri: &str, fields: &[(&str, &str)]) -> String {
    // Answers of either kind name their issuer, or none does (RFC 9207, 2).
    let issuer = play.settings().iss_on_callback.then_some(("iss", ISSUER));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields.iter().chain(&issuer))
        .finish();
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    format!("{redirect_uri}{joint}{query}")
}

fn see(step: &str, request: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, &format!("/connect/oauth2/{step}?request={request}"))
}

fn found(location: &str) -> Response {
    redirect(StatusCode::FOUND, location)
}

fn redirect(status: StatusCode, location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (status, quiet(), [(header::LOCATION, location)]).into_response(),
        Err(_) => refuse("This app cannot be connected", "Its redirect URI is not an address."),
    }
}

fn refuse(heading: &str, detail: &str) -> Response {
    shown(StatusCode::BAD_REQUEST, pages::refusal(heading, detail))
}

fn gone() -> Response {
    refuse(
        "This sign-in is over",
        "It took too long, or it was never begun here. Go back to the app and start again.",
    )
}

fn shown(status: StatusCode, page: String) -> Response {
    (status, quiet(), Html(page)).into_response()
}

/// These pages are kept by nobody, framed by nobody, load nothing from elsewhere and tell nobody their address.
fn quiet() -> [(HeaderName, &'static str); 3] {
    [
        (header::CACHE_CONTROL, "no-cache, no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ]
}
