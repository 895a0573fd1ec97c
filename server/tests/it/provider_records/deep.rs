//! A list of a hundred thousand records, read as a feed: the last page takes no longer than the first.

use protocol::ids::ImportId;
use protocol::import::List;
use server::clock::Stopwatch;
use server::store::records::NewRecord;

use super::page;
use crate::backend::Backend;
use crate::quick::qbo;

const RECORDS: usize = 100_000;
const PAGE: usize = 500;

fn record(number: usize) -> NewRecord {
    let name = format!("Supplier {number}");
    NewRecord {
        id: format!("x{number}"),
        number: None,
        kind: None,
        detail: None,
        email: Some(format!("books@supplier{number}.example")),
        rate: None,
        matching: name.to_lowercase(),
        search: name.to_lowercase(),
        sync_token: Some("0".to_owned()),
        active: true,
        tax_key: None,
        facts: None,
        raw: format!("{{\"Id\":\"x{number}\",\"Notes\":\"{}\"}}", "n".repeat(600)).into(),
        name,
    }
}

async fn fill(backend: &Backend) {
    let tenant = backend.ann.tenant;
    for from in (0..RECORDS).step_by(1000) {
        let records: Vec<NewRecord> = (from..from + 1000).map(record).collect();
        let keep = backend.quick.world.write(move |mut db| {
            Box::pin(async move {
                let books = db.books(tenant, &qbo()).await?.expect("its books");
                db.keep_records(&books, List::Suppliers, ImportId(1_000_000), &records).await
            })
        });
        keep.await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_read_as_fast_at_its_end_as_at_its_beginning() {
    let backend = Backend::start().await;
    fill(&backend).await;
    let (mut after, mut took, mut records) = (String::new(), Vec::new(), 0);
    loop {
        let watch = Stopwatch::start();
        let page = page(&backend, &format!("suppliers?limit={PAGE}{after}")).await;
        took.push(watch.elapsed());
        records += page["records"].as_array().expect("records").len();
        if page["more"] == false {
            break;
        }
        after = format!("&after={}", page["cursor"].as_str().expect("a cursor"));
    }
    assert!(records > RECORDS, "{records}");
    let all: f64 = took.iter().map(std::time::Duration::as_secs_f64).sum();
    println!(
        "{} pages of {PAGE}: {:.0} a second",
        took.len(),
        f64::from(u32::try_from(took.len()).unwrap()) / all
    );
    let tenth = took.len() / 10;
    let sum = |part: &[std::time::Duration]| part.iter().sum::<std::time::Duration>();
    assert!(sum(&took[took.len() - tenth..]) < 3 * sum(&took[..tenth]), "it does not slow down");
}
