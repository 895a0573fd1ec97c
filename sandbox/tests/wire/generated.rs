//! Companies that are computed: as many records as anybody wants, always the same, quick to page through.

use std::{collections::HashSet, process::Stdio, time::Duration};

use sandbox::{Config, Generated, GeneratedError, StartError, US_REALM};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use crate::{
    app::{App, ID, REDIRECT, SECRET},
    bookkeeper::{Bookkeeper, code},
};

/// Many enough that looking at each would be noticed.
const MANY: usize = 100_000;

#[tokio::test]
async fn a_page_at_the_end_is_as_quick_as_one_at_the_start() {
    let books = Bookkeeper::of_generated(&format!("seed=1,customers={MANY}")).await;
    // Nor does it matter that one of them is hidden.
    books.edit("Customer", "7", json!({ "Active": false })).await;
    let mut quickest = Duration::MAX;
    for attempt in 0..5 {
        let start = MANY - 1000 - attempt;
        let begin = tokio::time::Instant::now();
        assert_eq!(books.count("Customer").await, MANY as u64 - 1);
        let visible =
            books.query(&format!("SELECT * FROM Customer STARTPOSITION {start} MAXRESULTS 500")).await;
        let page = books.page("Customer", start + 1, 500).await;
        quickest = quickest.min(begin.elapsed());
        assert_eq!((visible["maxResults"].as_u64(), page.len()), (Some(500), 500));
        assert_eq!((&visible["Customer"][0], &page[0]["Id"]), (&page[0], &json!((start + 1).to_string())));
    }
    // Making all of them takes a multiple of this, even where nothing is optimised.
    assert!(quickest < Duration::from_secs(1), "{quickest:?}");
}

#[tokio::test]
async fn the_same_seed_makes_the_same_company() {
    let spec = "seed=8,customers=300,vendors=300,items=300";
    let (one, other) = (Bookkeeper::of_generated(spec).await, Bookkeeper::of_generated(spec).await);
    let third = Bookkeeper::of_generated("seed=9,customers=300").await;
    for entity in ["Customer", "Vendor", "Item"] {
        assert_eq!(one.page(entity, 1, 300).await, other.page(entity, 1, 300).await);
    }
    assert_ne!(one.page("Customer", 1, 300).await, third.page("Customer", 1, 300).await);
}

#[tokio::test]
async fn its_names_are_unique_and_of_every_kind() {
    let books = Bookkeeper::of_generated("seed=2,customers=3000,vendors=1000").await;
    let mut names = HashSet::new();
    for (entity, count) in [("Customer", 3000), ("Vendor", 1000)] {
        for start in (1..count).step_by(1000) {
            for record in books.page(entity, start, 1000).await {
                let name = record["DisplayName"].as_str().unwrap().to_owned();
                assert!(names.insert(name.to_lowercase()), "{name}");
            }
        }
    }
    assert_eq!(names.len(), 4000);
    for part in ["o'", "<script>", "=cmd|", "@sum(", "+44", "שא", "شركة", "株式会社", "café", "and all its"]
    {
        assert!(names.iter().any(|name| name.contains(part)), "{part}");
    }
}

#[tokio::test]
async fn its_other_lists_and_its_references_are_there() {
    let books = Bookkeeper::of_generated("seed=2,customers=20,vendors=20,items=20,name=Big & Co").await;
    let (_, info) = books.get(&format!("companyinfo/{}", books.realm)).await;
    assert_eq!(info["CompanyInfo"]["CompanyName"], "Big & Co");
    for (entity, field, target) in [
        ("Customer", "SalesTermRef", "Term"),
        ("Vendor", "TermRef", "Term"),
        ("Item", "IncomeAccountRef", "Account"),
    ] {
        for record in books.page(entity, 1, 20).await {
            books.read(target, record[field]["value"].as_str().unwrap()).await;
        }
    }
    assert_eq!((books.count("Account").await, books.count("Employee").await), (91, 0));
}

#[tokio::test]
async fn what_is_written_lies_over_what_is_computed() {
    let books = Bookkeeper::of_generated("seed=6,customers=50,vendors=10,items=5").await;
    let before = books.read("Customer", "50").await;
    let edited = books.edit("Customer", "50", json!({ "Notes": "seen", "DisplayName": "Renamed" })).await;
    assert_eq!((&edited["Notes"], &edited["BillAddr"]), (&json!("seen"), &before["BillAddr"]));
    let made =
        books.write("Customer", &json!({ "DisplayName": "Newcomer", "ParentRef": { "value": "50" } })).await;
    assert_eq!((&made["Id"], &made["FullyQualifiedName"]), (&json!("61"), &json!("Renamed:Newcomer")));
    books.edit("Customer", "1", json!({ "Active": false })).await;
    let all = books.page("Customer", 1, 100).await;
    assert_eq!((all.len(), &all[49], &all[50]), (51, &edited, &made));
    assert_eq!(books.count("Customer").await, 50);
    assert_eq!(
        books.write("Item", &json!({ "Name": "Oar", "IncomeAccountRef": { "value": "79" } })).await["Id"],
        "6"
    );
}

#[tokio::test]
async fn a_computed_name_is_taken_until_it_is_given_up() {
    let books = Bookkeeper::of_generated("seed=6,customers=50000,vendors=10,items=5").await;
    let name = books.read("Customer", "41234").await["DisplayName"].clone();
    let sent = json!({ "DisplayName": name.as_str().unwrap().to_uppercase() });
    assert_eq!(code(&books.refused("vendor", &sent).await), (400, "6240"));
    books.edit("Customer", "41234", json!({ "DisplayName": "Somebody Else" })).await;
    books.write("Vendor", &json!({ "DisplayName": name })).await;
    let item = books.read("Item", "3").await;
    let sent = json!({ "Name": item["Name"], "IncomeAccountRef": { "value": "79" } });
    assert_eq!(code(&books.refused("item", &sent).await), (400, "6240"));
    // Another seed's name is nobody's here.
    let other = Bookkeeper::of_generated("seed=7,customers=10").await;
    let stranger = other.read("Customer", "7").await["DisplayName"].clone();
    books.write("Customer", &json!({ "DisplayName": stranger })).await;
}

#[tokio::test]
async fn every_computed_record_can_be_saved_as_it_was_read() {
    let books = Bookkeeper::of_generated("seed=11,customers=120,vendors=60,items=60").await;
    for entity in ["Customer", "Vendor", "Item"] {
        for record in books.page(entity, 1, 120).await {
            let saved = books.write(entity, &record).await;
            for field in ["DisplayName", "Name", "BillAddr", "Balance", "FullyQualifiedName"] {
                assert_eq!(saved[field], record[field], "{entity}");
            }
        }
    }
}

#[tokio::test]
async fn a_company_that_cannot_be_is_said_at_the_start() {
    let start = async |generated: Vec<Generated>| {
        sandbox::start(Config { generated, ..Config::default() }).await.err()
    };
    let taken = Generated { realm: US_REALM.to_owned(), ..Generated::new(1) };
    let problem = start(vec![taken]).await.unwrap();
    assert!(matches!(problem, StartError::Generated(GeneratedError::Realm(_))), "{problem}");
    let large = Generated { items: 1_000_001, ..Generated::new(1) };
    assert_eq!(
        start(vec![large]).await.unwrap().to_string(),
        "a generated company has at most 1000000 of each list, not 1000001"
    );
    let app = App::start().await;
    app.sandbox.control().generate(&Generated::new(1)).unwrap();
    assert!(app.sandbox.control().generate(&Generated::new(1)).is_err());
}

#[tokio::test]
async fn the_program_serves_a_million_in_little_memory() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), SECRET).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_patchbay-sandbox"))
        .args(["--listen", "127.0.0.1:0", "--client-id", ID, "--redirect-uri", REDIRECT])
        .args(["--generated", "seed=1,customers=1000000,name=Million"])
        .arg("--client-secret-file")
        .arg(secret.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let url = format!("http://{}", line.split_once("bound to ").unwrap().1.trim_end_matches(')'));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let app = sandbox::Client::new(ID, SECRET, vec![REDIRECT.to_owned()]);
    let token = sandbox::access_token(&url, &app, "Million").await.unwrap();
    for start in [1, 500_001, 999_001] {
        let statement = format!("SELECT * FROM Customer ORDERBY Id STARTPOSITION {start} MAXRESULTS 1000");
        let request =
            http.get(format!("{url}/v3/company/9341453200000001/query")).query(&[("query", statement)]);
        let request = request.bearer_auth(&token).header("accept", "application/json");
        let page: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(page["QueryResponse"]["maxResults"], 1000);
    }
    // Where there is no /proc, memory is not told.
    if let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap())) {
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kibibytes < 200_000, "{kibibytes} kB");
    }
    child.kill().await.unwrap();
}
