//! Carries out what scripts ask for, in a conversation or by themselves. Each request runs beside the conversations, never
//! inside one, and its answer is told to who asked. A request may be made twice (the process may have ended in between), so
//! what leaves the house carries a key. What is not built or not configured says so; nothing pretends.

mod filter_store;
mod floor;
mod leads_store;
mod mail;
mod outside;
mod store;

pub use leads_store::lead_shown;
pub use store::contact_shown;

use std::time::Duration;

use serde_json::json;

use crate::basic::diagnostics::Message;
use crate::basic::request::Scope;
use crate::basic::{Request, ScriptError, Value};
use crate::bot::runs::store::{self as runs, RunRow};
use crate::bot::runs::{Cause, Signal, triggers};
use crate::bot::store::{self as bots, MemoryRow};
use crate::bot::understand::sentiment;
use crate::catalog::Configuration;
use crate::clock::Timestamp;
use crate::conversations::Conversation;
use crate::conversations::actor::{Answered, ConversationError};
use crate::ids::*;
use crate::services::Services;
use crate::store::StoreError;
use crate::store::sql::Json;

/// A request that takes longer has failed. Shorter than the time after which it is asked again.
const PATIENCE: Duration = Duration::from_secs(75);

/// What the answer of a request may be.
type Answer = Result<Value, ScriptError>;

/// In whose name something is asked.
#[derive(Clone)]
pub struct Host {
    services: Services,
    organization: OrganizationId,
    bot: BotId,
    /// The conversation, its contact and its channel's kind; none of a script that runs by itself.
    asking: Option<(SessionId, ContactId, String)>,
    /// Of the request, unique and the same when it is made again.
    key: String,
    /// How many runs led to this one; 0 in a conversation.
    depth: i64,
}

/// Carries a request out and tells the conversation what came of it.
pub fn ask(services: &Services, conversation: &Conversation, key: String, request: Request) {
    let asking = &conversation.session;
    let session = asking.id;
    let host = Host {
        services: services.clone(),
        organization: asking.organization_id,
        bot: asking.bot_id,
        asking: Some((session, asking.contact_id, asking.channel.clone())),
        key: format!("{session}-{key}"),
        depth: 0,
    };
    actix::spawn(async move {
        let result = host.carry_out(request).await;
        // Should the conversation not be reachable now, its timer asks again.
        let _ = host.services.conversations().tell(session, Answered { key, result }).await;
    });
}

fn error(code: &'static str, pt: &str, en: &str) -> ScriptError {
    ScriptError::new(code, Message { pt: pt.to_owned(), en: en.to_owned() })
}

fn not_found(pt: &str, en: &str) -> ScriptError {
    error("not_found", pt, en)
}

fn stored(failed: StoreError) -> ScriptError {
    tracing::warn!(error = %failed, "a script's request failed in the database");
    error("unavailable", "os dados não estão disponíveis agora", "the data is not available now")
}

fn busy() -> ScriptError {
    error("unavailable", "o sistema está ocupado", "the system is busy")
}

fn refused(why: ConversationError) -> ScriptError {
    match why {
        ConversationError::NotFound => not_found("essa conversa não existe", "there is no such conversation"),
        ConversationError::WindowClosed => error(
            "window_closed",
            "a janela de 24 horas desse cliente fechou",
            "the 24-hour window of that customer has closed",
        ),
        ConversationError::Store(failed) => stored(failed),
        other => ScriptError::new("refused", Message::same(other.to_string())),
    }
}

fn value(json: serde_json::Value) -> Answer {
    Value::from_json(json)
}

fn done() -> Answer {
    Ok(Value::Bool(true))
}

impl Host {
    /// For a request of a script that runs by itself.
    pub fn of_run(services: &Services, run: &RunRow, request: u32) -> Self {
        Host {
            services: services.clone(),
            organization: run.organization_id,
            bot: run.bot_id,
            asking: None,
            key: format!("{}-{request}", run.id),
            depth: run.depth,
        }
    }

    /// What comes of a request, within reasonable time.
    pub async fn carry_out(&self, request: Request) -> Answer {
        let answer = tokio::time::timeout(PATIENCE, self.answer(request)).await;
        answer.unwrap_or_else(|_| Err(error("timeout", "o pedido demorou demais", "the request took too long")))
    }

    fn session(&self) -> Result<SessionId, ScriptError> {
        self.asking.as_ref().map(|(session, ..)| *session).ok_or_else(ScriptError::no_conversation)
    }

    fn contact(&self) -> Result<ContactId, ScriptError> {
        self.asking.as_ref().map(|(_, contact, _)| *contact).ok_or_else(ScriptError::no_conversation)
    }

    /// The script's id for a message of it, so that a repeated request sends none twice.
    fn client_id(&self, part: usize) -> String {
        format!("bot-{}-{part}", self.key)
    }

    fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    fn configuration(&self) -> Result<std::sync::Arc<Configuration>, ScriptError> {
        self.services.catalog.organization(self.organization).ok_or_else(busy)
    }

    async fn answer(&self, request: Request) -> Answer {
        use Request as R;
        match request {
            R::Remember { scope, name, value, ttl_seconds } => self.remember(scope, name, value, ttl_seconds).await,
            R::Recall { scope, name } => self.recall(scope, name).await,
            R::Sentiment { text } | R::AnalyzeSentiment { message: text, .. } => Value::number(sentiment(&text)),
            R::Intent { text } => {
                let configuration = self.configuration()?;
                let bot = configuration.bots.get(&self.bot).ok_or_else(busy)?;
                let found = bot.escalation.intents.recognise(&text);
                Ok(found.map_or(Value::Null, |found| Value::text(found.intent)))
            }

            R::Notify { attendant, text } => self.notify(&attendant, text).await,
            R::GetQueue { filter } => self.queue(filter.as_deref()).await,
            R::NextInQueue { filter } => self.next_in_queue(filter.as_deref()).await,
            R::NextAttendant { .. } => self.next_attendant(),
            R::GetAttendants { status } => self.attendants(status.as_deref()),
            R::AttendantStats { attendant } => self.attendant_stats(&attendant),
            R::SetAttendantStatus { attendant, status } => self.set_attendant_status(&attendant, &status).await,
            R::Assign { conversation, attendant } => self.assign(conversation.as_deref(), &attendant).await,
            R::Resolve { conversation, reason } => self.resolve(conversation.as_deref(), reason).await,
            R::SetPriority { conversation, priority } => self.set_priority(conversation.as_deref(), &priority).await,
            R::Tag { conversation, tag } => self.tag(conversation.as_deref(), tag).await,
            R::AddNote { conversation, text } => self.note(conversation.as_deref(), text).await,
            R::CustomerHistory { contact } => self.history(contact).await,

            R::Find { table, filter, limit } => self.find(table, filter, limit).await,
            R::First { table, filter } => self.first(table, filter).await,
            R::Create { table, row } => self.create(table, row).await,
            R::Save { table, values } => self.save(table, values).await,
            R::Update { table, which, row } => self.update(table, which, row).await,
            R::Merge { table, which, row } => self.merge(table, which, row).await,
            R::Delete { table, which } => self.delete(table, which).await,

            R::Http { method, url, body, headers, timeout_seconds } => {
                self.http(method, url, body, headers, timeout_seconds).await
            }
            R::SendTo { channel, address, text } => self.send_to(&channel, &address, text.into(), 0).await,
            R::TalkTo { recipient, text } => self.talk_to(&recipient, text.into(), 0).await,
            R::SendFileTo { recipient, file, caption } => self.send_file_to(&recipient, &file, caption).await,
            R::Broadcast { text, recipients } => self.broadcast(text, recipients).await,

            R::TransferToHuman(_) => {
                self.session()?;
                Err(error("refused", "já foi transferida", "it has been handed over already"))
            }
            R::SetBot { .. } => Err(ScriptError::not_configured("SET BOT")),
            R::SetUser { .. } => Err(ScriptError::not_configured("SET USER")),
            R::CreateTicket { .. } => Err(ScriptError::not_configured("CREATE TICKET")),
            R::CreateMeeting { .. } | R::RequestScreenShare { .. } => Err(ScriptError::not_configured("MEETING")),
            R::CallPhone { .. } => Err(ScriptError::not_configured("CALL")),
            R::UseKb { .. } | R::ClearKb { .. } | R::SearchKb { .. } | R::Answer { .. } | R::UseWebsite { .. } => {
                Err(ScriptError::not_configured("KB"))
            }
            R::Llm { .. }
            | R::Tips { .. }
            | R::Polish { .. }
            | R::SmartReplies { .. }
            | R::Summary { .. }
            | R::UseTool { .. }
            | R::ClearTools
            | R::UseModel { .. }
            | R::SetContext { .. }
            | R::SystemPrompt { .. }
            | R::Classify { .. }
            | R::Summarize { .. }
            | R::Translate { .. }
            | R::Extract { .. }
            | R::ReadDocument { .. } => Err(ScriptError::not_configured("LLM")),
            R::Mcp { .. } => Err(ScriptError::not_configured("MCP")),
            R::SendMail { to, subject, body, attachments } => self.send_mail(to, subject, body, attachments).await,
            R::StartJourney { .. } => Err(ScriptError::not_configured("JOURNEY")),
            R::PublishEvent { name, data } => self.publish(&name, data).await,
        }
    }

    /// Begins what listens to the event, and tells what waits for it. Answer: how many.
    async fn publish(&self, name: &str, data: Value) -> Answer {
        let (configuration, now, bot) = (self.configuration()?, self.now(), self.bot);
        let entry = configuration.bots.get(&bot).cloned().ok_or_else(busy)?;
        let event = triggers::normal(name);
        let data = data.to_json();
        let signal = Signal::new(Cause::Event, &event, &data).after(self.depth + 1);
        let write = move |tx: &mut crate::store::Tx<'_>| {
            let begun = runs::begin(tx, &entry, &signal, now)?.len();
            Ok(begun + runs::publish(tx.db, bot, &event, &data, now)?)
        };
        let reached = self.services.store.write("bot.publish", write).await.map_err(stored)?;
        self.services.look_at_runs();
        Ok(Value::count(reached))
    }

    fn subject(&self, scope: Scope) -> Result<AnyId, ScriptError> {
        Ok(match scope {
            Scope::Bot => AnyId(self.bot.0),
            Scope::Contact => AnyId(self.contact()?.0),
        })
    }

    async fn remember(&self, scope: Scope, name: String, value: Value, ttl: Option<u64>) -> Answer {
        let row = MemoryRow {
            organization_id: self.organization,
            bot_id: self.bot,
            subject_id: self.subject(scope)?,
            name: name.trim().to_lowercase(),
            value: Json(value.to_json()),
            expires_at: ttl.map(|seconds| self.now() + Duration::from_secs(seconds)),
        };
        let write = move |tx: &mut crate::store::Tx<'_>| Ok(bots::remember(tx.db, &row)?);
        self.services.store.write("bot.remember", write).await.map_err(stored)?;
        done()
    }

    async fn recall(&self, scope: Scope, name: String) -> Answer {
        let (bot, subject, now, name) = (self.bot, self.subject(scope)?, self.now(), name.trim().to_lowercase());
        let read = move |db: &mut crate::store::AnyConnection| Ok(bots::recall(db, bot, subject, &name, now)?);
        let found = self.services.store.read("bot.recall", read).await.map_err(stored)?;
        value(json!(found))
    }
}
