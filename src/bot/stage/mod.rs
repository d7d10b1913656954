//! A conversation with a bot that nobody has: the real engine and the real rules of when a person takes over, in a
//! [`World`] that might be and a time that is told. A script that runs by itself is alone here, too. Pure. Called by the
//! dialogues and by the chat of the command line.

use std::collections::VecDeque;
use std::time::Duration;

use chrono_tz::Tz;
use serde_json::{Value as Json, json};

use self::alone::{Alone, Next};
use super::basic;
use super::escalation::{self, Cause, Policy};
use super::runs::triggers;
use super::world::{World, told};
use super::{Action, BotEvent, BotState, Engine, Fault, HandoffRequest, Said, Scene};
use crate::basic::request::{Media, Transfer};
use crate::basic::{Limits, Machine, Request, ScriptError, Value, Waiting};
use crate::clock::Timestamp;
use crate::lang::Lang;
use crate::queues::Priority;

mod alone;

/// Rests up to this pass by themselves: nobody writes them down.
const SHORT: Duration = Duration::from_secs(60);
/// Times that come within one span, and requests of a script alone: more is one that goes on for ever.
const MOST: usize = 1_000;

/// A bot as it is configured.
pub struct Cast {
    pub engine: Box<dyn Engine>,
    pub escalation: Policy,
    pub lang: Lang,
    pub zone: Tz,
    pub limits: Limits,
}

/// Something that happened, as far as anybody outside sees it.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    Said {
        text: String,
        buttons: Vec<String>,
    },
    Sent {
        media: Media,
        url: String,
        caption: String,
    },
    Reacted(String),
    /// A person takes over.
    Handed {
        queue: Option<String>,
        priority: Option<Priority>,
        reason: String,
    },
    /// The turn had no answer.
    Failed,
    /// The script failed.
    Broke(Fault),
    Asked {
        request: Box<Request>,
        answer: Result<Value, ScriptError>,
    },
}

impl std::fmt::Display for Seen {
    /// As the line of a dialogue that expects it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Seen::Said { text, buttons } if buttons.is_empty() => write!(f, "< {}", one_line(text)),
            Seen::Said { text, buttons } => write!(f, "< {} [{}]", one_line(text), buttons.join(" | ")),
            Seen::Sent { media, url, caption } => {
                let media = match media {
                    Media::Image => "image",
                    Media::File => "file",
                    Media::Audio => "audio",
                    Media::Video => "video",
                };
                f.write_str(one_line(&format!("< ({media}) {url} {caption}")).as_str())
            }
            Seen::Reacted(emoji) => write!(f, "reaction {emoji}"),
            Seen::Handed { queue, priority, reason } => {
                let (queue, priority) = (queue.as_deref().unwrap_or("-"), priority.map_or("-", Priority::as_str));
                write!(f, "transfer {queue}, {priority}, {}", one_line(reason))
            }
            Seen::Failed => f.write_str("failed"),
            Seen::Broke(fault) => write!(f, "error {}", fault.error.code),
            Seen::Asked { request, .. } => write!(f, "does {}", told(request)),
        }
    }
}

/// Every run of white space is one space.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// See the file's opening.
pub struct Stage<'a> {
    cast: &'a Cast,
    pub world: World,
    pub now: Timestamp,
    state: BotState,
    /// A person has the conversation.
    handed: bool,
    /// Runs by itself: there is no conversation.
    alone: Option<Alone>,
}

/// Where a script is.
pub struct Position {
    pub waiting: Option<Waiting>,
    pub line: u32,
    pub variables: Vec<(String, Json)>,
}

impl<'a> Stage<'a> {
    pub fn new(cast: &'a Cast, world: World, now: Timestamp) -> Self {
        let alone = cast.engine.program().and_then(|program| Alone::of(program, cast.limits));
        Stage { cast, world, now, state: BotState::default(), handed: false, alone }
    }

    pub fn with_person(&self) -> bool {
        self.handed
    }

    pub fn is_alone(&self) -> bool {
        self.alone.is_some()
    }

    /// The session opens: the bot speaks first. A script that runs by itself begins.
    pub fn open(&mut self) -> Vec<Seen> {
        self.happens(BotEvent::SessionOpened)
    }

    /// An event is published; none when the script does not wait for it.
    pub fn published(&mut self, event: &str, data: Json) -> Option<Vec<Seen>> {
        let event = triggers::normal(event);
        self.state.event.as_ref().filter(|waited| **waited == event)?;
        Some(self.happens(BotEvent::Published { event, data }))
    }

    /// The customer writes; nothing comes of it while a person has the conversation, or when there is none.
    pub fn hears(&mut self, said: Said) -> Vec<Seen> {
        if self.handed || self.alone.is_some() {
            return Vec::new();
        }
        match escalation::before_turn(&self.cast.escalation, &said.text) {
            Some(cause) => vec![self.hand_over(&cause)],
            None => self.happens(BotEvent::Message(said)),
        }
    }

    /// Time passes.
    pub fn passes(&mut self, span: Duration) -> Vec<Seen> {
        let (end, mut seen) = (self.now + span, Vec::new());
        for _ in 0..MOST {
            let Some(due) = self.state.due.filter(|due| *due <= end) else { break };
            self.now = self.now.max(due);
            let happened = self.happens(BotEvent::TimerFired);
            let idle = happened.is_empty() && self.state.due == Some(due);
            seen.extend(happened);
            if idle {
                break;
            }
        }
        self.now = self.now.max(end);
        seen
    }

    /// The person has finished: the bot has the conversation again, and goes on with what waited meanwhile.
    pub fn resolved(&mut self) -> Vec<Seen> {
        self.handed = false;
        self.world.session.insert("needs_human".to_owned(), json!(false));
        self.passes(Duration::ZERO)
    }

    /// Where the script is; none when it does not run.
    pub fn script(&self) -> Option<Position> {
        let (machine, program) = (self.machine()?, self.cast.engine.program()?);
        let variables = machine.variables(&program.program);
        Some(Position {
            waiting: machine.waiting().cloned(),
            line: machine.line(),
            variables: variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_json())).collect(),
        })
    }

    fn machine(&self) -> Option<Machine> {
        match &self.alone {
            Some(alone) => alone.machine.clone(),
            None => basic::machine(&self.state),
        }
    }

    /// An event, and the short rests that follow it.
    fn happens(&mut self, event: BotEvent) -> Vec<Seen> {
        let mut seen = self.turn(event);
        for _ in 0..MOST {
            let resting = self.machine().and_then(|machine| match machine.waiting() {
                Some(Waiting::Timer { seconds }) => Some(*seconds <= SHORT.as_secs_f64()),
                _ => None,
            });
            let Some(due) = self.state.due.filter(|_| resting == Some(true) && !self.handed) else { break };
            self.now = self.now.max(due);
            seen.extend(self.turn(BotEvent::TimerFired));
        }
        seen
    }

    /// Gives the engine an event, and what comes of its requests, as a conversation does.
    fn turn(&mut self, event: BotEvent) -> Vec<Seen> {
        if let Some(alone) = &mut self.alone {
            let next = match event {
                BotEvent::SessionOpened => Next::Begin,
                BotEvent::TimerFired => Next::Timer,
                BotEvent::Published { data, .. } => Next::Published(data),
                BotEvent::Message(_) | BotEvent::Answered { .. } => return Vec::new(),
            };
            let now = self.now.to_utc().with_timezone(&self.cast.zone).fixed_offset();
            let rest = alone.turn(next, &mut self.world, now, self.cast.lang);
            (self.state.due, self.state.event) = (rest.due.map(|span| self.now + span), rest.event);
            return rest.seen;
        }
        let mut seen = Vec::new();
        let mut events = VecDeque::from([(event, self.handed)]);
        while let Some((event, paused)) = events.pop_front() {
            let turn = {
                let session = || self.session();
                let scene = Scene { now: self.now, paused, session: &session, program: None };
                self.cast.engine.turn(&self.state, &event, &scene)
            };
            let takes_over = escalation::after_turn(&self.cast.escalation, &turn);
            self.state = turn.state;
            for action in turn.actions {
                match action {
                    Action::Say { text, choices } => {
                        let buttons = choices.into_iter().map(|choice| choice.label).collect();
                        seen.push(Seen::Said { text, buttons });
                    }
                    Action::Send { media, url, caption } => seen.push(Seen::Sent { media, url, caption }),
                    Action::React { emoji } => seen.push(Seen::Reacted(emoji)),
                    Action::Failed => seen.push(Seen::Failed),
                    Action::Report(fault) => seen.push(Seen::Broke(fault)),
                    Action::SetVariable { name, value } => {
                        self.world.session.insert(name, value);
                    }
                    Action::Typing | Action::Handoff(_) => {}
                    Action::Ask { key, request } => {
                        let result = self.world.answer(&request);
                        // Of a transfer the answer goes into the same turn.
                        let paused = match &*request {
                            Request::TransferToHuman(wish) => {
                                seen.extend(self.transfer(wish, result.as_ref().ok()));
                                false
                            }
                            _ => {
                                seen.push(Seen::Asked { request, answer: result.clone() });
                                self.handed
                            }
                        };
                        events.push_back((BotEvent::Answered { key, result }, paused));
                    }
                }
            }
            if let Some(cause) = takes_over.filter(|_| !self.handed) {
                seen.push(self.hand_over(&cause));
            }
        }
        seen
    }

    fn session(&self) -> Json {
        let mut session = self.world.session(self.cast.lang);
        session.entry("language").or_insert_with(|| json!(self.cast.lang.locale()));
        Json::Object(session)
    }

    /// A script asks for a person, and is answered whether there is one.
    fn transfer(&mut self, wish: &Transfer, answer: Option<&Value>) -> Option<Seen> {
        answer?.field("success").ok().filter(Value::truthy)?;
        let wish = HandoffRequest {
            destination: wish.who.clone().or_else(|| wish.department.clone()).or_else(|| wish.destination.clone()),
            priority: wish.priority.and_then(|priority| Priority::from_level(priority as u8)),
            reason: wish.reason.clone(),
            ..HandoffRequest::default()
        };
        Some(self.hand_over(&Cause::Program(wish)))
    }

    fn hand_over(&mut self, cause: &Cause) -> Seen {
        self.handed = true;
        self.state = std::mem::take(&mut self.state).after_handoff();
        self.world.session.insert("needs_human".to_owned(), json!(true));
        let wish = match cause {
            Cause::Program(wish) => wish.clone(),
            _ => HandoffRequest::default(),
        };
        if let Some(queue) = &wish.destination {
            self.world.session.insert("queue".to_owned(), json!(queue));
        }
        Seen::Handed { queue: wish.destination, priority: wish.priority, reason: cause.describe(self.cast.lang) }
    }
}
