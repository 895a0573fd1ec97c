//! The products on the shelves and the purchase orders for more.

use html_escape::encode_text;

use super::{each, head, page};
use crate::stock::{ORDERS, Product, Status, pounds, products as all};

pub(crate) fn products() -> String {
    let rows = each(all(), |product| product_row(&product));
    let body = format!(
        "{}<div class=\"card\"><table><thead><tr><th>Product</th><th class=\"wide\">Category</th>\
         <th class=\"wide\">Shelf</th><th class=\"number\">On hand</th><th class=\"wide\">Level</th>\
         <th class=\"number wide\">Price</th><th class=\"end\">State</th></tr></thead><tbody>{rows}</tbody></table></div>",
        head("Products", &format!("{} products in the Bristol warehouse", all().count()))
    );
    page("Products", "/products", &body)
}

fn product_row(product: &Product) -> String {
    let state = match (product.is_low(), product.on_order) {
        (false, _) => "<span class=\"chip good\">In stock</span>",
        (true, 0) => "<span class=\"chip warn\">Reorder</span>",
        (true, _) => "<span class=\"chip\">On order</span>",
    };
    format!(
        "<tr><td><strong>{}</strong><small>{}</small></td><td class=\"wide\">{}</td><td class=\"wide\">{}</td>\
         <td class=\"number\">{}</td><td class=\"wide\">{}</td><td class=\"number wide\">{}</td>\
         <td class=\"end\">{state}</td></tr>",
        encode_text(product.name),
        product.code,
        product.category,
        product.shelf,
        product.on_hand,
        level(product),
        pounds(product.price),
    )
}

/// How much is there, as a bar; the mark is the reorder point.
pub(super) fn level(product: &Product) -> String {
    let full = product.on_hand.max(product.reorder_at * 2).max(1);
    let part = |count: u32| count * 100 / full;
    let tone = if product.is_low() { " class=\"low\"" } else { "" };
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect width=\"{}\" height=\"8\"{tone}/><rect class=\"mark\" x=\"{}\" width=\"1\" height=\"8\"/></svg>",
        part(product.on_hand),
        part(product.reorder_at)
    )
}

pub(super) fn is_low(product: &Product) -> bool {
    product.is_low()
}

pub(crate) fn orders() -> String {
    let rows = each(ORDERS, |order| {
        format!(
            "<tr><td><strong>{}</strong><small>{}</small></td><td class=\"wide\">{}</td><td class=\"wide\">{}</td>\
                 <td class=\"number wide\">{}</td><td class=\"number\">{}</td><td class=\"end\">{}</td></tr>",
            order.number,
            encode_text(order.supplier),
            order.placed,
            order.expected,
            order.lines,
            pounds(order.total),
            chip(order.status),
        )
    });
    let body = format!(
        "{}<div class=\"card\"><table><thead><tr><th>Order</th><th class=\"wide\">Placed</th><th class=\"wide\">Expected</th>\
         <th class=\"number wide\">Lines</th><th class=\"number\">Total</th><th class=\"end\">State</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>",
        head("Purchase orders", "The latest orders to your suppliers")
    );
    page("Purchase orders", "/orders", &body)
}

fn chip(status: Status) -> String {
    let tone = match status {
        Status::Received => " good",
        Status::Partly => " warn",
        Status::Draft | Status::Sent => "",
    };
    format!("<span class=\"chip{tone}\">{}</span>", status.words())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_says_how_it_stands() {
        let page = products();
        assert!(page.contains("Ribbed fender, size 6") && page.contains("Reorder"));
        assert!(page.contains("On order") && page.contains("In stock"));
    }

    #[test]
    fn the_mark_stands_at_the_reorder_point() {
        let scarce = all().find(|product| product.code == "FE-0600").expect("a product");
        assert!(level(&scarce).contains("width=\"36\" height=\"8\" class=\"low\""), "{}", level(&scarce));
        assert!(level(&scarce).contains("class=\"mark\" x=\"50\""));
    }
}
