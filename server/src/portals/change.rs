//! What an operator may change about a portal that is there: its name, and the way back to it.

use protocol::ids::Moment;

use super::{PortalError, WayBack, check_name, known};
use crate::store::Db;
use crate::store::audit::{Action, NewLine};
use crate::store::portals::Portal;

/// What is to be different. What is none stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Its name on screen.
    pub name: Option<String>,
    /// Where "Back to ..." leads.
    pub leads: Option<Leads>,
}

/// Where "Back to ..." leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// To this page.
    To(WayBack),
    /// There is no way back.
    Nowhere,
}

impl Change {
    fn of(self, before: &Portal) -> Portal {
        let return_url = match self.leads {
            Some(Leads::To(page)) => Some(page.as_str().to_owned()),
            Some(Leads::Nowhere) => None,
            None => before.return_url.clone(),
        };
        Portal { id: before.id.clone(), name: self.name.unwrap_or_else(|| before.name.clone()), return_url }
    }
}

/// Changes a portal. Each thing that is different afterwards leaves a line.
pub async fn change(db: &mut Db<'_>, id: &str, change: Change, now: Moment) -> Result<(), PortalError> {
    let before = known(db, id).await?;
    change.name.as_deref().map_or(Ok(()), check_name)?;
    let after = change.of(&before);
    db.change_portal(&after).await?;
    for told in differences(&before, &after) {
        db.add_audit(&NewLine::by_operator(id, Action::PortalChanged, &told), now).await?;
    }
    Ok(())
}

fn differences(before: &Portal, after: &Portal) -> Vec<String> {
    let mut told = Vec::new();
    if before.name != after.name {
        told.push(format!("name {}", after.name));
    }
    if before.return_url != after.return_url {
        told.push(format!("back to {}", after.return_url.as_deref().unwrap_or("nowhere")));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portal(name: &str, back: Option<&str>) -> Portal {
        Portal { id: "acme".to_owned(), name: name.to_owned(), return_url: back.map(str::to_owned) }
    }

    #[test]
    fn only_what_is_named_is_different_and_told() {
        let before = portal("Acme", Some("https://acme.example/"));
        let same = Change::default().of(&before);
        assert_eq!((same.clone(), differences(&before, &same)), (before.clone(), Vec::new()));
        let renamed = Change { name: Some("Acme Trade".to_owned()), leads: None }.of(&before);
        assert_eq!(renamed, portal("Acme Trade", Some("https://acme.example/")));
        assert_eq!(differences(&before, &renamed), ["name Acme Trade"]);
        let closed = Change { name: None, leads: Some(Leads::Nowhere) }.of(&before);
        assert_eq!(closed, portal("Acme", None));
        assert_eq!(differences(&before, &closed), ["back to nowhere"]);
    }
}
