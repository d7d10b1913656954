//! Numbers and money as people write them: `1.234,56`, `1,234.56`, `2 mil`, `R$ 50`, "vinte e três", "twelve hundred".
//! Exact: money never passes through a float.

use crate::lang::Lang;

/// A decimal number as its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// Without leading zeros; `0` when there is nothing else.
    whole: String,
    /// Without trailing zeros.
    fraction: String,
}

impl Decimal {
    fn new(negative: bool, whole: &str, fraction: &str) -> Self {
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        let fraction = fraction.trim_end_matches('0');
        let negative = negative && (whole, fraction) != ("0", "");
        Decimal { negative, whole: whole.into(), fraction: fraction.into() }
    }

    /// Moves the point to the right, as `mil` and `million` do.
    fn shifted(&self, places: usize) -> Self {
        let padded = format!("{:0<places$}", self.fraction);
        let (moved, fraction) = padded.split_at(places);
        Decimal::new(self.negative, &format!("{}{moved}", self.whole), fraction)
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }

    /// `None`: it has a fraction, or is too large.
    pub fn integer(&self) -> Option<i64> {
        self.fraction.is_empty().then(|| format!("{}{}", self.sign(), self.whole).parse().ok()).flatten()
    }

    pub fn float(&self) -> Option<f64> {
        format!("{}{}.{}0", self.sign(), self.whole, self.fraction)
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
    }

    /// `1234.50`. `None`: finer than a cent, or longer than any amount.
    pub fn money(&self) -> Option<String> {
        let fits = self.fraction.len() <= 2 && self.whole.len() <= 15;
        fits.then(|| format!("{}{}.{:0<2}", self.sign(), self.whole, self.fraction))
    }
}

/// What is being read: it decides what `1.234` means where both readings are possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    Number,
    Money,
}

/// The only number of a text. `None`: there is none, or more than one.
pub fn read(text: &str, lang: Lang, sense: Sense) -> Option<Decimal> {
    let words = split(text);
    let in_digits = numbers(&words, lang, sense, true)?;
    match in_digits.as_slice() {
        [] => match numbers(&words, lang, sense, false)?.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        },
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Words and numerals; a numeral keeps its points, commas and sign.
fn split(text: &str) -> Vec<String> {
    let folded = crate::text::fold(text).replace(['\u{a0}', '\u{202f}'], " ").replace('\u{2212}', "-");
    let letters: Vec<char> = folded.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for (index, letter) in letters.iter().copied().enumerate() {
        let next_is_digit = letters.get(index + 1).is_some_and(char::is_ascii_digit);
        let previous = index.checked_sub(1).and_then(|before| letters.get(before)).copied().unwrap_or(' ');
        let numeral = letter.is_ascii_digit()
            || (matches!(letter, '.' | ',') && next_is_digit && previous.is_ascii_digit())
            || (letter == '-' && next_is_digit && !previous.is_alphanumeric());
        let continues = open
            && words.last().is_some_and(|word| {
                let was_numeral = word.ends_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-'));
                letter != '-' && numeral == was_numeral && (numeral || letter.is_alphabetic())
            });
        if continues && let Some(word) = words.last_mut() {
            word.push(letter);
        } else if numeral || letter.is_alphabetic() {
            words.push(letter.into());
        }
        open = numeral || letter.is_alphabetic();
    }
    words
}

/// All numbers of a text, written in digits or in words. `None`: a numeral that cannot be read (`1.2.3`).
fn numbers(words: &[String], lang: Lang, sense: Sense, in_digits: bool) -> Option<Vec<Decimal>> {
    let mut found = Vec::new();
    let mut index = 0;
    while let Some(word) = words.get(index) {
        let read = if word.ends_with(|c: char| c.is_ascii_digit()) {
            index += 1;
            if in_digits { Some(numeral(word, lang, sense)?) } else { None }
        } else if in_digits {
            index += 1;
            None
        } else {
            spelled(words, &mut index)
        };
        let Some(mut number) = read else { continue };
        if let Some(places) = words.get(index).and_then(|word| scale(word)) {
            number = number.shifted(places);
            index += 1;
        }
        // "dez reais e cinquenta centavos", "R$ 10 e 50 centavos"
        if let Some((cents, taken)) = cents(words, index)
            && number.fraction.is_empty()
        {
            number.fraction = Decimal::new(false, "0", &format!("{cents:02}")).fraction;
            index += taken;
        }
        found.push(number);
    }
    Some(found)
}

/// `1.234,56`: which sign groups and which divides.
fn numeral(word: &str, lang: Lang, sense: Sense) -> Option<Decimal> {
    let (negative, digits) = word.strip_prefix('-').map_or((false, word), |rest| (true, rest));
    let last = digits.rfind(['.', ',']);
    let grouped = |text: &str, sign: char| {
        let mut groups = text.split(sign);
        let first = groups.next().unwrap_or_default();
        let rest: Vec<&str> = groups.collect();
        let digits = |group: &&str| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
        let fits = rest.is_empty() || ((1..=3).contains(&first.len()) && rest.iter().all(digits));
        (fits && first.bytes().all(|b| b.is_ascii_digit())).then(|| format!("{first}{}", rest.concat()))
    };
    let Some(at) = last else { return Some(Decimal::new(negative, digits, "")) };
    let (before, after) = (digits.get(..at)?, digits.get(at + 1..)?);
    let sign = digits.get(at..)?.chars().next()?;
    let other = if sign == '.' { ',' } else { '.' };
    if before.contains(sign) {
        return grouped(digits, sign).map(|whole| Decimal::new(negative, &whole, ""));
    }
    if !before.contains(other) {
        let groups = if lang == Lang::Pt { '.' } else { ',' };
        let may_group = after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0');
        if may_group && (sign == groups || sense == Sense::Money) {
            return Some(Decimal::new(negative, &format!("{before}{after}"), ""));
        }
    }
    Some(Decimal::new(negative, &grouped(before, other)?, after))
}

fn scale(word: &str) -> Option<usize> {
    match word {
        "mil" | "k" | "thousand" => Some(3),
        "milhao" | "milhoes" | "mi" | "million" | "millions" => Some(6),
        _ => None,
    }
}

/// "reais e cinquenta centavos" after an amount: the cents, and the words they take.
fn cents(words: &[String], index: usize) -> Option<(u64, usize)> {
    const UNITS: [&str; 8] = ["real", "reais", "dolar", "dolares", "dollar", "dollars", "euro", "euros"];
    let mut next = index;
    if words.get(next).is_some_and(|word| UNITS.contains(&word.as_str())) {
        next += 1;
    }
    if !words.get(next).is_some_and(|word| matches!(word.as_str(), "e" | "and" | "com")) {
        return None;
    }
    next += 1;
    let amount = match words.get(next)?.parse::<u64>() {
        Ok(digits) => {
            next += 1;
            digits
        }
        Err(_) => spelled(words, &mut next)?.whole.parse().ok()?,
    };
    let named = words.get(next).is_some_and(|word| matches!(word.as_str(), "centavo" | "centavos" | "cent" | "cents"));
    (named && amount < 100).then_some((amount, next + 1 - index))
}

/// What a number word adds. Portuguese and English share no word with two meanings here.
fn value(word: &str) -> Option<u64> {
    Some(match word {
        "zero" => 0,
        "um" | "uma" | "one" => 1,
        "dois" | "duas" | "two" => 2,
        "tres" | "three" => 3,
        "quatro" | "four" => 4,
        "cinco" | "five" => 5,
        "seis" | "six" | "meia" => 6,
        "sete" | "seven" => 7,
        "oito" | "eight" => 8,
        "nove" | "nine" => 9,
        "dez" | "ten" => 10,
        "onze" | "eleven" => 11,
        "doze" | "twelve" => 12,
        "treze" | "thirteen" => 13,
        "quatorze" | "catorze" | "fourteen" => 14,
        "quinze" | "fifteen" => 15,
        "dezesseis" | "sixteen" => 16,
        "dezessete" | "seventeen" => 17,
        "dezoito" | "eighteen" => 18,
        "dezenove" | "nineteen" => 19,
        "vinte" | "twenty" => 20,
        "trinta" | "thirty" => 30,
        "quarenta" | "forty" => 40,
        "cinquenta" | "fifty" => 50,
        "sessenta" | "sixty" => 60,
        "setenta" | "seventy" => 70,
        "oitenta" | "eighty" => 80,
        "noventa" | "ninety" => 90,
        "cem" | "cento" => 100,
        "duzentos" | "duzentas" => 200,
        "trezentos" | "trezentas" => 300,
        "quatrocentos" | "quatrocentas" => 400,
        "quinhentos" | "quinhentas" => 500,
        "seiscentos" | "seiscentas" => 600,
        "setecentos" | "setecentas" => 700,
        "oitocentos" | "oitocentas" => 800,
        "novecentos" | "novecentas" => 900,
        _ => return None,
    })
}

/// A small number written as one word, for hours: "dez", "three".
pub fn word(word: &str) -> Option<u64> {
    value(word)
}

/// A number in words from `index` on; `index` moves past it, or past one word when none begins there.
fn spelled(words: &[String], index: &mut usize) -> Option<Decimal> {
    let start = *index;
    let (mut total, mut group) = (0_u64, 0_u64);
    // The size below which the next word must stay: after "vinte" only units, after "cento" only tens.
    let (mut room, mut scale_room, mut any) = (1_000_u64, u64::MAX, false);
    let mut at = start;
    loop {
        let joined = any && words.get(at).is_some_and(|word| matches!(word.as_str(), "e" | "and"));
        let Some(word) = words.get(at + usize::from(joined)) else { break };
        // "um mil": the article counts before a scale only.
        if let Some(value) = value(word).filter(|value| *value < room) {
            group += value;
            room = match value {
                100.. => 100,
                20.. => 10,
                _ => 0,
            };
        } else if word == "hundred" && (1..100).contains(&group) {
            group *= 100;
            room = 100;
        } else if let Some(places) = scale(word).map(|places| 10_u64.pow(u32::try_from(places).unwrap_or(0)))
            && places < scale_room
            && word != "k"
            && word != "mi"
            && (any || word == "mil")
        {
            total += group.max(1) * places;
            (group, room, scale_room) = (0, 1_000, places);
        } else {
            break;
        }
        any = true;
        at += 1 + usize::from(joined);
    }
    *index = at.max(start + 1);
    if !any {
        return None;
    }
    let number = total + group;
    let article = at == start + 1 && number == 1;
    // "um momento", "one sec", "uma pergunta sobre o meu pedido": not a number.
    let counts = words.get(at).is_none_or(|next| {
        const WAITING: [&str; 11] = [
            "momento",
            "momentinho",
            "minuto",
            "minutinho",
            "segundo",
            "instante",
            "pouco",
            "moment",
            "minute",
            "second",
            "sec",
        ];
        !WAITING.contains(&next.as_str()) && words.len() <= 3
    });
    (!article || counts).then(|| Decimal::new(false, &number.to_string(), ""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integers_are_read_in_digits_and_in_words() {
        for (text, lang, expected) in [
            ("42", Lang::Pt, Some(42)),
            (" -7 ", Lang::Pt, Some(-7)),
            ("somos 4 pessoas", Lang::Pt, Some(4)),
            ("1.234", Lang::Pt, Some(1234)),
            ("1,234", Lang::En, Some(1234)),
            ("1,234", Lang::Pt, None),
            ("3,0", Lang::Pt, Some(3)),
            ("3,5", Lang::Pt, None),
            ("2 mil", Lang::Pt, Some(2000)),
            ("10k", Lang::En, Some(10_000)),
            ("1,5 milhão", Lang::Pt, Some(1_500_000)),
            ("vinte e três", Lang::Pt, Some(23)),
            ("cento e cinco", Lang::Pt, Some(105)),
            ("mil e duzentos", Lang::Pt, Some(1200)),
            ("dois mil quinhentos e doze", Lang::Pt, Some(2512)),
            ("um milhão e cem mil", Lang::Pt, Some(1_100_000)),
            ("twenty-three", Lang::En, Some(23)),
            ("two hundred and fifty", Lang::En, Some(250)),
            ("twelve hundred", Lang::En, Some(1200)),
            ("three thousand", Lang::En, Some(3000)),
            ("só uma", Lang::Pt, Some(1)),
            ("um momento", Lang::Pt, None),
            ("tenho uma dúvida sobre o pedido", Lang::Pt, None),
            ("entre 2 e 3", Lang::Pt, None),
            ("dois ou três", Lang::Pt, None),
            ("vinte trinta", Lang::Pt, None),
            ("1.2.3", Lang::Pt, None),
            ("12.34.567", Lang::Pt, None),
            ("99999999999999999999", Lang::Pt, None),
            ("", Lang::Pt, None),
            ("não sei", Lang::Pt, None),
        ] {
            assert_eq!(read(text, lang, Sense::Number).and_then(|number| number.integer()), expected, "{text}");
        }
    }

    #[test]
    fn floats_follow_the_language_where_both_readings_are_possible() {
        for (text, lang, expected) in [
            ("3,5", Lang::Pt, Some(3.5)),
            ("3.5", Lang::Pt, Some(3.5)),
            ("1.234", Lang::Pt, Some(1234.0)),
            ("1.234", Lang::En, Some(1.234)),
            ("0,125", Lang::Pt, Some(0.125)),
            ("0.125", Lang::Pt, Some(0.125)),
            ("1.234.567,89", Lang::En, Some(1_234_567.89)),
            ("1,234,567.89", Lang::Pt, Some(1_234_567.89)),
            ("-0,5", Lang::Pt, Some(-0.5)),
            ("2,5 mil", Lang::Pt, Some(2500.0)),
        ] {
            assert_eq!(read(text, lang, Sense::Number).and_then(|number| number.float()), expected, "{text}");
        }
    }

    #[test]
    fn money_is_exact_to_the_cent() {
        for (text, lang, expected) in [
            ("R$ 1.234,56", Lang::Pt, Some("1234.56")),
            ("1,234.56", Lang::Pt, Some("1234.56")),
            ("R$50", Lang::Pt, Some("50.00")),
            ("50 reais", Lang::Pt, Some("50.00")),
            ("50,5", Lang::Pt, Some("50.50")),
            ("1.500", Lang::En, Some("1500.00")),
            ("1,500", Lang::Pt, Some("1500.00")),
            ("US$ 12.00", Lang::En, Some("12.00")),
            ("mil e duzentos", Lang::Pt, Some("1200.00")),
            ("dez reais e cinquenta centavos", Lang::Pt, Some("10.50")),
            ("10 reais e 5 centavos", Lang::Pt, Some("10.05")),
            ("5 dollars and 20 cents", Lang::En, Some("5.20")),
            ("uns 2 mil", Lang::Pt, Some("2000.00")),
            ("0,1", Lang::Pt, Some("0.10")),
            ("90071992547409.93", Lang::En, Some("90071992547409.93")),
            ("1,2345", Lang::Pt, None),
            ("de 10 a 20", Lang::Pt, None),
            ("caro", Lang::Pt, None),
        ] {
            assert_eq!(read(text, lang, Sense::Money).and_then(|number| number.money()).as_deref(), expected, "{text}");
        }
    }

    /// As it is written in Brazil: grouped by points.
    fn grouped(number: u64) -> String {
        let digits = number.to_string();
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push('.');
            }
            text.push(digit);
        }
        text
    }

    proptest! {
        #[test]
        fn written_money_is_read_back(whole in 0_u64..1_000_000_000, cents in 0_u64..100, negative in any::<bool>()) {
            let sign = if negative && whole + cents > 0 { "-" } else { "" };
            let expected = format!("{sign}{whole}.{cents:02}");
            let brazilian = format!("{sign}{},{cents:02}", grouped(whole));
            let plain = format!("{sign}{whole}.{cents:02}");
            for lang in Lang::ALL {
                for text in [&brazilian, &plain] {
                    let read = read(text, lang, Sense::Money).and_then(|number| number.money());
                    prop_assert_eq!(read.as_deref(), Some(expected.as_str()), "{}", text);
                }
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}|[0-9., -]{0,20}|((vinte|e|mil|cem|two|hundred|million|5|,) ){0,12}") {
            for lang in Lang::ALL {
                for sense in [Sense::Number, Sense::Money] {
                    if let Some(number) = read(&text, lang, sense) {
                        number.integer();
                        number.float();
                        number.money();
                    }
                }
            }
        }
    }
}
