//! The store inside a page of another site: its frame stands in the shadow of the custom element.

use anyhow::Result;
use thirtyfour::By;

use crate::Browser;
use crate::clock::until;
use crate::framed::{becomes, frame_of};

/// Keeps what the page hears of its elements, from now on.
const LISTEN: &str = "
  window.told = [];
  for (const name of ['connected', 'import', 'configured', 'disconnected', 'error']) {
    document.addEventListener('patchbay:' + name, ({ detail }) => told.push({ name, ...detail }));
  }";

/// Listens to every element of the page.
pub async fn listen(browser: &Browser) -> Result<()> {
    browser.script(LISTEN).await.map(drop)
}

/// Waits until the page has been told of something: `what` is a condition on `one`.
pub async fn told(browser: &Browser, what: &str) -> Result<()> {
    leave(browser).await?;
    becomes(browser, &format!("told.some((one) => {what})")).await
}

/// Goes into the frame of the first element, once the store is open there.
pub async fn enter(browser: &Browser) -> Result<()> {
    until("the store in its frame", async || {
        browser.web.enter_default_frame().await?;
        let frame = browser.web.execute(format!("return {}", frame_of(0)), Vec::new()).await;
        let Ok(frame) = frame.and_then(thirtyfour::prelude::ScriptRet::element) else { return Ok(None) };
        frame.enter_frame().await?;
        let bell = browser.web.find_all(By::Css("button.bell")).await?;
        Ok((!bell.is_empty()).then_some(()))
    })
    .await
}

/// Comes back to the page around the frame.
pub async fn leave(browser: &Browser) -> Result<()> {
    Ok(browser.web.enter_default_frame().await?)
}

/// Waits until something in the frame stands whole in the page's window; ends in the frame.
pub async fn in_sight(browser: &Browser, selector: &str) -> Result<()> {
    let seen = until(&format!("{selector} in sight"), async || {
        enter(browser).await?;
        let place = format!(
            "const place = document.querySelector('{selector}')?.getBoundingClientRect();
             return place && [place.top, place.bottom]"
        );
        let Some(place) = browser.script(&place).await?.as_array().cloned() else { return Ok(None) };
        leave(browser).await?;
        let whole = format!(
            "const {{ top }} = {}.getBoundingClientRect();
             return {} + top >= 0 && {} + top <= innerHeight",
            frame_of(0),
            place[0],
            place[1]
        );
        let whole = browser.script(&whole).await? == true;
        enter(browser).await?;
        Ok(whole.then_some(()))
    })
    .await;
    browser.explain(seen).await
}
