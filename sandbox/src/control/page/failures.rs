//! The card of failures: those that wait for their request, and a form for another.

use serde::Deserialize;

use super::parts::{actions, attribute, card, note, text};
use crate::{Failure, Garbage, Huge, Mischief, Point};

/// What can be chosen, and how it is written as JSON.
const CHOICES: &[(&str, &str)] = &[
    ("refuses, in Intuit's words", r#""refuse""#),
    ("is late by 10 seconds", r#"{"delay":{"milliseconds":10000}}"#),
    ("hangs before the first byte", r#"{"hang":"connect"}"#),
    ("hangs after the headers", r#"{"hang":"headers"}"#),
    ("hangs in the body", r#"{"hang":"body"}"#),
    ("drips, a byte a second", r#"{"drip":{"pause_milliseconds":1000}}"#),
    ("drops the connection", r#"{"drop":"connect"}"#),
    ("drops it after the headers", r#"{"drop":"headers"}"#),
    ("drops it in the body", r#"{"drop":"body"}"#),
    ("sends invalid UTF-8", r#"{"garbage":"invalid_utf8"}"#),
    ("sends half of its JSON", r#"{"garbage":"cut_json"}"#),
    ("sends an HTML page", r#"{"garbage":"html"}"#),
    ("sends JSON of 100,000 levels", r#"{"garbage":"deep_json"}"#),
    ("sends every key twice", r#"{"garbage":"duplicate_keys"}"#),
    ("sends 20 MB", r#"{"huge":{"length":20000000}}"#),
    ("sends without end", r#"{"huge":"endless"}"#),
    ("sends a gzip bomb of 1 GB", r#"{"huge":{"gzip_bomb":1000000000}}"#),
    ("redirects to 169.254.169.254", r#"{"redirect":{"to":"http://169.254.169.254/latest/meta-data/"}}"#),
    ("sends a Fault with 200", r#"{"fault":{}}"#),
];
const ROUTES: &[&str] = &[
    "/tokens/bearer",
    "/tokens/revoke",
    "/userinfo",
    "/jwks",
    "/.well-known/",
    "/query",
    "/companyinfo/",
    "/batch",
    "/cdc",
];

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Asked {
    route: String,
    /// JSON.
    mischief: String,
    /// A number, or nothing.
    status: String,
    times: u32,
    after_work: Option<String>,
}

impl Asked {
    /// The failure, or what is wrong with the form.
    pub(super) fn failure(self) -> Result<Failure, String> {
        let mischief = serde_json::from_str(&self.mischief).map_err(|problem| problem.to_string())?;
        let status = match self.status.as_str() {
            "" => None,
            status => Some(status.parse().map_err(|_| format!("{status:?} is no status"))?),
        };
        let after_work = self.after_work.is_some();
        let failure = Failure { status, times: self.times, after_work, ..Failure::of(self.route, mischief) };
        failure.possible().map(|()| failure)
    }
}

/// The whole card.
pub(super) fn card_of(pending: &[Failure]) -> String {
    let rows: Vec<String> = pending.iter().map(row).collect();
    let waiting = if rows.is_empty() {
        note("None waits for its request.")
    } else {
        let clear = actions("failures", "clear_failures", &[("true".to_owned(), "Clear".to_owned())]);
        format!(r#"<ul class="rows">{}</ul>{clear}"#, rows.join(""))
    };
    card("failures", "Failures", &format!("{waiting}\n{}", form()))
}

fn row(failure: &Failure) -> String {
    let status = failure.status.map(|status| format!(" · {status}")).unwrap_or_default();
    format!(
        r#"<li><span><code>{}</code> {}<br><span class="note">{} ×{status}{}</span></span></li>"#,
        text(&failure.route),
        text(&words(&failure.mischief)),
        failure.times,
        if failure.after_work { " · after its work" } else { "" }
    )
}

fn form() -> String {
    let options: Vec<String> = CHOICES
        .iter()
        .map(|(name, json)| format!(r#"<option value="{}">{name}</option>"#, attribute(json)))
        .collect();
    let routes: Vec<String> = ROUTES.iter().map(|route| format!(r#"<option value="{route}">"#)).collect();
    format!(
        r#"<form class="grid" method="post" action="/sandbox/failures#failures">
<div class="wide"><label for="route">The next request with this in its path</label><input id="route" name="route" type="text" list="routes" required value="/tokens/bearer"></div>
<datalist id="routes">{}</datalist>
<div class="wide"><label for="mischief">finds that the sandbox</label><select id="mischief" name="mischief">{}</select></div>
<div><label for="status">with status</label><input id="status" name="status" type="number" min="200" max="599" inputmode="numeric" placeholder="usual"></div>
<div><label for="times">so many times</label><input id="times" name="times" type="number" min="1" inputmode="numeric" required value="1"></div>
<label class="check wide"><input name="after_work" type="checkbox" value="true"> after the work was done</label>
<button class="primary wide">Let it fail</button>
</form>"#,
        routes.join(""),
        options.join("")
    )
}

/// What happens, in words.
pub(super) fn words(mischief: &Mischief) -> String {
    let fixed = match mischief {
        Mischief::Refuse => "refuses",
        Mischief::Answer { .. } => "answers in words of its own",
        Mischief::Delay { milliseconds } => return format!("is late by {milliseconds} ms"),
        Mischief::Hang(Point::Connect) => "hangs before the first byte",
        Mischief::Hang(Point::Headers) => "hangs after the headers",
        Mischief::Hang(Point::Body) => "hangs in the body",
        Mischief::Drip { pause_milliseconds } => return format!("drips, a byte in {pause_milliseconds} ms"),
        Mischief::Drop(Point::Connect) => "drops the connection",
        Mischief::Drop(Point::Headers) => "drops it after the headers",
        Mischief::Drop(Point::Body) => "drops it in the body",
        Mischief::Garbage(Garbage::InvalidUtf8) => "sends invalid UTF-8",
        Mischief::Garbage(Garbage::CutJson) => "sends half of its JSON",
        Mischief::Garbage(Garbage::Html) => "sends an HTML page",
        Mischief::Garbage(Garbage::DeepJson) => "sends very deep JSON",
        Mischief::Garbage(Garbage::DuplicateKeys) => "sends every key twice",
        Mischief::Huge(Huge::Endless) => "sends without end",
        Mischief::Huge(Huge::Length(bytes)) => return format!("sends {bytes} bytes"),
        Mischief::Huge(Huge::GzipBomb(bytes)) => return format!("sends a gzip bomb of {bytes} bytes"),
        Mischief::Redirect { to } => return format!("redirects to {to}"),
        Mischief::Fault { code, .. } => return format!("sends Fault {code}"),
    };
    fixed.to_owned()
}
