//! The language of the bots: a small, forgiving BASIC for people who are not programmers. A pure leaf: text in, program
//! out ([`compile`]); state and event in, state and what to do out ([`Machine`]). No clock, no chance, no network, no
//! database: they come in with the turn, or go out as requests. Called by the bot engine, the editor and the tools.
//!
//! In reading order: a source is cut into tokens (`lexer`), read into a tree (`parser`, `ast`) with the help of the table
//! of commands (`keywords`) and of functions (`functions`), made a program (`compile`, `program`) and run (`run`, `value`)
//! within limits (`limits`); what it asks of the world is in `request`, what is wrong with it in `diagnostics`.

mod ast;
mod compile;
pub mod diagnostics;
pub mod filter;
pub mod functions;
pub mod hear;
pub mod keywords;
mod lexer;
pub mod limits;
mod parser;
pub mod program;
pub mod request;
mod run;
pub mod schedule;
pub mod value;

#[cfg(test)]
mod tests;

pub use compile::{Compiled, MAX_SOURCE, compile};
pub use diagnostics::{Diagnostic, Message, ScriptError, Severity};
pub use limits::Limits;
pub use program::Program;
pub use request::{Effect, Request};
pub use run::{Event, Machine, Outcome, Step, Turn, Waiting};
pub use value::Value;
