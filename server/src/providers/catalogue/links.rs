//! Where a record is looked at in the provider's own program: an address per list, with `{id}` in its query.

use std::collections::BTreeMap;

use protocol::import::List;
use protocol::record::Record;
use serde::Deserialize;
use url::Url;

/// The addresses of an environment, by list. Lists without one have no such page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Links(BTreeMap<List, String>);

const ID: &str = "{id}";

impl Links {
    /// Where a record of a list is looked at.
    pub fn of(&self, list: List, id: &str) -> Option<String> {
        let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        self.0.get(&list).map(|template| template.replace(ID, &id))
    }

    /// Says of records of a list where they are looked at.
    pub fn put<'a>(&self, list: List, records: impl IntoIterator<Item = &'a mut Record>) {
        for record in records {
            record.link = self.of(list, &record.id);
        }
    }

    /// A sentence for each address that cannot be one.
    pub(super) fn problems(&self, environment: &str) -> Vec<String> {
        let bad = self.0.iter().filter(|(_, template)| !fits(template));
        bad.map(|(list, template)| {
            format!(
                "links.{list:?} of the environment {environment} must be https with {{id}} nowhere but in its query, \
                 and {template:?} is not"
            )
        })
        .collect()
    }
}

/// An https address with a host, where an id can change nothing but a value of the query.
fn fits(template: &str) -> bool {
    let Ok(url) = Url::parse(&template.replace(ID, "0")) else { return false };
    let before = template.split_once('?').map_or(template, |(before, _)| before);
    let bare =
        !before.contains(ID) && url.fragment().is_none() && !template.replace(ID, "").contains(['{', '}']);
    bare && url.scheme() == "https" && url.has_host() && url.username().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(template: &str) -> Links {
        Links(BTreeMap::from([(List::Customers, template.to_owned())]))
    }

    #[test]
    fn an_id_is_a_value_of_the_query_whatever_it_contains() {
        let links = links("https://app.qbo.intuit.com/app/customerdetail?nameId={id}");
        assert_eq!(
            links.of(List::Customers, "58").as_deref(),
            Some("https://app.qbo.intuit.com/app/customerdetail?nameId=58")
        );
        let odd = links.of(List::Customers, "5&x=1#/é\"").unwrap();
        assert_eq!(odd, "https://app.qbo.intuit.com/app/customerdetail?nameId=5%26x%3D1%23%2F%C3%A9%22");
        assert_eq!(Url::parse(&odd).unwrap().query_pairs().next().unwrap().1, "5&x=1#/é\"");
        assert_eq!(links.of(List::Terms, "1"), None);
    }

    #[test]
    fn what_is_no_address_of_a_page_is_refused() {
        for good in ["https://a.example/x?id={id}", "https://a.example/items"] {
            assert_eq!(links(good).problems("production"), [""; 0], "{good}");
        }
        for bad in [
            "http://a.example/?id={id}",
            "javascript:alert(1)?{id}",
            "https://{id}.example/?a",
            "https://a.example/{id}",
            "https://a.example/?id={ID}",
            "https://a.example/?x#{id}",
            "https://me@a.example/?id={id}",
            "/app?id={id}",
        ] {
            let problems = links(bad).problems("production");
            assert!(problems[0].contains("links.Customers of the environment production"), "{bad}");
        }
    }
}
