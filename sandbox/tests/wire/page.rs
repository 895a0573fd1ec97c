//! The page at `/sandbox`: its buttons turn the switches, and it shows no secret.

use reqwest::{
    Response,
    header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, ORIGIN},
};
use sandbox::{
    Config, Failure, Garbage, Limits, Mischief, Pkce, Replay, Rotation, UK_COMPANY, UK_REALM, US_COMPANY,
};
use serde_json::Value;

use crate::app::{App, SECRET};

async fn page(app: &App) -> String {
    let answer = app.get("/sandbox").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

/// Presses a button, as a browser does.
async fn press(app: &App, path: &str, fields: &[(&str, &str)]) -> Response {
    let request = app.http.post(app.at(path)).header(ORIGIN, app.sandbox.url()).form(fields);
    request.header("sec-fetch-site", "same-origin").send().await.unwrap()
}

async fn standing(app: &App) -> Value {
    app.get("/sandbox/control").send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn every_button_of_the_page_turns_its_switch() {
    let app = App::start().await;
    let page = page(&app).await;
    for (key, value, shown) in [
        ("rotation", "intuit", "intuit"),
        ("refresh_replay", "ends_grant", "ends_grant"),
        ("code_replay", "refused", "refused"),
        ("pkce", "required", "required"),
        ("iss_on_callback", "true", "true"),
        ("pause_queries", "true", "true"),
        ("advance_seconds", "8640000", "8640000"),
    ] {
        assert!(page.contains(&format!(r#"name="{key}" value="{value}""#)), "{key}");
        let answer = press(&app, "/sandbox", &[(key, value)]).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()[LOCATION]),
            (303, &"/sandbox".parse().unwrap())
        );
        let key = if key == "advance_seconds" { "ahead_seconds" } else { key };
        let standing = standing(&app).await[key].clone();
        assert_eq!(standing.as_str().map_or_else(|| standing.to_string(), str::to_owned), shown);
    }
    for seconds in ["3600", "86400", "8640000", "157680000"] {
        assert!(page.contains(&format!(r#"name="advance_seconds" value="{seconds}""#)), "{seconds}");
    }
}

#[tokio::test]
async fn the_buttons_of_the_limits_leave_their_numbers() {
    let limits = Limits { per_minute: 7, ..Limits::default() };
    let app = App::with(Config { limits, ..Config::default() }).await;
    let shown = page(&app).await;
    for (key, value) in [("on", "true"), ("throttled", "empty"), ("throttled", "xml"), ("on", "false")] {
        assert!(shown.contains(&format!(r#"name="{key}" value="{value}""#)), "{key}");
        assert_eq!(press(&app, "/sandbox/limits", &[(key, value)]).await.status(), 303);
        let standing = standing(&app).await;
        let group = if key == "on" { "limits" } else { "refusals" };
        assert_eq!(standing[group][key].to_string().trim_matches('"'), value);
        assert_eq!(standing["limits"]["per_minute"], 7);
        assert!(page(&app).await.contains(&format!(r#"name="{key}" value="{value}" aria-pressed="true""#)));
    }
    let foreign = app.http.post(app.at("/sandbox/limits")).form(&[("on", "true")]);
    assert_eq!(foreign.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn every_field_of_the_page_sets_its_value() {
    let app = App::start().await;
    let page = page(&app).await;
    for (key, value) in [
        ("grace_seconds", "5"),
        ("access_token_seconds", "6"),
        ("code_seconds", "7"),
        ("latency_ms", "8"),
        ("refresh_error_description", "Token invalid"),
        ("hold", "/no/such/path"),
    ] {
        assert!(page.contains(&format!(r#"id="{key}" name="{key}""#)), "{key}");
        assert_eq!(press(&app, "/sandbox", &[(key, value)]).await.status(), 303);
        let standing = standing(&app).await[key].clone();
        assert_eq!(standing.as_str().map_or_else(|| standing.to_string(), str::to_owned), value);
    }
    let wrong = press(&app, "/sandbox", &[("latency_ms", "soon")]).await;
    assert_eq!(wrong.status(), 400);
}

#[tokio::test]
async fn what_holds_is_pressed() {
    let config = Config {
        rotation: Rotation::Grace,
        refresh_replay: Replay::EndsGrant,
        pkce: Pkce::Ignored,
        ..Config::default()
    };
    let page = page(&App::with(config).await).await;
    for pressed in
        ["rotation\" value=\"grace", "refresh_replay\" value=\"ends_grant", "pkce\" value=\"ignored"]
    {
        assert!(page.contains(&format!("{pressed}\" aria-pressed=\"true\"")), "{pressed}");
    }
    assert!(page.contains(r#"value="strict" aria-pressed="false""#));
}

#[tokio::test]
async fn a_company_is_disconnected_by_its_button() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    let before = page(&app).await;
    assert!(before.contains(UK_COMPANY) && before.contains(US_COMPANY));
    assert!(before.contains(&format!("{UK_REALM} · 1 grant<")), "{before}");
    press(&app, "/sandbox", &[("disconnect", UK_REALM)]).await;
    assert!(!app.opens(&tokens.access).await);
    assert!(page(&app).await.contains(&format!("{UK_REALM} · 0 grants<")));
}

#[tokio::test]
async fn a_failure_is_asked_for_and_shown_until_it_happens() {
    let app = App::start().await;
    let html = r#"{"garbage":"html"}"#;
    assert!(page(&app).await.contains("{&quot;garbage&quot;:&quot;html&quot;}"));
    let fields = [("route", "/jwks"), ("mischief", html), ("status", ""), ("times", "1")];
    assert_eq!(press(&app, "/sandbox/failures", &fields).await.status(), 303);
    assert!(page(&app).await.contains("<code>/jwks</code> sends an HTML page"));
    let answer = app.get("/op/v1/jwks").send().await.unwrap();
    assert!(answer.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    assert_eq!(app.sandbox.ledger().to("/jwks")[0].mischief, Some(Mischief::Garbage(Garbage::Html)));
    let after = page(&app).await;
    assert!(
        after.contains("None waits for its request.") && after.contains("the sandbox sends an HTML page")
    );
    for wrong in [
        [("status", "many"), ("mischief", html)],
        [("status", "101"), ("mischief", html)],
        [("status", ""), ("mischief", "nothing")],
    ] {
        let fields = [[("route", "/jwks"), ("times", "1")], wrong].concat();
        assert_eq!(press(&app, "/sandbox/failures", &fields).await.status(), 400);
    }
}

#[tokio::test]
async fn every_choice_of_a_failure_is_one() {
    let app = App::start().await;
    let page = page(&app).await;
    let (_, select) = page.split_once("<select id=\"mischief\"").unwrap();
    let (select, _) = select.split_once("</select>").unwrap();
    let choices: Vec<&str> = select.split("<option value=\"").skip(1).collect();
    assert_eq!(choices.len(), 19);
    for choice in choices {
        let (json, name) = choice.split_once("\">").unwrap();
        let mischief: Mischief = serde_json::from_str(&json.replace("&quot;", "\"")).expect(name);
        app.sandbox.control().fail(Failure::of("/nowhere", mischief));
    }
}

#[tokio::test]
async fn no_secret_is_shown() {
    let app = App::start().await;
    let tokens = app.connect_uk().await;
    app.query(UK_REALM, &tokens.access, "SELECT * FROM Term").await;
    app.refreshed(&tokens.refresh).await;
    app.get(&format!("/v1/openid_connect/userinfo?access_token={}", tokens.access)).send().await.unwrap();
    let astray = [("query", tokens.access.as_str()), ("scope", SECRET), (tokens.refresh.as_str(), "1")];
    app.get("/nowhere").query(&astray).send().await.unwrap();
    let page = page(&app).await;
    assert!(page.contains("?query=•••&amp;scope=•••&amp;•••<"), "{page}");
    let secrets = app.sandbox.ledger().secrets();
    assert!(secrets.len() > 5 && secrets.iter().any(|secret| secret == SECRET));
    for secret in secrets {
        assert!(!page.contains(&secret), "{secret}");
    }
    assert!(page.contains("query=SELECT * FROM Term") && page.contains("access_token=•••"));
    assert!(page.contains("state=•••") && !page.contains("te=1"));
    for entry in app.sandbox.ledger().entries() {
        assert!(page.contains(&entry.intuit_tid));
    }
}

#[tokio::test]
async fn fifty_requests_are_shown_newest_first() {
    let app = App::start().await;
    for number in 0..51 {
        app.get(&format!("/nowhere/{number}")).send().await.unwrap();
    }
    let page = page(&app).await;
    assert_eq!(page.matches("/nowhere/").count(), 50);
    assert!(!page.contains("/nowhere/0<"));
    assert!(page.find("/nowhere/50").unwrap() < page.find("/nowhere/49").unwrap());
}

#[tokio::test]
async fn what_was_sent_is_text_and_never_markup() {
    let app = App::start().await;
    let evil = "%3Cscript%3Ealert(1)%3C/script%3E";
    app.get(&format!("/query?query={evil}")).send().await.unwrap();
    app.sandbox.control().hold("\"><script>x");
    app.sandbox.control().fail(Failure::new("<script>y", 503, 1));
    let page = page(&app).await;
    assert_eq!(page.matches("<script").count(), 1, "its own");
    assert!(page.contains("&lt;script&gt;alert(1)"));
}

#[tokio::test]
async fn a_form_from_elsewhere_turns_nothing() {
    let app = App::start().await;
    for (origin, site) in [
        (None, None),
        (Some("https://shop.example"), None),
        (Some("null"), None),
        (Some("http://127.0.0.1:1"), None),
        (Some(app.sandbox.url()), Some("cross-site")),
    ] {
        for path in ["/sandbox", "/sandbox/failures"] {
            let fields = [
                ("rotation", "grace"),
                ("route", "/"),
                ("mischief", "\"refuse\""),
                ("status", ""),
                ("times", "1"),
            ];
            let fields = if path == "/sandbox" { &fields[..1] } else { &fields[1..] };
            let mut request = app.http.post(app.at(path)).form(fields);
            request = origin.iter().fold(request, |request, origin| request.header(ORIGIN, *origin));
            request = site.iter().fold(request, |request, site| request.header("sec-fetch-site", *site));
            assert_eq!(request.send().await.unwrap().status(), 403, "{origin:?} {site:?} {path}");
        }
    }
    let standing = standing(&app).await;
    assert_eq!(
        (&standing["rotation"], standing["failures"].as_array().unwrap().len()),
        (&"strict".into(), 0)
    );
}

#[tokio::test]
async fn the_page_runs_its_own_script_and_no_other() {
    let app = App::start().await;
    let answer = app.get("/sandbox").send().await.unwrap();
    let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'"] {
        assert!(policy.contains(rule), "{rule}");
    }
    for (path, kind) in [("page.js", "text/javascript"), ("page.css", "text/css"), ("style.css", "text/css")]
    {
        let answer = app.get(&format!("/sandbox/{path}")).send().await.unwrap();
        assert!(answer.headers()[CONTENT_TYPE].to_str().unwrap().starts_with(kind), "{path}");
    }
    assert!(app.sandbox.ledger().entries().is_empty(), "looking on leaves no line in the ledger");
}
