//! What statements find in a small company, and how few records they look at.

use serde_json::{Value, json};

use super::{Dialect, books::Books, parsed, parsed_in};
use crate::quickbooks::query::{Found, Row, Statement, run};

fn found<'a>(statement: &'a Statement, books: &'a Books) -> Found<'a> {
    run(statement, books).unwrap_or_else(|fault| panic!("{statement}: {}", fault.detail))
}

fn rows(text: &str, books: &Books) -> Vec<Value> {
    match found(&parsed(text), books) {
        Found::Rows { rows, .. } => rows.into_iter().map(Row::into_value).collect(),
        Found::Count(count) => panic!("{text} is {count}"),
    }
}

fn ids(text: &str, books: &Books) -> Vec<String> {
    rows(text, books).iter().map(|row| row["Id"].as_str().unwrap().to_owned()).collect()
}

fn count(text: &str, books: &Books) -> usize {
    match found(&parsed(text), books) {
        Found::Count(count) => count,
        Found::Rows { .. } => panic!("{text} is no count"),
    }
}

fn total(text: &str, books: &Books) -> Option<usize> {
    match found(&parsed(text), books) {
        Found::Rows { total, .. } => total,
        Found::Count(count) => panic!("{text} is {count}"),
    }
}

#[test]
fn a_count_of_active_records_looks_at_none() {
    let books = Books::of_customers(5000);
    for (condition, expected) in [
        ("", 5000),
        ("WHERE Active IN (true, false)", 5000),
        ("WHERE Active = true STARTPOSITION 9 MAXRESULTS 10", 5000),
        ("WHERE Active = false", 0),
        ("WHERE NOT Active", 0),
    ] {
        assert_eq!(count(&format!("SELECT COUNT(*) FROM Customer {condition}"), &books), expected);
    }
    assert_eq!(books.looks.get(), 0);
}

#[test]
fn a_page_by_id_looks_at_its_own_rows_alone() {
    let books = Books::of_customers(5000);
    let page = "STARTPOSITION 4001 MAXRESULTS 3";
    for order in
        ["", "ORDERBY Id", "ORDER BY id, DisplayName", "WHERE Active IN (true, false) ORDERBY Id ASC"]
    {
        let found = ids(&format!("SELECT * FROM Customer {order} {page}"), &books);
        assert_eq!(found, ["4001", "4002", "4003"], "{order}");
    }
    assert_eq!(
        ids(&format!("SELECT * FROM Customer ORDERBY Id DESC {page}"), &books),
        ["1000", "999", "998"]
    );
    assert_eq!(books.looks.get(), 15);
}

#[test]
fn pages_past_the_end_are_short_or_empty() {
    let books = Books::of_customers(10);
    for (order, last) in [("Id", ["9", "10"]), ("Id DESC", ["2", "1"]), ("Balance", ["2", "1"])] {
        let page = |start: usize| {
            ids(&format!("SELECT * FROM Customer ORDERBY {order} STARTPOSITION {start} MAXRESULTS 5"), &books)
        };
        assert_eq!(page(9), last, "{order}");
        assert!(page(11).is_empty() && page(2_147_483_647).is_empty(), "{order}");
    }
}

#[test]
fn records_that_are_named_by_id_are_looked_up() {
    let books = Books::of_customers(5000);
    let found = ids("SELECT * FROM Customer WHERE Id IN ('77', '5', '77', '9999') AND Balance > 1", &books);
    assert_eq!(found, ["5", "77"]);
    assert_eq!(ids("SELECT * FROM Customer WHERE Id = 42", &books), ["42"]);
    assert_eq!(books.looks.get(), 3);
}

#[test]
fn a_page_that_is_full_ends_the_search() {
    let books = Books::of_customers(5000);
    let found = ids("SELECT * FROM Customer WHERE DisplayName = 'AMY' STARTPOSITION 2 MAXRESULTS 2", &books);
    assert_eq!(found, ["8", "12"]);
    assert_eq!(books.looks.get(), 12);
}

#[test]
fn two_keys_sort_a_long_list_in_one_look_each() {
    let books = Books::of_customers(20_000);
    let found = ids(
        "SELECT * FROM Customer ORDERBY DisplayName DESC, Balance STARTPOSITION 5001 MAXRESULTS 1000",
        &books,
    );
    // Folded, the names stand as Å, Z, b, a from the end, each 5,000 times; the second page is Zoë's.
    assert_eq!((found.len(), &found[..2]), (1000, &["19999".to_owned(), "19995".to_owned()][..]));
    assert_eq!(books.looks.get(), 21_000);
}

#[test]
fn equals_keep_the_order_of_their_ids() {
    let books = Books::of_customers(8);
    assert_eq!(
        ids("SELECT * FROM Customer ORDERBY DisplayName", &books),
        ["4", "8", "1", "5", "3", "7", "2", "6"]
    );
}

#[test]
fn inactive_records_are_hidden_unless_active_is_asked_about() {
    let row = |id: &str, active: bool| json!({ "Id": id, "Active": active });
    let books = Books::new(vec![row("1", true), row("2", false), json!({ "Id": "3" })]);
    assert_eq!(ids("SELECT * FROM Customer", &books), ["1", "3"]);
    assert_eq!(ids("SELECT * FROM Customer WHERE Id IN ('1', '2')", &books), ["1"]);
    assert_eq!(
        ids("SELECT * FROM Customer WHERE Id IN ('1', '2') AND Active IN (true, false)", &books),
        ["1", "2"]
    );
    assert_eq!(ids("SELECT * FROM Customer WHERE active = 'false'", &books), ["2"]);
    assert_eq!(count("SELECT COUNT(*) FROM Customer", &books), 2);
    assert_eq!(count("SELECT COUNT(*) FROM Customer WHERE Active = true", &books), 2);
}

#[test]
fn a_total_is_told_of_whole_lists_alone() {
    let books = Books::of_customers(120);
    assert_eq!(total("SELECT * FROM Customer", &books), Some(120));
    assert_eq!(total("SELECT * FROM Customer ORDERBY DisplayName", &books), Some(120));
    for rest in ["STARTPOSITION 1", "MAXRESULTS 5", "WHERE Active = true"] {
        assert_eq!(total(&format!("SELECT * FROM Customer {rest}"), &books), None, "{rest}");
    }
}

#[test]
fn a_list_of_fields_gives_whole_objects_marked_sparse() {
    let books = Books::of_customers(1);
    let whole = &rows("SELECT * FROM Customer", &books)[0];
    let sparse = &rows("SELECT *, DisplayName FROM Customer", &books)[0];
    assert_eq!((&whole["sparse"], &sparse["sparse"]), (&json!(false), &json!(true)));
    assert_eq!(whole["Balance"], sparse["Balance"]);
}

#[test]
fn built_in_tax_codes_can_come_on_top_of_a_page() {
    let codes = ["TAX", "NON", "2", "3", "4"].map(|id| json!({ "Id": id, "Active": true }));
    let books = Books::new(codes.to_vec());
    let on_top = Dialect { built_in_tax_codes_on_top: true, ..Dialect::default() };
    let ids = |text: &str, dialect| match found(&parsed_in(text, dialect), &books) {
        Found::Rows { rows, .. } => {
            rows.into_iter().map(|row| row.into_value()["Id"].as_str().unwrap().to_owned()).collect()
        }
        Found::Count(_) => Vec::new(),
    };
    let text = "SELECT * FROM TaxCode STARTPOSITION 2 MAXRESULTS 2";
    assert_eq!(ids(text, on_top), ["TAX", "NON", "3", "4"]);
    assert_eq!(ids(text, Dialect::default()), ["NON", "2"]);
    assert_eq!(ids("SELECT * FROM TaxCode", on_top).len(), 5);
}
