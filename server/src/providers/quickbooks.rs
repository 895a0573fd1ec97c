//! QuickBooks Online: Intuit's Accounting API.

mod changes;
mod client;
mod company;
mod fault;
mod lists;
pub(crate) mod migrate;
mod object;
#[cfg(test)]
mod odd_answers;
mod query;
mod record;
mod webhook;

use futures_util::future::BoxFuture;
use http::HeaderMap;
use protocol::ids::Moment;
use protocol::import::List;

use crate::aside::aside;
use crate::providers::client::Client;
use crate::providers::{
    Changes, CompanyFacts, Counted, Door, Notices, Page, Provider, ProviderCause, ProviderFault, Signature,
};
use crate::vault::Secret;

/// QuickBooks Online behind one HTTP client.
pub struct QuickBooks {
    client: Client,
}

impl QuickBooks {
    /// Over an HTTP client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Provider for QuickBooks {
    /// A token of Intuit's says nothing of its company: the callback claims one.
    fn identify<'a>(&'a self, _: &'a Door) -> BoxFuture<'a, Result<String, ProviderFault>> {
        Box::pin(async { Err(fault::without_answer(ProviderCause::Refused)) })
    }

    fn company<'a>(&'a self, door: &'a Door) -> BoxFuture<'a, Result<CompanyFacts, ProviderFault>> {
        Box::pin(self.company_facts(door))
    }

    fn count<'a>(&'a self, door: &'a Door, list: List) -> BoxFuture<'a, Result<Counted, ProviderFault>> {
        Box::pin(async move {
            let answer = self.get(door, "query", &[("query", &query::count(list))]).await?;
            lists::count(&answer.body).ok_or_else(|| answer.garbled())
        })
    }

    fn page<'a>(
        &'a self,
        door: &'a Door,
        list: List,
        start: u32,
        size: u32,
    ) -> BoxFuture<'a, Result<Page, ProviderFault>> {
        Box::pin(async move {
            let answer = self.get(door, "query", &[("query", &query::page(list, start, size))]).await?;
            aside(move || lists::page(list, &answer.body).ok_or_else(|| answer.garbled())).await
        })
    }

    fn tells_changes(&self, list: List) -> bool {
        changes::tracked(list)
    }

    fn changes<'a>(
        &'a self,
        door: &'a Door,
        lists: Vec<List>,
        since: Moment,
    ) -> BoxFuture<'a, Result<Changes, ProviderFault>> {
        Box::pin(self.changed_since(door, lists, since))
    }

    fn signature(&self, headers: &HeaderMap) -> Option<Signature> {
        webhook::signature(headers)
    }

    fn notices(&self, token: &Secret, signature: &Signature, body: &[u8]) -> Option<Notices> {
        webhook::is_signed(token, signature, body).then(|| webhook::read(body))
    }
}
