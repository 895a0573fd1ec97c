//! A table of many rows, of which only those in sight are in the page. It is a grid: one row can
//! be tabbed to, arrow keys move between rows, and that row stays in the page wherever one scrolls.

use std::ops::Range;

use leptos::ev::{self, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;

use crate::browser::page;
use crate::model::window::{in_sight, step};

/// What a grid is called and how wide its columns are.
#[derive(Debug, Clone)]
pub struct Grid {
    /// Unique within the page.
    pub id: &'static str,
    /// Its class, which gives columns and row height.
    pub class: &'static str,
    /// Its name.
    pub label: String,
    /// Id of what describes it.
    pub described: &'static str,
    /// Headings.
    pub columns: Vec<String>,
}

/// What fills a grid and what happens in it.
#[derive(Clone, Copy)]
pub struct Filling {
    /// Rows there are, in sight or not.
    pub total: Signal<u32>,
    /// The row that can be tabbed to.
    pub cursor: RwSignal<u32>,
    /// These rows came into sight.
    pub want: Callback<Range<u32>>,
    /// The cells of a row.
    pub cells: Callback<u32, AnyView>,
    /// A key that does not move was pressed on a row.
    pub key: Callback<(u32, String)>,
}

/// The id of a row within the page.
pub fn row_id(grid: &str, index: u32) -> String {
    [grid, "-", &index.to_string()].concat()
}

/// Moves the focus to a row.
pub fn focus_row(grid: &'static str, index: u32) {
    leptos::task::spawn_local(async move {
        // The row that becomes the cursor's is put into the page first.
        leptos::task::tick().await;
        page::focus(&["#", &row_id(grid, index)].concat());
    });
}

fn pixels(number: u32) -> String {
    [&number.to_string(), "px"].concat()
}

fn whole(pixels: i32) -> u32 {
    u32::try_from(pixels).unwrap_or_default()
}

/// How the grid lies on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sight {
    /// Height of a row, in pixels.
    row: u32,
    /// Place of the scroll, in rows.
    top: u32,
    /// Rows that fit.
    fit: u32,
}

/// The grid.
#[component]
pub fn Rows(grid: Grid, filling: Filling) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let probe = NodeRef::<html::Div>::new();
    let sight = RwSignal::new(Sight { row: 48, top: 0, fit: 12 });
    let measure = move || {
        let here = |node: NodeRef<html::Div>| node.try_get_untracked().flatten();
        let (Some(scroller), Some(probe)) = (here(scroller), here(probe)) else {
            return;
        };
        let row = whole(probe.offset_height()).max(1);
        let seen = Sight {
            row,
            top: whole(scroller.scroll_top()) / row,
            fit: whole(scroller.client_height()) / row + 1,
        };
        if seen != sight.get_untracked() {
            sight.set(seen);
        }
    };
    // The first rows give the grid its height, after which more of them fit.
    Effect::new(move || {
        scroller.track();
        filling.total.track();
        request_animation_frame(measure);
    });
    let resized = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
    let range = Memo::new(move |_| {
        let sight = sight.get();
        in_sight(sight.top, sight.fit, filling.total.get())
    });
    // What is in sight follows from the scroll, which only the page knows.
    Effect::new(move || filling.want.run(range.get()));
    let kept = Memo::new(move |_| {
        let range = range.get();
        let cursor = filling.cursor.get();
        let far = !range.contains(&cursor) && cursor < filling.total.get();
        range.chain(far.then_some(cursor)).collect::<Vec<_>>()
    });
    let id = grid.id;
    let row = move |index| view! { <Row id index filling sight=sight.into() /> };
    let heading = |words: String| view! { <div role="columnheader"><span>{words}</span></div> };
    view! {
        <div
            class=["grid ", grid.class].concat()
            role="grid"
            aria-label=grid.label
            aria-describedby=grid.described
            aria-rowcount=move || (filling.total.get() + 1).to_string()
        >
            <div class="grid-scroll" node_ref=scroller on:scroll=move |_| measure()>
                <div class="grid-head" role="rowgroup">
                    <div class="grid-columns" role="row" aria-rowindex="1">
                        {grid.columns.into_iter().map(heading).collect_view()}
                    </div>
                </div>
                <div
                    class="grid-body"
                    role="rowgroup"
                    style:height=move || pixels(filling.total.get() * sight.get().row)
                >
                    <For each=move || kept.get() key=|index| *index children=row />
                </div>
                <div class="grid-probe" node_ref=probe aria-hidden="true"></div>
            </div>
        </div>
    }
}

#[component]
fn Row(id: &'static str, index: u32, filling: Filling, sight: Signal<Sight>) -> impl IntoView {
    let key = move |event: KeyboardEvent| {
        let name = event.key();
        let (fit, total) = (sight.get_untracked().fit, filling.total.get_untracked());
        let typing = event.target() != event.current_target();
        if let Some(to) = step(index, &name, fit, total) {
            filling.cursor.set(to);
            focus_row(id, to);
        } else if !typing && matches!(name.as_str(), " " | "Enter" | "Delete") {
            filling.key.run((index, name));
        } else {
            return;
        }
        event.prevent_default();
    };
    let at_cursor = move || filling.cursor.get() == index;
    view! {
        <div
            id=row_id(id, index)
            class="grid-row"
            class:even=index % 2 == 1
            role="row"
            aria-rowindex=(index + 2).to_string()
            tabindex=move || if at_cursor() { "0" } else { "-1" }
            style:top=move || pixels(index * sight.get().row)
            on:focusin=move |_| filling.cursor.set(index)
            on:keydown=key
        >
            {filling.cells.run(index)}
        </div>
    }
}
