//! A visitor without a browser: goes through the sign-in pages over HTTP, for tests of whatever is behind the callback.

use std::net::SocketAddr;

use html_escape::decode_html_entities;
use http::header;
use reqwest::{Client, Response, redirect::Policy};
use url::{Host, Url};

/// Why the visitor did not come back.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// Something between here and the sandbox.
    #[error("the sandbox could not be asked: {0}")]
    Http(#[from] reqwest::Error),
    /// The address, or one it leads to, is not a URL.
    #[error("not an address: {0}")]
    Url(#[from] url::ParseError),
    /// No company goes by that name or realm.
    #[error("the sandbox has no company {0:?}")]
    Company(String),
    /// A page other than the expected one.
    #[error("{step} was answered with {status}: {page}")]
    Page {
        /// What the visitor tried.
        step: &'static str,
        /// Status of the answer.
        status: u16,
        /// The page itself.
        page: String,
    },
}

/// Signs in, chooses the company (by name or realm), presses Connect; returns the address the browser is sent to.
///
/// An authorization request that the sandbox answers by an error redirect returns that address.
pub async fn consent(authorize_url: &str, company: &str) -> Result<Url, VisitError> {
    visit(authorize_url, company, "connect").await
}

/// Goes the same way and presses Cancel.
pub async fn cancel(authorize_url: &str) -> Result<Url, VisitError> {
    visit(authorize_url, crate::UK_REALM, "cancel").await
}

/// Connects an app to a company, as its first redirect URI has it, and exchanges the code; returns the access token.
/// `sandbox` is the sandbox's origin.
pub async fn access_token(sandbox: &str, app: &crate::Client, company: &str) -> Result<String, VisitError> {
    let origin = Url::parse(sandbox)?;
    let redirect = app.redirect_uris.first().map_or("", String::as_str);
    let asked = [
        ("client_id", app.id.as_str()),
        ("response_type", "code"),
        ("scope", "com.intuit.quickbooks.accounting"),
        ("redirect_uri", redirect),
        ("state", "s"),
    ];
    let authorize = Url::parse_with_params(origin.join("/connect/oauth2")?.as_str(), asked)?;
    let back = consent(authorize.as_str(), company).await?;
    let code = back.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
    let code = code.unwrap_or_default();
    let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", redirect)];
    let request = client(&origin)?.post(origin.join("/oauth2/v1/tokens/bearer")?);
    let answer = request.basic_auth(&app.id, Some(&app.secret)).form(&form).send().await?;
    let (status, page) = (answer.status().as_u16(), answer.text().await?);
    let tokens: serde_json::Value = serde_json::from_str(&page).unwrap_or_default();
    let token = tokens["access_token"].as_str().map(str::to_owned);
    token.ok_or(VisitError::Page { step: "the exchange of the code", status, page })
}

async fn visit(authorize_url: &str, company: &str, decision: &str) -> Result<Url, VisitError> {
    let start = Url::parse(authorize_url)?;
    let http = client(&start)?;
    let first = http.get(start.clone()).send().await?;
    if first.status().is_redirection() {
        return follow(&start, "the authorization request", first).await;
    }
    let status = first.status().as_u16();
    let page = first.text().await?;
    let Some(request) = request(&page) else {
        return Err(VisitError::Page { step: "the authorization request", status, page });
    };
    let fields = [("request", request.as_str()), ("email", "visitor@sandbox.example")];
    let signed_in = post(&http, &start.join("/connect/oauth2/signin")?, "signing in", &fields).await?;
    if signed_in.path().ends_with("/company") {
        let page = http.get(signed_in.clone()).send().await?.text().await?;
        let realm = realm(&page, company).ok_or_else(|| VisitError::Company(company.to_owned()))?;
        let fields = [("request", request.as_str()), ("company", realm)];
        post(&http, &signed_in, "choosing a company", &fields).await?;
    }
    let fields = [("request", request.as_str()), ("decision", decision)];
    post(&http, &start.join("/connect/oauth2/consent")?, "the decision", &fields).await
}

async fn post(
    http: &Client,
    at: &Url,
    step: &'static str,
    fields: &[(&str, &str)],
) -> Result<Url, VisitError> {
    let response = http.post(at.clone()).form(fields).send().await?;
    follow(at, step, response).await
}

/// The address of a redirect, without going there.
async fn follow(at: &Url, step: &'static str, response: Response) -> Result<Url, VisitError> {
    let status = response.status();
    let location =
        response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    match location {
        Some(location) if status.is_redirection() => Ok(at.join(&location)?),
        _ => Err(VisitError::Page { step, status: status.as_u16(), page: response.text().await? }),
    }
}

/// The number of the sign-in, from the page's hidden field.
fn request(page: &str) -> Option<String> {
    let (_, rest) = page.split_once(r#"name="request" value=""#)?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// The realm of the company that goes by this name or realm, among those to choose from.
fn realm<'a>(page: &'a str, company: &str) -> Option<&'a str> {
    let labels = page.split(r#"<label for="company-"#).skip(1);
    let mut choices = labels.filter_map(|label| label.split_once("</label>")?.0.split_once(r#"">"#));
    let known = choices.find(|(realm, name)| *realm == company || decode_html_entities(name) == company);
    known.map(|(realm, _)| realm)
}

/// A client that follows nothing, and that knows, as browsers do, that names under `localhost` are this machine.
pub(crate) fn client(start: &Url) -> Result<Client, reqwest::Error> {
    // Another part of the process may have chosen a provider already; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder().redirect(Policy::none()).no_proxy();
    if let Some(Host::Domain(name)) = start.host()
        && name.ends_with(".localhost")
    {
        let port = start.port_or_known_default().unwrap_or_default();
        builder = builder.resolve(name, SocketAddr::from(([127, 0, 0, 1], port)));
    }
    builder.build()
}
