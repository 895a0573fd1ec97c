//! `GET /callback/{registration}`: from the provider back to us. Answers with a redirect to a clean
//! address, so that no code stays in history, caches or referrers.

mod connected;

use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use url::form_urlencoded;

use super::connect::cookie;
use super::page::{Page, our_fault};
use super::peer::Asking;
use super::routes::{Routes, get};
use crate::oauth::Registration;
use crate::oauth::finish::{self, Answered, FinishError};
use crate::state::Shared;
use crate::vault::Secret;

/// The connect flow's way back.
pub(crate) fn routes() -> Routes {
    Routes::new().route("/callback/{registration}", get(callback)).route("/connected", get(connected::show))
}

async fn callback(
    State(app): State<Shared>,
    Path(registration): Path<String>,
    RawQuery(query): RawQuery,
    Asking { peer, headers }: Asking,
) -> Response {
    let Some(registration) = app.registrations.get(&registration) else { return stale().into_response() };
    let Some(parameters) = Parameters::read(query.as_deref().unwrap_or_default()) else {
        return stale().into_response();
    };
    let Some(state) = parameters.get("state") else { return stale().into_response() };
    if !parameters.come_from(registration.iss.as_deref()) {
        return stale().into_response();
    }
    let attempt = match finish::take(&app, &registration.id, state, &cookie::hashes(&headers)).await {
        Ok(attempt) => attempt,
        Err(error) => return failed(&error).into_response(),
    };
    let cookie = cookie::without(&headers, &attempt.cookie_hash);
    let answered = parameters.answered(registration);
    match finish::finish(&app, attempt, answered, peer).await {
        Ok(finished) => {
            let headers = [(header::SET_COOKIE, cookie), (header::LOCATION, connected::address(&finished))];
            (StatusCode::SEE_OTHER, AppendHeaders(headers)).into_response()
        }
        Err(error) => failed(&error).into_response(),
    }
}

/// The query, each name once (RFC 6749, 3.1).
struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// None when a name stands there twice.
    fn read(query: &str) -> Option<Self> {
        let mut pairs = Vec::<(String, String)>::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            if pairs.len() == 32 || pairs.iter().any(|(known, _)| *known == name) {
                return None;
            }
            pairs.push((name, value));
        }
        Some(Self(pairs))
    }

    /// An empty value counts as none.
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether they name the issuer that was announced to name itself (RFC 9207, 2.4). Where none was,
    /// the name proves nothing and is not looked at: there the redirect URI tells providers apart.
    fn come_from(&self, announced: Option<&str>) -> bool {
        announced.is_none_or(|issuer| self.get("iss") == Some(issuer))
    }

    fn answered(&self, registration: &Registration) -> Answered {
        let company = self.get(&registration.company_parameter).filter(|company| plausible(company));
        match (self.get("error"), self.get("code").filter(|code| code.len() <= 2048), company) {
            (Some(error), _, _) => Answered::Error(error.chars().take(64).collect()),
            (None, Some(code), Some(company)) => {
                Answered::Code { code: Secret::new(code), company: company.to_owned() }
            }
            _ => Answered::Garbled,
        }
    }
}

fn plausible(company: &str) -> bool {
    company.len() <= 64 && company.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn stale() -> Page {
    Page::new(StatusCode::BAD_REQUEST, "This sign-in link is no longer valid")
        .line("It was used already, took longer than ten minutes, was begun in another browser, or a newer window took its place. Nothing was changed.")
        .line("The store in your portal says how things stand. To start again, press Connect there.")
        .link("Go to the store", "/")
        .forgetting()
}

fn failed(error: &FinishError) -> Page {
    match error {
        FinishError::NoAttempt => stale(),
        FinishError::Store(_) | FinishError::Broken => {
            tracing::error!(%error, "an attempt could not be finished");
            our_fault().forgetting()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oa_15_a_repeated_parameter_is_refused() {
        assert!(Parameters::read("state=a&code=b&state=a").is_none());
        assert!(Parameters::read("state=a&code=b&realmId=1").is_some());
        assert!(Parameters::read("st%61te=a&state=b").is_none());
    }

    #[test]
    fn oa_10_an_announced_issuer_must_be_named() {
        let ours = Some("https://issuer.example");
        for (query, fits) in [
            ("iss=https%3A%2F%2Fissuer.example", true),
            ("iss=https%3A%2F%2Fissuer.example%2F", false),
            ("iss=https%3A%2F%2Fother.example", false),
            ("iss=", false),
            ("state=a", false),
        ] {
            let parameters = Parameters::read(query).unwrap();
            assert_eq!(parameters.come_from(ours), fits, "{query}");
            assert!(parameters.come_from(None), "{query}");
        }
        assert!(Parameters::read("iss=https%3A%2F%2Fissuer.example&iss=x").is_none());
    }
}
