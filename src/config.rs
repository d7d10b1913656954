//! The installation's configuration: built-in defaults < `config/attendance.toml` < environment. Typed, checked as a
//! whole at start, read by nobody else. Not the settings of organizations and bots, which live in the database
//! (`settings/`).
//!
//! `config/attendance.toml` is the manual: it names every key with its default, unit and meaning, and a test holds it
//! to that.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use toml::de::{DeTable, DeValue};
use url::Url;

use crate::basic;
use crate::store::connection::Database;
use crate::vault::Secret;

/// Where the file is looked for when nobody names one.
pub const DEFAULT_FILE: &str = "config/attendance.toml";
const ENV_PREFIX: &str = "ATTENDANCE__";

/// Names without the prefix, which stay stable for people and their platforms (spec/80-operations.md). The long form
/// wins.
const FIXED_NAMES: [(&str, &str, &str); 2] = [("DATABASE_URL", "database", "url"), ("REDIS_URL", "redis", "url")];

/// A value of a key: read from TOML or from an environment variable, and shown in the manual.
trait Value: Sized {
    /// What is expected, in words: completes "expected ...".
    const EXPECTED: &'static str;
    fn from_text(text: &str) -> Option<Self>;
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        Self::from_text(value.as_str()?)
    }
}

impl Value for bool {
    const EXPECTED: &'static str = "true or false";
    fn from_text(text: &str) -> Option<Self> {
        match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value.as_bool()
    }
}

impl Value for u64 {
    const EXPECTED: &'static str = "a whole number";
    fn from_text(text: &str) -> Option<Self> {
        text.replace('_', "").parse().ok()
    }
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        let integer = value.as_integer()?;
        u64::from_str_radix(integer.as_str(), integer.radix()).ok()
    }
}

impl Value for String {
    const EXPECTED: &'static str = "a text";
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Value for Secret {
    const EXPECTED: &'static str = "a text";
    fn from_text(text: &str) -> Option<Self> {
        Some(Secret::new(text))
    }
}

impl Value for PathBuf {
    const EXPECTED: &'static str = "a path";
    fn from_text(text: &str) -> Option<Self> {
        Some(PathBuf::from(text))
    }
}

impl Value for SocketAddr {
    const EXPECTED: &'static str = "an address and port like 127.0.0.1:8080";
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A public address, kept without a slash at its end; empty text: none.
impl Value for Option<Url> {
    const EXPECTED: &'static str = "an http or https address";
    fn from_text(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(None);
        }
        let url = Url::parse(text).ok()?;
        (matches!(url.scheme(), "http" | "https") && url.host().is_some()).then_some(Some(url))
    }
}

impl Value for Vec<IpNet> {
    const EXPECTED: &'static str = "a list of networks like 10.0.0.0/8";
    fn from_text(text: &str) -> Option<Self> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(network).collect()
    }
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value.as_array()?.iter().map(|item| network(item.get_ref().as_str()?)).collect()
    }
}

/// A network, or one address.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse().ok().map(|ip: std::net::IpAddr| ip.into()))
}

impl Value for Vec<String> {
    const EXPECTED: &'static str = "a list of texts";
    fn from_text(text: &str) -> Option<Self> {
        Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
    }
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value.as_array()?.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people on a terminal, JSON elsewhere.
    Auto,
    Pretty,
    Json,
}

impl Value for LogFormat {
    const EXPECTED: &'static str = "auto, pretty or json";
    fn from_text(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(LogFormat::Auto),
            "pretty" => Some(LogFormat::Pretty),
            "json" => Some(LogFormat::Json),
            _ => None,
        }
    }
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Begins in the clear and must turn to TLS before anything is said.
    StartTls,
    /// From the first byte.
    Tls,
    None,
}

impl Value for Encryption {
    const EXPECTED: &'static str = "starttls, tls or none";
    fn from_text(text: &str) -> Option<Self> {
        match text {
            "starttls" => Some(Encryption::StartTls),
            "tls" => Some(Encryption::Tls),
            "none" => Some(Encryption::None),
            _ => None,
        }
    }
}

/// Why a value is not taken.
enum Reject {
    UnknownKey,
    Expected(String),
}

/// Defines the sections: their structs, defaults and ranges, and how a value finds its field.
macro_rules! sections {
    ($($section:ident: $type:ident { $($key:ident: $value:ty = $default:expr $(, $low:literal..=$high:literal)?;)+ })+) => {
        $(
            #[derive(Debug, Clone, PartialEq)]
            pub struct $type { $(pub $key: $value),+ }

            impl Default for $type {
                fn default() -> Self {
                    $type { $($key: $default),+ }
                }
            }
        )+

        /// The whole configuration. Units are in the names; meanings in `config/attendance.toml`.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Config {
            /// Database file, media, key file.
            pub data_dir: PathBuf,
            $(pub $section: $type,)+
            /// Created at the first start, from the environment only.
            pub admin: Option<Admin>,
        }

        impl Default for Config {
            fn default() -> Self {
                Config { data_dir: PathBuf::from("data"), $($section: $type::default(),)+ admin: None }
            }
        }

        impl Config {
            /// Every key as (section, name); the empty section is the top of the file.
            pub const KEYS: &'static [(&'static str, &'static str)] =
                &[("", "data_dir"), $($((stringify!($section), stringify!($key))),+),+];

            fn set(&mut self, section: &str, key: &str, raw: Raw<'_, '_>) -> Result<(), Reject> {
                match (section, key) {
                    ("", "data_dir") => self.data_dir = raw.read()?,
                    $($((stringify!($section), stringify!($key)) => {
                        let value: $value = raw.read()?;
                        $(if !($low..=$high).contains(&value) {
                            return Err(Reject::Expected(format!("a number from {} to {}", $low, $high)));
                        })?
                        self.$section.$key = value;
                    })+)+
                    _ => return Err(Reject::UnknownKey),
                }
                Ok(())
            }
        }
    };
}

sections! {
    server: Server {
        bind: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080));
        public_url: Option<Url> = None;
        workers: u64 = 0, 0..=256;
        trusted_proxies: Vec<IpNet> = Vec::new();
        keep_alive_seconds: u64 = 30, 1..=3600;
        request_timeout_seconds: u64 = 10, 1..=300;
        shutdown_seconds: u64 = 10, 1..=300;
        static_dir: PathBuf = PathBuf::new();
    }
    database: DatabaseConfig {
        url: Secret = Secret::default();
        pool_size: u64 = 8, 1..=200;
        acquire_timeout_seconds: u64 = 5, 1..=60;
        busy_timeout_seconds: u64 = 5, 1..=60;
    }
    redis: Redis {
        url: Secret = Secret::default();
        prefix: String = "attendance".to_owned();
    }
    security: Security {
        allow_private_addresses: bool = false;
        key_file: PathBuf = PathBuf::new();
        keys: Secret = Secret::default();
        access_token_seconds: u64 = 900, 60..=3600;
        refresh_token_days: u64 = 30, 1..=365;
        signing_key_days: u64 = 30, 1..=365;
        password_min_chars: u64 = 10, 8..=64;
        access_link_hours: u64 = 72, 1..=720;
        login_attempts: u64 = 10, 3..=100;
        lockout_seconds: u64 = 900, 10..=86400;
        cors_origins: Vec<String> = Vec::new();
    }
    limits: Limits {
        json_bytes: u64 = 1_048_576, 1024..=104857600;
        webhook_bytes: u64 = 4_194_304, 65536..=104857600;
        attachment_bytes: u64 = 67_108_864, 1024..=1073741824;
        requests_per_second: u64 = 50, 1..=100000;
        request_burst: u64 = 200, 1..=100000;
        logins_per_minute: u64 = 20, 1..=10000;
        bad_webhooks_per_minute: u64 = 60, 1..=100000;
    }
    delivery: Delivery {
        workers: u64 = 16, 1..=1024;
        connect_timeout_seconds: u64 = 5, 1..=60;
        timeout_seconds: u64 = 15, 1..=300;
        answer_bytes: u64 = 1_048_576, 1024..=104857600;
        media_bytes: u64 = 104_857_600, 1024..=1073741824;
    }
    sessions: Sessions {
        idle_seconds: u64 = 300, 5..=86400;
    }
    presence: Presence {
        heartbeat_seconds: u64 = 25, 1..=300;
        dead_after_seconds: u64 = 60, 2..=900;
    }
    events: Events {
        keep_hours: u64 = 24, 24..=8760;
        keep_count: u64 = 100_000, 100000..=100000000;
        replay_limit: u64 = 5_000, 100..=100000;
        socket_buffer: u64 = 256, 16..=65536;
    }
    scripts: Scripts {
        statements: u64 = 100_000, 1000..=1000000000;
        milliseconds: u64 = 250, 10..=10000;
        memory_kilobytes: u64 = 4_096, 64..=1048576;
        recursion: u64 = 64, 1..=10000;
        messages: u64 = 20, 1..=1000;
    }
    mail: Mail {
        host: String = String::new();
        port: u64 = 587, 1..=65535;
        encryption: Encryption = Encryption::StartTls;
        user: String = String::new();
        password: Secret = Secret::default();
        from: String = String::new();
        timeout_seconds: u64 = 20, 1..=60;
    }
    webchat: Webchat {
        message_chars: u64 = 4_000, 1..=65536;
        messages_per_minute: u64 = 30, 1..=6000;
        sockets_per_address: u64 = 50, 1..=100000;
        visitor_token_days: u64 = 365, 1..=3650;
    }
    storage: Storage {
        url: Secret = Secret::new("file:media");
    }
    metrics: Metrics {
        enabled: bool = true;
        token: Secret = Secret::default();
    }
    log: Log {
        filter: String = "info".to_owned();
        format: LogFormat = LogFormat::Auto;
    }
}

impl Scripts {
    /// What one turn of a bot's script may use.
    pub fn limits(&self) -> basic::Limits {
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        basic::Limits {
            statements: self.statements,
            memory: size(self.memory_kilobytes.saturating_mul(1024)),
            recursion: size(self.recursion),
            talks: u32::try_from(self.messages).unwrap_or(u32::MAX),
            time: Duration::from_millis(self.milliseconds),
        }
    }
}

/// The first administrator, for starts without a browser.
#[derive(Debug, Clone, PartialEq)]
pub struct Admin {
    pub email: String,
    pub password: Secret,
}

/// A value as its source gives it.
#[derive(Clone, Copy)]
enum Raw<'a, 'i> {
    Toml(&'a DeValue<'i>),
    Text(&'a str),
}

impl Raw<'_, '_> {
    fn read<T: Value>(self) -> Result<T, Reject> {
        let value = match self {
            Raw::Toml(value) => T::from_toml(value),
            Raw::Text(text) => T::from_text(text.trim()),
        };
        value.ok_or_else(|| Reject::Expected(T::EXPECTED.to_owned()))
    }
}

/// One thing wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file's name, or `environment`.
    pub origin: String,
    /// From 1, in a file.
    pub line: Option<usize>,
    /// `section.key`, or the variable's name; empty when the file cannot be read at all.
    pub key: String,
    pub reason: String,
    /// The known key that resembles an unknown one.
    pub nearest: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.reason)?;
        match &self.nearest {
            Some(nearest) => write!(f, " (did you mean {nearest}?)"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong, at once: nobody fixes a configuration one restart at a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError(pub Vec<Fault>);

impl Config {
    /// Reads the named file (it must exist), or [`DEFAULT_FILE`] when present, then the environment's variables.
    pub fn load(file: Option<&Path>, env: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        let origin = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Config::from_sources(Some((&origin, &text)), env),
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                Config::from_sources(None, env)
            }
            Err(error) => Err(ConfigError(vec![Fault {
                origin,
                line: None,
                key: String::new(),
                reason: error.to_string(),
                nearest: None,
            }])),
        }
    }

    /// The same from texts: `file` is its name and content.
    pub fn from_sources(
        file: Option<(&str, &str)>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut config = Config::default();
        let mut faults = Vec::new();
        if let Some((origin, text)) = file {
            config.apply_file(origin, text, &mut faults);
        }
        config.apply_env(&env.into_iter().collect(), &mut faults);
        config.check_together(&mut faults);
        if faults.is_empty() { Ok(config) } else { Err(ConfigError(faults)) }
    }

    fn apply_file(&mut self, origin: &str, text: &str, faults: &mut Vec<Fault>) {
        let line = |at: usize| Some(text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1);
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                return faults.push(Fault {
                    origin: origin.to_owned(),
                    line: error.span().and_then(|span| line(span.start)),
                    key: String::new(),
                    reason: error.message().to_owned(),
                    nearest: None,
                });
            }
        };
        let mut apply = |section: &str, key: &str, at: usize, value: &DeValue<'_>| {
            let name = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
            if let Err(reject) = self.set(section, key, Raw::Toml(value)) {
                let (reason, nearest) = explain(reject, &name, |name| name);
                faults.push(Fault { origin: origin.to_owned(), line: line(at), key: name, reason, nearest });
            }
        };
        for (name, value) in table.get_ref() {
            match value.get_ref() {
                DeValue::Table(section) if Config::KEYS.iter().any(|(known, _)| known == name.get_ref()) => {
                    for (key, value) in section {
                        apply(name.get_ref(), key.get_ref(), key.span().start, value.get_ref());
                    }
                }
                value => apply("", name.get_ref(), name.span().start, value),
            }
        }
    }

    fn apply_env(&mut self, env: &BTreeMap<String, String>, faults: &mut Vec<Fault>) {
        let mut reject = |variable: &str, reject: Reject| {
            let (reason, nearest) = explain(reject, &variable.to_lowercase(), |name| {
                format!("{ENV_PREFIX}{}", name.replace('.', "__").to_uppercase())
            });
            let key = variable.to_owned();
            faults.push(Fault { origin: "environment".to_owned(), line: None, key, reason, nearest });
        };
        for (variable, section, key) in FIXED_NAMES {
            if let Some(text) = env.get(variable)
                && let Err(error) = self.set(section, key, Raw::Text(text))
            {
                reject(variable, error);
            }
        }
        for (variable, text) in env {
            let Some(name) = variable.strip_prefix(ENV_PREFIX) else { continue };
            let name = name.to_lowercase();
            let (section, key) = name.split_once("__").unwrap_or(("", &name));
            if let Err(error) = self.set(section, key, Raw::Text(text)) {
                reject(variable, error);
            }
        }
        let set = |name: &str| env.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        self.admin = match (set("ATTENDANCE_ADMIN_EMAIL"), set("ATTENDANCE_ADMIN_PASSWORD")) {
            (Some(email), Some(password)) => Some(Admin { email: email.to_owned(), password: Secret::new(password) }),
            (None, None) => None,
            _ => {
                reject(
                    "ATTENDANCE_ADMIN_EMAIL",
                    Reject::Expected("ATTENDANCE_ADMIN_PASSWORD beside it, or neither".into()),
                );
                None
            }
        };
    }

    /// What no single key can get wrong.
    fn check_together(&self, faults: &mut Vec<Fault>) {
        let mut fault = |key: &str, reason: &str| {
            faults.push(Fault {
                origin: "configuration".to_owned(),
                line: None,
                key: key.to_owned(),
                reason: reason.to_owned(),
                nearest: None,
            });
        };
        if self.database().is_none() {
            fault("database.url", "expected postgres://..., sqlite:path or nothing");
        }
        let redis = self.redis.url.expose();
        if !redis.is_empty() && !["redis://", "rediss://"].iter().any(|scheme| redis.starts_with(scheme)) {
            fault("redis.url", "expected redis://... or rediss://...");
        }
        if !["file:", "s3://"].iter().any(|scheme| self.storage.url.expose().starts_with(scheme)) {
            fault("storage.url", "expected file:folder or s3://bucket?endpoint=...");
        }
        if self.presence.dead_after_seconds <= self.presence.heartbeat_seconds {
            fault("presence.dead_after_seconds", "expected more than presence.heartbeat_seconds");
        }
    }

    /// Where the rows live; none when `database.url` names neither database.
    pub fn database(&self) -> Option<Database> {
        let url = self.database.url.expose();
        if url.is_empty() {
            return Some(Database::Sqlite(self.data_dir.join("attendance.db").display().to_string()));
        }
        if ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Some(Database::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        (!path.is_empty()).then(|| Database::Sqlite(path.to_owned()))
    }

    /// The file of the sealing keys: `security.key_file`, or `attendance.key` in the data folder.
    pub fn key_file(&self) -> PathBuf {
        if self.security.key_file.as_os_str().is_empty() {
            self.data_dir.join("attendance.key")
        } else {
            self.security.key_file.clone()
        }
    }

    /// The address people and providers reach us at, without a slash at the end. `bound` is where the socket really
    /// listens.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        match &self.server.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{bound}"),
        }
    }
}

/// A rejected key in words, with the known key that resembles it; `show` writes a known key the way its source would.
fn explain(reject: Reject, name: &str, show: impl Fn(String) -> String) -> (String, Option<String>) {
    match reject {
        Reject::Expected(what) => (format!("expected {what}"), None),
        Reject::UnknownKey => {
            let known = Config::KEYS.iter().map(|(section, key)| match *section {
                "" => (*key).to_owned(),
                section => format!("{section}.{key}"),
            });
            let nearest = known
                .map(show)
                .map(|known| (strsim::jaro_winkler(name, &known.to_lowercase()), known))
                .filter(|(likeness, _)| *likeness > 0.8)
                .max_by(|a, b| a.0.total_cmp(&b.0));
            ("unknown key".to_owned(), nearest.map(|(_, known)| known))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHIPPED: &str = include_str!("../config/attendance.toml");

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn faults(file: &str, pairs: &[(&str, &str)]) -> Vec<String> {
        let error = Config::from_sources(Some(("a.toml", file)), env(pairs)).unwrap_err();
        error.0.iter().map(Fault::to_string).collect()
    }

    #[test]
    fn the_shipped_file_is_exactly_the_defaults_and_names_every_key_with_its_meaning() {
        assert_eq!(Config::from_sources(Some((DEFAULT_FILE, SHIPPED)), []).unwrap(), Config::default());
        let table = DeTable::parse(SHIPPED).unwrap();
        for (section, key) in Config::KEYS {
            let table = table.get_ref();
            let table = match *section {
                "" => table,
                section => table.get(section).and_then(|value| value.get_ref().as_table()).expect(section),
            };
            let (name, _) = table.get_key_value(*key).unwrap_or_else(|| panic!("{section}.{key} is not in the manual"));
            let before = SHIPPED[..name.span().start].trim_end().lines().next_back().unwrap_or_default();
            assert!(before.starts_with('#'), "{section}.{key} has no meaning above it");
        }
    }

    #[test]
    fn a_script_may_use_what_the_language_says_unless_configured() {
        assert_eq!(Config::default().scripts.limits(), basic::Limits::default());
    }

    #[test]
    fn the_environment_is_stronger_than_the_file() {
        let config = Config::from_sources(
            Some(("a.toml", "data_dir = \"d\"\n[server]\nbind = \"127.0.0.1:1\"\nshutdown_seconds = 5\n")),
            env(&[
                ("ATTENDANCE__SERVER__BIND", "0.0.0.0:2"),
                ("ATTENDANCE__SERVER__PUBLIC_URL", "https://chat.example.com/"),
                ("ATTENDANCE__SECURITY__ALLOW_PRIVATE_ADDRESSES", "true"),
                ("ATTENDANCE__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 192.168.1.1"),
                ("DATABASE_URL", "postgres://u:p@h/db"),
                ("REDIS_URL", "redis://h"),
                ("ATTENDANCE_ADMIN_EMAIL", "a@b.c"),
                ("ATTENDANCE_ADMIN_PASSWORD", "long password"),
                ("PATH", "/bin"),
            ]),
        )
        .unwrap();
        assert_eq!(config.server.bind, SocketAddr::from(([0, 0, 0, 0], 2)));
        assert_eq!(config.public_url(config.server.bind), "https://chat.example.com");
        assert_eq!(config.server.shutdown_seconds, 5);
        assert_eq!(config.server.trusted_proxies.len(), 2);
        assert!(config.security.allow_private_addresses);
        assert_eq!(config.database(), Some(Database::Postgres("postgres://u:p@h/db".into())));
        assert_eq!(config.key_file(), Path::new("d/attendance.key"));
        assert_eq!(config.admin.unwrap().email, "a@b.c");
    }

    #[test]
    fn every_fault_is_named_with_its_place_and_the_nearest_key() {
        let file =
            "data_dir = 7\n[server]\nbnid = \"x\"\nworkers = -1\n\n[limits]\njson_bytes = 1\n[servr]\nbind = 1\n";
        assert_eq!(
            faults(file, &[("ATTENDANCE__SERVER__BINDD", "x"), ("ATTENDANCE__LOG__FORMAT", "xml")]),
            [
                "a.toml line 1: data_dir: expected a path",
                "a.toml line 7: limits.json_bytes: expected a number from 1024 to 104857600",
                "a.toml line 3: server.bnid: unknown key (did you mean server.bind?)",
                "a.toml line 4: server.workers: expected a whole number",
                "a.toml line 8: servr: unknown key (did you mean server.bind?)",
                "environment: ATTENDANCE__LOG__FORMAT: expected auto, pretty or json",
                "environment: ATTENDANCE__SERVER__BINDD: unknown key (did you mean ATTENDANCE__SERVER__BIND?)",
            ]
        );
        assert!(faults("a = [\n", &[])[0].starts_with("a.toml line "));
    }

    #[test]
    fn keys_that_contradict_each_other_are_told() {
        let file = "[presence]\nheartbeat_seconds = 60\n[database]\nurl = \"mysql://x\"\n[redis]\nurl = \"x\"\n";
        let found = faults(file, &[("ATTENDANCE_ADMIN_EMAIL", "a@b.c")]).join("\n");
        for part in ["ATTENDANCE_ADMIN_PASSWORD beside it", "presence.dead_after_seconds", "database.url", "redis.url"]
        {
            assert!(found.contains(part), "{part}: {found}");
        }
    }

    #[test]
    fn the_database_is_chosen_by_its_address() {
        for (url, expected) in [
            ("", Some(Database::Sqlite("data/attendance.db".into()))),
            ("sqlite:/var/a.db", Some(Database::Sqlite("/var/a.db".into()))),
            ("sqlite://a.db", Some(Database::Sqlite("a.db".into()))),
            ("postgresql://h/db", Some(Database::Postgres("postgresql://h/db".into()))),
            ("sqlite:", None),
            ("mysql://h", None),
        ] {
            let mut config = Config::default();
            config.database.url = Secret::new(url);
            assert_eq!(config.database(), expected, "{url}");
        }
    }

    #[test]
    fn a_named_file_must_exist_and_the_default_one_need_not() {
        let missing = Config::load(Some(Path::new("/nowhere/a.toml")), []).unwrap_err();
        assert!(missing.to_string().starts_with("/nowhere/a.toml: "), "{missing}");
    }

    #[test]
    fn secrets_do_not_print() {
        let config = Config::from_sources(None, env(&[("DATABASE_URL", "postgres://u:hunter2@h/db")])).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(text in "([a-z_]{1,9} ?[=\\[\\]{}.\"0-9]{0,4}\n?|.){0,20}") {
            if let Err(error) = Config::from_sources(Some(("a.toml", &text)), []) {
                prop_assert!(!error.to_string().is_empty());
            }
        }

        #[test]
        fn no_variable_makes_it_panic(name in "[A-Z_]{0,20}", value in ".*") {
            let result = Config::from_sources(None, [(format!("{ENV_PREFIX}{name}"), value)]);
            if let Err(error) = result {
                prop_assert!(!error.0.is_empty());
            }
        }
    }
}
