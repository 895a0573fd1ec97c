//! A calm page or part of one that says how things are and offers one way on.

use crate::browser::dom::{Tag, tag};
use crate::routes::Route;
use crate::text::gate;

/// Heading, sentence, and perhaps a way on.
pub fn state_page(title: &str, body: &str, way: Option<Tag>) -> Tag {
    tag("div", "state-page")
        .put(tag("h1", "").attr("tabindex", "-1").words(title))
        .put(tag("p", "muted").words(body))
        .maybe(way.map(|way| tag("div", "actions").put(way)))
}

/// No such page.
pub fn unknown_page(title: &str) -> Tag {
    let way = tag("a", "button primary").attr("href", &Route::Store.path()).words(gate::TO_STORE);
    state_page(title, gate::UNKNOWN_BODY, Some(way))
}

/// Grey shapes of what is about to come, so that nothing shifts when it does.
pub fn skeleton(cards: usize) -> Tag {
    let card = |_| tag("div", "tile ghost");
    tag("div", "tiles").attr("aria-hidden", "true").all((0..cards).map(card).collect())
}
