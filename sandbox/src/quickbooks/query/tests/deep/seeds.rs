//! Texts to begin with: what clients really send, what can be put together from its parts, and both broken.

use super::{
    chance::Chance,
    customers::{NAMES, NUMBERS, TIMES},
};

/// As node-quickbooks, python-quickbooks, Intuit's SDKs and our own server write them, and as people mistype them.
pub(super) const STATEMENTS: &[&str] = &[
    "select * from customer startposition 1 maxresults 1000",
    "select count(*) from customer startposition 1 maxresults 1000",
    "select * from companyInfo",
    "select * from taxAgency",
    "select * from customer where DisplayName = 'Amy\\'s Bird Sanctuary' startposition 1 maxresults 1000",
    "select * from customer where Active in (true, false) orderby DisplayName desc",
    "SELECT * FROM Customer WHERE Active IN (true, false) ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000",
    "SELECT * FROM Customer  ORDER BY DisplayName STARTPOSITION 1 MAXRESULTS 25",
    "SELECT *, Sku FROM Item WHERE Type = 'Inventory' MAXRESULTS 1000",
    "SELECT * FROM Customer WHERE Id in ('1', '2', '3')",
    "SELECT count(*) FROM Customer WHERE Active = True",
    "Select * from Customer where MetaData.LastUpdatedTime > '2013-03-13T14:50:22-08:00' Order By MetaData.LastUpdatedTime",
    "select * from Customer where DisplayName like '%amy%' and Balance > '0.0'",
    "select * from Invoice where TxnDate >= CURRENT_DATE",
    "SELECT COUNT(*) FROM Vendor WHERE Active IN (true, false)",
    "SELECT * FROM Customer WHERE Balance > 0 AND NOT Active",
    "SELECT * FROM Customer WHERE Id != '161' AND Active = true",
    "select * from Purchase wher TxnDate > '2026-01-01'",
    "select * from Vendor where DisplayName = 'Aido's  LLC'",
    "SELECT * FROM Customer WHERE Id = '1' OR Id = '2'",
    "SELECT * FROM Bill STARTPOSITION 0",
    "SELECT * FROM Preferences",
    "",
];

const PIECES: &[&str] = &[
    " SELECT ",
    " * ",
    " FROM ",
    " Customer ",
    " WHERE ",
    " AND ",
    " OR ",
    " NOT ",
    " IN (",
    " LIKE ",
    " ORDERBY ",
    " ORDER BY ",
    " DESC ",
    " ASC ",
    " STARTPOSITION ",
    " MAXRESULTS ",
    "1",
    "0",
    "-",
    ".",
    ",",
    ")",
    "(",
    "'",
    "\\",
    "''",
    "%",
    "=",
    "<",
    ">",
    "!",
    "\r\n",
    "\r",
    "\n",
    "\t",
    "\u{0}",
    "\u{2028}",
    "é",
    "😀",
    "\u{301}",
    "\"",
    " CURRENT_DATE ",
    " COUNT(*) ",
    "99999999999999999999999999",
    "TAX",
    "true",
];

const PROPERTIES: &[&str] = &[
    "Id",
    "id",
    "Active",
    "ACTIVE",
    "DisplayName",
    "displayname",
    "GivenName",
    "Balance",
    "Job",
    "MetaData.CreateTime",
    "metadata.LastUpdatedTime",
    "PrimaryEmailAddr",
    "CurrencyRef",
    "CurrencyRef.name",
    "Notes",
    "NoSuchField",
];

/// A statement that is mostly right.
pub(super) fn made_up(chance: &mut Chance) -> String {
    let mut words = vec!["SELECT".to_owned(), chance.pick(&["*", "COUNT(*)", "*, Id", "", "*"]).to_owned()];
    words.push("FROM Customer".to_owned());
    for at in 0..chance.below(4) {
        words.push(if at == 0 { "WHERE" } else { "AND" }.to_owned());
        words.push(condition(chance));
    }
    for at in 0..chance.below(3) {
        words.push(if at == 0 { "ORDERBY" } else { "," }.to_owned());
        words.push(format!("{} {}", chance.pick(PROPERTIES), chance.pick(&["", "ASC", "DESC"])));
    }
    if chance.one_in(2) {
        words.push(format!("STARTPOSITION {}", 1 + chance.below(12)));
    }
    if chance.one_in(2) {
        words.push(format!("MAXRESULTS {}", 1 + chance.below(12)));
    }
    let text = words.join(" ");
    if chance.one_in(4) { text.to_lowercase() } else { text }
}

fn condition(chance: &mut Chance) -> String {
    let property = chance.pick(PROPERTIES);
    let not = if chance.one_in(6) { "NOT " } else { "" };
    let of_id = property.eq_ignore_ascii_case("Id");
    let operators: &[&str] =
        if of_id { &["=", "IN", "!="] } else { &["=", "<", ">", "<=", ">=", "IN", "LIKE", "!=", "NOT IN"] };
    let operator = chance.pick(operators);
    if !operator.ends_with("IN") {
        return format!("{not}{property} {operator} {}", value(property, chance));
    }
    let values: Vec<_> = (0..=chance.below(4)).map(|_| value(property, chance)).collect();
    format!("{not}{property} {operator} ({})", values.join(", "))
}

/// Mostly one that fits the property.
fn value(property: &str, chance: &mut Chance) -> String {
    let any = chance.below(8);
    match (property.to_lowercase().as_str(), any) {
        (_, 0) => {
            chance.pick(&["true", "FALSE", "'True'", "CURRENT_DATE", "-1", "0.5", "'%'", "''"]).to_owned()
        }
        (_, 1) => quoted(chance.pick(NAMES)),
        ("id", 2) => chance.pick(&["'TAX'", "'NON'", "'tax'", "'01'"]).to_owned(),
        ("id", _) => quoted(&(1 + chance.below(60)).to_string()),
        ("active" | "job", _) => chance.pick(&["true", "false"]).to_owned(),
        ("balance", 2..5) => format!("{}", chance.pick(NUMBERS)),
        ("balance", _) => quoted(&chance.pick(NUMBERS).to_string()),
        ("metadata.createtime" | "metadata.lastupdatedtime", _) => quoted(chance.pick(TIMES)),
        _ => quoted(&pattern(chance)),
    }
}

/// A part of a name with percent signs in it.
fn pattern(chance: &mut Chance) -> String {
    let mut letters: Vec<char> = chance.pick(NAMES).chars().collect();
    for _ in 0..chance.below(3) {
        let at = chance.below(letters.len() + 1);
        letters.splice(at..(at + chance.below(3)).min(letters.len()), ['%']);
    }
    letters.into_iter().collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// A text with a few random changes, one of which may be the end of another.
pub(super) fn broken(text: &str, other: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=chance.below(4) {
        let from = chance.below(letters.len() + 1);
        let to = (from + chance.below(8)).min(letters.len());
        match chance.below(6) {
            0 => drop(letters.drain(from..to)),
            1 => letters.extend_from_within(from..to),
            2 => letters.splice(from..to, chance.pick(PIECES).chars()).for_each(drop),
            3 => letters.splice(from.., other.chars().skip(from)).for_each(drop),
            4 => letters[from..to].reverse(),
            _ => letters[from..to].iter_mut().for_each(char::make_ascii_uppercase),
        }
    }
    letters.truncate(2000);
    letters.into_iter().collect()
}
