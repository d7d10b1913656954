//! What is wrong with a script: found when it is saved ([`Diagnostic`]) or when it runs ([`ScriptError`]). Every text in
//! both languages, so that whoever shows it picks one.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::lang::Lang;
pub use crate::lang::Message;
pub(crate) use crate::lang::message;

/// A failure while a script runs. Scripts see it as `ERROR`, and may catch it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptError {
    /// Stable, for scripts and programs: `type_mismatch`, `not_configured` ...
    pub code: Cow<'static, str>,
    pub message: Message,
    /// Line of the script; 0 until the interpreter fills it in.
    #[serde(default)]
    pub line: u32,
}

impl ScriptError {
    pub fn new(code: impl Into<Cow<'static, str>>, message: Message) -> Self {
        ScriptError { code: code.into(), message, line: 0 }
    }

    /// What the host answers to a request whose subsystem has no settings: never a pretended success.
    pub fn not_configured(what: &str) -> Self {
        ScriptError::new("not_configured", message!("{what} não está configurado", "{what} is not configured"))
    }

    /// What a script that runs by itself is told when it turns to a customer.
    pub fn no_conversation() -> Self {
        ScriptError::new(
            "no_conversation",
            message!(
                "este script roda sem conversa, não há cliente aqui; use TALK TO, ou diga qual conversa",
                "this script runs without a conversation, there is no customer here; use TALK TO, or say which conversation"
            ),
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The script cannot be saved.
    Error,
    /// Saved; likely not what was meant.
    Warning,
}

/// Something wrong with the text of a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    pub severity: Severity,
    /// From 1.
    pub line: u32,
    /// From 1, in letters.
    pub column: u32,
    /// What is wrong, and what was expected.
    pub message: Message,
    /// The nearest thing that would have been understood.
    pub hint: Option<String>,
    /// The line as written.
    pub source: String,
}

impl Diagnostic {
    /// For a terminal: the sentence, the line, and a caret below the place.
    pub fn render(&self, lang: Lang) -> String {
        let (line, column, told) = (self.line, self.column, self.explain(lang));
        match lang {
            Lang::Pt => format!("linha {line}, coluna {column}: {told}"),
            Lang::En => format!("line {line}, column {column}: {told}"),
        }
    }

    /// The same without the numbers, for who has shown them.
    pub fn explain(&self, lang: Lang) -> String {
        let mut text = self.message.get(lang).to_owned();
        if let Some(hint) = &self.hint {
            text.push_str(&match lang {
                Lang::Pt => format!(" (você quis dizer {hint}?)"),
                Lang::En => format!(" (did you mean {hint}?)"),
            });
        }
        // Tabs stay tabs, so that the caret stands below its letter.
        let before = self.source.chars().take(self.column.saturating_sub(1) as usize);
        let pad: String = before.map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect();
        text.push_str(&format!("\n    {}\n    {pad}^", self.source));
        text
    }
}

/// Collects what is wrong with one source, at most one thing a line, so that one slip is not told five times.
#[derive(Debug)]
pub struct Diagnostics<'a> {
    source: &'a str,
    /// Byte offset of the beginning of every line.
    starts: Vec<u32>,
    found: Vec<Diagnostic>,
}

/// More than this nobody reads.
const MOST: usize = 100;

impl<'a> Diagnostics<'a> {
    pub fn new(source: &'a str) -> Self {
        let breaks = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
        Diagnostics { source, starts: [0].into_iter().chain(breaks).collect(), found: Vec::new() }
    }

    /// The line, from 1, of a byte offset.
    pub fn line(&self, at: u32) -> u32 {
        self.starts.partition_point(|start| *start <= at) as u32
    }

    pub fn error(&mut self, at: u32, message: Message) {
        self.add(Severity::Error, at, message, None);
    }

    pub fn error_with_hint(&mut self, at: u32, message: Message, hint: Option<String>) {
        self.add(Severity::Error, at, message, hint);
    }

    pub fn warning(&mut self, at: u32, message: Message, hint: Option<String>) {
        self.add(Severity::Warning, at, message, hint);
    }

    fn add(&mut self, severity: Severity, at: u32, message: Message, hint: Option<String>) {
        let line = self.line(at);
        let told = self.found.iter().any(|other| other.line == line && other.severity <= severity);
        if told || self.found.len() >= MOST {
            return;
        }
        let start = self.starts.get(line as usize - 1).map_or(0, |start| *start as usize);
        let rest = self.source.get(start..).unwrap_or_default();
        let source = rest.lines().next().unwrap_or_default();
        let before = self.source.get(start..at as usize).unwrap_or_default();
        let column = before.chars().count().min(source.chars().count()) as u32 + 1;
        self.found.push(Diagnostic { severity, line, column, message, hint, source: source.to_owned() });
    }

    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|found| found.severity == Severity::Error)
    }

    /// In the order of the text.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|found| (found.line, found.column, found.severity));
        self.found
    }
}
