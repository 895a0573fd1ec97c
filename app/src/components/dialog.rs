//! A dialog over everything else: focus stays inside, Escape closes, focus goes back.

use leptos::html;
use leptos::prelude::*;

use crate::browser::page;

/// Shows its children while `open` is true. Buttons go into an element of class `actions`.
#[component]
pub fn Dialog(
    /// True while it is shown; Escape sets it to false.
    open: RwSignal<bool>,
    /// Its heading, which is also its name.
    #[prop(into)]
    title: Signal<String>,
    /// Unique within the page.
    id: &'static str,
    /// What stands under the heading; drawn only while it is open.
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        let shown = open.get();
        let Some(dialog) = node.get() else {
            return;
        };
        if shown {
            page::open_dialog(&dialog);
        } else {
            page::close_dialog(&dialog);
        }
    });
    view! {
        <dialog class="dialog" node_ref=node aria-labelledby=id on:close=move |_| open.set(false)>
            <Show when=move || open.get()>
                <h2 id=id>{title}</h2>
                {children()}
            </Show>
        </dialog>
    }
}
