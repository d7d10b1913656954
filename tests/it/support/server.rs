//! The server as its users start it: the built program, its own data folder, its own database.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use tokio::sync::watch;

use super::{Backend, PATIENCE, postgres};

pub const ADMIN_EMAIL: &str = "admin@example.com";
pub const ADMIN_PASSWORD: &str = "correct horse battery";

/// A running (or killed) server; its data stays until it is dropped.
pub struct Server {
    pub base: String,
    pub data: tempfile::TempDir,
    pub database_url: Option<String>,
    extra: Vec<(String, String)>,
    /// The command line; empty: the server itself.
    arguments: Vec<String>,
    /// What it printed before it listened.
    said: Vec<String>,
    /// Counts the lines of its log.
    logged: watch::Sender<usize>,
    child: Option<(Child, JoinHandle<()>)>,
}

impl Server {
    pub fn start(backend: Backend) -> Server {
        Server::start_with(backend, &[])
    }

    /// Without an administrator in the environment: it waits for its set-up.
    pub fn start_unattended(backend: Backend) -> Server {
        Server::start_with(backend, &[("ATTENDANCE_ADMIN_EMAIL", ""), ("ATTENDANCE_ADMIN_PASSWORD", "")])
    }

    /// With more environment variables; an empty value takes one away.
    pub fn start_with(backend: Backend, extra: &[(&str, &str)]) -> Server {
        let database_url = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(postgres::fresh_database()),
        };
        Server::start_on(database_url, extra)
    }

    /// On a database of one's own; none: a file.
    pub fn start_on(database_url: Option<String>, extra: &[(&str, &str)]) -> Server {
        let mut server = Server::prepare(database_url, extra);
        server.launch();
        server
    }

    /// `attendance demo` in a folder of its own.
    pub fn start_demo(arguments: &[&str]) -> Server {
        let mut server = Server::prepare(None, &[]);
        server.become_demo(arguments);
        server.launch();
        server
    }

    /// From the next start on it is `attendance demo`.
    pub fn become_demo(&mut self, arguments: &[&str]) {
        self.arguments = ["demo"].iter().chain(arguments).map(|argument| (*argument).to_owned()).collect();
    }

    fn prepare(database_url: Option<String>, extra: &[(&str, &str)]) -> Server {
        Server {
            base: String::new(),
            data: tempfile::tempdir().unwrap(),
            database_url,
            extra: extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            arguments: Vec::new(),
            said: Vec::new(),
            logged: watch::Sender::new(0),
            child: None,
        }
    }

    /// The environment every command of this installation runs in.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attendance"));
        command
            .current_dir(self.data.path())
            .env_remove("DATABASE_URL")
            .env("ATTENDANCE__SERVER__BIND", "127.0.0.1:0")
            .env("ATTENDANCE__DATA_DIR", self.data.path().join("data"))
            .env("ATTENDANCE__SECURITY__ALLOW_PRIVATE_ADDRESSES", "true")
            // A connection that a busy machine leaves without a request for a while is not a scenario.
            .env("ATTENDANCE__SERVER__REQUEST_TIMEOUT_SECONDS", "60")
            .env("ATTENDANCE__LIMITS__REQUESTS_PER_SECOND", "100000")
            .env("ATTENDANCE__LIMITS__REQUEST_BURST", "100000")
            .env("ATTENDANCE__LIMITS__LOGINS_PER_MINUTE", "10000")
            .env("ATTENDANCE_ADMIN_EMAIL", ADMIN_EMAIL)
            .env("ATTENDANCE_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .env("RUST_LOG", "info,attendance::channels=debug")
            .env("ATTENDANCE__LOG__FORMAT", "json");
        if let Some(url) = &self.database_url {
            command.env("DATABASE_URL", url);
        }
        for (name, value) in &self.extra {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        command
    }

    /// Starts it (again) and waits until it says that it listens.
    pub fn launch(&mut self) {
        let mut log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_file()).unwrap();
        let (piped, nothing) = (Stdio::piped, Stdio::null);
        let mut child =
            self.command().args(&self.arguments).stdout(piped()).stderr(piped()).stdin(nothing()).spawn().unwrap();
        let listening = std::thread::spawn({
            let (said, logged) = (BufReader::new(child.stderr.take().unwrap()), self.logged.clone());
            move || {
                for line in said.lines().map_while(Result::ok) {
                    writeln!(log, "{line}").unwrap();
                    logged.send_modify(|lines| *lines += 1);
                }
            }
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = &mut self.said;
        let base = lines.find_map(|line| {
            let line = line.ok()?;
            let base = line.strip_prefix("listening on ").map(str::to_owned);
            said.push(line);
            base
        });
        let Some(base) = base else {
            listening.join().unwrap();
            panic!("the server did not start:\n{}", self.log());
        };
        self.base = base;
        self.child = Some((child, listening));
        // Whatever else it prints is read, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
    }

    /// The lines it printed until it listened.
    pub fn said(&self) -> Vec<String> {
        self.said.clone()
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, |(child, _)| child.id())
    }

    /// `kill -9`: nothing is flushed, nobody is told.
    pub fn kill(&mut self) {
        if let Some((mut child, listening)) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
            listening.join().unwrap();
        }
    }

    /// SIGTERM, and the exit status.
    pub fn terminate(&mut self) -> std::process::ExitStatus {
        let (mut child, listening) = self.child.take().unwrap();
        // SAFETY: signals a child that is ours and has not been waited for.
        unsafe { libc::kill(i32::try_from(child.id()).unwrap(), libc::SIGTERM) };
        let status = child.wait().unwrap();
        listening.join().unwrap();
        status
    }

    /// Asks again after each line that the server logs until the answer is there: for what no event tells.
    #[track_caller]
    pub fn eventually<T>(&self, what: &str, ask: impl AsyncFn() -> Option<T>) -> impl Future<Output = T> {
        let at = std::panic::Location::caller();
        let mut logged = self.logged.subscribe();
        async move {
            let asking = async {
                loop {
                    if let Some(answer) = ask().await {
                        return answer;
                    }
                    logged.changed().await.unwrap();
                }
            };
            let answer = tokio::time::timeout(PATIENCE, asking).await;
            answer.unwrap_or_else(|_| panic!("{at}: never happened: {what}"))
        }
    }

    /// Memory of the process that is in use, in KiB.
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    fn log_file(&self) -> std::path::PathBuf {
        self.data.path().join("server.log")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    pub fn path(&self) -> &Path {
        self.data.path()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(40).collect();
            eprintln!("--- the server's last words ---");
            tail.iter().rev().for_each(|line| eprintln!("{line}"));
        }
    }
}
