//! A conversation with a bot that nobody has: the real engine and the real rules of when a person takes over, in a
//! [`World`] that might be and a time that is told. Pure. Called by the dialogues and by the chat of the command line.

use std::collections::VecDeque;
use std::time::Duration;

use chrono_tz::Tz;
use serde_json::{Value as Json, json};

use super::basic;
use super::escalation::{self, Cause, Policy};
use super::world::{World, told};
use super::{Action, BotEvent, BotState, Engine, Fault, HandoffRequest, Said, Scene};
use crate::basic::request::Media;
use crate::basic::{Request, ScriptError, Value, Waiting};
use crate::clock::Timestamp;
use crate::lang::Lang;
use crate::queues::Priority;

/// Rests up to this pass by themselves: nobody writes them down.
const SHORT: Duration = Duration::from_secs(60);
/// Times that come within one span: more is a script that wakes itself for ever.
const TIMERS: usize = 1_000;

/// A bot as it is configured.
pub struct Cast {
    pub engine: Box<dyn Engine>,
    pub escalation: Policy,
    pub lang: Lang,
    pub zone: Tz,
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
}

impl<'a> Stage<'a> {
    pub fn new(cast: &'a Cast, world: World, now: Timestamp) -> Self {
        Stage { cast, world, now, state: BotState::default(), handed: false }
    }

    pub fn with_person(&self) -> bool {
        self.handed
    }

    /// The session opens: the bot speaks first.
    pub fn open(&mut self) -> Vec<Seen> {
        self.happens(BotEvent::SessionOpened)
    }

    /// The customer writes; nothing comes of it while a person has the conversation.
    pub fn hears(&mut self, said: Said) -> Vec<Seen> {
        if self.handed {
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
        for _ in 0..TIMERS {
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

    /// What the script waits for, the line it is at and its variables; none when it does not run.
    pub fn script(&self) -> Option<(Option<Waiting>, u32, Vec<(String, Json)>)> {
        let (machine, program) = (basic::machine(&self.state)?, self.cast.engine.program()?);
        let variables = machine.variables(&program.program);
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_json())).collect();
        Some((machine.waiting().cloned(), machine.line(), variables))
    }

    /// An event, and the short rests that follow it.
    fn happens(&mut self, event: BotEvent) -> Vec<Seen> {
        let mut seen = self.turn(event);
        for _ in 0..TIMERS {
            let resting = basic::machine(&self.state).and_then(|machine| match machine.waiting() {
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
                        let result = self.world.answer(&request, self.cast.lang);
                        match &*request {
                            // Its answer goes into the same turn.
                            Request::TransferToHuman(wish) => {
                                let succeeds =
                                    |answer: &Value| answer.field("success").is_ok_and(|value| value.truthy());
                                if result.as_ref().is_ok_and(succeeds) {
                                    let wish = HandoffRequest {
                                        destination: wish
                                            .who
                                            .clone()
                                            .or(wish.department.clone())
                                            .or(wish.destination.clone()),
                                        priority: wish
                                            .priority
                                            .and_then(|priority| Priority::from_level(priority as u8)),
                                        reason: wish.reason.clone(),
                                        ..HandoffRequest::default()
                                    };
                                    seen.push(self.hand_over(&Cause::Program(wish)));
                                }
                                events.push_back((BotEvent::Answered { key, result }, false));
                            }
                            _ => {
                                seen.push(Seen::Asked { request, answer: result.clone() });
                                events.push_back((BotEvent::Answered { key, result }, self.handed));
                            }
                        }
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
