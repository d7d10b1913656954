//! A script tried out without a customer, in the editor's "try it". Pure: what a script asks of the world is answered with
//! a stand-in that says so, or as not configured; no real data is read or touched.

use std::time::Instant;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::world::World;
use crate::basic::limits::Limits;
use crate::basic::{Effect, Event, Machine, Outcome, Program, Request, ScriptError, Step, Turn, Value, Waiting};
use crate::lang::Lang;

/// Requests answered in one turn.
const REQUESTS: usize = 100;

/// What a turn is played under.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    pub now: DateTime<FixedOffset>,
    pub lang: Lang,
    pub limits: Limits,
}

/// Between two turns.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    machine: Option<Machine>,
    world: World,
}

/// What happens to the script.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Happening {
    /// The session opens: the script begins.
    Open,
    /// The customer writes; a script that rests goes on first.
    Message {
        text: String,
        #[serde(default)]
        payload: Option<String>,
    },
    /// The time it waits for has passed.
    Timer,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Played {
    pub state: State,
    /// What the script did, in order; requests with the stand-in for their answer.
    pub actions: Vec<Json>,
    pub variables: Map<String, Json>,
    pub line: u32,
    /// What it waits for; null when it is over.
    pub waiting: Option<Waiting>,
    pub errors: Vec<ScriptError>,
}

/// Plays one turn.
pub fn play(program: &Program, state: State, happening: Happening, scene: Scene) -> Played {
    let mut stage = Stage { program, scene, state, actions: Vec::new(), started: Instant::now(), requests: 0 };
    stage.state.world.tables.clone_from(&program.header.tables);
    let outcome = match (stage.state.machine.take(), happening) {
        (_, Happening::Open) => {
            stage.state.world.session = Map::new();
            stage.begin("")
        }
        (None, Happening::Message { text, .. }) => stage.begin(&text),
        (None, Happening::Timer) => stage.begin(""),
        (Some(machine), Happening::Timer) => stage.resume(machine, Event::Timer),
        (Some(machine), Happening::Message { text, payload }) => {
            let message = Event::Message { text, payload, attachments: Vec::new() };
            match machine.waiting() {
                Some(Waiting::Timer { .. } | Waiting::Event { .. }) => match stage.resume(machine, Event::Timer) {
                    (machine, Outcome::Waiting(Waiting::Hear { .. })) => stage.resume(machine, message),
                    other => other,
                },
                _ => stage.resume(machine, message),
            }
        }
    };
    stage.played(outcome)
}

struct Stage<'a> {
    program: &'a Program,
    scene: Scene,
    state: State,
    actions: Vec<Json>,
    started: Instant,
    requests: usize,
}

impl Stage<'_> {
    fn with_turn<T>(&self, run: impl FnOnce(&Turn<'_>) -> T) -> T {
        let Scene { now, lang, ref limits } = self.scene;
        let session = self.state.world.session(lang);
        run(&Turn {
            limits,
            now,
            lang,
            seed: now.timestamp_micros().unsigned_abs(),
            session: Value::from_json(Json::Object(session)).unwrap_or_default(),
            alone: false,
            expired: &|| self.started.elapsed() > limits.time,
        })
    }

    fn begin(&mut self, text: &str) -> (Machine, Outcome) {
        let text = Value::text(text);
        let inputs = [("message".to_owned(), text.clone()), ("text".to_owned(), text)];
        let step = self.with_turn(|turn| Machine::start(self.program, inputs, turn));
        self.follow(step)
    }

    fn resume(&mut self, machine: Machine, event: Event) -> (Machine, Outcome) {
        let step = self.with_turn(|turn| machine.resume(self.program, event, turn));
        self.follow(step)
    }

    fn follow(&mut self, mut step: Step) -> (Machine, Outcome) {
        loop {
            for effect in step.effects {
                if let Effect::SetSession { name, value } = &effect {
                    self.state.world.session.insert(name.clone(), value.to_json());
                }
                self.actions.push(json!(effect));
            }
            match step.outcome {
                Outcome::Waiting(Waiting::Answer { id, request }) if self.requests < REQUESTS => {
                    self.requests += 1;
                    let result = self.state.world.answer(&request);
                    if let (Request::TransferToHuman(_), Ok(_)) = (&*request, &result) {
                        self.state.world.session.insert("needs_human".to_owned(), json!(true));
                    }
                    let answer = match &result {
                        Ok(value) => json!({"result": value.to_json(), "simulated": true}),
                        Err(error) => json!({"error": error.code}),
                    };
                    self.actions.push(json!({"type": "ask", "request": request, "answer": answer}));
                    step = self.with_turn(|turn| step.machine.resume(self.program, Event::Answer { id, result }, turn));
                }
                outcome => return (step.machine, outcome),
            }
        }
    }

    fn played(mut self, (machine, outcome): (Machine, Outcome)) -> Played {
        let shown = machine.variables(self.program);
        let variables = shown.into_iter().map(|(name, value)| (name.to_owned(), value.to_json())).collect();
        let line = machine.line();
        let (waiting, errors) = match outcome {
            Outcome::Waiting(waiting) => {
                self.state.machine = Some(machine);
                (Some(waiting), Vec::new())
            }
            Outcome::Done(_) => (None, Vec::new()),
            Outcome::Failed(error) => (None, vec![error]),
        };
        Played { state: self.state, actions: self.actions, variables, line, waiting, errors }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basic::compile;

    fn now() -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339("2026-01-15T12:00:00-03:00").unwrap()
    }

    fn said(played: &Played) -> Vec<&str> {
        played
            .actions
            .iter()
            .filter(|action| action["type"] == "say")
            .filter_map(|action| action["text"].as_str())
            .collect()
    }

    #[test]
    fn a_script_is_played_turn_by_turn_with_stand_ins_for_the_world() {
        let source = "REMEMBER \"cor\", \"azul\"\nTALK \"Valor?\"\nHEAR v AS INTEGER\nWAIT 60\n\
                      r = TRANSFER TO HUMAN \"Vendas\"\nTALK r.queue + \" \" + v + \" \" + RECALL(\"cor\")\nx = LLM \"oi\"";
        let program = compile(source, &[]).program.unwrap();
        let scene = Scene { now: now(), lang: Lang::Pt, limits: Limits::default() };
        let play = |state, happening| super::play(&program, state, happening, scene);
        let opened = play(State::default(), Happening::Open);
        assert_eq!((said(&opened), opened.line), (vec!["Valor?"], 3));
        let message = |text: &str| Happening::Message { text: text.into(), payload: None };
        let again = play(opened.state, message("muito"));
        assert!(matches!(again.waiting, Some(Waiting::Hear { failed: 1, .. })));
        let stored: State = serde_json::from_value(json!(again.state)).unwrap();
        let rests = play(stored, message("7"));
        assert!(matches!(rests.waiting, Some(Waiting::Timer { .. })));
        assert_eq!(rests.variables["v"], 7.0);
        let over = play(rests.state, Happening::Timer);
        assert_eq!(said(&over), ["Vendas 7 azul"]);
        assert_eq!((over.errors.len(), &*over.errors[0].code, over.errors[0].line), (1, "not_configured", 7));
        let asked: Vec<_> = over.actions.iter().filter(|action| action["type"] == "ask").collect();
        assert_eq!(
            (&asked[0]["answer"]["simulated"], &asked[2]["answer"]["error"]),
            (&json!(true), &json!("not_configured"))
        );
    }
}
