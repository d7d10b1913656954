//! The lifecycle of a conversation as attendants, customers and timers drive it.

use std::time::Duration;

use attendance::clock::Clock;
use serde_json::json;

use crate::support::Backend;
use crate::support::floor::causes;
use crate::support::socket::Socket;
use crate::support::world::{Customer, World};

scenarios! {
    offers_time_out_and_return_to_their_place_without_that_attendant,
    a_declined_offer_goes_to_the_next_attendant_at_once,
    of_two_attendants_who_take_at_once_one_wins_and_the_other_hears_who,
    a_transfer_to_a_queue_waits_there_for_somebody_else,
    a_transfer_to_an_attendant_is_an_offer_and_refused_it_returns_to_the_sender,
    pending_by_hand_ends_when_the_customer_writes,
    silence_makes_a_conversation_pending_and_later_resolves_it,
    within_the_reopen_window_the_same_attendant_has_it_again,
    after_resolving_the_bot_answers_again,
    a_web_customer_who_leaves_the_queue_has_abandoned_it,
    a_snooze_ends_by_its_time_or_by_the_customer,
    cards_are_dragged_and_a_moved_card_is_refused,
    the_first_reply_of_the_assignee_accepts,
}

const MINUTE: Duration = Duration::from_secs(60);

async fn offers_time_out_and_return_to_their_place_without_that_attendant(backend: Backend) {
    let world = World::with(backend, &[], json!({"attendance-offer-seconds": 1})).await;
    let mut boss = world.observer().await;
    let (ana, _console) = world.online("Ana").await;
    let first = world.asks(&Customer::new("Primeiro"), &mut boss).await;
    let offer = boss.offered(&first, &ana).await;
    let second = world.asks(&Customer::new("Segundo"), &mut boss).await;
    for session in [&first, &second] {
        let back = boss.cause(session, "conversation_updated", "offer_timeout").await;
        assert_eq!(back["status"], "waiting");
        assert_eq!(back["assigned_to"], json!(null));
    }
    let waiting = world.session(&first).await;
    assert_eq!(waiting["position"], 1);
    let history = waiting["history"].as_array().unwrap();
    assert_eq!(causes(&waiting), ["handoff", "offer", "offer_timeout"]);
    assert_eq!(history[2]["detail"]["attendant_id"], ana.id.as_str());
    assert_eq!(history[2]["actor_kind"], "system");
    assert_eq!((&history[2]["from"], &history[2]["to"]), (&json!("assigned"), &json!("waiting")));

    // Ana is skipped, though free; whoever comes gets the one who has waited longest.
    let (bia, _console) = world.online_in(&world.queue, "Bia", json!({"max_conversations": 1})).await;
    let again = boss.offered(&first, &bia).await;
    assert_eq!(again["queued_at"], offer["queued_at"], "the place in the queue is kept");
    let detail = world.session(&first).await;
    assert_eq!(crate::support::floor::ruled_out(&detail, &ana)["rule"], "skipped_this_round");
}

async fn a_declined_offer_goes_to_the_next_attendant_at_once(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (ana, mut console) = world.online("Ana").await;
    let (bia, _bia) = world.online("Bia").await;
    let session = world.asks(&Customer::new("Marina"), &mut boss).await;
    boss.offered(&session, &ana).await;
    let refused = bia.api.post("/api/attendance/decline", json!({"session_id": session})).await;
    assert_eq!(refused.refused(409), "not_offered");
    let declined = console.ask(json!({"type": "decline", "session_id": session})).await;
    assert_eq!(declined["type"], "ack", "{declined}");
    boss.cause(&session, "conversation_updated", "decline").await;
    boss.offered(&session, &bia).await;
    // It is no longer Ana's to take.
    let late = ana.take(&session).await;
    assert_eq!(late.body["detail"].as_str().map(|text| text.contains("Bia")), Some(true), "{}", late.text);
    assert_eq!(late.refused(409), "already_taken");
    bia.take(&session).await.ok();
    assert_eq!(world.causes(&session).await, ["handoff", "offer", "decline", "offer", "take"]);
}

async fn of_two_attendants_who_take_at_once_one_wins_and_the_other_hears_who(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let queue = world.queue("Manual", json!({"auto_assign": false, "priority_order": -20})).await;
    let (ana, _a) = world.online_in(&queue, "Ana", json!({})).await;
    let (bia, _b) = world.online_in(&queue, "Bia", json!({})).await;
    for n in 0..4 {
        let session = world.asks(&Customer::new(&format!("Cliente {n}")), &mut boss).await;
        let (one, other) = tokio::join!(ana.take(&session), bia.take(&session));
        let (winner, loser) = if one.status == 200 { ((&ana, one), other) } else { ((&bia, other), one) };
        assert_eq!(winner.1.ok()["assigned_to"], winner.0.id.as_str());
        assert!(loser.body["detail"].as_str().unwrap().contains(&winner.0.name), "{}", loser.text);
        assert_eq!(loser.refused(409), "already_taken");
        let detail = world.session(&session).await;
        assert_eq!((&detail["status"], &detail["assigned_to"]), (&json!("active"), &json!(winner.0.id)));
        assert_eq!(causes(&detail), ["handoff", "take"]);
    }
}

async fn a_transfer_to_a_queue_waits_there_for_somebody_else(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (ana, _a) = world.online("Ana").await;
    let sales = world.queue("Vendas", json!({"priority_order": 5})).await;
    let (bia, mut bia_console) = world.online_in(&sales, "Bia", json!({})).await;
    world.join(&sales, &ana, json!({})).await;
    let session = world.asks(&Customer::new("Marina"), &mut boss).await;
    boss.offered(&session, &ana).await;
    ana.take(&session).await.ok();
    let moved = ana.transfer(&session, json!({"queue_id": sales, "reason": "quer comprar"})).await.ok();
    assert_eq!((&moved["status"], &moved["queue_id"]), (&json!("waiting"), &json!(sales)));
    boss.of(&session, "conversation_transferred").await;
    world.graph.wait_for("transferindo você").await;
    // Ana serves sales, too, but has just passed it on.
    boss.offered(&session, &bia).await;
    bia_console.of(&session, "conversation_assigned").await;
    let taken = bia_console.ask(json!({"type": "take", "session_id": session})).await;
    assert_eq!(taken["data"]["assigned_to"], bia.id.as_str(), "{taken}");
    let detail = world.session(&session).await;
    assert_eq!(causes(&detail), ["handoff", "offer", "take", "transfer", "offer", "take"]);
    assert_eq!(detail["history"][3]["detail"]["reason"], "quer comprar");
    assert_eq!(detail["history"][3]["actor_id"], ana.id.as_str());
    assert_eq!(detail["handoff"]["transfers"], 1);
    let neither = ana.transfer(&session, json!({})).await;
    assert_eq!(neither.refused(422), "validation");
}

async fn a_transfer_to_an_attendant_is_an_offer_and_refused_it_returns_to_the_sender(backend: Backend) {
    let world = World::with(backend, &[], json!({"attendance-offer-seconds": 4})).await;
    let mut boss = world.observer().await;
    let (ana, _a) = world.online("Ana").await;
    let session = world.asks(&Customer::new("Marina"), &mut boss).await;
    ana.take(&session).await.ok();
    let (bia, mut bia_console) = world.online("Bia").await;
    let offered = ana.transfer(&session, json!({"attendant_id": bia.id, "reason": "espanhol"})).await.ok();
    assert_eq!((&offered["status"], &offered["assigned_to"]), (&json!("assigned"), &json!(bia.id)));
    bia_console.of(&session, "conversation_transferred").await;
    bia.api.post("/api/attendance/decline", json!({"session_id": session})).await.ok();
    let back = boss.cause(&session, "conversation_updated", "decline").await;
    assert_eq!((&back["status"], &back["assigned_to"]), (&json!("active"), &json!(ana.id)));

    // Not answered is refused, too.
    ana.transfer(&session, json!({"attendant_id": bia.id})).await.ok();
    let back = boss.cause(&session, "conversation_updated", "offer_timeout").await;
    assert_eq!((&back["status"], &back["assigned_to"]), (&json!("active"), &json!(ana.id)));
    ana.say(&session, "ainda sou eu").await;

    // Passed on unaccepted and refused, it still returns to whoever had it.
    let (caio, _c) = world.online("Caio").await;
    ana.transfer(&session, json!({"attendant_id": bia.id})).await.ok();
    bia.transfer(&session, json!({"attendant_id": caio.id})).await.ok();
    caio.api.post("/api/attendance/decline", json!({"session_id": session})).await.ok();
    let back = boss.cause(&session, "conversation_updated", "decline").await;
    assert_eq!((&back["status"], &back["assigned_to"]), (&json!("active"), &json!(ana.id)));

    ana.transfer(&session, json!({"attendant_id": bia.id})).await.ok();
    bia.take(&session).await.ok();
    let detail = world.session(&session).await;
    assert_eq!((&detail["status"], &detail["assigned_to"]), (&json!("active"), &json!(bia.id)));
    let written = ana.api.post(&format!("/api/sessions/{session}/messages"), json!({"text": "oi"})).await;
    assert_eq!(written.refused(409), "not_assigned");
}

async fn pending_by_hand_ends_when_the_customer_writes(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (ana, _a) = world.online("Ana").await;
    let marina = Customer::new("Marina");
    let session = world.asks(&marina, &mut boss).await;
    let path = format!("/api/attendance/pending/{session}");
    boss.offered(&session, &ana).await;
    assert_eq!(ana.api.post(&path, json!({})).await.refused(409), "invalid_transition");
    ana.take(&session).await.ok();
    assert_eq!(ana.api.post(&path, json!({})).await.ok()["status"], "pending");
    boss.of(&session, "conversation_pending").await;
    world.writes(&marina, "voltei").await;
    let back = boss.cause(&session, "conversation_updated", "customer_message").await;
    assert_eq!((&back["status"], &back["assigned_to"]), (&json!("active"), &json!(ana.id)));
    boss.wait("kanban_moved", |e| e["from_status"] == "pending" && e["to_status"] == "active").await;
}

async fn silence_makes_a_conversation_pending_and_later_resolves_it(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (mut ana, _a) = world.online("Ana").await;
    let (answered, open) = (Customer::new("Respondida"), Customer::new("Aberta"));
    let session = world.asks(&answered, &mut boss).await;
    let unanswered = world.asks(&open, &mut boss).await;
    for session in [&session, &unanswered] {
        ana.take(session).await.ok();
    }
    ana.say(&session, "Algo mais?").await;
    world.graph.wait_for("Algo mais?").await;
    // The customer's words came after ours: nothing waits for them.
    ana.say(&unanswered, "Um momento").await;
    world.graph.wait_for("Um momento").await;
    world.writes(&open, "e então?").await;
    boss.wait("message_created", |event| event["message"]["text"] == "e então?").await;
    // Told who they talk to is not answered.
    let silent = world.asks(&Customer::new("Ignorada"), &mut boss).await;
    ana.take(&silent).await.ok();

    world.pass(9 * MINUTE).await;
    assert_eq!(world.session(&session).await["status"], "active");
    world.pass(2 * MINUTE).await;
    let mut boss = world.observer().await;
    // What came due while nobody was there is done at the start, perhaps before anybody looks.
    let detail = world.session(&session).await;
    if detail["status"] != "pending" {
        boss.of(&session, "conversation_pending").await;
    }
    let detail = world.session(&session).await;
    assert_eq!(detail["history"].as_array().unwrap().last().unwrap()["actor_kind"], "system");
    for waits_for_us in [&unanswered, &silent] {
        assert_eq!(world.session(waits_for_us).await["status"], "active");
    }

    world.pass(24 * 60 * MINUTE).await;
    let mut boss = world.observer().await;
    for session in [&session, &unanswered, &silent] {
        if world.session(session).await["status"] != "resolved" {
            boss.of(session, "conversation_resolved").await;
        }
        let detail = world.session(session).await;
        assert_eq!(detail["needs_human"], false);
        assert_eq!(detail["handoff"]["outcome"], "auto_resolved");
        assert_eq!(causes(&detail).last().unwrap(), "auto_resolve");
    }
    let _console = ana.back(&world).await;
    assert_eq!(ana.types("/status").await["data"]["active"], 0);
}

async fn within_the_reopen_window_the_same_attendant_has_it_again(backend: Backend) {
    let mut world = World::with(backend, &[], json!({"attendance-reopen-minutes": 60})).await;
    let mut boss = world.observer().await;
    let (ana, _a) = world.online("Ana").await;
    let marina = Customer::new("Marina");
    let session = world.asks(&marina, &mut boss).await;
    boss.offered(&session, &ana).await;
    ana.take(&session).await.ok();
    // Bia would be the next: she has had nothing yet.
    let (bia, _b) = world.online("Bia").await;
    ana.resolve(&session).await;
    boss.of(&session, "conversation_resolved").await;
    world.writes(&marina, "esqueci uma coisa").await;
    boss.of(&session, "new_conversation").await;
    let offer = boss.wait("conversation_assigned", |event| event["session_id"] == session.as_str()).await;
    let detail = world.session(&session).await;
    assert_eq!(offer["assigned_to"], ana.id.as_str(), "{} {}", bia.id, detail["routing"]);
    assert_eq!(detail["routing"]["explanation"]["decided_by"], "same_as_last_time");
    assert_eq!(detail["handoff"]["cause"], "reopened");
    assert_eq!(detail["handoffs"].as_array().unwrap().len(), 2);
    ana.take(&session).await.ok();
    ana.resolve(&session).await;

    world.pass(61 * MINUTE).await;
    let mut boss = world.observer().await;
    world.writes(&marina, "bom dia").await;
    boss.wait("message_created", |event| event["message"]["text"] == "bom dia").await;
    world.graph.wait_for("Como posso ajudar").await;
    assert_eq!(world.session(&session).await["needs_human"], false);
}

async fn after_resolving_the_bot_answers_again(backend: Backend) {
    let mut world = World::with(backend, &[], json!({"bot-replies": "horário => Das 8h às 18h."})).await;
    let mut boss = world.observer().await;
    let (ana, _a) = world.online("Ana").await;
    let marina = Customer::new("Marina");
    let session = world.asks(&marina, &mut boss).await;
    ana.take(&session).await.ok();
    ana.resolve(&session).await;
    world.graph.wait_for("encerrado").await;
    world.writes(&marina, "qual o horário?").await;
    world.graph.wait_for("Das 8h às 18h.").await;
    let detail = world.session(&session).await;
    assert_eq!((&detail["status"], &detail["needs_human"]), (&json!("resolved"), &json!(false)));
    // And a second handoff is a new one.
    assert_eq!(world.asks(&marina, &mut boss).await, session);
    assert_eq!(world.session(&session).await["handoffs"].as_array().unwrap().len(), 2);
}

async fn a_web_customer_who_leaves_the_queue_has_abandoned_it(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let channel = json!({"kind": "web", "provider": "web", "name": "Site", "bot_id": world.bot, "credentials": {}});
    let channel = world.admin.post("/api/channels", channel).await.ok()["id"].as_str().unwrap().to_owned();
    let opened =
        world.admin.post(&format!("/api/webchat/{channel}/sessions"), json!({"user": {"name": "Visitante"}})).await;
    let opened = opened.ok();
    let token = format!("visitor.{}", opened["visitor_token"].as_str().unwrap());
    let session = opened["session_id"].as_str().unwrap().to_owned();
    let path = format!("/ws/webchat/{channel}");
    let mut visitor = Socket::open(&world.server.base, &path, &["attendance.chat.v1", &token]).await.unwrap();
    visitor.send(json!({"type": "message", "client_id": "c1", "text": "quero falar com uma pessoa"})).await;
    boss.of(&session, "new_conversation").await;
    visitor.wait("status", |frame| frame["status"] == "waiting").await;
    drop(visitor);
    // The conversation has heard of it once it answers what was asked after that.
    while world.metric("attendance_visitor_sockets", "").await > 0.0 {}
    world.admin.post(&format!("/api/sessions/{session}/priority"), json!({"priority": 2})).await.ok();

    world.pass(4 * MINUTE).await;
    assert_eq!(world.session(&session).await["status"], "waiting");
    // A visitor who does not come back after a restart has left, too: the wait went on meanwhile.
    world.pass(2 * MINUTE).await;
    let mut boss = world.observer().await;
    if world.session(&session).await["status"] != "resolved" {
        boss.of(&session, "conversation_resolved").await;
    }
    let detail = world.session(&session).await;
    assert_eq!(detail["handoff"]["outcome"], "abandoned");
    assert_eq!(causes(&detail).last().unwrap(), "abandoned");
}

async fn a_snooze_ends_by_its_time_or_by_the_customer(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (ana, _a) = world.online("Ana").await;
    let marina = Customer::new("Marina");
    let session = world.asks(&marina, &mut boss).await;
    ana.take(&session).await.ok();
    boss.of(&session, "conversation_accepted").await;
    let path = format!("/api/sessions/{session}/snooze");
    let now = Clock::system().now();
    let past = json!({"until": (now - MINUTE).to_string()});
    assert_eq!(ana.api.post(&path, past).await.refused(422), "validation");

    let soon = json!({"until": (now + Duration::from_secs(2)).to_string()});
    assert!(ana.api.post(&path, soon).await.ok()["snoozed_until"].is_string());
    boss.wait("conversation_updated", |event| event["snoozed_until"].is_string()).await;
    boss.wait("conversation_updated", |event| event["snoozed_until"].is_null()).await;

    let later = json!({"until": (now + 60 * MINUTE).to_string()});
    ana.api.post(&path, later).await.ok();
    boss.wait("conversation_updated", |event| event["snoozed_until"].is_string()).await;
    world.writes(&marina, "oi de novo").await;
    boss.wait("conversation_updated", |event| event["snoozed_until"].is_null()).await;
    assert_eq!(world.session(&session).await["snoozed_until"], json!(null));
}

async fn cards_are_dragged_and_a_moved_card_is_refused(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (ana, _a) = world.online("Ana").await;
    let marina = Customer::new("Marina");
    let session = world.asks(&marina, &mut boss).await;
    let drag = async |from: &str, to: &str| {
        let body = json!({"session_id": session, "from_status": from, "to_status": to});
        ana.api.put("/api/attendance/kanban/move", body).await
    };
    let column = async |name: &str| {
        let board = ana.api.get("/api/attendance/kanban").await.ok();
        assert_eq!(board["counts"][name], board["columns"][name].as_array().unwrap().len());
        let card =
            board["columns"][name].as_array().unwrap().iter().find(|card| card["session_id"] == session.as_str());
        card.cloned()
    };
    assert_eq!(column("new").await.unwrap()["user_name"], "Marina");
    assert_eq!(drag("new", "active").await.ok()["status"], "active");
    boss.wait("kanban_moved", |e| e["from_status"] == "new" && e["to_status"] == "active").await;
    let card = column("active").await.unwrap();
    assert_eq!((&card["assigned_to_name"], &card["queue"]["name"]), (&json!("Ana"), &json!("Suporte")));
    // Somebody looks at an old board.
    let stale = drag("new", "active").await;
    assert_eq!(stale.refused(409), "invalid_transition");
    assert_eq!(drag("active", "pending").await.ok()["status"], "pending");
    assert_eq!(drag("pending", "active").await.ok()["status"], "active");
    assert_eq!(drag("active", "resolved").await.ok()["status"], "resolved");
    assert!(column("resolved").await.is_some());
    assert_eq!(drag("resolved", "active").await.refused(409), "invalid_transition");
    assert_eq!(drag("resolved", "elsewhere").await.refused(422), "validation");
    assert_eq!(drag("resolved", "new").await.ok()["needs_human"], true);
    let filtered = ana.api.get("/api/attendance/kanban?q=marina&attendant_id=me").await.ok();
    assert!(filtered["columns"]["new"].as_array().unwrap().len() <= 1);
}

async fn the_first_reply_of_the_assignee_accepts(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (ana, _a) = world.online("Ana").await;
    let (bia, _b) = world.online("Bia").await;
    let session = world.asks(&Customer::new("Marina"), &mut boss).await;
    boss.offered(&session, &ana).await;
    let other = bia.api.post(&format!("/api/sessions/{session}/messages"), json!({"text": "oi"})).await;
    assert_eq!(other.refused(409), "not_assigned");
    ana.say(&session, "Oi, sou a Ana").await;
    boss.cause(&session, "conversation_accepted", "reply").await;
    world.graph.wait_for("falando com Ana").await;
    world.graph.wait_for("Oi, sou a Ana").await;
    let detail = world.session(&session).await;
    assert_eq!(detail["status"], "active");
    assert!(detail["handoff"]["first_reply_at"].is_string());
}
