//! What a customer does, over and over, and what was acknowledged to them meanwhile.

use protocol::ids::ImportId;
use protocol::import::{ImportState, List};
use protocol::message::{Answer, Intent, ServerMessage};
use protocol::schema::{Change, Draft, FieldValue};
use protocol::store::ConnectionState;
use sandbox::UK_COMPANY;
use url::Url;

use super::line::Line;
use super::proxy::Proxy;
use crate::quick::{qbo, result};

/// What the proxy has said is so.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    /// Connected, and not switched off after that.
    pub(crate) connected: bool,
    /// Switched off, and not connected after that.
    pub(crate) off: bool,
    /// The newest import that was told to be done, and the records that it read.
    pub(crate) imported: Option<(ImportId, u32)>,
    /// The newest version that was saved.
    pub(crate) version: u32,
}

/// A customer in the middle of it.
pub(crate) struct Story {
    cookie: Option<String>,
    turns: u32,
    saves: u32,
    pub(crate) acknowledged: Acknowledged,
}

impl Story {
    pub(crate) fn new() -> Self {
        Self { cookie: None, turns: 0, saves: 0, acknowledged: Acknowledged::default() }
    }

    /// Goes on with it until the proxy is gone.
    pub(crate) async fn until_it_dies(&mut self, proxy: &Proxy) {
        while self.turn(proxy).await.is_some() {}
    }

    /// Connects where that is needed, imports with a token that has just expired, saves; every third
    /// time switches off. None when the proxy is gone.
    pub(crate) async fn turn(&mut self, proxy: &Proxy) -> Option<()> {
        self.turns += 1;
        self.connected(proxy).await?;
        self.refreshed_import(proxy, vec![List::Terms]).await?;
        self.saves(proxy).await?;
        if self.turns.is_multiple_of(3) { self.switch_off(proxy).await } else { Some(()) }
    }

    pub(super) async fn line(&mut self, proxy: &Proxy) -> Option<Line> {
        if self.cookie.is_none() {
            self.cookie = Some(proxy.sign_in().await?);
        }
        Line::open(proxy, self.cookie.as_deref()?).await
    }

    /// A working connection, whose first import has ended.
    pub(crate) async fn connected(&mut self, proxy: &Proxy) -> Option<()> {
        let line = self.line(proxy).await?;
        let works = !matches!(
            line.connection().state,
            ConnectionState::Available
                | ConnectionState::Disconnected
                | ConnectionState::Authorizing { .. }
                | ConnectionState::ReconnectRequired { .. }
        );
        if !works {
            self.connect(proxy).await?;
        }
        let mut line = self.line(proxy).await?;
        self.import_ends(&mut line).await
    }

    pub(super) async fn connect(&mut self, proxy: &Proxy) -> Option<()> {
        let mut line = self.line(proxy).await?;
        let ticket = match line.ask(Intent::PrepareConnect { integration: qbo() }).await? {
            Ok(Answer::Ticket(ticket)) => ticket,
            other => panic!("no ticket: {other:?}"),
        };
        let cookie = self.cookie.clone()?;
        let post = proxy.http.post(proxy.at("/connect/quickbooks-online")).header("origin", proxy.at(""));
        let post = post.header("sec-fetch-site", "same-origin").header("cookie", &cookie);
        let answer = post.form(&[("ticket", ticket)]).send().await.ok()?;
        let set = answer.headers().get("set-cookie")?.to_str().expect("text").to_owned();
        let page = answer.text().await.ok()?;
        let (_, rest) = page.split_once("class=\"button\" href=\"").expect("a link");
        let authorize = rest.split_once('"').expect("its end").0.replace("&amp;", "&");
        let back: Url = sandbox::consent(&authorize, UK_COMPANY).await.expect("consent");
        let attempt = set.split(';').next().expect("a pair");
        // From here on it may be done, though nobody has heard of it.
        self.acknowledged.off = false;
        let called =
            proxy.http.get(back).header("cookie", format!("{cookie}; {attempt}")).send().await.ok()?;
        let location = called.headers().get("location")?.to_str().expect("text").to_owned();
        assert_eq!(result(&location), "connected");
        self.acknowledged.connected = true;
        Some(())
    }

    /// The import that may be running has ended.
    async fn import_ends(&mut self, line: &mut Line) -> Option<()> {
        let running = line.snapshot.imports.iter().find(|import| import.state == ImportState::Running);
        match running.map(|import| import.import) {
            Some(id) => self.ends(line, id).await,
            None => Some(()),
        }
    }

    async fn ends(&mut self, line: &mut Line, id: ImportId) -> Option<()> {
        let ended = line
            .until(|message| match message {
                ServerMessage::Import(import)
                    if import.import == id && import.state != ImportState::Running =>
                {
                    Some((import.state, import.lists.iter().map(|list| list.done).sum()))
                }
                _ => None,
            })
            .await?;
        if ended.0 == ImportState::Done {
            self.acknowledged.imported = Some((id, ended.1));
        }
        Some(())
    }

    /// An import whose first call meets an expired token, so that a refresh comes of it. The sign-in may
    /// be lost on the way: then it ends all the same.
    pub(crate) async fn refreshed_import(&mut self, proxy: &Proxy, lists: Vec<List>) -> Option<()> {
        let mut line = self.line(proxy).await?;
        proxy.sandbox.control().expire_access_tokens();
        match line.ask(Intent::StartImport { integration: qbo(), lists }).await? {
            Ok(Answer::Import(id)) => self.ends(&mut line, id).await,
            Ok(other) => panic!("no import: {other:?}"),
            // Nothing to be read: the sign-in was lost meanwhile.
            Err(_) => Some(()),
        }
    }

    /// Saves a change. None when the proxy is gone; false when it was refused.
    pub(crate) async fn saves(&mut self, proxy: &Proxy) -> Option<bool> {
        let mut line = self.line(proxy).await?;
        let opened = line.ask(Intent::OpenConfiguration { integration: qbo() }).await?;
        let Ok(Answer::Configuration(page)) = opened else { return Some(false) };
        self.saves += 1;
        let on = FieldValue::Switch(self.saves.is_multiple_of(2));
        let change = Change::Field { key: "prices-include-tax".to_owned(), value: Some(on) };
        let draft = Draft { base: page.version, changes: vec![change] };
        let answer = line.ask(Intent::SaveConfiguration { integration: qbo(), draft }).await?;
        if let Ok(Answer::Saved(saved)) = &answer {
            self.acknowledged.version = saved.version;
        }
        Some(answer.is_ok())
    }

    async fn switch_off(&mut self, proxy: &Proxy) -> Option<()> {
        let mut line = self.line(proxy).await?;
        self.acknowledged.connected = false;
        let answer = line.ask(Intent::Disconnect { integration: qbo() }).await?;
        self.acknowledged.off = answer.is_ok();
        Some(())
    }
}
