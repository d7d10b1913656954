//! What providers send: kept before it is acknowledged, worked through exactly once, whatever they repeat, batch or break.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::world::{Customer, World, envelope, post_signed, sign, text_message, text_webhook};
use crate::support::{Backend, api, graph};

scenarios! {
    a_webhook_that_comes_many_times_is_one_message,
    every_part_of_a_batch_is_taken_once_and_in_order,
    many_new_customers_at_once_have_one_contact_and_one_session_each,
    a_new_customer_whose_messages_race_has_one_session,
    what_cannot_be_read_is_kept_and_passed_by,
    a_good_message_in_bad_company_is_kept,
    what_is_not_for_us_is_counted,
    an_unsigned_call_is_refused_and_leaves_nothing,
    the_handshake_answers_its_challenge,
    every_documented_webhook_becomes_what_it_says,
}

async fn a_webhook_that_comes_many_times_is_one_message(backend: Backend) {
    let mut world = World::new(backend).await;
    let marina = Customer::new("Marina Prado");
    let (url, body) = (world.webhook_url(), text_webhook(&marina, "wamid.AGAIN", "Bom dia"));
    let statuses = join_all((0..10).map(|_| post_signed(&url, &body))).await;
    assert_eq!(statuses, [200; 10]);
    world.settled().await;
    assert_eq!(world.heard(&marina).await, ["Bom dia"]);

    assert_eq!(world.webhook(&body).await, 200);
    world.writes(&marina, "tudo bem?").await;
    world.settled().await;
    assert_eq!(world.heard(&marina).await, ["Bom dia", "tudo bem?"]);

    world.server.kill();
    world.restart();
    assert_eq!(world.webhook(&body).await, 200);
    world.writes(&marina, "ainda aí?").await;
    world.settled().await;
    assert_eq!(world.heard(&marina).await, ["Bom dia", "tudo bem?", "ainda aí?"]);
}

async fn every_part_of_a_batch_is_taken_once_and_in_order(backend: Backend) {
    let mut world = World::new(backend).await;
    let (ana, rui) = (Customer::new("Ana Lima"), Customer::new("Rui Costa"));
    world.writes(&ana, "oi").await;
    world.settled().await;
    let said = world.messages(&world.session_of(&ana).await).await.into_iter().find(|m| m["direction"] == "out");
    let said = match said {
        Some(said) => said,
        None => {
            // The bot had nothing to say: a person does.
            let (_, _) = world.online("Bia Reis").await;
            world.writes(&ana, "quero falar com uma pessoa").await;
            world.graph.next().await;
            world.settled().await;
            let messages = world.messages(&world.session_of(&ana).await).await;
            messages.into_iter().find(|m| m["direction"] == "out").unwrap()
        }
    };
    let before = world.heard(&ana).await.len();
    let value = |messages: Value, statuses: Value| {
        let body = envelope(json!({
            "contacts": [{"profile": {"name": ana.name}, "wa_id": ana.phone}, {"profile": {"name": rui.name}, "wa_id": rui.phone}],
            "messages": messages, "statuses": statuses,
        }));
        serde_json::from_str::<Value>(&body).unwrap()["entry"][0]["changes"][0].clone()
    };
    let batch = json!({"object": "whatsapp_business_account", "entry": [
        {"id": "310000000000001", "changes": [
            value(json!([text_message(&ana, "wamid.B1", "um"), text_message(&rui, "wamid.B2", "dois")]), json!([])),
            value(json!([text_message(&ana, "wamid.B3", "três")]), json!([
                {"id": said["external_id"], "status": "delivered", "timestamp": "1790848802", "recipient_id": ana.phone},
                {"id": said["external_id"], "status": "read", "timestamp": "1790848803", "recipient_id": ana.phone},
            ])),
        ]},
        {"id": "310000000000001", "changes": [
            value(json!([text_message(&ana, "wamid.B1", "um"), text_message(&ana, "wamid.B4", "quatro"), text_message(&rui, "wamid.B5", "cinco")]), json!([])),
        ]},
    ]});
    let mut observer = world.observer().await;
    assert_eq!(world.webhook(&batch.to_string()).await, 200);
    world.settled().await;
    assert_eq!(world.heard(&ana).await[before..], ["um", "três", "quatro"]);
    assert_eq!(world.heard(&rui).await, ["dois", "cinco"]);
    observer.wait("message_status", |event| event["message_id"] == said["id"] && event["status"] == "read").await;
}

async fn many_new_customers_at_once_have_one_contact_and_one_session_each(backend: Backend) {
    let world = World::new(backend).await;
    let customers: Vec<Customer> = (0..40).map(|n| Customer::new(&format!("Cliente {n:02}"))).collect();
    let texts: Vec<String> = (1..=5).map(|n| format!("mensagem {n}")).collect();
    join_all(customers.iter().map(async |customer| {
        for text in &texts {
            world.writes(customer, text).await;
        }
    }))
    .await;
    world.settled().await;
    let sessions = world.sessions().await;
    assert_eq!(sessions.len(), 40);
    let contacts: BTreeSet<&str> = sessions.iter().map(|item| item["contact"]["id"].as_str().unwrap()).collect();
    assert_eq!(contacts.len(), 40);
    let contacts = world.admin.get("/api/crm/contacts?limit=200").await.ok();
    assert_eq!(contacts["items"].as_array().unwrap().len(), 40);
    for customer in &customers {
        assert_eq!(world.heard(customer).await, texts, "{}", customer.name);
        let messages = world.messages(&world.session_of(customer).await).await;
        let seqs: Vec<i64> = messages.iter().map(|message| message["seq"].as_i64().unwrap()).collect();
        assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>(), "the places in a conversation have no gaps");
    }
}

async fn a_new_customer_whose_messages_race_has_one_session(backend: Backend) {
    let world = World::new(backend).await;
    let customers: Vec<Customer> = (0..8).map(|n| Customer::new(&format!("Cliente {n}"))).collect();
    let all = customers.iter().flat_map(|customer| (0..8).map(move |n| (customer, n)));
    join_all(all.map(async |(customer, n)| world.writes(customer, &format!("mensagem {n}")).await)).await;
    world.settled().await;
    for customer in &customers {
        let mut heard = world.heard(customer).await;
        heard.sort();
        assert_eq!(heard, (0..8).map(|n| format!("mensagem {n}")).collect::<Vec<_>>());
    }
    let contacts = world.admin.get("/api/crm/contacts?limit=200").await.ok();
    assert_eq!(contacts["items"].as_array().unwrap().len(), 8);
}

async fn what_cannot_be_read_is_kept_and_passed_by(backend: Backend) {
    let mut world = World::new(backend).await;
    let marina = Customer::new("Marina Prado");
    for garbage in ["{\"object\":\"whatsapp_business_account\",\"entry\":[{", "not json at all", "[1,2", ""] {
        assert_eq!(world.webhook(garbage).await, 200, "{garbage:?}");
    }
    world.writes(&marina, "Bom dia").await;
    world.settled().await;
    assert_eq!(world.heard(&marina).await, ["Bom dia"]);
    let path = format!("/api/channels/{}/health", world.channel);
    let failed = async |world: &World| world.admin.get(&path).await.ok()["inbox_failed"].as_i64().unwrap();
    let marked = world.server.eventually("the bodies are marked", async || (failed(&world).await == 4).then_some(()));
    marked.await;
    assert!(world.metric("attendance_inbox_poisoned_total", "").await >= 4.0);

    world.server.kill();
    world.restart();
    world.writes(&marina, "de novo").await;
    world.settled().await;
    assert_eq!(world.heard(&marina).await, ["Bom dia", "de novo"]);
    assert_eq!(failed(&world).await, 4);
}

async fn a_good_message_in_bad_company_is_kept(backend: Backend) {
    let world = World::new(backend).await;
    let marina = Customer::new("Marina Prado");
    // What a database or a parser may stumble over, each between two good ones, and all in one body.
    let strange = [
        json!({"body": "nulo \u{0} aqui"}),
        json!({"body": "x".repeat(200_000)}),
        json!({"body": "🙂\u{202e}ó\u{301}\u{ffff}"}),
        json!({"body": 42}),
        json!({}),
        json!(null),
        json!("text"),
    ];
    let mut messages = Vec::new();
    for (n, text) in strange.iter().enumerate() {
        messages.push(text_message(&marina, &format!("wamid.S{n}G"), &format!("bom {n}")));
        messages.push(json!({"from": marina.phone, "id": format!("wamid.S{n}B"), "timestamp": "1790848802", "type": "text", "text": text}));
    }
    messages.push(json!({"from": marina.phone, "id": "wamid.NOTIME", "timestamp": "soon", "type": "text", "text": {"body": "sem hora"}}));
    messages.push(json!({"from": marina.phone, "type": "text", "text": {"body": "sem id"}}));
    messages.push(json!({"id": "wamid.NOFROM", "type": "text", "text": {"body": "de ninguém"}}));
    messages.push(json!(null));
    messages.push(text_message(&marina, "wamid.LAST", "por último"));
    let contacts = json!([{"profile": {"name": "Marina \u{0} Prado"}, "wa_id": marina.phone}]);
    assert_eq!(world.webhook(&envelope(json!({"contacts": contacts, "messages": messages}))).await, 200);
    // Half an emoji: not a string to most parsers.
    let half = text_webhook(&marina, "wamid.HALF", "METADE").replace("METADE", "meia \\ud83d carinha");
    assert_eq!(world.webhook(&half).await, 200);
    world.settled().await;
    let heard = world.heard(&marina).await;
    for n in 0..strange.len() {
        assert!(heard.contains(&format!("bom {n}")), "{n}: {heard:.300?}");
    }
    assert!(heard.contains(&"por último".to_owned()) && heard.iter().any(|text| text.starts_with("meia ")));
    assert!(heard.iter().any(|text| text.starts_with("nulo ")));
    assert_eq!(world.metric("attendance_inbox_poisoned_total", "").await, 0.0);
}

async fn what_is_not_for_us_is_counted(backend: Backend) {
    let world = World::new(backend).await;
    let ignored = async || world.metric("attendance_webhook_ignored_total", "").await;
    for (n, body) in [
        json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "flows", "value": {"event": "FLOW_STATUS_CHANGE"}}]}]}),
        json!({"object": "page", "entry": [{"id": "1", "messaging": [{}]}]}),
        json!({"something": "else"}),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(world.webhook(&body.to_string()).await, 200, "{body}");
        let counted = async || (ignored().await >= (n + 1) as f64).then_some(());
        world.server.eventually(&format!("counted: {body}"), counted).await;
    }
    assert_eq!(world.sessions().await, [] as [Value; 0]);
}

async fn an_unsigned_call_is_refused_and_leaves_nothing(backend: Backend) {
    let world = World::new(backend).await;
    let marina = Customer::new("Marina Prado");
    let body = text_webhook(&marina, "wamid.FORGED", "Bom dia");
    let good = sign(&body);
    let wrong = good.replace("sha256=", "sha256=0")[..good.len()].to_owned();
    let of_another = sign("another body");
    for signature in [None, Some(""), Some("sha256="), Some("sha1=00"), Some(wrong.as_str()), Some(of_another.as_str())]
    {
        let mut request = api::client().post(world.webhook_url()).body(body.clone());
        if let Some(signature) = signature {
            request = request.header("x-hub-signature-256", signature);
        }
        assert_eq!(request.send().await.unwrap().status(), 401, "{signature:?}");
    }
    assert_eq!(world.metric("attendance_webhook_refused_total", "").await, 6.0);
    let unknown = format!("{}/webhooks/whatsapp/0190b1a4-0000-7000-8000-000000000000", world.server.base);
    assert_eq!(post_signed(&unknown, &body).await, 404);
    let other_kind = world.webhook_url().replace("/whatsapp/", "/telegram/");
    assert_eq!(post_signed(&other_kind, &body).await, 404);
    world.settled().await;
    assert_eq!(world.sessions().await, [] as [Value; 0]);
}

async fn the_handshake_answers_its_challenge(backend: Backend) {
    let world = World::new(backend).await;
    let ask = async |token: &str| {
        let query = [("hub.mode", "subscribe"), ("hub.challenge", "1158201444"), ("hub.verify_token", token)];
        let response = api::client().get(world.webhook_url()).query(&query).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(ask(graph::VERIFY_TOKEN).await, (200, "1158201444".to_owned()));
    assert_eq!(ask("wrong").await.0, 403);
    assert_eq!(api::client().get(world.webhook_url()).send().await.unwrap().status(), 403);
}

async fn every_documented_webhook_becomes_what_it_says(backend: Backend) {
    let world = World::new(backend).await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/whatsapp-cloud");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 16);
    for file in &files {
        let body = std::fs::read_to_string(file).unwrap();
        assert_eq!(world.webhook(body.trim_end()).await, 200, "{file:?}");
        world.settled().await;
    }
    let mut found: Vec<(String, String, String)> = Vec::new();
    for session in world.sessions().await {
        for message in world.messages(session["session_id"].as_str().unwrap()).await {
            if message["direction"] == "in" {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                found.push((text(&session["contact"]["name"]), text(&message["kind"]), text(&message["text"])));
            }
        }
    }
    found.sort();
    let expected = [
        ("Lia", "text", "Quero saber mais"),
        ("Marina Prado", "interactive_reply", "Continue"),
        ("Marina Prado", "interactive_reply", "No"),
        ("Marina Prado", "text", "Bom dia, meu pedido 8841 não chegou"),
        ("Marina Prado", "text", "Olá 😀 https://example.com/a"),
        ("Marina Prado", "text", "hello"),
        ("Marina Prado", "voice", ""),
        ("Rui Costa", "contact_card", "Ana Souza: +55 11 95555-0003"),
        ("Rui Costa", "document", ""),
        ("Rui Costa", "image", "Comprovante"),
        ("Rui Costa", "location", "Portaria\nRua Exemplo 10\n-22.9519, -43.2105"),
        ("Rui Costa", "unsupported", ""),
        ("Téo", "text", "Sim, é esse mesmo"),
    ];
    let expected = expected.map(|(name, kind, text)| (name.to_owned(), kind.to_owned(), text.to_owned()));
    assert_eq!(found, expected);
    assert_eq!(world.sessions().await.len(), 4, "one conversation for each of the four customers");
    assert_eq!(world.metric("attendance_inbox_poisoned_total", "").await, 0.0);
}
