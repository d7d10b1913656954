//! A compiled script: instructions, constants, and what its header says of when it runs. Stored beside the source, so that
//! a waiting session finishes on the program it began with.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ast::{Binary, ErrorPart};
use super::functions::Stored;
use super::hear::HearKind;
use super::keywords::Command;
use super::value::Value;

/// Version of the stored form.
pub const FORMAT: u16 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Program {
    pub format: u16,
    pub header: Header,
    pub(super) code: Vec<Op>,
    pub(super) constants: Vec<Value>,
    pub(super) functions: Vec<Stored>,
    pub(super) kinds: Vec<HearKind>,
    pub(super) procedures: Vec<Procedure>,
    /// Names of the variables of the main part, by slot; the compiler's own have none.
    pub(super) variables: Vec<String>,
    /// Of the code: a state of another one is not continued.
    pub(super) fingerprint: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Procedure {
    pub name: String,
    pub start: u32,
    pub parameters: u16,
    /// Its variables, parameters first; the compiler's own have no name.
    pub locals: Vec<String>,
}

/// A variable: of the main part, or (highest bit set) of the running procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Slot(u32);

const LOCAL: u32 = 1 << 31;

impl Slot {
    pub fn global(index: usize) -> Self {
        Slot(index as u32 & !LOCAL)
    }

    pub fn local(index: usize) -> Self {
        Slot(index as u32 | LOCAL)
    }

    pub fn is_local(self) -> bool {
        self.0 & LOCAL != 0
    }

    pub fn index(self) -> usize {
        (self.0 & !LOCAL) as usize
    }

    /// The one after it.
    pub fn next(self) -> Self {
        Slot(self.0 + 1)
    }
}

/// One instruction. Operands are taken from the stack, results left on it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Op {
    /// A statement begins; where the one after it does.
    Statement {
        line: u32,
        next: u32,
    },
    Constant(u32),
    Null,
    Bool(bool),
    Load(Slot),
    Store(Slot),
    /// Takes the value, then the keys, last first.
    StorePath {
        slot: Slot,
        keys: u16,
    },
    Push(Slot),
    Session,
    Error(ErrorPart),
    Found,
    Field(u32),
    Index,
    Not,
    Negate,
    Binary(Binary),
    /// Leaves FALSE and jumps when the operand is false, else takes it.
    And(u32),
    Or(u32),
    Truth,
    List(u32),
    Map(u32),
    Join(u32),
    Jump(u32),
    JumpUnless(u32),
    /// Leaves the loop when the counter has passed the limit, which is in `limit`; the step is in the slot after it.
    For {
        counter: Slot,
        limit: Slot,
        exit: u32,
    },
    Step {
        counter: Slot,
        limit: Slot,
    },
    /// The next item of the list in `list`, whose position is in the slot after it; at its end leaves the loop.
    Each {
        list: Slot,
        variable: Slot,
        exit: u32,
    },
    Call {
        procedure: u32,
        arguments: u16,
    },
    Return,
    Function {
        function: u32,
        arguments: u16,
    },
    Command {
        command: Command,
        arguments: u16,
    },
    Say,
    HearAnything,
    HearKind(u32),
    HearMenu,
    Drop,
    Trap(Trap),
    Resume {
        next: bool,
    },
    ClearError,
    Throw,
    End,
}

/// What an error does in a procedure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Trap {
    #[default]
    Off,
    Next,
    Goto(u32),
}

/// What a script says about itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// For the model that may use it as a tool.
    pub description: Option<String>,
    pub parameters: Vec<Parameter>,
    pub schedules: Vec<Schedule>,
    /// Paths below the bot's own.
    pub webhooks: Vec<String>,
    pub triggers: Vec<Trigger>,
    pub tables: Vec<Table>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    pub name: String,
    /// As in JSON schema: `string`, `number`, `integer`, `boolean`, `object`, `array`.
    pub kind: String,
    /// As in JSON schema: `email`, `date` ...
    pub format: Option<String>,
    pub choices: Vec<String>,
    pub example: Option<Value>,
    pub description: Option<String>,
    pub required: bool,
}

/// When a script runs by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// As written.
    pub phrase: String,
    /// Five fields.
    pub cron: String,
    /// Of IANA, when the script names one; else the bot's.
    pub time_zone: Option<String>,
    pub line: u32,
}

/// What else starts a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Trigger {
    /// `ON INSERT OF "table"`.
    Row { change: RowChange, table: String },
    /// `ON "event"`, `ON EVENT name`.
    Event { name: String },
    /// `ON MEETING STARTED`.
    Meeting { event: String },
    /// `ON EMAIL "address" FROM "x" SUBJECT "y"`.
    Email { address: String, from: Option<String>, subject: Option<String> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowChange {
    Insert,
    Update,
    Delete,
}

/// A table of the bot's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: ColumnKind,
    pub key: bool,
    pub required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    Text,
    Integer,
    Number,
    Boolean,
    Date,
    DateTime,
    Json,
}

impl Header {
    /// Whether the language model may use the script as a tool.
    pub fn is_tool(&self) -> bool {
        self.description.is_some() || !self.parameters.is_empty()
    }

    /// The parameters as JSON schema.
    pub fn schema(&self) -> serde_json::Value {
        let mut properties = serde_json::Map::new();
        for parameter in &self.parameters {
            let mut property = json!({ "type": parameter.kind });
            let parts = [
                ("format", parameter.format.clone().map(Into::into)),
                ("description", parameter.description.clone().map(Into::into)),
                ("examples", parameter.example.as_ref().map(|example| json!([example.to_json()]))),
                ("enum", (!parameter.choices.is_empty()).then(|| json!(parameter.choices))),
            ];
            if let Some(property) = property.as_object_mut() {
                property.extend(parts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
            }
            properties.insert(parameter.name.clone(), property);
        }
        let required: Vec<&str> = self
            .parameters
            .iter()
            .filter(|parameter| parameter.required)
            .map(|parameter| parameter.name.as_str())
            .collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    }
}

impl Program {
    /// What tells two programs apart.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The commands in it, each with its line.
    pub fn commands(&self) -> impl Iterator<Item = (u32, Command)> {
        let mut line = 0;
        self.code.iter().filter_map(move |op| match op {
            Op::Statement { line: begins, .. } => {
                line = *begins;
                None
            }
            Op::Command { command, .. } => Some((line, *command)),
            _ => None,
        })
    }

    /// How many instructions it has.
    pub fn len(&self) -> usize {
        self.code.len()
    }

    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }
}
