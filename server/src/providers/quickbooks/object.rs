//! An object of any of Intuit's lists, as far as it is looked at (Finance.xsd). What is only a fact about it
//! is read leniently: a value of an odd shape is none, and the object is kept all the same.

use std::borrow::Cow;
use std::ops::Deref;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A text. Most have nothing escaped in them, and stay where they are.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    pub(super) fn into_owned(self) -> String {
        self.0.into_owned()
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Object<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) sync_token: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) display_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) fully_qualified_name: Option<Text<'a>>,
    pub(super) active: Option<bool>,
    #[serde(default)]
    pub(super) hidden: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) parent_ref: Option<Reference<'a>>,
    // Accounts.
    #[serde(default, deserialize_with = "lenient")]
    pub(super) acct_num: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) account_type: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) account_sub_type: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) classification: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) tax_code_ref: Option<Reference<'a>>,
    // Customers and suppliers.
    #[serde(default, deserialize_with = "lenient")]
    pub(super) company_name: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) primary_email_addr: Option<Email<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) primary_phone: Option<Phone<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) mobile: Option<Phone<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) bill_addr: Option<Addr<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) currency_ref: Option<Reference<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) default_tax_code_ref: Option<Reference<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) sales_term_ref: Option<Reference<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) term_ref: Option<Reference<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) payment_method_ref: Option<Reference<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) primary_tax_identifier: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) business_number: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient", rename = "GSTIN")]
    pub(super) gstin: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) tax_identifier: Option<Text<'a>>,
    // Taxes.
    #[serde(borrow)]
    pub(super) rate_value: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) effective_tax_rate: Option<Vec<Effective>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) special_tax_type: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) agency_ref: Option<Reference<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) sales_tax_rate_list: Option<RateList<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) purchase_tax_rate_list: Option<RateList<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) tax_registration_number: Option<Text<'a>>,
    // Terms, payment methods, items: `STANDARD`, `CREDIT_CARD`, `Inventory`.
    #[serde(default, deserialize_with = "lenient", rename = "Type")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) due_days: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) day_of_month_due: Option<&'a RawValue>,
    // Currencies.
    #[serde(default, deserialize_with = "lenient")]
    pub(super) code: Option<Text<'a>>,
    // Items.
    #[serde(default, deserialize_with = "lenient")]
    pub(super) sku: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) unit_price: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) income_account_ref: Option<Reference<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) expense_account_ref: Option<Reference<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) asset_account_ref: Option<Reference<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) sales_tax_code_ref: Option<Reference<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) class_ref: Option<Reference<'a>>,
}

/// Another object, by its id. Intuit also sends references to nothing.
#[derive(Deserialize)]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    pub(super) value: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Email<'a> {
    #[serde(borrow, rename = "Address")]
    pub(super) address: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Phone<'a> {
    #[serde(borrow, rename = "FreeFormNumber")]
    pub(super) number: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Addr<'a> {
    #[serde(borrow)]
    pub(super) line1: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) line2: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) line3: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) line4: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) line5: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) city: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) country_sub_division_code: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) postal_code: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) country: Option<Text<'a>>,
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
pub(super) struct RateList<'a> {
    #[serde(borrow, default, rename = "TaxRateDetail")]
    pub(super) details: Vec<RateDetail<'a>>,
}

#[derive(Deserialize)]
pub(super) struct RateDetail<'a> {
    #[serde(borrow, rename = "TaxRateRef")]
    pub(super) rate: Reference<'a>,
}

/// A value of this shape, or none.
fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}
