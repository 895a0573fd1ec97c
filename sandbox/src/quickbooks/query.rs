//! The query language (facts 3.3): from text to a statement. What it finds is `query::run`'s affair.

mod lexer;
mod run;
mod statement;

use self::lexer::{Kind, Token, tokens};
pub(crate) use self::{
    run::{Found, Records, run},
    statement::{Condition, Operator, Order, Selection, Statement},
};
use super::faults::Service;

/// Reads a statement, or says where it stops being one.
pub(crate) fn parse(text: &str) -> Result<Statement, Service> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0 };
    let statement = parser.statement()?;
    match parser.peek().kind {
        Kind::End => Ok(statement),
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Parser<'_> {
    /// The lexer ends every list with an end token, and nothing steps over that.
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn unexpected(&self) -> Service {
        Service::parsing(self.peek().unexpected())
    }

    fn keyword(&mut self, word: &str) -> bool {
        let token = self.peek();
        let hit = token.kind == Kind::Word && token.text.eq_ignore_ascii_case(word);
        self.at += usize::from(hit);
        hit
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let token = self.peek();
        let hit = token.kind == Kind::Symbol && token.text == symbol;
        self.at += usize::from(hit);
        hit
    }

    fn expect(&mut self, hit: bool) -> Result<(), Service> {
        if hit { Ok(()) } else { Err(self.unexpected()) }
    }

    fn word(&mut self) -> Result<String, Service> {
        self.take(&[Kind::Word])
    }

    fn take(&mut self, kinds: &[Kind]) -> Result<String, Service> {
        let token = self.peek();
        if !kinds.contains(&token.kind) {
            return Err(self.unexpected());
        }
        let text = token.text.clone();
        self.at += 1;
        Ok(text)
    }

    fn statement(&mut self) -> Result<Statement, Service> {
        let select = self.keyword("SELECT");
        self.expect(select)?;
        let selection = self.selection()?;
        let from = self.keyword("FROM");
        self.expect(from)?;
        let entity = self.word()?;
        let conditions = if self.keyword("WHERE") { self.conditions()? } else { Vec::new() };
        let order = if self.order_by()? { self.order()? } else { Vec::new() };
        let start = if self.keyword("STARTPOSITION") { Some(self.number()?) } else { None };
        let max = if self.keyword("MAXRESULTS") { Some(self.number()?) } else { None };
        Ok(Statement { selection, entity, conditions, order, start, max })
    }

    fn selection(&mut self) -> Result<Selection, Service> {
        if self.keyword("COUNT") {
            for symbol in ["(", "*", ")"] {
                let hit = self.symbol(symbol);
                self.expect(hit)?;
            }
            return Ok(Selection::Count);
        }
        let mut names = Vec::new();
        loop {
            if !self.symbol("*") {
                names.push(self.word()?);
            }
            if !self.symbol(",") {
                break;
            }
        }
        Ok(if names.is_empty() { Selection::All } else { Selection::Fields(names) })
    }

    fn conditions(&mut self) -> Result<Vec<Condition>, Service> {
        let mut conditions = vec![self.condition()?];
        while self.keyword("AND") {
            conditions.push(self.condition()?);
        }
        Ok(conditions)
    }

    fn condition(&mut self) -> Result<Condition, Service> {
        let property = self.word()?;
        let operator = self.operator()?;
        let values = if operator == Operator::In { self.list()? } else { vec![self.value()?] };
        Ok(Condition { property, operator, values })
    }

    fn operator(&mut self) -> Result<Operator, Service> {
        let symbols = [
            ("=", Operator::Equal),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        for (symbol, operator) in symbols {
            if self.symbol(symbol) {
                return Ok(operator);
            }
        }
        match (self.keyword("IN"), self.keyword("LIKE")) {
            (true, _) => Ok(Operator::In),
            (_, true) => Ok(Operator::Like),
            _ => Err(self.unexpected()),
        }
    }

    fn list(&mut self) -> Result<Vec<String>, Service> {
        let open = self.symbol("(");
        self.expect(open)?;
        let mut values = vec![self.value()?];
        while self.symbol(",") {
            values.push(self.value()?);
        }
        let close = self.symbol(")");
        self.expect(close)?;
        Ok(values)
    }

    /// Quoted text, or a bare number, or a bare `true` or `false`.
    fn value(&mut self) -> Result<String, Service> {
        let token = self.peek();
        if token.kind == Kind::Word
            && !["true", "false"].iter().any(|word| token.text.eq_ignore_ascii_case(word))
        {
            return Err(self.unexpected());
        }
        self.take(&[Kind::Text, Kind::Number, Kind::Word])
    }

    /// One word or two: both are in use.
    fn order_by(&mut self) -> Result<bool, Service> {
        if self.keyword("ORDERBY") {
            return Ok(true);
        }
        if !self.keyword("ORDER") {
            return Ok(false);
        }
        let by = self.keyword("BY");
        self.expect(by)?;
        Ok(true)
    }

    fn order(&mut self) -> Result<Vec<Order>, Service> {
        let mut order = Vec::new();
        loop {
            let property = self.word()?;
            let descending = self.keyword("DESC");
            if !descending {
                // Ascending is what it is anyway.
                self.keyword("ASC");
            }
            order.push(Order { property, descending });
            if !self.symbol(",") {
                return Ok(order);
            }
        }
    }

    fn number(&mut self) -> Result<usize, Service> {
        let value = self.peek().text.parse().map_err(|_| self.unexpected())?;
        self.take(&[Kind::Number])?;
        if value == 0 {
            let detail = "QueryValidationError: value 0 is too small. Min allowed value is 1";
            return Err(Service::invalid(detail.to_owned()));
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(text: &str) -> String {
        parse(text).map_or_else(
            |fault| format!("{} {}", fault.code, fault.detail),
            |statement| format!("{statement:?}"),
        )
    }

    #[test]
    fn keywords_may_be_written_in_any_case() {
        let statement =
            parse("select * From customer oRdErBy Id desc startposition 101 MaxResults 50").ok().unwrap();
        assert_eq!(
            (statement.entity.as_str(), statement.start, statement.page()),
            ("customer", Some(101), 50)
        );
        assert!(statement.order[0].descending);
    }

    #[test]
    fn order_by_is_one_word_or_two() {
        assert_eq!(
            detail("SELECT * FROM Item ORDER BY Name ASC, Id"),
            detail("SELECT * FROM Item ORDERBY Name, Id ASC")
        );
    }

    #[test]
    fn values_may_be_bare_or_quoted() {
        let statement = parse(
            r"SELECT * FROM Customer WHERE Active IN (true, FALSE) AND Balance >= '1.5' AND DisplayName = 'Adam\'s'",
        );
        let values: Vec<_> =
            statement.ok().unwrap().conditions.into_iter().flat_map(|condition| condition.values).collect();
        assert_eq!(values, ["true", "FALSE", "1.5", "Adam's"]);
    }

    #[test]
    fn a_count_may_carry_paging() {
        let statement = parse("select count(*) from customer startposition 1 maxresults 1000").ok().unwrap();
        assert_eq!(statement.selection, Selection::Count);
    }

    #[test]
    fn a_page_is_100_and_at_most_1000() {
        assert_eq!(parse("SELECT * FROM Item").ok().unwrap().page(), 100);
        assert_eq!(parse("SELECT * FROM Item MAXRESULTS 5000").ok().unwrap().page(), 1000);
    }

    #[test]
    fn an_error_names_word_and_column() {
        assert_eq!(
            detail("SELECT * FROM Purchase WHER TxnDate > '2014-01-01'"),
            r#"4000 QueryParserError: Encountered " <IDENTIFIER> "WHER "" at line 1, column 24."#
        );
        assert!(
            detail("SELECT * FROM Customer WHERE Id = '1' OR Id = '2'")
                .contains(r#""OR "" at line 1, column 39."#)
        );
        assert!(detail("").starts_with("4000 "));
        assert!(detail("SELECT * FROM Customer WHERE DisplayName = 'Adam''s'").starts_with("4000 "));
    }

    #[test]
    fn position_zero_is_too_small() {
        assert_eq!(
            detail("SELECT * FROM Bill STARTPOSITION 0"),
            "4001 QueryValidationError: value 0 is too small. Min allowed value is 1"
        );
    }
}
