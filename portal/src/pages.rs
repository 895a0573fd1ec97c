//! The portal's pages: plain HTML from the server, no script, so that nothing here hides how
//! little a portal needs.

mod stock;

use html_escape::encode_text;

use crate::records::{Kind, ORGANISATION};
use crate::sending::{State, ada};

pub(crate) use stock::stock;

/// The pages of the menu: address, words.
const MENU: &[(&str, &str)] = &[
    ("/", "Stock"),
    ("/customers", "Customers"),
    ("/suppliers", "Suppliers"),
    ("/taxes", "Taxes"),
    ("/integrations", "Integrations"),
];

/// A list of ours as a table.
pub(crate) fn records(kind: Kind) -> String {
    let (address, title) = match kind {
        Kind::Customers => ("/customers", "Customers"),
        Kind::Suppliers => ("/suppliers", "Suppliers"),
        Kind::Taxes => ("/taxes", "Taxes"),
    };
    let records = kind.records();
    let last = if kind == Kind::Taxes { "Rate" } else { "E-mail" };
    let mut rows = String::new();
    for record in &records {
        let detail = match record.rate {
            Some(rate) => format!("{}.{:02} %", rate / 100, rate % 100),
            None => record.email.clone().unwrap_or_else(|| "\u{2013}".to_owned()),
        };
        rows.push_str(&row(&[&record.code, &record.name, &detail]));
    }
    let body = format!(
        "<h1>{title}</h1><p class=\"quiet\">{} in all</p>\
         <div class=\"card scroll\"><table><thead><tr><th>Code</th><th>Name</th><th>{last}</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>",
        records.len()
    );
    page(title, address, &body)
}

/// The page from which the store is opened.
pub(crate) fn integrations(state: &State, problem: Option<&str>) -> String {
    let alert = problem.map_or_else(String::new, |problem| {
        format!("<p class=\"alert\" role=\"alert\">{}</p>", encode_text(problem))
    });
    let body = format!(
        "<h1>Integrations</h1>{alert}\
         <section class=\"card\" aria-labelledby=\"store\"><h2 id=\"store\">Integration store</h2>\
         <p>Connect {} to the accounting software you already use. Your customers, suppliers and \
         taxes are matched with the ones in your books.</p>\
         <form method=\"post\" action=\"/integrations/open\">\
         <button class=\"main\">Open the integration store</button></form></section>\
         <section class=\"card\" aria-labelledby=\"sent\"><h2 id=\"sent\">Records sent to the store</h2>{}\
         <form method=\"post\" action=\"/integrations/send\"><button>Send again</button></form></section>",
        encode_text(ORGANISATION),
        sent(state)
    );
    page("Integrations", "/integrations", &body)
}

fn sent(state: &State) -> String {
    match state {
        State::Waiting => "<p>Waiting for the integration store to be ready.</p>".to_owned(),
        State::Failed(problem) => {
            format!("<p class=\"alert\" role=\"alert\">{}</p>", encode_text(problem))
        }
        State::Sent(lists) => {
            let mut rows = String::new();
            for (kind, received) in lists {
                let cells = [
                    received.received,
                    received.added,
                    received.changed,
                    received.unchanged,
                    received.errors.len() as u64,
                ]
                .map(|count| count.to_string());
                let mut all = vec![kind.name()];
                all.extend(cells.iter().map(String::as_str));
                rows.push_str(&row(&all));
            }
            format!(
                "<div class=\"scroll\"><table class=\"counts\"><thead><tr><th>List</th><th>Sent</th>\
                 <th>New</th><th>Changed</th><th>As before</th><th>Refused</th></tr></thead>\
                 <tbody>{rows}</tbody></table></div>"
            )
        }
    }
}

/// For every address that is not ours.
pub(crate) fn not_found() -> String {
    page("Not found", "", "<h1>There is no such page</h1><p><a href=\"/\">Back to your stock</a></p>")
}

/// A table row of text cells.
fn row(cells: &[&str]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| format!("<td>{}</td>", encode_text(cell))).collect();
    format!("<tr>{}</tr>", cells.concat())
}

/// A whole page with its menu; `address` is the menu's current entry.
fn page(title: &str, address: &str, body: &str) -> String {
    let mut menu = String::new();
    for (to, words) in MENU {
        let current = if *to == address { " aria-current=\"page\"" } else { "" };
        menu.push_str(&format_link(to, current, words));
    }
    let person = ada();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title} \u{b7} Northwind Stock</title><link rel=\"stylesheet\" href=\"/portal.css\"></head>\
         <body><header><a class=\"brand\" href=\"/\">Northwind Stock</a>\
         <p class=\"who\"><strong>{}</strong><span>{}</span></p><nav aria-label=\"Main\">{menu}</nav></header>\
         <main>{body}</main></body></html>",
        encode_text(ORGANISATION),
        encode_text(&person.name),
    )
}

fn format_link(to: &str, current: &str, words: &str) -> String {
    format!("<a href=\"{to}\"{current}>{words}</a>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text_and_never_markup() {
        assert_eq!(row(&["<b>"]), "<tr><td>&lt;b&gt;</td></tr>");
        let page = integrations(&State::Failed("<script>".to_owned()), Some("a < b"));
        assert!(!page.contains("<script>") && page.contains("a &lt; b"));
    }

    #[test]
    fn the_menu_marks_where_one_is() {
        assert!(records(Kind::Suppliers).contains("href=\"/suppliers\" aria-current=\"page\""));
    }

    #[test]
    fn rates_are_shown_in_percent() {
        assert!(records(Kind::Taxes).contains("12.50 %"));
    }
}
