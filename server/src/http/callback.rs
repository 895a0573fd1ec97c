//! `GET /callback/{registration}`: from the provider back to us. Answers with a redirect to a clean
//! address, so that no code stays in history, caches or referrers.

use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use protocol::store::ConnectFailure;
use serde::Deserialize;
use url::form_urlencoded;

use super::connect::cookie;
use super::page::{Page, our_fault};
use super::routes::{Routes, get};
use crate::oauth::Registration;
use crate::oauth::finish::{self, Answered, FinishError, Finished, Outcome};
use crate::state::Shared;
use crate::store::StoreError;
use crate::vault::Secret;

/// The connect flow's way back.
pub(crate) fn routes() -> Routes {
    Routes::new().route("/callback/{registration}", get(callback)).route("/connected", get(connected))
}

async fn callback(
    State(app): State<Shared>,
    Path(registration): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(registration) = app.registrations.get(&registration) else { return stale().into_response() };
    let Some(parameters) = Parameters::read(query.as_deref().unwrap_or_default()) else {
        return stale().into_response();
    };
    let Some(state) = parameters.get("state") else { return stale().into_response() };
    if registration.iss.as_deref().is_some_and(|iss| parameters.get("iss") != Some(iss)) {
        return stale().into_response();
    }
    let attempt = match finish::take(&app, &registration.id, state, &cookie::hashes(&headers)).await {
        Ok(attempt) => attempt,
        Err(error) => return failed(&error).into_response(),
    };
    let cookie = cookie::without(&headers, &attempt.cookie_hash);
    let answered = parameters.answered(registration);
    match finish::finish(&app, attempt, answered).await {
        Ok(finished) => {
            let headers = [(header::SET_COOKIE, cookie), (header::LOCATION, address(&finished))];
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
        .line("It was used already, took longer than ten minutes, or was begun in another browser. Nothing was changed.")
        .line("Open the store in your portal and press Connect there to start again.")
        .link("Go to the store", "/")
}

fn failed(error: &FinishError) -> Page {
    match error {
        FinishError::NoAttempt => stale(),
        FinishError::Store(_) | FinishError::Broken => {
            tracing::error!(%error, "an attempt could not be finished");
            our_fault()
        }
    }
}

/// The address of the page that says what happened; nothing in it is a secret.
fn address(finished: &Finished) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("result", word(finished.outcome))
        .append_pair("integration", finished.integration.as_str());
    if let Some(portal) = &finished.portal {
        query.append_pair("portal", portal);
    }
    format!("/connected?{}", query.finish())
}

const OUTCOMES: [Outcome; 12] = [
    Outcome::Connected,
    Outcome::Waiting,
    Outcome::Working,
    Outcome::GivenUp,
    Outcome::Failed(ConnectFailure::Cancelled),
    Outcome::Failed(ConnectFailure::Refused),
    Outcome::Failed(ConnectFailure::CompanyInUse),
    Outcome::Failed(ConnectFailure::CompanyUnproven),
    Outcome::Failed(ConnectFailure::Unreachable),
    Outcome::Failed(ConnectFailure::KeysRefused),
    Outcome::Failed(ConnectFailure::Expired),
    Outcome::Failed(ConnectFailure::NotAllowed),
];

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Connected => "connected",
        Outcome::Waiting => "another-company",
        Outcome::Working => "working",
        Outcome::GivenUp => "given-up",
        Outcome::Failed(failure) => match failure {
            ConnectFailure::Cancelled => "cancelled",
            ConnectFailure::Refused => "refused",
            ConnectFailure::CompanyInUse => "company-in-use",
            ConnectFailure::CompanyUnproven => "company-unproven",
            ConnectFailure::Unreachable => "unreachable",
            ConnectFailure::KeysRefused => "keys-refused",
            ConnectFailure::Expired => "expired",
            ConnectFailure::NotAllowed => "not-allowed",
        },
    }
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    result: String,
    #[serde(default)]
    integration: String,
    portal: Option<String>,
}

/// Says what happened, and tries to close itself: it is usually a popup.
async fn connected(State(app): State<Shared>, Query(told): Query<Told>) -> Response {
    let Some(outcome) = OUTCOMES.into_iter().find(|outcome| word(*outcome) == told.result) else {
        return super::page::not_found().into_response();
    };
    let name = app.catalogue.entries().find(|entry| entry.id.as_str() == told.integration);
    let name = name.map_or("QuickBooks", |entry| entry.name.as_str());
    let (title, line) = words(outcome, name);
    let page = Page::new(StatusCode::OK, title).line(line).line("You can close this window.").closing();
    let back = match told.portal {
        Some(portal) => way_back(&app, portal).await,
        None => None,
    };
    let page = match back {
        Some((portal, url)) => page.link(format!("Back to {portal}"), url),
        None => page,
    };
    page.link("Go to the store", "/").into_response()
}

/// The portal's name and registered return address.
async fn way_back(app: &Shared, portal: String) -> Option<(String, String)> {
    let found = app
        .store
        .read::<_, StoreError, _>(move |mut db| Box::pin(async move { db.portal(&portal).await }))
        .await;
    let portal = found.ok().flatten()?;
    Some((portal.name, portal.return_url?))
}

fn words(outcome: Outcome, name: &str) -> (String, String) {
    let (title, line) = match outcome {
        Outcome::Connected => {
            ("{} is connected", "Your settings are being imported; the store shows how far it is.")
        }
        Outcome::Waiting => (
            "That is another company than before",
            "The store shows both names and asks what to do. Until you answer there, nothing is changed.",
        ),
        Outcome::Working => {
            ("{} is slow to answer", "We go on by ourselves; the store shows what comes of it.")
        }
        Outcome::GivenUp => {
            ("This attempt was given up", "Nothing was changed. Press Connect in the store to start again.")
        }
        Outcome::Failed(failure) => match failure {
            ConnectFailure::Cancelled => {
                ("You cancelled at {}", "Nothing was changed. You can try again from the store.")
            }
            ConnectFailure::Refused => (
                "{} did not connect",
                "It refused this sign-in. Nothing was changed. Press Connect in the store to try again.",
            ),
            ConnectFailure::CompanyInUse => (
                "That company is already connected elsewhere",
                "A company can be connected once. Disconnect it there first, or choose another company.",
            ),
            ConnectFailure::CompanyUnproven => (
                "That company could not be opened",
                "The sign-in does not open the company that was named. Nothing was stored. Press Connect in the store to try again.",
            ),
            ConnectFailure::Unreachable => {
                ("{} did not answer in time", "Nothing was changed. Press Connect in the store to try again.")
            }
            ConnectFailure::KeysRefused => (
                "{} refuses this store's keys",
                "Whoever runs this store must look at its keys. Nothing was changed.",
            ),
            ConnectFailure::Expired => (
                "This sign-in took too long",
                "Nothing was changed. Press Connect in the store to start again.",
            ),
            ConnectFailure::NotAllowed => (
                "You may not connect",
                "Your session has ended, or your right to connect was taken away. Nothing was stored.",
            ),
        },
    };
    (title.replace("{}", name), line.to_owned())
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
    fn every_outcome_has_its_own_word_and_words() {
        let all: std::collections::HashSet<_> = OUTCOMES.iter().map(|outcome| word(*outcome)).collect();
        assert_eq!(all.len(), OUTCOMES.len());
        let titles: std::collections::HashSet<_> =
            OUTCOMES.iter().map(|outcome| words(*outcome, "QuickBooks Online").0).collect();
        assert_eq!(titles.len(), OUTCOMES.len());
    }
}
