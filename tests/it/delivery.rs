//! What goes out: in order, tried again when that helps, given up with a reason when not, never twice without need.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::graph::{ACCESS_TOKEN, Turn, error};
use crate::support::socket::Socket;
use crate::support::world::{Attendant, Customer, Talk, World, envelope, now};

scenarios! {
    replies_stay_in_order_while_tries_fail,
    one_customers_trouble_does_not_hold_up_others,
    a_permanent_refusal_is_shown_and_sent_again_by_hand,
    a_refused_token_takes_the_channel_down_and_a_new_one_sends_what_waits,
    a_changed_channel_does_not_let_messages_overtake_each_other,
    receipts_come_in_any_order_and_never_go_backwards,
    a_receipt_may_come_before_the_answer,
    a_message_the_provider_took_silently_is_not_sent_again,
    a_message_without_answer_or_receipt_is_sent_again,
    a_closed_window_refuses_before_sending,
    an_approved_template_goes_through_a_closed_window,
    the_same_client_id_is_the_same_message,
    strange_texts_are_sent_or_refused_but_never_a_fault,
}

/// Waits until the message has this status; the event's body.
async fn becomes(talk: &mut Talk, message: &Value, status: &str) -> Value {
    let (id, status) = (message["id"].clone(), status.to_owned());
    talk.console
        .wait("message_status", move |event| event["message_id"] == id && event["status"] == status.as_str())
        .await
}

async fn stored(world: &World, talk: &Talk, message: &Value) -> Value {
    let messages = world.messages(&talk.session).await;
    messages.into_iter().find(|stored| stored["id"] == message["id"]).unwrap()
}

async fn replies_stay_in_order_while_tries_fail(backend: Backend) {
    let mut world = World::new(backend).await;
    let talk = world.talking("Ana Souza").await;
    let texts: Vec<String> = (1..=5).map(|n| format!("resposta {n}")).collect();
    world.graph.script([
        Turn::Refuse(429, error(130429, "Rate limit hit")),
        Turn::Garble(502, "<html><body>Bad Gateway</body></html>".into()),
        Turn::Refuse(500, error(131016, "Service unavailable")),
    ]);
    for text in &texts {
        talk.attendant.say(&talk.session, text).await;
    }
    world.settled().await;
    assert_eq!(world.graph.texts(), texts);
    assert_eq!(stored(&world, &talk, &world.messages(&talk.session).await.pop().unwrap()).await["status"], "sent");
}

async fn one_customers_trouble_does_not_hold_up_others(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut ana = world.talking("Ana Souza").await;
    let mut bia = world.talking("Bia Reis").await;
    let before = world.graph.attempts();
    world.graph.fail(&[(400, error(131056, "Too many messages to this customer"))]);
    let late = ana.attendant.say(&ana.session, "atrasada").await;
    world.graph.tried(before + 1).await;
    let prompt = bia.attendant.say(&bia.session, "pontual").await;
    becomes(&mut bia, &prompt, "sent").await;
    becomes(&mut ana, &late, "sent").await;
    assert_eq!(world.graph.texts(), ["pontual", "atrasada"]);
}

async fn a_permanent_refusal_is_shown_and_sent_again_by_hand(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut talk = world.talking("Ana Souza").await;
    world.graph.fail(&[(400, error(131026, "Message undeliverable"))]);
    let message = talk.attendant.say(&talk.session, "chegou?").await;
    let retry = format!("/api/sessions/{}/messages/{}/retry", talk.session, message["id"].as_str().unwrap());
    let failed = becomes(&mut talk, &message, "failed").await;
    assert_eq!(failed["error"]["code"], "131026");
    assert!(failed["error"]["reason"].as_str().unwrap().contains("undeliverable"), "{failed}");
    // Those behind it are not held up.
    talk.attendant.say(&talk.session, "a seguinte").await;
    world.graph.wait_for("a seguinte").await;
    assert_eq!(stored(&world, &talk, &message).await["error"]["code"], "131026");
    let health = world.admin.get(&format!("/api/channels/{}/health", world.channel)).await.ok();
    assert_eq!(health["outbox"]["dead"], 1);

    assert_eq!(talk.attendant.api.post(&retry, json!({})).await.ok()["status"], "queued");
    world.graph.wait_for("chegou?").await;
    becomes(&mut talk, &message, "sent").await;
    assert!(stored(&world, &talk, &message).await["error"].is_null());
    assert_eq!(talk.attendant.api.post(&retry, json!({})).await.status, 409);
    assert_eq!(world.graph.texts(), ["a seguinte", "chegou?"]);

    // Taken, and failed later: it is sent anew.
    let sent = stored(&world, &talk, &message).await;
    let failed = json!([{"id": sent["external_id"], "status": "failed", "timestamp": now(), "recipient_id": talk.customer.phone,
        "errors": [{"code": 131049, "title": "not delivered", "message": "not delivered"}]}]);
    world.webhook(&envelope(json!({"statuses": failed}))).await;
    becomes(&mut talk, &message, "failed").await;
    talk.attendant.api.post(&retry, json!({})).await.ok();
    let again = world.graph.wait_for("chegou?").await;
    world.settled().await;
    world.receipt(&talk.customer, &again.wamid, "delivered").await;
    becomes(&mut talk, &message, "delivered").await;
}

async fn a_refused_token_takes_the_channel_down_and_a_new_one_sends_what_waits(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut talk = world.talking("Ana Souza").await;
    let mut supervisor = Socket::attendant(&world.admin).await;
    let path = format!("/api/channels/{}", world.channel);
    world.admin.put(&path, json!({"credentials": {"access_token": "expired"}})).await.ok();
    let first = talk.attendant.say(&talk.session, "primeira").await;
    let alert = supervisor.wait("system_alert", |event| event["code"] == "channel_health").await;
    assert_eq!(alert["health"], "down");
    assert!(alert["reason"].as_str().unwrap().contains("190"), "{alert}");
    let second = talk.attendant.say(&talk.session, "segunda").await;
    let shown = world.server.eventually("the channel is shown as down", async || {
        (world.admin.get(&path).await.ok()["health"] == "down").then_some(())
    });
    shown.await;
    assert_eq!(stored(&world, &talk, &first).await["status"], "queued");
    assert_eq!(world.graph.texts(), [] as [&str; 0]);

    world.admin.put(&path, json!({"credentials": {"access_token": ACCESS_TOKEN}})).await.ok();
    becomes(&mut talk, &second, "sent").await;
    assert_eq!(world.graph.texts(), ["primeira", "segunda"]);
    assert_eq!(world.admin.get(&path).await.ok()["health"], "ok");
}

async fn a_changed_channel_does_not_let_messages_overtake_each_other(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut talk = world.talking("Ana Souza").await;
    let path = format!("/api/channels/{}", world.channel);
    let before = world.graph.attempts();
    world.graph.script([Turn::DawdleAndRefuse(Duration::from_millis(1500), 500, error(131016, "Service unavailable"))]);
    for text in ["um", "dois", "três"] {
        talk.attendant.say(&talk.session, text).await;
    }
    world.graph.tried(before + 1).await;
    for name in ["WhatsApp A", "WhatsApp B"] {
        world.admin.put(&path, json!({"name": name})).await.ok();
    }
    let last = world.messages(&talk.session).await.pop().unwrap();
    becomes(&mut talk, &last, "sent").await;
    assert_eq!(world.graph.texts(), ["um", "dois", "três"]);
}

async fn receipts_come_in_any_order_and_never_go_backwards(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut talk = world.talking("Ana Souza").await;
    let mut messages = Vec::new();
    for text in ["um", "dois", "três"] {
        talk.attendant.say(&talk.session, text).await;
        messages.push(world.graph.wait_for(text).await);
    }
    world.settled().await;
    let all = world.messages(&talk.session).await;
    let ours: Vec<Value> = all[all.len() - 3..].to_vec();
    // The second was read, so the first was; the third was not.
    world.receipt(&talk.customer, &messages[1].wamid, "read").await;
    becomes(&mut talk, &ours[0], "read").await;
    becomes(&mut talk, &ours[1], "read").await;
    for status in ["delivered", "sent", "read", "sent"] {
        world.receipt(&talk.customer, &messages[1].wamid, status).await;
        world.receipt(&talk.customer, &messages[0].wamid, status).await;
    }
    world.receipt(&talk.customer, &messages[2].wamid, "delivered").await;
    becomes(&mut talk, &ours[2], "delivered").await;
    world.settled().await;
    let statuses: Vec<String> = world.messages(&talk.session).await[all.len() - 3..]
        .iter()
        .map(|message| message["status"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(statuses, ["read", "read", "delivered"]);
    // Nobody was told of a step back.
    let told: Vec<&Value> = talk.console.seen.iter().filter(|event| event["message_id"] == ours[1]["id"]).collect();
    assert_eq!(told.iter().filter(|event| event["status"] == "read").count(), 1, "{told:#?}");
    assert_eq!(told.last().unwrap()["status"], "read");
}

async fn a_receipt_may_come_before_the_answer(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut talk = world.talking("Ana Souza").await;
    // With what we attached, it is known at once.
    world.graph.script([Turn::Dawdle(Duration::from_millis(1200)), Turn::Dawdle(Duration::from_millis(800))]);
    let message = talk.attendant.say(&talk.session, "um").await;
    let sent = world.graph.next().await;
    let statuses = json!([{"id": sent.wamid, "status": "delivered", "timestamp": now(), "recipient_id": talk.customer.phone,
        "biz_opaque_callback_data": sent.body["biz_opaque_callback_data"]}]);
    assert!(sent.body["biz_opaque_callback_data"].is_string(), "{}", sent.body);
    world.webhook(&envelope(json!({"statuses": statuses}))).await;
    becomes(&mut talk, &message, "delivered").await;
    world.settled().await;
    let stored_one = stored(&world, &talk, &message).await;
    assert_eq!((&stored_one["status"], &stored_one["external_id"]), (&json!("delivered"), &json!(sent.wamid)));
    // Without it, it waits a moment for the answer.
    let message = talk.attendant.say(&talk.session, "dois").await;
    let sent = world.graph.next().await;
    world.receipt(&talk.customer, &sent.wamid, "delivered").await;
    becomes(&mut talk, &message, "delivered").await;
    assert_eq!(world.graph.texts(), ["um", "dois"]);
}

const IMPATIENT: &[(&str, &str)] = &[("ATTENDANCE__DELIVERY__TIMEOUT_SECONDS", "1")];

async fn a_message_the_provider_took_silently_is_not_sent_again(backend: Backend) {
    let mut world = World::with(backend, IMPATIENT, json!({})).await;
    let mut talk = world.talking("Ana Souza").await;
    let path = format!("/api/channels/{}", world.channel);
    world.graph.script([Turn::Dawdle(Duration::from_secs(30))]);
    let message = talk.attendant.say(&talk.session, "uma vez só").await;
    let sent = world.graph.next().await;
    let noted = world.server.eventually("the time-out is noted", async || {
        world.admin.get(&format!("{path}/health")).await.ok()["outbox"]["last_error"].as_str().map(|_| ())
    });
    noted.await;
    let statuses = json!([{"id": sent.wamid, "status": "delivered", "timestamp": now(), "recipient_id": talk.customer.phone,
        "biz_opaque_callback_data": sent.body["biz_opaque_callback_data"]}]);
    world.webhook(&envelope(json!({"statuses": statuses}))).await;
    becomes(&mut talk, &message, "delivered").await;
    // Looked at again at once, instead of when its pause is over.
    world.admin.put(&path, json!({"name": "WhatsApp outra vez"})).await.ok();
    world.settled().await;
    assert_eq!(world.graph.texts(), ["uma vez só"]);
    assert_eq!(stored(&world, &talk, &message).await["status"], "delivered");
}

async fn a_message_without_answer_or_receipt_is_sent_again(backend: Backend) {
    let mut world = World::with(backend, IMPATIENT, json!({})).await;
    let mut talk = world.talking("Ana Souza").await;
    let path = format!("/api/channels/{}", world.channel);
    world.graph.script([
        Turn::DawdleAndRefuse(Duration::from_secs(30), 500, json!({})),
        Turn::Garble(200, "<html>maintenance</html>".into()),
    ]);
    let message = talk.attendant.say(&talk.session, "insistente").await;
    let out = world.server.eventually("it goes out", async || {
        // Each change of the channel makes what rests try again.
        world.admin.put(&path, json!({"name": "WhatsApp"})).await.ok();
        (world.graph.texts() == ["insistente"]).then_some(())
    });
    out.await;
    becomes(&mut talk, &message, "sent").await;
}

/// Somebody who wrote yesterday, served today: the window is closed.
async fn yesterdays(world: &World) -> (Attendant, Customer, String) {
    let ana = world.attendant("Ana Souza").await;
    let marina = Customer::new("Marina Prado");
    let yesterday = (now().parse::<u64>().unwrap() - 25 * 3600).to_string();
    let message = json!({"from": marina.phone, "id": "wamid.OLD", "timestamp": yesterday, "type": "text", "text": {"body": "quero falar com uma pessoa"}});
    let contacts = json!([{"profile": {"name": marina.name}, "wa_id": marina.phone}]);
    world.webhook(&envelope(json!({"contacts": contacts, "messages": [message]}))).await;
    world.settled().await;
    let session = world.session_of(&marina).await;
    world.admin.post("/api/attendance/handoff", json!({"session_id": session, "queue": world.queue})).await;
    ana.set_status("online").await;
    ana.api.post("/api/attendance/take", json!({"session_id": session})).await.ok();
    (ana, marina, session)
}

async fn a_closed_window_refuses_before_sending(backend: Backend) {
    let mut world = World::new(backend).await;
    let (ana, marina, session) = yesterdays(&world).await;
    let path = format!("/api/sessions/{session}/messages");
    let stored = world.messages(&session).await.len();
    assert_eq!(ana.api.post(&path, json!({"text": "boa tarde"})).await.refused(409), "window_closed");
    assert_eq!(world.messages(&session).await.len(), stored);
    // A note among ourselves is no message to the customer.
    ana.api.post(&path, json!({"text": "ligar amanhã", "private": true})).await.ok();
    world.settled().await;
    assert_eq!(world.graph.attempts(), 0);
    // The customer writes: it is open again.
    world.writes(&marina, "ainda estou aqui").await;
    world.settled().await;
    ana.say(&session, "boa tarde!").await;
    world.graph.wait_for("boa tarde!").await;
}

async fn an_approved_template_goes_through_a_closed_window(backend: Backend) {
    let mut world = World::new(backend).await;
    let account = "102030405060";
    let template = |name: &str, status: &str, body: &str| {
        json!({"name": name, "language": "pt_BR", "status": status, "category": "UTILITY", "id": name,
            "components": [{"type": "BODY", "text": body, "example": {"body_text": [["Marina"]]}}]})
    };
    let pages = [
        template("retorno", "APPROVED", "Olá {{1}}, podemos continuar?"),
        template("recusado", "REJECTED", "Compre já"),
        template("aviso", "APPROVED", "Seu pedido saiu."),
    ];
    world.graph.approves(account, &pages).await;
    let templates = format!("/api/channels/{}/templates", world.channel);
    let (ana, _, session) = yesterdays(&world).await;
    // The account is not named yet.
    assert_eq!(ana.api.get(&templates).await.refused(409), "feature_disabled");
    let path = format!("/api/channels/{}", world.channel);
    world.admin.put(&path, json!({"credentials": {"business_account_id": account}})).await.ok();
    for _ in 0..2 {
        let listed = ana.api.get(&templates).await.ok();
        let names: Vec<&str> =
            listed["items"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(names, ["aviso", "retorno"], "{listed}");
        let field = json!({"part": "body", "name": "1", "named": false, "value": "text", "example": "Marina"});
        assert_eq!(listed["items"][1]["fields"], json!([field]));
    }
    let values = json!([{"type": "body", "parameters": [{"type": "text", "text": "Marina"}]}]);
    let chosen = json!({"name": "retorno", "language": {"code": "pt_BR"}, "components": values});
    let messages = format!("/api/sessions/{}/messages", session);
    let said = json!({"text": "Olá Marina, podemos continuar?", "template": chosen});
    let stored = ana.api.post(&messages, said).await.ok();
    assert_eq!((&stored["kind"], &stored["text"]), (&json!("template"), &json!("Olá Marina, podemos continuar?")));
    let sent = world.graph.next().await;
    assert_eq!((&sent.body["type"], &sent.body["template"]), (&json!("template"), &chosen), "{:?}", sent.body);
    // Another channel has none of it.
    let other = json!({"kind": "api", "provider": "api", "name": "App", "bot_id": world.bot, "credentials": {}, "settings": {}});
    let other = world.admin.post("/api/channels", other).await.ok();
    let path = format!("/api/channels/{}/templates", other["id"].as_str().unwrap());
    assert_eq!(ana.api.get(&path).await.refused(409), "feature_disabled");
}

async fn the_same_client_id_is_the_same_message(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut talk = world.talking("Ana Souza").await;
    let path = format!("/api/sessions/{}/messages", talk.session);
    let body = json!({"client_id": "c-1", "text": "uma vez"});
    let answers = join_all((0..10).map(|_| talk.attendant.api.post(&path, body.clone()))).await;
    let ids: Vec<Value> = answers.into_iter().map(|answer| answer.ok()["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let frame = json!({"type": "send", "session_id": talk.session, "client_id": "c-1", "text": "uma vez"});
    let acked = talk.console.ask(frame.clone()).await;
    assert_eq!(acked["data"]["message"]["id"], ids[0], "{acked}");
    world.settled().await;

    world.server.kill();
    world.restart();
    let again = talk.attendant.api.at(&world.server).post(&path, body).await.ok();
    assert_eq!(again["id"], ids[0]);
    let other =
        talk.attendant.api.at(&world.server).post(&path, json!({"client_id": "c-2", "text": "outra"})).await.ok();
    assert_ne!(other["id"], ids[0]);
    world.settled().await;
    assert_eq!(world.graph.texts(), ["uma vez", "outra"]);
}

async fn strange_texts_are_sent_or_refused_but_never_a_fault(backend: Backend) {
    let mut world = World::new(backend).await;
    let talk = world.talking("Ana Souza").await;
    let path = format!("/api/sessions/{}/messages", talk.session);
    for text in ["nulo \u{0} aqui", "\u{0}", "🙂\u{202e}\u{ffff}", "\u{feff}", "   ", "é".repeat(5000).as_str()] {
        let answer = talk.attendant.api.post(&path, json!({"text": text})).await;
        assert!([200, 201, 202, 400, 422].contains(&answer.status), "{text:.20?}: {} {}", answer.status, answer.text);
    }
    let client_id = talk.attendant.api.post(&path, json!({"text": "oi", "client_id": "a\u{0}b"})).await;
    assert!([200, 201, 202, 400, 422].contains(&client_id.status), "{}", client_id.text);
    world.settled().await;
}
