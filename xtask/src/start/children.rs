//! The programs that run side by side: their output with a name before each line, and their end together.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::{clock, run, say};

/// How long a program may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Children {
    running: Vec<(&'static str, Child)>,
    stop: Arc<AtomicBool>,
}

impl Children {
    /// Begins to listen for Ctrl-C, which then stops the children instead of us; all children, since
    /// a process can listen only once.
    pub(crate) fn watch() -> Result<Self> {
        static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();
        if let Some(stop) = STOP.get() {
            return Ok(Self { running: Vec::new(), stop: Arc::clone(stop) });
        }
        let stop = Arc::clone(STOP.get_or_init(Arc::default));
        let asked = Arc::clone(&stop);
        ctrlc::set_handler(move || asked.store(true, Ordering::SeqCst))
            .context("Ctrl-C cannot be listened for")?;
        Ok(Self { running: Vec::new(), stop })
    }

    /// Starts a program under a name.
    pub(crate) fn spawn(&mut self, name: &'static str, command: &mut Command) -> Result<()> {
        // In a group of its own, so that a Ctrl-C at the terminal reaches us alone and the end has an order.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{}`", run::words(command)))?;
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || repeat(name, output));
        }
        if let Some(output) = child.stderr.take() {
            thread::spawn(move || repeat(name, output));
        }
        self.running.push((name, child));
        Ok(())
    }

    /// Starts a program under a name, whose errors and log go into a file.
    pub(crate) fn spawn_into(&mut self, log: File, name: &'static str, command: &mut Command) -> Result<()> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let child = child.with_context(|| format!("cannot start `{}`", run::words(command)))?;
        self.running.push((name, child));
        Ok(())
    }

    /// The process of a child, for measuring it.
    pub(crate) fn pid(&self, name: &str) -> Option<u32> {
        self.running.iter().find(|(known, _)| *known == name).map(|(_, child)| child.id())
    }

    /// Says which program has ended, when one has, or that somebody wants to stop.
    pub(crate) fn check(&mut self) -> Result<()> {
        for (name, child) in &mut self.running {
            if let Some(status) = child.try_wait()? {
                bail!("the {name} ended by itself ({status}); its last lines above say why");
            }
        }
        if self.stop.load(Ordering::SeqCst) {
            bail!("stopped before everything was running");
        }
        Ok(())
    }

    /// Waits for Ctrl-C, which is success, or for a program to end, which is not.
    pub(crate) fn until_stopped(mut self) -> Result<()> {
        loop {
            let stop = Arc::clone(&self.stop);
            let asked = clock::wait_for(Duration::from_secs(1), || stop.load(Ordering::SeqCst).then_some(()));
            if asked.is_some() {
                say::step("stopping");
                return Ok(());
            }
            self.check()?;
        }
    }
}

impl Drop for Children {
    /// Asks every program to end, and makes the one end that does not.
    fn drop(&mut self) {
        for (_, child) in &mut self.running {
            if matches!(child.try_wait(), Ok(None)) {
                let mut kill = Command::new("kill");
                let _ = kill.args(["-TERM", &child.id().to_string()]).status();
            }
        }
        for (name, child) in &mut self.running {
            let ended = clock::wait_for(PATIENCE, || child.try_wait().ok().flatten());
            if ended.is_none() {
                say::note(format_args!("the {name} does not end by itself and is killed"));
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

fn repeat(name: &str, output: impl Read) {
    for line in BufReader::new(output).lines() {
        // What is not text ends the repeating, not the program.
        let Ok(line) = line else { break };
        say::line(format_args!("{name:<7}| {line}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn children() -> Children {
        Children { running: Vec::new(), stop: Arc::default() }
    }

    #[test]
    fn a_child_that_ends_is_told_by_name() {
        let mut children = children();
        children.spawn("portal", Command::new("sh").args(["-c", "exit 7"])).expect("a shell");
        let problem = children.until_stopped().expect_err("it has ended").to_string();
        assert!(problem.contains("portal") && problem.contains('7'), "{problem}");
    }

    #[test]
    fn dropping_ends_what_runs() {
        let mut children = children();
        children.spawn("proxy", Command::new("sleep").arg("600")).expect("a program");
        let pid = children.pid("proxy").expect("it runs");
        drop(children);
        let signal = Command::new("kill").args(["-0", &pid.to_string()]).stderr(Stdio::null()).status();
        assert!(!signal.expect("kill is there").success());
    }

    #[test]
    fn ctrl_c_is_a_good_end() {
        let mut children = children();
        children.spawn("proxy", Command::new("sleep").arg("600")).expect("a program");
        children.stop.store(true, Ordering::SeqCst);
        children.until_stopped().expect("the end that was asked for");
    }
}
