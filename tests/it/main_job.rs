//! The product's main job, as its users do it.

use serde_json::json;

use crate::support::Backend;
use crate::support::socket::Socket;
use crate::support::world::{Customer, World};

scenarios! {
    a_customer_is_answered_by_the_bot_then_by_a_person_and_given_back,
    the_queue_of_the_first_start_serves_whoever_writes,
}

async fn a_customer_is_answered_by_the_bot_then_by_a_person_and_given_back(backend: Backend) {
    let mut world = World::with(backend, &[], json!({"bot-greeting": "Olá! Sou a Recepção."})).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let marina = Customer::new("Marina Prado");

    world.writes(&marina, "Bom dia").await;
    let greeting = world.graph.next().await;
    assert_eq!(greeting.text, "Olá! Sou a Recepção.");
    assert_eq!(greeting.to, format!("+{}", marina.phone));

    world.writes(&marina, "quero falar com uma pessoa").await;
    let new = console.wait("new_conversation", |_| true).await;
    assert_eq!(new["customer"]["name"], "Marina Prado");
    assert_eq!(new["channel"], "whatsapp");
    let session = new["session_id"].as_str().unwrap().to_owned();
    console.wait("conversation_assigned", |event| event["session_id"] == session.as_str()).await;
    let taken = console.ask(json!({"type": "take", "session_id": session})).await;
    assert_eq!(taken["type"], "ack", "{taken}");
    world.graph.wait_for("Ana Souza").await;

    let message = ana.say(&session, "Oi Marina, aqui é a Ana. Como posso ajudar?").await;
    assert_eq!(message["status"], "queued");
    let sent = world.graph.wait_for("aqui é a Ana").await;
    let id = message["id"].as_str().unwrap();
    for status in ["delivered", "read"] {
        world.receipt(&marina, &sent.wamid, status).await;
        console.wait("message_status", |event| event["message_id"] == id && event["status"] == status).await;
    }

    world.writes(&marina, "meu pedido 8841 não chegou").await;
    let told = console.wait("message_created", |event| event["message"]["text"] == "meu pedido 8841 não chegou").await;
    assert_eq!(told["message"]["sender"]["kind"], "contact");

    ana.api.post(&format!("/api/attendance/resolve/{session}"), json!({"note": "reenviado"})).await.ok();
    console.wait("conversation_resolved", |event| event["session_id"] == session.as_str()).await;
    let detail = ana.api.get(&format!("/api/session/{session}")).await.ok();
    assert_eq!(detail["needs_human"], false);
    assert_eq!(detail["status"], "resolved");
    assert!(detail["routing"]["explanation"]["winner"].is_string(), "{}", detail["routing"]);
    let causes: Vec<&str> =
        detail["history"].as_array().unwrap().iter().filter_map(|line| line["cause"].as_str()).collect();
    assert_eq!(causes, ["handoff", "offer", "take", "resolve"]);
}

async fn the_queue_of_the_first_start_serves_whoever_writes(backend: Backend) {
    let world = World::new(backend).await;
    world.admin.delete(&format!("/api/attendance/queues/{}", world.queue)).await.ok();
    let mut console = Socket::attendant(&world.admin).await;
    let me = world.admin.get("/api/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    let status = format!("/api/attendance/attendants/{me}/status");
    world.admin.put(&status, json!({"status": "online"})).await.ok();
    world.writes(&Customer::new("Rui Costa"), "quero falar com uma pessoa").await;
    let offered = console.wait("conversation_assigned", |_| true).await;
    assert_eq!(offered["assigned_to"], me.as_str());
}
