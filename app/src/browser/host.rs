//! The page that embeds the store, through what public/frame.js offers as `globalThis.patchbay`. At
//! top level there is none, and nothing is said to anybody.

use js_sys::{Date, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::{document, listen, window};
use crate::model::outward::{Detail, Outward};

/// The portal in whose page this is.
pub fn portal() -> Option<String> {
    document()?.document_element()?.get_attribute("data-portal")
}

/// Whether what is made for a portal's page stands in a window of its own.
pub fn is_alone() -> bool {
    let own = window();
    portal().is_some() && own.as_ref().is_some_and(|own| own.parent().ok().flatten().as_ref() == Some(own))
}

/// Takes the newest session token, if there is one that was not taken yet.
pub fn token() -> Option<String> {
    call("session", &JsValue::UNDEFINED, &JsValue::UNDEFINED)?.as_string()
}

/// Calls back when a token has come.
pub fn on_session(mut come: impl FnMut() + 'static) -> Option<()> {
    listen(window()?.as_ref(), "patchbay:session", move |_| come());
    Some(())
}

/// Says that the store is shown.
pub fn opened() -> Option<()> {
    call("say", &"opened".into(), &JsValue::UNDEFINED).map(drop)
}

/// Says what happened.
pub fn tell(news: &Outward) -> Option<()> {
    let (event, detail) = (Object::new(), Object::new());
    for (key, value) in &news.detail {
        set(&detail, key, &scripted(value))?;
    }
    set(&event, "name", &news.name.into())?;
    set(&event, "detail", &detail)?;
    call("say", &"event".into(), &event).map(drop)
}

#[expect(clippy::cast_precision_loss, reason = "counts and moments are below 2^53")]
fn scripted(value: &Detail) -> JsValue {
    match value {
        Detail::Words(words) => words.as_str().into(),
        Detail::Number(number) => (*number as f64).into(),
        Detail::Moment(at) => Date::new(&(*at as f64).into()).to_iso_string().into(),
    }
}

fn set(object: &Object, key: &str, value: &JsValue) -> Option<()> {
    Reflect::set(object, &key.into(), value).ok().map(drop)
}

fn call(name: &str, first: &JsValue, second: &JsValue) -> Option<JsValue> {
    let offer = Reflect::get(window()?.as_ref(), &"patchbay".into()).ok()?;
    let function: Function = Reflect::get(&offer, &name.into()).ok()?.dyn_into().ok()?;
    function.call2(&offer, first, second).ok()
}
