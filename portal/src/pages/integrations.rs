//! The page that embeds the store: one element, one line that says what the store told us, and the
//! way to a page of its own.

use html_escape::encode_text;

use super::{PORTAL, Store, each, embedding, head, row};
use crate::records::ORGANISATION;
use crate::sending::{Outcome, State};

/// `problem` is what went wrong with what was asked for last.
pub(crate) fn integrations(store: &Store, state: &State, problem: Option<&str>) -> String {
    let about = format!("Connect {ORGANISATION} to the software you already use");
    let body = [head("Integrations", &about), alert(problem), embedded(), sent(state)];
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
    let refused = outcome.errors.len() as u64;
    let counts = [outcome.received, outcome.added, outcome.changed, outcome.unchanged, refused];
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
        let page = integrations(&store, &State::Failed("<script>".to_owned()), Some("a < b"));
        assert!(!page.contains("<script>") && page.contains("a &lt; b"));
    }
}
