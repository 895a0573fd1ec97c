//! What may be written to each entity. Where facts 3.9 is silent (lengths, what is required), the rule is that of
//! Intuit's public entity reference as it is generally known, and is not confirmed.

/// The rules of one entity.
pub(super) struct Rules {
    pub(super) entity: &'static str,
    pub(super) create: bool,
    pub(super) update: bool,
    pub(super) naming: Naming,
    /// Properties that the service keeps by itself; whatever is sent for them is ignored.
    read_only: &'static str,
    pub(super) required: &'static [&'static str],
    /// Properties that name a record of another list.
    pub(super) references: &'static [(&'static str, &'static str)],
    /// Most characters of a text; a dot leads into an object.
    pub(super) lengths: &'static [(&'static str, usize)],
    /// The property that is true below a parent, for lists that are trees.
    pub(super) child: Option<&'static str>,
}

/// By what a record is told from the others of its list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Naming {
    /// It has no name of its own.
    None,
    /// `DisplayName`, unique over customers, vendors and employees.
    Person,
    /// This property, unique within the list.
    Plain(&'static str),
    /// `Name`, unique below its parent.
    Branch,
}

impl Naming {
    /// The property that holds the name.
    pub(super) fn field(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Person => Some("DisplayName"),
            Self::Plain(field) => Some(field),
            Self::Branch => Some("Name"),
        }
    }
}

impl Rules {
    pub(super) fn is_read_only(&self, field: &str) -> bool {
        self.read_only.split(' ').any(|name| name == field)
    }

    pub(super) fn read_only(&self) -> impl Iterator<Item = &'static str> {
        self.read_only.split(' ').filter(|name| !name.is_empty())
    }
}

/// What the companies' own users may change, and nobody through the API (facts 3.1).
const WITHIN: Rules = Rules {
    entity: "",
    create: false,
    update: false,
    naming: Naming::Plain("Name"),
    read_only: "",
    required: &["Name"],
    references: &[],
    lengths: &[("Name", 100)],
    child: None,
};
/// An ordinary name list.
const LIST: Rules = Rules { create: true, update: true, ..WITHIN };
/// What is changed and never created.
const SINGLE: Rules = Rules { update: true, naming: Naming::None, required: &[], lengths: &[], ..WITHIN };

const PERSON: &[(&str, usize)] = &[
    ("DisplayName", 500),
    ("Title", 16),
    ("GivenName", 100),
    ("MiddleName", 100),
    ("FamilyName", 100),
    ("Suffix", 16),
    ("CompanyName", 100),
    ("PrintOnCheckName", 110),
    ("Notes", 2000),
    ("AcctNum", 100),
    ("PrimaryPhone.FreeFormNumber", 30),
    ("AlternatePhone.FreeFormNumber", 30),
    ("Mobile.FreeFormNumber", 30),
    ("Fax.FreeFormNumber", 30),
    ("PrimaryEmailAddr.Address", 100),
    ("WebAddr.URI", 1000),
    ("BillAddr.Line1", 500),
    ("BillAddr.City", 255),
    ("BillAddr.PostalCode", 30),
    ("ShipAddr.Line1", 500),
];

static RULES: &[Rules] = &[
    Rules {
        entity: "Customer",
        naming: Naming::Person,
        read_only: "Balance BalanceWithJobs Job Level FullyQualifiedName IsProject ClientEntityId V4IDPseudonym",
        required: &[],
        references: &[
            ("ParentRef", "Customer"),
            ("SalesTermRef", "Term"),
            ("PaymentMethodRef", "PaymentMethod"),
            ("DefaultTaxCodeRef", "TaxCode"),
        ],
        lengths: PERSON,
        child: Some("Job"),
        ..LIST
    },
    Rules {
        entity: "Vendor",
        naming: Naming::Person,
        read_only: "Balance V4IDPseudonym",
        required: &[],
        references: &[("TermRef", "Term")],
        lengths: PERSON,
        ..LIST
    },
    Rules {
        entity: "Employee",
        naming: Naming::Person,
        read_only: "V4IDPseudonym",
        required: &[],
        lengths: PERSON,
        ..LIST
    },
    Rules {
        entity: "Account",
        naming: Naming::Branch,
        read_only: "SubAccount FullyQualifiedName Classification CurrentBalance CurrentBalanceWithSubAccounts",
        references: &[("ParentRef", "Account"), ("TaxCodeRef", "TaxCode")],
        lengths: &[("Name", 100), ("Description", 100), ("AcctNum", 20)],
        child: Some("SubAccount"),
        ..LIST
    },
    Rules {
        entity: "Item",
        naming: Naming::Branch,
        read_only: "SubItem Level FullyQualifiedName",
        references: &[
            ("ParentRef", "Item"),
            ("IncomeAccountRef", "Account"),
            ("ExpenseAccountRef", "Account"),
            ("AssetAccountRef", "Account"),
            ("SalesTaxCodeRef", "TaxCode"),
            ("ClassRef", "Class"),
        ],
        lengths: &[("Name", 100), ("Sku", 100), ("Description", 4000), ("PurchaseDesc", 1000)],
        child: Some("SubItem"),
        ..LIST
    },
    Rules {
        entity: "Class",
        naming: Naming::Branch,
        read_only: "SubClass FullyQualifiedName",
        references: &[("ParentRef", "Class")],
        child: Some("SubClass"),
        ..LIST
    },
    Rules {
        entity: "Department",
        naming: Naming::Branch,
        read_only: "SubDepartment FullyQualifiedName",
        references: &[("ParentRef", "Department")],
        child: Some("SubDepartment"),
        ..LIST
    },
    Rules { entity: "Term", read_only: "Type", lengths: &[("Name", 31)], ..LIST },
    Rules { entity: "PaymentMethod", lengths: &[("Name", 31)], ..LIST },
    Rules {
        entity: "CompanyCurrency",
        naming: Naming::Plain("Code"),
        read_only: "Name",
        required: &["Code"],
        lengths: &[("Code", 3)],
        ..LIST
    },
    Rules {
        entity: "TaxAgency",
        create: true,
        naming: Naming::Plain("DisplayName"),
        read_only: "TaxAgencyConfig LastFileDate",
        required: &["DisplayName"],
        lengths: &[("DisplayName", 100)],
        ..WITHIN
    },
    Rules { entity: "TaxRate", ..WITHIN },
    Rules { entity: "TaxCode", ..WITHIN },
    Rules {
        entity: "CompanyInfo",
        read_only: "CompanyStartDate Country DefaultTimeZone EmployerId FiscalYearStartMonth NameValue \
                    SupportedLanguages",
        required: &["CompanyName"],
        lengths: &[("CompanyName", 1024), ("LegalName", 1024)],
        ..SINGLE
    },
    Rules { entity: "Preferences", ..SINGLE },
];

/// The rules of an entity; none when nothing of it is ever written here.
pub(super) fn rules(entity: &str) -> Option<&'static Rules> {
    RULES.iter().find(|rules| rules.entity == entity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quickbooks::shapes::shape;

    #[test]
    fn rules_name_properties_that_there_are() {
        for rules in RULES {
            let shape = shape(rules.entity).unwrap();
            let references = rules.references.iter().map(|(field, _)| *field);
            let fields = rules.read_only().chain(rules.required.iter().copied()).chain(references);
            for field in fields.chain(rules.child).chain(rules.naming.field()) {
                assert_eq!(shape.field(field), Some(field), "{}", rules.entity);
            }
        }
    }
}
