//! The words of a statement, each with the place where it stood. Texts and places of the errors are those of
//! `JavaCC`, which QuickBooks evidently uses: the end stands where the last character did, and what is shown is escaped.

use super::dialect::Letters;
use crate::quickbooks::faults::Service;

/// Words that are no names. What a fault calls them is their lower case in quotes, but for two of them.
const KEYWORDS: &[&str] = &[
    "select",
    "count",
    "from",
    "where",
    "and",
    "or",
    "not",
    "in",
    "like",
    "true",
    "false",
    "current_date",
    "order",
    "orderby",
    "by",
    "asc",
    "desc",
    "startposition",
    "maxresults",
    "iterator",
];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Name,
    Keyword(&'static str),
    Integer,
    Decimal,
    Text,
    Symbol,
    End,
    /// The beginning of something that was broken off by this character, or by the end.
    Broken(Option<char>),
}

/// Line and column, both from 1; a column is a UTF-16 unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Place {
    line: usize,
    column: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// As it was written, with quotes and backslashes.
    pub(super) image: &'a str,
    place: Place,
}

impl Token<'_> {
    /// The fault of a token that fits nothing where it stands.
    pub(super) fn unexpected(&self) -> Service {
        let kind = match self.kind {
            Kind::Name => "<IDENTIFIER>".to_owned(),
            Kind::Keyword(word @ ("and" | "or")) => format!("<{}>", word.to_uppercase()),
            Kind::Keyword(word) => format!("\"{word}\""),
            Kind::Integer => "<INTEGER>".to_owned(),
            Kind::Decimal => "<DECIMAL>".to_owned(),
            Kind::Text => "<STRING>".to_owned(),
            Kind::Symbol => format!("\"{}\"", self.image),
            Kind::End => return self.encountered("<EOF>"),
            Kind::Broken(by) => return self.broken(by),
        };
        self.encountered(&format!(" {kind} \"{} \"", escaped(self.image)))
    }

    fn encountered(&self, shown: &str) -> Service {
        let Place { line, column } = self.place;
        Service::parsing(format!(
            "QueryParserError: Encountered \"{shown}\" at line {line}, column {column}."
        ))
    }

    fn broken(&self, by: Option<char>) -> Service {
        let Place { line, column } = self.place;
        let after = escaped(self.image);
        let encountered = by.map_or_else(
            || "<EOF> ".to_owned(),
            |letter| {
                let unit = letter.encode_utf16(&mut [0; 2])[0];
                format!("\"{}\" ({unit}), ", escaped_unit(unit))
            },
        );
        Service::parsing(format!(
            "QueryParserError: Invalid content. Lexical error at line {line}, column {column}.  Encountered: {encountered}after : \"{after}\""
        ))
    }

    /// What stands between the quotes: a backslash is taken off, and what follows it stays as it is.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let inside = self.image.strip_prefix('\'').and_then(|image| image.strip_suffix('\''));
        let mut rest = inside.unwrap_or(self.image).chars();
        while let Some(letter) = rest.next() {
            text.extend(if letter == '\\' { rest.next() } else { Some(letter) });
        }
        text
    }
}

/// Splits a statement. The last token is always [`Kind::End`] or [`Kind::Broken`]: what is broken is no fault before
/// it is met, because a statement may be wrong earlier.
pub(super) fn tokens(text: &str, letters: Letters) -> Vec<Token<'_>> {
    let mut reader = Reader::new(text, letters);
    let mut tokens = Vec::new();
    loop {
        let token = reader.token();
        tokens.push(token);
        if matches!(token.kind, Kind::End | Kind::Broken(_)) {
            return tokens;
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    letters: Letters,
    at: usize,
    /// Where the next character stands.
    next: Place,
    /// Where the last one stood.
    last: Place,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, letters: Letters) -> Self {
        Self { text, letters, at: 0, next: Place { line: 1, column: 1 }, last: Place { line: 0, column: 0 } }
    }

    fn token(&mut self) -> Token<'a> {
        self.skip_while(|letter| letter.is_ascii_whitespace());
        let (start, place) = (self.at, self.next);
        let Some(first) = self.peek() else {
            return Token { kind: Kind::End, image: "", place: self.last };
        };
        let kind = match first {
            '\'' => self.quoted(),
            '0'..='9' | '-' => self.number(),
            'a'..='z' | 'A'..='Z' | '_' => self.word(),
            _ => self.symbol(first),
        };
        let image = &self.text[start..self.at];
        let place = if matches!(kind, Kind::Broken(_)) { self.next } else { place };
        Token { kind, image, place }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// What follows the next character.
    fn peek_second(&self) -> Option<char> {
        self.text[self.at..].chars().nth(1)
    }

    fn step(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        self.last = self.next;
        let ends_line = letter == '\n' || (letter == '\r' && self.peek() != Some('\n'));
        self.next = if ends_line {
            Place { line: self.next.line + 1, column: 1 }
        } else {
            Place { line: self.next.line, column: self.next.column + letter.len_utf16() }
        };
        Some(letter)
    }

    fn skip_while(&mut self, keep: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&keep) {
            self.step();
        }
    }

    /// The backslash escapes; a doubled quote does not.
    fn quoted(&mut self) -> Kind {
        self.step();
        while let Some(letter) = self.step_inside() {
            let whole = match letter {
                '\'' => return Kind::Text,
                '\\' => self.step_inside().is_some(),
                _ => true,
            };
            if !whole {
                break;
            }
        }
        Kind::Broken(self.peek())
    }

    /// A step over a letter that a quoted text may have.
    fn step_inside(&mut self) -> Option<char> {
        let allowed = self.peek().filter(|letter| self.letters == Letters::All || *letter <= '\u{ff}');
        allowed.and_then(|_| self.step())
    }

    fn number(&mut self) -> Kind {
        if self.peek() == Some('-') {
            self.step();
        }
        if !self.peek().is_some_and(|letter| letter.is_ascii_digit()) {
            return Kind::Broken(self.peek());
        }
        self.skip_while(|letter| letter.is_ascii_digit());
        let fraction = self.peek_second().is_some_and(|letter| letter.is_ascii_digit());
        if self.peek() != Some('.') || !fraction {
            return Kind::Integer;
        }
        self.step();
        self.skip_while(|letter| letter.is_ascii_digit());
        Kind::Decimal
    }

    /// A keyword or a name; a name may have names of its parts after dots.
    fn word(&mut self) -> Kind {
        let start = self.at;
        let in_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        self.skip_while(in_name);
        while self.peek() == Some('.')
            && self.peek_second().is_some_and(|letter| in_name(letter) && !letter.is_ascii_digit())
        {
            self.step();
            self.skip_while(in_name);
        }
        keyword(&self.text[start..self.at]).map_or(Kind::Name, Kind::Keyword)
    }

    fn symbol(&mut self, first: char) -> Kind {
        if !"(),*=<>!".contains(first) {
            return Kind::Broken(Some(first));
        }
        self.step();
        let longer = "<>!".contains(first) && self.peek() == Some('=');
        if longer {
            self.step();
        }
        if first == '!' && !longer { Kind::Broken(self.peek()) } else { Kind::Symbol }
    }
}

/// The keyword that a word is, in whatever case it is written.
pub(super) fn keyword(word: &str) -> Option<&'static str> {
    KEYWORDS.iter().find(|keyword| keyword.eq_ignore_ascii_case(word)).copied()
}

fn escaped(text: &str) -> String {
    text.encode_utf16().map(escaped_unit).collect()
}

/// As Java writes a character in source code.
fn escaped_unit(unit: u16) -> String {
    match unit {
        0 => String::new(),
        8 => "\\b".to_owned(),
        9 => "\\t".to_owned(),
        10 => "\\n".to_owned(),
        12 => "\\f".to_owned(),
        13 => "\\r".to_owned(),
        0x22 | 0x27 | 0x5c => format!("\\{}", String::from_utf16_lossy(&[unit])),
        0x20..=0x7e => String::from_utf16_lossy(&[unit]),
        _ => format!("\\u{unit:04x}"),
    }
}
