//! Runs a program, one turn at a time: from an event to the next thing it waits for. Pure: what happens in the world
//! comes in as [`Event`]s and goes out as effects and requests. All that a waiting script is, is in [`Machine`], which is
//! stored with the session and costs nothing until the next event.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use super::ast::{Binary, ErrorPart};
use super::diagnostics::{Message, ScriptError, message};
use super::functions::Context;
use super::hear::{self, Attachment, HearKind, Input, Item};
use super::keywords::Command;
use super::limits::{self, Limits};
use super::program::{Op, Program, Slot, Trap};
use super::request::{self, Choice, Effect, Performed, Request};
use super::value::{List, Value, same_number, whole};
use crate::lang::Lang;

/// Version of the stored form of [`Machine`].
pub const VERSION: u16 = 1;
/// How often a customer is asked before the question counts as failed.
const ATTEMPTS: u8 = 3;
/// Units of work between two looks at the deadline.
const BETWEEN_LOOKS: u64 = 2_048;
/// Operands of unfinished expressions, at most.
const MAX_STACK: usize = 20_000;

/// A script between two turns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    #[serde(rename = "v")]
    version: u16,
    /// Fingerprint of its program.
    #[serde(rename = "p")]
    program: u64,
    pc: u32,
    /// The main part first, then the calls inside each other.
    #[serde(rename = "f")]
    frames: Vec<Frame>,
    #[serde(rename = "g")]
    globals: Vec<Value>,
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    stack: Vec<Value>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    error: Option<Caught>,
    #[serde(default, skip_serializing_if = "is_false")]
    found: bool,
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, String)>,
    #[serde(rename = "n")]
    requests: u32,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    waiting: Option<Waiting>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Frame {
    /// Where its caller goes on.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    back: u32,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    procedure: Option<u32>,
    #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    locals: Vec<Value>,
    /// Height of the stack when it began.
    #[serde(rename = "b", default, skip_serializing_if = "is_zero")]
    base: u32,
    /// The running statement: its line, where it begins and where the next one does.
    #[serde(rename = "l")]
    line: u32,
    #[serde(rename = "t")]
    this: u32,
    #[serde(rename = "n")]
    next: u32,
    #[serde(rename = "x", default, skip_serializing_if = "is_default")]
    trap: Trap,
    /// In its error handler: another error is not caught here.
    #[serde(rename = "c", default, skip_serializing_if = "is_false")]
    catching: bool,
}

/// The last error that was caught.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Caught {
    #[serde(rename = "e")]
    error: ScriptError,
    /// The statement it came from and the one after it.
    #[serde(rename = "t")]
    this: u32,
    #[serde(rename = "n")]
    next: u32,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

fn is_default(trap: &Trap) -> bool {
    *trap == Trap::Off
}

/// What a script waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Waiting {
    /// The customer's answer.
    Hear {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<HearKind>,
        /// Of a menu: what each choice stands for, where that is not its label.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<Value>,
        /// Answers that were none.
        #[serde(default)]
        failed: u8,
    },
    /// These seconds to pass.
    Timer { seconds: f64 },
    /// An event of that name, or the time to pass.
    Event { name: String, timeout: Option<f64> },
    /// The answer to a request.
    Answer { id: u32, request: Box<Request> },
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The customer wrote.
    Message { text: String, payload: Option<String>, attachments: Vec<Attachment> },
    /// The time of [`Waiting::Timer`], [`Waiting::Event`] or, as the host measures it, [`Waiting::Hear`] has passed.
    Timer,
    /// Somebody published it.
    Published { name: String, data: Value },
    /// What came of a request.
    Answer { id: u32, result: Result<Value, ScriptError> },
}

/// What one turn is given.
pub struct Turn<'a> {
    pub limits: &'a Limits,
    /// In the bot's time zone.
    pub now: DateTime<FixedOffset>,
    pub lang: Lang,
    /// Of RND.
    pub seed: u64,
    /// What `session.x` reads: a map.
    pub session: Value,
    /// No customer is there: who turns to one is refused.
    pub alone: bool,
    /// Whether the turn has taken too long; asked now and then.
    pub expired: &'a dyn Fn() -> bool,
}

/// One turn.
#[derive(Debug)]
pub struct Step {
    /// To be stored while it waits.
    pub machine: Machine,
    /// To be done, in this order.
    pub effects: Vec<Effect>,
    pub outcome: Outcome,
    /// False when the event was not what the script waits for: nothing happened.
    pub taken: bool,
    /// Statements executed.
    pub statements: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Waiting(Waiting),
    /// Over, with what it returned.
    Done(Value),
    /// Over, with the line it failed in. Code `cancelled`: the customer wanted out; `no_valid_answer`: was asked in vain.
    Failed(ScriptError),
}

impl Machine {
    /// Begins a script. `inputs` set the variables of those names.
    pub fn start(program: &Program, inputs: impl IntoIterator<Item = (String, Value)>, turn: &Turn) -> Step {
        let mut globals = vec![Value::Null; program.variables.len()];
        for (name, value) in inputs {
            let name = name.to_lowercase();
            let slot = program.variables.iter().position(|variable| !variable.is_empty() && *variable == name);
            if let Some(variable) = slot.and_then(|slot| globals.get_mut(slot)) {
                *variable = value;
            }
        }
        let machine = Machine {
            version: VERSION,
            program: program.fingerprint(),
            pc: 0,
            frames: vec![Frame::default()],
            globals,
            stack: Vec::new(),
            error: None,
            found: false,
            headers: Vec::new(),
            requests: 0,
            waiting: None,
        };
        Run::new(machine, program, turn).run()
    }

    /// Goes on with what happened. The program must be the one it was started with.
    pub fn resume(self, program: &Program, event: Event, turn: &Turn) -> Step {
        let mut run = Run::new(self, program, turn);
        if run.machine.version != VERSION || run.machine.program != program.fingerprint() {
            let error = ScriptError::new(
                "wrong_version",
                message!(
                    "a conversa esperava em outra versão do script",
                    "the conversation waited in another version of the script"
                ),
            );
            return run.step(Outcome::Failed(error), true);
        }
        let Some(waiting) = run.machine.waiting.take() else {
            return run.step(Outcome::Done(Value::Null), false);
        };
        match run.take_event(waiting, event) {
            Taken::Value(value) => {
                run.machine.stack.push(value);
                run.run()
            }
            Taken::Error(error) => match run.catch(error) {
                Ok(()) => run.run(),
                Err(error) => run.step(Outcome::Failed(error), true),
            },
            Taken::Again(waiting) => run.wait(waiting, true),
            Taken::Not(waiting) => run.wait(waiting, false),
        }
    }

    pub fn waiting(&self) -> Option<&Waiting> {
        self.waiting.as_ref()
    }

    /// Fingerprint of its program: which version of the script it needs.
    pub fn program(&self) -> u64 {
        self.program
    }

    /// The line it is at, for a debug view.
    pub fn line(&self) -> u32 {
        self.frames.last().map_or(0, |frame| frame.line)
    }

    /// The variables that have a value, those of the running procedure first, for a debug view.
    pub fn variables<'a>(&'a self, program: &'a Program) -> Vec<(&'a str, &'a Value)> {
        let procedure = self.frames.last().and_then(|frame| program.procedures.get(frame.procedure? as usize));
        let locals = self.frames.last().into_iter().flat_map(|frame| &frame.locals);
        let own = procedure.into_iter().flat_map(|procedure| &procedure.locals).zip(locals);
        let shared = program.variables.iter().zip(&self.globals);
        own.chain(shared)
            .filter(|(name, value)| !name.is_empty() && !value.is_null())
            .map(|(name, value)| (name.as_str(), value))
            .collect()
    }
}

fn cancelled() -> ScriptError {
    ScriptError::new("cancelled", message!("o cliente cancelou a pergunta", "the customer cancelled the question"))
}

enum Taken {
    Value(Value),
    Error(ScriptError),
    /// The question is asked again.
    Again(Waiting),
    /// It waits for something else.
    Not(Waiting),
}

/// Why the instructions stop.
enum Halt {
    Wait(Waiting),
    Done(Value),
    Error(ScriptError),
}

impl From<ScriptError> for Halt {
    fn from(error: ScriptError) -> Self {
        Halt::Error(error)
    }
}

struct Run<'a> {
    machine: Machine,
    program: &'a Program,
    turn: &'a Turn<'a>,
    /// As changed in this turn.
    session: Value,
    effects: Vec<Effect>,
    random: u64,
    statements: u64,
    work: u64,
    next_look: u64,
    /// Bytes made since memory was measured.
    made: usize,
    talks: u32,
}

impl<'a> Run<'a> {
    fn new(machine: Machine, program: &'a Program, turn: &'a Turn) -> Self {
        Run {
            machine,
            program,
            turn,
            session: turn.session.clone(),
            effects: Vec::new(),
            random: turn.seed,
            statements: 0,
            work: 0,
            next_look: BETWEEN_LOOKS,
            made: 0,
            talks: 0,
        }
    }

    fn step(self, outcome: Outcome, taken: bool) -> Step {
        Step { machine: self.machine, effects: self.effects, outcome, taken, statements: self.statements }
    }

    fn wait(mut self, waiting: Waiting, taken: bool) -> Step {
        self.machine.waiting = Some(waiting.clone());
        self.step(Outcome::Waiting(waiting), taken)
    }

    fn run(mut self) -> Step {
        loop {
            match self.instructions() {
                Halt::Wait(waiting) => return self.wait(waiting, true),
                Halt::Done(value) => return self.step(Outcome::Done(value), true),
                Halt::Error(error) => {
                    if let Err(error) = self.catch(error) {
                        return self.step(Outcome::Failed(error), true);
                    }
                }
            }
        }
    }

    fn instructions(&mut self) -> Halt {
        loop {
            match self.instruction() {
                Ok(()) => {}
                Err(halt) => return halt,
            }
        }
    }

    /// Goes on where an error is caught. Errors: it is not.
    fn catch(&mut self, mut error: ScriptError) -> Result<(), ScriptError> {
        if error.line == 0 {
            error.line = self.machine.line();
        }
        if error.code.starts_with(limits::PREFIX) || error.code == "internal" {
            return Err(error);
        }
        let machine = &mut self.machine;
        let catcher = machine.frames.iter().rposition(|frame| frame.trap != Trap::Off && !frame.catching);
        let Some(index) = catcher else { return Err(error) };
        machine.frames.truncate(index + 1);
        let Some(frame) = machine.frames.last_mut() else { return Err(error) };
        machine.stack.truncate(frame.base as usize);
        machine.error = Some(Caught { error, this: frame.this, next: frame.next });
        machine.pc = match frame.trap {
            Trap::Goto(handler) => {
                frame.catching = true;
                handler
            }
            Trap::Next | Trap::Off => frame.next,
        };
        Ok(())
    }

    fn take_event(&mut self, waiting: Waiting, event: Event) -> Taken {
        match (waiting, event) {
            (Waiting::Hear { kind, values, failed }, Event::Message { text, payload, attachments }) => {
                self.hear(kind, values, failed, &text, payload.as_deref(), &attachments)
            }
            (Waiting::Hear { .. }, Event::Timer) => Taken::Error(ScriptError::new(
                "hear_timeout",
                message!("o cliente não respondeu a tempo", "the customer did not answer in time"),
            )),
            (Waiting::Timer { .. } | Waiting::Event { timeout: Some(_), .. }, Event::Timer) => {
                Taken::Value(Value::Null)
            }
            (Waiting::Event { name, .. }, Event::Published { name: published, data })
                if name.eq_ignore_ascii_case(&published) =>
            {
                // An event without data is still told from a time that has passed.
                Taken::Value(if data.is_null() { Value::Bool(true) } else { data })
            }
            (Waiting::Answer { id, .. }, Event::Answer { id: answered, result }) if id == answered => match result {
                Ok(value) => {
                    self.machine.found = !value.is_empty();
                    self.made += value.bytes();
                    Taken::Value(value)
                }
                Err(error) => {
                    self.machine.found = false;
                    Taken::Error(ScriptError { line: 0, ..error })
                }
            },
            (waiting, _) => Taken::Not(waiting),
        }
    }

    fn hear(
        &mut self,
        kind: Option<HearKind>,
        values: Vec<Value>,
        failed: u8,
        text: &str,
        payload: Option<&str>,
        attachments: &[Attachment],
    ) -> Taken {
        let input = Input { text, payload, attachments };
        let Some(kind) = kind else {
            if hear::cancels(text) {
                return Taken::Error(cancelled());
            }
            let file = attachments.first().filter(|_| text.trim().is_empty());
            let file =
                file.and_then(|file| serde_json::to_value(file).ok()).and_then(|file| Value::from_json(file).ok());
            return Taken::Value(file.unwrap_or_else(|| Value::text(text)));
        };
        match hear::read(&kind, &input, self.turn.lang, self.turn.now.date_naive()) {
            Ok(read) => match Value::from_json(read) {
                Ok(read) => Taken::Value(heard(&kind, &values, read)),
                Err(error) => Taken::Error(error),
            },
            Err(_) if hear::cancels(text) => Taken::Error(cancelled()),
            Err(_) if failed + 1 >= ATTEMPTS => {
                let reason = "no_valid_answer";
                self.effects.push(Effect::Failed { reason: Some(reason.into()) });
                Taken::Error(ScriptError::new(
                    reason,
                    message!(
                        "{ATTEMPTS} respostas que não servem à pergunta",
                        "{ATTEMPTS} answers that do not fit the question"
                    ),
                ))
            }
            Err(again) => {
                let choices = match &kind {
                    HearKind::Menu(items) => items.iter().map(menu_choice).collect(),
                    _ => Vec::new(),
                };
                self.effects.push(Effect::Say { text: again.message, choices });
                Taken::Again(Waiting::Hear { kind: Some(kind), values, failed: failed + 1 })
            }
        }
    }

    fn pop(&mut self) -> Result<Value, ScriptError> {
        self.machine.stack.pop().ok_or_else(|| internal("stack"))
    }

    /// The last values of the stack, first in front.
    fn pop_many(&mut self, count: usize) -> Result<Vec<Value>, ScriptError> {
        let at = self.machine.stack.len().checked_sub(count).ok_or_else(|| internal("stack"))?;
        Ok(self.machine.stack.split_off(at))
    }

    fn push(&mut self, value: Value) -> Result<(), ScriptError> {
        if self.machine.stack.len() >= MAX_STACK {
            return Err(limits::memory(self.turn.limits.memory));
        }
        self.machine.stack.push(value);
        Ok(())
    }

    /// Pushes something that was just made, and counts it.
    fn make(&mut self, value: Value) -> Result<(), ScriptError> {
        let bytes = value.bytes();
        self.work += bytes as u64 / 64;
        self.made += bytes;
        self.push(value)?;
        if self.made > self.turn.limits.memory / 4 {
            self.made = 0;
            let machine = &self.machine;
            let locals = machine.frames.iter().flat_map(|frame| &frame.locals);
            let held: usize = machine.globals.iter().chain(&machine.stack).chain(locals).map(Value::bytes).sum();
            if held > self.turn.limits.memory {
                return Err(limits::memory(self.turn.limits.memory));
            }
        }
        Ok(())
    }

    fn slot(&mut self, slot: Slot) -> Result<&mut Value, ScriptError> {
        let machine = &mut self.machine;
        let variables = if slot.is_local() {
            machine.frames.last_mut().map(|frame| &mut frame.locals)
        } else {
            Some(&mut machine.globals)
        };
        variables.and_then(|variables| variables.get_mut(slot.index())).ok_or_else(|| internal("slot"))
    }

    fn jump(&mut self, to: u32) {
        self.machine.pc = to;
    }

    fn count_statement(&mut self) -> Result<(), ScriptError> {
        self.statements += 1;
        if self.statements > self.turn.limits.statements {
            return Err(limits::statements(self.turn.limits.statements));
        }
        Ok(())
    }

    fn text_constant(&self, index: u32) -> Result<Arc<str>, ScriptError> {
        match self.program.constants.get(index as usize) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err(internal("constant")),
        }
    }

    fn instruction(&mut self) -> Result<(), Halt> {
        let Some(op) = self.program.code.get(self.machine.pc as usize).copied() else {
            return Err(internal("pc").into());
        };
        let at = self.machine.pc;
        self.machine.pc += 1;
        self.work += 1;
        if self.work >= self.next_look {
            self.next_look = self.work + BETWEEN_LOOKS;
            if (self.turn.expired)() {
                return Err(limits::time().into());
            }
        }
        match op {
            Op::Statement { line, next } => {
                let frame = self.machine.frames.last_mut().ok_or_else(|| internal("frame"))?;
                frame.line = line;
                frame.this = at;
                frame.next = next;
                self.count_statement()?;
            }
            Op::Constant(index) => {
                let value = self.program.constants.get(index as usize).cloned().ok_or_else(|| internal("constant"))?;
                self.push(value)?;
            }
            Op::Null => self.push(Value::Null)?,
            Op::Bool(value) => self.push(Value::Bool(value))?,
            Op::Load(slot) => {
                let value = self.slot(slot)?.clone();
                self.push(value)?;
            }
            Op::Store(slot) => {
                let value = self.pop()?;
                *self.slot(slot)? = value;
            }
            Op::StorePath { slot, keys } => self.store_path(slot, keys)?,
            Op::Push(slot) => {
                let item = self.pop()?;
                let bytes = item.bytes();
                self.slot(slot)?.push(item)?;
                self.made += bytes;
                self.weigh()?;
            }
            Op::Session => {
                let session = self.session.clone();
                self.push(session)?;
            }
            Op::Error(part) => {
                let value = self.error_part(part);
                self.push(value)?;
            }
            Op::Found => self.push(Value::Bool(self.machine.found))?,
            Op::Field(name) => {
                let name = self.text_constant(name)?;
                let value = self.pop()?.field(&name)?;
                self.push(value)?;
            }
            Op::Index => {
                let key = self.pop()?;
                let of = self.pop()?;
                // Finding a letter walks the text.
                self.work += if matches!(of, Value::Text(_)) { of.bytes() as u64 / 64 } else { 0 };
                self.push(of.index(&key)?)?;
            }
            Op::Not => {
                let value = self.pop()?;
                self.push(Value::Bool(!value.truthy()))?;
            }
            Op::Negate => {
                let value = self.pop()?.to_number()?;
                self.push(Value::Number(-value))?;
            }
            Op::Binary(operator) => {
                if self.numbers(operator) {
                    return Ok(());
                }
                let right = self.pop()?;
                let left = self.pop()?;
                let value = self.binary(operator, &left, &right)?;
                self.make(value)?;
            }
            Op::And(to) => {
                if self.pop()?.truthy() {
                    return Ok(());
                }
                self.push(Value::Bool(false))?;
                self.jump(to);
            }
            Op::Or(to) => {
                if !self.pop()?.truthy() {
                    return Ok(());
                }
                self.push(Value::Bool(true))?;
                self.jump(to);
            }
            Op::Truth => {
                let value = self.pop()?;
                self.push(Value::Bool(value.truthy()))?;
            }
            Op::List(count) => {
                let items = self.pop_many(count as usize)?;
                self.make(Value::list(items)?)?;
            }
            Op::Map(count) => {
                let mut entries = self.pop_many(count as usize * 2)?.into_iter();
                let mut map = Vec::with_capacity(count as usize);
                while let (Some(key), Some(value)) = (entries.next(), entries.next()) {
                    map.push((key.to_text(), value));
                }
                self.make(Value::map(map)?)?;
            }
            Op::Join(count) => {
                let parts = self.pop_many(count as usize)?;
                let text = self.join(&parts)?;
                self.make(text)?;
            }
            Op::Jump(to) => self.jump(to),
            Op::JumpUnless(to) => {
                if !self.pop()?.truthy() {
                    self.jump(to);
                }
            }
            Op::For { counter, limit, exit } => {
                self.count_statement()?;
                let step = self.slot(limit.next())?.to_number()?;
                let limit = self.slot(limit)?.to_number()?;
                let counter = self.slot(counter)?.to_number()?;
                // Half of a millionth of a step: 0 TO 1 STEP 0.1 arrives.
                let slack = step.abs() * 5e-7;
                let over = if step < 0.0 { counter < limit - slack } else { counter > limit + slack };
                if over {
                    self.jump(exit);
                }
            }
            Op::Step { counter, limit } => {
                let step = self.slot(limit.next())?.to_number()?;
                let counter = self.slot(counter)?;
                *counter = Value::number(counter.to_number()? + step)?;
            }
            Op::Each { list, variable, exit } => self.each(list, variable, exit)?,
            Op::Call { procedure, arguments } => self.call(procedure, arguments)?,
            Op::Return => {
                let value = self.pop()?;
                if self.machine.frames.len() <= 1 {
                    return Err(Halt::Done(value));
                }
                if let Some(frame) = self.machine.frames.pop() {
                    self.machine.stack.truncate(frame.base as usize);
                    self.machine.pc = frame.back;
                }
                self.push(value)?;
            }
            Op::Function { function, arguments } => {
                let arguments = self.pop_many(arguments.into())?;
                let function = self.program.functions.get(function as usize).ok_or_else(|| internal("function"))?.0;
                let mut context = Context {
                    now: self.turn.now,
                    lang: self.turn.lang,
                    random: &mut self.random,
                    work: &mut self.work,
                    most_bytes: self.turn.limits.memory,
                };
                let value = function.call(&mut context, &arguments)?;
                self.make(value)?;
            }
            Op::Command { command, arguments } => return self.command(command, arguments),
            Op::Say => {
                self.with_customer()?;
                let text = self.pop()?.to_text();
                self.count_talk()?;
                self.effects.push(Effect::Say { text: text.to_string(), choices: Vec::new() });
            }
            Op::HearAnything => {
                self.with_customer()?;
                return Err(Halt::Wait(Waiting::Hear { kind: None, values: Vec::new(), failed: 0 }));
            }
            Op::HearKind(kind) => {
                self.with_customer()?;
                let kind = self.program.kinds.get(kind as usize).cloned().ok_or_else(|| internal("kind"))?;
                return Err(Halt::Wait(Waiting::Hear { kind: Some(kind), values: Vec::new(), failed: 0 }));
            }
            Op::HearMenu => {
                self.with_customer()?;
                return self.menu();
            }
            Op::Drop => {
                self.pop()?;
            }
            Op::Trap(trap) => {
                if let Some(frame) = self.machine.frames.last_mut() {
                    frame.trap = trap;
                    frame.catching = false;
                }
            }
            Op::Resume { next } => {
                if let Some(frame) = self.machine.frames.last_mut() {
                    frame.catching = false;
                }
                if let Some(caught) = &self.machine.error {
                    self.machine.pc = if next { caught.next } else { caught.this };
                }
            }
            Op::ClearError => self.machine.error = None,
            Op::Throw => {
                let value = self.pop()?;
                return Err(thrown(&value).into());
            }
            Op::End => return Err(Halt::Done(Value::Null)),
        }
        Ok(())
    }

    fn weigh(&mut self) -> Result<(), ScriptError> {
        self.make(Value::Null)?;
        self.pop().map(drop)
    }

    fn with_customer(&self) -> Result<(), ScriptError> {
        if self.turn.alone { Err(ScriptError::no_conversation()) } else { Ok(()) }
    }

    fn count_talk(&mut self) -> Result<(), ScriptError> {
        self.talks += 1;
        if self.talks > self.turn.limits.talks { Err(limits::talks(self.turn.limits.talks)) } else { Ok(()) }
    }

    fn error_part(&self, part: ErrorPart) -> Value {
        let Some(Caught { error, .. }) = &self.machine.error else { return Value::Null };
        match part {
            ErrorPart::Message => Value::text(error.message.get(self.turn.lang)),
            ErrorPart::Code => Value::text(&error.code),
            ErrorPart::Line => Value::Number(f64::from(error.line)),
        }
    }

    fn store_path(&mut self, slot: Slot, keys: u16) -> Result<(), ScriptError> {
        let value = self.pop()?;
        let keys = self.pop_many(keys.into())?;
        let bytes = value.bytes() + keys.iter().map(Value::bytes).sum::<usize>();
        let target = self.slot(slot)?;
        // A list or map that others hold too is copied before it changes.
        let copied = match target {
            Value::List(list) if Arc::strong_count(list) > 1 => target.bytes(),
            Value::Map(map) if Arc::strong_count(map) > 1 => target.bytes(),
            _ => 0,
        };
        target.set(&keys, value)?;
        self.work += copied as u64 / 64;
        self.made += bytes;
        self.weigh()
    }

    fn each(&mut self, list: Slot, variable: Slot, exit: u32) -> Result<(), ScriptError> {
        self.count_statement()?;
        let at = self.slot(list.next())?.to_number()?;
        if at == 0.0 {
            // Of a map its keys are gone through.
            let keys = match self.slot(list)? {
                Value::Map(map) => Some(map.entries().map(|(key, _)| Value::Text(key.clone())).collect()),
                Value::List(_) | Value::Null => None,
                other => return Err(not_a_list(other)),
            };
            if let Some(keys) = keys {
                *self.slot(list)? = Value::list(keys)?;
            }
        }
        let item = match self.slot(list)? {
            Value::List(list) => list.items().get(at as usize).cloned(),
            _ => None,
        };
        match item {
            Some(item) => {
                *self.slot(variable)? = item;
                *self.slot(list.next())? = Value::Number(at + 1.0);
            }
            None => self.jump(exit),
        }
        Ok(())
    }

    fn call(&mut self, procedure: u32, arguments: u16) -> Result<(), ScriptError> {
        self.count_statement()?;
        if self.machine.frames.len() > self.turn.limits.recursion {
            return Err(limits::recursion(self.turn.limits.recursion));
        }
        let mut locals = self.pop_many(arguments.into())?;
        let called = self.program.procedures.get(procedure as usize).ok_or_else(|| internal("procedure"))?;
        locals.resize(called.locals.len().max(locals.len()), Value::Null);
        let line = self.machine.line();
        let frame = Frame {
            back: self.machine.pc,
            procedure: Some(procedure),
            locals,
            base: self.machine.stack.len() as u32,
            line,
            ..Frame::default()
        };
        self.machine.frames.push(frame);
        self.jump(called.start);
        Ok(())
    }

    fn join(&mut self, parts: &[Value]) -> Result<Value, ScriptError> {
        let mut text = String::new();
        for part in parts {
            part.write(&mut text);
            if text.len() > self.turn.limits.memory {
                return Err(limits::memory(self.turn.limits.memory));
            }
        }
        Ok(text.into())
    }

    /// What loops do most, at once: of two numbers, whose result takes their place. False: [`Run::binary`] decides.
    fn numbers(&mut self, operator: Binary) -> bool {
        let [.., left, Value::Number(right)] = self.machine.stack.as_mut_slice() else { return false };
        let (Value::Number(a), b) = (&*left, *right) else { return false };
        let a = *a;
        let result = match operator {
            Binary::Add => Value::number(a + b),
            Binary::Subtract => Value::number(a - b),
            Binary::Multiply => Value::number(a * b),
            Binary::Divide if b != 0.0 => Value::number(a / b),
            Binary::Modulo if b != 0.0 => Value::number(a % b),
            Binary::Equal => Ok(Value::Bool(same_number(a, b))),
            Binary::Different => Ok(Value::Bool(!same_number(a, b))),
            Binary::Less => Ok(Value::Bool(a < b && !same_number(a, b))),
            Binary::LessOrEqual => Ok(Value::Bool(a < b || same_number(a, b))),
            Binary::Greater => Ok(Value::Bool(a > b && !same_number(a, b))),
            Binary::GreaterOrEqual => Ok(Value::Bool(a > b || same_number(a, b))),
            _ => return false,
        };
        let Ok(result) = result else { return false };
        *left = result;
        self.machine.stack.pop();
        true
    }

    fn binary(&mut self, operator: Binary, left: &Value, right: &Value) -> Result<Value, ScriptError> {
        use std::cmp::Ordering::{Greater, Less};
        let arithmetic =
            |operation: fn(f64, f64) -> f64| Value::number(operation(left.to_number()?, right.to_number()?));
        let divisor = || match right.to_number()? {
            0.0 => Err(ScriptError::new("division_by_zero", message!("divisão por zero", "division by zero"))),
            number => Ok(number),
        };
        let order = || {
            left.order(right).ok_or_else(|| {
                let (a, b) = (left.shown(), right.shown());
                ScriptError::new(
                    "type_mismatch",
                    message!("{a} e {b} não se comparam", "{a} and {b} cannot be compared"),
                )
            })
        };
        match operator {
            Binary::Add => match (left, right) {
                (Value::Text(_), _) | (_, Value::Text(_)) => self.join(&[left.clone(), right.clone()]),
                (Value::List(a), Value::List(b)) => Value::list([a.items(), b.items()].concat()),
                (Value::List(_), item) => {
                    let mut list = left.clone();
                    list.push(item.clone())?;
                    Ok(list)
                }
                _ => arithmetic(|a, b| a + b),
            },
            Binary::Join => self.join(&[left.clone(), right.clone()]),
            Binary::Subtract => arithmetic(|a, b| a - b),
            Binary::Multiply => arithmetic(|a, b| a * b),
            Binary::Divide => Value::number(left.to_number()? / divisor()?),
            Binary::Modulo => Value::number(left.to_number()? % divisor()?),
            Binary::Power => arithmetic(f64::powf),
            Binary::Equal => Ok(Value::Bool(self.equal(left, right))),
            Binary::Different => Ok(Value::Bool(!self.equal(left, right))),
            Binary::Less => Ok(Value::Bool(order()? == Less)),
            Binary::LessOrEqual => Ok(Value::Bool(order()? != Greater)),
            Binary::Greater => Ok(Value::Bool(order()? == Greater)),
            Binary::GreaterOrEqual => Ok(Value::Bool(order()? != Less)),
            Binary::In => Ok(Value::Bool(match right {
                Value::List(list) => {
                    self.work += list.items().len() as u64;
                    list.items().contains(left)
                }
                Value::Map(map) => map.get(&left.to_text()).is_some(),
                Value::Text(text) => {
                    self.work += text.len() as u64 / 64;
                    text.contains(left.to_text().as_ref())
                }
                Value::Null => false,
                other => return Err(not_a_list(other)),
            })),
        }
    }

    fn equal(&mut self, left: &Value, right: &Value) -> bool {
        self.work += left.bytes().min(right.bytes()) as u64 / 64;
        left == right
    }

    fn command(&mut self, command: Command, arguments: u16) -> Result<(), Halt> {
        let arguments = self.pop_many(arguments.into())?;
        let line = self.machine.line();
        let performed = request::perform(command, &arguments, &self.session, &self.machine.headers, line)?;
        // Commands without a result have null: they may stand in an expression all the same.
        let value = match performed {
            Performed::Value(value) => value,
            Performed::Effect(effect) => {
                if !matches!(effect, Effect::Log { .. }) {
                    self.with_customer()?;
                }
                match &effect {
                    Effect::SetSession { name, value } => self.session.set(&[Value::text(name)], value.clone())?,
                    Effect::Media { .. } => self.count_talk()?,
                    // What may be repeated without end in one turn is counted with the talks.
                    Effect::React { .. } | Effect::Suggest { .. } | Effect::Log { .. } | Effect::Typing { .. } => {
                        self.count_effect()?;
                    }
                    _ => {}
                }
                self.effects.push(effect);
                Value::Null
            }
            Performed::SetHeader { name, value } => {
                self.machine.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
                if self.machine.headers.len() < MAX_HEADERS {
                    self.machine.headers.push((name, value));
                }
                Value::Null
            }
            Performed::ClearHeaders => {
                self.machine.headers.clear();
                Value::Null
            }
            Performed::Wait(seconds) => return Err(Halt::Wait(Waiting::Timer { seconds })),
            Performed::WaitForEvent { name, timeout } => return Err(Halt::Wait(Waiting::Event { name, timeout })),
            Performed::Request(request) => {
                self.machine.requests = self.machine.requests.wrapping_add(1);
                return Err(Halt::Wait(Waiting::Answer { id: self.machine.requests, request: Box::new(request) }));
            }
        };
        self.make(value)?;
        Ok(())
    }

    fn count_effect(&mut self) -> Result<(), ScriptError> {
        if self.effects.len() >= MAX_EFFECTS { Err(limits::talks(self.turn.limits.talks)) } else { Ok(()) }
    }

    /// A question with choices: they become buttons of what was said last, when that has none yet.
    fn menu(&mut self) -> Result<(), Halt> {
        let given = match self.pop()? {
            Value::List(list) => list,
            Value::Map(map) => {
                let labels = map.entries().map(|(key, _)| Value::Text(key.clone())).collect();
                Value::list(labels)?.to_list()?
            }
            other => return Err(not_a_list(&other).into()),
        };
        let given = flat(&given);
        let choices: Vec<Choice> = given
            .iter()
            .map(request::choice)
            .filter(|choice| !choice.label.trim().is_empty())
            .take(MAX_CHOICES)
            .collect();
        if choices.is_empty() {
            return Err(ScriptError::new(
                "wrong_argument",
                message!("HEAR não tem nenhuma opção para oferecer", "HEAR has no choice to offer"),
            )
            .into());
        }
        let own_values = given.iter().any(|value| matches!(value, Value::Map(_)));
        let values =
            if own_values { choices.iter().map(|choice| Value::text(&choice.value)).collect() } else { Vec::new() };
        let items =
            choices.iter().map(|choice| Item { id: choice.value.clone(), label: choice.label.clone() }).collect();
        match self.effects.last_mut() {
            Some(Effect::Say { choices: buttons, .. }) if buttons.is_empty() => *buttons = choices,
            _ => {
                self.count_talk()?;
                self.effects.push(Effect::Say { text: String::new(), choices });
            }
        }
        Err(Halt::Wait(Waiting::Hear { kind: Some(HearKind::Menu(items)), values, failed: 0 }))
    }
}

/// Choices of one question, at most.
const MAX_CHOICES: usize = 50;
const MAX_HEADERS: usize = 32;
/// Effects of one turn, at most.
const MAX_EFFECTS: usize = 1_000;

/// A list in a list of one, as `HEAR x AS a, b` and `HEAR x AS list` may be written together.
fn flat(list: &List) -> Vec<Value> {
    match list.items() {
        [Value::List(inner)] => inner.items().to_vec(),
        items => items.to_vec(),
    }
}

fn menu_choice(item: &Item) -> Choice {
    Choice { value: item.id.clone(), label: item.label.clone() }
}

/// What a variable gets: of a menu what the choice stands for, of a number the number.
fn heard(kind: &HearKind, values: &[Value], read: Value) -> Value {
    match kind {
        HearKind::Menu(items) if !values.is_empty() => {
            let label = read.to_text();
            let chosen = items.iter().position(|item| item.label == *label);
            chosen.and_then(|index| values.get(index)).cloned().unwrap_or(read)
        }
        HearKind::Integer | HearKind::Float | HearKind::Money => match read.as_number() {
            Some(number) if whole(number).is_some() || number.fract() != 0.0 => Value::Number(number),
            _ => read,
        },
        _ => read,
    }
}

fn not_a_list(value: &Value) -> ScriptError {
    let shown = value.shown();
    ScriptError::new("type_mismatch", message!("{shown} não é uma lista", "{shown} is not a list"))
}

/// `THROW "text"`, or `THROW {code, message}`.
fn thrown(value: &Value) -> ScriptError {
    let part = |name: &str| value.field(name).ok().filter(|part| matches!(value, Value::Map(_)) && !part.is_null());
    let code = part("code").map_or_else(|| "thrown".to_owned(), |code| code.to_text().to_string());
    // Limits are not a script's to claim.
    let code = if code.starts_with(limits::PREFIX) || code == "internal" { "thrown".to_owned() } else { code };
    let text = part("message").unwrap_or_else(|| value.clone()).to_text();
    ScriptError::new(code, Message::same(text.to_string()))
}

/// A state and a program that do not belong together.
fn internal(what: &str) -> ScriptError {
    ScriptError::new(
        "internal",
        message!(
            "o estado do script não serve ao programa ({what})",
            "the state of the script does not fit the program ({what})"
        ),
    )
}
