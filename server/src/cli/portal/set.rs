//! `patchbay portal set`: a portal's name, and the way back to it.

use super::super::Sentence;
use crate::clock::Clock;
use crate::portals::{self, Change, Leads, PortalError};
use crate::store::Store;

#[derive(clap::Args)]
pub(in crate::cli) struct Options {
    /// The portal's id, which stays.
    id: String,
    /// Its name on screen.
    #[arg(long, required_unless_present_any = ["return_url", "no_return_url"])]
    name: Option<String>,
    /// Where "Back to ..." leads.
    #[arg(long, value_name = "URL", conflicts_with = "no_return_url")]
    return_url: Option<String>,
    /// There is no "Back to ..." any more.
    #[arg(long)]
    no_return_url: bool,
}

pub(super) async fn run(store: &Store, wish: Options) -> Result<(), Sentence> {
    let (id, now) = (wish.id.clone(), Clock::system().now());
    let change = wish.change()?;
    let changed = store.write::<_, PortalError, _>(move |mut db| {
        Box::pin(async move { portals::change(&mut db, &id, change, now).await })
    });
    Ok(changed.await?)
}

impl Options {
    fn change(self) -> Result<Change, PortalError> {
        let leads = match self.return_url {
            Some(url) => Some(Leads::To(url.parse()?)),
            None => self.no_return_url.then_some(Leads::Nowhere),
        };
        Ok(Change { name: self.name, leads })
    }
}
