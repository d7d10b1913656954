//! The attendants who are played: they log in, go online, take what is offered to them, answer and resolve, all through the
//! API. Those who try the demo are served by them only while no attendant of theirs is online.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::client::{self, Account};
use super::dialogues::{Dialogue, Turn, spoken};
use super::people::{self, STAFF, Staff};
use super::{Play, Stage};
use crate::lang::Lang;

/// Works until the demo ends; a token that has ended, or a server that starts again, is a short break.
pub async fn work(stage: Rc<Stage>, me: Staff) {
    let account = Rc::new(stage.account(me.email));
    loop {
        if let Err(error) = shift(&stage, me, &account).await {
            tracing::debug!(%error, attendant = me.name, "an attendant of the demo takes a break");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// A conversation on the desk.
struct Case {
    session: String,
    customer: String,
    /// Offered, not yet taken.
    offered: bool,
}

impl Case {
    fn read(card: &Value, customer: &Value) -> Option<Case> {
        Some(Case {
            session: card["session_id"].as_str()?.to_owned(),
            customer: customer.as_str()?.to_owned(),
            offered: card["status"] == "assigned",
        })
    }
}

async fn shift(stage: &Rc<Stage>, me: Staff, account: &Rc<Account>) -> Result<()> {
    let mut socket = account.events().await?;
    let id = account.get("/api/auth/me").await?["id"].as_str().context("who am I?")?.to_owned();
    account.call(Method::PUT, &format!("/api/attendance/attendants/{id}/status"), json!({"status": "online"})).await?;
    let mut desk: HashMap<String, mpsc::UnboundedSender<()>> = HashMap::new();
    let mut cases = JoinSet::new();
    let held = account.get("/api/attendance/queue?assigned_to=me&limit=50").await?;
    let mut open = |desk: &mut HashMap<_, _>, case: Case| {
        let (letters, letterbox) = mpsc::unbounded_channel();
        desk.insert(case.session.clone(), letters);
        cases.spawn_local(serve(stage.clone(), me, account.clone(), case, letterbox));
    };
    for item in held["items"].as_array().into_iter().flatten() {
        if let Some(case) = Case::read(item, &item["user_name"]) {
            open(&mut desk, case);
        }
    }
    while let Some(event) = client::next(&mut socket).await {
        let Some(session) = event["session_id"].as_str() else { continue };
        match event["type"].as_str().unwrap_or_default() {
            "message_created" if event["message"]["sender"]["kind"] == "contact" => {
                if let Some(letters) = desk.get(session) {
                    // Who works on it may be through.
                    let _ = letters.send(());
                }
            }
            kind if kind.starts_with("conversation_") && event.get("assigned_to").is_some() => {
                if event["assigned_to"] != id.as_str() || event["status"] == "resolved" {
                    desk.remove(session);
                } else if event["status"] == "assigned"
                    && let Some(case) = Case::read(&event, &event["customer"]["name"])
                {
                    open(&mut desk, case);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

async fn serve(
    stage: Rc<Stage>,
    me: Staff,
    account: Rc<Account>,
    case: Case,
    mut letterbox: mpsc::UnboundedReceiver<()>,
) {
    let played = stage.plays.borrow().get(case.customer.as_str()).cloned();
    let known = people::customers().into_iter().find(|customer| customer.name == case.customer);
    let served = match (played, known) {
        (Some(play), _) => follow_script(&stage, me, &account, &case, &play, &mut letterbox).await,
        // Of an earlier run: what they were talking about is forgotten.
        (None, Some(customer)) => {
            let dialogue = Rc::new(leftover(customer.lang));
            let (voice, _) = mpsc::unbounded_channel();
            let play = Play { customer: Rc::new(customer), dialogue, round: 0, said: Rc::new(Cell::new(0)), voice };
            follow_script(&stage, me, &account, &case, &play, &mut letterbox).await
        }
        (None, None) => receive_guest(&stage, me, &account, &case, &mut letterbox).await,
    };
    if let Err(error) = served {
        // Somebody else took it, or it ended.
        tracing::debug!(%error, attendant = me.name, "an attendant of the demo let go");
    }
}

async fn follow_script(
    stage: &Stage,
    me: Staff,
    account: &Account,
    case: &Case,
    play: &Play,
    letterbox: &mut mpsc::UnboundedReceiver<()>,
) -> Result<()> {
    let desk = Desk { stage, account, session: &case.session };
    let say = |line: &str| spoken(line, &play.customer, me.name, play.round);
    stage.pause(stage.between(4.0, 12.0)).await;
    if case.offered {
        desk.act("take", json!({"session_id": case.session})).await?;
    }
    // From where it stood, after a break.
    while let Some(turn) = play.dialogue.talk.get(play.said.get()) {
        desk.say(&say(&turn.attendant)).await?;
        play.said.set(play.said.get() + 1);
        answered(letterbox, stage.patience(75.0)).await;
        // Reading, and looking it up.
        stage.pause(stage.between(3.0, 8.0)).await;
    }
    desk.say(&say(&play.dialogue.closing)).await?;
    answered(letterbox, stage.patience(25.0)).await;
    stage.pause(stage.between(2.0, 5.0)).await;
    if !play.dialogue.tags.is_empty() {
        account.post(&format!("/api/sessions/{}/tags", case.session), json!({"add": play.dialogue.tags})).await?;
    }
    desk.act(&format!("resolve/{}", case.session), json!({"note": play.dialogue.note})).await
}

/// Somebody who tries the demo from the customer's side.
async fn receive_guest(
    stage: &Stage,
    me: Staff,
    account: &Account,
    case: &Case,
    letterbox: &mut mpsc::UnboundedReceiver<()>,
) -> Result<()> {
    let desk = Desk { stage, account, session: &case.session };
    stage.pause(stage.between(3.0, 6.0)).await;
    let online = account.get("/api/attendance/attendants?status=online&limit=200").await?;
    let played = |name: &Value| STAFF.iter().any(|staff| staff.played && *name == staff.name);
    if case.offered && online["items"].as_array().into_iter().flatten().any(|item| !played(&item["name"])) {
        return desk.act("decline", json!({"session_id": case.session})).await;
    }
    if case.offered {
        desk.act("take", json!({"session_id": case.session})).await?;
        let name = me.name.split(' ').next().unwrap_or(me.name);
        desk.say(&format!(
            "Olá! Aqui é {name}, atendente simulada da demonstração. Entre no painel como Ana para responder você mesmo 😉"
        ))
        .await?;
    }
    const REPLIES: [&str; 3] = [
        "Entendi! Em uma loja de verdade eu já estaria cuidando disso para você.",
        "Anotado. No painel do atendente esta mensagem acabou de aparecer, com o seu histórico ao lado.",
        "Quando terminar, encerro por aqui e você pode dar uma nota ao atendimento.",
    ];
    let mut replies = REPLIES.iter().cycle();
    while answered(letterbox, stage.patience(90.0)).await {
        if let Some(reply) = replies.next() {
            desk.say(reply).await?;
        }
    }
    desk.say("Vou encerrar por aqui. Obrigada por experimentar a demonstração!").await?;
    desk.act(&format!("resolve/{}", case.session), json!({"note": "Visitante da demonstração."})).await
}

/// Whether the customer wrote in time.
async fn answered(letterbox: &mut mpsc::UnboundedReceiver<()>, patience: Duration) -> bool {
    let first = tokio::time::timeout(patience, letterbox.recv()).await;
    while letterbox.try_recv().is_ok() {}
    matches!(first, Ok(Some(())))
}

/// One conversation, as an attendant works on it.
struct Desk<'a> {
    stage: &'a Stage,
    account: &'a Account,
    session: &'a str,
}

impl Desk<'_> {
    async fn act(&self, what: &str, body: Value) -> Result<()> {
        self.account.post(&format!("/api/attendance/{what}"), body).await.map(drop)
    }

    async fn say(&self, text: &str) -> Result<()> {
        self.account.post(&format!("/api/sessions/{}/typing", self.session), Value::Null).await?;
        self.stage.type_out(text).await;
        let body = json!({"client_id": format!("demo-{:016x}", rand::random::<u64>()), "text": text});
        self.account.post(&format!("/api/sessions/{}/messages", self.session), body).await.map(drop)
    }
}

fn leftover(lang: Lang) -> Dialogue {
    let line = |pt: &str, en: &str| lang.pick(pt, en).to_owned();
    Dialogue {
        opening: Vec::new(),
        talk: vec![Turn {
            attendant: line(
                "Oi, {first}! Aqui é {me}. Obrigada por esperar: já verifiquei e está tudo certo por aqui.",
                "Hi {first}, this is {me}. Thank you for waiting: I have checked, and all is well on our side.",
            ),
            customer: String::new(),
        }],
        closing: line("Qualquer coisa, é só escrever de novo.", "If anything else comes up, just write again."),
        thanks: String::new(),
        note: line("Retomado depois de uma pausa; resolvido.", "Taken up again after a break; resolved."),
        tags: Vec::new(),
        rating: None,
        comment: None,
        lang,
    }
}
