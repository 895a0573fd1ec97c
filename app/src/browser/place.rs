//! The address: path, query, history, and links that need no page load.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlAnchorElement, MouseEvent};

use super::{document, host, listen, window};

/// Where the store is: at the root of the address, or under the portal in whose page it is shown.
/// Nothing but this file knows of it.
fn base() -> String {
    host::portal().map(|portal| ["/embed/", &portal].concat()).unwrap_or_default()
}

/// The path as it stands, within the store.
pub fn path() -> Option<String> {
    let path = window()?.location().pathname().ok()?;
    Some(path.strip_prefix(&base()).unwrap_or(&path).to_owned())
}

/// The query as decoded pairs.
pub fn query() -> Option<Vec<(String, String)>> {
    let search = window()?.location().search().ok()?;
    let search = search.strip_prefix('?').unwrap_or(&search);
    let pair = |part: &str| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        Some((decoded(key)?, decoded(value)?))
    };
    let parts = search.split('&').filter(|part| !part.is_empty());
    Some(parts.filter_map(pair).collect())
}

fn decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    js_sys::decode_uri_component(&spaced).ok().map(String::from)
}

/// Path and query as one address.
pub fn address(path: &str, query: &[(String, String)]) -> String {
    let mut address = path.to_owned();
    for (place, (key, value)) in query.iter().enumerate() {
        address.push(if place == 0 { '?' } else { '&' });
        address.push_str(key);
        address.push('=');
        address.push_str(&String::from(js_sys::encode_uri_component(value)));
    }
    address
}

/// Whether an address becomes a step in the history or takes the place of the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Back leads to where we are now.
    New,
    /// Back leads to where it led before.
    Same,
}

/// Shows an address of ours without loading it.
pub fn show(address: &str, step: Step) -> Option<()> {
    let history = window()?.history().ok()?;
    let mut whole = base();
    // Under a portal the store's own place has no slash at its end.
    let bare = !whole.is_empty() && (address == "/" || address.starts_with("/?"));
    whole.push_str(if bare { &address[1..] } else { address });
    let shown = match step {
        Step::New => history.push_state_with_url(&JsValue::NULL, "", Some(&whole)),
        Step::Same => history.replace_state_with_url(&JsValue::NULL, "", Some(&whole)),
    };
    shown.ok()
}

/// Scrolls to the top.
pub fn scroll_to_top() -> Option<()> {
    window()?.scroll_to_with_x_and_y(0.0, 0.0);
    Some(())
}

/// Calls back when the visitor goes back or forth.
pub fn on_travel(mut travelled: impl FnMut() + 'static) -> Option<()> {
    listen(window()?.as_ref(), "popstate", move |_| travelled());
    Some(())
}

/// Hands plain clicks on links of ours to `follow` with path and query; all others stay with the
/// browser. `ours` says which paths belong to this program.
pub fn on_link(
    ours: impl Fn(&str) -> bool + 'static,
    mut follow: impl FnMut(String) + 'static,
) -> Option<()> {
    listen(document()?.as_ref(), "click", move |event| {
        let Some(click) = event.dyn_ref::<MouseEvent>() else {
            return;
        };
        let kept = click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key();
        if kept || click.button() != 0 || event.default_prevented() {
            return;
        }
        let Some(link) = link_under(click) else {
            return;
        };
        if is_plain(&link) && ours(&link.pathname()) {
            event.prevent_default();
            let mut address = link.pathname();
            address.push_str(&link.search());
            follow(address);
        }
    });
    Some(())
}

fn link_under(click: &MouseEvent) -> Option<HtmlAnchorElement> {
    let target: Element = click.target()?.dyn_into().ok()?;
    target.closest("a[href]").ok()??.dyn_into().ok()
}

/// Same origin, same window, no download, no place within the page.
fn is_plain(link: &HtmlAnchorElement) -> bool {
    let origin = window().and_then(|window| window.location().origin().ok());
    origin.is_some_and(|origin| origin == link.origin())
        && link.target().is_empty()
        && !link.has_attribute("download")
        && link.hash().is_empty()
}

/// The address of a socket at this path of our own host.
pub fn socket_address(path: &str) -> Option<String> {
    let location = window()?.location();
    let secure = location.protocol().ok()? == "https:";
    let mut address = String::from(if secure { "wss://" } else { "ws://" });
    address.push_str(&location.host().ok()?);
    address.push_str(path);
    Some(address)
}
