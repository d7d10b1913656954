//! Whole scripts: what they say to whom. Dialogues are tables of lines:
//!
//! - `< text`: the customer writes; `> text [a|b]`: the bot says, with buttons; its lines are separated by ` / `
//! - `? find ... -> json`: a request of that type whose JSON contains the words, and its answer; `-> !code`: it fails
//! - `* json`: another effect; `timer 5`, `event name`: what it waits for, which then comes
//! - `= json`: over, with that result; `! code line`: over, failed

use std::collections::VecDeque;

use chrono::{DateTime, FixedOffset};
use serde_json::json;

use super::diagnostics::Message;
use super::*;
use crate::lang::Lang;

mod dialogues;
mod language;
mod mistakes;
mod robustness;

pub(super) fn now() -> DateTime<FixedOffset> {
    // A Thursday, in São Paulo.
    DateTime::parse_from_rfc3339("2026-01-15T12:00:00-03:00").unwrap()
}

/// The program of a script that has no mistakes.
pub(super) fn program(source: &str) -> Program {
    let compiled = compile(source, &[]);
    let told: Vec<String> = compiled.diagnostics.iter().map(|found| found.render(Lang::Pt)).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    compiled.program.unwrap()
}

/// Runs turns with the same surroundings.
pub(super) fn turn<T>(limits: &Limits, run: impl FnOnce(&Turn) -> T) -> T {
    let session = Value::from_json(json!({"channel": "whatsapp", "user_name": "Ana", "queue_position": 2})).unwrap();
    run(&Turn { limits, now: now(), lang: Lang::Pt, seed: 7, session, alone: false, expired: &|| false })
}

/// What a script gives without waiting for anybody.
pub(super) fn result(source: &str) -> serde_json::Value {
    let program = program(source);
    match turn(&Limits::default(), |turn| Machine::start(&program, [], turn)).outcome {
        Outcome::Done(value) => value.to_json(),
        other => panic!("{source}\n{other:?}"),
    }
}

/// The text of an effect, in the form of a dialogue.
fn told(effect: &Effect) -> String {
    match effect {
        Effect::Say { text, choices } if choices.is_empty() => format!("> {}", text.replace('\n', " / ")),
        Effect::Say { text, choices } => {
            let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
            format!("> {text} [{}]", labels.join("|"))
        }
        other => format!("* {}", serde_json::to_string(other).unwrap()),
    }
}

/// Stores and reads a machine, as happens between two turns.
fn stored(machine: &Machine) -> Machine {
    serde_json::from_str(&serde_json::to_string(machine).unwrap()).unwrap()
}

/// Plays a dialogue; every turn goes on from a stored machine and a stored program.
pub(super) fn play(source: &str, dialogue: &str) {
    let program = program(source);
    let program: Program = serde_json::from_str(&serde_json::to_string(&program).unwrap()).unwrap();
    let limits = Limits::default();
    let mut lines: VecDeque<&str> = dialogue.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut step = turn(&limits, |turn| Machine::start(&program, [], turn));
    loop {
        for effect in &step.effects {
            assert_eq!(Some(told(effect).trim()), lines.pop_front(), "\n{source}");
        }
        let machine = stored(&step.machine);
        let event = match &step.outcome {
            Outcome::Done(value) => {
                assert_eq!(Some(format!("= {}", value.to_json()).as_str()), lines.pop_front(), "\n{source}");
                break;
            }
            Outcome::Failed(error) => {
                let shown = format!("! {} {}", error.code, error.line);
                assert_eq!(Some(shown.as_str()), lines.pop_front(), "\n{error:?}\n{source}");
                break;
            }
            Outcome::Waiting(Waiting::Hear { .. }) => {
                let line = lines.pop_front().unwrap_or("nothing");
                let text =
                    line.strip_prefix('<').unwrap_or_else(|| panic!("it waits for the customer, not {line}\n{source}"));
                Event::Message { text: text.trim().into(), payload: None, attachments: Vec::new() }
            }
            Outcome::Waiting(Waiting::Timer { seconds }) => {
                assert_eq!(Some(format!("timer {seconds}").as_str()), lines.pop_front(), "\n{source}");
                Event::Timer
            }
            Outcome::Waiting(Waiting::Event { name, .. }) => {
                let line = lines.pop_front();
                let expected = line.and_then(|line| line.strip_prefix("event ")).unwrap_or_default();
                let (expected, data) = expected.split_once(" -> ").unwrap_or((expected, "null"));
                assert_eq!(expected, name, "\n{source}");
                let data = Value::from_json(serde_json::from_str(data).unwrap()).unwrap();
                Event::Published { name: name.to_uppercase(), data }
            }
            Outcome::Waiting(Waiting::Answer { id, request }) => {
                let shown = serde_json::to_string(request).unwrap();
                let line = lines.pop_front().unwrap_or("nothing");
                let (sought, answer) = line
                    .strip_prefix('?')
                    .and_then(|line| line.split_once("->"))
                    .unwrap_or_else(|| panic!("it asks {shown}, not {line}\n{source}"));
                for part in sought.split_whitespace() {
                    assert!(shown.contains(part), "{shown} is not {sought}\n{source}");
                }
                let result = match answer.trim().strip_prefix('!') {
                    Some(code) => Err(ScriptError::new(code.to_owned(), Message::same("falhou"))),
                    None => Ok(Value::from_json(serde_json::from_str(answer).unwrap()).unwrap()),
                };
                Event::Answer { id: *id, result }
            }
        };
        step = turn(&limits, |turn| machine.resume(&program, event, turn));
        assert!(step.taken);
    }
    assert!(lines.is_empty(), "not played: {lines:?}\n{source}");
}
