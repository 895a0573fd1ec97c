//! A table of many rows, of which only those in sight are in the page. It is a grid: one row can
//! be tabbed to, arrow keys move between rows, and that row stays in the page wherever one scrolls.

use std::ops::Range;

use super::look::Look;
use crate::browser::dom::{Event, Tag, is_own, key, on_resize, tag, whenever};
use crate::browser::{page, timer};
use crate::model::window::{in_sight, step};
use crate::signals::{Callback, RwSignal, StoredValue, untrack};

/// What a grid is called and how wide its columns are.
#[derive(Clone)]
pub struct Grid {
    /// Unique within the page.
    pub id: &'static str,
    /// Its class, which gives columns and row height.
    pub class: &'static str,
    /// Its name.
    pub label: &'static str,
    /// Id of what describes it.
    pub described: &'static str,
    /// Headings, each with the role of one.
    pub columns: Vec<Tag>,
}

/// The heading of a column that can only be read.
pub fn column(words: &str) -> Tag {
    tag("div", "").attr("role", "columnheader").put(tag("span", "").words(words))
}

/// What fills a grid and what happens in it.
#[derive(Clone, Copy)]
pub struct Filling {
    /// Rows there are, in sight or not.
    pub total: Look<u32>,
    /// The row that can be tabbed to.
    pub cursor: RwSignal<u32>,
    /// These rows came into sight.
    pub want: Callback<Range<u32>>,
    /// The cells of a row.
    pub cells: Callback<(u32, Tag), Tag>,
    /// A key that does not move was pressed on a row.
    pub key: Callback<(u32, String)>,
}

/// Moves the focus to a row.
pub fn focus_row(grid: &'static str, index: u32) {
    timer::spawn(async move {
        // The row that becomes the cursor's is put into the page first.
        timer::tick().await;
        page::focus(&["#", &row_id(grid, index)].concat());
    });
}

fn row_id(grid: &str, index: u32) -> String {
    [grid, "-", &index.to_string()].concat()
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
pub fn rows(grid: &Grid, filling: Filling) -> Tag {
    let sight = RwSignal::new(Sight { row: 48, top: 0, fit: 12 });
    let range = move || {
        let sight = sight.get();
        in_sight(sight.top, sight.fit, filling.total.run(()))
    };
    let kept = move || {
        let range = range();
        let cursor = filling.cursor.get();
        let far = !range.contains(&cursor) && cursor < filling.total.run(());
        range.chain(far.then_some(cursor)).map(u64::from).collect()
    };
    let id = grid.id;
    let columns =
        tag("div", "grid-columns").attr("role", "row").attr("aria-rowindex", "1").all(grid.columns.clone());
    let body = tag("div", "grid-body")
        .attr("role", "rowgroup")
        .pixels("height", move || filling.total.run(()) * sight.get().row)
        .each(kept, move |index| row(id, u32::try_from(index).unwrap_or_default(), filling, sight));
    let probe = tag("div", "grid-probe").attr("aria-hidden", "true");
    let scroller = tag("div", "grid-scroll")
        .put(tag("div", "grid-head").attr("role", "rowgroup").put(columns))
        .put(body)
        .put(probe.clone());
    let measure = measure(scroller.clone(), probe, sight, filling);
    // What is in sight follows from the scroll, which only the page knows.
    whenever(move || filling.want.run(range()));
    tag("div", &["grid ", grid.class].concat())
        .attr("role", "grid")
        .attr("aria-label", grid.label)
        .attr("aria-describedby", grid.described)
        .live("aria-rowcount", move || Some((filling.total.run(()) + 1).to_string()))
        .put(scroller.on("scroll", move |_| measure.run(())))
}

/// Measures when the window changes and when rows come; the first give the grid its height, after
/// which more of them fit.
fn measure(scroller: Tag, probe: Tag, sight: RwSignal<Sight>, filling: Filling) -> Callback<()> {
    let places = StoredValue::new((scroller, probe));
    let measure = Callback::new(move |()| {
        let seen = places.try_with_value(|(scroller, probe)| {
            let row = probe.measure().0.max(1);
            let (_, top, height) = scroller.measure();
            Sight { row, top: top / row, fit: height / row + 1 }
        });
        if let Some(seen) = seen.filter(|seen| *seen != sight.get_untracked()) {
            sight.set(seen);
        }
    });
    on_resize(move || measure.run(()));
    whenever(move || {
        filling.total.run(());
        timer::before_paint(move || {
            // The grid may be gone by then.
            let _ = measure.try_run(());
        });
    });
    measure
}

fn row(id: &'static str, index: u32, filling: Filling, sight: RwSignal<Sight>) -> Tag {
    let pressed = move |event: Event| {
        let name = key(&event);
        let (fit, total) = (sight.get_untracked().fit, untrack(|| filling.total.run(())));
        if let Some(to) = step(index, &name, fit, total) {
            filling.cursor.set(to);
            focus_row(id, to);
        } else if is_own(&event) && matches!(name.as_str(), " " | "Enter" | "Delete") {
            filling.key.run((index, name));
        } else {
            return;
        }
        event.prevent_default();
    };
    let tabbed = move || {
        let last = filling.total.run(()).saturating_sub(1);
        Some(if filling.cursor.get().min(last) == index { "0" } else { "-1" }.to_owned())
    };
    let row = tag("div", "grid-row")
        .attr("id", &row_id(id, index))
        .attr("role", "row")
        .attr("aria-rowindex", &(index + 2).to_string())
        .live("tabindex", tabbed)
        .pixels("top", move || index * sight.get().row)
        .on("focusin", move |_| filling.cursor.set(index))
        .on("keydown", pressed);
    filling.cells.run((index, row))
}
