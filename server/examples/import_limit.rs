//! The bare limit of an import on this machine: the sandbox's pages, parsed and inserted from memory by one writer
//! that is as durable as the proxy, and nothing else; and beside it a client that keeps row by row. Both write what
//! the proxy keeps of a customer, facts and texts to search by among it, into the proxy's own schema. Prints records a
//! second: `cargo run --release -p server --example import_limit -- 100000`

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::{Client, Config, Generated, access_token, start};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use server::clock::Stopwatch;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection as _, Executor as _, QueryBuilder, Sqlite};

const REDIRECT: &str = "http://localhost:1/callback";
const PAGE: u32 = 1000;
/// Rows of one statement.
const CHUNK: usize = 200;
/// Rows that are kept one by one: more would take for ever.
const ONE_BY_ONE: usize = 2000;
const PARENTS: &str = "INSERT INTO portals (id, name, created_at) VALUES ('p', 'P', 0);
    INSERT INTO tenants (id, portal, external_id, name) VALUES (1, 'p', 't', 'T');
    INSERT INTO registrations (id, integration, environment, client_id) VALUES ('r', 'q', 'local', 'c');
    INSERT INTO connections (id, tenant, integration, registration, state, live, company_id)
        VALUES (1, 1, 'q', 'r', '{\"state\":\"active\"}', 1, '9341')";

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, rename = "QueryResponse")]
    response: Response<'a>,
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow, default, rename = "Customer")]
    customers: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Customer {
    id: String,
    sync_token: Option<String>,
    display_name: String,
    #[serde(default)]
    active: bool,
    primary_email_addr: Option<Email>,
    primary_phone: Option<Phone>,
    bill_addr: Option<Addr>,
    currency_ref: Option<Reference>,
    sales_term_ref: Option<Reference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Email {
    address: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase"))]
struct Phone {
    free_form_number: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase"))]
struct Addr {
    line1: Option<String>,
    city: Option<String>,
    country_sub_division_code: Option<String>,
    postal_code: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Reference {
    value: Option<String>,
}

/// What the proxy keeps as facts of a customer.
#[derive(Serialize)]
struct Facts<'a> {
    phone: &'a Option<Phone>,
    address: &'a Option<Addr>,
    currency: &'a Option<Reference>,
    term: &'a Option<Reference>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let customers: u32 = std::env::args().nth(1).context("how many customers?")?.parse()?;
    let company = Generated { customers, ..Generated::new(1) };
    let app = Client::new("bench", "secret", vec![REDIRECT.to_owned()]);
    let clients = vec![app.clone()];
    let sandbox = start(Config { clients, generated: vec![company.clone()], ..Config::default() }).await?;
    // The sandbox may have chosen one already; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build()?;
    let token = access_token(sandbox.url(), &app, &company.name).await?;
    let url = format!("{}/v3/company/{}/query", sandbox.url(), company.realm);
    let (bare, naive) = measure(customers, async |start| page(&http, (&url, &token), start).await).await?;
    writeln!(std::io::stdout(), "bare {bare}\nnaive {naive}")?;
    Ok(())
}

/// Records a second: in pages, and one by one.
async fn measure(customers: u32, page: impl AsyncFn(u32) -> Result<Vec<u8>>) -> Result<(u64, u64)> {
    let folder = std::env::temp_dir().join(format!("import-limit-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut database = opened(&folder.join("bare.db")).await?;
    let mut took = Duration::ZERO;
    for start in (1..=customers).step_by(PAGE as usize) {
        let body = page(start).await?;
        let watch = Stopwatch::start();
        keep(&mut database, &body).await?;
        took += watch.elapsed();
    }
    let bare = per_second(customers as usize, took);
    let (first, second) = (page(1).await?, page(PAGE + 1).await?);
    let mut database = opened(&folder.join("naive.db")).await?;
    let watch = Stopwatch::start();
    let kept = one_by_one(&mut database, [&first, &second]).await?;
    let naive = per_second(kept, watch.elapsed());
    std::fs::remove_dir_all(&folder)?;
    Ok((bare, naive))
}

fn per_second(records: usize, took: Duration) -> u64 {
    records as u64 * 1000 / u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// The proxy's own schema, on a connection that is as durable as its writer.
async fn opened(path: &Path) -> Result<SqliteConnection> {
    let (store, writing) = server::store::open(path).await?;
    let writing = tokio::spawn(writing);
    drop(store);
    writing.await?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true);
    let mut database = SqliteConnection::connect_with(&options).await?;
    database.execute(PARENTS).await?;
    Ok(database)
}

fn parsed(body: &[u8]) -> Result<Vec<(Customer, &str)>> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    let read = |raw: &&'_ RawValue| Ok(serde_json::from_str::<Customer>(raw.get())?);
    let rows: Result<Vec<Customer>> = answer.response.customers.iter().map(read).collect();
    Ok(rows?.into_iter().zip(answer.response.customers.iter().map(|raw| raw.get())).collect())
}

/// A page in one transaction.
async fn keep(database: &mut SqliteConnection, body: &[u8]) -> Result<()> {
    let rows = parsed(body)?;
    database.execute("BEGIN IMMEDIATE").await?;
    for chunk in rows.chunks(CHUNK) {
        insert(database, chunk).await?;
    }
    database.execute("COMMIT").await?;
    Ok(())
}

async fn insert(database: &mut SqliteConnection, rows: &[(Customer, &str)]) -> Result<()> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO records (connection, company_id, list, provider_id, name, detail, email, matching, search,
         sync_token, active, facts, seen_import) ",
    );
    let facts = rows.iter().map(|(customer, _)| {
        let (phone, address) = (&customer.primary_phone, &customer.bill_addr);
        let (currency, term) = (&customer.currency_ref, &customer.sales_term_ref);
        serde_json::to_string(&Facts { phone, address, currency, term })
    });
    let facts = facts.collect::<Result<Vec<_>, _>>()?;
    query.push_values(rows.iter().zip(&facts), |mut row, ((customer, _), facts)| {
        let email = customer.primary_email_addr.as_ref().and_then(|email| email.address.as_deref());
        let found = [&customer.display_name, email.unwrap_or_default()].join(" ").to_lowercase();
        row.push_bind(1_i64).push_bind("9341").push_bind("customers").push_bind(&customer.id);
        row.push_bind(&customer.display_name).push_bind(email).push_bind(email);
        row.push_bind(customer.display_name.to_lowercase()).push_bind(found);
        row.push_bind(&customer.sync_token).push_bind(i64::from(customer.active)).push_bind(facts);
        row.push_bind(1_i64);
    });
    query.build().execute(&mut *database).await?;
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO record_bodies (connection, company_id, list, provider_id, body) ",
    );
    query.push_values(rows, |mut row, (customer, raw)| {
        row.push_bind(1_i64).push_bind("9341").push_bind("customers").push_bind(&customer.id).push_bind(*raw);
    });
    query.build().execute(&mut *database).await?;
    Ok(())
}

/// A transaction a row, as a client does that saves what it has just read.
async fn one_by_one(database: &mut SqliteConnection, pages: [&Vec<u8>; 2]) -> Result<usize> {
    let mut kept = 0;
    for body in pages {
        for row in parsed(body)?.chunks(1).take(ONE_BY_ONE - kept) {
            database.execute("BEGIN IMMEDIATE").await?;
            insert(database, row).await?;
            database.execute("COMMIT").await?;
            kept += 1;
        }
    }
    Ok(kept)
}

async fn page(http: &reqwest::Client, (url, token): (&str, &str), start: u32) -> Result<Vec<u8>> {
    let statement = format!(
        "SELECT * FROM Customer WHERE Active IN (true, false) ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE}"
    );
    let request = http.get(url).query(&[("query", &statement)]).bearer_auth(token);
    let answer = request.header("accept", "application/json").send().await?.error_for_status()?;
    Ok(answer.bytes().await?.to_vec())
}
