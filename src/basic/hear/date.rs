//! A day as people say it: `31/12/2026`, `31/12`, "amanhã", "próxima sexta", "dia 15", "March 3rd". What names no year
//! means the next such day, today included; a weekday means the first one after today.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::number;
use super::tokens::{at, first_of, follows, only, tokens};
use crate::lang::Lang;

/// The only day of a text. `lang` decides `03/04` where both readings are possible.
pub fn read(text: &str, lang: Lang, today: NaiveDate) -> Option<NaiveDate> {
    let tokens = tokens(text);
    if let [only] = tokens.as_slice()
        && only.len() == 8
        && only.bytes().all(|b| b.is_ascii_digit())
    {
        let (day, rest) = only.split_at_checked(2)?;
        let (month, year) = rest.split_at_checked(2)?;
        return ordered(day, month, Some(year), lang, today);
    }
    let mut found = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        match day(&tokens, index, lang, today) {
            Some((day, taken)) => {
                found.push(day?);
                index += taken;
            }
            None => index += 1,
        }
    }
    only(found)
}

/// What stands at `index`: nothing of a date, or a day and the tokens it takes; `Some((None, _))` is a day that does
/// not exist.
fn day(tokens: &[String], index: usize, lang: Lang, today: NaiveDate) -> Option<(Option<NaiveDate>, usize)> {
    relative(tokens, index, today)
        .or_else(|| weekday(tokens, index, today))
        .or_else(|| written(tokens, index, lang, today))
        .or_else(|| named_month(tokens, index, today))
        .or_else(|| day_of_month(tokens, index, today))
}

const RELATIVE: [(&str, i64); 10] = [
    ("depois de amanha", 2),
    ("day after tomorrow", 2),
    ("amanha", 1),
    ("tomorrow", 1),
    ("hoje", 0),
    ("today", 0),
    ("anteontem", -2),
    ("day before yesterday", -2),
    ("ontem", -1),
    ("yesterday", -1),
];

fn relative(tokens: &[String], index: usize, today: NaiveDate) -> Option<(Option<NaiveDate>, usize)> {
    if let Some((days, taken)) = first_of(tokens, index, &RELATIVE) {
        return Some((today.checked_add_signed(chrono::TimeDelta::days(days)), taken));
    }
    // "daqui a 3 dias", "em duas semanas", "in 2 weeks"
    const AHEAD: [(&str, ()); 5] = [("daqui a", ()), ("daqui", ()), ("em", ()), ("in", ()), ("dentro de", ())];
    let ((), taken) = first_of(tokens, index, &AHEAD)?;
    let amount = amount(at(tokens, index + taken))?;
    let day = match at(tokens, index + taken + 1) {
        "dia" | "dias" | "day" | "days" => today.checked_add_days(Days::new(amount.into())),
        "semana" | "semanas" | "week" | "weeks" => today.checked_add_days(Days::new(7 * u64::from(amount))),
        "mes" | "meses" | "month" | "months" => today.checked_add_months(Months::new(amount)),
        _ => return None,
    };
    Some((day, taken + 2))
}

/// A number up to four digits, or one word.
fn amount(token: &str) -> Option<u32> {
    match token.parse() {
        Ok(digits) if token.len() <= 4 => Some(digits),
        _ => u32::try_from(number::word(token)?).ok(),
    }
}

/// A weekday in either language, in the singular or, as schedules say it, in the plural.
pub fn weekday_name(token: &str) -> Option<Weekday> {
    Some(match token {
        "segunda" | "segundas" | "seg" | "monday" | "mondays" | "mon" => Weekday::Mon,
        "terca" | "tercas" | "ter" | "tuesday" | "tuesdays" | "tue" => Weekday::Tue,
        "quarta" | "quartas" | "qua" | "wednesday" | "wednesdays" | "wed" => Weekday::Wed,
        "quinta" | "quintas" | "qui" | "thursday" | "thursdays" | "thu" => Weekday::Thu,
        "sexta" | "sextas" | "sex" | "friday" | "fridays" | "fri" => Weekday::Fri,
        "sabado" | "sabados" | "sab" | "saturday" | "saturdays" | "sat" => Weekday::Sat,
        "domingo" | "domingos" | "dom" | "sunday" | "sundays" | "sun" => Weekday::Sun,
        _ => return None,
    })
}

fn weekday(tokens: &[String], index: usize, today: NaiveDate) -> Option<(Option<NaiveDate>, usize)> {
    let wanted = weekday_name(at(tokens, index))?;
    let mut taken = 1;
    for tail in ["- feira", "feira", "que vem"] {
        if follows(tokens, index + taken, tail) {
            taken += tail.split(' ').count();
        }
    }
    // "sexta, dia 15": the number says it.
    let ahead = (wanted.num_days_from_monday() + 7 - today.weekday().num_days_from_monday()) % 7;
    let ahead = if ahead == 0 { 7 } else { ahead };
    let day = today.checked_add_days(Days::new(ahead.into()));
    let comma = usize::from(at(tokens, index + taken) == ",");
    let next = index + taken + comma;
    match day_of_month(tokens, next, today)
        .or_else(|| written(tokens, next, Lang::Pt, today))
        .or_else(|| named_month(tokens, next, today))
    {
        Some((said, more)) => Some((said, taken + comma + more)),
        None => Some((day, taken)),
    }
}

/// `2026-12-31`, `31/12/2026`, `31.12.26`, `31/12`.
fn written(tokens: &[String], index: usize, lang: Lang, today: NaiveDate) -> Option<(Option<NaiveDate>, usize)> {
    let part = |offset: usize| {
        Some(at(tokens, index + offset)).filter(|token| token.bytes().all(|b| b.is_ascii_digit()) && !token.is_empty())
    };
    let first = part(0)?;
    let sign = Some(at(tokens, index + 1)).filter(|sign| matches!(*sign, "/" | "-" | "."))?;
    let second = part(2).filter(|token| token.len() <= 2)?;
    let third = part(4).filter(|_| at(tokens, index + 3) == sign);
    if first.len() == 4 {
        return Some((date(first.parse().ok()?, second, third?), 5));
    }
    if first.len() > 2 {
        return None;
    }
    match third {
        Some(year) => Some((ordered(first, second, Some(year), lang, today), 5)),
        // "10-12" is a range and "10.30" an hour; without a year only the slash makes a date.
        None if sign == "/" => Some((ordered(first, second, None, lang, today), 3)),
        None => None,
    }
}

fn date(year: i32, month: &str, day: &str) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
}

/// Day and month in the language's order, or in the other when only that exists.
fn ordered(first: &str, second: &str, year: Option<&str>, lang: Lang, today: NaiveDate) -> Option<NaiveDate> {
    let (first, second) = (first.parse().ok()?, second.parse().ok()?);
    let (day, month) = if lang == Lang::Pt { (first, second) } else { (second, first) };
    let on = |day: u32, month: u32| match year {
        Some(year) => NaiveDate::from_ymd_opt(full_year(year, today)?, month, day),
        None => coming(day, month, today),
    };
    on(day, month).or_else(|| on(month, day))
}

/// Four digits, or two: up to twenty years ahead, else in the past (`26`, `85`).
fn full_year(digits: &str, today: NaiveDate) -> Option<i32> {
    let year: i32 = digits.parse().ok()?;
    match digits.len() {
        4 => Some(year),
        2 => {
            let century = today.year() - today.year().rem_euclid(100);
            Some(if century + year > today.year() + 20 { century - 100 + year } else { century + year })
        }
        _ => None,
    }
}

/// The next such day, today included; 29 February may be years away.
fn coming(day: u32, month: u32, today: NaiveDate) -> Option<NaiveDate> {
    (0..=8).filter_map(|years| NaiveDate::from_ymd_opt(today.year() + years, month, day)).find(|date| *date >= today)
}

/// A month in either language, whole or in three letters.
pub fn month_name(token: &str) -> Option<u32> {
    const MONTHS: [[&str; 4]; 12] = [
        ["janeiro", "january", "jan", "jan"],
        ["fevereiro", "february", "fev", "feb"],
        ["marco", "march", "mar", "mar"],
        ["abril", "april", "abr", "apr"],
        ["maio", "may", "mai", "may"],
        ["junho", "june", "jun", "jun"],
        ["julho", "july", "jul", "jul"],
        ["agosto", "august", "ago", "aug"],
        ["setembro", "september", "set", "sep"],
        ["outubro", "october", "out", "oct"],
        ["novembro", "november", "nov", "nov"],
        ["dezembro", "december", "dez", "dec"],
    ];
    let at = MONTHS.iter().position(|names| names.contains(&token))?;
    u32::try_from(at + 1).ok()
}

/// `15 de março de 2026`, `15 mar`, `March 15th, 2026`, `1º de maio`.
fn named_month(tokens: &[String], index: usize, today: NaiveDate) -> Option<(Option<NaiveDate>, usize)> {
    let (day, month, mut taken) = if let Some(month) = month_name(at(tokens, index)) {
        let (day, digits) = ordinal(tokens, index + 1)?;
        (day, month, 1 + digits)
    } else {
        let (day, digits) = ordinal(tokens, index)?;
        let of = usize::from(matches!(at(tokens, index + digits), "de" | "of" | "/" | "-"));
        (day, month_name(at(tokens, index + digits + of))?, digits + of + 1)
    };
    let link = usize::from(matches!(at(tokens, index + taken), "de" | "do" | "," | "/" | "-" | "of"));
    let year = Some(at(tokens, index + taken + link)).filter(|year| year.len() == 4);
    match year.and_then(|year| full_year(year, today)) {
        Some(year) => {
            taken += link + 1;
            Some((NaiveDate::from_ymd_opt(year, month, day), taken))
        }
        None => Some((coming(day, month, today), taken)),
    }
}

/// `15`, `15th`, `1º`, "primeiro": the day and the tokens it takes.
fn ordinal(tokens: &[String], index: usize) -> Option<(u32, usize)> {
    let token = at(tokens, index);
    if matches!(token, "primeiro" | "first") {
        return Some((1, 1));
    }
    let day = token.parse().ok().filter(|day| (1..=31).contains(day) && token.len() <= 2)?;
    let suffix = matches!(at(tokens, index + 1), "st" | "nd" | "rd" | "th" | "o" | "º" | "°");
    Some((day, 1 + usize::from(suffix)))
}

/// `dia 15`, `the 15th`: this month, or the next that has such a day.
fn day_of_month(tokens: &[String], index: usize, today: NaiveDate) -> Option<(Option<NaiveDate>, usize)> {
    let (said, start) = match at(tokens, index) {
        "dia" | "day" | "the" => (true, index + 1),
        _ => (false, index),
    };
    let (day, taken) = ordinal(tokens, start)?;
    let english = matches!(at(tokens, start + 1), "st" | "nd" | "rd" | "th");
    if !english && (!said || at(tokens, index) == "the") {
        return None;
    }
    if let Some((date, taken)) = named_month(tokens, start, today) {
        return Some((date, start + taken - index));
    }
    if let Some((date, taken)) = written(tokens, start, Lang::Pt, today) {
        return Some((date, start + taken - index));
    }
    let first = today.with_day(1)?;
    let date = (0..=12)
        .filter_map(|months| first.checked_add_months(Months::new(months))?.with_day(day))
        .find(|date| *date >= today);
    Some((date, start + taken - index))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A Wednesday.
    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 18).unwrap()
    }

    #[test]
    fn days_are_read_as_people_say_them() {
        for (text, lang, expected) in [
            ("31/12/2026", Lang::Pt, "2026-12-31"),
            ("31-12-2026", Lang::Pt, "2026-12-31"),
            ("31.12.26", Lang::Pt, "2026-12-31"),
            ("31122026", Lang::Pt, "2026-12-31"),
            ("nasci em 05/03/85", Lang::Pt, "1985-03-05"),
            ("2026-12-31", Lang::Pt, "2026-12-31"),
            ("31/12", Lang::Pt, "2026-12-31"),
            ("10/01", Lang::Pt, "2027-01-10"),
            ("18/11", Lang::Pt, "2026-11-18"),
            ("29/02", Lang::Pt, "2028-02-29"),
            ("03/04/2027", Lang::Pt, "2027-04-03"),
            ("03/04/2027", Lang::En, "2027-03-04"),
            ("12/31/2026", Lang::Pt, "2026-12-31"),
            ("31/12/2026", Lang::En, "2026-12-31"),
            ("hoje", Lang::Pt, "2026-11-18"),
            ("Amanhã de manhã", Lang::Pt, "2026-11-19"),
            ("pode ser depois de amanhã?", Lang::Pt, "2026-11-20"),
            ("ontem", Lang::Pt, "2026-11-17"),
            ("the day after tomorrow", Lang::En, "2026-11-20"),
            ("tomorrow please", Lang::En, "2026-11-19"),
            ("próxima sexta", Lang::Pt, "2026-11-20"),
            ("sexta-feira", Lang::Pt, "2026-11-20"),
            ("na segunda que vem", Lang::Pt, "2026-11-23"),
            ("quarta", Lang::Pt, "2026-11-25"),
            ("next friday", Lang::En, "2026-11-20"),
            ("sexta, dia 27", Lang::Pt, "2026-11-27"),
            ("sexta-feira, 20/11", Lang::Pt, "2026-11-20"),
            ("dia 15", Lang::Pt, "2026-12-15"),
            ("dia 20", Lang::Pt, "2026-11-20"),
            ("dia 31", Lang::Pt, "2026-12-31"),
            ("dia 15/01", Lang::Pt, "2027-01-15"),
            ("dia 15 de março", Lang::Pt, "2027-03-15"),
            ("15 de março de 2026", Lang::Pt, "2026-03-15"),
            ("1º de maio", Lang::Pt, "2027-05-01"),
            ("primeiro de janeiro", Lang::Pt, "2027-01-01"),
            ("5/jan/2027", Lang::Pt, "2027-01-05"),
            ("March 3rd", Lang::En, "2027-03-03"),
            ("March 15, 2027", Lang::En, "2027-03-15"),
            ("the 15th of March", Lang::En, "2027-03-15"),
            ("the 20th", Lang::En, "2026-11-20"),
            ("daqui a 3 dias", Lang::Pt, "2026-11-21"),
            ("em duas semanas", Lang::Pt, "2026-12-02"),
            ("in 1 month", Lang::En, "2026-12-18"),
            ("amanhã, dia 19", Lang::Pt, "2026-11-19"),
        ] {
            assert_eq!(read(text, lang, today()).map(|day| day.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "31/02/2026",
            "32/12/2026",
            "sexta ou sábado",
            "qualquer dia",
            "10-12",
            "às 10.30",
            "em breve",
            "15",
            "99999999",
        ] {
            assert_eq!(read(text, Lang::Pt, today()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn written_days_are_read_back(days in 0_u64..40_000) {
            let day = NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + Days::new(days);
            for (form, lang) in [("%d/%m/%Y", Lang::Pt), ("%Y-%m-%d", Lang::Pt), ("%m/%d/%Y", Lang::En), ("%d%m%Y", Lang::Pt), ("%B %d, %Y", Lang::En)] {
                let text = day.format(form).to_string();
                prop_assert_eq!(read(&text, lang, today()), Some(day), "{}", text);
            }
        }

        #[test]
        fn a_day_without_a_year_is_never_past(day in 1_u32..=31, month in 1_u32..=12, offset in 0_u64..800) {
            let today = today() + Days::new(offset);
            for text in [format!("{day}/{month}"), format!("dia {day}")] {
                if let Some(read) = read(&text, Lang::Pt, today) {
                    prop_assert!(read >= today && read.day() == day || text.contains('/'));
                }
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}|((31|12|99|/|-|dia|de|marco|sexta|em|9999|meses|th|,) ?){0,10}") {
            for lang in Lang::ALL {
                read(&text, lang, today());
            }
        }
    }
}
