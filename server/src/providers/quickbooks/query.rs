//! Statements of Intuit's query language, for whole lists read page by page.

use protocol::import::List;

/// What a list is called at Intuit.
pub(super) fn entity(list: List) -> &'static str {
    match list {
        List::Company => "CompanyInfo",
        List::Accounts => "Account",
        List::TaxCodes => "TaxCode",
        List::TaxRates => "TaxRate",
        List::TaxAgencies => "TaxAgency",
        List::Terms => "Term",
        List::PaymentMethods => "PaymentMethod",
        List::Currencies => "CompanyCurrency",
        List::Classes => "Class",
        List::Locations => "Department",
        List::Customers => "Customer",
        List::Suppliers => "Vendor",
        List::Items => "Item",
    }
}

/// Inactive rows are hidden unless `Active` is asked about; they are wanted, because mappings may
/// point at them. A tax agency has no `Active`, and asking about it there is 4001.
fn everything(list: List) -> &'static str {
    match list {
        List::TaxAgencies => "",
        _ => " WHERE Active IN (true, false)",
    }
}

/// How many rows a list has.
pub(super) fn count(list: List) -> String {
    format!("SELECT COUNT(*) FROM {}{}", entity(list), everything(list))
}

/// A page. The order by `Id` puts what is added meanwhile at the end, so that no row shifts over a
/// page's edge.
pub(super) fn page(list: List, start: u32, size: u32) -> String {
    let (start, size) = (start.max(1), size.clamp(1, 1000));
    let (entity, everything) = (entity(list), everything(list));
    format!("SELECT * FROM {entity}{everything} ORDERBY Id STARTPOSITION {start} MAXRESULTS {size}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_what_intuit_documents() {
        assert_eq!(count(List::Suppliers), "SELECT COUNT(*) FROM Vendor WHERE Active IN (true, false)");
        assert_eq!(
            page(List::Customers, 1001, 1000),
            "SELECT * FROM Customer WHERE Active IN (true, false) ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000"
        );
    }

    #[test]
    fn an_agency_is_not_asked_whether_it_is_active() {
        assert_eq!(count(List::TaxAgencies), "SELECT COUNT(*) FROM TaxAgency");
        assert_eq!(
            page(List::TaxAgencies, 1, 100),
            "SELECT * FROM TaxAgency ORDERBY Id STARTPOSITION 1 MAXRESULTS 100"
        );
        let rest = List::ALL.into_iter().filter(|list| *list != List::TaxAgencies);
        assert!(rest.map(count).all(|statement| statement.ends_with("Active IN (true, false)")));
    }

    #[test]
    fn a_page_keeps_to_intuits_bounds() {
        assert!(page(List::Terms, 0, 5000).ends_with("STARTPOSITION 1 MAXRESULTS 1000"));
    }
}
