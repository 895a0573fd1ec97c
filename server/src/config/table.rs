//! One table of the configuration, read key by key. Problems are collected, so that all of them can
//! be told at once; a key that nobody asked for is a problem too.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::peer::Network;

/// A table, what is left of it, and what was wrong so far.
pub(super) struct Section<'p> {
    name: String,
    left: Table,
    folder: &'p Path,
    problems: &'p mut Vec<String>,
}

impl<'p> Section<'p> {
    /// Takes a table under the name that its keys have in messages.
    pub(super) fn new(name: &str, left: Table, folder: &'p Path, problems: &'p mut Vec<String>) -> Self {
        Self { name: name.to_owned(), left, folder, problems }
    }

    /// A text; absent is no problem. Numbers and booleans count as their text, since the
    /// environment knows no others.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.left.remove(key)? {
            Value::String(text) => Some(text),
            Value::Integer(number) => Some(number.to_string()),
            Value::Boolean(truth) => Some(truth.to_string()),
            _ => {
                self.tell(key, "must be a text");
                None
            }
        }
    }

    /// Whether something stands there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.left.contains_key(key)
    }

    /// A text that must be there.
    pub(super) fn needed(&mut self, key: &str, what: &str) -> Option<String> {
        if !self.has(key) {
            self.tell(key, &format!("is missing; it is {what}"));
        }
        self.text(key)
    }

    /// A value of its own type; absent is no problem.
    pub(super) fn parse<T: std::str::FromStr>(&mut self, key: &str, what: &str) -> Option<T> {
        let text = self.text(key)?;
        let parsed = text.trim().parse().ok();
        if parsed.is_none() {
            self.tell(key, &format!("is {text:?}, which is not {what}"));
        }
        parsed
    }

    /// Texts in a list; the environment, which knows no lists, separates them by commas.
    pub(super) fn list(&mut self, key: &str) -> Vec<String> {
        let entries = match self.left.remove(key) {
            None => return Vec::new(),
            Some(Value::Array(entries)) => entries,
            Some(Value::String(text)) => text.split(',').map(|part| Value::String(part.to_owned())).collect(),
            Some(_) => vec![Value::Boolean(false)],
        };
        let texts = entries.iter().map(|entry| entry.as_str().map(|text| text.trim().to_owned()));
        texts.collect::<Option<_>>().unwrap_or_else(|| {
            self.tell(key, "must be a list of texts");
            Vec::new()
        })
    }

    /// Addresses and networks in a list.
    pub(super) fn networks(&mut self, key: &str) -> Vec<Network> {
        let mut networks = Vec::new();
        for text in self.list(key) {
            match text.parse::<Network>() {
                Ok(network) => networks.push(network),
                Err(problem) => self.tell(key, &format!("has {text:?}; {problem}")),
            }
        }
        networks
    }

    /// A path, relative to the configuration file's folder.
    pub(super) fn path(&mut self, key: &str) -> Option<PathBuf> {
        self.text(key).map(|text| self.folder.join(text))
    }

    /// A path that must be there.
    pub(super) fn needed_path(&mut self, key: &str, what: &str) -> Option<PathBuf> {
        self.needed(key, what).map(|text| self.folder.join(text))
    }

    /// Adds a problem with a key.
    pub(super) fn tell(&mut self, key: &str, problem: &str) {
        self.problems.push(format!("{}.{key} {problem}", self.name));
    }

    /// Ends reading: what is left was never asked for.
    pub(super) fn finish(self) {
        for key in self.left.keys() {
            self.problems.push(format!("{}.{key} is not a setting; check its spelling", self.name));
        }
    }
}
