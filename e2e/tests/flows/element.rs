//! The element in a page of its own: several at once, taken away and put back, as a dialog, its sizes
//! and its looks. Under a policy without inline styles and with COOP, as everything here.

use std::time::Duration;

use e2e::framed::{becomes, frame_of, inside, no_complaints};
use e2e::pages::widget;
use e2e::{Browser, Framed, Result, World};
use serde_json::{Value, json};

/// Gives each element that asks a token of its own, and keeps what was told.
const PAGE: &str = "
  window.told = [];
  let given = 0;
  addEventListener('patchbay:session-expiring', ({ target, detail }) => {
    told.push([target.id, detail.reason]);
    target.session = `tok_of_${target.id}_number_${++given}_0123456789`;
  });
  addEventListener('patchbay:connected', ({ target, detail }) => told.push([target.id, detail.company]));
";
const TWO: &str = "<patchbay-store id=\"a\" portal=\"demo\"></patchbay-store>\
                   <patchbay-store id=\"b\" portal=\"demo\" integration=\"quickbooks-online\" view=\"data\" height=\"400\"></patchbay-store>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_on_a_page_go_their_own_ways() -> Result<()> {
    let world = Framed::start().await?;
    let browser = world.open(TWO, PAGE).await?;
    becomes(&browser, "told.length === 2").await?;
    let (a, b) = (frame_of(0), frame_of(1));
    becomes(&browser, &format!("{a}.style.blockSize === '701px' && {b}.style.blockSize === '400px'")).await?;
    let source = browser.script(&format!("return [{a}.src, {b}.src]")).await?;
    let store = world.store_url();
    assert_eq!(
        source,
        json!([
            format!("{store}/embed/demo"),
            format!("{store}/embed/demo/integrations/quickbooks-online/data")
        ])
    );
    for (frame, id) in [(&a, "a"), (&b, "b")] {
        let token = inside(&browser, frame, "return patchbay.session()").await?.to_string();
        assert!(token.contains(&format!("tok_of_{id}_")), "{id}: {token}");
    }
    inside(&browser, &b, "patchbay.say('event', { name: 'connected', detail: { company: 'Acme' } })").await?;
    inside(&browser, &a, "patchbay.say('event', { name: 'made-up', detail: {} })").await?;
    becomes(&browser, "told.length === 3").await?;
    assert_eq!(browser.script("return told[2]").await?, json!(["b", "Acme"]));
    let parts = browser.script(&format!("return [{a}.title, {a}.allow, {a}.referrerPolicy]")).await?;
    assert_eq!(parts, json!(["Integration store", "clipboard-write", "no-referrer"]));
    no_complaints(&browser).await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taken_away_and_put_back_it_begins_anew_and_leaves_nothing() -> Result<()> {
    let world = Framed::start().await?;
    let browser = world.open(TWO, PAGE).await?;
    becomes(&browser, "told.length === 2").await?;
    browser.script("window.a = document.getElementById('a'); a.remove()").await?;
    assert_eq!(browser.script("return a.shadowRoot.childNodes.length").await?, 0);
    browser.script("document.body.prepend(a)").await?;
    becomes(&browser, "told.length === 3").await?;
    assert_eq!(browser.script("return told[2]").await?, json!(["a", "needed"]));
    let token = inside(&browser, &frame_of(0), "return patchbay.session()").await?.to_string();
    assert!(token.contains("number_3"), "{token}");
    assert_eq!(browser.script("return told.length").await?, 3, "its neighbour noticed nothing");

    // A frame that loads itself again asks again: what it had is gone with it.
    inside(&browser, &frame_of(1), "location.reload()").await?;
    becomes(&browser, "told.length === 4").await?;
    assert_eq!(browser.script("return told[3]").await?, json!(["b", "needed"]));

    // A hundred elements that were shown and are gone are gone from memory too.
    let shown = "window.gone = [];
        for (let at = 0; at < 100; at++) {
          const one = document.createElement('patchbay-store');
          one.setAttribute('portal', 'demo'); one.setAttribute('mode', at % 2 ? 'modal' : 'inline');
          document.body.append(one); one.open(); one.close(); one.remove(); gone.push(new WeakRef(one));
        }";
    browser.script(shown).await?;
    e2e::clock::until("the elements to be collected", async || {
        browser.collect_garbage().await?;
        let left = browser.script("return gone.filter((one) => one.deref()).length").await?;
        Ok((left == 0).then_some(()))
    })
    .await?;
    assert_eq!(browser.script("return document.querySelectorAll('iframe').length").await?, 0);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dialog_opens_closes_and_gives_the_focus_back() -> Result<()> {
    let world = Framed::start().await?;
    let script = [
        PAGE,
        "window.ended = 0;
         addEventListener('DOMContentLoaded', () => {
           const store = document.querySelector('patchbay-store');
           document.getElementById('go').onclick = () => store.open();
           store.addEventListener('close', () => ended++);
         });",
    ];
    let body = "<button id=\"go\">Open the books</button>\
        <patchbay-store id=\"m\" portal=\"demo\" mode=\"modal\" aria-label=\"Your books\"><span slot=\"close\">Done</span></patchbay-store>";
    let browser = world.open(body, &script.concat()).await?;
    let dialog = "document.querySelector('patchbay-store').shadowRoot.querySelector('dialog')";
    becomes(&browser, &format!("!!{dialog}")).await?;
    assert_eq!(browser.script("return document.querySelector('patchbay-store').offsetHeight ?? 0").await?, 0);

    browser.press("button", "Open the books").await?;
    becomes(&browser, "told.length === 1").await?;
    assert_eq!(
        browser.script(&format!("return {dialog}.matches(':modal') && {dialog}.ariaLabel")).await?,
        "Your books"
    );
    // Escape in the frame, with nothing open in there, closes the dialog around it.
    let escape = "document.querySelector('button').dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))";
    inside(&browser, &frame_of(0), &format!("document.querySelector('button').focus(); {escape}")).await?;
    becomes(&browser, "ended === 1").await?;
    assert_eq!(browser.script("return document.activeElement.id").await?, "go");
    assert_eq!(browser.script(&format!("return {dialog}.querySelectorAll('iframe').length")).await?, 0);

    // Escape in an open dialog of the frame is the frame's own business.
    browser.press("button", "Open the books").await?;
    becomes(&browser, "told.length === 2").await?;
    let own = format!(
        "const own = document.createElement('dialog'); document.body.append(own); own.showModal(); {escape}; own.close();"
    );
    inside(&browser, &frame_of(0), &own).await?;
    inside(
        &browser,
        &frame_of(0),
        "patchbay.say('event', { name: 'connected', detail: { company: 'Later' } })",
    )
    .await?;
    becomes(&browser, "told.length === 3").await?;
    assert_eq!(browser.script("return ended").await?, 1, "what came after the key found it open");

    // So it is in a search that is not empty yet.
    let search =
        "const field = Object.assign(document.createElement('input'), { type: 'search', value: 'tea' });
        document.body.append(field);
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
        field.remove();";
    inside(&browser, &frame_of(0), search).await?;
    inside(
        &browser,
        &frame_of(0),
        "patchbay.say('event', { name: 'connected', detail: { company: 'Sought' } })",
    )
    .await?;
    becomes(&browser, "told.length === 4").await?;
    assert_eq!(browser.script("return ended").await?, 1, "the search took the key");

    // The button closes it, by the words that the page gave it.
    browser.script(&format!("{dialog}.querySelector('button').click()")).await?;
    becomes(&browser, "ended === 2").await?;

    // So does whoever takes it away or makes another of it, and its name is the page's at any time.
    let store = "document.querySelector('patchbay-store')";
    browser.script(&format!("{store}.open(); {store}.setAttribute('aria-label', 'Books')")).await?;
    let names = browser.script(&format!("return [{dialog}.ariaLabel, {}.title]", frame_of(0))).await?;
    assert_eq!(names, json!(["Books", "Books"]));
    browser.script(&format!("{store}.setAttribute('view', 'data')")).await?;
    assert_eq!(browser.script("return ended").await?, 3);
    browser
        .script(&format!("const one = {store}; one.open(); one.remove(); document.body.append(one)"))
        .await?;
    assert_eq!(browser.script("return ended").await?, 4);
    no_complaints(&browser).await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_as_high_as_its_content_and_comes_to_rest() -> Result<()> {
    let world = Framed::start().await?;
    let script = "window.heights = [];
        addEventListener('message', ({ data }) => data.type === 'height' && heights.push(data.height));";
    let browser = world.open("<patchbay-store portal=\"demo\"></patchbay-store>", script).await?;
    let frame = frame_of(0);
    becomes(&browser, &format!("{frame}?.style.blockSize === '701px'")).await?;
    for (content, shown) in [("1500.2px", 1501), ("40px", 320), ("900px", 900)] {
        inside(&browser, &frame, &format!("document.getElementById('app').style.blockSize = '{content}'"))
            .await?;
        becomes(&browser, &format!("{frame}.offsetHeight === {shown}")).await?;
    }
    assert_eq!(
        browser.script("return heights").await?,
        json!([701, 1501, 40, 900]),
        "one message for each change"
    );

    let store = "document.querySelector('patchbay-store')";
    browser.script(&format!("{store}.setAttribute('height', '250')")).await?;
    assert_eq!(browser.script(&format!("return {frame}.offsetHeight")).await?, 250);
    becomes_inside(&browser, &frame, "document.documentElement.dataset.height === 'fixed'").await?;
    browser.script(&format!("{store}.setAttribute('height', 'auto')")).await?;
    assert_eq!(browser.script(&format!("return {frame}.offsetHeight")).await?, 900);
    no_complaints(&browser).await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_knows_what_of_it_is_in_sight() -> Result<()> {
    let world = Framed::start().await?;
    let browser = world.open("<patchbay-store portal=\"demo\"></patchbay-store>", "").await?;
    let frame = frame_of(0);
    becomes(&browser, &format!("!!{frame}")).await?;
    inside(&browser, &frame, "document.getElementById('app').style.blockSize = '3000px'").await?;
    becomes(&browser, &format!("{frame}.offsetHeight === 3000")).await?;
    browser.script("scrollTo(0, 1000)").await?;
    let seen = "parseFloat(document.documentElement.style.getPropertyValue('--seen-top'))";
    becomes_inside(&browser, &frame, &format!("{seen} > 950 && {seen} < 1050")).await?;
    let height = "parseFloat(document.documentElement.style.getPropertyValue('--seen'))";
    becomes_inside(&browser, &frame, &format!("{height} > 400 && {height} <= 800")).await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_sets_looks_and_nothing_but_looks() -> Result<()> {
    let world = Framed::start().await?;
    let script = "addEventListener('DOMContentLoaded', () => {
        const { style } = document.body;
        style.setProperty('--brand', 'light-dark(rgb(1, 2, 3), teal)');
        style.setProperty('--patchbay-accent', 'var(--brand)');
        style.setProperty('--patchbay-radius', 'url(http://evil.localhost/x)');
        style.setProperty('--patchbay-font', '\"Some Sans\", serif');
        style.setProperty('--patchbay-ground', 'red');
      });";
    let body = "<patchbay-store portal=\"demo\" theme=\"dark\" locale=\"de-AT\"></patchbay-store>";
    let browser = world.open(body, script).await?;
    let frame = frame_of(0);
    becomes(&browser, &format!("!!{frame}")).await?;
    becomes_inside(&browser, &frame, "document.documentElement.dataset.theme === 'dark'").await?;
    let looks = "const { style, dataset, lang } = document.documentElement;
        return [...style].sort().filter((name) => !name.startsWith('--seen')).map((name) => name + ': ' + style.getPropertyValue(name))
          .concat(dataset.locale, lang)";
    let expected =
        json!(["--accent: light-dark(rgb(1, 2, 3), teal)", "--font: \"Some Sans\", serif", "de-AT", "en"]);
    assert_eq!(inside(&browser, &frame, looks).await?, expected);
    browser.script("document.querySelector('patchbay-store').removeAttribute('theme')").await?;
    becomes_inside(&browser, &frame, "document.documentElement.dataset.theme === undefined").await?;
    // What is no language tag would be an error in every format.
    browser.script("document.querySelector('patchbay-store').setAttribute('locale', 'de-')").await?;
    becomes_inside(&browser, &frame, "document.documentElement.dataset.locale === undefined").await?;
    browser.close().await
}

/// Waits until a script of the frame says `true`.
async fn becomes_inside(browser: &Browser, frame: &str, expression: &str) -> Result<()> {
    e2e::clock::until(expression, async || {
        let said = inside(browser, frame, &format!("return ({expression})")).await?;
        Ok((said == true).then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_store_comes_to_rest_in_its_frame() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = Browser::open(&world.driver, 1000, 700).await?;
    browser.visit(&format!("{}/integrations", world.portal.url())).await?;
    let frame = frame_of(0);
    becomes(&browser, &format!("parseInt({frame}?.style.blockSize) > 0")).await?;
    // At rest: nothing has changed for a hundred frames, at three widths with and without a bar.
    for width in [1000, 700, 360] {
        browser.screen(width, 700, "light").await?;
        browser.visit(&format!("{}/integrations", world.portal.url())).await?;
        widget::enter(&browser).await?;
        widget::leave(&browser).await?;
        let watch = format!(
            "window.still = 0; window.steps = 0; let before = 0;
             const look = () => {{
               const now = {frame}.offsetHeight;
               still = now === before ? still + 1 : 0; before = now;
               if (++steps < 1000 && still < 100) requestAnimationFrame(look);
             }};
             look();"
        );
        browser.script(&watch).await?;
        becomes(&browser, "still >= 100").await?;
        assert_eq!(shift(&browser).await?, 0, "what stands around the store moved at {width}");
    }
    browser.close().await
}

/// How far the page's content moved since it was opened. The entry of the navigation is delivered
/// together with what was measured, so that there is an answer also where nothing moved.
async fn shift(browser: &Browser) -> Result<Value> {
    let watch = "window.moved = undefined;
        const watcher = new PerformanceObserver((list) => {
          const sum = list.getEntriesByType('layout-shift').reduce((sum, { value }) => sum + value, 0);
          moved = (window.moved ?? 0) + sum;
        });
        for (const type of ['layout-shift', 'navigation']) watcher.observe({ type, buffered: true });";
    browser.script(watch).await?;
    becomes(browser, "window.moved !== undefined").await?;
    browser.script("return moved").await
}
