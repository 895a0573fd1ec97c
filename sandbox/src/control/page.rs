//! The page at `/sandbox`: the switches as buttons, and what was asked lately. What has many parts (the numbers
//! of the limits, the dialect, computed companies) goes as JSON alone. Plain forms; the script only keeps the
//! clock and the requests fresh.

mod cards;
pub(crate) mod failures;
mod legacy;
pub(crate) mod limits;
mod parts;
pub(crate) mod records;
mod requests;
mod webhooks;

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    response::{Html, IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};

use super::{BookWishes, Control, Wishes, guard};
use crate::{
    quickbooks::company::at_the_books,
    state::{Play, held},
};

const CSS: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
/// How many requests are shown.
const LATEST: usize = 50;

/// The page as things stand.
pub(super) async fn show(State(play): State<Arc<Play>>) -> Response {
    // A page with forms must tell its origin to them (Fetch standard: `no-referrer` makes it `null`).
    let headers = [
        (header::REFERRER_POLICY, "same-origin"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'",
        ),
    ];
    (headers, Html(page(&play))).into_response()
}

/// A button was pressed: any of the wishes that also go as JSON.
pub(super) async fn turn(
    State(play): State<Arc<Play>>,
    headers: HeaderMap,
    form: Result<Form<Wishes>, axum::extract::rejection::FormRejection>,
) -> Response {
    done(&headers, move || {
        let Form(wishes) = form.map_err(|problem| problem.body_text())?;
        super::grant(&Control::new(play), wishes)
    })
    .await
}

/// Limits were switched, or the wording of their refusals chosen.
pub(crate) async fn limit(
    State(play): State<Arc<Play>>,
    headers: HeaderMap,
    Form(asked): Form<limits::Asked>,
) -> Response {
    done(&headers, move || {
        asked.turn(&play);
        Ok(())
    })
    .await
}

/// A failure was asked for.
pub(crate) async fn fail(
    State(play): State<Arc<Play>>,
    headers: HeaderMap,
    Form(asked): Form<failures::Asked>,
) -> Response {
    done(&headers, move || {
        Control::new(play).fail(asked.failure()?);
        Ok(())
    })
    .await
}

/// Something is to happen to a record.
pub(crate) async fn change(
    State(play): State<Arc<Play>>,
    headers: HeaderMap,
    Form(asked): Form<records::Asked>,
) -> Response {
    done(&headers, move || happen(play, &asked.wishes()?)).await
}

/// A company is to be restless.
pub(crate) async fn unrest(
    State(play): State<Arc<Play>>,
    headers: HeaderMap,
    Form(restless): Form<records::Restless>,
) -> Response {
    done(&headers, move || happen(play, &restless.wishes())).await
}

fn happen(play: Arc<Play>, wishes: &BookWishes) -> Result<(), String> {
    Control::new(play).books(wishes).map_err(|problem| problem.to_string())
}

/// Does what a form of ours asks for and shows the page again.
async fn done(headers: &HeaderMap, work: impl FnOnce() -> Result<(), String> + Send + 'static) -> Response {
    if !guard::is_ours(headers) {
        return guard::refusal("This form was not sent from the sandbox's own page.");
    }
    at_the_books(move || match work() {
        // The browser keeps the form's fragment, and with it the place on the page.
        Ok(()) => Redirect::to("/sandbox").into_response(),
        Err(problem) => (StatusCode::BAD_REQUEST, problem).into_response(),
    })
    .await
}

pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], CSS).into_response()
}

pub(super) async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response()
}

fn page(play: &Play) -> String {
    let settings = play.settings();
    let pending = held(&play.failures).clone();
    let cards = [
        cards::clock(play),
        cards::connections(play),
        cards::traffic(play, &settings),
        cards::refresh_tokens(&settings),
        legacy::card_of(play, &settings),
        cards::sign_in(&settings),
        limits::card_of(&settings),
        failures::card_of(&pending),
        records::card_of(play),
        webhooks::card_of(play, &settings),
    ];
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>QuickBooks sandbox</title>
<link rel="stylesheet" href="/sandbox/style.css">
<link rel="stylesheet" href="/sandbox/page.css">
<script src="/sandbox/page.js" defer></script>
</head>
<body class="control">
<header>
<h1>QuickBooks sandbox</h1>
{}
</header>
<main>
<div class="cards">
{}
</div>
{}
</main>
</body>
</html>
"#,
        cards::about(play),
        cards.join("\n"),
        requests::table(&play.ledger.latest(LATEST), &play.ledger.secrets())
    )
}
