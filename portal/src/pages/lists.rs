//! The lists that are sent to the store: customers, suppliers, taxes.

use super::{head, page, row};
use crate::records::Kind;

/// A list of ours as a table.
pub(crate) fn records(kind: Kind) -> String {
    let (address, title, about) = match kind {
        Kind::Customers => ("/customers", "Customers", "customers of yours"),
        Kind::Suppliers => ("/suppliers", "Suppliers", "suppliers of yours"),
        Kind::Taxes => ("/taxes", "Taxes", "rates that you sell and buy at"),
    };
    let records = kind.records();
    let last = if kind == Kind::Taxes { "Rate" } else { "E-mail" };
    let mut rows = String::new();
    for record in &records {
        let detail = match record.rate {
            Some(rate) => format!("{}.{:02} %", rate / 100, rate % 100),
            None => record.email.clone().unwrap_or_else(|| "\u{2013}".to_owned()),
        };
        rows.push_str(&row(&[&record.code, &record.name, &detail]));
    }
    let body = format!(
        "{}<div class=\"card scroll\"><table><thead><tr><th>Code</th><th>Name</th><th>{last}</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>",
        head(title, &format!("{} {about}", records.len()))
    );
    page(title, address, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_shown_in_percent() {
        assert!(records(Kind::Taxes).contains("12.50 %"));
    }
}
