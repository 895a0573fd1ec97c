//! What lies on the disk: the database, the key ring, the browser program, entries of the catalogue.

use super::table::Section;
use super::{Assets, Catalogue, Keys, Storage};

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
