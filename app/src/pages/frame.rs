//! What stands around every page: the bar at the top, the title, what is spoken.

use leptos::prelude::*;
use protocol::import::ImportState;

use super::tray::Tray;
use crate::browser::{intl, page};
use crate::components::icon::{Drawn, Icon};
use crate::live::{Live, use_live};
use crate::model::banner::{Milestone, Progress};
use crate::model::help;
use crate::model::link::LinkView;
use crate::routes::{Route, Tab};
use crate::text::{self, faults, import, overview, store};

/// Keeps the title of the page at what the address names.
pub fn keep_title(live: Live) {
    let title = Memo::new(move |_| {
        let here = match live.route().get() {
            Route::Store => store::TITLE.to_owned(),
            Route::Integration(id, tab) => {
                let name = live.integration(id).get().map(|i| i.name).unwrap_or_default();
                match tab {
                    Tab::Overview => name,
                    _ => [overview::tab(tab), " · ", &name].concat(),
                }
            }
            Route::Help(slug) => {
                let article = help::article(slug.as_str());
                article.map_or(text::help::UNKNOWN_TITLE, |article| article.title).to_owned()
            }
            Route::Unknown => text::gate::UNKNOWN_TITLE.to_owned(),
        };
        let portal = live.session().get().map(|s| s.portal_name);
        text::title(&here, &portal.unwrap_or_default())
    });
    Effect::new(move || {
        page::set_title(&title.get());
    });
}

/// The bar at the top.
#[component]
pub fn Top() -> impl IntoView {
    let live = use_live();
    let who = move || {
        let session = live.session().get()?;
        let back = session.return_url.map(|url| {
            let label = text::back_to(&session.portal_name);
            view! {
                <a class="back" href=url>
                    <Drawn icon=Icon::Back />
                    <span>{label}</span>
                </a>
            }
        });
        Some(view! {
            {back}
            <span class="who">
                <strong>{session.organisation}</strong>
                <span class="muted">{session.visitor}</span>
            </span>
            <Tray />
        })
    };
    let lost = move || (live.link().get() == LinkView::Lost).then_some(text::LINK_LOST);
    view! {
        <a class="skip button" href="#content">
            {text::SKIP}
        </a>
        <header class="top">
            <div class="inner">
                <a class="brand" href=Route::Store.path()>
                    <img src="/favicon.svg" alt="" width="28" height="28" />
                    <span>{text::PRODUCT}</span>
                </a>
                <span class="grow"></span>
                {who}
            </div>
            <Show when=move || lost().is_some()>
                <p class="link-lost">
                    <span class="inner">
                        <Drawn icon=Icon::Clock />
                        {lost}
                    </span>
                </p>
            </Show>
        </header>
    }
}

/// What is said aloud: imports at their start, quarters and end, and the link when it is lost for
/// more than a moment; faults at once.
#[component]
pub fn Spoken() -> impl IntoView {
    let live = use_live();
    let news = Memo::new(move |_| {
        let notices = live.notices().get();
        live.imports().with(|imports| {
            let told = |i: &_| notices.shows(i);
            let import = imports.iter().rev().find(|i| told(i))?;
            Some((import.import, import.integration.clone(), import.state, notices.milestone(import.import)?))
        })
    });
    let import = move || {
        let (id, integration, state, milestone) = news.get()?;
        let name = live.integration(integration).get_untracked().map(|i| i.name).unwrap_or_default();
        Some(match milestone {
            Milestone::Start => import::spoken_start(&name),
            Milestone::Quarter(quarter) => import::spoken_quarter(quarter).to_owned(),
            Milestone::End => {
                let imports = live.imports().get_untracked();
                let run = imports.iter().find(|i| i.import == id);
                let failed = run.map_or(0, |run| Progress::of(run).failed);
                let state = if state == ImportState::Running { ImportState::Done } else { state };
                import::title(state, failed, &intl::count(failed as u64))
            }
        })
    };
    let link = Memo::new(move |before: Option<&&'static str>| match live.link().get() {
        LinkView::Lost => text::LINK_LOST,
        LinkView::Quiet if before.is_some_and(|said| *said == text::LINK_LOST) => text::LINK_BACK,
        LinkView::Quiet => before.copied().unwrap_or_default(),
    });
    let told = move || {
        let name = |id| live.integration(id).get_untracked().map(|i| i.name).unwrap_or_default();
        let notices = live.notices().get();
        let off = notices.switched_off().iter().map(|id| text::connect::is_off(&name(id.clone())));
        let failed = live.connections().get().into_iter().filter(|c| notices.shows_failure(c));
        let failed =
            failed.filter_map(|c| Some(text::connect::failure(c.last_failure?, &name(c.integration))));
        off.chain(failed).collect::<Vec<_>>().join(" ")
    };
    let told = Memo::new(move |_| told());
    let fault = move || live.fault().get().map(|fault| faults::kind(fault.kind));
    view! {
        <div class="visually-hidden" role="status">
            {import}
        </div>
        <div class="visually-hidden" role="status">
            {link}
        </div>
        <div class="visually-hidden" role="status">
            {told}
        </div>
        <div class="visually-hidden" role="alert">
            {fault}
        </div>
    }
}
