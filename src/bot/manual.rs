//! The manual of the language (`docs/basic.md`, `docs/basic.pt-BR.md`) held against the language: every example is
//! compiled and played, and says what the page says; every word of the language has one.
//!
//! Of a page it reads blocks of ```` ```basic ````, each followed by the ```` ```dialogue ```` it leads to where it has
//! one, and `` `expression` → `text` ``. A dialogue: `> text` is the customer's, `< text` the bot's, in one line and with its
//! buttons as `[a | b]`, `(image) url` what it sends; `error code` is how it fails.

use chrono::DateTime;

use super::rehearsal::{Happening, Scene, State, play};
use crate::basic::keywords::TABLE;
use crate::basic::{Limits, Program, Waiting, compile, functions};
use crate::lang::Lang;

const PAGES: [(Lang, &str); 2] =
    [(Lang::En, include_str!("../../docs/basic.md")), (Lang::Pt, include_str!("../../docs/basic.pt-BR.md"))];

/// Rests and events in a row that a dialogue lets pass.
const RESTS: usize = 10;

struct Example {
    /// Of the page.
    line: usize,
    source: String,
    dialogue: Option<String>,
}

/// The blocks of a page in their order: language, line and content.
fn blocks(page: &str) -> Vec<(&str, usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize, String)> = None;
    for (index, line) in page.lines().enumerate() {
        match (open.take(), line.strip_prefix("```")) {
            (Some(block), Some(_)) => blocks.push(block),
            (Some((language, at, text)), None) => open = Some((language, at, text + line + "\n")),
            (None, Some(language)) => open = Some((language, index + 1, String::new())),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for (language, line, text) in blocks(page) {
        match language {
            "basic" => examples.push(Example { line, source: text, dialogue: None }),
            "dialogue" => {
                let example = examples.last_mut().filter(|example| example.dialogue.is_none());
                example.unwrap_or_else(|| panic!("line {line}: a dialogue without a script")).dialogue = Some(text);
            }
            other => panic!("line {line}: what is {other:?}?"),
        }
    }
    examples
}

/// `` `expression` → `text` ``, with the line of each.
fn equations(page: &str) -> Vec<(usize, &str, &str)> {
    let lines = page.lines().enumerate();
    lines
        .flat_map(|(index, line)| {
            let parts: Vec<&str> = line.split('`').collect();
            let found: Vec<_> = parts
                .windows(3)
                .filter(|window| window[1].trim() == "→")
                .map(|window| (index + 1, window[0], window[2]))
                .collect();
            found
        })
        .collect()
}

/// Thursday, 15 January 2026, noon in São Paulo.
fn scene(lang: Lang) -> Scene {
    let now = DateTime::parse_from_rfc3339("2026-01-15T12:00:00-03:00").unwrap();
    Scene { now, lang, limits: Limits::default() }
}

/// The program of a source without a single remark. Errors: the remarks.
fn program(lang: Lang, source: &str) -> Result<Program, String> {
    let compiled = compile(source, &[]);
    let told: Vec<String> = compiled.diagnostics.iter().map(|found| found.render(lang)).collect();
    compiled.program.filter(|_| told.is_empty()).ok_or_else(|| told.join("\n"))
}

/// What the bot says when this happens, line by line, and what is left of it.
fn turn(program: &Program, lang: Lang, state: State, happening: Happening) -> (Vec<String>, State) {
    let mut played = play(program, state, happening, scene(lang));
    let mut said = Vec::new();
    for _ in 0..RESTS {
        for action in &played.actions {
            let text = |name: &str| action[name].as_str().unwrap_or_default();
            let shown = match text("type") {
                "say" => {
                    let labels = action["choices"].as_array().into_iter().flatten();
                    let labels: Vec<&str> = labels.filter_map(|choice| choice["label"].as_str()).collect();
                    let buttons = if labels.is_empty() { String::new() } else { format!(" [{}]", labels.join(" | ")) };
                    format!("< {}{buttons}", text("text"))
                }
                "media" => format!("< ({}) {} {}", text("kind"), text("url"), text("caption")),
                _ => continue,
            };
            said.push(shown.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        said.extend(played.errors.iter().map(|error| format!("error {}", error.code)));
        if !matches!(played.waiting, Some(Waiting::Timer { .. } | Waiting::Event { timeout: Some(_), .. })) {
            break;
        }
        played = play(program, played.state, Happening::Timer, scene(lang));
    }
    (said, played.state)
}

/// Errors: what is not as the page says.
fn check(lang: Lang, example: &Example) -> Result<(), String> {
    let program = program(lang, &example.source)?;
    let (mut said, mut state) = turn(&program, lang, State::default(), Happening::Open);
    let Some(dialogue) = &example.dialogue else {
        let failed = said.iter().find(|line| line.starts_with("error "));
        return failed.map_or(Ok(()), |error| Err(error.clone()));
    };
    let compare = |said: &[String], expected: &[&str]| {
        if said == expected { Ok(()) } else { Err(format!("it says {said:#?}, not {expected:#?}")) }
    };
    let mut expected = Vec::new();
    for line in dialogue.lines().filter(|line| !line.trim().is_empty()) {
        let Some(text) = line.strip_prefix("> ") else {
            expected.push(line);
            continue;
        };
        compare(&said, &expected)?;
        expected.clear();
        (said, state) = turn(&program, lang, state, Happening::Message { text: text.to_owned(), payload: None });
    }
    compare(&said, &expected)
}

#[test]
fn every_example_of_the_manual_runs_and_says_what_the_page_says() {
    for (lang, page) in PAGES {
        let examples = examples(page);
        assert!(examples.len() > 15);
        let wrong =
            |example: &Example| check(lang, example).err().map(|wrong| format!("line {}: {wrong}", example.line));
        let wrong: Vec<String> = examples.iter().filter_map(wrong).collect();
        assert!(wrong.is_empty(), "{lang:?}\n{}", wrong.join("\n"));
    }
}

#[test]
fn every_result_of_the_manual_is_what_the_expression_gives() {
    for (lang, page) in PAGES {
        let equations = equations(page);
        assert!(equations.len() > 80);
        let wrong = |(line, expression, result): &(usize, &str, &str)| {
            let said = program(lang, &format!("TALK {expression}"))
                .map(|program| turn(&program, lang, State::default(), Happening::Open).0.join(" "));
            (said != Ok(format!("< {result}")))
                .then(|| format!("line {line}: {expression} gives {said:?}, not {result}"))
        };
        let wrong: Vec<String> = equations.iter().filter_map(wrong).collect();
        assert!(wrong.is_empty(), "{lang:?}\n{}", wrong.join("\n"));
    }
}

/// Every word of the language stands in an example, so that it has been tried.
#[test]
fn every_statement_and_function_has_an_example_in_both_languages() {
    for (lang, page) in PAGES {
        let sources = examples(page).into_iter().map(|example| example.source);
        let expressions = equations(page).into_iter().map(|(_, expression, _)| expression.to_owned());
        let used: Vec<String> = sources.chain(expressions).map(|text| outside_quotes(&text)).collect();
        let names = TABLE.all.iter().map(|keyword| keyword.name);
        let names = names.chain(functions::ALL.iter().map(|function| function.name));
        let missing: Vec<&str> =
            names.filter(|name| !used.iter().any(|text| text.contains(&format!(" {name} ")))).collect();
        assert!(missing.is_empty(), "without an example in {lang:?}: {missing:?}");
    }
}

/// The words of a source between single spaces, with neither texts in quotes nor comments.
fn outside_quotes(source: &str) -> String {
    let lines = source.lines().map(|line| {
        let code: String = line.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        code.split('\'').next().unwrap_or_default().to_owned()
    });
    let code = lines.collect::<Vec<_>>().join("\n");
    let words: Vec<&str> = code.split(|sign: char| !(sign.is_alphanumeric() || sign == '_')).collect();
    format!(" {} ", words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}
