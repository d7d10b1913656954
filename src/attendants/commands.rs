//! What an attendant types, read: a command, text for the focused conversation, or `#n text`; and a customer's few
//! commands. Pure: nothing is carried out and no name is resolved here. Called by the router for attendants' chats and
//! by the console.

use std::ops::RangeInclusive;
use std::time::Duration;

use chrono::{Days, Weekday};

use super::Status;
use crate::clock::Timestamp;
use crate::lang::Lang;
use crate::queues::Priority;
use crate::queues::hours::{Hours, weekday};
use crate::text::{fold, nearest, same, word_spans, words};

/// `#n text` addresses conversations 1 to this; beyond it is an order number someone writes about.
const HIGHEST_NUMBER: u32 = 99;
/// Nobody means to see a conversation again later than this.
const LONGEST_SNOOZE: Duration = Duration::from_secs(365 * 24 * 3600);
/// "Tomorrow", when the queue has no opening to wait for.
const MORNING: u16 = 9 * 60;

/// One line of an attendant.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// For the focused conversation; as typed. Never begins with a slash.
    Text(String),
    /// For the active conversation with this number.
    ToNumber {
        n: u32,
        text: String,
    },
    Command(Command),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Queue,
    /// None: the next one.
    Take(Option<Which>),
    Focus(u32),
    /// None: show it.
    Status(Option<Status>),
    /// The target and perhaps a reason, not yet told apart: see [`split_target`].
    Transfer(String),
    Resolve {
        note: Option<String>,
    },
    Context,
    Note(String),
    /// Lower case, without sign.
    Tag {
        add: Vec<String>,
        remove: Vec<String>,
    },
    Priority(Priority),
    Pending,
    Snooze(When),
    /// The name of a canned response.
    Canned(String),
    /// None: all of them.
    Help(Option<&'static Spec>),
    /// Known, and not part of this installation yet.
    NotAvailable(&'static Spec),
}

/// A waiting conversation, by its place in `/queue` or its customer's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    Number(u32),
    Name(String),
}

/// When a snoozed conversation comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    In(Duration),
    /// `minutes` after midnight; none: when the queue opens that day or after.
    On {
        day: Day,
        minutes: Option<u16>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Today while that time is still to come, else tomorrow.
    Next,
    Tomorrow,
    Weekday(Weekday),
}

impl When {
    /// The instant, in the time zone of `hours`; always after `now`.
    pub fn due(self, now: Timestamp, hours: &Hours) -> Timestamp {
        let (day, minutes) = match self {
            When::In(duration) => return now + duration,
            When::On { day, minutes } => (day, minutes),
        };
        let today = hours.local_date(now);
        let (first, every) = match day {
            Day::Next => (0, 1),
            Day::Tomorrow => (1, 1),
            Day::Weekday(weekday) => (u64::from(today_to(chrono::Datelike::weekday(&today), weekday)), 7),
        };
        let on = |offset: u64| {
            let date = today.checked_add_days(Days::new(offset))?;
            match minutes {
                Some(minutes) => hours.instant(date, minutes),
                None => hours.next_opening(hours.instant(date, 0)?).or_else(|| hours.instant(date, MORNING)),
            }
        };
        let due = [first, first + every].into_iter().filter_map(on).find(|due| *due > now);
        due.unwrap_or(now + Duration::from_secs(24 * 3600))
    }
}

/// Days from one day of the week to the next such day, 0 to 6.
fn today_to(today: Weekday, wanted: Weekday) -> u32 {
    (7 + wanted.num_days_from_monday() - today.num_days_from_monday()) % 7
}

/// Why a line is no valid command. It is answered, never sent to the customer.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandError {
    /// `nearest` are canonical commands, best first.
    Unknown {
        typed: String,
        nearest: Vec<&'static Spec>,
    },
    Usage {
        command: &'static Spec,
        problem: UsageProblem,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageProblem {
    /// It needs something after its name.
    Missing,
    /// It takes nothing after its name.
    Extra(String),
    NotANumber(String),
    UnknownValue(String),
    NotATime(String),
}

impl CommandError {
    /// What to answer.
    pub fn answer(&self, lang: Lang) -> String {
        match self {
            CommandError::Unknown { typed, nearest } => {
                let names: Vec<String> = nearest.iter().map(|spec| format!("/{}", spec.name(lang))).collect();
                match (names.is_empty(), lang) {
                    (true, Lang::Pt) => format!("Não conheço /{typed}. Veja /ajuda."),
                    (true, Lang::En) => format!("I do not know /{typed}. See /help."),
                    (false, Lang::Pt) => {
                        format!("Não conheço /{typed}. Você quis dizer {}? Veja /ajuda.", names.join(" ou "))
                    }
                    (false, Lang::En) => {
                        format!("I do not know /{typed}. Did you mean {}? See /help.", names.join(" or "))
                    }
                }
            }
            CommandError::Usage { command, problem } => {
                let usage = command.usage(lang);
                match lang {
                    Lang::Pt => format!("{}\nUso: {usage}", problem.describe(lang)),
                    Lang::En => format!("{}\nUsage: {usage}", problem.describe(lang)),
                }
            }
        }
    }
}

impl UsageProblem {
    fn describe(&self, lang: Lang) -> String {
        use UsageProblem::{Extra, Missing, NotANumber, NotATime, UnknownValue};
        match (self, lang) {
            (Missing, Lang::Pt) => "Falta dizer o quê.".into(),
            (Missing, Lang::En) => "Something is missing.".into(),
            (Extra(typed), Lang::Pt) => format!("Não entendi \"{typed}\" aqui."),
            (Extra(typed), Lang::En) => format!("I do not understand \"{typed}\" here."),
            (NotANumber(typed), Lang::Pt) => format!("\"{typed}\" não é o número de uma conversa."),
            (NotANumber(typed), Lang::En) => format!("\"{typed}\" is not the number of a conversation."),
            (UnknownValue(typed), Lang::Pt) => format!("Não conheço \"{typed}\"."),
            (UnknownValue(typed), Lang::En) => format!("I do not know \"{typed}\"."),
            (NotATime(typed), Lang::Pt) => format!("Não entendi o prazo \"{typed}\"."),
            (NotATime(typed), Lang::En) => format!("I do not understand the time \"{typed}\"."),
        }
    }
}

/// A text in Portuguese and in English.
type Both = (&'static str, &'static str);
type Reader = fn(&str) -> Result<Command, UsageProblem>;

/// One command: its names, its texts and how its arguments are read.
pub struct Spec {
    /// English, then Portuguese.
    name: (&'static str, &'static str),
    also: &'static [&'static str],
    arguments: Both,
    help: Both,
    /// None: belongs to a part that is not here yet.
    read: Option<Reader>,
}

impl Spec {
    pub fn name(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Pt => self.name.1,
            Lang::En => self.name.0,
        }
    }

    /// `/take [n|name]`
    pub fn usage(&self, lang: Lang) -> String {
        format!("/{} {}", self.name(lang), in_lang(self.arguments, lang)).trim_end().into()
    }

    /// Usage and effect, in one line.
    pub fn help(&self, lang: Lang) -> String {
        format!("{} - {}", self.usage(lang), in_lang(self.help, lang))
    }

    /// What to answer while the command is [`Command::NotAvailable`].
    pub fn not_available(&self, lang: Lang) -> String {
        match lang {
            Lang::Pt => format!("/{} ainda não está disponível nesta instalação.", self.name(lang)),
            Lang::En => format!("/{} is not available yet in this installation.", self.name(lang)),
        }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name.0, self.name.1].into_iter().chain(self.also.iter().copied())
    }
}

impl PartialEq for Spec {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl std::fmt::Debug for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/{}", self.name.0)
    }
}

fn in_lang((pt, en): Both, lang: Lang) -> &'static str {
    match lang {
        Lang::Pt => pt,
        Lang::En => en,
    }
}

const fn spec(name: Both, also: &'static [&'static str], arguments: Both, help: Both, read: Reader) -> Spec {
    Spec { name, also, arguments, help, read: Some(read) }
}

const fn later(name: Both, also: &'static [&'static str]) -> Spec {
    Spec { name, also, arguments: ("", ""), help: ("", ""), read: None }
}

/// Every command, in the order of the help. Names are folded already; no name stands twice.
pub static COMMANDS: &[Spec] = &[
    spec(
        ("queue", "fila"),
        &[],
        ("", ""),
        ("o que espera na fila e as suas conversas", "what waits, and your conversations"),
        |rest| nothing(rest, Command::Queue),
    ),
    spec(
        ("take", "pegar"),
        &["accept", "assumir", "aceitar", "atender"],
        ("[n|nome]", "[n|name]"),
        ("atender a próxima conversa, ou a que você disser", "accept the next conversation, or the one you say"),
        |rest| Ok(Command::Take(which(rest)?)),
    ),
    spec(
        ("focus", "foco"),
        &["focar"],
        ("n", "n"),
        (
            "para qual conversa vai o que você escreve; ou responda citando, ou #n texto",
            "which conversation your text goes to; or quote it, or #n text",
        ),
        |rest| number(some(rest)?).map(Command::Focus),
    ),
    spec(
        ("status", "status"),
        &["situacao"],
        ("[online|ocupado|ausente|offline]", "[online|busy|away|offline]"),
        ("ver ou mudar a sua situação", "show or set your status"),
        |rest| Ok(Command::Status((!rest.is_empty()).then(|| status(rest)).transpose()?)),
    ),
    spec(
        ("transfer", "transferir"),
        &[],
        ("@nome|fila [motivo]", "@name|queue [reason]"),
        ("passar a conversa a outra pessoa ou fila", "hand the conversation to someone or another queue"),
        |rest| {
            let target = some(rest)?;
            if words(target).is_empty() { Err(UsageProblem::Missing) } else { Ok(Command::Transfer(target.into())) }
        },
    ),
    spec(
        ("resolve", "resolver"),
        &["encerrar", "finalizar", "close"],
        ("[nota]", "[note]"),
        ("encerrar o atendimento", "end the handoff"),
        |rest| Ok(Command::Resolve { note: (!rest.is_empty()).then(|| rest.into()) }),
    ),
    spec(
        ("context", "contexto"),
        &["cliente", "customer"],
        ("", ""),
        ("quem é o cliente", "who the customer is"),
        |rest| nothing(rest, Command::Context),
    ),
    spec(
        ("note", "nota"),
        &["anotar"],
        ("texto", "text"),
        ("nota interna; o cliente não vê", "private note; the customer does not see it"),
        |rest| Ok(Command::Note(some(rest)?.into())),
    ),
    spec(
        ("tag", "etiqueta"),
        &["tags", "etiquetas", "etiquetar"],
        ("+vip -lead", "+vip -lead"),
        ("pôr e tirar etiquetas", "add and remove tags"),
        tags,
    ),
    spec(
        ("priority", "prioridade"),
        &[],
        ("baixa|normal|alta|urgente", "low|normal|high|urgent"),
        ("mudar a prioridade", "change the priority"),
        |rest| {
            Priority::parse(some(rest)?).map(Command::Priority).ok_or_else(|| UsageProblem::UnknownValue(rest.into()))
        },
    ),
    spec(
        ("pending", "pendente"),
        &["aguardar"],
        ("", ""),
        ("aguardar a resposta do cliente", "wait for the customer's answer"),
        |rest| nothing(rest, Command::Pending),
    ),
    spec(
        ("snooze", "adiar"),
        &["soneca"],
        ("2h|30m|1d|amanhã 9h", "2h|30m|1d|tomorrow 9am"),
        ("a conversa volta mais tarde", "the conversation comes back later"),
        |rest| when(some(rest)?).map(Command::Snooze).ok_or_else(|| UsageProblem::NotATime(rest.into())),
    ),
    spec(
        ("canned", "pronta"),
        &[],
        ("nome", "name"),
        ("enviar uma resposta pronta", "send a canned response"),
        |rest| Ok(Command::Canned(some(rest)?.into())),
    ),
    spec(
        ("help", "ajuda"),
        &["comandos", "commands"],
        ("[comando]", "[command]"),
        ("esta ajuda", "this help"),
        |rest| {
            let name = rest.trim_start_matches('/');
            match (name, find(name)) {
                ("", _) => Ok(Command::Help(None)),
                (_, Some(spec)) => Ok(Command::Help(Some(spec))),
                (_, None) => Err(UsageProblem::UnknownValue(rest.into())),
            }
        },
    ),
    later(("ticket", "chamado"), &["tickets", "chamados"]),
    later(("deal", "negocio"), &["oportunidade"]),
    later(("tips", "dicas"), &["dica", "tip"]),
    later(("polish", "melhorar"), &["polir"]),
    later(("replies", "respostas"), &["sugestoes"]),
    later(("summary", "resumo"), &["resumir"]),
    later(("translate", "traduzir"), &[]),
    later(("macro", "macro"), &[]),
    later(("video", "video"), &["meeting", "reuniao"]),
    later(("call", "ligar"), &["chamar"]),
    later(("callback", "retorno"), &["retornar"]),
    later(("hangup", "desligar"), &[]),
    later(("hold", "espera"), &[]),
    later(("voice", "voz"), &[]),
];

/// All commands of this installation, one a line, or one of them.
pub fn help(command: Option<&Spec>, lang: Lang) -> String {
    match command {
        Some(spec) if spec.read.is_none() => spec.not_available(lang),
        Some(spec) => spec.help(lang),
        None => {
            let lines: Vec<String> =
                COMMANDS.iter().filter(|spec| spec.read.is_some()).map(|spec| spec.help(lang)).collect();
            lines.join("\n")
        }
    }
}

/// Reads one line. What begins with a slash, after blanks and invisible marks, is a command or an error, never text.
pub fn parse(line: &str) -> Result<Input, CommandError> {
    let trimmed = visible(line);
    if let Some(rest) = trimmed.strip_prefix(['/', '／']) {
        return command(rest).map(Input::Command);
    }
    if let Some((n, text)) = trimmed.strip_prefix('#').and_then(numbered) {
        return Ok(if text.is_empty() {
            Input::Command(Command::Focus(n))
        } else {
            Input::ToNumber { n, text: text.into() }
        });
    }
    Ok(Input::Text(line.into()))
}

/// Whether a line is meant as a command, well-formed or not.
pub fn is_command(line: &str) -> bool {
    visible(line).starts_with(['/', '／'])
}

/// Without blanks, and without the invisible marks that phones put before text; those at its end may belong to an emoji.
fn visible(text: &str) -> &str {
    const MARKS: [RangeInclusive<char>; 9] = [
        '\u{ad}'..='\u{ad}',
        '\u{34f}'..='\u{34f}',
        '\u{61c}'..='\u{61c}',
        '\u{180e}'..='\u{180e}',
        '\u{200b}'..='\u{200f}',
        '\u{202a}'..='\u{202e}',
        '\u{2060}'..='\u{2069}',
        '\u{fe00}'..='\u{fe0f}',
        '\u{feff}'..='\u{feff}',
    ];
    let hidden = |letter: char| {
        letter.is_whitespace() || letter.is_control() || MARKS.iter().any(|marks| marks.contains(&letter))
    };
    text.trim_start_matches(hidden).trim_end()
}

/// `2 text` after the `#`.
fn numbered(rest: &str) -> Option<(u32, &str)> {
    let (n, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let n = n.trim_end_matches([':', ',']).parse().ok().filter(|n| (1..=HIGHEST_NUMBER).contains(n))?;
    Some((n, text.trim()))
}

/// A line after its slash.
fn command(line: &str) -> Result<Command, CommandError> {
    let (typed, rest) = name_and_rest(line);
    if words(typed).is_empty() && rest.is_empty() {
        return Ok(Command::Help(None));
    }
    let Some(spec) = find(typed) else {
        let names = COMMANDS.iter().filter(|spec| spec.read.is_some()).flat_map(Spec::names);
        let mut close: Vec<&'static Spec> = Vec::new();
        for spec in nearest(names, typed).into_iter().filter_map(find) {
            if !close.contains(&spec) {
                close.push(spec);
            }
        }
        return Err(CommandError::Unknown { typed: typed.into(), nearest: close });
    };
    match spec.read {
        Some(read) => read(visible(rest)).map_err(|problem| CommandError::Usage { command: spec, problem }),
        None => Ok(Command::NotAvailable(spec)),
    }
}

/// The name of a command and what follows it. Telegram appends the bot's own name in groups (`/queue@our_bot`; such
/// names always end in "bot"), which says nothing; another one is an argument written without the blank
/// (`/transfer@maria`).
fn name_and_rest(line: &str) -> (&str, &str) {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match word.split_once('@') {
        Some((name, bot)) if fold(bot).ends_with("bot") => (name, rest),
        Some((name, _)) => line.split_at(name.len()),
        None => (word, rest),
    }
}

/// A command by any of its names.
fn find(typed: &str) -> Option<&'static Spec> {
    COMMANDS.iter().find(|spec| spec.names().any(|name| same(name, typed)))
}

fn nothing(rest: &str, command: Command) -> Result<Command, UsageProblem> {
    if rest.is_empty() { Ok(command) } else { Err(UsageProblem::Extra(rest.into())) }
}

fn some(rest: &str) -> Result<&str, UsageProblem> {
    if rest.is_empty() { Err(UsageProblem::Missing) } else { Ok(rest) }
}

fn number(text: &str) -> Result<u32, UsageProblem> {
    let n = text.strip_prefix('#').unwrap_or(text).parse().ok().filter(|n| *n > 0);
    n.ok_or_else(|| UsageProblem::NotANumber(text.into()))
}

fn which(rest: &str) -> Result<Option<Which>, UsageProblem> {
    let name = rest.trim_start_matches('@');
    Ok(match name.strip_prefix('#').unwrap_or(name) {
        "" => None,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(Which::Number(number(digits)?)),
        _ => Some(Which::Name(name.into())),
    })
}

fn status(text: &str) -> Result<Status, UsageProblem> {
    match fold(text).as_str() {
        "online" | "on" | "disponivel" | "livre" | "available" => Ok(Status::Online),
        "busy" | "ocupado" | "ocupada" => Ok(Status::Busy),
        "away" | "ausente" | "pausa" => Ok(Status::Away),
        "offline" | "off" | "desconectado" | "desconectada" => Ok(Status::Offline),
        _ => Err(UsageProblem::UnknownValue(text.into())),
    }
}

/// `+vip -lead`; without a sign it is added. Of two orders about one tag the later counts.
fn tags(rest: &str) -> Result<Command, UsageProblem> {
    let (mut add, mut remove): (Vec<String>, Vec<String>) = Default::default();
    for word in
        some(rest)?.split(|letter: char| letter.is_whitespace() || letter == ',').filter(|word| !word.is_empty())
    {
        let (name, list, other) = match word.strip_prefix(['-', '−', '–']) {
            Some(name) => (name, &mut remove, &mut add),
            None => (word.strip_prefix('+').unwrap_or(word), &mut add, &mut remove),
        };
        let name = name.trim_start_matches('#').to_lowercase();
        if words(&name).is_empty() {
            return Err(UsageProblem::UnknownValue(word.into()));
        }
        other.retain(|known| *known != name);
        if !list.contains(&name) {
            list.push(name);
        }
    }
    if add.is_empty() && remove.is_empty() { Err(UsageProblem::Missing) } else { Ok(Command::Tag { add, remove }) }
}

#[derive(Debug, PartialEq)]
enum Token {
    Number(u32),
    Word(String),
    Colon,
}

/// A time to come: `2h`, `1h30`, `90 min`, `2 dias`, `amanhã 9h`, `segunda às 14:30`, `tomorrow at 9am`, `18:00`, `às
/// 18h`.
fn when(text: &str) -> Option<When> {
    let mut tokens = tokens(text)?;
    // "às" and "at" tell a clock time from a duration; the other small words tell nothing.
    let clock = tokens.iter().any(|token| matches!(token, Token::Word(word) if word == "as" || word == "at"));
    const FILLERS: [&str; 12] = ["as", "at", "a", "e", "em", "in", "and", "on", "na", "no", "daqui", "feira"];
    tokens.retain(|token| !matches!(token, Token::Word(word) if FILLERS.contains(&word.as_str())));
    let day = match tokens.first() {
        Some(Token::Word(word)) => Some(match word.as_str() {
            "hoje" | "today" => Day::Next,
            "amanha" | "tomorrow" => Day::Tomorrow,
            name => Day::Weekday(weekday(name)?),
        }),
        _ => None,
    };
    let rest = tokens.get(usize::from(day.is_some())..)?;
    match (day, rest) {
        (Some(Day::Next), []) => None,
        (Some(day), []) => Some(When::On { day, minutes: None }),
        (Some(day), rest) => Some(When::On { day, minutes: Some(clock_time(rest)?) }),
        (None, [Token::Number(_), Token::Colon, ..]) => {
            Some(When::On { day: Day::Next, minutes: Some(clock_time(rest)?) })
        }
        (None, rest) if clock => Some(When::On { day: Day::Next, minutes: Some(clock_time(rest)?) }),
        (None, rest) => duration(rest).map(When::In),
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    for (_, word) in word_spans(&text.replace(':', " colon ")) {
        let mut rest = word.as_str();
        while let Some(first) = rest.chars().next() {
            let digits = first.is_ascii_digit();
            let end = rest.find(|letter: char| letter.is_ascii_digit() != digits).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            tokens.push(match part {
                "colon" => Token::Colon,
                _ if digits => Token::Number(part.parse().ok()?),
                _ => Token::Word(part.into()),
            });
            rest = after;
        }
    }
    Some(tokens)
}

/// Minutes after midnight of `9h`, `9h30`, `9:30`, `9`, `9am`, `9:30 pm`.
fn clock_time(tokens: &[Token]) -> Option<u16> {
    let (hour, minute, half) = match tokens {
        [Token::Number(hour)] => (*hour, 0, None),
        [Token::Number(hour), Token::Colon, Token::Number(minute)] => (*hour, *minute, None),
        [Token::Number(hour), Token::Colon, Token::Number(minute), Token::Word(half)] => {
            (*hour, *minute, Some(half.as_str()))
        }
        [Token::Number(hour), Token::Word(word)] => match word.as_str() {
            "am" | "pm" => (*hour, 0, Some(word.as_str())),
            _ => (hours_word(word).then_some(*hour)?, 0, None),
        },
        [Token::Number(hour), Token::Word(word), Token::Number(minute)] => {
            (hours_word(word).then_some(*hour)?, *minute, None)
        }
        _ => return None,
    };
    let hour = match half {
        None => hour,
        Some("am") if (1..=12).contains(&hour) => hour % 12,
        Some("pm") if (1..=12).contains(&hour) => hour % 12 + 12,
        Some(_) => return None,
    };
    (hour < 24 && minute < 60).then(|| u16::try_from(hour * 60 + minute).ok()).flatten()
}

fn hours_word(word: &str) -> bool {
    matches!(word, "h" | "hs" | "hr" | "hrs" | "hora" | "horas" | "hour" | "hours")
}

fn duration(tokens: &[Token]) -> Option<Duration> {
    let mut seconds = 0u64;
    let mut rest = tokens;
    while let [Token::Number(count), Token::Word(unit), after @ ..] = rest {
        let each = match unit.as_str() {
            "m" | "min" | "mins" | "minuto" | "minutos" | "minute" | "minutes" => 60,
            word if hours_word(word) => 3600,
            "d" | "dia" | "dias" | "day" | "days" => 24 * 3600,
            "w" | "sem" | "semana" | "semanas" | "week" | "weeks" => 7 * 24 * 3600,
            _ => return None,
        };
        seconds = seconds.checked_add(u64::from(*count).checked_mul(each)?)?;
        rest = after;
        // "1h30"
        if let ([Token::Number(minutes)], 3600) = (rest, each) {
            seconds = seconds.checked_add(u64::from(*minutes) * 60)?;
            rest = &[];
        }
    }
    let duration = Duration::from_secs(seconds);
    (rest.is_empty() && !duration.is_zero() && duration <= LONGEST_SNOOZE).then_some(duration)
}

/// Tells the target of `/transfer` from the reason, given the names and aliases of everything it may name: the longest
/// name the text begins with, else the only one whose first words it begins with. Returns what was named and the rest.
///
/// Errors: those it might mean; empty when nobody by that name is known.
pub fn split_target<'r, T: Copy + PartialEq>(rest: &'r str, names: &[(T, &str)]) -> Result<(T, &'r str), Vec<T>> {
    let typed = word_spans(rest);
    // How many words of the text each name covers; whole names count before beginnings of names.
    let mut best = (false, 0);
    let mut found: Vec<T> = Vec::new();
    for (target, name) in names {
        let name = words(name);
        let covered = name.iter().zip(&typed).take_while(|(own, (_, word))| *own == word).count();
        let reach = (covered == name.len(), covered);
        if covered == 0 || reach < best {
            continue;
        }
        if reach > best {
            best = reach;
            found.clear();
        }
        if !found.contains(target) {
            found.push(*target);
        }
    }
    match found.as_slice() {
        [target] => {
            let end = typed.get(best.1.saturating_sub(1)).map_or(rest.len(), |(span, _)| span.end);
            let reason = rest.get(end..).unwrap_or_default();
            let edge = |letter: char| {
                letter.is_whitespace() || matches!(letter, '"' | '”' | '\'' | ',' | ';' | ':' | '-' | '–' | '.')
            };
            Ok((*target, reason.trim_start_matches(edge).trim_end()))
        }
        _ => Err(found),
    }
}

/// A customer's own commands; a transfer keyword works like [`CustomerCommand::Agent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerCommand {
    /// Begin again: the bot greets.
    Start,
    /// A person, please.
    Agent,
    /// No more messages (opt-out).
    Stop,
}

/// Reads a customer's command; anything else is a message. What follows the name is ignored (Telegram's `/start
/// ref123`).
pub fn customer_command(text: &str) -> Option<CustomerCommand> {
    let (name, _) = name_and_rest(visible(text).strip_prefix(['/', '／'])?);
    match fold(name).as_str() {
        "start" | "iniciar" | "comecar" | "inicio" => Some(CustomerCommand::Start),
        "agent" | "atendente" | "humano" | "pessoa" | "human" => Some(CustomerCommand::Agent),
        "stop" | "parar" | "sair" | "unsubscribe" => Some(CustomerCommand::Stop),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Command {
        match parse(line) {
            Ok(Input::Command(command)) => command,
            other => panic!("{line:?}: {other:?}"),
        }
    }

    #[test]
    fn every_command_reads_in_both_languages_whatever_the_case_and_accents() {
        let hours = |n: u64| Command::Snooze(When::In(Duration::from_secs(n * 3600)));
        let note = |text: &str| Command::Note(text.into());
        let tag = |add: &[&str], remove: &[&str]| Command::Tag {
            add: add.iter().map(|tag| (*tag).into()).collect(),
            remove: remove.iter().map(|tag| (*tag).into()).collect(),
        };
        for (line, expected) in [
            ("/queue", Command::Queue),
            ("/FILA", Command::Queue),
            ("  /fila ", Command::Queue),
            ("\u{200e}/fila", Command::Queue),
            ("／fila", Command::Queue),
            ("/queue@our_bot", Command::Queue),
            ("/transfer@maria já volto", Command::Transfer("@maria já volto".into())),
            ("/take", Command::Take(None)),
            ("/pegar 2", Command::Take(Some(Which::Number(2)))),
            ("/take #2", Command::Take(Some(Which::Number(2)))),
            ("/assumir João Silva", Command::Take(Some(Which::Name("João Silva".into())))),
            ("/focus 3", Command::Focus(3)),
            ("#3", Command::Focus(3)),
            ("/status", Command::Status(None)),
            ("/status Ocupada", Command::Status(Some(Status::Busy))),
            ("/situação disponível", Command::Status(Some(Status::Online))),
            ("/status away", Command::Status(Some(Status::Away))),
            ("/transferir @Maria Silva quer desconto", Command::Transfer("@Maria Silva quer desconto".into())),
            ("/resolve", Command::Resolve { note: None }),
            ("/Resolver troca feita", Command::Resolve { note: Some("troca feita".into()) }),
            ("/contexto", Command::Context),
            ("/nota linha 1\nlinha 2", note("linha 1\nlinha 2")),
            ("/note\nlinha 1 ❤\u{fe0f}", note("linha 1 ❤\u{fe0f}")),
            ("/fila \u{200e}", Command::Queue),
            ("/tag +VIP -lead ação", tag(&["vip", "ação"], &["lead"])),
            ("/etiqueta +a,-a", tag(&[], &["a"])),
            ("/priority urgent", Command::Priority(Priority::Urgent)),
            ("/prioridade MÉDIA", Command::Priority(Priority::Normal)),
            ("/pendente", Command::Pending),
            ("/snooze 2h", hours(2)),
            ("/adiar 2 horas", hours(2)),
            ("/pronta boas-vindas", Command::Canned("boas-vindas".into())),
            ("/help", Command::Help(None)),
            ("/?", Command::Help(None)),
            ("/", Command::Help(None)),
            ("/ajuda /pegar", Command::Help(find("take"))),
        ] {
            assert_eq!(read(line), expected, "{line:?}");
        }
        for name in [
            "ticket",
            "DEAL 300 plano",
            "dicas",
            "polish texto",
            "replies 2",
            "resumo",
            "translate",
            "macro x",
            "vídeo link",
        ] {
            assert!(matches!(read(&format!("/{name}")), Command::NotAvailable(_)), "{name}");
        }
        for name in ["call back", "callback +5511 10h", "hangup", "hold", "voice on"] {
            assert!(matches!(read(&format!("/{name}")), Command::NotAvailable(_)), "{name}");
        }
    }

    #[test]
    fn text_goes_to_the_focused_conversation_and_numbers_choose_another() {
        for text in ["bom dia", "", "1/2 xícara", "#promo hoje", "#12345 é o pedido", "#0 x", "# 2 x"] {
            assert_eq!(parse(text), Ok(Input::Text(text.into())));
        }
        assert_eq!(parse("#2 olá, tudo bem?"), Ok(Input::ToNumber { n: 2, text: "olá, tudo bem?".into() }));
        assert_eq!(parse(" #2:\nolá "), Ok(Input::ToNumber { n: 2, text: "olá".into() }));
    }

    #[test]
    fn an_unknown_command_gets_the_nearest_ones() {
        let answer = |line: &str, lang| parse(line).unwrap_err().answer(lang);
        assert_eq!(answer("/tranfser maria", Lang::En), "I do not know /tranfser. Did you mean /transfer? See /help.");
        assert_eq!(answer("/resolvr", Lang::Pt), "Não conheço /resolvr. Você quis dizer /resolver? Veja /ajuda.");
        assert_eq!(answer("/xyzzy", Lang::Pt), "Não conheço /xyzzy. Veja /ajuda.");
    }

    #[test]
    fn wrong_arguments_get_the_usage_line() {
        let answer = |line: &str, lang| parse(line).unwrap_err().answer(lang);
        assert_eq!(answer("/foco abc", Lang::Pt), "\"abc\" não é o número de uma conversa.\nUso: /foco n");
        assert_eq!(
            answer("/priority later", Lang::En),
            "I do not know \"later\".\nUsage: /priority low|normal|high|urgent"
        );
        for line in [
            "/fila tudo",
            "/take 0",
            "/focus",
            "/status dormindo",
            "/transfer",
            "/transfer @",
            "/contexto x",
            "/note",
            "/tag",
            "/tag +",
            "/tag ,",
            "/priority",
            "/pending x",
            "/snooze",
            "/snooze 2",
            "/snooze nunca",
            "/canned",
            "/ajuda xyz",
        ] {
            assert!(matches!(parse(line), Err(CommandError::Usage { .. })), "{line:?}");
        }
    }

    #[test]
    fn times_to_come_read_as_people_write_them() {
        let after = |minutes: u64| Some(When::In(Duration::from_secs(minutes * 60)));
        let on = |day, hour: u16, minute: u16| Some(When::On { day, minutes: Some(hour * 60 + minute) });
        for (text, expected) in [
            ("30m", after(30)),
            ("90 min", after(90)),
            ("1h30", after(90)),
            ("1h 30min", after(90)),
            ("2 horas e 15 minutos", after(135)),
            ("daqui a 2h", after(120)),
            ("in 2 hours", after(120)),
            ("1d", after(24 * 60)),
            ("1 semana", after(7 * 24 * 60)),
            ("amanhã 9h", on(Day::Tomorrow, 9, 0)),
            ("Amanha às 9h30", on(Day::Tomorrow, 9, 30)),
            ("tomorrow at 9am", on(Day::Tomorrow, 9, 0)),
            ("tomorrow 12:30 am", on(Day::Tomorrow, 0, 30)),
            ("amanhã", Some(When::On { day: Day::Tomorrow, minutes: None })),
            ("segunda-feira 14:30", on(Day::Weekday(Weekday::Mon), 14, 30)),
            ("friday 5pm", on(Day::Weekday(Weekday::Fri), 17, 0)),
            ("sáb", Some(When::On { day: Day::Weekday(Weekday::Sat), minutes: None })),
            ("18:00", on(Day::Next, 18, 0)),
            ("às 18h", on(Day::Next, 18, 0)),
            ("hoje 18h", on(Day::Next, 18, 0)),
            ("18h", after(18 * 60)),
            ("2", None),
            ("0h", None),
            ("hoje", None),
            ("25:00", None),
            ("amanhã 9h cedo", None),
            ("400 dias", None),
            ("99999999999h", None),
            ("4294967295 semanas", None),
            ("13pm", None),
            ("-", None),
        ] {
            assert_eq!(when(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_snoozed_conversation_returns_in_the_queues_time_zone() {
        let hours: Hours = serde_json::from_value(serde_json::json!({
            "timezone": "America/Sao_Paulo", "week": {"mon": [["08:00", "18:00"]], "tue": [["10:00", "18:00"]]},
        }))
        .unwrap();
        let now = Timestamp::parse("2026-01-12T13:00:00Z").unwrap(); // Monday, 10:00 there
        for (text, expected) in [
            ("2h", "2026-01-12T15:00:00Z"),
            ("amanhã 9h", "2026-01-13T12:00:00Z"),
            ("amanhã", "2026-01-13T13:00:00Z"), // opens at 10:00
            ("18:00", "2026-01-12T21:00:00Z"),
            ("9:00", "2026-01-13T12:00:00Z"), // passed today
            ("segunda 9h", "2026-01-19T12:00:00Z"),
            ("segunda 11h", "2026-01-12T14:00:00Z"),
            ("segunda", "2026-01-19T11:00:00Z"),
            ("quarta", "2026-01-19T11:00:00Z"), // closed until Monday
        ] {
            assert_eq!(when(text).unwrap().due(now, &hours), Timestamp::parse(expected).unwrap(), "{text:?}");
        }
        let never: Hours = serde_json::from_str(r#"{"timezone":"UTC"}"#).unwrap();
        assert_eq!(when("amanhã").unwrap().due(now, &never), Timestamp::parse("2026-01-13T09:00:00Z").unwrap());
    }

    #[test]
    fn the_longest_name_is_the_target_and_the_rest_the_reason() {
        let names = [
            (1, "Maria"),
            (2, "Maria Silva"),
            (3, "Suporte Nível 2"),
            (4, "João Souza"),
            (5, "João Lima"),
            (3, "suporte n2"),
        ];
        for (rest, expected) in [
            ("@maria quer desconto", Ok((1, "quer desconto"))),
            ("@Maria Silva, quer desconto", Ok((2, "quer desconto"))),
            ("maria silva", Ok((2, ""))),
            ("@\"Suporte Nivel 2\" não liga", Ok((3, "não liga"))),
            ("suporte não liga", Ok((3, "não liga"))),
            ("joão lima: volta amanhã", Ok((5, "volta amanhã"))),
            ("@joao reclamou", Err(vec![4, 5])),
            ("@pedro reclamou", Err(vec![])),
            ("", Err(vec![])),
        ] {
            assert_eq!(split_target(rest, &names), expected, "{rest:?}");
        }
    }

    #[test]
    fn no_name_stands_twice_and_every_command_explains_itself_in_both_languages() {
        let mut names = std::collections::BTreeMap::new();
        for spec in COMMANDS {
            for name in spec.names() {
                assert_eq!(name, fold(name));
                assert_eq!(*names.entry(name).or_insert(spec.name.0), spec.name.0, "{name} stands twice");
            }
            for lang in [Lang::Pt, Lang::En] {
                assert!(spec.read.is_none() || !in_lang(spec.help, lang).is_empty());
                assert!(!help(Some(spec), lang).is_empty());
            }
        }
        assert!(help(None, Lang::Pt).contains("\n/pegar [n|nome] - "));
        assert!(help(None, Lang::En).contains("\n/take [n|name] - "));
        assert!(!help(None, Lang::En).contains("/ticket"));
        assert_eq!(find("video").unwrap().not_available(Lang::En), "/video is not available yet in this installation.");
    }

    #[test]
    fn customers_have_their_own_few_commands() {
        for (text, expected) in [
            ("/start", Some(CustomerCommand::Start)),
            ("/start ref123", Some(CustomerCommand::Start)),
            (" /ATENDENTE", Some(CustomerCommand::Agent)),
            ("/agent@our_bot", Some(CustomerCommand::Agent)),
            ("/parar", Some(CustomerCommand::Stop)),
            ("/stop", Some(CustomerCommand::Stop)),
            ("/queue", None),
            ("stop", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(customer_command(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_begins_with_a_slash_is_never_text(blank in "[ \t\u{200e}]*", line in ".*") {
            let read = parse(&format!("{blank}/{line}"));
            prop_assert!(matches!(read, Ok(Input::Command(_)) | Err(_)), "{:?}", read);
        }

        #[test]
        fn a_known_command_with_any_arguments_is_never_text(index in 0..COMMANDS.len(), rest in "(?s).*") {
            let read = parse(&format!("/{} {rest}", COMMANDS[index].name.1));
            prop_assert!(matches!(read, Ok(Input::Command(_)) | Err(CommandError::Usage { .. })), "{:?}", read);
        }

        #[test]
        fn every_snooze_ends_in_the_future(
            text in "(amanhã|hoje|segunda|sáb|)( às)? [0-9]{1,2}(h|:[0-5][0-9]|m|d|)",
            now in 0i64..4_000_000_000,
        ) {
            let mondays = r#"{"timezone":"America/New_York","week":{"mon":[["00:00","24:00"]]}}"#;
            let hours: Hours = serde_json::from_str(mondays).unwrap();
            let now = Timestamp::from_secs(now);
            if let Some(when) = when(&text) {
                prop_assert!(when.due(now, &hours) > now);
            }
        }

        #[test]
        fn targets_and_reasons_never_panic(rest in ".*", name in ".*") {
            if let Ok((_, reason)) = split_target(&rest, &[(1, name.as_str())]) {
                prop_assert!(rest.contains(reason));
            }
        }
    }
}
