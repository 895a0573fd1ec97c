//! Text in the form in which its case does not matter. Names and the query language must agree on it: what a query
//! takes for one name cannot be two.

/// By Unicode's own tables, letter by letter: `ß` is `ss`, and `Σ`, `σ` and `ς` are one. Folding two texts and
/// joining them is the same as joining them first.
pub(crate) fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_the_same_in_any_case_and_at_any_place() {
        for (one, other) in [("Straße", "STRASSE"), ("Οδός", "ΟΔΌΣ"), ("ΣΑΣ", "σας"), ("ЖУК", "жук")]
        {
            assert_eq!(fold(one), fold(other));
            assert_eq!(fold(one) + &fold(other), fold(&format!("{one}{other}")));
        }
        assert_ne!(fold("Café"), fold("Cafe"));
    }
}
