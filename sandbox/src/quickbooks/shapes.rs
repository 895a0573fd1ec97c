//! Which entities QuickBooks has and which fields they carry, in the order of the public schema (facts 3.9).

mod transactions;

use self::transactions::TRANSACTIONS;

/// One entity.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// Separated by one space.
    fields: &'static str,
    /// Further fields of the public schema: taken from a client without a word, and not kept.
    ignored: &'static str,
}

/// Fields that every entity has.
const COMMON: &str = "domain sparse Id SyncToken MetaData CustomField";

/// What companies here have records of.
const SHAPES: &[Shape] = &[
    Shape {
        name: "Customer",
        fields: "Taxable BillAddr ShipAddr Notes Job BillWithParent ParentRef Level Balance \
                 BalanceWithJobs CurrencyRef PreferredDeliveryMethod IsProject ClientEntityId Title \
                 GivenName MiddleName FamilyName Suffix FullyQualifiedName CompanyName DisplayName \
                 PrintOnCheckName Active PrimaryPhone AlternatePhone Mobile Fax PrimaryEmailAddr \
                 WebAddr DefaultTaxCodeRef SalesTermRef PaymentMethodRef CustomerTypeRef \
                 V4IDPseudonym",
        ignored: "ResaleNum OpenBalanceDate PrimaryTaxIdentifier SecondaryTaxIdentifier ARAccountRef \
                  TaxExemptionReasonId BusinessNumber GSTIN GSTRegistrationType IsCISContractor \
                  ContactName AltContactName OtherContactInfo OtherAddr RootCustomerRef Organization \
                  TotalRevenue TotalExpense CreditLimit AcctNum OverDueBalance JobInfo PriceLevelRef \
                  TaxRateRef TaxGroupCodeRef SalesRepRef ClientCompanyId source Source",
    },
    Shape {
        name: "Vendor",
        fields: "BillAddr Balance AcctNum Vendor1099 CurrencyRef TermRef TaxIdentifier BillRate \
                 CostRate Title GivenName MiddleName FamilyName Suffix CompanyName DisplayName \
                 PrintOnCheckName Active PrimaryPhone AlternatePhone Mobile Fax PrimaryEmailAddr \
                 WebAddr V4IDPseudonym",
        ignored: "Type Telephone TaxReportingBasis APAccountRef OpenBalanceDate GSTIN GSTRegistrationType \
                  BusinessNumber HasTPAR T4AEligible T5018Eligible ContactName AltContactName \
                  OtherContactInfo OtherAddr ShipAddr Notes CreditLimit Organization \
                  VendorPaymentBankDetail CISRate IsSubContractorCIS source Source",
    },
    Shape {
        name: "Account",
        fields: "Name SubAccount ParentRef Description FullyQualifiedName Active Classification \
                 AccountType AccountSubType AcctNum CurrentBalance CurrentBalanceWithSubAccounts \
                 CurrencyRef TaxCodeRef",
        ignored: "OpeningBalance OpeningBalanceDate TaxAccount BankNum OnlineBankingEnabled FIName \
                  JournalCodeRef TxnLocationType AccountAlias",
    },
    Shape {
        name: "TaxCode",
        fields: "Name Description Active Hidden Taxable TaxGroup SalesTaxRateList PurchaseTaxRateList \
                 TaxCodeConfigType",
        ignored: "",
    },
    Shape {
        name: "TaxRate",
        fields: "Name Description Active RateValue AgencyRef TaxReturnLineRef SpecialTaxType \
                 DisplayType EffectiveTaxRate OriginalTaxRate",
        ignored: "",
    },
    Shape {
        name: "TaxAgency",
        fields: "DisplayName TaxRegistrationNumber TaxTrackedOnSales TaxTrackedOnPurchases \
                 TaxAgencyConfig LastFileDate",
        ignored: "",
    },
    Shape {
        name: "Term",
        fields: "Name Active Type DiscountPercent DueDays DiscountDays DayOfMonthDue DueNextMonthDays \
                 DiscountDayOfMonth",
        ignored: "",
    },
    Shape { name: "PaymentMethod", fields: "Name Active Type", ignored: "" },
    Shape { name: "CompanyCurrency", fields: "Code Name Active", ignored: "" },
    Shape { name: "Class", fields: "Name SubClass ParentRef FullyQualifiedName Active", ignored: "Level" },
    Shape {
        name: "Department",
        fields: "Name SubDepartment ParentRef FullyQualifiedName Active",
        ignored: "Level Address",
    },
    Shape {
        name: "Item",
        fields: "Name Sku Description Active SubItem ParentRef Level FullyQualifiedName Taxable \
                 UnitPrice Type IncomeAccountRef PurchaseDesc PurchaseCost ExpenseAccountRef \
                 AssetAccountRef TrackQtyOnHand QtyOnHand InvStartDate SalesTaxCodeRef \
                 TaxClassificationRef ClassRef",
        ignored: "SalesTaxIncluded PurchaseTaxIncluded PurchaseTaxCodeRef AbatementRate ReverseChargeRate \
                  ServiceType ItemCategoryType PrefVendorRef ReorderPoint DeferredRevenue UQCDisplayText \
                  UQCId ItemGroupDetail PrintGroupedItems Source",
    },
    Shape {
        name: "CompanyInfo",
        fields: "CompanyName LegalName CompanyAddr CustomerCommunicationAddr LegalAddr \
                 CustomerCommunicationEmailAddr PrimaryPhone CompanyStartDate EmployerId \
                 FiscalYearStartMonth Country Email WebAddr SupportedLanguages DefaultTimeZone \
                 NameValue",
        ignored: "Tier CompanyEmailAddr CompanyURL OtherContactInfo IndustryType",
    },
    Shape {
        name: "Preferences",
        fields: "AccountingInfoPrefs ProductAndServicesPrefs SalesFormsPrefs EmailMessagesPrefs \
                 VendorAndPurchasesPrefs TimeTrackingPrefs TaxPrefs CurrencyPrefs ReportPrefs \
                 OtherPrefs",
        ignored: "",
    },
    Shape {
        name: "Employee",
        fields: "SSN PrimaryAddr BillableTime Organization BillRate CostRate EmployeeNumber BirthDate Gender \
                 HiredDate ReleasedDate Title GivenName MiddleName FamilyName Suffix DisplayName \
                 PrintOnCheckName Active PrimaryPhone Mobile PrimaryEmailAddr V4IDPseudonym",
        ignored: "EmailAddress EmployeeType OtherContactInfo WebAddr",
    },
];

/// The entity of that name, in whatever case it is written.
pub(crate) fn shape(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().chain(TRANSACTIONS).find(|shape| shape.name.eq_ignore_ascii_case(name))
}

impl Shape {
    /// The field of that name, in whatever case it is written.
    pub(crate) fn field(&self, name: &str) -> Option<&'static str> {
        COMMON.split(' ').chain(self.fields.split(' ')).find(|field| field.eq_ignore_ascii_case(name))
    }

    /// Whether the public schema has this field and nothing is done with it here.
    pub(crate) fn ignores(&self, name: &str) -> bool {
        self.ignored.split(' ').any(|field| field == name)
    }

    /// Where a field of exactly this name stands in the public schema.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        COMMON.split(' ').chain(self.fields.split(' ')).position(|field| field == name)
    }

    /// Whether companies here may have any of it. Of transactions only the fields are known, to queries.
    pub(crate) fn is_played(&self) -> bool {
        SHAPES.iter().any(|shape| shape.name == self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quickbooks::company::shipped;

    #[test]
    fn every_field_of_the_data_is_known() {
        for company in shipped().unwrap() {
            for shape in SHAPES {
                for row in company.records(shape.name) {
                    for field in row.as_object().unwrap().keys() {
                        assert_eq!(shape.field(field), Some(field.as_str()), "{} of {}", field, shape.name);
                    }
                }
            }
        }
    }
}
