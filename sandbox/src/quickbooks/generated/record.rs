//! Computed records as they are written: a page of them becomes text without a tree of values in between.

use serde::Serialize;

use super::mix::one_of;

/// A record of any computed list.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Record {
    #[serde(flatten)]
    pub(super) own: Own,
    #[serde(rename = "domain")]
    pub(super) domain: &'static str,
    #[serde(rename = "sparse")]
    pub(super) sparse: bool,
    pub(super) id: String,
    pub(super) sync_token: String,
    pub(super) active: bool,
    pub(super) meta_data: MetaData,
}

/// What only the records of one list have.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Own {
    Customer(Customer),
    Vendor(Vendor),
    Item(Item),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "QuickBooks has four in a customer")]
pub(super) struct Customer {
    pub(super) taxable: bool,
    pub(super) bill_addr: Addr,
    pub(super) job: bool,
    pub(super) bill_with_parent: bool,
    pub(super) balance: f64,
    pub(super) balance_with_jobs: f64,
    pub(super) currency_ref: Reference<&'static str>,
    pub(super) preferred_delivery_method: &'static str,
    pub(super) is_project: bool,
    pub(super) client_entity_id: &'static str,
    pub(super) fully_qualified_name: String,
    pub(super) display_name: String,
    pub(super) print_on_check_name: String,
    pub(super) primary_phone: Phone,
    pub(super) primary_email_addr: Email,
    pub(super) sales_term_ref: Reference<String>,
    #[serde(rename = "V4IDPseudonym")]
    pub(super) pseudonym: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Vendor {
    pub(super) bill_addr: Addr,
    pub(super) balance: f64,
    pub(super) acct_num: String,
    pub(super) vendor1099: bool,
    pub(super) currency_ref: Reference<&'static str>,
    pub(super) term_ref: Reference<String>,
    pub(super) display_name: String,
    pub(super) print_on_check_name: String,
    pub(super) primary_phone: Phone,
    #[serde(rename = "V4IDPseudonym")]
    pub(super) pseudonym: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) sku: String,
    pub(super) description: String,
    pub(super) fully_qualified_name: String,
    pub(super) taxable: bool,
    pub(super) unit_price: f64,
    #[serde(rename = "Type")]
    pub(super) kind: &'static str,
    pub(super) income_account_ref: Reference<&'static str>,
    pub(super) purchase_cost: u32,
    pub(super) track_qty_on_hand: bool,
}

#[derive(Serialize)]
pub(super) struct Reference<T> {
    pub(super) value: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'static str>,
}

pub(super) const DOLLARS: Reference<&str> = Reference { value: "USD", name: Some("United States Dollar") };

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Phone {
    free_form_number: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Email {
    pub(super) address: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Addr {
    id: String,
    line1: String,
    city: &'static str,
    country_sub_division_code: &'static str,
    postal_code: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MetaData {
    pub(super) create_time: String,
    pub(super) last_updated_time: String,
}

impl Phone {
    pub(super) fn new(chance: u64) -> Self {
        Self { free_form_number: format!("(555) 555-{:04}", chance % 10_000) }
    }
}

impl Addr {
    pub(super) fn new(chance: u64) -> Self {
        const CITIES: [(&str, &str); 4] = [
            ("Bayshore", "94326"),
            ("Half Moon Bay", "94213"),
            ("Middlefield", "94482"),
            ("San Pablo", "87999"),
        ];
        let (city, postal_code) = one_of(&CITIES, chance >> 16);
        Self {
            id: (chance % 1_000_000).to_string(),
            line1: format!("{} Ropewalk Rd.", chance % 900 + 1),
            city,
            country_sub_division_code: "CA",
            postal_code,
        }
    }
}
