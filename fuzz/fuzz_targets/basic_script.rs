//! Any text as a script: its mistakes lie within the text, and what compiles runs, in turns from stored states, without panic.
#![cfg_attr(fuzzing, no_main)]

use attendance::basic::{Event, Limits, Machine, Outcome, Program, ScriptError, Turn, Value, Waiting, compile};
use attendance::clock::Timestamp;
use attendance::lang::Lang;

const ANSWERS: [&str; 5] = ["2", "sim", "amanhã às 10h", "529.982.247-25", "cancelar"];
const TURNS: usize = 8;

fn run(program: &Program) {
    let limits = Limits { statements: 2_000, memory: 256 * 1024, recursion: 32, talks: 20, ..Limits::default() };
    let turn = Turn {
        limits: &limits,
        now: Timestamp::ZERO.to_utc().fixed_offset(),
        lang: Lang::Pt,
        seed: 7,
        session: Value::Null,
        alone: false,
        expired: &|| false,
    };
    let mut step = Machine::start(program, [("message".to_owned(), Value::text("oi"))], &turn);
    for round in 0..TURNS {
        let event = match &step.outcome {
            Outcome::Waiting(Waiting::Hear { .. }) => {
                let text = ANSWERS[round % ANSWERS.len()].to_owned();
                Event::Message { text, payload: None, attachments: Vec::new() }
            }
            Outcome::Waiting(Waiting::Answer { id, .. }) if round % 3 == 0 => {
                Event::Answer { id: *id, result: Err(ScriptError::not_configured("x")) }
            }
            Outcome::Waiting(Waiting::Answer { id, .. }) => Event::Answer { id: *id, result: Ok(Value::text("ok")) },
            Outcome::Waiting(Waiting::Timer { .. } | Waiting::Event { .. }) => Event::Timer,
            Outcome::Done(_) | Outcome::Failed(_) => return,
        };
        let stored = serde_json::to_string(&step.machine).expect("a state can be stored");
        let machine: Machine = serde_json::from_str(&stored).expect("a stored state can be read");
        step = machine.resume(program, event, &turn);
    }
}

attendance_fuzz::target!(
    seeds: &[
        "TALK \"Olá \" + session.user_name\nHEAR n AS INTEGER\nIF n > 1 AND NOT n = 3 THEN TALK n * 2 ELSE FAIL\nx = [1, {a: 2}]\nPUSH x, n\nTALK x[0].a",
        "FOR EACH item IN [1, \"b\", NULL]\nSELECT CASE item\nCASE 1, 2 TO 3\nCONTINUE\nCASE ELSE\nTALK FORMAT(NOW, \"dd/MM\")\nEND SELECT\nNEXT\nDO\ni = i + 1\nLOOP UNTIL i >= 3",
        "ON ERROR GOTO fim\nr = TRANSFER TO HUMAN \"vendas\", \"high\"\nx = FIND \"leads\", \"nome = ? and valor > 3\", r.queue\nTHROW {code: \"a\"}\nfim:\nTALK ERROR.code\nRESUME NEXT\nFUNCTION f(a)\nDIM b\nRETURN f(a - 1)\nEND FUNCTION",
        "PARAM x AS INTEGER LIKE 1 DESCRIPTION \"y\"\nSET SCHEDULE \"dias úteis às 8h\"\nTABLE t\na AS TEXT KEY\nEND TABLE\nBEGIN TALK\n${x + 1} oi\nEND TALK\nWITH m\n.a = WAIT FOR EVENT \"e\" TIMEOUT 5\nEND WITH\nHEAR y AS \"a\", \"b\"",
    ],
    corpus: None,
    |bytes| {
        let text = attendance_fuzz::text(bytes);
        let compiled = compile(&text, &[]);
        let lines = text.split('\n').count();
        for found in &compiled.diagnostics {
            let (line, column) = (found.line as usize, found.column as usize);
            assert!((1..=lines).contains(&line), "line {line} of {lines}");
            assert!((1..=found.source.chars().count() + 1).contains(&column), "column {column} of {:?}", found.source);
            assert!(text.split('\n').nth(line - 1).is_some_and(|written| written.starts_with(found.source.trim_end_matches('\r'))));
            found.render(Lang::En);
        }
        if let Some(program) = compiled.program {
            run(&program);
        }
    }
);
