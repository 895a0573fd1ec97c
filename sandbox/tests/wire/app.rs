//! An app that is registered at the sandbox, and the calls it makes.

use std::time::Duration;

use reqwest::{
    Client as Http, RequestBuilder, Response,
    header::{ACCEPT, HeaderMap, HeaderValue},
    redirect::Policy,
};
use sandbox::{Client, Config, Sandbox, UK_COMPANY, UK_REALM, consent, start};
use serde_json::Value;
use url::Url;

pub(crate) const ID: &str = "app-one";
/// Full of what has to be encoded somewhere on its way.
pub(crate) const SECRET: &str = "s:e+c%r/e=t &ü";
pub(crate) const REDIRECT: &str = "https://patchbay.example/callback/quickbooks";
pub(crate) const OTHER_REDIRECT: &str = "http://localhost:9/callback?kept=1";
pub(crate) const ACCOUNTING: &str = "com.intuit.quickbooks.accounting";

pub(crate) struct App {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Http,
}

/// Tokens as they came.
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let redirects = || vec![REDIRECT.to_owned(), OTHER_REDIRECT.to_owned()];
        let clients =
            vec![Client::new(ID, SECRET, redirects()), Client::new("app-two", "other secret", redirects())];
        Self::alone(Config { clients, ..config }).await
    }

    /// With the apps of this configuration.
    pub(crate) async fn alone(config: Config) -> Self {
        let sandbox = start(config).await.expect("the sandbox starts");
        let _ = rustls::crypto::ring::default_provider().install_default();
        // As Intuit's clients do: without it, answers of the Accounting API are XML.
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let http = Http::builder().default_headers(headers).redirect(Policy::none()).no_proxy();
        let http = http.timeout(Duration::from_secs(20)).build().expect("a client");
        Self { sandbox, http }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.url())
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.at(path))
    }

    pub(crate) fn authorize_url(&self, changes: &[(&str, &str)]) -> String {
        let mut url = Url::parse(&self.at("/connect/oauth2")).expect("an address");
        let standard = [
            ("client_id", ID),
            ("response_type", "code"),
            ("scope", ACCOUNTING),
            ("redirect_uri", REDIRECT),
            ("state", "st&te=1"),
        ];
        for (name, value) in standard {
            if !changes.iter().any(|(changed, _)| *changed == name) {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        url.query_pairs_mut().extend_pairs(changes.iter().filter(|(_, value)| !value.is_empty()));
        url.into()
    }

    pub(crate) async fn code(&self, company: &str) -> String {
        let callback = consent(&self.authorize_url(&[]), company).await.expect("consent");
        parameter(&callback, "code").expect("a code")
    }

    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> Response {
        let request = self.http.post(self.at("/oauth2/v1/tokens/bearer")).basic_auth(ID, Some(SECRET));
        request.form(fields).send().await.expect("an answer")
    }

    pub(crate) async fn exchange(&self, code: &str) -> Response {
        self.token(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)]).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Response {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub(crate) async fn refreshed(&self, token: &str) -> Tokens {
        Tokens::of(self.refresh(token).await).await
    }

    pub(crate) async fn connect(&self, company: &str) -> Tokens {
        Tokens::of(self.exchange(&self.code(company).await).await).await
    }

    pub(crate) async fn connect_uk(&self) -> Tokens {
        self.connect(UK_COMPANY).await
    }

    /// An access token of the other app.
    pub(crate) async fn connect_other(&self, company: &str) -> String {
        let callback = consent(&self.authorize_url(&[("client_id", "app-two")]), company).await;
        let code = parameter(&callback.expect("consent"), "code").expect("a code");
        let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
        let request = self.http.post(self.at("/oauth2/v1/tokens/bearer"));
        let request = request.basic_auth("app-two", Some("other secret")).form(&fields);
        Tokens::of(request.send().await.expect("an answer")).await.access
    }

    /// Whether the Accounting API takes this token for the UK company.
    pub(crate) async fn opens(&self, token: &str) -> bool {
        let path = format!("/v3/company/{UK_REALM}/companyinfo/{UK_REALM}");
        let answer = self.get(&path).bearer_auth(token).send().await.expect("an answer");
        answer.status().is_success()
    }

    pub(crate) async fn query(&self, realm: &str, token: &str, statement: &str) -> (u16, Value) {
        let request = self.get(&format!("/v3/company/{realm}/query")).bearer_auth(token);
        let answer = request.query(&[("query", statement)]).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }
}

impl Tokens {
    pub(crate) async fn of(answer: Response) -> Self {
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.expect("JSON");
        let text = |name: &str| body[name].as_str().expect("a token").to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
