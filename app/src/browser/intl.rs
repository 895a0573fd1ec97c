//! Numbers and dates in the visitor's own way, by the browser's `Intl`.

use js_sys::{Array, Date, Function, Intl, JsString, Object, Reflect};
use protocol::ids::Moment;
use wasm_bindgen::JsValue;

use super::document;

/// Milliseconds in the units in which ages are told.
const UNITS: [(u64, &str); 4] =
    [(86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second")];

#[expect(clippy::cast_precision_loss, reason = "counts and moments are below 2^53")]
fn number_value(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

fn options(pairs: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (key, value) in pairs {
        // Setting a property of an object of our own cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(key), &JsValue::from_str(value));
    }
    object
}

/// What the page around us asks for (public/frame.js lets only language tags through); none leaves it
/// to the browser.
fn locales() -> Array {
    let tag = document()
        .and_then(|page| page.document_element())
        .and_then(|root| root.get_attribute("data-locale"));
    tag.map_or_else(Array::new, |tag| Array::of1(&JsValue::from_str(&tag)))
}

fn date(moment: Moment) -> Date {
    Date::new(&number_value(moment.0))
}

fn formatted(format: &Function, value: &JsValue) -> String {
    let text = format.call1(&JsValue::UNDEFINED, value).ok();
    text.and_then(|text| text.as_string()).unwrap_or_default()
}

/// A text in small letters.
pub fn lower(text: &str) -> String {
    String::from(JsString::from(text).to_lower_case())
}

/// A count with separators, for example "12,345".
pub fn count(number: u64) -> String {
    let format = Intl::NumberFormat::new(&locales(), &Object::new()).format();
    formatted(&format, &number_value(number))
}

/// A day, for example "24 November 2026".
pub fn day(moment: Moment) -> String {
    let options = options(&[("dateStyle", "long")]);
    let format = Intl::DateTimeFormat::new(&locales(), &options).format();
    formatted(&format, &date(moment))
}

/// A day of the calendar that is written as YYYY-MM-DD, wherever the visitor is.
pub fn calendar_day(written: &str) -> String {
    let options = options(&[("dateStyle", "long"), ("timeZone", "UTC")]);
    let format = Intl::DateTimeFormat::new(&locales(), &options).format();
    formatted(&format, &Date::new(&JsValue::from_str(written)))
}

/// A day and a time, for example "24 Nov 2026, 14:05".
pub fn moment(moment: Moment) -> String {
    let options = options(&[("dateStyle", "medium"), ("timeStyle", "short")]);
    let format = Intl::DateTimeFormat::new(&locales(), &options).format();
    formatted(&format, &date(moment))
}

/// An age or a time to go, for example "2 hours ago" or "in 30 days".
pub fn relative(moment: Moment, now: u64) -> String {
    let past = moment.0 <= now;
    let distance = moment.0.abs_diff(now);
    let unit = UNITS.iter().find(|(length, _)| distance >= *length);
    // A day that has begun counts among those that are left, as it does in a date.
    let units = |length: u64| if past { distance / length } else { distance.div_ceil(length) };
    let (number, name) = unit.map_or((0, "second"), |(length, name)| (units(*length), *name));
    // Seconds tick faster than the screen is drawn: "now" until the first minute is over.
    let number = if name == "second" { 0 } else { number };
    let options = options(&[("numeric", "auto")]);
    let format = Intl::RelativeTimeFormat::new(&locales(), &options);
    let signed = i32::try_from(number).unwrap_or(i32::MAX);
    let signed = f64::from(if past { -signed } else { signed });
    String::from(format.format(signed, name))
}

/// The moment as a machine reads it, for `<time datetime>`.
pub fn machine(moment: Moment) -> String {
    String::from(date(moment).to_iso_string())
}
