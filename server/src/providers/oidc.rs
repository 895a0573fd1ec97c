//! Any authorization server: the company is whom a token belongs to, as the userinfo endpoint, or
//! another one that answers in JSON, tells it. There is nothing to import.

#[cfg(test)]
mod tests;

use std::time::Duration;

use futures_util::future::BoxFuture;
use http::header;
use protocol::import::List;
use protocol::store::CompanySettings;
use serde_json::Value;

use super::catalogue::Pointers;
use super::client::{Client, Limits};
use super::retry_after;
use crate::providers::{CompanyFacts, Counted, Door, Page, Proof, Provider, ProviderCause, ProviderFault};

const LIMITS: Limits = Limits { deadline: Duration::from_secs(30), body: 64 * 1024 };
/// The longest id and the longest name that are believed (a `sub` has 255 characters at most).
const ID_MOST: usize = 255;
const NAME_MOST: usize = 200;

/// Whoever speaks OAuth 2.0, behind one HTTP client.
pub struct OpenId {
    client: Client,
    company: Pointers,
}

/// What is told of a token.
struct Told {
    id: String,
    name: String,
}

impl OpenId {
    /// Over an HTTP client; the pointers say where id and name stand.
    pub fn new(client: Client, company: Pointers) -> Self {
        Self { client, company }
    }

    async fn told(&self, door: &Door) -> Result<Told, ProviderFault> {
        let proof = door.proof.as_ref().ok_or(fault(ProviderCause::Refused, None))?;
        let request = request(door, proof).ok_or(fault(ProviderCause::Refused, None))?;
        let answer = self.client.send(request, LIMITS).await.map_err(|error| {
            tracing::info!(%error, "nobody tells whose a token is");
            ProviderFault::from(error)
        })?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(fault(cause(status, answer.headers()), Some(status)));
        }
        self.read(answer.body(), proof).ok_or(fault(ProviderCause::Garbled, Some(status)))
    }

    /// None when it is no JSON, has no id, or speaks of another subject than the `id_token`.
    fn read(&self, body: &[u8], proof: &Proof) -> Option<Told> {
        let whole: Value = serde_json::from_slice(body).ok()?;
        if let Some(subject) = &proof.subject
            && whole.get("sub").and_then(Value::as_str) != Some(subject)
        {
            return None;
        }
        let id = whole.pointer(&self.company.id).and_then(text).filter(|id| plausible(id))?;
        let name = whole.pointer(&self.company.name).and_then(text);
        let name = name.map(|name| name.trim().chars().take(NAME_MOST).collect::<String>());
        Some(Told { name: name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone()), id })
    }
}

/// A text, or a number as its text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn plausible(id: &str) -> bool {
    (1..=ID_MOST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

fn request(door: &Door, proof: &Proof) -> Option<http::Request<Vec<u8>>> {
    let mut bearer = door.token.lend(|token| http::HeaderValue::from_str(&format!("Bearer {token}"))).ok()?;
    bearer.set_sensitive(true);
    http::Request::get(proof.address.as_str())
        .header(header::AUTHORIZATION, bearer)
        .header(header::ACCEPT, "application/json")
        .body(Vec::new())
        .ok()
}

fn cause(status: u16, headers: &http::HeaderMap) -> ProviderCause {
    match status {
        401 => ProviderCause::Unauthorized,
        403 => ProviderCause::Forbidden,
        429 => {
            let wait = retry_after::wait(headers).as_secs();
            ProviderCause::Limited { seconds: u32::try_from(wait).unwrap_or(u32::MAX) }
        }
        500.. => ProviderCause::Unreachable,
        100..=399 => ProviderCause::Garbled,
        _ => ProviderCause::Refused,
    }
}

fn fault(cause: ProviderCause, status: Option<u16>) -> ProviderFault {
    ProviderFault { cause, status, code: None, trace: None }
}

impl Provider for OpenId {
    fn identify<'a>(&'a self, door: &'a Door) -> BoxFuture<'a, Result<String, ProviderFault>> {
        Box::pin(async move { Ok(self.told(door).await?.id) })
    }

    fn company<'a>(&'a self, door: &'a Door) -> BoxFuture<'a, Result<CompanyFacts, ProviderFault>> {
        Box::pin(async move {
            let told = self.told(door).await?;
            if told.id != door.company {
                return Err(fault(ProviderCause::Forbidden, Some(200)));
            }
            Ok(CompanyFacts {
                name: told.name,
                legal_name: None,
                country: None,
                home_currency: None,
                edition: None,
                settings: CompanySettings::default(),
            })
        })
    }

    fn count<'a>(&'a self, _: &'a Door, _: List) -> BoxFuture<'a, Result<Counted, ProviderFault>> {
        Box::pin(async { Err(fault(ProviderCause::Refused, None)) })
    }

    fn page<'a>(
        &'a self,
        _: &'a Door,
        _: List,
        _: u32,
        _: u32,
    ) -> BoxFuture<'a, Result<Page, ProviderFault>> {
        Box::pin(async { Err(fault(ProviderCause::Refused, None)) })
    }
}
