//! An object of any of Intuit's lists, as far as it is looked at (Finance.xsd). What is only a fact about it
//! is read leniently: a value of an odd shape is none, and the object is kept all the same.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A text of an object.
pub(super) type Text<'a> = Option<Cow<'a, str>>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Object<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(default, deserialize_with = "text")]
    pub(super) sync_token: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) display_name: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) fully_qualified_name: Text<'a>,
    pub(super) active: Option<bool>,
    #[serde(default)]
    pub(super) hidden: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) parent_ref: Option<Reference<'a>>,
    // Accounts.
    #[serde(default, deserialize_with = "text")]
    pub(super) acct_num: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) account_type: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) account_sub_type: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) classification: Text<'a>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) tax_code_ref: Option<Reference<'a>>,
    // Customers and suppliers.
    #[serde(default, deserialize_with = "text")]
    pub(super) company_name: Text<'a>,
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
    #[serde(default, deserialize_with = "text")]
    pub(super) primary_tax_identifier: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) business_number: Text<'a>,
    #[serde(default, deserialize_with = "text", rename = "GSTIN")]
    pub(super) gstin: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) tax_identifier: Text<'a>,
    // Taxes.
    #[serde(borrow)]
    pub(super) rate_value: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) effective_tax_rate: Option<Vec<Effective>>,
    #[serde(default, deserialize_with = "text")]
    pub(super) special_tax_type: Text<'a>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) agency_ref: Option<Reference<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) sales_tax_rate_list: Option<RateList<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) purchase_tax_rate_list: Option<RateList<'a>>,
    #[serde(default, deserialize_with = "text")]
    pub(super) tax_registration_number: Text<'a>,
    // Terms, payment methods, items: `STANDARD`, `CREDIT_CARD`, `Inventory`.
    #[serde(default, deserialize_with = "text", rename = "Type")]
    pub(super) kind: Text<'a>,
    #[serde(borrow)]
    pub(super) due_days: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) day_of_month_due: Option<&'a RawValue>,
    // Currencies.
    #[serde(default, deserialize_with = "text")]
    pub(super) code: Text<'a>,
    // Items.
    #[serde(default, deserialize_with = "text")]
    pub(super) sku: Text<'a>,
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
    #[serde(borrow, default, deserialize_with = "text")]
    pub(super) value: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Email<'a> {
    #[serde(borrow, default, deserialize_with = "text", rename = "Address")]
    pub(super) address: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Phone<'a> {
    #[serde(borrow, default, deserialize_with = "text", rename = "FreeFormNumber")]
    pub(super) number: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Addr<'a> {
    #[serde(borrow, default, deserialize_with = "text")]
    pub(super) line1: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) line2: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) line3: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) line4: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) line5: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) city: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) country_sub_division_code: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) postal_code: Text<'a>,
    #[serde(default, deserialize_with = "text")]
    pub(super) country: Text<'a>,
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

/// A text, or none. Most have nothing escaped in them, and stay where they are.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text<'de>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    let inside = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
    Ok(match inside.filter(|inside| !inside.contains('\\')) {
        Some(plain) => Some(Cow::Borrowed(plain)),
        None => serde_json::from_str::<String>(raw).ok().map(Cow::Owned),
    })
}
