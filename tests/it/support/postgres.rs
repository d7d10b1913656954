//! A private PostgreSQL cluster for the whole test run, and a fresh database for each server. PostgreSQL refuses to run as
//! root, so as root the cluster belongs to the `postgres` user that its package makes.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

struct Cluster {
    port: u16,
    folder: PathBuf,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The address of a new, empty database.
pub fn fresh_database() -> String {
    let cluster = CLUSTER.get_or_init(Cluster::start);
    let name = format!("it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    cluster.sql(&format!("CREATE DATABASE {name}"));
    format!("postgres://postgres@127.0.0.1:{}/{name}", cluster.port)
}

/// Where the cluster listens.
pub fn port() -> u16 {
    CLUSTER.get_or_init(Cluster::start).port
}

/// As [`fresh_database`], reached through another port of this machine.
pub fn fresh_database_through(port: u16) -> String {
    fresh_database().replace(&format!(":{}/", self::port()), &format!(":{port}/"))
}

/// Cuts every connection to a database, as a failing server would.
pub fn cut_connections(url: &str) {
    let name = url.rsplit('/').next().unwrap();
    let cluster = CLUSTER.get_or_init(Cluster::start);
    cluster.sql(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
}

/// Refuses (or again allows) connections to a database.
pub fn allow_connections(url: &str, allow: bool) {
    let name = url.rsplit('/').next().unwrap();
    let cluster = CLUSTER.get_or_init(Cluster::start);
    cluster.sql(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {allow}"));
}

impl Cluster {
    fn start() -> Cluster {
        let folder = std::env::temp_dir().join(format!("attendance-it-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
        let port = free_port();
        let data = folder.join("data");
        run(bin("initdb").arg("-D").arg(&data).args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C"]));
        // Commits are made durable, as in production: what the tests say about crashes must hold.
        let options = format!("-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=300", folder.display());
        run(bin("pg_ctl")
            .arg("-D")
            .arg(&data)
            .arg("-o")
            .arg(options)
            .arg("-l")
            .arg(folder.join("log"))
            .args(["-w", "start"]));
        // The cluster ends with the test process, however that ends.
        let watched = std::process::id();
        let stop = format!(
            "while kill -0 {watched} 2>/dev/null; do sleep 1; done; kill -QUIT $(head -1 {0}/data/postmaster.pid) 2>/dev/null; \
             sleep 1; rm -rf {0}",
            folder.display()
        );
        // It outlives us on purpose.
        #[expect(clippy::zombie_processes, reason = "it ends after this process")]
        let _watcher = Command::new("setsid")
            .args(["sh", "-c", &stop])
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        Cluster { port, folder }
    }

    fn sql(&self, statement: &str) {
        run(bin("psql").arg("-h").arg(&self.folder).args([
            "-p",
            &self.port.to_string(),
            "-U",
            "postgres",
            "-d",
            "postgres",
            "-qAtc",
            statement,
        ]));
    }
}

/// A tool of the installed PostgreSQL, as a user that may run it.
fn bin(name: &str) -> Command {
    let newest = std::fs::read_dir("/usr/lib/postgresql").ok().and_then(|versions| {
        let mut versions: Vec<PathBuf> = versions.filter_map(|entry| Some(entry.ok()?.path())).collect();
        versions.sort();
        versions.pop()
    });
    let path = newest.map(|version| version.join("bin").join(name)).filter(|path| path.exists());
    let path = path.unwrap_or_else(|| Path::new(name).to_path_buf());
    // SAFETY: asks for the effective user id, which cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path);
        command
    } else {
        Command::new(path)
    }
}

fn run(command: &mut Command) {
    command.current_dir(std::env::temp_dir());
    let output =
        command.output().unwrap_or_else(|error| panic!("PostgreSQL is needed for the tests: {command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
