//! `FORMAT`: numbers and dates as people of a language write them.

use chrono::{Datelike, Timelike};

use super::dates::{self, Moment, moment};
use super::{Arguments, Context, Row};
use crate::basic::diagnostics::ScriptError;
use crate::basic::value::Value;
use crate::lang::Lang;

pub(super) const TABLE: &[Row] = &[(
    "FORMAT",
    "value:a pattern:t language:t?",
    "\"0.00\", \"#,##0.00\", \"currency\", \"percent\", \"dd/MM/yyyy HH:mm\"",
    "\"0.00\", \"#,##0.00\", \"currency\", \"percent\", \"dd/MM/yyyy HH:mm\"",
    format,
)];

fn format(context: &mut Context, a: &Arguments) -> Result<Value, ScriptError> {
    let pattern = a.text(1);
    let lang = if a.has(2) { Lang::from_locale(&a.text(2)).unwrap_or(context.lang) } else { context.lang };
    let text = match a.get(0) {
        Value::Number(_) => number(a.number(0)?, &pattern, lang),
        Value::Text(text) if text.trim().is_empty() => String::new(),
        Value::Text(text) if dates::parse(text).is_some() => date(moment(context, a, 0)?, &pattern, lang),
        value @ Value::Text(_) if value.as_number().is_some() => number(a.number(0)?, &pattern, lang),
        other => other.to_text().to_string(),
    };
    Ok(text.into())
}

/// The pattern: what stands before the first `0` or `#` and after the last is kept; `,` between groups digits; the
/// zeros after `.` are decimals that are always written, `#` those only when needed; `%` shows hundredths.
fn number(number: f64, pattern: &str, lang: Lang) -> String {
    let pattern = match pattern.trim().to_lowercase().as_str() {
        "currency" | "money" | "moeda" => lang.pick("R$ #,##0.00", "$#,##0.00"),
        "percent" | "porcentagem" => "0%",
        "integer" | "inteiro" => "#,##0",
        "number" | "numero" | "número" => "#,##0.##",
        "fixed" => "0.00",
        _ => pattern,
    };
    let is_digit = |letter: char| matches!(letter, '0' | '#');
    let Some(first) = pattern.find(is_digit) else { return Value::Number(number).to_text().to_string() };
    let end = pattern.rfind(is_digit).map_or(pattern.len(), |last| last + 1);
    let (before, body, after) = (
        pattern.get(..first).unwrap_or_default(),
        pattern.get(first..end).unwrap_or_default(),
        pattern.get(end..).unwrap_or_default(),
    );
    let (whole, decimals) = body.split_once('.').unwrap_or((body, ""));
    let always = decimals.chars().filter(|letter| *letter == '0').count().min(15);
    let most = decimals.chars().filter(|letter| is_digit(*letter)).count().min(15);
    let width = whole.chars().filter(|letter| *letter == '0').count().min(30);
    let shown = if after.trim_start().starts_with('%') { number * 100.0 } else { number };
    // The same rounding as ROUND: half away from zero, also where binary falls short of the half.
    let written = format!("{:.most$}", shown + shown * f64::EPSILON * 2.0);
    let (digits, fraction) =
        written.trim_start_matches('-').split_once('.').unwrap_or((written.trim_start_matches('-'), ""));
    let needed = fraction.trim_end_matches('0').len().max(always);
    let fraction = fraction.get(..needed).unwrap_or_default();
    let digits = format!("{digits:0>width$}");
    let (thousands, point) = match lang {
        Lang::Pt => ('.', ','),
        Lang::En => (',', '.'),
    };
    let mut text = String::new();
    if shown < 0.0 && (digits.bytes().any(|digit| digit != b'0') || fraction.bytes().any(|digit| digit != b'0')) {
        text.push('-');
    }
    text.push_str(before);
    for (index, digit) in digits.chars().enumerate() {
        if whole.contains(',') && index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(thousands);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(point);
        text.push_str(fraction);
    }
    text.push_str(after);
    text
}

const MONTHS: [(&str, &str); 12] = [
    ("janeiro", "January"),
    ("fevereiro", "February"),
    ("março", "March"),
    ("abril", "April"),
    ("maio", "May"),
    ("junho", "June"),
    ("julho", "July"),
    ("agosto", "August"),
    ("setembro", "September"),
    ("outubro", "October"),
    ("novembro", "November"),
    ("dezembro", "December"),
];

const DAYS: [(&str, &str); 7] = [
    ("domingo", "Sunday"),
    ("segunda-feira", "Monday"),
    ("terça-feira", "Tuesday"),
    ("quarta-feira", "Wednesday"),
    ("quinta-feira", "Thursday"),
    ("sexta-feira", "Friday"),
    ("sábado", "Saturday"),
];

/// `d dd ddd dddd M MM MMM MMMM yy yyyy H HH h hh m mm n nn s ss tt`; `mm` beside no hour is a month. Texts in quotes and all
/// other signs are kept.
fn date(moment: Moment, pattern: &str, lang: Lang) -> String {
    let pattern = match pattern.trim().to_lowercase().as_str() {
        "" => match (moment.has_hour, lang) {
            (true, Lang::Pt) => "dd/MM/yyyy HH:mm",
            (true, Lang::En) => "MM/dd/yyyy HH:mm",
            (false, Lang::Pt) => "dd/MM/yyyy",
            (false, Lang::En) => "MM/dd/yyyy",
        },
        "short" | "curta" => lang.pick("dd/MM/yyyy", "MM/dd/yyyy"),
        "long" | "longa" => lang.pick("dddd, d 'de' MMMM 'de' yyyy", "dddd, MMMM d, yyyy"),
        "iso" => "yyyy-MM-dd",
        "time" | "hora" => "HH:mm",
        _ => pattern,
    };
    let at = moment.at;
    let name = |names: (&'static str, &'static str)| lang.pick(names.0, names.1).to_owned();
    let month = MONTHS.get(at.month0() as usize).copied().unwrap_or_default();
    let day = DAYS.get(at.weekday().num_days_from_sunday() as usize).copied().unwrap_or_default();
    let hour12 = at.hour12().1;
    let mut text = String::new();
    let mut letters = pattern.chars().peekable();
    let mut after_hour = false;
    while let Some(letter) = letters.next() {
        if letter == '\'' {
            text.extend(letters.by_ref().take_while(|letter| *letter != '\''));
            continue;
        }
        let mut count = 1;
        while letters.next_if_eq(&letter).is_some() {
            count += 1;
        }
        let padded = |number: u32| if count > 1 { format!("{number:02}") } else { number.to_string() };
        let part = match (letter, count) {
            ('d' | 'D', 1 | 2) => padded(at.day()),
            ('d' | 'D', 3) => name(day).chars().take(3).collect(),
            ('d' | 'D', _) => name(day),
            ('m', _) if after_hour => padded(at.minute()),
            ('M' | 'm', 1 | 2) => padded(at.month()),
            ('M' | 'm', 3) => name(month).chars().take(3).collect(),
            ('M' | 'm', _) => name(month),
            ('y' | 'Y', 2) => format!("{:02}", at.year().rem_euclid(100)),
            ('y' | 'Y', _) => at.year().to_string(),
            ('H', _) => padded(at.hour()),
            ('h', _) => padded(if pattern.contains("tt") { hour12 } else { at.hour() }),
            ('n', _) => padded(at.minute()),
            ('s' | 'S', _) => padded(at.second()),
            ('t', 2) => if at.hour() < 12 { "AM" } else { "PM" }.to_owned(),
            (other, count) => std::iter::repeat_n(other, count).collect(),
        };
        match letter {
            'H' | 'h' => after_hour = true,
            _ if letter.is_alphabetic() => after_hour = false,
            _ => {}
        }
        text.push_str(&part);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;

    #[test]
    fn numbers_are_written_as_the_language_does() {
        for (number, pattern, pt, en) in [
            (json!(1234.5), "currency", "R$ 1.234,50", "$1,234.50"),
            (json!(1234.5), "#,##0.00", "1.234,50", "1,234.50"),
            (json!(0.5), "0.00", "0,50", "0.50"),
            (json!(7), "000", "007", "007"),
            (json!(-0.001), "0.00", "0,00", "0.00"),
            (json!(-1234567), "#,##0", "-1.234.567", "-1,234,567"),
            (json!(0.256), "0.0%", "25,6%", "25.6%"),
            (json!("1234.5"), "R$ 0.00", "R$ 1234,50", "R$ 1234.50"),
            (json!(1.005), "0.00", "1,01", "1.01"),
            (json!(3), "0.##", "3", "3"),
            (json!(3), "sem números", "3", "3"),
        ] {
            check("FORMAT", json!([number, pattern]), json!(pt));
            check("FORMAT", json!([number, pattern, "en"]), json!(en));
        }
    }

    #[test]
    fn dates_are_written_by_their_pattern() {
        let date = "2026-01-05T09:07:03";
        for (pattern, expected) in [
            ("dd/MM/yyyy", "05/01/2026"),
            ("dd/mm/yyyy hh:mm", "05/01/2026 09:07"),
            ("d/M/yy", "5/1/26"),
            ("HH:mm:ss", "09:07:03"),
            ("dddd", "segunda-feira"),
            ("ddd, d MMM", "seg, 5 jan"),
            ("long", "segunda-feira, 5 de janeiro de 2026"),
            ("hh:mm tt", "09:07 AM"),
            ("", "05/01/2026 09:07"),
        ] {
            check("FORMAT", json!([date, pattern]), json!(expected));
        }
        check("FORMAT", json!([date, "long", "en"]), json!("Monday, January 5, 2026"));
    }
}
