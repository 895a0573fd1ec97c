//! Which entities QuickBooks has and which fields they carry, in the order of the public schema (facts 3.9).

/// One entity. Without fields it is known by name alone, and no company here has any of it.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// Separated by one space.
    fields: &'static str,
}

/// Fields that every entity has.
const COMMON: &str = "domain sparse Id SyncToken MetaData CustomField";

const SHAPES: &[Shape] = &[
    Shape {
        name: "Customer",
        fields: "Taxable BillAddr ShipAddr Notes Job BillWithParent ParentRef Level Balance \
                 BalanceWithJobs CurrencyRef PreferredDeliveryMethod IsProject ClientEntityId Title \
                 GivenName MiddleName FamilyName Suffix FullyQualifiedName CompanyName DisplayName \
                 PrintOnCheckName Active PrimaryPhone AlternatePhone Mobile Fax PrimaryEmailAddr \
                 WebAddr DefaultTaxCodeRef SalesTermRef PaymentMethodRef CustomerTypeRef \
                 V4IDPseudonym",
    },
    Shape {
        name: "Vendor",
        fields: "BillAddr Balance AcctNum Vendor1099 CurrencyRef TermRef TaxIdentifier BillRate \
                 CostRate Title GivenName MiddleName FamilyName Suffix CompanyName DisplayName \
                 PrintOnCheckName Active PrimaryPhone AlternatePhone Mobile Fax PrimaryEmailAddr \
                 WebAddr V4IDPseudonym",
    },
    Shape {
        name: "Account",
        fields: "Name SubAccount ParentRef Description FullyQualifiedName Active Classification \
                 AccountType AccountSubType AcctNum CurrentBalance CurrentBalanceWithSubAccounts \
                 CurrencyRef TaxCodeRef",
    },
    Shape {
        name: "TaxCode",
        fields: "Name Description Active Hidden Taxable TaxGroup SalesTaxRateList PurchaseTaxRateList \
                 TaxCodeConfigType",
    },
    Shape {
        name: "TaxRate",
        fields: "Name Description Active RateValue AgencyRef TaxReturnLineRef SpecialTaxType \
                 DisplayType EffectiveTaxRate OriginalTaxRate",
    },
    Shape {
        name: "TaxAgency",
        fields: "DisplayName TaxRegistrationNumber TaxTrackedOnSales TaxTrackedOnPurchases \
                 TaxAgencyConfig LastFileDate",
    },
    Shape {
        name: "Term",
        fields: "Name Active Type DiscountPercent DueDays DiscountDays DayOfMonthDue DueNextMonthDays \
                 DiscountDayOfMonth",
    },
    Shape { name: "PaymentMethod", fields: "Name Active Type" },
    Shape { name: "CompanyCurrency", fields: "Code Name Active" },
    Shape { name: "Class", fields: "Name SubClass ParentRef FullyQualifiedName Active" },
    Shape { name: "Department", fields: "Name SubDepartment ParentRef FullyQualifiedName Active" },
    Shape {
        name: "Item",
        fields: "Name Sku Description Active SubItem ParentRef Level FullyQualifiedName Taxable \
                 UnitPrice Type IncomeAccountRef PurchaseDesc PurchaseCost ExpenseAccountRef \
                 AssetAccountRef TrackQtyOnHand QtyOnHand InvStartDate SalesTaxCodeRef \
                 TaxClassificationRef ClassRef",
    },
    Shape {
        name: "CompanyInfo",
        fields: "CompanyName LegalName CompanyAddr CustomerCommunicationAddr LegalAddr \
                 CustomerCommunicationEmailAddr PrimaryPhone CompanyStartDate EmployerId \
                 FiscalYearStartMonth Country Email WebAddr SupportedLanguages DefaultTimeZone \
                 NameValue",
    },
    Shape {
        name: "Preferences",
        fields: "AccountingInfoPrefs ProductAndServicesPrefs SalesFormsPrefs EmailMessagesPrefs \
                 VendorAndPurchasesPrefs TimeTrackingPrefs TaxPrefs CurrencyPrefs ReportPrefs \
                 OtherPrefs",
    },
    Shape { name: "Employee", fields: "" },
    Shape { name: "Invoice", fields: "" },
    Shape { name: "Bill", fields: "" },
    Shape { name: "BillPayment", fields: "" },
    Shape { name: "CreditMemo", fields: "" },
    Shape { name: "Deposit", fields: "" },
    Shape { name: "Estimate", fields: "" },
    Shape { name: "JournalEntry", fields: "" },
    Shape { name: "Payment", fields: "" },
    Shape { name: "Purchase", fields: "" },
    Shape { name: "PurchaseOrder", fields: "" },
    Shape { name: "RefundReceipt", fields: "" },
    Shape { name: "SalesReceipt", fields: "" },
    Shape { name: "TimeActivity", fields: "" },
    Shape { name: "Transfer", fields: "" },
    Shape { name: "VendorCredit", fields: "" },
    Shape { name: "Budget", fields: "" },
];

/// The entity of that name, in whatever case it is written.
pub(crate) fn shape(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.name.eq_ignore_ascii_case(name))
}

impl Shape {
    /// The field of that name, in whatever case it is written.
    pub(crate) fn field(&self, name: &str) -> Option<&'static str> {
        COMMON.split(' ').chain(self.fields.split(' ')).find(|field| field.eq_ignore_ascii_case(name))
    }

    /// Where a field of exactly this name stands in the public schema.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        COMMON.split(' ').chain(self.fields.split(' ')).position(|field| field == name)
    }

    /// Whether its fields are known here at all.
    pub(crate) fn is_described(&self) -> bool {
        !self.fields.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quickbooks::company::companies;

    #[test]
    fn every_field_of_the_data_is_known() {
        for company in companies().unwrap() {
            for shape in SHAPES {
                for row in company.rows(shape.name) {
                    for field in row.as_object().unwrap().keys() {
                        assert_eq!(shape.field(field), Some(field.as_str()), "{} of {}", field, shape.name);
                    }
                }
            }
        }
    }
}
