//! A help article, with its steps ticked for this organisation.

use protocol::ids::{ArticleId, IntegrationId};
use protocol::store::{ConnectionState, Integration};

use super::connect::Asking;
use crate::browser::dom::{Tag, button, tag};
use crate::browser::intl;
use crate::components::icon::{Icon, icon};
use crate::components::state_page::unknown_page;
use crate::live::{Live, use_live};
use crate::model::help::{Article, Part, Piece, Step, article, done};
use crate::routes::{Route, Tab};
use crate::signals::{Signal, memo};
use crate::text::help;

/// The article of an address.
pub fn help_page(slug: &ArticleId) -> Tag {
    let live = use_live();
    let Some(article) = article(slug.as_str()) else {
        return unknown_page(help::UNKNOWN_TITLE);
    };
    let about = |i: &&Integration| i.article.as_ref() == Some(slug);
    let about = live.integrations().with_untracked(|all| all.iter().find(about).map(|i| i.id.clone()));
    let part = |part: &'static Part| match part {
        Part::Text(pieces) => drawn(tag("div", ""), pieces),
        Part::Step(step, pieces) => step_view(*step, pieces, about.clone()),
    };
    tag("article", "article")
        .put(tag("h1", "").attr("tabindex", "-1").words(article.title))
        .maybe(about.clone().map(|id| standing(article, &id)))
        .all(article.parts.iter().map(part).collect())
}

fn drawn(inside: Tag, pieces: &'static [Piece]) -> Tag {
    pieces.iter().fold(inside, |inside, piece| match piece {
        Piece::Words(words) => inside.words(words),
        Piece::Within(name, pieces) => inside.put(drawn(tag(name, ""), pieces)),
    })
}

fn ticked(live: Live, step: Step, id: &IntegrationId) -> Signal<bool> {
    let (connection, import) = (live.connection(id.clone()), live.import(id.clone()));
    memo(move || {
        let import = import.get();
        connection.with(|c| c.as_ref().is_some_and(|c| done(step, c, import.as_ref())))
    })
}

/// How many steps are done.
fn standing(article: &'static Article, id: &IntegrationId) -> Tag {
    let live = use_live();
    let ticks: Vec<_> = article.steps().map(|step| ticked(live, step, id)).collect();
    let words = move || {
        let count = |number: usize| intl::count(number as u64);
        let done = ticks.iter().filter(|tick| tick.get()).count();
        help::progress(&count(done), &count(ticks.len()))
    };
    tag("p", "standing").attr("role", "status").says(words)
}

fn step_view(step: Step, pieces: &'static [Piece], about: Option<IntegrationId>) -> Tag {
    let live = use_live();
    let text = tag("div", "").put(drawn(tag("div", ""), pieces));
    let view = tag("section", "step");
    let Some(id) = about else {
        return view.put(tag("span", "tick")).put(text);
    };
    let tick = ticked(live, step, &id);
    let words = move || Some(if tick.get() { help::DONE } else { help::TO_DO }.to_owned());
    let mark = tag("span", "tick")
        .attr("role", "img")
        .live("aria-label", words)
        .when(move || tick.get(), || icon(Icon::Check));
    view.class("done", move || tick.get()).put(mark).put(text.put(action(live, step, id, tick)))
}

/// The button or link of a step, where there is something to do.
fn action(live: Live, step: Step, id: IntegrationId, tick: Signal<bool>) -> Tag {
    let asking = Asking::here();
    let state = live.state(id.clone());
    let legacy = move || matches!(state.get(), ConnectionState::Legacy { .. });
    let link = {
        let id = id.clone();
        move |tab| {
            let href = Route::Integration(id.clone(), tab).path();
            tag("a", "button small").attr("href", &href).words(help::action(step, tick.get()))
        }
    };
    let connect = move || {
        let (id, words) = (id.clone(), if legacy() { help::UPGRADE } else { help::action(step, false) });
        button("button small", words).press(move || asking.connect(id.clone()))
    };
    let draw = move || match step {
        Step::Connected => (live.may().connect && !tick.get()).then(&connect),
        Step::Imported if tick.get() => Some(link(Tab::Data)),
        Step::Imported => Some(link(Tab::Overview)),
        Step::Mapped | Step::Saved => Some(link(Tab::Configuration)),
    };
    tag("div", "").shows(draw)
}
