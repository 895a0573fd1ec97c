//! An object of any of Intuit's lists, as far as it is looked at (Finance.xsd). What is only a fact about it
//! is read leniently: a value of an odd shape is none, and the object is kept all the same.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Object<'a> {
    pub(super) id: String,
    pub(super) sync_token: Option<String>,
    pub(super) name: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) fully_qualified_name: Option<String>,
    pub(super) active: Option<bool>,
    #[serde(default)]
    pub(super) hidden: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) parent_ref: Option<Reference>,
    // Accounts.
    #[serde(default, deserialize_with = "lenient")]
    pub(super) acct_num: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) account_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) account_sub_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) classification: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) tax_code_ref: Option<Reference>,
    // Customers and suppliers.
    #[serde(default, deserialize_with = "lenient")]
    pub(super) company_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) primary_email_addr: Option<Email>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) primary_phone: Option<Phone>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) mobile: Option<Phone>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) bill_addr: Option<Addr>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) currency_ref: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) default_tax_code_ref: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) sales_term_ref: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) term_ref: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) payment_method_ref: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) primary_tax_identifier: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) business_number: Option<String>,
    #[serde(default, deserialize_with = "lenient", rename = "GSTIN")]
    pub(super) gstin: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) tax_identifier: Option<String>,
    // Taxes.
    #[serde(borrow)]
    pub(super) rate_value: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) effective_tax_rate: Option<Vec<Effective>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) special_tax_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) agency_ref: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) sales_tax_rate_list: Option<RateList>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) purchase_tax_rate_list: Option<RateList>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) tax_registration_number: Option<String>,
    // Terms, payment methods, items: `STANDARD`, `CREDIT_CARD`, `Inventory`.
    #[serde(default, deserialize_with = "lenient", rename = "Type")]
    pub(super) kind: Option<String>,
    #[serde(borrow)]
    pub(super) due_days: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) day_of_month_due: Option<&'a RawValue>,
    // Currencies.
    #[serde(default, deserialize_with = "lenient")]
    pub(super) code: Option<String>,
    // Items.
    #[serde(default, deserialize_with = "lenient")]
    pub(super) sku: Option<String>,
    #[serde(borrow)]
    pub(super) unit_price: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) income_account_ref: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) expense_account_ref: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) asset_account_ref: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) sales_tax_code_ref: Option<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) class_ref: Option<Reference>,
}

/// Another object, by its id. Intuit also sends references to nothing.
#[derive(Deserialize)]
pub(super) struct Reference {
    pub(super) value: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Email {
    #[serde(rename = "Address")]
    pub(super) address: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Phone {
    #[serde(rename = "FreeFormNumber")]
    pub(super) number: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Addr {
    pub(super) line1: Option<String>,
    pub(super) line2: Option<String>,
    pub(super) line3: Option<String>,
    pub(super) line4: Option<String>,
    pub(super) line5: Option<String>,
    pub(super) city: Option<String>,
    pub(super) country_sub_division_code: Option<String>,
    pub(super) postal_code: Option<String>,
    pub(super) country: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Effective {
    pub(super) rate_value: Box<RawValue>,
    #[serde(rename = "EffectiveDate")]
    pub(super) from: Option<String>,
    #[serde(rename = "EndDate")]
    pub(super) until: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct RateList {
    #[serde(default, rename = "TaxRateDetail")]
    pub(super) details: Vec<RateDetail>,
}

#[derive(Deserialize)]
pub(super) struct RateDetail {
    #[serde(rename = "TaxRateRef")]
    pub(super) rate: Reference,
}

/// A value of this shape, or none.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}
