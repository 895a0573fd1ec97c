//! The house measures: lengths, headers, `unwrap`, lint silences, names of files and tests.

use super::Finding;
use super::names::says;
use super::source::{Source, item_end};

const FILE_LINES: usize = 300;
const FILE_LINES_WITH_TESTS: usize = 400;
const HEADER_LINES: usize = 5;
const FUNCTION_LINES: usize = 80;
const COMPONENT_LINES: usize = 120;
/// A flow in a browser is one story; it may be told at a component's length.
const TEST_LINES: usize = 120;
const LINES_PER_EXPECT: usize = 1000;

/// Checks one file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Findings { source, found: Vec::new() };
    findings.header();
    findings.lengths();
    findings.file_name();
    findings.lines();
    findings.functions();
    findings.found
}

/// `expect` is for invariants, so there are few; too many are a finding of the whole.
pub(super) fn expects(sources: &[Source]) -> Option<Finding> {
    let product = || sources.iter().flat_map(|source| source.product().map(move |line| (source, line)));
    let expects: Vec<_> = product().filter(|(_, (_, code))| expects_something(code)).collect();
    let allowed = product().count().div_ceil(LINES_PER_EXPECT);
    if expects.len() <= allowed {
        return None;
    }
    let (source, (line, _)) = expects.last()?;
    let advice = format!(
        "{} `expect` outside tests, {allowed} allowed (one in {LINES_PER_EXPECT} lines): return an error instead",
        expects.len()
    );
    Some(Finding { file: source.path.clone(), line: *line, rule: "expect", advice })
}

struct Findings<'a> {
    source: &'a Source,
    found: Vec<Finding>,
}

impl Findings<'_> {
    fn add(&mut self, line: usize, rule: &'static str, advice: impl Into<String>) {
        let file = self.source.path.clone();
        self.found.push(Finding { file, line, rule, advice: advice.into() });
    }

    fn header(&mut self) {
        let lines = self.source.raw.iter().take_while(|line| line.starts_with("//!")).count();
        // The protocol's front page is where the handshake and the version rule are told.
        let most = if self.source.path == "protocol/src/lib.rs" { usize::MAX } else { HEADER_LINES };
        if lines == 0 || lines > most {
            self.add(
                1,
                "header",
                format!("begin the file with one to {HEADER_LINES} `//!` lines that say what it is for"),
            );
        }
    }

    fn lengths(&mut self) {
        let all = self.source.raw.len();
        let product = self.source.product().count();
        if product > FILE_LINES {
            self.add(
                FILE_LINES,
                "file length",
                format!("{product} lines outside tests, at most {FILE_LINES}: find the second room in it"),
            );
        } else if all > FILE_LINES_WITH_TESTS {
            self.add(FILE_LINES_WITH_TESTS, "file length", format!("{all} lines with tests, at most {FILE_LINES_WITH_TESTS}: move tests to a file of their own"));
        }
    }

    fn file_name(&mut self) {
        let nameless = ["utils", "util", "helpers", "helper", "common", "types", "misc"];
        for part in self.source.path.split('/') {
            let name = part.strip_suffix(".rs").unwrap_or(part);
            if nameless.contains(&name) {
                self.add(1, "names of modules", format!("`{name}` says nothing: name it by what it knows"));
            }
            if name == "mod" {
                self.add(1, "names of modules", "`mod.rs` is written `folder.rs` beside the folder");
            }
        }
    }

    fn lines(&mut self) {
        for at in 0..self.source.code.len() {
            let code = self.source.code[at].as_str();
            let test = self.source.test[at];
            if !test && (code.contains(".unwrap()") || code.contains(".unwrap_err()")) {
                self.add(at + 1, "unwrap", "return an error, or `expect` with the invariant as text");
            }
            if !test && expects_something(code) && !states_an_invariant(&self.source.raw[at..]) {
                self.add(at + 1, "expect", "state the invariant: why can this not fail?");
            }
            if code.contains("#[allow(") || code.contains("#![allow(") {
                self.add(at + 1, "lint silences", "use `#[expect(.., reason = \"..\")]`");
            }
            if (code.contains("#[expect(") || code.contains("#![expect("))
                && !has_reason(&self.source.code[at..])
            {
                self.add(at + 1, "lint silences", "give a reason: `#[expect(.., reason = \"..\")]`");
            }
            if code.contains("#[ignore") {
                self.add(
                    at + 1,
                    "ignored test",
                    "a test runs or goes; long ones belong to `cargo xtask deep`",
                );
            }
        }
    }

    fn functions(&mut self) {
        for at in 0..self.source.code.len() {
            let Some(name) = function_name(&self.source.code[at]) else {
                continue;
            };
            let name = name.to_owned();
            let end = item_end(&self.source.code, at);
            let attributes = self.attributes(at);
            let body = &self.source.code[at..=end];
            let lines = body.iter().filter(|line| !line.trim().is_empty()).count();
            let most = if self.source.test[at] {
                TEST_LINES
            } else if attributes.contains("#[component") {
                COMPONENT_LINES
            } else {
                FUNCTION_LINES
            };
            let sleeps = body.iter().position(|line| says(line, "sleep") && line.contains("sleep("));
            if lines > most {
                self.add(at + 1, "function length", format!("`{name}` has {lines} lines, at most {most}"));
            }
            if attributes.contains("test]") || attributes.contains("test(") {
                if name.split('_').count() < 3 {
                    self.add(
                        at + 1,
                        "names of tests",
                        format!("`{name}` is no sentence: what is so when it passes?"),
                    );
                }
                if let Some(sleep) = sleeps {
                    self.add(at + sleep + 1, "sleep in a test", "wait for the condition, with a bound");
                }
            }
        }
    }

    /// The attributes right above a function, as one text.
    fn attributes(&self, function: usize) -> String {
        let above = self.source.code[..function].iter().rev();
        let own = self.source.code[function].trim_start();
        let lines = above.take_while(|line| {
            let line = line.trim();
            line.starts_with('#') || (line.is_empty() && own.len() > 1) || line.ends_with(")]")
        });
        lines.map(|line| line.trim()).collect::<Vec<_>>().join(" ")
    }
}

/// The name in `fn name`, when a line has one.
fn function_name(code: &str) -> Option<&str> {
    let at = code.find("fn ")?;
    let before = code[..at].bytes().next_back();
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let rest = &code[at + 3..];
    let end = rest.find(|character: char| !character.is_alphanumeric() && character != '_')?;
    (end > 0).then_some(&rest[..end])
}

/// Whether a line unwraps by `expect`; a parser's own `self.expect` is something else.
fn expects_something(code: &str) -> bool {
    code.match_indices(".expect(").any(|(at, _)| !code[..at].ends_with("self"))
}

fn states_an_invariant(raw: &[String]) -> bool {
    let text = raw.iter().take(3).map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let message = text.split_once(".expect(").map_or("", |(_, rest)| rest.trim_start());
    let words = message.strip_prefix('"').and_then(|rest| rest.split('"').next()).unwrap_or_default();
    words.split_whitespace().count() >= 3
}

fn has_reason(code: &[String]) -> bool {
    let mut text = String::new();
    for line in code {
        text.push_str(line);
        if line.contains(")]") {
            break;
        }
    }
    text.contains("reason")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        let found = check(&Source::read(path, &format!("//! A sample.\n{text}")));
        found.into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn a_file_says_what_it_is_for() {
        let headers = |text: &str| check(&Source::read("app/src/a.rs", text)).len();
        assert_eq!(headers("fn a() {}\n"), 1);
        assert_eq!(headers(&"//! Too much.\n".repeat(6)), 1);
        assert_eq!(headers("//! Right.\n"), 0);
    }

    #[test]
    fn unwrap_is_for_tests_alone() {
        assert_eq!(rules("server/src/a.rs", "fn a() { b().unwrap() }"), ["unwrap"]);
        assert!(rules("server/src/a.rs", "// .unwrap()\nfn a() { b(\".unwrap()\") }").is_empty());
        assert!(rules("server/tests/a.rs", "fn a() { b().unwrap() }").is_empty());
    }

    #[test]
    fn an_expect_states_its_invariant() {
        assert_eq!(rules("server/src/a.rs", "fn a() { b().expect(\"bad\") }"), ["expect"]);
        assert!(
            rules("server/src/a.rs", "fn a() { b().expect(\"the key was checked at start\") }").is_empty()
        );
    }

    #[test]
    fn a_parser_may_have_an_expect_of_its_own() {
        assert!(rules("sandbox/src/a.rs", "fn a(&mut self) { self.expect(hit)? }").is_empty());
    }

    #[test]
    fn silences_need_a_reason() {
        assert_eq!(rules("server/src/a.rs", "#[allow(dead_code)]\nfn a() {}"), ["lint silences"]);
        assert_eq!(rules("server/src/a.rs", "#[expect(dead_code)]\nfn a() {}"), ["lint silences"]);
        let told = "#[expect(\n    dead_code,\n    reason = \"why\"\n)]\nfn a() {}";
        assert!(rules("server/src/a.rs", told).is_empty());
    }

    #[test]
    fn long_functions_are_found_and_components_may_be_longer() {
        let body = "    b();\n".repeat(90);
        assert_eq!(rules("app/src/a.rs", &format!("fn a() {{\n{body}}}\n")), ["function length"]);
        assert!(rules("app/src/a.rs", &format!("#[component]\nfn A() {{\n{body}}}\n")).is_empty());
    }

    #[test]
    fn long_files_are_found() {
        assert_eq!(rules("app/src/a.rs", &"// A line.\n".repeat(301)), ["file length"]);
        assert!(rules("app/tests/a.rs", &"// A line.\n".repeat(398)).is_empty());
        assert_eq!(rules("app/tests/a.rs", &"// A line.\n".repeat(401)), ["file length"]);
    }

    #[test]
    fn modules_are_named_by_what_they_know() {
        assert_eq!(rules("server/src/utils.rs", ""), ["names of modules"]);
        assert_eq!(rules("server/src/store/mod.rs", ""), ["names of modules"]);
    }

    #[test]
    fn tests_are_sentences_that_do_not_sleep() {
        let test = |name: &str, body: &str| {
            rules("server/tests/a.rs", &format!("#[tokio::test]\nasync fn {name}() {{\n    {body}\n}}\n"))
        };
        assert_eq!(test("works", "b();"), ["names of tests"]);
        assert_eq!(test("a_code_is_taken_once", "sleep(SECOND).await;"), ["sleep in a test"]);
        assert!(test("a_code_is_taken_once", "b();").is_empty());
        assert_eq!(
            rules("server/tests/a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a_b_c() {}"),
            ["ignored test"]
        );
    }

    #[test]
    fn too_many_expects_are_one_finding() {
        let text = "//! A sample.\nfn a() { b().expect(\"this cannot ever fail\") }\n".to_owned();
        let one = [Source::read("server/src/a.rs", &text)];
        assert_eq!(expects(&one), None);
        let two = [Source::read("server/src/a.rs", &text.repeat(2))];
        assert!(expects(&two).is_some());
    }
}
