//! Minutes of statements, made up and broken at random: nothing panics or takes long, what is printed reads as what it
//! was, and what is found is what a naive reading finds. `PATCHBAY_FUZZ_SECONDS` shortens it, and a failure names the
//! `PATCHBAY_FUZZ_SEED` that repeats it.

mod chance;
mod customers;
mod naive;
mod seconds;
mod seeds;

use std::{collections::HashSet, env};

use time::Duration;

use super::{
    Dialect, TERMS,
    books::Books,
    round_trip::{is_in, place},
};
use crate::quickbooks::{
    clock::{Clock, random},
    query::{Found, LargePages, Letters, Row, Statement, Terms, parse, run},
};
use chance::Chance;

const SECONDS: u64 = 600;
/// A company serves so many statements before the next one.
const ROUNDS: usize = 200;
/// Far more than any of these statements needs, also on a busy machine.
const LONGEST: Duration = Duration::seconds(2);
const CORPUS: usize = 5000;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

#[test]
fn made_up_statements_find_what_a_naive_reading_finds() {
    let seconds = number("PATCHBAY_FUZZ_SECONDS").unwrap_or(SECONDS);
    let seed = random(8).into_iter().fold(0, |seed, byte| seed << 8 | u64::from(byte));
    let seed = number("PATCHBAY_FUZZ_SEED").unwrap_or(seed);
    let clock = Clock::default();
    let end = clock.now() + Duration::seconds(i64::try_from(seconds).unwrap());
    let mut fuzz = Fuzz::new(seed);
    while clock.now() < end {
        fuzz.company(&clock);
    }
    fuzz.tell();
}

/// Says what was tried when it fails, because no two runs try the same.
struct Trial<'a> {
    seed: u64,
    text: &'a str,
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("PATCHBAY_FUZZ_SEED={} fails at {:?}", self.seed, self.text);
        }
    }
}

struct Fuzz {
    seed: u64,
    chance: Chance,
    corpus: Vec<String>,
    /// What has been seen, so that only what does something new is kept and broken further.
    seen: HashSet<String>,
    tried: u64,
    read: u64,
    answered: u64,
}

impl Fuzz {
    fn new(seed: u64) -> Self {
        let corpus = seeds::STATEMENTS.iter().map(ToString::to_string).collect();
        Self { seed, chance: Chance(seed), corpus, seen: HashSet::new(), tried: 0, read: 0, answered: 0 }
    }

    fn company(&mut self, clock: &Clock) {
        let books = Books::new(customers::some(&mut self.chance));
        for _ in 0..ROUNDS {
            let text = self.text();
            let trial = Trial { seed: self.seed, text: &text };
            let terms = Terms { dialect: self.dialect(), ..TERMS };
            let before = clock.now();
            let behaviour = self.judge(&text, &terms, &books);
            assert!(clock.now() - before < LONGEST, "this took too long");
            drop(trial);
            if self.corpus.len() < CORPUS && self.seen.insert(behaviour) {
                self.corpus.push(text);
            }
            self.tried += 1;
        }
    }

    fn text(&mut self) -> String {
        if self.chance.one_in(2) {
            return seeds::made_up(&mut self.chance);
        }
        let (left, right) = (self.chance.below(self.corpus.len()), self.chance.below(self.corpus.len()));
        seeds::broken(&self.corpus[left], &self.corpus[right], &mut self.chance)
    }

    fn dialect(&mut self) -> Dialect {
        let mut rarely = || self.chance.one_in(8);
        Dialect {
            negation: !rarely(),
            bare_numbers: !rarely(),
            large_pages: if rarely() { LargePages::Cap } else { LargePages::Refuse },
            letters: if rarely() { Letters::Latin } else { Letters::All },
            built_in_tax_codes_on_top: false,
        }
    }

    /// Checks a text, and says in a word or two what became of it.
    fn judge(&mut self, text: &str, terms: &Terms, books: &Books) -> String {
        let statement = match parse(text, terms) {
            Ok(statement) => statement,
            Err(fault) => {
                let inside = place(&fault.detail).is_some_and(|place| is_in(text, place));
                assert!(inside || fault.code == "4001", "{}", fault.detail);
                return fault.detail.chars().filter(|letter| !letter.is_ascii_digit()).take(60).collect();
            }
        };
        self.read += 1;
        let printed = statement.to_string();
        match parse(&printed, terms) {
            Ok(again) => assert_eq!(again, statement, "{printed}"),
            Err(fault) => panic!("{printed}: {}", fault.detail),
        }
        match run(&statement, books) {
            Ok(found) => self.compare(&statement, found, books),
            Err(fault) => assert_eq!(fault.code, "4001", "{}", fault.detail),
        }
        shape(&statement)
    }

    fn compare(&mut self, statement: &Statement, found: Found<'_>, books: &Books) {
        if !naive::understands(statement) {
            return;
        }
        self.answered += 1;
        let hits = naive::hits(statement, &books.rows);
        match found {
            Found::Count(count) => assert_eq!(count, hits.len(), "{statement}"),
            Found::Rows { rows, start, total, .. } => {
                let rows: Vec<_> = rows.into_iter().map(Row::into_value).collect();
                let ids: Vec<_> = rows.iter().map(|row| row["Id"].as_str().unwrap()).collect();
                assert_eq!(ids, naive::page(statement, &hits), "{statement}");
                assert_eq!(start, statement.start.unwrap_or(1));
                assert!(total.is_none_or(|total| total == hits.len()), "{statement}");
            }
        }
    }

    fn tell(&self) {
        let kept = self.corpus.len();
        eprintln!(
            "seed {}: {} texts, {} of them statements, {} answered; {kept} texts kept",
            self.seed, self.tried, self.read, self.answered
        );
        assert!(self.answered > 0, "nothing was compared");
    }
}

/// A statement without its values.
fn shape(statement: &Statement) -> String {
    let conditions = statement.conditions.iter().map(|condition| {
        format!(
            "{}{}{}{}",
            condition.negated,
            condition.property,
            condition.operator,
            condition.values.len().min(3)
        )
    });
    let order = statement.order.iter().map(|order| format!("{}{}", order.property, order.descending));
    format!("{} {:?} {:?}", statement.entity, conditions.collect::<Vec<_>>(), order.collect::<Vec<_>>())
}
