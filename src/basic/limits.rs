//! What one turn of a script may use. Passing a limit ends the script with an error that names the line, and that no
//! script can catch: a runaway loop hurts only its own session.

use std::time::Duration;

use super::diagnostics::{ScriptError, message};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Statements executed.
    pub statements: u64,
    /// Bytes held by variables, approximately.
    pub memory: usize,
    /// Calls of SUB and FUNCTION inside each other.
    pub recursion: usize,
    /// Messages to the customer.
    pub talks: u32,
    /// From the turn's begin to its end; who runs it has the clock ([`super::Turn::expired`]).
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            statements: 100_000,
            memory: 4 * 1024 * 1024,
            recursion: 64,
            talks: 20,
            time: Duration::from_millis(250),
        }
    }
}

/// Codes of the errors that scripts cannot catch.
pub const PREFIX: &str = "limit_";

pub fn statements(limit: u64) -> ScriptError {
    ScriptError::new(
        "limit_statements",
        message!(
            "o script passou de {limit} comandos sem esperar por ninguém; há um laço sem fim?",
            "the script ran more than {limit} statements without waiting for anybody; is there an endless loop?"
        ),
    )
}

pub fn time() -> ScriptError {
    ScriptError::new(
        "limit_time",
        message!("o script demorou demais; há um laço sem fim?", "the script took too long; is there an endless loop?"),
    )
}

pub fn memory(limit: usize) -> ScriptError {
    let kilobytes = limit / 1024;
    ScriptError::new(
        "limit_memory",
        message!(
            "as variáveis do script passaram de {kilobytes} KB",
            "the variables of the script hold more than {kilobytes} KB"
        ),
    )
}

pub fn recursion(limit: usize) -> ScriptError {
    ScriptError::new(
        "limit_recursion",
        message!(
            "mais de {limit} chamadas de SUB ou FUNCTION umas dentro das outras",
            "more than {limit} calls of SUB or FUNCTION inside each other"
        ),
    )
}

pub fn talks(limit: u32) -> ScriptError {
    ScriptError::new(
        "limit_talks",
        message!(
            "o script mandou mais de {limit} mensagens sem esperar resposta",
            "the script sent more than {limit} messages without waiting for an answer"
        ),
    )
}
