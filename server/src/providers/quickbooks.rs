//! QuickBooks Online: Intuit's Accounting API.

mod client;
mod company;
mod fault;

use futures_util::future::BoxFuture;
use protocol::import::List;

use crate::providers::client::Client;
use crate::providers::{CompanyFacts, Door, ImportedRecord, Page, Provider, ProviderFault};

/// QuickBooks Online behind one HTTP client.
pub struct QuickBooks {
    client: Client,
}

impl QuickBooks {
    /// Over an HTTP client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn objects(
        &self,
        door: &Door,
        entity: &str,
        part: &str,
    ) -> Result<serde_json::Value, ProviderFault> {
        let statement = format!("select {part} from {entity}");
        let answer = self.get(door, "query", &[("query", &statement)]).await?;
        let mut value: serde_json::Value = answer.read()?;
        Ok(value["QueryResponse"].take())
    }
}

impl Provider for QuickBooks {
    fn company<'a>(&'a self, door: &'a Door) -> BoxFuture<'a, Result<CompanyFacts, ProviderFault>> {
        Box::pin(self.company_facts(door))
    }

    fn count<'a>(&'a self, door: &'a Door, list: List) -> BoxFuture<'a, Result<u32, ProviderFault>> {
        Box::pin(async move {
            let found = self.objects(door, entity(list), "count(*)").await?;
            Ok(found["totalCount"].as_u64().and_then(|total| u32::try_from(total).ok()).unwrap_or_default())
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
            let window = format!("{} orderby Id startposition {start} maxresults {size}", entity(list));
            let found = self.objects(door, &window, "*").await?;
            let objects = found[entity(list)].as_array().cloned().unwrap_or_default();
            let size = u32::try_from(objects.len()).unwrap_or(u32::MAX);
            Ok(Page { records: objects.iter().filter_map(record).collect(), size })
        })
    }
}

fn entity(list: List) -> &'static str {
    match list {
        List::Company => "CompanyInfo",
        List::Accounts => "Account",
        List::TaxCodes => "TaxCode",
        List::TaxRates => "TaxRate",
        List::Terms => "Term",
        List::Customers => "Customer",
        List::Suppliers => "Vendor",
    }
}

fn record(object: &serde_json::Value) -> Option<ImportedRecord> {
    let text = |key: &str| object[key].as_str().map(str::to_owned);
    Some(ImportedRecord {
        id: text("Id")?,
        name: text("FullyQualifiedName").or_else(|| text("DisplayName")).or_else(|| text("Name"))?,
        number: text("AcctNum"),
        kind: text("AccountType"),
        detail: text("AccountSubType"),
        email: object["PrimaryEmailAddr"]["Address"].as_str().map(str::to_lowercase),
        rate: None,
        sync_token: text("SyncToken"),
        active: object["Active"].as_bool().unwrap_or(true),
        raw: object.to_string(),
    })
}
