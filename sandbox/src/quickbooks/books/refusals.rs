//! The faults of writing (facts 3.4), in Intuit's words. What facts leaves open is said beside the fault.

use crate::quickbooks::faults::Service;

fn refusal(code: &str, detail: String, element: &str) -> Service {
    Service { detail, element: Some(element.to_owned()), ..Service::of(code) }
}

/// A fault that facts does not list.
fn unlisted(code: &'static str, message: &'static str, detail: String, element: &str) -> Service {
    Service { code, message, ..refusal("6000", detail, element) }
}

/// 500: this is never done to this entity.
pub(crate) fn unsupported(operation: &str) -> Service {
    refusal("500", format!("Operation {operation} is not supported."), "Operation")
}

/// 2010: what was sent has a property that there is not, or is no object at all.
pub(crate) fn unknown_property() -> Service {
    Service::unreadable("json")
}

/// 2010: a property has a value that it cannot have, as a text where an address belongs. That Intuit names it is open.
pub(super) fn wrong_kind(element: &str) -> Service {
    Service { element: Some(element.to_owned()), ..unknown_property() }
}

/// 2020: something is needed and was not sent.
pub(crate) fn required(element: &str) -> Service {
    refusal("2020", format!("Required parameter {element} is missing in the request"), element)
}

/// 2040: the colon stands between parent and child, so that no name may have it (S).
pub(super) fn characters(element: &str, text: &str) -> Service {
    let message = "Invalid String. The String may contain unsupported or illegal chars";
    unlisted("2040", message, format!("Element contains invalid characters. {text}"), element)
}

/// 2050: a text is too long.
pub(super) fn length(element: &str, most: usize, sent: usize) -> Service {
    let detail = format!(
        "String length specified does not match the supported length. Min:0 Max:{most} supported. \
         Supplied length:{sent}"
    );
    refusal("2050", detail, element)
}

/// 2170: not one of the values that there are (M).
pub(super) fn enumeration(element: &str, value: &str) -> Service {
    unlisted("2170", "Invalid Enumeration", format!("Invalid Enumeration : {value}"), element)
}

/// 2500: nothing has the Id that was named.
pub(super) fn reference(element: &str) -> Service {
    refusal("2500", format!("Invalid Reference Id : {element}"), element)
}

/// 2500 as well: what has the Id is inactive.
pub(super) fn inactive_reference() -> Service {
    Service::of("2500")
}

/// 5030 as well: the company's edition has no such list.
pub(super) fn not_in_edition(entity: &str, edition: &str) -> Service {
    let message = "Feature Not Supported Error";
    unlisted("5030", message, format!("{message} : {entity} is not available in {edition}."), entity)
}

/// 5010: somebody wrote in between.
pub(super) fn stale() -> Service {
    Service::of("5010")
}

/// 5030: the company's preferences have the list switched off. Facts leaves the fault open.
pub(super) fn switched_off(entity: &str) -> Service {
    let message = "Feature Not Supported Error";
    let detail = format!("{message} : {entity} is switched off in the company's preferences.");
    unlisted("5030", message, detail, entity)
}

/// 6000: something that only the business knows.
pub(crate) fn business(detail: &str) -> Service {
    refusal("6000", format!("Business Validation Error: {detail}"), "")
}

/// 6240: somebody has the name. For lists other than people Intuit says no more than `null`.
pub(super) fn duplicate(of_people: bool) -> Service {
    if of_people {
        return Service::of("6240");
    }
    refusal("6240", "The name supplied already exists. : null".to_owned(), "")
}
