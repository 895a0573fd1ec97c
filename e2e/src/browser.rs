//! A browser window, read as assistive technology reads it: by role and name.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use http::Method;
use serde_json::{Value, json};
use thirtyfour::common::command::{Command, ExtensionCommand};
use thirtyfour::{By, ChromeCapabilities, ChromiumLikeCapabilities as _, WebDriver, WebElement};

use crate::clock::until;
use crate::driver::Driver;

/// One Chromium with a fresh profile.
pub struct Browser {
    /// The WebDriver session, for page objects.
    pub web: WebDriver,
    _profile: tempfile::TempDir,
}

/// Where candidates of a role are found; the browser itself then says their role and name.
fn candidates(role: &str) -> &'static str {
    match role {
        "button" => "button,[role=button],summary",
        "link" => "a[href],[role=link]",
        "switch" => "[role=switch]",
        "heading" => "h1,h2,h3,h4,[role=heading]",
        "progressbar" => "progress,[role=progressbar]",
        "textbox" | "searchbox" => "input,textarea",
        "combobox" => "[role=combobox],select",
        "option" => "[role=option],option",
        "radio" => "input[type=radio],[role=radio]",
        "checkbox" => "input[type=checkbox],[role=checkbox]",
        "tab" => "[role=tab]",
        "dialog" => "dialog[open],[role=dialog]",
        "row" => "tr,[role=row]",
        "status" => "[role=status],output",
        "alert" => "[role=alert]",
        "region" => "section,[role=region]",
        "article" => "article,[role=article]",
        _ => "*",
    }
}

impl Browser {
    /// Opens a window of so many CSS pixels, with all frames in one process: the driver reads roles and
    /// names only of what is in the process of the page around it.
    pub async fn open(driver: &Driver, width: u32, height: u32) -> Result<Self> {
        let together =
            ["--disable-site-isolation-trials", "--disable-features=IsolateOrigins,site-per-process"];
        Self::start(driver, (width, height), &together).await
    }

    /// Opens a window in which each site has a process of its own, as at a visitor's.
    pub async fn isolated(driver: &Driver, width: u32, height: u32) -> Result<Self> {
        Self::start(driver, (width, height), &["--site-per-process"]).await
    }

    async fn start(driver: &Driver, (width, height): (u32, u32), processes: &[&str]) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut wanted = ChromeCapabilities::new();
        for flag in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ]
        .iter()
        .chain(processes)
        {
            wanted.add_arg(flag)?;
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display()))?;
        wanted.add_arg(&format!("--window-size={width},{height}"))?;
        // EM-07: nothing of ours may need a cookie of another site's page.
        wanted.add_experimental_option("prefs", json!({ "profile.cookie_controls_mode": 1 }))?;
        wanted.as_mut().set("goog:loggingPrefs", json!({ "browser": "ALL" }))?;
        // WebDriver's client takes what is there; another part of the process may have chosen one already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let web = WebDriver::new(driver.url(), wanted).await.context("Chromium starts")?;
        Ok(Self { web, _profile: profile })
    }

    /// Goes to an address.
    pub async fn visit(&self, address: &str) -> Result<()> {
        self.web.goto(address).await.with_context(|| format!("visit {address}"))
    }

    /// Waits for the one visible element of this role and accessible name.
    pub async fn find(&self, role: &str, name: &str) -> Result<WebElement> {
        let found = until(&format!("the {role} {name:?}"), async || self.look(role, name).await).await;
        self.explain(found).await
    }

    /// The combobox, text box or choice whose label begins so; required fields say it in their label.
    pub async fn find_field(&self, label: &str) -> Result<WebElement> {
        until(&format!("the field {label:?}"), async || {
            for element in self.web.find_all(By::Css("[role=combobox],select,input,textarea")).await? {
                let name = self.computed(&element, "computedlabel").await?;
                let rest = name.strip_prefix(label);
                if rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
                    && element.is_displayed().await?
                {
                    return Ok(Some(element));
                }
            }
            Ok(None)
        })
        .await
    }

    /// The first visible element of this role and accessible name at this moment.
    pub async fn look(&self, role: &str, name: &str) -> Result<Option<WebElement>> {
        for element in self.web.find_all(By::Css(candidates(role))).await? {
            if self.is(&element, role, name).await.unwrap_or(false) {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    async fn is(&self, element: &WebElement, role: &str, name: &str) -> Result<bool> {
        if self.computed(element, "computedlabel").await? != name || !element.is_displayed().await? {
            return Ok(false);
        }
        let found = self.computed(element, "computedrole").await?;
        Ok(found == role || (role == "textbox" && found == "searchbox"))
    }

    /// What the browser's accessibility tree says of an element: `computedrole` or `computedlabel`.
    pub async fn computed(&self, element: &WebElement, what: &'static str) -> Result<String> {
        let command = Computed { path: format!("/element/{}/{what}", element.element_id()) };
        let answer = self.web.handle().cmd(Command::ExtensionCommand(Box::new(command))).await?;
        Ok(answer.value::<String>()?)
    }

    /// Presses what has this role and name.
    pub async fn press(&self, role: &str, name: &str) -> Result<()> {
        let pressed = until(&format!("pressing the {role} {name:?}"), async || {
            let Some(element) = self.look(role, name).await? else { return Ok(None) };
            element.scroll_into_view().await?;
            element.click().await?;
            Ok(Some(()))
        })
        .await;
        self.explain(pressed).await
    }

    /// A failure, with what was on the screen.
    pub async fn explain<T>(&self, result: Result<T>) -> Result<T> {
        let Err(error) = result else { return result };
        if std::env::var_os("PATCHBAY_KEEP").is_some() {
            self.picture(&std::env::temp_dir().join("patchbay-failed-flow.png")).await?;
        }
        let place = self.web.current_url().await.map(|url| url.path().to_owned()).unwrap_or_default();
        let text = self.text().await.unwrap_or_default();
        Err(error.context(format!("at {place} the page said: {text}")))
    }

    /// Waits until this text can be read on the page.
    pub async fn read(&self, text: &str) -> Result<()> {
        let read = until(&format!("the words {text:?}"), async || {
            Ok(self.text().await?.contains(text).then_some(()))
        })
        .await;
        self.explain(read).await
    }

    /// Waits until this text can be read on the page no longer.
    pub async fn lose(&self, text: &str) -> Result<()> {
        let lost = until(&format!("the words {text:?} to go"), async || {
            Ok((!self.text().await?.contains(text)).then_some(()))
        })
        .await;
        self.explain(lost).await
    }

    /// Everything that can be read on the page at this moment.
    pub async fn text(&self) -> Result<String> {
        Ok(self.web.find(By::Tag("body")).await?.text().await?)
    }

    /// Fails when this text can be read.
    pub async fn refuse(&self, text: &str) -> Result<()> {
        if self.text().await?.contains(text) {
            bail!("{text:?} must not be on the page");
        }
        Ok(())
    }

    /// Switches to the window that is not among `known`, once it is there.
    pub async fn follow_popup(&self, known: &[thirtyfour::WindowHandle]) -> Result<()> {
        let popup = until("a popup", async || {
            Ok(self.web.windows().await?.into_iter().find(|window| !known.contains(window)))
        })
        .await?;
        Ok(self.web.switch_to_window(popup).await?)
    }

    /// Runs a script and returns its value.
    pub async fn script(&self, script: &str) -> Result<Value> {
        Ok(self.web.execute(script, Vec::new()).await?.json().clone())
    }

    /// Plays a screen of this width, light or dark.
    pub async fn screen(&self, width: u32, height: u32, scheme: &str) -> Result<()> {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            // A picture in the middle of a transition shows neither scheme.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.devtools("Emulation.setEmulatedMedia", media).await?;
        // A frame to draw in the new scheme, and one to be sure that it was drawn.
        let drawn =
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.web.execute_async(drawn, Vec::new()).await?;
        Ok(())
    }

    /// Whether its person asked for less motion: `reduce` or `no-preference`.
    pub async fn prefer_motion(&self, preference: &str) -> Result<()> {
        let media = json!({ "features": [{ "name": "prefers-reduced-motion", "value": preference }] });
        self.devtools("Emulation.setEmulatedMedia", media).await.map(drop)
    }

    /// Throws away what the page holds no longer.
    pub async fn collect_garbage(&self) -> Result<()> {
        self.devtools("HeapProfiler.collectGarbage", json!({})).await.map(drop)
    }

    /// Keeps what is downloaded in a folder, without asking.
    pub async fn download_to(&self, folder: &Path) -> Result<()> {
        let params = json!({ "behavior": "allow", "downloadPath": folder });
        self.devtools("Browser.setDownloadBehavior", params).await.map(drop)
    }

    /// Gives a command to the browser's own tools, and what it answers.
    async fn devtools(&self, method: &str, params: Value) -> Result<Value> {
        let command = DevTools { body: json!({ "cmd": method, "params": params }) };
        let answer = self.web.handle().cmd(Command::ExtensionCommand(Box::new(command))).await?;
        Ok(answer.value()?)
    }

    /// What the page's process counts, by the names of Chromium's `Performance.getMetrics`.
    pub async fn metrics(&self) -> Result<HashMap<String, u64>> {
        self.devtools("Performance.enable", json!({})).await?;
        let answer = self.devtools("Performance.getMetrics", json!({})).await?;
        let all = answer["metrics"].as_array().context("metrics")?;
        // Counts and bytes are whole; times are left out.
        let whole = |one: &Value| Some((one["name"].as_str()?.to_owned(), one["value"].as_u64()?));
        Ok(all.iter().filter_map(whole).collect())
    }

    /// A picture of the window.
    pub async fn picture(&self, path: &Path) -> Result<()> {
        Ok(self.web.screenshot(path).await?)
    }

    /// What the page complained about: errors on the console, refused content.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let entries = self.web.get_log("browser").await?;
        Ok(entries
            .into_iter()
            .filter(|entry| entry.level == "SEVERE")
            .map(|entry| entry.message.clone())
            .collect())
    }

    /// Closes the browser.
    pub async fn close(self) -> Result<()> {
        Ok(self.web.quit().await?)
    }
}

#[derive(Debug)]
struct Computed {
    path: String,
}

impl ExtensionCommand for Computed {
    fn parameters_json(&self) -> Option<Value> {
        None
    }

    fn method(&self) -> Method {
        Method::GET
    }

    fn endpoint(&self) -> Arc<str> {
        self.path.as_str().into()
    }
}

#[derive(Debug)]
struct DevTools {
    body: Value,
}

impl ExtensionCommand for DevTools {
    fn parameters_json(&self) -> Option<Value> {
        Some(self.body.clone())
    }

    fn method(&self) -> Method {
        Method::POST
    }

    fn endpoint(&self) -> Arc<str> {
        "/goog/cdp/execute".into()
    }
}
