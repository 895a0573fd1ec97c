//! From the words of a statement to the statement: one method per rule of the grammar in facts 3.3.

use time::macros::format_description;

use super::{
    Condition, Literal, Operator, Order, Selection, Statement, Terms,
    dialect::LargePages,
    lexer::{Kind, Token},
};
use crate::quickbooks::faults::Service;

/// More rows than this are never given at once.
const LARGEST_PAGE: usize = 1000;
/// A start position is an `int` at the other end.
const LARGEST_POSITION: usize = 2_147_483_647;
const SMALL: &str = "small. Min allowed value is 1";

pub(super) struct Parser<'a> {
    tokens: &'a [Token<'a>],
    terms: &'a Terms,
    at: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(tokens: &'a [Token<'a>], terms: &'a Terms) -> Self {
        Self { tokens, terms, at: 0 }
    }

    pub(super) fn whole(mut self) -> Result<Statement, Service> {
        let statement = self.statement()?;
        match self.peek().kind {
            Kind::End => Ok(statement),
            _ => Err(self.peek().unexpected()),
        }
    }

    /// The lexer ends every list with an end token, and nothing steps over that.
    fn peek(&self) -> Token<'a> {
        self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn keyword(&mut self, word: &str) -> bool {
        self.step_if(|token| matches!(token.kind, Kind::Keyword(found) if found == word))
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        self.step_if(|token| token.kind == Kind::Symbol && token.image == symbol)
    }

    fn step_if(&mut self, fits: impl Fn(&Token<'_>) -> bool) -> bool {
        let hit = fits(&self.peek());
        self.at += usize::from(hit);
        hit
    }

    fn expect(&mut self, hit: bool) -> Result<(), Service> {
        if hit { Ok(()) } else { Err(self.peek().unexpected()) }
    }

    fn take(&mut self, kind: Kind) -> Result<Token<'a>, Service> {
        let token = self.peek();
        let hit = self.step_if(|token| token.kind == kind);
        self.expect(hit)?;
        Ok(token)
    }

    fn name(&mut self) -> Result<String, Service> {
        Ok(self.take(Kind::Name)?.image.to_owned())
    }

    fn statement(&mut self) -> Result<Statement, Service> {
        let select = self.keyword("select");
        self.expect(select)?;
        let selection = self.selection()?;
        let from = self.keyword("from");
        self.expect(from)?;
        let entity = self.name()?;
        // An entity may be given another name that nothing can say: a mistyped `WHERE` is taken for one, and the
        // fault is at the word after it (seen at Intuit).
        self.step_if(|token| token.kind == Kind::Name);
        let conditions = if self.keyword("where") { self.conditions()? } else { Vec::new() };
        let order = if self.order_by()? { self.order()? } else { Vec::new() };
        let (start, max) = self.paging()?;
        let built_in_tax_codes_on_top = self.terms.dialect.built_in_tax_codes_on_top;
        Ok(Statement { selection, entity, conditions, order, start, max, built_in_tax_codes_on_top })
    }

    /// A list of names is tolerated, and so is nothing at all (seen at Intuit).
    fn selection(&mut self) -> Result<Selection, Service> {
        if self.keyword("count") {
            for symbol in ["(", "*", ")"] {
                let hit = self.symbol(symbol);
                self.expect(hit)?;
            }
            return Ok(Selection::Count);
        }
        if matches!(self.peek().kind, Kind::Keyword("from")) {
            return Ok(Selection::All);
        }
        let names: Vec<_> = self.separated(Self::selected)?.into_iter().flatten().collect();
        Ok(if names.is_empty() { Selection::All } else { Selection::Fields(names) })
    }

    fn selected(&mut self) -> Result<Option<String>, Service> {
        if self.symbol("*") { Ok(None) } else { self.name().map(Some) }
    }

    fn separated<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, Service>) -> Result<Vec<T>, Service> {
        let mut items = vec![item(self)?];
        while self.symbol(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn conditions(&mut self) -> Result<Vec<Condition>, Service> {
        let mut conditions = vec![self.condition()?];
        while self.keyword("and") {
            conditions.push(self.condition()?);
        }
        Ok(conditions)
    }

    fn condition(&mut self) -> Result<Condition, Service> {
        let before = self.not();
        let property = self.name()?;
        if before && !self.begins_operator() {
            let values = vec![Literal::Truth(true)];
            return Ok(Condition { property, negated: true, operator: Operator::Equal, values });
        }
        // Both places are in use; in both at once they cancel each other.
        let after = self.not();
        let sign = self.peek();
        let operator = self.operator(after)?;
        let values = match operator {
            Operator::In => self.values()?,
            _ => vec![self.operand(sign)?],
        };
        Ok(Condition { property, negated: before != after, operator, values })
    }

    fn not(&mut self) -> bool {
        self.terms.dialect.negation && self.keyword("not")
    }

    fn begins_operator(&self) -> bool {
        match self.peek().kind {
            Kind::Keyword(word) => matches!(word, "in" | "like" | "not"),
            Kind::Symbol => "= != < <= > >=".split(' ').any(|symbol| symbol == self.peek().image),
            _ => false,
        }
    }

    /// After `NOT` only a word can follow.
    fn operator(&mut self, after_not: bool) -> Result<Operator, Service> {
        let token = self.peek();
        let operator = match (token.kind, token.image) {
            (Kind::Keyword("in"), _) => Operator::In,
            (Kind::Keyword("like"), _) => Operator::Like,
            _ if after_not => return Err(token.unexpected()),
            (Kind::Symbol, "=") => Operator::Equal,
            (Kind::Symbol, "!=") if self.terms.dialect.negation => Operator::Unequal,
            (Kind::Symbol, "<") => Operator::Less,
            (Kind::Symbol, "<=") => Operator::LessOrEqual,
            (Kind::Symbol, ">") => Operator::Greater,
            (Kind::Symbol, ">=") => Operator::GreaterOrEqual,
            _ => return Err(token.unexpected()),
        };
        self.at += 1;
        Ok(operator)
    }

    /// Where bare numbers are refused, the fault is at the sign before them (seen at Intuit).
    fn operand(&mut self, sign: Token<'_>) -> Result<Literal, Service> {
        let value = self.value()?;
        match value {
            Literal::Number(_) if !self.terms.dialect.bare_numbers => Err(sign.unexpected()),
            _ => Ok(value),
        }
    }

    fn values(&mut self) -> Result<Vec<Literal>, Service> {
        let open = self.symbol("(");
        self.expect(open)?;
        let values = self.separated(Self::value)?;
        let close = self.symbol(")");
        self.expect(close)?;
        Ok(values)
    }

    /// Quoted text, or a bare number, `true`, `false` or `CURRENT_DATE`.
    fn value(&mut self) -> Result<Literal, Service> {
        let token = self.peek();
        let value = match token.kind {
            Kind::Text => Literal::Text(token.text()),
            Kind::Integer | Kind::Decimal => Literal::Number(token.image.to_owned()),
            Kind::Keyword("true") => Literal::Truth(true),
            Kind::Keyword("false") => Literal::Truth(false),
            Kind::Keyword("current_date") => Literal::Text(self.today()),
            _ => return Err(token.unexpected()),
        };
        self.at += 1;
        Ok(value)
    }

    fn today(&self) -> String {
        self.terms.today.format(format_description!("[year]-[month]-[day]")).unwrap_or_default()
    }

    /// One word or two: both are in use.
    fn order_by(&mut self) -> Result<bool, Service> {
        if self.keyword("orderby") {
            return Ok(true);
        }
        if !self.keyword("order") {
            return Ok(false);
        }
        let by = self.keyword("by");
        self.expect(by)?;
        Ok(true)
    }

    fn order(&mut self) -> Result<Vec<Order>, Service> {
        self.separated(|parser| {
            let property = parser.name()?;
            let descending = parser.keyword("desc");
            if !descending {
                // Ascending is what it is anyway.
                parser.keyword("asc");
            }
            Ok(Order { property, descending })
        })
    }

    /// In either order, each once: the faults of QuickBooks' own parser expect both at the same place.
    fn paging(&mut self) -> Result<(Option<usize>, Option<usize>), Service> {
        let (mut start, mut max) = (None, None);
        loop {
            if start.is_none() && self.keyword("startposition") {
                start = Some(self.number(LARGEST_POSITION)?);
            } else if max.is_none() && self.keyword("maxresults") {
                max = Some(self.page()?);
            } else {
                return Ok((start, max));
            }
        }
    }

    fn page(&mut self) -> Result<usize, Service> {
        match self.terms.dialect.large_pages {
            LargePages::Refuse => self.number(LARGEST_PAGE),
            LargePages::Cap => Ok(self.number(LARGEST_POSITION)?.min(LARGEST_PAGE)),
        }
    }

    fn number(&mut self, most: usize) -> Result<usize, Service> {
        let written = self.take(Kind::Integer)?.image;
        let problem = match written.parse() {
            Ok(number) if (1..=most).contains(&number) => return Ok(number),
            Ok(0) => SMALL.to_owned(),
            Err(_) if written.starts_with('-') => SMALL.to_owned(),
            // What is no number here has more digits than a machine can hold.
            _ => format!("large. Max allowed value is {most}"),
        };
        Err(Service::invalid(format!("QueryValidationError: value {written} is too {problem}")))
    }
}
