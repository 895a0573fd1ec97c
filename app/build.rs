//! Turns the help articles under `public/help/` into elements and words, as constants of the
//! program.
//!
//! An article begins with `# Title`. A block between `::: step NAME` and `:::` is a step, whose
//! tick and button the program draws for the organisation. Raw HTML stays text.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use pulldown_cmark::{Event, HeadingLevel, Parser, TagEnd};

const SOURCES: &str = "../public/help";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed={SOURCES}");
    println!("cargo:rerun-if-env-changed=PATCHBAY_BUILD");
    let mut files: Vec<PathBuf> =
        fs::read_dir(SOURCES)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    let (mut articles, mut titles) = (String::new(), String::new());
    for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "md")) {
        let (article, title) = article(file)?;
        articles.push_str(&article);
        titles.push_str(&title);
    }
    let out = env::var_os("OUT_DIR").ok_or_else(|| wrong("cargo sets OUT_DIR"))?;
    let write = |name: &str, list: &str| fs::write(Path::new(&out).join(name), format!("&[\n{list}]"));
    write("articles.rs", &articles)?;
    write("titles.rs", &titles)
}

/// An article, and its title, as code.
fn article(file: &Path) -> io::Result<(String, String)> {
    let text = fs::read_to_string(file)?;
    let slug = file.file_stem().unwrap_or_default().to_string_lossy();
    let (title, body) = text
        .strip_prefix("# ")
        .and_then(|text| text.split_once('\n'))
        .ok_or_else(|| wrong(format!("{slug}: an article begins with \"# Title\"")))?;
    let mut parts = Vec::new();
    let mut rest = body;
    while let Some((before, step)) = rest.split_once("\n::: step ") {
        let (name, step) = step.split_once('\n').ok_or_else(|| wrong(format!("{slug}: an empty step")))?;
        let (inside, after) =
            step.split_once("\n:::\n").ok_or_else(|| wrong(format!("{slug}: step {name} has no end")))?;
        parts.extend(text_part(before));
        parts.push(format!("Part::Step(Step::{}, {})", name.trim(), pieces(inside)));
        rest = after;
    }
    parts.extend(text_part(rest));
    let parts = parts.join(", ");
    let article = format!("    Article {{ slug: {slug:?}, title: {title:?}, parts: &[{parts}] }},\n");
    Ok((article, format!("    ({slug:?}, {title:?}),\n")))
}

fn text_part(markdown: &str) -> Option<String> {
    let some = !markdown.trim().is_empty();
    some.then(|| format!("Part::Text({})", pieces(markdown)))
}

/// The pieces as code: elements with what is in them, and words. Raw HTML stays words.
fn pieces(markdown: &str) -> String {
    let mut open = vec![Vec::new()];
    for event in Parser::new(markdown) {
        match event {
            Event::Start(_) => open.push(Vec::new()),
            Event::End(end) => {
                let inside = open.pop().unwrap_or_default().join(", ");
                put(&mut open, format!("Piece::Within({:?}, &[{inside}])", element(end)));
            }
            Event::Text(words) | Event::Html(words) | Event::InlineHtml(words) => {
                put(&mut open, format!("Piece::Words({:?})", &*words));
            }
            Event::Code(words) => {
                put(&mut open, format!("Piece::Within(\"code\", &[Piece::Words({:?})])", &*words));
            }
            Event::SoftBreak | Event::HardBreak => put(&mut open, "Piece::Words(\" \")".to_owned()),
            _ => {}
        }
    }
    format!("&[{}]", open.pop().unwrap_or_default().join(", "))
}

fn put(open: &mut [Vec<String>], piece: String) {
    if let Some(inside) = open.last_mut() {
        inside.push(piece);
    }
}

fn element(end: TagEnd) -> &'static str {
    match end {
        TagEnd::Heading(HeadingLevel::H2) => "h2",
        TagEnd::Heading(_) => "h3",
        TagEnd::Strong => "strong",
        TagEnd::Emphasis => "em",
        TagEnd::List(true) => "ol",
        TagEnd::List(false) => "ul",
        TagEnd::Item => "li",
        TagEnd::Paragraph => "p",
        _ => "span",
    }
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}
