//! A help article, with its steps ticked for this organisation.

use leptos::prelude::*;
use protocol::ids::{ArticleId, IntegrationId};
use protocol::store::ConnectionState;

use super::connect::Asking;
use crate::browser::intl;
use crate::components::icon::{Drawn, Icon};
use crate::components::state_page::StatePage;
use crate::live::use_live;
use crate::model::help::{Article, Part, Step, article, done};
use crate::routes::{Route, Tab};
use crate::text::{gate, help};

/// The article of an address.
#[component]
pub fn HelpPage(slug: ArticleId) -> impl IntoView {
    let live = use_live();
    let Some(article) = article(slug.as_str()) else {
        return view! {
            <StatePage title=help::UNKNOWN_TITLE body=gate::UNKNOWN_BODY>
                <a class="button primary" href=Route::Store.path()>
                    {gate::TO_STORE}
                </a>
            </StatePage>
        }
        .into_any();
    };
    let about = Memo::new(move |_| {
        let about = |i: &&protocol::store::Integration| i.article.as_ref() == Some(&slug);
        live.integrations().with(|all| all.iter().find(about).map(|i| i.id.clone()))
    });
    let part = move |part: &'static Part| match part {
        // Our own text, turned into HTML when the program was built.
        Part::Text(html) => view! { <div inner_html=*html></div> }.into_any(),
        Part::Step(step, html) => view! { <StepView step=*step html about /> }.into_any(),
    };
    view! {
        <article class="article">
            <h1 tabindex="-1">{article.title}</h1>
            <Standing article about />
            {article.parts.iter().map(part).collect_view()}
        </article>
    }
    .into_any()
}

fn ticked(step: Step, about: Memo<Option<IntegrationId>>) -> Memo<bool> {
    let live = use_live();
    Memo::new(move |_| {
        about.get().is_some_and(|id| {
            let import = live.import(id.clone()).get();
            live.connection(id).get().is_some_and(|c| done(step, &c, import.as_ref()))
        })
    })
}

/// How many steps are done.
#[component]
fn Standing(article: &'static Article, about: Memo<Option<IntegrationId>>) -> impl IntoView {
    let ticks: Vec<_> = article.steps().map(|step| ticked(step, about)).collect();
    let words = move || {
        let count = |number: usize| intl::count(number as u64);
        let done = ticks.iter().filter(|tick| tick.get()).count();
        about.get().map(|_| help::progress(&count(done), &count(ticks.len())))
    };
    view! {
        <p class="standing" role="status">
            {words}
        </p>
    }
}

#[component]
fn StepView(step: Step, html: &'static str, about: Memo<Option<IntegrationId>>) -> impl IntoView {
    let tick = ticked(step, about);
    let words = move || if tick.get() { help::DONE } else { help::TO_DO };
    view! {
        <section class="step" class:done=tick>
            <span class="tick" role="img" aria-label=words>
                <Show when=move || tick.get()>
                    <Drawn icon=Icon::Check />
                </Show>
            </span>
            <div>
                <div inner_html=html></div>
                {move || about.get().map(|id| view! { <StepAction step integration=id tick /> })}
            </div>
        </section>
    }
}

#[component]
fn StepAction(step: Step, integration: IntegrationId, tick: Memo<bool>) -> impl IntoView {
    let live = use_live();
    let asking = Asking::here();
    let connection = live.connection(integration.clone());
    let legacy = Memo::new(move |_| {
        connection.with(|c| c.as_ref().is_some_and(|c| matches!(c.state, ConnectionState::Legacy { .. })))
    });
    let may = Memo::new(move |_| live.session().get().is_some_and(|s| s.permissions.connect));
    move || {
        let words = help::action(step, tick.get());
        let id = integration.clone();
        let link = |tab| {
            let href = Route::Integration(integration.clone(), tab).path();
            view! { <a class="button small" href=href>{words}</a> }.into_any()
        };
        let button = |press: Box<dyn Fn()>| {
            view! {
                <button type="button" class="button small" on:click=move |_| press()>
                    {words}
                </button>
            }
            .into_any()
        };
        match step {
            Step::Upgraded if may.get() && legacy.get() => {
                button(Box::new(move || asking.disconnect(id.clone())))
            }
            Step::Connected if may.get() && !tick.get() => {
                button(Box::new(move || asking.connect(id.clone())))
            }
            Step::Imported if tick.get() => link(Tab::Data),
            Step::Imported => link(Tab::Overview),
            Step::Saved => link(Tab::Configuration),
            Step::Upgraded | Step::Connected => ().into_any(),
        }
    }
}
