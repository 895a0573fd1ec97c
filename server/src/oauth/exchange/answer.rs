//! What a token endpoint answers: believed within limits, in every shape that has been seen.

use std::time::Duration;

use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
    /// Who signed in, as the provider signed it; where `openid` was asked for.
    pub(in crate::oauth) id_token: Option<Secret>,
    /// What it opens, where the answer says; nothing said means: as asked (RFC 6749, 5.1).
    scopes: Option<Vec<String>>,
}

impl Granted {
    /// Whether something that was asked for was not granted. What was granted beyond it is left
    /// alone: we ask for the least and use no more, so refusing would help nobody.
    pub fn lacks(&self, asked: &[Scope]) -> bool {
        let Some(granted) = &self.scopes else { return false };
        asked.iter().any(|scope| !granted.iter().any(|granted| granted == scope.as_str()))
    }
}

/// RFC 6749, 5.1, and Intuit's additions. Numbers may be strings, and are believed within limits.
#[derive(Debug, Deserialize)]
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
    scope: Option<String>,
    id_token: Option<IdToken>,
}

/// An `id_token`, which tells personal things and shows itself to nobody.
#[derive(Deserialize)]
struct IdToken(String);

impl std::fmt::Debug for IdToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("IdToken([redacted])")
    }
}

/// `oauth2` wants it of every token response. Tokens are written nowhere.
impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("tokens are not written"))
    }
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
            id_token: answer.id_token.map(|token| Secret::new(token.0)),
            scopes: answer.scope.map(|scope| scope.split_whitespace().map(str::to_owned).collect()),
        })
    }
}

/// What can stand in an `Authorization` header (RFC 6750, 2.1, a little wider).
fn fits(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(body: &[u8]) -> Option<Granted> {
        serde_json::from_slice::<Answer>(body).ok()?.try_into().ok()
    }

    /// A field in one of the shapes that may come, or none.
    fn field(name: &'static str) -> impl Strategy<Value = Option<String>> {
        let number = prop_oneof![
            any::<i64>().prop_map(|number| number.to_string()),
            any::<u64>().prop_map(|number| number.to_string()),
            any::<f64>().prop_map(|number| format!("{number:e}")),
            Just("1e400".to_owned()),
            Just("1000000000000".to_owned()),
            "\\PC{0,12}".prop_map(|text| format!("{text:?}")),
            "[0-9]{1,40}".prop_map(|text| format!("\"{text}\"")),
            Just("null".to_owned()),
            Just("[{}]".to_owned()),
        ];
        proptest::option::of(number.prop_map(move |value| format!("\"{name}\":{value}")))
    }

    /// Answers of a token endpoint as Intuit gives them.
    const WHOLE: &[&str] = &[
        r#"{"token_type":"bearer","access_token":"eyJlbmMi","expires_in":3600,"refresh_token":"AB11","x_refresh_token_expires_in":8726400}"#,
        r#"{"token_type":"Bearer","access_token":"eyJlbmMi","expires_in":"3600","refresh_token":"AB11","scope":"a b","x_refresh_token_hard_expires_in":157680000}"#,
        r#"{"error_description":"Incorrect or invalid refresh token","error":"invalid_grant"}"#,
    ];

    proptest! {
        #[test]
        fn rf_14_damage_to_an_answer_is_a_fault_or_harmless(body in crate::damage::damaged(WHOLE)) {
            if let Some(granted) = read(&body) {
                prop_assert!(granted.access.lend(fits) && granted.access_seconds <= LIFETIME_MOST);
                prop_assert!(granted.refresh.is_none_or(|token| token.lend(|token| !token.is_empty())));
            }
        }

        #[test]
        fn oa_21_no_bytes_make_the_parser_panic(body: Vec<u8>) {
            prop_assert!(read(&body).is_none());
        }

        #[test]
        fn oa_21_what_is_believed_is_within_limits(
            access in "[ -~]{0,20}",
            kind in "(?i)bearer|mac|\\PC{0,6}",
            fields in (field("expires_in"), field("x_refresh_token_expires_in"), field("refresh_token"), field("scope")),
        ) {
            let mut all = vec![format!("\"access_token\":{access:?}"), format!("\"token_type\":{kind:?}")];
            all.extend([fields.0, fields.1, fields.2, fields.3].into_iter().flatten());
            let body = format!("{{{}}}", all.join(","));
            if let Some(granted) = read(body.as_bytes()) {
                prop_assert!(kind.eq_ignore_ascii_case("bearer") && !access.is_empty() && !access.contains(' '));
                prop_assert!(granted.access_seconds <= LIFETIME_MOST);
                prop_assert!(granted.refresh_seconds.is_none_or(|life| life <= REFRESH_MOST));
                prop_assert!(granted.refresh.is_none_or(|token| token.lend(|token| !token.is_empty())));
            }
        }
    }

    #[test]
    fn oa_20_only_what_is_missing_counts() {
        let asked = [Scope::new("a".to_owned()), Scope::new("b".to_owned())];
        for (scope, lacks) in [
            ("", false),
            (r#","scope":null"#, false),
            (r#","scope":"b a""#, false),
            (r#","scope":"a b c""#, false),
            (r#","scope":"a""#, true),
            (r#","scope":"A B""#, true),
            (r#","scope":"""#, true),
        ] {
            let body = format!(r#"{{"token_type":"bearer","access_token":"t"{scope}}}"#);
            assert_eq!(read(body.as_bytes()).unwrap().lacks(&asked), lacks, "{scope}");
        }
    }

    #[test]
    fn sm_01_an_answer_cannot_be_written() {
        let answer: Answer = serde_json::from_str(
            r#"{"token_type":"bearer","access_token":"AT-1","refresh_token":"RT-1","id_token":"IT-1"}"#,
        )
        .unwrap();
        assert!(serde_json::to_string(&answer).is_err());
        let shown = format!("{answer:?}");
        assert!(!shown.contains("AT-1") && !shown.contains("RT-1") && !shown.contains("IT-1"), "{shown}");
    }
}
