//! The desk over a real socket and a real messenger: a server on loopback, a database file, a provider that answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::actors::bus::Bus;
use crate::actors::sockets::Close;
use crate::attendants::Status;
use crate::attendants::store::{self as people, Destination, User};
use crate::auth::jwt::{Claims, KeyRing};
use crate::auth::roles::Role;
use crate::basic::Limits;
use crate::bot::store::{self as bots, Bot, EngineName};
use crate::catalog::Catalog;
use crate::channels::http::{Http, HttpLimits};
use crate::channels::seal_credentials;
use crate::channels::store::{self as channels, ChannelRow, Health};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::conversations::store as conversations;
use crate::ids::*;
use crate::net::Guard;
use crate::organizations::{self, Organization};
use crate::queues::routing::Strategy;
use crate::queues::store::{self as queues, Fallbacks, Member, Queue};
use crate::services::{Parts, Services};
use crate::store::events::{Audience, Event};
use crate::store::sql::Json;
use crate::store::{AnyConnection, Database, InboxRow, Store};
use crate::vault::Vault;

type Stream = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

struct World {
    services: Services,
    organization: OrganizationId,
    channel: ChannelId,
    queue: QueueId,
    ana: UserId,
    bia: UserId,
    provider: MockServer,
    /// Everything the provider was asked to send, in order.
    asked: watch::Sender<Vec<Value>>,
    address: String,
    _folder: tempfile::TempDir,
}

fn user(organization: OrganizationId, name: &str, role: Role, destination: &str, now: Timestamp) -> User {
    User {
        id: UserId::new(),
        organization_id: organization,
        name: name.to_owned(),
        email: Some(format!("{}@example.com", name.to_lowercase())),
        password_hash: None,
        role,
        locale: "pt-BR".to_owned(),
        department: None,
        preferences: Json(json!({})),
        aliases: Json(Vec::new()),
        external_id: Some(format!("att-{}", name.to_lowercase())),
        channels: Json(vec!["all".to_owned()]),
        skills: Json(Vec::new()),
        default_destination: destination.to_owned(),
        status: Status::Offline,
        status_since: now,
        console_presence: false,
        focus_session_id: None,
        is_active: true,
        failed_logins: 0,
        locked_until: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

impl World {
    async fn new(auto_assign: bool) -> World {
        let provider = MockServer::start().await;
        let asked = watch::Sender::new(Vec::new());
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let now = clock.now();
        let bus = Bus::start().unwrap();
        let to_bus = bus.clone();
        let file = folder.path().join("test.db").display().to_string();
        let store = Store::open(
            Database::Sqlite(file),
            crate::store::Readers::default(),
            Arc::new(move |stored| to_bus.publish(stored)),
        )
        .unwrap();
        let vault = Arc::new(Vault::from_file(&folder.path().join("keys")).unwrap());
        let catalog = Catalog::new(store.clone(), vault.clone(), Limits::default(), Arc::default());
        let organization = OrganizationId::new();
        let (bot, channel, queue) = (BotId::new(), ChannelId::new(), QueueId::new());
        let ana = user(organization, "Ana", Role::Attendant, "console", now);
        let bia = user(organization, "Bia", Role::Attendant, "whatsapp", now);
        let credentials = json!({"access_token": "EAAtoken", "phone_number_id": "410000000000001",
            "app_secret": "0123456789abcdef0123456789abcdef", "verify_token": "v"});
        let sealed = seal_credentials(&vault, channel, credentials.as_object().unwrap());
        let api = json!({"api_base_url": provider.uri()});
        let (ana_id, bia_id) = (ana.id, bia.id);
        store
            .write("test.world", move |tx| {
                organizations::insert(
                    tx.db,
                    &Organization {
                        id: organization,
                        name: "Padaria".to_owned(),
                        is_operator: true,
                        settings: Json(BTreeMap::new()),
                        version: 1,
                        created_at: now,
                        updated_at: now,
                    },
                )?;
                let settings = BTreeMap::from([("attendance-bypass-mode".to_owned(), "true".to_owned())]);
                bots::insert(
                    tx.db,
                    &Bot {
                        id: bot,
                        organization_id: organization,
                        name: "Robô".to_owned(),
                        engine: EngineName::Reply,
                        locale: "pt-BR".to_owned(),
                        settings: Json(settings),
                        version: 1,
                        created_at: now,
                        updated_at: now,
                    },
                )?;
                channels::insert(
                    tx.db,
                    &ChannelRow {
                        id: channel,
                        organization_id: organization,
                        bot_id: bot,
                        kind: "whatsapp".to_owned(),
                        provider: "cloud".to_owned(),
                        name: "WhatsApp".to_owned(),
                        credentials: sealed.clone(),
                        credentials_hint: Json(serde_json::Map::new()),
                        settings: Json(api.as_object().unwrap().clone()),
                        is_active: true,
                        health: Health::Ok,
                        health_reason: None,
                        health_since: now,
                        version: 1,
                        created_at: now,
                        updated_at: now,
                    },
                )?;
                queues::insert(
                    tx.db,
                    &Queue {
                        id: queue,
                        organization_id: organization,
                        name: "Suporte".to_owned(),
                        description: String::new(),
                        channels: Json(vec!["whatsapp".to_owned()]),
                        is_active: true,
                        priority_order: 0,
                        max_wait_seconds: 0,
                        auto_assign,
                        strategy: Strategy::LeastLoaded,
                        skills: Json(Vec::new()),
                        hours: None,
                        size_limit: None,
                        overflow_queue_id: None,
                        fallback: Json(Fallbacks::default()),
                        department: None,
                        topics: Json(Vec::new()),
                        version: 1,
                        created_at: now,
                        updated_at: now,
                    },
                )?;
                for person in [&ana, &bia] {
                    people::insert(tx.db, person)?;
                    queues::put_member(
                        tx.db,
                        &Member {
                            organization_id: organization,
                            queue_id: queue,
                            user_id: person.id,
                            is_active: true,
                            max_conversations: 2,
                            priority: 0,
                            created_at: now,
                        },
                    )?;
                }
                people::put_destinations(
                    tx.db,
                    bia.id,
                    &[Destination {
                        id: RecordId::new(),
                        organization_id: organization,
                        user_id: bia.id,
                        kind: "whatsapp".to_owned(),
                        address: "5511999990000".to_owned(),
                        channel_id: None,
                        created_at: now,
                    }],
                )?;
                Ok(())
            })
            .await
            .unwrap();
        catalog.load().await.unwrap();
        let http = Http::new(Guard { allow_private: true }, HttpLimits::default()).unwrap();
        let parts = Parts {
            config: Config::default(),
            clock,
            store,
            catalog,
            bus,
            http,
            vault,
            keys: KeyRing::generate(now),
            public_url: "http://localhost".to_owned(),
        };
        let services = Services::new(parts, 1);
        services.resume().await.unwrap();
        let data = web::Data::new(services.clone());
        let server = HttpServer::new(move || App::new().app_data(data.clone()).configure(super::configure))
            .workers(1)
            .disable_signals()
            .bind("127.0.0.1:0")
            .unwrap();
        let address = server.addrs()[0].to_string();
        actix::spawn(server.run());
        let world = World {
            services,
            organization,
            channel,
            queue,
            ana: ana_id,
            bia: bia_id,
            provider,
            asked,
            address,
            _folder: folder,
        };
        let accept = |n| {
            ResponseTemplate::new(200).set_body_json(json!({
                "messaging_product": "whatsapp", "contacts": [], "messages": [{"id": format!("wamid.out.{n}")}],
            }))
        };
        world.provider_answers(accept).await;
        world
    }

    /// From now on the provider answers so; it is told how many requests came before.
    async fn provider_answers(&self, answer: fn(usize) -> ResponseTemplate) {
        self.provider.reset().await;
        let asked = self.asked.clone();
        let respond = move |request: &Request| {
            let mut before = 0;
            asked.send_modify(|all| {
                before = all.len();
                all.push(serde_json::from_slice(&request.body).unwrap());
            });
            answer(before)
        };
        Mock::given(method("POST")).respond_with(respond).mount(&self.provider).await;
    }

    fn token(&self, user: UserId, login: RecordId) -> String {
        let now = self.services.clock.now();
        let role = self.services.catalog.of_user(user).unwrap().1.role;
        let claims = Claims::new(user, self.organization, role, login, now, Duration::from_secs(900));
        self.services.keys.read().sign(&claims, now).unwrap()
    }

    async fn connect(&self, token: &str) -> Client {
        let mut request = format!("ws://{}/ws/attendant", self.address).into_client_request().unwrap();
        let offers = format!("attendance.v1, bearer.{token}");
        request.headers_mut().insert("sec-websocket-protocol", offers.parse().unwrap());
        let (stream, response) = tokio_tungstenite::connect_async(request).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "attendance.v1");
        Client { stream, seen: Vec::new() }
    }

    /// A WhatsApp message arrives.
    async fn arrives(&self, from: &str, id: &str, text: &str, quoting: Option<&str>) {
        let mut message = text_message(from, id, text, self.services.clock.now());
        if let Some(quoted) = quoting {
            message["context"] = json!({"from": "410000000000001", "id": quoted});
        }
        let place = self.services.backlog.enter().await.expect("a place");
        self.services.receive(self.body(webhook(from, message)), place).await.unwrap();
    }

    /// A webhook body that has just come.
    fn body(&self, body: String) -> InboxRow {
        InboxRow {
            id: InboxId::new(),
            organization_id: self.organization,
            channel_id: self.channel,
            received_at: self.services.clock.now(),
            body: body.into_bytes(),
            state: "new".to_owned(),
            error: None,
        }
    }

    /// Something all attendants are told.
    async fn announce(&self, text: &str) {
        let event = Event {
            organization_id: self.organization,
            kind: "system_alert",
            at: self.services.clock.now(),
            audience: Audience::All,
            body: json!({"text": text}).as_object().unwrap().clone(),
        };
        self.services
            .store
            .write("test.announce", move |tx| {
                tx.emit(event.clone());
                Ok(())
            })
            .await
            .unwrap();
    }

    /// What the provider was asked to send to `to`, with the id it gave, once there are `count` of them.
    async fn sent_to(&self, to: &str, count: usize) -> Vec<(String, Value)> {
        let for_them = |all: &Vec<Value>| -> Vec<(String, Value)> {
            all.iter()
                .enumerate()
                .filter(|(_, body)| body["to"].as_str().is_some_and(|at| at.ends_with(to)))
                .map(|(n, body)| (format!("wamid.out.{n}"), body.clone()))
                .collect()
        };
        let mut asked = self.asked.subscribe();
        let enough = asked.wait_for(|all| for_them(all).len() >= count);
        match tokio::time::timeout(PATIENCE, enough).await {
            Ok(all) => for_them(&all.unwrap()),
            Err(_) => panic!("the provider was not asked {count} times for {to}"),
        }
    }

    /// The session of the customer who is told of next.
    async fn new_conversation(console: &mut Client) -> SessionId {
        console.of_type("new_conversation").await["session_id"].as_str().unwrap().parse().unwrap()
    }
}

fn text_message(from: &str, id: &str, text: &str, now: Timestamp) -> Value {
    json!({"from": from, "id": id, "timestamp": now.secs().to_string(), "type": "text", "text": {"body": text}})
}

/// What the provider posts about one message.
fn webhook(from: &str, message: Value) -> String {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages",
        "value": {"messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "5511400000000", "phone_number_id": "410000000000001"},
            "contacts": [{"profile": {"name": "João Silva"}, "wa_id": from}],
            "messages": [message]}}]}]})
    .to_string()
}

struct Client {
    stream: Stream,
    seen: Vec<i64>,
}

impl Client {
    async fn next(&mut self) -> Option<Value> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("a frame");
            match message?.ok()? {
                Message::Text(text) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if !matches!(frame["type"].as_str(), Some("hello" | "resync"))
                        && let Some(seq) = frame["seq"].as_i64()
                    {
                        self.seen.push(seq);
                    }
                    return Some(frame);
                }
                Message::Close(frame) => {
                    return Some(json!({"closed": frame.map(|frame| u16::from(frame.code))}));
                }
                _ => {}
            }
        }
    }

    async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.next().await.expect("the socket is open");
            if wanted(&frame) {
                return frame;
            }
        }
    }

    async fn of_type(&mut self, kind: &str) -> Value {
        self.until(|frame| frame["type"] == kind).await
    }

    async fn ask(&mut self, frame: Value) -> Value {
        let reference = frame["ref"].clone();
        self.stream.send(Message::text(frame.to_string())).await.unwrap();
        self.until(|frame| matches!(frame["type"].as_str(), Some("ack" | "error")) && frame["ref"] == reference).await
    }
}

#[actix_web::test]
async fn an_attendant_works_over_the_socket() {
    let world = World::new(false).await;
    let login = RecordId::new();
    let mut ana = world.connect(&world.token(world.ana, login)).await;
    let hello = ana.of_type("hello").await;
    assert_eq!((&hello["user"]["name"], &hello["heartbeat"]), (&json!("Ana"), &json!(25)));
    assert_eq!(ana.ask(json!({"type": "status", "ref": "0", "status": "online"})).await["data"]["status"], "online");
    let none = ana.ask(json!({"type": "take", "ref": "1"})).await;
    assert_eq!(none["problem"]["code"], "nothing_waiting");

    world.arrives("5511988887777", "wamid.1", "Oi", None).await;
    let new = ana.of_type("new_conversation").await;
    let session = new["session_id"].clone();
    let listed = ana.ask(json!({"type": "command", "ref": "2", "text": "/fila"})).await;
    assert!(listed["data"]["text"].as_str().unwrap().contains("1. João Silva"), "{listed}");
    let taken = ana.ask(json!({"type": "command", "ref": "3", "text": "/pegar joão"})).await;
    assert!(taken["data"]["text"].as_str().unwrap().contains("Você está com João Silva"), "{taken}");
    let again = ana.ask(json!({"type": "take", "ref": "4", "session_id": session})).await;
    assert_eq!(again["data"]["status"], "active");
    let sent =
        ana.ask(json!({"type": "send", "ref": "5", "session_id": session, "client_id": "c1", "text": "Bom dia"})).await;
    let twice =
        ana.ask(json!({"type": "send", "ref": "6", "session_id": session, "client_id": "c1", "text": "Bom dia"})).await;
    assert_eq!(sent["data"]["message"]["id"], twice["data"]["message"]["id"]);
    let refused =
        ana.ask(json!({"type": "send", "ref": "7", "session_id": session, "client_id": "c2", "text": " /resolver"}));
    assert_eq!(refused.await["problem"]["code"], "validation");
    let typo = ana.ask(json!({"type": "command", "ref": "8", "text": "/reslver"})).await;
    assert!(typo["data"]["text"].as_str().unwrap().contains("/resolver"), "{typo}");
    let text = ana.ask(json!({"type": "command", "ref": "9", "text": "Como posso ajudar?"})).await;
    assert_eq!(text["data"]["text"], "→ João Silva");
    let note = ana.ask(json!({"type": "command", "ref": "10", "text": "/nota cliente antigo"})).await;
    assert_eq!(note["data"]["data"]["message"]["private"], true);
    for line in ["/tag +vip", "/prioridade alta", "/adiar 2h", "/pendente", "/contexto", "/status", "/ajuda"] {
        let done = ana.ask(json!({"type": "command", "ref": line, "text": line})).await;
        assert!(done["data"]["data"]["error"].is_null(), "{line}: {done}");
    }

    // Bia sees the same conversation and cannot have it.
    let mut bia = world.connect(&world.token(world.bia, RecordId::new())).await;
    bia.of_type("hello").await;
    let late = bia.ask(json!({"type": "take", "ref": "1", "session_id": session})).await;
    assert_eq!(late["problem"]["code"], "already_taken");
    assert!(late["problem"]["detail"].as_str().unwrap().contains("Ana"));
    bia.stream.send(Message::text(json!({"type": "typing", "session_id": session}).to_string())).await.unwrap();
    assert_eq!(ana.of_type("typing").await["name"], "Bia");
    let given =
        ana.ask(json!({"type": "transfer", "ref": "11", "session_id": session, "attendant_id": "att-bia"})).await;
    assert_eq!(given["data"]["status"], "assigned");
    let declined = bia.ask(json!({"type": "decline", "ref": "2", "session_id": session})).await;
    assert_eq!(declined["data"]["assigned_to"], json!(world.ana));
    let done = ana.ask(json!({"type": "resolve", "ref": "12", "session_id": session, "note": "ok"})).await;
    assert_eq!(done["data"]["status"], "resolved");
    let customer = world.sent_to("5511988887777", 4).await;
    assert!(!customer.iter().any(|(_, body)| body.to_string().contains("\"/")), "no command reached the customer");

    assert_eq!(world.services.sockets.len(), 2);
    world.services.revoked.revoke(login, world.services.clock.now());
    assert_eq!(ana.until(|frame| frame.get("closed").is_some()).await["closed"], 4403);
    world.services.sockets.close_all(Close::GOING_AWAY);
    assert_eq!(bia.until(|frame| frame.get("closed").is_some()).await["closed"], 1001);
}

#[actix_web::test]
async fn a_returning_socket_misses_nothing_and_hears_nothing_twice() {
    let world = World::new(false).await;
    let token = world.token(world.ana, RecordId::new());
    let mut first = world.connect(&token).await;
    let start = first.of_type("hello").await["seq"].as_i64().unwrap();
    drop(first);
    for n in 0..300 {
        world.arrives("5511988887777", &format!("wamid.a{n}"), "a", None).await;
    }
    let mut back = world.connect(&token).await;
    let resume = json!({"type": "resume", "ref": "r", "last_seq": start}).to_string();
    back.stream.send(Message::text(resume)).await.unwrap();
    for n in 0..200 {
        world.arrives("5511988887777", &format!("wamid.b{n}"), "b", None).await;
    }
    world.arrives("5511988887777", "wamid.end", "fim", None).await;
    back.until(|frame| frame["message"]["text"] == "fim").await;
    let (organization, store) = (world.organization, world.services.store.clone());
    let last = *back.seen.iter().max().unwrap();
    let stored = store
        .read("test.events", move |db| Ok(crate::store::events::since(db, organization, start, 10_000)?))
        .await
        .unwrap()
        .unwrap();
    let principal = crate::attendants::desk::Worker::of(&world.services, world.ana).unwrap().principal;
    let visible: Vec<i64> = stored
        .iter()
        .filter(|event| principal.hears(&event.audience) && event.seq <= last)
        .map(|event| event.seq)
        .collect();
    assert_eq!(back.seen, visible);
    let resync = json!({"type": "resume", "last_seq": last + 1_000_000}).to_string();
    back.stream.send(Message::text(resync)).await.unwrap();
    assert!(back.of_type("resync").await["seq"].as_i64().unwrap() >= last);
}

#[actix_web::test]
async fn a_socket_that_does_not_read_is_told_to_catch_up() {
    let world = World::new(false).await;
    let mut slow = world.connect(&world.token(world.ana, RecordId::new())).await;
    slow.of_type("hello").await;
    // From here on events come as they happen; before, they would be read back page by page.
    world.announce("ao vivo").await;
    slow.until(|frame| frame["text"] == "ao vivo").await;
    let filler = "x".repeat(20_000);
    for _ in 0..2_000 {
        world.announce(&filler).await;
    }
    let resync = slow.of_type("resync").await;
    let before = slow.seen.len();
    assert!(before < 2_000, "the rest was not kept in memory");
    // It loses nothing: what it missed can be asked for, and what happens meanwhile comes after it.
    world.announce("depois").await;
    let last = *slow.seen.last().unwrap();
    slow.stream.send(Message::text(json!({"type": "resume", "last_seq": last}).to_string())).await.unwrap();
    assert!(resync["seq"].as_i64().unwrap() > last);
    slow.until(|frame| frame["text"] == "depois").await;
    let mut seen = slow.seen.clone();
    let count = seen.len();
    seen.dedup();
    assert_eq!((seen.len(), *seen.last().unwrap() - seen[0] + 1), (count, i64::try_from(count).unwrap()));
}

#[actix_web::test]
async fn an_attendant_works_from_whatsapp() {
    let world = World::new(true).await;
    let bia = "5511999990000";
    world.arrives(bia, "wamid.bia.1", "/status online", None).await;
    let answers = world.sent_to(bia, 1).await;
    assert!(answers[0].1.to_string().contains("online"), "{answers:?}");
    // The same message again acts and answers no more.
    world.arrives(bia, "wamid.bia.1", "/status online", None).await;
    world.arrives("5511988887777", "wamid.1", "Preciso de ajuda", None).await;
    let offered = world.sent_to(bia, 2).await;
    assert!(offered[1].1.to_string().contains("Nova conversa"), "{offered:?}");
    // What goes to one address goes in order: once this is out, it is stored by which id the offer may be quoted.
    world.arrives(bia, "wamid.bia.s", "/status", None).await;
    world.sent_to(bia, 3).await;
    world.arrives(bia, "wamid.bia.2", "/pegar", Some(&offered[1].0)).await;
    let taken = world.sent_to(bia, 4).await;
    assert!(taken[3].1.to_string().contains("Você está com João Silva"), "{taken:?}");
    world.arrives("5511988887777", "wamid.2", "Meu pão não chegou", None).await;
    let relayed = world.sent_to(bia, 5).await;
    assert!(relayed[4].1.to_string().contains("Meu pão não chegou"), "{relayed:?}");
    world.arrives(bia, "wamid.bia.3", "Já vou ver", None).await;
    let told = world.sent_to(bia, 6).await;
    assert!(told[5].1.to_string().contains("→ João Silva"), "{told:?}");
    let customer = world.sent_to("5511988887777", 2).await;
    assert!(customer.iter().any(|(_, body)| body.to_string().contains("Já vou ver")), "{customer:?}");
    world.arrives(bia, "wamid.bia.4", "/resolver entregue", None).await;
    let ended = world.sent_to(bia, 7).await;
    assert!(ended[6].1.to_string().contains("encerrado"), "{ended:?}");
    assert!(world.services.floor.queue(world.queue).waiting.is_empty());
}

#[actix_web::test]
async fn a_failed_message_goes_again_and_a_card_moves_only_from_where_it_is() {
    use crate::attendants::desk::{self, DeskError, Draft, Worker};
    use crate::conversations::MessageStatus;

    let world = World::new(false).await;
    let services = &world.services;
    world.arrives("5511988887777", "wamid.1", "Oi", None).await;
    world.sent_to("5511988887777", 1).await;
    let worker = Worker::of(services, world.ana).unwrap();
    let session = desk::waiting(services, &worker).await.unwrap()[0];
    assert!(matches!(
        desk::move_card(services, &worker, session, "active", "resolved").await,
        Err(DeskError::Moved { .. })
    ));
    let taken = desk::move_card(services, &worker, session, "new", "active").await.unwrap();
    assert_eq!(taken.session.attendant_id, Some(world.ana));

    let draft = Draft { text: "Olá".to_owned(), ..Draft::default() };
    let refuse = |_| {
        let error = json!({"message": "(#131026) Message undeliverable", "type": "OAuthException",
            "code": 131_026, "error_data": {"details": "not on WhatsApp"}});
        ResponseTemplate::new(400).set_body_json(json!({"error": error}))
    };
    world.provider_answers(refuse).await;
    let message = desk::send(services, &worker, session, draft).await.unwrap();
    let status = async |wanted: MessageStatus| {
        let stored = async || {
            let read = move |db: &mut AnyConnection| Ok(conversations::message(db, session, message.id)?);
            let stored = services.store.read("test.message", read).await.unwrap().unwrap();
            (stored.status == wanted).then_some(stored)
        };
        services.bus.until(world.organization, stored).await
    };
    status(MessageStatus::Failed).await;
    world
        .provider_answers(|n| {
            ResponseTemplate::new(200).set_body_json(json!({"messages": [{"id": format!("wamid.{n}")}]}))
        })
        .await;
    let again = desk::retry(services, &worker, session, message.id).await.unwrap();
    assert_eq!(again.status, MessageStatus::Queued);
    let sent = status(MessageStatus::Sent).await;
    assert!(sent.external_id.is_some());
    assert!(matches!(
        desk::retry(services, &worker, session, message.id).await,
        Err(DeskError::NotRetryable(MessageStatus::Sent))
    ));

    // Two at most: the third is refused until there is room.
    for (n, from) in ["5511988880001", "5511988880002"].into_iter().enumerate() {
        world.arrives(from, &format!("wamid.c{n}"), "Oi", None).await;
        world.sent_to(from, 1).await;
    }
    desk::take(services, &worker, None).await.unwrap();
    assert_eq!(desk::take(services, &worker, None).await.unwrap_err(), DeskError::AtCapacity);
    let back = desk::move_card(services, &worker, session, "active", "new").await.unwrap();
    assert_eq!((back.session.attendant_id, back.session.queue_id), (None, Some(world.queue)));
    desk::take(services, &worker, None).await.unwrap();
}

#[actix_web::test]
async fn a_resume_that_comes_too_late_is_told_to_load_again_and_nothing_comes_out_of_order() {
    let world = World::new(false).await;
    let token = world.token(world.ana, RecordId::new());
    let mut first = world.connect(&token).await;
    let start = first.of_type("hello").await["seq"].as_i64().unwrap();
    drop(first);
    for text in ["um", "dois"] {
        world.announce(text).await;
    }
    let mut back = world.connect(&token).await;
    back.of_type("hello").await;
    world.announce("três").await;
    let live = back.until(|frame| frame["text"] == "três").await;
    let late = json!({"type": "resume", "last_seq": start}).to_string();
    back.stream.send(Message::text(late)).await.unwrap();
    let resync = back.of_type("resync").await;
    assert!(resync["seq"].as_i64() >= live["seq"].as_i64());
    world.announce("quatro").await;
    let next = back.until(|frame| frame["text"] == "quatro").await;
    // What it has been sent already is not too late.
    let known = json!({"type": "resume", "ref": "k", "last_seq": next["seq"]});
    assert_eq!(back.ask(known).await["type"], "ack");
    world.announce("cinco").await;
    back.until(|frame| frame["text"] == "cinco").await;
    assert!(back.seen.is_sorted_by(|earlier, later| earlier < later), "{:?}", back.seen);
}

#[actix_web::test]
async fn only_the_message_that_cannot_be_stored_is_set_aside() {
    use crate::conversations::Direction;
    use diesel::connection::SimpleConnection;

    let world = World::new(false).await;
    let mut ana = world.connect(&world.token(world.ana, RecordId::new())).await;
    ana.of_type("hello").await;
    let mut db = world.services.store.database().open(Duration::from_secs(5)).unwrap();
    db.batch_execute(
        "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.text = 'veneno'
         BEGIN SELECT RAISE(ABORT, 'cannot be stored'); END",
    )
    .unwrap();
    let from = "5511988887777";
    let mut rows = Vec::new();
    for (n, text) in ["um", "dois", "veneno", "três"].into_iter().enumerate() {
        let message = text_message(from, &format!("wamid.{n}"), text, world.services.clock.now());
        rows.push(world.body(webhook(from, message)));
    }
    let poisoned = rows[2].id;
    // All at once: the first finds the customer, the others are taken together.
    let receive = async |row| {
        let place = world.services.backlog.enter().await.expect("a place");
        world.services.receive(row, place).await.unwrap();
    };
    join_all(rows.into_iter().map(receive)).await;
    let session = World::new_conversation(&mut ana).await;
    ana.until(|frame| frame["message"]["text"] == "três").await;
    let read = move |db: &mut AnyConnection| Ok(conversations::page(db, session, None, None, 50, false)?.0);
    let stored = world.services.store.read("test.messages", read).await.unwrap();
    let heard: Vec<&str> = stored.iter().filter(|m| m.direction == Direction::In).map(|m| m.text.as_str()).collect();
    assert_eq!(heard, ["um", "dois", "três"]);
    // Their next one is begun when those before it are done with, the mark included.
    world.arrives(from, "wamid.next", "quatro", None).await;
    ana.until(|frame| frame["message"]["text"] == "quatro").await;
    let read = |db: &mut AnyConnection| {
        use crate::store::schema::inbox::dsl::*;
        use diesel::prelude::*;
        Ok(inbox.filter(state.eq("failed")).select((id, error)).load::<(InboxId, Option<String>)>(db)?)
    };
    let failed = world.services.store.read("test.inbox", read).await.unwrap();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].0 == poisoned && failed[0].1.as_deref().unwrap().contains("cannot be stored"), "{failed:?}");
}

/// Makes a live object panic, as a defect would.
#[derive(Debug, Clone, actix::Message)]
#[rtype(result = "()")]
struct Panic;

macro_rules! panics_when_asked {
    ($($actor:ty),+) => {$(
        impl actix::Handler<Panic> for $actor {
            type Result = ();
            fn handle(&mut self, _: Panic, _: &mut Self::Context) {
                panic!("as the test asked");
            }
        }
    )+};
}

panics_when_asked!(
    crate::conversations::actor::ConversationActor,
    crate::queues::actor::QueueActor,
    crate::attendants::actor::AttendantActor,
    crate::channels::router::ChannelRouter,
    crate::actors::timers::TimersActor,
    crate::attachments::download::MediaActor
);

#[actix_web::test]
async fn the_router_the_timers_and_the_downloads_return_after_a_panic() {
    use crate::actors::directory::Only;
    use crate::store::timers::{self, TimerRow};

    let world = World::new(true).await;
    let services = &world.services;
    let mut ana = world.connect(&world.token(world.ana, RecordId::new())).await;
    ana.of_type("hello").await;
    world.arrives("5511988880000", "wamid.0", "Oi", None).await;
    let session = World::new_conversation(&mut ana).await;

    // Durable, but the router went before it was told; and one that is brought while it is away.
    services.router().notify(Only, Panic);
    let message = text_message("5511988880000", "wamid.1", "Alô?", services.clock.now());
    services.store.intake(world.body(webhook("5511988880000", message))).unwrap().await.unwrap();
    ana.until(|frame| frame["message"]["text"] == "Alô?").await;
    services.router().notify(Only, Panic);
    world.arrives("5511988880000", "wamid.2", "Tem alguém?", None).await;
    ana.until(|frame| frame["message"]["text"] == "Tem alguém?").await;

    // What came due while they were away is served when they return, told by nobody.
    services.timers().notify(Only, Panic);
    services.media().notify(Only, Panic);
    let due = services.clock.now();
    let organization = world.organization;
    let timer =
        TimerRow { organization_id: organization, kind: "of-a-later-version".into(), subject_id: session, due_at: due };
    services.store.write("test.timer", move |tx| Ok(timers::set(tx.db, &timer)?)).await.unwrap();
    let left = async || services.store.read("test.timers", move |db| Ok(timers::next(db, 50)?)).await.unwrap();
    let served = async { while left().await.iter().any(|row| row.kind == "of-a-later-version") {} };
    tokio::time::timeout(PATIENCE, served).await.unwrap();
    let returned = async {
        while services.media().is_empty() {
            tokio::task::yield_now().await
        }
    };
    tokio::time::timeout(PATIENCE, returned).await.unwrap();
}

#[actix_web::test]
async fn actors_that_panic_are_made_again_from_their_rows_and_what_stood_behind_is_done() {
    use crate::attendants::desk::{self, DeskError, Worker};
    use crate::conversations::actor::Observe;
    use crate::floor::QueueView;
    use crate::queues::actor::Recheck;

    let world = World::new(true).await;
    let services = &world.services;
    let mut ana = world.connect(&world.token(world.ana, RecordId::new())).await;
    ana.of_type("hello").await;
    let mut sessions = Vec::new();
    for n in 0..3 {
        world.arrives(&format!("551198888000{n}"), &format!("wamid.{n}"), "Oi", None).await;
        sessions.push(World::new_conversation(&mut ana).await);
    }

    services.conversations().notify(sessions[0], Panic);
    let conversation = services.conversations().tell(sessions[0], Observe).await.unwrap().unwrap();
    assert_eq!((conversation.session.id, conversation.session.queue_id), (sessions[0], Some(world.queue)));
    services.conversations().notify(sessions[0], Panic);
    world.arrives("5511988880000", "wamid.again", "Ainda aí?", None).await;
    ana.until(|frame| frame["message"]["text"] == "Ainda aí?").await;

    // The queue's order is read again: whoever waits longest is offered first.
    services.queues().notify(world.queue, Panic);
    services.floor.publish_queue(world.queue, QueueView::default());
    services.queues().tell(world.queue, Recheck).await.unwrap();
    assert_eq!(services.floor.queue(world.queue).waiting, sessions);
    services.queues().notify(world.queue, Panic);
    let worker = Worker::of(services, world.ana).unwrap();
    desk::set_status(services, &worker, &world.ana.to_string(), Status::Online, desk::Via::Console).await.unwrap();
    let offered = ana.of_type("conversation_assigned").await;
    assert_eq!(offered["session_id"], json!(sessions[0]));

    // An attendant's load is what the rows say: two of two places are taken.
    desk::take(services, &worker, Some(sessions[0])).await.unwrap();
    desk::take(services, &worker, Some(sessions[1])).await.unwrap();
    services.attendants().notify(world.ana, Panic);
    assert_eq!(desk::take(services, &worker, Some(sessions[2])).await.unwrap_err(), DeskError::AtCapacity);
    desk::resolve(services, &worker, sessions[0], None, None).await.unwrap();
    services.attendants().notify(world.ana, Panic);
    // There is one place again, and it goes to whoever still waits.
    ana.until(|frame| frame["type"] == "conversation_assigned" && frame["session_id"] == json!(sessions[2])).await;
}
