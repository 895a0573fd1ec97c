//! Requests that two readers could cut apart in two ways (SE-09): refused, or answered once and the
//! connection closed, so that nothing after them is ever taken for a request.

use crate::raw::say;
use crate::world::World;

/// What stands behind a request, and must never be answered.
const SECOND: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

/// The statuses of all answers on one connection.
async fn statuses(world: &World, bytes: &str) -> Vec<u16> {
    let heard = say(world.running.address(), bytes.as_bytes()).await;
    let answers = heard.split("HTTP/1.1 ").skip(1);
    answers.map(|answer| answer[..3].parse().expect("a status")).collect()
}

fn head(fields: &str) -> String {
    format!("POST /api/v1/links HTTP/1.1\r\nHost: x\r\n{fields}\r\n")
}

#[tokio::test]
async fn se_09_what_breaks_the_grammar_is_refused_and_closed() {
    let world = World::start().await;
    let broken = [
        ("two lengths", head("Content-Length: 5\r\nContent-Length: 6\r\n")),
        ("a list of lengths", head("Content-Length: 5, 6\r\n")),
        ("the same length as a list", head("Content-Length: 5, 5\r\n")),
        ("a signed length", head("Content-Length: +5\r\n")),
        ("a negative length", head("Content-Length: -1\r\n")),
        ("a length in hexadecimal", head("Content-Length: 0x5\r\n")),
        ("a length beyond any", head("Content-Length: 99999999999999999999\r\n")),
        ("an unknown coding", head("Transfer-Encoding: xchunked\r\n")),
        ("chunked is not the last", head("Transfer-Encoding: chunked, identity\r\n")),
        ("two codings in two lines", head("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")),
        ("a coding under HTTP/1.0", head("Transfer-Encoding: chunked\r\n").replace("HTTP/1.1", "HTTP/1.0")),
        ("a space before the colon", head("Transfer-Encoding : chunked\r\n")),
        ("a tab before the coding's name", head("\tTransfer-Encoding: chunked\r\n")),
        ("a vertical tab in the coding", head("Transfer-Encoding: \u{b}chunked\r\n")),
        ("a folded line", head("X-Long: a\r\n b\r\n")),
        ("a folded coding", head("Transfer-Encoding:\r\n chunked\r\n")),
        ("a bare CR in a value", head("X-Odd: a\rTransfer-Encoding: chunked\r\n")),
        ("a bare CR behind a value", head("X-Odd: a\r\rContent-Length: 5\r\n")),
        ("a NUL in a value", head("X-Odd: a\0b\r\n")),
        ("a name with a space", head("X Odd: a\r\n")),
        ("a line without a colon", head("Nonsense\r\n")),
        ("a name that is empty", head(": a\r\n")),
        ("a version of another protocol", head("").replace("HTTP/1.1", "HTTP/9.9")),
        ("a space in the address", head("").replace("/links", "/links and more")),
    ];
    for (name, request) in broken {
        assert_eq!(statuses(&world, &format!("{request}{SECOND}")).await, [400], "{name}");
    }
    // Another protocol is not answered in this one.
    let preface = format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{SECOND}");
    assert_eq!(statuses(&world, &preface).await, [0_u16; 0]);
}

#[tokio::test]
async fn hd_06_what_is_no_http_gets_a_bare_answer() {
    let world = World::start().await;
    let heard = say(world.running.address(), b"nonsense\r\n\r\n").await;
    let (first, rest) = heard.split_once("\r\n").expect("a status line");
    assert_eq!(first, "HTTP/1.1 400 Bad Request");
    let fields: Vec<&str> = rest.trim_end().lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(fields, ["connection", "content-length", "date"], "the parser says no more");
    assert!(heard.ends_with("\r\n\r\n") && heard.contains("content-length: 0"), "{heard}");
}

#[tokio::test]
async fn se_09_a_length_beside_chunks_ends_the_connection() {
    let world = World::start().await;
    let both = [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    ];
    for fields in both {
        for body in ["0\r\n\r\n", "5c\r\n", "1\r\nZ\r\nQ\r\n\r\n"] {
            let request = format!("{}{body}{SECOND}", head(fields));
            let answers = statuses(&world, &request).await;
            assert!(answers.len() <= 1, "{fields:?} {body:?} got {answers:?}");
            assert!(answers.iter().all(|status| (400..500).contains(status)), "{answers:?}");
        }
    }
}

#[tokio::test]
async fn se_09_chunks_that_break_the_grammar_end_the_connection() {
    let world = World::start().await;
    for body in [
        "5\r\nab\r\n0\r\n\r\n",
        "-1\r\n\r\n",
        "0x5\r\nabcde\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\n",
        "5;\n=\r\nabcde\r\n",
    ] {
        let fields = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
            world.key
        );
        let answers = statuses(&world, &format!("{}{body}{SECOND}", head(&fields))).await;
        assert!(answers.len() <= 1, "{body:?} got {answers:?}");
        assert!(answers.iter().all(|status| (400..500).contains(status)), "{body:?} got {answers:?}");
    }
}

#[tokio::test]
async fn se_09_a_body_that_nobody_reads_is_never_a_request() {
    let world = World::start().await;
    let request = format!("{}{SECOND}", head(&format!("Content-Length: {}\r\n", SECOND.len())));
    let closing = format!("{request}GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answers = statuses(&world, &closing).await;
    assert!(answers == [401, 200] || answers == [401], "{answers:?}");
    let get =
        format!("GET /page.css HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{SECOND}", SECOND.len());
    let answers =
        statuses(&world, &format!("{get}GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
            .await;
    assert!(answers == [200, 404] || answers == [200], "{answers:?}");
}

#[tokio::test]
async fn se_09_a_line_end_without_cr_adds_no_answer() {
    let world = World::start().await;
    // RFC 9112, 2.2 lets a reader take a bare LF for a line's end; what counts is that the same
    // bytes are never two requests here and one elsewhere: a proxy in front refuses or repairs it.
    let smuggled =
        "GET /page.css HTTP/1.1\r\nHost: x\r\nX-Odd: a\nContent-Length: 40\r\nConnection: close\r\n\r\n";
    let answers = statuses(&world, &format!("{smuggled}{SECOND}")).await;
    assert!(answers.len() <= 1, "{answers:?}");
}
