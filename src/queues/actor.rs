//! The live queue: who waits, in what order, and offering them to whoever is free. Event-driven: something waits, somebody
//! comes online or frees capacity, and it matches at once; it never polls.
//!
//! Asks attendants and conversations (requests flow one way: nobody awaits a queue). An attendant's actor is the one
//! authority on its capacity, so two queues cannot overfill one person.

use std::time::Duration;

use actix::prelude::*;
use serde_json::json;

use super::Priority;
use super::routing::{AGING, Need, Skill, Turn, choose};
use crate::actors::directory::{Live, Obituary};
use crate::attendants::actor::{Reserve, Unreserve};
use crate::clock::Timestamp;
use crate::contacts::store as contacts;
use crate::conversations::actor::{ConversationError, Do};
use crate::conversations::lifecycle::Command;
use crate::conversations::{Conversation, Handoff, Status, store as conversations};
use crate::floor::QueueView;
use crate::ids::*;
use crate::lang::Lang;
use crate::services::Services;
use crate::store::events::{Audience, Event};

/// Changes of a queue's length are told at most this often.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// One waiting handoff, as the queue sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub session: SessionId,
    pub handoff: HandoffId,
    pub channel: String,
    /// Its place among those who wait.
    pub turn: Turn,
    pub since: Timestamp,
    /// Since when it waits without an offer.
    pub state_since: Timestamp,
    pub skills: Vec<Skill>,
    pub skipped: Vec<UserId>,
    pub preferred: Option<UserId>,
    pub created_at: Timestamp,
    pub topic: Option<String>,
    pub department: Option<String>,
    pub sticky: Duration,
}

impl Waiting {
    /// From a waiting conversation; `None` when it does not wait.
    pub fn of(conversation: &Conversation, tier: Option<String>) -> Option<Waiting> {
        let handoff = conversation.handoff.as_ref()?;
        if conversation.session.status != Status::Waiting {
            return None;
        }
        let variable =
            |name: &str| conversation.session.variables.0.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        Some(Waiting {
            session: conversation.session.id,
            handoff: handoff.id,
            channel: conversation.session.channel.clone(),
            turn: turn(handoff, tier.as_deref()),
            since: handoff.queued_at,
            state_since: handoff.state_since,
            skills: handoff.skills.0.clone(),
            skipped: handoff.skipped.0.clone(),
            preferred: handoff.preferred_attendant_id,
            created_at: handoff.created_at,
            topic: variable("topic"),
            department: variable("department"),
            sticky: Duration::MAX,
        })
    }

    fn need(&self, queue_skills: &[Skill]) -> Need {
        let mut skills = queue_skills.to_vec();
        skills.extend(self.skills.iter().cloned());
        Need {
            channel: self.channel.clone(),
            skills,
            skipped: self.skipped.clone(),
            only: None,
            previous: self.preferred.map(|attendant| (attendant, self.created_at)),
            sticky: self.sticky,
            topic: self.topic.clone(),
            department: self.department.clone(),
        }
    }
}

/// The place of a handoff, of a customer of this tier, among those who wait.
pub fn turn(handoff: &Handoff, tier: Option<&str>) -> Turn {
    let priority = u8::try_from(handoff.priority).ok().and_then(Priority::from_level).unwrap_or_default();
    Turn::new(priority, tier, handoff.queued_at, handoff.id, AGING)
}

/// It waits here (again, or with another priority).
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Enqueue(pub Waiting);

/// It no longer waits here.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Dequeue(pub SessionId);

/// Somebody may be free: try again.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Recheck;

/// The live queue.
pub struct QueueActor {
    id: QueueId,
    services: Services,
    waiting: Vec<Waiting>,
    accepted_recently: u32,
    counted_at: Timestamp,
    matching: bool,
    again: bool,
    telling: bool,
    _obituary: Obituary<Self>,
}

impl Live for QueueActor {
    type Id = QueueId;
    const NAME: &'static str = "queue";
    const MAILBOX: usize = 1024;
    const RETURNS: bool = true;
}

impl QueueActor {
    pub fn new(id: QueueId, services: Services, obituary: Obituary<Self>) -> Self {
        QueueActor {
            id,
            services,
            waiting: Vec::new(),
            accepted_recently: 0,
            counted_at: Timestamp::ZERO,
            matching: false,
            again: false,
            telling: false,
            _obituary: obituary,
        }
    }

    fn read(&self, ctx: &mut Context<Self>) {
        let (store, id) = (self.services.store.clone(), self.id);
        let reading = async move {
            store
                .read("queue.load", move |db| {
                    let mut waiting = Vec::new();
                    for (handoff, session) in conversations::waiting_in(db, id)? {
                        let tier = contacts::find_any(db, session.contact_id)?.and_then(|contact| contact.tier);
                        waiting.extend(Waiting::of(&Conversation { session, handoff: Some(handoff) }, tier));
                    }
                    Ok(waiting)
                })
                .await
        };
        ctx.wait(reading.into_actor(self).map(|read, actor, ctx| match read {
            Ok(waiting) => {
                actor.waiting = waiting;
                actor.changed(ctx);
            }
            Err(error) => {
                tracing::warn!(queue.id = %actor.id, %error, "queue could not be read");
                ctx.stop();
            }
        }));
    }

    /// Orders, publishes, and matches.
    fn changed(&mut self, ctx: &mut Context<Self>) {
        self.waiting.sort_by_key(|waiting| waiting.turn);
        self.publish();
        self.tell(ctx);
        self.recount(ctx);
        self.match_waiting(ctx);
    }

    fn publish(&self) {
        self.services.floor.publish_queue(
            self.id,
            QueueView {
                waiting: self.waiting.iter().map(|waiting| waiting.session).collect(),
                turns: self.waiting.iter().map(|waiting| waiting.turn).collect(),
                accepted_recently: self.accepted_recently,
                oldest: self.waiting.iter().map(|waiting| waiting.since).min(),
            },
        );
    }

    /// The service rate behind the estimated wait, counted at most every ten seconds.
    fn recount(&mut self, ctx: &mut Context<Self>) {
        let now = self.services.clock.now();
        if now.since(self.counted_at) < Duration::from_secs(10) {
            return;
        }
        self.counted_at = now;
        let (store, id) = (self.services.store.clone(), self.id);
        let counting = async move {
            let since = now - QueueView::WINDOW;
            store.read("queue.rate", move |db| Ok(conversations::accepted_since(db, id, since)?)).await
        };
        ctx.spawn(counting.into_actor(self).map(|counted, actor, _| {
            // Without a count the estimate stays unknown, which is what it then is.
            if let Ok(accepted) = counted {
                actor.accepted_recently = u32::try_from(accepted).unwrap_or(u32::MAX);
                actor.publish();
            }
        }));
    }

    /// Tells screens the queue's length, coalescing bursts.
    fn tell(&mut self, ctx: &mut Context<Self>) {
        if self.telling {
            return;
        }
        self.telling = true;
        ctx.run_later(TELL_EVERY, |actor, _| {
            actor.telling = false;
            let Some((configuration, entry)) = actor.services.catalog.of_queue(actor.id) else { return };
            let body = json!({
                "queue": {"id": actor.id, "name": entry.queue.name},
                "length": actor.waiting.len(),
                "oldest_waiting_since": actor.waiting.iter().map(|waiting| waiting.since).min(),
                "estimated_wait_seconds": actor
                    .services
                    .floor
                    .estimated_wait(&entry, actor.waiting.len() + 1)
                    .map(|wait| wait.as_secs()),
            });
            let serde_json::Value::Object(body) = body else { return };
            let event = Event {
                organization_id: configuration.organization.id,
                kind: "queue_updated",
                at: actor.services.clock.now(),
                audience: Audience::Conversation { queues: vec![actor.id], attendants: Vec::new() },
                body,
            };
            let store = actor.services.store.clone();
            actix::spawn(async move {
                // A length that is not told now is told with the next change.
                let _ = store
                    .write("queue.tell", move |tx| {
                        tx.emit(event.clone());
                        Ok(())
                    })
                    .await;
            });
        });
    }

    /// Offers what waits to whoever is free, one pass at a time; asked again meanwhile, it passes once more.
    fn match_waiting(&mut self, ctx: &mut Context<Self>) {
        if self.matching {
            self.again = true;
            return;
        }
        let Some((_, entry)) = self.services.catalog.of_queue(self.id) else { return };
        if !entry.queue.auto_assign || !entry.queue.is_active || self.waiting.is_empty() {
            return;
        }
        self.matching = true;
        self.again = false;
        let (services, id, waiting) = (self.services.clone(), self.id, self.waiting.clone());
        let pass = async move { offer_all(&services, id, waiting).await };
        ctx.spawn(pass.into_actor(self).map(|offered, actor, ctx| {
            actor.matching = false;
            // One that is back already, its offer refused while this pass went on, is another one.
            actor.waiting.retain(|waiting| !offered.contains(waiting));
            if !offered.is_empty() {
                actor.publish();
                actor.tell(ctx);
            }
            if actor.again {
                actor.match_waiting(ctx);
            }
        }));
    }
}

/// One pass over what waits; those that found somebody or no longer wait.
async fn offer_all(services: &Services, queue: QueueId, waiting: Vec<Waiting>) -> Vec<Waiting> {
    let mut gone = Vec::new();
    for item in waiting {
        let Some((configuration, entry)) = services.catalog.of_queue(queue) else { break };
        let now = services.clock.now();
        let mut need = item.need(&entry.queue.skills.0);
        // Whoever came back since it waits is asked again.
        need.skipped
            .retain(|who| services.floor.attendant(*who).is_none_or(|presence| presence.since <= item.state_since));
        // Who refuses a reservation was overtaken by another queue: the next best is asked.
        loop {
            let candidates = services.floor.candidates(&configuration, &entry);
            let decision = choose(&need, &candidates, entry.queue.strategy, now);
            let Some(winner) = decision.winner else { break };
            let capacity = entry.member(winner).map_or(0, |member| member.max_conversations);
            let reserve = Reserve { session: item.session, capacity: u32::try_from(capacity).unwrap_or(0) };
            if !matches!(services.attendants().tell(winner, reserve).await, Ok(true)) {
                need.skipped.push(winner);
                continue;
            }
            let detail = json!({
                "explanation": decision.explanation,
                "summary": {"pt": decision.explanation.summary(Lang::Pt), "en": decision.explanation.summary(Lang::En)},
            });
            let offer = Command::Offer { to: winner, detail };
            match services.conversations().tell(item.session, Do(offer)).await {
                Ok(Ok(_)) => gone.push(item),
                // It was taken, resolved or moved meanwhile: nothing to offer.
                Ok(Err(ConversationError::Refused(_) | ConversationError::NotFound)) => {
                    services.attendants().notify(winner, Unreserve(item.session));
                    gone.push(item);
                }
                // The store is away: it waits, and the next event tries again.
                _ => services.attendants().notify(winner, Unreserve(item.session)),
            }
            break;
        }
    }
    gone
}

impl Actor for QueueActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.read(ctx);
    }
}

impl Handler<Enqueue> for QueueActor {
    type Result = ();

    fn handle(&mut self, Enqueue(waiting): Enqueue, ctx: &mut Self::Context) {
        self.waiting.retain(|other| other.session != waiting.session);
        self.waiting.push(waiting);
        // The pass under way does not know it.
        self.again = true;
        self.changed(ctx);
    }
}

impl Handler<Dequeue> for QueueActor {
    type Result = ();

    fn handle(&mut self, Dequeue(session): Dequeue, ctx: &mut Self::Context) {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting.session != session);
        if self.waiting.len() != before {
            self.changed(ctx);
        }
    }
}

impl Handler<Recheck> for QueueActor {
    type Result = ();

    fn handle(&mut self, _: Recheck, ctx: &mut Self::Context) {
        self.changed(ctx);
    }
}
