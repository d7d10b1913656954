//! The customers who are played: who writes next, what they say, how they take the answers. They write at the doors that real
//! ones use; what was answered is told to them by the event stream, whatever their channel.

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::SinkExt;
use futures_util::stream::{SplitSink, StreamExt};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::client::{self, Account, Socket};
use super::dialogues::{Dialogue, spoken};
use super::people::{self, Customer, Via};
use super::{Play, Stage};
use crate::channels::signature::sign_hex;

/// Nobody new writes while so many wait: those who try the demo see a queue, not a crowd.
const MOST_WAITING: usize = 8;
/// The first ones come at once, so that there is something to see.
const EAGER: usize = 5;
const SEED: u64 = 7;
/// Seconds between the pieces of what one person writes.
const PIECE: f64 = 3.0;

/// What reaches a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    Bot,
    Person,
    Resolved,
    /// Asked what they thought of it.
    AskedToRate,
}

/// Tells the customers what was answered, for as long as the demo runs.
pub async fn listen(stage: Rc<Stage>) {
    let account = stage.account(people::PANEL.email);
    loop {
        if let Err(error) = follow(&stage, &account).await {
            tracing::debug!(%error, "the panel of the demo lost its socket");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn follow(stage: &Stage, account: &Account) -> Result<()> {
    let mut socket = account.events().await?;
    let list = account.get("/api/attendance/queue?limit=200").await?;
    let names = list["items"].as_array().into_iter().flatten().filter_map(|item| item["user_name"].as_str());
    *stage.open.borrow_mut() = names.map(str::to_owned).collect();
    while let Some(event) = client::next(&mut socket).await {
        let Some(name) = event["customer"]["name"].as_str() else { continue };
        match event["type"].as_str().unwrap_or_default() {
            "message_created" if event["message"]["private"] != true => {
                match event["message"]["sender"]["kind"].as_str() {
                    Some("bot") => stage.tell(name, Heard::Bot),
                    Some("attendant") => stage.tell(name, Heard::Person),
                    _ => {}
                }
            }
            "new_conversation" => {
                stage.open.borrow_mut().insert(name.to_owned());
            }
            "conversation_resolved" => {
                stage.open.borrow_mut().remove(name);
                stage.tell(name, Heard::Resolved);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Lets one customer after the other write, for as long as the demo runs.
pub async fn arrive(stage: Rc<Stage>) {
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut customers: Vec<Rc<Customer>> = people::customers().into_iter().map(Rc::new).collect();
    customers.shuffle(&mut rng);
    let mut dialogues = stage.dialogues.clone();
    let mut talking = JoinSet::new();
    for round in 0.. {
        let wait = if round < EAGER { rng.random_range(1.0..4.0) } else { rng.random_range(20.0..40.0) };
        stage.pause(wait).await;
        while stage.waiting() >= MOST_WAITING {
            stage.pause(5.0).await;
        }
        while talking.try_join_next().is_some() {}
        let idle = |customer: &Rc<Customer>| {
            !stage.plays.borrow().contains_key(customer.name) && !stage.open.borrow().contains(customer.name)
        };
        let Some(place) = customers.iter().position(idle) else { continue };
        // To the end: everybody else has a turn first.
        let customer = customers.remove(place);
        customers.push(customer.clone());
        let Some(place) = dialogues.iter().position(|dialogue| dialogue.lang == customer.lang) else { continue };
        let dialogue = dialogues.remove(place);
        dialogues.push(dialogue.clone());
        talking.spawn_local(take_part(stage.clone(), customer, dialogue, round));
    }
}

async fn take_part(stage: Rc<Stage>, customer: Rc<Customer>, dialogue: Rc<Dialogue>, round: usize) {
    let (voice, ears) = mpsc::unbounded_channel();
    let play = Play { customer: customer.clone(), dialogue, round, said: Rc::new(Cell::new(0)), voice };
    stage.plays.borrow_mut().insert(customer.name, play.clone());
    if let Err(error) = converse(&stage, &play, ears).await {
        tracing::debug!(%error, "a customer of the demo gave up");
    }
    stage.plays.borrow_mut().remove(customer.name);
}

async fn converse(stage: &Rc<Stage>, play: &Play, mut ears: mpsc::UnboundedReceiver<Heard>) -> Result<()> {
    let Play { customer, dialogue, round, .. } = play;
    let say = |line: &str| spoken(line, customer, "", *round);
    let mut mouth = Mouth::open(stage, play).await?;
    for (place, line) in dialogue.opening.iter().enumerate() {
        if place > 0 {
            hear(&mut ears, stage.patience(12.0), |heard| heard != Heard::Resolved).await;
            stage.pause(stage.between(2.0, 5.0)).await;
        }
        mouth.say(stage, customer, &say(line)).await?;
    }
    if !dialogue.needs_person() {
        hear(&mut ears, stage.patience(30.0), |heard| heard == Heard::Bot).await;
        return Ok(());
    }
    let mut lines = dialogue.talk.iter().map(|turn| &turn.customer).chain([&dialogue.thanks]);
    let mut may_ask = true;
    let last = loop {
        match hear(&mut ears, stage.patience(200.0), |heard| heard != Heard::Bot).await {
            Some(Heard::Person) => {
                // People write in pieces: they are read to the end first.
                match hear(&mut ears, stage.scaled(PIECE), |heard| heard != Heard::Bot).await {
                    Some(Heard::Person) => continue_reading(stage, &mut ears).await,
                    Some(other) => break other,
                    None => {}
                }
                if let Some(line) = lines.next() {
                    stage.pause(stage.between(1.0, 4.0)).await;
                    mouth.say(stage, customer, &say(line)).await?;
                }
            }
            Some(other) => break other,
            None if may_ask => {
                may_ask = false;
                mouth
                    .say(stage, customer, customer.lang.pick("oi? ainda tem alguém aí?", "hello? is anyone there?"))
                    .await?;
            }
            None => {}
        }
    };
    if let (Mouth::Web { .. }, Some(score)) = (&mouth, dialogue.rating) {
        let asked = last == Heard::AskedToRate
            || hear(&mut ears, stage.patience(20.0), |heard| heard == Heard::AskedToRate).await.is_some();
        if asked {
            stage.pause(stage.between(2.0, 6.0)).await;
            mouth.send(json!({"type": "csat", "score": score, "comment": dialogue.comment})).await?;
            // Until it has been stored: who closes the page at once may take it along.
            stage.pause(5.0).await;
        }
    }
    Ok(())
}

/// Waits until nobody has written for a moment.
async fn continue_reading(stage: &Stage, ears: &mut mpsc::UnboundedReceiver<Heard>) {
    while hear(ears, stage.scaled(PIECE), |heard| heard == Heard::Person).await.is_some() {}
}

/// The next thing heard that `counts`; none when it takes too long.
async fn hear(
    ears: &mut mpsc::UnboundedReceiver<Heard>,
    patience: Duration,
    counts: impl Fn(Heard) -> bool,
) -> Option<Heard> {
    let listening = async {
        loop {
            match ears.recv().await {
                Some(heard) if counts(heard) => return Some(heard),
                Some(_) => {}
                None => return None,
            }
        }
    };
    tokio::time::timeout(patience, listening).await.ok().flatten()
}

/// How a customer writes.
enum Mouth {
    WhatsApp,
    Api(Account),
    Web { socket: SplitSink<Socket, Frame>, _ears: JoinSet<()> },
}

impl Mouth {
    async fn open(stage: &Rc<Stage>, play: &Play) -> Result<Mouth> {
        let customer = &play.customer;
        Ok(match customer.via {
            Via::WhatsApp => Mouth::WhatsApp,
            Via::Api => Mouth::Api(stage.account(people::ADMIN.email)),
            Via::Web => {
                let channel = stage.doors.web;
                let hmac = sign_hex(stage.doors.identity_secret.as_bytes(), customer.id.as_bytes());
                let body = json!({
                    "user": {"id": customer.id, "name": customer.name, "email": customer.email, "hmac": hmac},
                    "page": format!("{}/demo", stage.base), "locale": customer.lang.locale(),
                });
                let url = format!("{}/api/webchat/{channel}/sessions", stage.base);
                let answer = stage.http.post(url).json(&body).send().await?.error_for_status()?;
                let answer: Value = answer.json().await?;
                let token = answer["visitor_token"].as_str().context("no visitor token")?;
                let protocols = format!("attendance.chat.v1, visitor.{token}");
                let socket = client::socket(&stage.base, &format!("/ws/webchat/{channel}"), &protocols).await?;
                let (socket, mut frames) = socket.split();
                let voice = play.voice.clone();
                let mut ears = JoinSet::new();
                ears.spawn_local(async move {
                    while let Some(Ok(frame)) = frames.next().await {
                        if let Frame::Text(text) = frame
                            && let Ok(frame) = serde_json::from_str::<Value>(&text)
                            && frame["type"] == "csat_request"
                        {
                            // Who has left is asked nothing.
                            let _ = voice.send(Heard::AskedToRate);
                        }
                    }
                });
                Mouth::Web { socket, _ears: ears }
            }
        })
    }

    async fn send(&mut self, frame: Value) -> Result<()> {
        if let Mouth::Web { socket, .. } = self {
            socket.send(Frame::text(frame.to_string())).await?;
        }
        Ok(())
    }

    /// Types, and sends.
    async fn say(&mut self, stage: &Stage, customer: &Customer, text: &str) -> Result<()> {
        self.send(json!({"type": "read"})).await?;
        self.send(json!({"type": "typing"})).await?;
        stage.type_out(text).await;
        let id = format!("demo-{:016x}", rand::random::<u64>());
        match self {
            Mouth::WhatsApp => stage.meta.message(customer, text, stage.services.clock.now()).await,
            Mouth::Web { .. } => self.send(json!({"type": "message", "client_id": id, "text": text})).await,
            Mouth::Api(program) => {
                let from =
                    json!({"id": customer.id, "name": customer.name, "phone": customer.phone, "email": customer.email});
                let path = format!("/api/channels/{}/messages", stage.doors.api);
                program.post(&path, json!({"external_id": id, "from": from, "text": text})).await.map(drop)
            }
        }
    }
}

/// Names of those who have a conversation with people, played or not.
pub type Open = HashSet<String>;
