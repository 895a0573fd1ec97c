//! The project's own tasks, run as `cargo xtask NAME`.
//!
//! Each task is one module; what they share is where things are (`repo`), how programs are run
//! (`run`), what has to be installed (`tools`) and how we speak (`say`).

mod app_build;
mod bench;
mod clock;
mod dist;
mod everything;
mod react_page;
mod repo;
mod run;
mod say;
mod size;
mod start;
mod tidy;
mod tools;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own tasks")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run proxy, sandbox and demo portal on a fresh database.
    Start(start::Options),
    /// Build one release binary with the browser program inside.
    Dist,
    /// Build the browser program into dist/.
    App {
        /// Without optimisation, minifying and compression.
        #[arg(long)]
        dev: bool,
    },
    /// Build the React page of the browser flows.
    React,
    /// Check everything: format, lints, rules, tests, size budget, flows in a browser.
    Test,
    /// Everything that `test` runs, and what takes longer.
    Deep,
    /// Measure the release build against its budgets.
    Bench(bench::Options),
    /// Measure the first load against its budget.
    Size,
    /// Hold the code to the rules of docs/STYLE.md.
    Tidy,
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Start(options) => start::start(&options),
        Task::Dist => dist::build().map(|_| ()),
        Task::App { dev } => app_build::build(app_build::Kind::from_dev(dev)).map(|_| ()),
        Task::React => react_page::build(),
        Task::Test => everything::test(),
        Task::Deep => everything::deep(),
        Task::Bench(options) => bench::run(&options),
        Task::Size => size::gate(),
        Task::Tidy => tidy::check(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            say::problem(&problem);
            ExitCode::FAILURE
        }
    }
}
