//! A message at the top of the page that stays until it is closed or no longer true.

use leptos::prelude::*;

use super::icon::{Drawn, Icon};
use crate::browser::page;
use crate::text;

/// How a banner looks; its words say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something is going on.
    Info,
    /// Something went well.
    Good,
    /// Somebody should do something.
    Warn,
    /// Something is broken.
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Info => "banner info",
            Self::Good => "banner good",
            Self::Warn => "banner warn",
            Self::Bad => "banner bad",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Info => Icon::Info,
            Self::Good => Icon::Check,
            Self::Warn | Self::Bad => Icon::Warning,
        }
    }
}

/// A banner. What changes often must be a signal inside the children, so that focus stays put.
#[component]
pub fn Banner(
    /// How it looks.
    #[prop(into)]
    tone: Signal<Tone>,
    /// Its first line.
    #[prop(into)]
    title: Signal<String>,
    /// Closes it; without this it stays for as long as it is true.
    #[prop(optional_no_strip)]
    close: Option<Callback<()>>,
    /// What stands under the first line.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <section class=move || tone.get().class() aria-label=title>
            {move || view! { <Drawn icon=tone.get().icon() /> }}
            <div class="body">
                <p class="title">{title}</p>
                {children.map(|children| children())}
            </div>
            {close
                .map(|close| {
                    view! {
                        <button
                            type="button"
                            class="icon-button"
                            aria-label=text::CLOSE
                            on:click=move |_| {
                                close.run(());
                                // The focused button is gone now.
                                page::focus_heading();
                            }
                        >
                            <Drawn icon=Icon::Close />
                        </button>
                    }
                })}
        </section>
    }
}
