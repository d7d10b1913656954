//! A script as read, before names become places. Produced by the parser, consumed by the compiler, kept by nobody.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::diagnostics::Diagnostic;
use super::functions::Function;
use super::hear::HearKind;
use super::keywords::Keyword;
use super::program::Header;

#[derive(Debug)]
pub struct Script {
    pub body: Block,
    pub procedures: Vec<Procedure>,
    pub header: Header,
    pub diagnostics: Vec<Diagnostic>,
}

pub type Block = Vec<Statement>;

#[derive(Debug)]
pub struct Procedure {
    pub name: Arc<str>,
    pub parameters: Vec<Arc<str>>,
    pub body: Block,
    /// Byte offset.
    pub at: u32,
}

#[derive(Debug)]
pub struct Statement {
    pub action: Action,
    pub at: u32,
    pub line: u32,
}

#[derive(Debug)]
pub enum Action {
    Assign {
        place: Place,
        value: Expr,
    },
    /// `PUSH list, item`.
    Push {
        place: Place,
        item: Expr,
    },
    /// An expression for what it does.
    Do(Expr),
    Say(Expr),
    If {
        arms: Vec<(Expr, Block)>,
        otherwise: Block,
    },
    Select {
        subject: Expr,
        arms: Vec<(Vec<Test>, Block)>,
        otherwise: Block,
    },
    For {
        variable: Arc<str>,
        from: Expr,
        to: Expr,
        step: Option<Expr>,
        body: Block,
    },
    ForEach {
        variable: Arc<str>,
        list: Expr,
        body: Block,
    },
    /// Every other loop. A condition is what must hold to go on.
    Loop {
        first: Option<Expr>,
        body: Block,
        last: Option<Expr>,
        kind: LoopKind,
    },
    Exit(Exit),
    Continue,
    Label(Arc<str>),
    Goto(Arc<str>),
    /// `RETURN`; in the main part the result of the script.
    Return(Option<Expr>),
    /// `END`: the script is over, wherever it is.
    End,
    OnError(OnError),
    Resume {
        next: bool,
    },
    ClearError,
    Throw(Expr),
    /// `DIM`, `LOCAL`: these names belong to the procedure. `GLOBAL`: to the main part.
    Declare {
        names: Vec<Arc<str>>,
        global: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopKind {
    While,
    Do,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// `EXIT`: the innermost loop, else the procedure.
    Innermost,
    For,
    While,
    Do,
    Procedure,
}

#[derive(Debug)]
pub enum OnError {
    Goto(Arc<str>),
    ResumeNext,
    /// `ON ERROR GOTO 0`: errors end the script again.
    Off,
}

/// One test of a `CASE`.
#[derive(Debug)]
pub enum Test {
    Is(Binary, Expr),
    Between(Expr, Expr),
}

/// Something that can be assigned: `x`, `x.a`, `x[1].b`.
#[derive(Debug, Clone)]
pub struct Place {
    pub name: Arc<str>,
    pub path: Vec<Expr>,
    pub at: u32,
}

#[derive(Debug, Clone)]
pub struct Expr {
    pub kind: Kind,
    pub at: u32,
    /// How many levels it has, so that nothing that walks it can run out of stack.
    pub depth: u16,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Null,
    Bool(bool),
    Number(f64),
    Text(Arc<str>),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Variable(Arc<str>),
    /// `session`: what the host tells of the conversation.
    Session,
    /// `ERROR`, or a part of it.
    Error(ErrorPart),
    /// Whether the last query found something.
    Found,
    Field(Box<Expr>, Arc<str>),
    Index(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    /// The parts of a block with `${...}`, joined.
    Join(Vec<Expr>),
    /// A SUB or FUNCTION of the script.
    Call(Arc<str>, Vec<Expr>),
    Function(&'static Function, Vec<Expr>),
    /// A statement of the keyword table, with its arguments in order; what was left out is `None`.
    Command(&'static Keyword, Vec<Option<Expr>>),
    Hear(Box<Hear>),
    /// `POP list`: the last item, which leaves the list.
    Pop(Box<Place>),
}

#[derive(Debug, Clone)]
pub enum Hear {
    Anything,
    Typed(HearKind),
    /// Choices: a list.
    Menu(Expr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorPart {
    Message,
    Code,
    Line,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Binary {
    Add,
    /// `&`: joins as text, whatever the operands are.
    Join,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

impl Expr {
    pub fn new(kind: Kind, at: u32) -> Self {
        let deepest = |exprs: &[Expr]| exprs.iter().map(|expr| expr.depth).max().unwrap_or(0);
        let place = |place: &Place| deepest(&place.path);
        let below = match &kind {
            Kind::List(items) | Kind::Join(items) | Kind::Call(_, items) | Kind::Function(_, items) => deepest(items),
            Kind::Map(entries) => entries.iter().map(|(key, value)| key.depth.max(value.depth)).max().unwrap_or(0),
            Kind::Field(of, _) | Kind::Not(of) | Kind::Negate(of) => of.depth,
            Kind::Index(a, b) | Kind::Binary(_, a, b) | Kind::And(a, b) | Kind::Or(a, b) => a.depth.max(b.depth),
            Kind::Command(_, arguments) => arguments.iter().flatten().map(|expr| expr.depth).max().unwrap_or(0),
            Kind::Hear(hear) => match hear.as_ref() {
                Hear::Menu(choices) => choices.depth,
                _ => 0,
            },
            Kind::Pop(from) => place(from),
            _ => 0,
        };
        Expr { kind, at, depth: below.saturating_add(1) }
    }

    /// The type it certainly has, when it can be told without running.
    pub fn known_type(&self) -> Option<&'static str> {
        Some(match &self.kind {
            Kind::Bool(_) | Kind::Not(_) | Kind::Found => "boolean",
            Kind::Number(_) | Kind::Negate(_) => "number",
            Kind::Text(_) | Kind::Join(_) => "string",
            Kind::List(_) => "array",
            Kind::Map(_) => "map",
            _ => return None,
        })
    }
}
