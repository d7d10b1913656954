//! Who and where somebody is: name, e-mail, phones, Brazilian registers (CPF, CNPJ), postal code, address of a page.

use crate::contacts::phone::{self, Phone};
use crate::lang::Lang;
use crate::text::{fold, words};

/// In lower case. Tolerates what phones and people make of it: spaces around `@`, "arroba", a full stop at the end.
pub fn email(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let joined = joined.replace(" arroba ", "@").replace(" ponto ", ".").replace(" @", "@").replace("@ ", "@");
    let mut found = joined
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | ':' | '"'))
        .map(|word| word.trim_matches(['.', '!', '?', '\'', '*', '_']))
        .filter(|word| is_email(word));
    let first = found.next()?;
    found.all(|other| other == first).then(|| first.to_owned())
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let mailbox = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
    let dots = |part: &str| part.split('.').all(|piece| !piece.is_empty());
    (1..=64).contains(&local.len())
        && local.chars().all(mailbox)
        && dots(local)
        && text.len() <= 254
        && is_domain(domain)
}

/// At least two labels, the last of letters.
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && domain.split('.').all(label)
        && last.chars().count() >= 2
        && (last.starts_with("xn--") || last.chars().all(char::is_alphabetic))
}

/// The only phone of a text, E.164. Numbers without country code are Brazilian.
pub fn phone(text: &str) -> Option<Phone> {
    if let Some(phone) = phone::normalise(text, "BR") {
        return Some(phone);
    }
    let mut found = text
        .split(|c: char| !(c.is_ascii_digit() || " ()+-./\u{a0}\u{2011}".contains(c)))
        .filter_map(|piece| phone::normalise(piece.trim_matches(['.', '-', '/', ' ']), "BR"));
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// A phone that can be a mobile: of Brazil, nine digits that begin with 9; elsewhere the number does not tell.
pub fn mobile(text: &str) -> Option<Phone> {
    phone(text).filter(|phone| match phone.digits().strip_prefix("55") {
        Some(national) => national.len() == 11,
        None => true,
    })
}

/// `123.456.789-09`, its two check digits right.
pub fn cpf(text: &str) -> Option<String> {
    let digits = register(text, 11, false)?;
    let values = values(&digits);
    let check = |length: usize| {
        let weighted = values.iter().take(length).zip((2..=length + 1).rev());
        remainder(weighted.map(|(value, weight)| value * weight).sum())
    };
    let right = values.get(9) == Some(&check(9)) && values.get(10) == Some(&check(10));
    (right && !uniform(&digits))
        .then(|| format!("{}.{}.{}-{}", &digits[..3], &digits[3..6], &digits[6..9], &digits[9..]))
}

/// `12.345.678/0001-95`, also with letters in the first twelve places as issued from July 2026 (Receita Federal,
/// Instrução Normativa 2.229/2024): each sign counts as its ASCII code less 48, the check digits stay digits.
pub fn cnpj(text: &str) -> Option<String> {
    let signs = register(text, 14, true)?;
    let values = values(&signs);
    let check = |length: usize| {
        let weights = (2..=9).cycle();
        remainder(values.iter().take(length).rev().zip(weights).map(|(value, weight)| value * weight).sum())
    };
    let right = values.get(12) == Some(&check(12)) && values.get(13) == Some(&check(13));
    (right && !uniform(&signs))
        .then(|| format!("{}.{}.{}/{}-{}", &signs[..2], &signs[2..5], &signs[5..8], &signs[8..12], &signs[12..]))
}

/// The only run of exactly `length` signs, ASCII, upper case, without its punctuation; words around it do not matter.
fn register(text: &str, length: usize, letters: bool) -> Option<String> {
    let fits = |word: &str| {
        let tail = word.get(length.saturating_sub(2)..).unwrap_or_default();
        word.len() == length && tail.bytes().all(|b| b.is_ascii_digit())
    };
    let plain = |c: char| c.is_ascii_digit() || (letters && c.is_ascii_alphanumeric());
    let compact = |piece: &str| piece.chars().filter(|c| plain(*c)).collect::<String>().to_ascii_uppercase();
    let punctuation = |c: char| matches!(c, '.' | '-' | '/' | '\u{2010}'..='\u{2015}');
    // Written together or with punctuation first, then with spaces between the groups.
    let mut words = text.split(|c: char| !(plain(c) || punctuation(c))).map(compact).filter(|word| fits(word));
    if let Some(first) = words.next() {
        return words.all(|other| other == first).then_some(first);
    }
    let all: String = text.chars().filter(|c| c.is_ascii_digit()).collect();
    let only_digits = text.chars().all(|c| plain(c) && c.is_ascii_digit() || punctuation(c) || c.is_whitespace());
    (only_digits && fits(&all)).then_some(all)
}

fn values(signs: &str) -> Vec<usize> {
    signs.bytes().map(|sign| usize::from(sign.saturating_sub(b'0'))).collect()
}

fn remainder(sum: usize) -> usize {
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// `111.111.111-11` passes the arithmetic and belongs to nobody.
fn uniform(signs: &str) -> bool {
    signs.bytes().all(|sign| signs.as_bytes().first() == Some(&sign))
}

/// `01310-100`; in English also a ZIP code, `94103` or `94103-1234`.
pub fn zipcode(text: &str, lang: Lang) -> Option<String> {
    let mut found = text
        .split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-')))
        .filter_map(|piece| {
            let digits: String = piece.chars().filter(char::is_ascii_digit).collect();
            match digits.len() {
                8 if !uniform(&digits) => Some(format!("{}-{}", &digits[..5], &digits[5..])),
                5 if lang == Lang::En => Some(digits),
                9 if lang == Lang::En => Some(format!("{}-{}", &digits[..5], &digits[5..])),
                _ => None,
            }
        })
        .collect::<Vec<_>>();
    if found.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | '-')) {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if digits.len() == 8 && !uniform(&digits) {
            found.push(format!("{}-{}", &digits[..5], &digits[5..]));
        }
    }
    let [only] = found.as_slice() else { return None };
    Some(only.clone())
}

/// A person's name as they would sign it: "meu nome é ana de souza" is `Ana de Souza`. Not a greeting, not an answer to
/// another question, no digits.
pub fn name(text: &str) -> Option<String> {
    const OPENINGS: [&str; 19] = [
        "meu nome completo e",
        "o meu nome e",
        "meu nome e",
        "pode me chamar de",
        "me chamo",
        "eu sou o",
        "eu sou a",
        "eu sou",
        "sou o",
        "sou a",
        "aqui e o",
        "aqui e a",
        "aqui e",
        "my full name is",
        "my name is",
        "you can call me",
        "this is",
        "i am",
        "im",
    ];
    const NOT_NAMES: [&str; 30] = [
        "oi",
        "ola",
        "bom",
        "boa",
        "sim",
        "nao",
        "ok",
        "okay",
        "hi",
        "hello",
        "hey",
        "yes",
        "no",
        "obrigado",
        "obrigada",
        "thanks",
        "cancelar",
        "cancel",
        "atendente",
        "humano",
        "menu",
        "ajuda",
        "help",
        "quero",
        "preciso",
        "porque",
        "why",
        "what",
        "que",
        "como",
    ];
    const PARTICLES: [&str; 11] = ["de", "da", "do", "das", "dos", "e", "del", "di", "von", "van", "y"];
    let mut text = text.trim().trim_end_matches(['.', '!', ',']).trim();
    for greeting in ["oi", "olá", "ola", "hi", "hello"] {
        let rest = text
            .get(greeting.len()..)
            .filter(|_| text.get(..greeting.len()).is_some_and(|start| fold(start) == fold(greeting)));
        if let Some(rest) = rest.filter(|rest| rest.starts_with([',', '!', ' '])) {
            text = rest.trim_start_matches([',', '!', ' ']);
        }
    }
    let folded = words(&text.replace(['\'', '’'], ""));
    let opening = OPENINGS
        .iter()
        .map(|opening| opening.split(' ').collect::<Vec<_>>())
        .find(|opening| folded.len() > opening.len() && opening.iter().zip(&folded).all(|(word, said)| word == said));
    let skipped = opening.map_or(0, |opening| opening.len());
    let parts: Vec<&str> = text.split_whitespace().skip(skipped).collect();
    let letters = |c: char| {
        c.is_alphabetic() || matches!(c, '\'' | '’' | '-' | '.') || unicode_normalization::char::is_combining_mark(c)
    };
    let length: usize = parts.iter().map(|part| part.chars().count()).sum();
    let fits = !parts.is_empty()
        && (2..=100).contains(&length)
        && parts.len() <= 12
        && parts.iter().all(|part| part.chars().all(letters) && part.chars().any(char::is_alphabetic))
        && !folded.get(skipped..).unwrap_or_default().iter().any(|word| NOT_NAMES.contains(&word.as_str()));
    if !fits {
        return None;
    }
    let joined = parts.join(" ");
    let one_case = joined == joined.to_lowercase() || joined == joined.to_uppercase();
    let title = |index: usize, part: &str| {
        let lower = part.to_lowercase();
        if index > 0 && PARTICLES.contains(&fold(&lower).as_str()) {
            return lower;
        }
        let mut first = true;
        let capital = |c: char| {
            let letter: String = if first { c.to_uppercase().collect() } else { c.into() };
            first = !c.is_alphabetic();
            letter
        };
        lower.chars().map(capital).collect()
    };
    Some(if one_case {
        parts.iter().enumerate().map(|(index, part)| title(index, part)).collect::<Vec<_>>().join(" ")
    } else {
        joined
    })
}

/// The only address of a page; `https` unless it says otherwise.
pub fn url(text: &str) -> Option<String> {
    let mut found = text.split_whitespace().filter_map(|word| {
        let word = word.trim_matches(['<', '>', '(', ')', '"', '\'', ',', ';', '!', '*']).trim_end_matches(['.', '?']);
        let whole = if word.contains("://") { word.to_owned() } else { format!("https://{word}") };
        let url = url::Url::parse(&whole).ok()?;
        let web = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
        (web && url.domain().is_some_and(is_domain)).then(|| url.to_string())
    });
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_found_and_made_lower_case() {
        for (text, expected) in [
            ("Maria.Silva+loja@Gmail.com", Some("maria.silva+loja@gmail.com")),
            ("meu e-mail é ana@empresa.com.br.", Some("ana@empresa.com.br")),
            ("<ana@empresa.com.br>", Some("ana@empresa.com.br")),
            ("ana @ gmail.com", Some("ana@gmail.com")),
            ("ana arroba gmail ponto com", Some("ana@gmail.com")),
            ("ana@gmail", None),
            ("ana@.com", None),
            ("ana..b@gmail.com", None),
            ("@gmail.com", None),
            ("ana@gmail.c0m", None),
            ("a@b.com ou c@d.com", None),
            ("não tenho", None),
        ] {
            assert_eq!(email(text).as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("www.loja.com.br", Some("https://www.loja.com.br/")),
            ("http://exemplo.com/a?b=1", Some("http://exemplo.com/a?b=1")),
            ("o site é https://exemplo.com.", Some("https://exemplo.com/")),
            ("ftp://exemplo.com", None),
            ("javascript:alert(1)", None),
            ("https://a:b@exemplo.com", None),
            ("http://127.0.0.1/", None),
            ("meu site", None),
        ] {
            assert_eq!(url(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn phones_are_e164_and_mobiles_told_apart() {
        for (text, expected, is_mobile) in [
            ("(11) 98888-7777", Some("+5511988887777"), true),
            ("meu zap é 11 98888-7777, pode chamar", Some("+5511988887777"), true),
            ("11 3333-4444", Some("+551133334444"), false),
            ("+1 415 555 2671", Some("+14155552671"), true),
            ("98888-7777", None, false),
            ("não tenho", None, false),
        ] {
            assert_eq!(phone(text).as_ref().map(Phone::as_str), expected, "{text}");
            assert_eq!(mobile(text).is_some(), is_mobile, "{text}");
        }
    }

    #[test]
    fn registers_have_right_check_digits() {
        for (text, expected) in [
            ("52998224725", Some("529.982.247-25")),
            ("meu cpf é 529.982.247-25 ok?", Some("529.982.247-25")),
            ("529 982 247 25", Some("529.982.247-25")),
            ("529.982.247-26", None),
            ("111.111.111-11", None),
            ("5299822472", None),
            ("529982247255", None),
            ("", None),
        ] {
            assert_eq!(cpf(text).as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("11.222.333/0001-81", Some("11.222.333/0001-81")),
            ("11222333000181", Some("11.222.333/0001-81")),
            ("CNPJ 11.222.333/0001-81", Some("11.222.333/0001-81")),
            ("11 222 333 0001 81", Some("11.222.333/0001-81")),
            ("12.ABC.345/01DE-35", Some("12.ABC.345/01DE-35")),
            ("12abc34501de35", Some("12.ABC.345/01DE-35")),
            ("12.ABC.345/01DE-36", None),
            ("12.ABC.345/01DE-3A", None),
            ("00.000.000/0000-00", None),
            ("11.222.333/0001-82", None),
        ] {
            assert_eq!(cnpj(text).as_deref(), expected, "{text}");
        }
        for (text, lang, expected) in [
            ("01310100", Lang::Pt, Some("01310-100")),
            ("cep 01310-100", Lang::Pt, Some("01310-100")),
            ("01.310-100", Lang::Pt, Some("01310-100")),
            ("01310 100", Lang::Pt, Some("01310-100")),
            ("94103", Lang::En, Some("94103")),
            ("94103-1234", Lang::En, Some("94103-1234")),
            ("94103", Lang::Pt, None),
            ("00000-000", Lang::Pt, None),
            ("1310100", Lang::Pt, None),
        ] {
            assert_eq!(zipcode(text, lang).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn names_are_cleaned_and_other_answers_refused() {
        for (text, expected) in [
            ("ana de souza", Some("Ana de Souza")),
            ("MEU NOME É JOÃO D'ÁVILA", Some("João D'Ávila")),
            ("Oi, me chamo Ana-Maria.", Some("Ana-Maria")),
            ("my name is Ronald McDonald", Some("Ronald McDonald")),
            ("I'm Kate", Some("Kate")),
            ("aqui é o Zé", Some("Zé")),
            ("pedro dos santos e silva", Some("Pedro dos Santos e Silva")),
            ("Olavo", Some("Olavo")),
            ("oi", None),
            ("bom dia", None),
            ("não quero dizer", None),
            ("cliente 42", None),
            ("😀", None),
            ("A", None),
            ("", None),
        ] {
            assert_eq!(name(text).as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_cpf_has_one_pair_of_check_digits(base in "[0-9]{9}") {
            let valid = (0..100).filter(|check| cpf(&format!("{base}{check:02}")).is_some()).count();
            prop_assert!(valid == 1 || base.bytes().all(|b| b == base.as_bytes()[0]), "{}", valid);
        }

        #[test]
        fn letters_in_a_cnpj_follow_the_same_arithmetic(base in "[0-9A-Z]{12}") {
            let valid: Vec<String> = (0..100).filter_map(|check| cnpj(&format!("{base}{check:02}"))).collect();
            prop_assert!(valid.len() == 1 || base.bytes().all(|b| b == base.as_bytes()[0]), "{:?}", valid);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}|[0-9A-Za-z@./ é-]{0,40}") {
            for lang in Lang::ALL {
                zipcode(&text, lang);
            }
            for read in [email, cpf, cnpj, name, url] {
                read(&text);
            }
            phone(&text);
            mobile(&text);
        }
    }
}
