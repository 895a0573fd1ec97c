//! The first page: what the stock is worth, what runs short, what is on its way, and the way to
//! one's books.

use html_escape::encode_text;

use super::goods::level;
use super::{PORTAL, Store, each, embedding, head};
use crate::records::ORGANISATION;
use crate::stock::{CATEGORIES, ORDERS, pounds, products};

pub(crate) fn dashboard(store: &Store) -> String {
    let body = [
        head("Dashboard", &format!("{ORGANISATION}, Bristol warehouse")),
        figures(),
        format!("<div class=\"columns\"><div>{}{}</div>", low(), categories()),
        format!("<div>{}{}</div></div>", books(), arriving()),
    ];
    embedding(("Dashboard", "/"), store, &body.concat())
}

fn figures() -> String {
    let value: u32 = products().map(|product| product.value()).sum();
    let low = products().filter(super::goods::is_low).count();
    let open = || ORDERS.iter().filter(|order| order.status.is_open());
    let coming: u32 = open().map(|order| order.total).sum();
    let figure = |words: &str, number: &str, about: &str| {
        format!("<li><span>{words}</span><strong>{number}</strong><span>{about}</span></li>")
    };
    [
        "<ul class=\"figures\">".to_owned(),
        figure("Stock value", &pounds(value), "at selling price"),
        figure("Products", &products().count().to_string(), "in 6 categories"),
        figure("Below reorder point", &low.to_string(), "need an order"),
        figure("On order", &pounds(coming), &format!("in {} open orders", open().count())),
        "</ul>".to_owned(),
    ]
    .concat()
}

/// What runs short, shortest first.
fn low() -> String {
    let mut short: Vec<_> = products().filter(super::goods::is_low).collect();
    short.sort_by_key(|product| product.on_hand * 100 / product.reorder_at);
    let rows = each(&short, |product| {
        let coming = match product.on_order {
            0 => "<span class=\"chip warn\">Order now</span>".to_owned(),
            count => format!("<span class=\"chip\">{count} coming</span>"),
        };
        format!(
            "<tr><td><strong>{}</strong><small>{}</small></td><td class=\"number\">{} of {}</td>\
                 <td class=\"wide\">{}</td><td class=\"end\">{coming}</td></tr>",
            encode_text(product.name),
            product.code,
            product.on_hand,
            product.reorder_at,
            level(product),
        )
    });
    format!(
        "<section class=\"card\" aria-labelledby=\"low\"><h2 id=\"low\">Running low</h2>\
         <table><thead><tr><th>Product</th><th class=\"number\">On hand</th><th class=\"wide\">Level</th>\
         <th class=\"end\">Next</th></tr></thead><tbody>{rows}</tbody></table></section>"
    )
}

/// The worth of each category, as bars.
fn categories() -> String {
    let worth = |category: &str| -> u32 {
        products().filter(|product| product.category == category).map(|product| product.value()).sum()
    };
    let most = CATEGORIES.iter().map(|category| worth(category)).max().unwrap_or(1).max(1);
    let rows = each(CATEGORIES, |category| {
        let value = worth(category);
        format!(
            "<li><span>{category}</span><svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" \
                 aria-hidden=\"true\"><rect width=\"{}\" height=\"8\"/></svg><span>{}</span></li>",
            u64::from(value) * 100 / u64::from(most),
            pounds(value)
        )
    });
    format!(
        "<section class=\"card\" aria-labelledby=\"worth\"><h2 id=\"worth\">Stock value by category</h2>\
         <ul class=\"bars\">{rows}</ul></section>"
    )
}

/// The store's modal form: one integration, opened by a button of ours.
fn books() -> String {
    format!(
        "<section class=\"card books\" aria-labelledby=\"books\"><h2 id=\"books\">Connect your books</h2>\
         <p>Match your customers, suppliers and taxes with QuickBooks Online once, and stop typing invoices twice.</p>\
         <p class=\"actions\"><button type=\"button\" class=\"main\" data-opens=\"quickbooks\">Connect QuickBooks Online</button>\
         <a href=\"/integrations\">All integrations</a></p>\
         <p class=\"activity\" role=\"status\" data-activity></p>\
         <patchbay-store id=\"quickbooks\" portal=\"{PORTAL}\" integration=\"quickbooks-online\" mode=\"modal\" \
         aria-label=\"Connect QuickBooks Online\"></patchbay-store></section>"
    )
}

fn arriving() -> String {
    let open = ORDERS.iter().filter(|order| order.status.is_open());
    let rows = each(open, |order| {
        format!(
            "<li><span><strong>{}</strong><small>{} \u{b7} {}</small></span><span>{}</span></li>",
            encode_text(order.supplier),
            order.number,
            order.status.words(),
            order.expected
        )
    });
    format!(
        "<section class=\"card\" aria-labelledby=\"arriving\"><h2 id=\"arriving\">Arriving</h2>\
         <ul class=\"lines\">{rows}</ul></section>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_short_is_told_with_its_reorder_point() {
        let page = low();
        assert!(page.contains("18 of 25") && page.contains("Order now"), "{page}");
        assert!(!page.contains("SH-0308"), "there is plenty of those");
    }

    #[test]
    fn the_modal_form_has_its_button() {
        let page = books();
        assert!(page.contains("data-opens=\"quickbooks\"") && page.contains("id=\"quickbooks\""));
    }
}
