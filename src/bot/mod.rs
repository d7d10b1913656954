//! The automated side of a conversation: what every engine takes and gives. An engine decides one turn and does
//! nothing; the conversation's actor stores the new state with the step and carries out the actions. When a person
//! takes over instead is decided in [`escalation`].

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::basic::hear::Attachment;
use crate::basic::request::{Media, Request};
use crate::basic::{self as language, ScriptError};
use crate::channels::adapter::{Choice, Kind};
use crate::clock::Timestamp;
use crate::lang::Lang;
use crate::queues::Priority;
use crate::queues::routing::Skill;

pub mod api;
pub mod basic;
pub mod check;
pub mod dialogue;
pub mod editor;
pub mod escalation;
pub mod host;
#[cfg(test)]
mod manual;
pub mod rehearsal;
pub mod reply;
pub mod runs;
pub mod scripts;
pub mod stage;
pub mod store;
pub mod understand;
pub mod world;

/// Version of the stored form of [`BotState`].
pub const STATE_VERSION: u32 = 1;

/// Answers while no human does.
pub trait Engine: Send + Sync {
    /// Decides one turn. Pure: the same state, event and scene give the same turn. A state of another engine or program
    /// is begun anew.
    fn turn(&self, state: &BotState, event: &BotEvent, scene: &Scene<'_>) -> Turn;

    /// The program that new conversations run.
    fn program(&self) -> Option<&Arc<basic::Loaded>> {
        None
    }
}

/// What a turn is decided against, besides the engine's own memory.
pub struct Scene<'a> {
    pub now: Timestamp,
    /// A person has the conversation: nothing is said or read, only what would be lost is kept.
    pub paused: bool,
    /// What is known of the conversation, by the names that scripts use.
    pub session: &'a dyn Fn() -> Value,
    /// The program that the state belongs to, when it is not the newest.
    pub program: Option<&'a Arc<basic::Loaded>>,
}

/// The engine of that name; `None` for `off`, where a person answers everything. Without a script, and for engines that are
/// not built yet, the built-in replies answer, so that a bot never stays silent.
pub fn engine(
    name: store::EngineName,
    replies: reply::ReplySettings,
    lang: Lang,
    script: Option<basic::Script>,
) -> Option<Box<dyn Engine>> {
    let replies = reply::Reply::new(Arc::new(replies), lang);
    match (name, script) {
        (store::EngineName::Off, _) => None,
        (store::EngineName::Basic, Some(script)) => Some(Box::new(basic::Basic::new(script, replies, lang))),
        _ => Some(Box::new(replies)),
    }
}

/// What an engine remembers of one conversation, stored as JSON between turns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BotState {
    pub version: u32,
    /// `reply`, `basic` ...
    pub engine: String,
    /// Version of the program that `data` belongs to.
    pub program: String,
    /// The engine's own.
    pub data: Value,
    /// Turns in a row that had no answer.
    pub failed_turns: u32,
    /// When the engine wants [`BotEvent::TimerFired`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// The event that the engine waits for: [`BotEvent::Published`]. Its [`runs::triggers::normal`] name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

impl Default for BotState {
    /// Of no engine yet: whichever comes first starts afresh.
    fn default() -> Self {
        BotState::fresh("", "")
    }
}

impl BotState {
    /// Of a conversation that this program has not seen.
    pub fn fresh(engine: &str, program: &str) -> Self {
        BotState {
            version: STATE_VERSION,
            engine: engine.into(),
            program: program.into(),
            data: Value::Null,
            failed_turns: 0,
            due: None,
            event: None,
        }
    }

    /// Whether `data` was written by this engine and program, in a form this version reads.
    pub fn belongs_to(&self, engine: &str, program: &str) -> bool {
        self.version == STATE_VERSION && self.engine == engine && self.program == program
    }

    /// When the bot has the conversation again after a person had it: old failures do not count against it.
    pub fn after_handoff(self) -> Self {
        BotState { failed_turns: 0, ..self }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum BotEvent {
    /// Before the first message is answered.
    SessionOpened,
    Message(Said),
    /// [`BotState::due`] has come.
    TimerFired,
    /// [`BotState::event`] was published, with this.
    Published {
        event: String,
        data: Value,
    },
    /// What came of [`Action::Ask`].
    Answered {
        key: String,
        result: Result<language::Value, ScriptError>,
    },
}

/// A message of the customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub text: String,
    /// The machine half of a button or list answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
    pub kind: Kind,
}

impl Said {
    pub fn text(text: impl Into<String>) -> Self {
        Said { text: text.into(), payload: None, files: Vec::new(), kind: Kind::Text }
    }
}

/// What one event leads to. Nothing has happened yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    pub state: BotState,
    /// In this order.
    pub actions: Vec<Action>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    Say {
        text: String,
        choices: Vec<Choice>,
    },
    /// A file at a public address.
    Send {
        media: Media,
        url: String,
        caption: String,
    },
    Typing,
    React {
        emoji: String,
    },
    /// The program asks for a person.
    Handoff(HandoffRequest),
    /// The turn had no answer; already counted in the state.
    Failed,
    /// Sets a variable of the session, readable by scripts and API.
    SetVariable {
        name: String,
        value: Value,
    },
    /// Something that has an answer; [`BotEvent::Answered`] follows.
    Ask {
        /// The same when it is asked again.
        key: String,
        request: Box<Request>,
    },
    /// The program failed: for the bot's list of errors.
    Report(Fault),
}

/// Where a program failed, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    pub script: String,
    pub version: i64,
    pub error: ScriptError,
}

/// Who is wanted, as far as the program says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HandoffRequest {
    /// Queue, department, attendant or alias, as written.
    pub destination: Option<String>,
    pub department: Option<String>,
    pub priority: Option<Priority>,
    pub reason: Option<String>,
    pub skills: Vec<Skill>,
}

/// One text in both languages. An empty one is replaced by the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Localised {
    #[serde(rename = "pt-BR")]
    pub pt: String,
    pub en: String,
}

impl Localised {
    pub fn new(pt: impl Into<String>, en: impl Into<String>) -> Self {
        Localised { pt: pt.into(), en: en.into() }
    }

    /// The text, empty when there is none in either language.
    pub fn get(&self, lang: Lang) -> &str {
        let (own, other) = match lang {
            Lang::Pt => (&self.pt, &self.en),
            Lang::En => (&self.en, &self.pt),
        };
        if own.trim().is_empty() { other.trim() } else { own.trim() }
    }
}
