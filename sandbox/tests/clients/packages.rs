//! The packages that the scripts use: installed once below the target directory in the versions of their lists.
//! Where a language is not installed its tests are skipped, with a word that `--quiet` does not hide.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command as Program,
    sync::Mutex,
};

use tokio::process::Command;

/// A script, ready to run; nothing where its language is not installed.
pub(crate) type Script = Option<Command>;

/// Node's first version that has all that `oauth4webapi` uses.
const NODE: u32 = 20;

/// The tests of one process install one after the other, and tell a missing language once.
static INSTALLING: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

/// A script of sandbox/clients/npm, copied beside its packages, since Node looks for them from where it is.
pub(crate) fn node(script: &str) -> Script {
    let mut told = INSTALLING.lock().unwrap();
    let major =
        said("node", "--version").and_then(|text| text.strip_prefix('v')?.split('.').next()?.parse().ok());
    if major.is_none_or(|major: u32| major < NODE) || said("npm", "--version").is_none() {
        skip(&mut told, "the npm clients are not tested: Node.js 20 or newer and npm are not installed");
        return None;
    }
    let (from, folder) = (source("npm"), target("npm"));
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(&from).unwrap() {
        let file = entry.unwrap().path();
        if file.is_file() {
            fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
        }
    }
    once(&folder.join("node_modules"), &from.join("package-lock.json"), || {
        // No package here has anything to build, so no install script has to run.
        let mut npm = Program::new("npm");
        run(npm.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]));
    });
    let mut command = crate::quiet("node");
    command.arg(folder.join(script));
    Some(command)
}

/// The script of sandbox/clients/python with that name, with a virtual environment of its own: one client asks
/// for another version of the other than the newest.
pub(crate) fn python(name: &str) -> Script {
    script(name, name)
}

/// A script of sandbox/clients/python with the packages of that name's list.
pub(crate) fn script(name: &str, script: &str) -> Script {
    let mut told = INSTALLING.lock().unwrap();
    if said("python3", "-cimport ensurepip, venv; print()").is_none() {
        skip(&mut told, "the PyPI clients are not tested: python3 with venv and pip is not installed");
        return None;
    }
    let (from, folder) = (source("python"), target(name));
    let python = folder.join("bin/python");
    let list = from.join(format!("{name}.txt"));
    once(&folder, &list, || {
        run(Program::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
        let pip =
            ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"];
        run(Program::new(&python).args(pip).arg(&list));
    });
    let mut command = crate::quiet(&python);
    command.arg("-B").arg(from.join(format!("{script}.py")));
    Some(command)
}

/// Installs unless the folder holds what this list says.
fn once(folder: &Path, list: &Path, install: impl FnOnce()) {
    let (wanted, done) = (fs::read(list).unwrap(), folder.join(".installed"));
    if fs::read(&done).is_ok_and(|installed| installed == wanted) {
        return;
    }
    install();
    fs::write(done, wanted).unwrap();
}

fn run(program: &mut Program) {
    let output = program.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let words = format!("{program:?} failed:\n{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{words}");
}

/// What a program prints for one argument, if it is there and can.
fn said(program: &str, argument: &str) -> Option<String> {
    let output = Program::new(program).arg(argument).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn skip(told: &mut Vec<&'static str>, why: &'static str) {
    if !told.contains(&why) {
        told.push(why);
        // Not `eprintln!`, which the test harness keeps to itself when a test passes.
        std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes()).unwrap();
    }
}

fn source(folder: &str) -> PathBuf {
    Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("clients").join(folder)
}

fn target(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("clients").join(folder)
}
