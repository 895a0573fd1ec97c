//! The card of records: what somebody does in a company's books, and how restless the books are.

use serde::Deserialize;
use serde_json::json;

use super::parts::{attribute, card, note, text};
use crate::{BookWishes, Change, state::Play};

const ENTITIES: &[&str] = &[
    "Customer",
    "Vendor",
    "Employee",
    "Account",
    "Item",
    "Class",
    "Department",
    "Term",
    "PaymentMethod",
    "CompanyCurrency",
    "TaxAgency",
    "TaxRate",
    "TaxCode",
];
const ACTIONS: &[(&str, &str)] = &[
    ("create", "creates one"),
    ("edit", "edits it"),
    ("deactivate", "deactivates it"),
    ("merge", "merges it away, so that it is gone"),
];

/// What the form of a change sends.
#[derive(Deserialize)]
pub(crate) struct Asked {
    realm: String,
    entity: String,
    action: String,
    id: String,
    /// JSON.
    record: String,
}

/// What the form of unrest sends.
#[derive(Deserialize)]
pub(crate) struct Restless {
    realm: String,
    every: u32,
    changes: u32,
}

impl Asked {
    /// The same as wishes, or what is wrong with the form.
    pub(super) fn wishes(self) -> Result<BookWishes, String> {
        let Self { realm, entity, action, id, record } = self;
        let mut parts = json!({ "entity": entity });
        if action != "create" {
            parts["id"] = json!(id.trim());
        }
        if ["create", "edit"].contains(&action.as_str()) {
            parts["record"] = serde_json::from_str(&record).map_err(|problem| problem.to_string())?;
        }
        let change: Change =
            serde_json::from_value(json!({ action: parts })).map_err(|problem| problem.to_string())?;
        Ok(BookWishes { realm, change: Some(change), ..BookWishes::default() })
    }
}

impl Restless {
    pub(super) fn wishes(self) -> BookWishes {
        let unrest = crate::Unrest { every: self.every, changes: self.changes };
        BookWishes { realm: self.realm, unrest: Some(unrest), ..BookWishes::default() }
    }
}

/// The whole card.
pub(super) fn card_of(play: &Play) -> String {
    let body = [
        note("As if somebody worked in QuickBooks while an app looks on."),
        change(&companies(play)),
        unrest(&companies(play)),
    ];
    card("records", "Records", &body.join("\n"))
}

fn companies(play: &Play) -> String {
    let companies = play.companies.all();
    companies.iter().map(|company| option(&company.realm, &company.name)).collect::<Vec<_>>().concat()
}

fn option(value: &str, name: &str) -> String {
    format!(r#"<option value="{}">{}</option>"#, attribute(value), text(name))
}

fn change(companies: &str) -> String {
    let entities = ENTITIES.iter().map(|entity| option(entity, entity)).collect::<Vec<_>>().concat();
    let actions = ACTIONS.iter().map(|(action, name)| option(action, name)).collect::<Vec<_>>().concat();
    format!(
        r#"<form class="grid" method="post" action="/sandbox/records#records">
<div class="wide"><label for="change-realm">In</label><select id="change-realm" name="realm">{companies}</select></div>
<div><label for="entity">somebody finds a</label><select id="entity" name="entity">{entities}</select></div>
<div><label for="action">and</label><select id="action" name="action">{actions}</select></div>
<div class="wide"><label for="id">Its Id</label><input id="id" name="id" type="text" placeholder="none yet"></div>
<div class="wide"><label for="record">Its properties</label><input id="record" name="record" type="text" value="{}"></div>
<button class="primary wide">Change it</button>
</form>"#,
        attribute(r#"{"DisplayName":"A new name"}"#)
    )
}

fn unrest(companies: &str) -> String {
    format!(
        r#"<form class="grid" method="post" action="/sandbox/unrest#records">
<div class="wide"><label for="unrest-realm">While somebody reads</label><select id="unrest-realm" name="realm">{companies}</select></div>
<div><label for="every">after every so many pages</label><input id="every" name="every" type="number" min="0" inputmode="numeric" required value="1"></div>
<div><label for="changes">so many records change</label><input id="changes" name="changes" type="number" min="0" max="{}" inputmode="numeric" required value="3"></div>
<button class="wide">Be restless</button>
</form>"#,
        crate::Unrest::MOST_CHANGES
    )
}
