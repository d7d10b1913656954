//! What attendants' screens are told: everything they may see, once and in order, whatever happens to their connection.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::Backend;
use crate::support::socket::Socket;
use crate::support::world::{Customer, World, text_webhook};

scenarios! {
    a_returning_screen_gets_exactly_what_it_missed,
    no_event_is_lost_or_doubled_while_screens_come_and_go,
    a_screen_that_was_away_too_long_is_told_to_load_again,
    attendants_see_only_their_own_queues,
    a_slow_screen_is_told_to_load_again_and_costs_little_memory,
    a_wrong_credential_opens_no_socket,
    a_logout_closes_its_sockets_and_no_others,
    a_deactivated_person_is_put_out,
    a_clean_stop_says_goodbye_and_ends_well,
    what_was_acknowledged_before_a_clean_stop_is_there_after,
}

/// The `seq` of events in the order of arrival, those of `typing` and the like left out.
fn stream(socket: &Socket) -> Vec<i64> {
    socket.seqs().into_iter().filter(|seq| *seq > 0).collect()
}

fn assert_contiguous(seqs: &[i64], what: &str) {
    for pair in seqs.windows(2) {
        assert_eq!(pair[1], pair[0] + 1, "{what}: {seqs:?}");
    }
}

async fn a_returning_screen_gets_exactly_what_it_missed(backend: Backend) {
    let mut world = World::new(backend).await;
    let marina = Customer::new("Marina Prado");
    let mut first = Socket::attendant(&world.admin).await;
    let heard = |text: &'static str| move |event: &Value| event["message"]["text"] == text;
    world.writes(&marina, "um").await;
    first.wait("message_created", heard("um")).await;
    world.settled().await;
    first.ask(json!({"type": "resume", "last_seq": first.seqs().last()})).await;
    let last = *stream(&first).last().unwrap();
    drop(first);

    for text in ["dois", "três", "quatro"] {
        world.writes(&marina, text).await;
    }
    world.settled().await;
    let mut second = Socket::attendant(&world.admin).await;
    let now = second.seen[0]["seq"].as_i64().unwrap();
    assert!(now > last);
    second.send(json!({"type": "resume", "last_seq": last})).await;
    second.wait("message_created", heard("quatro")).await;
    world.writes(&marina, "cinco").await;
    second.wait("message_created", heard("cinco")).await;
    let seqs = stream(&second);
    assert_eq!(seqs[0], last + 1);
    assert_contiguous(&seqs, "the second screen");
    // Nothing is missing: nothing comes again.
    let before = stream(&second).len();
    world.settled().await;
    let acked = second.ask(json!({"type": "resume", "last_seq": stream(&second).last()})).await;
    assert_eq!(acked["type"], "ack");
    assert_contiguous(&stream(&second), "after a needless resume");
    assert!(stream(&second).len() >= before);

    // The same after a restart: the stream goes on.
    let last = *stream(&second).last().unwrap();
    world.server.kill();
    world.restart();
    world.writes(&marina, "seis").await;
    let mut third = Socket::attendant(&world.admin).await;
    third.send(json!({"type": "resume", "last_seq": last})).await;
    third.wait("message_created", heard("seis")).await;
    assert_eq!(stream(&third)[0], last + 1);
    assert_contiguous(&stream(&third), "after the restart");
}

async fn no_event_is_lost_or_doubled_while_screens_come_and_go(backend: Backend) {
    let world = World::new(backend).await;
    let customers: Vec<Customer> = (0..6).map(|n| Customer::new(&format!("Cliente {n}"))).collect();
    let mut steady = Socket::attendant(&world.admin).await;
    let writing = join_all(customers.iter().map(async |customer| {
        for n in 0..25 {
            world.writes(customer, &format!("mensagem {n}")).await;
        }
    }));
    let watching = async {
        let mut restless: Vec<i64> = Vec::new();
        for round in 0..12 {
            let mut socket = Socket::attendant(&world.admin).await;
            let from = match restless.last() {
                Some(last) => *last,
                None => socket.seen[0]["seq"].as_i64().unwrap(),
            };
            socket.send(json!({"type": "resume", "last_seq": from})).await;
            // A few events, a different number each time, then the connection is gone.
            for _ in 0..=round * 3 {
                if socket.any_within(Duration::from_millis(300)).await.is_none() {
                    break;
                }
            }
            let got = stream(&socket);
            if let (Some(last), Some(first)) = (restless.last(), got.first()) {
                assert_eq!(*first, last + 1, "round {round}");
            }
            restless.extend(got);
        }
        restless
    };
    let (_, restless) = tokio::join!(writing, watching);
    assert_contiguous(&restless, "the restless screen");
    let unique: BTreeSet<i64> = restless.iter().copied().collect();
    assert_eq!(unique.len(), restless.len());
    for customer in &customers {
        let phone = format!("+{}", customer.phone);
        let last = |event: &Value| event["message"]["text"] == "mensagem 24" && event["customer"]["phone"] == phone;
        steady.wait("message_created", last).await;
    }
    assert_contiguous(&stream(&steady), "the steady screen");
    let created: Vec<&Value> = steady.seen.iter().filter(|event| event["type"] == "message_created").collect();
    let incoming = created.iter().filter(|event| event["message"]["direction"] == "in").count();
    assert_eq!(incoming, 150);
}

async fn a_screen_that_was_away_too_long_is_told_to_load_again(backend: Backend) {
    let world = World::with(backend, &[("ATTENDANCE__EVENTS__REPLAY_LIMIT", "100")], json!({})).await;
    let marina = Customer::new("Marina Prado");
    let mut socket = Socket::attendant(&world.admin).await;
    let start = socket.seen[0]["seq"].as_i64().unwrap();
    for n in 0..110 {
        world.writes(&marina, &format!("mensagem {n}")).await;
    }
    socket.wait("message_created", |event| event["message"]["text"] == "mensagem 109").await;
    world.settled().await;
    for last_seq in [start, -1, 1_000_000] {
        let mut returning = Socket::attendant(&world.admin).await;
        let hello = returning.seen[0]["seq"].as_i64().unwrap();
        returning.send(json!({"type": "resume", "last_seq": last_seq})).await;
        let resync = returning.wait("resync", |_| true).await;
        assert!(resync["seq"].as_i64().unwrap() >= hello, "{last_seq}: {resync}");
        assert_eq!(stream(&returning).len(), 1, "only the resync itself: {:?}", returning.seen);
        world.writes(&marina, &format!("depois de {last_seq}")).await;
        let text = format!("depois de {last_seq}");
        let next = returning.wait("message_created", |event| event["message"]["text"] == text.as_str()).await;
        assert!(next["seq"].as_i64() > resync["seq"].as_i64());
        world.settled().await;
    }
}

async fn attendants_see_only_their_own_queues(backend: Backend) {
    let mut world = World::new(backend).await;
    let other_queue = world.queue("Vendas", json!({"priority_order": 50})).await;
    let carla = world.person("Carla Dias", "attendant").await;
    world.join(&other_queue, &carla, json!({})).await;
    let mut hers = Socket::attendant(&carla.api).await;
    let mut supervisor = Socket::attendant(&world.person("Sofia Reis", "supervisor").await.api).await;
    let mut talk = world.talking("Ana Souza").await;
    let session = talk.session.clone();
    talk.attendant.say(&session, "um segredo").await;
    supervisor.wait("message_created", |event| event["message"]["text"] == "um segredo").await;
    talk.console.wait("message_created", |event| event["message"]["text"] == "um segredo").await;

    assert_eq!(carla.api.get(&format!("/api/session/{session}")).await.status, 404);
    assert_eq!(carla.api.get(&format!("/api/sessions/{session}/messages")).await.status, 404);
    let refused = hers.ask(json!({"type": "send", "session_id": session, "text": "oi"})).await;
    assert_eq!((&refused["type"], &refused["problem"]["status"]), (&json!("error"), &json!(404)));
    // From the beginning of the stream, too.
    hers.ask(json!({"type": "resume", "last_seq": 0})).await;
    talk.attendant
        .api
        .post("/api/attendance/transfer", json!({"session_id": session, "queue_id": other_queue}))
        .await
        .ok();
    hers.wait("conversation_transferred", |event| event["session_id"] == session.as_str()).await;
    let about = |event: &&Value| event["session_id"] == session.as_str();
    let first = hers.seen.iter().find(about).unwrap();
    assert_eq!(first["type"], "conversation_transferred", "{first}");
    assert!(
        !hers.seen.iter().any(|event| event["type"] == "message_created"),
        "what was said before is not told again"
    );
    assert_eq!(carla.api.get(&format!("/api/session/{session}")).await.status, 200);
}

async fn a_slow_screen_is_told_to_load_again_and_costs_little_memory(backend: Backend) {
    // One that does not read answers no ping either: it must not be taken for dead before the end.
    let environment =
        [("ATTENDANCE__EVENTS__SOCKET_BUFFER", "64"), ("ATTENDANCE__PRESENCE__DEAD_AFTER_SECONDS", "600")];
    let world = World::with(backend, &environment, json!({})).await;
    let mut slow = Socket::narrow(&world.admin).await;
    let mut quick = Socket::attendant(&world.admin).await;
    let customers: Vec<Customer> = (0..4).map(|n| Customer::new(&format!("Cliente {n}"))).collect();
    let long = "palavras ".repeat(50_000);
    let mut before = 0;
    // Far more than the system keeps between two ends of a connection: 45 MB.
    for n in 0..25 {
        join_all(customers.iter().enumerate().map(async |(who, customer)| {
            let body = text_webhook(customer, &format!("wamid.L{who}-{n}"), &format!("{n} {long}"));
            assert_eq!(world.webhook(&body).await, 200);
        }))
        .await;
        for customer in &customers {
            let phone = format!("+{}", customer.phone);
            let told = |event: &Value| event["customer"]["phone"] == phone.as_str();
            quick.wait("message_created", told).await;
        }
        quick.forget();
        if n == 5 {
            before = world.server.resident_kib();
        }
    }
    let grown = world.server.resident_kib().saturating_sub(before);
    assert!(grown < 40_000, "grew by {grown} KiB while a screen did not read");
    assert!(world.metric("attendance_socket_lagging_total", "").await >= 1.0);
    let resync = slow.wait("resync", |_| true).await;
    assert!(resync["seq"].as_i64().unwrap() > 0);
    world.writes(&customers[0], "e agora?").await;
    slow.wait("message_created", |event| event["message"]["text"] == "e agora?").await;
    // What it got before and after is without repetition, and what it missed is exactly what it was told to load.
    let seqs = stream(&slow);
    assert!(seqs.windows(2).all(|pair| pair[0] <= pair[1]), "{seqs:?}");
}

async fn a_wrong_credential_opens_no_socket(backend: Backend) {
    let world = World::new(backend).await;
    let base = &world.server.base;
    let open = async |protocols: &[&str]| Socket::open(base, "/ws/attendant", protocols).await.err();
    assert_eq!(open(&["attendance.v1"]).await, Some(401));
    assert_eq!(open(&["attendance.v1", "bearer.nonsense"]).await, Some(401));
    let forged = format!("bearer.{}x", world.admin.token);
    assert_eq!(open(&["attendance.v1", &forged]).await, Some(401));
    let ana = world.attendant("Ana Souza").await;
    ana.api.post("/api/auth/logout", json!({})).await.ok();
    assert_eq!(open(&["attendance.v1", &format!("bearer.{}", ana.api.token)]).await, Some(401));
    assert_eq!(open(&["attendance.v1", &format!("bearer.{}", world.admin.token)]).await, None);
}

async fn a_logout_closes_its_sockets_and_no_others(backend: Backend) {
    let world = World::new(backend).await;
    let (ana, mut one) = world.online("Ana Souza").await;
    let mut two = Socket::attendant(&ana.api).await;
    let (_, mut other) = world.online("Bia Reis").await;
    ana.api.post("/api/auth/logout", json!({})).await.ok();
    assert_eq!(one.closed().await, Some(4403));
    assert_eq!(two.closed().await, Some(4403));
    assert_eq!(other.ask(json!({"type": "command", "text": "/queue"})).await["type"], "ack");
}

async fn a_deactivated_person_is_put_out(backend: Backend) {
    let world = World::new(backend).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    world.admin.put(&format!("/api/users/{}", ana.id), json!({"is_active": false})).await.ok();
    assert_eq!(console.closed().await, Some(4403));
    assert_eq!(ana.api.get("/api/auth/me").await.status, 401);
}

async fn a_clean_stop_says_goodbye_and_ends_well(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut talk = world.talking("Ana Souza").await;
    let started = Instant::now();
    let mut server = world.server;
    let stopping = tokio::task::spawn_blocking(move || (server.terminate(), server));
    assert_eq!(talk.console.closed().await, Some(1001));
    let (status, server) = stopping.await.unwrap();
    assert!(status.success(), "{status} {}", server.log());
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

async fn what_was_acknowledged_before_a_clean_stop_is_there_after(backend: Backend) {
    let mut world = World::new(backend).await;
    let customers: Vec<Customer> = (0..10).map(|n| Customer::new(&format!("Cliente {n}"))).collect();
    let url = world.webhook_url();
    let accepted = watch::Sender::new(Vec::new());
    let writing = join_all(customers.iter().enumerate().map(async |(who, customer)| {
        for n in 0..200 {
            let body = text_webhook(customer, &format!("wamid.T{who}-{n}"), &format!("mensagem {n}"));
            match crate::support::world::try_post_signed(&url, &body).await {
                Some(200) => accepted.send_modify(|all| all.push((who, format!("mensagem {n}")))),
                _ => return,
            }
        }
    }));
    let server = world.server;
    let stopping = async {
        accepted.subscribe().wait_for(|accepted| accepted.len() > 60).await.unwrap();
        let mut server = server;
        tokio::task::spawn_blocking(move || (server.terminate(), server)).await.unwrap()
    };
    let (_, (status, server)) = tokio::join!(writing, stopping);
    assert!(status.success(), "{status}");
    world.server = server;
    world.restart();
    world.settled().await;
    for (who, customer) in customers.iter().enumerate() {
        let heard = world.heard(customer).await;
        let unique: BTreeSet<&String> = heard.iter().collect();
        assert_eq!(unique.len(), heard.len());
        let told: Vec<String> =
            accepted.borrow().iter().filter(|(of, _)| *of == who).map(|(_, text)| text.clone()).collect();
        assert_eq!(heard[..told.len()], told);
    }
}
