//! Which properties a statement may name: the faults 4001 of facts 3.4.

use super::{Condition, Operator, Selection, Statement, property::INNER};
use crate::quickbooks::{
    faults::Service,
    shapes::{Shape, shape},
};

/// Not queryable wherever they are: notes, what has no single value, and `DepartmentRef` of transactions.
const NOWHERE: &str = "PrivateNote DepartmentRef CustomField MetaData BillAddr ShipAddr OtherContactInfo Line \
                       CompanyAddr LegalAddr CustomerCommunicationAddr NameValue SalesTaxRateList \
                       PurchaseTaxRateList EffectiveTaxRate TaxAgencyConfig";

/// Not queryable of these entities, by what users of the API were refused and by its reference.
const NOT_QUERYABLE: &[(&str, &str)] = &[
    ("Customer", "CustomerTypeRef AcctNum"),
    ("Account", "AcctNum"),
    (
        "Vendor",
        "SyncToken Title PrimaryPhone AlternatePhone Mobile Fax PrimaryEmailAddr WebAddr TaxIdentifier TermRef \
         Balance AcctNum Vendor1099 CurrencyRef TaxReportingBasis APAccountRef",
    ),
];

/// What `MetaData` has inside that can be asked for.
const OF_META_DATA: &str = "CreateTime LastUpdatedTime";

/// The entity of a statement, when all that the statement names is there.
pub(super) fn validated(statement: &Statement) -> Result<&'static Shape, Service> {
    let shape = shape(&statement.entity)
        .ok_or_else(|| invalid(&format!("Metadata not found for Entity: {}", statement.entity)))?;
    if let Selection::Fields(names) = &statement.selection {
        names.iter().try_for_each(|name| known(name, shape))?;
    }
    statement.conditions.iter().try_for_each(|condition| queryable(condition, shape))?;
    statement.order.iter().try_for_each(|order| known(&order.property, shape))?;
    Ok(shape)
}

fn queryable(condition: &Condition, shape: &Shape) -> Result<(), Service> {
    let property = &condition.property;
    let (first, inside) = parts(property);
    let of_entity = NOT_QUERYABLE.iter().filter(|(entity, _)| *entity == shape.name).map(|(_, names)| *names);
    let meta_data = first.eq_ignore_ascii_case("MetaData") && inside.is_some();
    if !meta_data && of_entity.chain([NOWHERE]).any(|names| among(names, first)) {
        return Err(invalid(&format!("property '{property}' is not queryable")));
    }
    known(property, shape)?;
    let operator = condition.operator;
    let of_id = matches!(operator, Operator::Equal | Operator::Unequal | Operator::In);
    if condition.is_on("Id") && !of_id {
        // That it is refused is documented; the words are ours.
        return Err(invalid(&format!("operator '{operator}' is not supported for property '{property}'")));
    }
    Ok(())
}

fn known(property: &str, shape: &Shape) -> Result<(), Service> {
    let (first, inside) = parts(property);
    let there = match inside {
        Some(inside) if first.eq_ignore_ascii_case("MetaData") => among(OF_META_DATA, inside),
        Some(inside) => {
            inside.eq_ignore_ascii_case("name") || INNER.iter().any(|name| name.eq_ignore_ascii_case(inside))
        }
        None => true,
    };
    if there && shape.field(first).is_some() {
        return Ok(());
    }
    Err(invalid(&format!("Property {property} not found for Entity {}", shape.name)))
}

fn parts(property: &str) -> (&str, Option<&str>) {
    property.split_once('.').map_or((property, None), |(first, inside)| (first, Some(inside)))
}

fn among(names: &str, name: &str) -> bool {
    names.split(' ').any(|other| other.eq_ignore_ascii_case(name))
}

fn invalid(problem: &str) -> Service {
    Service::invalid(format!("QueryValidationError: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quickbooks::query::tests::parsed;

    fn refusal(text: &str) -> Option<String> {
        validated(&parsed(text)).err().map(|fault| {
            assert_eq!((fault.code, fault.message), ("4001", "Invalid query"));
            fault.detail.strip_prefix("QueryValidationError: ").unwrap().to_owned()
        })
    }

    #[test]
    fn entities_and_properties_are_known_in_any_case() {
        for text in [
            "SELECT * FROM customer WHERE DISPLAYNAME = 'x' AND metadata.lastUPDATEDtime > '2020-01-01'",
            "SELECT * FROM taxAgency ORDER BY displayname",
            "SELECT *, sku FROM Item",
            "SELECT * FROM Customer WHERE PrimaryEmailAddr = 'a@b.c' AND CurrencyRef.value = 'USD'",
            "SELECT * FROM Invoice WHERE CustomerRef = '1' AND Balance > '0' ORDER BY TxnDate",
        ] {
            assert_eq!(refusal(text), None, "{text}");
        }
    }

    #[test]
    fn a_property_that_is_not_there_is_named_with_its_entity() {
        for (text, property) in [
            ("SELECT * FROM vendor WHERE NoSuchField = '1'", "NoSuchField"),
            ("SELECT * FROM vendor ORDER BY NoSuchField", "NoSuchField"),
            ("SELECT Id, NoSuchField FROM vendor", "NoSuchField"),
            ("SELECT * FROM vendor WHERE MetaData.Nothing = '1'", "MetaData.Nothing"),
            ("SELECT * FROM vendor WHERE DisplayName.Nothing = '1'", "DisplayName.Nothing"),
        ] {
            assert_eq!(
                refusal(text),
                Some(format!("Property {property} not found for Entity Vendor")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_transaction_has_the_fields_of_its_kind_alone() {
        for (entity, there, other) in [
            ("Purchase", "EntityRef", "NoSuchField"),
            ("Purchase", "TotalAmt", "CustomerRef"),
            ("Invoice", "DueDate", "VendorRef"),
            ("Bill", "VendorRef", "BillEmail"),
            ("Transfer", "Amount", "VendorRef"),
            ("Budget", "Name", "TxnDate"),
        ] {
            assert_eq!(refusal(&format!("SELECT * FROM {entity} WHERE {there} = '1'")), None, "{entity}");
            let told = refusal(&format!("SELECT * FROM {entity} WHERE {other} = '1'"));
            assert_eq!(told, Some(format!("Property {other} not found for Entity {entity}")));
        }
    }

    #[test]
    fn an_entity_that_is_not_there_has_no_metadata() {
        let told = refusal("SELECT * FROM TaxService");
        assert_eq!(told.as_deref(), Some("Metadata not found for Entity: TaxService"));
    }

    #[test]
    fn some_properties_are_there_and_not_queryable() {
        for (entity, property) in [
            ("Customer", "CustomerTypeRef"),
            ("Vendor", "PrimaryEmailAddr"),
            ("Account", "AcctNum"),
            ("Purchase", "PrivateNote"),
            ("Invoice", "DepartmentRef"),
            ("Customer", "BillAddr.City"),
            ("Customer", "MetaData"),
        ] {
            let told = refusal(&format!("SELECT * FROM {entity} WHERE {property} = '1'"));
            assert_eq!(told, Some(format!("property '{property}' is not queryable")));
        }
        assert_eq!(refusal("SELECT PrimaryEmailAddr FROM Vendor"), None);
    }

    #[test]
    fn an_id_is_only_equal_or_among_others() {
        for sign in ["<", ">", "<=", ">=", "LIKE"] {
            let told = refusal(&format!("SELECT * FROM Customer WHERE Id {sign} '5'"));
            assert_eq!(told, Some(format!("operator '{sign}' is not supported for property 'Id'")));
        }
        assert_eq!(refusal("SELECT * FROM Customer WHERE Id = '5' AND Id IN ('5') AND Id != '6'"), None);
    }
}
