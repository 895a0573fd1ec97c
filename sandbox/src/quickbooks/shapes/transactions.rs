//! The fields of transactions, and of what else no company here has any of. Queries may name them and find nothing.

use super::Shape;

/// An entity with the fields of every transaction, then its own.
macro_rules! transaction {
    ($name:literal, $($fields:literal),+) => {
        Shape {
            name: $name,
            fields: concat!(
                "DocNumber TxnDate DepartmentRef CurrencyRef ExchangeRate PrivateNote LinkedTxn Line \
                 TxnTaxDetail TxnSource TransactionLocationType TotalAmt HomeTotalAmt GlobalTaxCalculation",
                $(" ", $fields),+
            ),
            ignored: "",
        }
    };
}

/// A transaction with a customer, as something is sold.
macro_rules! sale {
    ($name:literal, $fields:literal) => {
        transaction!(
            $name,
            "CustomerRef CustomerMemo BillAddr ShipAddr ShipFromAddr FreeFormAddress ClassRef ShipMethodRef \
             ShipDate TrackingNum ApplyTaxAfterDiscount PrintStatus EmailStatus BillEmail BillEmailCc \
             BillEmailBcc DeliveryInfo TaxExemptionRef Balance HomeBalance RecurDataRef",
            $fields
        )
    };
}

pub(super) const TRANSACTIONS: &[Shape] = &[
    sale!(
        "Invoice",
        "SalesTermRef DueDate Deposit DepositToAccountRef AllowIPNPayment AllowOnlinePayment \
         AllowOnlineCreditCardPayment AllowOnlineACHPayment InvoiceLink"
    ),
    sale!(
        "SalesReceipt",
        "PaymentMethodRef PaymentRefNum PaymentType CheckPayment CreditCardPayment DepositToAccountRef"
    ),
    sale!(
        "RefundReceipt",
        "PaymentMethodRef PaymentRefNum PaymentType CheckPayment CreditCardPayment DepositToAccountRef"
    ),
    sale!("Estimate", "SalesTermRef DueDate TxnStatus ExpirationDate AcceptedBy AcceptedDate"),
    sale!("CreditMemo", "SalesTermRef PaymentMethodRef RemainingCredit InvoiceRef"),
    transaction!(
        "Payment",
        "CustomerRef ARAccountRef DepositToAccountRef PaymentMethodRef PaymentRefNum UnappliedAmt \
         ProcessPayment CreditCardPayment TaxExemptionRef"
    ),
    transaction!(
        "Bill",
        "VendorRef VendorAddr APAccountRef SalesTermRef DueDate Balance HomeBalance IncludeInAnnualTPAR \
         RecurDataRef"
    ),
    transaction!(
        "BillPayment",
        "VendorRef APAccountRef PayType CheckPayment CreditCardPayment ProcessBillPayment"
    ),
    transaction!(
        "VendorCredit",
        "VendorRef VendorAddr APAccountRef Balance IncludeInAnnualTPAR RecurDataRef"
    ),
    transaction!(
        "PurchaseOrder",
        "VendorRef VendorAddr ShipAddr APAccountRef ClassRef SalesTermRef ShipMethodRef ShipTo DueDate \
         POStatus POEmail EmailStatus Memo RecurDataRef"
    ),
    transaction!(
        "Purchase",
        "AccountRef EntityRef PaymentMethodRef PaymentRefNum PaymentType Credit RemitToAddr PrintStatus \
         IncludeInAnnualTPAR RecurDataRef"
    ),
    transaction!("Deposit", "DepositToAccountRef CashBack RecurDataRef"),
    transaction!("JournalEntry", "Adjustment TaxRateRef RecurDataRef"),
    Shape {
        name: "Transfer",
        fields: "TxnDate FromAccountRef ToAccountRef Amount CurrencyRef ExchangeRate PrivateNote \
                 TransactionLocationType RecurDataRef",
        ignored: "",
    },
    Shape {
        name: "TimeActivity",
        fields: "TxnDate NameOf EmployeeRef VendorRef CustomerRef DepartmentRef ClassRef ItemRef \
                 PayrollItemRef BillableStatus Taxable HourlyRate CostRate Hours Minutes Seconds BreakHours \
                 BreakMinutes StartTime EndTime TimeZone Description TransactionLocationType",
        ignored: "",
    },
    Shape {
        name: "Budget",
        fields: "Name StartDate EndDate BudgetType BudgetEntryType Active BudgetDetail",
        ignored: "",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_field_is_named_twice() {
        for shape in TRANSACTIONS {
            let fields: Vec<_> = shape.fields.split(' ').collect();
            assert_eq!(fields.iter().collect::<HashSet<_>>().len(), fields.len(), "{}", shape.name);
            assert!(!fields.contains(&"") && !shape.is_played(), "{}", shape.name);
        }
    }
}
