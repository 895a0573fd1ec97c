//! The page that embeds the store: one element, one line that says what the store told us, and the
//! way to a page of its own.

use html_escape::encode_text;

use super::{PORTAL, Store, each, embedding, head, row};
use crate::records::ORGANISATION;
use crate::sending::{Outcome, State};
use crate::webhook::Message;

/// `problem` is what went wrong with what was asked for last.
pub(crate) fn integrations(store: &Store, state: &State, told: &[Message], problem: Option<&str>) -> String {
    let about = format!("Connect {ORGANISATION} to the software you already use");
    let body = [head("Integrations", &about), alert(problem), embedded(), heard(told), sent(state)];
    embedding(("Integrations", "/integrations"), store, &body.concat())
}

fn alert(problem: Option<&str>) -> String {
    problem.map_or_else(String::new, |problem| {
        format!("<p class=\"alert\" role=\"alert\">{}</p>", encode_text(problem))
    })
}

fn embedded() -> String {
    format!(
        "<section class=\"card store\" aria-label=\"Integration store\">\
         <patchbay-store portal=\"{PORTAL}\" locale=\"en-GB\"></patchbay-store></section>\
         <div class=\"below\"><p class=\"activity\" role=\"status\" data-activity>Opening the store.</p>\
         <form method=\"post\" action=\"/integrations/open\"><button>Open in a page of its own</button></form></div>"
    )
}

/// What came by webhook, the newest first.
fn heard(told: &[Message]) -> String {
    let inside = match told {
        [] => "<p>Nothing yet. What happens to a connection is told here as soon as it does.</p>".to_owned(),
        told => format!(
            "<div class=\"scroll\"><table><thead><tr><th>When</th><th>What</th><th>Company</th><th>Who</th></tr></thead>\
             <tbody>{}</tbody></table></div>",
            each(told, line)
        ),
    };
    format!(
        "<section class=\"card\" aria-labelledby=\"heard\"><h2 id=\"heard\">What the store told our backend</h2>{inside}</section>"
    )
}

fn line(message: &Message) -> String {
    let name = |place: &str| message.data.pointer(place).and_then(|name| name.as_str()).unwrap_or("\u{2013}");
    row(&[&message.timestamp, &message.kind, name("/connection/company/name"), name("/by/name")])
}

fn sent(state: &State) -> String {
    let inside = match state {
        State::Waiting => "<p>Waiting for the integration store to be ready.</p>".to_owned(),
        State::Failed(problem) => alert(Some(problem)),
        State::Sent(lists) => {
            let rows = each(lists, |(kind, outcome)| counts(kind.name(), outcome));
            format!(
                "<div class=\"scroll\"><table class=\"counts\"><thead><tr><th>List</th><th>Sent</th>\
                 <th>New</th><th>Changed</th><th>As before</th><th>Refused</th></tr></thead>\
                 <tbody>{rows}</tbody></table></div>"
            )
        }
    };
    format!(
        "<section class=\"card\" aria-labelledby=\"sent\"><h2 id=\"sent\">Records sent to the store</h2>{inside}\
         <form method=\"post\" action=\"/integrations/send\"><button>Send again</button></form></section>"
    )
}

fn counts(list: &str, outcome: &Outcome) -> String {
    let Outcome { received, added, changed, unchanged, failed } = *outcome;
    let counts = [received, added, changed, unchanged, failed];
    let counts = counts.map(|count| count.to_string());
    let cells: Vec<&str> = [list].into_iter().chain(counts.iter().map(String::as_str)).collect();
    row(&cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_text_and_never_markup() {
        let store = Store { origin: "https://store.example".to_owned() };
        let told = Message {
            id: "evt_1".to_owned(),
            kind: "connection.<connected>".to_owned(),
            timestamp: "2025-11-24T16:00:00Z".to_owned(),
            data: serde_json::json!({ "connection": { "company": { "name": "<script>" } }, "by": null }),
        };
        let page = integrations(&store, &State::Failed("<script>".to_owned()), &[told], Some("a < b"));
        assert!(!page.contains("<script>") && page.contains("a &lt; b"));
        assert!(page.contains("connection.&lt;connected&gt;</td><td>&lt;script&gt;"), "{page}");
    }
}
