//! A script into a program. Names become slots: in a SUB a name is its parameter, its loop variable or what it declares
//! with DIM; else the variable of the main part when the main part has one; else its own.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::ast::{Action, Binary, Block, Exit, Expr, Hear, Kind, LoopKind, OnError, Place, Script, Statement, Test};
use super::diagnostics::{Diagnostic, Diagnostics, Message, Severity, message};
use super::functions::Stored;
use super::keywords::KeywordKind;
use super::parser;
use super::program::{FORMAT, Op, Procedure, Program, Slot, Trap};
use super::value::Value;
use crate::text;

/// What came of a source: the program, unless there are errors, and all that is to be said.
#[derive(Debug)]
pub struct Compiled {
    pub program: Option<Program>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Names that the host sets before a script begins, besides its own inputs.
const GIVEN: &[&str] = &[
    "bot",
    "channel",
    "customer_name",
    "email",
    "event",
    "message",
    "name",
    "phone",
    "session_id",
    "sessionid",
    "text",
    "user_id",
    "user_name",
    "userid",
    "username",
];

/// Largest script read, in bytes.
pub const MAX_SOURCE: usize = 512 * 1024;

/// Compiles a script. `inputs` are names the host will set, such as settings of the bot; a variable that nobody sets is
/// warned of.
pub fn compile(source: &str, inputs: &[&str]) -> Compiled {
    let mut diagnostics = Diagnostics::new(source);
    if source.len() > MAX_SOURCE {
        let kilobytes = MAX_SOURCE / 1024;
        diagnostics.error(0, message!("o script passa de {kilobytes} KB", "the script is larger than {kilobytes} KB"));
        return Compiled { program: None, diagnostics: diagnostics.finish() };
    }
    let script = parser::parse(source);
    let mut compiler = Compiler::new(&script, inputs, diagnostics);
    compiler.script(&script);
    let mut found = script.diagnostics;
    // A mistake of the grammar makes others of the names: one a line is enough.
    for also in std::mem::replace(&mut compiler.diagnostics, Diagnostics::new("")).finish() {
        let told = found.iter().any(|other| other.line == also.line);
        let grammar = found.iter().any(|other| other.severity == Severity::Error);
        if !told && (!grammar || also.severity == Severity::Error) {
            found.push(also);
        }
    }
    found.sort_by_key(|found| (found.line, found.column));
    let broken = found.iter().any(|found| found.severity == Severity::Error);
    let program = (!broken).then(|| compiler.finish(script.header));
    Compiled { program, diagnostics: found }
}

struct Compiler<'s> {
    diagnostics: Diagnostics<'s>,
    code: Vec<Op>,
    constants: Vec<Value>,
    texts: HashMap<Arc<str>, u32>,
    functions: Vec<Stored>,
    kinds: Vec<super::hear::HearKind>,
    procedures: Vec<Procedure>,
    procedure_index: HashMap<Arc<str>, (u32, usize)>,
    globals: Scope,
    locals: Option<Scope>,
    /// Names of the main part: what a SUB shares.
    shared: HashSet<Arc<str>>,
    /// Every name that something sets.
    set: HashSet<Arc<str>>,
    loops: Vec<Loop>,
    labels: HashMap<Arc<str>, u32>,
    /// Jumps to labels: where the instruction stands, and the label.
    jumps: Vec<(usize, Arc<str>, u32)>,
}

#[derive(Default)]
struct Scope {
    names: Vec<String>,
    slots: HashMap<Arc<str>, usize>,
    /// Names that are of the main part, whatever they look like.
    global: HashSet<Arc<str>>,
}

struct Loop {
    kind: Option<LoopKind>,
    /// Jumps out of it, to be patched.
    exits: Vec<usize>,
    /// Jumps to its next round, to be patched.
    rounds: Vec<usize>,
}

impl Scope {
    fn slot(&mut self, name: &Arc<str>) -> usize {
        if let Some(slot) = self.slots.get(name) {
            return *slot;
        }
        let slot = self.names.len();
        self.names.push(name.to_string());
        self.slots.insert(name.clone(), slot);
        slot
    }

    /// Slots without a name, one after the other.
    fn hidden(&mut self, count: usize) -> usize {
        let first = self.names.len();
        self.names.extend((0..count).map(|_| String::new()));
        first
    }
}

impl<'s> Compiler<'s> {
    fn new(script: &Script, inputs: &[&str], diagnostics: Diagnostics<'s>) -> Self {
        let mut set: HashSet<Arc<str>> =
            GIVEN.iter().chain(inputs).map(|name| Arc::from(name.to_lowercase())).collect();
        set.extend(script.header.parameters.iter().map(|parameter| Arc::from(parameter.name.as_str())));
        let mut shared = HashSet::new();
        let mut walk = Walk { used: &mut shared, set: &mut set };
        walk.block(&script.body);
        for procedure in &script.procedures {
            let mut used = HashSet::new();
            let mut walk = Walk { used: &mut used, set: &mut set };
            walk.block(&procedure.body);
            set.extend(procedure.parameters.iter().cloned());
        }
        shared.extend(inputs.iter().map(|name| Arc::from(name.to_lowercase())));
        shared.extend(GIVEN.iter().map(|name| Arc::from(*name)));
        shared.extend(script.header.parameters.iter().map(|parameter| Arc::from(parameter.name.as_str())));
        let procedures = script.procedures.iter().enumerate();
        let procedure_index =
            procedures.map(|(index, procedure)| (procedure.name.clone(), (index as u32, procedure.parameters.len())));
        Compiler {
            diagnostics,
            code: Vec::new(),
            constants: Vec::new(),
            texts: HashMap::new(),
            functions: Vec::new(),
            kinds: Vec::new(),
            procedures: Vec::new(),
            procedure_index: procedure_index.collect(),
            globals: Scope::default(),
            locals: None,
            shared,
            set,
            loops: Vec::new(),
            labels: HashMap::new(),
            jumps: Vec::new(),
        }
    }

    fn script(&mut self, script: &Script) {
        self.block(&script.body);
        self.code.push(Op::End);
        self.resolve_labels();
        for procedure in &script.procedures {
            let start = self.code.len() as u32;
            let mut scope = Scope::default();
            for parameter in &procedure.parameters {
                scope.slot(parameter);
            }
            self.locals = Some(scope);
            self.block(&procedure.body);
            self.code.push(Op::Null);
            self.code.push(Op::Return);
            self.resolve_labels();
            let scope = self.locals.take().unwrap_or_default();
            if scope.names.len() > usize::from(u16::MAX) {
                self.diagnostics.error(procedure.at, message!("variáveis demais", "too many variables"));
            }
            self.procedures.push(Procedure {
                name: procedure.name.to_string(),
                start,
                parameters: procedure.parameters.len() as u16,
                locals: scope.names,
            });
        }
    }

    fn finish(self, header: super::program::Header) -> Program {
        let mut hasher = DefaultHasher::new();
        // The text form of the code tells programs apart as well as the code does, whatever it is made of.
        format!("{FORMAT}{:?}{:?}{:?}", self.code, self.functions, self.kinds).hash(&mut hasher);
        for constant in &self.constants {
            constant.to_json().to_string().hash(&mut hasher);
        }
        Program {
            format: FORMAT,
            header,
            code: self.code,
            constants: self.constants,
            functions: self.functions,
            kinds: self.kinds,
            procedures: self.procedures,
            variables: self.globals.names,
            fingerprint: hasher.finish(),
        }
    }

    fn error(&mut self, at: u32, message: Message) {
        self.diagnostics.error(at, message);
    }

    fn emit(&mut self, op: Op) -> usize {
        self.code.push(op);
        self.code.len() - 1
    }

    fn here(&self) -> u32 {
        self.code.len() as u32
    }

    /// Makes the jump at that place lead here.
    fn land(&mut self, place: usize) {
        let here = self.here();
        self.land_at(place, here);
    }

    fn land_at(&mut self, place: usize, to: u32) {
        match self.code.get_mut(place) {
            Some(
                Op::Jump(target)
                | Op::JumpUnless(target)
                | Op::And(target)
                | Op::Or(target)
                | Op::For { exit: target, .. }
                | Op::Each { exit: target, .. }
                | Op::Statement { next: target, .. }
                | Op::Trap(Trap::Goto(target)),
            ) => *target = to,
            other => debug_assert!(false, "{other:?} does not jump"),
        }
    }

    fn text(&mut self, text: &Arc<str>) -> u32 {
        if let Some(index) = self.texts.get(text) {
            return *index;
        }
        let index = self.constants.len() as u32;
        self.constants.push(Value::Text(text.clone()));
        self.texts.insert(text.clone(), index);
        index
    }

    /// Where a name lives, here.
    fn slot(&mut self, name: &Arc<str>) -> Slot {
        if let Some(locals) = &mut self.locals {
            let own = locals.slots.contains_key(name) || !self.shared.contains(name);
            if own && !locals.global.contains(name) {
                return Slot::local(locals.slot(name));
            }
        }
        Slot::global(self.globals.slot(name))
    }

    /// A name that belongs to the running part: a loop variable, or declared.
    fn own_slot(&mut self, name: &Arc<str>) -> Slot {
        match &mut self.locals {
            Some(locals) if !locals.global.contains(name) => Slot::local(locals.slot(name)),
            _ => Slot::global(self.globals.slot(name)),
        }
    }

    fn hidden(&mut self, count: usize) -> Slot {
        match &mut self.locals {
            Some(locals) => Slot::local(locals.hidden(count)),
            None => Slot::global(self.globals.hidden(count)),
        }
    }

    fn resolve_labels(&mut self) {
        for (place, label, at) in std::mem::take(&mut self.jumps) {
            match self.labels.get(&label) {
                Some(to) => {
                    let to = *to;
                    self.land_at(place, to);
                }
                None => {
                    let hint = text::nearest(self.labels.keys().map(AsRef::as_ref), &label)
                        .first()
                        .map(|name| format!("{name}:"));
                    self.diagnostics.error_with_hint(
                        at,
                        message!(
                            "não há a linha \"{label}:\" nesta parte",
                            "there is no line \"{label}:\" in this part"
                        ),
                        hint,
                    );
                }
            }
        }
        self.labels.clear();
    }

    fn block(&mut self, block: &Block) {
        for statement in block {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        if let Action::Label(name) = &statement.action {
            if self.labels.insert(name.clone(), self.here()).is_some() {
                self.error(statement.at, message!("o rótulo {name} está repetido", "the label {name} is repeated"));
            }
            return;
        }
        let begin = self.emit(Op::Statement { line: statement.line, next: 0 });
        self.action(&statement.action, statement);
        self.land(begin);
    }

    fn action(&mut self, action: &Action, statement: &Statement) {
        match action {
            Action::Assign { place, value } => self.assign(place, |compiler| compiler.expr(value)),
            Action::Push { place, item } if place.path.is_empty() => {
                self.expr(item);
                let slot = self.slot(&place.name);
                self.emit(Op::Push(slot));
            }
            Action::Push { place, item } => self.assign(place, |compiler| {
                compiler.read(place);
                compiler.expr(item);
                compiler.function("push", 2);
            }),
            Action::Do(expr) => {
                self.expr(expr);
                self.emit(Op::Drop);
            }
            Action::Say(text) => {
                self.expr(text);
                self.emit(Op::Say);
            }
            Action::If { arms, otherwise } => self.if_arms(arms, otherwise),
            Action::Select { subject, arms, otherwise } => self.select(subject, arms, otherwise),
            Action::For { variable, from, to, step, body } => self.for_loop(variable, from, to, step.as_ref(), body),
            Action::ForEach { variable, list, body } => {
                let hidden = self.hidden(2);
                let variable = self.own_slot(variable);
                self.expr(list);
                self.emit(Op::Store(hidden));
                self.emit(Op::Null);
                self.emit(Op::Store(hidden.next()));
                let each = self.emit(Op::Each { list: hidden, variable, exit: 0 });
                let exits = self.loop_body(None, body, Some(each as u32));
                self.emit(Op::Jump(each as u32));
                self.land(each);
                exits.into_iter().for_each(|exit| self.land(exit));
                // What was gone through is not carried along.
                self.emit(Op::Null);
                self.emit(Op::Store(hidden));
            }
            Action::Loop { first, body, last, kind } => {
                self.endless(first.as_ref(), body, last.as_ref(), *kind, statement.line)
            }
            Action::Exit(exit) => self.exit(*exit, statement.at),
            Action::Continue => match self.loops.is_empty() {
                true => self.error(statement.at, message!("CONTINUE fora de um laço", "CONTINUE outside of a loop")),
                false => {
                    let jump = self.emit(Op::Jump(0));
                    if let Some(innermost) = self.loops.last_mut() {
                        innermost.rounds.push(jump);
                    }
                }
            },
            Action::Label(_) => {}
            Action::Goto(label) => {
                let jump = self.emit(Op::Jump(0));
                self.jumps.push((jump, label.clone(), statement.at));
            }
            Action::Return(value) => {
                match value {
                    Some(value) => self.expr(value),
                    None => {
                        self.emit(Op::Null);
                    }
                }
                self.emit(Op::Return);
            }
            Action::End => {
                self.emit(Op::End);
            }
            Action::OnError(OnError::Goto(label)) => {
                let trap = self.emit(Op::Trap(Trap::Goto(0)));
                self.jumps.push((trap, label.clone(), statement.at));
            }
            Action::OnError(OnError::ResumeNext) => {
                self.emit(Op::Trap(Trap::Next));
            }
            Action::OnError(OnError::Off) => {
                self.emit(Op::Trap(Trap::Off));
            }
            Action::Resume { next } => {
                self.emit(Op::Resume { next: *next });
            }
            Action::ClearError => {
                self.emit(Op::ClearError);
            }
            Action::Throw(value) => {
                self.expr(value);
                self.emit(Op::Throw);
            }
            Action::Declare { names, global } => {
                for name in names {
                    match &mut self.locals {
                        Some(locals) if *global => {
                            locals.global.insert(name.clone());
                        }
                        _ => {
                            self.own_slot(name);
                        }
                    }
                }
            }
        }
    }

    /// `place = value`.
    fn assign(&mut self, place: &Place, value: impl FnOnce(&mut Self)) {
        for key in &place.path {
            self.expr(key);
        }
        value(self);
        let slot = self.slot(&place.name);
        match place.path.len() {
            0 => self.emit(Op::Store(slot)),
            keys => self.emit(Op::StorePath { slot, keys: keys as u16 }),
        };
    }

    /// What a place holds, on the stack.
    fn read(&mut self, place: &Place) {
        let slot = self.slot(&place.name);
        self.emit(Op::Load(slot));
        for key in &place.path {
            self.expr(key);
            self.emit(Op::Index);
        }
    }

    fn function(&mut self, name: &str, arguments: u16) {
        if let Some(function) = super::functions::named(name) {
            self.stored_function(function, arguments);
        }
    }

    fn stored_function(&mut self, function: &'static super::functions::Function, arguments: u16) {
        let known = self.functions.iter().position(|stored| stored.0.name == function.name);
        let index = known.unwrap_or_else(|| {
            self.functions.push(Stored(function));
            self.functions.len() - 1
        });
        self.emit(Op::Function { function: index as u32, arguments });
    }

    fn if_arms(&mut self, arms: &[(Expr, Block)], otherwise: &Block) {
        let mut ends = Vec::new();
        for (condition, body) in arms {
            self.expr(condition);
            let skip = self.emit(Op::JumpUnless(0));
            self.block(body);
            ends.push(self.emit(Op::Jump(0)));
            self.land(skip);
        }
        self.block(otherwise);
        ends.into_iter().for_each(|end| self.land(end));
    }

    fn select(&mut self, subject: &Expr, arms: &[(Vec<Test>, Block)], otherwise: &Block) {
        let hidden = self.hidden(1);
        self.expr(subject);
        self.emit(Op::Store(hidden));
        let mut ends = Vec::new();
        for (tests, body) in arms {
            let mut hits = Vec::new();
            for test in tests {
                self.emit(Op::Load(hidden));
                match test {
                    Test::Is(operator, value) => {
                        self.expr(value);
                        self.emit(Op::Binary(*operator));
                    }
                    Test::Between(low, high) => {
                        self.expr(low);
                        self.emit(Op::Binary(Binary::GreaterOrEqual));
                        let below = self.emit(Op::And(0));
                        self.emit(Op::Load(hidden));
                        self.expr(high);
                        self.emit(Op::Binary(Binary::LessOrEqual));
                        self.land(below);
                    }
                }
                self.emit(Op::Not);
                hits.push(self.emit(Op::JumpUnless(0)));
            }
            let skip = self.emit(Op::Jump(0));
            hits.into_iter().for_each(|hit| self.land(hit));
            self.block(body);
            ends.push(self.emit(Op::Jump(0)));
            self.land(skip);
        }
        self.block(otherwise);
        ends.into_iter().for_each(|end| self.land(end));
    }

    fn for_loop(&mut self, variable: &Arc<str>, from: &Expr, to: &Expr, step: Option<&Expr>, body: &Block) {
        let limit = self.hidden(2);
        let counter = self.own_slot(variable);
        self.expr(from);
        self.emit(Op::Store(counter));
        self.expr(to);
        self.emit(Op::Store(limit));
        match step {
            Some(step) => self.expr(step),
            None => self.number(1.0),
        }
        self.emit(Op::Store(limit.next()));
        let test = self.emit(Op::For { counter, limit, exit: 0 });
        let exits = self.loop_body(None, body, None);
        self.emit(Op::Step { counter, limit });
        self.emit(Op::Jump(test as u32));
        self.land(test);
        exits.into_iter().for_each(|exit| self.land(exit));
    }

    /// The body of a loop; CONTINUE goes to `round`, else to what comes after the body. Gives the jumps out of it.
    fn loop_body(&mut self, kind: Option<LoopKind>, body: &Block, round: Option<u32>) -> Vec<usize> {
        self.loops.push(Loop { kind, exits: Vec::new(), rounds: Vec::new() });
        self.block(body);
        let Some(done) = self.loops.pop() else { return Vec::new() };
        let round = round.unwrap_or_else(|| self.here());
        done.rounds.into_iter().for_each(|jump| self.land_at(jump, round));
        done.exits
    }

    fn endless(&mut self, first: Option<&Expr>, body: &Block, last: Option<&Expr>, kind: LoopKind, line: u32) {
        let top = self.here();
        // Every round counts as a statement, also of a loop without any.
        let round = self.emit(Op::Statement { line, next: 0 });
        let skip = first.map(|first| {
            self.expr(first);
            self.emit(Op::JumpUnless(0))
        });
        let exits = self.loop_body(Some(kind), body, None);
        let leave = last.map(|last| {
            self.expr(last);
            self.emit(Op::JumpUnless(0))
        });
        self.emit(Op::Jump(top));
        self.land(round);
        skip.into_iter().chain(leave).chain(exits).for_each(|jump| self.land(jump));
    }

    fn exit(&mut self, exit: Exit, at: u32) {
        let found = match exit {
            Exit::Procedure => None,
            Exit::Innermost => self.loops.len().checked_sub(1),
            Exit::For => self.loops.iter().rposition(|open| open.kind.is_none()),
            Exit::While => self.loops.iter().rposition(|open| open.kind == Some(LoopKind::While)),
            Exit::Do => self.loops.iter().rposition(|open| open.kind == Some(LoopKind::Do)),
        };
        match (found, exit) {
            (Some(index), _) => {
                let jump = self.emit(Op::Jump(0));
                if let Some(left) = self.loops.get_mut(index) {
                    left.exits.push(jump);
                }
            }
            (None, Exit::Procedure | Exit::Innermost) => {
                self.emit(Op::Null);
                self.emit(Op::Return);
            }
            (None, _) => self.error(at, message!("não há um laço desses em volta", "there is no such loop around")),
        }
    }

    fn number(&mut self, number: f64) {
        let index = self.constants.len() as u32;
        self.constants.push(Value::Number(number));
        self.emit(Op::Constant(index));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            Kind::Null => {
                self.emit(Op::Null);
            }
            Kind::Bool(value) => {
                self.emit(Op::Bool(*value));
            }
            Kind::Number(number) => self.number(*number),
            Kind::Text(text) => {
                let index = self.text(text);
                self.emit(Op::Constant(index));
            }
            Kind::List(items) => {
                items.iter().for_each(|item| self.expr(item));
                self.emit(Op::List(items.len() as u32));
            }
            Kind::Map(entries) => {
                for (key, value) in entries {
                    self.expr(key);
                    self.expr(value);
                }
                self.emit(Op::Map(entries.len() as u32));
            }
            Kind::Variable(name) => {
                if !self.set.contains(name) {
                    let hint =
                        text::nearest(self.set.iter().map(AsRef::as_ref), name).first().map(|name| (*name).to_owned());
                    self.diagnostics.warning(
                        expr.at,
                        message!("nada dá um valor à variável {name}", "nothing gives the variable {name} a value"),
                        hint,
                    );
                }
                let slot = self.slot(name);
                self.emit(Op::Load(slot));
            }
            Kind::Session => {
                self.emit(Op::Session);
            }
            Kind::Error(part) => {
                self.emit(Op::Error(*part));
            }
            Kind::Found => {
                self.emit(Op::Found);
            }
            Kind::Field(of, name) => {
                self.expr(of);
                let name = self.text(name);
                self.emit(Op::Field(name));
            }
            Kind::Index(of, key) => {
                self.expr(of);
                self.expr(key);
                self.emit(Op::Index);
            }
            Kind::Not(of) => {
                self.expr(of);
                self.emit(Op::Not);
            }
            Kind::Negate(of) => {
                self.expr(of);
                self.emit(Op::Negate);
            }
            Kind::Binary(operator, left, right) => {
                self.expr(left);
                self.expr(right);
                self.emit(Op::Binary(*operator));
            }
            Kind::And(left, right) => self.short(left, right, Op::And(0)),
            Kind::Or(left, right) => self.short(left, right, Op::Or(0)),
            Kind::Join(parts) => {
                parts.iter().for_each(|part| self.expr(part));
                self.emit(Op::Join(parts.len() as u32));
            }
            Kind::Call(name, arguments) => self.call(name, arguments, expr.at),
            Kind::Function(function, arguments) => {
                arguments.iter().for_each(|argument| self.expr(argument));
                self.stored_function(function, arguments.len() as u16);
            }
            Kind::Command(keyword, arguments) => {
                for argument in arguments {
                    match argument {
                        Some(argument) => self.expr(argument),
                        None => {
                            self.emit(Op::Null);
                        }
                    }
                }
                if let KeywordKind::Command(command, _) = &keyword.kind {
                    self.emit(Op::Command { command: *command, arguments: arguments.len() as u16 });
                }
            }
            Kind::Hear(hear) => match hear.as_ref() {
                Hear::Anything => {
                    self.emit(Op::HearAnything);
                }
                Hear::Typed(kind) => {
                    let index = self.kinds.iter().position(|known| known == kind).unwrap_or_else(|| {
                        self.kinds.push(kind.clone());
                        self.kinds.len() - 1
                    });
                    self.emit(Op::HearKind(index as u32));
                }
                Hear::Menu(choices) => {
                    self.expr(choices);
                    self.emit(Op::HearMenu);
                }
            },
            Kind::Pop(place) => {
                self.read(place);
                self.function("last", 1);
                self.assign(place, |compiler| {
                    compiler.read(place);
                    compiler.number(0.0);
                    compiler.read(place);
                    compiler.function("ubound", 1);
                    compiler.function("slice", 3);
                });
            }
        }
    }

    fn short(&mut self, left: &Expr, right: &Expr, jump: Op) {
        self.expr(left);
        let jump = self.emit(jump);
        self.expr(right);
        self.emit(Op::Truth);
        self.land(jump);
    }

    fn call(&mut self, name: &Arc<str>, arguments: &[Expr], at: u32) {
        let Some((index, wanted)) = self.procedure_index.get(name).copied() else {
            // Its SUB was not understood; that has been told.
            return;
        };
        if arguments.len() != wanted {
            let given = arguments.len();
            self.error(
                at,
                message!("{name} recebe {wanted} valores, não {given}", "{name} takes {wanted} values, not {given}"),
            );
        }
        arguments.iter().for_each(|argument| self.expr(argument));
        self.emit(Op::Call { procedure: index, arguments: arguments.len() as u16 });
    }
}

/// Which names a block uses, and which it sets.
struct Walk<'a> {
    used: &'a mut HashSet<Arc<str>>,
    set: &'a mut HashSet<Arc<str>>,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block) {
        for statement in block {
            match &statement.action {
                Action::Assign { place, value } => {
                    self.place(place);
                    self.expr(value);
                }
                Action::Push { place, item } => {
                    self.place(place);
                    self.expr(item);
                }
                Action::Do(expr) | Action::Say(expr) | Action::Throw(expr) | Action::Return(Some(expr)) => {
                    self.expr(expr)
                }
                Action::If { arms, otherwise } => {
                    for (condition, body) in arms {
                        self.expr(condition);
                        self.block(body);
                    }
                    self.block(otherwise);
                }
                Action::Select { subject, arms, otherwise } => {
                    self.expr(subject);
                    for (tests, body) in arms {
                        for test in tests {
                            match test {
                                Test::Is(_, value) => self.expr(value),
                                Test::Between(low, high) => {
                                    self.expr(low);
                                    self.expr(high);
                                }
                            }
                        }
                        self.block(body);
                    }
                    self.block(otherwise);
                }
                Action::For { variable, from, to, step, body } => {
                    self.name(variable);
                    self.expr(from);
                    self.expr(to);
                    step.iter().for_each(|step| self.expr(step));
                    self.block(body);
                }
                Action::ForEach { variable, list, body } => {
                    self.name(variable);
                    self.expr(list);
                    self.block(body);
                }
                Action::Loop { first, body, last, .. } => {
                    first.iter().chain(last).for_each(|condition| self.expr(condition));
                    self.block(body);
                }
                Action::Declare { names, .. } => names.iter().for_each(|name| self.name(name)),
                _ => {}
            }
        }
    }

    fn name(&mut self, name: &Arc<str>) {
        self.used.insert(name.clone());
        self.set.insert(name.clone());
    }

    fn place(&mut self, place: &Place) {
        self.name(&place.name);
        place.path.iter().for_each(|key| self.expr(key));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            Kind::Variable(name) => {
                self.used.insert(name.clone());
            }
            Kind::List(items) | Kind::Join(items) | Kind::Call(_, items) | Kind::Function(_, items) => {
                items.iter().for_each(|item| self.expr(item));
            }
            Kind::Map(entries) => entries.iter().for_each(|(_, value)| self.expr(value)),
            Kind::Field(of, _) | Kind::Not(of) | Kind::Negate(of) => self.expr(of),
            Kind::Index(a, b) | Kind::Binary(_, a, b) | Kind::And(a, b) | Kind::Or(a, b) => {
                self.expr(a);
                self.expr(b);
            }
            Kind::Command(_, arguments) => arguments.iter().flatten().for_each(|argument| self.expr(argument)),
            Kind::Hear(hear) => {
                if let Hear::Menu(choices) = hear.as_ref() {
                    self.expr(choices);
                }
            }
            Kind::Pop(place) => self.place(place),
            _ => {}
        }
    }
}
