//! The page: which one the address names, and what stands around it.

pub mod activity;
pub mod configuration;
pub mod connect;
pub mod data;
pub mod frame;
pub mod further;
pub mod help;
pub mod import;
pub mod integration;
pub mod manage;
pub mod notices;
pub mod overview;
pub mod store;
pub mod tray;

use crate::browser::dom::{Tag, button, stand, tag};
use crate::browser::{self, page, timer};
use crate::components::modal::modal;
use crate::components::state_page::{skeleton, state_page, unknown_page};
use crate::live::{Gate, Live, use_live};
use crate::routes::Route;
use crate::signals::{Owner, RwSignal, effect, untrack};
use crate::text::{self, gate, leaving};

/// Puts the program in the place of the static shell.
pub fn mount() {
    let Some(root) = page::root() else {
        return;
    };
    timer::start();
    let page = Owner::new();
    page.with(|| {
        let live = Live::provide();
        connect::Asking::provide();
        further::Further::provide(live);
        frame::keep_title(live);
        let content = move || Some(behind(live.gate().get()));
        let mut parts = frame::top();
        parts.push(tag("main", "").attr("id", "content").shows(content));
        parts.extend(connect::dialogs());
        parts.push(leaving_dialog());
        parts.extend(frame::spoken());
        stand(&parts, &root);
    });
    // What is drawn lives as long as the page.
    std::mem::forget(page);
}

fn behind(gate: Gate) -> Tag {
    untrack(|| match gate {
        Gate::Opening => opening(),
        Gate::Open => place(),
        Gate::SessionOver => session_over(),
        Gate::NotSignedIn => {
            state_page(gate::UNKNOWN_VISITOR_TITLE, gate::UNKNOWN_VISITOR_BODY, Some(load_again()))
        }
        Gate::Alone => state_page(gate::ALONE_TITLE, gate::ALONE_BODY, None),
        Gate::NoSession => state_page(gate::NO_SESSION_TITLE, gate::NO_SESSION_BODY, None),
        Gate::OtherBuild => other_build(),
    })
}

/// The page that the address names, under the messages that concern every page.
fn place() -> Tag {
    let live = use_live();
    let draw = move |route: Route| match route {
        Route::Store => store::store_page(),
        Route::Integration(..) | Route::Help(_) => further::further_page(route),
        Route::Unknown => unknown_page(gate::UNKNOWN_TITLE),
    };
    let shown = move || {
        let route = live.route().get();
        Some(untrack(|| draw(route)))
    };
    tag("div", "").put(notices::notices()).put(tag("div", "place").shows(shown))
}

fn opening() -> Tag {
    let waiting = [text::LOADING, "…"].concat();
    let head = tag("div", "page-head")
        .put(tag("h1", "").words(text::store::TITLE))
        .put(tag("p", "muted").attr("role", "status").words(&waiting));
    tag("div", "").put(head).put(skeleton(3))
}

fn session_over() -> Tag {
    let session = use_live().session().get();
    let back = session.and_then(|session| {
        let label = text::back_to(&session.portal_name);
        session.return_url.map(|url| tag("a", "button primary").attr("href", &url).words(&label))
    });
    state_page(gate::OVER_TITLE, gate::OVER_BODY, back)
}

fn load_again() -> Tag {
    button("button primary", gate::RELOAD).press(|| {
        browser::reload();
    })
}

fn other_build() -> Tag {
    state_page(gate::BUILD_TITLE, gate::BUILD_BODY, Some(load_again()))
}

/// Asks before a page with unsaved changes is left.
fn leaving_dialog() -> Tag {
    let live = use_live();
    let open = RwSignal::new(false);
    effect(move || {
        let wanted = live.leaving().get().is_some();
        if wanted != open.get_untracked() {
            open.set(wanted);
        }
    });
    // Escape closes the dialog without an answer: that is to stay.
    effect(move || {
        if !open.get() {
            live.answer_leaving(false);
        }
    });
    let inside = move || {
        let leave = button("button", leaving::LEAVE).press(move || live.answer_leaving(true));
        let stay = button("button primary", leaving::STAY)
            .attr("data-first", "")
            .press(move || live.answer_leaving(false));
        vec![tag("p", "").words(leaving::BODY), tag("div", "actions").put(leave).put(stay)]
    };
    modal(open, || leaving::TITLE.to_owned(), "leaving-title", inside)
}
