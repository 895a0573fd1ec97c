//! The portal's own business: what is on the shelves of Harbour & Sons Ltd.

use super::{page, row};

/// Item code, name, place, on hand, reorder below, price in pence.
const ITEMS: &[(&str, &str, &str, u32, u32, u32)] = &[
    ("RP-1012", "Braided dock line, 12 mm, 10 m", "A1", 84, 30, 2_450),
    ("RP-1016", "Braided dock line, 16 mm, 15 m", "A1", 22, 30, 4_190),
    ("FE-0400", "Ribbed fender, size 4", "A3", 131, 40, 1_980),
    ("FE-0600", "Ribbed fender, size 6", "A3", 18, 25, 3_640),
    ("SH-0308", "Bow shackle, stainless, 8 mm", "B2", 412, 150, 395),
    ("SH-0312", "Bow shackle, stainless, 12 mm", "B2", 96, 100, 720),
    ("PA-2210", "Antifouling paint, navy, 2.5 l", "C4", 57, 20, 6_995),
    ("PA-2233", "Deck varnish, satin, 1 l", "C4", 64, 20, 2_899),
    ("SA-0105", "Life jacket, 150 N, adult", "D1", 73, 35, 8_450),
    ("SA-0107", "Life jacket, 100 N, child", "D1", 12, 20, 4_200),
    ("NA-0501", "Handheld compass", "D2", 39, 10, 3_150),
    ("NA-0533", "Tide tables, Bristol Channel", "D2", 140, 50, 799),
];

/// The first page: what is there and what runs short.
pub(crate) fn stock() -> String {
    let short = ITEMS.iter().filter(|(_, _, _, on_hand, below, _)| on_hand < below).count();
    let pence: u32 = ITEMS.iter().map(|(_, _, _, on_hand, _, price)| on_hand * price).sum();
    let mut rows = String::new();
    for (code, name, place, on_hand, below, price) in ITEMS {
        let on_hand_text =
            if on_hand < below { format!("{on_hand} \u{2013} reorder") } else { on_hand.to_string() };
        rows.push_str(&row(&[code, name, place, &on_hand_text, &pounds(*price)]));
    }
    let body = format!(
        "<h1>Stock</h1><ul class=\"figures\"><li><strong>{}</strong> items</li>\
         <li><strong>{short}</strong> run short</li><li><strong>{}</strong> on the shelves</li></ul>\
         <div class=\"card scroll\"><table><thead><tr><th>Code</th><th>Item</th><th>Shelf</th>\
         <th>On hand</th><th>Price</th></tr></thead><tbody>{rows}</tbody></table></div>",
        ITEMS.len(),
        pounds(pence)
    );
    page("Stock", "/", &body)
}

fn pounds(pence: u32) -> String {
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
    fn what_runs_short_says_so() {
        assert!(stock().contains("18 \u{2013} reorder"));
    }
}
