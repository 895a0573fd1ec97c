//! What the portal's records are: their kinds, as words of addresses and of the database.

use protocol::mapping::MappingTable;

/// What a record of the portal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Somebody who buys.
    Customer,
    /// Somebody who is bought from.
    Supplier,
    /// Something that is bought and sold.
    Product,
    /// Products that are booked alike.
    ProductGroup,
    /// A tax with its rate.
    Tax,
    /// A place where stock is kept.
    Warehouse,
    /// When something is to be paid.
    PaymentTerm,
    /// A currency.
    Currency,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Customer,
        Self::Supplier,
        Self::Product,
        Self::ProductGroup,
        Self::Tax,
        Self::Warehouse,
        Self::PaymentTerm,
        Self::Currency,
    ];

    /// As it stands in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Supplier => "supplier",
            Self::Product => "product",
            Self::ProductGroup => "product_group",
            Self::Tax => "tax",
            Self::Warehouse => "warehouse",
            Self::PaymentTerm => "payment_term",
            Self::Currency => "currency",
        }
    }

    /// As it stands in the database, beside the mappings of such records.
    pub fn kept(self) -> &'static str {
        match self {
            Self::Customer => "customers",
            Self::Supplier => "suppliers",
            Self::Product => "products",
            Self::ProductGroup => "product_groups",
            Self::Tax => "taxes",
            Self::Warehouse => "warehouses",
            Self::PaymentTerm => "payment_terms",
            Self::Currency => "currencies",
        }
    }

    /// The kind of a word in an address; the plural is understood as well.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word || kind.kept() == word)
    }

    /// The table in which such records are mapped, if there is one.
    pub fn table(self) -> Option<MappingTable> {
        match self {
            Self::Customer => Some(MappingTable::Customers),
            Self::Supplier => Some(MappingTable::Suppliers),
            Self::Tax => Some(MappingTable::Taxes),
            Self::PaymentTerm => Some(MappingTable::Terms),
            Self::Currency => Some(MappingTable::Currencies),
            Self::ProductGroup => Some(MappingTable::Classes),
            Self::Warehouse => Some(MappingTable::Locations),
            Self::Product => None,
        }
    }

    /// What a table of mappings maps from.
    pub fn of(table: MappingTable) -> Self {
        match table {
            MappingTable::Customers => Self::Customer,
            MappingTable::Suppliers => Self::Supplier,
            MappingTable::Taxes => Self::Tax,
            MappingTable::Terms => Self::PaymentTerm,
            MappingTable::Currencies => Self::Currency,
            MappingTable::Classes => Self::ProductGroup,
            MappingTable::Locations => Self::Warehouse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::mappings::table_name;

    #[test]
    fn a_kind_is_found_by_both_its_words() {
        for kind in Kind::ALL {
            assert_eq!((Kind::named(kind.word()), Kind::named(kind.kept())), (Some(kind), Some(kind)));
        }
        assert_eq!(Kind::named("invoice"), None);
    }

    #[test]
    fn a_table_of_mappings_and_its_records_are_kept_under_one_word() {
        for table in MappingTable::ALL {
            assert_eq!((Kind::of(table).kept(), Kind::of(table).table()), (table_name(table), Some(table)));
        }
    }
}
