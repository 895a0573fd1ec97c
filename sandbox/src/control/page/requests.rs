//! The requests that came lately. What could be a secret is not shown: of a query only what is known to be none
//! and was never given out as one.

use super::{
    failures,
    parts::{attribute, text},
};
use crate::Entry;

/// Parameters whose values hold no secret.
const OPEN: &[&str] = &[
    "changedSince",
    "claims",
    "client_id",
    "code_challenge_method",
    "entities",
    "error",
    "format",
    "include",
    "minorversion",
    "operation",
    "query",
    "realmId",
    "redirect_uri",
    "requestid",
    "response_type",
    "scope",
];

/// The table, newest first.
pub(super) fn table(entries: &[Entry], secrets: &[String]) -> String {
    let rows: Vec<String> = entries.iter().map(|entry| row(entry, secrets)).collect();
    let rows = if rows.is_empty() {
        r#"<tr><td colspan="4" class="note">Nothing was asked yet.</td></tr>"#.to_owned()
    } else {
        rows.join("\n")
    };
    format!(
        r#"<section class="card requests" id="requests" aria-labelledby="requests-name">
<h2 id="requests-name">Requests</h2>
<table>
<thead><tr><th scope="col">No.</th><th scope="col">Status</th><th scope="col">Request</th><th scope="col"><code>intuit_tid</code></th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</section>"#
    )
}

fn row(entry: &Entry, secrets: &[String]) -> String {
    let query = masked(entry, secrets);
    let query =
        if query.is_empty() { query } else { format!(r#"<span class="query">?{}</span>"#, text(&query)) };
    let mischief = entry.mischief.as_ref().map(failures::words);
    let mischief = mischief
        .map(|words| format!(r#" <span class="mischief">the sandbox {}</span>"#, text(&words)))
        .unwrap_or_default();
    format!(
        r#"<tr><td class="no">{}</td><td class="status">{}</td><td class="what"><code><b>{}</b> {}{query}</code>{mischief}</td><td class="tid"><code>{}</code></td></tr>"#,
        entry.number,
        status(entry),
        text(&entry.method),
        text(&entry.path),
        attribute(&entry.intuit_tid)
    )
}

fn status(entry: &Entry) -> String {
    match entry.status {
        Some(status) => format!(r#"<span class="s{}">{status}</span>"#, status / 100),
        None => r#"<span class="s0" title="no answer">none</span>"#.to_owned(),
    }
}

fn masked(entry: &Entry, secrets: &[String]) -> String {
    let tells = |text: &str| secrets.iter().any(|secret| !secret.is_empty() && text.contains(secret));
    let shown = |(name, value): (String, String)| {
        // A secret may also have been sent where none belongs.
        let value = if OPEN.contains(&name.as_str()) && !tells(&value) { &value } else { "•••" };
        if tells(&name) { "•••".to_owned() } else { format!("{name}={value}") }
    };
    entry.query_pairs().into_iter().map(shown).collect::<Vec<_>>().join("&")
}
