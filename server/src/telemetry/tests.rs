//! Lines that somebody would like to break or to forge.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("paper").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const NASTY: &str = "/a\r\n{\"level\":\"ERROR\",\"message\":\"forged\"}\u{1b}[31m\u{2028}\" \\\" x";

/// What is written of two lines inside a request that has this text everywhere.
fn written(json: bool) -> Vec<String> {
    let paper = Paper::default();
    let copy = paper.clone();
    let log = Log { level: "trace".to_owned(), json };
    let subscriber = subscriber(&log, move || copy.clone()).expect("a level");
    tracing::subscriber::with_default(subscriber, || {
        let path = NASTY;
        let span = tracing::info_span!("request", request = "req-1", method = "GET", route = "/socket", path);
        span.in_scope(|| {
            tracing::warn!(name = NASTY, shown = %NASTY, count = 3, "{NASTY}");
            tracing::error!(level = "INFO", error = ?NASTY, "plain");
        });
    });
    let bytes = paper.0.lock().expect("paper").clone();
    String::from_utf8(bytes).expect("text").split('\n').map(str::to_owned).collect()
}

#[test]
fn in_08_a_text_line_is_one_line_and_bears_the_requests_id() {
    let lines = written(false);
    assert_eq!((lines.len(), lines[2].as_str()), (3, ""), "{lines:#?}");
    for line in &lines[..2] {
        assert!(line.contains("req-1") && line.contains("/socket"), "{line}");
        assert!(
            !line.contains(|character: char| character.is_control() || character == '\u{2028}'),
            "{line:?}"
        );
    }
}

#[test]
fn in_08_a_json_line_is_one_object_whose_own_names_are_not_forged() {
    let lines = written(true);
    assert_eq!((lines.len(), lines[2].as_str()), (3, ""), "{lines:#?}");
    let objects: Vec<serde_json::Value> =
        lines[..2].iter().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let [first, second] = objects.as_slice() else { panic!("two objects") };
    assert_eq!((&first["level"], &first["message"]), (&"WARN".into(), &NASTY.into()));
    assert_eq!((&first["name"], &first["path"], &first["count"]), (&NASTY.into(), &NASTY.into(), &3.into()));
    assert_eq!((&second["level"], &second["message"]), (&"ERROR".into(), &"plain".into()));
    for object in &objects {
        assert_eq!((&object["request"], &object["route"]), (&"req-1".into(), &"/socket".into()));
        assert_eq!(object["target"], "server::telemetry::tests");
        let time = object["timestamp"].as_str().expect("a time");
        assert!(time.ends_with('Z') && time.len() >= 20, "{time}");
    }
}

#[test]
fn a_level_that_is_none_is_told() {
    let log = Log { level: "server=loud".to_owned(), json: false };
    assert!(subscriber(&log, std::io::sink).err().is_some_and(|told| told.contains("server=loud")));
}
