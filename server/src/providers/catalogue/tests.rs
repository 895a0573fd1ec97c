//! Entries as they are written, well and badly.

use super::*;

/// An entry as an operator would write it.
const GENERIC: &str = r#"
id = "ledgerly"
provider = "oidc"
name = "Ledgerly"
category = "Accounting"
summary = "Books."
description = ["Books."]
logo = "generic.svg"
access = ["Know which organisation it is"]
scopes = ["openid", "offline_access"]
[environments.production]
issuer = "https://login.ledgerly.example"
"#;

fn problems(text: &str) -> Vec<String> {
    let mut reading = Reading::default();
    reading.take("x.toml", text);
    reading.problems
}

#[test]
fn every_entry_can_be_read() {
    let catalogue = Catalogue::load().unwrap();
    let id = IntegrationId::new("quickbooks-online").unwrap();
    let entry = catalogue.integration(&id).unwrap();
    assert!(catalogue.provider(&id).is_some());
    assert!(entry.environments["local"].wants_origin());
    assert!(!entry.environments["production"].wants_origin());
    assert_eq!(catalogue.integrations().len(), 1);
}

#[test]
fn an_unknown_key_is_refused() {
    let text = ENTRIES[0].1.replacen("name =", "nmae = \"x\"\nname =", 1);
    assert!(problems(&text)[0].contains("nmae"));
}

#[test]
fn an_address_in_the_clear_is_refused() {
    let text = ENTRIES[0].1.replacen("https://oauth.", "http://oauth.", 1);
    assert!(problems(&text)[0].contains("must be https"));
    assert!(problems(&GENERIC.replace("https:", "http:"))[0].contains("must be https"));
    assert!(
        problems(&GENERIC.replace("https://", "https://x.example/{origin}"))[0].contains("must be https")
    );
}

#[test]
fn entries_of_a_directory_stand_beside_ours() {
    let dir = tempfile::TempDir::new().unwrap();
    std::fs::write(dir.path().join("ledgerly.toml"), GENERIC).unwrap();
    std::fs::write(dir.path().join("notes.txt"), "not an entry").unwrap();
    let catalogue = Catalogue::with(Some(dir.path())).unwrap();
    let names: Vec<&str> = catalogue.entries().map(|entry| entry.id.as_str()).collect();
    assert_eq!(names, ["quickbooks-online", "ledgerly"]);
    assert!(catalogue.provider(&IntegrationId::new("ledgerly").unwrap()).is_some());
}

#[test]
fn all_problems_of_all_entries_are_told_at_once() {
    let dir = tempfile::TempDir::new().unwrap();
    let bad = GENERIC.replace("access =", "lists = [\"Accounts\"]\ncompany_parameter = \"org\"\naccess =");
    let bad = bad.replace("[environments", "[authorization_parameters]\nstate = \"x\"\n[environments");
    std::fs::write(dir.path().join("a.toml"), bad).unwrap();
    std::fs::write(dir.path().join("b.toml"), "id = 7").unwrap();
    std::fs::write(dir.path().join("c.toml"), GENERIC.replace("ledgerly\"", "quickbooks-online\"")).unwrap();
    let error = Catalogue::with(Some(dir.path())).err().unwrap().to_string();
    for part in [
        "a.toml: lists cannot be read",
        "a.toml: company_parameter is not for",
        "a.toml: authorization_parameters.state is set by the proxy",
        "b.toml: ",
        "c.toml: there is an integration \"quickbooks-online\" already",
    ] {
        assert!(error.contains(part), "{part:?} is not in {error}");
    }
    let missing = Catalogue::with(Some(&dir.path().join("none"))).err().unwrap().to_string();
    assert!(missing.contains("[catalogue] dir") && missing.contains("none"), "{missing}");
}

#[test]
fn an_environment_has_an_issuer_or_endpoints() {
    let endpoints = "authorization = \"https://a.example/a\"\ntoken = \"https://a.example/t\"\n";
    let issuer = "issuer = \"https://login.ledgerly.example\"\n";
    for (environment, told) in [
        (String::new(), "token, or an issuer, of the environment production is missing"),
        (endpoints.to_owned(), "issuer, without which `openid` cannot be checked, of"),
        (format!("{issuer}{endpoints}"), "whose metadata says the endpoints"),
        (format!("{endpoints}hosts = [\"b.example\"]\n"), "but no issuer"),
    ] {
        let found = problems(&GENERIC.replace(issuer, &environment));
        assert!(found.iter().any(|problem| problem.contains(told)), "{told:?} is not in {found:?}");
    }
    let without = GENERIC.replace("\"openid\", ", "").replace(issuer, endpoints);
    assert_eq!(
        problems(&without).len(),
        1,
        "only what tells the company is missing: {:?}",
        problems(&without)
    );
    let whole = format!("{endpoints}company = \"https://a.example/me\"\n");
    assert_eq!(problems(&GENERIC.replace("\"openid\", ", "").replace(issuer, &whole)), [""; 0]);
}
