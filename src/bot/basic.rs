//! The engine of a bot with a `start` script: gives the script its events, and turns what it does into actions. Pure; what
//! a waiting script is, is in [`BotState::data`], so it survives restarts and costs nothing meanwhile.
//!
//! A script that has ended begins again with the next message. One that ended without ever waiting was only an opening:
//! after it the built-in replies answer.

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::reply::Reply;
use super::runs::triggers;
use super::store::Script as Stored;
use super::understand::{Intents, sentiment};
use super::{Action, BotEvent, BotState, Engine, Fault, HandoffRequest, Localised, Said, Scene, Turn};
use crate::basic::diagnostics::Message;
use crate::basic::limits::Limits;
use crate::basic::request::{self, Effect, Level, Request};
use crate::basic::{self as language, Event, Machine, Outcome, Program, ScriptError, Step, Value, Waiting};
use crate::channels::adapter::Choice;
use crate::clock::Timestamp;
use crate::lang::Lang;

/// The name in [`BotState::engine`].
pub const ENGINE: &str = "basic";
/// The script that runs when a session opens.
pub const START: &str = "start";
/// Messages kept while a script waits for something else.
const KEPT: usize = 20;
/// Requests and rests between two messages of the customer: more is a loop without end.
const ROUNDS: u32 = 200;
/// An answer that has not come by then is asked for again: the process may have ended meanwhile.
const ASK_AGAIN: Duration = Duration::from_secs(90);

/// One version of a script, compiled.
#[derive(Debug)]
pub struct Loaded {
    pub name: String,
    pub version: i64,
    pub program: Program,
}

impl Loaded {
    /// `None` when the source has errors.
    pub fn compile(script: &Stored) -> Option<Loaded> {
        let program = language::compile(&script.source, &[]).program?;
        Some(Loaded { name: script.name.clone(), version: script.version, program })
    }

    /// [`BotState::program`] of its conversations.
    pub fn key(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Name and version of a key.
    pub fn of_key(key: &str) -> Option<(&str, i64)> {
        let (name, version) = key.rsplit_once('@')?;
        Some((name, version.parse().ok()?))
    }

    /// Whether a script of this name runs when a session opens.
    pub fn is_start(name: &str) -> bool {
        name.strip_suffix(".bas").unwrap_or(name).eq_ignore_ascii_case(START)
    }
}

/// A bot's script and the settings it runs with.
#[derive(Debug, Clone)]
pub struct Script {
    pub start: Arc<Loaded>,
    pub apology: Localised,
    pub hear_timeout: Duration,
    pub max_failures: u32,
    pub zone: Tz,
    pub intents: Arc<Intents>,
    pub limits: Limits,
}

/// See the file's opening.
pub struct Basic {
    script: Script,
    key: String,
    replies: Reply,
    lang: Lang,
}

impl Basic {
    pub fn new(script: Script, replies: Reply, lang: Lang) -> Self {
        Basic { key: script.start.key(), script, replies, lang }
    }
}

/// What is remembered between turns.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    /// None: it has not begun, or is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<Machine>,
    /// When it began: tells its requests from those of an earlier run.
    began: i64,
    /// It ended before.
    over: bool,
    /// It has waited: more than an opening.
    waited: bool,
    /// Came while it waited for something else; the next questions read them.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    kept: VecDeque<Said>,
    /// Came while a person had the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<(String, Result<Value, ScriptError>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<(String, serde_json::Value)>,
    /// The time passed while a person had the conversation.
    slept: bool,
    suggestions: Vec<request::Choice>,
    /// The customer's last message had no answer.
    failed: bool,
    /// Requests and rests since the customer's last message.
    rounds: u32,
}

/// The script of a conversation between two turns, when one waits: for a debug view.
pub fn machine(state: &BotState) -> Option<Machine> {
    serde_json::from_value::<Memory>(state.data.clone()).ok().filter(|_| state.engine == ENGINE)?.machine
}

impl Engine for Basic {
    fn turn(&self, state: &BotState, event: &BotEvent, scene: &Scene<'_>) -> Turn {
        let own = if state.belongs_to(ENGINE, &self.key) {
            Some(&self.script.start)
        } else {
            scene.program.filter(|program| state.belongs_to(ENGINE, &program.key()))
        };
        // Unreadable memory is no memory: the script begins anew. Of a version that runs no more, only a waiting one goes on.
        let memory = own.and_then(|_| serde_json::from_value::<Memory>(state.data.clone()).ok()).unwrap_or_default();
        let (program, memory) = match own {
            Some(own) if memory.machine.is_some() => (own, memory),
            Some(own) if Arc::ptr_eq(own, &self.script.start) => (own, memory),
            _ => (&self.script.start, Memory::default()),
        };
        // Failures go on counting through a new version, not from another engine.
        let failed_turns = if state.engine == ENGINE { state.failed_turns } else { 0 };
        let mut run = Run {
            engine: self,
            scene,
            program,
            memory,
            failed_turns,
            due: state.due.filter(|_| own.is_some()),
            session: OnceCell::new(),
            started: Instant::now(),
            actions: Vec::new(),
        };
        match event {
            BotEvent::SessionOpened => run.open(),
            BotEvent::Message(said) => run.message(said.clone()),
            BotEvent::TimerFired => run.timer(),
            BotEvent::Published { event, data } => run.published(event, data.clone()),
            BotEvent::Answered { key, result } => run.answered(key, result.clone()),
        }
        run.suggest();
        let event = match run.memory.machine.as_ref().and_then(Machine::waiting) {
            Some(Waiting::Event { name, .. }) => Some(triggers::normal(name)),
            _ => None,
        };
        let state = BotState {
            data: json!(run.memory),
            failed_turns: run.failed_turns,
            due: run.due,
            event,
            ..BotState::fresh(ENGINE, &program.key())
        };
        Turn { state, actions: run.actions }
    }

    fn program(&self) -> Option<&Arc<Loaded>> {
        Some(&self.script.start)
    }
}

struct Run<'a> {
    engine: &'a Basic,
    scene: &'a Scene<'a>,
    program: &'a Arc<Loaded>,
    memory: Memory,
    failed_turns: u32,
    due: Option<Timestamp>,
    session: OnceCell<Value>,
    started: Instant,
    actions: Vec<Action>,
}

impl Run<'_> {
    fn open(&mut self) {
        if self.memory.machine.is_none() && !self.memory.over {
            self.begin(None);
        }
    }

    fn message(&mut self, said: Said) {
        self.memory.rounds = 0;
        match self.memory.machine.take() {
            Some(machine) if matches!(machine.waiting(), Some(Waiting::Hear { .. })) => {
                self.memory.failed = false;
                self.go_on(machine, heard(said));
            }
            Some(machine) => {
                if self.memory.kept.len() < KEPT {
                    self.memory.kept.push_back(said);
                }
                self.memory.machine = Some(machine);
            }
            None => {
                let opening = self.memory.over && !self.memory.waited;
                if !opening {
                    self.begin(Some(&said));
                }
                let is_opening = self.memory.over && !self.memory.waited && !self.memory.failed;
                if opening || is_opening {
                    let mut state = BotState { failed_turns: self.failed_turns, ..BotState::default() };
                    let answers = self.engine.replies.hear(&mut state, !opening, &said.text, said.payload.as_deref());
                    self.failed_turns = state.failed_turns;
                    self.actions.extend(answers);
                }
            }
        }
    }

    fn timer(&mut self) {
        if self.scene.paused {
            self.memory.slept = true;
            return;
        }
        let Some(machine) = self.memory.machine.take() else {
            self.due = None;
            return;
        };
        if let Some((key, result)) = self.memory.answer.take() {
            self.memory.machine = Some(machine);
            return self.answered(&key, result);
        }
        if let Some((event, data)) = self.memory.published.take() {
            self.memory.machine = Some(machine);
            return self.published(&event, data);
        }
        let slept = std::mem::take(&mut self.memory.slept);
        match machine.waiting() {
            // The time of a person is not the customer's: they have all of it again.
            Some(Waiting::Hear { .. }) if slept => self.rest(machine, Some(self.engine.script.hear_timeout)),
            _ if self.due.is_none_or(|due| due > self.scene.now) => self.memory.machine = Some(machine),
            Some(Waiting::Answer { id, request }) => {
                self.actions.push(Action::Ask { key: self.key(*id), request: request.clone() });
                self.rest(machine, Some(ASK_AGAIN));
            }
            _ => self.go_on(machine, Event::Timer),
        }
    }

    fn answered(&mut self, key: &str, result: Result<Value, ScriptError>) {
        let Some(machine) = self.memory.machine.take() else { return };
        match machine.waiting() {
            Some(Waiting::Answer { id, .. }) if self.key(*id) == key => {
                if self.scene.paused {
                    self.memory.answer = Some((key.to_owned(), result));
                    self.memory.machine = Some(machine);
                } else {
                    let id = *id;
                    self.go_on(machine, Event::Answer { id, result });
                }
            }
            // Of an earlier run, or asked twice: it has been answered.
            _ => self.memory.machine = Some(machine),
        }
    }

    fn published(&mut self, event: &str, data: serde_json::Value) {
        let Some(machine) = self.memory.machine.take() else { return };
        match machine.waiting() {
            Some(Waiting::Event { name, .. }) if triggers::normal(name) == event => {
                if self.scene.paused {
                    self.memory.published = Some((event.to_owned(), data));
                    self.rest(machine, Some(Duration::ZERO));
                } else {
                    let name = name.clone();
                    let data = Value::from_json(data).unwrap_or_default();
                    self.go_on(machine, Event::Published { name, data });
                }
            }
            // Its time was over first.
            _ => self.memory.machine = Some(machine),
        }
    }

    /// What a request is known by outside; the same when it is asked again.
    fn key(&self, id: u32) -> String {
        format!("{}-{id}", self.memory.began)
    }

    fn begin(&mut self, said: Option<&Said>) {
        self.memory = Memory { began: self.scene.now.micros(), ..Memory::default() };
        let text = Value::text(said.map_or("", |said| said.text.as_str()));
        let named = |name: &str| self.session().field(name).unwrap_or_default();
        let mut inputs = vec![("message".to_owned(), text.clone()), ("text".to_owned(), text)];
        for (input, name) in [
            ("bot", "bot"),
            ("channel", "channel"),
            ("customer_name", "user_name"),
            ("name", "user_name"),
            ("user_name", "user_name"),
            ("username", "user_name"),
            ("email", "email"),
            ("phone", "phone"),
            ("session_id", "session_id"),
            ("sessionid", "session_id"),
            ("user_id", "user_id"),
            ("userid", "user_id"),
        ] {
            inputs.push((input.to_owned(), named(name)));
        }
        let program = &self.program.program;
        let step = self.with_turn(|turn| Machine::start(program, inputs, turn));
        self.follow(step);
    }

    fn go_on(&mut self, machine: Machine, event: Event) {
        let program = &self.program.program;
        let step = self.with_turn(|turn| machine.resume(program, event, turn));
        self.follow(step);
    }

    fn session(&self) -> &Value {
        self.session.get_or_init(|| Value::from_json((self.scene.session)()).unwrap_or_default())
    }

    fn with_turn<T>(&self, run: impl FnOnce(&language::Turn<'_>) -> T) -> T {
        let now = self.scene.now.to_utc().with_timezone(&self.engine.script.zone).fixed_offset();
        let limits = &self.engine.script.limits;
        let turn = language::Turn {
            limits,
            now,
            lang: self.engine.lang,
            seed: self.scene.now.micros().unsigned_abs(),
            session: self.session().clone(),
            alone: false,
            expired: &|| self.started.elapsed() > limits.time,
        };
        run(&turn)
    }

    /// Does what a step says, on to what it waits for.
    fn follow(&mut self, mut step: Step) {
        loop {
            for effect in step.effects {
                self.perform(effect);
            }
            match step.outcome {
                Outcome::Waiting(Waiting::Hear { .. }) => {
                    self.memory.waited = true;
                    self.settle();
                    if !step.taken {
                        return self.keep(step.machine);
                    }
                    let Some(said) = self.memory.kept.pop_front() else {
                        return self.rest(step.machine, Some(self.engine.script.hear_timeout));
                    };
                    step = self.resumed(step.machine, heard(said));
                }
                Outcome::Waiting(_) if !step.taken => return self.keep(step.machine),
                Outcome::Waiting(_) if self.memory.rounds >= ROUNDS => {
                    return self.end_with(too_many_rounds(&step.machine));
                }
                Outcome::Waiting(Waiting::Answer { id, request }) => {
                    self.memory.rounds += 1;
                    match self.at_once(&request) {
                        Some(result) => step = self.resumed(step.machine, Event::Answer { id, result: Ok(result) }),
                        None => {
                            self.memory.waited = true;
                            self.actions.push(Action::Ask { key: self.key(id), request });
                            return self.rest(step.machine, Some(ASK_AGAIN));
                        }
                    }
                }
                Outcome::Waiting(Waiting::Timer { seconds }) => {
                    self.memory.rounds += 1;
                    self.memory.waited = true;
                    return self.rest(step.machine, Some(span(seconds)));
                }
                Outcome::Waiting(Waiting::Event { timeout, .. }) => {
                    self.memory.rounds += 1;
                    self.memory.waited = true;
                    return self.rest(step.machine, timeout.map(span));
                }
                Outcome::Done(_) => {
                    self.settle();
                    return self.end();
                }
                Outcome::Failed(error) => return self.end_with(error),
            }
        }
    }

    fn resumed(&mut self, machine: Machine, event: Event) -> Step {
        let program = &self.program.program;
        self.with_turn(|turn| machine.resume(program, event, turn))
    }

    /// It goes on waiting as before.
    fn keep(&mut self, machine: Machine) {
        self.memory.machine = Some(machine);
    }

    fn rest(&mut self, machine: Machine, time: Option<Duration>) {
        self.due = time.map(|time| self.scene.now + time);
        self.memory.machine = Some(machine);
    }

    /// The customer's message has been answered, unless the script said otherwise.
    fn settle(&mut self) {
        if !self.memory.failed {
            self.failed_turns = 0;
        }
    }

    fn end(&mut self) {
        self.memory.over = true;
        self.due = None;
        // Nobody's words are lost: what the script did not read begins it again.
        if let Some(said) = self.memory.kept.pop_front() {
            let kept = std::mem::take(&mut self.memory.kept);
            self.message(said);
            self.memory.kept.extend(kept);
        }
    }

    fn end_with(&mut self, error: ScriptError) {
        self.memory.machine = None;
        self.memory.over = true;
        self.memory.waited = true;
        self.memory.kept.clear();
        self.due = None;
        match &*error.code {
            "cancelled" => {
                let text = self.engine.lang.pick("Tudo bem, deixamos isso de lado.", "All right, we leave it at that.");
                self.say(text.to_owned(), Vec::new());
            }
            "hear_timeout" => {}
            // Three answers that were none are three failed turns.
            "no_valid_answer" => self.failed_turns = self.failed_turns.saturating_add(2),
            _ => {
                self.fail();
                let max = self.engine.script.max_failures;
                let apology = self.engine.script.apology.get(self.engine.lang).to_owned();
                // The handoff that follows the last failure speaks for itself.
                if !(apology.is_empty() || max > 0 && self.failed_turns >= max) {
                    self.say(apology, Vec::new());
                }
                let (script, version) = (self.program.name.clone(), self.program.version);
                self.actions.push(Action::Report(Fault { script, version, error }));
            }
        }
    }

    fn fail(&mut self) {
        self.memory.failed = true;
        self.failed_turns = self.failed_turns.saturating_add(1);
        self.actions.push(Action::Failed);
    }

    fn say(&mut self, text: String, choices: Vec<Choice>) {
        self.actions.push(Action::Say { text, choices });
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Say { text, choices } => {
                let text = match text.trim() {
                    "" => self.engine.lang.pick("Escolha uma opção:", "Choose an option:").to_owned(),
                    _ => text,
                };
                self.say(text, choices.into_iter().map(button).collect());
            }
            Effect::Media { kind, url, caption } => {
                self.actions.push(Action::Send { media: kind, url, caption: caption.unwrap_or_default() });
            }
            Effect::Typing { on: true } => self.actions.push(Action::Typing),
            Effect::Typing { on: false } => {}
            Effect::Suggest { choices } => self.memory.suggestions.extend(choices),
            Effect::ClearSuggestions => self.memory.suggestions.clear(),
            Effect::React { emoji } => self.actions.push(Action::React { emoji }),
            Effect::SetSession { name, value } if name.eq_ignore_ascii_case("needs_human") => {
                // The bot has the conversation while it speaks: only the other way is a change.
                if value.truthy() {
                    self.actions.push(Action::Handoff(HandoffRequest::default()));
                }
            }
            Effect::SetSession { name, value } => {
                self.actions.push(Action::SetVariable { name, value: value.to_json() });
            }
            Effect::Failed { .. } => self.fail(),
            Effect::Log { level, text, line } => {
                let script = self.program.name.as_str();
                match level {
                    Level::Info => tracing::info!(script, line, "{text}"),
                    Level::Warning => tracing::warn!(script, line, "{text}"),
                    Level::Error => tracing::error!(script, line, "{text}"),
                }
            }
        }
    }

    /// Ready answers go with the last words that have no buttons of their own.
    fn suggest(&mut self) {
        if self.memory.suggestions.is_empty() {
            return;
        }
        let last = self.actions.iter_mut().rev().find_map(|action| match action {
            Action::Say { choices, .. } => Some(choices),
            _ => None,
        });
        if let Some(choices) = last.filter(|choices| choices.is_empty()) {
            choices.extend(self.memory.suggestions.iter().cloned().map(button));
        }
    }

    /// Requests that need nothing but the bot.
    fn at_once(&self, request: &Request) -> Option<Value> {
        match request {
            Request::Sentiment { text } => Value::number(sentiment(text)).ok(),
            Request::Intent { text } => {
                let found = self.engine.script.intents.recognise(text);
                Some(found.map_or(Value::Null, |found| Value::text(found.intent)))
            }
            _ => None,
        }
    }
}

fn heard(said: Said) -> Event {
    Event::Message { text: said.text, payload: said.payload, attachments: said.files }
}

fn button(choice: request::Choice) -> Choice {
    Choice { id: choice.value, label: choice.label }
}

/// At most a year, so that no number of a script leaves the calendar.
fn span(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.clamp(0.0, 31_536_000.0))
}

fn too_many_rounds(machine: &Machine) -> ScriptError {
    let message = Message {
        pt: format!("o script fez mais de {ROUNDS} pedidos e pausas sem ouvir o cliente; há um laço sem fim?"),
        en: format!(
            "the script made more than {ROUNDS} requests and rests without hearing the customer; is there an endless loop?"
        ),
    };
    ScriptError { line: machine.line(), ..ScriptError::new("limit_rounds", message) }
}
