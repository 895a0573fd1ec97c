//! Rows of a table as CSV (RFC 4180), safe to be opened by a spreadsheet: no cell can be a formula
//! (IN-06).

/// The media type of a file of such rows.
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8; header=present";

/// One row with its line's end. Every cell is quoted.
pub fn row<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell, quoted. What a spreadsheet would run begins with an apostrophe instead, which makes it a
/// text there. NUL ends a cell in some programs, so none gets through.
fn cell(text: &str) -> String {
    let quoted = text.replace('\0', "\u{fffd}").replace('"', "\"\"");
    format!("\"{}{quoted}\"", if would_run(text) { "'" } else { "" })
}

/// Whether a spreadsheet may take this for a formula. Blanks before it are no protection: some
/// programs pass over them.
fn would_run(text: &str) -> bool {
    let first = text.chars().find(|character| !matches!(character, ' ' | '\u{a0}' | '\u{feff}'));
    first.is_some_and(|first| first.is_control() || "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The cells of a file whose cells are all quoted, as RFC 4180 reads it.
    fn parse(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut cells, mut rest) = (Vec::new(), Vec::new(), text);
        while let Some(inside) = rest.strip_prefix('"') {
            let (mut cell, mut left) = (String::new(), inside);
            loop {
                let end = left.find('"').expect("every quote is closed");
                cell.push_str(&left[..end]);
                left = &left[end + 1..];
                match left.strip_prefix('"') {
                    Some(after) => left = after,
                    None => break,
                }
                cell.push('"');
            }
            cells.push(cell);
            rest = if let Some(next) = left.strip_prefix(',') {
                next
            } else {
                rows.push(std::mem::take(&mut cells));
                left.strip_prefix("\r\n").expect("a row ends by CRLF")
            };
        }
        assert_eq!(rest, "", "nothing stands outside of quotes");
        rows
    }

    #[test]
    fn in_06_what_a_spreadsheet_would_run_is_a_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "  =1", "\u{ff1d}1"] {
            let parsed = parse(&row([formula]));
            assert!(parsed[0][0].starts_with('\''), "{formula:?} became {parsed:?}");
        }
        assert_eq!(row(["a", "b \"c\", d", ""]), "\"a\",\"b \"\"c\"\", d\",\"\"\r\n");
    }

    proptest! {
        #[test]
        fn in_06_any_cell_comes_back_and_none_is_a_formula(
            table in prop::collection::vec(prop::collection::vec(any::<String>(), 1..4), 1..4),
        ) {
            let text: String = table.iter().map(|cells| row(cells.iter().map(String::as_str))).collect();
            let parsed = parse(&text);
            prop_assert_eq!(parsed.len(), table.len());
            for (read, written) in parsed.iter().flatten().zip(table.iter().flatten()) {
                let written = written.replace('\0', "\u{fffd}");
                let text = format!("'{written}");
                prop_assert!(*read == written || *read == text);
                prop_assert!(!would_run(read));
            }
        }
    }
}
