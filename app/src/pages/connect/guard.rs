//! The company guard: another company than before was chosen, and somebody must decide.

use protocol::ids::IntegrationId;
use protocol::store::Connection;

use super::Asking;
use crate::browser::dom::{Tag, button, tag};
use crate::components::modal::modal;
use crate::live::Live;
use crate::signals::{StoredValue, effect};
use crate::text::connect;

/// Opens by itself once per decision; closing it decides nothing, the banner stays.
pub fn company_guard(live: Live, asking: Asking) -> Tag {
    let open = asking.guard;
    let offered = StoredValue::new(None::<u64>);
    effect(move || {
        let now = live.connections().with(|all| all.iter().find_map(undecided));
        let expires = now.as_ref().map(|(_, expires)| *expires);
        if expires == offered.get_value() {
            return;
        }
        offered.set_value(expires);
        match now {
            Some((id, _)) => asking.company(id),
            None => open.set(false),
        }
    });
    let decide = move |replace| {
        open.set(false);
        if let Some(id) = asking.target.get_value() {
            live.act(live.decide_company(id, replace));
        }
    };
    let company = |label: &str, name: &str| {
        tag("div", "").put(tag("dt", "").words(label)).put(tag("dd", "").words(name))
    };
    let companies = move || {
        let id = asking.target.get_value()?;
        let decision = live.connection(id).get()?.decision?;
        let before = company(connect::GUARD_BEFORE, &decision.before);
        Some(tag("dl", "companies").put(before).put(company(connect::GUARD_CHOSEN, &decision.chosen)))
    };
    let inside = move || {
        let replace = button("button", connect::GUARD_REPLACE).press(move || decide(true));
        let keep = button("button primary", connect::GUARD_CANCEL)
            .attr("data-first", "")
            .press(move || decide(false));
        vec![
            tag("div", "").shows(companies),
            tag("p", "").words(connect::GUARD_BODY),
            tag("div", "actions").put(replace).put(keep),
        ]
    };
    modal(open, || connect::GUARD_TITLE.to_owned(), "guard-title", inside)
}

/// A decision that this visitor has to make, and when it expires.
fn undecided(connection: &Connection) -> Option<(IntegrationId, u64)> {
    let decision = connection.decision.as_ref().filter(|decision| decision.mine)?;
    Some((connection.integration.clone(), decision.expires.0))
}
