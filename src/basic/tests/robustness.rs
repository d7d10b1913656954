//! Nothing an author writes or a customer says hurts anybody else.

use std::cell::Cell;
use std::time::Instant;

use proptest::prelude::*;

use super::*;

fn outcome(source: &str, limits: &Limits) -> Outcome {
    let program = program(source);
    turn(limits, |turn| Machine::start(&program, [], turn)).outcome
}

#[test]
fn a_runaway_script_is_stopped_with_the_reason_and_the_line() {
    let limits = Limits::default();
    for (source, code, line) in [
        ("x = 1\nWHILE TRUE\nx = x + 1\nWEND", "limit_statements", 2),
        ("DO\nLOOP", "limit_statements", 1),
        ("a:\nGOTO a", "limit_statements", 2),
        ("FOR i = 1 TO 1000000000\nNEXT", "limit_statements", 1),
        ("CALL f\nSUB f\nCALL f\nEND SUB", "limit_recursion", 3),
        ("s = \"x\"\nWHILE TRUE\ns = s + s\nWEND", "limit_memory", 3),
        ("l = []\nDO\nPUSH l, STRING(300, \"x\")\nLOOP", "limit_memory", 3),
        ("DO\nTALK \"oi\"\nLOOP", "limit_talks", 2),
        ("l = []\nDO\nl = [l]\nLOOP", "too_deep", 3),
        ("ON ERROR RESUME NEXT\nDO\nx = 1\nLOOP", "limit_statements", 2),
        ("f = RANGE(1, 10000000000)", "limit_memory", 1),
    ] {
        let Outcome::Failed(error) = outcome(source, &limits) else { panic!("{source}") };
        assert_eq!((error.code.as_ref(), error.line), (code, line), "{source}");
    }
}

#[test]
fn the_deadline_is_asked_for_while_a_script_is_busy() {
    let program = program("DO\nx = 1\nLOOP");
    let limits = Limits { statements: u64::MAX, ..Limits::default() };
    let looks = Cell::new(0);
    let expired = || {
        looks.set(looks.get() + 1);
        looks.get() > 3
    };
    let turn = Turn {
        limits: &limits,
        now: now(),
        lang: Lang::Pt,
        seed: 1,
        session: Value::Null,
        alone: false,
        expired: &expired,
    };
    let Outcome::Failed(error) = Machine::start(&program, [], &turn).outcome else { panic!("it never ends") };
    assert_eq!(error.code, "limit_time");
}

#[test]
fn depth_of_any_kind_is_an_error_not_a_crash() {
    let deep = 50_000;
    for source in [
        format!("x = {}1{}", "(".repeat(deep), ")".repeat(deep)),
        format!("x = {}1", "-".repeat(deep)),
        format!("x = {}1", "NOT ".repeat(deep)),
        format!("x = 1{}", " + 1".repeat(deep)),
        format!("x = {}", "[".repeat(deep)),
        format!("x = a{}", ".b".repeat(deep)),
        format!("x = {}1", "LEN ".repeat(deep)),
        "IF 1 THEN\n".repeat(deep),
        format!("{}x = 1", "IF 1 THEN ".repeat(deep)),
        "FOR i = 1 TO 2\n".repeat(deep),
        "SUB a\n".repeat(deep),
        "x = {a: ".repeat(deep),
        format!("BEGIN TALK\n{}\nEND TALK", "${a".repeat(deep)),
        format!("x = 2{}", "^2".repeat(deep)),
    ] {
        let compiled = compile(&source, &[]);
        assert!(compiled.diagnostics.iter().any(|found| found.severity == Severity::Error), "{}", &source[..30]);
    }
}

#[test]
fn a_message_nobody_waits_for_changes_nothing() {
    let program = program("WAIT 5\nTALK \"oi\"");
    let limits = Limits::default();
    let step = turn(&limits, |turn| Machine::start(&program, [], turn));
    let message = Event::Message { text: "oi".into(), payload: None, attachments: Vec::new() };
    let step = turn(&limits, |turn| step.machine.resume(&program, message, turn));
    assert!(!step.taken && step.effects.is_empty());
    let step = turn(&limits, |turn| step.machine.resume(&program, Event::Timer, turn));
    assert_eq!(step.outcome, Outcome::Done(Value::Null));
}

#[test]
fn a_session_does_not_go_on_in_another_version() {
    let (old, new) = (program("HEAR x\nTALK x"), program("TALK \"novo\"\nHEAR x\nTALK x"));
    let limits = Limits::default();
    let step = turn(&limits, |turn| Machine::start(&old, [], turn));
    assert_eq!(step.machine.program(), old.fingerprint());
    let message = Event::Message { text: "oi".into(), payload: None, attachments: Vec::new() };
    let step = turn(&limits, |turn| step.machine.resume(&new, message, turn));
    assert!(matches!(step.outcome, Outcome::Failed(error) if error.code == "wrong_version"));
}

/// A script of realistic shape, so many lines long.
fn long_script(lines: usize) -> String {
    let mut source = String::from("total = 0\nnomes = [\"Ana\", \"Rui\", \"Bia\"]\n");
    let block = "FOR EACH nome IN nomes\n  texto = \"Olá \" + UCASE(nome) + \"!\"\n  IF LEN(texto) > 8 AND total < 100 THEN\n    total = total + LEN(texto) * 2\n  ELSE\n    cliente = {\"nome\": nome, \"total\": total}\n  END IF\nNEXT nome\nSELECT CASE total MOD 3\n  CASE 0\n    total = total + 1\n  CASE ELSE\n    total = total - 1\nEND SELECT\n";
    while source.lines().count() < lines {
        source.push_str(block);
    }
    source
}

#[test]
fn scripts_are_read_and_run_in_the_time_promised() {
    let fastest = |run: &mut dyn FnMut()| {
        let times = (0..5).map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        });
        times.min().unwrap()
    };
    let long = long_script(1_000);
    let parse = fastest(&mut || assert!(compile(&long, &[]).program.is_some()));
    let program = program(&long_script(200));
    let limits = Limits::default();
    let run = fastest(&mut || {
        let step = turn(&limits, |turn| Machine::start(&program, [], turn));
        assert!(matches!(step.outcome, Outcome::Done(_)));
    });
    println!("1,000 lines: {parse:?}; a turn of 200 lines: {run:?}");
    // Many times slower without optimisation, and the machine may be busy.
    assert!(parse.as_millis() < 250 && run.as_millis() < 50, "{parse:?} {run:?}");
}

#[test]
fn a_waiting_session_is_small() {
    let program = program("TALK \"Oi\"\nHEAR nome AS NAME\nTALK nome\nHEAR email AS EMAIL\nTALK email");
    let limits = Limits::default();
    let step = turn(&limits, |turn| Machine::start(&program, [], turn));
    let message = Event::Message { text: "Maria da Silva".into(), payload: None, attachments: Vec::new() };
    let step = turn(&limits, |turn| step.machine.resume(&program, message, turn));
    let bytes = serde_json::to_string(&step.machine).unwrap();
    println!("{} bytes: {bytes}", bytes.len());
    assert!(bytes.len() < 200, "{bytes}");
}

/// Pieces from which scripts are put together: most are right, some are not.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "x = 1",
        "y = x + 1",
        "TALK \"oi\" + x",
        "IF x > 1 THEN",
        "ELSE",
        "ELSEIF y THEN",
        "END IF",
        "FOR i = 1 TO 3",
        "FOR EACH z IN [1, \"b\", {a: 2}]",
        "NEXT",
        "WHILE x < 5",
        "WEND",
        "DO",
        "LOOP UNTIL x > 3",
        "x = x + 1",
        "HEAR x",
        "HEAR n AS INTEGER",
        "HEAR m AS \"a\", \"b\"",
        "SUB f(a)",
        "END SUB",
        "CALL f(x)",
        "f 2",
        "RETURN x",
        "END",
        "ON ERROR RESUME NEXT",
        "ON ERROR GOTO fim",
        "fim:",
        "GOTO fim",
        "x = 1 / 0",
        "THROW \"a\"",
        "RESUME NEXT",
        "SELECT CASE x",
        "CASE 1, 2 TO 3",
        "CASE ELSE",
        "END SELECT",
        "EXIT FOR",
        "EXIT",
        "CONTINUE",
        "WAIT 1",
        "x = FIND \"t\", \"a = 1\"",
        "TRANSFER TO HUMAN \"a\"",
        "l = []",
        "PUSH l, x",
        "x = POP l",
        "l[0] = l",
        "m.a.b = 2",
        "BEGIN TALK\nOlá ${x}\nEND TALK",
        "WITH m",
        ".c = 1",
        "END WITH",
        "x = IIF(y, \"a\", NULL)",
        "s = s + s + \"abc\"",
        "TABLE t\na AS TEXT\nEND TABLE",
        "PARAM p AS STRING",
        "(",
        "]",
        "\"",
        "${",
        "x =",
        "END FUNCTION",
        "_",
        ":",
        "é",
        "👍",
    ];
    prop_oneof![9 => proptest::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => ".{0,12}"]
}

/// Runs a script through a few events, stored between turns or not; gives all that came of it.
fn drive(program: &Program, store: bool) -> String {
    let limits = Limits { statements: 2_000, memory: 256 * 1024, ..Limits::default() };
    let mut told = String::new();
    let mut step = turn(&limits, |turn| Machine::start(program, [], turn));
    for round in 0..12 {
        told.push_str(&format!("{:?} {:?}\n", step.effects, step.outcome));
        let event = match &step.outcome {
            Outcome::Waiting(Waiting::Hear { .. }) => {
                let text = ["2", "a", "não sei", "cancelar"][round % 4].to_owned();
                Event::Message { text, payload: None, attachments: Vec::new() }
            }
            Outcome::Waiting(Waiting::Answer { id, .. }) if round % 3 == 0 => {
                Event::Answer { id: *id, result: Err(ScriptError::not_configured("x")) }
            }
            Outcome::Waiting(Waiting::Answer { id, .. }) => Event::Answer { id: *id, result: Ok(Value::text("ok")) },
            Outcome::Waiting(Waiting::Timer { .. } | Waiting::Event { .. }) => Event::Timer,
            Outcome::Done(_) | Outcome::Failed(_) => break,
        };
        let machine = if store { stored(&step.machine) } else { step.machine };
        step = turn(&limits, |turn| machine.resume(program, event, turn));
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_without_panic(source in "(?s).{0,200}") {
        let compiled = compile(&source, &[]);
        for found in &compiled.diagnostics {
            found.render(Lang::Pt);
        }
    }

    #[test]
    fn any_pieces_are_read_and_what_compiles_runs_the_same_stored_or_not(
        pieces in proptest::collection::vec(piece(), 0..30),
    ) {
        let compiled = compile(&pieces.join("\n"), &[]);
        let broken = compiled.diagnostics.iter().any(|found| found.severity == Severity::Error);
        prop_assert_eq!(compiled.program.is_none(), broken);
        if let Some(program) = compiled.program {
            let json = serde_json::to_string(&program).unwrap();
            let read: Program = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(drive(&program, false), drive(&read, true));
        }
    }

    #[test]
    fn scripts_that_are_right_run_the_same_stored_or_not(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "x = 1", "TALK \"oi\" + x", "IF x > 1 THEN\nTALK 1\nELSE\nHEAR y\nEND IF", "FOR EACH z IN [1, 2]\nHEAR x\nTALK z + x\nNEXT",
                "HEAR n AS INTEGER", "HEAR m AS \"a\", \"b\"", "x = f(1) + f(2)", "ON ERROR RESUME NEXT", "x = 1 / 0", "TALK ERROR",
                "x = FIND \"t\", \"a = 1\"", "WAIT 1", "l = [x, 1.5, NULL, {\"a\": x}]", "PUSH l, x", "DO\nx = x & 1\nHEAR w\nLOOP UNTIL LEN(x) > 3",
                "SET SESSION \"a\", x", "TALK session.a", "TALK RND(100)",
            ]),
            0..12,
        ),
    ) {
        let source = format!("{}\nEND\nFUNCTION f(a)\nHEAR b\nTALK b\nRETURN a\nEND FUNCTION", pieces.join("\n"));
        let compiled = compile(&source, &["m", "n", "w", "y", "x", "l"]);
        let program = compiled.program.expect("right");
        prop_assert_eq!(drive(&program, false), drive(&program, true));
    }

    #[test]
    fn a_state_that_was_tampered_with_fails_and_does_not_panic(pc in 0_u32..400, stack in 0_usize..5) {
        let program = program("x = [1, 2]\nFOR i = 1 TO 3\nHEAR y AS INTEGER\nx[0] = f(y)\nNEXT\nFUNCTION f(a)\nRETURN a + 1\nEND FUNCTION");
        let limits = Limits::default();
        let step = turn(&limits, |turn| Machine::start(&program, [], turn));
        let mut state = serde_json::to_value(&step.machine).unwrap();
        state["pc"] = json!(pc);
        state["s"] = json!(vec![1; stack]);
        state["g"] = json!([]);
        let machine: Machine = serde_json::from_value(state).unwrap();
        let message = Event::Message { text: "1".into(), payload: None, attachments: Vec::new() };
        turn(&limits, |turn| machine.resume(&program, message, turn));
    }
}
