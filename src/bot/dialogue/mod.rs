//! Dialogues: what a customer says and a bot answers, as texts that people write to hold a bot to it (docs/bot-tests.md).
//! Pure: here a file is read, in [`play`] it is held against a bot.

use std::time::Duration;

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};
use serde_json::{Map, Value as Json};

use super::world::{Answer, Pattern};
use crate::basic::Message;
use crate::basic::diagnostics::message;
use crate::text;

mod play;

pub use play::{Failure, play};

/// What the name of a file ends with.
pub const EXTENSION: &str = "dialog";

/// One conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Dialogue {
    /// Of its title; of its first line without one.
    pub line: usize,
    pub title: String,
    /// The file of the script, when it names one.
    pub script: Option<String>,
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub number: usize,
    /// As written.
    pub text: String,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Given(Given),
    /// The customer writes.
    Says(String),
    /// The customer sends a file.
    Sends {
        kind: String,
        url: String,
    },
    /// Time passes.
    Later(Duration),
    /// The person who took over has finished.
    Resolved,
    /// Something is published that the script waits for.
    Event {
        name: String,
        data: Json,
    },
    Expected(Expected),
}

/// How the world is.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    Hour(NaiveTime),
    Day(NaiveDate),
    /// A value of the session.
    Session {
        name: String,
        value: Json,
    },
    /// A variable that a script which runs by itself begins with: a field of its event, or of its webhook's body.
    Input {
        name: String,
        value: Json,
    },
    /// What REMEMBER kept.
    Remembered {
        name: String,
        value: Json,
    },
    Row {
        table: String,
        row: Map<String, Json>,
    },
    Answer(Answer),
}

/// What must come. Texts may have `*` for any text.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    Message(String),
    /// Any number of messages, up to the next that is expected.
    Messages,
    /// Queue, priority and reason, as far as they are named.
    Transfer(Vec<String>),
    Failed,
    Error(String),
    Request(Pattern),
    /// That nothing of this kind was asked for.
    Never(Pattern),
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    pub line: usize,
    pub message: Message,
}

/// Values of the session that are texts even when they look like numbers.
const TEXTS: [&str; 11] = [
    "attendant_id",
    "bot",
    "channel",
    "email",
    "language",
    "phone",
    "queue",
    "session_id",
    "tier",
    "user_id",
    "user_name",
];
/// Other values of the session.
const OTHERS: [&str; 3] = ["priority", "queue_position", "tags"];
/// The day that dialogues play on, unless they say another: a Thursday.
pub const DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 15).expect("a day of the calendar");
/// And the hour.
pub const HOUR: NaiveTime = NaiveTime::from_hms_opt(12, 0, 0).expect("an hour of the day");

const DIRECTIVES: [&str; 16] = [
    "answer",
    "day",
    "does",
    "error",
    "event",
    "failed",
    "given",
    "hour",
    "input",
    "later",
    "never",
    "remembered",
    "resolved",
    "row",
    "script",
    "transfer",
];

/// Reads a file. What stands before the first title holds for all its dialogues.
pub fn parse(source: &str) -> Result<Vec<Dialogue>, Vec<Mistake>> {
    let mut dialogues: Vec<Dialogue> = Vec::new();
    let (mut common, mut script): (Vec<Line>, Option<String>) = (Vec::new(), None);
    let mut mistakes = Vec::new();
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    for (number, text) in (1..).zip(source.lines()).map(|(number, text)| (number, text.trim())) {
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(title) = text.strip_prefix("==") {
            let title = title.trim_matches(['=', ' ']).to_owned();
            dialogues.push(Dialogue { line: number, title, script: script.clone(), lines: common.clone() });
            continue;
        }
        if let Some(name) = text.strip_prefix("script ") {
            let slot = dialogues.last_mut().map_or(&mut script, |dialogue| &mut dialogue.script);
            *slot = Some(name.trim().to_owned());
            continue;
        }
        match directive(text) {
            Ok(what) => {
                let talks = !matches!(what, What::Given(_));
                let line = Line { number, text: text.to_owned(), what };
                match dialogues.last_mut() {
                    Some(dialogue) => dialogue.lines.push(line),
                    // A file of one dialogue needs no title.
                    None if talks => {
                        let mut lines = std::mem::take(&mut common);
                        lines.push(line);
                        dialogues.push(Dialogue { line: number, title: String::new(), script: script.clone(), lines });
                    }
                    None => common.push(line),
                }
            }
            Err(message) => mistakes.push(Mistake { line: number, message }),
        }
    }
    for dialogue in &dialogues {
        if dialogue.lines.iter().all(|line| !matches!(line.what, What::Expected(_))) {
            let message = message!("este diálogo não espera nada do bot", "this dialogue expects nothing of the bot");
            mistakes.push(Mistake { line: dialogue.line, message });
        }
    }
    if dialogues.is_empty() && mistakes.is_empty() {
        mistakes.push(Mistake { line: 1, message: message!("não há diálogo aqui", "there is no dialogue here") });
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    if mistakes.is_empty() { Ok(dialogues) } else { Err(mistakes) }
}

fn directive(line: &str) -> Result<What, Message> {
    if let Some(text) = line.strip_prefix('>') {
        return Ok(customer(text.trim()));
    }
    if let Some(text) = line.strip_prefix('<') {
        let text = super::stage::one_line(text);
        return Ok(What::Expected(if text == "..." || text == "…" {
            Expected::Messages
        } else {
            Expected::Message(text)
        }));
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let needs = |what: fn(&str) -> Result<What, Message>| {
        if rest.is_empty() {
            return Err(message!("falta algo depois de {word}", "something is missing after {word}"));
        }
        what(rest)
    };
    match word {
        "given" => needs(fact),
        "hour" => needs(hour),
        "day" => needs(day),
        "input" => needs(|text| {
            let (name, value) = named(text);
            Ok(What::Given(Given::Input { name, value }))
        }),
        "remembered" => needs(|text| {
            let (name, value) = named(text);
            Ok(What::Given(Given::Remembered { name, value }))
        }),
        "event" => needs(|text| {
            let (name, data) = named(text);
            Ok(What::Event { name, data })
        }),
        "row" => needs(row),
        "answer" => needs(answer),
        "later" => needs(|span| Ok(What::Later(later(span)?))),
        "transfer" => {
            let parts = rest.splitn(3, ',').map(super::stage::one_line).collect();
            Ok(What::Expected(Expected::Transfer(parts)))
        }
        "error" => needs(|code| Ok(What::Expected(Expected::Error(code.to_owned())))),
        "does" => needs(|text| Ok(What::Expected(Expected::Request(pattern(text)?)))),
        "never" => needs(|text| Ok(What::Expected(Expected::Never(pattern(text)?)))),
        "failed" if rest.is_empty() => Ok(What::Expected(Expected::Failed)),
        "resolved" if rest.is_empty() => Ok(What::Resolved),
        _ => {
            let near = text::nearest(DIRECTIVES, word);
            let hint = |ask: &str| near.first().map(|near| format!(" ({ask} {near}?)")).unwrap_or_default();
            let (pt, en) = (hint("você quis dizer"), hint("did you mean"));
            Err(message!(
                "não conheço \"{word}\"{pt}; o cliente fala com >, o bot com <",
                "I do not know \"{word}\"{en}; the customer speaks with >, the bot with <"
            ))
        }
    }
}

/// `> (image) https://…` is a file, the rest are words.
fn customer(text: &str) -> What {
    let sent = text.strip_prefix('(').and_then(|text| text.split_once(')')).filter(|(kind, url)| {
        matches!(*kind, "image" | "file" | "audio" | "video") && url.trim_start().starts_with("http")
    });
    match sent {
        Some((kind, url)) => What::Sends { kind: kind.to_owned(), url: url.trim().to_owned() },
        None => What::Says(text.to_owned()),
    }
}

fn fact(text: &str) -> Result<What, Message> {
    let (name, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (own, value) = (name.strip_prefix("session."), value.trim());
    let name = own.unwrap_or(name).to_owned();
    let value = if TEXTS.contains(&&*name) {
        Json::from(value)
    } else if own.is_some() || OTHERS.contains(&&*name) {
        loose(value)
    } else {
        let near = text::nearest(TEXTS.into_iter().chain(OTHERS), &name).first().map_or("session.x", |near| *near);
        return Err(message!(
            "a conversa não tem \"{name}\"; talvez {near}, ou session.{name} para uma variável do script",
            "a conversation has no \"{name}\"; maybe {near}, or session.{name} for a variable of the script"
        ));
    };
    Ok(What::Given(Given::Session { name, value }))
}

/// JSON, or a text as it is.
fn loose(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn hour(text: &str) -> Result<What, Message> {
    let hour = NaiveTime::parse_from_str(text, "%H:%M");
    let hour = hour.map_err(|_| message!("{text} não é uma hora como 22:30", "{text} is not an hour such as 22:30"))?;
    Ok(What::Given(Given::Hour(hour)))
}

/// A date, or a day of the week: the next one after [`DAY`].
fn day(text: &str) -> Result<What, Message> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().or_else(|| {
        let weekday: Weekday = text.parse().ok()?;
        let ahead = (7 + weekday.num_days_from_monday() - DAY.weekday().num_days_from_monday()) % 7;
        DAY.checked_add_days(Days::new(ahead.into()))
    });
    let wrong = || {
        message!(
            "{text} não é um dia como saturday ou 2026-01-17",
            "{text} is not a day such as saturday or 2026-01-17"
        )
    };
    Ok(What::Given(Given::Day(date.ok_or_else(wrong)?)))
}

/// A name and a value, which may be left out.
fn named(text: &str) -> (String, Json) {
    let (name, value) = text.split_once(char::is_whitespace).unwrap_or((text, "null"));
    (name.to_lowercase(), loose(value.trim()))
}

fn row(text: &str) -> Result<What, Message> {
    let (table, json) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let row = serde_json::from_str::<Map<String, Json>>(json);
    let row = row.map_err(|error| {
        message!(
            "a linha de {table} precisa ser um mapa como {{\"nome\": \"Ana\"}}: {error}",
            "the row of {table} must be a map such as {{\"name\": \"Ana\"}}: {error}"
        )
    })?;
    Ok(What::Given(Given::Row { table: table.to_owned(), row }))
}

/// `answer GET https://… -> {"a": 1}`; `-> !code` for an error.
fn answer(text: &str) -> Result<What, Message> {
    let Some((asked, told)) = text.split_once("->") else {
        return Err(message!("falta -> e a resposta", "-> and the answer are missing"));
    };
    let told = told.trim();
    let result = match told.strip_prefix('!') {
        Some(code) => Err(code.trim().to_owned()),
        None => Ok(serde_json::from_str(told).map_err(|error| {
            message!(
                "a resposta precisa ser JSON (texto entre aspas), ou !codigo: {error}",
                "the answer must be JSON (texts in quotes), or !code: {error}"
            )
        })?),
    };
    Ok(What::Given(Given::Answer(Answer { to: pattern(asked)?, result })))
}

fn pattern(text: &str) -> Result<Pattern, Message> {
    text.parse().map_err(|()| {
        let text = text.trim();
        message!("não conheço o comando {text}", "I do not know the statement {text}")
    })
}

/// `2 hours`.
pub fn later(text: &str) -> Result<Duration, Message> {
    let wrong = || message!("{text} não é um tempo como 2 hours", "{text} is not a time such as 2 hours");
    let (count, unit) = text.split_once(char::is_whitespace).ok_or_else(wrong)?;
    let seconds = match unit.trim().trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return Err(wrong()),
    };
    let count: u32 = count.parse().map_err(|_| wrong())?;
    Ok(Duration::from_secs(u64::from(count) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_before_the_first_title_hold_for_all() {
        let source = "# recepção\nscript outro.bas\ngiven channel web\n\n== Um\nhour 22:30\n> oi\n< Olá!\n== Dois ==\nscript start.bas\n> oi\n< ...";
        let found = parse(source).unwrap();
        let told: Vec<_> =
            found.iter().map(|one| (one.line, &*one.title, one.script.as_deref(), one.lines.len())).collect();
        assert_eq!(told, [(5, "Um", Some("outro.bas"), 4), (9, "Dois", Some("start.bas"), 3)]);
        assert_eq!(found[1].lines[2].what, What::Expected(Expected::Messages));
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        for (line, said) in [
            ("transfr Suporte", "did you mean transfer?"),
            ("oi", "I do not know \"oi\""),
            ("given nome Ana", "a conversation has no \"nome\""),
            ("given", "something is missing after given"),
            ("hour 25:00", "not an hour"),
            ("day ontem", "not a day"),
            ("row pedidos [1]", "must be a map"),
            ("answer GET x", "-> and the answer are missing"),
            ("answer DANCE x -> 1", "I do not know the statement DANCE x"),
            ("answer GET x -> oi", "must be JSON"),
            ("does nothing", "I do not know the statement nothing"),
            ("later 2 moons", "not a time"),
            ("failed twice", "I do not know \"failed\""),
        ] {
            let found = parse(&format!("> oi\n< Olá\n{line}\n")).unwrap_err();
            let [mistake] = found.as_slice() else { panic!("{line}: {found:?}") };
            assert_eq!(mistake.line, 3);
            assert!(mistake.message.en.contains(said), "{line}: {}", mistake.message.en);
        }
        let found = parse("== Um\n> oi\n== Dois\n> oi\n< oi\nx\n").unwrap_err();
        assert_eq!(found.iter().map(|mistake| mistake.line).collect::<Vec<_>>(), [1, 6]);
        assert_eq!(parse("# nada\n").unwrap_err().len(), 1);
    }

    #[test]
    fn days_and_values_are_read_as_they_are_meant() {
        let what = |line: &str| directive(line).unwrap();
        let date = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap();
        assert_eq!(what("day saturday"), What::Given(Given::Day(date("2026-01-17"))));
        assert_eq!(what("day thursday"), What::Given(Given::Day(DAY)));
        assert_eq!(what("day 2026-12-25"), What::Given(Given::Day(date("2026-12-25"))));
        let session = |name: &str, value: Json| What::Given(Given::Session { name: name.to_owned(), value });
        assert_eq!(what("given phone 5511987650001"), session("phone", "5511987650001".into()));
        assert_eq!(what("given session.total 3"), session("total", 3.into()));
        assert_eq!(what("given tags [\"vip\"]"), session("tags", serde_json::json!(["vip"])));
        assert_eq!(
            what("> (image) https://a.b/c.jpg"),
            What::Sends { kind: "image".into(), url: "https://a.b/c.jpg".into() }
        );
        assert_eq!(what("> (image) bonita"), What::Says("(image) bonita".into()));
        assert_eq!(what("later 1 day"), What::Later(Duration::from_secs(86_400)));
    }
}
