//! The page: which one the address names, and what stands around it.

pub mod configuration;
pub mod data;

use leptos::prelude::*;

use crate::browser::page;
use crate::live::Live;
use crate::routes::{Route, Tab};

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
    move || match live.route().get() {
        Route::Integration(integration, Tab::Configuration) => {
            view! { <configuration::ConfigurationPage integration /> }.into_any()
        }
        Route::Integration(integration, _) => view! { <data::DataPage integration /> }.into_any(),
        Route::Store | Route::Help(_) | Route::Unknown => ().into_any(),
    }
}
