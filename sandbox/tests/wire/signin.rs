//! Facts 1.2: the pages between the authorization request and the callback.

use reqwest::{Response, header};
use sandbox::{Config, UK_COMPANY, UK_REALM, US_COMPANY, US_REALM, VisitError, cancel, consent};

use crate::app::{App, OTHER_REDIRECT, parameter};

fn location(answer: &Response) -> String {
    answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

async fn begun(app: &App) -> (String, String) {
    let answer = app.http.get(app.authorize_url(&[])).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    let request =
        page.split_once("name=\"request\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    (request, page)
}

async fn post(app: &App, step: &str, fields: &[(&str, &str)]) -> Response {
    app.http.post(app.at(&format!("/connect/oauth2/{step}"))).form(fields).send().await.unwrap()
}

#[tokio::test]
async fn consent_brings_code_state_and_realm() {
    let app = App::start().await;
    for (company, realm) in [(US_COMPANY, US_REALM), (UK_COMPANY, UK_REALM), (UK_REALM, UK_REALM)] {
        let callback = consent(&app.authorize_url(&[]), company).await.unwrap();
        assert_eq!(callback.path(), "/callback/quickbooks");
        assert_eq!(parameter(&callback, "state").as_deref(), Some("st&te=1"));
        assert_eq!(parameter(&callback, "realmId").as_deref(), Some(realm));
        let code = parameter(&callback, "code").unwrap();
        assert!(code.len() <= 512 && app.sandbox.ledger().secrets().contains(&code));
        assert_eq!(callback.query_pairs().count(), 3);
    }
}

#[tokio::test]
async fn a_callback_names_no_company_when_no_scope_opens_one() {
    let app = App::start().await;
    for (scope, realm) in
        [("openid email", None), ("openid com.intuit.quickbooks.payment", Some(UK_REALM.to_owned()))]
    {
        app.sandbox.control().grant_scope(Some(scope));
        let callback = consent(&app.authorize_url(&[]), UK_COMPANY).await.unwrap();
        assert!(parameter(&callback, "code").is_some());
        assert_eq!(parameter(&callback, "realmId"), realm, "{scope}");
    }
}

#[tokio::test]
async fn cancel_brings_access_denied_and_state() {
    let app = App::start().await;
    let callback = cancel(&app.authorize_url(&[])).await.unwrap();
    assert_eq!(callback.query(), Some("error=access_denied&state=st%26te%3D1"));
}

#[tokio::test]
async fn a_redirect_uri_keeps_its_own_query() {
    let app = App::start().await;
    let callback =
        consent(&app.authorize_url(&[("redirect_uri", OTHER_REDIRECT)]), UK_COMPANY).await.unwrap();
    assert_eq!(parameter(&callback, "kept").as_deref(), Some("1"));
    assert!(parameter(&callback, "code").is_some());
}

#[tokio::test]
async fn an_unknown_app_or_address_is_not_redirected() {
    let app = App::start().await;
    let wrong = [
        ("client_id", "nobody"),
        ("redirect_uri", "https://patchbay.example/callback/quickbooks/"),
        ("redirect_uri", "https://PATCHBAY.example/callback/quickbooks"),
        ("redirect_uri", ""),
    ];
    for change in wrong {
        let answer = app.http.get(app.authorize_url(&[change])).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{change:?}");
        assert!(!answer.headers().contains_key(header::LOCATION));
        assert!(answer.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_met_goes_back_with_its_error() {
    let app = App::start().await;
    let wrong = [
        ("scope", "com.intuit.everything", "invalid_scope"),
        ("scope", "", "invalid_scope"),
        ("response_type", "token", "unsupported_response_type"),
        ("state", "", "invalid_request"),
    ];
    for (name, value, error) in wrong {
        let callback = consent(&app.authorize_url(&[(name, value)]), UK_COMPANY).await.unwrap();
        assert_eq!(parameter(&callback, "error").as_deref(), Some(error), "{name}={value}");
    }
}

#[tokio::test]
async fn oa_09_a_challenge_is_hashed_or_it_is_refused() {
    let app = App::start().await;
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for (challenge, method, error) in [
        (challenge, "S256", None),
        (challenge, "plain", Some("invalid_request")),
        (challenge, "", Some("invalid_request")),
        (challenge, "s256", Some("invalid_request")),
        ("", "S256", Some("invalid_request")),
        ("short", "S256", Some("invalid_request")),
    ] {
        let changes = [("code_challenge", challenge), ("code_challenge_method", method)];
        let callback = consent(&app.authorize_url(&changes), UK_COMPANY).await.unwrap();
        assert_eq!(parameter(&callback, "error").as_deref(), error, "{challenge} {method}");
    }
}

#[tokio::test]
async fn callbacks_name_their_issuer_when_told_to() {
    let issuer = Some("https://oauth.platform.intuit.com/op/v1");
    let app = App::with(Config { iss_on_callback: true, ..Config::default() }).await;
    let refused = app.authorize_url(&[("scope", "com.intuit.everything")]);
    for callback in [
        consent(&app.authorize_url(&[]), UK_COMPANY).await.unwrap(),
        cancel(&app.authorize_url(&[])).await.unwrap(),
        consent(&refused, UK_COMPANY).await.unwrap(),
    ] {
        assert_eq!(parameter(&callback, "iss").as_deref(), issuer, "{callback}");
    }
}

#[tokio::test]
async fn a_company_belongs_to_the_api_scopes_alone() {
    let app = App::start().await;
    for (scope, chooses) in [
        ("openid profile email phone address", false),
        ("com.intuit.quickbooks.payment", true),
        ("openid project-management.project", true),
    ] {
        let callback = consent(&app.authorize_url(&[("scope", scope)]), UK_COMPANY).await.unwrap();
        assert!(parameter(&callback, "code").is_some(), "{callback}");
        assert_eq!(parameter(&callback, "realmId").is_some(), chooses, "{scope}");
    }
}

#[tokio::test]
async fn what_intuit_does_not_know_of_a_request_changes_nothing() {
    let app = App::start().await;
    let more = [
        ("claims", r#"{"id_token":{"realmId":null}}"#),
        ("claims", "no JSON"),
        ("prompt", "none"),
        ("nonce", "n-1"),
    ];
    for parameters in more {
        let callback = consent(&app.authorize_url(&[parameters]), UK_COMPANY).await.unwrap();
        let names: Vec<String> = callback.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["code", "state", "realmId"], "{parameters:?}");
    }
}

#[tokio::test]
async fn the_pages_have_names_a_person_can_find() {
    let app = App::start().await;
    let (request, page) = begun(&app).await;
    assert!(page.contains("<title>QuickBooks sandbox sign-in</title>") && page.contains("This is a sandbox"));
    assert!(page.contains("<label for=\"email\">") && page.contains(">Sign in</button>"));
    let answer = post(&app, "signin", &[("request", &request), ("email", "a@b.example")]).await;
    let page = app.get(&location(&answer)).send().await.unwrap().text().await.unwrap();
    for company in [US_COMPANY, UK_COMPANY] {
        assert!(page.contains(&format!(">{company}</label>")));
    }
    assert!(page.contains(">Next</button>") && page.contains("type=\"radio\""));
    let answer = post(&app, "company", &[("request", &request), ("company", UK_REALM)]).await;
    let page = app.get(&location(&answer)).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<h1>Connect Patchbay</h1>") && page.contains(UK_COMPANY));
    assert!(page.contains(">Connect</button>") && page.contains(">Cancel</button>"));
}

#[tokio::test]
async fn no_company_chosen_is_asked_for_again() {
    let app = App::start().await;
    let (request, _) = begun(&app).await;
    let answer = post(&app, "company", &[("request", &request)]).await;
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("Choose one of the companies."));
    let early = post(&app, "consent", &[("request", &request), ("decision", "connect")]).await;
    assert!(location(&early).starts_with("/connect/oauth2/company"));
}

#[tokio::test]
async fn connect_pressed_twice_leads_to_the_same_place() {
    let app = App::start().await;
    let (request, _) = begun(&app).await;
    post(&app, "company", &[("request", &request), ("company", UK_REALM)]).await;
    let press =
        async || location(&post(&app, "consent", &[("request", &request), ("decision", "connect")]).await);
    assert_eq!(press().await, press().await);
}

#[tokio::test]
async fn a_sign_in_that_was_never_begun_is_over() {
    let app = App::start().await;
    let answer = post(&app, "consent", &[("request", "0000"), ("decision", "connect")]).await;
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("This sign-in is over"));
}

#[tokio::test]
async fn the_pages_run_no_script_and_are_not_kept() {
    let app = App::start().await;
    let answer = app.http.get(app.authorize_url(&[])).send().await.unwrap();
    let header = |name| answer.headers()[name].to_str().unwrap().to_owned();
    assert!(header(header::CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"));
    assert_eq!(header(header::CACHE_CONTROL), "no-cache, no-store");
    let style = app.get("/sandbox/style.css").send().await.unwrap();
    assert_eq!(style.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
}

#[tokio::test]
async fn an_unknown_company_is_named() {
    let app = App::start().await;
    let refused = consent(&app.authorize_url(&[]), "Nobody Ltd").await;
    assert!(matches!(refused, Err(VisitError::Company(name)) if name == "Nobody Ltd"));
}
