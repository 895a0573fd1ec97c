//! The portal's own business: what is on the shelves of Harbour & Sons Ltd, and what is on its way.

/// One product. Counts are pieces, money is in pence.
pub(crate) struct Product {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) category: &'static str,
    pub(crate) shelf: &'static str,
    pub(crate) on_hand: u32,
    /// Below this many it is time to reorder.
    pub(crate) reorder_at: u32,
    pub(crate) on_order: u32,
    pub(crate) price: u32,
}

impl Product {
    /// Whether it is time to reorder.
    pub(crate) fn is_low(&self) -> bool {
        self.on_hand < self.reorder_at
    }

    /// What the pieces on the shelf are worth, in pence.
    pub(crate) fn value(&self) -> u32 {
        self.on_hand * self.price
    }
}

/// Something that was ordered from a supplier. Money is in pence.
pub(crate) struct Order {
    pub(crate) number: &'static str,
    pub(crate) supplier: &'static str,
    pub(crate) placed: &'static str,
    pub(crate) expected: &'static str,
    pub(crate) lines: u32,
    pub(crate) total: u32,
    pub(crate) status: Status,
}

/// How far an order is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Draft,
    Sent,
    Partly,
    Received,
}

impl Status {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Sent => "Sent",
            Self::Partly => "Partly received",
            Self::Received => "Received",
        }
    }

    /// Whether goods are still to come.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Sent | Self::Partly)
    }
}

/// The categories, in the order of the shelves.
pub(crate) const CATEGORIES: &[&str] = &["Rope", "Fenders", "Rigging", "Paint", "Safety", "Navigation"];

type Line = (&'static str, &'static str, &'static str, [u32; 4]);

/// Code, name, shelf, and: on hand, reorder at, on order, price.
const LINES: &[(&str, &[Line])] = &[
    (
        "Rope",
        &[
            ("RP-1012", "Braided dock line, 12 mm, 10 m", "A1", [84, 30, 0, 2_450]),
            ("RP-1016", "Braided dock line, 16 mm, 15 m", "A1", [22, 30, 40, 4_190]),
            ("RP-2008", "Polyester halyard, 8 mm, per metre", "A2", [640, 200, 0, 240]),
            ("RP-2010", "Polyester halyard, 10 mm, per metre", "A2", [185, 200, 500, 310]),
        ],
    ),
    (
        "Fenders",
        &[
            ("FE-0400", "Ribbed fender, size 4", "A3", [131, 40, 0, 1_980]),
            ("FE-0600", "Ribbed fender, size 6", "A3", [18, 25, 0, 3_640]),
            ("FE-0710", "Ball fender, 45 cm", "A4", [27, 12, 0, 5_295]),
        ],
    ),
    (
        "Rigging",
        &[
            ("SH-0308", "Bow shackle, stainless, 8 mm", "B2", [412, 150, 0, 395]),
            ("SH-0312", "Bow shackle, stainless, 12 mm", "B2", [96, 100, 200, 720]),
            ("BL-1140", "Single block, 40 mm", "B3", [58, 20, 0, 1_845]),
            ("TB-0206", "Turnbuckle, 6 mm", "B3", [74, 30, 0, 1_260]),
        ],
    ),
    (
        "Paint",
        &[
            ("PA-2210", "Antifouling paint, navy, 2.5 l", "C4", [57, 20, 0, 6_995]),
            ("PA-2214", "Antifouling paint, red, 2.5 l", "C4", [9, 20, 24, 6_995]),
            ("PA-2233", "Deck varnish, satin, 1 l", "C4", [64, 20, 0, 2_899]),
        ],
    ),
    (
        "Safety",
        &[
            ("SA-0105", "Life jacket, 150 N, adult", "D1", [73, 35, 0, 8_450]),
            ("SA-0107", "Life jacket, 100 N, child", "D1", [12, 20, 0, 4_200]),
            ("SA-0212", "Flare kit, coastal", "D1", [31, 15, 0, 9_900]),
        ],
    ),
    (
        "Navigation",
        &[
            ("NA-0501", "Handheld compass", "D2", [39, 10, 0, 3_150]),
            ("NA-0533", "Tide tables, Bristol Channel", "D2", [140, 50, 0, 799]),
        ],
    ),
];

/// Every product, in the order of the shelves.
pub(crate) fn products() -> impl Iterator<Item = Product> {
    LINES.iter().flat_map(|(category, lines)| {
        lines.iter().map(|&(code, name, shelf, [on_hand, reorder_at, on_order, price])| Product {
            code,
            name,
            category,
            shelf,
            on_hand,
            reorder_at,
            on_order,
            price,
        })
    })
}

/// The latest purchase orders, newest first.
pub(crate) const ORDERS: &[Order] = &[
    order("PO-0418", "Riverside Ropes Ltd.", ("24 Nov", "\u{2013}"), (3, 96_400), Status::Draft),
    order("PO-0417", "Breakwater Castings", ("21 Nov", "2 Dec"), (2, 144_000), Status::Sent),
    order("PO-0416", "Riverside Ropes Ltd.", ("19 Nov", "28 Nov"), (4, 322_600), Status::Sent),
    order("PO-0415", "Muller Schiffszubehor GmbH", ("14 Nov", "27 Nov"), (6, 411_250), Status::Partly),
    order("PO-0414", "St Werburghs Valves Ltd.", ("7 Nov", "17 Nov"), (1, 38_900), Status::Received),
    order("PO-0413", "Blue Door Textiles Limited", ("3 Nov", "12 Nov"), (2, 71_500), Status::Received),
    order("PO-0412", "Kingfisher Label Print", ("28 Oct", "5 Nov"), (1, 12_480), Status::Received),
];

const fn order(
    number: &'static str,
    supplier: &'static str,
    (placed, expected): (&'static str, &'static str),
    (lines, total): (u32, u32),
    status: Status,
) -> Order {
    Order { number, supplier, placed, expected, lines, total, status }
}

/// Money as in the shop.
pub(crate) fn pounds(pence: u32) -> String {
    let (whole, rest) = (pence / 100, pence % 100);
    if whole >= 1000 {
        format!("\u{a3}{},{:03}.{rest:02}", whole / 1000, whole % 1000)
    } else {
        format!("\u{a3}{whole}.{rest:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_in_the_shop() {
        assert_eq!(pounds(395), "\u{a3}3.95");
        assert_eq!(pounds(1_234_505), "\u{a3}12,345.05");
    }

    #[test]
    fn every_product_has_a_known_category() {
        assert!(products().all(|product| CATEGORIES.contains(&product.category)));
        assert!(products().any(|product| product.is_low()));
    }

    #[test]
    fn suppliers_of_orders_are_suppliers_of_ours() {
        let known = crate::records::Kind::Suppliers.records();
        for order in ORDERS {
            assert!(known.iter().any(|record| record.name == order.supplier), "{}", order.supplier);
        }
    }
}
