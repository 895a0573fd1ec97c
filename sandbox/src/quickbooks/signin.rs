//! Intuit's side of the browser (facts 1.2): sign in, choose a company, agree or cancel.
//! What was asked for stays here between the pages; a page carries only the number of its sign-in.

mod pages;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Form,
    extract::{Query, State},
    response::{Html, IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::{
    api::ACCOUNTING,
    clock::hex,
    grants::{Challenge, Consent},
};
use crate::state::{Play, held};

/// How long a page may stay open.
const PATIENCE: Duration = Duration::hours(1);
/// Scopes that need no company.
const IDENTITY: &[&str] = &["openid", "profile", "email", "phone", "address"];
/// All other scopes that Intuit knows (facts 1.2).
const API: &[&str] = &[
    ACCOUNTING,
    "com.intuit.quickbooks.payment",
    "com.intuit.quickbooks.payroll",
    "com.intuit.quickbooks.payroll.timetracking",
    "com.intuit.quickbooks.payroll.benefits",
    "com.intuit.quickbooks.payroll.payslip.read",
    "payroll.compensation.read",
    "project-management.project",
    "app-foundations.custom-dimensions.read",
    "app-foundations.custom-field-definitions",
    "app-foundations.custom-field-definitions.read",
    "time-tracking.time-entry",
    "indirect-tax.tax-calculation.quickbooks",
    "tax-compliance.workpapers.read",
    "intuit_name",
];

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
    let get = |name: &str| query.get(name).map_or("", String::as_str);
    let Some(client) = play.client(get("client_id")) else {
        return refuse(
            "This app is not known here",
            "The client_id of the request belongs to no registered app.",
        );
    };
    let redirect_uri = get("redirect_uri");
    if !client.redirect_uris.iter().any(|registered| registered == redirect_uri) {
        let detail = "The redirect_uri query parameter value is invalid. Make sure it is listed in the app's redirect URIs.";
        return refuse("This app cannot be connected", detail);
    }
    let scopes: Vec<String> = get("scope").split_whitespace().map(str::to_owned).collect();
    let problem = if get("state").is_empty() {
        Some("invalid_request")
    } else if get("response_type") != "code" {
        Some("unsupported_response_type")
    } else if scopes.is_empty() || scopes.iter().any(|scope| !known(scope)) {
        Some("invalid_scope")
    } else if !hashed(query.get("code_challenge"), query.get("code_challenge_method")) {
        Some("invalid_request")
    } else {
        None
    };
    if let Some(error) = problem {
        return found(&error_at(redirect_uri, error, get("state")));
    }
    let challenge = query.get("code_challenge").cloned().map(Challenge);
    let consent = Consent {
        client: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        realm: None,
        email: String::new(),
        challenge,
    };
    let started = play.clock.now();
    let signin =
        SignIn { started, app: client.name.clone(), state: get("state").to_owned(), consent, outcome: None };
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
    let next = if needs_company(&signin.consent) { "company" } else { "consent" };
    see(next, &page.request)
}

/// The companies to choose from.
pub(crate) async fn company(State(play): State<Arc<Play>>, Query(page): Query<Page>) -> Response {
    if !held(&play.signins).open.contains_key(&page.request) {
        return gone();
    }
    shown(StatusCode::OK, pages::companies(&page.request, play.companies, false))
}

/// Takes the choice; without one, asks again.
pub(crate) async fn choose(State(play): State<Arc<Play>>, Form(page): Form<Page>) -> Response {
    let mut signins = held(&play.signins);
    let Some(signin) = signins.open.get_mut(&page.request) else { return gone() };
    let Some(company) = play.company(&page.company) else {
        return shown(StatusCode::BAD_REQUEST, pages::companies(&page.request, play.companies, true));
    };
    signin.consent.realm = Some(company.realm.clone());
    see("consent", &page.request)
}

/// What the app wants, and the two buttons.
pub(crate) async fn consent(State(play): State<Arc<Play>>, Query(page): Query<Page>) -> Response {
    let signins = held(&play.signins);
    let Some(signin) = signins.open.get(&page.request) else { return gone() };
    let company = signin.consent.realm.as_deref().and_then(|realm| play.company(realm));
    if company.is_none() && needs_company(&signin.consent) {
        return see("company", &page.request);
    }
    let company = company.map(|company| company.name.as_str());
    shown(StatusCode::OK, pages::consent(&page.request, &signin.app, company, &signin.consent.scopes))
}

/// Back to the app, with a code or with a no.
pub(crate) async fn decide(State(play): State<Arc<Play>>, Form(page): Form<Page>) -> Response {
    let mut signins = held(&play.signins);
    let Some(signin) = signins.open.get_mut(&page.request) else { return gone() };
    if signin.consent.realm.is_none() && needs_company(&signin.consent) {
        return see("company", &page.request);
    }
    let outcome = match (&signin.outcome, page.decision.as_str()) {
        (Some(outcome), _) => outcome.clone(),
        (None, "connect") => {
            let mut consent = signin.consent.clone();
            if let Some(scope) = play.scope() {
                consent.scopes = scope.split_whitespace().map(str::to_owned).collect();
            }
            let code = held(&play.grants).authorize(consent, play.clock.now());
            play.ledger.issued(code.clone());
            let mut fields = vec![("code", code.as_str()), ("state", &signin.state)];
            fields.extend(signin.consent.realm.as_deref().map(|realm| ("realmId", realm)));
            back(&signin.consent.redirect_uri, &fields)
        }
        (None, _) => error_at(&signin.consent.redirect_uri, "access_denied", &signin.state),
    };
    signin.outcome = Some(outcome.clone());
    found(&outcome)
}

/// The one style sheet of these pages.
pub(crate) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("signin/style.css")).into_response()
}

fn known(scope: &str) -> bool {
    IDENTITY.contains(&scope) || API.contains(&scope)
}

/// No PKCE at all, or a challenge by S256. `plain`, which no method means as well (RFC 7636, 4.3), hides
/// nothing from whoever reads the request.
fn hashed(challenge: Option<&String>, method: Option<&String>) -> bool {
    match (challenge, method) {
        (None, None) => true,
        (Some(challenge), Some(method)) => {
            let of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            method == "S256" && challenge.len() == 43 && challenge.bytes().all(of_base64)
        }
        _ => false,
    }
}

fn needs_company(consent: &Consent) -> bool {
    consent.scopes.iter().any(|scope| !IDENTITY.contains(&scope.as_str()))
}

fn error_at(redirect_uri: &str, error: &str, state: &str) -> String {
    back(redirect_uri, &[("error", error), ("state", state)])
}

/// The redirect URI with these fields added; it was registered, so it is kept as it is.
fn back(redirect_uri: &str, fields: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
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
