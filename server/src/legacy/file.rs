//! Files of a campaign: CSV with a heading, or a JSON object a line. A line that cannot be read is told by its
//! number and leaves the others.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::row::{Credentials, Mapped, Row};
use crate::vault::Secret;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Columns under a heading, with commas between (RFC 4180).
    Csv,
    /// A JSON object a line.
    Ndjson,
}

/// A line, counted from 1, and what it says.
pub struct Line {
    /// Where it begins.
    pub number: usize,
    /// What it says, or why it says nothing.
    pub row: Result<Row, String>,
}

/// All lines that are not empty. An error is about the whole file.
pub fn read(text: &[u8], format: Format) -> Result<Vec<Line>, String> {
    match format {
        Format::Csv => csv(text),
        Format::Ndjson => Ok(ndjson(text)),
    }
}

fn ndjson(text: &[u8]) -> Vec<Line> {
    let lines = text.split(|byte| *byte == b'\n').enumerate();
    let full = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    full.map(|(at, line)| Line { number: at + 1, row: object(line.trim_ascii()) }).collect()
}

fn object(line: &[u8]) -> Result<Row, String> {
    // Left alone, serde takes a list for a struct as well.
    if !line.starts_with(b"{") {
        return Err("a line is a JSON object".to_owned());
    }
    serde_json::from_slice(line).map_err(|error| error.to_string())
}

/// The columns, all texts; an empty cell says nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cells {
    portal: Option<String>,
    tenant: String,
    tenant_name: Option<String>,
    integration: Option<String>,
    company_id: String,
    company_name: String,
    deadline: Option<String>,
    /// JSON.
    configuration: Option<String>,
    /// JSON.
    mappings: Option<String>,
    oauth_token: Option<String>,
    oauth_token_secret: Option<String>,
}

fn csv(text: &[u8]) -> Result<Vec<Line>, String> {
    // A spreadsheet may begin its file with a byte order mark.
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let heading = reader.headers().map_err(|error| plainly(&error))?.clone();
    for needed in ["tenant", "company_id", "company_name"] {
        if !heading.iter().any(|name| name == needed) {
            return Err(format!("the heading has no column {needed}"));
        }
    }
    let mut lines = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let begun = reader.position().line();
        let row = match reader.read_record(&mut record) {
            Ok(false) => return Ok(lines),
            Ok(true) => cells(&record, &heading),
            Err(error) => Err(plainly(&error)),
        };
        let line = record.position().map_or(begun, csv::Position::line);
        lines.push(Line { number: usize::try_from(line).unwrap_or(usize::MAX), row });
    }
}

fn cells(record: &csv::StringRecord, heading: &csv::StringRecord) -> Result<Row, String> {
    let cells: Cells = record.deserialize(Some(heading)).map_err(|error| plainly(&error))?;
    let json =
        |name: &str, error: serde_json::Error| format!("{name} is no JSON of the right shape: {error}");
    let configuration = cells.configuration.as_deref().map(serde_json::from_str::<Map<String, Value>>);
    let mappings = cells.mappings.as_deref().map(serde_json::from_str::<Vec<Mapped>>);
    let oauth1 = match (cells.oauth_token, cells.oauth_token_secret) {
        (Some(token), Some(secret)) => {
            Some(Credentials { token: Secret::new(token), token_secret: Secret::new(secret) })
        }
        (None, None) => None,
        _ => return Err("oauth_token and oauth_token_secret go together".to_owned()),
    };
    Ok(Row {
        portal: cells.portal,
        tenant: cells.tenant,
        tenant_name: cells.tenant_name,
        integration: cells.integration,
        company_id: cells.company_id,
        company_name: cells.company_name,
        deadline: cells.deadline,
        configuration: configuration
            .transpose()
            .map_err(|error| json("configuration", error))?
            .unwrap_or_default(),
        mappings: mappings.transpose().map_err(|error| json("mappings", error))?.unwrap_or_default(),
        oauth1,
    })
}

/// What is wrong, without the record's own text, which may hold a secret.
fn plainly(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} cells, and the heading {expected_len}")
        }
        csv::ErrorKind::Deserialize { err, .. } => err.kind().to_string(),
        _ => "it cannot be read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, format: Format) -> Vec<(usize, Option<String>)> {
        let lines = read(text.as_bytes(), format).unwrap();
        lines.into_iter().map(|line| (line.number, line.row.err())).collect()
    }

    #[test]
    fn both_formats_say_the_same() {
        let csv = "\u{feff}tenant,company_id,company_name,deadline,configuration,mappings,oauth_token,oauth_token_secret\r\n\
            acme,9341453199999002,\"Harbourside, Ltd\",2027-01-31,\"{\"\"account-sales\"\":\"\"79\"\"}\",\
            \"[{\"\"kind\"\":\"\"customers\"\",\"\"source\"\":\"\"1\"\",\"\"target\"\":\"\"5\"\"}]\",t,s\r\n";
        let json = r#"{"tenant":"acme","company_id":"9341453199999002","company_name":"Harbourside, Ltd","deadline":"2027-01-31",
            "configuration":{"account-sales":"79"},"mappings":[{"kind":"customers","source":"1","target":"5"}],
            "oauth1":{"token":"t","token_secret":"s"}}"#.replace('\n', "");
        let of = |text: &str, format| {
            let row = read(text.as_bytes(), format).unwrap().remove(0).row.ok().unwrap();
            let oauth1 = row.oauth1.unwrap().digest();
            (row.company_name, row.deadline, row.configuration, row.mappings[0].target.clone(), oauth1)
        };
        assert_eq!(of(csv, Format::Csv), of(&json, Format::Ndjson));
    }

    #[test]
    fn a_line_that_cannot_be_read_is_told_by_its_number() {
        let json =
            "{\"tenant\":\"a\"}\n\n[1]\n{\"tenant\":\"a\",\"company_id\":\"1\",\"company_name\":\"c\"}\n{";
        let lines = told(json, Format::Ndjson);
        assert_eq!(lines.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 3, 4, 5]);
        assert_eq!(lines.iter().filter(|(_, problem)| problem.is_none()).count(), 1);
        let csv = "tenant,company_id,company_name,oauth_token,oauth_token_secret\na,1,\"two\nlines\",,\nb,2\nc,3,c,t,\nd,4,d,,\n";
        let lines = told(csv, Format::Csv);
        assert_eq!(lines.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 4, 5, 6]);
        assert_eq!(lines[1].1.as_deref(), Some("it has 2 cells, and the heading 5"));
        assert_eq!(lines[2].1.as_deref(), Some("oauth_token and oauth_token_secret go together"));
        assert!(lines[0].1.is_none() && lines[3].1.is_none());
    }

    #[test]
    fn a_heading_that_does_not_fit_is_told() {
        assert!(read(b"tenant,company\n", Format::Csv).err().unwrap().contains("no column company_id"));
        let lines = told("tenant,company_id,company_name,colour\na,1,c,red\n", Format::Csv);
        assert!(lines[0].1.as_deref().unwrap().contains("unknown field `colour`"), "{lines:?}");
    }

    #[test]
    fn oa_19_no_problem_repeats_a_secret() {
        let csv = "tenant,company_id,company_name,oauth_token,oauth_token_secret,mappings\na,1,c,t0ken,s3cret,{\na,1,c,t0ken,s3cret\n";
        let json = "{\"oauth1\":{\"token\":\"t0ken\",\"token_secret\":\"s3cret\",\"x\":1}}\n{\"oauth1\":\"s3cret\"}\n{\"oauth1\":{\"token\":[\"t0ken\"";
        for (_, problem) in told(csv, Format::Csv).into_iter().chain(told(json, Format::Ndjson)) {
            let problem = problem.unwrap();
            assert!(!problem.contains("s3cret") && !problem.contains("t0ken"), "{problem}");
        }
    }
}
