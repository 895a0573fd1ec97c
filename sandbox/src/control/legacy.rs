//! Tokens under OAuth 1.0a, issued as if an app had been connected years ago: to a test, and to whoever asks at
//! `POST /sandbox/legacy`, as JSON or with a form of the page.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{Control, guard};
use crate::{
    LegacyToken,
    state::{Play, held},
};

/// Whose connection it is, and to which company.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// The `realmId` of a company.
    realm: String,
    /// A client id; the first app that has a consumer key when none is said.
    client: Option<String>,
}

/// Why no token was issued, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum LegacyError {
    /// No such company.
    #[error("there is no company {0:?} here")]
    Realm(String),
    /// No app that could sign with it.
    #[error("no app here has a consumer key; give it one at the start")]
    Consumer,
}

impl Control {
    /// A token under OAuth 1.0a of the app for a company, good for 180 days. Without a client id it is the first
    /// app's that has a consumer key.
    pub fn issue_legacy(&self, realm: &str, client: Option<&str>) -> Result<LegacyToken, LegacyError> {
        let play = &self.play;
        play.company(realm).ok_or_else(|| LegacyError::Realm(realm.to_owned()))?;
        let asked = |id: &str| client.is_none_or(|asked| asked == id);
        let app = play.clients.iter().find(|app| app.consumer.is_some() && asked(&app.id));
        let app = app.ok_or(LegacyError::Consumer)?;
        let issued = held(&play.legacy).issue(&app.id, realm, play.clock.now());
        play.ledger.issued(issued.token.clone());
        play.ledger.issued(issued.secret.clone());
        Ok(issued)
    }

    /// How many seconds the timestamp of a signed request may be off from now on.
    pub fn set_oauth1_seconds(&self, seconds: u64) {
        held(&self.play.settings).oauth1_seconds = seconds;
    }
}

/// Issues a token and answers with it: the one place that tells its secret.
pub(super) async fn issue(State(play): State<Arc<Play>>, headers: HeaderMap, body: String) -> Response {
    let wish: Result<Wish, String> = if guard::is_json(&headers) {
        serde_json::from_str(&body).map_err(|problem| problem.to_string())
    } else if guard::is_ours(&headers) {
        let field = |wanted: &str| {
            let mut fields = url::form_urlencoded::parse(body.as_bytes());
            fields.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        Ok(Wish { realm: field("realm").unwrap_or_default(), client: field("client") })
    } else {
        return guard::refusal("Ask for it as application/json, or with the form of the sandbox's own page.");
    };
    let issued = wish.and_then(|Wish { realm, client }| {
        let issued = Control::new(play).issue_legacy(&realm, client.as_deref());
        issued.map_err(|problem| problem.to_string())
    });
    match issued {
        Ok(token) => Json(token).into_response(),
        Err(problem) => (StatusCode::BAD_REQUEST, problem).into_response(),
    }
}
