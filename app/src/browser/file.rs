//! A file of our own making, given to the visitor as a download.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlElement, Url};

use super::document;

const CSV: &str = "text/csv; charset=utf-8";

/// Saves a table under a name, in UTF-8, where the browser keeps downloads.
pub fn save_csv(name: &str, text: &str) -> Option<()> {
    let kind = BlobPropertyBag::new();
    kind.set_type(CSV);
    let parts = Array::of1(&JsValue::from_str(text));
    let file = Blob::new_with_str_sequence_and_options(&parts, &kind).ok()?;
    let address = Url::create_object_url_with_blob(&file).ok()?;
    let link: HtmlElement = document()?.create_element("a").ok()?.dyn_into().ok()?;
    link.set_attribute("href", &address).ok()?;
    link.set_attribute("download", name).ok()?;
    link.click();
    // The browser has taken hold of the text by the click; the address would keep it for as long as the page lives.
    Url::revoke_object_url(&address).ok()
}
