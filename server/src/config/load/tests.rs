//! What the configuration refuses, and in which words.

use super::*;

const GOOD: &str = r#"
[server]
public_url = "http://store.localhost:7300"
[storage]
path = "patchbay.db"
[keys]
file = "patchbay.key"
[[registrations]]
id = "quickbooks-online-local"
integration = "quickbooks-online"
environment = "local"
client_id = "ABc"
client_secret_env = "INTUIT_SECRET"
"#;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let own = [("INTUIT_SECRET", "s3cret"), ("PATH", "/bin")];
    own.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn problems(text: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    let table = text.parse().expect("the sample is TOML");
    read(table, &environment(pairs), Path::new("/etc/patchbay")).err().unwrap_or_default()
}

#[test]
fn paths_are_relative_to_the_file() {
    let config = read(GOOD.parse().expect("TOML"), &environment(&[]), Path::new("/etc/patchbay"));
    let Ok(config) = config else { panic!("the sample is good") };
    assert_eq!(config.storage.path, Path::new("/etc/patchbay/patchbay.db"));
    assert_eq!(config.registrations[0].client_secret.digest(), crate::vault::digest("s3cret"));
}

#[test]
fn a_verifier_token_may_be_left_out_and_comes_from_one_place() {
    let with = |lines: &str| format!("{GOOD}{lines}");
    let config = |text: &str| read(text.parse().expect("TOML"), &environment(&[]), Path::new("."));
    let token = |text: &str| config(text).ok().map(|config| config.registrations[0].verifier_token.clone());
    assert!(token(GOOD).expect("the sample is good").is_none());
    let token =
        token(&with("verifier_token_env = \"INTUIT_SECRET\"\n")).expect("it is good").expect("a token");
    assert_eq!(token.digest(), crate::vault::digest("s3cret"));
    let told = problems(&with("verifier_token_env = \"NOT_SET\"\n"), &[]);
    assert!(told[0].contains("verifier_token_env names NOT_SET, which is not set"), "{told:#?}");
    let both = with("verifier_token_env = \"INTUIT_SECRET\"\nverifier_token_file = \"token\"\n");
    let told = problems(&both, &[]);
    assert!(
        told[0].contains("verifier_token_file or verifier_token_env must be set, one of them"),
        "{told:#?}"
    );
    assert!(problems(&with("verifier_token = \"s3cret\"\n"), &[])[0].contains("is not a setting"));
}

#[test]
fn the_environment_wins_over_the_file() {
    let pairs = [("PATCHBAY_SERVER__LISTEN", "127.0.0.1:9")];
    let config = read(GOOD.parse().expect("TOML"), &environment(&pairs), Path::new("."));
    assert_eq!(config.ok().map(|config| config.server.listen.port()), Some(9));
}

#[test]
fn trusted_proxies_are_a_list_or_the_environments_commas() {
    let text = GOOD.replace("[storage]", "trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n[storage]");
    let pairs = [("PATCHBAY_SERVER__TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")];
    for (text, pairs) in [(text.as_str(), &[][..]), (GOOD, &pairs[..])] {
        let config = read(text.parse().expect("TOML"), &environment(pairs), Path::new("."));
        let Ok(config) = config else { panic!("the sample is good") };
        let trusted = config.server.trusted_proxies;
        assert_eq!(trusted, ["127.0.0.1", "10.0.0.0/8"].map(|text| text.parse().expect("a network")));
    }
    let bad = GOOD.replace("[storage]", "trusted_proxies = [\"10.0.0.1/8\", \"proxy\", \"::/0\"]\n[storage]");
    let told = problems(&bad, &[]);
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[2].contains("server.trusted_proxies has \"::/0\"; it would trust everybody"), "{told:#?}");
    assert!(
        problems(&GOOD.replace("[storage]", "trusted_proxies = 1\n[storage]"), &[])[0].contains("a list")
    );
}

#[test]
fn limits_are_set_one_by_one_and_checked() {
    let text = format!("{GOOD}[limits]\nvisits_per_address = \"5/s burst 7\"\nsockets_per_tenant = 9\n");
    let config = read(text.parse().expect("TOML"), &environment(&[]), Path::new("."));
    let Ok(config) = config else { panic!("the sample is good") };
    assert_eq!(config.limits.visits_per_address, crate::limits::Rate::new(5, 7));
    assert_eq!((config.limits.sockets_per_tenant, config.limits.sockets_per_address), (9, 1000));
    let bad = format!("{GOOD}[limits]\nhellos_per_address = \"many\"\nsockets_per_address = 0\nsocket = 1\n");
    let told = problems(&bad, &[]);
    assert!(told.iter().any(|line| line.contains("is \"many\", which is not a rate such as")), "{told:#?}");
    assert!(told.iter().any(|line| line.contains("sockets_per_address is \"0\"")), "{told:#?}");
    assert!(told.iter().any(|line| line.contains("limits.socket is not a setting")), "{told:#?}");
}

#[test]
fn a_directory_of_integrations_is_there_and_beside_the_file() {
    let told = problems(&format!("{GOOD}[catalogue]\ndir = \"nowhere\"\nfile = \"x\"\n"), &[]);
    assert!(
        told.iter().any(|line| line.contains("catalogue.dir is no directory: /etc/patchbay/nowhere")),
        "{told:#?}"
    );
    assert!(told.iter().any(|line| line.contains("catalogue.file is not a setting")), "{told:#?}");
    let text = format!("{GOOD}[catalogue]\ndir = \"integrations\"\n");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(config) = read(text.parse().expect("TOML"), &environment(&[]), folder) else {
        panic!("the sample is good")
    };
    assert_eq!(config.catalogue.dir, Some(folder.join("integrations")));
}

#[test]
fn all_problems_are_told_at_once() {
    let text = GOOD
        .replace("http://store.localhost:7300", "http://store.example.com")
        .replace("[storage]\npath", "[storage]\npaht")
        .replace("environment = \"local\"\n", "");
    let told = problems(&text, &[("PATCHBAY_SERVER__LISTEN", "nowhere"), ("PATCHBAY_SRVR__X", "1")]);
    for part in [
        "PATCHBAY_SRVR__X names no section",
        "server.listen is \"nowhere\", which is not an address",
        "server.public_url is \"http://store.example.com\"; it must be https",
        "storage.path is missing",
        "storage.paht is not a setting",
        "registrations[0].environment is missing",
    ] {
        assert!(told.iter().any(|line| line.contains(part)), "{part:?} is not in {told:#?}");
    }
}

#[test]
fn a_public_url_is_an_origin_alone() {
    for bad in ["https://store.example.com/shop", "ftp://x", "store.example.com", "https://u@x.example"] {
        let told = problems(&GOOD.replace("http://store.localhost:7300", bad), &[]);
        assert!(told.iter().any(|line| line.contains("public_url")), "{bad}: {told:?}");
    }
}

#[test]
fn st_12_a_secret_in_the_file_itself_is_refused() {
    let text = GOOD.replace("client_secret_env = \"INTUIT_SECRET\"", "client_secret = \"s3cret\"");
    let told = problems(&text, &[]);
    assert!(told.iter().any(|line| line.contains("client_secret is not a setting")), "{told:?}");
    assert!(told.iter().all(|line| !line.contains("s3cret")), "the secret is not repeated: {told:?}");
}

#[test]
fn two_registrations_of_one_name_are_refused() {
    let second = GOOD.split("[[registrations]]").nth(1).map(|tail| format!("{GOOD}[[registrations]]{tail}"));
    let told = problems(&second.expect("the sample has a registration"), &[]);
    assert!(told.iter().any(|line| line.contains("a second time")), "{told:?}");
}

#[test]
fn the_keys_of_oauth_1_are_read_together_or_not_at_all() {
    let with = |more: &str| format!("{GOOD}{more}\n");
    let both = with("consumer_key = \"qyprd\"\nconsumer_secret_env = \"CONSUMER\"");
    let pairs = [("CONSUMER", "c0nsumer")];
    let config = read(both.parse().expect("TOML"), &environment(&pairs), Path::new("."));
    let Ok(config) = config else { panic!("both are there") };
    let consumer = config.registrations[0].consumer.as_ref().expect("the keys");
    assert_eq!(
        (consumer.key.as_str(), consumer.secret.digest()),
        ("qyprd", crate::vault::digest("c0nsumer"))
    );
    let alone = problems(&with("consumer_key = \"qyprd\""), &[]);
    assert_eq!(
        alone,
        ["registrations[0].consumer_secret_file or consumer_secret_env must be set, one of them"]
    );
    let told = problems(&both, &[]);
    assert_eq!(told, ["registrations[0].consumer_secret_env names CONSUMER, which is not set"]);
}

#[test]
fn the_hours_of_the_night_are_set_or_there_are_none() {
    let nightly = |pairs: &[(&str, &str)]| {
        let config = read(GOOD.parse().expect("TOML"), &environment(pairs), Path::new("."));
        config.ok().map(|config| config.imports.nightly)
    };
    assert_eq!(nightly(&[]), Some("01:00-05:00".parse().ok()));
    let set = |hours| nightly(&[("PATCHBAY_IMPORTS__NIGHTLY", hours)]);
    assert_eq!((set("22:00-04:00"), set("never")), (Some("22:00-04:00".parse().ok()), Some(None)));
    let told = problems(GOOD, &[("PATCHBAY_IMPORTS__NIGHTLY", "at night")]);
    assert!(told[0].starts_with("imports.nightly is \"at night\", which is not hours of UTC"), "{told:#?}");
}
