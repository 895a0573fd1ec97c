//! Running other programs: loudly, quietly, or only to see whether they are there.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::{repo, say};

/// What `cargo run` tells the program that it starts. What we start must not inherit it: build
/// scripts that watch these names would run again, and tests would look for our files.
const OF_CARGO_RUN: &[&str] = &["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_", "CARGO_CRATE_"];

/// The cargo that runs us, in the repository's root; the arguments are those of a command line.
pub(crate) fn cargo(arguments: &str) -> Command {
    let mut cargo = program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments.split_whitespace());
    cargo
}

/// Any program, in the repository's root.
pub(crate) fn program(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(repo::root());
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if OF_CARGO_RUN.iter().any(|start| text.starts_with(start)) {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs to the end with its output on our screen.
pub(crate) fn show(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", words(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", words(command));
    }
    Ok(())
}

/// A program that failed, and the lines of it that were to be kept.
pub(crate) struct Failed {
    pub(crate) error: anyhow::Error,
    pub(crate) kept: Vec<String>,
}

/// Runs to the end with its output on our screen, and keeps those lines that matter after a failure.
pub(crate) fn show_and_keep(
    command: &mut Command,
    matters: impl Fn(&str) -> bool,
) -> Result<Result<(), Failed>> {
    let started = command.stdout(Stdio::piped()).spawn();
    let mut child = started.with_context(|| format!("cannot start `{}`", words(command)))?;
    let mut kept = Vec::new();
    if let Some(said) = child.stdout.take() {
        for line in BufReader::new(said).lines() {
            let line = line?;
            say::line(&line);
            if matters(&line) {
                kept.push(line);
            }
        }
    }
    let status = child.wait()?;
    if status.success() {
        return Ok(Ok(()));
    }
    Ok(Err(Failed { error: anyhow!("`{}` failed ({status})", words(command)), kept }))
}

/// Runs to the end and gives what it printed; a failure carries what it said.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = finished(command)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let also = String::from_utf8_lossy(&output.stdout);
        bail!("`{}` failed ({}):\n{}{}", words(command), output.status, also, said);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first line that `program --version` prints, or nothing where there is no such program.
pub(crate) fn version(program: impl AsRef<OsStr>) -> Option<String> {
    let mut command = Command::new(program);
    let output = finished(command.arg("--version")).ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

fn finished(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{}`", words(command)))
}

/// The command as somebody would type it.
pub(crate) fn words(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_command_and_what_it_said() {
        let problem = output(Command::new("sh").args(["-c", "echo oh no >&2; exit 3"]))
            .expect_err("exit code 3 is a failure");
        let text = problem.to_string();
        assert!(text.contains("sh -c") && text.contains("oh no"), "{text}");
    }

    #[test]
    fn what_matters_of_a_failure_is_kept() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two; exit 3"]);
        let done = show_and_keep(&mut command, |line| line == "two").expect("it starts");
        let Err(failed) = done else { panic!("exit code 3 is a failure") };
        assert_eq!(failed.kept, ["two"]);
        assert!(show_and_keep(&mut Command::new("true"), |_| true).expect("it starts").is_ok());
    }

    #[test]
    fn a_missing_program_has_no_version() {
        assert_eq!(version("no-such-program-anywhere"), None);
    }
}
