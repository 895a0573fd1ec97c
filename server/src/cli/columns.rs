//! Rows of texts as columns that a person can read.

/// The rows under each other, each column as wide as its longest text, two blanks between.
pub(super) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [["KEY", "USED"], ["pb_1", "never"], ["Zoë", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(columns(&rows), "KEY   USED\npb_1  never\nZoë\n");
    }
}
