//! Taxes as a bookkeeper tells them apart: by kind and rate, which a name says in words ("Domestic
//! reverse charge 20 %") or in a code's letters ("20.0% RC").

use super::similarity::fold;

/// What kind of tax it is. Two kinds are never one tax, whatever their rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The country's usual rate.
    Standard,
    /// A lower one.
    Reduced,
    /// Taxable, at nothing.
    Zero,
    /// Not taxed, by law.
    Exempt,
    /// The tax does not apply.
    Outside,
    /// The buyer accounts for it.
    ReverseCharge,
    /// Goods from or to another country of the union.
    Goods,
    /// Services from or to another country of the union.
    Services,
}

impl Kind {
    /// The provider books nothing for the seller, so that its rate is not that of the name.
    fn is_accounted_by_the_buyer(self) -> bool {
        matches!(self, Self::ReverseCharge | Self::Goods | Self::Services)
    }
}

/// What the name of a tax tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tax {
    /// The kind, where the name says one.
    pub kind: Option<Kind>,
    /// The rate that the name says, in basis points.
    named: Option<i64>,
}

impl Tax {
    /// Reads a name.
    pub fn of(name: &str) -> Self {
        let name = fold(name);
        let words: Vec<&str> =
            name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        Self { kind: by_words(&words).or_else(|| by_letter(&words)), named: named_rate(&name) }
    }

    /// Both are of one kind.
    pub fn is_like(self, other: Self) -> bool {
        self.kind.is_some() && self.kind == other.kind
    }

    /// They are of two kinds.
    pub fn is_unlike(self, other: Self) -> bool {
        self.kind.zip(other.kind).is_some_and(|(one, other)| one != other)
    }

    /// A code of this name has this rate although the provider books another for the seller.
    pub fn has_named(self, rate: i64) -> bool {
        self.named == Some(rate) && self.kind.is_some_and(Kind::is_accounted_by_the_buyer)
    }
}

fn by_words(words: &[&str]) -> Option<Kind> {
    let has = |wanted: &[&str]| wanted.iter().any(|wanted| words.contains(wanted));
    let pair = |one: &str, other: &str| words.windows(2).any(|two| two == [one, other]);
    let union = has(&["ec", "eu", "intra"]);
    let kinds = [
        (has(&["ecg"]) || (union && has(&["goods"])), Kind::Goods),
        (has(&["ecs"]) || (union && has(&["services", "service"])), Kind::Services),
        (has(&["rc", "drc"]) || pair("reverse", "charge"), Kind::ReverseCharge),
        (pair("no", "vat") || (has(&["outside", "out"]) && has(&["scope"])), Kind::Outside),
        (has(&["exempt", "exempted", "exemption"]), Kind::Exempt),
        (has(&["zero"]), Kind::Zero),
        (has(&["reduced", "lower"]), Kind::Reduced),
        (has(&["standard"]), Kind::Standard),
    ];
    kinds.into_iter().find(|(is, _)| *is).map(|(_, kind)| kind)
}

/// A letter counts only where nothing but a rate stands beside it.
fn by_letter(words: &[&str]) -> Option<Kind> {
    let mut letters = words.iter().filter(|word| word.parse::<u32>().is_err());
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return None;
    };
    match *letter {
        "s" => Some(Kind::Standard),
        "r" => Some(Kind::Reduced),
        "z" => Some(Kind::Zero),
        "e" => Some(Kind::Exempt),
        _ => None,
    }
}

/// The number before the first "%", in basis points.
fn named_rate(name: &str) -> Option<i64> {
    let (before, _) = name.split_once('%')?;
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let number = before.trim_end().rsplit(|c| !is_part(c)).next()?;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let part: String = part.chars().chain("00".chars()).take(2).collect();
    // More digits than a rate has are none.
    let (whole, part) = (whole.parse::<u16>().ok()?, part.parse::<u16>().ok()?);
    Some(i64::from(whole) * 100 + i64::from(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str) -> Option<Kind> {
        Tax::of(name).kind
    }

    #[test]
    fn words_and_letters_tell_the_same_kind() {
        for (words, code, told) in [
            ("Standard rate 20 %", "20.0% S", Kind::Standard),
            ("Hospitality, reduced rate", "5.0% R", Kind::Reduced),
            ("Zero rated 0 %", "0.0% Z", Kind::Zero),
            ("Exempt from VAT", "0% E", Kind::Exempt),
            ("Outside the scope of VAT", "No VAT", Kind::Outside),
            ("Domestic reverse charge, standard rate", "20.0% RC", Kind::ReverseCharge),
            ("EC goods zero-rated", "0.0% ECG", Kind::Goods),
            ("EC Services 20 %", "20.0% ECS", Kind::Services),
        ] {
            assert_eq!((kind(words), kind(code)), (Some(told), Some(told)), "{words} / {code}");
        }
    }

    #[test]
    fn a_letter_among_words_tells_nothing() {
        for name in ["California", "Group S", "Plan R & Z", "TAX", "S corporation 20 %", ""] {
            assert_eq!(kind(name), None, "{name}");
        }
    }

    #[test]
    fn the_rate_of_a_name_is_read_exactly() {
        let rates = ["20.0% RC", "charge 17.5 %", "0% Z", "8.25%", "7.125 %"].map(named_rate);
        assert_eq!(rates, [Some(2000), Some(1750), Some(0), Some(825), Some(712)]);
        for name in ["Exempt", "%", "a % b", "99999999999 %", "1.2.3 %"] {
            assert_eq!(named_rate(name), None, "{name}");
        }
    }
}
