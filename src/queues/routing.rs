//! Who gets a handoff, in which order handoffs are served, and which queue they go to. Every choice explains itself.
//! Offers, time-outs and live load belong to the queue's actor, which calls this; the router calls [`destination`] and
//! [`pick_queue`].

use std::cmp::Reverse;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Priority;
use crate::attendants::Status;
use crate::clock::Timestamp;
use crate::ids::{HandoffId, QueueId, UserId};
use crate::lang::Lang;
use crate::text::{contains_phrase, same, words};

/// The entry of a channel list that stands for every channel.
pub const ALL_CHANNELS: &str = "all";
/// People named in a one-line summary; the rest is a number.
const NAMED_IN_SUMMARY: usize = 5;

/// How a queue spreads its work among those equally preferred.
#[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The one whose last assignment is longest ago; those never assigned first.
    #[default]
    RoundRobin,
    /// The one with the fewest active conversations.
    LeastLoaded,
    /// The member with the highest priority number.
    Priority,
}

crate::store::sql::impl_text_sql!(Strategy);

impl Strategy {
    pub const ALL: [Strategy; 3] = [Strategy::RoundRobin, Strategy::LeastLoaded, Strategy::Priority];

    pub fn as_str(self) -> &'static str {
        match self {
            Strategy::RoundRobin => "round_robin",
            Strategy::LeastLoaded => "least_loaded",
            Strategy::Priority => "priority",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Strategy::ALL.into_iter().find(|strategy| strategy.as_str() == text)
    }
}

/// What someone can do, and how well: higher levels include lower ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Skill {
    pub name: String,
    pub level: u8,
}

/// A member of the queue as they are now.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub attendant: UserId,
    pub name: String,
    pub member_active: bool,
    /// Channel kinds; [`ALL_CHANNELS`] stands for any, an empty list for none.
    pub channels: Vec<String>,
    pub status: Status,
    /// Conversations they hold or are offered now, of any queue.
    pub active: u32,
    pub capacity: u32,
    pub skills: Vec<Skill>,
    pub departments: Vec<String>,
    /// Topics they like to be given.
    pub preferences: Vec<String>,
    /// Higher is preferred by [`Strategy::Priority`].
    pub member_priority: i32,
    /// Since when they have had nothing to do, or their last change of load.
    pub idle_since: Timestamp,
    pub last_assigned_at: Option<Timestamp>,
}

/// What a handoff asks for.
#[derive(Debug, Clone, Default)]
pub struct Need {
    pub channel: String,
    /// All of them, each at least at its level.
    pub skills: Vec<Skill>,
    /// Those who declined or let an offer pass in this round.
    pub skipped: Vec<UserId>,
    /// The attendant it was named for; nobody else will do.
    pub only: Option<UserId>,
    /// Who served this contact last, and when that ended.
    pub previous: Option<(UserId, Timestamp)>,
    /// How long `previous` is preferred; zero never.
    pub sticky: Duration,
    pub topic: Option<String>,
    pub department: Option<String>,
}

/// Why a candidate cannot have it: the first rule that fails, in the order of the variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum RuledOut {
    NotActiveMember,
    OtherChannels,
    NotOnline {
        status: Status,
    },
    AtCapacity {
        active: u32,
        capacity: u32,
    },
    /// `level` is theirs; none when they do not have the skill at all.
    MissingSkill {
        skill: String,
        needed: u8,
        level: Option<u8>,
    },
    SkippedThisRound,
    NamedForAnother,
}

/// What an eligible candidate was compared by, most important first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Score {
    /// Served this contact last, within the queue's sticky days.
    pub sticky: bool,
    pub department: bool,
    pub topic: bool,
    pub active: u32,
    pub capacity: u32,
    pub member_priority: i32,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_assigned_at: Option<Timestamp>,
    pub idle_seconds: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Considered {
    #[schema(value_type = uuid::Uuid)]
    pub attendant: UserId,
    pub name: String,
    /// None: eligible, and `score` is set.
    pub ruled_out_by: Option<RuledOut>,
    pub score: Option<Score>,
}

/// What set the winner apart from the next best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The handoff was named for them.
    Named,
    OnlyEligible,
    SameAsLastTime,
    DepartmentOrTopic,
    Strategy,
    LongestIdle,
    /// Equal in everything: the account created first.
    Identifier,
}

/// Why an assignment fell as it did; stored with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Explanation {
    pub strategy: Strategy,
    /// The eligible ones, best first, then those ruled out.
    pub candidates: Vec<Considered>,
    #[schema(value_type = Option<uuid::Uuid>)]
    pub winner: Option<UserId>,
    pub decided_by: Option<DecidedBy>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub winner: Option<UserId>,
    pub explanation: Explanation,
}

/// Chooses among `candidates`: eligibility, then preference (same attendant as last time, department and topic), then
/// the strategy, then the longest idle, then the oldest account. The order of `candidates` does not matter.
pub fn choose(need: &Need, candidates: &[Candidate], strategy: Strategy, now: Timestamp) -> Decision {
    let mut eligible: Vec<(Rank, Considered)> = Vec::new();
    let mut ruled: Vec<Considered> = Vec::new();
    for candidate in candidates {
        let (attendant, name) = (candidate.attendant, candidate.name.clone());
        match ruled_out(need, candidate) {
            Some(rule) => ruled.push(Considered { attendant, name, ruled_out_by: Some(rule), score: None }),
            None => {
                let score = score(need, candidate, now);
                let rank = Rank::new(&score, candidate, strategy);
                eligible.push((rank, Considered { attendant, name, ruled_out_by: None, score: Some(score) }));
            }
        }
    }
    eligible.sort_by_key(|(rank, _)| *rank);
    ruled.sort_by(|a, b| (&a.name, a.attendant).cmp(&(&b.name, b.attendant)));
    let winner = eligible.first().map(|(_, considered)| considered.attendant);
    let decided_by = match eligible.as_slice() {
        [] => None,
        _ if need.only.is_some() => Some(DecidedBy::Named),
        [_] => Some(DecidedBy::OnlyEligible),
        [(best, _), (next, _), ..] => Some(best.set_apart_from(next)),
    };
    let candidates = eligible.into_iter().map(|(_, considered)| considered).chain(ruled).collect();
    Decision { winner, explanation: Explanation { strategy, candidates, winner, decided_by } }
}

/// The first rule that keeps `candidate` from this handoff; none when eligible.
pub fn ruled_out(need: &Need, candidate: &Candidate) -> Option<RuledOut> {
    if !candidate.member_active {
        return Some(RuledOut::NotActiveMember);
    }
    if !serves(&candidate.channels, &need.channel) {
        return Some(RuledOut::OtherChannels);
    }
    if candidate.status != Status::Online {
        return Some(RuledOut::NotOnline { status: candidate.status });
    }
    if candidate.active >= candidate.capacity {
        return Some(RuledOut::AtCapacity { active: candidate.active, capacity: candidate.capacity });
    }
    for needed in &need.skills {
        let level =
            candidate.skills.iter().filter(|skill| same(&skill.name, &needed.name)).map(|skill| skill.level).max();
        if level.is_none_or(|level| level < needed.level) {
            return Some(RuledOut::MissingSkill { skill: needed.name.clone(), needed: needed.level, level });
        }
    }
    if need.skipped.contains(&candidate.attendant) {
        return Some(RuledOut::SkippedThisRound);
    }
    need.only.filter(|only| *only != candidate.attendant).map(|_| RuledOut::NamedForAnother)
}

/// Whether a list of channel kinds covers `channel`.
pub fn serves(channels: &[String], channel: &str) -> bool {
    channels.iter().any(|served| served == ALL_CHANNELS || served.eq_ignore_ascii_case(channel))
}

fn score(need: &Need, candidate: &Candidate, now: Timestamp) -> Score {
    let last = need.previous.filter(|(who, at)| *who == candidate.attendant && now.since(*at) < need.sticky);
    Score {
        sticky: last.is_some(),
        department: need
            .department
            .as_deref()
            .is_some_and(|wanted| candidate.departments.iter().any(|own| same(own, wanted))),
        topic: need.topic.as_deref().is_some_and(|topic| {
            candidate.preferences.iter().any(|own| contains_phrase(topic, own) || contains_phrase(own, topic))
        }),
        active: candidate.active,
        capacity: candidate.capacity,
        member_priority: candidate.member_priority,
        last_assigned_at: candidate.last_assigned_at,
        idle_seconds: now.since(candidate.idle_since).as_secs(),
    }
}

/// The order of eligible candidates, best first. Total: identifiers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    sticky: Reverse<bool>,
    matches: Reverse<u8>,
    strategy: i64,
    idle_since: Timestamp,
    id: UserId,
}

impl Rank {
    fn new(score: &Score, candidate: &Candidate, strategy: Strategy) -> Self {
        Rank {
            sticky: Reverse(score.sticky),
            matches: Reverse(u8::from(score.department) + u8::from(score.topic)),
            strategy: match strategy {
                Strategy::RoundRobin => candidate.last_assigned_at.map_or(i64::MIN, Timestamp::micros),
                Strategy::LeastLoaded => i64::from(candidate.active),
                Strategy::Priority => -i64::from(candidate.member_priority),
            },
            idle_since: candidate.idle_since,
            id: candidate.attendant,
        }
    }

    fn set_apart_from(&self, next: &Rank) -> DecidedBy {
        if self.sticky != next.sticky {
            DecidedBy::SameAsLastTime
        } else if self.matches != next.matches {
            DecidedBy::DepartmentOrTopic
        } else if self.strategy != next.strategy {
            DecidedBy::Strategy
        } else if self.idle_since != next.idle_since {
            DecidedBy::LongestIdle
        } else {
            DecidedBy::Identifier
        }
    }
}

impl Explanation {
    /// One line for a supervisor: who and why, and who could not.
    pub fn summary(&self, lang: Lang) -> String {
        let pt = lang == Lang::Pt;
        let all = self.candidates.len();
        let mut out: Vec<String> = self
            .candidates
            .iter()
            .filter_map(|considered| {
                Some(format!("{} ({})", considered.name, considered.ruled_out_by.as_ref()?.words(lang)))
            })
            .collect();
        let eligible = all - out.len();
        if let Some(more) = out.len().checked_sub(NAMED_IN_SUMMARY).filter(|more| *more > 0) {
            out.truncate(NAMED_IN_SUMMARY);
            out.push(if pt { format!("mais {more}") } else { format!("{more} more") });
        }
        let out = out.join(", ");
        let best = self.candidates.first().and_then(|best| Some((best, best.score.as_ref()?)));
        let (Some((best, score)), Some(decided_by)) = (best, self.decided_by) else {
            return match (pt, all) {
                (true, 0) => "Ninguém: a fila não tem membros".into(),
                (false, 0) => "Nobody: the queue has no members".into(),
                (true, _) => format!("Ninguém pode atender: {out}"),
                (false, _) => format!("Nobody is eligible: {out}"),
            };
        };
        let reason = self.reason(decided_by, score, lang);
        let line = match pt {
            true => format!("{}: {reason}; {eligible} de {all} podiam atender", best.name),
            false => format!("{}: {reason}; {eligible} of {all} eligible", best.name),
        };
        match (out.is_empty(), pt) {
            (true, _) => line,
            (false, true) => format!("{line}; fora: {out}"),
            (false, false) => format!("{line}; ruled out: {out}"),
        }
    }

    fn reason(&self, decided_by: DecidedBy, score: &Score, lang: Lang) -> String {
        let text = match (decided_by, lang) {
            (DecidedBy::Named, Lang::Pt) => "a conversa foi destinada a esta pessoa",
            (DecidedBy::Named, Lang::En) => "the conversation was named for them",
            (DecidedBy::OnlyEligible, Lang::Pt) => "a única pessoa disponível",
            (DecidedBy::OnlyEligible, Lang::En) => "the only one eligible",
            (DecidedBy::SameAsLastTime, Lang::Pt) => "atendeu este contato da última vez",
            (DecidedBy::SameAsLastTime, Lang::En) => "served this contact last time",
            (DecidedBy::DepartmentOrTopic, Lang::Pt) => match (score.department, score.topic) {
                (true, true) => "departamento e assunto combinam",
                (true, false) => "o departamento combina",
                _ => "o assunto combina",
            },
            (DecidedBy::DepartmentOrTopic, Lang::En) => match (score.department, score.topic) {
                (true, true) => "department and topic match",
                (true, false) => "the department matches",
                _ => "the topic matches",
            },
            (DecidedBy::Strategy, _) => return self.strategy_reason(score, lang),
            (DecidedBy::LongestIdle, Lang::Pt) => "há mais tempo sem atender",
            (DecidedBy::LongestIdle, Lang::En) => "longest idle",
            (DecidedBy::Identifier, Lang::Pt) => "empate; a conta mais antiga",
            (DecidedBy::Identifier, Lang::En) => "a tie; the oldest account",
        };
        text.into()
    }

    fn strategy_reason(&self, score: &Score, lang: Lang) -> String {
        let Score { active, capacity, member_priority, .. } = score;
        match (self.strategy, lang) {
            (Strategy::RoundRobin, Lang::Pt) => "é a vez desta pessoa no rodízio".into(),
            (Strategy::RoundRobin, Lang::En) => "their turn in the round robin".into(),
            (Strategy::LeastLoaded, Lang::Pt) => format!("menos conversas ({active} de {capacity})"),
            (Strategy::LeastLoaded, Lang::En) => format!("fewest conversations ({active} of {capacity})"),
            (Strategy::Priority, Lang::Pt) => format!("maior prioridade na fila ({member_priority})"),
            (Strategy::Priority, Lang::En) => format!("highest priority in the queue ({member_priority})"),
        }
    }
}

impl RuledOut {
    /// A few words, to stand in parentheses after a name.
    pub fn words(&self, lang: Lang) -> String {
        let text = match (self, lang) {
            (RuledOut::NotActiveMember, Lang::Pt) => "inativo na fila",
            (RuledOut::NotActiveMember, Lang::En) => "not an active member",
            (RuledOut::OtherChannels, Lang::Pt) => "não atende este canal",
            (RuledOut::OtherChannels, Lang::En) => "does not serve this channel",
            (RuledOut::NotOnline { status }, _) => status.label(lang),
            (RuledOut::AtCapacity { active, capacity }, Lang::Pt) => return format!("lotado, {active} de {capacity}"),
            (RuledOut::AtCapacity { active, capacity }, Lang::En) => return format!("full, {active} of {capacity}"),
            (RuledOut::MissingSkill { skill, needed, level }, _) => {
                return match (level, lang) {
                    (None, Lang::Pt) => format!("sem {skill}"),
                    (None, Lang::En) => format!("lacks {skill}"),
                    (Some(level), Lang::Pt) => format!("{skill} nível {level}, exige {needed}"),
                    (Some(level), Lang::En) => format!("{skill} level {level}, needs {needed}"),
                };
            }
            (RuledOut::SkippedThisRound, Lang::Pt) => "já recusou ou não respondeu",
            (RuledOut::SkippedThisRound, Lang::En) => "declined or did not answer",
            (RuledOut::NamedForAnother, Lang::Pt) => "destinada a outra pessoa",
            (RuledOut::NamedForAnother, Lang::En) => "named for someone else",
        };
        text.into()
    }
}

/// How waiting raises priority: `every` of waiting is worth one level. Zero turns aging off, and then the low ones may
/// starve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgingRule {
    pub every: Duration,
}

/// A low one that has waited a quarter of an hour stands before an urgent one that arrives now.
pub const AGING: AgingRule = AgingRule { every: Duration::from_secs(5 * 60) };

/// Levels a customer's tier adds to the priority.
pub fn tier_bonus(tier: &str) -> u8 {
    match crate::text::fold(tier.trim()).as_str() {
        "vip" | "platinum" | "platina" | "diamond" | "diamante" => 2,
        "premium" | "gold" | "ouro" => 1,
        _ => 0,
    }
}

/// The place of a waiting handoff in the order of service: the least is served first. One level is worth `every` of
/// waiting, without steps: two that wait never change places just by waiting, so a turn holds as long as the wait does,
/// a position told to a customer only improves or is overtaken by someone new and more urgent, and nobody starves, since
/// whoever arrives later than the longest head start comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// Microseconds: when it would have begun to wait without any priority.
    since_at_level_0: i64,
    since: Timestamp,
    handoff: HandoffId,
}

impl Turn {
    /// `since`: when it began to wait; kept when an offer was declined, so that it returns to its place.
    pub fn new(priority: Priority, tier: Option<&str>, since: Timestamp, handoff: HandoffId, aging: AgingRule) -> Self {
        let levels = i64::from(priority.level() + tier.map_or(0, tier_bonus));
        let every = i64::try_from(aging.every.as_micros()).unwrap_or(i64::MAX);
        let since_at_level_0 =
            if every == 0 { -levels } else { since.micros().saturating_sub(levels.saturating_mul(every)) };
        Turn { since_at_level_0, since, handoff }
    }
}

/// A queue a handoff may go to.
#[derive(Debug, Clone)]
pub struct QueueOption {
    pub id: QueueId,
    pub name: String,
    /// Channel kinds; [`ALL_CHANNELS`] stands for any, an empty list for none.
    pub channels: Vec<String>,
    pub is_active: bool,
    /// Lower comes first.
    pub priority_order: i32,
    /// Its active members.
    pub members: Vec<UserId>,
}

/// An attendant as people may name them.
#[derive(Debug, Clone)]
pub struct AttendantOption {
    pub id: UserId,
    pub name: String,
    pub aliases: Vec<String>,
    pub departments: Vec<String>,
}

/// Whom a script, an attendant or a campaign named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    Queue(QueueId),
    /// As the attendants' records spell it, and who belongs to it.
    Department {
        name: String,
        attendants: Vec<UserId>,
    },
    Attendant(UserId),
}

/// Whether a name's words answer to the words someone typed.
type NameMatch = fn(&[String], &[String]) -> bool;

/// Finds whom `text` names, whatever the case and accents, with or without `@`: exactly, else by its first words, else
/// by words anywhere in the name, else by the beginning of the name. Queues before departments before attendants at
/// each step; none when nothing matches or, at the first step that matches, more than one of the same sort does.
pub fn destination(text: &str, queues: &[QueueOption], attendants: &[AttendantOption]) -> Option<Destination> {
    let sought = words(text);
    if sought.is_empty() {
        return None;
    }
    let steps: [NameMatch; 4] = [
        |name, sought| name == sought,
        |name, sought| name.starts_with(sought),
        |name, sought| name.windows(sought.len()).any(|window| window == sought),
        |name, sought| name.join(" ").starts_with(&sought.join(" ")),
    ];
    let mut departments: Vec<(Vec<String>, &str)> = Vec::new();
    for name in attendants.iter().flat_map(|attendant| &attendant.departments) {
        let key = words(name);
        if !departments.iter().any(|(known, _)| *known == key) {
            departments.push((key, name));
        }
    }
    for matches in steps {
        let hit = |name: &str| matches(&words(name), &sought);
        let mut queues = queues.iter().filter(|queue| hit(&queue.name));
        if let Some(queue) = queues.next() {
            return queues.next().is_none().then_some(Destination::Queue(queue.id));
        }
        let mut departments = departments.iter().filter(|(key, _)| matches(key, &sought));
        if let Some((_, name)) = departments.next() {
            let belongs = |attendant: &&AttendantOption| attendant.departments.iter().any(|own| same(own, name));
            let attendants = attendants.iter().filter(belongs).map(|attendant| attendant.id).collect();
            return departments.next().is_none().then(|| Destination::Department { name: (*name).into(), attendants });
        }
        let mut people = attendants.iter().filter(|who| hit(&who.name) || who.aliases.iter().any(|alias| hit(alias)));
        if let Some(attendant) = people.next() {
            return people.next().is_none().then_some(Destination::Attendant(attendant.id));
        }
    }
    None
}

/// A bot's rule: handoffs about `topic` (also an intent or a skill) go to `queue`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TopicRule {
    pub topic: String,
    #[schema(value_type = uuid::Uuid)]
    pub queue: QueueId,
}

/// What led to a queue; stored with the handoff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PickedBy {
    Destination,
    Topic,
    Channel,
}

/// The queue for a handoff: the named one (for a department or an attendant, the first that serves the channel and has
/// them as a member), else the first rule whose topic is among `topics`, else the first active queue serving the
/// channel by `priority_order`. Inactive queues are never picked; none when no active queue serves the channel.
pub fn pick_queue(
    destination: Option<&Destination>,
    topics: &[&str],
    rules: &[TopicRule],
    channel: &str,
    queues: &[QueueOption],
) -> Option<(QueueId, PickedBy)> {
    let mut active: Vec<&QueueOption> = queues.iter().filter(|queue| queue.is_active).collect();
    active.sort_by(|a, b| (a.priority_order, &a.name, a.id).cmp(&(b.priority_order, &b.name, b.id)));
    let serving = |queue: &&&QueueOption| serves(&queue.channels, channel);
    let with_any = |people: &[UserId]| {
        active.iter().filter(serving).find(|queue| queue.members.iter().any(|member| people.contains(member)))
    };
    let named = match destination {
        Some(Destination::Queue(id)) => active.iter().find(|queue| queue.id == *id),
        Some(Destination::Department { attendants, .. }) => with_any(attendants),
        Some(Destination::Attendant(id)) => with_any(std::slice::from_ref(id)),
        None => None,
    };
    let by_topic = || {
        let fitting = rules.iter().filter(|rule| topics.iter().any(|topic| contains_phrase(topic, &rule.topic)));
        fitting.filter_map(|rule| active.iter().find(|queue| queue.id == rule.queue)).next()
    };
    named
        .map(|queue| (queue.id, PickedBy::Destination))
        .or_else(|| by_topic().map(|queue| (queue.id, PickedBy::Topic)))
        .or_else(|| active.iter().find(serving).map(|queue| (queue.id, PickedBy::Channel)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::Strategy as _;
    use uuid::Uuid;

    use super::Strategy; // not the trait of proptest's prelude
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn candidate(n: u128, name: &str) -> Candidate {
        Candidate {
            attendant: user(n),
            name: name.into(),
            member_active: true,
            channels: vec![ALL_CHANNELS.into()],
            status: Status::Online,
            active: 0,
            capacity: 5,
            skills: vec![Skill { name: "inglês".into(), level: 2 }],
            departments: vec![],
            preferences: vec![],
            member_priority: 0,
            idle_since: NOW - Duration::from_secs(60),
            last_assigned_at: None,
        }
    }

    fn need() -> Need {
        Need { channel: "whatsapp".into(), ..Need::default() }
    }

    #[test]
    fn the_first_failing_rule_is_the_one_named() {
        let need = Need {
            skills: vec![Skill { name: "Ingles".into(), level: 3 }],
            skipped: vec![user(1)],
            only: Some(user(2)),
            ..need()
        };
        let mut worst = Candidate {
            member_active: false,
            channels: vec!["email".into()],
            status: Status::Away,
            active: 5,
            ..candidate(1, "Ana")
        };
        assert_eq!(ruled_out(&need, &worst), Some(RuledOut::NotActiveMember));
        worst.member_active = true;
        assert_eq!(ruled_out(&need, &worst), Some(RuledOut::OtherChannels));
        worst.channels = vec!["whatsapp".into()];
        assert_eq!(ruled_out(&need, &worst), Some(RuledOut::NotOnline { status: Status::Away }));
        worst.status = Status::Online;
        assert_eq!(ruled_out(&need, &worst), Some(RuledOut::AtCapacity { active: 5, capacity: 5 }));
        worst.active = 4;
        let lacking = RuledOut::MissingSkill { skill: "Ingles".into(), needed: 3, level: Some(2) };
        assert_eq!(ruled_out(&need, &worst), Some(lacking));
        worst.skills.push(Skill { name: "INGLÊS".into(), level: 3 });
        assert_eq!(ruled_out(&need, &worst), Some(RuledOut::SkippedThisRound));
        worst.attendant = user(3);
        assert_eq!(ruled_out(&need, &worst), Some(RuledOut::NamedForAnother));
        worst.attendant = user(2);
        assert_eq!(ruled_out(&need, &worst), None);
    }

    #[test]
    fn preference_comes_before_strategy_and_strategy_before_idleness() {
        let ana = Candidate { active: 4, ..candidate(1, "Ana") };
        let bia = Candidate {
            active: 3,
            departments: vec!["Financeiro".into()],
            preferences: vec!["boleto".into()],
            ..candidate(2, "Bia")
        };
        let caio = Candidate { active: 1, idle_since: NOW, ..candidate(3, "Caio") };
        let davi = Candidate { active: 1, ..candidate(4, "Davi") };
        let eva = Candidate { active: 1, ..candidate(5, "Eva") };
        let all = [eva, davi, caio, bia, ana];
        let day = Duration::from_secs(86_400);
        let mut need = Need {
            previous: Some((user(1), NOW - day)),
            sticky: 2 * day,
            department: Some("financeiro".into()),
            topic: Some("segunda via de boleto".into()),
            ..need()
        };
        let pick = |need: &Need, of: &[Candidate]| {
            let decision = choose(need, of, Strategy::LeastLoaded, NOW);
            (decision.winner, decision.explanation.decided_by)
        };
        assert_eq!(pick(&need, &all), (Some(user(1)), Some(DecidedBy::SameAsLastTime)));
        need.sticky = day;
        assert_eq!(pick(&need, &all), (Some(user(2)), Some(DecidedBy::DepartmentOrTopic)));
        (need.department, need.topic) = (None, None);
        assert_eq!(pick(&need, &all[2..]), (Some(user(3)), Some(DecidedBy::Strategy)));
        assert_eq!(pick(&need, &all[1..]), (Some(user(4)), Some(DecidedBy::LongestIdle)));
        assert_eq!(pick(&need, &all), (Some(user(4)), Some(DecidedBy::Identifier)));
        need.only = Some(user(5));
        assert_eq!(pick(&need, &all), (Some(user(5)), Some(DecidedBy::Named)));
    }

    #[test]
    fn the_summary_is_one_line_in_both_languages() {
        let ana = Candidate { active: 1, ..candidate(1, "Ana") };
        let bia = Candidate { active: 2, ..candidate(2, "Bia") };
        let caio = Candidate { status: Status::Away, ..candidate(3, "Caio") };
        let davi = Candidate { active: 5, ..candidate(4, "Davi") };
        let decision = choose(&need(), &[caio.clone(), ana, bia, davi.clone()], Strategy::LeastLoaded, NOW);
        assert_eq!(
            decision.explanation.summary(Lang::Pt),
            "Ana: menos conversas (1 de 5); 2 de 4 podiam atender; fora: Caio (ausente), Davi (lotado, 5 de 5)"
        );
        assert_eq!(
            decision.explanation.summary(Lang::En),
            "Ana: fewest conversations (1 of 5); 2 of 4 eligible; ruled out: Caio (away), Davi (full, 5 of 5)"
        );
        let nobody = choose(&need(), &[caio, davi], Strategy::Priority, NOW).explanation;
        assert_eq!(nobody.summary(Lang::Pt), "Ninguém pode atender: Caio (ausente), Davi (lotado, 5 de 5)");
        assert_eq!(
            choose(&need(), &[], Strategy::Priority, NOW).explanation.summary(Lang::En),
            "Nobody: the queue has no members"
        );
        let crowd: Vec<_> = (1..=8).map(|n| Candidate { status: Status::Busy, ..candidate(n, "X") }).collect();
        assert!(
            choose(&need(), &crowd, Strategy::Priority, NOW)
                .explanation
                .summary(Lang::En)
                .ends_with("X (busy), 3 more")
        );
    }

    #[test]
    fn tiers_and_aging_raise_priority() {
        let aging = AgingRule { every: Duration::from_secs(600) };
        let turn = |priority, minutes: u64, tier| {
            let since = NOW - Duration::from_secs(minutes * 60);
            Turn::new(priority, tier, since, HandoffId(Uuid::nil()), aging).since_at_level_0
        };
        assert!(turn(Priority::Normal, 0, Some("VIP")) == turn(Priority::Urgent, 0, None));
        assert!(turn(Priority::Low, 31, None) < turn(Priority::Urgent, 0, None));
        assert!(turn(Priority::Low, 29, None) > turn(Priority::Urgent, 0, None));
        assert_eq!(turn(Priority::Normal, 0, Some("basic")), turn(Priority::Normal, 0, None));
        let off = AgingRule { every: Duration::ZERO };
        let of = |priority, since| Turn::new(priority, None, since, HandoffId(Uuid::nil()), off);
        assert!(of(Priority::Normal, NOW) < of(Priority::Low, Timestamp::ZERO));
        assert!(of(Priority::Low, Timestamp::ZERO) < of(Priority::Low, NOW));
    }

    fn queue(n: u128, name: &str, channels: &[&str], priority_order: i32, members: &[u128]) -> QueueOption {
        QueueOption {
            id: QueueId(Uuid::from_u128(n)),
            name: name.into(),
            channels: channels.iter().map(|channel| (*channel).into()).collect(),
            is_active: true,
            priority_order,
            members: members.iter().map(|n| user(*n)).collect(),
        }
    }

    fn attendant(n: u128, name: &str, aliases: &[&str], departments: &[&str]) -> AttendantOption {
        let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_string()).collect();
        AttendantOption { id: user(n), name: name.into(), aliases: strings(aliases), departments: strings(departments) }
    }

    #[test]
    fn a_destination_is_named_as_people_name_things() {
        let queues = [
            queue(1, "Suporte WhatsApp", &["whatsapp"], 1, &[]),
            queue(2, "Suporte Telegram", &["telegram"], 1, &[]),
            queue(3, "Vendas", &["all"], 2, &[]),
        ];
        let people = [
            attendant(1, "João Silva", &["Jota"], &["Financeiro"]),
            attendant(2, "Maria Silva", &["Vendedora Maria"], &["financeiro", "Cobrança Norte"]),
            attendant(3, "Mariana Souza", &[], &[]),
        ];
        let queue_of = |n| Some(Destination::Queue(QueueId(Uuid::from_u128(n))));
        let person = |n| Some(Destination::Attendant(user(n)));
        let finance = Some(Destination::Department { name: "Financeiro".into(), attendants: vec![user(1), user(2)] });
        for (text, expected) in [
            ("vendas", queue_of(3)),
            ("@VENDAS", queue_of(3)),
            ("suporte whatsapp", queue_of(1)),
            ("suporte", None), // two queues
            ("telegram", queue_of(2)),
            ("FINANCEIRO", finance.clone()),
            ("financ", finance),
            ("joao", person(1)),
            ("jota", person(1)),
            ("Silva", None),      // two people
            ("maria", person(2)), // a whole word before the beginning of one
            ("marian", person(3)),
            ("souza", person(3)),
            ("", None),
            ("@", None),
            ("jurídico", None),
        ] {
            assert_eq!(destination(text, &queues, &people), expected, "{text:?}");
        }
    }

    #[test]
    fn the_queue_is_the_named_one_else_the_topics_else_the_channels_first() {
        let mut queues = [
            queue(1, "Geral", &["whatsapp", "web"], 5, &[7]),
            queue(2, "Vendas", &["all"], 9, &[8]),
            queue(3, "VIP", &["telegram"], 1, &[7]),
        ];
        let id = |n| QueueId(Uuid::from_u128(n));
        let rules = [TopicRule { topic: "preço".into(), queue: id(2) }];
        let pick = |to: Option<Destination>, topics: &[&str], channel: &str, queues: &[QueueOption]| {
            pick_queue(to.as_ref(), topics, &rules, channel, queues)
        };
        let (named, topic, channel) = (PickedBy::Destination, PickedBy::Topic, PickedBy::Channel);
        assert_eq!(pick(Some(Destination::Queue(id(3))), &["preco"], "whatsapp", &queues), Some((id(3), named)));
        assert_eq!(pick(Some(Destination::Attendant(user(7))), &[], "whatsapp", &queues), Some((id(1), named)));
        let sales = Destination::Department { name: "Vendas".into(), attendants: vec![user(8)] };
        assert_eq!(pick(Some(sales), &[], "whatsapp", &queues), Some((id(2), named)));
        assert_eq!(pick(Some(Destination::Attendant(user(99))), &[], "whatsapp", &queues), Some((id(1), channel)));
        assert_eq!(pick(None, &["qual o PRECO?"], "whatsapp", &queues), Some((id(2), topic)));
        assert_eq!(pick(None, &[], "whatsapp", &queues), Some((id(1), channel)));
        assert_eq!(pick(None, &[], "telegram", &queues), Some((id(3), channel)));
        assert_eq!(pick(None, &[], "sms", &queues), Some((id(2), channel)));
        queues[1].is_active = false;
        assert_eq!(pick(Some(Destination::Queue(id(2))), &["preço"], "web", &queues), Some((id(1), channel)));
        assert_eq!(pick(None, &[], "sms", &queues), None);
    }

    fn strategies() -> impl proptest::strategy::Strategy<Value = Strategy> {
        proptest::sample::select(&Strategy::ALL[..])
    }

    prop_compose! {
        fn any_candidate()(
            id in 0u128..1_000,
            member_active in proptest::bool::weighted(0.8),
            serves in proptest::bool::weighted(0.8),
            status in prop_oneof![3 => Just(Status::Online), 2 => proptest::sample::select(&Status::ALL[..])],
            (active, capacity) in (0u32..6, 0u32..6),
            level in 0u8..4,
            member_priority in -2i32..3,
            (idle, assigned) in (0u64..4, proptest::option::of(0u64..4)),
        ) -> Candidate {
            Candidate {
                channels: vec![if serves { "whatsapp".into() } else { "email".into() }],
                skills: vec![Skill { name: "inglês".into(), level }],
                idle_since: NOW - Duration::from_secs(idle),
                last_assigned_at: assigned.map(|ago| NOW - Duration::from_secs(ago)),
                member_active, status, active, capacity, member_priority,
                ..candidate(id, &format!("A{id}"))
            }
        }
    }

    fn candidates() -> impl proptest::strategy::Strategy<Value = Vec<Candidate>> {
        proptest::collection::vec(any_candidate(), 0..12).prop_map(|mut all| {
            all.sort_by_key(|candidate| candidate.attendant);
            all.dedup_by_key(|candidate| candidate.attendant);
            all
        })
    }

    prop_compose! {
        fn any_need()(
            level in 0u8..3,
            skipped in proptest::collection::vec(0u128..1_000, 0..4),
            previous in proptest::option::of(0u128..1_000),
        ) -> Need {
            Need {
                skills: vec![Skill { name: "ingles".into(), level }],
                skipped: skipped.into_iter().map(user).collect(),
                previous: previous.map(|id| (user(id), NOW)),
                sticky: Duration::from_secs(1),
                ..need()
            }
        }
    }

    proptest! {
        #[test]
        fn the_winner_is_eligible_and_exists_when_anyone_is(
            need in any_need(),
            all in candidates(),
            strategy in strategies(),
        ) {
            let decision = choose(&need, &all, strategy, NOW);
            let eligible = all.iter().filter(|candidate| ruled_out(&need, candidate).is_none());
            let eligible: Vec<UserId> = eligible.map(|candidate| candidate.attendant).collect();
            prop_assert_eq!(decision.winner.is_some(), !eligible.is_empty());
            prop_assert!(decision.winner.is_none_or(|winner| eligible.contains(&winner)));
            prop_assert_eq!(decision.explanation.candidates.len(), all.len());
            prop_assert_eq!(decision.explanation.winner, decision.winner);
            prop_assert_eq!(decision.explanation.decided_by.is_some(), decision.winner.is_some());
        }

        #[test]
        fn the_order_of_candidates_does_not_matter(
            need in any_need(),
            (all, shuffled) in candidates().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
            strategy in strategies(),
        ) {
            prop_assert_eq!(choose(&need, &all, strategy, NOW), choose(&need, &shuffled, strategy, NOW));
        }

        #[test]
        fn an_explanation_survives_its_json(need in any_need(), all in candidates(), strategy in strategies()) {
            let explanation = choose(&need, &all, strategy, NOW).explanation;
            let json = serde_json::to_value(&explanation).unwrap();
            prop_assert_eq!(serde_json::from_value::<Explanation>(json).unwrap(), explanation);
        }

        #[test]
        fn least_loaded_never_picks_one_strictly_more_loaded(all in candidates()) {
            if let Some(winner) = choose(&need(), &all, Strategy::LeastLoaded, NOW).winner {
                let load = |id| all.iter().find(|candidate| candidate.attendant == id).unwrap().active;
                for other in all.iter().filter(|candidate| ruled_out(&need(), candidate).is_none()) {
                    prop_assert!(load(winner) <= other.active);
                }
            }
        }

        #[test]
        fn round_robin_visits_everyone_before_anyone_twice(n in 1u128..10, rounds in 1usize..4) {
            let mut all: Vec<Candidate> = (0..n).map(|id| candidate(id, "A")).collect();
            let mut now = NOW;
            for _ in 0..rounds {
                let mut visited = std::collections::BTreeSet::new();
                for _ in 0..n {
                    now = now + Duration::from_secs(1);
                    let winner = choose(&need(), &all, Strategy::RoundRobin, now).winner.unwrap();
                    let assigned = all.iter_mut().find(|candidate| candidate.attendant == winner).unwrap();
                    assigned.last_assigned_at = Some(now);
                    prop_assert!(visited.insert(winner));
                }
            }
        }

        #[test]
        fn whoever_waits_long_enough_outranks_any_newcomer(
            level in 0u8..4,
            every in 1u64..100_000,
            extra in 1u64..1_000,
        ) {
            let aging = AgingRule { every: Duration::from_secs(every) };
            let since = NOW - (aging.every * 5 + Duration::from_secs(extra));
            let old = Turn::new(Priority::from_level(level).unwrap(), None, since, HandoffId::new(), aging);
            prop_assert!(old < Turn::new(Priority::Urgent, Some("vip"), NOW, HandoffId::new(), aging));
        }

        #[test]
        fn equal_priorities_are_served_in_the_order_of_arrival(
            level in 0u8..4,
            ago in proptest::collection::vec(0u64..7_200, 0..12),
        ) {
            let mut queue: Vec<(Turn, u64)> = ago
                .into_iter()
                .map(|ago| {
                    let since = NOW - Duration::from_secs(ago);
                    (Turn::new(Priority::from_level(level).unwrap(), None, since, HandoffId::new(), AGING), ago)
                })
                .collect();
            queue.sort();
            prop_assert!(queue.is_sorted_by_key(|(_, ago)| std::cmp::Reverse(*ago)));
        }

        #[test]
        fn any_text_is_a_destination_or_none(text in ".*") {
            let known = [queue(1, "Vendas", &["all"], 1, &[])];
            destination(&text, &known, &[attendant(1, "Ana", &[], &["X"])]);
        }
    }
}
