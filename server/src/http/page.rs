//! Our few pages that are not the store: enter, connect, connected, and every error a person may
//! meet. One template, no inline script or style, every text escaped.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use html_escape::{encode_double_quoted_attribute as attribute, encode_text as text};

use super::routes::{Routes, get};

const STYLE: &str = include_str!("../../../style/page.css");
const SCRIPT: &str = include_str!("page.js");

/// A page in words: what happened, and the ways out.
#[derive(Debug, Clone)]
pub struct Page {
    status: StatusCode,
    title: String,
    lines: Vec<String>,
    actions: Vec<Action>,
    closing: bool,
    forgetting: bool,
}

/// A way out.
#[derive(Debug, Clone)]
enum Action {
    Link { label: String, href: String, go: bool },
    Form { label: String, action: String, fields: Vec<(String, String)> },
}

impl Page {
    /// A page with its heading, which is its title as well.
    pub fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self {
            status,
            title: title.into(),
            lines: Vec::new(),
            actions: Vec::new(),
            closing: false,
            forgetting: false,
        }
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Adds a link.
    #[must_use]
    pub fn link(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.actions.push(Action::Link { label: label.into(), href: href.into(), go: false });
        self
    }

    /// Adds a link that the page follows by itself, from a script file: a redirect after a form
    /// would fall under `form-action`, which would have to list every hop.
    #[must_use]
    pub fn go(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.actions.push(Action::Link { label: label.into(), href: href.into(), go: true });
        self
    }

    /// Adds a button that posts these fields to a path of ours.
    #[must_use]
    pub fn post(
        mut self,
        label: impl Into<String>,
        action: impl Into<String>,
        fields: &[(&str, &str)],
    ) -> Self {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.actions.push(Action::Form { label: label.into(), action: action.into(), fields });
        self
    }

    /// The page tries to close its window.
    #[must_use]
    pub fn closing(mut self) -> Self {
        self.closing = true;
        self
    }

    /// The page takes the query out of its address, and so out of the history: it may hold a code.
    #[must_use]
    pub fn forgetting(mut self) -> Self {
        self.forgetting = true;
        self
    }

    fn html(&self) -> String {
        let title = text(&self.title);
        let closing = if self.closing { " data-close" } else { "" };
        let forgetting = if self.forgetting { " data-forget" } else { "" };
        let lines: Vec<_> = self.lines.iter().map(|line| format!("<p>{}</p>\n", text(line))).collect();
        let lines = lines.concat();
        let actions: String = self.actions.iter().map(Action::html).collect();
        let actions =
            if actions.is_empty() { actions } else { format!("<div class=\"actions\">\n{actions}</div>\n") };
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{title} · Patchbay</title>\n\
             <link rel=\"icon\" href=\"/favicon.svg\">\n<link rel=\"stylesheet\" href=\"/page.css\">\n<script src=\"/page.js\" defer></script>\n\
             </head>\n<body{closing}{forgetting}>\n<main>\n<h1>{title}</h1>\n{lines}{actions}</main>\n</body>\n</html>\n"
        )
    }
}

impl Action {
    fn html(&self) -> String {
        match self {
            Self::Link { label, href, go } => {
                let go = if *go { " data-go" } else { "" };
                format!("<a class=\"button\" href=\"{}\"{go}>{}</a>\n", attribute(href), text(label))
            }
            Self::Form { label, action, fields } => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| {
                        let (name, value) = (attribute(name), attribute(value));
                        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n")
                    })
                    .collect();
                let fields = fields.concat();
                format!(
                    "<form method=\"post\" action=\"{}\">\n{fields}<button class=\"button\">{}</button>\n</form>\n",
                    attribute(action),
                    text(label)
                )
            }
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut answer =
            (self.status, [(header::CACHE_CONTROL, "no-store")], Html(self.html())).into_response();
        if self.actions.iter().any(|action| matches!(action, Action::Form { .. })) {
            // Under `no-referrer` a browser would say `Origin: null` when the form is sent.
            let policy = header::HeaderValue::from_static("same-origin");
            answer.headers_mut().insert(header::REFERRER_POLICY, policy);
        }
        answer
    }
}

/// The pages' own style and script.
pub(crate) fn routes() -> Routes {
    let served = |kind: &'static str, body: &'static str| {
        get(move || async move {
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=300")], body)
        })
    };
    Routes::new()
        .route("/page.css", served("text/css; charset=utf-8", STYLE))
        .route("/page.js", served("text/javascript; charset=utf-8", SCRIPT))
}

/// Nothing is here.
pub(crate) fn not_found() -> Page {
    Page::new(StatusCode::NOT_FOUND, "There is nothing here")
        .line("The address may be mistyped, or what was here has moved.")
        .link("Go to the store", "/")
}

/// Our own fault; details are in the log, under the request id of the answer's headers.
pub fn our_fault() -> Page {
    Page::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side")
        .line("Nothing was lost. Try again in a moment; if it stays, tell whoever runs this store.")
        .link("Go to the store", "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_a_page_is_escaped() {
        let page = Page::new(StatusCode::OK, "<b>title</b>")
            .line("O'Hara & <script>alert(1)</script>")
            .link("<i>", "/?a=\"><script>")
            .post("Go", "/x\"y", &[("ticket", "\"><img>")]);
        let html = page.html();
        assert!(!html.contains("<b>") && !html.contains("<script>a") && !html.contains("<img>"));
        assert!(!html.contains("\"><script>") && html.contains("O'Hara &amp; &lt;script&gt;"));
    }
}
