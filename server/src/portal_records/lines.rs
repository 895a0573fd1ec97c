//! A stream of bytes as lines, each as soon as it is whole. However long the stream is, no more is held
//! than a chunk of it and one line that has only begun.

use bytes::{Bytes, BytesMut};

/// Bytes of a line, at most; one that is longer is passed over.
pub const LINE_LIMIT: usize = 64 * 1024;
/// Some programs begin a file with it; it belongs to no line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Takes a stream apart.
#[derive(Debug, Default)]
pub struct Lines {
    /// What came and was not looked at yet.
    chunk: Bytes,
    /// The beginning of a line that is not whole.
    begun: BytesMut,
    /// What has begun is longer than a line may be, and not held.
    long: bool,
    number: u64,
    ended: bool,
}

/// A line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: u64,
    /// What it says.
    pub text: Result<Bytes, TooLong>,
}

/// A line is longer than [`LINE_LIMIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl Lines {
    /// More has come. Every line of what came before must have been taken.
    pub fn feed(&mut self, chunk: Bytes) {
        self.chunk = chunk;
    }

    /// Nothing more comes: what has begun is the last line.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next whole line; none when more must come first, or nothing is left.
    pub fn take(&mut self) -> Option<Line> {
        if let Some(at) = self.chunk.iter().position(|byte| *byte == b'\n') {
            let mut piece = self.chunk.split_to(at + 1);
            piece.truncate(at);
            return Some(self.line(piece));
        }
        let piece = std::mem::take(&mut self.chunk);
        self.hold(&piece);
        let last = self.ended && (self.long || !self.begun.is_empty());
        last.then(|| self.line(Bytes::new()))
    }

    fn hold(&mut self, piece: &[u8]) {
        self.long |= self.begun.len() + piece.len() > LINE_LIMIT;
        if self.long {
            self.begun = BytesMut::new();
        } else {
            self.begun.extend_from_slice(piece);
        }
    }

    /// The line that ends with this piece.
    fn line(&mut self, piece: Bytes) -> Line {
        self.number += 1;
        let text = if self.begun.is_empty() && !self.long && piece.len() <= LINE_LIMIT {
            Ok(piece)
        } else {
            self.hold(&piece);
            let whole = self.begun.split().freeze();
            if std::mem::take(&mut self.long) { Err(TooLong) } else { Ok(whole) }
        };
        Line { number: self.number, text: text.map(|text| self.without_mark(text)) }
    }

    fn without_mark(&self, text: Bytes) -> Bytes {
        let marked = self.number == 1 && text.starts_with(BYTE_ORDER_MARK);
        if marked { text.slice(BYTE_ORDER_MARK.len()..) } else { text }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of a text that comes in such pieces.
    fn lines(chunks: &[&[u8]]) -> Vec<Result<Vec<u8>, TooLong>> {
        let (mut lines, mut all) = (Lines::default(), Vec::new());
        for chunk in chunks {
            lines.feed(Bytes::copy_from_slice(chunk));
            while let Some(line) = lines.take() {
                all.push(line);
            }
            assert!(lines.begun.len() <= LINE_LIMIT, "no more than a line is held");
        }
        lines.end();
        while let Some(line) = lines.take() {
            all.push(line);
        }
        assert!(all.iter().zip(1..).all(|(line, number)| line.number == number));
        all.into_iter().map(|line| line.text.map(|text| text.to_vec())).collect()
    }

    fn good(texts: &[&str]) -> Vec<Result<Vec<u8>, TooLong>> {
        texts.iter().map(|text| Ok(text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn lines_are_whole_wherever_the_stream_is_cut() {
        assert_eq!(lines(&[b"ab\nc", b"", b"d\r\n", b"\n", b"e"]), good(&["ab", "cd\r", "", "e"]));
        assert_eq!(lines(&[b"a\n"]), good(&["a"]));
        assert_eq!(lines(&[]), good(&[]));
    }

    #[test]
    fn a_byte_order_mark_belongs_to_no_line() {
        assert_eq!(lines(&[b"\xef", b"\xbb\xbfa\n\xef\xbb\xbfb"]), good(&["a", "\u{feff}b"]));
    }

    #[test]
    fn in_04_a_line_without_an_end_is_not_held() {
        let much = vec![b'x'; LINE_LIMIT];
        assert_eq!(lines(&[&much, b"\na"]), [Ok(much.clone()), Ok(b"a".to_vec())]);
        assert_eq!(lines(&[&much, b"x\na"]), [Err(TooLong), Ok(b"a".to_vec())]);
        assert_eq!(lines(&[&much, &much, &much]), [Err(TooLong)]);
        assert_eq!(lines(&[&much, &much, b"\n", &much]), [Err(TooLong), Ok(much.clone())]);
        assert_eq!(lines(&[&[much.as_slice(), b"x\nb"].concat()]), [Err(TooLong), Ok(b"b".to_vec())]);
    }

    proptest! {
        #[test]
        fn how_a_stream_is_cut_does_not_matter(text in "[ab\r\n\u{feff}]{0,40}", cuts in prop::collection::vec(0..40usize, 0..6)) {
            let bytes = text.as_bytes();
            let mut places: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            places.extend([0, bytes.len()]);
            places.sort_unstable();
            let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(lines(&pieces), lines(&[bytes]));
        }
    }
}
