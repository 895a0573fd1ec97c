//! Pickers under a pointer, on a page that moves while it is down.

use std::time::Duration;

use e2e::pages::configuration;
use e2e::{Result, World};

use crate::states::at_overview;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_on_an_option_counts_though_the_page_moves_under_it() -> Result<()> {
    let world = World::start(Duration::ZERO).await?;
    let browser = at_overview(&world).await?;
    configuration::open(&browser).await?;
    configuration::press_option(&browser, "Sales", "Export Sales").await?;
    browser.script("document.querySelector('main').style.paddingBlockStart = '150px'").await?;
    configuration::let_go(&browser, (0, 0)).await?;
    configuration::shows(&browser, "Sales", "Export Sales").await?;

    // Who takes the pointer off the option first has thought better of it, and finds the list still open.
    configuration::press_option(&browser, "Cost of goods sold", "Cost of Goods Sold").await?;
    configuration::let_go(&browser, (0, -300)).await?;
    configuration::offered(&browser, "Cost of Goods Sold").await?;
    let field = browser.find_field("Cost of goods sold").await?;
    assert_eq!(field.attr("aria-expanded").await?.as_deref(), Some("true"));
    browser.close().await?;
    world.refuse_leaks()
}
