//! The portal's pages: plain HTML from the server. Only what embeds the store has a script, so that
//! nothing here hides how little a portal needs.

mod dashboard;
mod goods;
mod integrations;
mod lists;

use html_escape::{encode_double_quoted_attribute as attribute, encode_text};

use crate::records::ORGANISATION;
use crate::sending::ADA;

pub(crate) use dashboard::dashboard;
pub(crate) use goods::{orders, products};
pub(crate) use integrations::integrations;
pub(crate) use lists::records;

/// Our public name at the proxy.
const PORTAL: &str = "demo";

/// The element that we were tested with, and the hash of its file: a browser runs no other.
const WIDGET: &str = "/widget/0.1.0/patchbay-store.js";
const INTEGRITY: &str = "sha384-V0rPlDuroRaYP0Y4XS+Yq4Xs/YXp32MMedjqZC4XzHs7Ns6HGVfgNa2P6BAdRRpO";

/// The pages of the menu: address, words, and the drawing beside them.
const MENU: &[(&str, &str, &str)] = &[
    ("/", "Dashboard", "M3 3h6v8H3zM11 3h6v5h-6zM11 10h6v7h-6zM3 13h6v4H3z"),
    ("/products", "Products", "M3 6l7-3 7 3v8l-7 3-7-3zM3 6l7 3 7-3M10 9v8"),
    ("/orders", "Purchase orders", "M5 3h10v14l-2.5-1.5L10 17l-2.5-1.5L5 17zM8 7h4M8 10h4"),
    (
        "/customers",
        "Customers",
        "M7 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 17c0-3 2-5 5-5s5 2 5 5M13 4a3 3 0 0 1 0 5M14 12c2 .5 4 2 4 5",
    ),
    (
        "/suppliers",
        "Suppliers",
        "M2 5h9v9H2zM11 8h4l3 3v3h-7zM5 16.5a1.5 1.5 0 1 0 0-3M15 16.5a1.5 1.5 0 1 0 0-3",
    ),
    (
        "/taxes",
        "Taxes",
        "M5 15L15 5M6.5 8a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM13.5 15a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z",
    ),
    ("/integrations", "Integrations", "M7 3v4M13 3v4M5 7h10v3a5 5 0 0 1-10 0zM10 15v3"),
];

/// Where the store is, for the pages that embed it.
#[derive(Clone)]
pub(crate) struct Store {
    /// Its origin in the browser.
    pub(crate) origin: String,
}

impl Store {
    /// What the head of a page needs: the store's element, and our script that gives it sessions.
    fn scripts(&self) -> String {
        format!(
            "<script type=\"module\" src=\"{}{WIDGET}\" integrity=\"{INTEGRITY}\" crossorigin></script>\
             <script type=\"module\" src=\"/portal.js\"></script>",
            attribute(&self.origin)
        )
    }
}

/// For every address that is not ours.
pub(crate) fn not_found() -> String {
    page("Not found", "", "<h1>There is no such page</h1><p><a href=\"/\">Back to the dashboard</a></p>")
}

/// What `draw` makes of each, one after the other.
fn each<T>(all: impl IntoIterator<Item = T>, draw: impl Fn(T) -> String) -> String {
    all.into_iter().map(draw).collect::<Vec<_>>().concat()
}

/// A table row of text cells.
fn row(cells: &[&str]) -> String {
    format!("<tr>{}</tr>", each(cells, |cell| format!("<td>{}</td>", encode_text(cell))))
}

/// A heading with what it is about.
fn head(title: &str, about: &str) -> String {
    format!("<div class=\"head\"><h1>{}</h1><p>{}</p></div>", encode_text(title), encode_text(about))
}

/// A whole page without scripts; `address` is the menu's current entry.
fn page(title: &str, address: &str, body: &str) -> String {
    whole((title, address), "", body)
}

/// A whole page that embeds the store.
fn embedding((title, address): (&str, &str), store: &Store, body: &str) -> String {
    whole((title, address), &store.scripts(), body)
}

fn whole((title, address): (&str, &str), scripts: &str, body: &str) -> String {
    let (_, name, _) = ADA.visitor;
    let initials: String = name.split(' ').filter_map(|word| word.chars().next()).collect();
    format!(
        "<!doctype html><html lang=\"en-GB\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title} \u{b7} Northwind Stock</title><link rel=\"icon\" href=\"/logo.svg\">\
         <link rel=\"stylesheet\" href=\"/portal.css\">{scripts}</head>\
         <body><header><a class=\"brand\" href=\"/\"><img src=\"/logo.svg\" alt=\"\" width=\"28\" height=\"28\">\
         <span>Northwind Stock</span></a><p class=\"who\"><span><strong>{}</strong><span>{}</span></span>\
         <b aria-hidden=\"true\">{initials}</b></p></header><nav aria-label=\"Main\">{}</nav>\
         <main>{body}</main></body></html>",
        encode_text(ORGANISATION),
        encode_text(name),
        menu(address),
    )
}

fn menu(address: &str) -> String {
    let entry = |(to, words, drawing): &(&str, &str, &str)| {
        let current = if *to == address { " aria-current=\"page\"" } else { "" };
        format!(
            "<a href=\"{to}\"{current}><svg viewBox=\"0 0 20 20\" aria-hidden=\"true\">\
             <path d=\"{drawing}\"/></svg>{words}</a>"
        )
    };
    each(MENU, entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text_and_never_markup() {
        assert_eq!(row(&["<b>"]), "<tr><td>&lt;b&gt;</td></tr>");
        assert!(head("<i>", "a < b").contains("<h1>&lt;i&gt;</h1><p>a &lt; b</p>"));
    }

    #[test]
    fn the_menu_marks_where_one_is() {
        assert!(menu("/suppliers").contains("href=\"/suppliers\" aria-current=\"page\""));
    }

    #[test]
    fn a_page_without_the_store_has_no_script() {
        assert!(!page("Taxes", "/taxes", "").contains("<script"));
        let store = Store { origin: "https://store.example".to_owned() };
        let page = embedding(("Integrations", "/integrations"), &store, "");
        assert!(page.contains("src=\"https://store.example/widget/"), "{page}");
        assert!(page.contains("integrity=\"sha384-") && page.contains("crossorigin"), "{page}");
    }
}
