//! What holds for every statement and for every text.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{Dialect, TERMS};
use crate::quickbooks::query::{
    Condition, Letters, Literal, Operator, Order, Selection, Statement, Terms, lexer, parse,
};

const OPERATORS: &[Operator] = &[
    Operator::Equal,
    Operator::Unequal,
    Operator::Less,
    Operator::LessOrEqual,
    Operator::Greater,
    Operator::GreaterOrEqual,
    Operator::In,
    Operator::Like,
];

/// What texts are likely to go wrong with.
const PIECES: &[&str] = &[
    "SELECT ",
    "* ",
    "FROM ",
    "Customer ",
    "WHERE ",
    "Id ",
    "= ",
    "!= ",
    "'1' ",
    "AND ",
    "NOT ",
    "IN (",
    "LIKE ",
    "ORDERBY ",
    "ORDER BY ",
    "STARTPOSITION ",
    "MAXRESULTS ",
    "1",
    "0",
    "-",
    ".",
    ",",
    ")",
    "'",
    "\\",
    "''",
    "%",
    "\r\n",
    "\r",
    "\n",
    "\t",
    "\u{0}",
    "\u{2028}",
    "é",
    "😀",
    "\u{301}",
    "CURRENT_DATE ",
    "COUNT(*) ",
    "\"",
];

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z_][A-Za-z0-9_]{0,8}(\\.[A-Za-z_][A-Za-z0-9_]{0,8}){0,2}"
        .prop_filter("a keyword is no name", |name| lexer::keyword(name).is_none())
}

fn literal() -> impl Strategy<Value = Literal> {
    let piece = prop_oneof![any::<String>(), select(PIECES).prop_map(str::to_owned)];
    prop_oneof![
        4 => vec(piece, 0..4).prop_map(|pieces| Literal::Text(pieces.concat())),
        1 => "-?[0-9]{1,20}(\\.[0-9]{1,8})?".prop_map(Literal::Number),
        1 => any::<bool>().prop_map(Literal::Truth),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    (name(), any::<bool>(), select(OPERATORS), vec(literal(), 1..5)).prop_map(
        |(property, negated, operator, mut values)| {
            values.truncate(if operator == Operator::In { values.len() } else { 1 });
            Condition { property, negated, operator, values }
        },
    )
}

fn selection() -> impl Strategy<Value = Selection> {
    prop_oneof![Just(Selection::All), Just(Selection::Count), vec(name(), 1..4).prop_map(Selection::Fields),]
}

fn statement() -> impl Strategy<Value = Statement> {
    let order = (name(), any::<bool>()).prop_map(|(property, descending)| Order { property, descending });
    let paging = (option::of(1..=2_147_483_647_usize), option::of(1..=1000_usize));
    (selection(), name(), vec(condition(), 0..4), vec(order, 0..4), paging).prop_map(
        |(selection, entity, conditions, order, (start, max))| Statement {
            selection,
            entity,
            conditions,
            order,
            start,
            max,
            built_in_tax_codes_on_top: false,
        },
    )
}

/// Line and column of a fault of the parser or the lexer.
pub(super) fn place(detail: &str) -> Option<(usize, usize)> {
    let (_, rest) = detail.rsplit_once(" at line ").or_else(|| detail.split_once(" at line "))?;
    let (line, rest) = rest.split_once(", column ")?;
    let column = rest.split('.').next()?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

/// Whether a place is one of the text's characters, the place right after the last one, or that of an empty text.
pub(super) fn is_in(text: &str, (line, column): (usize, usize)) -> bool {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let widths: Vec<_> = unified.split('\n').map(|line| line.encode_utf16().count()).collect();
    let known = line.checked_sub(1).and_then(|at| widths.get(at));
    // The characters that end a line stand in it, and there are at most two.
    known.is_some_and(|width| (1..=width + 2).contains(&column))
        || (text.is_empty() && (line, column) == (0, 0))
}

fn survives(text: &str) -> Result<(), TestCaseError> {
    for letters in [Letters::All, Letters::Latin] {
        let terms = Terms { dialect: Dialect { letters, ..TERMS.dialect }, ..TERMS };
        match parse(text, &terms) {
            Ok(statement) => {
                let printed = statement.to_string();
                let again = parse(&printed, &terms).map_err(|fault| TestCaseError::fail(fault.detail))?;
                prop_assert_eq!(again, statement);
            }
            Err(fault) if fault.code == "4000" => {
                let place = place(&fault.detail);
                prop_assert!(place.is_some_and(|place| is_in(text, place)), "{}", fault.detail);
            }
            Err(fault) => prop_assert_eq!(fault.code, "4001"),
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_what_it_was(statement in statement()) {
        let again = parse(&statement.to_string(), &TERMS).map_err(|fault| TestCaseError::fail(fault.detail))?;
        prop_assert_eq!(again, statement);
    }

    #[test]
    fn any_text_is_a_statement_or_a_fault_within_it(text in any::<String>()) {
        survives(&text)?;
    }

    #[test]
    fn any_heap_of_pieces_is_a_statement_or_a_fault_within_it(pieces in vec(select(PIECES), 0..24)) {
        survives(&pieces.concat())?;
    }

    #[test]
    fn a_broken_statement_is_a_statement_or_a_fault_within_it(
        statement in statement(),
        at in any::<prop::sample::Index>(),
        piece in select(PIECES),
    ) {
        let mut letters: Vec<char> = statement.to_string().chars().collect();
        let at = at.index(letters.len());
        letters.splice(at..=at, piece.chars());
        survives(&letters.into_iter().collect::<String>())?;
    }
}
