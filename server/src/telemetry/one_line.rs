//! An event is one line, whatever stands in it. The formatter hands each event over whole, with its
//! line's end; everything else in it that a terminal or a reader of lines would act on is written as an
//! escape, which JSON reads back as the character.

use std::io::{Result, Write};

use tracing_subscriber::fmt::MakeWriter;

/// A writer of whole lines.
pub(super) struct OneLine<W>(pub(super) W);

impl<'w, W: MakeWriter<'w>> MakeWriter<'w> for OneLine<W> {
    type Writer = Line<W::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        Line(self.0.make_writer())
    }
}

/// Takes one event.
pub(super) struct Line<W>(W);

impl<W: Write> Write for Line<W> {
    fn write(&mut self, event: &[u8]) -> Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let mut escaped = escape(line);
        escaped.push('\n');
        self.0.write_all(escaped.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.0.flush()
    }
}

fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    for character in line.chars() {
        if acts(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Controls, ends of lines beyond ASCII, and what turns the direction of a text around.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_08_nothing_ends_the_line_but_its_end() {
        let mut out = Vec::new();
        let event = "a\r\nERROR forged\u{1b}[2J\u{9b}31m\u{2028}\u{202e}b \"quoted\" Zoë\n";
        Line(&mut out).write_all(event.as_bytes()).expect("written");
        let written = String::from_utf8(out).expect("text");
        let wanted = "a\\u000d\\u000aERROR forged\\u001b[2J\\u009b31m\\u2028\\u202eb \"quoted\" Zoë\n";
        assert_eq!(written, wanted);
    }
}
