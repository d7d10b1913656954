//! Lists of conversations as people read them: the queue, the Kanban board, the inbox. One query behind all of them, so
//! that what is visible is decided once.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Handoff, Session, Status};
use crate::auth::roles::{Principal, Visibility};
use crate::catalog::Configuration;
use crate::clock::Timestamp;
use crate::contacts::store::Contact;
use crate::floor::Floor;
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::{contacts, handoffs, messages, sessions};
use crate::text::fold;

/// What a list is narrowed to; `None` leaves it open.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub statuses: Option<Vec<Status>>,
    pub queue: Option<QueueId>,
    pub channel: Option<String>,
    pub attendant: Option<UserId>,
    pub bot: Option<BotId>,
    pub contact: Option<ContactId>,
    pub needs_human: Option<bool>,
    pub tag: Option<String>,
    /// Folded words of the customer's name, phone, e-mail or the last message.
    pub text: Option<String>,
    /// Any of these; what [`mentioning`] found.
    pub sessions: Option<Vec<SessionId>>,
}

/// The order of a list and where its page starts: after this key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order {
    /// Latest message first.
    Recent { after: Option<(Timestamp, SessionId)> },
    /// Longest in the queue first; only those with a handoff.
    Oldest { after: Option<(Timestamp, SessionId)> },
}

/// A row of a list.
pub type Listed = (Session, Contact, Option<Handoff>);

/// Conversations of the principal's organization that they may see. At most `limit` rows.
pub fn list(
    db: &mut AnyConnection,
    principal: &Principal,
    filter: &Filter,
    order: Order,
    limit: i64,
) -> QueryResult<Vec<Listed>> {
    let mut query = sessions::table
        .inner_join(contacts::table.on(contacts::id.eq(sessions::contact_id)))
        .left_join(handoffs::table.on(sessions::handoff_id.eq(handoffs::id.nullable())))
        .filter(sessions::organization_id.eq(principal.organization))
        .select((sessions::all_columns, contacts::all_columns, handoffs::all_columns.nullable()))
        .limit(limit)
        .into_boxed();
    if let Visibility::Only(queues) = &principal.queues {
        query = query.filter(
            sessions::attendant_id.eq(principal.user).or(sessions::queue_id.eq_any(queues.clone())).assume_not_null(),
        );
    }
    if let Some(statuses) = &filter.statuses {
        let names: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
        query = query.filter(sessions::status.eq_any(names));
    }
    if let Some(queue) = filter.queue {
        query = query.filter(sessions::queue_id.eq(queue).assume_not_null());
    }
    if let Some(channel) = &filter.channel {
        query = query.filter(sessions::channel.eq(channel.clone()));
    }
    if let Some(attendant) = filter.attendant {
        query = query.filter(sessions::attendant_id.eq(attendant).assume_not_null());
    }
    if let Some(bot) = filter.bot {
        query = query.filter(sessions::bot_id.eq(bot));
    }
    if let Some(contact) = filter.contact {
        query = query.filter(sessions::contact_id.eq(contact));
    }
    if let Some(needs_human) = filter.needs_human {
        query = query.filter(sessions::needs_human.eq(needs_human));
    }
    if let Some(ids) = &filter.sessions {
        query = query.filter(sessions::id.eq_any(ids.clone()));
    }
    if let Some(tag) = &filter.tag {
        // Tags are a JSON list of texts.
        let quoted = serde_json::to_string(tag).unwrap_or_default();
        query = query.filter(sessions::tags.like(format!("%{}%", like(&quoted))).escape('!'));
    }
    if let Some(text) = &filter.text {
        for word in fold(text).split_whitespace() {
            query = query.filter(contacts::search.like(format!("%{}%", like(word))).escape('!'));
        }
    }
    match order {
        Order::Recent { after } => {
            if let Some((at, id)) = after {
                query = query.filter(
                    sessions::last_message_at.lt(at).or(sessions::last_message_at.eq(at).and(sessions::id.lt(id))),
                );
            }
            query.order((sessions::last_message_at.desc(), sessions::id.desc())).load(db)
        }
        Order::Oldest { after } => {
            query = query.filter(handoffs::queued_at.is_not_null());
            if let Some((at, id)) = after {
                query = query.filter(
                    handoffs::queued_at
                        .gt(at)
                        .or(handoffs::queued_at.eq(at).and(sessions::id.nullable().gt(id)))
                        .assume_not_null(),
                );
            }
            query.order((handoffs::queued_at.asc(), sessions::id.asc())).load(db)
        }
    }
}

/// Notes that are looked through for a mention: what is older has been dealt with.
const NOTES: i64 = 2_000;

/// Conversations with a recent private note of somebody else that mentions `user` by one of `names`.
pub fn mentioning(
    db: &mut AnyConnection,
    organization: OrganizationId,
    user: UserId,
    names: &[&str],
) -> QueryResult<Vec<SessionId>> {
    let notes: Vec<(SessionId, Option<AnyId>, String)> = messages::table
        .filter(messages::organization_id.eq(organization))
        .filter(messages::private.eq(true))
        .filter(messages::deleted.eq(false))
        .filter(messages::text.like("%@%"))
        .order(messages::created_at.desc())
        .limit(NOTES)
        .select((messages::session_id, messages::sender_id, messages::text))
        .load(db)?;
    let of_others =
        notes.into_iter().filter(|(_, sender, text)| *sender != Some(AnyId(user.0)) && mentions(text, names));
    let mut found: Vec<SessionId> = of_others.map(|(session, ..)| session).collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// Whether a note says `@` and one of the names, whatever case and accents, and not the beginning of a longer word.
fn mentions(text: &str, names: &[&str]) -> bool {
    let text = fold(text);
    let names: Vec<String> = names.iter().map(|name| fold(name)).filter(|name| !name.is_empty()).collect();
    text.match_indices('@').any(|(at, _)| {
        names.iter().any(|name| {
            text[at + 1..].strip_prefix(name.as_str()).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        })
    })
}

/// Counts by status, under the same visibility and filter (the filter's statuses aside).
pub fn counts(db: &mut AnyConnection, principal: &Principal, filter: &Filter) -> QueryResult<Vec<(Status, i64)>> {
    let mut query = sessions::table
        .filter(sessions::organization_id.eq(principal.organization))
        .group_by(sessions::status)
        .select((sessions::status, diesel::dsl::count_star()))
        .into_boxed();
    if let Visibility::Only(queues) = &principal.queues {
        query = query.filter(
            sessions::attendant_id.eq(principal.user).or(sessions::queue_id.eq_any(queues.clone())).assume_not_null(),
        );
    }
    if let Some(queue) = filter.queue {
        query = query.filter(sessions::queue_id.eq(queue).assume_not_null());
    }
    if let Some(attendant) = filter.attendant {
        query = query.filter(sessions::attendant_id.eq(attendant).assume_not_null());
    }
    if let Some(bot) = filter.bot {
        query = query.filter(sessions::bot_id.eq(bot));
    }
    query.load(db)
}

/// Makes a text match itself in LIKE with `!` as the escape.
fn like(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// A name with its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueueRef {
    #[schema(value_type = String, format = "uuid")]
    pub id: QueueId,
    pub name: String,
}

/// A conversation as queues and boards show it (20-api: queue item, Kanban card).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueueItem {
    #[schema(value_type = String, format = "uuid")]
    pub session_id: SessionId,
    /// The contact; named as older integrations know it.
    #[schema(value_type = String, format = "uuid")]
    pub user_id: ContactId,
    #[schema(value_type = String, format = "uuid")]
    pub bot_id: BotId,
    pub channel: String,
    pub user_name: String,
    pub user_email: Option<String>,
    pub user_phone: Option<String>,
    pub tier: Option<String>,
    pub last_message: String,
    #[schema(value_type = String, format = "date-time")]
    pub last_message_at: Timestamp,
    /// From entering the queue to being accepted, or until now.
    pub waiting_time_seconds: u64,
    /// 0 low, 1 normal, 2 high, 3 urgent.
    pub priority: i64,
    pub status: Status,
    pub needs_human: bool,
    pub queue: Option<QueueRef>,
    /// From 1, while it waits.
    pub position: Option<usize>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub assigned_to: Option<UserId>,
    pub assigned_to_name: Option<String>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub offer_until: Option<Timestamp>,
    pub tags: Vec<String>,
    pub subject: Option<String>,
    pub unread: i64,
    pub ticket_number: Option<String>,
    pub sla: Option<Value>,
    pub sentiment: Option<f64>,
    pub transfer_reason: Option<String>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub snoozed_until: Option<Timestamp>,
    /// When the current handoff began; of the session while it has none.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

impl QueueItem {
    pub fn of(
        (session, contact, handoff): &Listed,
        configuration: &Configuration,
        floor: &Floor,
        now: Timestamp,
    ) -> Self {
        let queue = session.queue_id.and_then(|id| configuration.queue(id));
        let attendant = session.attendant_id.and_then(|id| configuration.users.get(&id));
        let position = match (session.status, session.queue_id) {
            (Status::Waiting, Some(queue)) => {
                floor.queue(queue).waiting.iter().position(|id| *id == session.id).map(|place| place + 1)
            }
            _ => None,
        };
        let waited = handoff.as_ref().map_or(0, |handoff| {
            let until = handoff.accepted_at.or(handoff.resolved_at).unwrap_or(now);
            until.since(handoff.created_at).as_secs()
        });
        QueueItem {
            session_id: session.id,
            user_id: contact.id,
            bot_id: session.bot_id,
            channel: session.channel.clone(),
            user_name: contact.name(),
            user_email: contact.email.clone(),
            user_phone: contact.phone.clone(),
            tier: contact.tier.clone(),
            last_message: session.last_message.clone(),
            last_message_at: session.last_message_at,
            waiting_time_seconds: waited,
            priority: session.priority,
            status: session.status,
            needs_human: session.needs_human,
            queue: queue.map(|entry| QueueRef { id: entry.queue.id, name: entry.queue.name.clone() }),
            position,
            assigned_to: session.attendant_id.filter(|_| session.status != Status::Waiting),
            assigned_to_name: attendant.map(|user| user.name.clone()),
            offer_until: handoff.as_ref().and_then(|handoff| handoff.offer_until),
            tags: session.tags.0.clone(),
            subject: session.subject.clone(),
            unread: session.unread,
            ticket_number: None,
            sla: None,
            sentiment: None,
            transfer_reason: handoff.as_ref().map(|handoff| handoff.reason.clone()),
            snoozed_until: session.snoozed_until,
            created_at: handoff.as_ref().map_or(session.created_at, |handoff| handoff.created_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_mentions_by_whole_names_whatever_case_and_accents() {
        let ana = ["Ângela", "Ângela Souza", "angel"];
        for text in ["@angela, veja", "veja @Ângela Souza", "(@ANGELA)", "a@b.c @Angel?"] {
            assert!(mentions(text, &ana), "{text}");
        }
        for text in ["Ângela", "@angelica", "mail@angelas.com", "@ angela", ""] {
            assert!(!mentions(text, &ana), "{text}");
        }
        assert!(!mentions("@", &[""]));
    }
}
