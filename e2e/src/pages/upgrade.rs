//! Connections that were made under OAuth 1.0a, as the operator loads them.

use anyhow::Result;

use crate::World;

/// Loads one for an organisation of the demo portal, with all settings and some mappings of the British company.
pub async fn load(world: &World, tenant: &str, company: &str, name: &str) -> Result<String> {
    let mapping = |kind: &str, source: &str, what: &str| {
        format!("{{\"kind\":\"{kind}\",\"source\":\"{source}\",{what}}}")
    };
    let codes = [("t1", "3"), ("t2", "4"), ("t3", "5"), ("t4", "6"), ("t5", "8"), ("t6", "3"), ("t7", "7")];
    let mut mappings: Vec<String> =
        codes.iter().map(|(tax, code)| mapping("taxes", tax, &format!("\"target\":\"{code}\""))).collect();
    mappings.push(mapping("taxes", "t8", "\"decision\":\"ignore\""));
    mappings.push(mapping("customers", "c0003", "\"target\":\"1\""));
    let line = format!(
        "{{\"tenant\":\"{tenant}\",\"company_id\":\"{company}\",\"company_name\":\"{name}\",\
         \"deadline\":\"2030-01-15T12:00:00Z\",\"configuration\":{{\"account-sales\":\"5\",\
         \"account-cost-of-goods-sold\":\"10\",\"account-stock-on-hand\":\"25\"}},\"mappings\":[{}]}}\n",
        mappings.join(",")
    );
    world.proxy.operator(&["legacy", "import", "--portal", "demo", "old.ndjson"], &line).await
}
