//! The pages behind the tiles: an integration with its tabs, help, what is under the bell, a run's lists. They are
//! a second part of the program, fetched once the store stands, so that its first load stays small.
//!
//! A build without the feature `split` has everything in one.

use futures_util::FutureExt as _;
use protocol::ids::IntegrationId;
use reactive_graph::owner::{expect_context, provide_context};

use super::{frame, help, import, integration, tray};
use crate::browser::dom::{Tag, button, tag};
use crate::browser::{page, timer};
use crate::components::state_page::{skeleton, state_page};
use crate::live::{Gate, Live, use_live};
use crate::routes::Route;
use crate::signals::{RwSignal, effect, untrack};
use crate::text::{self, gate};

/// Whether the second part is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fetched {
    Waited,
    Here,
    Failed,
}

/// The second part of the program.
#[derive(Clone, Copy)]
pub struct Further(RwSignal<Fetched>);

impl Further {
    /// Fetches it as soon as the store is open, which is soon enough for the first press.
    pub fn provide(live: Live) {
        let further = Self(RwSignal::new(Fetched::Waited));
        provide_context(further);
        effect(move || {
            if live.gate().get() == Gate::Open && untrack(|| further.0.get()) != Fetched::Here {
                timer::spawn(further.fetch());
            }
        });
    }

    /// What is under the bell, as soon as it is here; a bell is seldom pressed sooner.
    pub fn tray_panel() -> Tag {
        let further: Self = expect_context();
        let draw = move |fetched: &Fetched| match fetched {
            Fetched::Here => second::draw(Piece::Tray).now_or_never()?.ok(),
            Fetched::Waited => Some(tag("p", "muted nothing").words(text::LOADING)),
            Fetched::Failed => Some(tag("p", "muted nothing").words(gate::UNLOADED_BODY)),
        };
        tag("div", "").draws(move || further.0.get(), draw)
    }

    /// What stands under the bar of a run; nothing until it is here.
    pub fn import_details(integration: IntegrationId) -> Tag {
        let further: Self = expect_context();
        let draw = move |fetched: &Fetched| {
            let here = *fetched == Fetched::Here;
            here.then(|| second::draw(Piece::Import(integration.clone())).now_or_never()?.ok()).flatten()
        };
        tag("div", "").draws(move || further.0.get(), draw)
    }

    async fn fetch(self) {
        let fetched = if second::fetch().await.is_ok() { Fetched::Here } else { Fetched::Failed };
        if self.0.get_untracked() != fetched {
            self.0.set(fetched);
        }
    }
}

/// The page of a place behind the tiles, or what stands there until it is here.
pub fn further_page(route: Route) -> Tag {
    let further = expect_context::<Further>();
    let again = move || {
        further.0.set(Fetched::Waited);
        timer::spawn(lead_to_heading());
        timer::spawn(further.fetch());
    };
    let failed = move || {
        let again = button("button primary", gate::LOAD_AGAIN).press(again);
        state_page(gate::UNLOADED_TITLE, gate::UNLOADED_BODY, Some(again))
    };
    let draw = move |fetched: &Fetched| {
        // Whoever was led to the heading is led on to the one that takes its place; nobody else is moved.
        if page::is_heading_focused() {
            timer::spawn(lead_to_heading());
        }
        match fetched {
            Fetched::Waited => Some(waiting()),
            Fetched::Failed => Some(failed()),
            // The part is here, so that nothing is waited for.
            Fetched::Here => second::draw(Piece::Page(route.clone())).now_or_never()?.ok(),
        }
    };
    tag("div", "").draws(move || further.0.get(), draw)
}

/// The heading is known before the page is.
fn waiting() -> Tag {
    let title = untrack(|| frame::title(use_live()));
    let words = [text::LOADING, "…"].concat();
    let head = tag("div", "page-head")
        .put(tag("h1", "").attr("tabindex", "-1").words(&title))
        .put(tag("p", "muted").attr("role", "status").words(&words));
    tag("div", "").put(head).put(skeleton(1))
}

async fn lead_to_heading() {
    timer::tick().await;
    page::focus_heading();
}

/// What the second part can draw. It has one door, because each door would have to be opened by itself.
enum Piece {
    Page(Route),
    Tray,
    Import(IntegrationId),
}

fn drawn(piece: Piece) -> Tag {
    match piece {
        Piece::Page(Route::Integration(id, tab)) => integration::integration_page(&id, tab),
        Piece::Page(Route::Help(slug)) => help::help_page(&slug),
        Piece::Page(Route::Store | Route::Unknown) => tag("div", ""),
        Piece::Tray => tray::panel(),
        Piece::Import(integration) => import::import_details(&integration, integration.as_str()),
    }
}

#[cfg(feature = "split")]
mod second {
    use wasm_split_helpers::{SplitLoaderError, wasm_split};

    use super::{Piece, Tag};

    /// Draws a piece of the second part.
    #[wasm_split(further, fallible, preload(fetch))]
    pub(super) fn draw(piece: Piece) -> Result<Tag, SplitLoaderError> {
        Ok(super::drawn(piece))
    }
}

#[cfg(not(feature = "split"))]
mod second {
    use std::convert::Infallible;
    use std::future::{Ready, ready};

    use super::{Piece, Tag};

    pub(super) fn fetch() -> Ready<Result<(), Infallible>> {
        ready(Ok(()))
    }

    pub(super) fn draw(piece: Piece) -> Ready<Result<Tag, Infallible>> {
        ready(Ok(super::drawn(piece)))
    }
}
