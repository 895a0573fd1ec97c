//! The `patchbay` command.

use clap::Parser as _;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match server::cli::Cli::parse().run().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("patchbay: {problem}");
            std::process::ExitCode::FAILURE
        }
    }
}
