//! What two lines of one file cannot both say. Pure.

use std::collections::HashMap;

use super::row::Entry;

/// What was said so far, and in which line.
#[derive(Default)]
pub(super) struct Seen {
    tenants: HashMap<[String; 3], usize>,
    companies: HashMap<[String; 2], usize>,
}

impl Seen {
    /// Remembers a line, or says which one it contradicts.
    pub(super) fn enter(&mut self, number: usize, entry: &Entry) -> Result<(), String> {
        let integration = || entry.integration.as_str().to_owned();
        let tenant = [entry.portal.clone(), entry.tenant.clone(), integration()];
        let company = [integration(), entry.company_id.clone()];
        if let Some(line) = self.tenants.get(&tenant) {
            return Err(format!("tenant {:?} stands in line {line} already", entry.tenant));
        }
        if let Some(line) = self.companies.get(&company) {
            return Err(format!(
                "company_id {} stands in line {line} already, for another tenant: one company belongs to one",
                entry.company_id
            ));
        }
        self.tenants.insert(tenant, number);
        self.companies.insert(company, number);
        Ok(())
    }
}
