//! What a customer answers to `HEAR x AS ...`: checked, and made one normal value; or a polite text that asks again.
//! Pure: the day comes in. Not the waiting, which is the interpreter's.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::lang::Lang;
use crate::text::words;

mod choice;
pub(super) mod date;
pub(super) mod hour;
mod identity;
mod number;
pub(super) mod tokens;

pub use choice::Item;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HearKind {
    Integer,
    Float,
    Money,
    Date,
    Hour,
    Email,
    Phone,
    Mobile,
    Cpf,
    Cnpj,
    /// `CEP` and `ZIPCODE`.
    Zipcode,
    Name,
    Boolean,
    Language,
    Url,
    /// Any file.
    File,
    Image,
    Audio,
    Video,
    /// A file that is no image, audio or video.
    Document,
    Menu(Vec<Item>),
}

impl HearKind {
    /// The kind that a script names (`AS CEP`), in any case; menus have no name.
    pub fn named(name: &str) -> Option<HearKind> {
        Some(match name.to_ascii_uppercase().as_str() {
            "INTEGER" => HearKind::Integer,
            "FLOAT" => HearKind::Float,
            "MONEY" => HearKind::Money,
            "DATE" => HearKind::Date,
            "HOUR" => HearKind::Hour,
            "EMAIL" => HearKind::Email,
            "PHONE" => HearKind::Phone,
            "MOBILE" => HearKind::Mobile,
            "CPF" => HearKind::Cpf,
            "CNPJ" => HearKind::Cnpj,
            "CEP" | "ZIPCODE" => HearKind::Zipcode,
            "NAME" => HearKind::Name,
            "BOOLEAN" => HearKind::Boolean,
            "LANGUAGE" => HearKind::Language,
            "URL" => HearKind::Url,
            "FILE" => HearKind::File,
            "IMAGE" => HearKind::Image,
            "AUDIO" => HearKind::Audio,
            "VIDEO" => HearKind::Video,
            "DOCUMENT" => HearKind::Document,
            _ => return None,
        })
    }

    /// Every name a script may use.
    pub const NAMES: [&'static str; 21] = [
        "INTEGER", "FLOAT", "MONEY", "DATE", "HOUR", "EMAIL", "PHONE", "MOBILE", "CPF", "CNPJ", "CEP", "ZIPCODE",
        "NAME", "BOOLEAN", "LANGUAGE", "URL", "FILE", "IMAGE", "AUDIO", "VIDEO", "DOCUMENT",
    ];
}

/// What the customer sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Input<'a> {
    pub text: &'a str,
    /// The machine half of a button or list answer.
    pub payload: Option<&'a str>,
    pub attachments: &'a [Attachment],
}

/// A file that came with the answer, and what a script gets of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub url: String,
    /// Empty when nobody said.
    pub mime: String,
    pub name: Option<String>,
    pub size: Option<u64>,
}

/// A valid answer in normal form: numbers as numbers, money as a decimal text (`1234.50`), days as `2026-12-31`, hours
/// as `10:30`, phones as E.164, registers with their punctuation, a language as its code, a menu's label, a file as a
/// map of its [`Attachment`].
pub type Read = Value;

/// The answer was not one; what to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reask {
    pub message: String,
}

/// Reads an answer. What a button sends counts before what it shows.
pub fn read(kind: &HearKind, input: &Input<'_>, lang: Lang, today: NaiveDate) -> Result<Read, Reask> {
    let read = match kind {
        HearKind::Menu(items) => {
            choice::menu(items, input.text, input.payload).and_then(|at| items.get(at)).map(|item| json!(item.label))
        }
        HearKind::File => file(input, |_| true),
        HearKind::Image => file(input, |kind| kind == "image"),
        HearKind::Audio => file(input, |kind| kind == "audio"),
        HearKind::Video => file(input, |kind| kind == "video"),
        HearKind::Document => file(input, |kind| !matches!(kind, "image" | "audio" | "video")),
        _ => input.payload.into_iter().chain([input.text]).find_map(|text| text_value(kind, text, lang, today)),
    };
    read.ok_or_else(|| Reask { message: reask(kind, lang) })
}

fn text_value(kind: &HearKind, text: &str, lang: Lang, today: NaiveDate) -> Option<Value> {
    use number::{Sense, read as number};
    match kind {
        HearKind::Integer => number(text, lang, Sense::Number)?.integer().map(Value::from),
        HearKind::Float => number(text, lang, Sense::Number)?.float().map(Value::from),
        HearKind::Money => number(text, lang, Sense::Money)?.money().map(Value::from),
        HearKind::Date => date::read(text, lang, today).map(|day| json!(day.to_string())),
        HearKind::Hour => hour::read(text).map(|time| json!(time.format("%H:%M").to_string())),
        HearKind::Email => identity::email(text).map(Value::from),
        HearKind::Phone => identity::phone(text).map(|phone| json!(phone.as_str())),
        HearKind::Mobile => identity::mobile(text).map(|phone| json!(phone.as_str())),
        HearKind::Cpf => identity::cpf(text).map(Value::from),
        HearKind::Cnpj => identity::cnpj(text).map(Value::from),
        HearKind::Zipcode => identity::zipcode(text, lang).map(Value::from),
        HearKind::Name => identity::name(text).map(Value::from),
        HearKind::Boolean => choice::boolean(text).map(Value::from),
        HearKind::Language => choice::language(text).map(Value::from),
        HearKind::Url => identity::url(text).map(Value::from),
        HearKind::File | HearKind::Image | HearKind::Audio | HearKind::Video | HearKind::Document => None,
        HearKind::Menu(_) => None,
    }
}

/// The first file whose type (`image` of `image/png`) fits.
fn file(input: &Input<'_>, fits: impl Fn(&str) -> bool) -> Option<Value> {
    let kind = |file: &Attachment| file.mime.split('/').next().unwrap_or_default().trim().to_ascii_lowercase();
    let file = input.attachments.iter().find(|file| fits(&kind(file)))?;
    serde_json::to_value(file).ok()
}

/// A number written as one word, "cinco" or "three": for phrases of time.
pub(super) fn small_number(word: &str) -> Option<u32> {
    number::word(word).and_then(|number| u32::try_from(number).ok())
}

/// Asks again, with an example.
fn reask(kind: &HearKind, lang: Lang) -> String {
    let (pt, en) = match kind {
        HearKind::Menu(items) => return choice::list(items, lang),
        HearKind::Integer => (
            "Não entendi o número. Pode escrever só o número? Por exemplo: 3",
            "I did not get the number. Could you write just the number? For example: 3",
        ),
        HearKind::Float => (
            "Não entendi o número. Pode escrever assim: 2,5?",
            "I did not get the number. Could you write it like this: 2.5?",
        ),
        HearKind::Money => (
            "Não entendi o valor. Pode escrever assim: R$ 150,00?",
            "I did not get the amount. Could you write it like this: 150.00?",
        ),
        HearKind::Date => (
            "Não entendi a data. Pode escrever assim: 31/12/2026? Também vale \"amanhã\" ou \"próxima sexta\".",
            "I did not get the date. Could you write it like this: 2026-12-31? \"Tomorrow\" or \"next Friday\" will do too.",
        ),
        HearKind::Hour => (
            "Não entendi o horário. Pode escrever assim: 14h30?",
            "I did not get the time. Could you write it like this: 2:30 pm?",
        ),
        HearKind::Email => (
            "Esse e-mail não parece completo. Pode conferir? Por exemplo: maria@exemplo.com.br",
            "That e-mail does not look complete. Could you check it? For example: mary@example.com",
        ),
        HearKind::Phone => (
            "Não reconheci o telefone. Pode enviar com DDD? Por exemplo: (11) 3333-4444",
            "I did not recognise the phone number. Could you send it with its area code? For example: +1 415 555 2671",
        ),
        HearKind::Mobile => (
            "Não reconheci o celular. Pode enviar com DDD? Por exemplo: (11) 98888-7777",
            "I did not recognise the mobile number. Could you send it with its area code? For example: +55 11 98888-7777",
        ),
        HearKind::Cpf => (
            "Esse CPF não confere. Pode verificar os 11 números? Por exemplo: 529.982.247-25",
            "That CPF is not valid. Could you check its 11 digits? For example: 529.982.247-25",
        ),
        HearKind::Cnpj => (
            "Esse CNPJ não confere. Pode verificar os 14 caracteres? Por exemplo: 11.222.333/0001-81",
            "That CNPJ is not valid. Could you check its 14 characters? For example: 11.222.333/0001-81",
        ),
        HearKind::Zipcode => (
            "Não reconheci o CEP. São 8 números, por exemplo: 01310-100",
            "I did not recognise the postal code. For example: 01310-100, or 94103 in the United States",
        ),
        HearKind::Name => (
            "Pode me dizer o seu nome? Por exemplo: Maria da Silva",
            "Could you tell me your name? For example: Mary Smith",
        ),
        HearKind::Boolean => {
            ("Desculpe, não entendi. Pode responder sim ou não?", "Sorry, I did not get that. Is that a yes or a no?")
        }
        HearKind::Language => (
            "Em que idioma você prefere conversar? Por exemplo: português, inglês ou espanhol",
            "Which language do you prefer? For example: English, Portuguese or Spanish",
        ),
        HearKind::Url => (
            "Não reconheci o endereço. Pode enviar o link completo? Por exemplo: https://exemplo.com.br",
            "I did not recognise the address. Could you send the whole link? For example: https://example.com",
        ),
        HearKind::File => (
            "Preciso de um arquivo. Pode enviar como anexo? Por exemplo, um PDF ou uma foto.",
            "I need a file. Could you attach it? A PDF or a photo, for example.",
        ),
        HearKind::Image => (
            "Preciso de uma imagem. Pode enviar uma foto? Por exemplo, em JPG ou PNG.",
            "I need an image. Could you send a photo? A JPG or PNG, for example.",
        ),
        HearKind::Audio => (
            "Preciso de um áudio. Pode gravar e enviar? Por exemplo, uma mensagem de voz.",
            "I need an audio. Could you record and send one? A voice message, for example.",
        ),
        HearKind::Video => (
            "Preciso de um vídeo. Pode gravar e enviar? Por exemplo, em MP4.",
            "I need a video. Could you record and send one? An MP4, for example.",
        ),
        HearKind::Document => (
            "Preciso de um documento. Pode enviar como arquivo? Por exemplo, em PDF.",
            "I need a document. Could you send it as a file? A PDF, for example.",
        ),
    };
    lang.pick(pt, en).to_owned()
}

/// Whether the customer wants out of the question: "cancelar", "quero cancelar, por favor", "deixa pra lá", "never mind".
/// The whole answer must say so: "cancelar minha assinatura" is an answer.
pub fn cancels(text: &str) -> bool {
    const PHRASES: [&str; 24] = [
        "cancelar",
        "cancela",
        "cancele",
        "cancelar isso",
        "cancelar tudo",
        "desisto",
        "desistir",
        "parar",
        "para tudo",
        "sair",
        "deixa pra la",
        "deixa para la",
        "deixa quieto",
        "esquece",
        "esquece isso",
        "cancel",
        "cancel it",
        "cancel this",
        "stop",
        "quit",
        "exit",
        "never mind",
        "nevermind",
        "forget it",
    ];
    const POLITE: [&str; 20] = [
        "por", "favor", "pf", "pfv", "please", "quero", "queria", "gostaria", "de", "eu", "vou", "prefiro", "pode",
        "i", "want", "to", "would", "like", "obrigado", "obrigada",
    ];
    let said = words(text);
    let core: Vec<&str> = said.iter().map(String::as_str).collect();
    PHRASES.iter().any(|phrase| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        core.windows(phrase.len()).enumerate().any(|(at, window)| {
            let around = core.iter().enumerate().filter(|(index, _)| !(at..at + phrase.len()).contains(index));
            window == phrase.as_slice() && around.into_iter().all(|(_, word)| POLITE.contains(word))
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 18).unwrap()
    }

    fn kinds() -> Vec<HearKind> {
        let items = ["Boleto", "Pix"].map(|label| Item { id: label.to_lowercase(), label: label.into() });
        let named = HearKind::NAMES.iter().map(|name| HearKind::named(name).unwrap());
        named.chain([HearKind::Menu(items.into())]).collect()
    }

    fn hear(kind: &str, text: &str) -> Option<Value> {
        let kind = HearKind::named(kind).unwrap();
        read(&kind, &Input { text, ..Input::default() }, Lang::Pt, today()).ok()
    }

    #[test]
    fn every_kind_gives_its_normal_form() {
        for (kind, text, expected) in [
            ("integer", "somos 4", json!(4)),
            ("FLOAT", "2,5", json!(2.5)),
            ("Money", "R$ 1.234,5", json!("1234.50")),
            ("date", "amanhã", json!("2026-11-19")),
            ("hour", "às 9h", json!("09:00")),
            ("email", "Ana@Exemplo.com.br", json!("ana@exemplo.com.br")),
            ("phone", "(11) 3333-4444", json!("+551133334444")),
            ("mobile", "11 98888-7777", json!("+5511988887777")),
            ("cpf", "52998224725", json!("529.982.247-25")),
            ("cnpj", "11222333000181", json!("11.222.333/0001-81")),
            ("cep", "01310100", json!("01310-100")),
            ("zipcode", "01310-100", json!("01310-100")),
            ("name", "ana", json!("Ana")),
            ("boolean", "claro!", json!(true)),
            ("language", "inglês", json!("en")),
            ("url", "exemplo.com", json!("https://exemplo.com/")),
        ] {
            assert_eq!(hear(kind, text), Some(expected), "{kind} {text}");
            assert_eq!(hear(kind, "?!"), None, "{kind}");
        }
        assert_eq!(HearKind::named("color"), None);
    }

    #[test]
    fn files_are_known_by_their_type() {
        let file = |mime: &str| Attachment {
            url: "https://f".into(),
            mime: mime.into(),
            name: Some("f".into()),
            size: Some(9),
        };
        let attachments = [file("Image/png"), file("audio/ogg; codecs=opus"), file("application/pdf")];
        let input = Input { attachments: &attachments, ..Input::default() };
        for (kind, at) in [("file", 0), ("image", 0), ("audio", 1), ("document", 2)] {
            let read = read(&HearKind::named(kind).unwrap(), &input, Lang::Pt, today());
            assert_eq!(read, Ok(serde_json::to_value(&attachments[at]).unwrap()), "{kind}");
        }
        assert!(read(&HearKind::Video, &input, Lang::Pt, today()).is_err());
        assert_eq!(hear("image", "foto.png"), None);
    }

    #[test]
    fn a_button_counts_before_what_it_shows() {
        let input = Input { text: "Depois", payload: Some("sim"), attachments: &[] };
        assert_eq!(read(&HearKind::Boolean, &input, Lang::Pt, today()), Ok(json!(true)));
        let items = vec![Item { id: "a".into(), label: "Boleto".into() }, Item { id: "b".into(), label: "Pix".into() }];
        let input = Input { text: "Boleto", payload: Some("b"), attachments: &[] };
        assert_eq!(read(&HearKind::Menu(items), &input, Lang::Pt, today()), Ok(json!("Pix")));
    }

    #[test]
    fn every_kind_asks_again_in_both_languages() {
        for kind in kinds() {
            let ask = |lang| read(&kind, &Input::default(), lang, today()).unwrap_err().message;
            assert_ne!(ask(Lang::Pt), ask(Lang::En), "{kind:?}");
        }
        let menu = kinds().pop().unwrap();
        let asked = read(&menu, &Input { text: "cartão", ..Input::default() }, Lang::Pt, today()).unwrap_err().message;
        assert!(asked.ends_with("1. Boleto\n2. Pix"), "{asked}");
    }

    #[test]
    fn only_a_whole_answer_cancels() {
        for text in [
            "cancelar",
            "CANCELA!",
            "quero cancelar, por favor",
            "deixa pra lá",
            "esquece",
            "cancel",
            "never mind",
            "i want to stop",
        ] {
            assert!(cancels(text), "{text}");
        }
        for text in
            ["", "cancelar minha assinatura", "não cancela", "vou parar de pagar", "pare", "cancelamento", "por favor"]
        {
            assert!(!cancels(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(text in "\\PC{0,40}|[0-9/:h.,R$ -]{0,24}") {
            cancels(&text);
            for kind in kinds() {
                let again = |text: &str| read(&kind, &Input { text, ..Input::default() }, Lang::Pt, today());
                if let Ok(Value::String(normal)) = again(&text) {
                    prop_assert_eq!(again(&normal), Ok(Value::String(normal.clone())), "{:?} {}", kind, text);
                }
            }
        }
    }
}
