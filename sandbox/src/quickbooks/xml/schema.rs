//! What Intuit's public schema (Finance.xsd) says beyond the shapes of the entities: the order of fields
//! inside them, and how an element's text becomes a value of its kind.

use serde_json::{Number, Value};

use crate::quickbooks::{
    kinds::{Kind, kind},
    shapes::Shape,
};

/// The namespace of everything.
pub(super) const NAMESPACE: &str = "http://schema.intuit.com/finance/v3";

/// Attributes, and the fields of all types inside entities: one order that agrees with each of theirs.
const ORDER: &str = "xmlns time domain status sparse startPosition maxResults totalCount bId operation type \
    code element Id SyncToken CreatedByRef CreateTime LastModifiedByRef LastUpdatedTime DefinitionId Name \
    Type StringValue BooleanValue DateValue NumberValue Value Line1 Line2 Line3 Line4 Line5 City Country \
    CountryCode CountrySubDivisionCode PostalCode PostalCodeSuffix Lat Long DeviceType AreaCode \
    ExchangeCode Extension FreeFormNumber Address URI Default Tag Note TaxRateRef TaxTypeApplicable \
    TaxOrder TaxOnTaxOrder RateValue EffectiveDate EndDate Subject Message Detail UseAccountNumbers \
    TrackDepartments DepartmentTerminology ClassTrackingPerTxn ClassTrackingPerTxnLine \
    FirstMonthOfFiscalYear TaxYearMonth TaxForm BookCloseDate CustomerTerminology ForSales ForPurchase \
    QuantityWithPriceAndRate QuantityOnHand RevenueRecognition CustomField CustomTxnNumbers \
    EmailCopyToCompany AllowDeposit DefaultDiscountAccount AllowDiscount AllowEstimates \
    ETransactionEnabledStatus ETransactionAttachPDF ETransactionPaymentEnabled IPNSupportEnabled \
    AllowServiceDate AllowShipping AutoApplyCredit AutoApplyPayments UsingPriceLevels \
    UsingProgressInvoicing DefaultTerms DefaultCustomerMessage InvoiceMessage EstimateMessage \
    SalesReceiptMessage StatementMessage TrackingByCustomer BillableExpenseTracking POCustomField \
    UseServices BillCustomers ShowBillRateToAll WorkWeekStartDate MarkTimeEntriesBillable UsingSalesTax \
    PartnerTaxEnabled TaxGroupCodeRef MultiCurrencyEnabled HomeCurrency ReportBasis \
    CalcAgingReportFromTxnDate";

/// Where a field stands among those of its entity, or of any type inside one; what is not known comes last.
pub(super) fn place(shape: Option<&Shape>, field: &str) -> usize {
    let inside = || ORDER.split_ascii_whitespace().position(|known| known == field);
    shape.and_then(|shape| shape.place(field)).or_else(inside).unwrap_or(usize::MAX)
}

/// Intuit writes attributes in lower case and elements with a capital.
pub(super) fn is_attribute(field: &str, value: &Value) -> bool {
    field.starts_with(|letter: char| letter.is_ascii_lowercase()) && !(value.is_array() || value.is_object())
}

/// Whether an element is one of a list, even when it is alone.
pub(super) fn is_list(parent: &str, name: &str) -> bool {
    match name {
        // The answer to one query, or one for each entity whose changes were asked for.
        "QueryResponse" => parent == "CDCResponse",
        _ => parent == "QueryResponse" || kind(name) == Kind::List,
    }
}

/// Whether an element's text is the `value` of a reference.
pub(super) fn is_reference(name: &str) -> bool {
    kind(name) == Kind::Reference
}

/// Whether an element without content has no fields, rather than an empty text.
pub(super) fn is_compound(name: &str) -> bool {
    matches!(kind(name), Kind::Object | Kind::Reference)
}

/// The text of an element or attribute in its type. Text that is no value of the type stays text, so that
/// whoever wants the value can say what is wrong with it.
pub(super) fn typed(name: &str, text: String) -> Value {
    let parsed = match (kind(name), text.trim()) {
        (Kind::Truth, "true" | "1") => Some(Value::Bool(true)),
        (Kind::Truth, "false" | "0") => Some(Value::Bool(false)),
        (Kind::Number, digits) => number(digits).map(Value::Number),
        _ => None,
    };
    parsed.unwrap_or(Value::String(text))
}

/// A decimal of the schema may be written in ways that JSON does not know, such as `+.5`.
fn number(digits: &str) -> Option<Number> {
    serde_json::from_str(digits).ok().or_else(|| Number::from_f64(digits.parse().ok()?))
}

/// A name that can be written as it is. What an app calls a field may be no name of XML.
pub(super) fn is_name(field: &str) -> bool {
    let first = field.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    first && field.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.'))
}
