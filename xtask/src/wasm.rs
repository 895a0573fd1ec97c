//! Reads which crates' code a WebAssembly file carries, from its code and name sections.
//!
//! <https://webassembly.github.io/spec/core/binary/modules.html> and its appendix on the name section.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};

const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const CODE: u8 = 10;
const FUNCTION_NAMES: u8 = 1;

/// Bytes of code by crate; the names must not have been stripped.
pub(crate) fn code_by_crate(wasm: &[u8]) -> Result<BTreeMap<String, usize>> {
    let mut imported = 0;
    let mut bodies = Vec::new();
    let mut names = BTreeMap::new();
    let mut reader = Reader(wasm);
    if reader.take(8)? != b"\0asm\x01\0\0\0" {
        bail!("this is no WebAssembly file of version 1");
    }
    while !reader.0.is_empty() {
        let id = reader.byte()?;
        let mut section = reader.sized()?;
        match id {
            IMPORT => imported = imported_functions(&mut section)?,
            CODE => bodies = code_sizes(&mut section)?,
            CUSTOM if section.name()? == "name" => names = function_names(&mut section)?,
            _ => {}
        }
    }
    if names.is_empty() {
        bail!("the file carries no names");
    }
    let mut crates = BTreeMap::new();
    for (index, size) in bodies.iter().enumerate() {
        let name = names.get(&(imported + index)).map_or("", String::as_str);
        // wasm-bindgen runs these while it builds and takes them out.
        if name.contains("__wbindgen_describe") || name.contains("WasmDescribe") {
            continue;
        }
        *crates.entry(crate_of(name)).or_insert(0) += size;
    }
    Ok(crates)
}

/// The crate that a function's symbol belongs to: the first one that its name tells. That is the
/// type's of a method, and the trait's where the type is a parameter.
fn crate_of(symbol: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(symbol));
    let before = name.split_once("::").map_or("", |(before, _)| before);
    let of_a_word = |character: char| character.is_alphanumeric() || character == '_';
    let krate = before.rsplit(|character| !of_a_word(character)).next().unwrap_or_default();
    if krate.is_empty() { "(no crate)".to_owned() } else { krate.to_owned() }
}

fn imported_functions(section: &mut Reader<'_>) -> Result<usize> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        section.name()?;
        section.name()?;
        match section.byte()? {
            0 => {
                section.number()?;
                functions += 1;
            }
            1 => {
                section.byte()?;
                section.limits()?;
            }
            2 => section.limits()?,
            3 => {
                section.take(2)?;
            }
            4 => {
                section.byte()?;
                section.number()?;
            }
            kind => bail!("unknown kind of import: {kind}"),
        }
    }
    Ok(functions)
}

fn code_sizes(section: &mut Reader<'_>) -> Result<Vec<usize>> {
    let count = section.number()?;
    (0..count).map(|_| Ok(section.sized()?.0.len())).collect()
}

fn function_names(section: &mut Reader<'_>) -> Result<BTreeMap<usize, String>> {
    let mut names = BTreeMap::new();
    while !section.0.is_empty() {
        let id = section.byte()?;
        let mut part = section.sized()?;
        if id != FUNCTION_NAMES {
            continue;
        }
        for _ in 0..part.number()? {
            let index = part.number()?;
            names.insert(index, part.name()?.to_owned());
        }
    }
    Ok(names)
}

/// The rest of the bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).context("the file ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned number in LEB128.
    fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let byte = usize::from(self.byte()?);
            if shift > 28 {
                bail!("a number is longer than 32 bits");
            }
            number |= (byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        Ok(number)
    }

    fn sized(&mut self) -> Result<Self> {
        let length = self.number()?;
        Ok(Self(self.take(length)?))
    }

    fn name(&mut self) -> Result<&'a str> {
        Ok(std::str::from_utf8(self.sized()?.0)?)
    }

    fn limits(&mut self) -> Result<()> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![id, u8::try_from(body.len()).expect("a short section")];
        bytes.extend(body);
        bytes
    }

    #[test]
    fn code_is_counted_after_the_imports() {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend(section(IMPORT, b"\x01\x01m\x01f\x00\x00"));
        wasm.extend(section(CODE, b"\x02\x02\x00\x0b\x03\x00\x01\x0b"));
        wasm.extend(section(CUSTOM, b"\x04name\x01\x11\x02\x01\x06ours  \x02\x06app::a"));
        let crates = code_by_crate(&wasm).expect("a small file");
        assert_eq!(crates.get("(no crate)"), Some(&2));
        assert_eq!(crates.get("app"), Some(&3));
    }

    #[test]
    fn a_cut_file_is_refused() {
        assert!(code_by_crate(b"\0asm\x01\0\0\0\x0a\x05\x01").is_err());
        assert!(code_by_crate(b"not wasm at all").is_err());
    }

    #[test]
    fn symbols_belong_to_their_first_segment() {
        assert_eq!(crate_of("_ZN10serde_json2de10from_slice17h0123456789abcdefE"), "serde_json");
        assert_eq!(crate_of("<serde_json::Error as core::fmt::Display>::fmt"), "serde_json");
        assert_eq!(crate_of("<&mut F as tachys::view::Render>::build"), "tachys");
        assert_eq!(crate_of("memcpy"), "(no crate)");
    }
}
