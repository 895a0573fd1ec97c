//! Decimal numbers of providers, read as text. Without floating point, which knows neither 8.875 nor 1e309.

/// Most digits before the point, and after it.
const DIGITS: usize = 12;

/// A JSON number, or a text with one, as the decimal that it is: the same digits, without a plus or quotes.
/// None for what is written with an exponent, is no number at all, or has absurdly many digits.
pub(crate) fn decimal(text: &str) -> Option<&str> {
    let text = text.trim().trim_matches('"');
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let good = |digits: &str| {
        (1..=DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    (good(whole) && good(part)).then_some(text)
}

/// A percentage ("7.1") in basis points (710), half a point rounded up. None for what is no such number,
/// or an absurd one.
pub(crate) fn basis_points(text: &str) -> Option<i64> {
    let text = decimal(text)?;
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() > 4 {
        return None;
    }
    let thousandths: i64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    let points = (whole.parse::<i64>().ok()? * 1000 + thousandths + 5) / 10;
    Some(if negative { -points } else { points })
}

/// A whole number within bounds, also where it is written with a fraction of nothing (`30.0`).
pub(crate) fn whole<T: TryFrom<u32>>(text: &str) -> Option<T> {
    let text = decimal(text)?;
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if part.bytes().any(|digit| digit != b'0') {
        return None;
    }
    T::try_from(whole.parse::<u32>().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn in_02_rates_are_exact_and_absurd_ones_are_none() {
        for (text, points) in [
            ("20", Some(2000)),
            ("7.1", Some(710)),
            ("8.875", Some(888)),
            ("-20.0", Some(-2000)),
            ("-0", Some(0)),
            ("\"5.25\"", Some(525)),
            ("1e309", None),
            ("NaN", None),
            ("9223372036854775808", None),
            ("", None),
            (".", None),
            ("1.", None),
        ] {
            assert_eq!(basis_points(text), points, "{text}");
        }
        assert_eq!(basis_points(&"9".repeat(10_000)), None);
    }

    #[test]
    fn in_02_a_decimal_keeps_its_digits() {
        for text in ["8.875", "-0", "0.10", "999999999999.999999999999"] {
            assert_eq!(decimal(text), Some(text));
        }
        for text in ["1e3", "0x10", "+1", "1,5", "٣", "1234567890123", "Infinity", "null"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_whole_and_within_bounds() {
        assert_eq!((whole::<u16>("30"), whole::<u16>("30.0")), (Some(30), Some(30)));
        for text in ["30.5", "-1", "65536", "4294967296", "1e1"] {
            assert_eq!(whole::<u16>(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn in_02_no_text_makes_a_number_panic(text in "\\PC{0,60}") {
            let _ = (basis_points(&text), whole::<u8>(&text));
        }

        #[test]
        fn two_decimals_are_exact(whole in 0i64..1000, part in 0i64..100) {
            prop_assert_eq!(basis_points(&format!("{whole}.{part:02}")), Some(whole * 100 + part));
        }
    }
}
