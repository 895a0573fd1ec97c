//! What a token endpoint answers: believed within limits, in every shape that has been seen.

use std::time::Duration;

use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse};
use serde::{Deserialize, Deserializer, Serialize};

use super::TokenFault;
use crate::vault::Secret;

/// What an access token lives when the answer does not say, and the longest that is believed.
const LIFETIME: u64 = 3600;
const LIFETIME_MOST: u64 = 24 * 3600;
/// The longest that is believed of a refresh token: ten years.
const REFRESH_MOST: u64 = 10 * 366 * 24 * 3600;

/// What the token endpoint gave.
pub struct Granted {
    /// The access token.
    pub access: Secret,
    /// A refresh token; none means that the old one stays.
    pub refresh: Option<Secret>,
    /// Life of the access token, in seconds.
    pub access_seconds: u64,
    /// Life of the refresh token unless it is used, in seconds.
    pub refresh_seconds: Option<u64>,
    /// Life of the refresh token in any case, in seconds.
    pub hard_seconds: Option<u64>,
}

/// RFC 6749, 5.1, and Intuit's additions. Numbers may be strings, and are believed within limits.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::oauth) struct Answer {
    access_token: AccessToken,
    token_type: String,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    refresh_token: Option<RefreshToken>,
    #[serde(default, deserialize_with = "seconds")]
    x_refresh_token_expires_in: Option<u64>,
    #[serde(default, deserialize_with = "seconds")]
    x_refresh_token_hard_expires_in: Option<u64>,
}

impl TokenResponse for Answer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &BasicTokenType::Bearer
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

/// A number of seconds in any of the shapes that have been seen; a negative one is none left.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let number = match &value {
        serde_json::Value::Null => return Ok(None),
        serde_json::Value::Number(number) => number.as_u64().or(number.as_i64().map(|_| 0)),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map(Some).ok_or_else(|| serde::de::Error::custom("not a number of seconds"))
}

impl TryFrom<Answer> for Granted {
    type Error = TokenFault;

    fn try_from(answer: Answer) -> Result<Self, TokenFault> {
        let access = answer.access_token.into_secret();
        let refresh = answer.refresh_token.map(RefreshToken::into_secret).filter(|token| !token.is_empty());
        if !answer.token_type.eq_ignore_ascii_case("bearer") || !fits(&access) {
            return Err(TokenFault::NoAnswer);
        }
        Ok(Self {
            access: Secret::new(access),
            refresh: refresh.map(Secret::new),
            access_seconds: answer.expires_in.unwrap_or(LIFETIME).min(LIFETIME_MOST),
            refresh_seconds: answer.x_refresh_token_expires_in.map(|life| life.min(REFRESH_MOST)),
            hard_seconds: answer.x_refresh_token_hard_expires_in.map(|life| life.min(REFRESH_MOST)),
        })
    }
}

/// What can stand in an `Authorization` header (RFC 6750, 2.1, a little wider).
fn fits(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}
