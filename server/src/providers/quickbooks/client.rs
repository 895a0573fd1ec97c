//! One read of the Accounting API, within its limits: status before body, faults in both
//! envelopes, in XML, and inside a 200 (docs of Intuit's service and gateway faults).

use std::time::Duration;

use http::header;
use serde::de::DeserializeOwned;

use super::{QuickBooks, fault};
use crate::providers::client::{CallError, Limits};
use crate::providers::{Door, ProviderCause, ProviderFault};

/// A page of 1000 large customers is some 3 MB.
const LIMITS: Limits = Limits { deadline: Duration::from_mins(1), body: 10 * 1024 * 1024 };
/// Older minor versions are answered as this one since August 2025.
const MINOR_VERSION: &str = "75";

/// A body without a fault, with the trace id it came with.
pub(super) struct Answer {
    /// JSON, as it came.
    pub(super) body: Vec<u8>,
    /// `intuit_tid`.
    pub(super) trace: Option<String>,
}

impl Answer {
    /// Reads the body as this shape.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, ProviderFault> {
        serde_json::from_slice(&self.body).map_err(|_| self.garbled())
    }

    /// The fault of an answer that cannot be understood.
    pub(super) fn garbled(&self) -> ProviderFault {
        ProviderFault {
            cause: ProviderCause::Garbled,
            status: Some(200),
            code: None,
            trace: self.trace.clone(),
        }
    }
}

impl QuickBooks {
    /// `GET {api}/v3/company/{company}/{path}?{query}&minorversion=75`.
    pub(super) async fn get(
        &self,
        door: &Door,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Answer, ProviderFault> {
        let request = request(door, path, query).ok_or(fault::without_answer(ProviderCause::Refused))?;
        let answer = self.client.send(request, LIMITS).await.map_err(not_served)?;
        let (parts, body) = answer.into_parts();
        let trace = fault::trace(&parts.headers);
        match fault::found(parts.status.as_u16(), &parts.headers, &body) {
            Some(found) => {
                tracing::info!(fault = %found, path, "QuickBooks refused a read");
                Err(found)
            }
            None => Ok(Answer { body, trace }),
        }
    }
}

fn not_served(error: CallError) -> ProviderFault {
    tracing::info!(%error, "QuickBooks did not serve a read");
    error.into()
}

fn request(door: &Door, path: &str, query: &[(&str, &str)]) -> Option<http::Request<Vec<u8>>> {
    let mut url = url::Url::parse(&door.api).ok()?;
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(["v3", "company", &door.company])
        .extend(path.split('/'));
    url.query_pairs_mut().extend_pairs(query).append_pair("minorversion", MINOR_VERSION);
    let mut bearer = door.token.lend(|token| http::HeaderValue::from_str(&format!("Bearer {token}"))).ok()?;
    bearer.set_sensitive(true);
    http::Request::get(url.as_str())
        .header(header::AUTHORIZATION, bearer)
        .header(header::ACCEPT, "application/json")
        .body(Vec::new())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Secret;

    #[test]
    fn a_request_is_built_as_intuit_wants_it() {
        let door = Door {
            api: "https://quickbooks.api.intuit.com".to_owned(),
            company: "93/41".to_owned(),
            token: Secret::new("eyJ"),
            generation: 1,
            proof: None,
        };
        let request =
            request(&door, "query", &[("query", "select * from Customer where Name = 'a&b'")]).unwrap();
        assert_eq!(
            request.uri().to_string(),
            "https://quickbooks.api.intuit.com/v3/company/93%2F41/query\
             ?query=select+*+from+Customer+where+Name+%3D+%27a%26b%27&minorversion=75"
        );
        assert_eq!(request.headers()[header::ACCEPT], "application/json");
        assert!(request.headers()[header::AUTHORIZATION].is_sensitive());
    }
}
