//! What stands around every page: the bar at the top, the title, what is spoken.

use protocol::import::ImportState;

use super::tray::tray;
use crate::browser::dom::{Tag, tag};
use crate::browser::{intl, page};
use crate::components::icon::{Icon, icon};
use crate::live::{Live, use_live};
use crate::model::banner::{Milestone, Progress};
use crate::model::help;
use crate::model::link::LinkView;
use crate::routes::{Route, Tab};
use crate::signals::{StoredValue, effect, memo};
use crate::text::{self, faults, import, overview, store};

/// Keeps the title of the page at what the address names.
pub fn keep_title(live: Live) {
    effect(move || {
        let portal = live.session().get().map(|s| s.portal_name);
        page::set_title(&text::title(&title(live), &portal.unwrap_or_default()));
    });
}

/// What the address names.
pub(super) fn title(live: Live) -> String {
    match live.route().get() {
        Route::Store => store::TITLE.to_owned(),
        Route::Integration(id, tab) => {
            let name = live.name(&id);
            if tab == Tab::Overview { name } else { [overview::tab(tab), " · ", &name].concat() }
        }
        Route::Help(slug) => help::title(slug.as_str()).unwrap_or(text::help::UNKNOWN_TITLE).to_owned(),
        Route::Unknown => text::gate::UNKNOWN_TITLE.to_owned(),
    }
}

/// The bar at the top.
pub fn top() -> Vec<Tag> {
    let live = use_live();
    let back = move || {
        let session = live.session().get()?;
        let label = text::back_to(&session.portal_name);
        let link = tag("a", "back").attr("href", &session.return_url?);
        Some(link.put(icon(Icon::Back)).put(tag("span", "").words(&label)))
    };
    let who = move || {
        let session = live.session().get()?;
        let organisation = tag("strong", "").words(&session.organisation);
        Some(tag("span", "who").put(organisation).put(tag("span", "muted").words(&session.visitor)))
    };
    let here = move || live.session().with(Option::is_some);
    let logo =
        tag("img", "").attr("src", "/favicon.svg").attr("alt", "").attr("width", "28").attr("height", "28");
    let brand = tag("a", "brand")
        .attr("href", &Route::Store.path())
        .put(logo)
        .put(tag("span", "").words(text::PRODUCT));
    let inner = tag("div", "inner")
        .put(brand)
        .put(tag("span", "grow"))
        .shows(back)
        .shows(who)
        .put(tag("div", "bell-place").when(here, tray));
    let lost =
        || tag("p", "link-lost").put(tag("span", "inner").put(icon(Icon::Clock)).words(text::LINK_LOST));
    let is_lost = move || live.link().get() == LinkView::Lost;
    vec![
        tag("a", "skip button").attr("href", "#content").words(text::SKIP),
        tag("header", "top").put(inner).when(is_lost, lost),
    ]
}

/// What is said aloud: imports at their start, quarters and end, and the link when it is lost for
/// more than a moment; what was switched off or failed; faults at once.
pub fn spoken() -> Vec<Tag> {
    let live = use_live();
    let said = move |role: &str, words: Box<dyn Fn() -> String + Send + Sync>| {
        // A sentence is said when it changes, not whenever something else does.
        let words = memo(words);
        tag("div", "visually-hidden").attr("role", role).says(move || words.get())
    };
    let lost = StoredValue::new(false);
    let link = move || match live.link().get() {
        LinkView::Lost => {
            lost.set_value(true);
            text::LINK_LOST.to_owned()
        }
        LinkView::Quiet if lost.get_value() => text::LINK_BACK.to_owned(),
        LinkView::Quiet => String::new(),
    };
    let fault = move || live.fault().get().map(|f| faults::kind(f.kind).to_owned()).unwrap_or_default();
    vec![
        said("status", Box::new(move || of_imports(live).unwrap_or_default())),
        said("status", Box::new(move || of_waits(live).unwrap_or_default())),
        said("status", Box::new(link)),
        said("status", Box::new(move || of_connections(live))),
        said("alert", Box::new(fault)),
    ]
}

/// The milestone that the newest import has reached.
fn of_imports(live: Live) -> Option<String> {
    let notices = live.notices().get();
    live.imports().with(|imports| {
        let run = imports.iter().rev().find(|run| notices.shows(run))?;
        Some(match notices.milestone(run.import)? {
            Milestone::Start => import::spoken_start(&live.name(&run.integration)),
            Milestone::Quarter(quarter) => import::spoken_quarter(quarter).to_owned(),
            Milestone::End => {
                let failed = Progress::of(run).failed;
                let state = if run.state == ImportState::Running { ImportState::Done } else { run.state };
                import::title(state, failed, &intl::count(failed as u64))
            }
        })
    })
}

/// Why the newest import waits, once for each reason.
fn of_waits(live: Live) -> Option<String> {
    let notices = live.notices().get();
    live.imports().with(|imports| {
        let run = imports.iter().rev().find(|run| notices.shows(run))?;
        let running = run.state == ImportState::Running;
        let wait = notices.wait(run.import).filter(|_| running)?;
        Some(import::waits(wait, &live.name(&run.integration)))
    })
}

/// What was switched off or failed while the page was open.
fn of_connections(live: Live) -> String {
    let notices = live.notices().get();
    let off = notices.switched_off().iter().map(|id| text::connect::is_off(&live.name(id)));
    let failed = live.connections().get().into_iter().filter(|c| notices.shows_failure(c));
    let failed =
        failed.filter_map(|c| Some(text::connect::failure(c.last_failure?, &live.name(&c.integration))));
    off.chain(failed).collect::<Vec<_>>().join(" ")
}
