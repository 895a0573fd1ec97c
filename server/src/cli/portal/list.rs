//! `patchbay portal list`: every portal with its origins and keys.

use super::super::{Sentence, say};
use super::keys::table;
use crate::portals::{self, PortalSight};
use crate::store::{Store, StoreError};

pub(super) async fn show(store: &Store) -> Result<(), Sentence> {
    let read = store
        .read::<_, StoreError, _>(|mut db| Box::pin(async move { portals::list(&mut db).await }))
        .await?;
    if read.is_empty() {
        return say("There is no portal yet; `patchbay portal add` makes one.\n");
    }
    let blocks: Vec<_> = read.iter().map(block).collect();
    say(&blocks.join("\n"))
}

fn block(sight: &PortalSight) -> String {
    let PortalSight { portal, origins, keys } = sight;
    let heading = std::iter::once(format!("{}  {}\n", portal.id, portal.name));
    let back = portal.return_url.iter().map(|url| format!("  back to  {url}\n"));
    let origins = origins.iter().map(|origin| format!("  origin   {origin}\n"));
    let keys = table(keys);
    let keys = keys.lines().map(|line| format!("  {line}\n"));
    heading.chain(back).chain(origins).chain(keys).collect()
}
