//! The words of a statement, each with the place where it stood, as QuickBooks names places in its faults.

use crate::quickbooks::faults::Service;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Word,
    Number,
    Text,
    Symbol,
    End,
}

#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    line: usize,
    column: usize,
}

impl Token {
    /// The sentence with which QuickBooks refuses this token.
    pub(super) fn unexpected(&self) -> String {
        let (text, line, column) = (&self.text, self.line, self.column);
        let shown = match self.kind {
            Kind::End => "\"<EOF>\"".to_owned(),
            Kind::Word => format!("\" <IDENTIFIER> \"{text} \"\""),
            Kind::Number => format!("\" <INTEGER> \"{text} \"\""),
            Kind::Text => format!("\" <STRING> \"'{text}' \"\""),
            Kind::Symbol => format!("\" \"{text}\" \"{text} \"\""),
        };
        format!("QueryParserError: Encountered {shown} at line {line}, column {column}.")
    }
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    column: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let character = self.rest.next()?;
        if character == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(character)
    }

    fn next_while(&mut self, text: &mut String, keep: impl Fn(char) -> bool) {
        while let Some(&character) = self.rest.peek() {
            if !keep(character) {
                return;
            }
            text.push(character);
            self.next();
        }
    }
}

/// Splits a statement; the last token is always [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Service> {
    let mut reader = Reader { rest: text.chars().peekable(), line: 1, column: 1 };
    let mut tokens = Vec::new();
    loop {
        reader.next_while(&mut String::new(), char::is_whitespace);
        let (line, column) = (reader.line, reader.column);
        let Some(first) = reader.next() else {
            tokens.push(Token { kind: Kind::End, text: String::new(), line, column });
            return Ok(tokens);
        };
        let mut text = String::from(first);
        let kind = match first {
            '\'' => {
                text = quoted(&mut reader)?;
                Kind::Text
            }
            '0'..='9' | '-' => {
                reader.next_while(&mut text, |next| next.is_ascii_digit() || next == '.');
                Kind::Number
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                reader
                    .next_while(&mut text, |next| next.is_ascii_alphanumeric() || next == '_' || next == '.');
                Kind::Word
            }
            '<' | '>' => {
                if reader.rest.next_if_eq(&'=').is_some() {
                    reader.column += 1;
                    text.push('=');
                }
                Kind::Symbol
            }
            '(' | ')' | ',' | '*' | '=' => Kind::Symbol,
            other => return Err(lexical(line, column, other)),
        };
        tokens.push(Token { kind, text, line, column });
    }
}

/// The inside of a quoted text. The backslash escapes; a doubled quote does not.
fn quoted(reader: &mut Reader<'_>) -> Result<String, Service> {
    let mut text = String::new();
    loop {
        match reader.next() {
            Some('\'') => return Ok(text),
            Some('\\') => text.extend(reader.next()),
            Some(character) => text.push(character),
            None => {
                let (line, column) = (reader.line, reader.column);
                return Err(Service::parsing(format!(
                    "QueryParserError: Lexical error at line {line}, column {column}.  Encountered: <EOF> after : \"'{text}\""
                )));
            }
        }
    }
}

fn lexical(line: usize, column: usize, character: char) -> Service {
    Service::parsing(format!(
        "QueryParserError: Lexical error at line {line}, column {column}.  Encountered: \"{character}\" ({}), after : \"\"",
        u32::from(character)
    ))
}
