//! Dates and timestamps in every form that QuickBooks writes or that its clients send.

use time::{
    Date, OffsetDateTime, Time, UtcOffset,
    format_description::BorrowedFormatItem,
    macros::{format_description, time},
};

use crate::quickbooks::clock::in_california;

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const MINUTE: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]");
const SECOND: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]:[second]");
const FRACTION: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]:[second].[subsecond]");
const OFFSET: &[BorrowedFormatItem<'_>] = format_description!("[offset_hour sign:mandatory]:[offset_minute]");
const SHORT_OFFSET: &[BorrowedFormatItem<'_>] =
    format_description!("[offset_hour sign:mandatory][offset_minute]");

/// The instant of a date or a timestamp. A date is its first moment; without an offset, time is California's.
pub(crate) fn moment(text: &str) -> Option<OffsetDateTime> {
    let (day, rest) = match text.split_once(['T', 't']) {
        Some((day, rest)) => (Date::parse(day, DAY).ok()?, Some(rest)),
        None => (Date::parse(text, DAY).ok()?, None),
    };
    let Some(rest) = rest else { return Some(in_california(day.with_time(time!(0:00)))) };
    let (time, offset) = rest.find(['Z', 'z', '+', '-']).map_or((rest, ""), |at| rest.split_at(at));
    let local = day.with_time(time_of_day(time)?);
    match offset {
        "" => Some(in_california(local)),
        "Z" | "z" => Some(local.assume_utc()),
        _ => [OFFSET, SHORT_OFFSET]
            .iter()
            .find_map(|format| UtcOffset::parse(offset, format).ok())
            .map(|offset| local.assume_offset(offset)),
    }
}

fn time_of_day(text: &str) -> Option<Time> {
    [SECOND, FRACTION, MINUTE].iter().find_map(|format| Time::parse(text, format).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn every_form_of_a_timestamp_is_an_instant() {
        let noon = datetime!(2015-07-23 12:00 UTC);
        for text in [
            "2015-07-23T12:00:00Z",
            "2015-07-23T12:00:00.000Z",
            "2015-07-23T05:00:00-07:00",
            "2015-07-23T05:00:00-0700",
            "2015-07-23T05:00:00.00-07:00",
            "2015-07-23T17:30:00+05:30",
            "2015-07-23T05:00:00",
            "2015-07-23T05:00",
        ] {
            assert_eq!(moment(text), Some(noon), "{text}");
        }
    }

    #[test]
    fn a_date_begins_in_california() {
        assert_eq!(moment("2015-01-01"), Some(datetime!(2015-01-01 08:00 UTC)));
        assert_eq!(moment("2015-07-01"), Some(datetime!(2015-07-01 07:00 UTC)));
    }

    #[test]
    fn what_is_no_date_is_no_moment() {
        for text in
            ["", "2015", "2015-13-01", "2015-02-30", "2015-01-01T", "2015-01-01T25:00:00Z", "T", "20150101"]
        {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
