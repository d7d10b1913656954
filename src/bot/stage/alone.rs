//! A script that runs by itself (`SET SCHEDULE`, `ON`, `WEBHOOK`), played as `bot/runs` carries it out: without a
//! conversation, each of its requests answered before it goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset};
use serde_json::Value as Json;

use super::{MOST, Seen};
use crate::basic::request::Scope;
use crate::basic::{Event, Limits, Machine, Outcome, Request, ScriptError, Step, Turn, Value, Waiting};
use crate::bot::Fault;
use crate::bot::basic::Loaded;
use crate::bot::runs::triggers;
use crate::bot::world::World;
use crate::lang::Lang;

pub(super) struct Alone {
    script: Arc<Loaded>,
    limits: Limits,
    /// None: it has not begun, or is over.
    pub machine: Option<Machine>,
}

/// What lets it go on.
pub(super) enum Next {
    Begin,
    Timer,
    Published(Json),
}

/// What came of a turn, and how it rests.
#[derive(Default)]
pub(super) struct Rest {
    pub seen: Vec<Seen>,
    pub due: Option<Duration>,
    pub event: Option<String>,
}

impl Alone {
    /// None when customers are who begin it.
    pub fn of(script: &Arc<Loaded>, limits: Limits) -> Option<Self> {
        let header = &script.program.header;
        let begins = !(header.schedules.is_empty() && header.triggers.is_empty() && header.webhooks.is_empty());
        (begins && !Loaded::is_start(&script.name)).then(|| Alone { script: script.clone(), limits, machine: None })
    }

    pub fn turn(&mut self, next: Next, world: &mut World, now: DateTime<FixedOffset>, lang: Lang) -> Rest {
        let (program, started) = (&self.script.program, Instant::now());
        let turn = Turn {
            limits: &self.limits,
            now,
            lang,
            seed: now.timestamp_micros().unsigned_abs(),
            session: Value::Null,
            alone: true,
            expired: &|| started.elapsed() > self.limits.time,
        };
        let mut rest = Rest::default();
        let value = |json: Json| Value::from_json(json).unwrap_or_default();
        let mut step = match (self.machine.take(), next) {
            (None, Next::Begin) => {
                let inputs = world.inputs.iter().map(|(name, given)| (name.clone(), value(given.clone())));
                Machine::start(program, inputs, &turn)
            }
            (Some(machine), Next::Timer) => machine.resume(program, Event::Timer, &turn),
            (Some(machine), Next::Published(data)) => {
                let name = match machine.waiting() {
                    Some(Waiting::Event { name, .. }) => name.clone(),
                    _ => String::new(),
                };
                machine.resume(program, Event::Published { name, data: value(data) }, &turn)
            }
            (machine, _) => {
                self.machine = machine;
                return rest;
            }
        };
        for _ in 0..MOST {
            let Step { machine, outcome, .. } = step;
            match outcome {
                Outcome::Done(_) => break,
                Outcome::Failed(error) => {
                    let (script, version) = (self.script.name.clone(), self.script.version);
                    rest.seen.push(Seen::Broke(Fault { script, version, error }));
                    break;
                }
                Outcome::Waiting(Waiting::Answer { id, request }) => {
                    let result = match *request {
                        Request::TransferToHuman(_)
                        | Request::Remember { scope: Scope::Contact, .. }
                        | Request::Recall { scope: Scope::Contact, .. } => Err(ScriptError::no_conversation()),
                        _ => world.answer(&request),
                    };
                    rest.seen.push(Seen::Asked { request, answer: result.clone() });
                    step = machine.resume(program, Event::Answer { id, result }, &turn);
                }
                Outcome::Waiting(waiting) => {
                    let span = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
                    match waiting {
                        Waiting::Timer { seconds } => rest.due = Some(span(seconds)),
                        Waiting::Event { name, timeout } => {
                            (rest.due, rest.event) = (timeout.map(span), Some(triggers::normal(&name)));
                        }
                        // The language refuses to ask a customer who is not there.
                        Waiting::Hear { .. } | Waiting::Answer { .. } => {}
                    }
                    self.machine = Some(machine);
                    break;
                }
            }
        }
        rest
    }
}
