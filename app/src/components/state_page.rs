//! A calm page or part of one that says how things are and offers one way on.

use leptos::prelude::*;

/// Heading, sentence, and perhaps a way on.
#[component]
pub fn StatePage(
    /// Heading.
    #[prop(into)]
    title: String,
    /// A sentence.
    #[prop(into)]
    body: String,
    /// The way on.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="state-page">
            <h1 tabindex="-1">{title}</h1>
            <p class="muted">{body}</p>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </div>
    }
}

/// Grey shapes of what is about to come, so that nothing shifts when it does.
#[component]
pub fn Skeleton(
    /// How many cards.
    cards: usize,
) -> impl IntoView {
    let card = || view! { <div class="tile ghost"></div> };
    view! {
        <div class="tiles" aria-hidden="true">
            {(0..cards).map(|_| card()).collect_view()}
        </div>
    }
}
