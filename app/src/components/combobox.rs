//! A text field with a list of records to choose from, after the combobox pattern of ARIA 1.2: the
//! focus stays in the field, the list follows it.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use crate::browser::page;
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
    pub shown: Signal<String>,
    /// What the last search brought.
    pub found: Signal<Found>,
    /// Looks for a text; an empty one as the list opens.
    pub search: Callback<String>,
    /// Takes the id of what was chosen.
    pub pick: Callback<String>,
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

#[derive(Clone, Copy)]
struct State {
    id: StoredValue<String>,
    choosing: Choosing,
    /// The list always stands open, in a dialog of its own.
    inline: bool,
    open: RwSignal<bool>,
    typed: RwSignal<String>,
    active: RwSignal<usize>,
}

impl State {
    fn choices(self) -> Vec<Choice> {
        match self.choosing.found.get() {
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

    fn choose(self, index: usize) {
        if let Some(choice) = untrack(|| self.choices()).get(index) {
            self.choosing.pick.run(choice.id.clone());
            self.hide();
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

    fn key(self, event: &KeyboardEvent) {
        let open = self.open.get_untracked();
        match event.key().as_str() {
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
}

/// The field and its list.
#[component]
pub fn Combobox(
    naming: Naming,
    choosing: Choosing,
    /// The list stands open for as long as the field is there.
    #[prop(optional)]
    inline: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let state = State {
        id: StoredValue::new(naming.id.clone()),
        choosing,
        inline,
        open: RwSignal::new(false),
        typed: RwSignal::new(String::new()),
        active: RwSignal::new(0),
    };
    let input = NodeRef::<html::Input>::new();
    if inline {
        state.show();
        // A dialog that opens gives the focus to its first button otherwise.
        Effect::new(move || drop(input.get().map(|input| input.focus())));
    }
    let value = move || {
        if state.open.get() { state.typed.get() } else { choosing.shown.get() }
    };
    let placeholder = move || {
        let shown = choosing.shown.get();
        if shown.is_empty() { text::CHOOSE.to_owned() } else { shown }
    };
    let typing = move |text: String| {
        state.open.set(true);
        state.active.set(0);
        state.typed.set(text.clone());
        choosing.search.run(text);
    };
    let active = move || {
        let some = state.open.get() && !state.choices().is_empty();
        some.then(|| state.option_id(state.active.get()))
    };
    view! {
        <div class="combobox" class:inline=inline>
            <input
                node_ref=input
                id=naming.id
                class="input"
                type="text"
                role="combobox"
                autocomplete="off"
                spellcheck="false"
                aria-autocomplete="list"
                aria-label=naming.label
                aria-describedby=naming.described
                aria-expanded=move || state.open.get().to_string()
                aria-controls=state.list_id()
                aria-activedescendant=active
                placeholder=placeholder
                prop:value=value
                disabled=disabled
                on:click=move |_| state.show()
                on:input:target=move |event| typing(event.target().value())
                on:keydown=move |event| state.key(&event)
                on:blur=move |_| state.hide()
            />
            <Show when=move || state.open.get()>
                <Options state />
            </Show>
        </div>
    }
}

#[component]
fn Options(state: State) -> impl IntoView {
    let option = move |index: usize, choice: Choice| {
        let active = move || state.active.get() == index;
        view! {
            <li
                id=state.option_id(index)
                role="option"
                class="option"
                aria-selected=move || active().to_string()
                // Pressing the button must not take the focus out of the field.
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| state.choose(index)
            >
                <span class="option-title">{choice.title}</span>
                {choice.mark.map(|mark| view! { <span class="option-mark">{mark}</span> })}
                <span class="option-note">{choice.note}</span>
            </li>
        }
    };
    let options = move || {
        let choices = state.choices().into_iter().enumerate();
        choices.map(|(index, choice)| option(index, choice)).collect_view()
    };
    let words = move || match state.choosing.found.get() {
        Found::Loading => text::SEARCHING.to_owned(),
        Found::Failed => text::SEARCH_FAILED.to_owned(),
        Found::Ready(choices, 0) => text::results(choices.len()),
        Found::Ready(_, more) => text::narrow(more),
    };
    view! {
        <div class="combobox-list">
            <ul id=state.list_id() role="listbox" aria-label=text::RESULTS>
                {options}
            </ul>
            <p class="combobox-words" role="status">
                {words}
            </p>
        </div>
    }
}
