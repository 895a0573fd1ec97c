//! Times counted by hand: seconds since 1970 of the forms that the customers and the seeds have.

use std::ops::Range;

pub(super) fn seconds(text: &str) -> Option<i64> {
    let text = text.to_uppercase();
    let day = day(&text)?;
    if text.len() == 10 {
        return Some(day * 86400 - california(&text)?);
    }
    let time = number(&text, 11..13)? * 3600 + number(&text, 14..16)? * 60;
    let seconds = number(&text, 17..19).unwrap_or(0);
    let offset = match text[16..].find(['Z', '+', '-']).map(|at| &text[16 + at..]) {
        Some("Z") => 0,
        Some(offset) => ahead(offset)?,
        None => california(&text)?,
    };
    Some(day * 86400 + time + seconds - offset)
}

/// Days since 1970.
fn day(text: &str) -> Option<i64> {
    let (year, month, day) = (number(text, 0..4)?, number(text, 5..7)?, number(text, 8..10)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months = usize::try_from(month - 1).ok()?;
    if !(1..=*lengths.get(months)?).contains(&day) || [4, 7].iter().any(|at| text.as_bytes()[*at] != b'-') {
        return None;
    }
    let until = |year: i64| 365 * year + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
    Some(until(year) - until(1970) + lengths.iter().take(months).sum::<i64>() + day - 1)
}

fn number(text: &str, place: Range<usize>) -> Option<i64> {
    let digits = text.get(place)?;
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Seconds by which `+05:30` or `-0800` is ahead.
fn ahead(offset: &str) -> Option<i64> {
    let size = number(offset, 1..3)? * 3600 + number(&offset.replace(':', ""), 3..5)? * 60;
    Some(if offset.starts_with('-') { -size } else { size })
}

/// All times without an offset here are far from the days on which the clocks change.
fn california(text: &str) -> Option<i64> {
    Some(if (4..=10).contains(&number(text, 5..7)?) { -7 * 3600 } else { -8 * 3600 })
}
