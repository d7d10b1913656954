//! Attendants who work from their own messenger: offers and their customers' messages go out to them as notices, and what
//! they write comes in as commands and replies. A notice is an outbox row of no session, stored in the step it tells
//! about, so none is lost and none is sent twice; quoting one chooses its conversation.
//!
//! `attendance-<kind>-commands` switches all of it off for a kind of messenger: the console is then the only place.

use super::desk::{Via, Worker};
use super::executor::{self, Line, readable};
use super::store::{self as people, NoticeRow, User};
use crate::auth::opaque;
use crate::catalog::Configuration;
use crate::channels::adapter::{Address, Choice, InboundMessage, Outbound};
use crate::channels::delivery;
use crate::clock::Timestamp;
use crate::conversations::actor::ConversationError;
use crate::conversations::view::CustomerBrief;
use crate::conversations::{Session, Status};
use crate::ids::*;
use crate::lang::Lang;
use crate::services::Services;
use crate::store::StoreError;
use crate::store::outbox::{self, OutboxRow, OutboxState};
use crate::store::sql::Json;

/// A text on its way to an attendant's phone, and which conversation it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub outbox: OutboxRow,
    pub about: NoticeRow,
}

/// Where an attendant is reached besides the console.
struct Place<'a> {
    user: &'a User,
    channel: ChannelId,
    address: Address,
}

/// Where this attendant's work rings: none for those of the console.
fn place_of(configuration: &Configuration, user: UserId) -> Option<Place<'_>> {
    let user = configuration.users.get(&user).filter(|user| user.is_active)?;
    let kind = user.default_destination.as_str();
    let destination = configuration
        .destinations
        .iter()
        .find(|destination| destination.user_id == user.id && destination.kind == kind)?;
    let usable = |id: &ChannelId| {
        configuration
            .channels
            .get(id)
            .is_some_and(|entry| entry.row.is_active && entry.row.kind == kind && entry.adapter.is_some())
    };
    let channel = match destination.channel_id.filter(usable) {
        Some(channel) => channel,
        // The oldest, so that it stays the same one.
        None => *configuration.channels.keys().filter(|id| usable(id)).min()?,
    };
    let address = Address { kind: destination.kind.clone(), value: destination.address.clone() };
    works_here(configuration, channel).then_some(Place { user, channel, address })
}

/// Whether attendants may work from this channel's kind of messenger.
fn works_here(configuration: &Configuration, channel: ChannelId) -> bool {
    let Some(entry) = configuration.channels.get(&channel) else { return false };
    let bot = configuration.bots.get(&entry.row.bot_id);
    let commands = bot.map_or(&configuration.settings, |bot| &bot.settings).attendance.commands;
    match entry.row.kind.as_str() {
        "whatsapp" => commands.whatsapp,
        "telegram" => commands.telegram,
        "teams" => commands.teams,
        "slack" => commands.slack,
        _ => true,
    }
}

fn lang_of(user: &User) -> Lang {
    Lang::from_locale(&user.locale).unwrap_or_default()
}

fn name_of(customer: &CustomerBrief) -> &str {
    match customer.name.as_str() {
        "" => customer.phone.as_deref().or(customer.email.as_deref()).unwrap_or("?"),
        name => name,
    }
}

/// Tells of an offer; none when they work from the console. Pure but for the fresh ids.
pub fn offer(
    configuration: &Configuration,
    session: &Session,
    customer: &CustomerBrief,
    to: UserId,
    now: Timestamp,
) -> Option<Notice> {
    let place = place_of(configuration, to)?;
    let lang = lang_of(place.user);
    let queue = session.queue_id.and_then(|id| configuration.queue(id)).map(|entry| entry.queue.name.as_str());
    let (name, channel) = (name_of(customer), session.channel.as_str());
    let mut text = match (queue, lang) {
        (Some(queue), Lang::Pt) => format!("Nova conversa: **{name}** ({channel}, fila {queue})"),
        (None, Lang::Pt) => format!("Nova conversa: **{name}** ({channel})"),
        (Some(queue), Lang::En) => format!("New conversation: **{name}** ({channel}, queue {queue})"),
        (None, Lang::En) => format!("New conversation: **{name}** ({channel})"),
    };
    if !session.last_message.is_empty() {
        text.push_str(&format!("\n\"{}\"", session.last_message));
    }
    text.push('\n');
    text.push_str(lang.pick("Responda /pegar para atender.", "Answer /take to accept it."));
    let choices = vec![Choice { id: "/take".to_owned(), label: lang.pick("Atender", "Take").to_owned() }];
    Some(notice(&place, session, text, choices, now))
}

/// Something for an attendant that is about no conversation; none when they work from the console.
pub fn tell(configuration: &Configuration, to: UserId, text: String, now: Timestamp) -> Option<OutboxRow> {
    let place = place_of(configuration, to)?;
    Some(row(place.user, place.channel, vec![place.address.clone()], text, Vec::new(), now))
}

/// Passes a customer's message on to the attendant who has the conversation, if they work from a messenger.
pub fn relay(
    configuration: &Configuration,
    session: &Session,
    customer: &CustomerBrief,
    message: &InboundMessage,
    now: Timestamp,
) -> Option<Notice> {
    if !matches!(session.status, Status::Active | Status::Pending) {
        return None;
    }
    let place = place_of(configuration, session.attendant_id?)?;
    let said = readable(message.kind, &message.text, lang_of(place.user));
    let text = format!("**{}** ({}):\n{said}", name_of(customer), session.channel);
    Some(notice(&place, session, text, Vec::new(), now))
}

fn notice(place: &Place<'_>, session: &Session, text: String, choices: Vec<Choice>, now: Timestamp) -> Notice {
    let to = vec![place.address.clone()];
    let outbox = row(place.user, place.channel, to, text, choices, now);
    let about = about(&outbox, place.user.id, session.id);
    Notice { outbox, about }
}

fn row(
    user: &User,
    channel: ChannelId,
    to: Vec<Address>,
    text: String,
    choices: Vec<Choice>,
    now: Timestamp,
) -> OutboxRow {
    let id = OutboxId::new();
    OutboxRow {
        id,
        organization_id: user.organization_id,
        channel_id: channel,
        session_id: None,
        message_id: None,
        payload: Json(Outbound {
            to,
            session_id: None,
            locale: user.locale.clone(),
            text,
            media: Vec::new(),
            reply_to: None,
            choices,
            template: None,
            callback: id.to_string(),
        }),
        state: OutboxState::Queued,
        attempts: 0,
        parts_sent: 0,
        next_at: now,
        error: None,
        created_at: now,
        updated_at: now,
    }
}

fn about(outbox: &OutboxRow, user: UserId, session: SessionId) -> NoticeRow {
    NoticeRow {
        outbox_id: outbox.id,
        organization_id: outbox.organization_id,
        channel_id: outbox.channel_id,
        user_id: user,
        session_id: session,
        external_id: None,
        created_at: outbox.created_at,
    }
}

/// What an attendant wrote: acted upon once, however often it arrives, and answered in the same place.
pub async fn receive(
    services: &Services,
    channel: ChannelId,
    attendant: UserId,
    message: InboundMessage,
) -> Result<(), ConversationError> {
    // Deactivated a moment ago: nobody to answer.
    let Some(worker) = Worker::of(services, attendant) else { return Ok(()) };
    let (external, quoted) = (message.external_id.clone(), message.reply_to.clone());
    let (seen, about_session) = services
        .store
        .read("messenger.known", move |db| {
            let seen = people::has_acted(db, channel, &external)?;
            let session = match &quoted {
                Some(quoted) => people::notice_session(db, channel, quoted, attendant)?,
                None => None,
            };
            Ok((seen, session))
        })
        .await?;
    if seen {
        return Ok(());
    }
    let lang = worker.lang();
    // A button's machine half is the command itself.
    let text = match &message.payload {
        Some(payload) if payload.starts_with('/') => payload.clone(),
        _ => message.text.clone(),
    };
    let (answer, focus) = if !works_here(&worker.configuration, channel) {
        let off = lang.pick(
            "O atendimento por aqui está desligado. Use o console.",
            "Working from here is switched off. Use the console.",
        );
        (off.to_owned(), None)
    } else if !message.media.is_empty() {
        let unsent = lang.pick(
            "Não enviado: arquivos só podem ser enviados pelo console.",
            "Not sent: files can only be sent from the console.",
        );
        (unsent.to_owned(), None)
    } else {
        // Repeated after a crash between acting and noting it, the same text is still sent once.
        let client_id = Some(format!("messenger:{}", opaque::hash(&message.external_id)));
        let line = Line { text: &text, focus: about_session, via: Via::Messenger, client_id };
        let reply = executor::perform(services, &worker, line).await;
        (reply.text, reply.focus)
    };
    let now = services.clock.now();
    let row = row(&worker.user, channel, message.from.addresses.clone(), answer, Vec::new(), now);
    let about = focus.map(|session| about(&row, attendant, session));
    let (stored, external, organization) = (row.clone(), message.external_id, worker.principal.organization);
    let noted = services
        .store
        .write("messenger.answer", move |tx| {
            people::mark_acted(tx.db, channel, &external, organization, attendant, now)?;
            outbox::insert(tx.db, &stored)?;
            if let Some(about) = &about {
                people::insert_notice(tx.db, about)?;
            }
            Ok(())
        })
        .await;
    match noted {
        Ok(()) => {
            services.deliveries().notify(channel, delivery::Work(vec![row]));
            Ok(())
        }
        // Another node was at it at the same moment, and has answered.
        Err(StoreError::Duplicate(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
