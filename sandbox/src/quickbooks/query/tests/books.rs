//! A small company of the tests, which also counts how many records were looked at.

use std::{borrow::Cow, cell::Cell};

use serde_json::{Value, json};

use crate::quickbooks::query::{Records, says_active};

pub(super) struct Books {
    pub(super) rows: Vec<Value>,
    pub(super) looks: Cell<usize>,
}

impl Books {
    pub(super) fn new(rows: Vec<Value>) -> Self {
        Self { rows, looks: Cell::new(0) }
    }

    /// So many active customers, whose names go round and whose balances fall.
    pub(super) fn of_customers(count: usize) -> Self {
        let names = ["Amy", "bill", "Ågot", "Zoë"];
        let customer = |at: usize| {
            json!({
                "Id": at.to_string(),
                "sparse": false,
                "Active": true,
                "DisplayName": names[at % 4],
                "Balance": count - at,
            })
        };
        Self::new((1..=count).map(customer).collect())
    }

    fn look<'a>(&self, row: &'a Value) -> Cow<'a, Value> {
        self.looks.set(self.looks.get() + 1);
        Cow::Borrowed(row)
    }
}

impl Records for Books {
    fn count(&self, _: &str) -> usize {
        self.rows.len()
    }

    fn all_active(&self, _: &str) -> bool {
        self.rows.iter().all(|row| says_active(row.get("Active")))
    }

    fn from<'a>(&'a self, _: &'a str, nth: usize) -> Box<dyn Iterator<Item = Cow<'a, Value>> + 'a> {
        Box::new(self.rows.iter().skip(nth).map(|row| self.look(row)))
    }

    fn get(&self, _: &str, id: &str) -> Option<Cow<'_, Value>> {
        let row = self.rows.iter().find(|row| row["Id"] == id)?;
        Some(self.look(row))
    }
}
