//! Rows of a large table, read in pieces as they come into sight: what is here, what to ask for,
//! what has grown old. Old rows stay in sight until newer ones replace them.

use std::ops::Range;

use super::sorted::Sorted;

/// Rows of one piece.
pub const PIECE: u32 = 100;
/// Pieces kept; those farthest from sight go first.
const KEPT: usize = 40;

/// A piece to ask for. An answer names it again, so that late ones can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Rows to pass over.
    pub offset: u32,
    filter: u32,
    age: u32,
}

/// The rows that are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows<R> {
    total: Option<u32>,
    pieces: Sorted<u32, Piece<R>>,
    asked: Vec<u32>,
    filter: u32,
    age: u32,
    failed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece<R> {
    rows: Vec<R>,
    age: u32,
}

impl<R> Default for Windows<R> {
    fn default() -> Self {
        Self { total: None, pieces: Sorted::default(), asked: Vec::new(), filter: 0, age: 0, failed: false }
    }
}

impl<R> Windows<R> {
    /// Rows over all pieces; none before the first answer.
    pub fn total(&self) -> Option<u32> {
        self.total
    }

    /// The last question was not answered.
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// A row, if it is here.
    pub fn row(&self, index: u32) -> Option<&R> {
        let piece = self.pieces.get(&(index / PIECE))?;
        piece.rows.get((index % PIECE) as usize)
    }

    /// Every row that is here.
    pub fn rows(&self) -> impl Iterator<Item = &R> {
        self.pieces.iter().flat_map(|(_, piece)| &piece.rows)
    }

    /// Another search or filter: nothing that is here fits any more.
    pub fn refilter(&mut self) {
        self.filter += 1;
        self.total = None;
        self.failed = false;
        self.pieces.clear();
        self.asked.clear();
    }

    /// The rows changed at the proxy: they stay in sight and are asked for again.
    pub fn outdate(&mut self) {
        self.age += 1;
        self.failed = false;
        self.asked.clear();
    }

    /// What must be asked for to show these rows. Asking is noted: each piece is asked for once.
    pub fn want(&mut self, rows: &Range<u32>) -> Vec<Ask> {
        if self.failed {
            return Vec::new();
        }
        let end = self.total.map_or(rows.end, |total| rows.end.min(total));
        let first = rows.start.min(end) / PIECE;
        let last = end.saturating_sub(1) / PIECE;
        let (filter, age) = (self.filter, self.age);
        let mut wanted = Vec::new();
        for piece in first..=last {
            let here = self.pieces.get(&piece).is_some_and(|p| p.age == age);
            if !here && !self.asked.contains(&piece) {
                self.asked.push(piece);
                wanted.push(Ask { offset: piece * PIECE, filter, age });
            }
        }
        wanted
    }

    /// Takes an answer. True when it was still wanted.
    pub fn fill(&mut self, ask: Ask, total: u32, rows: Vec<R>) -> bool {
        if ask.filter != self.filter {
            return false;
        }
        let piece = ask.offset / PIECE;
        if ask.age == self.age {
            self.asked.retain(|asked| *asked != piece);
        }
        let newer = self.pieces.get(&piece).is_none_or(|p| p.age <= ask.age);
        if !newer {
            return false;
        }
        let moved = self.total.replace(total).is_some_and(|before| before != total);
        if moved && ask.age == self.age {
            // Rows came or went in between, so the other pieces begin elsewhere now.
            self.outdate();
        }
        self.pieces.insert(piece, Piece { rows, age: self.age.max(ask.age) });
        let end = total.div_ceil(PIECE);
        self.pieces.retain(|piece, _| *piece < end.max(1));
        self.forget_far_from(piece);
        true
    }

    /// Notes that a question failed; nothing is asked until `outdate` or `refilter`.
    pub fn fail(&mut self, ask: Ask) {
        if ask.filter == self.filter {
            self.asked.clear();
            self.failed = true;
        }
    }

    fn forget_far_from(&mut self, piece: u32) {
        while self.pieces.len() > KEPT {
            let first = self.pieces.iter().next().map(|(piece, _)| *piece);
            let last = self.pieces.iter().next_back().map(|(piece, _)| *piece);
            let (Some(first), Some(last)) = (first, last) else {
                return;
            };
            let far = if piece - first > last - piece { first } else { last };
            self.pieces.remove(&far);
        }
    }
}

/// The rows to keep in the page, given the place of the scroll in rows and how many fit: some more
/// above and below, so that scrolling does not meet the end.
pub fn in_sight(top: u32, fit: u32, total: u32) -> Range<u32> {
    let more = (fit / 2).clamp(4, 12);
    let end = top.saturating_add(fit).saturating_add(more).min(total);
    let start = top.saturating_sub(more).min(end);
    start..end
}

/// Where a key moves the row cursor to.
pub fn step(cursor: u32, key: &str, fit: u32, total: u32) -> Option<u32> {
    let last = total.checked_sub(1)?;
    let page = fit.saturating_sub(1).max(1);
    let to = match key {
        "ArrowDown" => cursor.saturating_add(1),
        "ArrowUp" => cursor.saturating_sub(1),
        "PageDown" => cursor.saturating_add(page),
        "PageUp" => cursor.saturating_sub(page),
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(to.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(ask: Ask, total: u32) -> Vec<u32> {
        (ask.offset..(ask.offset + PIECE).min(total)).collect()
    }

    fn answer(windows: &mut Windows<u32>, range: Range<u32>, total: u32) {
        for ask in windows.want(&range) {
            windows.fill(ask, total, rows(ask, total));
        }
    }

    #[test]
    fn a_piece_is_asked_for_once() {
        let mut windows = Windows::<u32>::default();
        let first = windows.want(&(90..130));
        assert_eq!(first.iter().map(|a| a.offset).collect::<Vec<_>>(), [0, 100]);
        assert!(windows.want(&(90..130)).is_empty());
    }

    #[test]
    fn another_total_makes_the_other_pieces_old() {
        let mut windows = Windows::default();
        answer(&mut windows, 0..10, 250);
        answer(&mut windows, 100..110, 240);
        let again: Vec<u32> = windows.want(&(90..110)).iter().map(|ask| ask.offset).collect();
        assert_eq!(again, [0], "ten rows are gone, so the first piece is another");
        assert_eq!(windows.row(5), Some(&5), "and stays in sight until then");
    }

    #[test]
    fn rows_are_found_by_their_place() {
        let mut windows = Windows::default();
        answer(&mut windows, 90..130, 250);
        assert_eq!(windows.row(129), Some(&129));
        assert_eq!(windows.row(240), None);
        answer(&mut windows, 240..300, 250);
        assert_eq!(windows.row(249), Some(&249));
        assert_eq!(windows.total(), Some(250));
    }

    #[test]
    fn an_answer_to_an_older_search_is_dropped() {
        let mut windows = Windows::<u32>::default();
        let late = windows.want(&(0..10));
        windows.refilter();
        assert!(!windows.fill(late[0], 1, vec![7]));
        assert_eq!(windows.total(), None);
    }

    #[test]
    fn outdated_rows_stay_until_newer_ones_come() {
        let mut windows = Windows::default();
        answer(&mut windows, 0..10, 50);
        windows.outdate();
        assert_eq!(windows.row(3), Some(&3));
        let again = windows.want(&(0..10));
        assert_eq!(again.len(), 1);
        windows.fill(again[0], 1, vec![9]);
        assert_eq!((windows.row(0), windows.row(3)), (Some(&9), None));
    }

    #[test]
    fn an_answer_overtaken_by_a_newer_one_is_dropped() {
        let mut windows = Windows::default();
        let old = windows.want(&(0..10));
        windows.outdate();
        let new = windows.want(&(0..10));
        assert!(windows.fill(new[0], 1, vec![2]));
        assert!(!windows.fill(old[0], 1, vec![1]));
        assert_eq!(windows.row(0), Some(&2));
    }

    #[test]
    fn a_shrunken_table_loses_its_end() {
        let mut windows = Windows::default();
        answer(&mut windows, 0..300, 300);
        windows.outdate();
        answer(&mut windows, 0..10, 120);
        assert_eq!((windows.row(119), windows.row(250)), (Some(&119), None));
    }

    #[test]
    fn a_failure_waits_to_be_asked_again() {
        let mut windows = Windows::<u32>::default();
        let ask = windows.want(&(0..10));
        windows.fail(ask[0]);
        assert!(windows.failed() && windows.want(&(0..10)).is_empty());
        windows.outdate();
        assert_eq!(windows.want(&(0..10)).len(), 1);
    }

    #[test]
    fn pieces_far_from_sight_are_forgotten() {
        let mut windows = Windows::default();
        for piece in 0..100 {
            answer(&mut windows, piece * PIECE..(piece + 1) * PIECE, 10_000);
        }
        assert!(windows.rows().count() <= KEPT * PIECE as usize);
        assert_eq!((windows.row(0), windows.row(9_999)), (None, Some(&9_999)));
    }

    #[test]
    fn only_some_rows_are_kept_in_the_page() {
        assert_eq!(in_sight(0, 10, 100_000), 0..15);
        assert_eq!(in_sight(500, 10, 100_000), 495..515);
        assert_eq!(in_sight(99_995, 10, 100_000), 99_990..100_000);
        assert_eq!(in_sight(50, 10, 3), 3..3);
    }

    #[test]
    fn keys_move_the_cursor_within_the_table() {
        assert_eq!(step(0, "ArrowUp", 10, 5), Some(0));
        assert_eq!(step(4, "ArrowDown", 10, 5), Some(4));
        assert_eq!(step(0, "PageDown", 10, 50), Some(9));
        assert_eq!(step(3, "End", 10, 50), Some(49));
        assert_eq!(step(3, "Tab", 10, 50), None);
        assert_eq!(step(0, "Home", 10, 0), None);
    }
}
