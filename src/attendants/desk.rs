//! Everything an attendant does, one function per act: permission, visibility and capacity are checked here and nowhere
//! else. Called by REST handlers, socket frames and chat commands alike. No act decides: the conversation does.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;

use super::Status as Presence;
use super::actor::{Claim, SetStatus, Unreserve};
use super::commands;
use super::store::User;
use crate::auth::roles::{Forbidden, Permission, Principal, Role, Visibility};
use crate::catalog::Configuration;
use crate::channels::delivery;
use crate::channels::receipts;
use crate::clock::Timestamp;
use crate::conversations::actor::{self as conversation, ConversationError, Do, RequestHandoff, Update};
use crate::conversations::lifecycle::{Command, Refused};
use crate::conversations::{
    Actor, Cause, Conversation, Direction, Message, MessageStatus, Session, Status, store as conversations,
};
use crate::ids::*;
use crate::lang::Lang;
use crate::queues::plan::Asked;
use crate::queues::routing::Skill;
use crate::services::Services;
use crate::store::StoreError;
use crate::store::events::Audience;
use crate::store::outbox::{self, OutboxRow, OutboxState};

/// Characters of one message at most.
pub const TEXT_CHARS: usize = 20_000;
/// Tags of a conversation, and characters of one, at most.
const TAGS: usize = 50;
const SUBJECT_CHARS: usize = 200;
const TAG_CHARS: usize = 60;

/// Someone at work: who they are and what they may do now.
#[derive(Clone)]
pub struct Worker {
    pub principal: Principal,
    pub user: Arc<User>,
    pub configuration: Arc<Configuration>,
}

impl Worker {
    /// An active person with their present role and queues.
    pub fn of(services: &Services, id: UserId) -> Option<Worker> {
        let (configuration, user) = services.catalog.of_user(id)?;
        if !user.is_active {
            return None;
        }
        let queues = configuration.queues_of(user.id);
        let mut principal = Principal::person(configuration.organization.id, user.id, user.role, queues);
        principal.operator = configuration.organization.is_operator;
        Some(Worker { principal, user, configuration })
    }

    /// As the author of what they do.
    pub fn actor(&self) -> Actor {
        Actor::Attendant { id: self.user.id, name: self.user.name.clone() }
    }

    pub fn lang(&self) -> Lang {
        Lang::from_locale(&self.user.locale).unwrap_or_default()
    }

    fn may(&self, permission: Permission) -> Result<(), DeskError> {
        Ok(self.principal.may(permission)?)
    }

    fn name_of(&self, user: UserId) -> String {
        self.configuration.users.get(&user).map(|user| user.name.clone()).unwrap_or_default()
    }
}

/// From where somebody says that they are online.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// A socket vouches for them: losing it makes them away.
    Console,
    /// Their phone: nothing vouches, they stay what they said.
    Messenger,
    Api,
}

/// Why an act did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Unknown, or not theirs to see.
    #[error("no such conversation")]
    NotFound,
    #[error("nothing is waiting")]
    NothingWaiting,
    #[error("the attendant already has the maximum of conversations")]
    AtCapacity,
    #[error("already taken by {name}")]
    AlreadyTaken { name: String },
    /// A card is no longer where it was dragged from.
    #[error("it is {now} now")]
    Moved { now: Status },
    /// Only a failed message of ours that is still in the outbox can be sent again.
    #[error("message is {0} and cannot be sent again")]
    NotRetryable(MessageStatus),
    /// A field of the request, by its wire name.
    #[error("{field}: {fault:?}")]
    Field { field: &'static str, fault: Fault },
    #[error(transparent)]
    Conversation(ConversationError),
    #[error(transparent)]
    Store(StoreError),
    #[error("busy")]
    Busy,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Required,
    TooLong(usize),
    OutOfRange(i64, i64),
    NotFound,
    /// In Portuguese, in English.
    Invalid(&'static str, &'static str),
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        DeskError::Store(error)
    }
}

impl From<crate::actors::directory::Unreachable> for DeskError {
    fn from(_: crate::actors::directory::Unreachable) -> Self {
        DeskError::Busy
    }
}

impl DeskError {
    /// From a conversation's refusal; names the winner.
    fn of(worker: &Worker, error: ConversationError) -> Self {
        match error {
            ConversationError::NotFound => DeskError::NotFound,
            ConversationError::Refused(Refused::AlreadyTaken(winner)) => {
                DeskError::AlreadyTaken { name: worker.name_of(winner) }
            }
            ConversationError::Store(StoreError::Stale) => DeskError::Busy,
            ConversationError::Store(error) => DeskError::Store(error),
            other => DeskError::Conversation(other),
        }
    }

    /// What a person reads.
    pub fn describe(&self, lang: Lang) -> String {
        let fixed = |pt: &str, en: &str| lang.pick(pt, en).to_owned();
        match self {
            DeskError::Forbidden(_) => fixed("Você não tem permissão para isto.", "You are not allowed to do this."),
            DeskError::NotFound => {
                fixed("Essa conversa não existe ou não é sua.", "That conversation does not exist or is not yours.")
            }
            DeskError::NothingWaiting => fixed("Não há ninguém esperando.", "Nobody is waiting."),
            DeskError::AtCapacity => {
                fixed("O limite de conversas foi atingido.", "The maximum of conversations has been reached.")
            }
            DeskError::AlreadyTaken { name } => match lang {
                Lang::Pt => format!("Já assumida por {name}."),
                Lang::En => format!("Already taken by {name}."),
            },
            DeskError::Moved { now }
            | DeskError::Conversation(ConversationError::Refused(Refused::InvalidTransition { state: now, .. })) => {
                let state = state_label(*now, lang);
                match lang {
                    Lang::Pt => format!("Não é possível agora: a conversa está {state}."),
                    Lang::En => format!("Not possible now: the conversation is {state}."),
                }
            }
            DeskError::NotRetryable(_) => {
                fixed("Essa mensagem não pode ser reenviada.", "That message cannot be sent again.")
            }
            DeskError::Field { fault: Fault::Invalid(pt, en), .. } => match lang {
                Lang::Pt => format!("Não é válido ({pt})."),
                Lang::En => format!("Not valid ({en})."),
            },
            DeskError::Field { fault: Fault::TooLong(max), .. } => match lang {
                Lang::Pt => format!("O texto passa de {max} caracteres."),
                Lang::En => format!("The text has more than {max} characters."),
            },
            DeskError::Field { .. } => fixed("Falta algo ou não é válido.", "Something is missing or not valid."),
            DeskError::Conversation(ConversationError::WindowClosed) => fixed(
                "Não enviado: a janela de 24 horas deste cliente fechou. Use um modelo aprovado no console.",
                "Not sent: this customer's 24-hour window has closed. Use an approved template in the console.",
            ),
            DeskError::Conversation(ConversationError::ChannelInactive) => {
                fixed("Não enviado: o canal está desligado.", "Not sent: the channel is switched off.")
            }
            DeskError::Conversation(ConversationError::Refused(Refused::NotOffered)) => {
                fixed("Essa conversa não está oferecida a você.", "That conversation is not offered to you.")
            }
            DeskError::Conversation(ConversationError::Refused(_)) => {
                fixed("Essa conversa não está com você.", "That conversation is not with you.")
            }
            DeskError::Conversation(_) => fixed("Mensagem não encontrada.", "Message not found."),
            DeskError::Store(_) | DeskError::Busy => fixed(
                "O sistema está ocupado e isto não foi feito. Tente de novo em instantes.",
                "The system is busy and this was not done. Try again in a moment.",
            ),
        }
    }
}

/// A conversation's state as a person reads it.
pub fn state_label(status: Status, lang: Lang) -> &'static str {
    match status {
        Status::Bot => lang.pick("com o robô", "with the bot"),
        Status::Waiting => lang.pick("na fila", "waiting"),
        Status::Assigned => lang.pick("oferecida a um atendente", "offered to an attendant"),
        Status::Active => lang.pick("em atendimento", "active"),
        Status::Pending => lang.pick("pendente", "pending"),
        Status::Resolved => lang.pick("encerrada", "resolved"),
    }
}

type Done = Result<Conversation, DeskError>;

/// The conversation, when it is theirs to see.
pub async fn see(services: &Services, worker: &Worker, session: SessionId) -> Done {
    worker.may(Permission::ViewConversations)?;
    let conversation = conversation::observe(services, session).await.map_err(|error| DeskError::of(worker, error))?;
    let seen = &conversation.session;
    let visible = seen.organization_id == worker.principal.organization
        && worker.principal.sees_queue(seen.queue_id, seen.attendant_id);
    if visible { Ok(conversation) } else { Err(DeskError::NotFound) }
}

async fn ask(services: &Services, worker: &Worker, session: SessionId, command: Command) -> Done {
    let done = services.conversations().tell(session, Do(command)).await?;
    done.map_err(|error| DeskError::of(worker, error))
}

async fn update(services: &Services, worker: &Worker, session: SessionId, change: Update) -> Done {
    let done = services.conversations().tell(session, change).await?;
    done.map_err(|error| DeskError::of(worker, error))
}

/// What waits for them, in the order in which `take` serves it: what is offered to them, then their queues by order. A
/// supervisor without a queue serves all.
pub async fn waiting(services: &Services, worker: &Worker) -> Result<Vec<SessionId>, DeskError> {
    let user = worker.user.id;
    let held = services.store.read("desk.held", move |db| Ok(conversations::held_by(db, user)?)).await?;
    let offered = held.into_iter().filter(|(_, status)| *status == Status::Assigned).map(|(session, _)| session);
    let mut order: Vec<SessionId> = offered.collect();
    let own: HashSet<QueueId> = worker.configuration.queues_of(user).into_iter().collect();
    let all = own.is_empty() && worker.principal.queues == Visibility::All;
    for entry in &worker.configuration.queues {
        if all || own.contains(&entry.queue.id) {
            order.extend(&services.floor.queue(entry.queue.id).waiting);
        }
    }
    Ok(order)
}

/// Accepts that conversation, or the next one for them.
///
/// Errors: `AlreadyTaken` names the winner, `AtCapacity`, `NothingWaiting` without a session.
pub async fn take(services: &Services, worker: &Worker, session: Option<SessionId>) -> Done {
    worker.may(Permission::ServeConversations)?;
    if let Some(session) = session {
        let conversation = see(services, worker, session).await?;
        return accept(services, worker, &conversation).await;
    }
    for session in waiting(services, worker).await? {
        let Ok(conversation) = see(services, worker, session).await else { continue };
        if !matches!(conversation.status(), Status::Waiting | Status::Assigned) {
            continue;
        }
        match accept(services, worker, &conversation).await {
            // Somebody was faster: the one behind it.
            Err(DeskError::AlreadyTaken { .. } | DeskError::Conversation(ConversationError::Refused(_))) => {}
            answer => return answer,
        }
    }
    Err(DeskError::NothingWaiting)
}

async fn accept(services: &Services, worker: &Worker, conversation: &Conversation) -> Done {
    let session = conversation.session.id;
    // Told before the capacity is looked at: whoever lost the race learns who won it.
    if let (Status::Assigned | Status::Active | Status::Pending, Some(holder)) =
        (conversation.status(), conversation.session.attendant_id)
        && holder != worker.user.id
    {
        return Err(DeskError::AlreadyTaken { name: worker.name_of(holder) });
    }
    if conversation.status() == Status::Waiting {
        claim(services, worker, worker.user.id, &conversation.session).await?;
    }
    let done = ask(services, worker, session, Command::Accept { by: worker.actor() }).await;
    if done.is_err() {
        services.attendants().notify(worker.user.id, Unreserve(session));
    }
    done
}

/// Keeps a place for the conversation at that attendant's, whose live object is the one authority on it.
async fn claim(services: &Services, worker: &Worker, user: UserId, session: &Session) -> Result<(), DeskError> {
    let member = session.queue_id.and_then(|queue| worker.configuration.queue(queue)?.member(user));
    let capacity = match member.filter(|member| member.is_active) {
        Some(member) => u32::try_from(member.max_conversations).unwrap_or(0),
        None => worker.configuration.capacity_of(user),
    };
    match services.attendants().tell(user, Claim { session: session.id, capacity }).await? {
        true => Ok(()),
        false => Err(DeskError::AtCapacity),
    }
}

/// Refuses an offer; it returns to its place.
pub async fn decline(services: &Services, worker: &Worker, session: SessionId) -> Done {
    worker.may(Permission::ServeConversations)?;
    see(services, worker, session).await?;
    ask(services, worker, session, Command::Decline { by: worker.user.id }).await
}

/// A supervisor gives a conversation to somebody.
pub async fn assign(services: &Services, worker: &Worker, session: SessionId, attendant: &str) -> Done {
    worker.may(Permission::AssignConversations)?;
    let conversation = see(services, worker, session).await?;
    hand_to(services, worker, &conversation, attendant, String::new()).await
}

async fn hand_to(
    services: &Services,
    worker: &Worker,
    conversation: &Conversation,
    attendant: &str,
    reason: String,
) -> Done {
    let field = |fault| DeskError::Field { field: "attendant_id", fault };
    let to = worker.configuration.user_by_any_id(attendant).ok_or(field(Fault::NotFound))?;
    if !to.is_active || to.role == Role::Viewer {
        return Err(field(Fault::Invalid("não atende conversas", "does not serve conversations")));
    }
    let session = &conversation.session;
    if session.attendant_id == Some(to.id)
        && matches!(session.status, Status::Assigned | Status::Active | Status::Pending)
    {
        return Err(field(Fault::Invalid("já está com esta conversa", "already has this conversation")));
    }
    if !conversation.status().is_open() {
        // Without a place kept for nothing: the lifecycle says why not.
        let command = Command::TransferToAttendant { by: worker.actor(), to: to.id, reason };
        return ask(services, worker, session.id, command).await;
    }
    claim(services, worker, to.id, session).await?;
    let command = Command::TransferToAttendant { by: worker.actor(), to: to.id, reason };
    let done = ask(services, worker, session.id, command).await;
    if done.is_err() {
        services.attendants().notify(to.id, Unreserve(session.id));
    }
    done
}

/// Where a transfer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// By id, or by the id of an imported list.
    Attendant(String),
    Queue(QueueId),
}

impl Target {
    /// From the two fields of a request, of which exactly one is given.
    pub fn from_fields(attendant: Option<String>, queue: Option<QueueId>) -> Result<Target, DeskError> {
        match (attendant, queue) {
            (Some(attendant), None) => Ok(Target::Attendant(attendant)),
            (None, Some(queue)) => Ok(Target::Queue(queue)),
            (None, None) => Err(DeskError::Field { field: "attendant_id", fault: Fault::Required }),
            (Some(_), Some(_)) => Err(DeskError::Field {
                field: "queue_id",
                fault: Fault::Invalid("informe attendant_id ou queue_id, um só", "give one of attendant_id, queue_id"),
            }),
        }
    }
}

pub async fn transfer(
    services: &Services,
    worker: &Worker,
    session: SessionId,
    target: Target,
    reason: Option<String>,
) -> Done {
    worker.may(Permission::ServeConversations)?;
    let conversation = see(services, worker, session).await?;
    let reason = reason.unwrap_or_default();
    match target {
        Target::Attendant(attendant) => hand_to(services, worker, &conversation, &attendant, reason).await,
        Target::Queue(queue) => {
            let entry = worker.configuration.queue(queue).filter(|entry| entry.queue.is_active);
            let queue = entry.ok_or(DeskError::Field { field: "queue_id", fault: Fault::NotFound })?.queue.id;
            ask(services, worker, session, Command::TransferToQueue { by: worker.actor(), queue, reason }).await
        }
    }
}

/// Waits for the customer's answer.
pub async fn pending(services: &Services, worker: &Worker, session: SessionId) -> Done {
    worker.may(Permission::ServeConversations)?;
    see(services, worker, session).await?;
    ask(services, worker, session, Command::Pend { by: worker.actor() }).await
}

/// Back from pending.
pub async fn resume(services: &Services, worker: &Worker, session: SessionId) -> Done {
    worker.may(Permission::ServeConversations)?;
    see(services, worker, session).await?;
    ask(services, worker, session, Command::Resume { by: worker.actor() }).await
}

/// Ends the handoff; `outcome` is `resolved` without.
pub async fn resolve(
    services: &Services,
    worker: &Worker,
    session: SessionId,
    note: Option<String>,
    outcome: Option<String>,
) -> Done {
    worker.may(Permission::ServeConversations)?;
    see(services, worker, session).await?;
    let outcome = outcome.filter(|outcome| !outcome.trim().is_empty()).unwrap_or_else(|| "resolved".to_owned());
    ask(services, worker, session, Command::Resolve { by: worker.actor(), note, outcome }).await
}

/// A message to be written.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The same id gives the first message again.
    pub client_id: Option<String>,
    pub text: String,
    pub attachments: Vec<AttachmentId>,
    pub reply_to: Option<MessageId>,
    /// For attendants only.
    pub private: bool,
    /// An approved template in the provider's shape.
    pub template: Option<serde_json::Value>,
}

/// Writes to the customer, or a private note. What begins with a slash is a command and never reaches a customer.
pub async fn send(
    services: &Services,
    worker: &Worker,
    session: SessionId,
    draft: Draft,
) -> Result<Message, DeskError> {
    worker.may(Permission::Converse)?;
    let field = |field, fault| Err(DeskError::Field { field, fault });
    if draft.text.trim().is_empty() && draft.attachments.is_empty() && draft.template.is_none() {
        return field("text", Fault::Required);
    }
    if draft.text.chars().count() > TEXT_CHARS {
        return field("text", Fault::TooLong(TEXT_CHARS));
    }
    if draft.client_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > 200) {
        return field("client_id", Fault::Invalid("de 1 a 200 caracteres", "1 to 200 characters"));
    }
    if !draft.private && commands::is_command(&draft.text) {
        return field(
            "text",
            Fault::Invalid("um comando não é enviado a um cliente", "a command is not sent to a customer"),
        );
    }
    see(services, worker, session).await?;
    let mut attachments = Vec::new();
    if !draft.attachments.is_empty() {
        let (organization, user, ids) = (worker.principal.organization, worker.user.id, draft.attachments.clone());
        attachments = services
            .store
            .read("desk.attachments", move |db| Ok(conversations::files(db, organization, session, user, &ids)?))
            .await?;
        if attachments.len() != draft.attachments.len() {
            return field("attachments", Fault::NotFound);
        }
    }
    let send = conversation::Send {
        by: worker.actor(),
        client_id: draft.client_id,
        text: draft.text,
        attachments,
        reply_to: draft.reply_to,
        private: draft.private,
        template: draft.template,
    };
    let sent = services.conversations().tell(session, send).await?;
    sent.map_err(|error| DeskError::of(worker, error))
}

/// A note that only attendants see.
pub async fn note(
    services: &Services,
    worker: &Worker,
    session: SessionId,
    text: String,
    client_id: Option<String>,
) -> Result<Message, DeskError> {
    send(services, worker, session, Draft { text, client_id, private: true, ..Draft::default() }).await
}

/// What happens to the tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    Set(Vec<String>),
    Change { add: Vec<String>, remove: Vec<String> },
}

pub async fn tags(services: &Services, worker: &Worker, session: SessionId, tags: Tags) -> Done {
    worker.may(Permission::Converse)?;
    let clean = |tags: Vec<String>| -> Result<Vec<String>, DeskError> {
        let mut kept: Vec<String> = Vec::new();
        for tag in tags.iter().map(|tag| tag.trim().to_lowercase()) {
            if tag.is_empty() || tag.chars().count() > TAG_CHARS {
                return Err(DeskError::Field {
                    field: "tags",
                    fault: Fault::Invalid("de 1 a 60 caracteres cada uma", "1 to 60 characters each"),
                });
            }
            if !kept.contains(&tag) {
                kept.push(tag);
            }
        }
        if kept.len() > TAGS {
            return Err(DeskError::Field { field: "tags", fault: Fault::Invalid("no máximo 50", "50 at most") });
        }
        Ok(kept)
    };
    let change = match tags {
        Tags::Set(tags) => Update { tags: Some(clean(tags)?), ..Update::default() },
        Tags::Change { add, remove } => {
            Update { add_tags: clean(add)?, remove_tags: clean(remove)?, ..Update::default() }
        }
    };
    let conversation = see(services, worker, session).await?;
    if conversation.session.tags.0.len() + change.add_tags.len() > TAGS + change.remove_tags.len() {
        return Err(DeskError::Field { field: "tags", fault: Fault::Invalid("no máximo 50", "50 at most") });
    }
    update(services, worker, session, change).await
}

/// 0 low .. 3 urgent.
pub async fn priority(services: &Services, worker: &Worker, session: SessionId, priority: i64) -> Done {
    worker.may(Permission::Converse)?;
    check_priority(priority)?;
    see(services, worker, session).await?;
    ask(services, worker, session, Command::SetPriority { by: worker.actor(), priority }).await
}

fn check_priority(priority: i64) -> Result<(), DeskError> {
    match priority {
        0..=3 => Ok(()),
        _ => Err(DeskError::Field { field: "priority", fault: Fault::OutOfRange(0, 3) }),
    }
}

/// What it is about; none or blank: nothing in particular.
pub async fn subject(services: &Services, worker: &Worker, session: SessionId, subject: Option<String>) -> Done {
    worker.may(Permission::Converse)?;
    let subject = subject.map(|subject| subject.trim().to_owned()).filter(|subject| !subject.is_empty());
    if subject.as_ref().is_some_and(|subject| subject.chars().count() > SUBJECT_CHARS) {
        return Err(DeskError::Field { field: "subject", fault: Fault::TooLong(SUBJECT_CHARS) });
    }
    see(services, worker, session).await?;
    update(services, worker, session, Update { subject: Some(subject), ..Update::default() }).await
}

/// Comes back at `until`; none: it is back now.
pub async fn snooze(services: &Services, worker: &Worker, session: SessionId, until: Option<Timestamp>) -> Done {
    worker.may(Permission::Converse)?;
    if until.is_some_and(|until| until <= services.clock.now()) {
        return Err(DeskError::Field { field: "until", fault: Fault::Invalid("já passou", "already past") });
    }
    see(services, worker, session).await?;
    update(services, worker, session, Update { snoozed_until: Some(until), ..Update::default() }).await
}

/// They have read everything. Somebody looking over an attendant's shoulder leaves that attendant's marks alone.
pub async fn read(services: &Services, worker: &Worker, session: SessionId) -> Done {
    worker.may(Permission::Converse)?;
    let conversation = see(services, worker, session).await?;
    let of_another = conversation.session.attendant_id.is_some_and(|holder| holder != worker.user.id);
    if conversation.session.unread == 0 || (of_another && conversation.status().is_open()) {
        return Ok(conversation);
    }
    let done = update(services, worker, session, Update { read: true, ..Update::default() }).await?;
    tell_provider_read(services, &done.session);
    Ok(done)
}

/// Blue ticks for the customer, where the provider has them. Best effort.
fn tell_provider_read(services: &Services, session: &Session) {
    let Some((_, channel)) = services.catalog.of_channel(session.channel_id) else { return };
    let (services, id) = (services.clone(), session.id);
    actix::spawn(async move {
        let Some(adapter) = &channel.adapter else { return };
        let last = services.store.read("desk.last_in", move |db| Ok(conversations::last_in(db, id)?)).await;
        if let Ok(Some(external_id)) = last
            && let Some(request) = adapter.mark_read(&external_id)
        {
            // The customer's ticks stay grey, nothing else hangs on it.
            let _ = services.http.send(request).await;
        }
    });
}

/// Shows others, and a web customer, that they are writing. Not stored.
pub async fn typing(services: &Services, worker: &Worker, session: SessionId) -> Result<(), DeskError> {
    worker.may(Permission::Converse)?;
    let conversation = see(services, worker, session).await?;
    show_typing(services, &conversation.session, "attendant", &worker.user.name);
    Ok(())
}

/// `from`: `attendant` or `contact`.
pub fn show_typing(services: &Services, session: &Session, from: &'static str, name: &str) {
    let audience = Audience::Conversation {
        queues: session.queue_id.into_iter().collect(),
        attendants: session.attendant_id.into_iter().collect(),
    };
    let frame = json!({"type": "typing", "session_id": session.id, "from": from, "name": name});
    services.bus.transient(session.organization_id, "typing", audience, &frame);
}

/// Sets somebody's status; the one they then have (`busy` at full load).
pub async fn set_status(
    services: &Services,
    worker: &Worker,
    user: &str,
    status: Presence,
    via: Via,
) -> Result<Presence, DeskError> {
    let target = worker.configuration.user_by_any_id(user);
    let own = target.is_some_and(|target| target.id == worker.user.id);
    worker.may(if own { Permission::SetOwnStatus } else { Permission::SetStatusOfOthers })?;
    let target = target.filter(|target| target.is_active).ok_or(DeskError::NotFound)?;
    if target.role == Role::Viewer {
        return Err(DeskError::NotFound);
    }
    // An open socket vouches whoever asked, unless they work from their phone; the live object knows of sockets.
    let set = SetStatus { status, console: via != Via::Messenger };
    Ok(services.attendants().tell(target.id, set).await??)
}

/// What a handoff asks for.
#[derive(Debug, Clone, Default)]
pub struct HandoffRequest {
    /// Id or name of a queue.
    pub queue: Option<String>,
    pub priority: Option<i64>,
    pub reason: Option<String>,
    /// A queue, department, attendant or alias, by name.
    pub destination: Option<String>,
    pub skills: Vec<Skill>,
}

/// Puts a session into human hands.
pub async fn handoff(services: &Services, worker: &Worker, session: SessionId, request: HandoffRequest) -> Done {
    worker.may(Permission::RequestHandoff)?;
    if let Some(priority) = request.priority {
        check_priority(priority)?;
    }
    see(services, worker, session).await?;
    let mut asked = Asked {
        destination: request.destination,
        priority: request.priority,
        skills: request.skills,
        ..Asked::default()
    };
    if let Some(named) = request.queue {
        let id = named.parse::<QueueId>().ok();
        let entry = worker.configuration.queues.iter().find(|entry| {
            entry.queue.is_active && (Some(entry.queue.id) == id || crate::text::same(&entry.queue.name, &named))
        });
        asked.queue = Some(entry.ok_or(DeskError::Field { field: "queue", fault: Fault::NotFound })?.queue.id);
    }
    let request = RequestHandoff { cause: Cause::Api, reason: request.reason.unwrap_or_default(), asked };
    let done = services.conversations().tell(session, request).await?;
    done.map_err(|error| DeskError::of(worker, error))
}

/// Sends a failed message once more. What the provider accepted of a split message is not repeated.
pub async fn retry(
    services: &Services,
    worker: &Worker,
    session: SessionId,
    message: MessageId,
) -> Result<Message, DeskError> {
    worker.may(Permission::Converse)?;
    let conversation = see(services, worker, session).await?;
    let channel = conversation.session.channel_id;
    let entry = worker.configuration.channels.get(&channel).filter(|entry| entry.row.is_active);
    let entry = entry.ok_or(DeskError::Conversation(ConversationError::ChannelInactive))?;
    let window = entry.adapter.as_ref().and_then(|adapter| adapter.window());
    let now = services.clock.now();
    let open = window.is_none_or(|window| conversation.session.last_in_at.is_some_and(|at| now.since(at) < window));
    let outcome = services
        .store
        .write("message.retry", move |tx| {
            let Some(mut stored) = conversations::message(tx.db, session, message)? else { return Ok(Retry::Unknown) };
            if stored.status != MessageStatus::Failed || stored.direction != Direction::Out {
                return Ok(Retry::Not(stored.status));
            }
            let Some(old) = outbox::of_message(tx.db, message)? else { return Ok(Retry::Not(stored.status)) };
            if !open && old.payload.0.template.is_none() {
                return Ok(Retry::WindowClosed);
            }
            let id = OutboxId::new();
            let mut payload = old.payload.clone();
            payload.0.callback = id.to_string();
            let row = OutboxRow {
                id,
                payload,
                state: OutboxState::Queued,
                attempts: 0,
                // Failed after the provider had taken all of it: all of it goes again.
                parts_sent: if old.state == OutboxState::Dead { old.parts_sent } else { 0 },
                next_at: now,
                error: None,
                created_at: now,
                updated_at: now,
                ..old.clone()
            };
            outbox::replace(tx.db, &old, &row)?;
            conversations::forget_external_id(tx.db, message)?;
            receipts::force(tx, &stored, MessageStatus::Queued, None, now)?;
            stored.status = MessageStatus::Queued;
            stored.error = None;
            stored.external_id = None;
            Ok(Retry::Again(Box::new((stored, row))))
        })
        .await?;
    match outcome {
        Retry::Again(again) => {
            let (stored, row) = *again;
            services.deliveries().notify(row.channel_id, delivery::Work(vec![row]));
            Ok(stored)
        }
        Retry::Unknown => Err(DeskError::Conversation(ConversationError::NoSuchMessage)),
        Retry::WindowClosed => Err(DeskError::Conversation(ConversationError::WindowClosed)),
        Retry::Not(status) => Err(DeskError::NotRetryable(status)),
    }
}

enum Retry {
    Again(Box<(Message, OutboxRow)>),
    Unknown,
    WindowClosed,
    Not(MessageStatus),
}

/// A card dragged from one column to another.
///
/// Errors: `Moved` when it is no longer in `from`; what the lifecycle does not know is refused.
pub async fn move_card(services: &Services, worker: &Worker, session: SessionId, from: &str, to: &str) -> Done {
    worker.may(Permission::ServeConversations)?;
    const COLUMNS: [&str; 4] = ["new", "active", "pending", "resolved"];
    for (field, column) in [("from_status", from), ("to_status", to)] {
        if !COLUMNS.contains(&column) {
            let fault = Fault::Invalid("um de new, active, pending, resolved", "one of new, active, pending, resolved");
            return Err(DeskError::Field { field, fault });
        }
    }
    let conversation = see(services, worker, session).await?;
    if conversation.status().column() != Some(from) {
        return Err(DeskError::Moved { now: conversation.status() });
    }
    match (from, to) {
        (from, to) if from == to => Ok(conversation),
        ("new", "active") => take(services, worker, Some(session)).await,
        (_, "pending") => pending(services, worker, session).await,
        ("pending", "active") => resume(services, worker, session).await,
        (_, "resolved") => resolve(services, worker, session, None, None).await,
        ("resolved", "new") => {
            let queue = conversation.session.queue_id.map(|queue| queue.to_string());
            let queue = queue.filter(|id| {
                worker
                    .configuration
                    .queues
                    .iter()
                    .any(|entry| entry.queue.is_active && entry.queue.id.to_string() == *id)
            });
            handoff(services, worker, session, HandoffRequest { queue, ..HandoffRequest::default() }).await
        }
        ("active" | "pending", "new") if conversation.session.queue_id.is_some() => {
            let queue = conversation.session.queue_id.ok_or(DeskError::NotFound)?;
            transfer(services, worker, session, Target::Queue(queue), None).await
        }
        _ => {
            let refused = Refused::InvalidTransition { state: conversation.status(), command: "move" };
            Err(DeskError::Conversation(refused.into()))
        }
    }
}
