//! Where things are: the database, the key ring, the browser program and entries of the catalogue on
//! the disk, our own sandbox on the network.

use std::time::Duration;

use super::table::Section;
use super::{Assets, Catalogue, Keys, Sandbox, Storage};

pub(super) fn storage(mut section: Section<'_>) -> Option<Storage> {
    let path = section.needed_path("path", "the database's file");
    section.finish();
    path.map(|path| Storage { path })
}

pub(super) fn keys(mut section: Section<'_>) -> Option<Keys> {
    let file = section.needed_path("file", "the key ring's file, made on the first start");
    section.finish();
    file.map(|file| Keys { file })
}

pub(super) fn assets(mut section: Section<'_>) -> Assets {
    let dir = section.path("dir");
    if let Some(missing) = dir.as_ref().filter(|dir| !dir.join("index.html").is_file()) {
        section.tell("dir", &format!("has no index.html: {}. Build the store first.", missing.display()));
    }
    section.finish();
    Assets { dir }
}

pub(super) fn catalogue(mut section: Section<'_>) -> Catalogue {
    let dir = section.path("dir");
    if let Some(missing) = dir.as_ref().filter(|dir| !dir.is_dir()) {
        section.tell("dir", &format!("is no directory: {}", missing.display()));
    }
    section.finish();
    Catalogue { dir }
}

pub(super) fn sandbox(mut section: Section<'_>) -> Sandbox {
    let default = Sandbox::default();
    let listen = section.parse("listen", "an address and a port").unwrap_or(default.listen);
    let public_url = section.parse("public_url", "an origin");
    let latency = section.parse("latency_ms", "a number of milliseconds").map(Duration::from_millis);
    section.finish();
    Sandbox { listen, public_url, latency: latency.unwrap_or_default() }
}
