//! What a new record has before anybody has said anything, and the values that QuickBooks knows.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Books;
use crate::quickbooks::clock::hexadecimal;

/// Type, classification and usual sub-type of an account (facts 3.9; the sub-types are not confirmed).
pub(super) const ACCOUNT_TYPES: [(&str, &str, &str); 15] = [
    ("Bank", "Asset", "Checking"),
    ("Accounts Receivable", "Asset", "AccountsReceivable"),
    ("Other Current Asset", "Asset", "OtherCurrentAssets"),
    ("Fixed Asset", "Asset", "OtherFixedAssets"),
    ("Other Asset", "Asset", "OtherLongTermAssets"),
    ("Accounts Payable", "Liability", "AccountsPayable"),
    ("Credit Card", "Liability", "CreditCard"),
    ("Other Current Liability", "Liability", "OtherCurrentLiabilities"),
    ("Long Term Liability", "Liability", "OtherLongTermLiabilities"),
    ("Equity", "Equity", "OpeningBalanceEquity"),
    ("Income", "Revenue", "SalesOfProductIncome"),
    ("Cost of Goods Sold", "Expense", "SuppliesMaterialsCogs"),
    ("Expense", "Expense", "OtherMiscellaneousServiceCost"),
    ("Other Income", "Revenue", "OtherMiscellaneousIncome"),
    ("Other Expense", "Expense", "OtherMiscellaneousExpense"),
];
pub(super) const ITEM_TYPES: &[&str] =
    &["Inventory", "Service", "NonInventory", "Category", "Group", "Bundle"];
const CURRENCIES: &[(&str, &str)] = &[
    ("AUD", "Australian Dollar"),
    ("CAD", "Canadian Dollar"),
    ("CHF", "Swiss Franc"),
    ("EUR", "Euro"),
    ("GBP", "British Pound Sterling"),
    ("INR", "Indian Rupee"),
    ("JPY", "Japanese Yen"),
    ("MXN", "Mexican Peso"),
    ("SEK", "Swedish Krona"),
    ("USD", "United States Dollar"),
];

/// A reference to a currency. One that is not in the table is called by its code.
pub(super) fn currency(code: &str) -> Value {
    let name = CURRENCIES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name);
    json!({ "value": code, "name": name })
}

impl Books {
    /// A record of which nothing was said yet.
    pub(super) fn blank(&self, entity: &str, id: &str) -> Map<String, Value> {
        let record = match entity {
            "Customer" => json!({
                "Taxable": true, "Job": false, "BillWithParent": false, "Balance": 0, "BalanceWithJobs": 0,
                "CurrencyRef": self.home_currency(), "PreferredDeliveryMethod": "Print", "IsProject": false,
                "ClientEntityId": "0", "Active": true, "V4IDPseudonym": self.pseudonym(id),
            }),
            "Vendor" => json!({
                "Balance": 0, "Vendor1099": false, "CurrencyRef": self.home_currency(), "Active": true,
                "V4IDPseudonym": self.pseudonym(id),
            }),
            "Employee" => json!({
                "BillableTime": false, "Active": true, "V4IDPseudonym": self.pseudonym(id),
            }),
            "Account" => json!({
                "SubAccount": false, "Active": true, "CurrentBalance": 0, "CurrentBalanceWithSubAccounts": 0,
                "CurrencyRef": self.home_currency(),
            }),
            "Item" => json!({
                "Active": true, "Taxable": false, "UnitPrice": 0, "Type": "Service", "PurchaseCost": 0,
                "TrackQtyOnHand": false,
            }),
            "Term" => json!({ "Active": true, "DiscountPercent": 0 }),
            "PaymentMethod" => json!({ "Active": true, "Type": "NON_CREDIT_CARD" }),
            "TaxAgency" => json!({
                "TaxTrackedOnSales": true, "TaxTrackedOnPurchases": false, "TaxAgencyConfig": "USER_DEFINED",
            }),
            "CompanyInfo" | "Preferences" => json!({}),
            _ => json!({ "Active": true }),
        };
        match record {
            Value::Object(record) => record,
            _ => Map::new(),
        }
    }

    /// The number under which Intuit's newer services know a person; the same for the same Id.
    fn pseudonym(&self, id: &str) -> String {
        let digest = Sha256::digest(format!("{}/{id}", self.realm));
        format!("002098{}", hexadecimal(&digest[..15]))
    }
}
