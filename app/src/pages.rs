//! The page: which one the address names, and what stands around it.

pub mod activity;
pub mod configuration;
pub mod connect;
pub mod data;
pub mod frame;
pub mod help;
pub mod integration;
pub mod notices;
pub mod overview;
pub mod store;
pub mod tray;

use leptos::prelude::*;

use crate::browser::{self, page};
use crate::components::dialog::Dialog;
use crate::components::state_page::{Skeleton, StatePage};
use crate::live::{Gate, Live};
use crate::routes::Route;
use crate::text::{self, gate, leaving};

/// Puts the program in the place of the static shell.
pub fn mount() {
    if let Some(root) = page::root() {
        leptos::mount::mount_to(root, App).forget();
    }
}

/// The whole store.
#[component]
fn App() -> impl IntoView {
    let live = Live::provide();
    connect::Asking::provide();
    frame::keep_title(live);
    view! {
        <frame::Top />
        <main id="content">
            {move || match live.gate().get() {
                Gate::Opening => view! { <Opening /> }.into_any(),
                Gate::Open => view! { <Place /> }.into_any(),
                Gate::SessionOver => view! { <SessionOver /> }.into_any(),
                Gate::OtherBuild => view! { <OtherBuild /> }.into_any(),
            }}
        </main>
        <connect::Dialogs />
        <Leaving />
        <frame::Spoken />
    }
}

/// The page that the address names, under the messages that concern every page.
#[component]
fn Place() -> impl IntoView {
    let live = crate::live::use_live();
    view! {
        <notices::Notices />
        {move || match live.route().get() {
            Route::Store => view! { <store::StorePage /> }.into_any(),
            Route::Integration(id, tab) => {
                view! { <integration::IntegrationPage integration=id tab /> }.into_any()
            }
            Route::Help(slug) => view! { <help::HelpPage slug /> }.into_any(),
            Route::Unknown => view! { <Unknown /> }.into_any(),
        }}
    }
}

#[component]
fn Opening() -> impl IntoView {
    view! {
        <div class="page-head">
            <h1>{text::store::TITLE}</h1>
            <p class="muted" role="status">
                {text::LOADING}
                "…"
            </p>
        </div>
        <Skeleton cards=3 />
    }
}

#[component]
fn SessionOver() -> impl IntoView {
    let live = crate::live::use_live();
    let back = move || {
        let session = live.session().get()?;
        let label = text::back_to(&session.portal_name);
        let link = |url| view! { <a class="button primary" href=url>{label}</a> };
        session.return_url.map(link)
    };
    view! {
        <StatePage title=gate::OVER_TITLE body=gate::OVER_BODY>
            {back}
        </StatePage>
    }
}

#[component]
fn OtherBuild() -> impl IntoView {
    let reload = |_| {
        browser::reload();
    };
    view! {
        <StatePage title=gate::BUILD_TITLE body=gate::BUILD_BODY>
            <button type="button" class="button primary" on:click=reload>
                {gate::RELOAD}
            </button>
        </StatePage>
    }
}

#[component]
fn Unknown() -> impl IntoView {
    view! {
        <StatePage title=gate::UNKNOWN_TITLE body=gate::UNKNOWN_BODY>
            <a class="button primary" href=Route::Store.path()>
                {gate::TO_STORE}
            </a>
        </StatePage>
    }
}

/// Asks before a page with unsaved changes is left.
#[component]
fn Leaving() -> impl IntoView {
    let live = crate::live::use_live();
    let open = RwSignal::new(false);
    Effect::new(move || {
        if live.leaving().get().is_some() {
            open.set(true);
        }
    });
    let answer = move |leave| {
        live.answer_leaving(leave);
        open.set(false);
    };
    Effect::new(move || {
        if !open.get() {
            live.answer_leaving(false);
        }
    });
    view! {
        <Dialog open title=leaving::TITLE id="leaving-title">
            <p>{leaving::BODY}</p>
            <div class="actions">
                <button type="button" class="button" on:click=move |_| answer(true)>
                    {leaving::LEAVE}
                </button>
                <button type="button" class="button primary" autofocus on:click=move |_| answer(false)>
                    {leaving::STAY}
                </button>
            </div>
        </Dialog>
    }
}
