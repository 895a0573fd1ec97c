//! The companies of one running sandbox: the two that come with it, and those that are computed.

mod shipped;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use axum::response::Response;
use serde_json::{Value, json};

pub(crate) use self::shipped::{Shipped, shipped};
use super::{
    books::{Base, Books, List},
    faults::Service,
    generated::{Generated, GeneratedError, Kind},
    webhooks::News,
};

/// Answers a request that needs a company's books. Somebody may be reading a million records in them, and whoever
/// wants to write waits for that: never on one of the few threads that answer everybody.
pub(crate) async fn at_the_books(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Service::lost())
}

/// One company. What it is called here stays as it was at the start, also when its books say otherwise.
pub(crate) struct Company {
    pub(crate) realm: String,
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) currency: String,
    books: RwLock<Books>,
}

impl Company {
    fn shipped(from: &'static Shipped, news: &News) -> Self {
        let lists = from.lists().map(|(entity, records)| (entity.to_owned(), stored(records)));
        Self {
            realm: from.realm.clone(),
            name: from.name.clone(),
            country: from.country.clone(),
            currency: from.currency.clone(),
            books: RwLock::new(Books::new(&from.realm, lists.collect(), news.clone())),
        }
    }

    /// A computed company. What is not computed of it is like the given one.
    fn generated(spec: &Generated, like: &'static Shipped, news: &News) -> Self {
        let mut lists: BTreeMap<String, List> =
            like.lists().map(|(entity, records)| (entity.to_owned(), stored(records))).collect();
        for kind in Kind::ALL {
            lists.insert(kind.entity().to_owned(), List::new(Base::Computed(spec.crowd(kind))));
        }
        lists.remove("Employee");
        if let Some(info) = like.records("CompanyInfo").first() {
            let mut info = info.clone();
            info["CompanyName"] = json!(spec.name);
            info["LegalName"] = json!(spec.name);
            lists.insert("CompanyInfo".to_owned(), List::new(Base::Stored(Cow::Owned(vec![info]))));
        }
        Self {
            realm: spec.realm.clone(),
            name: spec.name.clone(),
            country: like.country.clone(),
            currency: like.currency.clone(),
            books: RwLock::new(Books::new(&spec.realm, lists, news.clone())),
        }
    }

    /// The books, to look at.
    pub(crate) fn books(&self) -> RwLockReadGuard<'_, Books> {
        self.books.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The books, to write in.
    pub(crate) fn books_mut(&self) -> RwLockWriteGuard<'_, Books> {
        self.books.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stored(records: &'static [Value]) -> List {
    List::new(Base::Stored(Cow::Borrowed(records)))
}

/// All companies, in the order in which the sign-in offers them.
pub(crate) struct Companies {
    all: RwLock<Vec<Arc<Company>>>,
    news: News,
}

impl Companies {
    /// The two that come with the sandbox, as they are in the files. What happens in any is told there.
    pub(crate) fn shipped(news: News) -> Result<Self, &'static str> {
        let all = shipped()?.iter().map(|shipped| Arc::new(Company::shipped(shipped, &news))).collect();
        Ok(Self { all: RwLock::new(all), news })
    }

    pub(crate) fn all(&self) -> Vec<Arc<Company>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn get(&self, realm: &str) -> Option<Arc<Company>> {
        self.all().into_iter().find(|company| company.realm == realm)
    }

    /// Adds a computed company; its realm must be free.
    pub(crate) fn generate(&self, spec: &Generated) -> Result<(), GeneratedError> {
        spec.check()?;
        let like = shipped().ok().and_then(<[Shipped]>::first).ok_or(GeneratedError::Pattern)?;
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        if all.iter().any(|company| company.realm == spec.realm) {
            return Err(GeneratedError::Realm(spec.realm.clone()));
        }
        all.push(Arc::new(Company::generated(spec, like, &self.news)));
        Ok(())
    }
}
