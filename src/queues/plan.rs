//! Which queue a handoff goes to, and what the customer hears when nobody can serve them now. Pure.
//!
//! Order: the destination named -> the queue of the topic -> the first active queue serving the channel. Then the queue's
//! own rules: hours, somebody online, size limit, each with its fallback.

use std::time::Duration;

use super::hours::Hours;
use super::routing::{
    AttendantOption, Destination, Need, QueueOption, Skill, TopicRule, destination as resolve_destination, pick_queue,
};
use super::store::{Fallback, FallbackAction};
use crate::catalog::{BotEntry, Configuration, QueueEntry};
use crate::clock::Timestamp;
use crate::conversations::{Conversation, Status, notices};
use crate::floor::Floor;
use crate::ids::{QueueId, UserId};
use crate::lang::Lang;

/// What a handoff asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// A queue, department, attendant's name or alias.
    pub destination: Option<String>,
    /// A queue chosen by its id.
    pub queue: Option<QueueId>,
    pub topic: Option<String>,
    /// 0 low .. 3 urgent; the setting's default without.
    pub priority: Option<i64>,
    pub skills: Vec<Skill>,
}

/// Where it goes and what is told instead of the usual notice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    pub queue: Option<QueueId>,
    pub tell: Option<String>,
    /// No handoff after all: the bot goes on.
    pub stay_with_bot: bool,
    pub tag: Option<String>,
    pub preferred_attendant: Option<UserId>,
}

/// The routing need of a conversation's current handoff.
pub fn need(conversation: &Conversation, bot: &BotEntry) -> Need {
    let session = &conversation.session;
    let handoff = conversation.handoff.as_ref();
    let topic = session.variables.0.get("topic").and_then(|topic| topic.as_str()).map(str::to_owned);
    let department = session.variables.0.get("department").and_then(|value| value.as_str()).map(str::to_owned);
    Need {
        channel: session.channel.clone(),
        skills: handoff.map(|handoff| handoff.skills.0.clone()).unwrap_or_default(),
        skipped: handoff.map(|handoff| handoff.skipped.0.clone()).unwrap_or_default(),
        only: None,
        previous: handoff
            .and_then(|handoff| handoff.preferred_attendant_id.map(|attendant| (attendant, handoff.created_at))),
        sticky: sticky(bot).max(Duration::from_secs(1)),
        topic,
        department,
    }
}

/// How long the same attendant is preferred.
fn sticky(bot: &BotEntry) -> Duration {
    Duration::from_secs(bot.settings.attendance.sticky_days * 24 * 3600)
}

fn options(configuration: &Configuration) -> (Vec<QueueOption>, Vec<AttendantOption>, Vec<TopicRule>) {
    let queues = configuration
        .queues
        .iter()
        .map(|entry| QueueOption {
            id: entry.queue.id,
            name: entry.queue.name.clone(),
            channels: entry.queue.channels.0.clone(),
            is_active: entry.queue.is_active,
            priority_order: i32::try_from(entry.queue.priority_order).unwrap_or(i32::MAX),
            members: entry.members.iter().filter(|member| member.is_active).map(|member| member.user_id).collect(),
        })
        .collect();
    let attendants = configuration
        .users
        .values()
        .filter(|user| user.is_active)
        .map(|user| AttendantOption {
            id: user.id,
            name: user.name.clone(),
            aliases: user.aliases.0.clone(),
            departments: user.department.iter().cloned().collect(),
        })
        .collect();
    let topics = configuration
        .queues
        .iter()
        .flat_map(|entry| {
            entry.queue.topics.0.iter().map(|topic| TopicRule { topic: topic.clone(), queue: entry.queue.id })
        })
        .collect();
    (queues, attendants, topics)
}

/// Resolves a name typed by a person or a script against the organization's queues, departments and people.
pub fn find_destination(text: &str, configuration: &Configuration) -> Option<Destination> {
    let (queues, attendants, _) = options(configuration);
    resolve_destination(text, &queues, &attendants)
}

/// The queue that what is asked leads to, whether or not it can serve now, and the attendant it names.
fn pick(
    conversation: &Conversation,
    asked: &Asked,
    configuration: &Configuration,
) -> (Option<QueueId>, Option<UserId>) {
    let (queues, attendants, topics) = options(configuration);
    let destination = match asked.queue {
        Some(queue) => Some(Destination::Queue(queue)),
        None => asked.destination.as_deref().and_then(|text| resolve_destination(text, &queues, &attendants)),
    };
    let named = match &destination {
        Some(Destination::Attendant(attendant)) => Some(*attendant),
        _ => None,
    };
    let topic_variable = conversation.session.variables.0.get("topic").and_then(|topic| topic.as_str());
    let known_topics: Vec<&str> = asked.topic.as_deref().into_iter().chain(topic_variable).collect();
    let picked = pick_queue(destination.as_ref(), &known_topics, &topics, &conversation.session.channel, &queues);
    (picked.map(|(queue, _)| queue), named)
}

/// The queue of a handoff that began when none served its channel, once one does. It has waited already: closed, full or
/// without anybody online, that queue is better than none.
pub fn place(conversation: &Conversation, configuration: &Configuration) -> Option<QueueId> {
    let handoff = conversation.handoff.as_ref()?;
    if conversation.session.status != Status::Waiting || handoff.queue_id.is_some() {
        return None;
    }
    let asked = Asked { destination: handoff.destination.clone(), ..Asked::default() };
    pick(conversation, &asked, configuration).0
}

/// Decides where a handoff of `conversation` goes now.
pub fn plan(
    conversation: &Conversation,
    asked: &Asked,
    configuration: &Configuration,
    bot: &BotEntry,
    floor: &Floor,
    now: Timestamp,
) -> Plan {
    let lang = Lang::from_locale(&bot.bot.locale).unwrap_or_default();
    let (mut queue, named) = pick(conversation, asked, configuration);
    // The same attendant as last time, if that was recent enough.
    let last = conversation.handoff.as_ref().and_then(|handoff| {
        let recent = handoff.resolved_at.is_some_and(|at| now.since(at) <= sticky(bot));
        handoff.attendant_id.filter(|_| recent)
    });
    let mut plan = Plan { preferred_attendant: named.or(last), ..Plan::default() };
    // Each queue is asked once: overflow and fallback chains end.
    let mut seen = Vec::new();
    while let Some(id) = queue {
        seen.push(id);
        let Some(entry) = configuration.queue(id) else { break };
        let verdict = consider(entry, bot.hours.as_ref(), floor, now);
        let next = match verdict {
            Verdict::Open => None,
            Verdict::Full => match entry.queue.overflow_queue_id.filter(|next| !seen.contains(next)) {
                Some(next) => Some(next),
                None => {
                    plan.tell = Some(notices::queue_full(lang));
                    plan.stay_with_bot = true;
                    None
                }
            },
            Verdict::Closed { opens } => {
                let usual = notices::out_of_hours(opens.map(|at| opening(at, entry, bot, now, lang)), lang);
                fall_back(&mut plan, entry.queue.fallback.0.out_of_hours.as_ref(), usual, lang)
                    .filter(|next| !seen.contains(next))
            }
            Verdict::NobodyOnline => {
                let usual = notices::nobody_online(lang);
                fall_back(&mut plan, entry.queue.fallback.0.nobody_online.as_ref(), usual, lang)
                    .filter(|next| !seen.contains(next))
            }
        };
        match next {
            Some(next) => {
                plan.tell = None;
                queue = Some(next);
            }
            None => break,
        }
    }
    plan.queue = queue;
    plan
}

enum Verdict {
    Open,
    Full,
    Closed { opens: Option<Timestamp> },
    NobodyOnline,
}

fn consider(entry: &QueueEntry, default_hours: Option<&Hours>, floor: &Floor, now: Timestamp) -> Verdict {
    // Hours are the queue's own; the bot's defaults apply where a queue says `"hours": null` and the bot sets them.
    let hours = entry.hours.as_ref().or(default_hours);
    let waiting = i64::try_from(floor.queue(entry.queue.id).waiting.len()).unwrap_or(i64::MAX);
    if entry.queue.size_limit.is_some_and(|limit| waiting >= limit) {
        return Verdict::Full;
    }
    match hours {
        Some(hours) if !hours.is_open(now) => Verdict::Closed { opens: hours.next_opening(now) },
        _ if floor.working(entry) == 0 => Verdict::NobodyOnline,
        _ => Verdict::Open,
    }
}

/// Applies one fallback; the queue to go on with, if it names one.
fn fall_back(plan: &mut Plan, fallback: Option<&Fallback>, usual: String, lang: Lang) -> Option<QueueId> {
    let Some(fallback) = fallback else {
        plan.tell = Some(usual);
        return None;
    };
    let text = fallback.text.clone();
    match fallback.action {
        FallbackAction::Message => plan.tell = Some(text.unwrap_or(usual)),
        FallbackAction::Callback => {
            plan.tell = Some(text.unwrap_or_else(|| format!("{usual} {}", notices::callback_offer(lang))));
            plan.tag = Some("callback".to_owned());
        }
        FallbackAction::Queue => {
            if fallback.queue_id.is_some() {
                return fallback.queue_id;
            }
            plan.tell = Some(text.unwrap_or(usual));
        }
        FallbackAction::Bot => {
            plan.tell = Some(text.unwrap_or(usual));
            plan.stay_with_bot = true;
        }
    }
    None
}

fn opening(at: Timestamp, entry: &QueueEntry, bot: &BotEntry, now: Timestamp, lang: Lang) -> String {
    let Some(hours) = entry.hours.as_ref().or(bot.hours.as_ref()) else { return at.to_string() };
    let local = at.to_utc().with_timezone(&hours.zone());
    let clock = local.format("%H:%M");
    let days = hours.local_date(at).signed_duration_since(hours.local_date(now)).num_days();
    match (days, lang) {
        (0, Lang::Pt) => format!("hoje às {clock}"),
        (1, Lang::Pt) => format!("amanhã às {clock}"),
        (_, Lang::Pt) => format!("em {} às {clock}", local.format("%d/%m")),
        (0, Lang::En) => format!("today at {clock}"),
        (1, Lang::En) => format!("tomorrow at {clock}"),
        (_, Lang::En) => format!("on {} at {clock}", local.format("%Y-%m-%d")),
    }
}
