//! `attendance load`: traffic for a running server, and what became of it. Acts as the provider (signed WhatsApp webhooks in,
//! a Graph API of its own for what goes out) and as consoles (sockets), all from outside: it knows nothing of the server but
//! its public contract.
//!
//! Latency is counted from the moment a message was due, not from when it could be sent, so that a server that stalls its
//! clients is not flattered. The server needs `security.allow_private_addresses` for the Graph API on this machine.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use actix_web::rt;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::{Context, Result, bail, ensure};
use futures_util::SinkExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::channels::http::install_crypto;
use crate::channels::signature::sign_hex;

/// An event not seen this long after its message is lost.
const LOST_AFTER: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 15 });
/// Messages under way at most at a fixed rate; beyond it the generator itself is behind and says so.
const UNDER_WAY: u64 = 4096;
const TIMER_SLACK: Duration = Duration::from_millis(3);
const APP_SECRET: &str = "load-app-secret";
const PHONE_NUMBER_ID: &str = "410000000000099";
/// Sockets opened at the same time.
const OPENING: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Messages at a fixed rate, whatever the server does.
    Rate,
    /// As many as it takes, with so many under way.
    Saturate,
    /// Idle console sockets, and what one costs.
    Sockets,
    /// A fixed rate for long, with a line a minute.
    Soak,
}

/// Puts a running server under load and measures it.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// rate, saturate, sockets or soak.
    #[arg(value_enum, default_value = "rate")]
    pub mode: Mode,
    /// Where the server is.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// An administrator's account.
    #[arg(long, env = "ATTENDANCE_ADMIN_EMAIL")]
    pub email: String,
    #[arg(long, env = "ATTENDANCE_ADMIN_PASSWORD", hide_env_values = true)]
    pub password: String,
    /// Messages a second (rate, soak).
    #[arg(long, default_value_t = 200.0)]
    pub rate: f64,
    /// Messages under way (saturate).
    #[arg(long, default_value_t = 64)]
    pub concurrency: usize,
    /// Seconds of measured traffic.
    #[arg(long, default_value_t = 30)]
    pub seconds: u64,
    /// Customers who write.
    #[arg(long, default_value_t = 100)]
    pub sessions: usize,
    /// Attendants who serve them.
    #[arg(long, default_value_t = 4)]
    pub attendants: usize,
    /// Console sockets that listen; in mode sockets: how many are opened.
    #[arg(long, default_value_t = 10)]
    pub sockets: usize,
    /// Leaves the customers with the queue instead of making them active first.
    #[arg(long)]
    pub waiting: bool,
    /// The server's process, to read its memory and processor time.
    #[arg(long)]
    pub pid: Option<u32>,
    /// Prints the report as JSON.
    #[arg(long)]
    pub json: bool,
    /// Allows a server on another machine.
    #[arg(long)]
    pub allow_remote: bool,
}

/// Runs and prints the report. Needs a running actix system.
pub async fn main(options: Options) -> Result<()> {
    let as_json = options.json;
    let report = run(options).await?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}

/// Percentiles in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Latency {
    pub count: usize,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
}

impl Latency {
    fn of(mut micros: Vec<u64>) -> Latency {
        micros.sort_unstable();
        let at = |share: f64| {
            let last = micros.len().saturating_sub(1);
            let place = ((micros.len() as f64 * share).ceil() as usize).saturating_sub(1).min(last);
            micros.get(place).map_or(0.0, |micros| *micros as f64 / 1000.0)
        };
        Latency { count: micros.len(), p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1.0) }
    }
}

/// What the server's process used.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Usage {
    pub rss_before_bytes: u64,
    pub rss_after_bytes: u64,
    pub rss_peak_bytes: u64,
    /// Processors in use on average.
    pub cpu: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub mode: Mode,
    pub seconds: f64,
    pub sent: u64,
    /// Messages a second that were sent and seen.
    pub throughput: f64,
    /// Webhook answers that were not 200.
    pub refused: u64,
    /// Due but not sent, because the generator had too many under way.
    pub skipped: u64,
    pub lost: u64,
    pub duplicated: u64,
    pub webhook_ms: Latency,
    /// From due to seen on a console socket.
    pub event_ms: Latency,
    pub sockets: u64,
    pub frames: u64,
    /// Sockets that broke and came back.
    pub reconnects: u64,
    /// Of the socket that observes, cut off as too slow for a while.
    pub resyncs: u64,
    /// Messages the server sent to the Graph API.
    pub delivered: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_socket: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<Usage>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}, {:.1} s", self.mode, self.seconds)?;
        if self.mode != Mode::Sockets {
            writeln!(
                f,
                "messages    sent {}  refused {}  skipped {}  lost {}  duplicated {}",
                self.sent, self.refused, self.skipped, self.lost, self.duplicated
            )?;
            writeln!(f, "throughput  {:.1}/s", self.throughput)?;
            writeln!(f, "            {:>9} {:>9} {:>9} {:>9} ms", "p50", "p90", "p99", "max")?;
            for (name, l) in [("webhook", &self.webhook_ms), ("event", &self.event_ms)] {
                writeln!(f, "{name:<11} {:>9.2} {:>9.2} {:>9.2} {:>9.2}", l.p50, l.p90, l.p99, l.max)?;
            }
            writeln!(f, "delivered   {} to the provider", self.delivered)?;
        }
        let Report { sockets, frames, reconnects, resyncs, .. } = self;
        writeln!(f, "sockets     {sockets}  frames {frames}  reconnects {reconnects}  resyncs {resyncs}")?;
        if let Some(bytes) = self.bytes_per_socket {
            writeln!(f, "per socket  {:.1} KiB", bytes as f64 / 1024.0)?;
        }
        if let Some(usage) = &self.server {
            let mib = |bytes: u64| bytes as f64 / (1024.0 * 1024.0);
            writeln!(
                f,
                "server      {:.1} MiB before, {:.1} after, {:.1} peak; {:.2} processors",
                mib(usage.rss_before_bytes),
                mib(usage.rss_after_bytes),
                mib(usage.rss_peak_bytes),
                usage.cpu
            )?;
        }
        Ok(())
    }
}

/// A message under way.
struct Sent {
    due: Instant,
    seen: u32,
    wake: Option<oneshot::Sender<()>>,
}

#[derive(Default)]
struct Board {
    sent: Mutex<HashMap<String, Sent>>,
    /// Session of a customer, by the message that told it.
    sessions: Mutex<HashMap<String, String>>,
    event_micros: Mutex<Vec<u64>>,
    webhook_micros: Mutex<Vec<u64>>,
    under_way: AtomicU64,
    refused: AtomicU64,
    skipped: AtomicU64,
    duplicated: AtomicU64,
    frames: AtomicU64,
    reconnects: AtomicU64,
    resyncs: AtomicU64,
    open: AtomicU64,
    stop: AtomicBool,
}

impl Board {
    fn saw(&self, external_id: &str, session: &str) {
        self.sessions.lock().insert(external_id.to_owned(), session.to_owned());
        let mut sent = self.sent.lock();
        let Some(message) = sent.get_mut(external_id) else { return };
        message.seen += 1;
        if message.seen > 1 {
            self.duplicated.fetch_add(1, Relaxed);
            return;
        }
        self.event_micros.lock().push(micros(message.due.elapsed()));
        if let Some(wake) = message.wake.take() {
            // Who waited may have given up.
            let _ = wake.send(());
        }
    }

    fn lost(&self) -> u64 {
        self.sent.lock().values().filter(|message| message.seen == 0).count() as u64
    }

    /// Forgets the warm-up.
    fn reset(&self) {
        self.sent.lock().clear();
        self.event_micros.lock().clear();
        self.webhook_micros.lock().clear();
        for counter in [&self.refused, &self.skipped, &self.duplicated, &self.frames, &self.reconnects, &self.resyncs] {
            counter.store(0, Relaxed);
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The server under test, as its API.
#[derive(Clone)]
struct Target {
    http: reqwest::Client,
    url: String,
    run: String,
}

/// One account and its present token.
struct Account {
    email: String,
    password: String,
    token: Mutex<String>,
}

impl Target {
    /// Sends until it is not refused for being too many.
    async fn call(
        &self,
        method: reqwest::Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value)> {
        for _ in 0..60 {
            let mut request = self.http.request(method.clone(), format!("{}{path}", self.url)).bearer_auth(token);
            if let Some(body) = body {
                request = request.json(body);
            }
            let answer = request.send().await.with_context(|| format!("{method} {path}"))?;
            let status = answer.status().as_u16();
            if status == 429 || status == 503 {
                let wait = answer.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.parse().ok());
                tokio::time::sleep(Duration::from_secs(wait.unwrap_or(1).clamp(1, 60))).await;
                continue;
            }
            return Ok((status, answer.json().await.unwrap_or(Value::Null)));
        }
        bail!("{method} {path}: refused for being too many for too long")
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Result<Value> {
        let (status, answer) = self.call(reqwest::Method::POST, path, token, Some(&body)).await?;
        ensure!((200..300).contains(&status), "POST {path}: {status} {answer}");
        Ok(answer)
    }

    async fn log_in(&self, email: &str, password: &str) -> Result<String> {
        let answer = self.post("/api/auth/login", "", json!({"email": email, "password": password})).await?;
        Ok(answer["access_token"].as_str().context("the login gave no token")?.to_owned())
    }

    /// The thing of that name in a list, or a new one.
    async fn find_or_make(&self, path: &str, token: &str, key: &str, body: Value) -> Result<String> {
        let mut cursor = String::new();
        loop {
            let (status, page) =
                self.call(reqwest::Method::GET, &format!("{path}?limit=200{cursor}"), token, None).await?;
            ensure!(status == 200, "GET {path}: {status} {page}");
            let found = page["items"].as_array().into_iter().flatten().find(|item| item[key] == body[key]);
            if let Some(id) = found.and_then(|item| item["id"].as_str()) {
                return Ok(id.to_owned());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let made = self.post(path, token, body).await?;
        Ok(made["id"].as_str().with_context(|| format!("POST {path} gave no id"))?.to_owned())
    }
}

/// Puts the server under load as told.
pub async fn run(options: Options) -> Result<Report> {
    let url = url::Url::parse(&options.url).context("--url")?;
    let local = match url.host() {
        Some(url::Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(url::Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    ensure!(local || options.allow_remote, "{url} is not this machine; --allow-remote puts it under load all the same");
    ensure!(options.rate > 0.0 && options.sessions > 0 && options.sockets > 0, "nothing to do");
    install_crypto();
    let builder = || reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).pool_max_idle_per_host(512);
    // Without CA certificates plain http still works.
    let http = builder().build().or_else(|_| builder().tls_certs_only([]).build())?;
    let run = format!("{:08x}", rand::random::<u32>());
    let target = Target { http, url: options.url.trim_end_matches('/').to_owned(), run };
    let token = target.log_in(&options.email, &options.password).await.context("log in")?;
    let admin = Arc::new(Account {
        email: options.email.clone(),
        password: options.password.clone(),
        token: Mutex::new(token),
    });
    let board = Arc::new(Board::default());
    let report = match options.mode {
        Mode::Sockets => sockets(&options, &target, &admin, &board).await,
        _ => messages(&options, &target, &admin, &board).await,
    };
    board.stop.store(true, Relaxed);
    report
}

async fn sockets(options: &Options, target: &Target, admin: &Arc<Account>, board: &Arc<Board>) -> Result<Report> {
    let before = options.pid.map(Process::read).transpose()?;
    let started = Instant::now();
    listen(options.sockets, target, std::slice::from_ref(admin), board).await?;
    tokio::time::sleep(Duration::from_secs(options.seconds.clamp(2, 30))).await;
    let mut report = report(options, board, started.elapsed(), 0, before.clone(), 0)?;
    let delta = report.server.as_ref().zip(before).map(|(now, before)| {
        i64::try_from(now.rss_after_bytes).unwrap_or(i64::MAX) - i64::try_from(before.rss).unwrap_or(i64::MAX)
    });
    let open = i64::try_from(report.sockets).unwrap_or(1).max(1);
    report.bytes_per_socket = delta.map(|delta| delta / open);
    Ok(report)
}

/// Opens so many sockets; the first one is the observer.
async fn listen(count: usize, target: &Target, accounts: &[Arc<Account>], board: &Arc<Board>) -> Result<()> {
    let mut opening = FuturesUnordered::new();
    for number in 0..count {
        if opening.len() >= OPENING {
            opening.next().await.transpose()?;
        }
        let account = accounts[number % accounts.len()].clone();
        let (target, board) = (target.clone(), board.clone());
        opening.push(async move {
            let socket = connect(&target, &account).await?;
            board.open.fetch_add(1, Relaxed);
            rt::spawn(follow(socket, target, account, board, number == 0));
            anyhow::Ok(())
        });
    }
    while opening.next().await.transpose()?.is_some() {}
    Ok(())
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn connect(target: &Target, account: &Account) -> Result<Socket> {
    let mut last = None;
    for _ in 0..5 {
        let token = account.token.lock().clone();
        let url = format!("{}/ws/attendant", target.url.replacen("http", "ws", 1));
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", format!("attendance.v1, bearer.{token}").parse()?);
        match tokio_tungstenite::connect_async(request).await {
            Ok((socket, _)) => return Ok(socket),
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        // The token may have ended.
        if let Ok(token) = target.log_in(&account.email, &account.password).await {
            *account.token.lock() = token;
        }
    }
    bail!("socket: {}", last.map(|error| error.to_string()).unwrap_or_default())
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    seq: Option<i64>,
    session_id: Option<&'a str>,
    message: Option<Value>,
}

/// Reads a socket until the end; one that breaks comes back and asks for what it missed.
async fn follow(mut socket: Socket, target: Target, account: Arc<Account>, board: Arc<Board>, observes: bool) {
    let mut last_seq = 0;
    loop {
        while let Some(Ok(frame)) = socket.next().await {
            let Frame::Text(text) = frame else { continue };
            board.frames.fetch_add(1, Relaxed);
            if !observes {
                continue;
            }
            let Ok(event) = serde_json::from_str::<Event<'_>>(&text) else { continue };
            if event.kind == "resync" {
                // Cut off as too slow: what it missed comes when it asks.
                board.resyncs.fetch_add(1, Relaxed);
                let resume = json!({"type": "resume", "last_seq": last_seq}).to_string();
                let _ = socket.send(Frame::text(resume)).await;
                continue;
            }
            last_seq = event.seq.unwrap_or(0).max(last_seq);
            if event.kind == "message_created"
                && let (Some(session), Some(message)) = (event.session_id, event.message)
                && let Some(external) = message["external_id"].as_str()
            {
                board.saw(external, session);
            }
        }
        if board.stop.load(Relaxed) {
            return;
        }
        board.reconnects.fetch_add(1, Relaxed);
        match connect(&target, &account).await {
            Ok(fresh) => socket = fresh,
            Err(_) => {
                board.open.fetch_sub(1, Relaxed);
                return;
            }
        }
        if observes {
            let resume = json!({"type": "resume", "last_seq": last_seq}).to_string();
            // A socket that broke again is noticed by the next read.
            let _ = socket.send(Frame::text(resume)).await;
        }
    }
}

/// The Graph API as far as the server calls it: everything is accepted.
fn graph(delivered: Arc<AtomicU64>) -> Result<(String, actix_web::dev::ServerHandle)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let counter = Data::from(delivered);
    let accept = |delivered: Data<AtomicU64>, body: web::Json<Value>| async move {
        let number = delivered.fetch_add(1, Relaxed);
        let to = body["to"].as_str().unwrap_or_default();
        HttpResponse::Ok().json(json!({
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to}],
            "messages": [{"id": format!("wamid.out.{:08x}.{number}", std::process::id())}],
        }))
    };
    let server = HttpServer::new(move || App::new().app_data(counter.clone()).default_service(web::to(accept)))
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    rt::spawn(server);
    Ok((url, handle))
}

/// Sends webhooks of one channel.
struct Provider {
    target: Target,
    path: String,
    board: Arc<Board>,
    next: AtomicU64,
    sessions: u64,
    base: u64,
}

impl Provider {
    /// One message of the `n`th customer; true when the server took it.
    async fn send(&self, due: Instant, number: u64, wake: Option<oneshot::Sender<()>>) -> bool {
        let customer = number % self.sessions;
        let phone = format!("55119{:08}", (self.base + customer) % 100_000_000);
        let id = self.id(number);
        let timestamp =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let body = json!({
            "object": "whatsapp_business_account",
            "entry": [{"id": "100000000000001", "changes": [{"field": "messages", "value": {
                "messaging_product": "whatsapp",
                "metadata": {"display_phone_number": "551130000000", "phone_number_id": PHONE_NUMBER_ID},
                "contacts": [{"profile": {"name": format!("Cliente {customer}")}, "wa_id": phone}],
                "messages": [{"from": phone, "id": id, "timestamp": timestamp.to_string(), "type": "text",
                    "text": {"body": format!("mensagem {number}")}}],
            }}]}],
        })
        .to_string();
        let signature = format!("sha256={}", sign(body.as_bytes()));
        self.board.sent.lock().insert(id.clone(), Sent { due, seen: 0, wake });
        let began = Instant::now();
        let sent = self
            .target
            .http
            .post(format!("{}{}", self.target.url, self.path))
            .header("content-type", "application/json")
            .header("x-hub-signature-256", signature)
            .body(body)
            .send()
            .await;
        self.board.webhook_micros.lock().push(micros(began.elapsed()));
        let taken = sent.is_ok_and(|answer| answer.status().as_u16() == 200);
        if !taken {
            // A provider would send it again; here it is counted and not waited for.
            self.board.sent.lock().remove(&id);
            self.board.refused.fetch_add(1, Relaxed);
        }
        taken
    }

    fn id(&self, number: u64) -> String {
        format!("wamid.load.{}.{number}", self.target.run)
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Relaxed)
    }
}

fn sign(body: &[u8]) -> String {
    sign_hex(APP_SECRET.as_bytes(), body)
}

async fn messages(options: &Options, target: &Target, admin: &Arc<Account>, board: &Arc<Board>) -> Result<Report> {
    let delivered = Arc::new(AtomicU64::new(0));
    let (graph_url, graph) = graph(delivered.clone())?;
    let result = traffic(options, target, admin, board, &graph_url, &delivered).await;
    graph.stop(false).await;
    result
}

async fn traffic(
    options: &Options,
    target: &Target,
    admin: &Arc<Account>,
    board: &Arc<Board>,
    graph_url: &str,
    delivered: &Arc<AtomicU64>,
) -> Result<Report> {
    let token = admin.token.lock().clone();
    let attendants = attendants(options, target, &token).await?;
    let provider = provider(options, target, &token, board, graph_url).await?;
    // The first socket is the administrator's, who sees everything.
    let accounts: Vec<Arc<Account>> =
        std::iter::once(admin.clone()).chain(attendants.iter().map(|(_, account)| account.clone())).collect();
    listen(options.sockets, target, &accounts, board).await?;
    warm_up(options, target, &provider, board, &attendants).await?;
    board.reset();
    let delivered_before = delivered.load(Relaxed);
    let before = options.pid.map(Process::read).transpose()?;
    let peak = Arc::new(AtomicU64::new(0));
    let watching = rt::spawn(watch(options.clone(), board.clone(), peak.clone()));
    let provider = Rc::new(provider);
    let began = Instant::now();
    let until = began + Duration::from_secs(options.seconds);
    let sent = match options.mode {
        Mode::Saturate => saturate(&provider, options.concurrency.max(1), until).await,
        _ => at_rate(&provider, options.rate, until).await,
    };
    let elapsed = began.elapsed();
    let patience = Instant::now() + LOST_AFTER;
    while (board.under_way.load(Relaxed) > 0 || board.lost() > 0) && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    watching.abort();
    let mut report = report(options, board, elapsed, sent, before, peak.load(Relaxed))?;
    report.delivered = delivered.load(Relaxed) - delivered_before;
    Ok(report)
}

/// Accounts of attendants, logged in; with their ids.
async fn attendants(options: &Options, target: &Target, token: &str) -> Result<Vec<(String, Arc<Account>)>> {
    let mut attendants = Vec::new();
    for number in 0..options.attendants.max(1) {
        let email = format!("load-{}-{number}@load.example", target.run);
        let password = format!("load-{:032x}", rand::random::<u128>());
        let body = json!({"name": format!("Load {number}"), "email": email, "password": password, "role": "attendant", "channels": ["all"]});
        let made = target.post("/api/users", token, body).await?;
        let id = made["id"].as_str().context("POST /api/users gave no id")?.to_owned();
        let token = Mutex::new(target.log_in(&email, &password).await?);
        attendants.push((id, Arc::new(Account { email, password, token })));
    }
    let ids: Vec<&str> = attendants.iter().map(|(id, _)| id.as_str()).collect();
    let queue = json!({
        "name": format!("Load {}", target.run), "description": "attendance load", "channels": ["whatsapp"], "user_ids": ids,
        "is_active": true, "priority_order": 0, "max_wait_seconds": 86400, "auto_assign": false, "strategy": "least_loaded",
    });
    let queue = target.post("/api/attendance/queues", token, queue).await?;
    let queue = queue["id"].as_str().context("POST /api/attendance/queues gave no id")?;
    let capacity = options.sessions.div_ceil(attendants.len()) + 1;
    for (id, account) in &attendants {
        let body = json!({"max_conversations": capacity, "priority": 1, "is_active": true});
        let path = format!("/api/attendance/queues/{queue}/members/{id}");
        let (status, answer) = target.call(reqwest::Method::PUT, &path, token, Some(&body)).await?;
        ensure!((200..300).contains(&status), "PUT {path}: {status} {answer}");
        let path = format!("/api/attendance/attendants/{id}/status");
        let own = account.token.lock().clone();
        let (status, answer) =
            target.call(reqwest::Method::PUT, &path, &own, Some(&json!({"status": "online"}))).await?;
        ensure!((200..300).contains(&status), "PUT {path}: {status} {answer}");
    }
    Ok(attendants)
}

/// A bot that leaves everything to people, and a WhatsApp channel of our own Graph API.
async fn provider(
    options: &Options,
    target: &Target,
    token: &str,
    board: &Arc<Board>,
    graph_url: &str,
) -> Result<Provider> {
    let bot = json!({"name": "attendance load", "engine": "off", "locale": "pt-BR"});
    let bot = target.find_or_make("/api/bots", token, "name", bot).await?;
    let channel = json!({
        "kind": "whatsapp", "provider": "cloud", "name": format!("load {}", target.run), "bot_id": bot,
        "credentials": {"access_token": "EAAload", "phone_number_id": PHONE_NUMBER_ID, "app_secret": APP_SECRET, "verify_token": "load-verify"},
        "settings": {"api_base_url": graph_url},
    });
    let channel = target.post("/api/channels", token, channel).await?;
    let path = channel["webhook_path"].as_str().map(str::to_owned);
    let id = channel["id"].as_str().unwrap_or_default();
    Ok(Provider {
        target: target.clone(),
        path: path.unwrap_or_else(|| format!("/webhooks/whatsapp/{id}")),
        board: board.clone(),
        next: AtomicU64::new(0),
        sessions: options.sessions as u64,
        base: rand::random::<u64>() % 90_000_000,
    })
}

/// Every customer writes once, and is taken by an attendant.
async fn warm_up(
    options: &Options,
    target: &Target,
    provider: &Provider,
    board: &Arc<Board>,
    attendants: &[(String, Arc<Account>)],
) -> Result<()> {
    let mut first = FuturesUnordered::new();
    for _ in 0..options.sessions {
        if first.len() >= 32 {
            first.next().await;
        }
        first.push(provider.send(Instant::now(), provider.number(), None));
    }
    while first.next().await.is_some() {}
    let patience = Instant::now() + Duration::from_secs(60);
    while board.lost() > 0 {
        ensure!(Instant::now() < patience, "{} first messages were not seen on the socket", board.lost());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let refused = board.refused.load(Relaxed);
    ensure!(refused == 0, "{refused} first messages were refused");
    if options.waiting {
        return Ok(());
    }
    let mut taking = FuturesUnordered::new();
    for number in 0..options.sessions {
        let session = board.sessions.lock().get(&provider.id(number as u64)).cloned();
        let session = session.context("a session is not known")?;
        if taking.len() >= 8 {
            taking.next().await.transpose()?;
        }
        let token = attendants[number % attendants.len()].1.token.lock().clone();
        taking.push(async move {
            let body = json!({"session_id": session});
            let (status, answer) =
                target.call(reqwest::Method::POST, "/api/attendance/take", &token, Some(&body)).await?;
            ensure!(status < 300 || status == 409, "POST /api/attendance/take: {status} {answer}");
            anyhow::Ok(())
        });
    }
    while taking.next().await.transpose()?.is_some() {}
    Ok(())
}

/// Messages when they are due; how many were.
async fn at_rate(provider: &Rc<Provider>, rate: f64, until: Instant) -> u64 {
    let began = Instant::now();
    let mut sent = 0u64;
    let mut due_count = 0u64;
    loop {
        let due = began + Duration::from_secs_f64(due_count as f64 / rate);
        if due >= until {
            return sent;
        }
        // Timers wake up to two milliseconds late, which would be counted as the server's: the rest is waited awake.
        tokio::time::sleep_until((due - TIMER_SLACK).into()).await;
        while Instant::now() < due {
            tokio::task::yield_now().await;
        }
        due_count += 1;
        let board = &provider.board;
        if board.under_way.load(Relaxed) >= UNDER_WAY {
            board.skipped.fetch_add(1, Relaxed);
            continue;
        }
        board.under_way.fetch_add(1, Relaxed);
        sent += 1;
        let provider = provider.clone();
        rt::spawn(async move {
            provider.send(due, provider.number(), None).await;
            provider.board.under_way.fetch_sub(1, Relaxed);
        });
    }
}

/// The next message when the one before was seen, so many times at once; how many were sent.
async fn saturate(provider: &Rc<Provider>, concurrency: usize, until: Instant) -> u64 {
    let mut customers = FuturesUnordered::new();
    for _ in 0..concurrency {
        let provider = provider.clone();
        customers.push(async move {
            let mut sent = 0u64;
            while Instant::now() < until {
                let (wake, seen) = oneshot::channel();
                sent += 1;
                if provider.send(Instant::now(), provider.number(), Some(wake)).await {
                    // A lost one is counted at the end; the customer goes on.
                    let _ = tokio::time::timeout(LOST_AFTER, seen).await;
                } else {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
            sent
        });
    }
    let mut total = 0;
    while let Some(sent) = customers.next().await {
        total += sent;
    }
    total
}

/// Watches the server's memory; in a soak also says how it goes.
async fn watch(options: Options, board: Arc<Board>, peak: Arc<AtomicU64>) {
    let began = Instant::now();
    for second in 1u64.. {
        tokio::time::sleep_until((began + Duration::from_secs(second)).into()).await;
        let rss = options.pid.and_then(|pid| Process::read(pid).ok()).map_or(0, |process| process.rss);
        peak.fetch_max(rss, Relaxed);
        if options.mode == Mode::Soak && second % 60 == 0 {
            let seen = board.event_micros.lock().len();
            eprintln!("{second} s: {seen} seen, {} open, {:.1} MiB", board.lost(), rss as f64 / (1024.0 * 1024.0));
        }
    }
}

/// A process as the kernel tells it.
#[derive(Debug, Clone, Default)]
struct Process {
    rss: u64,
    cpu_seconds: f64,
}

impl Process {
    fn read(pid: u32) -> Result<Process> {
        let status =
            std::fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid}"))?;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Ok(Process { rss: rss_of(&status).unwrap_or(0), cpu_seconds: cpu_of(&stat).unwrap_or(0.0) })
    }
}

fn rss_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// User and system time; the kernel counts in hundredths of a second towards programs.
fn cpu_of(stat: &str) -> Option<f64> {
    // The name may contain anything, even spaces and brackets; the last bracket ends it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(ticks as f64 / 100.0)
}

fn report(
    options: &Options,
    board: &Board,
    elapsed: Duration,
    sent: u64,
    before: Option<Process>,
    peak: u64,
) -> Result<Report> {
    let after = options.pid.map(Process::read).transpose()?;
    let seconds = elapsed.as_secs_f64();
    let server = before.zip(after).map(|(before, after)| Usage {
        rss_before_bytes: before.rss,
        rss_after_bytes: after.rss,
        rss_peak_bytes: peak.max(after.rss).max(before.rss),
        cpu: (after.cpu_seconds - before.cpu_seconds) / seconds.max(0.001),
    });
    let event_ms = Latency::of(board.event_micros.lock().clone());
    Ok(Report {
        mode: options.mode,
        seconds,
        sent,
        throughput: event_ms.count as f64 / seconds.max(0.001),
        refused: board.refused.load(Relaxed),
        skipped: board.skipped.load(Relaxed),
        lost: board.lost(),
        duplicated: board.duplicated.load(Relaxed),
        webhook_ms: Latency::of(board.webhook_micros.lock().clone()),
        event_ms,
        sockets: board.open.load(Relaxed),
        frames: board.frames.load(Relaxed),
        reconnects: board.reconnects.load(Relaxed),
        resyncs: board.resyncs.load(Relaxed),
        delivered: 0,
        bytes_per_socket: None,
        server,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_values() {
        let latency = Latency::of((1..=1000).rev().map(|n| n * 1000).collect());
        assert_eq!((latency.p50, latency.p90, latency.p99, latency.max), (500.0, 900.0, 990.0, 1000.0));
        assert_eq!(Latency::of(vec![]), Latency::default());
    }

    #[test]
    fn a_process_is_read_whatever_its_name_is() {
        let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1";
        assert_eq!(cpu_of(stat), Some(2.0));
        assert_eq!(rss_of("Name:\tx\nVmRSS:\t   2048 kB\n"), Some(2 * 1024 * 1024));
    }

    #[test]
    fn a_message_seen_twice_is_duplicated_and_one_not_seen_is_lost() {
        let board = Board::default();
        for id in ["a", "b"] {
            board.sent.lock().insert(id.into(), Sent { due: Instant::now(), seen: 0, wake: None });
        }
        board.saw("a", "s");
        board.saw("a", "s");
        assert_eq!((board.lost(), board.duplicated.load(Relaxed), board.event_micros.lock().len()), (1, 1, 1));
    }

    fn options(arguments: &[&str]) -> Options {
        use clap::{Args, FromArgMatches};
        let command = Options::augment_args(clap::Command::new("load"));
        let arguments = ["load"].iter().chain(arguments).chain(&["--email", "a@b.example", "--password", "p"]);
        Options::from_arg_matches(&command.get_matches_from(arguments)).unwrap()
    }

    #[actix_web::test]
    async fn another_machine_is_left_alone() {
        let refused = run(options(&["rate", "--url", "http://192.0.2.1"])).await.unwrap_err();
        assert!(refused.to_string().contains("--allow-remote"));
    }

    /// A console socket of the stand-in: repeats what it is told.
    struct Console;

    #[derive(Clone, actix::Message)]
    #[rtype(result = "()")]
    struct Tell(String);

    impl actix::Actor for Console {
        type Context = actix_web_actors::ws::WebsocketContext<Self>;
    }

    impl actix::Handler<Tell> for Console {
        type Result = ();
        fn handle(&mut self, Tell(text): Tell, ctx: &mut Self::Context) {
            ctx.text(text);
        }
    }

    impl actix::StreamHandler<Result<actix_web_actors::ws::Message, actix_web_actors::ws::ProtocolError>> for Console {
        fn handle(
            &mut self,
            _: Result<actix_web_actors::ws::Message, actix_web_actors::ws::ProtocolError>,
            _: &mut Self::Context,
        ) {
        }
    }

    type Consoles = Mutex<Vec<actix::Addr<Console>>>;

    async fn console(
        request: actix_web::HttpRequest,
        stream: web::Payload,
        consoles: Data<Consoles>,
    ) -> Result<HttpResponse, actix_web::Error> {
        let protocols = ["attendance.v1"];
        let started = actix_web_actors::ws::WsResponseBuilder::new(Console, &request, stream).protocols(&protocols);
        let (addr, answer) = started.start_with_addr()?;
        consoles.lock().push(addr);
        Ok(answer)
    }

    /// Tells of each message once; of the 60th twice, of the 61st not at all; refuses the 62nd.
    async fn webhook(request: actix_web::HttpRequest, body: web::Bytes, consoles: Data<Consoles>) -> HttpResponse {
        let signature = request.headers().get("x-hub-signature-256").unwrap().to_str().unwrap();
        assert_eq!(signature, format!("sha256={}", sign(&body)));
        let body: Value = serde_json::from_slice(&body).unwrap();
        let message = &body["entry"][0]["changes"][0]["value"]["messages"][0];
        let id = message["id"].as_str().unwrap();
        let event =
            json!({"seq": 1, "type": "message_created", "session_id": message["from"], "message": {"external_id": id}});
        let times = match id.rsplit('.').next() {
            Some("60") => 2,
            Some("61") => 0,
            Some("62") => return HttpResponse::ServiceUnavailable().finish(),
            _ => 1,
        };
        for console in consoles.lock().iter() {
            (0..times).for_each(|_| console.do_send(Tell(event.to_string())));
        }
        HttpResponse::Ok().finish()
    }

    #[actix_web::test]
    async fn what_a_server_loses_repeats_or_refuses_is_in_the_report() {
        let consoles = Data::new(Consoles::default());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(consoles.clone())
                .route("/ws/attendant", web::get().to(console))
                .route("/webhooks/whatsapp/made", web::post().to(webhook))
                .default_service(web::to(|| async {
                    HttpResponse::Ok()
                        .json(json!({"access_token": "t", "id": "made", "items": [], "next_cursor": null}))
                }))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        rt::spawn(server);
        let given = ["--url", &url, "--sessions", "50", "--sockets", "3", "--rate", "100", "--seconds", "1"];
        let report = run(options(&[&["rate"], &given[..]].concat())).await.unwrap();
        assert_eq!((report.sent, report.lost, report.duplicated, report.refused), (100, 1, 1, 1), "{report}");
        assert_eq!((report.sockets, report.event_ms.count, report.webhook_ms.count), (3, 98, 100), "{report}");
        let pid = std::process::id().to_string();
        let report =
            run(options(&[&["saturate", "--concurrency", "4", "--pid", &pid], &given[..]].concat())).await.unwrap();
        assert!(report.sent > 100 && report.server.as_ref().unwrap().rss_after_bytes > 0, "{report}");
        let report = run(options(&[&["sockets"], &given[..]].concat())).await.unwrap();
        assert_eq!((report.sockets, report.sent), (3, 0), "{report}");
        handle.stop(false).await;
    }
}
