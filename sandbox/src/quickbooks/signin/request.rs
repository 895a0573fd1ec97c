//! The authorization request (facts 1.2): whom to tell when it cannot be met, and what it asks for.

use std::collections::HashMap;

use crate::{
    Client, Pkce,
    quickbooks::{api::ACCOUNTING, pkce::Challenge},
};

/// Scopes that need no company.
const IDENTITY: &[&str] = &["openid", "profile", "email", "phone", "address"];
/// All other scopes that Intuit knows.
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

/// A request that can be put to somebody. Parameters beyond these, such as `claims`, change nothing.
pub(super) struct Asked<'a> {
    pub(super) client: &'a Client,
    pub(super) redirect_uri: &'a str,
    pub(super) scopes: Vec<String>,
    pub(super) state: &'a str,
    pub(super) challenge: Option<Challenge>,
}

/// Why it cannot.
pub(super) enum Refused<'a> {
    /// Whom the answer would go to is not certain, so the person is told and nobody else.
    Person { heading: &'static str, detail: &'static str },
    /// The app is told.
    App { redirect_uri: &'a str, error: &'static str, state: &'a str },
}

/// Reads a request, by the apps that are registered.
pub(super) fn read<'a>(
    query: &'a HashMap<String, String>,
    clients: &'a [Client],
    pkce: Pkce,
) -> Result<Asked<'a>, Refused<'a>> {
    let get = |name: &str| query.get(name).map(String::as_str);
    let client = clients.iter().find(|client| get("client_id") == Some(&client.id)).ok_or(STRANGER)?;
    let redirect_uri = get("redirect_uri").unwrap_or_default();
    // Letter by letter, since whatever is looser can be led astray (RFC 9700, 4.1.3).
    if !client.redirect_uris.iter().any(|registered| registered == redirect_uri) {
        return Err(ASTRAY);
    }
    let state = get("state").unwrap_or_default();
    let refuse = |error| Refused::App { redirect_uri, error, state };
    if state.is_empty() {
        return Err(refuse("invalid_request"));
    }
    if get("response_type") != Some("code") {
        return Err(refuse("unsupported_response_type"));
    }
    let scopes = known_scopes(get("scope").unwrap_or_default()).ok_or_else(|| refuse("invalid_scope"))?;
    let challenge = Challenge::asked(pkce, get("code_challenge"), get("code_challenge_method"))
        .map_err(|_| refuse("invalid_request"))?;
    Ok(Asked { client, redirect_uri, scopes, state, challenge })
}

const STRANGER: Refused<'_> = Refused::Person {
    heading: "This app is not known here",
    detail: "The client_id of the request belongs to no registered app.",
};
const ASTRAY: Refused<'_> = Refused::Person {
    heading: "This app cannot be connected",
    detail: "The redirect_uri query parameter value is invalid. Make sure it is listed in the app's redirect URIs.",
};

/// Scopes with blanks between them, if Intuit knows each, and there is one.
pub(in crate::quickbooks) fn known_scopes(text: &str) -> Option<Vec<String>> {
    let scopes: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    (!scopes.is_empty() && scopes.iter().all(|scope| is_known(scope))).then_some(scopes)
}

fn is_known(scope: &str) -> bool {
    IDENTITY.contains(&scope) || API.contains(&scope)
}

/// Whether any of these scopes opens a company's data, so that one has to be chosen.
pub(in crate::quickbooks) fn needs_company(scopes: &[String]) -> bool {
    scopes.iter().any(|scope| !IDENTITY.contains(&scope.as_str()))
}
