//! The lifecycle of a conversation: which command leads from which state to which other, and what follows. Pure.
//!
//! | from | by | to |
//! |---|---|---|
//! | bot, resolved | [`Command::Request`] | waiting |
//! | waiting | [`Command::Offer`] | assigned |
//! | waiting, assigned | [`Command::Accept`], first reply of the assignee | active |
//! | assigned | [`Command::Decline`], [`Command::OfferLapsed`], [`Command::AttendantLeft`] | waiting, same place, skipped |
//! | active | [`Command::Pend`] | pending |
//! | pending | [`Command::CustomerWrote`], [`Command::Resume`] | active |
//! | active, pending, assigned | [`Command::TransferToQueue`] | waiting there |
//! | active, pending, assigned | [`Command::TransferToAttendant`] | assigned to them; back to the sender on refusal |
//! | waiting .. pending | [`Command::Resolve`] | resolved |
//! | resolved | [`Command::CustomerWrote`] within the reopen window | waiting, preferring the same attendant |
//!
//! Anything else is [`Refused`], and nothing changes. The actor stores a [`Step`] before it acts on its effects.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Actor, Cause, Conversation, Handoff, Status};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::queues::routing::Skill;
use crate::store::sql::Json;

/// The times a lifecycle runs by, from the bot's settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// How long an offer stands.
    pub offer: Duration,
    /// Active without a customer message this long after our last: pending. [`Duration::MAX`]: never.
    pub pending_after: Duration,
    /// Silence after which a conversation with an attendant resolves by itself. [`Duration::MAX`]: never.
    pub resolve_after: Duration,
    /// How long after resolving a customer's message reopens; zero: never.
    pub reopen_window: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            offer: Duration::from_secs(30),
            pending_after: Duration::from_secs(10 * 60),
            resolve_after: Duration::from_secs(24 * 3600),
            reopen_window: Duration::ZERO,
        }
    }
}

impl Policy {
    /// When an active conversation is looked at for silence, at first.
    fn first_look(&self) -> Duration {
        self.pending_after.min(self.resolve_after)
    }
}

/// What started a handoff and what it asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub cause: Cause,
    pub reason: String,
    pub queue: Option<QueueId>,
    /// 0 low .. 3 urgent.
    pub priority: i64,
    pub skills: Vec<Skill>,
    pub destination: Option<String>,
    pub preferred_attendant: Option<UserId>,
}

/// Something asked of a conversation's lifecycle.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// A person is needed.
    Request(Request),
    /// A queue's choice; `detail` is the stored explanation.
    Offer {
        to: UserId,
        detail: Value,
    },
    Accept {
        by: Actor,
    },
    Decline {
        by: UserId,
    },
    OfferLapsed,
    /// They went away or offline with an offer unanswered.
    AttendantLeft {
        attendant: UserId,
    },
    /// Waiting for the customer's answer: by hand, or by the idle timer.
    Pend {
        by: Actor,
    },
    /// Back to active by hand.
    Resume {
        by: Actor,
    },
    CustomerWrote,
    /// The attendant wrote to the customer.
    AttendantWrote {
        by: Actor,
    },
    TransferToQueue {
        by: Actor,
        queue: QueueId,
        reason: String,
    },
    TransferToAttendant {
        by: Actor,
        to: UserId,
        reason: String,
    },
    Resolve {
        by: Actor,
        note: Option<String>,
        outcome: String,
    },
    /// Waited longer than the queue allows: priority up, and to the overflow queue if there is one.
    MaxWait {
        overflow: Option<QueueId>,
    },
    SetPriority {
        by: Actor,
        priority: i64,
    },
}

impl Command {
    /// Its name in refusals and history.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Request(_) => "handoff",
            Command::Offer { .. } => "offer",
            Command::Accept { .. } => "take",
            Command::Decline { .. } => "decline",
            Command::OfferLapsed => "offer_timeout",
            Command::AttendantLeft { .. } => "attendant_left",
            Command::Pend { .. } => "pending",
            Command::Resume { .. } => "resume",
            Command::CustomerWrote => "customer_message",
            Command::AttendantWrote { .. } => "reply",
            Command::TransferToQueue { .. } | Command::TransferToAttendant { .. } => "transfer",
            Command::Resolve { .. } => "resolve",
            Command::MaxWait { .. } => "max_wait",
            Command::SetPriority { .. } => "priority",
        }
    }
}

/// One line of the append-only history.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    pub from: Status,
    pub to: Status,
    pub cause: &'static str,
    pub by: Actor,
    pub detail: Option<Value>,
}

/// What the actor does once the step is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// It waits in this queue now.
    Enqueue(QueueId),
    /// It no longer waits in this queue.
    Dequeue(QueueId),
    /// This attendant has it now, in the conversation's status.
    Occupy(UserId),
    /// This attendant no longer has it.
    Release(UserId),
    /// Tell the attendant of an offer, where they work: a notice stored with the step.
    Ring(UserId),
    SetTimer(Timer, Timestamp),
    ClearTimer(Timer),
    /// The customer should hear of it.
    Tell(Notice),
    /// The bot's script asks for something that has an answer.
    Ask {
        key: String,
        request: Box<crate::basic::Request>,
    },
    /// The bot is writing.
    Typing,
}

/// Wake-ups of a conversation, one row each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    Offer,
    /// Pending and auto-resolve.
    Idle,
    MaxWait,
    Snooze,
    /// The web customer has gone.
    Abandon,
    /// What the bot's script waits for.
    Bot,
}

impl Timer {
    pub const ALL: [Timer; 6] = [Timer::Offer, Timer::Idle, Timer::MaxWait, Timer::Snooze, Timer::Abandon, Timer::Bot];

    /// Its kind in the `timers` table.
    pub fn as_str(self) -> &'static str {
        match self {
            Timer::Offer => "offer",
            Timer::Idle => "idle",
            Timer::MaxWait => "max_wait",
            Timer::Snooze => "snooze",
            Timer::Abandon => "abandon",
            Timer::Bot => "bot",
        }
    }

    pub fn parse(text: &str) -> Option<Timer> {
        Timer::ALL.into_iter().find(|timer| timer.as_str() == text)
    }
}

/// What the customer is told about the handoff; the words are in `notices.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It waits; position and estimated wait are filled in by the queue.
    Queued,
    Accepted,
    Transferred,
    Resolved,
}

/// What one command leads to. Nothing has happened yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub next: Conversation,
    pub transitions: Vec<Transition>,
    pub effects: Vec<Effect>,
}

/// Why a command was refused; the conversation is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{command} is not possible while {state}")]
    InvalidTransition { state: Status, command: &'static str },
    #[error("already taken")]
    AlreadyTaken(UserId),
    #[error("it was not offered to you")]
    NotOffered,
    #[error("it is with another attendant")]
    NotAssigned,
}

struct Build {
    next: Conversation,
    transitions: Vec<Transition>,
    effects: Vec<Effect>,
}

impl Conversation {
    pub fn status(&self) -> Status {
        self.session.status
    }

    fn build(&self) -> Build {
        Build { next: self.clone(), transitions: Vec::new(), effects: Vec::new() }
    }

    /// Decides one command. Pure: the same conversation, command, policy and `now` give the same step.
    pub fn decide(&self, command: &Command, policy: &Policy, now: Timestamp) -> Result<Step, Refused> {
        use Status::*;
        let refused = || Refused::InvalidTransition { state: self.status(), command: command.name() };
        let with = |handoff: &Option<Handoff>| handoff.clone().ok_or_else(refused);
        let mut build = self.build();
        match (self.status(), command) {
            (Bot | Resolved, Command::Request(request)) => {
                build.request(request, Actor::System, now);
            }
            (Resolved, Command::CustomerWrote) => {
                let Some(last) = &self.handoff else { return Ok(build.done()) };
                let reopens = policy.reopen_window > Duration::ZERO
                    && last.resolved_at.is_some_and(|at| now.since(at) <= policy.reopen_window);
                if reopens {
                    let request = Request {
                        cause: Cause::Reopened,
                        reason: last.reason.clone(),
                        queue: last.queue_id,
                        priority: last.priority,
                        skills: last.skills.0.clone(),
                        destination: last.destination.clone(),
                        preferred_attendant: last.attendant_id,
                    };
                    build.request(&request, Actor::Contact, now);
                }
            }
            (Waiting, Command::Offer { to, detail }) => {
                let mut handoff = with(&self.handoff)?;
                handoff.attendant_id = Some(*to);
                handoff.offer_until = Some(now + policy.offer);
                handoff.returns_to = None;
                build.leave_queue(&handoff);
                build.enter(handoff, Assigned, "offer", Actor::System, Some(detail.clone()), now);
                build.offered(*to, now + policy.offer);
            }
            (Waiting, Command::Accept { by }) => {
                let attendant = by.user().ok_or_else(refused)?;
                let handoff = with(&self.handoff)?;
                build.leave_queue(&handoff);
                build.accept(handoff, attendant, by.clone(), "take", policy, now);
            }
            (Assigned, Command::Accept { by }) => {
                let attendant = by.user().ok_or_else(refused)?;
                let handoff = with(&self.handoff)?;
                // An offer belongs to one attendant while it stands.
                if let Some(holder) = handoff.attendant_id
                    && holder != attendant
                {
                    return Err(Refused::AlreadyTaken(holder));
                }
                build.accept(handoff, attendant, by.clone(), "take", policy, now);
            }
            (Active | Pending, Command::Accept { by }) => {
                let holder = with(&self.handoff)?.attendant_id.ok_or_else(refused)?;
                if by.user() != Some(holder) {
                    return Err(Refused::AlreadyTaken(holder));
                }
                // Taking what one already has changes nothing, or resumes it.
                if self.status() == Pending {
                    build.resume(with(&self.handoff)?, by.clone(), "take", policy, now);
                }
            }
            (Assigned, Command::Decline { by }) => {
                let handoff = with(&self.handoff)?;
                if handoff.attendant_id != Some(*by) {
                    return Err(Refused::NotOffered);
                }
                build.give_back(handoff, *by, "decline", policy, now);
            }
            (_, Command::Decline { .. }) => return Err(Refused::NotOffered),
            (Assigned, Command::OfferLapsed) => {
                let handoff = with(&self.handoff)?;
                // A timer of an earlier offer: the present one still stands.
                if handoff.offer_until.is_some_and(|until| until > now) {
                    return Ok(build.done());
                }
                let attendant = handoff.attendant_id.ok_or_else(refused)?;
                build.give_back(handoff, attendant, "offer_timeout", policy, now);
            }
            (Assigned, Command::AttendantLeft { attendant }) => {
                let handoff = with(&self.handoff)?;
                if handoff.attendant_id == Some(*attendant) {
                    build.give_back(handoff, *attendant, "attendant_left", policy, now);
                }
            }
            (Active, Command::Pend { by }) => {
                let handoff = with(&self.handoff)?;
                build.enter(handoff, Pending, command.name(), by.clone(), None, now);
                build.occupy();
                build.idle_in(policy.resolve_after, now);
            }
            (Pending, Command::Resume { by }) => build.resume(with(&self.handoff)?, by.clone(), "resume", policy, now),
            (Pending, Command::CustomerWrote) => {
                build.resume(with(&self.handoff)?, Actor::Contact, "customer_message", policy, now);
            }
            (Active, Command::CustomerWrote) if self.session.snoozed_until.is_some() => build.wake(),
            (Waiting | Assigned | Active | Bot, Command::CustomerWrote) => {}
            (Assigned, Command::AttendantWrote { by }) => {
                let handoff = with(&self.handoff)?;
                if handoff.attendant_id != by.user() {
                    return Err(Refused::NotAssigned);
                }
                let attendant = by.user().ok_or_else(refused)?;
                build.accept(handoff, attendant, by.clone(), "reply", policy, now);
                build.replied(now);
            }
            (Active | Pending, Command::AttendantWrote { by }) => {
                let handoff = with(&self.handoff)?;
                if handoff.attendant_id != by.user() {
                    return Err(Refused::NotAssigned);
                }
                build.replied(now);
                if self.status() == Active && self.session.idle_timer_at.is_none() {
                    build.idle_in(policy.first_look(), now);
                }
            }
            (Active | Pending | Assigned, Command::TransferToQueue { by, queue, reason }) => {
                let mut handoff = with(&self.handoff)?;
                build.release(&handoff);
                handoff.queue_id = Some(*queue);
                handoff.attendant_id = None;
                handoff.offer_until = None;
                handoff.returns_to = None;
                handoff.preferred_attendant_id = None;
                handoff.skipped = Json(by.user().into_iter().collect());
                handoff.transfers += 1;
                handoff.queued_at = now;
                let detail = json!({"queue_id": queue, "reason": reason});
                build.enter(handoff, Waiting, "transfer", by.clone(), Some(detail), now);
                build.wait(*queue);
                build.effects.push(Effect::Tell(Notice::Transferred));
            }
            (Active | Pending | Assigned, Command::TransferToAttendant { by, to, reason }) => {
                let mut handoff = with(&self.handoff)?;
                let sender = handoff.attendant_id;
                build.release(&handoff);
                // Passed on before it was accepted, it still returns to whoever sent it first.
                let back = if self.status() == Assigned { handoff.returns_to } else { sender };
                handoff.returns_to = back.filter(|back| back != to);
                handoff.attendant_id = Some(*to);
                handoff.offer_until = Some(now + policy.offer);
                handoff.transfers += 1;
                let detail = json!({"attendant_id": to, "reason": reason});
                build.enter(handoff, Assigned, "transfer", by.clone(), Some(detail), now);
                build.offered(*to, now + policy.offer);
            }
            (Waiting, Command::TransferToQueue { by, queue, reason }) => {
                // A supervisor moving what waits: the place in line is kept.
                let mut handoff = with(&self.handoff)?;
                build.leave_queue(&handoff);
                handoff.queue_id = Some(*queue);
                let detail = json!({"queue_id": queue, "reason": reason});
                build.enter(handoff, Waiting, "transfer", by.clone(), Some(detail), now);
                build.wait(*queue);
            }
            (Waiting, Command::TransferToAttendant { by, to, reason }) => {
                let mut handoff = with(&self.handoff)?;
                build.leave_queue(&handoff);
                handoff.attendant_id = Some(*to);
                handoff.offer_until = Some(now + policy.offer);
                handoff.returns_to = None;
                let detail = json!({"attendant_id": to, "reason": reason});
                build.enter(handoff, Assigned, "assign", by.clone(), Some(detail), now);
                build.offered(*to, now + policy.offer);
            }
            (Waiting | Assigned | Active | Pending, Command::Resolve { by, note, outcome }) => {
                let mut handoff = with(&self.handoff)?;
                if self.status() == Waiting {
                    build.leave_queue(&handoff);
                } else {
                    build.release(&handoff);
                }
                handoff.resolved_at = Some(now);
                handoff.resolved_by = by.user();
                handoff.note = note.clone();
                handoff.outcome = Some(outcome.clone());
                handoff.offer_until = None;
                handoff.returns_to = None;
                let detail = note.as_ref().map(|note| json!({"note": note, "outcome": outcome}));
                build.enter(handoff, Resolved, outcome_cause(outcome), by.clone(), detail, now);
                build.next.session.needs_human = false;
                build.next.session.snoozed_until = None;
                build.clear_timers();
                if outcome != "abandoned" {
                    build.effects.push(Effect::Tell(Notice::Resolved));
                }
            }
            (Waiting, Command::MaxWait { overflow }) => {
                let mut handoff = with(&self.handoff)?;
                handoff.escalations += 1;
                handoff.priority = (handoff.priority + 1).min(3);
                // A new round: rather asked twice than nobody.
                handoff.skipped = Json(Vec::new());
                let moved = overflow.filter(|queue| Some(*queue) != handoff.queue_id);
                if let Some(queue) = moved {
                    build.leave_queue(&handoff);
                    handoff.queue_id = Some(queue);
                }
                let detail = json!({"priority": handoff.priority, "overflow_queue_id": moved});
                build.next.session.priority = handoff.priority;
                let queue = handoff.queue_id;
                build.enter(handoff, Waiting, "max_wait", Actor::System, Some(detail), now);
                if let Some(queue) = queue {
                    build.effects.push(Effect::Enqueue(queue));
                }
            }
            (_, Command::MaxWait { .. } | Command::OfferLapsed | Command::AttendantLeft { .. }) => {}
            (_, Command::SetPriority { by, priority }) => {
                let before = self.session.priority;
                build.next.session.priority = *priority;
                if let (Some(mut handoff), true) = (self.handoff.clone(), self.status().is_open()) {
                    handoff.priority = *priority;
                    let queue = handoff.queue_id;
                    let detail = json!({"priority": priority, "before": before});
                    let status = self.status();
                    build.record(status, status, "priority", by.clone(), Some(detail));
                    build.next.handoff = Some(handoff);
                    if let (Some(queue), Waiting) = (queue, status) {
                        build.effects.push(Effect::Enqueue(queue));
                    }
                }
            }
            _ => return Err(refused()),
        }
        Ok(build.done())
    }
}

fn outcome_cause(outcome: &str) -> &'static str {
    match outcome {
        "abandoned" => "abandoned",
        "auto_resolved" => "auto_resolve",
        _ => "resolve",
    }
}

impl Build {
    fn done(self) -> Step {
        Step { next: self.next, transitions: self.transitions, effects: self.effects }
    }

    fn record(&mut self, from: Status, to: Status, cause: &'static str, by: Actor, detail: Option<Value>) {
        self.transitions.push(Transition { from, to, cause, by, detail });
    }

    /// Puts the handoff into `to` and mirrors it on the session.
    fn enter(
        &mut self,
        mut handoff: Handoff,
        to: Status,
        cause: &'static str,
        by: Actor,
        detail: Option<Value>,
        now: Timestamp,
    ) {
        let from = self.next.session.status;
        if from != to {
            handoff.state_since = now;
        }
        handoff.state = to;
        let session = &mut self.next.session;
        session.status = to;
        session.handoff_id = Some(handoff.id);
        session.queue_id = handoff.queue_id;
        session.attendant_id = handoff.attendant_id;
        self.next.handoff = Some(handoff);
        self.record(from, to, cause, by, detail);
    }

    fn request(&mut self, request: &Request, by: Actor, now: Timestamp) {
        let session = &self.next.session;
        let handoff = Handoff {
            id: HandoffId::new(),
            organization_id: session.organization_id,
            session_id: session.id,
            queue_id: request.queue,
            state: Status::Waiting,
            attendant_id: None,
            offer_until: None,
            returns_to: None,
            priority: request.priority,
            skills: Json(request.skills.clone()),
            skipped: Json(Vec::new()),
            reason: request.reason.clone(),
            cause: request.cause,
            destination: request.destination.clone(),
            preferred_attendant_id: request.preferred_attendant,
            escalations: 0,
            transfers: 0,
            created_at: now,
            queued_at: now,
            accepted_at: None,
            first_reply_at: None,
            resolved_at: None,
            resolved_by: None,
            outcome: None,
            note: None,
            state_since: now,
        };
        self.next.session.needs_human = true;
        self.next.session.priority = request.priority;
        let detail = json!({"cause": request.cause, "reason": request.reason, "queue_id": request.queue});
        self.enter(handoff, Status::Waiting, "handoff", by, Some(detail), now);
        if let Some(queue) = request.queue {
            self.wait(queue);
        }
        self.effects.push(Effect::Tell(Notice::Queued));
    }

    fn accept(
        &mut self,
        mut handoff: Handoff,
        attendant: UserId,
        by: Actor,
        cause: &'static str,
        policy: &Policy,
        now: Timestamp,
    ) {
        handoff.attendant_id = Some(attendant);
        handoff.offer_until = None;
        handoff.returns_to = None;
        let first = handoff.accepted_at.is_none();
        handoff.accepted_at = handoff.accepted_at.or(Some(now));
        self.enter(handoff, Status::Active, cause, by, None, now);
        self.effects.push(Effect::ClearTimer(Timer::Offer));
        self.effects.push(Effect::ClearTimer(Timer::MaxWait));
        self.effects.push(Effect::ClearTimer(Timer::Abandon));
        self.occupy();
        self.idle_in(policy.first_look(), now);
        if first || cause == "take" {
            self.effects.push(Effect::Tell(Notice::Accepted));
        }
    }

    fn resume(&mut self, handoff: Handoff, by: Actor, cause: &'static str, policy: &Policy, now: Timestamp) {
        self.enter(handoff, Status::Active, cause, by, None, now);
        self.occupy();
        self.idle_in(policy.first_look(), now);
        self.wake();
    }

    /// What is new matters now, not at the end of a snooze.
    fn wake(&mut self) {
        self.next.session.snoozed_until = None;
        self.effects.push(Effect::ClearTimer(Timer::Snooze));
    }

    /// An offer refused: to the sender of a transfer, or to its place in the queue with the attendant skipped.
    fn give_back(
        &mut self,
        mut handoff: Handoff,
        refuser: UserId,
        cause: &'static str,
        policy: &Policy,
        now: Timestamp,
    ) {
        self.effects.push(Effect::ClearTimer(Timer::Offer));
        self.release(&handoff);
        handoff.offer_until = None;
        let detail = json!({"attendant_id": refuser});
        match (handoff.returns_to.take(), handoff.queue_id) {
            (Some(sender), _) => {
                handoff.attendant_id = Some(sender);
                self.enter(handoff, Status::Active, cause, Actor::System, Some(detail), now);
                self.occupy();
                self.idle_in(policy.first_look(), now);
            }
            (None, queue) => {
                handoff.attendant_id = None;
                if !handoff.skipped.0.contains(&refuser) {
                    handoff.skipped.0.push(refuser);
                }
                self.enter(handoff, Status::Waiting, cause, Actor::System, Some(detail), now);
                if let Some(queue) = queue {
                    self.wait(queue);
                }
            }
        }
    }

    fn offered(&mut self, to: UserId, until: Timestamp) {
        self.occupy();
        self.effects.push(Effect::SetTimer(Timer::Offer, until));
        self.effects.push(Effect::Ring(to));
    }

    fn wait(&mut self, queue: QueueId) {
        self.next.session.idle_timer_at = None;
        self.effects.push(Effect::ClearTimer(Timer::Idle));
        self.effects.push(Effect::Enqueue(queue));
    }

    fn leave_queue(&mut self, handoff: &Handoff) {
        if let Some(queue) = handoff.queue_id {
            self.effects.push(Effect::Dequeue(queue));
        }
    }

    fn occupy(&mut self) {
        if let Some(attendant) = self.next.session.attendant_id {
            self.effects.push(Effect::Occupy(attendant));
        }
    }

    fn release(&mut self, handoff: &Handoff) {
        if let Some(attendant) = handoff.attendant_id {
            self.effects.push(Effect::Release(attendant));
        }
    }

    fn replied(&mut self, now: Timestamp) {
        if let Some(handoff) = &mut self.next.handoff {
            handoff.first_reply_at = handoff.first_reply_at.or(Some(now));
        }
    }

    /// Sets the idle timer; it looks again when it fires.
    fn idle_in(&mut self, after: Duration, now: Timestamp) {
        if after == Duration::MAX {
            return;
        }
        let at = now + after;
        if self.next.session.idle_timer_at != Some(at) {
            self.next.session.idle_timer_at = Some(at);
            self.effects.push(Effect::SetTimer(Timer::Idle, at));
        }
    }

    fn clear_timers(&mut self) {
        self.next.session.idle_timer_at = None;
        for timer in Timer::ALL {
            self.effects.push(Effect::ClearTimer(timer));
        }
    }
}

/// What the idle timer finds when it fires.
#[derive(Debug, Clone, PartialEq)]
pub enum Idle {
    /// Nothing to do before this time.
    Again(Timestamp),
    Do(Command),
    /// The conversation is no longer with an attendant.
    Nothing,
}

/// Pending after our unanswered message, resolved after long silence. Looks at the last messages, so the timer row need
/// not follow every one of them. Ours is unanswered when nothing has arrived since, however long it was under way, and when
/// it was said by those who have the conversation now: what a bot or a colleague said before leaves the customer waiting
/// for us.
pub fn idle(conversation: &Conversation, policy: &Policy, now: Timestamp) -> Idle {
    let session = &conversation.session;
    let since = conversation.handoff.as_ref().map_or(session.updated_at, |handoff| handoff.state_since);
    let silent_since = session.last_message_at.max(since);
    let unanswered = session.last_out_at.filter(|said| *said >= session.last_message_at && *said >= since);
    match session.status {
        Status::Active | Status::Pending if silent_since + policy.resolve_after <= now => {
            Idle::Do(Command::Resolve { by: Actor::System, note: None, outcome: "auto_resolved".to_owned() })
        }
        Status::Active => match unanswered.map(|said| said + policy.pending_after) {
            Some(due) if due <= now => Idle::Do(Command::Pend { by: Actor::System }),
            due => Idle::Again(due.unwrap_or(now + policy.pending_after).min(silent_since + policy.resolve_after)),
        },
        Status::Pending => Idle::Again(silent_since + policy.resolve_after),
        _ => Idle::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::bot::BotState;
    use crate::conversations::Session;

    const START: Timestamp = Timestamp::from_secs(1_767_225_600);
    const STATES: [Status; 6] =
        [Status::Bot, Status::Waiting, Status::Assigned, Status::Active, Status::Pending, Status::Resolved];

    fn policy() -> Policy {
        Policy { reopen_window: Duration::from_secs(3600), ..Policy::default() }
    }

    /// Attendants and queues by a small number, the same in every run.
    fn person(n: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(n))
    }

    fn queue(n: u128) -> QueueId {
        QueueId(uuid::Uuid::from_u128(n))
    }

    fn by(n: u128) -> Actor {
        Actor::Attendant { id: person(n), name: format!("attendant {n}") }
    }

    fn fresh() -> Conversation {
        let session = Session {
            id: SessionId::new(),
            organization_id: OrganizationId::new(),
            bot_id: BotId::new(),
            channel_id: ChannelId::new(),
            contact_id: ContactId::new(),
            channel: "whatsapp".to_owned(),
            addresses: Json(Vec::new()),
            needs_human: false,
            handoff_id: None,
            status: Status::Bot,
            queue_id: None,
            attendant_id: None,
            last_seq: 0,
            last_message: String::new(),
            last_message_at: START,
            last_in_at: None,
            last_out_at: None,
            unread: 0,
            priority: 1,
            subject: None,
            tags: Json(Vec::new()),
            bot_state: Json(BotState::default()),
            variables: Json(BTreeMap::new()),
            snoozed_until: None,
            idle_timer_at: None,
            version: 0,
            created_at: START,
            updated_at: START,
        };
        Conversation { session, handoff: None }
    }

    fn request() -> Command {
        Command::Request(Request {
            cause: Cause::Keyword,
            reason: "pessoa".to_owned(),
            queue: Some(queue(1)),
            priority: 1,
            skills: Vec::new(),
            destination: None,
            preferred_attendant: None,
        })
    }

    fn offer(to: u128) -> Command {
        Command::Offer { to: person(to), detail: json!({}) }
    }

    fn resolve() -> Command {
        Command::Resolve { by: by(1), note: None, outcome: "resolved".to_owned() }
    }

    /// With attendant 1, as far as the state has one.
    fn in_state(state: Status) -> Conversation {
        let mut path = vec![request(), offer(1), Command::Accept { by: by(1) }];
        match state {
            Status::Bot => path.clear(),
            Status::Waiting => path.truncate(1),
            Status::Assigned => path.truncate(2),
            Status::Active => {}
            Status::Pending => path.push(Command::Pend { by: by(1) }),
            Status::Resolved => path.push(resolve()),
        }
        let walk = |conversation: Conversation, command: &Command| {
            conversation.decide(command, &policy(), START).unwrap().next
        };
        path.iter().fold(fresh(), walk)
    }

    /// The whole table: for each command what becomes of each state; `=` nothing changes, `-` refused.
    #[test]
    fn every_pair_of_state_and_command_does_what_the_table_says_and_no_other() {
        let transfer = Command::TransferToAttendant { by: by(1), to: person(2), reason: String::new() };
        let to_queue = Command::TransferToQueue { by: by(1), queue: queue(2), reason: String::new() };
        let table: [(Command, [&str; 6]); 19] = [
            //                          bot        waiting     assigned    active      pending     resolved
            (request(), ["waiting", "-", "-", "-", "-", "waiting"]),
            (offer(2), ["-", "assigned", "-", "-", "-", "-"]),
            (Command::Accept { by: by(1) }, ["-", "active", "active", "=", "active", "-"]),
            (Command::Accept { by: by(2) }, ["-", "active", "-", "-", "-", "-"]),
            (Command::Accept { by: Actor::System }, ["-", "-", "-", "-", "-", "-"]),
            (Command::Decline { by: person(1) }, ["-", "-", "waiting", "-", "-", "-"]),
            (Command::Decline { by: person(2) }, ["-", "-", "-", "-", "-", "-"]),
            (Command::OfferLapsed, ["=", "=", "waiting", "=", "=", "="]),
            (Command::AttendantLeft { attendant: person(1) }, ["=", "=", "waiting", "=", "=", "="]),
            (Command::AttendantLeft { attendant: person(2) }, ["=", "=", "=", "=", "=", "="]),
            (Command::Pend { by: by(1) }, ["-", "-", "-", "pending", "-", "-"]),
            (Command::Resume { by: by(1) }, ["-", "-", "-", "-", "active", "-"]),
            (Command::CustomerWrote, ["=", "=", "=", "=", "active", "waiting"]),
            (Command::AttendantWrote { by: by(1) }, ["-", "-", "active", "active", "pending", "-"]),
            (Command::AttendantWrote { by: by(2) }, ["-", "-", "-", "-", "-", "-"]),
            (to_queue, ["-", "waiting", "waiting", "waiting", "waiting", "-"]),
            (transfer, ["-", "assigned", "assigned", "assigned", "assigned", "-"]),
            (resolve(), ["-", "resolved", "resolved", "resolved", "resolved", "-"]),
            (Command::MaxWait { overflow: None }, ["=", "waiting", "=", "=", "=", "="]),
        ];
        // Late enough for an offer to have lapsed.
        let now = START + Duration::from_secs(31);
        for (command, row) in &table {
            for (state, expected) in STATES.into_iter().zip(row) {
                let before = in_state(state);
                let told = match before.decide(command, &policy(), now) {
                    Err(_) => "-",
                    Ok(step) if step.next == before && step.transitions.is_empty() => "=",
                    Ok(step) => step.next.status().as_str(),
                };
                assert_eq!(told, *expected, "{state} {}", command.name());
            }
        }
    }

    #[test]
    fn a_resolved_conversation_reopens_only_within_the_window() {
        let resolved = in_state(Status::Resolved);
        let window = policy().reopen_window;
        let after = |policy: &Policy, wait: Duration| {
            resolved.decide(&Command::CustomerWrote, policy, START + wait).unwrap().next
        };
        let reopened = after(&policy(), window);
        assert_eq!(reopened.status(), Status::Waiting);
        assert_eq!(reopened.handoff.unwrap().preferred_attendant_id, Some(person(1)));
        assert_eq!(after(&policy(), window + Duration::from_micros(1)), resolved);
        assert_eq!(after(&Policy::default(), Duration::ZERO), resolved);
    }

    #[test]
    fn silence_is_measured_from_the_last_words_and_may_be_endless() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let mut conversation = in_state(Status::Active);
        let idle =
            |conversation: &Conversation, policy: &Policy, after: Duration| idle(conversation, policy, START + after);
        let resolved = Command::Resolve { by: Actor::System, note: None, outcome: "auto_resolved".to_owned() };
        let policy = Policy::default();
        // The customer waits for us: never pending.
        assert_eq!(idle(&conversation, &policy, minutes(30)), Idle::Again(START + minutes(40)));
        assert_eq!(idle(&conversation, &policy, minutes(24 * 60)), Idle::Do(resolved.clone()));
        said(&mut conversation, START + minutes(5));
        assert_eq!(idle(&conversation, &policy, minutes(10)), Idle::Again(START + minutes(15)));
        assert_eq!(idle(&conversation, &policy, minutes(15)), Idle::Do(Command::Pend { by: Actor::System }));
        // What comes first is looked at first.
        let hasty = Policy { resolve_after: minutes(6), ..policy };
        assert_eq!(idle(&conversation, &hasty, minutes(10)), Idle::Again(START + minutes(11)));
        let patient = Policy { pending_after: Duration::MAX, ..policy };
        assert_eq!(idle(&conversation, &patient, minutes(60)), Idle::Again(START + minutes(5 + 24 * 60)));
        let endless = Policy { resolve_after: Duration::MAX, ..patient };
        assert!(matches!(idle(&conversation, &endless, minutes(1_000_000)), Idle::Again(_)));
        let step = in_state(Status::Assigned).decide(&Command::Accept { by: by(1) }, &endless, START).unwrap();
        assert_eq!(step.next.session.idle_timer_at, None);
    }

    fn said(conversation: &mut Conversation, at: Timestamp) {
        (conversation.session.last_out_at, conversation.session.last_message_at) = (Some(at), at);
    }

    #[test]
    fn who_has_had_no_answer_from_those_who_serve_them_is_never_waited_for() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let waited_for = |conversation: &Conversation| {
            idle(conversation, &Policy::default(), START + minutes(60)) == Idle::Do(Command::Pend { by: Actor::System })
        };
        // The bot's farewell was the last word before somebody took it.
        let mut conversation = in_state(Status::Active);
        said(&mut conversation, START);
        conversation.handoff.as_mut().unwrap().state_since = START + minutes(1);
        assert!(!waited_for(&conversation));
        said(&mut conversation, START + minutes(2));
        assert!(waited_for(&conversation));
        // It was written before our words and arrived after them.
        conversation.session.last_in_at = Some(START + minutes(1));
        conversation.session.last_message_at = START + minutes(3);
        assert!(!waited_for(&conversation));
    }

    fn commands() -> impl Strategy<Value = Vec<(Command, u64)>> {
        let who = || 1u128..4;
        let command = prop_oneof![
            2 => Just(request()),
            4 => who().prop_map(offer),
            4 => who().prop_map(|n| Command::Accept { by: by(n) }),
            3 => who().prop_map(|n| Command::Decline { by: person(n) }),
            2 => Just(Command::OfferLapsed),
            2 => who().prop_map(|n| Command::AttendantLeft { attendant: person(n) }),
            2 => who().prop_map(|n| Command::Pend { by: by(n) }),
            1 => who().prop_map(|n| Command::Resume { by: by(n) }),
            3 => Just(Command::CustomerWrote),
            3 => who().prop_map(|n| Command::AttendantWrote { by: by(n) }),
            2 => (who(), 1u128..3).prop_map(|(n, to)| Command::TransferToQueue {
                by: by(n), queue: queue(to), reason: String::new()
            }),
            3 => (who(), who()).prop_map(|(n, to)| Command::TransferToAttendant {
                by: by(n), to: person(to), reason: String::new()
            }),
            1 => Just(resolve()),
            1 => select(vec![None, Some(queue(1)), Some(queue(2))]).prop_map(|overflow| Command::MaxWait { overflow }),
            1 => (0i64..4).prop_map(|priority| Command::SetPriority { by: by(1), priority }),
        ];
        proptest::collection::vec((command, 0u64..60), 0..60)
    }

    /// What the rest of the house believes, from the effects alone.
    #[derive(Debug, Default, PartialEq)]
    struct House {
        queue: Option<QueueId>,
        attendant: Option<UserId>,
        timers: BTreeMap<&'static str, Timestamp>,
    }

    impl House {
        fn hear(&mut self, effects: &[Effect]) {
            for effect in effects {
                match effect {
                    Effect::Enqueue(queue) => self.queue = Some(*queue),
                    Effect::Dequeue(queue) => self.queue = self.queue.filter(|in_queue| in_queue != queue),
                    Effect::Occupy(attendant) => self.attendant = Some(*attendant),
                    Effect::Release(attendant) => self.attendant = self.attendant.filter(|with| with != attendant),
                    Effect::SetTimer(timer, at) => drop(self.timers.insert(timer.as_str(), *at)),
                    Effect::ClearTimer(timer) => drop(self.timers.remove(timer.as_str())),
                    Effect::Ring(_) | Effect::Tell(_) | Effect::Ask { .. } | Effect::Typing => {}
                }
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_commanded_the_conversation_stays_whole(commands in commands()) {
            let mut conversation = fresh();
            let mut house = House::default();
            let mut now = START;
            for (command, seconds) in commands {
                now = now + Duration::from_secs(seconds);
                let Ok(step) = conversation.decide(&command, &policy(), now) else { continue };
                let Step { next, transitions, effects } = step;
                let (before, after) = (conversation.status(), next.status());
                house.hear(&effects);
                let session = &next.session;

                let with_someone = matches!(after, Status::Assigned | Status::Active | Status::Pending);
                if after != Status::Resolved {
                    prop_assert_eq!(session.attendant_id.is_some(), with_someone, "{:?}", &command);
                }
                prop_assert_eq!(session.needs_human, after.is_open());
                prop_assert_eq!(house.attendant, session.attendant_id.filter(|_| with_someone), "{:?}", &command);
                prop_assert_eq!(house.queue, session.queue_id.filter(|_| after == Status::Waiting), "{:?}", &command);
                match &next.handoff {
                    None => prop_assert_eq!(after, Status::Bot),
                    Some(handoff) => {
                        prop_assert_eq!(handoff.state, after);
                        prop_assert_eq!(Some(handoff.id), session.handoff_id);
                        prop_assert_eq!(handoff.queue_id, session.queue_id);
                        prop_assert_eq!(handoff.attendant_id, session.attendant_id);
                        prop_assert_eq!(handoff.offer_until.is_some(), after == Status::Assigned);
                        let wakes = house.timers.get("offer").copied();
                        prop_assert!(after != Status::Assigned || wakes == handoff.offer_until);
                        prop_assert!(handoff.returns_to.is_none() || after == Status::Assigned);
                        prop_assert_eq!(session.idle_timer_at, house.timers.get("idle").copied());
                    }
                }
                // The place in line: a new one only by a new handoff or a transfer of what was being served.
                if let (Some(old), Some(new)) = (&conversation.handoff, &next.handoff)
                    && old.id == new.id
                    && !matches!((&command, before), (Command::TransferToQueue { .. }, Status::Assigned | Status::Active | Status::Pending))
                {
                    prop_assert_eq!(old.queued_at, new.queued_at);
                }
                // Every change of state is a line of the history, and the lines join.
                let mut at = before;
                for transition in &transitions {
                    prop_assert_eq!(transition.from, at);
                    at = transition.to;
                }
                prop_assert_eq!(at, after);
                conversation = next;
            }
        }

        #[test]
        fn a_refused_transfer_returns_to_whoever_had_it(to in 2u128..4, further in proptest::option::of(2u128..4)) {
            let mut conversation = in_state(Status::Active);
            let mut holder = to;
            let transfer = |by_whom: u128, to: u128| {
                Command::TransferToAttendant { by: by(by_whom), to: person(to), reason: String::new() }
            };
            conversation = conversation.decide(&transfer(1, to), &policy(), START).unwrap().next;
            if let Some(further) = further {
                conversation = conversation.decide(&transfer(to, further), &policy(), START).unwrap().next;
                holder = further;
            }
            let back = conversation.decide(&Command::Decline { by: person(holder) }, &policy(), START).unwrap().next;
            prop_assert_eq!((back.status(), back.session.attendant_id), (Status::Active, Some(person(1))));
        }
    }
}
