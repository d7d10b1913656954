//! The console and the widget in a real Chromium against the built server, as one of `cargo test`'s programs: the packages of
//! the lock file are installed when they are not there, then types are checked, then everything in this folder runs under
//! node's own test runner. A name (`cargo test --test browser inbox`) runs the files that have it in theirs.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let wanted = arguments.iter().find(|argument| !argument.starts_with('-')).map(String::as_str);
    match run(wanted) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("browser tests: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(wanted: Option<&str>) -> Result<(), String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let files = files(&here, wanted)?;
    if files.is_empty() {
        return Ok(());
    }
    let chromium = chromium().ok_or("no Chromium: install it (Debian: `chromium`) or name it in CHROMIUM")?;
    if !installed(&here) {
        step(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&here))?;
    }
    if wanted.is_none() {
        step(Command::new("npm").args(["run", "--silent", "types"]).current_dir(&here))?;
    }
    // One file at a time: each starts a server and a browser of its own.
    step(
        Command::new("node")
            .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
            .args(files)
            .env("ATTENDANCE_BIN", env!("CARGO_BIN_EXE_attendance"))
            .env("CHROMIUM", chromium)
            .current_dir(&here),
    )
}

fn step(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{name}: {error} (Node.js 20 or newer is needed)"))?;
    status.success().then_some(()).ok_or(format!("{name} failed"))
}

/// The test files whose name holds `wanted`, in order.
fn files(here: &Path, wanted: Option<&str>) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for folder in [here.join("unit"), here.to_owned()] {
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut found: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                (name.ends_with(".test.js") || name.ends_with(".test.mjs"))
                    && wanted.is_none_or(|wanted| name.contains(wanted))
            })
            .collect();
        found.sort();
        files.extend(found);
    }
    Ok(files)
}

/// Whether what is installed is what the lock file says.
fn installed(here: &Path) -> bool {
    let changed = |path: PathBuf| path.metadata().and_then(|of| of.modified()).ok();
    match (changed(here.join("node_modules/.package-lock.json")), changed(here.join("package-lock.json"))) {
        (Some(installed), Some(locked)) => installed >= locked,
        _ => false,
    }
}

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    named.into_iter().chain(known).find(|path| path.exists())
}
