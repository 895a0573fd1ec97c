//! The token and revocation endpoints: `oauth2` over our own HTTP client. Its built-in client would
//! bring a second copy of reqwest, and knows neither our deadline nor our limit of size.

mod answer;
mod migrate;
#[cfg(test)]
mod tests;

use std::time::Duration;

use futures_util::future::BoxFuture;
use http::header;
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet,
    PkceCodeVerifier, RefreshToken, RequestTokenError, StandardRevocableToken,
};

use super::authority::Endpoints;
use super::{Registration, Registrations};
use crate::clock::Stopwatch;
use crate::providers::client::{CallError, Client, Limits};
use crate::providers::retry_after;
use crate::vault::Secret;
use answer::Answer;
pub use answer::Granted;
pub(super) use migrate::Moved;

/// The end of all patience with a token endpoint.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);
const LIMITS: Limits = Limits { deadline: DEADLINE, body: 64 * 1024 };

/// Why the token endpoint gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// `invalid_grant`: the code or the refresh token is not accepted.
    #[error("the grant is not accepted")]
    InvalidGrant,
    /// `invalid_client`: our own credentials are not accepted.
    #[error("the client is not accepted")]
    InvalidClient,
    /// Another refusal, which repeating will not change.
    #[error("the request is refused")]
    Refused,
    /// Too many requests: nothing was done.
    #[error("too many requests; wait {seconds} s")]
    Limited {
        /// As the provider says within reason, else 60.
        seconds: u32,
    },
    /// No connection: nothing was sent.
    #[error("no connection")]
    NotSent,
    /// Sent, but without a usable answer. The grant may have been used (a 5xx says nothing of that).
    #[error("no usable answer")]
    NoAnswer,
}

type OAuth = oauth2::Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl Registration {
    pub(super) fn oauth(&self, endpoints: &Endpoints) -> OAuth {
        let secret = self.client_secret.lend(|secret| ClientSecret::new(secret.to_owned()));
        oauth2::Client::new(ClientId::new(self.client_id.clone()))
            .set_client_secret(secret)
            .set_auth_type(endpoints.auth.clone())
            .set_auth_uri(endpoints.authorization.clone())
            .set_token_uri(endpoints.token.clone())
            .set_redirect_uri(self.redirect.clone())
    }

    /// What revokes a token (RFC 7009, 2.1).
    fn revocation(&self, token: &Secret) -> Result<http::Request<Vec<u8>>, TokenFault> {
        let endpoints = self.endpoints().ok_or(TokenFault::NotSent)?;
        let at = endpoints.revocation.as_ref().ok_or(TokenFault::NotSent)?;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        token.lend(|token| {
            form.append_pair("token", token);
        });
        let mut request = http::Request::post(at.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if matches!(endpoints.auth, AuthType::RequestBody) {
            form.append_pair("client_id", &self.client_id);
            self.client_secret.lend(|secret| {
                form.append_pair("client_secret", secret);
            });
        } else {
            request = request.header(header::AUTHORIZATION, self.credentials()?);
        }
        request.body(form.finish().into_bytes()).map_err(|_| TokenFault::Refused)
    }

    /// Our client's `Authorization` header.
    fn credentials(&self) -> Result<http::HeaderValue, TokenFault> {
        let mut credentials = self
            .client_secret
            .lend(|secret| http::HeaderValue::from_str(&basic(&self.client_id, secret)))
            .map_err(|_| TokenFault::Refused)?;
        credentials.set_sensitive(true);
        Ok(credentials)
    }
}

impl Registrations {
    /// Exchanges a code.
    pub(super) async fn redeem(
        &self,
        registration: &Registration,
        code: &Secret,
        verifier: Option<&Secret>,
    ) -> Result<Granted, TokenFault> {
        let oauth = registration.oauth(registration.endpoints().ok_or(TokenFault::NotSent)?);
        let mut request = oauth.exchange_code(code.lend(|code| AuthorizationCode::new(code.to_owned())));
        if let Some(verifier) = verifier {
            let verifier = verifier.lend(|verifier| PkceCodeVerifier::new(verifier.to_owned()));
            request = request.set_pkce_verifier(verifier);
        }
        let bridge = Bridge::new(&self.client, registration);
        request.request_async(&bridge).await.map_err(fault)?.try_into()
    }

    /// Sends a refresh token.
    pub(super) async fn renew(
        &self,
        registration: &Registration,
        refresh: &Secret,
    ) -> Result<Granted, TokenFault> {
        let oauth = registration.oauth(registration.endpoints().ok_or(TokenFault::NotSent)?);
        let token = refresh.lend(|token| RefreshToken::new(token.to_owned()));
        let bridge = Bridge::new(&self.client, registration);
        let sent = Stopwatch::start();
        let answer = oauth.exchange_refresh_token(&token).request_async(&bridge).await.map_err(fault);
        let granted = answer.and_then(Granted::try_from);
        self.meters.refresh(&registration.integration, granted.as_ref().err().copied(), sent);
        granted
    }

    /// Revokes a token. Intuit answers 400 for one that is dead already, which is as good.
    /// Built here, because `oauth2` sends revocations to https alone, and ours listens on loopback.
    pub(super) async fn revoke(&self, registration: &Registration, token: &Secret) -> Result<(), TokenFault> {
        let request = registration.revocation(token)?;
        let answer =
            self.client.send(request, LIMITS).await.map_err(|error| not_sent(registration, error))?;
        match answer.status().as_u16() {
            200 | 400 => Ok(()),
            401 => Err(TokenFault::InvalidClient),
            429 => Err(limited(answer.headers())),
            _ => Err(TokenFault::NoAnswer),
        }
    }
}

/// HTTP Basic as RFC 6749, 2.3.1 wants it: each part form-encoded first.
fn basic(id: &str, secret: &str) -> String {
    use base64::Engine as _;

    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(id), encoded(secret));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// Our HTTP client as `oauth2` wants one. A type of its own, because the future of a closure cannot
/// be shown to be `Send` where the work is detached.
struct Bridge {
    client: Client,
    headers: header::HeaderMap,
    registration: String,
}

impl Bridge {
    fn new(client: &Client, registration: &Registration) -> Self {
        let mut headers = header::HeaderMap::new();
        for (name, value) in &registration.token_headers {
            let name = header::HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, header::HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        Self { client: client.clone(), headers, registration: registration.id.clone() }
    }

    async fn send(&self, mut request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse, TokenFault> {
        request.headers_mut().extend(self.headers.clone());
        if let Some(credentials) = request.headers_mut().get_mut(header::AUTHORIZATION) {
            credentials.set_sensitive(true);
        }
        let answer = self.client.send(request, LIMITS).await.map_err(|error| {
            tracing::warn!(%error, registration = self.registration, "the token endpoint gave no answer");
            TokenFault::from(error)
        })?;
        let trace = answer.headers().get("intuit_tid").and_then(|trace| trace.to_str().ok());
        let status = answer.status().as_u16();
        tracing::debug!(status, trace, registration = self.registration, "the token endpoint answered");
        match status {
            429 => Err(limited(answer.headers())),
            200 | 400..=499 => Ok(answer),
            // A 5xx says nothing of what was done, a redirect is not followed.
            _ => Err(TokenFault::NoAnswer),
        }
    }
}

impl<'c> AsyncHttpClient<'c> for Bridge {
    type Error = TokenFault;
    type Future = BoxFuture<'c, Result<oauth2::HttpResponse, TokenFault>>;

    fn call(&'c self, request: oauth2::HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl From<CallError> for TokenFault {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NoConnection | CallError::Untrusted(_) => Self::NotSent,
            CallError::NoAnswer | CallError::TooLong => Self::NoAnswer,
        }
    }
}

fn not_sent(registration: &Registration, error: CallError) -> TokenFault {
    tracing::warn!(%error, registration = registration.id, "the revocation endpoint gave no answer");
    error.into()
}

fn limited(headers: &header::HeaderMap) -> TokenFault {
    TokenFault::Limited { seconds: u32::try_from(retry_after::wait(headers).as_secs()).unwrap_or(u32::MAX) }
}

/// The cause in our words. The answer's own text goes nowhere: it may repeat what was sent.
fn fault(error: RequestTokenError<TokenFault, BasicErrorResponse>) -> TokenFault {
    let fault = match error {
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            BasicErrorResponseType::InvalidGrant => TokenFault::InvalidGrant,
            BasicErrorResponseType::InvalidClient => TokenFault::InvalidClient,
            _ => TokenFault::Refused,
        },
        RequestTokenError::Request(fault) => fault,
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => TokenFault::NoAnswer,
    };
    tracing::warn!(%fault, "the token endpoint gave no tokens");
    fault
}
