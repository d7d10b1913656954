//! Who gets a conversation, when, and what the customer hears meanwhile.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::floor::ruled_out;
use crate::support::socket::Socket;
use crate::support::world::{Customer, World};

scenarios! {
    whoever_is_full_gets_the_oldest_as_soon_as_there_is_room,
    whoever_comes_online_gets_the_oldest_they_may_serve,
    a_lost_console_is_away_after_the_grace_and_back_when_it_returns,
    round_robin_goes_around,
    the_least_loaded_is_asked_first,
    the_member_with_the_highest_priority_is_asked_first,
    skills_count_with_their_levels,
    the_same_attendant_as_last_time_is_preferred_for_some_days,
    what_is_urgent_comes_first,
    waiting_too_long_raises_alarms_and_overflows,
    a_full_queue_overflows_or_stays_with_the_bot,
    out_of_hours_the_fallback_of_the_queue_holds,
    with_nobody_online_the_fallback_of_the_queue_holds,
    a_queue_that_is_waited_for_is_not_deleted,
    who_waits_without_a_queue_goes_to_the_first_that_serves_their_channel,
    who_waits_without_a_queue_is_placed_at_start_too,
    a_place_in_line_counts_from_the_front,
    a_rush_is_served_without_overfilling_or_forgetting_anybody,
    a_restart_keeps_offers_and_places,
    take_without_a_name_serves_what_is_next,
    each_queue_has_its_own_limit_for_a_member,
    the_customer_hears_position_and_estimate,
    a_bypassed_bot_says_nothing,
    three_failed_turns_bring_a_person,
    transfer_keywords_are_whole_words,
    a_handoff_is_asked_for_by_name_priority_and_skill,
    whoever_names_a_topic_goes_to_its_queue,
}

async fn whoever_is_full_gets_the_oldest_as_soon_as_there_is_room(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (ana, _a) = world.online_in(&world.queue, "Ana", json!({"max_conversations": 1})).await;
    let first = world.asks(&Customer::new("Um"), &mut boss).await;
    boss.offered(&first, &ana).await;
    let shown = |status: &'static str| {
        let id = ana.id.clone();
        move |event: &Value| event["attendant"]["id"] == id.as_str() && event["status"] == status
    };
    boss.wait("attendant_status", shown("busy")).await;
    let second = world.asks(&Customer::new("Dois"), &mut boss).await;
    let third = world.asks(&Customer::new("Tres"), &mut boss).await;
    ana.take(&first).await.ok();
    let detail = world.session(&third).await;
    assert_eq!((&detail["status"], &detail["position"]), (&json!("waiting"), &json!(2)));
    let full = ana.take(&second).await;
    assert_eq!(full.refused(409), "at_capacity");

    ana.resolve(&first).await;
    boss.offered(&second, &ana).await;
    assert_eq!(world.session(&third).await["position"], 1);
    // Pending ones wait for their customer and leave room.
    ana.take(&second).await.ok();
    ana.api.post(&format!("/api/attendance/pending/{second}"), json!({})).await.ok();
    boss.offered(&third, &ana).await;
    ana.take(&third).await.ok();
    ana.resolve(&third).await;
    let resolved = boss.of(&third, "conversation_resolved").await["seq"].as_i64();
    // Not the moment between the pending one and the third.
    let free = shown("online");
    boss.wait("attendant_status", |event| free(event) && event["seq"].as_i64() > resolved).await;
    let list = world.admin.get("/api/attendance/attendants").await.ok();
    let listed = list["items"].as_array().unwrap().iter().find(|item| item["id"] == ana.id.as_str()).unwrap();
    assert_eq!((&listed["status"], &listed["active_conversations"]), (&json!("online"), &json!(0)));
}

async fn whoever_comes_online_gets_the_oldest_they_may_serve(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let ana = world.person("Ana", "attendant").await;
    world.join(&world.queue, &ana, json!({"max_conversations": 1})).await;
    let oldest = world.asks(&Customer::new("Um"), &mut boss).await;
    let next = world.asks(&Customer::new("Dois"), &mut boss).await;
    let _console = Socket::attendant(&ana.api).await;
    ana.set_status("busy").await;
    assert_eq!(world.session(&oldest).await["status"], "waiting");
    ana.set_status("online").await;
    boss.offered(&oldest, &ana).await;
    assert_eq!(world.session(&next).await["status"], "waiting");
    // Going away gives the offer back; coming back is a new round.
    ana.set_status("away").await;
    boss.cause(&oldest, "conversation_updated", "attendant_left").await;
    ana.set_status("online").await;
    boss.offered(&oldest, &ana).await;
    ana.set_status("offline").await;
    boss.cause(&oldest, "conversation_updated", "attendant_left").await;
    assert_eq!(world.session(&oldest).await["position"], 1);
}

async fn a_lost_console_is_away_after_the_grace_and_back_when_it_returns(backend: Backend) {
    let world = World::new(backend).await;
    world.set(json!({"attendance-presence-grace-seconds": 1})).await;
    let mut boss = world.observer().await;
    let (ana, first_tab) = world.online("Ana").await;
    let second_tab = Socket::attendant(&ana.api).await;
    let session = world.asks(&Customer::new("Marina"), &mut boss).await;
    boss.offered(&session, &ana).await;
    drop(first_tab);
    drop(second_tab);
    boss.wait("attendant_status", |e| e["attendant"]["id"] == ana.id.as_str() && e["status"] == "away").await;
    boss.cause(&session, "conversation_updated", "attendant_left").await;
    let _back = Socket::attendant(&ana.api).await;
    boss.wait("attendant_status", |e| e["attendant"]["id"] == ana.id.as_str() && e["status"] == "online").await;
    boss.offered(&session, &ana).await;
    ana.take(&session).await.ok();
    // Away by their own wish, they stay away whatever opens.
    ana.set_status("away").await;
    let _tab = Socket::attendant(&ana.api).await;
    assert_eq!(ana.types("/status").await["data"]["status"], "away");
    // What they have accepted stays theirs.
    assert_eq!(world.session(&session).await["assigned_to"], ana.id.as_str());
}

async fn round_robin_goes_around(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let queue = world.queue("Roda", json!({"strategy": "round_robin", "priority_order": -20})).await;
    let (ana, _a) = world.online_in(&queue, "Ana", json!({})).await;
    let (bia, _b) = world.online_in(&queue, "Bia", json!({})).await;
    let (caio, _c) = world.online_in(&queue, "Caio", json!({})).await;
    for (n, expected) in [&ana, &bia, &caio, &ana, &bia, &caio].into_iter().enumerate() {
        let session = world.asks(&Customer::new(&format!("Cliente {n}")), &mut boss).await;
        boss.offered(&session, expected).await;
        expected.take(&session).await.ok();
        if n == 0 {
            // Being free again is no reason to be asked again.
            expected.resolve(&session).await;
        }
    }
}

async fn the_least_loaded_is_asked_first(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let queue = world.queue("Carga", json!({"strategy": "least_loaded", "priority_order": -20})).await;
    let (ana, _a) = world.online_in(&queue, "Ana", json!({})).await;
    let one = world.asks(&Customer::new("Um"), &mut boss).await;
    let two = world.asks(&Customer::new("Dois"), &mut boss).await;
    for session in [&one, &two] {
        boss.offered(session, &ana).await;
        ana.take(session).await.ok();
    }
    let (bia, _b) = world.online_in(&queue, "Bia", json!({})).await;
    for name in ["Tres", "Quatro"] {
        let session = world.asks(&Customer::new(name), &mut boss).await;
        boss.offered(&session, &bia).await;
        bia.take(&session).await.ok();
    }
    ana.resolve(&one).await;
    let last = world.asks(&Customer::new("Cinco"), &mut boss).await;
    boss.offered(&last, &ana).await;
    let detail = world.session(&last).await;
    let explanation = &detail["routing"]["explanation"];
    assert_eq!((&explanation["strategy"], &explanation["decided_by"]), (&json!("least_loaded"), &json!("strategy")));
    assert_eq!(explanation["winner"], ana.id.as_str());
    assert_eq!(explanation["candidates"][0]["score"]["active"], 1);
    assert_eq!(explanation["candidates"][1]["score"]["active"], 2);
    for lang in ["pt", "en"] {
        assert!(detail["routing"]["summary"][lang].as_str().unwrap().contains("Ana"), "{}", detail["routing"]);
    }
}

async fn the_member_with_the_highest_priority_is_asked_first(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let queue = world.queue("Ordem", json!({"strategy": "priority", "priority_order": -20})).await;
    let (ana, _a) = world.online_in(&queue, "Ana", json!({"priority": 1})).await;
    let (bia, _b) = world.online_in(&queue, "Bia", json!({"priority": 9, "max_conversations": 2})).await;
    for (name, expected) in [("Um", &bia), ("Dois", &bia), ("Tres", &ana)] {
        let session = world.asks(&Customer::new(name), &mut boss).await;
        boss.offered(&session, expected).await;
        expected.take(&session).await.ok();
    }
}

async fn skills_count_with_their_levels(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let skilled = json!({"skills": [{"name": "Inglês", "level": 3}], "priority_order": -20});
    let queue = world.queue("Internacional", skilled).await;
    let (ana, _a) = world.online_in(&queue, "Ana", json!({})).await;
    let (bia, _b) = world.online_in(&queue, "Bia", json!({})).await;
    let teach = async |who: &str, level: u8| {
        let skills = json!({"skills": [{"name": "ingles", "level": level}]});
        world.admin.put(&format!("/api/users/{who}"), skills).await.ok();
    };
    teach(&ana.id, 2).await;
    let session = world.asks(&Customer::new("John"), &mut boss).await;
    assert_eq!(world.session(&session).await["status"], "waiting");
    // Learning it is enough: nobody needs to log in again.
    teach(&bia.id, 4).await;
    boss.offered(&session, &bia).await;
    let detail = world.session(&session).await;
    let missing = ruled_out(&detail, &ana);
    assert_eq!(
        (&missing["rule"], &missing["needed"], &missing["level"]),
        (&json!("missing_skill"), &json!(3), &json!(2))
    );
}

async fn the_same_attendant_as_last_time_is_preferred_for_some_days(backend: Backend) {
    let mut world = World::with(backend, &[], json!({"attendance-sticky-days": 2})).await;
    let mut boss = world.observer().await;
    let (mut ana, _a) = world.online("Ana").await;
    let marina = Customer::new("Marina");
    let session = world.asks(&marina, &mut boss).await;
    boss.offered(&session, &ana).await;
    ana.take(&session).await.ok();
    ana.resolve(&session).await;
    let (mut bia, _b) = world.online("Bia").await;
    assert_eq!(world.asks(&marina, &mut boss).await, session);
    let again = boss.of(&session, "conversation_assigned").await;
    assert_eq!(again["assigned_to"], ana.id.as_str());
    let detail = world.session(&session).await;
    assert_eq!(detail["routing"]["explanation"]["decided_by"], "same_as_last_time");
    ana.take(&session).await.ok();
    ana.resolve(&session).await;

    world.pass(Duration::from_secs(49 * 3600)).await;
    let (_a, _b) = (ana.back(&world).await, bia.back(&world).await);
    for attendant in [&bia, &ana] {
        attendant.set_status("online").await;
    }
    let mut boss = world.observer().await;
    world.asks(&marina, &mut boss).await;
    boss.wait("conversation_assigned", |e| e["session_id"] == session.as_str()).await;
    let decided = world.session(&session).await["routing"]["explanation"]["decided_by"].clone();
    assert_ne!(decided, "same_as_last_time");
}

async fn what_is_urgent_comes_first(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let first = world.asks(&Customer::new("Um"), &mut boss).await;
    let second = world.asks(&Customer::new("Dois"), &mut boss).await;
    let third = world.asks(&Customer::new("Tres"), &mut boss).await;
    world.admin.post(&format!("/api/sessions/{third}/priority"), json!({"priority": 3})).await.ok();
    let raised = boss.cause(&third, "conversation_updated", "priority").await;
    assert_eq!(raised["priority"], 3);
    let ana = world.person("Ana", "attendant").await;
    world.join(&world.queue, &ana, json!({"max_conversations": 1})).await;
    let _console = Socket::attendant(&ana.api).await;
    ana.set_status("online").await;
    for session in [&third, &first, &second] {
        boss.offered(session, &ana).await;
        ana.take(session).await.ok();
        ana.resolve(session).await;
    }
}

async fn waiting_too_long_raises_alarms_and_overflows(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let overflow = world.queue("Reserva", json!({"max_wait_seconds": 0, "priority_order": 9})).await;
    let queue = world
        .queue("Rápida", json!({"max_wait_seconds": 1, "overflow_queue_id": overflow, "priority_order": -20}))
        .await;
    let (ana, _a) = world.online_in(&overflow, "Ana", json!({})).await;
    let session = world.asks(&Customer::new("Marina"), &mut boss).await;
    let raised = boss.cause(&session, "conversation_updated", "max_wait").await;
    assert_eq!((&raised["priority"], &raised["queue"]["id"]), (&json!(2), &json!(overflow)));
    let alert = boss.of(&session, "system_alert").await;
    assert_eq!(alert["code"], "max_wait");
    boss.offered(&session, &ana).await;

    // Handed back to that queue, it is not forgotten there either.
    ana.take(&session).await.ok();
    ana.transfer(&session, json!({"queue_id": queue})).await.ok();
    let again = boss.cause(&session, "conversation_updated", "max_wait").await;
    assert_eq!((&again["priority"], &again["queue"]["id"]), (&json!(3), &json!(overflow)));
}

async fn a_full_queue_overflows_or_stays_with_the_bot(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let overflow = world.queue("Reserva", json!({"size_limit": 1, "priority_order": 9})).await;
    let more = json!({"size_limit": 1, "overflow_queue_id": overflow, "priority_order": -20});
    let small = world.queue("Pequena", more).await;
    let first = world.asks(&Customer::new("Um"), &mut boss).await;
    let second = world.asks(&Customer::new("Dois"), &mut boss).await;
    assert_eq!(world.session(&first).await["queue"]["id"], small.as_str());
    assert_eq!(world.session(&second).await["queue"]["id"], overflow.as_str());
    let third = Customer::new("Tres");
    world.writes(&third, "quero falar com uma pessoa").await;
    let told = world.graph.wait_for("fila está cheia").await;
    assert_eq!(told.to, format!("+{}", third.phone));
    let found = world.admin.get("/api/sessions?q=Tres").await.ok();
    assert_eq!((&found["items"][0]["needs_human"], &found["items"][0]["status"]), (&json!(false), &json!("bot")));
}

/// Open for one hour of a day that is not today, whatever today is: closed now.
fn closed_hours() -> Value {
    use chrono::Datelike;
    let now = attendance::clock::Clock::system().now().to_utc().with_timezone(&chrono_tz::America::Sao_Paulo);
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let day = days[(now.weekday().num_days_from_monday() as usize + 3) % 7];
    json!({"timezone": "America/Sao_Paulo", "week": {day: [["09:00", "10:00"]]}})
}

async fn out_of_hours_the_fallback_of_the_queue_holds(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    // Somebody is online: what matters is the hours.
    let (ana, _a) = world.online("Ana").await;
    let plantao = world.queue("Plantão", json!({"priority_order": 9})).await;
    world.join(&plantao, &ana, json!({})).await;
    let closed = async |world: &World, name: &str, fallback: Option<Value>| {
        let fallback = json!({"out_of_hours": fallback});
        let more = json!({"hours": closed_hours(), "fallback": fallback, "priority_order": 3});
        world.queue(name, more).await
    };
    let none = closed(&world, "Sem nada", None).await;
    let message = closed(&world, "Mensagem", Some(json!({"action": "message", "text": "Voltamos já."}))).await;
    let callback = closed(&world, "Retorno", Some(json!({"action": "callback"}))).await;
    let other = closed(&world, "Outra", Some(json!({"action": "queue", "queue_id": plantao}))).await;
    let bot = closed(&world, "Robô", Some(json!({"action": "bot", "text": "Fico eu com você."}))).await;
    for (n, (queue, told, lands)) in [
        (&none, "fechado agora e volta em", Some(&none)),
        (&message, "Voltamos já.", Some(&message)),
        (&callback, "nós ligamos para você", Some(&callback)),
        (&other, "chamando uma pessoa", Some(&plantao)),
        (&bot, "Fico eu com você.", None),
    ]
    .into_iter()
    .enumerate()
    {
        let customer = Customer::new(&format!("Cliente {n}"));
        world.writes(&customer, "bom dia").await;
        let first = boss
            .wait("message_created", |e| e["customer"]["name"] == customer.name.as_str() && e["message"]["seq"] == 1)
            .await;
        let session = first["session_id"].as_str().unwrap().to_owned();
        let asked = json!({"session_id": session, "queue": queue});
        let done = world.admin.post("/api/attendance/handoff", asked).await.ok();
        assert_eq!(done["needs_human"], lands.is_some());
        world.graph.wait_for(told).await;
        let detail = world.session(&session).await;
        assert_eq!(detail["queue"]["id"].as_str(), lands.map(String::as_str), "{told}");
        assert_eq!(detail["tags"].as_array().unwrap().contains(&json!("callback")), queue == &callback);
    }
}

async fn with_nobody_online_the_fallback_of_the_queue_holds(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    // A queue without a fallback says so, and keeps them.
    let waiting = world.asks(&Customer::new("Outra"), &mut boss).await;
    world.graph.wait_for("não há ninguém disponível").await;
    assert_eq!(world.session(&waiting).await["status"], "waiting");

    let fallback = json!({"nobody_online": {"action": "bot", "text": "Ninguém agora; sigo eu."}});
    let away = world.queue("Ausente", json!({"fallback": fallback, "priority_order": -20})).await;
    let customer = Customer::new("Marina");
    world.writes(&customer, "quero falar com uma pessoa").await;
    world.graph.wait_for("Ninguém agora; sigo eu.").await;
    let (_ana, _a) = world.online_in(&away, "Ana", json!({})).await;
    let session = world.asks(&customer, &mut boss).await;
    world.graph.wait_for("chamando uma pessoa").await;
    assert_eq!(world.session(&session).await["queue"]["id"], away.as_str());
}

async fn the_customer_hears_position_and_estimate(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (mut ana, _a) = world.online_in(&world.queue, "Ana", json!({"max_conversations": 1})).await;
    for name in ["Um", "Dois", "Tres"] {
        let session = world.asks(&Customer::new(name), &mut boss).await;
        ana.take(&session).await.ok();
        ana.resolve(&session).await;
    }
    let held = world.asks(&Customer::new("Quatro"), &mut boss).await;
    ana.take(&held).await.ok();
    let fifth = world.asks(&Customer::new("Cinco"), &mut boss).await;
    world.graph.wait_for("1º da fila").await;
    world.asks(&Customer::new("Seis"), &mut boss).await;
    world.graph.wait_for("2º da fila").await;

    // Counted anew when the server starts: four in half an hour.
    world.pass(Duration::ZERO).await;
    let _console = ana.back(&world).await;
    ana.set_status("online").await;
    let mut boss = world.observer().await;
    world.asks(&Customer::new("Sete"), &mut boss).await;
    let told = world.graph.wait_for("3º da fila").await;
    assert!(told.text.contains("23 minutos"), "{}", told.text);
    let detail = world.session(&fifth).await;
    assert_eq!((&detail["position"], &detail["estimated_wait_seconds"]), (&json!(1), &json!(450)));
}

async fn a_bypassed_bot_says_nothing(backend: Backend) {
    let mut world = World::with(backend, &[], json!({"attendance-bypass-mode": true})).await;
    let mut boss = world.observer().await;
    let (_ana, _a) = world.online("Ana").await;
    world.writes(&Customer::new("Marina"), "bom dia").await;
    let new = boss.wait("new_conversation", |_| true).await;
    assert_eq!(new["message"], "bom dia");
    assert!(world.graph.next().await.text.contains("chamando uma pessoa"));
    let detail = world.session(new["session_id"].as_str().unwrap()).await;
    assert_eq!(detail["handoff"]["cause"], "bypass");
}

async fn three_failed_turns_bring_a_person(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (_ana, _a) = world.online("Ana").await;
    let marina = Customer::new("Marina");
    for text in ["xyzzy", "plugh"] {
        world.writes(&marina, text).await;
        world.graph.wait_for("não entendi").await;
    }
    world.writes(&marina, "foo").await;
    let new = boss.wait("new_conversation", |_| true).await;
    assert!(new["transfer_reason"].as_str().unwrap().contains("3 vezes"), "{new}");
    assert!(world.graph.next().await.text.contains("chamando uma pessoa"));
    assert_eq!(world.session(new["session_id"].as_str().unwrap()).await["handoff"]["cause"], "bot_gave_up");
}

async fn transfer_keywords_are_whole_words(backend: Backend) {
    let settings = json!({"attendance-transfer-keywords": "pessoa, falar com alguém"});
    let mut world = World::with(backend, &[], settings).await;
    let mut boss = world.observer().await;
    let (_ana, _a) = world.online("Ana").await;
    let marina = Customer::new("Marina");
    world.writes(&marina, "que texto impessoal").await;
    world.graph.wait_for("não entendi").await;
    world.writes(&marina, "queria FALAR, com alguem").await;
    let new = boss.wait("new_conversation", |_| true).await;
    assert_eq!(new["message"], "queria FALAR, com alguem");
    let detail = world.session(new["session_id"].as_str().unwrap()).await;
    assert_eq!(detail["handoff"]["cause"], "keyword");
    let other = Customer::new("Outra");
    world.writes(&other, "Quero falar com uma PESSOA!").await;
    boss.wait("new_conversation", |e| e["customer"]["name"] == "Outra").await;
}

async fn a_handoff_is_asked_for_by_name_priority_and_skill(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let sales = world.queue("Vendas Atacado", json!({"priority_order": 5})).await;
    let (ana, _a) = world.online_in(&sales, "Ana Souza", json!({})).await;
    let (bia, _b) = world.online_in(&sales, "Bia", json!({})).await;
    let marina = Customer::new("Marina");
    world.writes(&marina, "bom dia").await;
    let session = boss.wait("message_created", |_| true).await["session_id"].as_str().unwrap().to_owned();
    let ask = async |more: Value| {
        let mut body = json!({"session_id": session});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.admin.post("/api/attendance/handoff", body).await
    };
    assert_eq!(ask(json!({"queue": "nenhuma"})).await.refused(422), "validation");
    assert_eq!(ask(json!({"priority": 4})).await.refused(422), "validation");
    let asked = json!({"destination": "vendas atacado", "priority": 3, "reason": "proposta"});
    let done = ask(asked).await.ok();
    assert_eq!((&done["queue_id"], &done["priority"]), (&json!(sales), &json!(3)));
    assert_eq!(ask(json!({})).await.refused(409), "invalid_transition");
    boss.offered(&session, &ana).await;
    ana.take(&session).await.ok();
    assert_eq!(world.session(&session).await["transfer_reason"], "proposta");
    ana.resolve(&session).await;
    // By the name of a person: to a queue of theirs, and to them if they are free.
    ask(json!({"destination": "bia"})).await.ok();
    boss.offered(&session, &bia).await;
    bia.take(&session).await.ok();
    bia.resolve(&session).await;
    let demanding = json!({"queue": sales, "skills": [{"name": "libras", "level": 1}]});
    assert_eq!(ask(demanding).await.ok()["status"], "waiting");
    world.admin.put(&format!("/api/users/{}", ana.id), json!({"skills": [{"name": "Libras", "level": 5}]})).await.ok();
    boss.offered(&session, &ana).await;
}

async fn a_queue_that_is_waited_for_is_not_deleted(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let queue = world.queue("Vendas", json!({"priority_order": -20})).await;
    let path = format!("/api/attendance/queues/{queue}");
    let (ana, _a) = world.online_in(&queue, "Ana", json!({})).await;
    let session = world.asks(&Customer::new("Marina"), &mut boss).await;
    boss.offered(&session, &ana).await;
    // Refused, the offer would come back to it.
    assert_eq!(world.admin.delete(&path).await.refused(409), "in_use");
    ana.take(&session).await.ok();
    ana.resolve(&session).await;
    assert_eq!(world.admin.delete(&path).await.status, 204);
}

/// Every queue there is serves nobody now.
async fn close_all_queues(world: &World) {
    for queue in world.admin.get("/api/attendance/queues").await.ok()["items"].as_array().unwrap() {
        let path = format!("/api/attendance/queues/{}", queue["id"].as_str().unwrap());
        let body = json!({"name": queue["name"], "channels": queue["channels"], "is_active": false});
        world.admin.put(&path, body).await.ok();
    }
}

async fn who_waits_without_a_queue_goes_to_the_first_that_serves_their_channel(backend: Backend) {
    let world = World::new(backend).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    close_all_queues(&world).await;
    let mut boss = world.observer().await;
    let marina = Customer::new("Marina Prado");
    let session = world.asks(&marina, &mut boss).await;
    let alert = boss.wait("system_alert", |event| event["code"] == "no_queue").await;
    assert_eq!((&alert["session_id"], &alert["queue_id"]), (&json!(session), &Value::Null));
    // One for another channel changes nothing.
    world.queue("Telegram", json!({"channels": ["telegram"]})).await;
    assert_eq!(world.session(&session).await["queue"], Value::Null);

    let queue = world.queue("WhatsApp", json!({"channels": ["whatsapp"], "user_ids": [ana.id]})).await;
    let found = boss.wait("system_alert", |event| event["code"] == "queue_found").await;
    assert_eq!((&found["session_id"], &found["queue_id"]), (&json!(session), &json!(queue)));
    console.offered(&session, &ana).await;
    ana.take(&session).await.ok();
    assert_eq!(world.causes(&session).await, ["handoff", "transfer", "offer", "take"]);
}

async fn who_waits_without_a_queue_is_placed_at_start_too(backend: Backend) {
    let mut world = World::new(backend).await;
    close_all_queues(&world).await;
    let mut boss = world.observer().await;
    let session = world.asks(&Customer::new("Marina Prado"), &mut boss).await;
    boss.wait("system_alert", |event| event["code"] == "no_queue").await;
    let last = *boss.seqs().last().unwrap();
    world.changed_while_away("UPDATE queues SET is_active = true WHERE name = 'Suporte'").await;
    let mut boss = world.observer().await;
    boss.send(json!({"type": "resume", "last_seq": last})).await;
    let found = boss.wait("system_alert", |event| event["code"] == "queue_found").await;
    assert_eq!((&found["session_id"], &found["queue_id"]), (&json!(session), &json!(world.queue)));
}

async fn a_place_in_line_counts_from_the_front(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    for n in 1..=3 {
        world.asks(&Customer::new(&format!("Cliente {n}")), &mut boss).await;
    }
    let marina = Customer::new("Marina Prado");
    world.writes(&marina, "oi").await;
    world.settled().await;
    world.graph.forget();
    let body = json!({"session_id": world.session_of(&marina).await, "queue": world.queue, "priority": 3});
    let waiting = world.admin.post("/api/attendance/handoff", body).await.ok();
    assert_eq!(waiting["position"], 1, "the most urgent is served first");
    let new = boss.wait("new_conversation", |event| event["session_id"] == waiting["session_id"]).await;
    assert_eq!(new["position"], 1);
}

async fn a_rush_is_served_without_overfilling_or_forgetting_anybody(backend: Backend) {
    const CUSTOMERS: usize = 30;
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let mut attendants = Vec::new();
    for name in ["Ana", "Bia", "Caio"] {
        attendants.push(world.online_in(&world.queue, name, json!({"max_conversations": 2})).await);
    }
    let customers: Vec<Customer> = (0..CUSTOMERS).map(|n| Customer::new(&format!("Cliente {n}"))).collect();
    let arrive = customers.iter().map(|customer| world.writes(customer, "quero falar com uma pessoa"));
    futures_util::future::join_all(arrive).await;
    // Every second offer is declined, everything accepted is resolved at once.
    let mut served = std::collections::HashSet::new();
    for n in 0.. {
        let offer = boss.wait("conversation_assigned", |_| true).await;
        let session = offer["session_id"].as_str().unwrap();
        let (attendant, _) = attendants.iter().find(|(a, _)| offer["assigned_to"] == a.id.as_str()).unwrap();
        let others_left = offer["cause"] == "offer" && !served.contains(session) && n % 2 == 0;
        let detail = world.session(session).await;
        let declined = detail["history"].as_array().unwrap().iter().filter(|l| l["cause"] == "decline").count();
        if others_left && declined < 2 {
            attendant.api.post("/api/attendance/decline", json!({"session_id": session})).await.ok();
            continue;
        }
        attendant.take(session).await.ok();
        attendant.resolve(session).await;
        served.insert(session.to_owned());
        if served.len() == CUSTOMERS {
            break;
        }
    }
    let told = boss.seen.iter().filter(|event| event["type"] == "attendant_status");
    for event in told {
        assert!(event["active_conversations"].as_u64().unwrap() <= 2, "{event}");
    }
    let board = world.admin.get("/api/attendance/kanban").await.ok();
    assert_eq!((&board["counts"]["new"], &board["counts"]["resolved"]), (&json!(0), &json!(CUSTOMERS)));
}

async fn a_restart_keeps_offers_and_places(backend: Backend) {
    let mut world = World::with(backend, &[], json!({"attendance-offer-seconds": 3600})).await;
    let mut boss = world.observer().await;
    let (mut ana, _a) = world.online_in(&world.queue, "Ana", json!({"max_conversations": 1})).await;
    let offered = world.asks(&Customer::new("Um"), &mut boss).await;
    boss.offered(&offered, &ana).await;
    let second = world.asks(&Customer::new("Dois"), &mut boss).await;
    let third = world.asks(&Customer::new("Tres"), &mut boss).await;
    world.admin.post(&format!("/api/sessions/{third}/priority"), json!({"priority": 3})).await.ok();

    world.server.kill();
    world.server.launch();
    world.admin = world.admin.at(&world.server);
    let mut boss = world.observer().await;
    let _a = ana.back(&world).await;
    assert_eq!(world.session(&offered).await["assigned_to"], ana.id.as_str());
    assert_eq!(world.session(&second).await["position"], 2);
    ana.take(&offered).await.ok();
    ana.resolve(&offered).await;
    boss.offered(&third, &ana).await;

    // An offer that lapsed while nobody was there returns at the start.
    world.pass(Duration::from_secs(3601)).await;
    let mut boss = world.observer().await;
    if world.session(&third).await["status"] == "assigned" {
        boss.cause(&third, "conversation_updated", "offer_timeout").await;
    }
    assert!(world.causes(&third).await.contains(&"offer_timeout".to_owned()));
}

async fn take_without_a_name_serves_what_is_next(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let manual = json!({"auto_assign": false, "priority_order": -20});
    let queue = world.queue("Manual", manual).await;
    let (ana, _a) = world.online_in(&queue, "Ana", json!({"max_conversations": 2})).await;
    let first = world.asks(&Customer::new("Um"), &mut boss).await;
    let second = world.asks(&Customer::new("Dois"), &mut boss).await;
    let third = world.asks(&Customer::new("Tres"), &mut boss).await;
    boss.wait("queue_updated", |event| event["length"] == 3).await;
    world.admin.post(&format!("/api/sessions/{second}/priority"), json!({"priority": 2})).await.ok();
    boss.cause(&second, "conversation_updated", "priority").await;
    let next = async || ana.api.post("/api/attendance/take", json!({})).await;
    assert_eq!(next().await.ok()["session_id"], second.as_str());
    assert_eq!(next().await.ok()["session_id"], first.as_str());
    assert_eq!(next().await.refused(409), "at_capacity");
    ana.resolve(&first).await;
    assert_eq!(next().await.ok()["session_id"], third.as_str());
    ana.resolve(&second).await;
    assert_eq!(next().await.refused(409), "nothing_waiting");
    // Those of a queue that is not theirs do not exist for them.
    let (bia, _b) = world.online("Bia").await;
    assert_eq!(bia.take(&third).await.refused(404), "not_found");
    assert_eq!(bia.api.get(&format!("/api/session/{third}")).await.refused(404), "not_found");
    // A supervisor gives it to somebody; that somebody may be full.
    let given = json!({"session_id": third, "attendant_id": bia.id});
    assert_eq!(ana.api.post("/api/attendance/assign", given.clone()).await.status, 403);
    assert_eq!(world.admin.post("/api/attendance/assign", given).await.ok()["assigned_to"], bia.id.as_str());
    bia.take(&third).await.ok();
}

async fn each_queue_has_its_own_limit_for_a_member(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let narrow = world.queue("Estreita", json!({"priority_order": -20, "topics": ["x"]})).await;
    let (ana, _a) = world.online_in(&narrow, "Ana", json!({"max_conversations": 1})).await;
    world.join(&world.queue, &ana, json!({"max_conversations": 2})).await;
    let first = world.asks(&Customer::new("Um"), &mut boss).await;
    boss.offered(&first, &ana).await;
    let second = world.asks(&Customer::new("Dois"), &mut boss).await;
    ana.take(&first).await.ok();
    assert_eq!(world.session(&second).await["status"], "waiting");
    // The wider queue still finds room.
    let wide = json!({"session_id": second, "queue_id": world.queue});
    world.admin.post("/api/attendance/transfer", wide).await.ok();
    boss.offered(&second, &ana).await;
    // More room in the narrow one is used at once.
    let third = world.asks(&Customer::new("Tres"), &mut boss).await;
    let member = json!({"max_conversations": 3});
    world.admin.put(&format!("/api/attendance/queues/{narrow}/members/{}", ana.id), member).await.ok();
    boss.offered(&third, &ana).await;
}

async fn whoever_names_a_topic_goes_to_its_queue(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    world.queue("Financeiro", json!({"priority_order": 20, "topics": ["boleto"]})).await;
    for (name, text, queue) in [
        ("Um", "quero falar com uma pessoa sobre o BOLETO", "Financeiro"),
        ("Dois", "quero falar com uma pessoa sobre a entrega", "Suporte"),
    ] {
        world.writes(&Customer::new(name), text).await;
        let new = boss.wait("new_conversation", |event| event["customer"]["name"] == name).await;
        assert_eq!(new["queue"]["name"], queue);
    }
}
