//! `/connected`: says what came of an attempt, at an address without a secret.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use protocol::store::ConnectFailure;
use serde::Deserialize;
use url::{Url, form_urlencoded};

use crate::http::page::{Page, not_found};
use crate::http::session;
use crate::oauth::finish::{Finished, Outcome};
use crate::state::Shared;
use crate::store::StoreError;

/// The address of the page that says what happened; nothing in it is a secret.
pub(super) fn address(finished: &Finished) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("result", word(finished.outcome))
        .append_pair("integration", finished.integration.as_str());
    if let Some(portal) = &finished.portal {
        query.append_pair("portal", portal);
    }
    format!("/connected?{}", query.finish())
}

const OUTCOMES: [Outcome; 13] = [
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
    Outcome::Failed(ConnectFailure::ScopeMissing),
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
            ConnectFailure::ScopeMissing => "scope-missing",
        },
    }
}

#[derive(Deserialize)]
pub(super) struct Told {
    #[serde(default)]
    result: String,
    #[serde(default)]
    integration: String,
    portal: Option<String>,
}

/// Says what happened, and tries to close itself: it is usually a popup.
pub(super) async fn show(
    State(app): State<Shared>,
    headers: HeaderMap,
    told: Result<Query<Told>, QueryRejection>,
) -> Response {
    let Ok(Query(told)) = told else { return not_found().into_response() };
    let Some(outcome) = OUTCOMES.into_iter().find(|outcome| word(*outcome) == told.result) else {
        return not_found().into_response();
    };
    let entry = app.catalogue.entries().find(|entry| entry.id.as_str() == told.integration);
    let name = entry.map_or("QuickBooks", |entry| entry.name.as_str());
    let (title, line) = words(outcome, name);
    let nothing_to_import = entry.is_some_and(|entry| entry.lists.is_empty());
    let line = match outcome {
        Outcome::Connected if nothing_to_import => "The store shows how it stands.".to_owned(),
        _ => line,
    };
    let mut page = Page::new(StatusCode::OK, title).line(line).line("You can close this window.").closing();
    if let Some((portal, url)) = way_back(&app, told.portal).await {
        page = page.link(format!("Back to {portal}"), url);
    }
    // Somebody who came from a portal's page has no session here, and would find a closed door.
    if let Ok(Some(_)) = session::current(&app, &headers).await {
        page = page.link("Go to the store", "/");
    }
    page.into_response()
}

/// The portal's name and registered return address: nothing else leads away from here.
async fn way_back(app: &Shared, portal: Option<String>) -> Option<(String, String)> {
    let portal = portal?;
    let found = app
        .store
        .read::<_, StoreError, _>(move |mut db| Box::pin(async move { db.portal(&portal).await }))
        .await;
    let portal = found.ok().flatten()?;
    Some((portal.name, portal.return_url.filter(|url| of_the_web(url))?))
}

/// Registered or not, an address of another scheme would run or open something here.
fn of_the_web(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
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
            ConnectFailure::ScopeMissing => (
                "{} allowed less than is needed",
                "Without the right to read the accounts nothing can be imported, so nothing was stored. Press Connect in the store to try again, and allow everything that is asked for.",
            ),
        },
    };
    (title.replace("{}", name), line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_its_own_word_and_words() {
        let all: std::collections::HashSet<_> = OUTCOMES.iter().map(|outcome| word(*outcome)).collect();
        assert_eq!(all.len(), OUTCOMES.len());
        let titles: std::collections::HashSet<_> =
            OUTCOMES.iter().map(|outcome| words(*outcome, "QuickBooks Online").0).collect();
        assert_eq!(titles.len(), OUTCOMES.len());
    }

    #[test]
    fn oa_13_only_the_webs_own_schemes_lead_away() {
        for url in ["https://app.example/", "http://portal.localhost:4100/x?y"] {
            assert!(of_the_web(url), "{url}");
        }
        for url in
            ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "//x", "/", ""]
        {
            assert!(!of_the_web(url), "{url}");
        }
    }
}
