//! When a script runs by itself. People write it as they say it ("every 5 minutes", "dias úteis às 8h", "toda segunda às
//! 9h30") or as cron; both become one normal cron of five fields (minute, hour, day, month, weekday). What five fields
//! cannot say exactly is refused, not rounded. The time zone is the bot's.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};

use super::hear::date::{month_name, weekday_name};
use super::hear::hour;
use super::hear::tokens::{at, first_of, tokens};
use crate::lang::Lang;

/// Longest schedule read, in bytes.
const MAX_BYTES: usize = 200;
/// What "during business hours" means: from the first hour, up to the second.
const BUSINESS_HOURS: (u32, u32) = (9, 18);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub enum ScheduleError {
    /// From this word on; empty: something is missing at the end.
    NotUnderstood(String),
    /// Five fields, one of them wrong, as the cron reader says it.
    Cron(String),
    /// Every so many, which does not divide the hour or the day.
    Uneven(u32),
    /// Times of day that no single cron says: 8:00 and 9:30.
    Times,
    /// It reads well and never comes: 30 February.
    Never,
}

impl ScheduleError {
    pub fn message(&self, lang: Lang) -> String {
        let examples = lang.pick(
            "escreva, por exemplo, \"a cada 5 minutos\", \"dias úteis às 8h\" ou \"0 8 * * 1-5\"",
            "write, for example, \"every 5 minutes\", \"weekdays at 8am\" or \"0 8 * * 1-5\"",
        );
        match (self, lang) {
            (ScheduleError::NotUnderstood(word), Lang::Pt) if word.is_empty() => {
                format!("o horário está incompleto; {examples}")
            }
            (ScheduleError::NotUnderstood(word), Lang::En) if word.is_empty() => {
                format!("the schedule is incomplete; {examples}")
            }
            (ScheduleError::NotUnderstood(word), Lang::Pt) => format!("não entendi o horário em `{word}`; {examples}"),
            (ScheduleError::NotUnderstood(word), Lang::En) => {
                format!("the schedule is not clear at `{word}`; {examples}")
            }
            (ScheduleError::Cron(reason), Lang::Pt) => format!("cron inválido: {reason}"),
            (ScheduleError::Cron(reason), Lang::En) => format!("invalid cron: {reason}"),
            (ScheduleError::Uneven(every), Lang::Pt) => {
                format!(
                    "de {every} em {every} não divide a hora ou o dia em partes iguais; use 5, 10, 15, 20 ou 30 minutos, 1, 2, 3, 4, 6, 8 ou 12 horas"
                )
            }
            (ScheduleError::Uneven(every), Lang::En) => {
                format!(
                    "every {every} does not divide the hour or the day evenly; use 5, 10, 15, 20 or 30 minutes, 1, 2, 3, 4, 6, 8 or 12 hours"
                )
            }
            (ScheduleError::Times, Lang::Pt) => {
                "horários com minutos diferentes precisam de um agendamento cada".into()
            }
            (ScheduleError::Times, Lang::En) => "times with different minutes need a schedule each".into(),
            (ScheduleError::Never, Lang::Pt) => "esse dia não existe em nenhum ano".into(),
            (ScheduleError::Never, Lang::En) => "no year has such a day".into(),
        }
    }
}

/// Reads a phrase or a cron as the normal cron.
pub fn parse(text: &str) -> Result<String, ScheduleError> {
    let text = text.trim();
    if text.len() > MAX_BYTES {
        return Err(ScheduleError::NotUnderstood(text.chars().take(20).collect()));
    }
    let cron = match nickname(text) {
        Some(cron) => cron.to_owned(),
        None if is_cron(text) => normal_fields(text),
        None => Phrase::read(text)?.cron()?,
    };
    let pattern = parser().parse(&cron).map_err(|error| ScheduleError::Cron(error.to_string()))?;
    // From a fixed day: whether it ever comes does not depend on today.
    pattern.find_next_occurrence(&DateTime::UNIX_EPOCH, false).map_err(|_| ScheduleError::Never)?;
    Ok(cron)
}

/// When a normal cron is next due after an instant, in the time zone's own hours: what a change of clocks skips is due
/// right after it. `None`: not a cron, or never again.
pub fn next(cron: &str, tz: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let pattern = parser().parse(cron).ok()?;
    pattern.find_next_occurrence(&after.with_timezone(&tz), false).ok().map(|at| at.to_utc())
}

fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build()
}

fn nickname(text: &str) -> Option<&'static str> {
    Some(match text.to_ascii_lowercase().as_str() {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        _ => return None,
    })
}

/// Five fields (six when the seconds are 0) of the signs that cron knows.
fn is_cron(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let sign = |c: char| c.is_ascii_alphanumeric() || "*/,-#?+".contains(c);
    let counts = fields.len() == 5 || (fields.len() == 6 && fields.first() == Some(&"0"));
    counts
        && fields.iter().all(|field| field.chars().all(sign))
        && fields.first().is_some_and(|field| field.starts_with(|c: char| c == '*' || c.is_ascii_digit()))
        && fields.get(fields.len() - 4).is_some_and(|field| field.starts_with(|c: char| c == '*' || c.is_ascii_digit()))
}

fn normal_fields(text: &str) -> String {
    let fields: Vec<String> = text.split_whitespace().map(str::to_ascii_uppercase).collect();
    fields.get(fields.len() - 5..).unwrap_or_default().join(" ").replace('?', "*")
}

/// What a phrase says, part by part.
#[derive(Debug, Default)]
struct Phrase {
    every: Option<(u32, Unit)>,
    times: Vec<NaiveTime>,
    weekdays: BTreeSet<u32>,
    days: BTreeSet<u32>,
    last_day: bool,
    months: BTreeSet<u32>,
    /// From this hour to that one.
    window: Option<(u32, u32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "minute" | "minutes" | "min" | "mins" | "minuto" | "minutos" => Unit::Minute,
        "hour" | "hours" | "hora" | "horas" => Unit::Hour,
        "day" | "days" | "dia" | "dias" => Unit::Day,
        "week" | "weeks" | "semana" | "semanas" => Unit::Week,
        "month" | "months" | "mes" | "meses" => Unit::Month,
        "year" | "years" | "ano" | "anos" => Unit::Year,
        _ => return None,
    })
}

const SHORT: [(&str, Unit); 9] = [
    ("hourly", Unit::Hour),
    ("daily", Unit::Day),
    ("diariamente", Unit::Day),
    ("weekly", Unit::Week),
    ("semanalmente", Unit::Week),
    ("monthly", Unit::Month),
    ("mensalmente", Unit::Month),
    ("yearly", Unit::Year),
    ("anualmente", Unit::Year),
];
const WEEKDAYS: [(&str, ()); 7] = [
    ("weekdays", ()),
    ("weekday", ()),
    ("business days", ()),
    ("business day", ()),
    ("working days", ()),
    ("dias uteis", ()),
    ("dia util", ()),
];
const WEEKENDS: [(&str, ()); 5] =
    [("weekends", ()), ("weekend", ()), ("fins de semana", ()), ("fim de semana", ()), ("finais de semana", ())];
const BUSINESS: [(&str, ()); 5] = [
    ("during business hours", ()),
    ("business hours", ()),
    ("em horario comercial", ()),
    ("no horario comercial", ()),
    ("horario comercial", ()),
];
const FIRST_DAY: [(&str, ()); 5] = [
    ("first day of the month", ()),
    ("first of the month", ()),
    ("first day of every month", ()),
    ("primeiro dia do mes", ()),
    ("primeiro dia de cada mes", ()),
];
const LAST_DAY: [(&str, ()); 6] = [
    ("last day of the month", ()),
    ("last day of every month", ()),
    ("end of the month", ()),
    ("ultimo dia do mes", ()),
    ("ultimo dia de cada mes", ()),
    ("fim do mes", ()),
];
/// Words between the parts that say nothing by themselves.
const LINKS: [&str; 30] = [
    "every", "each", "on", "the", "of", "in", "and", "during", "all", "day", "days", "a", "o", "os", "as", "e", "no",
    "na", "nos", "nas", "em", "de", "do", "cada", "todo", "toda", "todos", "todas", "aos", ",",
];

impl Phrase {
    fn read(text: &str) -> Result<Self, ScheduleError> {
        let tokens = tokens(text);
        let mut phrase = Phrase::default();
        let mut index = 0;
        while index < tokens.len() {
            let taken = phrase.part(&tokens, index)?;
            index += match taken {
                Some(taken) => taken,
                None if LINKS.contains(&at(&tokens, index)) || matches!(at(&tokens, index), "dia" | "dias") => 1,
                None => return Err(ScheduleError::NotUnderstood(at(&tokens, index).to_owned())),
            };
        }
        Ok(phrase)
    }

    /// Reads one part, if one begins here: how many tokens it takes.
    fn part(&mut self, tokens: &[String], index: usize) -> Result<Option<usize>, ScheduleError> {
        if let Some(taken) = self.interval(tokens, index)? {
            return Ok(Some(taken));
        }
        if let Some((unit, taken)) = first_of(tokens, index, &SHORT) {
            self.every = Some((1, unit));
            return Ok(Some(taken));
        }
        if let Some(((), taken)) = first_of(tokens, index, &BUSINESS) {
            self.weekdays.extend(1..=5);
            self.window = Some(BUSINESS_HOURS);
            return Ok(Some(taken));
        }
        if let Some(((), taken)) = first_of(tokens, index, &WEEKDAYS) {
            self.weekdays.extend(1..=5);
            return Ok(Some(taken));
        }
        if let Some(((), taken)) = first_of(tokens, index, &WEEKENDS) {
            self.weekdays.extend([0, 6]);
            return Ok(Some(taken));
        }
        if let Some(((), taken)) = first_of(tokens, index, &FIRST_DAY) {
            self.days.insert(1);
            return Ok(Some(taken));
        }
        if let Some(((), taken)) = first_of(tokens, index, &LAST_DAY) {
            self.last_day = true;
            return Ok(Some(taken));
        }
        if let Some(taken) = self.window(tokens, index) {
            return Ok(Some(taken));
        }
        if let Some(taken) = self.weekday(tokens, index) {
            return Ok(Some(taken));
        }
        if let Some(month) = month_name(at(tokens, index)) {
            self.months.insert(month);
            return Ok(Some(1));
        }
        Ok(self.time(tokens, index).or_else(|| self.day(tokens, index)))
    }

    /// "every 5 minutes", "a cada hora", "de 5 em 5 minutos", "every day".
    fn interval(&mut self, tokens: &[String], index: usize) -> Result<Option<usize>, ScheduleError> {
        const EVERY: [(&str, ()); 10] = [
            ("once a", ()),
            ("uma vez por", ()),
            ("every", ()),
            ("each", ()),
            ("a cada", ()),
            ("cada", ()),
            ("todo", ()),
            ("toda", ()),
            ("todos os", ()),
            ("todas as", ()),
        ];
        let amount = |word: &str| {
            let digits = word.parse().ok().filter(|_| word.len() <= 4);
            digits.or_else(|| super::hear::small_number(word)).filter(|amount: &u32| *amount > 0)
        };
        // "de 5 em 5 minutos", "de hora em hora"
        if at(tokens, index) == "de" && at(tokens, index + 2) == "em" && at(tokens, index + 1) == at(tokens, index + 3)
        {
            if let Some(unit) = unit(at(tokens, index + 1)) {
                self.every = Some((1, unit));
                return Ok(Some(4));
            }
            if let (Some(every), Some(unit)) = (amount(at(tokens, index + 1)), unit(at(tokens, index + 4))) {
                return self.at_intervals(every, unit).map(|()| Some(5));
            }
        }
        let Some(((), start)) = first_of(tokens, index, &EVERY) else { return Ok(None) };
        let next = index + start;
        if let Some(every) = amount(at(tokens, next)) {
            let Some(unit) = unit(at(tokens, next + 1)) else { return Ok(None) };
            return self.at_intervals(every, unit).map(|()| Some(start + 2));
        }
        // "todo dia 5", "every day of march", "todo dia útil" are read as days.
        match unit(at(tokens, next)) {
            Some(Unit::Day) if first_of(tokens, next, &WEEKDAYS).is_some() => Ok(None),
            Some(Unit::Day) if self.day_number(tokens, next + 1).is_some() => Ok(None),
            Some(unit) => {
                self.every = Some((1, unit));
                Ok(Some(start + 1))
            }
            None => Ok(None),
        }
    }

    fn at_intervals(&mut self, every: u32, unit: Unit) -> Result<(), ScheduleError> {
        let even = match unit {
            Unit::Minute if every == 60 => return self.at_intervals(1, Unit::Hour),
            Unit::Hour if every == 24 => return self.at_intervals(1, Unit::Day),
            Unit::Minute => 60 % every == 0,
            Unit::Hour => 24 % every == 0,
            Unit::Month => 12 % every == 0,
            Unit::Day | Unit::Week | Unit::Year => every == 1,
        };
        self.every = Some((every, unit));
        if even { Ok(()) } else { Err(ScheduleError::Uneven(every)) }
    }

    /// "from 9am to 6pm", "das 8h às 18h", "between 9 and 17": whole hours.
    fn window(&mut self, tokens: &[String], index: usize) -> Option<usize> {
        if !matches!(at(tokens, index), "from" | "between" | "das" | "da" | "de" | "entre") {
            return None;
        }
        let skip = |at_: usize| usize::from(matches!(at(tokens, at_), "as" | "a" | "the" | "o"));
        let mut next = index + 1 + skip(index + 1);
        let (from, taken) = hour::time(tokens, next, true)?;
        next += taken;
        if !matches!(at(tokens, next), "to" | "until" | "till" | "and" | "as" | "a" | "ate" | "e" | "-") {
            return None;
        }
        next += 1;
        next += skip(next);
        let (to, taken) = hour::time(tokens, next, true)?;
        if from.minute() != 0 || to.minute() != 0 || from >= to {
            return None;
        }
        self.window = Some((from.hour(), to.hour()));
        Some(next + taken - index)
    }

    /// "monday", "segunda-feira", "segunda a sexta", "mon-fri".
    fn weekday(&mut self, tokens: &[String], index: usize) -> Option<usize> {
        let named = |index: usize| {
            let day = weekday_name(at(tokens, index))?;
            let tail = [("- feira", 2), ("feira", 1), ("- feiras", 2), ("feiras", 1)];
            Some((day, 1 + first_of(tokens, index + 1, &tail).map_or(0, |(taken, _)| taken)))
        };
        let (first, mut taken) = named(index)?;
        let until = matches!(at(tokens, index + taken), "a" | "ate" | "to" | "through" | "-");
        let last = named(index + taken + 1).filter(|_| until);
        let number = Weekday::num_days_from_sunday;
        match last {
            Some((last, more)) => {
                taken += 1 + more;
                let length = (number(&last) + 7 - number(&first)) % 7;
                self.weekdays.extend((0..=length).map(|day| (number(&first) + day) % 7));
            }
            None => {
                self.weekdays.insert(number(&first));
            }
        }
        Some(taken)
    }

    /// "at 8", "às 8h e às 18h", "8am", "noon".
    fn time(&mut self, tokens: &[String], index: usize) -> Option<usize> {
        let said = matches!(at(tokens, index), "at" | "as" | "a" | "ao");
        let start = index + usize::from(said);
        // After "e", as in "às 8 e 18".
        let goes_on = !self.times.is_empty() && matches!(at(tokens, index.wrapping_sub(1)), "e" | "and" | ",");
        let (time, taken) = hour::time(tokens, start, said || goes_on)?;
        self.times.push(time);
        Some(start + taken - index)
    }

    /// "dia 5", "dias 5 e 20", "the 1st", "1º".
    fn day(&mut self, tokens: &[String], index: usize) -> Option<usize> {
        let said = matches!(at(tokens, index), "dia" | "dias" | "day" | "days");
        let start = index + usize::from(said);
        let (day, taken) = self.day_number(tokens, start)?;
        let ordinal = taken > 1;
        let goes_on = !self.days.is_empty() && matches!(at(tokens, index.wrapping_sub(1)), "e" | "and" | ",");
        let of_month = at(tokens, start + taken) == "de" && month_name(at(tokens, start + taken + 1)).is_some();
        (said || ordinal || goes_on || of_month).then(|| {
            self.days.insert(day);
            start + taken - index
        })
    }

    fn day_number(&self, tokens: &[String], index: usize) -> Option<(u32, usize)> {
        let day = at(tokens, index).parse().ok().filter(|day| (1..=31).contains(day))?;
        match at(tokens, index + 1) {
            "st" | "nd" | "rd" | "th" | "o" | "º" | "°" => Some((day, 2)),
            "h" | ":" | "am" | "pm" | "hs" | "horas" => None,
            _ => Some((day, 1)),
        }
    }

    fn cron(self) -> Result<String, ScheduleError> {
        let list = |numbers: &BTreeSet<u32>| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let has_days = !self.days.is_empty() || self.last_day;
        let says_days = has_days || !self.weekdays.is_empty();
        if self.every.is_none() && self.times.is_empty() && self.window.is_none() && !says_days {
            return Err(ScheduleError::NotUnderstood(String::new()));
        }
        let sub_daily = matches!(self.every, Some((_, Unit::Minute | Unit::Hour)))
            || (self.every.is_none() && self.window.is_some());
        // "every 5 minutes at 8am" says two things.
        if sub_daily && !self.times.is_empty() || !sub_daily && self.window.is_some() {
            return Err(ScheduleError::Times);
        }
        let (minute, hour) = match (self.every, sub_daily) {
            (Some((every, Unit::Minute)), _) => {
                let minute = if every == 1 { "*".into() } else { format!("*/{every}") };
                // Until the hour, which is not begun any more.
                let hour = self.window.map_or("*".into(), |(from, to)| format!("{from}-{}", to - 1));
                (minute, hour)
            }
            (every, true) => {
                let every = every.map_or(1, |(every, _)| every);
                let step = if every == 1 { String::new() } else { format!("/{every}") };
                let hour = match self.window {
                    Some((from, to)) => format!("{from}-{to}{step}"),
                    None => format!("*{step}"),
                };
                ("0".into(), hour)
            }
            _ => {
                let minutes: BTreeSet<u32> = self.times.iter().map(Timelike::minute).collect();
                let hours: BTreeSet<u32> = self.times.iter().map(Timelike::hour).collect();
                match minutes.len() {
                    0 => ("0".into(), "0".into()),
                    1 => (list(&minutes), list(&hours)),
                    _ => return Err(ScheduleError::Times),
                }
            }
        };
        let months = match self.every {
            Some((every, Unit::Month)) if every > 1 => format!("*/{every}"),
            Some((_, Unit::Year)) if self.months.is_empty() => "1".into(),
            _ if self.months.is_empty() => "*".into(),
            _ => list(&self.months),
        };
        let monthly = matches!(self.every, Some((_, Unit::Month | Unit::Year)));
        let month_alone = !self.months.is_empty() && self.every.is_none() && self.weekdays.is_empty();
        let day = match (self.last_day, has_days) {
            (true, true) if !self.days.is_empty() => format!("{},L", list(&self.days)),
            (true, _) => "L".into(),
            (false, true) => list(&self.days),
            (false, false) if (monthly || month_alone) && self.weekdays.is_empty() => "1".into(),
            _ => "*".into(),
        };
        let weekly = matches!(self.every, Some((_, Unit::Week)));
        let weekday = match self.weekdays.len() {
            0 if weekly && day == "*" => "1".into(),
            0 | 7 => "*".into(),
            _ if self.weekdays == (1..=5).collect() => "1-5".into(),
            _ => list(&self.weekdays),
        };
        Ok(format!("{minute} {hour} {day} {months} {weekday}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn phrases_become_cron() {
        for (phrase, cron) in [
            ("every minute", "* * * * *"),
            ("every 5 minutes", "*/5 * * * *"),
            ("a cada 5 minutos", "*/5 * * * *"),
            ("A cada cinco minutos", "*/5 * * * *"),
            ("de 10 em 10 minutos", "*/10 * * * *"),
            ("every hour", "0 * * * *"),
            ("hourly", "0 * * * *"),
            ("de hora em hora", "0 * * * *"),
            ("a cada hora", "0 * * * *"),
            ("every 60 minutes", "0 * * * *"),
            ("every 2 hours", "0 */2 * * *"),
            ("every day", "0 0 * * *"),
            ("todo dia", "0 0 * * *"),
            ("diariamente às 7h", "0 7 * * *"),
            ("daily at 9am", "0 9 * * *"),
            ("every day at noon", "0 12 * * *"),
            ("todos os dias à meia-noite", "0 0 * * *"),
            ("todo dia ao meio-dia e meia", "30 12 * * *"),
            ("at 9am", "0 9 * * *"),
            ("às 18h30", "30 18 * * *"),
            ("weekdays at 8am", "0 8 * * 1-5"),
            ("every weekday at 8:15", "15 8 * * 1-5"),
            ("dias úteis às 8h", "0 8 * * 1-5"),
            ("nos dias úteis às 8", "0 8 * * 1-5"),
            ("todo dia útil às 8h", "0 8 * * 1-5"),
            ("segunda a sexta às 8h", "0 8 * * 1-5"),
            ("de segunda a sexta-feira, às 8h", "0 8 * * 1-5"),
            ("monday to friday at 8am", "0 8 * * 1-5"),
            ("weekends at 10", "0 10 * * 0,6"),
            ("fins de semana às 10h", "0 10 * * 0,6"),
            ("every monday at 9:30", "30 9 * * 1"),
            ("toda segunda às 9h30", "30 9 * * 1"),
            ("segundas e quartas às 14h", "0 14 * * 1,3"),
            ("mondays, wednesdays and fridays at 5pm", "0 17 * * 1,3,5"),
            ("toda sexta-feira às 5 da tarde", "0 17 * * 5"),
            ("sábado a segunda às 9h", "0 9 * * 0,1,6"),
            ("todo dia 5 às 10h", "0 10 5 * *"),
            ("dias 5 e 20 às 10h", "0 10 5,20 * *"),
            ("every month on the 1st at 9am", "0 9 1 * *"),
            ("monthly", "0 0 1 * *"),
            ("mensalmente às 6h", "0 6 1 * *"),
            ("primeiro dia do mês às 8h", "0 8 1 * *"),
            ("último dia do mês às 18h", "0 18 L * *"),
            ("every 3 months", "0 0 1 */3 *"),
            ("toda semana", "0 0 * * 1"),
            ("weekly on sunday at 20:00", "0 20 * * 0"),
            ("todo dia 25 de dezembro às 9h", "0 9 25 12 *"),
            ("yearly", "0 0 1 1 *"),
            ("às 8h e às 18h", "0 8,18 * * *"),
            ("every day at 8 and 18", "0 8,18 * * *"),
            ("every 15 minutes from 9am to 6pm", "*/15 9-17 * * *"),
            ("a cada hora das 8h às 18h", "0 8-18 * * *"),
            ("every 15 minutes during business hours", "*/15 9-17 * * 1-5"),
            ("a cada 30 minutos em horário comercial", "*/30 9-17 * * 1-5"),
            ("a cada 10 minutos, dias úteis, das 8 às 18", "*/10 8-17 * * 1-5"),
            ("0 8 * * 1-5", "0 8 * * 1-5"),
            (" */5  * * * mon-fri ", "*/5 * * * MON-FRI"),
            ("0 0 8 * * *", "0 8 * * *"),
            ("0 9 L * ?", "0 9 L * *"),
            ("@daily", "0 0 * * *"),
        ] {
            assert_eq!(parse(phrase).as_deref(), Ok(cron), "{phrase}");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        for (phrase, says) in [
            ("", "incomplete"),
            ("every", "incomplete"),
            ("de vez em quando", "`vez`"),
            ("every 7 minutes", "every 7"),
            ("a cada 45 minutos", "every 45"),
            ("every 5 hours", "every 5"),
            ("every 2 days", "every 2"),
            ("às 8h e às 9h30", "different minutes"),
            ("every 5 minutes at 8am", "different minutes"),
            ("61 * * * *", "invalid cron"),
            ("* * * * * *", "`*`"),
            ("30 8 * *", "not clear"),
            ("0 0 30 2 *", "no year"),
            ("todo dia 30 de fevereiro", "no year"),
        ] {
            let error = parse(phrase).unwrap_err();
            assert!(error.to_string().contains(says), "{phrase}: {error}");
            assert_ne!(error.message(Lang::Pt), error.message(Lang::En));
        }
    }

    #[test]
    fn the_next_time_is_in_the_bots_hours() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (cron, tz, after, expected) in [
            ("0 8 * * 1-5", Tz::America__Sao_Paulo, "2026-11-20T11:00:00Z", "2026-11-23T11:00:00Z"),
            ("0 8 * * 1-5", Tz::America__Sao_Paulo, "2026-11-20T10:59:59Z", "2026-11-20T11:00:00Z"),
            ("*/5 * * * *", Tz::UTC, "2026-11-20T10:02:30Z", "2026-11-20T10:05:00Z"),
            ("0 18 L * *", Tz::America__Sao_Paulo, "2027-02-01T00:00:00Z", "2027-02-28T21:00:00Z"),
            // Clocks go from 2:00 to 3:00: what was due at 2:30 is due as the hour begins.
            ("30 2 * * *", Tz::America__New_York, "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z"),
        ] {
            assert_eq!(next(cron, tz, at(after)), Some(at(expected)), "{cron} {after}");
        }
        assert_eq!(next("not a cron", Tz::UTC, at("2026-11-20T10:02:30Z")), None);
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_normal_and_comes(
            text in "\\PC{0,40}|((every|a cada|toda|segunda|dia|às|at|8h|5|30|minutos|hours|e|das|de|janeiro|9am|L|\\*) ?){0,8}",
            seconds in 0_i64..4_000_000_000,
        ) {
            if let Ok(cron) = parse(&text) {
                prop_assert_eq!(cron.split(' ').count(), 5);
                prop_assert_eq!(parse(&cron), Ok(cron.clone()), "{}", text);
                let after = DateTime::from_timestamp(seconds, 0).unwrap();
                let due = next(&cron, Tz::America__Sao_Paulo, after);
                prop_assert!(due.is_some_and(|due| due > after), "{} {}", text, cron);
            }
        }
    }
}
