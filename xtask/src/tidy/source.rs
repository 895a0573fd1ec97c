//! A Rust file as the rules see it: comments and the insides of strings blanked out, line for
//! line, with the parts that are tests marked.

/// One Rust file.
pub(super) struct Source {
    /// Path from the repository's root, with `/`.
    pub(super) path: String,
    /// The lines as written.
    pub(super) raw: Vec<String>,
    /// The same lines with comments and the insides of strings as spaces.
    pub(super) code: Vec<String>,
    /// Whether a line belongs to a test.
    pub(super) test: Vec<bool>,
}

impl Source {
    /// Reads a file's text.
    pub(super) fn read(path: &str, text: &str) -> Self {
        let blanked = blank(text);
        let code: Vec<String> = blanked.lines().map(str::to_owned).collect();
        let all = is_test_file(path);
        let mut marks = vec![all; code.len()];
        for (first, last) in test_modules(&code) {
            marks[first..=last].fill(true);
        }
        Self { path: path.to_owned(), raw: text.lines().map(str::to_owned).collect(), code, test: marks }
    }

    /// Files of the modules that this one declares for tests alone: `#[cfg(test)] mod name;`.
    pub(super) fn test_files(&self) -> Vec<String> {
        let stem = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let folder = match stem.rsplit_once('/') {
            Some((folder, "lib" | "main")) => folder,
            _ => stem,
        };
        let starts = self.code.iter().enumerate().filter(|(_, line)| line.contains("#[cfg(test)]"));
        let items = starts.map(|(at, _)| self.code[at..=item_end(&self.code, at)].join(" "));
        let names = items.filter_map(|item| {
            let (_, rest) = item.split_once("mod ")?;
            rest.split_once(';').map(|(name, _)| name.trim().to_owned())
        });
        names.map(|name| format!("{folder}/{name}.rs")).collect()
    }

    /// Marks the whole file as a test.
    pub(super) fn mark_as_test(&mut self) {
        self.test.fill(true);
    }

    /// The crate's folder.
    pub(super) fn krate(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// The path below the crate's folder, for example `src/http/socket.rs`.
    pub(super) fn inside(&self) -> &str {
        self.path.split_once('/').map_or("", |(_, rest)| rest)
    }

    /// Numbered lines of code that are no tests.
    pub(super) fn product(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code.iter().zip(&self.test).enumerate();
        lines.filter(|(_, (_, test))| !**test).map(|(at, (line, _))| (at + 1, line.as_str()))
    }
}

fn is_test_file(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default();
    path.starts_with("e2e/") || path.contains("/tests/") || file == "tests.rs" || file.ends_with("_tests.rs")
}

/// First and last line of every item under `#[cfg(test)]`.
fn test_modules(code: &[String]) -> Vec<(usize, usize)> {
    let starts = code.iter().enumerate().filter(|(_, line)| line.contains("#[cfg(test)]"));
    starts.map(|(start, _)| (start, item_end(code, start))).collect()
}

/// The line on which the item that begins at `start` ends: its closing brace or its semicolon.
pub(super) fn item_end(code: &[String], start: usize) -> usize {
    let mut braces = 0_usize;
    let mut brackets = 0_usize;
    for (at, line) in code.iter().enumerate().skip(start) {
        for byte in line.bytes() {
            match byte {
                b'{' => braces += 1,
                b'(' | b'[' => brackets += 1,
                b')' | b']' => brackets = brackets.saturating_sub(1),
                b'}' => {
                    braces = braces.saturating_sub(1);
                    if braces == 0 {
                        return at;
                    }
                }
                b';' if braces == 0 && brackets == 0 => return at,
                _ => {}
            }
        }
    }
    code.len().saturating_sub(1)
}

/// The text with comments and the insides of strings and characters as spaces.
pub(super) fn blank(text: &str) -> String {
    let mut blanker = Blanker { rest: text, out: String::with_capacity(text.len()) };
    blanker.run();
    blanker.out
}

struct Blanker<'a> {
    rest: &'a str,
    out: String,
}

impl Blanker<'_> {
    fn run(&mut self) {
        while let Some(first) = self.rest.chars().next() {
            if self.rest.starts_with("//") {
                self.hide(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                self.hide(block_comment(self.rest));
            } else if let Some(hashes) = self.raw_string() {
                self.raw(hashes);
            } else if first == '"' {
                self.keep(1);
                self.hide(string_inside(self.rest));
                self.keep(1);
            } else if first == '\'' {
                self.quote();
            } else {
                self.keep(first.len_utf8());
            }
        }
    }

    fn keep(&mut self, length: usize) {
        let (kept, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.out.push_str(kept);
        self.rest = rest;
    }

    fn hide(&mut self, length: usize) {
        let (hidden, rest) = self.rest.split_at(length);
        self.out.extend(hidden.chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
        self.rest = rest;
    }

    /// How many hashes a raw string that begins here has.
    fn raw_string(&self) -> Option<usize> {
        let inside_a_word = self.out.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        let after = self.rest.strip_prefix("br").or_else(|| self.rest.strip_prefix('r'))?;
        let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
        (!inside_a_word && after[hashes..].starts_with('"')).then_some(hashes)
    }

    fn raw(&mut self, hashes: usize) {
        let open = self.rest.find('"').map_or(0, |at| at + 1);
        self.keep(open);
        let close = format!("\"{}", "#".repeat(hashes));
        self.hide(self.rest.find(&close).unwrap_or(self.rest.len()));
        self.keep(close.len());
    }

    /// A character or a lifetime.
    fn quote(&mut self) {
        let mut characters = self.rest.char_indices().skip(1);
        let (_, first) = characters.next().unwrap_or((0, ' '));
        let (second_at, second) = characters.next().unwrap_or((1, ' '));
        self.keep(1);
        if first == '\\' {
            let escape = 1 + self.rest[1..].chars().next().map_or(0, char::len_utf8);
            let close = self.rest[escape..].find('\'').map_or(self.rest.len(), |at| at + escape);
            self.hide(close);
            self.keep(1);
        } else if second == '\'' {
            self.hide(second_at - 1);
            self.keep(1);
        }
    }
}

/// Length of a block comment; they nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// Length of what is between a string's quotes.
fn string_inside(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_blanked_line_for_line() {
        let text = "let a = \"sqlx // no\"; // sqlx\n/* sqlx\n/* in */ sqlx */ let b = r#\"sqlx\"\"#;";
        let blanked = blank(text);
        assert!(!blanked.contains("sqlx"), "{blanked}");
        assert_eq!(blanked.lines().count(), text.lines().count());
        assert!(blanked.contains("let b = r#\""));
    }

    #[test]
    fn characters_are_no_strings_and_lifetimes_no_characters() {
        assert_eq!(blank("'\"' x"), "' ' x");
        assert_eq!(blank("'\\'' x"), "'  ' x");
        assert_eq!(blank("fn a<'a>(b: &'a str) {}"), "fn a<'a>(b: &'a str) {}");
        assert_eq!(blank("'é' \"é\" x"), "' ' \" \" x");
    }

    #[test]
    fn test_modules_are_marked_to_their_end() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n";
        let source = Source::read("server/src/a.rs", text);
        assert_eq!(source.test, [false, true, true, true, true, false]);
        let lines: Vec<_> = source.product().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 6]);
    }

    #[test]
    fn a_test_module_in_its_own_file_ends_at_its_semicolon() {
        let source = Source::read("server/src/a.rs", "#[cfg(test)]\nmod tests;\nfn c() {}\n");
        assert_eq!(source.test, [true, true, false]);
        assert_eq!(source.test_files(), ["server/src/a/tests.rs"]);
        assert!(Source::read("server/src/a/tests.rs", "fn d() {}").test[0]);
    }

    #[test]
    fn modules_for_tests_are_found_beside_the_crates_root() {
        let text =
            "mod a;\n#[cfg(test)]\npub(crate) mod fixture;\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        assert_eq!(Source::read("server/src/lib.rs", text).test_files(), ["server/src/fixture.rs"]);
    }
}
