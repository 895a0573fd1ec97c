//! Texts that are no statements, and where their faults stand. What was seen at Intuit says so.

use super::{Dialect, fault, fault_in};
use crate::quickbooks::query::Letters;

fn parser(rest: &str) -> String {
    format!("4000 QueryParserError: Encountered {rest}.")
}

fn lexical(rest: &str) -> String {
    format!("4000 QueryParserError: Invalid content. Lexical error at {rest}")
}

#[test]
fn a_mistyped_where_is_taken_for_a_name_of_the_entity() {
    // Seen at Intuit with exactly this text.
    assert_eq!(
        fault("select * from Purchase wher TxnDate > '2026-01-01'"),
        parser(r#"" <IDENTIFIER> "TxnDate "" at line 1, column 29"#)
    );
}

#[test]
fn an_apostrophe_without_backslash_ends_the_text() {
    // Both texts were seen at Intuit, in sentences like these.
    assert_eq!(
        fault("select * from Vendor where DisplayName = 'Aido's  LLC'"),
        parser(r#"" <IDENTIFIER> "s "" at line 1, column 48"#)
    );
    assert_eq!(
        fault("SELECT * FROM Vendor WHERE DisplayName = 'Peet''s'"),
        parser(r#"" <STRING> "\'s\' "" at line 1, column 48"#)
    );
}

#[test]
fn an_empty_text_ends_before_it_begins() {
    // Seen at Intuit.
    assert_eq!(fault(""), parser(r#""<EOF>" at line 0, column 0"#));
    assert_eq!(fault("SELECT * FROM"), parser(r#""<EOF>" at line 1, column 13"#));
}

#[test]
fn there_is_no_or_group_or_join() {
    for (text, shown) in [
        ("SELECT * FROM Customer WHERE Id = '1' OR Id = '2'", r#"" <OR> "OR "" at line 1, column 39"#),
        ("SELECT * FROM Customer GROUP BY Name", r#"" "by" "BY "" at line 1, column 30"#),
        ("SELECT * FROM Customer JOIN Invoice", r#"" <IDENTIFIER> "Invoice "" at line 1, column 29"#),
        ("SELECT * FROM Customer, Invoice", r#"" "," ", "" at line 1, column 23"#),
        ("SELECT * FROM Customer WHERE (Id = '1')", r#"" "(" "( "" at line 1, column 30"#),
    ] {
        assert_eq!(fault(text), parser(shown), "{text}");
    }
}

#[test]
fn what_stands_in_the_wrong_place_is_named_with_its_kind() {
    for (text, shown) in [
        ("SELECT * FROM Customer WHERE Id IN ()", r#"" ")" ") "" at line 1, column 37"#),
        ("SELECT * FROM WHERE Id = '1'", r#"" "where" "WHERE "" at line 1, column 15"#),
        ("SELECT * FROM Customer MAXRESULTS '5'", r#"" <STRING> "\'5\' "" at line 1, column 35"#),
        ("SELECT * FROM Customer MAXRESULTS 1.5", r#"" <DECIMAL> "1.5 "" at line 1, column 35"#),
        ("SELECT * FROM Customer WHERE TxnDate > 2015-03-01", r#"" <INTEGER> "-03 "" at line 1, column 44"#),
        ("SELECT * FROM Customer WHERE DisplayName = Amy", r#"" <IDENTIFIER> "Amy "" at line 1, column 44"#),
        (
            "SELECT * FROM Customer STARTPOSITION 1 STARTPOSITION 2",
            r#"" "startposition" "STARTPOSITION "" at line 1, column 40"#,
        ),
        ("SELECT * FROM Customer MAXRESULTS 5 ORDERBY Id", r#"" "orderby" "ORDERBY "" at line 1, column 37"#),
        ("DELETE FROM Customer", r#"" <IDENTIFIER> "DELETE "" at line 1, column 1"#),
    ] {
        assert_eq!(fault(text), parser(shown), "{text}");
    }
}

#[test]
fn what_is_no_word_at_all_is_a_lexical_error() {
    for (text, shown) in [
        // Seen at Intuit with this end.
        (
            "select * from account where AccountSubType %",
            r#"line 1, column 44.  Encountered: "%" (37), after : """#,
        ),
        ("SELECT * FROM Customer WHERE Id # 1", r##"line 1, column 33.  Encountered: "#" (35), after : """##),
        (
            "SELECT * FROM Customer WHERE Id = \"1\"",
            r#"line 1, column 35.  Encountered: "\"" (34), after : """#,
        ),
        ("SELECT * FROM Customer;", r#"line 1, column 23.  Encountered: ";" (59), after : """#),
        ("SELECT * FROM Kundin\u{201c}", r#"line 1, column 21.  Encountered: "\u201c" (8220), after : """#),
        ("SELECT 😀", r#"line 1, column 8.  Encountered: "\ud83d" (55357), after : """#),
        ("SELECT - 1", r#"line 1, column 9.  Encountered: " " (32), after : "-""#),
        // Seen at Intuit with a text that ended in a backslash.
        (
            r"SELECT * FROM Item WHERE Name = 'b\' MAXRESULTS 20",
            r#"line 1, column 51.  Encountered: <EOF> after : "\'b\\\' MAXRESULTS 20""#,
        ),
    ] {
        assert_eq!(fault(text), lexical(shown), "{text}");
    }
}

#[test]
fn lines_and_columns_count_over_all_kinds_of_line_ends() {
    assert_eq!(fault("SELECT *\nFROM Customer\n  WHERE OR"), parser(r#"" <OR> "OR "" at line 3, column 9"#));
    assert_eq!(fault("SELECT *\r\nFROM Customer\rWHERE OR"), parser(r#"" <OR> "OR "" at line 3, column 7"#));
    assert_eq!(fault("SELECT * FROM Customer\nWHERE\n"), parser(r#""<EOF>" at line 2, column 6"#));
    assert_eq!(
        fault("SELECT *\n FROM ?"),
        lexical(r#"line 2, column 7.  Encountered: "?" (63), after : """#)
    );
}

#[test]
fn a_column_is_a_unit_of_utf_16() {
    assert_eq!(
        fault("SELECT * FROM Customer WHERE A = '😀' OR"),
        parser(r#"" <OR> "OR "" at line 1, column 39"#)
    );
}

#[test]
fn a_page_outside_its_bounds_is_told_the_bound() {
    // The first and the third were seen at Intuit.
    for (text, value, problem) in [
        ("STARTPOSITION 0", "0", "small. Min allowed value is 1"),
        ("STARTPOSITION -7", "-7", "small. Min allowed value is 1"),
        ("MAXRESULTS 1500", "1500", "large. Max allowed value is 1000"),
        ("MAXRESULTS 0", "0", "small. Min allowed value is 1"),
        ("STARTPOSITION 2147483648", "2147483648", "large. Max allowed value is 2147483647"),
        ("MAXRESULTS 99999999999999999999999", "99999999999999999999999", "large. Max allowed value is 1000"),
    ] {
        let told = format!("4001 QueryValidationError: value {value} is too {problem}");
        assert_eq!(fault(&format!("SELECT COUNT(*) FROM Bill {text}")), told);
    }
}

#[test]
fn bare_numbers_can_be_refused_at_their_sign() {
    let dialect = Dialect { bare_numbers: false, ..Dialect::default() };
    // Seen at Intuit.
    let told = fault_in("SELECT * FROM Invoice WHERE Balance > 0", dialect);
    assert_eq!(told, parser(r#"" ">" "> "" at line 1, column 37"#));
}

#[test]
fn negation_can_be_refused() {
    let dialect = Dialect { negation: false, ..Dialect::default() };
    let told = |condition: &str| fault_in(&format!("SELECT * FROM Customer WHERE {condition}"), dialect);
    assert_eq!(told("Id != '1'"), parser(r#"" "!=" "!= "" at line 1, column 33"#));
    assert_eq!(told("NOT Active"), parser(r#"" "not" "NOT "" at line 1, column 30"#));
}

#[test]
fn letters_beyond_latin_can_be_refused() {
    let dialect = Dialect { letters: Letters::Latin, ..Dialect::default() };
    // Seen at Intuit.
    assert_eq!(
        fault_in("SELECT * FROM ITEM WHERE NAME LIKE '%Fleur\u{2019}t'", dialect),
        lexical(r#"line 1, column 43.  Encountered: "\u2019" (8217), after : "\'%Fleur""#)
    );
    assert!(fault_in("SELECT * FROM Item WHERE Name = '\\\u{2019}'", dialect).ends_with(r#"after : "\'\\""#));
    let terms = super::Terms { dialect, ..super::TERMS };
    assert!(super::parse("SELECT * FROM Item WHERE Name = 'Café'", &terms).is_ok());
}
