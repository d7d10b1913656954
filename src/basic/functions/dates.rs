//! Dates and hours. They are texts, `2026-12-31` or `2026-12-31T23:59:00`, in the time of the bot; Brazilian forms are
//! read as well.

use chrono::{DateTime, Datelike, Duration, FixedOffset, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::{Arguments, Context, Row, wrong_argument};
use crate::basic::diagnostics::{ScriptError, message};
use crate::basic::value::Value;

type Answer = Result<Value, ScriptError>;

pub(super) const TABLE: &[Row] = &[
    ("NOW", "", "Data e hora de agora", "Date and hour of now", |c, _| Ok(written(Moment::at(c.now.naive_local())))),
    ("TODAY", "", "A data de hoje", "The date of today", |c, _| Ok(written(Moment::day(c.now.date_naive())))),
    ("TIME", "", "A hora de agora", "The hour of now", |c, _| Ok(c.now.format("%H:%M:%S").to_string().into())),
    ("TIMESTAMP", "date:a?", "Segundos desde 1970", "Seconds since 1970", timestamp),
    ("YEAR", "date:a?", "O ano", "The year", |c, a| Value::number(f64::from(moment(c, a, 0)?.at.year()))),
    ("MONTH", "date:a?", "O mês, de 1 a 12", "The month, 1 to 12", |c, a| {
        Ok(Value::count(moment(c, a, 0)?.at.month() as usize))
    }),
    ("DAY", "date:a?", "O dia do mês", "The day of the month", |c, a| {
        Ok(Value::count(moment(c, a, 0)?.at.day() as usize))
    }),
    ("HOUR", "date:a?", "A hora, de 0 a 23", "The hour, 0 to 23", |c, a| {
        Ok(Value::count(moment(c, a, 0)?.at.hour() as usize))
    }),
    ("MINUTE", "date:a?", "Os minutos", "The minutes", |c, a| Ok(Value::count(moment(c, a, 0)?.at.minute() as usize))),
    ("SECOND", "date:a?", "Os segundos", "The seconds", |c, a| Ok(Value::count(moment(c, a, 0)?.at.second() as usize))),
    (
        "WEEKDAY",
        "date:a?",
        "O dia da semana: 1 é domingo, 7 é sábado",
        "The day of the week: 1 is Sunday, 7 is Saturday",
        |c, a| Ok(Value::count(moment(c, a, 0)?.at.weekday().number_from_sunday() as usize)),
    ),
    ("DATE", "year:n month:n day:n", "A data deste ano, mês e dia", "The date of this year, month and day", date),
    (
        "DATEADD",
        "date:a amount:a unit:a?",
        "Soma dias, meses, horas… a uma data",
        "Adds days, months, hours… to a date",
        date_add,
    ),
    (
        "DATEDIFF",
        "from:a to:a unit:a?",
        "Quantos dias, meses, horas… de uma data a outra",
        "How many days, months, hours… from one date to the other",
        date_difference,
    ),
];

/// A date, with or without its hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    pub at: NaiveDateTime,
    pub has_hour: bool,
    offset: Option<FixedOffset>,
}

impl Moment {
    fn at(at: NaiveDateTime) -> Self {
        Moment { at, has_hour: true, offset: None }
    }

    fn day(day: NaiveDate) -> Self {
        Moment { at: day.and_time(NaiveTime::MIN), has_hour: false, offset: None }
    }
}

/// Reads `2026-12-31`, `2026-12-31T23:59[:59][Z]`, `31/12/2026 [23:59]`, `23:59`.
pub(super) fn parse(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return Some(Moment { at: exact.naive_local(), has_hour: true, offset: Some(*exact.offset()) });
    }
    for form in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
        "%d/%m/%Y %H:%M:%S",
        "%d/%m/%Y %H:%M",
    ] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, form) {
            return Some(Moment::at(at));
        }
    }
    for form in ["%Y-%m-%d", "%d/%m/%Y"] {
        if let Ok(day) = NaiveDate::parse_from_str(text, form) {
            return Some(Moment::day(day));
        }
    }
    for form in ["%H:%M:%S", "%H:%M"] {
        if let Ok(hour) = NaiveTime::parse_from_str(text, form) {
            return Some(Moment::at(NaiveDate::default().and_time(hour)));
        }
    }
    None
}

/// The date an argument is, in the bot's time; now when it is left out. Errors: `wrong_argument`.
pub(super) fn moment(context: &Context, a: &Arguments, index: usize) -> Result<Moment, ScriptError> {
    if !a.has(index) {
        return Ok(Moment::at(context.now.naive_local()));
    }
    let read = parse(&a.text(index)).ok_or_else(|| {
        let shown = a.get(index).shown();
        wrong_argument(message!("{shown} não é uma data", "{shown} is not a date"))
    })?;
    Ok(match read.offset {
        Some(offset) => {
            let shift = Duration::seconds(i64::from(context.now.offset().local_minus_utc() - offset.local_minus_utc()));
            Moment { at: read.at.checked_add_signed(shift).unwrap_or(read.at), offset: None, ..read }
        }
        None => read,
    })
}

fn written(moment: Moment) -> Value {
    let form = if moment.has_hour { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%d" };
    moment.at.format(form).to_string().into()
}

fn timestamp(context: &mut Context, a: &Arguments) -> Answer {
    let local = moment(context, a, 0)?.at.and_utc().timestamp();
    Value::number((local - i64::from(context.now.offset().local_minus_utc())) as f64)
}

fn date(_: &mut Context, a: &Arguments) -> Answer {
    let (year, month, day) = (a.number(0)?, a.count(1)?, a.count(2)?);
    match NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32) {
        Some(day) => Ok(written(Moment::day(day))),
        None => Err(wrong_argument(message!(
            "não existe o dia {day}/{month}/{year}",
            "there is no day {year}-{month}-{day}"
        ))),
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    Seconds(i64),
    Months(i64),
}

fn unit(text: &str) -> Option<Unit> {
    Some(match crate::text::fold(text.trim()).as_str() {
        "s" | "second" | "seconds" | "segundo" | "segundos" => Unit::Seconds(1),
        "n" | "minute" | "minutes" | "minuto" | "minutos" | "min" => Unit::Seconds(60),
        "h" | "hour" | "hours" | "hora" | "horas" => Unit::Seconds(3_600),
        "d" | "day" | "days" | "dia" | "dias" => Unit::Seconds(86_400),
        "w" | "ww" | "week" | "weeks" | "semana" | "semanas" => Unit::Seconds(604_800),
        "m" | "month" | "months" | "mes" | "meses" => Unit::Months(1),
        "y" | "yyyy" | "year" | "years" | "ano" | "anos" => Unit::Months(12),
        _ => return None,
    })
}

/// The unit, which old BASIC puts first and others last (days when left out), and the other two in their order.
fn with_unit(a: &Arguments) -> Result<(Unit, [usize; 2]), ScriptError> {
    if !a.has(2) {
        return Ok((Unit::Seconds(86_400), [0, 1]));
    }
    let last = unit(&a.text(2)).map(|unit| (unit, [0, 1]));
    last.or_else(|| unit(&a.text(0)).map(|unit| (unit, [1, 2]))).ok_or_else(|| {
        let shown = a.get(2).shown();
        wrong_argument(message!(
            "{shown} não é unidade de tempo; há \"day\", \"month\", \"year\", \"hour\", \"minute\", \"second\", \"week\"",
            "{shown} is no unit of time; there are \"day\", \"month\", \"year\", \"hour\", \"minute\", \"second\", \"week\""
        ))
    })
}

fn date_add(context: &mut Context, a: &Arguments) -> Answer {
    let (unit, places) = with_unit(a)?;
    // Old BASIC: unit, amount, date.
    let (date, amount) = if places == [1, 2] { (2, 1) } else { (0, 1) };
    let mut moment = moment(context, a, date)?;
    let amount = a.number(amount)?.trunc();
    let out_of_range = || wrong_argument(message!("a data fica longe demais", "the date is too far away"));
    let moved = match unit {
        Unit::Seconds(seconds) => {
            moment.has_hour |= seconds < 86_400;
            let total = amount * seconds as f64;
            (total.abs() < 1e12).then(|| moment.at.checked_add_signed(Duration::seconds(total as i64))).flatten()
        }
        Unit::Months(months) => {
            let total = amount * months as f64;
            let months = Months::new(total.abs().min(1e6) as u32);
            if total < 0.0 { moment.at.checked_sub_months(months) } else { moment.at.checked_add_months(months) }
        }
    };
    moment.at = moved.filter(|at| (0..=9999).contains(&at.year())).ok_or_else(out_of_range)?;
    Ok(written(moment))
}

/// Whole units passed; days are those of the calendar.
fn date_difference(context: &mut Context, a: &Arguments) -> Answer {
    let (unit, [from, to]) = with_unit(a)?;
    let (from, to) = (moment(context, a, from)?.at, moment(context, a, to)?.at);
    let difference = match unit {
        Unit::Seconds(seconds) if seconds >= 86_400 => (to.date() - from.date()).num_seconds() / seconds,
        Unit::Seconds(seconds) => (to - from).num_seconds() / seconds,
        Unit::Months(months) => {
            let (early, late, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
            let months_between =
                i64::from(late.year() - early.year()) * 12 + i64::from(late.month()) - i64::from(early.month());
            let incomplete = (late.day(), late.time()) < (early.day(), early.time());
            sign * (months_between - i64::from(incomplete)) / months
        }
    };
    Value::number(difference as f64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{call, check};

    #[test]
    fn dates_are_read_in_both_forms_and_taken_apart() {
        check("YEAR", json!(["31/12/2025"]), json!(2025));
        check("DAY", json!(["2025-12-31"]), json!(31));
        check("HOUR", json!(["2025-12-31 23:59"]), json!(23));
        check("HOUR", json!(["2026-01-15T12:00:00Z"]), json!(9));
        check("HOUR", json!([]), json!(12));
        check("WEEKDAY", json!(["2026-01-15"]), json!(5));
        check("TODAY", json!([]), json!("2026-01-15"));
        check("TIMESTAMP", json!(["1970-01-01T00:00:00Z"]), json!(0));
        check("DATE", json!([2024, 2, 29]), json!("2024-02-29"));
        assert!(call("YEAR", &["ontem".into()]).is_err());
    }

    #[test]
    fn dates_move_and_differ_by_the_calendar() {
        check("DATEADD", json!(["2026-01-31", 1, "month"]), json!("2026-02-28"));
        check("DATEADD", json!(["2026-01-31", -1, "dias"]), json!("2026-01-30"));
        check("DATEADD", json!(["d", 2, "2026-01-31"]), json!("2026-02-02"));
        check("DATEADD", json!(["2026-01-31", 90, "minutos"]), json!("2026-01-31T01:30:00"));
        check("DATEDIFF", json!(["2000-01-16", "2026-01-15", "anos"]), json!(25));
        check("DATEDIFF", json!(["2026-01-15T23:00", "2026-01-16T01:00"]), json!(1));
        check("DATEDIFF", json!(["h", "2026-01-15T23:00", "2026-01-16T01:00"]), json!(2));
        check("DATEDIFF", json!(["2026-02-01", "2026-01-01", "months"]), json!(-1));
        assert!(call("DATEADD", &["2026-01-31".into(), super::Value::Number(1e300), "year".into()]).is_err());
    }
}
