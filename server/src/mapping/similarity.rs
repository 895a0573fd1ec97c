//! Names compared as a bookkeeper would: without case, accents, punctuation and legal suffix.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Endings that say what kind of company it is, folded. Longest forms are lists of words.
const LEGAL: [&str; 35] = [
    "ltd",
    "limited",
    "inc",
    "incorporated",
    "llc",
    "llp",
    "lp",
    "plc",
    "pc",
    "corp",
    "corporation",
    "co",
    "company",
    "gmbh",
    "mbh",
    "ag",
    "kg",
    "ohg",
    "ug",
    "sa",
    "sas",
    "sarl",
    "sl",
    "spa",
    "srl",
    "bv",
    "nv",
    "oy",
    "ab",
    "aps",
    "as",
    "pty",
    "pte",
    "cic",
    "and",
];

/// Most bytes by which names are compared: longer than any of a person's or a company's, and short enough for a key.
const COMPARED: usize = 1000;

/// Text for searching: lower case, without accents, white space folded; punctuation stays.
pub fn fold(text: &str) -> String {
    // Most names of most books: nothing to take apart, and a list has a million of them.
    if text.is_ascii() { folded(text.len(), text.chars()) } else { folded(text.len(), bare_letters(text)) }
}

/// Compatibility forms taken apart (NFKD), without the accents.
fn bare_letters(text: &str) -> impl Iterator<Item = char> {
    text.nfkd().filter(|c| !is_accent(*c))
}

fn folded(length: usize, letters: impl Iterator<Item = char>) -> String {
    let mut out = String::with_capacity(length);
    for c in letters {
        if c.is_whitespace() || c.is_control() {
            if !out.ends_with(' ') && !out.is_empty() {
                out.push(' ');
            }
        } else {
            push_folded(&mut out, c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// A name for matching: as [`fold`], without punctuation and legal suffixes. Two names that give the
/// same text are taken for one name. A name of nothing but punctuation stays as it is.
pub fn normalise(name: &str) -> String {
    let out = if name.is_ascii() { in_words(name.chars()) } else { in_words(bare_letters(name)) };
    let mut words: Vec<&str> = out.split_whitespace().collect();
    while words.len() > 1 && words.last().is_some_and(|word| LEGAL.contains(word)) {
        words.pop();
    }
    let mut out = if words.is_empty() { fold(name) } else { words.join(" ") };
    out.truncate(out.floor_char_boundary(COMPARED));
    out
}

/// Folded letters and digits, with spaces between words.
fn in_words(letters: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    for c in letters {
        match c {
            // These join what they stand between: "O'Hara" is "OHara", "S.A." is "SA".
            '\'' | '\u{2018}' | '\u{2019}' | '`' | '.' => {}
            '&' | '+' => out.push_str(" and "),
            c if c.is_alphanumeric() || is_combining_mark(c) => push_folded(&mut out, c),
            _ => out.push(' '),
        }
    }
    out
}

/// How alike two normalised names are, 0 to 100: the share of letter pairs they have in common
/// (Sorensen and Dice). Equal names give 100, and the order of the two does not matter.
pub fn similarity(left: &str, right: &str) -> u8 {
    if left == right {
        return 100;
    }
    let (mut left, mut right) = (pairs(left), pairs(right));
    let all = left.len() + right.len();
    if all == 0 {
        return 0;
    }
    left.sort_unstable();
    right.sort_unstable();
    let shared = shared(&left, &right);
    u8::try_from((200 * shared / all).min(99)).unwrap_or(99)
}

/// Length of the intersection of two sorted lists, repeated pairs counted as often as in both.
fn shared(left: &[(char, char)], right: &[(char, char)]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                count += 1;
                i += 1;
                j += 1;
            }
        }
    }
    count
}

fn pairs(text: &str) -> Vec<(char, char)> {
    let letters = std::iter::once(' ').chain(text.chars()).chain([' ']);
    letters.clone().zip(letters.skip(1)).filter(|pair| *pair != (' ', ' ')).collect()
}

/// Accents on Latin, Greek and Cyrillic letters. Marks of other scripts (vowels of Hindi, the voiced
/// sounds of Japanese) tell words apart and stay.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

/// Letters that have no decomposition, and lower case for all others.
fn push_folded(out: &mut String, c: char) {
    match c {
        c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
        'ß' | 'ẞ' => out.push_str("ss"),
        'æ' | 'Æ' => out.push_str("ae"),
        'œ' | 'Œ' => out.push_str("oe"),
        'ø' | 'Ø' => out.push('o'),
        'ł' | 'Ł' => out.push('l'),
        'đ' | 'Đ' | 'ð' | 'Ð' => out.push('d'),
        'ı' => out.push('i'),
        'þ' | 'Þ' => out.push_str("th"),
        c => out.extend(c.to_lowercase().filter(|c| !is_accent(*c))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_differ_by_form_alone_are_one() {
        for (left, right) in [
            ("Fairhaven Stonemasons Ltd", "FAIRHAVEN STONEMASONS LIMITED"),
            ("Café Zoë", "Cafe Zoe"),
            ("O'Hara & Sons", "O’Hara and Sons"),
            ("Acme (Trading) Pty. Ltd.", "Acme Trading"),
            ("Müller GmbH & Co. KG", "Muller"),
            ("Straße", "STRASSE"),
            ("A.B.C. S.A.", "abc"),
            ("Red  Rock\u{a0}Diner", "red rock diner"),
        ] {
            assert_eq!(normalise(left), normalise(right), "{left} / {right}");
        }
    }

    #[test]
    fn names_that_differ_in_words_stay_apart() {
        for (left, right) in
            [("Smith North", "Smith South"), ("Ltd", "Inc"), ("か", "が"), ("कि", "का"), ("***", "---")]
        {
            assert_ne!(normalise(left), normalise(right), "{left} / {right}");
        }
    }

    #[test]
    fn a_search_text_keeps_its_punctuation() {
        assert_eq!(fold("  Ünïted\t(UK)  <b>\u{0} "), "united (uk) <b>");
    }

    #[test]
    fn alike_names_score_higher_than_others() {
        let near = similarity("fairhaven stonemasons", "fairhaven stonemason");
        let far = similarity("fairhaven stonemasons", "cool cars");
        assert!(near > 85 && far < 20, "{near} {far}");
    }

    proptest! {
        #[test]
        fn plain_letters_are_folded_as_all_others_are(text in "[ -~\\t\\r\\n]{0,40}") {
            prop_assert_eq!(fold(&text), folded(0, bare_letters(&text)));
            prop_assert_eq!(in_words(text.chars()), in_words(bare_letters(&text)));
        }

        #[test]
        fn normalising_twice_changes_nothing(name in "[ -~À-ÿĀ-žΑ-ωא-תあ-ん一-三]{0,40}") {
            let once = normalise(&name);
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn similarity_has_no_direction(left in "\\PC{0,20}", right in "\\PC{0,20}") {
            prop_assert_eq!(similarity(&left, &right), similarity(&right, &left));
            prop_assert_eq!(similarity(&left, &left), 100);
            prop_assert!(left == right || similarity(&left, &right) < 100);
        }
    }

    #[test]
    fn a_name_is_compared_by_its_beginning() {
        let (long, longer) = ("é".repeat(COMPARED), "\u{fdfa}".repeat(COMPARED));
        assert_eq!(normalise(&long), "e".repeat(COMPARED));
        assert!((COMPARED - 3..=COMPARED).contains(&normalise(&longer).len()));
    }
}
