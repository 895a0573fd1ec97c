//! `patchbay audit`: the newest lines of the audit log.

use std::path::Path;

use protocol::ids::Moment;

use super::columns::columns;
use super::visit::visit;
use super::{Sentence, say};
use crate::clock::rfc3339;
use crate::store::StoreError;
use crate::store::audit::Line;

#[derive(clap::Args)]
pub(super) struct Options {
    /// Only what happened to this portal.
    #[arg(long, value_name = "ID")]
    portal: Option<String>,
    /// How many lines.
    #[arg(long, value_name = "N", default_value_t = 50)]
    tail: u32,
}

pub(super) async fn run(path: &Path, options: &Options) -> Result<(), Sentence> {
    let (portal, tail) = (options.portal.clone(), options.tail);
    let lines = visit(path, async |store| {
        let read = store.read::<_, StoreError, _>(move |mut db| {
            Box::pin(async move { db.audit_tail(portal.as_deref(), tail).await })
        });
        Ok(read.await?)
    });
    say(&table(lines.await?))
}

fn table(lines: Vec<Line>) -> String {
    let heading = ["TIME", "PORTAL", "TENANT", "WHO", "WHAT", "OBJECT", "REQUEST"].map(str::to_owned);
    let rows = lines.into_iter().map(|line| {
        let at = rfc3339(Moment(line.at.cast_unsigned()));
        let none = || "-".to_owned();
        let (tenant, request) = (line.tenant.unwrap_or_else(none), line.request.unwrap_or_else(none));
        [at, line.portal, tenant, line.actor, line.action, line.object, request]
    });
    columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}
