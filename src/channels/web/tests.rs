//! The widget, programs and files against a server of this process: real sockets, real rows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use actix_web::{App, HttpServer, middleware};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::actors::bus::Bus;
use crate::attendants::Status as AttendantStatus;
use crate::attendants::store::User;
use crate::auth::jwt::{Claims, KeyRing};
use crate::auth::roles::Role;
use crate::basic::Limits;
use crate::bot::store::{self as bots, Bot, EngineName};
use crate::catalog::Catalog;
use crate::channels::http::{Http, HttpLimits};
use crate::channels::store::{self as channels, ChannelRow, Health};
use crate::clock::Clock;
use crate::config::Config;
use crate::conversations::actor::{Do, Send};
use crate::conversations::lifecycle::Command;
use crate::conversations::{self, Actor as By};
use crate::ids::*;
use crate::net::Guard;
use crate::organizations::{self, Organization};
use crate::queues::store::{self as queues, Queue};
use crate::services::{Parts, Services};
use crate::store::sql::Json;
use crate::store::{Database, Store};
use crate::vault::Vault;

const SECRET: &str = "wk_live_3b9d1c7e5f2a48c0a1b2c3d4e5f60718";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

struct Server {
    services: Services,
    organization: OrganizationId,
    url: String,
    web: ChannelId,
    api: ChannelId,
    user: UserId,
    token: String,
    http: reqwest::Client,
    handle: ServerHandle,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let stop = self.handle.stop(false);
        actix::spawn(stop);
    }
}

async fn server() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let (organization, bot, user, queue) = (OrganizationId::new(), BotId::new(), UserId::new(), QueueId::new());
    let (web, api) = (ChannelId::new(), ChannelId::new());
    let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
    config.limits.attachment_bytes = 4096;
    let clock = Clock::system();
    let now = clock.now();
    let bus = Bus::start().unwrap();
    let out = bus.clone();
    let database = Database::Sqlite(folder.path().join("a.db").display().to_string());
    let store =
        Store::open(database, crate::store::Readers::default(), Arc::new(move |events| out.publish(events))).unwrap();
    let vault = Arc::new(Vault::from_text("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "test").unwrap());
    let channel = |id: ChannelId, kind: &str, credentials: Value| ChannelRow {
        id,
        organization_id: organization,
        bot_id: bot,
        kind: kind.into(),
        provider: kind.into(),
        name: kind.into(),
        credentials: crate::channels::seal_credentials(&vault, id, credentials.as_object().unwrap()),
        credentials_hint: Json(Map::new()),
        settings: Json(Map::new()),
        is_active: true,
        health: Health::Ok,
        health_reason: None,
        health_since: now,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let rows = [
        channel(web, "web", json!({"identity_secret": SECRET, "allowed_origins": ["https://loja.example"]})),
        channel(api, "api", json!({})),
    ];
    store
        .write("test.rows", move |tx| {
            let (settings, version, created_at, updated_at) = (Json(BTreeMap::new()), 1, now, now);
            let row = Organization {
                id: organization,
                name: "Aurora".into(),
                is_operator: true,
                settings,
                version,
                created_at,
                updated_at,
            };
            organizations::insert(tx.db, &row)?;
            let settings = Json(BTreeMap::new());
            let row = Bot {
                id: bot,
                organization_id: organization,
                name: "Lia".into(),
                engine: EngineName::Reply,
                locale: "pt-BR".into(),
                settings,
                version,
                created_at,
                updated_at,
            };
            bots::insert(tx.db, &row)?;
            for row in &rows {
                channels::insert(tx.db, row)?;
            }
            let row = User {
                id: user,
                organization_id: organization,
                name: "Ana".into(),
                email: Some("ana@aurora.example".into()),
                password_hash: None,
                role: Role::Admin,
                locale: "pt-BR".into(),
                department: None,
                preferences: Json(json!({})),
                aliases: Json(vec![]),
                external_id: None,
                channels: Json(vec!["all".into()]),
                skills: Json(vec![]),
                default_destination: "console".into(),
                status: AttendantStatus::Offline,
                status_since: now,
                console_presence: false,
                focus_session_id: None,
                is_active: true,
                failed_logins: 0,
                locked_until: None,
                version,
                created_at,
                updated_at,
            };
            use diesel::prelude::*;
            diesel::insert_into(crate::store::schema::users::table).values(&row).execute(tx.db)?;
            let row = Queue {
                id: queue,
                organization_id: organization,
                name: "Suporte".into(),
                description: String::new(),
                channels: Json(vec!["all".into()]),
                is_active: true,
                priority_order: 1,
                max_wait_seconds: 600,
                auto_assign: true,
                strategy: crate::queues::routing::Strategy::LeastLoaded,
                skills: Json(vec![]),
                hours: None,
                size_limit: None,
                overflow_queue_id: None,
                fallback: Json(Default::default()),
                department: None,
                topics: Json(vec![]),
                version,
                created_at,
                updated_at,
            };
            queues::insert(tx.db, &row)?;
            Ok(())
        })
        .await
        .unwrap();
    let catalog = Catalog::new(store.clone(), vault.clone(), Limits::default(), Arc::default());
    catalog.load().await.unwrap();
    let http = Http::new(Guard { allow_private: true }, HttpLimits::default()).unwrap();
    let keys = KeyRing::generate(now);
    let lifetime = Duration::from_secs(900);
    let token = keys.sign(&Claims::new(user, organization, Role::Admin, RecordId::new(), now, lifetime), now).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let public_url = url.clone();
    let services = Services::new(Parts { config, clock, store, catalog, bus, http, vault, keys, public_url }, 1);
    services.resume().await.unwrap();
    let data = Data::new(services.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .wrap(middleware::from_fn(crate::api::locale::locale))
            .configure(crate::api::extract::configure(1 << 20))
            .configure(crate::attachments::api::configure)
            .configure(super::api::configure)
            .configure(crate::channels::api_channel::api::configure)
    })
    .workers(1)
    .disable_signals()
    .listen(listener)
    .unwrap()
    .run();
    let handle = server.handle();
    actix::spawn(server);
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    Server { services, organization, url, web, api, user, token, http, handle, _folder: folder }
}

impl Server {
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let sent =
            self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.token).json(&body).send().await.unwrap();
        (sent.status().as_u16(), sent.json().await.unwrap_or_default())
    }

    async fn open(&self, body: Value) -> (u16, Value) {
        self.post(&format!("/api/webchat/{}/sessions", self.web), body).await
    }

    async fn upload(&self, path: &str, token: &str, name: &str, bytes: &[u8]) -> (u16, Value) {
        let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        let sent =
            self.http.post(format!("{}{path}", self.url)).bearer_auth(token).multipart(form).send().await.unwrap();
        (sent.status().as_u16(), sent.json().await.unwrap_or_default())
    }

    async fn connect(&self, token: &str) -> Socket {
        let url = format!("{}/ws/webchat/{}", self.url.replace("http", "ws"), self.web);
        let mut request = url.into_client_request().unwrap();
        let protocols = format!("attendance.chat.v1, visitor.{token}");
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
        let (socket, answer) = tokio_tungstenite::connect_async(request).await.unwrap();
        assert_eq!(answer.headers()["sec-websocket-protocol"], "attendance.chat.v1");
        Socket(socket)
    }

    fn by(&self) -> By {
        By::Attendant { id: self.user, name: "Ana".into() }
    }

    async fn act(&self, session: SessionId, command: Command) {
        self.services.conversations().tell(session, Do(command)).await.unwrap().unwrap();
    }

    async fn messages(&self, session: SessionId) -> Vec<conversations::Message> {
        let read = move |db: &mut crate::store::AnyConnection| {
            Ok(conversations::store::page(db, session, None, None, 100, true)?.0)
        };
        self.services.store.read("test", read).await.unwrap()
    }

    /// What the conversation was told before this has been done and stored.
    async fn known_to(&self, session: SessionId) {
        self.services.conversations().tell(session, conversations::actor::Observe).await.unwrap().unwrap();
    }

    /// Looks again after each event until it is there.
    async fn until<T>(&self, look: impl AsyncFn() -> Option<T>) -> T {
        self.services.bus.until(self.organization, look).await
    }
}

struct Socket(tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>);

impl Socket {
    async fn send(&mut self, frame: Value) {
        self.0.send(Frame::text(frame.to_string())).await.unwrap();
    }

    /// The next frame for which `wanted` holds; others are passed over.
    async fn next(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut seen = Vec::new();
        let found = tokio::time::timeout(Duration::from_secs(5), async {
            while let Some(Ok(frame)) = self.0.next().await {
                if let Frame::Text(text) = frame {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if wanted(&frame) {
                        return Some(frame);
                    }
                    seen.push(frame);
                }
            }
            None
        });
        match found.await {
            Ok(Some(frame)) => frame,
            _ => panic!("not among {seen:#?}"),
        }
    }

    /// Closes, and waits until the server has let go of it.
    async fn leave(mut self) {
        self.0.close(None).await.unwrap();
        while let Some(Ok(_)) = self.0.next().await {}
    }

    async fn of(&mut self, kind: &str) -> Value {
        self.next(|frame| frame["type"] == kind).await
    }
}

fn session_of(answer: &Value) -> SessionId {
    answer["session_id"].as_str().unwrap().parse().unwrap()
}

#[actix_web::test]
async fn who_opens_a_chat_and_closes_it_wakes_no_conversation() {
    let server = server().await;
    let (_, answer) = server.open(json!({})).await;
    let mut socket = server.connect(answer["visitor_token"].as_str().unwrap()).await;
    assert_eq!(socket.of("hello").await["last_seq"], 0);
    assert_eq!(socket.of("status").await["status"], "bot");
    socket.send(json!({"type": "typing"})).await;
    socket.send(json!({"type": "read", "seq": 0})).await;
    socket.leave().await;
    assert!(server.services.visitors.is_empty());
    assert!(server.services.conversations().is_empty(), "{:?}", server.services.conversations().ids());
}

#[actix_web::test]
async fn a_visitor_is_greeted_waits_is_served_and_rates() {
    let server = server().await;
    let (status, answer) = server.open(json!({"page": "https://loja.example/p?token=1", "consent": "2026-03"})).await;
    assert_eq!(status, 200, "{answer}");
    let token = answer["visitor_token"].as_str().unwrap();
    let session = session_of(&answer);
    let mut socket = server.connect(token).await;
    assert_eq!(socket.of("hello").await["session_id"], session.to_string());
    assert_eq!(socket.of("status").await["status"], "bot");

    socket.send(json!({"type": "message", "client_id": "c1", "text": "oi"})).await;
    let stored = socket.next(|frame| frame["type"] == "message_status" && frame["client_id"] == "c1").await;
    assert_eq!((stored["status"].as_str(), stored["seq"].as_i64()), (Some("received"), Some(1)));
    socket.send(json!({"type": "message", "client_id": "c1", "text": "oi"})).await;
    let again = socket.next(|frame| frame["type"] == "message_status" && frame["client_id"] == "c1").await;
    assert_eq!(again["message_id"], stored["message_id"], "the same message once");
    let words = server.messages(session).await;
    assert_eq!(words.iter().filter(|message| message.text == "oi").count(), 1);
    assert!(words.iter().any(|message| message.sender_kind == conversations::SenderKind::Bot), "the bot answers");

    socket.send(json!({"type": "message", "client_id": "c2", "text": "/agent"})).await;
    let waiting = socket.next(|frame| frame["type"] == "status" && frame["status"] == "waiting").await;
    assert_eq!(waiting["position"], 1);
    server.act(session, Command::Accept { by: server.by() }).await;
    let active = socket.next(|frame| frame["type"] == "status" && frame["status"] == "active").await;
    assert_eq!((active["attendant"]["name"].as_str(), active["position"].as_i64()), (Some("Ana"), None));

    let note = Send {
        by: server.by(),
        client_id: None,
        text: "cliente difícil".into(),
        attachments: vec![],
        reply_to: None,
        private: true,
        template: None,
    };
    let conversations = server.services.conversations();
    conversations.tell(session, note.clone()).await.unwrap().unwrap();
    let sent = Send { text: "Olá, posso ajudar?".into(), private: false, ..note };
    let sent = conversations.tell(session, sent).await.unwrap().unwrap();
    let told = socket
        .next(|frame| {
            assert_ne!(frame["message"]["text"], "cliente difícil");
            frame["type"] == "message" && frame["message"]["sender"]["kind"] == "attendant"
        })
        .await;
    assert_eq!(
        (told["message"]["text"].as_str(), &told["message"]["sender"]["name"]),
        (Some("Olá, posso ajudar?"), &json!("Ana"))
    );
    let reached = async |wanted: conversations::MessageStatus| {
        server
            .until(async || {
                let all = server.messages(session).await;
                all.into_iter().find(|message| message.id == sent.id && message.status == wanted)
            })
            .await
    };
    reached(conversations::MessageStatus::Delivered).await;
    socket.send(json!({"type": "read", "seq": told["message"]["seq"]})).await;
    reached(conversations::MessageStatus::Read).await;

    let command = Command::Resolve { by: server.by(), note: None, outcome: "resolved".into() };
    server.act(session, command).await;
    socket.of("csat_request").await;
    socket.send(json!({"type": "csat", "score": 9})).await;
    assert_eq!(socket.of("error").await["problem"]["code"], "validation");
    socket.send(json!({"type": "csat", "score": 5, "comment": "Muito rápido"})).await;
    assert_eq!(socket.of("csat").await["score"], 5);
    let handoff =
        conversations.tell(session, conversations::actor::Observe).await.unwrap().unwrap().handoff.unwrap().id;
    let rating = server.services.store.read("t", move |db| Ok(crate::ratings::store::of_handoff(db, handoff)?)).await;
    let rating = rating.unwrap().unwrap();
    assert_eq!(
        (rating.score, rating.attendant_id, rating.comment.as_deref()),
        (5, Some(server.user), Some("Muito rápido"))
    );

    let (_, answer) = server.open(json!({"visitor_token": token})).await;
    assert_eq!((answer["visitor_token"].as_str(), session_of(&answer)), (Some(token), session));
    let texts: Vec<&str> = answer["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap()).collect();
    assert!(texts.contains(&"oi") && !texts.contains(&"cliente difícil"), "{texts:?}");
    socket.send(json!({"type": "resume", "last_seq": 0})).await;
    assert_eq!(socket.next(|frame| frame["type"] == "message").await["message"]["client_id"], "c1");
}

#[actix_web::test]
async fn a_visitor_who_leaves_the_queue_is_noticed_and_floods_are_refused() {
    let server = server().await;
    let (_, answer) = server.open(json!({})).await;
    let session = session_of(&answer);
    let mut socket = server.connect(answer["visitor_token"].as_str().unwrap()).await;
    socket.send(json!({"type": "message", "client_id": "c", "text": "/agent"})).await;
    socket.next(|frame| frame["type"] == "status" && frame["status"] == "waiting").await;
    for n in 0..20 {
        socket.send(json!({"type": "message", "client_id": n.to_string(), "text": "x"})).await;
    }
    let refused = socket.of("error").await;
    assert_eq!(refused["problem"]["status"], 429);
    socket.send(json!({"type": "nonsense"})).await;
    socket.next(|frame| frame["problem"]["code"] == "validation").await;
    socket.leave().await;
    let timers = async || {
        let read = |db: &mut crate::store::AnyConnection| Ok(crate::store::timers::next(db, 50)?);
        let rows = server.services.store.read("t", read).await.unwrap();
        rows.into_iter().find(|row| row.kind == "abandon" && row.subject_id == session)
    };
    server.known_to(session).await;
    assert!(timers().await.is_some());
    let mut back = server.connect(answer["visitor_token"].as_str().unwrap()).await;
    back.of("hello").await;
    server.known_to(session).await;
    assert!(timers().await.is_none());
}

#[actix_web::test]
async fn only_named_sites_and_proven_people() {
    let server = server().await;
    let proof = "fb633691117b9a1d17f77cb26462d9e0feffccb0a19fdb57806d31e1efd2bf83";
    let (status, _) = server.open(json!({"user": {"id": "cust-8842", "hmac": "0".repeat(64)}})).await;
    assert_eq!(status, 401);
    let (_, anonymous) = server.open(json!({"user": {"name": "Ana", "email": "ana@cliente.example"}})).await;
    assert_eq!(anonymous["verified"], false);
    let (status, proven) = server
        .open(json!({"visitor_token": anonymous["visitor_token"], "user": {"id": "cust-8842", "hmac": proof}}))
        .await;
    assert_eq!((status, &proven["verified"], &proven["session_id"]), (200, &json!(true), &anonymous["session_id"]));
    let (_, elsewhere) = server.open(json!({"user": {"id": "cust-8842", "hmac": proof}})).await;
    assert_eq!(elsewhere["session_id"], proven["session_id"], "the same person in another browser");
    assert_ne!(elsewhere["visitor_token"], proven["visitor_token"]);
    let other = "10bc4a423170469205adf41d02a2dcf30f876be70ca3af34bfc43701781c4c34";
    let (_, changed) =
        server.open(json!({"visitor_token": proven["visitor_token"], "user": {"id": "42", "hmac": other}})).await;
    assert_ne!(changed["session_id"], proven["session_id"], "another person in the same browser");
    let (_, thief) = server.open(json!({"user": {"email": "ana@cliente.example"}})).await;
    assert_ne!(thief["session_id"], anonymous["session_id"], "an e-mail proves nothing");

    let url = format!("{}/api/webchat/{}/sessions", server.url, server.web);
    let from = |origin: &str, method: reqwest::Method| {
        server.http.request(method, &url).header("origin", origin).json(&json!({})).send()
    };
    let answer = from("https://loja.example", reqwest::Method::POST).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://loja.example");
    assert_eq!(from("https://loja.example", reqwest::Method::OPTIONS).await.unwrap().status(), 204);
    assert_eq!(from("https://evil.example", reqwest::Method::POST).await.unwrap().status(), 403);
    assert_eq!(server.http.get(&url).send().await.unwrap().status(), 405);
    assert_eq!(server.open(json!({"foo": 1})).await.0, 422);
}

#[actix_web::test]
async fn files_are_kept_served_and_guarded() {
    let server = server().await;
    let (status, file) = server.upload("/api/attachments", &server.token, "../ação.png", PNG).await;
    assert_eq!((status, &file["mime"], &file["name"]), (201, &json!("image/png"), &json!("ação.png")), "{file}");
    let url = format!("{}/api/attachments/{}", server.url, file["id"].as_str().unwrap());
    let get = |url: &str| server.http.get(url).bearer_auth(&server.token);
    let whole = get(&url).send().await.unwrap();
    assert_eq!(whole.headers()["content-type"], "image/png");
    assert!(whole.headers()["content-disposition"].to_str().unwrap().starts_with("inline"));
    assert!(whole.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(whole.headers()["x-content-type-options"], "nosniff");
    let etag = whole.headers()["etag"].clone();
    assert_eq!(whole.bytes().await.unwrap(), PNG);
    let part = get(&url).header("range", "bytes=1-3").send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.bytes().await.unwrap().as_ref()), (206, &b"PNG"[..]));
    assert_eq!(get(&url).header("if-none-match", etag).send().await.unwrap().status(), 304);
    let head = server.http.head(&url).bearer_auth(&server.token).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-length"], "16");
    assert_eq!(server.http.get(&url).send().await.unwrap().status(), 401);
    assert_eq!(
        get(&format!("{}/api/attachments/{}", server.url, AttachmentId::new())).send().await.unwrap().status(),
        404
    );
    assert_eq!(
        get(&format!("{url}/thumbnail")).send().await.unwrap().json::<Value>().await.unwrap()["code"],
        "no_thumbnail"
    );
    let signed = crate::attachments::signed_url(&server.services, file["id"].as_str().unwrap().parse().unwrap());
    assert_eq!(server.http.get(&signed).send().await.unwrap().status(), 200);
    assert_eq!(server.http.get(format!("{signed}0")).send().await.unwrap().status(), 401);
    for (name, bytes, expected) in [
        ("a.exe", &b"MZ\x90\0"[..], 415),
        ("grande.bin", &[7; 5000][..], 413),
        ("vazio.txt", b"", 422),
        ("pagina.html", b"<html>", 201),
    ] {
        assert_eq!(server.upload("/api/attachments", &server.token, name, bytes).await.0, expected, "{name}");
    }
    assert_eq!(server.post("/api/attachments", json!({})).await.0, 415);

    let (_, answer) = server.open(json!({})).await;
    let token = answer["visitor_token"].as_str().unwrap();
    let path = format!("/api/webchat/{}/attachments", server.web);
    assert_eq!(server.upload(&path, "vt_wrong", "a.png", PNG).await.0, 401);
    let (status, sent) = server.upload(&path, token, "foto.png", PNG).await;
    assert_eq!(status, 201);
    let mut socket = server.connect(token).await;
    socket.send(json!({"type": "message", "client_id": "x", "attachments": [file["id"]]})).await;
    assert_eq!(socket.of("error").await["problem"]["errors"][0]["field"], "attachments", "somebody else's file");
    socket.send(json!({"type": "message", "client_id": "f", "attachments": [sent["id"]]})).await;
    let shown = socket.next(|frame| frame["type"] == "message" && frame["message"]["client_id"] == "f").await;
    let shown = &shown["message"]["attachments"][0];
    assert_eq!((&shown["size"], &shown["mime"]), (&json!(16), &json!("image/png")));
    assert_eq!(server.http.get(shown["url"].as_str().unwrap()).send().await.unwrap().bytes().await.unwrap(), PNG);
    let kept = server.messages(session_of(&answer)).await.remove(0);
    assert_eq!((kept.kind, kept.attachments.unwrap().0[0].size), (crate::channels::adapter::Kind::Image, 16));
}

#[actix_web::test]
async fn a_program_s_message_is_taken_once_and_its_files_are_fetched() {
    let server = server().await;
    let provider = MockServer::start().await;
    for (place, answer) in
        [("/ok.png", ResponseTemplate::new(200).set_body_bytes(PNG)), ("/gone.png", ResponseTemplate::new(404))]
    {
        Mock::given(method("GET")).and(path(place)).respond_with(answer).mount(&provider).await;
    }
    let address = format!("/api/channels/{}/messages", server.api);
    let body = json!({
        "external_id": "m1", "from": {"id": "u1", "name": "Bia", "phone": "11 98765-0001"}, "text": "Oi",
        "attachments": [{"url": format!("{}/ok.png", provider.uri()), "name": "ok.png"}, {"url": format!("{}/gone.png", provider.uri())}],
    });
    let (status, first) = server.post(&address, body.clone()).await;
    assert_eq!((status, &first["accepted"]), (202, &json!(true)), "{first}");
    assert_eq!(server.post(&address, body.clone()).await, (200, first));
    assert_eq!(server.post(&address, json!({"external_id": "m2"})).await.0, 422);
    assert_eq!(server.post(&format!("/api/channels/{}/messages", server.web), body).await.0, 404);
    let stored = server
        .until(async || {
            let read = |db: &mut crate::store::AnyConnection| {
                use crate::store::schema::messages;
                use diesel::prelude::*;
                Ok(messages::table.filter(messages::external_id.eq("m1")).select(messages::all_columns).load(db)?)
            };
            let found: Vec<conversations::Message> = server.services.store.read("t", read).await.unwrap();
            assert!(found.len() <= 1);
            let message = found.into_iter().next()?;
            let files = message.attachments.clone()?.0;
            (files[0].id.is_some() && message.error.is_some()).then_some(message)
        })
        .await;
    let files = stored.attachments.unwrap().0;
    assert_eq!((files[0].size, files[0].mime.as_str(), files[0].reference.as_deref()), (16, "image/png", None));
    assert!(files[1].id.is_none());
    assert_eq!(stored.error.unwrap().0.code, "http_404");
    let url = format!("{}/api/attachments/{}", server.url, files[0].id.unwrap());
    let got = server.http.get(url).bearer_auth(&server.token).send().await.unwrap();
    assert_eq!(got.bytes().await.unwrap(), PNG);
}

impl Server {
    async fn call(&self, method: reqwest::Method, path: &str, token: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/api/webchat/{}{path}", self.url, self.web);
        let request = self.http.request(method, url).bearer_auth(token);
        let sent = if body.is_null() { request.send().await } else { request.json(&body).send().await }.unwrap();
        (sent.status().as_u16(), sent.json().await.unwrap_or_default())
    }
}

#[actix_web::test]
async fn what_the_widget_shows_is_told_before_anybody_is_known() {
    let server = server().await;
    let (status, config) = server.call(reqwest::Method::GET, "?locale=en", "", Value::Null).await;
    assert_eq!((status, &config["title"], &config["locale"]), (200, &json!("web"), &json!("en")), "{config}");
    assert_eq!((&config["hours"]["open"], &config["features"]["csat"]), (&json!(true), &json!(true)));
    let visitors = server.services.store.read("t", |db| {
        use diesel::prelude::*;
        Ok(crate::store::schema::visitors::table.count().get_result::<i64>(db)?)
    });
    assert_eq!(visitors.await.unwrap(), 0);
}

#[actix_web::test]
async fn a_message_left_outside_hours_waits_for_a_person_after_its_writer_has_gone() {
    let server = server().await;
    let (_, answer) = server.open(json!({"user": {"name": "Ana", "email": "ana@cliente.example"}})).await;
    let (session, token) = (session_of(&answer), answer["visitor_token"].as_str().unwrap());
    let socket = server.connect(token).await;
    let left = json!({"client_id": "l1", "text": "Podem me responder amanhã?"});
    for _ in 0..2 {
        let (status, stored) = server.call(reqwest::Method::POST, "/offline", token, left.clone()).await;
        assert_eq!((status, &stored["client_id"]), (202, &json!("l1")), "{stored}");
    }
    assert_eq!(
        server.call(reqwest::Method::POST, "/offline", token, json!({"client_id": "l2", "text": " "})).await.0,
        422
    );
    assert_eq!(server.call(reqwest::Method::POST, "/offline", "vt_x", left).await.0, 401);
    let words = server.messages(session).await;
    assert!(words.iter().all(|message| message.sender_kind != conversations::SenderKind::Bot), "{words:?}");
    assert_eq!(words.iter().filter(|message| message.text.starts_with("Podem")).count(), 1);
    let observe =
        async || server.services.conversations().tell(session, conversations::actor::Observe).await.unwrap().unwrap();
    let conversation = observe().await;
    assert_eq!(conversation.handoff.unwrap().cause, conversations::Cause::Left);
    drop(socket);
    server.until(async || server.services.visitors.is_empty().then_some(())).await;
    // Behind the news of the departure in the same mailbox.
    assert_eq!(observe().await.session.status, conversations::Status::Waiting);
    let timers = server.services.store.read("t", |db| Ok(crate::store::timers::next(db, 50)?)).await.unwrap();
    assert!(!timers.iter().any(|row| row.kind == "abandon" && row.subject_id == session), "{timers:?}");
}

#[actix_web::test]
async fn earlier_messages_are_paged_and_an_ended_token_is_good_no_more() {
    let server = server().await;
    let (_, answer) = server.open(json!({})).await;
    let token = answer["visitor_token"].as_str().unwrap();
    let mut socket = server.connect(token).await;
    for n in 0..3 {
        let client_id = n.to_string();
        socket.send(json!({"type": "message", "client_id": client_id, "text": format!("m{n}")})).await;
        socket.next(|frame| frame["type"] == "message_status" && frame["client_id"] == client_id.as_str()).await;
    }
    let (_, newest) = server.call(reqwest::Method::GET, "/messages", token, Value::Null).await;
    let last = newest["items"].as_array().unwrap().last().unwrap()["seq"].as_i64().unwrap();
    let (status, page) =
        server.call(reqwest::Method::GET, &format!("/messages?before={last}"), token, Value::Null).await;
    let items = page["items"].as_array().unwrap();
    assert_eq!((status, &page["has_more"], &items[0]["text"]), (200, &json!(false), &json!("m0")));
    assert!(items.iter().all(|message| message["seq"].as_i64().unwrap() < last));
    assert_eq!(server.call(reqwest::Method::DELETE, "/sessions", token, Value::Null).await.0, 204);
    for (method, path) in [(reqwest::Method::GET, "/messages"), (reqwest::Method::DELETE, "/sessions")] {
        assert_eq!(server.call(method, path, token, Value::Null).await.0, 401);
    }
    let (_, again) = server.open(json!({"visitor_token": token})).await;
    assert_ne!(again["session_id"], answer["session_id"], "somebody new in the same browser");
}

#[actix_web::test]
async fn who_was_away_at_the_end_is_asked_for_a_rating_until_they_gave_one() {
    let server = server().await;
    let (_, answer) = server.open(json!({})).await;
    let (session, token) = (session_of(&answer), answer["visitor_token"].as_str().unwrap());
    let mut socket = server.connect(token).await;
    socket.send(json!({"type": "message", "client_id": "c", "text": "/agent"})).await;
    socket.next(|frame| frame["type"] == "status" && frame["status"] == "waiting").await;
    server.act(session, Command::Accept { by: server.by() }).await;
    let active = socket.next(|frame| frame["type"] == "status" && frame["status"] == "active").await;
    assert!(active["seen_seq"].is_null() || active["seen_seq"].as_i64() > Some(0), "{active}");
    drop(socket);
    server.act(session, Command::Resolve { by: server.by(), note: None, outcome: "resolved".into() }).await;
    let mut socket = server.connect(token).await;
    socket.of("csat_request").await;
    socket.send(json!({"type": "csat", "score": 4})).await;
    socket.of("csat").await;
    drop(socket);
    let mut socket = server.connect(token).await;
    socket.of("status").await;
    socket.send(json!({"type": "ping"})).await;
    socket
        .next(|frame| {
            assert_ne!(frame["type"], "csat_request");
            frame["type"] == "pong"
        })
        .await;
}
