//! The company guard: another company than before was chosen, and somebody must decide.

use leptos::prelude::*;
use protocol::ids::{IntegrationId, Moment};

use super::Asking;
use crate::components::dialog::Dialog;
use crate::live::use_live;
use crate::text::connect;

/// Opens by itself once per decision; closing it decides nothing, the banner stays.
#[component]
pub fn CompanyGuard(asking: Asking) -> impl IntoView {
    let live = use_live();
    let open = asking.guard;
    let waiting = Memo::new(move |_| {
        live.connections().with(|all| {
            let mine = |c: &protocol::store::Connection| {
                let decision = c.decision.as_ref().filter(|decision| decision.mine)?;
                Some((c.integration.clone(), decision.expires))
            };
            all.iter().find_map(mine)
        })
    });
    Effect::new(move |before: Option<Option<(IntegrationId, Moment)>>| {
        let now = waiting.get();
        if before.flatten() != now {
            match &now {
                Some((id, _)) => asking.company(id.clone()),
                None => open.set(false),
            }
        }
        now
    });
    let connection = asking.connection(live);
    let companies = move || connection.get().and_then(|c| c.decision).map(|d| (d.before, d.chosen));
    let decide = move |replace| {
        open.set(false);
        if let Some(id) = asking.target.get_untracked() {
            live.act(live.decide_company(id, replace));
        }
    };
    view! {
        <Dialog open title=connect::GUARD_TITLE id="guard-title">
            {move || {
                companies()
                    .map(|(before, chosen)| {
                        view! {
                            <dl class="companies">
                                <div>
                                    <dt>{connect::GUARD_BEFORE}</dt>
                                    <dd>{before}</dd>
                                </div>
                                <div>
                                    <dt>{connect::GUARD_CHOSEN}</dt>
                                    <dd>{chosen}</dd>
                                </div>
                            </dl>
                        }
                    })
            }}
            <p>{connect::GUARD_BODY}</p>
            <div class="actions">
                <button type="button" class="button" on:click=move |_| decide(true)>
                    {connect::GUARD_REPLACE}
                </button>
                <button type="button" class="button primary" autofocus on:click=move |_| decide(false)>
                    {connect::GUARD_CANCEL}
                </button>
            </div>
        </Dialog>
    }
}
