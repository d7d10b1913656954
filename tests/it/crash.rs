//! Killed at any moment, under load: what was acknowledged is there, once; what was to be sent is sent; what waited goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::socket::Socket;
use crate::support::world::{Customer, Talk, World, text_webhook, try_post_signed};
use crate::support::{Backend, seed};

scenarios! {
    nothing_acknowledged_is_lost_or_doubled_by_kills_under_load,
    what_waits_to_be_sent_is_sent_after_a_kill,
    offers_and_their_timers_survive_a_kill,
    the_bot_remembers_where_it_was,
    a_queue_keeps_its_order_through_a_kill,
}

/// Customers write and an attendant answers until the server dies; each thing is done again until it was acknowledged, as
/// providers and consoles do.
struct Load {
    customers: Vec<Customer>,
    /// How many messages of each customer were acknowledged.
    written: Vec<usize>,
    /// The `client_id` and text of each acknowledged reply, by place.
    replied: BTreeMap<String, String>,
}

impl Load {
    async fn run_until_killed(&mut self, world: &mut World, talk: &Talk, after: usize) {
        let url = world.webhook_url();
        let path = format!("{}/api/sessions/{}/messages", world.server.base, talk.session);
        let done = watch::Sender::new(0usize);
        let writing =
            join_all(self.customers.iter().zip(&mut self.written).enumerate().map(async |(who, (customer, n))| {
                loop {
                    let body = text_webhook(customer, &format!("wamid.K{who}-{n}"), &format!("mensagem {n}"));
                    match try_post_signed(&url, &body).await {
                        Some(200) => *n += 1,
                        Some(503) => {}
                        Some(status) => panic!("{status}"),
                        None => return,
                    }
                    done.send_modify(|done| *done += 1);
                }
            }));
        let replied = &mut self.replied;
        let replying = async {
            loop {
                let n = replied.len();
                let body = json!({"client_id": format!("r-{n}"), "text": format!("resposta {n}")});
                let request =
                    crate::support::api::client().post(&path).bearer_auth(&talk.attendant.api.token).json(&body);
                match request.send().await {
                    Ok(response) if response.status().is_success() => {
                        replied.insert(format!("r-{n}"), format!("resposta {n}"));
                    }
                    Ok(response) => panic!("{}", response.status()),
                    Err(_) => return,
                }
            }
        };
        let server = &mut world.server;
        let killing = async {
            done.subscribe().wait_for(|done| *done >= after).await.unwrap();
            server.kill();
        };
        tokio::join!(writing, replying, killing);
    }
}

async fn nothing_acknowledged_is_lost_or_doubled_by_kills_under_load(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut talk = world.talking("Ana Souza").await;
    let customers: Vec<Customer> = (0..12).map(|n| Customer::new(&format!("Cliente {n}"))).collect();
    let mut load = Load { written: vec![0; customers.len()], customers, replied: BTreeMap::new() };
    let mut random = StdRng::seed_from_u64(seed());
    for _ in 0..5 {
        let after = random.random_range(1..300);
        println!("killed after {after}");
        load.run_until_killed(&mut world, &talk, after).await;
        world.restart();
        talk.attendant.api = talk.attendant.api.at(&world.server);
    }
    world.settled().await;
    for (customer, written) in load.customers.iter().zip(&load.written) {
        let heard = world.heard(customer).await;
        let expected: Vec<String> = (0..heard.len()).map(|n| format!("mensagem {n}")).collect();
        assert_eq!(heard, expected, "each once and in order");
        // The last one may have been stored although its acknowledgement was lost.
        assert!((*written..=written + 1).contains(&heard.len()), "{written} acknowledged, {} stored", heard.len());
    }
    let messages = world.messages(&talk.session).await;
    let replies: Vec<&Value> = messages.iter().filter(|message| message["client_id"].is_string()).collect();
    let ids: BTreeSet<&str> = replies.iter().map(|message| message["client_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), replies.len(), "each client_id once");
    let sent = world.graph.texts();
    for (id, text) in &load.replied {
        let reply = replies.iter().find(|message| message["client_id"] == id.as_str()).expect("acknowledged and lost");
        assert_eq!(reply["status"], "sent");
        assert!(sent.contains(text), "{text} was never sent");
    }
    // At least once, in order: what was on its way at a kill may go twice, next to itself.
    let mut last = 0;
    for text in sent.iter().filter_map(|text| text.strip_prefix("resposta ")) {
        let n: usize = text.parse().unwrap();
        assert!(n == last || n == last + 1 || (n == 0 && last == 0), "{n} after {last}");
        last = n;
    }
    // The stream of events has no gap from its first to its last.
    let mut screen = Socket::attendant(&world.admin).await;
    let newest = screen.seen[0]["seq"].as_i64().unwrap();
    screen.send(json!({"type": "resume", "last_seq": newest.saturating_sub(4_000).max(0)})).await;
    eventually_read(&mut screen, newest).await;
    let seqs: Vec<i64> = screen.seqs();
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "gaps in the stream");
    assert!(!messages.is_empty());
}

/// Reads until this `seq` was seen.
async fn eventually_read(screen: &mut Socket, seq: i64) {
    while screen.seqs().last().is_none_or(|last| *last < seq) {
        assert!(screen.any_within(crate::support::PATIENCE).await.is_some(), "the stream ends before {seq}");
    }
}

async fn what_waits_to_be_sent_is_sent_after_a_kill(backend: Backend) {
    let mut world = World::new(backend).await;
    let talk = world.talking("Ana Souza").await;
    let texts: Vec<String> = (0..8).map(|n| format!("resposta {n}")).collect();
    world.graph.fail(&vec![(500, crate::support::graph::error(131016, "Service unavailable")); 2]);
    for text in &texts {
        talk.attendant.say(&talk.session, text).await;
    }
    world.server.kill();
    world.restart();
    world.settled().await;
    let mut sent = world.graph.texts();
    sent.dedup();
    assert_eq!(sent, texts);
}

async fn offers_and_their_timers_survive_a_kill(backend: Backend) {
    let settings = json!({"attendance-offer-seconds": "2"});
    let mut world = World::with(backend, &[], settings).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let marina = Customer::new("Marina Prado");
    world.writes(&marina, "quero falar com uma pessoa").await;
    world.settled().await;
    let session = world.session_of(&marina).await;
    world.admin.post("/api/attendance/handoff", json!({"session_id": session, "queue": world.queue})).await;
    console.wait("conversation_assigned", |event| event["session_id"] == session.as_str()).await;
    world.server.kill();
    world.restart();
    let state = world.admin.get(&format!("/api/session/{session}")).await.ok();
    assert!(["assigned", "waiting"].contains(&state["status"].as_str().unwrap()), "{state}");
    // Her screen comes back; nobody takes it, so the offer lapses although it was made by a process that is gone.
    let mut console = Socket::attendant(&ana.api.at(&world.server)).await;
    console.send(json!({"type": "resume", "last_seq": 0})).await;
    console.cause(&session, "conversation_updated", "offer_timeout").await;
    // It can still be taken.
    ana.api.at(&world.server).post("/api/attendance/take", json!({"session_id": session})).await.ok();
    let state = world.admin.get(&format!("/api/session/{session}")).await.ok();
    assert_eq!(state["status"], "active");
}

async fn the_bot_remembers_where_it_was(backend: Backend) {
    let mut world = World::with(backend, &[], json!({"bot-greeting": "Olá!"})).await;
    let marina = Customer::new("Marina Prado");
    world.writes(&marina, "bom dia").await;
    world.graph.wait_for("Olá!").await;
    world.settled().await;
    world.server.kill();
    world.restart();
    world.writes(&marina, "qual o horário?").await;
    world.settled().await;
    let greetings = world.graph.texts().iter().filter(|text| text.contains("Olá!")).count();
    assert_eq!(greetings, 1, "it does not greet again: {:?}", world.graph.texts());
    assert_eq!(world.heard(&marina).await, ["bom dia", "qual o horário?"]);
}

async fn a_queue_keeps_its_order_through_a_kill(backend: Backend) {
    let mut world = World::new(backend).await;
    let ana = world.attendant("Ana Souza").await;
    let mut sessions = Vec::new();
    for n in 0..4 {
        let customer = Customer::new(&format!("Cliente {n}"));
        world.writes(&customer, "oi").await;
        world.settled().await;
        let session = world.session_of(&customer).await;
        world.admin.post("/api/attendance/handoff", json!({"session_id": session, "queue": world.queue})).await.ok();
        sessions.push(session);
    }
    world.server.kill();
    world.restart();
    let ana = crate::support::world::Attendant { api: ana.api.at(&world.server), ..ana };
    let waiting = world.admin.get("/api/attendance/queue?status=waiting").await.ok();
    let waiting: Vec<&str> =
        waiting["items"].as_array().unwrap().iter().map(|item| item["session_id"].as_str().unwrap()).collect();
    assert_eq!(waiting, sessions);
    // An attendant who comes online is offered the one who waits longest.
    let mut console = Socket::attendant(&ana.api).await;
    ana.set_status("online").await;
    let offered = console.wait("conversation_assigned", |_| true).await;
    assert_eq!(offered["session_id"], sessions[0].as_str());
    assert!(tokio::time::timeout(Duration::from_secs(20), world.settled()).await.is_ok());
}
