//! Tokens for a connection under OAuth 1.0a: the request of `providers::quickbooks`, the answer of a token endpoint.

use http::StatusCode;
use serde::Deserialize;

use super::{Answer, Granted, LIMITS, Registration, Registrations, TokenFault, limited};
use crate::clock::Clock;
use crate::providers::quickbooks::migrate::{Old, Wish, request};
use crate::vault::Secret;

/// What a connection was moved to.
pub(in crate::oauth) struct Moved {
    /// Its tokens.
    pub(in crate::oauth) granted: Granted,
    /// The company that they are said to open.
    pub(in crate::oauth) company: Option<String>,
}

/// The token response, with the company's id (facts 2).
#[derive(Deserialize)]
struct Body {
    #[serde(flatten)]
    answer: Answer,
    #[serde(rename = "realmId")]
    realm: Option<String>,
}

impl Registrations {
    /// Moves a connection with its token and secret under OAuth 1.0a. A refusal of any kind is
    /// [`TokenFault::Refused`]: whose fault it is, the answer does not say.
    pub(in crate::oauth) async fn migrate(
        &self,
        registration: &Registration,
        (token, token_secret): (&Secret, &Secret),
        clock: &Clock,
    ) -> Result<Moved, TokenFault> {
        let (Some(at), Some(consumer)) = (&registration.migration, &registration.consumer) else {
            return Err(TokenFault::NotSent);
        };
        let old = Old { consumer_key: &consumer.key, consumer_secret: &consumer.secret, token, token_secret };
        let scopes: Vec<&str> = registration.scopes.iter().map(|scope| scope.as_str()).collect();
        let nonce = Secret::random(clock);
        let signed = registration.client_secret.lend(|client_secret| {
            let wish = Wish {
                scope: &scopes.join(" "),
                redirect_uri: registration.redirect.as_str(),
                client_id: &registration.client_id,
                client_secret,
            };
            nonce.lend(|nonce| request(at, &old, &wish, (clock.now().0 / 1000, nonce)))
        });
        let answer = self.client.send(signed.ok_or(TokenFault::NotSent)?, LIMITS).await?;
        match answer.status() {
            StatusCode::OK => read(answer.body()),
            StatusCode::TOO_MANY_REQUESTS => Err(limited(answer.headers())),
            status if status.is_client_error() => Err(TokenFault::Refused),
            _ => Err(TokenFault::NoAnswer),
        }
    }
}

fn read(body: &[u8]) -> Result<Moved, TokenFault> {
    let Body { answer, realm } = serde_json::from_slice(body).map_err(|_| TokenFault::NoAnswer)?;
    Ok(Moved { granted: answer.try_into()?, company: realm })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WHOLE: &str = r#"{"token_type":"bearer","access_token":"eyJlbmMi","expires_in":"3600","refresh_token":"AB11","x_refresh_token_expires_in":8726400,"realmId":"9341453199999002"}"#;

    #[test]
    fn the_answer_names_the_company_beside_the_tokens() {
        let moved = read(WHOLE.as_bytes()).ok().unwrap();
        assert_eq!(moved.company.as_deref(), Some("9341453199999002"));
        assert_eq!(moved.granted.refresh_seconds, Some(8_726_400));
        assert!(read(b"{\"error\":\"invalid_token\"}").is_err());
    }

    proptest! {
        #[test]
        fn rf_14_damage_to_an_answer_is_a_fault_or_harmless(body in crate::damage::damaged(&[WHOLE])) {
            if let Ok(moved) = read(&body) {
                prop_assert!(moved.granted.access.lend(|token| !token.is_empty()));
            }
        }
    }
}
