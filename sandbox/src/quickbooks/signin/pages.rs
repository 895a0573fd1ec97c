//! The pages of the sign-in as HTML: plain forms, no script, everything from outside escaped.

use std::sync::Arc;

use html_escape::encode_double_quoted_attribute as attribute;
use html_escape::encode_text as text;

use crate::quickbooks::{api::ACCOUNTING, company::Company};

const TITLE: &str = "QuickBooks sandbox sign-in";

/// Who are you?
pub(super) fn sign_in(request: &str, app: &str) -> String {
    let body = format!(
        r#"<p>To connect <strong>{}</strong>, sign in. This is a sandbox: no real account is needed, and any e-mail address will do.</p>
<form method="post" action="/connect/oauth2/signin">
{}
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="off" required value="visitor@sandbox.example">
<div class="actions"><button class="primary" type="submit">Sign in</button></div>
</form>"#,
        text(app),
        hidden(request)
    );
    page("Sign in", TITLE, &body)
}

/// Which company?
pub(super) fn companies(request: &str, companies: &[Arc<Company>], missed: bool) -> String {
    let choices: Vec<String> = companies.iter().map(|company| choice(company)).collect();
    let alert = if missed { r#"<p class="alert" role="alert">Choose one of the companies.</p>"# } else { "" };
    let body = format!(
        r#"{alert}<form method="post" action="/connect/oauth2/company">
{}
<fieldset>
<legend>The app will see only the company you choose.</legend>
{}
</fieldset>
<div class="actions"><button class="primary" type="submit">Next</button></div>
</form>"#,
        hidden(request),
        choices.join("\n")
    );
    page("Choose a company", &format!("Choose a company · {TITLE}"), &body)
}

fn choice(company: &Company) -> String {
    let realm = attribute(&company.realm);
    format!(
        r#"<div class="choice">
<input id="company-{realm}" name="company" type="radio" value="{realm}" required aria-describedby="about-{realm}">
<label for="company-{realm}">{}</label>
<span id="about-{realm}">{}, {}</span>
</div>"#,
        text(&company.name),
        text(country(&company.country)),
        text(&company.currency)
    )
}

/// May the app?
pub(super) fn consent(request: &str, app: &str, company: Option<&str>, scopes: &[String]) -> String {
    let wishes: Vec<String> = scopes.iter().map(|scope| format!("<li>{}</li>", text(wish(scope)))).collect();
    let subject =
        company.map_or_else(|| "your account".to_owned(), |name| format!("<strong>{}</strong>", text(name)));
    let body = format!(
        r#"<p><strong>{}</strong> asks for permission to use {subject}:</p>
<ul>
{}
</ul>
<p class="note">You can take the permission back at any time.</p>
<form method="post" action="/connect/oauth2/consent">
{}
<div class="actions">
<button class="primary" type="submit" name="decision" value="connect">Connect</button>
<button type="submit" name="decision" value="cancel">Cancel</button>
</div>
</form>"#,
        text(app),
        wishes.join("\n"),
        hidden(request)
    );
    page(&format!("Connect {}", text(app)), &format!("Connect · {TITLE}"), &body)
}

/// The end of a road.
pub(super) fn refusal(heading: &str, detail: &str) -> String {
    page(
        heading,
        &format!("Error · {TITLE}"),
        &format!(r#"<p class="alert" role="alert">{}</p>"#, text(detail)),
    )
}

fn hidden(request: &str) -> String {
    format!(r#"<input type="hidden" name="request" value="{}">"#, attribute(request))
}

fn page(heading: &str, title: &str, body: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="/sandbox/style.css">
</head>
<body>
<main>
<p class="where">{TITLE}</p>
<h1>{heading}</h1>
{body}
</main>
</body>
</html>
"#
    )
}

fn country(code: &str) -> &str {
    match code {
        "GB" => "United Kingdom",
        "US" => "United States",
        other => other,
    }
}

fn wish(scope: &str) -> &str {
    match scope {
        ACCOUNTING => "Read and change accounting data",
        "com.intuit.quickbooks.payment" => "Take payments",
        "openid" => "Know who you are",
        "profile" => "See your name",
        "email" => "See your e-mail address",
        "phone" => "See your phone number",
        "address" => "See your postal address",
        other => other,
    }
}
