//! What is believed of what is told.

use super::*;

fn read(body: &str, subject: Option<&str>, id: &str) -> Option<(String, String)> {
    let company = Pointers { id: id.to_owned(), name: "/org/name".to_owned() };
    let proof = Proof { address: String::new(), subject: subject.map(str::to_owned) };
    let told = OpenId::new(Client::new().unwrap(), company).read(body.as_bytes(), &proof)?;
    Some((told.id, told.name))
}

#[test]
fn id_and_name_are_read_where_the_pointers_say() {
    let body = r#"{"sub":"auth0|7","org":{"id":42,"name":" Harbour & Sons "}}"#;
    assert_eq!(read(body, None, "/org/id"), Some(("42".to_owned(), "Harbour & Sons".to_owned())));
    assert_eq!(read(r#"{"sub":"7"}"#, None, "/sub"), Some(("7".to_owned(), "7".to_owned())));
}

#[test]
fn what_names_nobody_is_refused() {
    for body in ["", "[]", "{}", r#"{"sub":""}"#, r#"{"sub":"a b"}"#, r#"{"sub":"é"}"#, r#"{"sub":true}"#] {
        assert_eq!(read(body, None, "/sub"), None, "{body}");
    }
    assert_eq!(read(&format!(r#"{{"sub":"{}"}}"#, "x".repeat(256)), None, "/sub"), None);
}

#[test]
fn oa_23_another_subject_than_the_id_token_names_is_refused() {
    let body = r#"{"sub":"mallory","org":{"id":"1"}}"#;
    assert!(read(body, Some("mallory"), "/org/id").is_some());
    assert_eq!(read(body, Some("ann"), "/org/id"), None);
    assert_eq!(read(r#"{"org":{"id":"1"}}"#, Some("ann"), "/org/id"), None);
}
