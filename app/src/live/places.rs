//! Where the visitor is: the address as signals, and steps that need no page load.

use super::Live;
use crate::browser::place::{self, Step};
use crate::browser::{self, page, timer};
use crate::routes::{Query, Route};
use crate::signals::Signal;

impl Live {
    /// The place.
    pub fn route(self) -> Signal<Route> {
        self.route.read_only()
    }

    /// The query of the address.
    pub fn query(self) -> Signal<Query> {
        self.query.read_only()
    }

    /// Sets one key of the query, or takes it away by an empty value, without a new step in the
    /// history: filters are typed letter by letter.
    pub fn set_query(self, key: &str, value: &str) {
        let query = self.query.get_untracked().with(key, value);
        let path = place::path().unwrap_or_default();
        place::show(&place::address(&path, query.pairs()), Step::Same);
        self.query.set(query);
    }

    /// Goes to an address of ours; asks first when something is unsaved.
    pub fn go(self, address: String) {
        if self.unsaved.get_untracked() {
            self.leaving.set(Some(address));
        } else {
            self.leave(&address);
        }
    }

    /// While this is true, leaving the page asks first.
    pub fn set_unsaved(self, unsaved: bool) {
        if self.unsaved.get_untracked() != unsaved {
            self.unsaved.set(unsaved);
        }
    }

    /// Where the visitor wants to go although something is unsaved.
    pub fn leaving(self) -> Signal<Option<String>> {
        self.leaving.read_only()
    }

    /// Answers that question.
    pub fn answer_leaving(self, leave: bool) {
        let Some(address) = self.leaving.get_untracked() else {
            return;
        };
        self.leaving.set(None);
        if leave {
            self.unsaved.set(false);
            self.leave(&address);
        }
    }

    fn leave(self, address: &str) {
        place::show(address, Step::New);
        place::scroll_to_top();
        self.look();
        // The new page is drawn in this task; its heading is there in the next.
        timer::spawn(async {
            timer::tick().await;
            page::focus_heading();
        });
    }

    /// The visitor went back or forth. The address is another already, so with something unsaved it is
    /// put back until that is decided.
    fn travelled(self) {
        let path = place::path().unwrap_or_default();
        let stays = Route::parse(&path) == self.route.get_untracked();
        if stays || !self.unsaved.get_untracked() {
            return self.look();
        }
        let wanted = place::address(&path, &place::query().unwrap_or_default());
        let query = self.query.get_untracked();
        let here = place::address(&self.route.get_untracked().path(), query.pairs());
        place::show(&here, Step::New);
        self.leaving.set(Some(wanted));
    }

    /// Reads the address.
    fn look(self) {
        let path = place::path().unwrap_or_default();
        let route = Route::parse(&path);
        self.query.set(Query::new(place::query().unwrap_or_default()));
        if route != self.route.get_untracked() {
            self.unsaved.set(false);
            self.route.set(route);
        }
    }

    pub(super) fn watch_places(self) {
        self.look();
        place::on_travel(move || self.travelled());
        let ours = |path: &str| Route::parse(path) != Route::Unknown;
        place::on_link(ours, move |address| self.go(address));
        browser::on_leave(move || self.unsaved.get_untracked());
    }
}
