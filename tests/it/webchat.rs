//! The site's chat and programs of one's own: the main job by way of their doors.

use attendance::auth::opaque;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::api::Api;
use crate::support::socket::Socket;
use crate::support::world::World;
use crate::support::{Backend, PATIENCE};

scenarios! {
    a_visitor_is_served_from_the_greeting_to_the_rating,
    a_site_that_is_not_named_and_a_person_who_is_not_proven_are_refused,
    a_program_hands_over_its_customers_and_is_told_the_answers,
}

const IDENTITY_SECRET: &str = "wk_live_3b9d1c7e5f2a48c0a1b2c3d4e5f60718";

async fn web_channel(world: &World, credentials: Value, settings: Value) -> String {
    let body = json!({
        "kind": "web", "name": "Site", "bot_id": world.bot, "credentials": credentials, "settings": settings,
    });
    world.admin.post("/api/channels", body).await.ok()["id"].as_str().unwrap().to_owned()
}

async fn open(world: &World, channel: &str, body: Value) -> crate::support::api::Answer {
    Api::anonymous(&world.server).post(&format!("/api/webchat/{channel}/sessions"), body).await
}

async fn connect(world: &World, channel: &str, token: &str) -> Result<Socket, u16> {
    let protocols = ["attendance.chat.v1".to_owned(), format!("visitor.{token}")];
    let protocols: Vec<&str> = protocols.iter().map(String::as_str).collect();
    Socket::open(&world.server.base, &format!("/ws/webchat/{channel}"), &protocols).await
}

fn proof(id: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(IDENTITY_SECRET.as_bytes()).unwrap();
    mac.update(id.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

async fn a_visitor_is_served_from_the_greeting_to_the_rating(backend: Backend) {
    let world = World::with(backend, &[], json!({"bot-greeting": "Olá! Sou a Recepção."})).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let channel = web_channel(&world, json!({}), json!({"title": "Fale conosco", "color": "#0a7"})).await;
    let opened = open(
        &world,
        &channel,
        json!({
            "page": {"url": "https://loja.example/p?token=segredo", "title": "Produto"}, "consent": {"version": "2026-03", "accepted": true},
            "user": {"name": "Marina Prado"},
        }),
    );
    let opened = opened.await.ok();
    assert_eq!((&opened["config"]["title"], &opened["config"]["color"]), (&json!("Fale conosco"), &json!("#0a7")));
    assert_eq!(opened["status"]["status"], "bot");
    let token = opened["visitor_token"].as_str().unwrap().to_owned();
    let session = opened["session_id"].as_str().unwrap().to_owned();
    let mut chat = connect(&world, &channel, &token).await.unwrap();
    assert_eq!(chat.wait("hello", |_| true).await["session_id"], session.as_str());

    chat.send(json!({"type": "message", "client_id": "c1", "text": "Bom dia"})).await;
    chat.wait("message_status", |frame| frame["client_id"] == "c1" && frame["status"] == "received").await;
    let greeting = chat.wait("message", |frame| frame["message"]["sender"]["kind"] == "bot").await;
    assert_eq!(greeting["message"]["text"], "Olá! Sou a Recepção.");

    // The only attendant pauses, so that the visitor waits and is told their place.
    ana.set_status("away").await;
    chat.send(json!({"type": "message", "client_id": "c2", "text": "quero falar com uma pessoa"})).await;
    let waiting = chat.wait("status", |frame| frame["status"] == "waiting").await;
    assert_eq!(waiting["position"], 1, "{waiting}");
    let item = ana.api.get("/api/attendance/queue?channel=web").await.ok()["items"][0].clone();
    assert_eq!((&item["session_id"], &item["position"]), (&json!(session), &json!(1)));
    ana.set_status("online").await;
    console.wait("conversation_assigned", |event| event["session_id"] == session.as_str()).await;
    let taken = console.ask(json!({"type": "take", "session_id": session})).await;
    assert_eq!(taken["type"], "ack", "{taken}");
    let active = chat.wait("status", |frame| frame["status"] == "active").await;
    assert_eq!(active["attendant"]["name"], "Ana Souza");

    chat.send(json!({"type": "typing", "on": true})).await;
    console.wait("typing", |event| event["session_id"] == session.as_str()).await;
    console.send(json!({"type": "typing", "session_id": session})).await;
    chat.wait("typing", |frame| frame["from"] == "attendant").await;

    let note = json!({"text": "cliente difícil", "private": true});
    ana.api.post(&format!("/api/sessions/{session}/messages"), note).await.ok();
    let sent = ana.say(&session, "Olá Marina, em que posso ajudar?").await;
    let told = chat.wait("message", |frame| frame["message"]["sender"]["kind"] == "attendant").await;
    assert_eq!(told["message"]["text"], "Olá Marina, em que posso ajudar?");
    let of = |status: &'static str| {
        let id = sent["id"].clone();
        move |event: &Value| event["message_id"] == id && event["status"] == status
    };
    console.wait("message_status", of("delivered")).await;
    chat.send(json!({"type": "read", "seq": told["message"]["seq"]})).await;
    console.wait("message_status", of("read")).await;

    // A lost connection: what was said meanwhile is there, once.
    drop(chat);
    ana.say(&session, "Ainda está aí?").await;
    let again = open(&world, &channel, json!({"visitor_token": token})).await.ok();
    assert_eq!((again["session_id"].as_str(), again["visitor_token"].as_str()), (Some(&*session), Some(&*token)));
    let texts: Vec<&str> = again["messages"].as_array().unwrap().iter().filter_map(|m| m["text"].as_str()).collect();
    assert!(texts.contains(&"Ainda está aí?") && !texts.contains(&"cliente difícil"), "{texts:?}");
    let mut chat = connect(&world, &channel, &token).await.unwrap();
    chat.send(json!({"type": "resume", "last_seq": told["message"]["seq"]})).await;
    chat.wait("message", |frame| frame["message"]["text"] == "Ainda está aí?").await;
    chat.send(json!({"type": "message", "client_id": "c1", "text": "Bom dia"})).await;
    chat.wait("message_status", |frame| frame["client_id"] == "c1").await;
    let all = ana.api.get(&format!("/api/sessions/{session}/messages")).await.ok();
    let mornings = all["items"].as_array().unwrap().iter().filter(|m| m["text"] == "Bom dia").count();
    assert_eq!(mornings, 1, "the same client_id acts once");

    ana.api.post(&format!("/api/attendance/resolve/{session}"), json!({})).await.ok();
    chat.wait("status", |frame| frame["status"] == "resolved").await;
    chat.wait("csat_request", |_| true).await;
    chat.send(json!({"type": "csat", "score": 6})).await;
    let refused = chat.wait("error", |_| true).await;
    assert_eq!(refused["problem"]["code"], "validation");
    chat.send(json!({"type": "csat", "score": 5, "comment": "Rápido"})).await;
    assert_eq!(chat.wait("csat", |_| true).await["score"], 5);
    // What was said of the service is in the figures and in the customer's history.
    let figures = world.admin.get("/api/attendance/insights?group_by=channel").await.ok();
    let web = figures["groups"].as_array().unwrap().iter().find(|group| group["key"] == "web").unwrap();
    assert_eq!((&web["figures"]["csat"], &web["figures"]["mean_rating"]), (&json!(1.0), &json!(5.0)), "{web}");
    let contact = ana.api.get(&format!("/api/session/{session}")).await.ok()["contact"]["id"].clone();
    let contact = contact.as_str().unwrap().to_owned();
    let other = world.admin.post("/api/crm/contacts", json!({"first_name": "Marina", "last_name": "Dupla"})).await.ok();
    let both = json!({"winner_id": contact, "loser_id": other["id"]});
    world.admin.post("/api/crm/contacts/merge", both).await.ok();
    let timeline = ana.api.get(&format!("/api/crm/contacts/{contact}/timeline")).await.ok();
    let told = |kind: &str| {
        let item = timeline["items"].as_array().unwrap().iter().find(|item| item["kind"] == kind);
        item.unwrap_or_else(|| panic!("no {kind}: {timeline}")).clone()
    };
    let rating = told("rating");
    assert_eq!((&rating["score"], &rating["text"]), (&json!(5), &json!("Rápido")));
    assert_eq!((&rating["attendant"], &rating["channel"]), (&json!("Ana Souza"), &json!("web")));
    assert_eq!(told("note")["text"], "cliente difícil");
    assert_eq!(told("contact_merged")["text"], "Marina Dupla");
    assert_eq!(timeline["items"][0]["kind"], "contact_merged", "newest first");
    assert!(!world.server.log().contains("segredo"), "the page's token is in the log");
    for frame in &chat.seen {
        let text = frame.to_string();
        assert!(!text.contains("cliente difícil") && !text.contains(&ana.id), "{text}");
    }
}

async fn a_site_that_is_not_named_and_a_person_who_is_not_proven_are_refused(backend: Backend) {
    let world = World::new(backend).await;
    let credentials = json!({"identity_secret": IDENTITY_SECRET, "allowed_origins": ["https://loja.example"]});
    let channel = web_channel(&world, credentials, json!({})).await;
    let other = web_channel(&world, json!({}), json!({"identity": "required"})).await;
    let anonymous = Api::anonymous(&world.server);
    let path = format!("/api/webchat/{channel}/sessions");
    let from = async |origin: &str, kind: Method| {
        anonymous.send(anonymous.request(kind, &path).header("origin", origin).json(&json!({}))).await
    };
    let named = from("https://loja.example", Method::POST).await;
    assert_eq!(named.headers["access-control-allow-origin"], "https://loja.example");
    named.ok();
    assert_eq!(from("https://loja.example", Method::OPTIONS).await.status, 204);
    for evil in ["https://evil.example", "null", "https://loja.example.evil.example"] {
        assert_eq!(from(evil, Method::POST).await.refused(403), "forbidden", "{evil}");
        assert_eq!(from(evil, Method::OPTIONS).await.status, 403, "{evil}");
    }
    let user = |id: &str, hmac: &str| json!({"user": {"id": id, "hmac": hmac}});
    open(&world, &channel, user("c-1", &"0".repeat(64))).await.refused(401);
    open(&world, &channel, user("c-1", &proof("c-2"))).await.refused(401);
    open(&world, &other, json!({})).await.refused(401);
    let proven = open(&world, &channel, user("c-1", &proof("c-1"))).await.ok();
    assert_eq!(proven["verified"], true);
    let elsewhere = open(&world, &channel, user("c-1", &proof("c-1"))).await.ok();
    assert_eq!(elsewhere["session_id"], proven["session_id"]);
    let token = proven["visitor_token"].as_str().unwrap();
    assert_eq!(connect(&world, &other, token).await.err(), Some(401), "another channel's visitor");
    assert_eq!(connect(&world, &channel, "visitor_0123").await.err(), Some(401));
    assert_eq!(connect(&world, &channel, &world.admin.token).await.err(), Some(401));
    assert!(opaque::Kind::of(token) == Some(opaque::Kind::Visitor));
    anonymous.with_token(token).get("/api/auth/me").await.refused(401);
    let nowhere = attendance::ids::ChannelId::new().to_string();
    open(&world, &nowhere, json!({})).await.refused(404);
    open(&world, &world.channel, json!({})).await.refused(404);
    world.admin.put(&format!("/api/channels/{channel}"), json!({"is_active": false})).await.ok();
    assert_eq!(open(&world, &channel, json!({})).await.refused(409), "feature_disabled");
}

async fn a_program_hands_over_its_customers_and_is_told_the_answers(backend: Backend) {
    let world = World::new(backend).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let program = MockServer::start().await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel::<(String, String, String, Vec<u8>)>();
    Mock::given(method("POST"))
        .and(path("/hook"))
        .respond_with(move |request: &Request| {
            let header = |name: &str| request.headers[name].to_str().unwrap().to_owned();
            let signed = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
            // A scenario that has ended listens no more.
            let _ = tell.send((signed.0, signed.1, signed.2, request.body.clone()));
            ResponseTemplate::new(200).set_body_json(json!({"id": "theirs-1"}))
        })
        .mount(&program)
        .await;
    let secret = "um segredo bem comprido";
    let body = json!({
        "kind": "api", "name": "Programa", "bot_id": world.bot,
        "credentials": {"webhook_url": format!("{}/hook", program.uri()), "webhook_secret": secret},
    });
    let channel = world.admin.post("/api/channels", body).await.ok()["id"].as_str().unwrap().to_owned();
    let scopes = json!({"name": "programa", "scopes": ["channels:write"]});
    let token = world.admin.post("/api/tokens", scopes).await.ok()["token"].as_str().unwrap().to_owned();
    let caller = world.admin.with_token(&token);
    let inbound = format!("/api/channels/{channel}/messages");
    let message = json!({
        "external_id": "m-1", "from": {"id": "u-77", "name": "Marina", "phone": "(11) 97777-6666"},
        "text": "quero falar com uma pessoa",
    });
    let accepted = caller.post(&inbound, message.clone()).await;
    assert_eq!(accepted.status, 202);
    let again = caller.post(&inbound, message).await;
    assert_eq!((again.status, &again.body), (200, &accepted.body));
    let new = console.wait("new_conversation", |_| true).await;
    assert_eq!((&new["channel"], &new["customer"]["name"]), (&json!("api"), &json!("Marina")));
    let session = new["session_id"].as_str().unwrap().to_owned();
    console.wait("conversation_assigned", |event| event["session_id"] == session.as_str()).await;
    console.ask(json!({"type": "take", "session_id": session})).await;
    let sent = ana.say(&session, "Olá **Marina**").await;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let body: Value = loop {
        let (id, at, signature, body) =
            tokio::time::timeout_at(deadline, told.recv()).await.expect("no webhook").unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{id}.{at}.").as_bytes());
        mac.update(&body);
        use base64::Engine as _;
        let expected = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(signature, format!("v1,{expected}"));
        let body: Value = serde_json::from_slice(&body).unwrap();
        if body["text"] == "Olá **Marina**" {
            assert_eq!(body["id"], id.as_str());
            break body;
        }
    };
    assert_eq!((&body["type"], &body["to"], &body["session_id"]), (&json!("message"), &json!("u-77"), &json!(session)));
    console.wait("message_status", |event| event["message_id"] == sent["id"] && event["status"] != "queued").await;
    let words = ana.api.get(&format!("/api/sessions/{session}/messages")).await.ok();
    let from_customer = words["items"].as_array().unwrap().iter().filter(|m| m["direction"] == "in").count();
    assert_eq!(from_customer, 1, "the same external_id acts once");
    caller.get("/api/crm/contacts").await.refused(403);
    let contact = &ana.api.get(&format!("/api/session/{session}")).await.ok()["contact"];
    let contact = world.admin.get(&format!("/api/crm/contacts/{}", contact["id"].as_str().unwrap())).await.ok();
    assert_eq!(contact["phone"], "+5511977776666");
}
