//! EM-09, generated: every route and every message, said by everybody who might, about what one
//! organisation has. Who gets what stands in two tables, `idor/routes.rs` and `idor/messages.rs`. A
//! refusal changes nothing anywhere, and what is another's is answered like what is nowhere.

pub(crate) mod dump;
mod messages;
mod routes;
mod stage;

use std::collections::BTreeSet;
use std::fmt::Debug;

use server::http::table::{ROUTES, Route};

use messages::{Heard, ask, names, row, samples};
use routes::{comparable, prepare, send, verdicts};
use stage::{Look, PRIVATE, Stage, Targets};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Caller {
    /// Of the owner's organisation, with every right.
    Owner,
    /// Of the owner's organisation, and may only look.
    Reader,
    /// Of another organisation of the same portal.
    Neighbour,
    /// Of another portal.
    Rival,
    /// Presents nothing.
    Nobody,
    /// Presents what time has ended.
    Expired,
    /// Presents what somebody has ended.
    Disabled,
}

impl Caller {
    const ALL: [Self; 7] = [
        Self::Owner,
        Self::Reader,
        Self::Neighbour,
        Self::Rival,
        Self::Nobody,
        Self::Expired,
        Self::Disabled,
    ];

    /// The owner comes last: what the owner does changes the stage.
    fn rounds() -> [&'static [Self]; 2] {
        [&Self::ALL[1..], &Self::ALL[..1]]
    }

    /// Has no part in the owner's organisation.
    fn is_apart(self) -> bool {
        matches!(self, Self::Neighbour | Self::Rival | Self::Nobody)
    }
}

/// What must come of a cell.
#[derive(Debug)]
enum Verdict<R> {
    /// Served, and something of the owner's is different afterwards.
    Done(R),
    /// Served, and nothing of the owner's is different.
    Apart(R),
    /// Answered so, and nothing anywhere is different.
    Still(R),
    /// The same, after the provider was asked.
    Asks(R),
    /// Refused, and nothing is different but in these tables, where the secret of one use was.
    Spent(R, &'static [&'static str]),
}

impl<R: PartialEq + Debug> Verdict<R> {
    fn holds(&self, cell: &str, came: &R, before: &Look, after: &Look) {
        let (Self::Done(wanted)
        | Self::Apart(wanted)
        | Self::Still(wanted)
        | Self::Asks(wanted)
        | Self::Spent(wanted, _)) = self;
        assert_eq!(came, wanted, "{cell}");
        let (whole, owners) = (before.whole.differing(&after.whole), before.owners.differing(&after.owners));
        match self {
            Self::Done(_) => {
                assert!(!owners.is_empty(), "{cell} changed nothing");
                return;
            }
            Self::Apart(_) => assert_eq!(owners, [""; 0], "{cell} changed what is the owner's"),
            Self::Still(_) => assert_eq!(whole, [""; 0], "{cell} changed something"),
            Self::Asks(_) => {
                assert_eq!(whole, [""; 0], "{cell} changed something");
                assert!(before.calls < after.calls, "{cell} did not reach the provider");
                return;
            }
            Self::Spent(_, tables) => {
                let more: Vec<_> = whole.iter().filter(|table| !tables.contains(table)).collect();
                assert_eq!(more, [&""; 0], "{cell} changed more than {tables:?}");
            }
        }
        assert_eq!(before.calls, after.calls, "{cell} reached the provider");
    }
}

/// Every cell that there must be.
fn cells<'a>(rows: impl Iterator<Item = String> + 'a) -> BTreeSet<(String, Caller)> {
    rows.flat_map(|row| Caller::ALL.map(|caller| (row.clone(), caller))).collect()
}

fn keeps_to_itself(cell: &str, text: &str) {
    for word in PRIVATE {
        assert!(!text.contains(word), "{cell} tells of {word}: {text}");
    }
}

#[tokio::test]
async fn em_09_every_route_answers_everybody_as_its_row_says() {
    let stage = Stage::bare().await;
    stage.furnish().await;
    let (mut asked, mut public) = (BTreeSet::new(), BTreeSet::new());
    for callers in Caller::rounds() {
        for route in ROUTES {
            let verdicts = verdicts(route);
            for caller in callers.iter().copied() {
                let row = format!("{} {}", route.method, route.path);
                let cell = format!("{row} by {caller:?}");
                let request = prepare(&stage, caller, route).await;
                let before = stage.look(caller).await;
                let answer = send(&stage, route, request.real).await;
                let after = stage.look(caller).await;
                let place = Caller::ALL.iter().position(|known| *known == caller).expect("a place");
                match &verdicts {
                    Some(verdicts) => verdicts[place].holds(&cell, &answer.status, &before, &after),
                    None => Verdict::Still(answer.status).holds(&cell, &answer.status, &before, &after),
                }
                if caller.is_apart() {
                    keeps_to_itself(&cell, &answer.body);
                }
                if let Some(nowhere) = request.nowhere.filter(|_| caller != Caller::Owner) {
                    let nowhere = send(&stage, route, nowhere).await;
                    assert_eq!(comparable(&answer), comparable(&nowhere), "{cell} tells what there is");
                }
                if verdicts.is_none() {
                    public.insert((row.clone(), comparable(&answer)));
                }
                asked.insert((row, caller));
                stage.settle().await;
            }
        }
    }
    let wanted = cells(ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)));
    assert_eq!((asked.len(), &asked), (ROUTES.len() * 7, &wanted));
    let open = ROUTES.iter().filter(|route| verdicts(route).is_none()).count();
    assert_eq!(public.len(), open, "what presents nothing answers everybody alike: {public:#?}");
}

/// What those who are apart are told when nobody has anything.
async fn told_before(stage: &Stage) -> Vec<(Caller, Vec<Heard>)> {
    let mut told = Vec::new();
    for caller in [Caller::Neighbour, Caller::Rival, Caller::Nobody] {
        let mut all = Vec::new();
        for message in samples(&Targets::nowhere()) {
            all.push(ask(stage, caller, &message).await.0.comparable());
        }
        told.push((caller, all));
    }
    told
}

#[tokio::test]
async fn em_09_every_message_is_answered_as_its_row_says() {
    let stage = Stage::bare().await;
    let told_before = told_before(&stage).await;
    stage.furnish().await;
    stage.ask_for_a_decision().await;
    let (mut asked, mut words) = (BTreeSet::new(), BTreeSet::new());
    for callers in Caller::rounds() {
        for place in 0..samples(&Targets::nowhere()).len() {
            for caller in callers.iter().copied() {
                let message = samples(&stage.targets().await).swap_remove(place);
                let row = row(&message);
                let cell = format!("{} by {caller:?}", row.name);
                let (heard, before, after) = ask(&stage, caller, &message).await;
                row.verdict(caller).holds(&cell, &heard.told(), &before, &after);
                asked.insert((row.name.to_owned(), caller));
                stage.settle().await;
                if caller == Caller::Owner {
                    words.extend(PRIVATE.into_iter().filter(|word| heard.text().contains(word)));
                }
                let Some((_, told)) = told_before.iter().find(|(known, _)| *known == caller) else {
                    continue;
                };
                keeps_to_itself(&cell, &heard.text());
                let heard = heard.comparable();
                let nowhere = samples(&Targets::nowhere()).swap_remove(place);
                let (nowhere, ..) = ask(&stage, caller, &nowhere).await;
                assert_eq!(heard, nowhere.comparable(), "{cell} tells what there is");
                assert_eq!(heard, told[place], "{cell} tells that the owner has something");
            }
        }
    }
    assert_eq!(words.len(), PRIVATE.len(), "words that the owner is not told prove nothing");
    let wanted = cells(names().into_iter().map(str::to_owned));
    assert_eq!((asked.len(), &asked), (names().len() * 7, &wanted));
}

#[test]
#[should_panic(expected = "say in idor/routes.rs what each caller gets of POST /api/v1/secrets")]
fn em_09_a_route_without_a_row_is_told() {
    assert!(ROUTES.iter().filter_map(verdicts).count() >= 10, "every route of today has its row");
    let links = ROUTES.iter().find(|route| route.path == "/api/v1/links").expect("a route");
    verdicts(&Route { path: "/api/v1/secrets", ..*links });
}

#[test]
fn em_09_every_message_has_a_row_and_a_sample() {
    let samples = samples(&Targets::nowhere());
    let rows: BTreeSet<&str> = samples.iter().map(|message| row(message).name).collect();
    assert_eq!(rows, names(), "those of protocol/tests/golden/client.txt");
    assert_eq!(samples.len(), rows.len(), "one of each");
}
