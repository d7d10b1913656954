//! The live conversation: one actor per session, started by the first message for it and gone when idle. It takes one
//! command at a time, decides on a [`Draft`], stores it, and only then changes its memory and acts.
//!
//! Started and found through `Services::conversations`; asks nobody and waits for nobody but the store, so no two actors
//! ever wait for each other: queues and attendants are told, never asked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use serde_json::Value;

use super::draft::{CannotSend, Decided, Draft, Outgoing, Surroundings};
use super::lifecycle::{Command, Effect, Refused, Timer};
use super::store::{self, Change};
use super::view::CustomerBrief;
use super::{Actor as By, Attachment, Cause, Conversation, Message as StoredMessage};
use crate::actors::directory::{Live, Obituary};
use crate::attendants::actor as attendant;
use crate::attendants::commands::{CustomerCommand, customer_command};
use crate::attendants::desk;
use crate::basic::{ScriptError, Value as Told};
use crate::bot::basic::{self as engine, Loaded};
use crate::bot::store as bots;
use crate::bot::{BotEvent, host};
use crate::catalog::{BotEntry, Catalog, ChannelEntry, Configuration};
use crate::channels::adapter::InboundMessage;
use crate::channels::delivery;
use crate::clock::Timestamp;
use crate::contacts::store as contacts;
use crate::conversations::notices;
use crate::ids::*;
use crate::lang::Lang;
use crate::queues::actor as queue;
use crate::queues::plan::{self, Asked};
use crate::services::Services;
use crate::store::StoreError;
use crate::store::outbox::OutboxRow;

/// Why a conversation did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConversationError {
    #[error("no such conversation")]
    NotFound,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the provider's window is closed")]
    WindowClosed,
    #[error("the channel is not active")]
    ChannelInactive,
    #[error("no such message")]
    NoSuchMessage,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CannotSend> for ConversationError {
    fn from(error: CannotSend) -> Self {
        match error {
            CannotSend::WindowClosed => ConversationError::WindowClosed,
            CannotSend::ChannelInactive => ConversationError::ChannelInactive,
            CannotSend::Lifecycle(refused) => ConversationError::Refused(refused),
        }
    }
}

/// What the customer sent, in order. Answered once stored; messages seen before are passed over.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Vec<StoredMessage>, ConversationError>")]
pub struct Receive(pub Arc<Vec<Arrival>>);

/// One message of the customer.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub message: InboundMessage,
    /// The widget's own id of it.
    pub client_id: Option<String>,
    /// Left for a person while nobody answers (the widget's form outside business hours): no turn of the bot.
    pub for_person: bool,
}

/// A lifecycle command. Answered with the conversation once stored.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Conversation, ConversationError>")]
pub struct Do(pub Command);

/// A handoff asked for by an API call, a command or a script.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Conversation, ConversationError>")]
pub struct RequestHandoff {
    pub cause: Cause,
    pub reason: String,
    pub asked: Asked,
}

/// A message of an attendant, a private note, or words of the API. The same `client_id` gives the first one again.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<StoredMessage, ConversationError>")]
pub struct Send {
    pub by: By,
    pub client_id: Option<String>,
    pub text: String,
    pub attachments: Vec<Attachment>,
    pub reply_to: Option<MessageId>,
    pub private: bool,
    pub template: Option<Value>,
}

/// Changes beside the lifecycle; what is `None` stays.
#[derive(Debug, Clone, Default, Message)]
#[rtype(result = "Result<Conversation, ConversationError>")]
pub struct Update {
    pub add_tags: Vec<String>,
    pub remove_tags: Vec<String>,
    pub tags: Option<Vec<String>>,
    pub subject: Option<Option<String>>,
    pub snoozed_until: Option<Option<Timestamp>>,
    /// An attendant has read everything.
    pub read: bool,
    pub contact_id: Option<ContactId>,
}

/// Something the customer did to an earlier message.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<(), ConversationError>")]
pub struct ChangeMessage {
    pub external_id: String,
    pub change: CustomerChange,
}

#[derive(Debug, Clone)]
pub enum CustomerChange {
    Edit { text: Option<String>, at: Timestamp },
    Delete,
    React { emoji: Option<String> },
}

/// A wake-up that is due.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<(), ConversationError>")]
pub struct Wake(pub Timer);

/// What came of something that the bot's script asked for.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<(), ConversationError>")]
pub struct Answered {
    pub key: String,
    pub result: Result<Told, ScriptError>,
}

/// An event that its script waits for was published. Answered once the script has taken it.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<(), ConversationError>")]
pub struct Published {
    pub event: String,
    pub data: Value,
}

/// A queue may serve it now: one that waits without any goes there.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<(), ConversationError>")]
pub struct EnterQueue;

/// The web customer's first socket opened, or the last one closed: look which.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct VisitorPresence;

/// The conversation as it stands, after everything that was told before.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Conversation, ConversationError>")]
pub struct Observe;

/// The conversation as it stands, without waking it: told by its actor while it lives, else read from its rows.
pub async fn observe(services: &Services, id: SessionId) -> Result<Conversation, ConversationError> {
    match services.conversations().ask_living(id, Observe).await {
        Some(told) => told,
        None => {
            let read = services.store.read("conversation.observe", move |db| Ok(store::load(db, id)?)).await?;
            read.ok_or(ConversationError::NotFound)
        }
    }
}

/// The rows behind it changed by another hand (a merge, an import): read them again.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Reload;

/// The live conversation.
pub struct ConversationActor {
    id: SessionId,
    services: Services,
    conversation: Option<Conversation>,
    customer: CustomerBrief,
    /// What the bot's state belongs to: a conversation finishes on the version it began with.
    program: Option<Arc<Loaded>>,
    last_used: Timestamp,
    _obituary: Obituary<Self>,
}

impl Live for ConversationActor {
    type Id = SessionId;
    const NAME: &'static str = "conversation";
    const MAILBOX: usize = 64;
    const RETURNS: bool = false;
}

impl ConversationActor {
    pub fn new(id: SessionId, services: Services, obituary: Obituary<Self>) -> Self {
        let last_used = services.clock.now();
        let customer = CustomerBrief::default();
        ConversationActor { id, services, conversation: None, customer, program: None, last_used, _obituary: obituary }
    }

    /// Reads the rows; the mailbox waits meanwhile.
    fn read(&self, ctx: &mut Context<Self>) {
        let (store, catalog, id) = (self.services.store.clone(), self.services.catalog.clone(), self.id);
        let reading = async move {
            store
                .read("conversation.load", move |db| {
                    let Some(conversation) = store::load(db, id)? else { return Ok(None) };
                    let contact = contacts::find_any(db, conversation.session.contact_id)?;
                    let program = program(db, &catalog, &conversation)?;
                    Ok(Some((conversation, contact, program)))
                })
                .await
        };
        ctx.wait(reading.into_actor(self).map(|read, actor, ctx| match read {
            Ok(Some((conversation, contact, program))) => {
                actor.program = program;
                actor.customer = contact.map(|contact| contact.brief()).unwrap_or_default();
                actor.conversation = Some(conversation);
            }
            // Those who asked are answered: no such conversation.
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(conversation.id = %actor.id, %error, "conversation could not be read");
                ctx.stop();
            }
        }));
    }

    fn surroundings(&self) -> Option<(Conversation, Around)> {
        let conversation = self.conversation.clone()?;
        let configuration = self.services.catalog.organization(conversation.session.organization_id)?;
        let bot = configuration.bots.get(&conversation.session.bot_id)?.clone();
        let channel = configuration.channels.get(&conversation.session.channel_id)?.clone();
        Some((conversation, Around { configuration, bot, channel }))
    }

    /// Decides on a draft and stores it; `decide` may refuse, then nothing changes. Atomic: the next message waits.
    fn step<T: 'static>(
        &mut self,
        decide: impl Fn(&mut Draft<'_>) -> Result<T, ConversationError> + 'static,
    ) -> ResponseActFuture<Self, Result<T, ConversationError>> {
        self.last_used = self.services.clock.now();
        let decided = self.decide(&decide);
        let store = self.services.store.clone();
        let work = async move {
            let (value, changed) = decided?;
            match changed {
                None => Ok((value, None)),
                Some(Decided { rows, next, effects, program }) => {
                    let outbox = rows.outbox.clone();
                    let fetches = !rows.downloads.is_empty();
                    store.step(rows).await?;
                    Ok((value, Some((next, program, effects, outbox, fetches))))
                }
            }
        };
        Box::pin(work.into_actor(self).map(move |stored, actor: &mut Self, ctx| {
            let stored: Result<_, ConversationError> = stored;
            match stored {
                Ok((value, None)) => Ok(value),
                Ok((value, Some((next, program, effects, outbox, fetches)))) => {
                    // Memory changes only after the store agreed.
                    actor.conversation = Some(next);
                    actor.program = program;
                    actor.perform(effects, outbox);
                    // Decided while no queue served it; one may have been made before that was stored.
                    if actor.has_a_place() {
                        ctx.notify(EnterQueue);
                    }
                    if fetches {
                        actor.services.fetch_media();
                    }
                    Ok(value)
                }
                Err(error) => {
                    // Another hand was first, or the rows' fate is unknown: they are read again before the next step.
                    // A duplicate rolled back alone: memory is still what is stored.
                    if matches!(&error, ConversationError::Store(cause) if !matches!(cause, StoreError::Duplicate(_))) {
                        actor.read(ctx);
                    }
                    Err(error)
                }
            }
        }))
    }

    /// It waits without a queue, and one serves it.
    fn has_a_place(&self) -> bool {
        let Some(conversation) = &self.conversation else { return false };
        let configuration = self.services.catalog.organization(conversation.session.organization_id);
        configuration.is_some_and(|configuration| plan::place(conversation, &configuration).is_some())
    }

    fn decide<T>(
        &self,
        decide: &dyn Fn(&mut Draft<'_>) -> Result<T, ConversationError>,
    ) -> Result<(T, Option<Decided>), ConversationError> {
        let (conversation, around) = self.surroundings().ok_or(ConversationError::NotFound)?;
        let surroundings = Surroundings {
            configuration: &around.configuration,
            bot: &around.bot,
            channel: &around.channel,
            customer: &self.customer,
            floor: &self.services.floor,
            now: self.services.clock.now(),
            program: self.program.clone(),
        };
        let mut draft = Draft::new(&conversation, &surroundings);
        let value = decide(&mut draft)?;
        Ok((value, draft.finish()))
    }

    /// Tells the others what has happened. They read the same from the database should this be lost.
    fn perform(&self, effects: Vec<Effect>, outbox: Vec<OutboxRow>) {
        let Some(conversation) = &self.conversation else { return };
        let session = &conversation.session;
        for effect in effects {
            match effect {
                Effect::Enqueue(id) => {
                    if let Some(waiting) = queue::Waiting::of(conversation, self.customer.tier.clone()) {
                        self.services.queues().notify(id, queue::Enqueue(waiting));
                    }
                }
                Effect::Dequeue(id) => self.services.queues().notify(id, queue::Dequeue(session.id)),
                Effect::Occupy(id) => {
                    self.services
                        .attendants()
                        .notify(id, attendant::Hold { session: session.id, status: session.status });
                }
                Effect::Release(id) => self.services.attendants().notify(id, attendant::Release(session.id)),
                Effect::SetTimer(_, at) => self.services.wake_at(at),
                Effect::Ask { key, request } => host::ask(&self.services, conversation, key, *request),
                Effect::Typing => {
                    let name = self
                        .services
                        .catalog
                        .organization(session.organization_id)
                        .and_then(|configuration| Some(configuration.bots.get(&session.bot_id)?.bot.name.clone()));
                    desk::show_typing(&self.services, session, "attendant", &name.unwrap_or_default());
                }
                Effect::ClearTimer(_) | Effect::Tell(_) | Effect::Ring(_) => {}
            }
        }
        // Notices to an attendant may leave by another channel than the conversation's.
        let mut by_channel: BTreeMap<ChannelId, Vec<OutboxRow>> = BTreeMap::new();
        for row in outbox {
            by_channel.entry(row.channel_id).or_default().push(row);
        }
        for (channel, rows) in by_channel {
            self.services.deliveries().notify(channel, delivery::Work(rows));
        }
    }
}

/// The program that a waiting script needs: the published one when it is that, else from its row.
fn program(
    db: &mut crate::store::AnyConnection,
    catalog: &Catalog,
    conversation: &Conversation,
) -> Result<Option<Arc<Loaded>>, StoreError> {
    let (session, state) = (&conversation.session, &conversation.session.bot_state.0);
    let Some((name, version)) = Loaded::of_key(&state.program).filter(|_| state.engine == engine::ENGINE) else {
        return Ok(None);
    };
    let published = catalog
        .organization(session.organization_id)
        .and_then(|configuration| configuration.bots.get(&session.bot_id)?.engine.as_ref()?.program().cloned());
    if let Some(published) = published.filter(|published| published.key() == state.program) {
        return Ok(Some(published));
    }
    let script = bots::script(db, session.organization_id, session.bot_id, name, version)?;
    Ok(script.as_ref().and_then(Loaded::compile).map(Arc::new))
}

struct Around {
    configuration: Arc<Configuration>,
    bot: Arc<BotEntry>,
    channel: Arc<ChannelEntry>,
}

impl Actor for ConversationActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.read(ctx);
        // Without a message for this long it leaves memory; its row stays.
        let idle = Duration::from_secs(self.services.config.sessions.idle_seconds);
        ctx.run_interval(idle, move |actor, ctx| {
            if actor.services.clock.now().since(actor.last_used) >= idle {
                ctx.stop();
            }
        });
    }
}

impl Handler<Receive> for ConversationActor {
    type Result = AtomicResponse<Self, Result<Vec<StoredMessage>, ConversationError>>;

    fn handle(&mut self, Receive(arrivals): Receive, _: &mut Self::Context) -> Self::Result {
        // Most are new, so storing is tried first; the unique index tells when one is not, and only then is it looked up.
        let quotes = arrivals.iter().any(|arrival| arrival.message.reply_to.is_some());
        if quotes || arrivals.iter().any(|arrival| arrival.client_id.is_some()) {
            return AtomicResponse::new(self.receive_known(arrivals));
        }
        let again = arrivals.clone();
        AtomicResponse::new(Box::pin(self.receive(arrivals, Known::default()).then(
            move |stored, actor, _| match stored {
                Err(ConversationError::Store(StoreError::Duplicate(_))) => actor.receive_known(again),
                stored => Box::pin(fut::ready(stored)),
            },
        )))
    }
}

/// What the database knows of arriving messages.
#[derive(Debug, Default)]
struct Known {
    /// Stored already, by external id.
    stored: Vec<StoredMessage>,
    /// Quoted messages, by external id.
    quoted: Vec<(String, MessageId)>,
}

impl Known {
    fn read(
        db: &mut crate::store::AnyConnection,
        channel: ChannelId,
        session: SessionId,
        arrivals: &[Arrival],
    ) -> Result<Known, StoreError> {
        let mut known = Known::default();
        for arrival in arrivals {
            if let Some(stored) = store::by_external_id(db, channel, &arrival.message.external_id)? {
                known.stored.push(stored);
            } else if let Some(client) = &arrival.client_id
                && let Some(stored) = store::by_client_id(db, session, client)?
            {
                known.stored.push(stored);
            }
            if let Some(quoted) = &arrival.message.reply_to
                && let Some(message) = store::by_external_id(db, channel, quoted)?
            {
                known.quoted.push((quoted.clone(), message.id));
            }
        }
        Ok(known)
    }

    fn find(&self, arrival: &Arrival) -> Option<&StoredMessage> {
        self.stored.iter().find(|stored| {
            stored.external_id.as_deref() == Some(&arrival.message.external_id)
                || (stored.client_id.is_some() && stored.client_id == arrival.client_id)
        })
    }
}

impl ConversationActor {
    /// Looks up what is known of the arrivals, then stores the rest.
    fn receive_known(
        &mut self,
        arrivals: Arc<Vec<Arrival>>,
    ) -> ResponseActFuture<Self, Result<Vec<StoredMessage>, ConversationError>> {
        let Some(conversation) = &self.conversation else {
            return Box::pin(fut::ready(Err(ConversationError::NotFound)));
        };
        let (store, channel, session) = (self.services.store.clone(), conversation.session.channel_id, self.id);
        let asked = arrivals.clone();
        let look_up =
            async move { store.read("conversation.known", move |db| Known::read(db, channel, session, &asked)).await };
        Box::pin(look_up.into_actor(self).then(move |known, actor, _| match known {
            Ok(known) => actor.receive(arrivals, known),
            Err(error) => Box::pin(fut::ready(Err(error.into()))),
        }))
    }

    fn receive(
        &mut self,
        arrivals: Arc<Vec<Arrival>>,
        known: Known,
    ) -> ResponseActFuture<Self, Result<Vec<StoredMessage>, ConversationError>> {
        self.step(move |draft| {
            let mut given = Vec::with_capacity(arrivals.len());
            let mut seen: Vec<&str> = Vec::new();
            for arrival in arrivals.iter() {
                let external = arrival.message.external_id.as_str();
                if let Some(stored) = known.find(arrival) {
                    given.push(stored.clone());
                    continue;
                }
                if seen.contains(&external) {
                    continue;
                }
                seen.push(external);
                let reply_to =
                    arrival.message.reply_to.as_ref().and_then(|quoted| {
                        known.quoted.iter().find(|(external, _)| external == quoted).map(|(_, id)| *id)
                    });
                let received = draft.receive(&arrival.message, arrival.client_id.clone(), reply_to);
                match customer_command(&arrival.message.text) {
                    _ if received.is_rating => {}
                    // A handoff that is open already gets it anyway.
                    _ if arrival.for_person => {
                        let reason = arrival.message.text.clone();
                        let _ = draft.request(Cause::Left, reason, Asked::default());
                    }
                    Some(command) => obey(draft, command),
                    None => draft.bot_turn(&arrival.message),
                }
                given.extend(draft.message(received.id).cloned());
            }
            Ok(given)
        })
    }
}

/// What a customer may command.
fn obey(draft: &mut Draft<'_>, command: CustomerCommand) {
    match command {
        CustomerCommand::Agent => {
            // Asking twice changes nothing: a handoff is open already.
            let _ = draft.request(Cause::Customer, "/agent".to_owned(), Asked::default());
        }
        CustomerCommand::Start => {
            if !draft.conversation().session.needs_human {
                draft.restart_bot();
                draft.greet();
            }
        }
        CustomerCommand::Stop => {
            let lang: Lang = draft.lang();
            draft.opt_out();
            draft.say_system(notices::opted_out(lang));
        }
    }
}

impl Handler<Do> for ConversationActor {
    type Result = AtomicResponse<Self, Result<Conversation, ConversationError>>;

    fn handle(&mut self, Do(command): Do, _: &mut Self::Context) -> Self::Result {
        AtomicResponse::new(self.step(move |draft| {
            draft.apply(&command)?;
            Ok(draft.conversation().clone())
        }))
    }
}

impl Handler<RequestHandoff> for ConversationActor {
    type Result = AtomicResponse<Self, Result<Conversation, ConversationError>>;

    fn handle(&mut self, request: RequestHandoff, _: &mut Self::Context) -> Self::Result {
        AtomicResponse::new(self.step(move |draft| {
            draft.request(request.cause, request.reason.clone(), request.asked.clone())?;
            Ok(draft.conversation().clone())
        }))
    }
}

impl Handler<Send> for ConversationActor {
    type Result = AtomicResponse<Self, Result<StoredMessage, ConversationError>>;

    fn handle(&mut self, send: Send, _: &mut Self::Context) -> Self::Result {
        if send.client_id.is_none() && send.reply_to.is_none() {
            return AtomicResponse::new(self.send(send, None));
        }
        let (store, session) = (self.services.store.clone(), self.id);
        let (client, quoted) = (send.client_id.clone(), send.reply_to);
        let look_up = async move {
            store
                .read("conversation.client_id", move |db| {
                    let first = match &client {
                        Some(client) => store::by_client_id(db, session, client)?,
                        None => None,
                    };
                    let quoted = match quoted {
                        Some(id) => Some(store::message(db, session, id)?),
                        None => None,
                    };
                    Ok((first, quoted))
                })
                .await
        };
        AtomicResponse::new(Box::pin(look_up.into_actor(self).then(move |found, actor, _| match found {
            Ok((Some(first), _)) => Box::pin(fut::ready(Ok(first))),
            Ok((None, Some(None))) => Box::pin(fut::ready(Err(ConversationError::NoSuchMessage))),
            Ok((None, quoted)) => actor.send(send, quoted.flatten().and_then(|message| message.external_id)),
            Err(error) => Box::pin(fut::ready(Err(error.into()))),
        })))
    }
}

impl ConversationActor {
    fn send(
        &mut self,
        send: Send,
        quoted: Option<String>,
    ) -> ResponseActFuture<Self, Result<StoredMessage, ConversationError>> {
        self.step(move |draft| {
            let outgoing = Outgoing {
                client_id: send.client_id.clone(),
                text: send.text.clone(),
                attachments: send.attachments.clone(),
                reply_to: send.reply_to,
                reply_to_external: quoted.clone(),
                private: send.private,
                template: send.template.clone(),
                ..Outgoing::default()
            };
            Ok(draft.write(&send.by, outgoing)?)
        })
    }
}

impl Handler<Update> for ConversationActor {
    type Result = AtomicResponse<Self, Result<Conversation, ConversationError>>;

    fn handle(&mut self, update: Update, _: &mut Self::Context) -> Self::Result {
        AtomicResponse::new(self.step(move |draft| {
            draft.update(|session| {
                if let Some(tags) = &update.tags {
                    session.tags.0.clone_from(tags);
                }
                session.tags.0.retain(|tag| !update.remove_tags.contains(tag));
                for tag in &update.add_tags {
                    if !session.tags.0.contains(tag) {
                        session.tags.0.push(tag.clone());
                    }
                }
                if let Some(subject) = &update.subject {
                    session.subject.clone_from(subject);
                }
                if let Some(until) = update.snoozed_until {
                    session.snoozed_until = until;
                }
                if update.read {
                    session.unread = 0;
                }
                if let Some(contact) = update.contact_id {
                    session.contact_id = contact;
                }
            });
            match update.snoozed_until {
                Some(Some(until)) => draft.set_timer(Timer::Snooze, until),
                Some(None) => draft.clear_timer(Timer::Snooze),
                None => {}
            }
            Ok(draft.conversation().clone())
        }))
    }
}

impl Handler<ChangeMessage> for ConversationActor {
    type Result = AtomicResponse<Self, Result<(), ConversationError>>;

    fn handle(&mut self, change: ChangeMessage, _: &mut Self::Context) -> Self::Result {
        let Some(conversation) = &self.conversation else {
            return AtomicResponse::new(Box::pin(fut::ready(Err(ConversationError::NotFound))));
        };
        let (store, channel) = (self.services.store.clone(), conversation.session.channel_id);
        let external = change.external_id.clone();
        let find = async move {
            store.read("message.by_external_id", move |db| Ok(store::by_external_id(db, channel, &external)?)).await
        };
        AtomicResponse::new(Box::pin(find.into_actor(self).then(move |found, actor: &mut Self, _| match found {
            // A message from before our time: nothing to change.
            Ok(None) => Box::pin(fut::ready(Ok(()))),
            Ok(Some(message)) => {
                let change = match change.change {
                    CustomerChange::Edit { text, at } => Change::Edited { text: text.unwrap_or_default(), at },
                    CustomerChange::Delete => Change::Deleted,
                    CustomerChange::React { emoji } => Change::Extra(with_reaction(&message, emoji.as_deref())),
                };
                actor.step(move |draft| {
                    draft.change_message(&message, change.clone());
                    Ok(())
                })
            }
            Err(error) => Box::pin(fut::ready(Err(error.into()))),
        })))
    }
}

fn with_reaction(message: &StoredMessage, emoji: Option<&str>) -> Value {
    let mut extra = match &message.extra {
        Some(extra) => extra.0.as_object().cloned().unwrap_or_default(),
        None => serde_json::Map::new(),
    };
    match emoji {
        Some(emoji) => extra.insert("reaction".into(), emoji.into()),
        None => extra.remove("reaction"),
    };
    Value::Object(extra)
}

impl Handler<Wake> for ConversationActor {
    type Result = AtomicResponse<Self, Result<(), ConversationError>>;

    fn handle(&mut self, Wake(timer): Wake, _: &mut Self::Context) -> Self::Result {
        AtomicResponse::new(self.step(move |draft| {
            match timer {
                Timer::Offer => draft.apply(&Command::OfferLapsed)?,
                Timer::Idle => draft.idle()?,
                Timer::MaxWait => draft.max_wait()?,
                Timer::Snooze => draft.update(|session| session.snoozed_until = None),
                Timer::Abandon => draft.abandon()?,
                Timer::Bot => draft.bot_event(BotEvent::TimerFired),
            }
            Ok(())
        }))
    }
}

impl Handler<Answered> for ConversationActor {
    type Result = AtomicResponse<Self, Result<(), ConversationError>>;

    fn handle(&mut self, Answered { key, result }: Answered, _: &mut Self::Context) -> Self::Result {
        AtomicResponse::new(self.step(move |draft| {
            draft.bot_event(BotEvent::Answered { key: key.clone(), result: result.clone() });
            Ok(())
        }))
    }
}

impl Handler<Published> for ConversationActor {
    type Result = AtomicResponse<Self, Result<(), ConversationError>>;

    fn handle(&mut self, Published { event, data }: Published, _: &mut Self::Context) -> Self::Result {
        AtomicResponse::new(self.step(move |draft| {
            draft.published(&event, data.clone());
            Ok(())
        }))
    }
}

impl Handler<EnterQueue> for ConversationActor {
    type Result = AtomicResponse<Self, Result<(), ConversationError>>;

    fn handle(&mut self, _: EnterQueue, _: &mut Self::Context) -> Self::Result {
        AtomicResponse::new(self.step(|draft| Ok(draft.enter_queue()?)))
    }
}

/// Lets those that wait without a queue know when one serves their channel: after queues changed, and at start.
pub async fn place_unqueued(services: &Services, organization: OrganizationId) -> Result<(), StoreError> {
    let waiting =
        services.store.read("conversations.unqueued", move |db| Ok(store::waiting_unqueued(db, organization)?)).await?;
    let Some(configuration) = services.catalog.organization(organization) else { return Ok(()) };
    for (session, channel) in waiting {
        if configuration.queues.iter().any(|entry| entry.serves(&channel)) {
            services.conversations().notify(session, EnterQueue);
        }
    }
    Ok(())
}

impl Handler<VisitorPresence> for ConversationActor {
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, _: VisitorPresence, _: &mut Self::Context) -> Self::Result {
        let (visitors, id) = (self.services.visitors.clone(), self.id);
        let step = self.step(move |draft| {
            draft.visitor(visitors.is_here(id));
            Ok(())
        });
        // Losing this only means that an abandoned conversation waits a little longer.
        AtomicResponse::new(Box::pin(step.map(|_, _, _| ())))
    }
}

impl Handler<Observe> for ConversationActor {
    type Result = Result<Conversation, ConversationError>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        self.conversation.clone().ok_or(ConversationError::NotFound)
    }
}

impl Handler<Reload> for ConversationActor {
    type Result = ();

    fn handle(&mut self, _: Reload, ctx: &mut Self::Context) {
        self.read(ctx);
    }
}
