//! The browser program: its document at every address of the store, its files under their own names,
//! as brotli or gzip where the build made them. From the binary (feature `bundle`) or from a folder.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::page;
use super::routes::{Methods, Routes};

static BUNDLE: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/bundle.rs"));

/// One file in each encoding there is.
struct Asset {
    identity: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
    kind: &'static str,
    tag: HeaderValue,
    forever: bool,
}

/// Every file of the browser program, in memory.
#[derive(Clone, Default)]
pub(crate) struct Assets {
    files: Arc<HashMap<String, Asset>>,
}

impl Assets {
    /// From a folder when one is configured, else from the binary.
    pub(crate) fn load(dir: Option<&Path>) -> std::io::Result<Self> {
        let mut raw = HashMap::new();
        match dir {
            Some(dir) => gather(dir, dir, &mut raw)?,
            None => {
                raw.extend(
                    BUNDLE.iter().map(|(name, bytes)| ((*name).to_owned(), Bytes::from_static(bytes))),
                );
            }
        }
        let names: Vec<String> = raw.keys().filter(|name| !is_encoded(name)).cloned().collect();
        let files = names.into_iter().filter_map(|name| {
            let identity = raw.get(&name)?.clone();
            let encoded = |ending: &str| raw.get(&format!("{name}.{ending}")).cloned();
            let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&identity));
            let asset = Asset {
                kind: kind(&name),
                tag: HeaderValue::try_from(format!("\"{}\"", &hash[..22])).ok()?,
                forever: is_hashed(&name),
                brotli: encoded("br"),
                gzip: encoded("gz"),
                identity,
            };
            Some((format!("/{name}"), asset))
        });
        Ok(Self { files: Arc::new(files.collect()) })
    }

    /// The hashes of the document's inline styles, as CSP writes them.
    pub(crate) fn style_hashes(&self) -> Vec<String> {
        let Some(document) = self.files.get("/index.html") else { return Vec::new() };
        let text = String::from_utf8_lossy(&document.identity);
        text.split("<style")
            .skip(1)
            .filter_map(|part| part.split_once('>')?.1.split_once("</style>"))
            .map(|(style, _)| format!("sha256-{}", STANDARD.encode(Sha256::digest(style.as_bytes()))))
            .collect()
    }

    /// The store's document as a text, for those who add to it.
    pub(crate) fn document(&self) -> Option<String> {
        let document = self.files.get("/index.html")?;
        String::from_utf8(document.identity.to_vec()).ok()
    }

    fn answer(&self, path: &str, asked: &HeaderMap) -> Option<Response> {
        let asset = self.files.get(path)?;
        if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known == asset.tag) {
            return Some((StatusCode::NOT_MODIFIED, [(header::ETAG, asset.tag.clone())]).into_response());
        }
        let (body, encoding) = asset.choose(asked);
        let mut answer = body.clone().into_response();
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
        headers.insert(header::ETAG, asset.tag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let cache = if asset.forever { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        Some(answer)
    }
}

impl Asset {
    fn choose(&self, asked: &HeaderMap) -> (&Bytes, Option<&'static str>) {
        match (&self.brotli, &self.gzip) {
            (Some(body), _) if accepts(asked, "br") => (body, Some("br")),
            (_, Some(body)) if accepts(asked, "gzip") => (body, Some("gzip")),
            _ => (&self.identity, None),
        }
    }
}

/// Whether a coding is named and not refused with `q=0` (RFC 9110, 12.5.3).
fn accepts(asked: &HeaderMap, coding: &str) -> bool {
    let lists = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|entry| {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case(coding) && !refused
    })
}

fn gather(top: &Path, folder: &Path, files: &mut HashMap<String, Bytes>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(top, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(top) {
            files.insert(name.to_string_lossy().replace('\\', "/"), std::fs::read(&path)?.into());
        }
    }
    Ok(())
}

fn is_encoded(name: &str) -> bool {
    ending(name).is_some_and(|ending| matches!(ending, "br" | "gz"))
}

fn ending(name: &str) -> Option<&str> {
    Path::new(name).extension()?.to_str()
}

fn kind(name: &str) -> &'static str {
    match ending(name) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json") => "application/json",
        Some("md" | "txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The build puts 16 hexadecimal digits of a file's hash after a dash into its name.
fn is_hashed(name: &str) -> bool {
    name.split('-')
        .skip(1)
        .any(|part| part.len() >= 16 && part.as_bytes()[..16].iter().all(u8::is_ascii_hexdigit))
}

/// The document at the store's addresses, files at theirs; anything else is not there.
pub(crate) fn routes(assets: Assets) -> Routes {
    let document = Methods::get_with(document, assets.clone());
    Routes::new()
        .route("/", document.clone())
        .route("/integrations/{*rest}", document.clone())
        .route("/help/{*rest}", document)
        .fallback_get(file, assets)
}

async fn document(State(assets): State<Assets>, asked: HeaderMap) -> Response {
    let Some(mut answer) = assets.answer("/index.html", &asked) else {
        return page::not_found().into_response();
    };
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The store's own forms must be able to name their origin, see `guard::own_page`.
    answer.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    answer
}

async fn file(State(assets): State<Assets>, uri: Uri, asked: HeaderMap) -> Response {
    let found = (uri.path() != "/index.html").then(|| assets.answer(uri.path(), &asked)).flatten();
    match found {
        Some(answer) => answer,
        None => page::not_found().into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(encodings: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(encodings))])
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        write("index.html", "<style>a{}</style><style media=print>b{}</style>");
        write("app-0123456789abcdef_bg.wasm", "wasm");
        write("app-0123456789abcdef_bg.wasm.br", "br");
        write("favicon.svg", "<svg/>");
        folder
    }

    #[test]
    fn brotli_is_sent_to_those_who_take_it() {
        let folder = folder();
        let assets = Assets::load(Some(folder.path())).expect("loaded");
        let coding = |list| {
            let answer = assets.answer("/app-0123456789abcdef_bg.wasm", &asked(list)).expect("there");
            answer.headers().get(header::CONTENT_ENCODING).cloned()
        };
        assert_eq!(coding("gzip, br"), Some(HeaderValue::from_static("br")));
        assert_eq!(coding("br;q=0, gzip"), None);
        assert_eq!(coding("identity"), None);
    }

    #[test]
    fn only_hashed_names_are_kept_forever() {
        let folder = folder();
        let assets = Assets::load(Some(folder.path())).expect("loaded");
        let cache = |path| {
            let answer = assets.answer(path, &HeaderMap::new()).expect("there");
            answer.headers()[header::CACHE_CONTROL].to_str().expect("text").to_owned()
        };
        assert!(cache("/app-0123456789abcdef_bg.wasm").contains("immutable"));
        assert_eq!(cache("/favicon.svg"), "no-cache");
    }

    #[test]
    fn every_inline_style_has_its_hash() {
        let folder = folder();
        let hashes = Assets::load(Some(folder.path())).expect("loaded").style_hashes();
        let expected = |style: &str| format!("sha256-{}", STANDARD.encode(Sha256::digest(style)));
        assert_eq!(hashes, [expected("a{}"), expected("b{}")]);
    }
}
