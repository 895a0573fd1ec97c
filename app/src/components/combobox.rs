//! A text field with a list of records to choose from, after the combobox pattern of ARIA 1.2: the
//! focus stays in the field, the list follows it.

use super::look::Look;
use crate::browser::dom::{Event, Tag, key, main_button, on_release, tag};
use crate::browser::{page, timer};
use crate::signals::{Callback, RwSignal, StoredValue, untrack};
use crate::text::configuration as text;

/// One line to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Handed back when it is chosen.
    pub id: String,
    /// Its name.
    pub title: String,
    /// What tells it from others of the name.
    pub note: String,
    /// Why it stands out.
    pub mark: Option<String>,
}

/// What a search brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Found {
    /// On its way.
    #[default]
    Loading,
    /// It could not be read.
    Failed,
    /// Here, with so many more than these.
    Ready(Vec<Choice>, u32),
}

/// Where the choices come from and where the chosen one goes.
#[derive(Clone, Copy)]
pub struct Choosing {
    /// The name of what is chosen now.
    pub shown: Look<String>,
    /// What the last search brought.
    pub found: Look<Found>,
    /// Looks for a text; an empty one as the list opens.
    pub search: Callback<String>,
    /// Takes the id of what was chosen.
    pub pick: Callback<String>,
    /// It may only be looked at.
    pub locked: Look<bool>,
}

/// What a combobox is called.
#[derive(Debug, Clone, Default)]
pub struct Naming {
    /// Unique within the page.
    pub id: String,
    /// Its name where no label stands beside it.
    pub label: Option<String>,
    /// Ids of what describes it.
    pub described: String,
}

/// A pointer that moved no farther than this between down and up has not moved, in pixels.
const STILL: u32 = 6;

/// What the pointer is doing with an option.
enum Held {
    /// Nothing.
    Nothing,
    /// It went down on the one of this id, here on the screen.
    Down(String, (i32, i32)),
    /// It came up and took one; the click that follows is no second choice.
    Taken,
}

#[derive(Clone, Copy)]
struct State {
    id: StoredValue<String>,
    choosing: Choosing,
    /// The list always stands open, in a dialog of its own.
    inline: bool,
    open: RwSignal<bool>,
    typed: RwSignal<String>,
    active: RwSignal<usize>,
    held: StoredValue<Held>,
}

impl State {
    fn choices(self) -> Vec<Choice> {
        match self.choosing.found.run(()) {
            Found::Ready(choices, _) => choices,
            Found::Loading | Found::Failed => Vec::new(),
        }
    }

    fn show(self) {
        if !self.open.get_untracked() {
            self.typed.set(String::new());
            self.active.set(0);
            self.open.set(true);
            self.choosing.search.run(String::new());
        }
    }

    fn hide(self) {
        if !self.inline {
            self.open.set(false);
        }
    }

    fn typing(self, text: String) {
        self.open.set(true);
        self.active.set(0);
        self.typed.set(text.clone());
        self.choosing.search.run(text);
    }

    fn choose(self, index: usize) {
        if let Some(choice) = untrack(|| self.choices()).get(index) {
            self.pick(choice.id.clone());
        }
    }

    fn pick(self, id: String) {
        self.choosing.pick.run(id);
        self.hide();
    }

    fn hold(self, now: Held) -> Option<Held> {
        self.held.try_update_value(|held| std::mem::replace(held, now))
    }

    fn press(self, event: &Event, id: &str) {
        // Pressing must not take the focus out of the field.
        event.prevent_default();
        self.hold(main_button(event).map_or(Held::Nothing, |place| Held::Down(id.to_owned(), place)));
    }

    /// The pointer came up: what it went down on is taken, even where the page or the list has moved away
    /// under it. Who moves the pointer off thinks better of it; who scrolls by touch has put nothing down.
    fn release(self, event: &Event) {
        let held = self.hold(Held::Nothing);
        if let (Some(Held::Down(id, (x, y))), Some((to_x, to_y))) = (held, main_button(event))
            && to_x.abs_diff(x).max(to_y.abs_diff(y)) <= STILL
        {
            self.hold(Held::Taken);
            self.pick(id);
        }
    }

    /// A click, of a pointer or of what speaks for one.
    fn click(self, index: usize) {
        if !matches!(self.hold(Held::Nothing), Some(Held::Taken)) {
            self.choose(index);
        }
    }

    fn option_id(self, index: usize) -> String {
        self.id.with_value(|id| [id, "-", &index.to_string()].concat())
    }

    fn list_id(self) -> String {
        self.id.with_value(|id| [id, "-list"].concat())
    }

    fn step(self, down: bool) {
        let count = untrack(|| self.choices()).len();
        if count > 0 {
            let at = self.active.get_untracked().min(count - 1);
            let to = if down { at + 1 } else { at + count - 1 } % count;
            self.active.set(to);
            page::reveal_near(&self.option_id(to));
        }
    }

    fn key(self, event: &Event) {
        let open = self.open.get_untracked();
        match key(event).as_str() {
            "ArrowDown" | "ArrowUp" if !open => self.show(),
            "ArrowDown" => self.step(true),
            "ArrowUp" => self.step(false),
            "Enter" if open => self.choose(self.active.get_untracked()),
            "Escape" if open && !self.inline => self.hide(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    fn value(self) -> String {
        if self.open.get() { self.typed.get() } else { self.choosing.shown.run(()) }
    }

    fn placeholder(self) -> String {
        let shown = self.choosing.shown.run(());
        if shown.is_empty() { text::CHOOSE.to_owned() } else { shown }
    }

    fn active_id(self) -> Option<String> {
        let some = self.open.get() && !self.choices().is_empty();
        some.then(|| self.option_id(self.active.get()))
    }
}

/// The field and its list, which stands open for as long as the field is there if it is `inline`.
pub fn combobox(naming: Naming, choosing: Choosing, inline: bool) -> Tag {
    let state = State {
        id: StoredValue::new(naming.id.clone()),
        choosing,
        inline,
        open: RwSignal::new(false),
        typed: RwSignal::new(String::new()),
        active: RwSignal::new(0),
        held: StoredValue::new(Held::Nothing),
    };
    let field = tag("input", "input")
        .attr("id", &naming.id)
        .attr("type", "text")
        .attr("role", "combobox")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("aria-autocomplete", "list")
        .attr("aria-controls", &state.list_id())
        .attr("aria-describedby", &naming.described)
        .live("aria-label", move || naming.label.clone())
        .says_whether("aria-expanded", move || state.open.get())
        .live("aria-activedescendant", move || state.active_id())
        .live("placeholder", move || Some(state.placeholder()))
        .flag("disabled", move || choosing.locked.run(()))
        .holds(move || state.value())
        .press(move || state.show())
        .typed(move |text| state.typing(text))
        .on("keydown", move |event| state.key(&event))
        .on("blur", move |_| state.hide());
    if inline {
        state.show();
        let field = field.clone();
        // A dialog that opens gives the focus to its first button otherwise.
        timer::spawn(async move {
            timer::tick().await;
            let _ = field.focus();
        });
    }
    tag("div", if inline { "combobox inline" } else { "combobox" })
        .put(field)
        .when(move || state.open.get(), move || list(state))
}

fn list(state: State) -> Tag {
    let options = move || {
        let choices = state.choices().into_iter().enumerate();
        let options = choices.map(|(index, choice)| option(state, index, &choice));
        Some(
            tag("ul", "")
                .attr("id", &state.list_id())
                .attr("role", "listbox")
                .attr("aria-label", text::RESULTS)
                .all(options.collect()),
        )
    };
    let words = move || match state.choosing.found.run(()) {
        Found::Loading => text::SEARCHING.to_owned(),
        Found::Failed => text::SEARCH_FAILED.to_owned(),
        Found::Ready(choices, 0) => text::results(choices.len()),
        Found::Ready(_, more) => text::narrow(more),
    };
    let status = tag("p", "combobox-words").attr("role", "status").says(words);
    state.hold(Held::Nothing);
    on_release(move |event| state.release(&event));
    tag("div", "combobox-list").shows(options).put(status)
}

fn option(state: State, index: usize, choice: &Choice) -> Tag {
    let id = choice.id.clone();
    let mark = choice.mark.as_deref().map(|mark| tag("span", "option-mark").words(mark));
    tag("li", "option")
        .attr("id", &state.option_id(index))
        .attr("role", "option")
        .says_whether("aria-selected", move || state.active.get() == index)
        .on("mousedown", move |event| state.press(&event, &id))
        .press(move || state.click(index))
        .put(tag("span", "option-title").words(&choice.title))
        .maybe(mark)
        .put(tag("span", "option-note").words(&choice.note))
}
