//! The language of the bots, without a database: `cargo bench --bench basic`. Rhai is here only to compare with.

#![expect(clippy::unwrap_used, reason = "a benchmark fails where it stands")]

use std::hint::black_box;

use attendance::basic::{Event, Limits, Machine, Outcome, Program, Step, Turn, Value, Waiting, compile};
use attendance::lang::Lang;
use chrono::DateTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// What bots do between two messages, so many lines of it.
fn script(lines: usize) -> String {
    const BLOCK: &str = r#"FOR EACH name IN names
  text = "Hello " + UCASE(name) + "!"
  IF LEN(text) > 8 AND total < 100 THEN
    total = total + LEN(text) * 2
  ELSE
    client = {"name": name, "total": total}
  END IF
NEXT name
SELECT CASE total MOD 3
  CASE 0
    total = total + 1
  CASE ELSE
    total = total - 1
END SELECT
"#;
    let mut source = "total = 0\nnames = [\"Ana\", \"Rui\", \"Bia\"]\n".to_owned();
    let blocks = (lines - source.lines().count()).div_ceil(BLOCK.lines().count());
    source.push_str(&BLOCK.repeat(blocks));
    source
}

/// Collatz sequences, for their mix of loops, conditions, arithmetic, calls and lists.
const LOOPS: &str = r#"
total = 0
names = []
FOR i = 1 TO 2000
  n = i
  steps = 0
  WHILE n <> 1 AND steps < 30
    IF n MOD 2 = 0 THEN
      n = n / 2
    ELSE
      n = n * 3 + 1
    END IF
    steps = steps + 1
  WEND
  total = total + weight(steps, i)
  IF i MOD 100 = 0 THEN PUSH names, "n" + i
NEXT
RETURN total + LEN(names)

FUNCTION weight(steps, i)
  IF steps > 20 THEN RETURN steps * 2
  RETURN steps + i MOD 7
END FUNCTION
"#;

const LOOPS_IN_RHAI: &str = r#"
fn weight(steps, i) {
  if steps > 20 { return steps * 2; }
  steps + i % 7
}
let total = 0;
let names = [];
for i in 1..=2000 {
  let n = i;
  let steps = 0;
  while n != 1 && steps < 30 {
    if n % 2 == 0 {
      n = n / 2;
    } else {
      n = n * 3 + 1;
    }
    steps = steps + 1;
  }
  total = total + weight(steps, i);
  if i % 100 == 0 { names.push("n" + i); }
}
total + names.len()
"#;

const QUESTIONS: &str = r#"
TALK "Hello!"
HEAR client.name AS NAME
TALK "And your e-mail?"
HEAR client.email AS EMAIL
plans = ["Basic", "Family", "Business"]
TALK "Which plan, " + client.name + "?"
HEAR plan AS plans
"#;

fn program(source: &str) -> Program {
    compile(source, &[]).program.unwrap()
}

fn turn<T>(limits: &Limits, run: impl FnOnce(&Turn<'_>) -> T) -> T {
    let now = DateTime::parse_from_rfc3339("2026-01-15T12:00:00-03:00").unwrap();
    run(&Turn { limits, now, lang: Lang::En, seed: 7, session: Value::Null, alone: false, expired: &|| false })
}

fn begin(program: &Program, limits: &Limits) -> Step {
    turn(limits, |turn| Machine::start(program, [], turn))
}

fn answer(program: &Program, machine: Machine, text: &str) -> Step {
    let message = Event::Message { text: text.to_owned(), payload: None, attachments: Vec::new() };
    turn(&Limits::default(), |turn| machine.resume(program, message, turn))
}

fn reading(c: &mut Criterion) {
    let source = script(1_000);
    let mut group = c.benchmark_group("basic");
    group.throughput(Throughput::Elements(source.lines().count() as u64));
    group.bench_function("read and compile 1,000 lines", |b| b.iter(|| program(black_box(&source))));
}

fn running(c: &mut Criterion) {
    let limits = Limits::default();
    let two_hundred = program(&script(200));
    assert!(matches!(begin(&two_hundred, &limits).outcome, Outcome::Done(_)));
    c.bench_function("basic: a turn of 200 lines", |b| b.iter(|| begin(black_box(&two_hundred), &limits)));

    let limits = Limits { statements: u64::MAX, ..limits };
    let loops = program(LOOPS);
    let rhai = rhai::Engine::new();
    let ast = rhai.compile(LOOPS_IN_RHAI).unwrap();
    let Outcome::Done(ours) = begin(&loops, &limits).outcome else { panic!("the loops end") };
    let theirs: i64 = rhai.eval_ast(&ast).unwrap();
    assert_eq!(ours, Value::Number(theirs as f64));
    c.bench_function("loops: ours", |b| b.iter(|| begin(black_box(&loops), &limits)));
    c.bench_function("loops: rhai", |b| b.iter(|| rhai.eval_ast::<i64>(black_box(&ast)).unwrap()));
}

fn waiting(c: &mut Criterion) {
    let questions = program(QUESTIONS);
    let begun = begin(&questions, &Limits::default());
    let named = answer(&questions, begun.machine, "Maria da Silva");
    let asked = answer(&questions, named.machine, "maria@example.com");
    assert!(matches!(asked.outcome, Outcome::Waiting(Waiting::Hear { .. })));
    let state = serde_json::to_string(&asked.machine).unwrap();
    println!("basic: a waiting session is {} bytes: {state}", state.len());
    let resume = |state: &str| {
        let step = answer(&questions, serde_json::from_str(state).unwrap(), "nothing of that");
        serde_json::to_string(&step.machine).unwrap()
    };
    c.bench_function("basic: read a waiting session, a turn of it, write it", |b| b.iter(|| resume(black_box(&state))));

    let states = vec![state; 10_000];
    println!("basic: 10,000 waiting sessions are {} KB", states.iter().map(String::len).sum::<usize>() / 1_024);
    c.bench_function("basic: a turn of each of 10,000 waiting sessions", |b| {
        b.iter(|| states.iter().map(|state| resume(state).len()).sum::<usize>());
    });
}

criterion_group!(benches, reading, running, waiting);
criterion_main!(benches);
