//! Characters: which of them XML has, and how those are written that mean something to it.

use std::fmt::Write;

/// Stands for a character that XML 1.0 cannot carry, not even by its number. Leaving it out would join what
/// it kept apart, so the reader sees that something was there.
const REPLACEMENT: char = '\u{FFFD}';

/// Whether XML 1.0 has the character (production 2, `Char`).
pub(super) fn is_legal(letter: char) -> bool {
    !matches!(letter, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Text between tags. A bare carriage return would be read as a line feed.
pub(super) fn content(out: &mut String, text: &str) {
    escape(out, text, "&<>\r");
}

/// The value of an attribute, without its quotes. Bare white space would be read as spaces.
pub(super) fn attribute(out: &mut String, text: &str) {
    escape(out, text, "&<>\"\t\n\r");
}

fn escape(out: &mut String, text: &str, special: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if special.contains('"') => out.push_str("&quot;"),
            _ if special.contains(letter) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "&#{};", u32::from(letter));
            }
            _ if is_legal(letter) => out.push(letter),
            _ => out.push(REPLACEMENT),
        }
    }
}
