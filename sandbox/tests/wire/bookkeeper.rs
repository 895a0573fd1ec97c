//! Somebody who reads and writes the books of one company through the Accounting API.

use sandbox::{Config, Control, UK_COMPANY, UK_REALM, US_COMPANY, US_REALM};
use serde_json::{Value, json};

use crate::app::App;

/// The lists that can be updated.
pub(crate) const WRITTEN: [&str; 10] = [
    "Customer",
    "Vendor",
    "Employee",
    "Account",
    "Item",
    "Class",
    "Department",
    "Term",
    "PaymentMethod",
    "CompanyCurrency",
];
/// The lists whose records are only read and, at most, created.
pub(crate) const READ: [&str; 3] = ["TaxAgency", "TaxRate", "TaxCode"];

/// All lists.
pub(crate) fn lists() -> impl Iterator<Item = &'static str> {
    WRITTEN.into_iter().chain(READ)
}

pub(crate) struct Bookkeeper {
    pub(crate) app: App,
    pub(crate) realm: String,
    pub(crate) token: String,
}

/// What an answer is about: its status, the code and the detail of its fault.
pub(crate) type Refusal = (u16, String, String);

impl Bookkeeper {
    pub(crate) async fn in_us() -> Self {
        Self::of(App::start().await, US_COMPANY, US_REALM).await
    }

    pub(crate) async fn in_uk() -> Self {
        Self::of(App::start().await, UK_COMPANY, UK_REALM).await
    }

    pub(crate) async fn of(app: App, company: &str, realm: &str) -> Self {
        // Tests of the books jump by months, and their subject is not the token.
        app.sandbox.control().set_access_token_seconds(365 * 24 * 3600);
        let token = app.connect(company).await.access;
        Self { app, realm: realm.to_owned(), token }
    }

    /// Keeps the books of the first company that is computed.
    pub(crate) async fn of_generated(spec: &str) -> Self {
        let generated: sandbox::Generated = spec.parse().unwrap();
        let (name, realm) = (generated.name.clone(), generated.realm.clone());
        let config = Config { generated: vec![generated], ..Config::default() };
        Self::of(App::with(config).await, &name, &realm).await
    }

    pub(crate) fn control(&self) -> Control {
        self.app.sandbox.control()
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.app.get(&format!("/v3/company/{}/{path}", self.realm)).bearer_auth(&self.token);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = self.app.at(&format!("/v3/company/{}/{path}", self.realm));
        let answer = self.app.http.post(url).bearer_auth(&self.token).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Writes, and returns the record.
    pub(crate) async fn write(&self, entity: &str, body: &Value) -> Value {
        let (status, mut answer) = self.post(&entity.to_lowercase(), body).await;
        assert_eq!(status, 200, "{body} -> {answer}");
        assert!(answer["time"].is_string());
        answer[entity].take()
    }

    /// Changes some properties of a record as it is now.
    pub(crate) async fn edit(&self, entity: &str, id: &str, mut changes: Value) -> Value {
        let now = self.read(entity, id).await;
        changes["Id"] = now["Id"].clone();
        changes["SyncToken"] = now["SyncToken"].clone();
        changes["sparse"] = json!(true);
        self.write(entity, &changes).await
    }

    pub(crate) async fn read(&self, entity: &str, id: &str) -> Value {
        let (status, mut answer) = self.get(&format!("{}/{id}", entity.to_lowercase())).await;
        assert_eq!(status, 200, "{entity} {id}: {answer}");
        answer[entity].take()
    }

    /// What is said when this is not written.
    pub(crate) async fn refused(&self, path: &str, body: &Value) -> Refusal {
        let (status, answer) = self.post(path, body).await;
        refusal(status, &answer)
    }

    pub(crate) async fn query(&self, statement: &str) -> Value {
        let (status, mut answer) = self.app.query(&self.realm, &self.token, statement).await;
        assert_eq!(status, 200, "{statement}: {answer}");
        answer["QueryResponse"].take()
    }

    pub(crate) async fn count(&self, entity: &str) -> u64 {
        self.query(&format!("SELECT COUNT(*) FROM {entity}")).await["totalCount"].as_u64().unwrap()
    }

    /// A page of a list, inactive records too, in the order of their Ids.
    pub(crate) async fn page(&self, entity: &str, start: usize, size: usize) -> Vec<Value> {
        let active = if entity == "TaxAgency" { "" } else { "WHERE Active IN (true, false) " };
        let statement =
            format!("SELECT * FROM {entity} {active}ORDERBY Id STARTPOSITION {start} MAXRESULTS {size}");
        serde_json::from_value(self.query(&statement).await[entity].take()).unwrap_or_default()
    }
}

pub(crate) fn refusal(status: u16, answer: &Value) -> Refusal {
    let error = &answer["Fault"]["Error"][0];
    let text = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
    (status, text("code"), text("Detail"))
}

/// Status and code of a refusal, which is mostly all that there is to say.
pub(crate) fn code(refusal: &Refusal) -> (u16, &str) {
    (refusal.0, &refusal.1)
}
