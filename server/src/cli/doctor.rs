//! `patchbay doctor`: what `doctor` finds, line by line.

use super::{Sentence, say};
use crate::clock::Clock;
use crate::config::{Config, Problems};
use crate::doctor::{Finding, State, examine};
use crate::portals::count;

#[derive(clap::Args)]
pub(super) struct Options {
    /// As JSON: a list of `check`, `state` (ok, warning, problem), `says` and `remedy`.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: Result<&Config, &Problems>, options: &Options) -> Result<(), Sentence> {
    let findings = Box::pin(examine(config, &Clock::system())).await;
    if options.json {
        say(&format!("{}\n", serde_json::to_string_pretty(&findings)?))?;
    } else {
        say(&findings.iter().map(line).collect::<String>())?;
    }
    let problems = findings.iter().filter(|finding| finding.state == State::Problem).count();
    if problems == 0 {
        return Ok(());
    }
    let problems = count(i64::try_from(problems).unwrap_or(i64::MAX), "problem");
    Err(Sentence(format!("{problems} found; what to do stands under each")))
}

fn line(finding: &Finding) -> String {
    let state = match finding.state {
        State::Ok => "ok",
        State::Warning => "warning",
        State::Problem => "problem",
    };
    let Finding { check, says, remedy, .. } = finding;
    let remedy = remedy.iter().map(|remedy| format!("{:25}-> {remedy}\n", ""));
    format!("{state:<8} {check:<15} {says}\n") + &remedy.collect::<String>()
}
