//! Holds a bot to a dialogue. What the customer sees must come exactly as written; failed turns and requests are looked
//! for where they are named.

use std::collections::VecDeque;

use chrono::{NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

use super::{DAY, Dialogue, Expected, Given, HOUR, What};
use crate::basic::diagnostics::message;
use crate::basic::hear::Attachment;
use crate::basic::{Message, Waiting};
use crate::bot::Said;
use crate::bot::stage::{Cast, Seen, Stage, one_line};
use crate::bot::world::World;
use crate::channels::adapter::Kind;
use crate::clock::Timestamp;
use crate::queues::Priority;

/// Where a bot left its dialogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Of the dialogue's file.
    pub line: usize,
    pub why: Message,
    /// What was said and done before, in the form of a dialogue.
    pub before: Vec<String>,
}

/// Plays a dialogue to its end. `world` has what all dialogues of the bot share.
pub fn play(cast: &Cast, world: World, dialogue: &Dialogue) -> Result<(), Failure> {
    let mut player = Player {
        stage: Stage::new(cast, world.strict(), moment(cast.zone, DAY.and_time(HOUR))),
        zone: cast.zone,
        seen: VecDeque::new(),
        skipping: false,
        begun: false,
        before: Vec::new(),
    };
    let outcome = dialogue.lines.iter().try_for_each(|line| {
        player.line(&line.what).map_err(|why| (line.number, why))?;
        if !matches!(line.what, What::Given(_) | What::Expected(_)) {
            player.before.push(line.text.clone());
        }
        Ok(())
    });
    let last = dialogue.lines.last().map_or(dialogue.line, |line| line.number);
    let outcome = outcome.and_then(|()| player.nothing_else().map_err(|why| (last, why)));
    outcome.map_err(|(line, why)| Failure { line, why, before: player.before })
}

/// The instant of a local time; of one that the clocks skip, an hour later.
fn moment(zone: Tz, local: NaiveDateTime) -> Timestamp {
    let found = zone.from_local_datetime(&local).earliest();
    let found = found.or_else(|| zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest());
    found.map_or(Timestamp::ZERO, |at| Timestamp::from_micros(at.timestamp_micros()))
}

struct Player<'a> {
    stage: Stage<'a>,
    zone: Tz,
    /// Came, and nobody has expected it yet.
    seen: VecDeque<Seen>,
    /// `< ...`: messages may be skipped.
    skipping: bool,
    begun: bool,
    before: Vec<String>,
}

impl Player<'_> {
    fn line(&mut self, what: &What) -> Result<(), Message> {
        match what {
            What::Given(given) => self.given(given),
            What::Says(text) => self.customer(Said::text(text.clone()))?,
            What::Sends { kind, url } => {
                let kind_of = |name: &str| match name {
                    "image" => (Kind::Image, "image/jpeg"),
                    "audio" => (Kind::Audio, "audio/ogg"),
                    "video" => (Kind::Video, "video/mp4"),
                    _ => (Kind::Document, "application/pdf"),
                };
                let (kind, mime) = kind_of(kind);
                let name = url.rsplit('/').next().map(str::to_owned);
                let file = Attachment { url: url.clone(), mime: mime.to_owned(), name, size: None };
                self.customer(Said { files: vec![file], kind, ..Said::text("") })?;
            }
            What::Later(span) => {
                self.nothing_else()?;
                let seen = self.stage.passes(*span);
                self.came(seen);
            }
            What::Resolved => {
                self.nothing_else()?;
                if !self.stage.with_person() {
                    return Err(message!("a conversa está com o bot", "the bot has the conversation"));
                }
                let seen = self.stage.resolved();
                self.came(seen);
            }
            What::Event { name, data } => {
                self.nothing_else()?;
                let published = self.stage.published(name, data.clone());
                let not_waiting =
                    || message!("o script não espera o evento {name}", "the script does not wait for the event {name}");
                self.came(published.ok_or_else(not_waiting)?);
            }
            What::Expected(expected) => {
                if !std::mem::replace(&mut self.begun, true) {
                    let seen = self.stage.open();
                    self.came(seen);
                }
                self.expect(expected)?;
            }
        }
        Ok(())
    }

    fn given(&mut self, given: &Given) {
        let stage = &mut self.stage;
        let local = stage.now.to_utc().with_timezone(&self.zone).naive_local();
        match given.clone() {
            Given::Hour(hour) => stage.now = moment(self.zone, local.date().and_time(hour)),
            Given::Day(day) => stage.now = moment(self.zone, day.and_time(local.time())),
            Given::Session { name, value } => {
                stage.world.session.insert(name, value);
            }
            Given::Input { name, value } => {
                stage.world.inputs.insert(name, value);
            }
            Given::Remembered { name, value } => {
                stage.world.memory.insert(name, value);
            }
            Given::Row { table, row } => {
                stage.world.add(&table, row);
            }
            Given::Answer(answer) => stage.world.prepare(answer),
        }
    }

    fn customer(&mut self, said: Said) -> Result<(), Message> {
        self.nothing_else()?;
        self.begun = true;
        if self.stage.is_alone() {
            return Err(message!(
                "este script roda sozinho, sem conversa: não há cliente para escrever",
                "this script runs by itself, without a conversation: there is no customer to write"
            ));
        }
        if self.stage.with_person() {
            return Err(message!(
                "uma pessoa está com a conversa, o bot não responde; falta a linha resolved?",
                "a person has the conversation, the bot does not answer; is the line resolved missing?"
            ));
        }
        let seen = self.stage.hears(said);
        self.came(seen);
        Ok(())
    }

    fn came(&mut self, seen: Vec<Seen>) {
        self.seen.extend(seen);
        self.skipping = false;
    }

    /// Whether nobody has to expect it here.
    fn passes(&self, seen: &Seen) -> bool {
        match seen {
            Seen::Said { .. } | Seen::Sent { .. } => self.skipping,
            Seen::Handed { .. } | Seen::Broke(_) => false,
            Seen::Reacted(_) | Seen::Failed | Seen::Asked { .. } => true,
        }
    }

    /// Takes the first that fits, past what may pass.
    fn expect(&mut self, expected: &Expected) -> Result<(), Message> {
        if *expected == Expected::Messages {
            self.skipping = true;
            return Ok(());
        }
        if let Expected::Never(pattern) = expected {
            let asked =
                self.seen.iter().find(|seen| matches!(seen, Seen::Asked { request, .. } if pattern.fits(request)));
            return asked.map_or(Ok(()), |asked| Err(message!("veio:\n{asked}", "came:\n{asked}")));
        }
        let at = self.seen.iter().position(|seen| fits(expected, seen) || !self.passes(seen));
        let at = at.filter(|at| self.seen.get(*at).is_some_and(|seen| fits(expected, seen)));
        let at = at.ok_or_else(|| self.otherwise())?;
        self.before.extend(self.seen.drain(..=at).map(|seen| seen.to_string()));
        if matches!(expected, Expected::Message(_)) {
            self.skipping = false;
        }
        Ok(())
    }

    /// Before the customer speaks again, and at the end: all that the customer saw was expected.
    fn nothing_else(&mut self) -> Result<(), Message> {
        if !self.seen.iter().all(|seen| self.passes(seen)) {
            return Err(self.otherwise());
        }
        self.before.extend(self.seen.drain(..).map(|seen| seen.to_string()));
        self.skipping = false;
        Ok(())
    }

    /// What came instead, and why nothing did.
    fn otherwise(&self) -> Message {
        let waits = self.stage.script().map(|position| (position.waiting, position.line));
        let mut why = match (self.seen.is_empty(), waits) {
            (false, _) => {
                let came = self.seen.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
                message!("veio:\n{came}", "came:\n{came}")
            }
            (true, Some((Some(Waiting::Hear { .. }), line))) => message!(
                "não veio nada: o script espera o cliente na linha {line}",
                "nothing came: the script waits for the customer in line {line}"
            ),
            (true, Some((Some(Waiting::Timer { seconds }), line))) => message!(
                "não veio nada: o script espera {seconds} segundos na linha {line}; falta a linha later?",
                "nothing came: the script rests {seconds} seconds in line {line}; is the line later missing?"
            ),
            (true, Some((_, line))) => message!(
                "não veio nada: o script espera na linha {line}",
                "nothing came: the script waits in line {line}"
            ),
            (true, None) => message!("não veio nada: o script terminou", "nothing came: the script is over"),
        };
        for seen in &self.seen {
            if let Seen::Broke(fault) = seen {
                let (script, line, told) = (&fault.script, fault.error.line, &fault.error.message);
                why.pt.push_str(&format!("\n({script}, linha {line}: {})", told.pt));
                why.en.push_str(&format!("\n({script}, line {line}: {})", told.en));
            }
        }
        why
    }
}

fn fits(expected: &Expected, seen: &Seen) -> bool {
    match (expected, seen) {
        (Expected::Message(pattern), Seen::Said { text, .. }) => {
            let line = seen.to_string();
            let shown = line.strip_prefix("< ").unwrap_or(&line);
            // Buttons may be left out; named, they are exactly these.
            matches(pattern, shown) || matches(pattern, &one_line(text))
        }
        (Expected::Message(pattern), Seen::Sent { .. }) => {
            seen.to_string().strip_prefix("< ").is_some_and(|shown| matches(pattern, shown))
        }
        (Expected::Transfer(parts), Seen::Handed { queue, priority, reason }) => {
            let came = [queue.as_deref().unwrap_or("-"), priority.map_or("-", Priority::as_str), &one_line(reason)];
            parts.iter().zip(came).all(|(pattern, came)| pattern.is_empty() || matches(pattern, came))
        }
        (Expected::Failed, Seen::Failed) => true,
        (Expected::Error(code), Seen::Broke(fault)) => *code == fault.error.code,
        (Expected::Request(pattern), Seen::Asked { request, .. }) => pattern.fits(request),
        _ => false,
    }
}

/// `*` is any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::basic::Limits;
    use crate::bot::basic::{Loaded, Script};
    use crate::bot::dialogue::parse;
    use crate::bot::escalation::Policy;
    use crate::bot::reply::ReplySettings;
    use crate::bot::store::EngineName;
    use crate::bot::{self, Localised};
    use crate::lang::Lang;

    fn cast(source: &str) -> Cast {
        let program = crate::basic::compile(source, &[]).program.unwrap();
        let script = Script {
            start: Arc::new(Loaded { name: "start".into(), version: 1, program }),
            apology: Localised::new("Algo deu errado.", "Something went wrong."),
            hear_timeout: std::time::Duration::from_secs(3_600),
            max_failures: 3,
            zone: Tz::America__Sao_Paulo,
            intents: Arc::default(),
            limits: Limits::default(),
        };
        let engine = bot::engine(EngineName::Basic, ReplySettings::default(), Lang::Pt, Some(script)).unwrap();
        Cast {
            engine,
            escalation: Policy::default(),
            lang: Lang::Pt,
            zone: Tz::America__Sao_Paulo,
            limits: Limits::default(),
        }
    }

    /// The line and the English reason of the first failure.
    fn played(source: &str, dialogue: &str) -> Result<(), (usize, String)> {
        let dialogues = parse(dialogue).unwrap();
        let cast = cast(source);
        let play = |dialogue| play(&cast, World::default(), dialogue);
        dialogues.iter().try_for_each(|one| play(one).map_err(|failure| (failure.line, failure.why.en)))
    }

    #[test]
    fn a_dialogue_says_what_is_seen_and_what_is_done() {
        let source = r#"
TABLE visitas
  pedido AS TEXT
END TABLE
IF HOUR() >= 18 THEN
  TALK "Fechado, " + session.user_name + "."
  END
END IF
TALK "Olá!"
TALK "Qual opção?"
HEAR o AS "Pedido", "Pessoa"
IF o = "Pessoa" THEN TRANSFER TO HUMAN "Suporte", "high", "pediu no menu"
WAIT 2
p = FIRST "pedidos", "numero = '1'"
r = GET "https://loja.example/" + p.numero
CREATE "visitas", {pedido: p.numero}
TALK FILE "https://a.example/b.pdf", "Boleto"
TALK r.estado
WAIT 7200
TALK "Ainda aí?"
"#;
        let dialogue = r#"
row pedidos {"numero": "1"}
answer GET loja.example/1 -> {"estado": "Enviado, *hoje*"}
== Pedido
> oi
< Olá!
< Qual opção? [Pedido | Pessoa]
> 1
does FIRST pedidos
does GET
< (file) https://a.example/b.pdf Boleto
< Enviado, *
== À noite
hour 19:00
given user_name Marina
> oi
< Fechado, Marina.
== Ela abre a janela
< Olá!
< Qual*
> 2
transfer Suporte, high, *menu
== A palavra basta
> quero falar com um atendente
transfer -, -, *atendente*
== Depois
> oi
< ...
> pedido
does CREATE visitas 1
< ...
later 2 hours
< Ainda aí?
"#;
        let mut cast = cast(source);
        let tables = cast.engine.program().unwrap().program.header.tables.clone();
        let world = World::with(tables);
        for one in parse(dialogue).unwrap() {
            assert_eq!(play(&cast, world.clone(), &one), Ok(()), "{}", one.title);
        }
        cast.escalation.auto_transfer = false;
        let refused = parse("> quero um atendente\ntransfer").unwrap();
        assert!(play(&cast, world.clone(), &refused[0]).is_err());
        let denied = "row pedidos {\"numero\": \"1\"}\n> oi\n< ...\n> 1\nnever FIND pedidos\nnever FIRST pedidos";
        let failure = play(&cast, world, &parse(denied).unwrap()[0]).unwrap_err();
        assert_eq!((failure.line, failure.why.en.as_str()), (6, "came:\ndoes FIRST pedidos numero 1"));
    }

    #[test]
    fn a_failure_names_the_line_and_what_came() {
        let source = "TALK \"Nome?\"\nHEAR n\nTALK \"Oi, \" + n\nWAIT 600\nx = 1 / 0";
        let hears = "nothing came: the script waits for the customer in line 2";
        let rests = "nothing came: the script rests 600 seconds in line 4; is the line later missing?";
        let over = "nothing came: the script is over";
        let handed = "a person has the conversation, the bot does not answer; is the line resolved missing?";
        let broke = "came:\nfailed\n< Algo deu errado.\nerror division_by_zero\n(start, line 5: division by zero)";
        for (dialogue, line, why) in [
            ("> oi\n< Nome", 2, "came:\n< Nome?"),
            ("> oi\n> Ana\n< Oi, Ana", 2, "came:\n< Nome?"),
            ("> oi\n< Nome?\n< Idade?", 3, hears),
            ("> oi\n< Nome?\n> Ana\n< Oi, Ana\n< Tchau", 5, rests),
            ("> oi\n< Nome?\ntransfer", 3, hears),
            ("> oi\n< ...\n> Ana\n< ...\nlater 1 hour\n< Outra coisa", 6, broke),
            ("> atendente\ntransfer\n> oi", 3, handed),
            (
                "> oi\n< Nome?\n> fim\n< Oi, fim\nlater 1 hour\nnever FIND t\n< Algo deu errado.\nerror division_by_zero\n< x",
                9,
                over,
            ),
            ("> oi\n< Nome?\nresolved", 3, "the bot has the conversation"),
            ("> oi\n< Nome?\n> Ana\n< Oi, Ana\ndoes NOTIFY", 5, rests),
        ] {
            let (at, told) = played(source, dialogue).expect_err(dialogue);
            assert_eq!((at, told.as_str()), (line, why), "{dialogue}");
        }
    }

    #[test]
    fn three_failed_turns_bring_a_person_and_the_bot_goes_on_when_it_has_resolved() {
        let source =
            "WHILE TRUE\nHEAR x\nIF x = \"fim\" THEN EXIT WHILE\nFAIL\nTALK \"Não entendi.\"\nWEND\nTALK \"Tchau\"";
        let twice = "> oi\n> a\nfailed\n< Não entendi.\n> b\n< Não entendi.\n> c\nfailed\n< Não entendi.\n";
        // The third failure hands over; what the script says in that turn is said first.
        assert!(played(source, twice).is_err());
        played(source, &format!("{twice}transfer -, -, *3 vezes*\nresolved\n> fim\n< Tchau\n")).unwrap();
    }

    #[test]
    fn the_example_of_the_manual_is_true() {
        for manual in [include_str!("../../../docs/bot-tests.md"), include_str!("../../../docs/bot-tests.pt-BR.md")] {
            let block = |kind: &str| {
                let (_, rest) = manual.split_once(&format!("```{kind}\n")).unwrap();
                rest.split_once("```").unwrap().0
            };
            assert_eq!(played(block("basic"), block("dialogue")), Ok(()));
        }
    }

    #[test]
    fn a_script_that_runs_by_itself_has_no_customer() {
        let script = |source: &str| {
            let program = crate::basic::compile(source, &[]).program.unwrap();
            let start = Some(Arc::new(Loaded { name: "cuida".into(), version: 1, program }));
            let mut cast = cast("x = 1");
            let settings = crate::settings::Settings::default();
            let script = start.map(|start| crate::catalog::script(start, &settings, Limits::default()));
            cast.engine = bot::engine(EngineName::Basic, ReplySettings::default(), Lang::Pt, script).unwrap();
            cast
        };
        let told = |source: &str, dialogue: &str| {
            let outcome = play(&script(source), World::default(), &parse(dialogue).unwrap()[0]);
            outcome.map_err(|failure| (failure.line, failure.why.en))
        };
        let source = "WEBHOOK \"pago\"\nNOTIFY \"Ana\", \"pago \" + valor\ne = WAIT FOR EVENT \"Nota emitida\" TIMEOUT 60\n\
                      NOTIFY \"Ana\", \"nota \" + e.numero\nWAIT 600\nTALK \"oi\"";
        let all = "input valor 12.5\ndoes NOTIFY \"pago 12.5\"\nevent nota_emitida {\"numero\": 7}\ndoes NOTIFY Ana \"nota 7\"\n\
                   later 10 minutes\nerror no_conversation";
        assert_eq!(told(source, all), Ok(()));
        let customer = "this script runs by itself, without a conversation: there is no customer to write";
        assert_eq!(told(source, "> oi\n< oi"), Err((1, customer.to_owned())));
        let other = "does NOTIFY\nevent outro\ndoes NOTIFY";
        assert_eq!(told(source, other), Err((2, "the script does not wait for the event outro".to_owned())));
        let transfer = "ON \"contact_created\"\nTRANSFER TO HUMAN";
        assert_eq!(told(transfer, "error no_conversation"), Ok(()));
    }

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "ac", true),
            ("ab*bc", "abc", false),
            ("*b*", "abc", true),
            ("*x*", "abc", false),
            ("a*b*c", "a1b2c", true),
            ("Oi, *Ana*!", "Oi, Mariana, Ana!", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
