//! The pure parts on the way of every message: `cargo bench`.

#![expect(clippy::unwrap_used, reason = "a benchmark fails where it stands")]

use std::hint::black_box;
use std::time::Duration;

use attendance::attendants::Status;
use attendance::attendants::commands;
use attendance::bot::reply::{Reply, ReplySettings};
use attendance::bot::understand::{Intents, sentiment};
use attendance::bot::{BotEvent, BotState, Engine, Said, Scene};
use attendance::channels::adapter::{Adapter, Webhook};
use attendance::channels::text;
use attendance::channels::whatsapp::cloud::Cloud;
use attendance::clock::Timestamp;
use attendance::ids::UserId;
use attendance::lang::Lang;
use attendance::queues::routing::{Candidate, Need, Strategy, choose};
use criterion::{Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;

fn adapter(c: &mut Criterion) {
    let credentials = json!({
        "access_token": "t", "phone_number_id": "410000000000001",
        "app_secret": "attendance-test-app-secret", "verify_token": "v",
    });
    let cloud = Cloud::new(credentials.as_object().unwrap(), &serde_json::Map::new()).unwrap();
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "551140028922", "phone_number_id": "410000000000001"},
        "contacts": [{"profile": {"name": "Marina Prado"}, "wa_id": "5511987650001"}],
        "messages": [{"from": "5511987650001", "id": "wamid.1", "timestamp": "1790848800", "type": "text",
                      "text": {"body": "Bom dia, meu pedido 8841 não chegou"}}],
    }}]}]})
    .to_string();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"attendance-test-app-secret").unwrap();
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let call = Webhook {
        headers: vec![("x-hub-signature-256".to_owned(), signature)],
        body: body.clone().into(),
        ..Webhook::default()
    };
    c.bench_function("whatsapp: verify a signature", |b| {
        b.iter(|| cloud.verify(black_box(&call), Timestamp::ZERO).unwrap());
    });
    c.bench_function("whatsapp: parse a text message", |b| b.iter(|| cloud.parse(black_box(body.as_bytes())).unwrap()));
}

fn routing(c: &mut Criterion) {
    let now = Timestamp::from_secs(1_800_000_000);
    let candidates: Vec<Candidate> = (0..50)
        .map(|n| Candidate {
            attendant: UserId::new(),
            name: format!("Pessoa {n}"),
            member_active: true,
            channels: vec!["all".to_owned()],
            status: if n % 3 == 0 { Status::Away } else { Status::Online },
            active: n % 6,
            capacity: 5,
            skills: Vec::new(),
            departments: Vec::new(),
            preferences: Vec::new(),
            member_priority: 0,
            idle_since: now - Duration::from_secs(u64::from(n)),
            last_assigned_at: None,
        })
        .collect();
    let need = Need { channel: "whatsapp".to_owned(), ..Need::default() };
    c.bench_function("routing: choose among 50 and explain", |b| {
        b.iter(|| choose(black_box(&need), &candidates, Strategy::LeastLoaded, now));
    });
}

fn words(c: &mut Criterion) {
    let long = "Olá! Este é um parágrafo de exemplo, com acentos e pontuação. ".repeat(200);
    c.bench_function("text: split 12,400 characters at 4,096", |b| {
        b.iter(|| text::split(black_box(&long), 4096, text::utf16))
    });
    c.bench_function("commands: parse /transferir @maria motivo", |b| {
        b.iter(|| commands::parse(black_box("/transferir @maria cliente quer outro plano")).unwrap());
    });
    let engine = Reply::new(std::sync::Arc::new(ReplySettings::default()), Lang::Pt);
    let event = BotEvent::Message(Said::text("qual o horário de vocês?"));
    let state = BotState::fresh("", "");
    let scene = Scene { now: Timestamp::ZERO, paused: false, session: &|| json!({}), program: None };
    c.bench_function("bot: a turn of the reply engine", |b| b.iter(|| engine.turn(black_box(&state), &event, &scene)));
}

fn understanding(c: &mut Criterion) {
    let intents = Intents::default();
    let text =
        "Bom dia, comprei um fogão há 3 semanas e até agora NADA, um absurdo!! Quero falar com uma pessoa, por favor";
    c.bench_function("sentiment of 20 words", |b| b.iter(|| sentiment(black_box(text))));
    c.bench_function("intent of 20 words", |b| b.iter(|| intents.recognise(black_box(text))));
}

criterion_group!(benches, adapter, routing, words, understanding);
criterion_main!(benches);
