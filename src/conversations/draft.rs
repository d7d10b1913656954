//! A step of a conversation being put together: lifecycle commands, messages in and out, bot turns. Pure: it gathers the
//! rows and events to store and the effects to perform afterwards; nothing has happened until the actor stores it.

mod rating;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::lifecycle::{self, Command, Effect, Idle, Notice, Refused, Request, Step, Timer, Transition};
use super::notices::{self, Wait};
use super::store::{Change, HistoryRow, MessageChange, Rows, Wait as ScriptWait};
use super::view::{CustomerBrief, MessageView, card};
use super::{Actor, Attachment, Cause, Conversation, Direction, Message, MessageStatus, SenderKind, Status};
use crate::attachments::parse_reference;
use crate::attachments::store::DownloadRow;
use crate::attendants::messenger;
use crate::basic::request::{Media, Transfer};
use crate::basic::{Request as Wish, Value as Told, hear};
use crate::bot::basic::Loaded;
use crate::bot::runs::store::WaitRow;
use crate::bot::store::ErrorRow;
use crate::bot::{Action, BotEvent, BotState, HandoffRequest, Said, Scene, escalation};
use crate::catalog::{BotEntry, ChannelEntry, Configuration};
use crate::channels::adapter::{Choice, InboundMessage, Kind, Outbound, OutboundMedia};
use crate::clock::Timestamp;
use crate::floor::Floor;
use crate::ids::*;
use crate::lang::Lang;
use crate::messages::summary::{excerpt, summary};
use crate::queues::Priority;
use crate::queues::actor as queues;
use crate::queues::plan::{self, Asked, Plan};
use crate::queues::routing::Skill;
use crate::store::events::{Audience, Event};
use crate::store::outbox::{OutboxRow, OutboxState};
use crate::store::sql::Json;
use crate::store::timers::TimerRow;

/// What a step is decided against.
pub struct Surroundings<'a> {
    pub configuration: &'a Configuration,
    pub bot: &'a BotEntry,
    pub channel: &'a ChannelEntry,
    pub customer: &'a CustomerBrief,
    pub floor: &'a Floor,
    pub now: Timestamp,
    /// The program that the bot's state belongs to, when the actor has it.
    pub program: Option<Arc<Loaded>>,
}

/// What a step comes to.
pub struct Decided {
    pub rows: Rows,
    pub next: Conversation,
    pub effects: Vec<Effect>,
    /// The program that the bot's state belongs to now.
    pub program: Option<Arc<Loaded>>,
}

/// A message of ours to be written.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    pub client_id: Option<String>,
    pub text: String,
    pub attachments: Vec<Attachment>,
    pub reply_to: Option<MessageId>,
    /// The provider's id of the quoted message.
    pub reply_to_external: Option<String>,
    pub private: bool,
    pub template: Option<Value>,
    pub choices: Vec<Choice>,
    /// `text` unless it is a template, a note or a file.
    pub kind: Option<Kind>,
}

/// A customer's message that was stored.
#[derive(Debug, Clone, Copy)]
pub struct Received {
    pub id: MessageId,
    /// It answered the question how the service was: nobody needs to answer it.
    pub is_rating: bool,
}

/// Why a message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotSend {
    /// The provider's 24-hour window is closed: only templates.
    #[error("the provider's window is closed")]
    WindowClosed,
    #[error("{0}")]
    Lifecycle(#[from] Refused),
    #[error("the channel is not active")]
    ChannelInactive,
}

pub struct Draft<'a> {
    around: &'a Surroundings<'a>,
    before: Status,
    bot_before: BotState,
    next: Conversation,
    rows: Rows,
    effects: Vec<Effect>,
    lang: Lang,
    program: Option<Arc<Loaded>>,
    /// A published event has been brought: its row has served.
    told: bool,
}

impl<'a> Draft<'a> {
    pub fn new(conversation: &Conversation, around: &'a Surroundings<'a>) -> Self {
        Draft {
            around,
            before: conversation.session.status,
            bot_before: conversation.session.bot_state.0.clone(),
            next: conversation.clone(),
            rows: Rows::default(),
            effects: Vec::new(),
            lang: Lang::from_locale(&around.bot.bot.locale).unwrap_or_default(),
            program: around.program.clone(),
            told: false,
        }
    }

    pub fn conversation(&self) -> &Conversation {
        &self.next
    }

    /// The rows to store, the conversation as it will be and the effects to perform then. `None`: nothing changes.
    pub fn finish(mut self) -> Option<Decided> {
        let from = self.before.column();
        let to = self.next.session.status.column();
        if from != to && from.is_some() {
            let body = json!({"session_id": self.next.session.id, "from_status": from, "to_status": to});
            self.emit("kanban_moved", body);
        }
        for effect in &self.effects {
            match effect {
                Effect::SetTimer(timer, at) => self.rows.timers.push(TimerRow {
                    organization_id: self.next.session.organization_id,
                    kind: timer.as_str().to_owned(),
                    subject_id: self.next.session.id,
                    due_at: *at,
                }),
                Effect::ClearTimer(timer) => self.rows.cleared.push((timer.as_str(), self.next.session.id)),
                _ => {}
            }
        }
        self.follow_wait();
        // A timer set in the same step wins over one cleared earlier in it: cleared rows go first.
        let nothing = self.rows.messages.is_empty()
            && self.rows.events.is_empty()
            && self.rows.changes.is_empty()
            && self.rows.history.is_empty()
            && self.rows.timers.is_empty()
            && self.rows.cleared.is_empty()
            && self.rows.bot_errors.is_empty()
            && self.rows.wait.is_none()
            && self.rows.rating.is_none()
            && self.next.session.bot_state.0 == self.bot_before;
        if nothing {
            return None;
        }
        self.next.session.version += 1;
        self.next.session.updated_at = self.around.now;
        self.rows.session = Some(self.next.session.clone());
        Some(Decided { rows: self.rows, next: self.next, effects: self.effects, program: self.program })
    }

    /// The row by which a published event finds its way here says what the bot's state says.
    fn follow_wait(&mut self) {
        let session = &self.next.session;
        let event = &session.bot_state.0.event;
        if *event == self.bot_before.event && !self.told {
            return;
        }
        self.rows.wait = Some(match event {
            Some(event) => ScriptWait::For(WaitRow {
                session_id: session.id,
                organization_id: session.organization_id,
                bot_id: session.bot_id,
                event: event.clone(),
                signal: None,
            }),
            None => ScriptWait::NoMore(session.id),
        });
    }

    fn audience(&self) -> Audience {
        let session = &self.next.session;
        Audience::Conversation {
            queues: session.queue_id.into_iter().collect(),
            attendants: session.attendant_id.into_iter().collect(),
        }
    }

    fn emit(&mut self, kind: &'static str, body: Value) {
        let audience = self.audience();
        self.emit_to(kind, body, audience);
    }

    fn emit_to(&mut self, kind: &'static str, body: Value, audience: Audience) {
        let Value::Object(body) = body else { return };
        self.rows.events.push(Event {
            organization_id: self.next.session.organization_id,
            kind,
            at: self.around.now,
            audience,
            body,
        });
    }

    /// Supervisors hear of something about this conversation that may need them.
    fn alert(&mut self, code: &str) {
        let session = &self.next.session;
        let body = json!({
            "code": code, "session_id": session.id, "channel": session.channel, "queue_id": session.queue_id,
        });
        self.emit_to("system_alert", body, Audience::Supervisors);
    }

    fn card(&self) -> Map<String, Value> {
        card(&self.next, self.around.customer, self.around.configuration)
    }

    /// Takes a lifecycle command; the customer is told what they should know.
    pub fn apply(&mut self, command: &Command) -> Result<(), Refused> {
        self.take(command, true)
    }

    fn take(&mut self, command: &Command, tells: bool) -> Result<(), Refused> {
        let before = self.next.session.clone();
        let Step { next, transitions, effects } =
            self.next.decide(command, &self.around.bot.policy, self.around.now)?;
        if transitions.is_empty() && effects.is_empty() && next == self.next {
            return Ok(());
        }
        self.next = next;
        if !transitions.is_empty() || self.next.handoff.is_some() {
            self.rows.handoff = self.next.handoff.clone();
        }
        // Those who saw it before hear that it left.
        let queues = [before.queue_id, self.next.session.queue_id].into_iter().flatten().collect();
        let attendants = [before.attendant_id, self.next.session.attendant_id].into_iter().flatten().collect();
        if self.begins_to_wait(&before) {
            self.limit_wait(self.next.session.queue_id);
        }
        let audience = Audience::Conversation { queues, attendants };
        for transition in &transitions {
            self.history(transition);
            let mut body = self.card();
            body.insert("cause".into(), transition.cause.into());
            body.insert("by".into(), json!({"kind": transition.by.kind(), "id": transition.by.user()}));
            if transition.cause == "handoff" {
                let position = self.position();
                body.insert("position".into(), position.into());
            }
            self.emit_to(event_name(transition), Value::Object(body), audience.clone());
            match transition.cause {
                "max_wait" => self.alert("max_wait"),
                "handoff" if self.next.session.queue_id.is_none() => self.alert("no_queue"),
                _ => {}
            }
        }
        // What a script waited for may have come while a person had the conversation.
        if before.needs_human && !self.next.session.needs_human && self.next.session.bot_state.0.due.is_some() {
            self.set_timer(Timer::Bot, self.around.now);
        }
        if transitions.is_empty() && before.snoozed_until != self.next.session.snoozed_until {
            let body = Value::Object(self.card());
            self.emit("conversation_updated", body);
        }
        for effect in effects {
            match effect {
                Effect::Tell(notice) if tells => self.tell(&notice),
                Effect::Tell(_) => {}
                Effect::Ring(to) => {
                    let around = self.around;
                    let session = &self.next.session;
                    let offer = messenger::offer(around.configuration, session, around.customer, to, around.now);
                    self.notify_attendant(offer);
                }
                other => self.effects.push(other),
            }
        }
        Ok(())
    }

    fn history(&mut self, transition: &Transition) {
        let Some(handoff) = &self.next.handoff else { return };
        self.rows.history.push(HistoryRow {
            id: RecordId::new(),
            organization_id: handoff.organization_id,
            handoff_id: handoff.id,
            session_id: handoff.session_id,
            at: self.around.now,
            actor_kind: transition.by.kind(),
            actor_id: transition.by.user(),
            cause: transition.cause.to_owned(),
            from_state: transition.from,
            to_state: transition.to,
            detail: transition.detail.clone().map(Json),
        });
    }

    /// Its place in the order in which its queue serves, from 1.
    fn position(&self) -> usize {
        let (Some(queue), Some(handoff)) = (self.next.session.queue_id, &self.next.handoff) else { return 1 };
        let turn = queues::turn(handoff, self.around.customer.tier.as_deref());
        self.around.floor.queue(queue).position(self.next.session.id, turn)
    }

    /// Tells the customer, where the channel can carry it now.
    fn tell(&mut self, notice: &Notice) {
        let attendant = self.next.session.attendant_id.and_then(|id| self.around.configuration.users.get(&id));
        let name = attendant.map(|user| user.name.as_str());
        let wait = match notice {
            Notice::Queued => self.wait(),
            _ => Wait::Soon,
        };
        let Some(mut text) = notices::text(notice, &wait, name, self.lang) else { return };
        if let Some(question) = self.question().filter(|_| *notice == Notice::Resolved) {
            text = format!("{text}\n\n{question}");
        }
        self.say_system(text);
    }

    /// Words of the product itself; skipped when the provider's window is closed.
    pub fn say_system(&mut self, text: String) {
        let outgoing = Outgoing { text, ..Outgoing::default() };
        // Outside the provider's window nothing can be told, and nothing hangs on it.
        let _ = self.write(&Actor::System, outgoing);
    }

    fn wait(&self) -> Wait {
        let Some(queue) = self.next.session.queue_id.and_then(|id| self.around.configuration.queue(id)) else {
            return Wait::Soon;
        };
        let mut need = plan::need(&self.next, self.around.bot);
        need.skills.extend(queue.queue.skills.0.iter().cloned());
        let free = queue.queue.auto_assign
            && self.around.floor.queue(queue.queue.id).waiting.is_empty()
            && self.around.floor.can_serve_now(self.around.configuration, queue, &need, self.around.now);
        if free {
            return Wait::Soon;
        }
        let position = self.position();
        Wait::InLine { position, estimate: self.around.floor.estimated_wait(queue, position) }
    }

    /// Stores a customer's message and lets the lifecycle know. The bot's turn is separate ([`Draft::bot_turn`]).
    pub fn receive(
        &mut self,
        arrived: &InboundMessage,
        client_id: Option<String>,
        reply_to: Option<MessageId>,
    ) -> Received {
        let now = self.around.now;
        let rating = self.rating(arrived);
        let session = &mut self.next.session;
        session.last_seq += 1;
        let file = arrived.media.first().and_then(|media| media.name.as_deref());
        session.last_message = summary(&arrived.text, arrived.kind, file, self.lang);
        session.last_message_at = now;
        // A provider that gives no time means now; one whose clock is ahead does not open the window for longer. Providers cut
        // off the second's fraction: taken as they say it, an answer would seem older than what it answers.
        let told = arrived.sent_at + std::time::Duration::from_secs(1);
        let sent_at = if arrived.sent_at == Timestamp::ZERO { now } else { told.min(now) };
        session.last_in_at = Some(sent_at.max(session.last_in_at.unwrap_or(Timestamp::ZERO)));
        // Answers go to where they wrote from: people change numbers.
        if !arrived.from.addresses.is_empty() && session.addresses.0 != arrived.from.addresses {
            session.addresses = Json(arrived.from.addresses.clone());
        }
        session.unread += i64::from(session.needs_human);
        let mut extra = Map::new();
        for (name, value) in [
            ("payload", arrived.payload.clone().map(Value::from)),
            ("referral", arrived.referral.clone()),
            ("content", arrived.extra.clone()),
        ] {
            if let Some(value) = value {
                extra.insert(name.into(), value);
            }
        }
        if arrived.forwarded {
            extra.insert("forwarded".into(), true.into());
        }
        let attachments: Vec<Attachment> = arrived
            .media
            .iter()
            .map(|media| {
                let stored = parse_reference(&media.reference);
                Attachment {
                    id: stored.map(|(id, _)| id),
                    mime: media.mime.clone().unwrap_or_else(|| "application/octet-stream".into()),
                    size: stored.map_or(0, |(_, size)| size),
                    name: media.name.clone().unwrap_or_default(),
                    reference: stored.is_none().then(|| media.reference.clone()),
                }
            })
            .collect();
        let message = Message {
            id: MessageId::new(),
            organization_id: session.organization_id,
            session_id: session.id,
            seq: session.last_seq,
            channel_id: session.channel_id,
            handoff_id: session.handoff_id.filter(|_| session.needs_human),
            direction: Direction::In,
            sender_kind: SenderKind::Contact,
            sender_id: Some(AnyId(session.contact_id.0)),
            sender_name: self.around.customer.name.clone(),
            kind: arrived.kind,
            text: arrived.text.clone(),
            attachments: (!attachments.is_empty()).then_some(Json(attachments)),
            reply_to,
            private: false,
            status: MessageStatus::Received,
            error: None,
            external_id: Some(arrived.external_id.clone()),
            client_id,
            extra: (!extra.is_empty()).then_some(Json(Value::Object(extra))),
            created_at: now,
            sent_at: Some(if arrived.sent_at == Timestamp::ZERO { now } else { arrived.sent_at }),
            edited_at: None,
            deleted: false,
        };
        let id = message.id;
        for media in arrived.media.iter().filter(|media| parse_reference(&media.reference).is_none()) {
            self.rows.downloads.push(DownloadRow {
                id: RecordId::new(),
                organization_id: message.organization_id,
                channel_id: message.channel_id,
                session_id: message.session_id,
                message_id: id,
                media: Json(media.clone()),
                attempts: 0,
                next_at: now,
                created_at: now,
            });
        }
        self.message_created(message);
        let is_rating = rating.is_some();
        match rating {
            // Nothing that begins a conversation again.
            Some(rating) => self.rate(rating),
            // A customer's message is possible in every state.
            None => {
                let _ = self.apply(&Command::CustomerWrote);
            }
        }
        let around = self.around;
        let relay = messenger::relay(around.configuration, &self.next.session, around.customer, arrived, around.now);
        self.notify_attendant(relay);
        Received { id, is_rating }
    }

    /// Something for the phone of an attendant who works there.
    fn notify_attendant(&mut self, notice: Option<messenger::Notice>) {
        if let Some(messenger::Notice { outbox, about }) = notice {
            self.rows.outbox.push(outbox);
            self.rows.notices.push(about);
        }
    }

    fn message_created(&mut self, message: Message) {
        let session = &self.next.session;
        let body = json!({
            "session_id": session.id,
            "message": MessageView::from(&message),
            "channel": session.channel,
            "status": session.status,
            "unread": session.unread,
            "customer": self.around.customer,
        });
        self.rows.messages.push(message);
        self.emit("message_created", body);
    }

    /// Writes a message of ours and puts it in the outbox.
    pub fn write(&mut self, by: &Actor, outgoing: Outgoing) -> Result<Message, CannotSend> {
        let now = self.around.now;
        let channel = self.around.channel;
        if !outgoing.private {
            if !channel.row.is_active {
                return Err(CannotSend::ChannelInactive);
            }
            let window = channel.adapter.as_ref().and_then(|adapter| adapter.window());
            if let (Some(window), None) = (window, &outgoing.template) {
                let open = self.next.session.last_in_at.is_some_and(|at| now.since(at) < window);
                if !open {
                    return Err(CannotSend::WindowClosed);
                }
            }
            if let Actor::Attendant { .. } = by {
                self.apply(&Command::AttendantWrote { by: by.clone() })?;
            }
        }
        let kind =
            outgoing.kind.unwrap_or(match (&outgoing.template, outgoing.private, outgoing.attachments.first()) {
                (Some(_), ..) => Kind::Template,
                (_, true, _) => Kind::Note,
                (_, _, Some(file)) => kind_of(&file.mime),
                _ if matches!(by, Actor::System) => Kind::System,
                _ => Kind::Text,
            });
        let session = &mut self.next.session;
        session.last_seq += 1;
        // Notices of the product are nobody's last words: lists keep the customer's, and whoever has not answered has not.
        if !outgoing.private && !matches!(by, Actor::System) {
            let file = outgoing.attachments.first().map(|file| file.name.as_str());
            session.last_message = summary(&outgoing.text, kind, file, self.lang);
            session.last_message_at = now;
            session.last_out_at = Some(now);
            if let Actor::Attendant { .. } = by {
                session.unread = 0;
            }
        }
        let leaves = !outgoing.private && channel.adapter.is_some();
        let extra = (!outgoing.choices.is_empty()).then(|| Json(json!({"choices": outgoing.choices})));
        let message = Message {
            id: MessageId::new(),
            organization_id: session.organization_id,
            session_id: session.id,
            seq: session.last_seq,
            channel_id: session.channel_id,
            handoff_id: session.handoff_id.filter(|_| session.needs_human),
            direction: Direction::Out,
            sender_kind: by.kind(),
            sender_id: match by {
                Actor::Attendant { id, .. } => Some(AnyId(id.0)),
                Actor::Bot => Some(AnyId(session.bot_id.0)),
                _ => None,
            },
            sender_name: match by {
                Actor::Attendant { name, .. } => name.clone(),
                _ => self.around.bot.bot.name.clone(),
            },
            kind,
            text: outgoing.text.clone(),
            attachments: (!outgoing.attachments.is_empty()).then(|| Json(outgoing.attachments.clone())),
            reply_to: outgoing.reply_to,
            private: outgoing.private,
            status: if leaves { MessageStatus::Queued } else { MessageStatus::Sent },
            error: None,
            external_id: None,
            client_id: outgoing.client_id,
            extra,
            created_at: now,
            sent_at: (!leaves).then_some(now),
            edited_at: None,
            deleted: false,
        };
        if leaves {
            let id = OutboxId::new();
            let media = outgoing.attachments.iter().filter_map(|file| {
                // Ours is signed when it is sent; what a script names is fetched from where it is.
                let own = file.id.map(|id| format!("attachment:{id}"));
                Some(OutboundMedia {
                    kind: kind_of(&file.mime),
                    url: own.or_else(|| file.reference.clone())?,
                    mime: file.mime.clone(),
                    name: Some(file.name.clone()).filter(|name| !name.is_empty()),
                    caption: None,
                })
            });
            self.rows.outbox.push(OutboxRow {
                id,
                organization_id: session.organization_id,
                channel_id: session.channel_id,
                session_id: Some(session.id),
                message_id: Some(message.id),
                payload: Json(Outbound {
                    to: session.addresses.0.clone(),
                    session_id: Some(session.id),
                    locale: self.around.bot.bot.locale.clone(),
                    text: outgoing.text,
                    media: media.collect(),
                    reply_to: outgoing.reply_to_external,
                    choices: outgoing.choices,
                    template: outgoing.template,
                    callback: id.to_string(),
                }),
                state: OutboxState::Queued,
                attempts: 0,
                parts_sent: 0,
                next_at: now,
                error: None,
                created_at: now,
                updated_at: now,
            });
        }
        self.message_created(message.clone());
        Ok(message)
    }

    /// Lets the bot answer what arrived; it may hand off. Nothing happens while a person has the conversation.
    pub fn bot_turn(&mut self, arrived: &InboundMessage) {
        if self.next.session.needs_human {
            return;
        }
        let policy = &self.around.bot.escalation;
        if let Some(cause) = escalation::before_turn(policy, &arrived.text) {
            return self.hand_over(&cause, &arrived.text);
        }
        if self.around.bot.engine.is_none() {
            return self.hand_over(&escalation::Cause::Bypass, &arrived.text);
        }
        let files = arrived.media.iter().map(|media| hear::Attachment {
            url: media.reference.clone(),
            mime: media.mime.clone().unwrap_or_default(),
            name: media.name.clone(),
            size: None,
        });
        let said = Said {
            text: arrived.text.clone(),
            payload: arrived.payload.clone(),
            files: files.collect(),
            kind: arrived.kind,
        };
        self.run_bot(BotEvent::Message(said), &arrived.text);
    }

    /// What the bot's script waited for has come: its time, or an answer.
    pub fn bot_event(&mut self, event: BotEvent) {
        self.run_bot(event, "");
    }

    /// An event that the bot's script may wait for was published.
    pub fn published(&mut self, event: &str, data: Value) {
        self.told = true;
        self.run_bot(BotEvent::Published { event: event.to_owned(), data }, "");
    }

    /// Gives the engine an event and does what it decides; what came of a transfer goes back into the same turn.
    fn run_bot(&mut self, event: BotEvent, said: &str) {
        let around = self.around;
        let Some(engine) = &around.bot.engine else { return };
        let before = self.next.session.bot_state.0.due;
        let mut paused = self.next.session.needs_human;
        let mut next = Some(event);
        while let Some(event) = next.take() {
            let turn = {
                let session = || self.session_values();
                let scene = Scene { now: around.now, paused, session: &session, program: self.program.as_ref() };
                engine.turn(&self.next.session.bot_state.0, &event, &scene)
            };
            paused = false;
            let takes_over = escalation::after_turn(&around.bot.escalation, &turn);
            if let Some(own) = engine.program().filter(|own| own.key() == turn.state.program) {
                self.program = Some(own.clone());
            }
            self.next.session.bot_state = Json(turn.state);
            for action in turn.actions {
                match action {
                    Action::Ask { key, request } => match *request {
                        Wish::TransferToHuman(wish) => {
                            next = Some(BotEvent::Answered { key, result: Ok(self.transfer(wish, said)) });
                        }
                        request => self.effects.push(Effect::Ask { key, request: Box::new(request) }),
                    },
                    other => self.perform(other),
                }
            }
            if let Some(cause) = takes_over.filter(|_| !self.next.session.needs_human) {
                self.hand_over(&cause, said);
            }
        }
        match self.next.session.bot_state.0.due {
            due if due == before => {}
            Some(due) => self.set_timer(Timer::Bot, due),
            None => self.clear_timer(Timer::Bot),
        }
    }

    /// What is known of the conversation, by the names that scripts use; its own variables among them.
    fn session_values(&self) -> Value {
        let (session, customer) = (&self.next.session, self.around.customer);
        let mut values: Map<String, Value> = session.variables.0.clone().into_iter().collect();
        let handoff = self.next.handoff.as_ref();
        let waits = session.status == Status::Waiting;
        let known = json!({
            "session_id": session.id,
            "bot": self.around.bot.bot.name,
            "channel": session.channel,
            "user_id": session.contact_id,
            "user_name": customer.name,
            "phone": customer.phone,
            "email": customer.email,
            "tier": customer.tier,
            "language": self.lang.pick("pt-BR", "en"),
            "needs_human": session.needs_human,
            "status": session.status,
            "tags": session.tags,
            "queue": session.queue_id.and_then(|id| self.around.configuration.queue(id)).map(|entry| &entry.queue.name),
            "queue_position": waits.then(|| self.position()),
            "attendant_id": session.attendant_id,
            "transfer_reason": handoff.map(|handoff| &handoff.reason),
            "priority": session.priority,
        });
        if let Value::Object(known) = known {
            values.extend(known);
        }
        Value::Object(values)
    }

    /// Hands over as a script asks; what it is told: `{success, position, estimated_wait, queue}`.
    fn transfer(&mut self, wish: Transfer, said: &str) -> Told {
        let skill = |name: String| Skill { name, level: 1 };
        let request = HandoffRequest {
            destination: wish.who.or(wish.department).or(wish.destination),
            department: None,
            priority: wish.priority.and_then(|priority| Priority::from_level(priority as u8)),
            reason: wish.reason,
            skills: wish.skills.into_iter().map(skill).collect(),
        };
        self.hand_over(&escalation::Cause::Program(request), said);
        let entry = self.next.session.queue_id.and_then(|id| self.around.configuration.queue(id));
        let position = (self.next.session.status == Status::Waiting).then(|| self.position());
        let wait = entry.zip(position).and_then(|(entry, at)| self.around.floor.estimated_wait(entry, at));
        let result = json!({
            "success": self.next.session.needs_human,
            "position": position,
            "estimated_wait": wait.map(|wait| wait.as_secs()),
            "queue": entry.map(|entry| &entry.queue.name),
        });
        Told::from_json(result).unwrap_or_default()
    }

    /// The bot, or a rule about it, wants a person. What the customer `said` may name a queue's topic.
    fn hand_over(&mut self, cause: &escalation::Cause, said: &str) {
        let mut asked = Asked { topic: Some(said.to_owned()), ..Asked::default() };
        if let escalation::Cause::Program(wish) = cause {
            asked.destination = wish.destination.clone().or_else(|| wish.department.clone());
            asked.priority = wish.priority.map(|priority| i64::from(priority.level()));
            asked.skills = wish.skills.clone();
        }
        let kind = match cause {
            escalation::Cause::Bypass => Cause::Bypass,
            escalation::Cause::Keyword { .. } => Cause::Keyword,
            escalation::Cause::Intent { .. } => Cause::Intent,
            escalation::Cause::Sentiment { .. } => Cause::Sentiment,
            escalation::Cause::Program(_) => Cause::Script,
            escalation::Cause::FailedTurns { .. } => Cause::BotGaveUp,
        };
        self.escalate(kind, cause.describe(self.lang), asked);
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Say { text, choices } => {
                let outgoing = Outgoing { text, choices, ..Outgoing::default() };
                // The customer has just written, so the window is open; an inactive channel says nothing.
                let _ = self.write(&Actor::Bot, outgoing);
            }
            Action::SetVariable { name, value } => {
                self.next.session.variables.0.insert(name, value);
            }
            Action::Send { media, url, caption } => self.send_file(media, url, caption),
            Action::Typing => self.effects.push(Effect::Typing),
            Action::React { emoji } => self.react(&emoji),
            Action::Report(fault) => {
                let (bot, session) = (self.around.bot.bot.id, self.next.session.id);
                let (script, line) = (fault.script.as_str(), fault.error.line);
                let cause = fault.error.message.en.as_str();
                tracing::warn!(bot.id = %bot, session.id = %session, script, line, cause, "script failed");
                let organization = self.next.session.organization_id;
                self.rows.bot_errors.push(ErrorRow::new(organization, bot, Some(session), &fault, self.around.now));
            }
            // Handing over is decided on the whole turn, requests leave with it.
            Action::Handoff(_) | Action::Failed | Action::Ask { .. } => {}
        }
    }

    /// A file that the provider fetches from where it is.
    fn send_file(&mut self, media: Media, url: String, caption: String) {
        let file = Attachment::at(media, url);
        let _ = self.write(&Actor::Bot, Outgoing { text: caption, attachments: vec![file], ..Outgoing::default() });
    }

    /// Marks the message that is being answered, for those who read along.
    fn react(&mut self, emoji: &str) {
        let answered = self.rows.messages.iter_mut().rev().find(|message| message.direction == Direction::In);
        let Some(message) = answered else { return };
        let mut extra = match message.extra.take() {
            Some(Json(Value::Object(extra))) => extra,
            _ => Map::new(),
        };
        extra.insert("reaction".into(), emoji.into());
        message.extra = Some(Json(Value::Object(extra)));
        let body = json!({"session_id": message.session_id, "message": MessageView::from(&*message)});
        self.emit("message_updated", body);
    }

    /// A person is needed: to the queue, or what its fallback says.
    pub fn escalate(&mut self, cause: Cause, reason: String, asked: Asked) {
        let Plan { queue, tell, stay_with_bot, tag, preferred_attendant } = plan::plan(
            &self.next,
            &asked,
            self.around.configuration,
            self.around.bot,
            self.around.floor,
            self.around.now,
        );
        if let Some(tag) = tag
            && !self.next.session.tags.0.contains(&tag)
        {
            self.next.session.tags.0.push(tag);
        }
        if !stay_with_bot {
            let request = Request {
                cause,
                reason: excerpt(&reason),
                queue,
                priority: asked
                    .priority
                    .unwrap_or_else(|| i64::from(self.around.bot.settings.attendance.priority_default)),
                skills: asked.skills,
                destination: asked.destination,
                preferred_attendant,
            };
            self.next.session.bot_state.0 = self.next.session.bot_state.0.clone().after_handoff();
            // A fallback's own words replace the usual notice. Refused only while a handoff is open: then one is enough.
            let _ = self.take(&Command::Request(request), tell.is_none());
        }
        if let Some(text) = tell {
            self.say_system(text);
        }
    }

    /// A wait of its own, not the one that an unanswered offer interrupted.
    fn begins_to_wait(&self, before: &super::Session) -> bool {
        let accepted = self.next.handoff.as_ref().is_some_and(|handoff| handoff.accepted_at.is_some());
        let goes_on = match before.status {
            Status::Waiting => true,
            Status::Assigned => !accepted,
            _ => false,
        };
        self.next.session.status == Status::Waiting && !(goes_on && before.queue_id == self.next.session.queue_id)
    }

    fn limit_wait(&mut self, queue: Option<QueueId>) {
        let entry = queue.and_then(|id| self.around.configuration.queue(id));
        if let Some(entry) = entry
            && entry.queue.max_wait_seconds > 0
        {
            let wait = std::time::Duration::from_secs(u64::try_from(entry.queue.max_wait_seconds).unwrap_or(0));
            self.effects.push(Effect::SetTimer(Timer::MaxWait, self.around.now + wait));
        } else {
            // What the queue before this one allowed holds no more.
            self.clear_timer(Timer::MaxWait);
        }
    }

    /// Goes to the queue that serves it now, when it waits without one.
    pub fn enter_queue(&mut self) -> Result<(), Refused> {
        let Some(queue) = plan::place(&self.next, self.around.configuration) else { return Ok(()) };
        let reason = "a queue serves it now".to_owned();
        self.apply(&Command::TransferToQueue { by: Actor::System, queue, reason })?;
        self.alert("queue_found");
        Ok(())
    }

    /// Starts a handoff as asked by an API call, a command or a script of a supervisor.
    pub fn request(&mut self, cause: Cause, reason: String, asked: Asked) -> Result<(), Refused> {
        if self.next.session.status.is_open() {
            return Err(Refused::InvalidTransition { state: self.next.session.status, command: "handoff" });
        }
        self.escalate(cause, reason, asked);
        Ok(())
    }

    /// Changes what is not the lifecycle's: tags, subject, snooze, variables, read marks.
    pub fn update(&mut self, change: impl FnOnce(&mut super::Session)) {
        let before = self.next.session.clone();
        change(&mut self.next.session);
        if before != self.next.session {
            let body = Value::Object(self.card());
            self.emit("conversation_updated", body);
        }
    }

    /// Changes a stored message and tells everyone.
    pub fn change_message(&mut self, message: &Message, change: Change) {
        let mut shown = message.clone();
        match &change {
            Change::Edited { text, at } => {
                shown.text.clone_from(text);
                shown.edited_at = Some(*at);
            }
            Change::Deleted => shown.deleted = true,
            Change::Extra(extra) => shown.extra = Some(Json(extra.clone())),
            Change::Status { status, error } => {
                shown.status = *status;
                shown.error = error.clone().map(Json);
            }
            Change::Accepted { external_id, .. } => shown.external_id = Some(external_id.clone()),
        }
        self.rows.changes.push(MessageChange { id: message.id, kind: change });
        let body = json!({"session_id": message.session_id, "message": MessageView::from(&shown)});
        self.emit("message_updated", body);
    }

    pub fn set_timer(&mut self, timer: Timer, at: Timestamp) {
        self.effects.push(Effect::SetTimer(timer, at));
    }

    pub fn clear_timer(&mut self, timer: Timer) {
        self.effects.push(Effect::ClearTimer(timer));
    }

    /// Starts the bot over: `/start`.
    pub fn restart_bot(&mut self) {
        self.next.session.bot_state = Json(BotState::default());
        self.next.session.variables = Json(BTreeMap::new());
    }

    /// The opening words of the bot, as if the session had just begun.
    pub fn greet(&mut self) {
        self.run_bot(BotEvent::SessionOpened, "");
    }

    /// No more campaign messages to this contact.
    pub fn opt_out(&mut self) {
        self.rows.opted_out = Some((self.next.session.contact_id, self.around.now));
    }

    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A message written in this step.
    pub fn message(&self, id: MessageId) -> Option<&Message> {
        self.rows.messages.iter().find(|message| message.id == id)
    }

    /// The idle timer is due.
    pub fn idle(&mut self) -> Result<(), Refused> {
        self.next.session.idle_timer_at = None;
        match lifecycle::idle(&self.next, &self.around.bot.policy, self.around.now) {
            Idle::Again(at) => {
                self.next.session.idle_timer_at = Some(at);
                self.set_timer(Timer::Idle, at);
            }
            Idle::Do(command) => {
                self.clear_timer(Timer::Idle);
                self.apply(&command)?;
            }
            Idle::Nothing => self.clear_timer(Timer::Idle),
        }
        Ok(())
    }

    /// It has waited longer than its queue allows.
    pub fn max_wait(&mut self) -> Result<(), Refused> {
        self.clear_timer(Timer::MaxWait);
        self.after_offer(Timer::MaxWait);
        if self.next.session.status != Status::Waiting {
            return Ok(());
        }
        let entry = self.next.session.queue_id.and_then(|id| self.around.configuration.queue(id));
        let overflow = entry.and_then(|entry| entry.queue.overflow_queue_id);
        self.apply(&Command::MaxWait { overflow })?;
        self.limit_wait(self.next.session.queue_id);
        Ok(())
    }

    /// What an offer under way may make needless is looked at once the offer has ended.
    fn after_offer(&mut self, timer: Timer) {
        let offer = self.next.handoff.as_ref().and_then(|handoff| handoff.offer_until);
        if let (Status::Assigned, Some(until)) = (self.next.session.status, offer) {
            self.set_timer(timer, until.max(self.around.now) + std::time::Duration::from_secs(1));
        }
    }

    /// The web customer came or went; who waits and is gone for long has given up.
    pub fn visitor(&mut self, here: bool) {
        if here {
            self.clear_timer(Timer::Abandon);
        } else if matches!(self.next.session.status, Status::Waiting | Status::Assigned)
            && self.next.handoff.as_ref().is_none_or(|handoff| handoff.cause != Cause::Left)
        {
            // Zero: never.
            let minutes = self.around.bot.settings.attendance.abandon_minutes;
            if minutes > 0 {
                self.set_timer(Timer::Abandon, self.around.now + std::time::Duration::from_secs(minutes * 60));
            }
        }
    }

    /// The web customer stayed away.
    pub fn abandon(&mut self) -> Result<(), Refused> {
        self.clear_timer(Timer::Abandon);
        self.after_offer(Timer::Abandon);
        if self.next.session.status == Status::Waiting {
            let outcome = "abandoned".to_owned();
            self.apply(&Command::Resolve { by: Actor::Contact, note: None, outcome })?;
        }
        Ok(())
    }
}

/// The wire name of a transition.
fn event_name(transition: &Transition) -> &'static str {
    match (transition.from, transition.to, transition.cause) {
        (_, _, "handoff") => "new_conversation",
        (_, _, "transfer" | "assign") if transition.to == Status::Waiting => "conversation_transferred",
        (_, Status::Assigned, "transfer") => "conversation_transferred",
        (from, to, _) if from == to => "conversation_updated",
        (_, Status::Assigned, _) => "conversation_assigned",
        (Status::Pending, Status::Active, _) => "conversation_updated",
        (_, Status::Active, "decline" | "offer_timeout" | "attendant_left") => "conversation_updated",
        (_, Status::Active, _) => "conversation_accepted",
        (_, Status::Pending, _) => "conversation_pending",
        (_, Status::Resolved, _) => "conversation_resolved",
        _ => "conversation_updated",
    }
}

fn kind_of(mime: &str) -> Kind {
    match mime.split('/').next() {
        Some("image") => Kind::Image,
        Some("audio") => Kind::Audio,
        Some("video") => Kind::Video,
        _ => Kind::Document,
    }
}
