//! Which values a field has, in Intuit's public schema (Finance.xsd): the same for whatever entity it is of, in JSON
//! as in XML.

/// What stands behind a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Also a moment, an enumeration, an Id.
    Text,
    Number,
    Truth,
    /// The Id of another record, mostly with its name.
    Reference,
    /// Something with fields of its own.
    Object,
    List,
}

const NUMBERS: &str = "startPosition maxResults totalCount Level Balance BalanceWithJobs BillRate CostRate \
    CurrentBalance CurrentBalanceWithSubAccounts RateValue TaxOrder TaxOnTaxOrder DiscountPercent DueDays \
    DiscountDays DayOfMonthDue DueNextMonthDays DiscountDayOfMonth UnitPrice PurchaseCost QtyOnHand \
    ReorderPoint OpenBalance OpeningBalance NumberValue LineNum Amount Qty TotalAmt ExchangeRate";

const TRUTHS: &str = "sparse Active Taxable Job BillWithParent IsProject Vendor1099 SubAccount Hidden \
    TaxGroup TaxTrackedOnSales TaxTrackedOnPurchases SubClass SubDepartment SubItem TrackQtyOnHand \
    SalesTaxIncluded PurchaseTaxIncluded BooleanValue Default UseAccountNumbers TrackDepartments \
    ClassTrackingPerTxn ClassTrackingPerTxnLine ForSales ForPurchase QuantityWithPriceAndRate \
    QuantityOnHand RevenueRecognition RevenueRecognitionEnabled CustomTxnNumbers EmailCopyToCompany \
    AllowDeposit AllowDiscount AllowEstimates ETransactionAttachPDF ETransactionPaymentEnabled \
    IPNSupportEnabled AllowServiceDate AllowShipping AutoApplyCredit AutoApplyPayments UsingPriceLevels \
    UsingProgressInvoicing TrackingByCustomer BillableExpenseTracking UseServices BillCustomers \
    ShowBillRateToAll MarkTimeEntriesBillable UsingSalesTax PartnerTaxEnabled MultiCurrencyEnabled \
    CalcAgingReportFromTxnDate BillableTime Organization";

const LISTS: &str = "Line NameValue TaxRateDetail EffectiveTaxRate CustomField POCustomField LinkedTxn \
    Error BatchItemRequest BatchItemResponse CDCResponse";

/// References whose names do not say so.
const REFERENCES: &str = "HomeCurrency DefaultTerms";

/// What has fields, though its name does not say so.
const COMPOUNDS: &str = "PrimaryPhone AlternatePhone Mobile Fax Email MetaData QueryResponse \
    EstimateMessage InvoiceMessage SalesReceiptMessage StatementMessage";

/// The kind of the field or element of exactly this name; what is not known is a text.
pub(crate) fn kind(name: &str) -> Kind {
    let of_an_object = ["Addr", "Prefs", "RateList"].iter().any(|ending| name.ends_with(ending));
    match name {
        _ if name.ends_with("Ref") || listed(REFERENCES, name) => Kind::Reference,
        _ if of_an_object || listed(COMPOUNDS, name) => Kind::Object,
        _ if listed(LISTS, name) => Kind::List,
        _ if listed(TRUTHS, name) => Kind::Truth,
        _ if listed(NUMBERS, name) => Kind::Number,
        _ => Kind::Text,
    }
}

fn listed(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quickbooks::company::shipped;
    use serde_json::{Map, Value};

    fn fits(kind: Kind, value: &Value) -> bool {
        match kind {
            Kind::Text => value.is_string(),
            Kind::Number => value.is_number(),
            Kind::Truth => value.is_boolean(),
            // Intuit sends references to nothing too.
            Kind::Reference => value.is_object() && value.get("value").is_none_or(Value::is_string),
            Kind::Object => value.is_object(),
            Kind::List => value.is_array(),
        }
    }

    fn check(entity: &str, fields: &Map<String, Value>) {
        for (name, value) in fields {
            assert!(fits(kind(name), value), "{name} of {entity} is {value}");
            let inside = value.as_array().into_iter().flatten().chain([value]);
            inside.filter_map(Value::as_object).for_each(|fields| check(entity, fields));
        }
    }

    #[test]
    fn every_value_of_the_data_is_of_its_kind() {
        let entities = "Customer Vendor Employee Account Item TaxCode TaxRate TaxAgency Term PaymentMethod Class \
                        Department CompanyCurrency CompanyInfo Preferences";
        for company in shipped().unwrap() {
            for entity in entities.split_ascii_whitespace() {
                company.records(entity).iter().for_each(|row| check(entity, row.as_object().unwrap()));
            }
        }
    }
}
