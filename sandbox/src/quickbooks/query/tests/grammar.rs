//! What is a statement, and what it says: a test per row of the table in facts 3.3.

use super::{Dialect, parsed, parsed_in};
use crate::quickbooks::query::{LargePages, Literal, Selection};

fn same(left: &str, right: &str) {
    assert_eq!(parsed(left), parsed(right), "{left} is {right}");
}

fn values(text: &str) -> Vec<Literal> {
    let conditions = parsed(&format!("SELECT * FROM Customer WHERE {text}")).conditions;
    conditions.into_iter().flat_map(|condition| condition.values).collect()
}

fn texts(text: &str) -> Vec<String> {
    values(text).iter().map(|value| value.text().to_owned()).collect()
}

#[test]
fn keywords_may_be_written_in_any_case() {
    let statement = parsed("select * From customer oRdErBy Id desc startposition 101 MaxResults 50");
    assert_eq!((statement.entity.as_str(), statement.start, statement.page()), ("customer", Some(101), 50));
    assert!(statement.order[0].descending);
}

#[test]
fn order_by_is_one_word_or_two() {
    same("SELECT * FROM Item ORDER BY Name ASC, Id", "SELECT * FROM Item ORDERBY Name, Id ASC");
}

#[test]
fn values_may_be_bare_or_quoted() {
    let text =
        r"Active IN (true, FALSE) AND Balance >= '1.5' AND Balance < -20.75 AND DisplayName = 'Adam\'s'";
    assert_eq!(texts(text), ["true", "false", "1.5", "-20.75", "Adam's"]);
}

#[test]
fn a_backslash_escapes_whatever_follows() {
    assert_eq!(
        texts(r"A = 'O\'Malley' AND A = 'back\\slash' AND A = '\n\%\é'"),
        ["O'Malley", r"back\slash", "n%é"]
    );
    assert_eq!(texts("A = '' AND A = 'two\nlines' AND A = '\"'"), ["", "two\nlines", "\""]);
}

#[test]
fn the_current_date_is_a_date() {
    assert_eq!(texts("MetaData.CreateTime >= current_date"), ["2026-03-04"]);
}

#[test]
fn a_count_may_carry_paging() {
    let statement = parsed("select count(*) from customer startposition 1 maxresults 1000");
    assert_eq!(statement.selection, Selection::Count);
}

#[test]
fn a_list_of_fields_is_tolerated_and_so_is_none() {
    let names = |names: &[&str]| Selection::Fields(names.iter().map(ToString::to_string).collect());
    for (text, selection) in [
        ("SELECT * FROM Item", Selection::All),
        ("SELECT FROM Item", Selection::All),
        ("SELECT *, Sku FROM Item", names(&["Sku"])),
        ("SELECT Id, MetaData.CreateTime FROM Item", names(&["Id", "MetaData.CreateTime"])),
    ] {
        assert_eq!(parsed(text).selection, selection, "{text}");
    }
}

#[test]
fn start_and_size_of_a_page_come_in_either_order() {
    same(
        "SELECT * FROM Item STARTPOSITION 5 MAXRESULTS 7",
        "SELECT * FROM Item MAXRESULTS 7 STARTPOSITION 5",
    );
}

#[test]
fn a_page_is_100_and_at_most_1000() {
    assert_eq!(parsed("SELECT * FROM Item").page(), 100);
    assert_eq!(parsed("SELECT * FROM Item MAXRESULTS 1000").page(), 1000);
    let capping = Dialect { large_pages: LargePages::Cap, ..Dialect::default() };
    assert_eq!(parsed_in("SELECT * FROM Item MAXRESULTS 5000", capping).page(), 1000);
}

#[test]
fn negation_stands_before_a_property_or_after_it() {
    same("SELECT * FROM Customer WHERE NOT Active", "SELECT * FROM Customer WHERE NOT Active = true");
    same("SELECT * FROM Customer WHERE NOT Id IN ('1')", "SELECT * FROM Customer WHERE Id NOT IN ('1')");
    same("SELECT * FROM Customer WHERE NOT A LIKE 'x'", "SELECT * FROM Customer WHERE A NOT LIKE 'x'");
    assert_eq!(texts("Id != '161' AND Active = true"), ["161", "true"]);
}

#[test]
fn space_of_any_kind_separates() {
    same(
        "\r\n SELECT\t*\nFROM  Customer\r\nWHERE Active=true AND Balance>=5 ",
        "SELECT * FROM Customer WHERE Active = true AND Balance >= 5",
    );
}
