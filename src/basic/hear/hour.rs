//! A time of day as people say it: `10h30`, `10:30`, "dez e meia", "3pm", "8 da noite", "meio-dia", "half past ten".

use chrono::NaiveTime;

use super::number;
use super::tokens::{at, first_of, follows, only, tokens};

/// The only time of a text. A number alone is an hour when nothing else could be meant: "10", "às 10".
pub fn read(text: &str) -> Option<NaiveTime> {
    let tokens = tokens(text);
    let alone = tokens
        .iter()
        .filter(|token| token.bytes().all(|b| b.is_ascii_digit()) || token.chars().all(char::is_alphabetic));
    let alone = alone.count() == 1;
    let mut found = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let said = index > 0 && matches!(at(&tokens, index - 1), "as" | "at" | "a" | "das" | "umas" | "around");
        match time(&tokens, index, alone || said) {
            Some((time, taken)) => {
                found.push(time);
                index += taken;
            }
            None => index += 1,
        }
    }
    only(found)
}

/// The time that begins at a token, and how many tokens it takes. `bare`: a number without `h`, `:` or `pm` is an hour.
pub fn time(tokens: &[String], index: usize, bare: bool) -> Option<(NaiveTime, usize)> {
    const NAMED: [(&str, u32); 6] =
        [("meio - dia", 12), ("meio dia", 12), ("meia - noite", 0), ("meia noite", 0), ("noon", 12), ("midnight", 0)];
    if let Some((hour, taken)) = first_of(tokens, index, &NAMED) {
        let half = follows(tokens, index + taken, "e meia");
        let time = NaiveTime::from_hms_opt(hour, if half { 30 } else { 0 }, 0)?;
        return Some((time, taken + if half { 2 } else { 0 }));
    }
    const ENGLISH: [(&str, i32); 4] =
        [("half past", 30), ("quarter past", 15), ("quarter to", -15), ("a quarter to", -15)];
    let (shift, mut next) =
        first_of(tokens, index, &ENGLISH).map_or((None, index), |(shift, taken)| (Some(shift), index + taken));
    let (hour, in_digits) = amount(at(tokens, next)).filter(|(hour, _)| *hour <= 24)?;
    next += 1;
    let mut minute = 0;
    let mut certain = shift.is_some();
    let unit = matches!(at(tokens, next), "h" | "hs" | "hr" | "hrs" | "hora" | "horas");
    if unit || (in_digits && matches!(at(tokens, next), ":" | ".")) {
        let minutes = at(tokens, next + 1).parse().ok().filter(|_| at(tokens, next + 1).len() == 2).filter(|m| *m < 60);
        match minutes {
            Some(minutes) => {
                (minute, certain) = (minutes, true);
                next += 2 + usize::from(matches!(at(tokens, next + 2), "min" | "m" | "minutos"));
            }
            // "10h75" is no time, "10h" is.
            None if unit => {
                if at(tokens, next + 1).parse::<u32>().is_ok_and(|minutes| minutes >= 60) {
                    return None;
                }
                certain = true;
                next += 1;
            }
            None => {}
        }
    } else if follows(tokens, next, "oclock") {
        certain = true;
        next += 1;
    }
    if minute == 0 && at(tokens, next) == "e" {
        if at(tokens, next + 1) == "meia" {
            (minute, certain) = (30, true);
            next += 2;
        } else if let Some((minutes, _)) = amount(at(tokens, next + 1)).filter(|(m, _)| (5..60).contains(m)) {
            let named = at(tokens, next + 2).starts_with("min");
            if certain || named || !in_digits {
                (minute, certain) = (minutes, true);
                next += 2 + usize::from(named);
            }
        }
    }
    let (hour, taken) = match first_of(tokens, next, &PARTS) {
        Some((part, taken)) => {
            certain = true;
            (part.hour(hour)?, taken)
        }
        None => (hour % 24, 0),
    };
    if hour == 0 && minute > 0 && at(tokens, index) == "24" || !(certain || bare) {
        return None;
    }
    let minutes = i32::try_from(hour * 60 + minute).ok()? + shift.unwrap_or(0);
    let minutes = u32::try_from(minutes.rem_euclid(24 * 60)).ok()?;
    Some((NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0)?, next + taken - index))
}

/// A number in digits or one word, and whether it was digits.
fn amount(token: &str) -> Option<(u32, bool)> {
    if token.len() <= 2
        && let Ok(digits) = token.parse()
    {
        return Some((digits, true));
    }
    let word = number::word(token).filter(|_| token != "meia")?;
    Some((u32::try_from(word).ok()?, false))
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Morning,
    Afternoon,
    Night,
}

const PARTS: [(&str, Part); 15] = [
    ("da manha", Part::Morning),
    ("da madrugada", Part::Morning),
    ("de manha", Part::Morning),
    ("in the morning", Part::Morning),
    ("am", Part::Morning),
    ("a . m .", Part::Morning),
    ("da tarde", Part::Afternoon),
    ("de tarde", Part::Afternoon),
    ("in the afternoon", Part::Afternoon),
    ("pm", Part::Afternoon),
    ("p . m .", Part::Afternoon),
    ("da noite", Part::Night),
    ("de noite", Part::Night),
    ("in the evening", Part::Night),
    ("at night", Part::Night),
];

impl Part {
    /// The hour of the day; none where the words contradict ("20 da manhã").
    fn hour(self, hour: u32) -> Option<u32> {
        match (self, hour) {
            (Part::Morning, 12) => Some(0),
            (Part::Morning, ..12) => Some(hour),
            (Part::Morning, _) => None,
            (Part::Night, 12 | 24) => Some(0),
            (Part::Afternoon, 12) => Some(12),
            (Part::Afternoon | Part::Night, 1..12) => Some(hour + 12),
            (Part::Afternoon | Part::Night, 13..24) => Some(hour),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hours_are_read_as_people_say_them() {
        for (text, expected) in [
            ("10h30", "10:30"),
            ("10:30", "10:30"),
            ("às 10h", "10:00"),
            ("10 horas", "10:00"),
            ("10h30min", "10:30"),
            ("14.45", "14:45"),
            ("10", "10:00"),
            ("às 9", "09:00"),
            ("pode ser às 15", "15:00"),
            ("umas 10 da manhã", "10:00"),
            ("3 da tarde", "15:00"),
            ("8 da noite", "20:00"),
            ("oito e meia da noite", "20:30"),
            ("dez e quinze", "10:15"),
            ("10 e meia", "10:30"),
            ("2h e 20 minutos", "02:20"),
            ("meio-dia", "12:00"),
            ("Meio dia e meia", "12:30"),
            ("meia-noite", "00:00"),
            ("12 da noite", "00:00"),
            ("24h", "00:00"),
            ("0:15", "00:15"),
            ("3pm", "15:00"),
            ("3:15 PM", "15:15"),
            ("12 a.m.", "00:00"),
            ("12pm", "12:00"),
            ("ten o'clock", "10:00"),
            ("half past ten", "10:30"),
            ("quarter to 9 pm", "20:45"),
            ("around 7 in the evening", "19:00"),
            ("noon", "12:00"),
        ] {
            let read = read(text).map(|time| time.format("%H:%M").to_string());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "25h", "10h75", "24:30", "20 da manhã", "às 10 ou às 11", "somos 3 pessoas", "à tarde", "1030000"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_written_time_is_read_back(hour in 0_u32..24, minute in 0_u32..60, form in 0_usize..3) {
            let text = [format!("{hour}h{minute:02}"), format!("{hour:02}:{minute:02}"), format!("às {hour}h{minute:02}min")];
            prop_assert_eq!(read(&text[form]), NaiveTime::from_hms_opt(hour, minute, 0));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}|((1|12|24|meia|e|h|:|30|pm|quarter to) ?){0,10}") {
            read(&text);
        }
    }
}
