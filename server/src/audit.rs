//! The audit log in the store: an organisation's people read their own lines, and download them.
//! Whoever may see the store may see who did what. From which address is shown to those who may
//! configure: it is personal, and they are the ones who look after the integration.

use protocol::WINDOW_LIMIT;
use protocol::audit::{AuditActor, AuditCsv, AuditKind, AuditLine};
use protocol::ids::{AuditSeq, Moment};
use protocol::message::{Answer, FaultKind};

use crate::clock::rfc3339;
use crate::csv;
use crate::error::Refusal;
use crate::state::Visitor;
use crate::store::Db;
use crate::store::audit::{Action, NewLine, OwnLines};

/// Lines in one part of a file, and its largest size in bytes: a frame holds it with room to spare.
const PART: u32 = 500;
const PART_BYTES: usize = 128 * 1024;

fn wanted(who: &Visitor, (kind, before): (Option<AuditKind>, Option<AuditSeq>)) -> OwnLines {
    OwnLines { tenant: who.tenant, kind, before, addresses: who.permissions.configure }
}

/// A window of the visitor's organisation's lines, the newest first.
pub async fn read(
    db: &mut Db<'_>,
    who: &Visitor,
    which: (Option<AuditKind>, Option<AuditSeq>),
    limit: u16,
) -> Result<Answer, Refusal> {
    if limit == 0 || limit > WINDOW_LIMIT {
        return Err(FaultKind::Invalid.into());
    }
    Ok(Answer::Audit(db.own_audit(wanted(who, which), limit.into()).await?))
}

/// The next part of the lines as CSV. The first part leaves a line in the log, which it shows.
pub async fn export(
    db: &mut Db<'_>,
    who: &Visitor,
    which: (Option<AuditKind>, Option<AuditSeq>),
    now: Moment,
) -> Result<Answer, Refusal> {
    let first = which.1.is_none();
    if first {
        db.add_audit(&NewLine::by_visitor(who, Action::AuditExported, "csv"), now).await?;
    }
    let rows = db.own_audit(wanted(who, which), PART).await?;
    Ok(Answer::AuditCsv(part(&rows, first)))
}

/// As many rows as fit; the rest is asked for by the last of them.
fn part(rows: &[AuditLine], first: bool) -> AuditCsv {
    let mut text = if first { csv::row(["time", "who", "what", "object", "from"]) } else { String::new() };
    let mut next = None;
    let mut written = 0;
    for line in rows {
        if text.len() > PART_BYTES {
            break;
        }
        text.push_str(&csv_row(line));
        next = Some(line.seq);
        written += 1;
    }
    let more = written < rows.len() || rows.len() == PART as usize;
    AuditCsv { text, next: next.filter(|_| more) }
}

fn csv_row(line: &AuditLine) -> String {
    let who = match &line.by {
        AuditActor::Person(name) => name.as_str(),
        AuditActor::Portal => "the portal",
        AuditActor::Operator => "the operator",
        AuditActor::Proxy => "the proxy",
    };
    let whence = line.whence.as_deref().unwrap_or_default();
    csv::row([rfc3339(line.at).as_str(), who, &line.action, &line.object, whence])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(seq: u64, object: &str) -> AuditLine {
        let by = AuditActor::Person("=Zoë".to_owned());
        let (action, object) = ("connection.connected".to_owned(), object.to_owned());
        AuditLine { seq: AuditSeq(seq), at: Moment(1_764_000_000_000), by, action, object, whence: None }
    }

    #[test]
    fn the_first_part_has_a_heading_and_a_formula_is_a_text() {
        let part = part(&[line(3, "books")], true);
        assert_eq!(
            part.text,
            "\"time\",\"who\",\"what\",\"object\",\"from\"\r\n\
             \"2025-11-24T16:00:00Z\",\"'=Zoë\",\"connection.connected\",\"books\",\"\"\r\n"
        );
        assert_eq!(part.next, None);
    }

    #[test]
    fn what_does_not_fit_is_asked_for_by_the_last_line() {
        let long = "x".repeat(1000);
        let lines: Vec<_> = (0..500).map(|at| line(500 - at, &long)).collect();
        let first = part(&lines, true);
        let written = first.text.lines().count() - 1;
        assert!(first.text.len() < PART_BYTES + 2000 && written < 500, "{written}");
        assert_eq!(first.next, Some(lines[written - 1].seq));
        let full = part(&(0..500).map(|at| line(500 - at, "")).collect::<Vec<_>>(), false);
        assert_eq!((full.next, full.text.lines().count()), (Some(AuditSeq(1)), 500));
    }
}
