//! Phone numbers as E.164, the form in which the same person is recognised on every channel. Not a check that a number
//! exists.
//!
//! Brazil is known in full: area codes, the ninth digit, trunk and carrier prefixes. North America is checked for its
//! shape and Mexico's old mobile prefix is dropped. For the other countries a small table (calling code, trunk prefix,
//! length) is enough to read local forms, and an international number is accepted by its calling code and length. The
//! usual metadata crates hold several megabytes for every country's patterns, which a server that is to idle in 30 MB
//! does not spend on one field. Called wherever a number comes in: router, contacts API, attendant and contact imports,
//! campaigns.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// A phone number in canonical E.164 (`+5511988887777`): equal numbers are equal texts. Brazilian mobiles carry the
/// ninth digit.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

/// Refused by [`Phone`]'s deserialisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an international phone number")]
pub struct NotAPhone;

impl Phone {
    /// `+5511988887777`
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `5511988887777`, as WhatsApp writes it.
    pub fn digits(&self) -> &str {
        self.0.trim_start_matches('+')
    }

    /// Every E.164 form under which the same person may be known, the canonical first: a Brazilian mobile that existed
    /// before the ninth digit (2012 to 2016) is also met without it, a Mexican one with the `1` dropped in 2019.
    pub fn variants(&self) -> Vec<String> {
        let mut forms = vec![self.0.clone()];
        if let Some((area, subscriber)) =
            self.digits().strip_prefix("55").and_then(|national| national.split_at_checked(2))
        {
            // Numbers given out since then go on below 96: without the 9 they would be somebody's landline, or
            // nobody's.
            match subscriber.strip_prefix('9') {
                Some(old) if old.len() == 8 && old.starts_with(['6', '7', '8', '9']) => {
                    forms.push(format!("+55{area}{old}"))
                }
                _ => {}
            }
        }
        if let Some(national) = self.digits().strip_prefix("52").filter(|national| national.len() == 10) {
            forms.push(format!("+521{national}"));
        }
        forms
    }

    /// For logs: the calling code and the last four digits, `+55*******7777`.
    pub fn masked(&self) -> String {
        let digits = self.digits();
        let code = calling_code(digits).unwrap_or_default();
        let hidden = digits.len().saturating_sub(code.len() + 4);
        let tail = digits.get(code.len() + hidden..).unwrap_or_default();
        format!("+{code}{}{tail}", "*".repeat(hidden))
    }
}

/// Masked: a number must not reach a log by way of `{:?}`.
impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

impl TryFrom<String> for Phone {
    type Error = NotAPhone;
    fn try_from(text: String) -> Result<Self, NotAPhone> {
        text.starts_with('+').then(|| normalise(&text, "")).flatten().ok_or(NotAPhone)
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> String {
        phone.0
    }
}

/// Reads a number as people and providers write it. `default_country` (ISO 3166-1 alpha-2) gives the meaning of a
/// number without `+` or `00`; a country that is not in the table reads only international forms.
///
/// `None`: not a number, no area code, or not possible in its country.
pub fn normalise(text: &str, default_country: &str) -> Option<Phone> {
    let (digits, international) = digits(text)?;
    let digits = digits.as_str();
    if international {
        return from_international(digits);
    }
    if default_country.eq_ignore_ascii_case("BR") {
        return from_brazil(digits);
    }
    let country = COUNTRIES.iter().find(|country| country.iso.eq_ignore_ascii_case(default_country));
    let exit = if country.is_some_and(|country| country.code == "1") { "011" } else { "00" };
    if let Some(abroad) = digits.strip_prefix(exit) {
        return from_international(abroad);
    }
    let country = country?;
    let fits = |national: &str| country.length.contains(&national.len());
    let local = digits.strip_prefix(country.trunk).filter(|_| !country.trunk.is_empty());
    let national = local.filter(|rest| fits(rest)).or_else(|| Some(digits).filter(|all| fits(all)));
    match national {
        Some(national) => from_international(&format!("{}{national}", country.code)),
        None => digits.strip_prefix(country.code).filter(|rest| fits(rest)).and_then(|_| from_international(digits)),
    }
}

/// The digits, and whether they were written as an international number. `None` when anything else than a number is
/// there.
fn digits(text: &str) -> Option<(String, bool)> {
    // Compatibility forms are full-width digits and no-break spaces; the marks come along when a number is copied from
    // a chat.
    let plain: String = text
        .nfkc()
        .filter(
            |c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'),
        )
        .collect();
    let plain = plain.trim();
    let plain = plain.strip_prefix("tel:").or_else(|| plain.strip_prefix("whatsapp:")).unwrap_or(plain);
    let international = plain.trim_start_matches([' ', '(']).starts_with('+');
    // `+44 (0)20`: dialled at home only.
    let plain = if international { plain.replace("(0)", "") } else { plain.to_owned() };
    let mut digits = String::with_capacity(16);
    for (index, c) in plain.trim_start_matches([' ', '(']).chars().enumerate() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if index == 0 => {}
            ' ' | '\t' | '(' | ')' | '-' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            _ => return None,
        }
    }
    (7..=20).contains(&digits.len()).then_some((digits, international))
}

/// Without `+` in Brazil: national with or without trunk, `00` abroad, or the international form with its `+`
/// forgotten.
fn from_brazil(digits: &str) -> Option<Phone> {
    if let Some(abroad) = digits.strip_prefix("00") {
        return from_international(abroad);
    }
    // 55 is also an area code, but a national number has 10 or 11 digits and one with the country code 12 or more.
    match brazilian(digits) {
        Some(national) => Some(Phone(format!("+55{national}"))),
        None if digits.len() >= 12 && !digits.starts_with('0') => from_international(digits),
        None => None,
    }
}

/// A Brazilian national number as area code and subscriber, the ninth digit added to mobiles.
fn brazilian(digits: &str) -> Option<String> {
    let national = match digits.strip_prefix('0') {
        // 0 + carrier + area code + number
        Some(rest) if rest.len() > 11 => rest.get(2..)?,
        Some(rest) => rest,
        None => digits,
    };
    let (area, subscriber) = national.split_at_checked(2)?;
    if !AREA_CODES.contains(&area.parse().ok()?) {
        return None;
    }
    match (subscriber.len(), subscriber.as_bytes().first()?) {
        (9, b'9') | (8, b'2'..=b'5') => Some(format!("{area}{subscriber}")),
        (8, b'6'..=b'9') => Some(format!("{area}9{subscriber}")),
        _ => None,
    }
}

/// Digits that begin with a calling code.
fn from_international(digits: &str) -> Option<Phone> {
    let code = calling_code(digits)?;
    let national = digits.strip_prefix(code)?;
    let trunk = COUNTRIES.iter().any(|country| country.code == code && country.trunk == "0");
    let national = match code {
        "55" => brazilian(national)?,
        "1" => {
            let in_range = |at: usize| matches!(national.as_bytes().get(at), Some(b'2'..=b'9'));
            (national.len() == 10 && in_range(0) && in_range(3)).then(|| national.to_owned())?
        }
        "52" => national.strip_prefix('1').filter(|rest| rest.len() == 10).unwrap_or(national).to_owned(),
        _ if trunk => national.trim_start_matches('0').to_owned(),
        _ => national.to_owned(),
    };
    // E.164 allows 15 digits; the shortest numbers in use (small islands) have 8 with their code.
    (8..=15).contains(&(code.len() + national.len())).then(|| Phone(format!("+{code}{national}")))
}

/// The calling code (ITU-T E.164, assigned codes) at the front of `digits`.
fn calling_code(digits: &str) -> Option<&str> {
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        [b'2', b'1'..=b'6' | b'8' | b'9', _, ..]
        | [b'3', b'5' | b'7' | b'8', _, ..]
        | [b'4', b'2', _, ..]
        | [b'5', b'0' | b'9', _, ..]
        | [b'6', b'7'..=b'9', _, ..]
        | [b'8', b'0' | b'5' | b'7' | b'8', _, ..]
        | [b'9', b'6' | b'7' | b'9', _, ..] => 3,
        _ => return None,
    };
    digits.get(..length)
}

/// Area codes (DDD) in use, ANATEL resolution 263/2001 as amended.
const AREA_CODES: [u8; 67] = [
    11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 24, 27, 28, 31, 32, 33, 34, 35, 37, 38, 41, 42, 43, 44, 45, 46, 47, 48,
    49, 51, 53, 54, 55, 61, 62, 63, 64, 65, 66, 67, 68, 69, 71, 73, 74, 75, 77, 79, 81, 82, 83, 84, 85, 86, 87, 88, 89,
    91, 92, 93, 94, 95, 96, 97, 98, 99,
];

/// How a country writes its numbers at home.
struct Country {
    iso: &'static str,
    code: &'static str,
    /// Dialled before a national number at home, never from abroad; empty where there is none (Italy keeps its zero).
    trunk: &'static str,
    /// Digits of a national number without trunk.
    length: std::ops::RangeInclusive<usize>,
}

const fn country(
    iso: &'static str,
    code: &'static str,
    trunk: &'static str,
    shortest: usize,
    longest: usize,
) -> Country {
    Country { iso, code, trunk, length: shortest..=longest }
}

static COUNTRIES: [Country; 37] = [
    country("AO", "244", "", 9, 9),
    country("AR", "54", "0", 10, 11),
    country("AT", "43", "0", 7, 13),
    country("AU", "61", "0", 9, 9),
    country("BE", "32", "0", 8, 9),
    country("BO", "591", "0", 8, 8),
    country("CA", "1", "1", 10, 10),
    country("CH", "41", "0", 9, 9),
    country("CL", "56", "", 9, 9),
    country("CN", "86", "0", 10, 11),
    country("CO", "57", "", 10, 10),
    country("CR", "506", "", 8, 8),
    country("CV", "238", "", 7, 7),
    country("DE", "49", "0", 7, 11),
    country("DO", "1", "1", 10, 10),
    country("EC", "593", "0", 8, 9),
    country("ES", "34", "", 9, 9),
    country("FR", "33", "0", 9, 9),
    country("GB", "44", "0", 9, 10),
    country("GT", "502", "", 8, 8),
    country("IE", "353", "0", 7, 9),
    country("IN", "91", "0", 10, 10),
    country("IT", "39", "", 6, 11),
    country("JP", "81", "0", 9, 10),
    country("MX", "52", "", 10, 10),
    country("MZ", "258", "", 8, 9),
    country("NL", "31", "0", 9, 9),
    country("PA", "507", "", 7, 8),
    country("PE", "51", "0", 8, 9),
    country("PL", "48", "", 9, 9),
    country("PT", "351", "", 9, 9),
    country("PY", "595", "0", 8, 9),
    country("SV", "503", "", 8, 8),
    country("US", "1", "1", 10, 10),
    country("UY", "598", "0", 7, 8),
    country("VE", "58", "0", 10, 10),
    country("ZA", "27", "0", 9, 9),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, country: &str) -> Option<String> {
        normalise(text, country).map(String::from)
    }

    #[test]
    fn brazilian_numbers_are_read_in_every_common_form() {
        for text in [
            "(11) 98888-7777",
            "11 98888 7777",
            "11988887777",
            "011988887777",
            "0 15 11 98888-7777",
            "005511988887777",
            "+55 (11) 98888-7777",
            "+5511988887777",
            "+55 011 98888-7777",
            "+55 (0)11 98888-7777",
            "(+55) 11 98888.7777",
            "5511988887777",
            "551188887777",
            "(11) 8888-7777",
            "+55 11 8888-7777",
            "whatsapp:+5511988887777",
            "tel:+55-11-98888-7777",
            "\u{202a}+55 11 98888\u{2011}7777\u{202c}",
            "１１９８８８８７７７７",
        ] {
            assert_eq!(read(text, "BR").as_deref(), Some("+5511988887777"), "{text}");
        }
        for (text, expected) in [
            ("(11) 3333-4444", "+551133334444"),
            ("551133334444", "+551133334444"),
            ("(55) 99999-1234", "+5555999991234"),
            ("55 3222-1234", "+555532221234"),
            ("5521900001111", "+5521900001111"),
            ("351912345678", "+351912345678"),
            ("00 1 415 555 2671", "+14155552671"),
        ] {
            assert_eq!(read(text, "BR").as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "98888-7777",
            "8888-7777",
            "(20) 98888-7777",
            "(10) 3333-4444",
            "11 1888-7777",
            "11 88888-7777",
            "+55 11 988",
            "119888877771",
            "0800 123 4567",
            "190",
            "+",
            "+0 11 3333",
            "+55119888877771",
            "11 98888-7777 ramal 2",
            "+1 114 555 2671",
            "+1 415 155 2671",
            "+210 1234",
            "maria@example.com",
            "11+988887777",
            "+5511988887777123456",
        ] {
            assert_eq!(read(text, "BR"), None, "{text}");
        }
    }

    #[test]
    fn other_countries_are_read_at_home_and_from_abroad() {
        for (country, text, expected) in [
            ("PT", "912 345 678", "+351912345678"),
            ("PT", "351912345678", "+351912345678"),
            ("GB", "020 7946 0958", "+442079460958"),
            ("BR", "+44 (0)20 7946 0958", "+442079460958"),
            ("US", "(415) 555-2671", "+14155552671"),
            ("us", "1-415-555-2671", "+14155552671"),
            ("US", "011 55 11 8888 7777", "+5511988887777"),
            ("IT", "06 1234567", "+39061234567"),
            ("BR", "+39 06 1234567", "+39061234567"),
            ("MX", "+52 1 55 1234 5678", "+525512345678"),
            ("DE", "0055 11 98888-7777", "+5511988887777"),
            ("XX", "+81 90-1234-5678", "+819012345678"),
        ] {
            assert_eq!(read(text, country).as_deref(), Some(expected), "{country} {text}");
        }
        assert_eq!(read("912345678", "XX"), None);
    }

    #[test]
    fn a_mobile_with_and_without_the_ninth_digit_is_one_person() {
        let of = |text: &str| normalise(text, "BR").unwrap().variants();
        assert_eq!(of("+551188887777"), ["+5511988887777", "+551188887777"]);
        assert_eq!(of("+5511988887777"), of("+551188887777"));
        assert_eq!(of("+551133334444"), ["+551133334444"]);
        assert_eq!(of("+5511933334444"), ["+5511933334444"], "without its 9 this is another person's landline");
        assert_eq!(of("+5215512345678"), ["+525512345678", "+5215512345678"]);
        assert_eq!(of("+14155552671"), ["+14155552671"]);
    }

    #[test]
    fn logs_show_the_country_and_the_last_four_digits() {
        let phone = normalise("11988887777", "BR").unwrap();
        assert_eq!(phone.masked(), "+55*******7777");
        assert_eq!(format!("{phone:?}"), phone.masked());
        assert_eq!(phone.digits(), "5511988887777");
    }

    #[test]
    fn stored_numbers_are_checked_when_read_back() {
        let phone: Phone = serde_json::from_str("\"+551188887777\"").unwrap();
        assert_eq!(serde_json::to_string(&phone).unwrap(), "\"+5511988887777\"");
        assert!(serde_json::from_str::<Phone>("\"11988887777\"").is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics_and_every_result_is_canonical(text in "\\PC{0,24}|[+(]{0,2}[0-9 ()-]{0,20}", country in "BR|US|PT|IT|GB|MX|XX|") {
            if let Some(phone) = normalise(&text, &country) {
                let written = phone.as_str();
                prop_assert!(written.starts_with('+') && (8..=16).contains(&written.len()));
                prop_assert!(written[1..].bytes().all(|b| b.is_ascii_digit()) && !written.starts_with("+0"));
                prop_assert_eq!(&normalise(written, &country), &Some(phone.clone()), "reading it again changes nothing");
                for variant in phone.variants() {
                    prop_assert_eq!(&normalise(&variant, "BR"), &Some(phone.clone()), "{}", variant);
                }
                prop_assert!(!phone.masked().contains(&written[written.len() - 6..]));
            }
        }

        #[test]
        fn punctuation_does_not_change_a_brazilian_number(area in proptest::sample::select(&AREA_CODES[..]), number in "9[0-9]{8}|[2-5][0-9]{7}") {
            let expected = Some(format!("+55{area}{number}"));
            let (head, tail) = number.split_at(number.len() - 4);
            for text in [format!("({area}) {head}-{tail}"), format!("0{area}{number}"), format!("55{area}{number}"), format!("+55 {area} {head} {tail}"), format!("0055{area}{number}")] {
                prop_assert_eq!(read(&text, "BR"), expected.clone(), "{}", text);
            }
        }
    }
}
