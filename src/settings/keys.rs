//! The registry: every setting as data. A new setting is one line here, and a field of the view when the core reads it.

use chrono::NaiveDate;
use chrono_tz::Tz;
use url::Url;

use crate::lang::{Lang, Message, message};

/// Of texts that people read; also the limit of prompts and reply lists.
const MAX_CHARS: usize = 20_000;

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// true/false, sim/não, yes/no, on/off, 1/0.
    Bool,
    Int {
        min: i64,
        max: i64,
    },
    Number {
        min: f64,
        max: f64,
    },
    /// Decimal with a point, not negative.
    Money,
    Text,
    /// A text people read, which may also be given per language: `bot-greeting` for all, `bot-greeting-en`,
    /// `bot-greeting-pt-br`.
    Spoken,
    /// Comma-separated.
    List,
    Choice(&'static [&'static str]),
    Url,
    /// Stored sealed, exported as `***`.
    Secret,
    /// A secret that is an address.
    SecretUrl,
    /// `HH:MM`, 00:00 to 24:00.
    Time,
    /// `mon-fri`, `mon,wed,fri`, `seg-sex`.
    Days,
    /// IANA name.
    TimeZone,
    /// Dates `2026-12-25`, or `12-25` for every year; comma-separated.
    Dates,
    /// Lines `keyword, other keyword => answer`; `\n` in an answer breaks its line, lines starting with `#` are
    /// comments.
    Replies,
    /// Lines `keyword, example of a message => intent`; lines starting with `#` are comments.
    Intents,
}

impl Kind {
    pub const fn is_secret(self) -> bool {
        matches!(self, Kind::Secret | Kind::SecretUrl)
    }
}

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// In normal form; empty: not set. Of [`Kind::Spoken`]: the Portuguese text, see [`Key::default_in`].
    pub default: &'static str,
    /// The heading it stands under in the console and in an exported file.
    pub group: &'static str,
}

const fn int(min: i64, max: i64) -> Kind {
    Kind::Int { min, max }
}

const PRIORITIES: Kind = Kind::Choice(&["low", "normal", "high", "urgent"]);
const DESTINATIONS: Kind = Kind::Choice(&["console", "whatsapp", "teams", "google_chat", "telegram", "slack"]);

/// One group of keys: name, kind, default.
macro_rules! registry {
    ($($group:literal { $($name:literal $kind:expr, $default:literal;)+ })+) => {
        /// Every setting, in the order people see them.
        pub const KEYS: &[Key] = &[$($(Key { name: $name, kind: $kind, default: $default, group: $group }),+),+];
    };
}

registry! {
    "modules" {
        "crm-enabled" Kind::Bool, "true";
        "attendance-enabled" Kind::Bool, "true";
    }
    "attendance" {
        "attendance-bypass-mode" Kind::Bool, "false";
        "attendance-auto-transfer" Kind::Bool, "true";
        "attendance-transfer-keywords" Kind::List, "human,humano,atendente,pessoa,falar com,atendimento";
        "attendance-queue-size" int(1, 100_000), "50";
        "attendance-max-wait-seconds" int(1, 604_800), "600";
        "attendance-priority-default" PRIORITIES, "normal";
        "attendance-auto-assign" Kind::Bool, "true";
        "attendance-default-destination" DESTINATIONS, "console";
        "attendance-whatsapp-commands" Kind::Bool, "true";
        "attendance-telegram-commands" Kind::Bool, "true";
        "attendance-teams-commands" Kind::Bool, "true";
        "attendance-slack-commands" Kind::Bool, "true";
        "attendance-offer-seconds" int(1, 3_600), "30";
        "attendance-presence-grace-seconds" int(0, 3_600), "60";
        "attendance-pending-minutes" int(0, 10_080), "10";
        "attendance-resolve-hours" int(0, 8_760), "24";
        "attendance-reopen-minutes" int(0, 525_600), "0";
        "attendance-abandon-minutes" int(0, 10_080), "5";
        "attendance-sticky-days" int(0, 3_650), "0";
        "attendance-slack-webhook" Kind::SecretUrl, "";
        "attendance-crm-logging" Kind::Bool, "true";
        "attendance-log-fields" Kind::List, "";
        "attendance-customer-fields" Kind::List, "";
        "attendance-email-notify" Kind::Bool, "false";
        "attendance-email-template" Kind::Text, "";
        "attendance-email-recipient" Kind::List, "";
        "attendance-email-bcc" Kind::List, "";
        "attendance-csat" Kind::Choice(&["off", "csat", "nps"]), "csat";
    }
    "targets" {
        "attendance-target-wait-seconds" int(1, 86_400), "60";
        "attendance-target-first-response-seconds" int(1, 86_400), "30";
        "attendance-target-resolution-percent" int(1, 100), "85";
        "attendance-target-csat-percent" int(1, 100), "70";
        "attendance-target-utilisation-percent" int(1, 100), "70";
        "attendance-target-transfers-percent" int(0, 100), "20";
    }
    "business hours" {
        "business-hours-start" Kind::Time, "08:00";
        "business-hours-end" Kind::Time, "18:00";
        "business-hours-days" Kind::Days, "mon-fri";
        "business-hours-timezone" Kind::TimeZone, "America/Sao_Paulo";
        "business-hours-holidays" Kind::Dates, "";
    }
    "assist" {
        "attendant-llm-tips" Kind::Bool, "true";
        "attendant-polish-message" Kind::Bool, "true";
        "attendant-smart-replies" Kind::Bool, "true";
        "attendant-auto-summary" Kind::Bool, "true";
        "attendant-sentiment-analysis" Kind::Bool, "true";
    }
    "bot" {
        "bot-greeting" Kind::Spoken, "Olá! Como posso ajudar?";
        "bot-fallback" Kind::Spoken, "Desculpe, não entendi. Pode dizer de outro jeito?";
        "bot-apology" Kind::Spoken, "Desculpe, algo deu errado do nosso lado. Tente de novo em instantes.";
        "bot-out-of-hours" Kind::Spoken,
            "Estamos fora do horário de atendimento. Deixe sua mensagem e responderemos assim que possível.";
        "bot-description" Kind::Spoken, "";
        "bot-system-prompt" Kind::Spoken, "";
        "bot-replies" Kind::Replies, "";
        "bot-intents" Kind::Intents, "";
        "bot-http-hosts" Kind::List, "";
        "bot-webhook-token" Kind::Secret, "";
        "bot-max-failures" int(1, 100), "3";
        "bot-sentiment-threshold" Kind::Number { min: -1.0, max: 1.0 }, "-0.5";
        "history-limit" int(0, 1_000), "20";
        "hear-timeout-secs" int(1, 31_536_000), "3600";
    }
    "llm" {
        "llm-url" Kind::Url, "";
        "llm-key" Kind::Secret, "";
        "llm-model" Kind::Text, "";
        "llm-temperature" Kind::Number { min: 0.0, max: 2.0 }, "0.3";
        "llm-max-tokens" int(1, 1_000_000), "1000";
        "llm-timeout-secs" int(1, 600), "30";
        "llm-daily-budget" Kind::Money, "";
        "llm-cache" Kind::Bool, "true";
        "embeddings-url" Kind::Url, "";
        "embeddings-key" Kind::Secret, "";
        "embeddings-model" Kind::Text, "";
    }
    "speech" {
        "botmodels-url" Kind::Url, "";
        "botmodels-api-key" Kind::Secret, "";
        "stt-url" Kind::Url, "";
        "stt-key" Kind::Secret, "";
        "stt-model" Kind::Text, "";
        "tts-url" Kind::Url, "";
        "tts-key" Kind::Secret, "";
        "tts-model" Kind::Text, "";
        "tts-voice" Kind::Text, "";
        "whatsapp-voice-response" Kind::Bool, "false";
    }
    "whatsapp" {
        "whatsapp-api-key" Kind::Secret, "";
        "whatsapp-phone-number-id" Kind::Text, "";
        "whatsapp-business-account-id" Kind::Text, "";
        "whatsapp-verify-token" Kind::Secret, "";
        "whatsapp-app-secret" Kind::Secret, "";
        "whatsapp-api-version" Kind::Text, "";
    }
    "telegram" {
        "telegram-bot-token" Kind::Secret, "";
        "telegram-secret-token" Kind::Secret, "";
    }
    "teams" {
        "teams-enabled" Kind::Bool, "false";
        "teams-app-id" Kind::Text, "";
        "teams-app-password" Kind::Secret, "";
        "teams-tenant-id" Kind::Text, "";
        "teams-bot-id" Kind::Text, "";
        "teams-voice-enabled" Kind::Bool, "false";
        "teams-meeting-enabled" Kind::Bool, "false";
    }
    "google chat" {
        "google-chat-enabled" Kind::Bool, "false";
        "google-chat-bot-token" Kind::Secret, "";
        "google-chat-space-id" Kind::Text, "";
    }
    "instagram" {
        "instagram-enabled" Kind::Bool, "false";
        "instagram-access-token" Kind::Secret, "";
        "instagram-app-secret" Kind::Secret, "";
        "instagram-webhook-verify-token" Kind::Secret, "";
    }
    "sms" {
        "sms-provider" Kind::Choice(&["twilio"]), "twilio";
        "twilio-account-sid" Kind::Text, "";
        "twilio-auth-token" Kind::Secret, "";
        "twilio-from" Kind::Text, "";
    }
    "e-mail" {
        "email-smtp-host" Kind::Text, "";
        "email-smtp-port" int(1, 65_535), "587";
        "email-smtp-user" Kind::Text, "";
        "email-smtp-password" Kind::Secret, "";
        "email-from" Kind::Text, "";
        "email-imap-host" Kind::Text, "";
        "email-imap-port" int(1, 65_535), "993";
        "email-imap-user" Kind::Text, "";
        "email-imap-password" Kind::Secret, "";
    }
    "meetings" {
        "livekit-url" Kind::Url, "";
        "livekit-api-key" Kind::Secret, "";
        "livekit-api-secret" Kind::Secret, "";
        "livekit-room-prefix" Kind::Text, "attendance-";
        "livekit-recording-enabled" Kind::Bool, "false";
        "livekit-storage-bucket" Kind::Text, "recordings";
        "livekit-transcription-enabled" Kind::Bool, "false";
        "transcription-language" Kind::Text, "pt-BR";
    }
    "calls" {
        "sip-enabled" Kind::Bool, "false";
        "sip-trunk-name" Kind::Text, "";
        "sip-phone-number" Kind::Text, "";
        "sip-inbound-route" Kind::Text, "";
        "sip-outbound-route" Kind::Text, "";
    }
    "storage" {
        "storage-url" Kind::SecretUrl, "";
    }
}

/// The English defaults of what the bot says.
const ENGLISH: [(&str, &str); 4] = [
    ("bot-greeting", "Hello! How can I help you?"),
    ("bot-fallback", "Sorry, I did not understand. Could you put it another way?"),
    ("bot-apology", "Sorry, something went wrong on our side. Please try again shortly."),
    ("bot-out-of-hours", "We are outside business hours. Leave your message and we will answer as soon as possible."),
];

/// What a number counts, as the end of its name says it.
const UNITS: [(&str, &str); 6] = [
    ("-seconds", "seconds"),
    ("-secs", "seconds"),
    ("-minutes", "minutes"),
    ("-hours", "hours"),
    ("-days", "days"),
    ("-percent", "percent"),
];

impl Key {
    /// `seconds`, `minutes`, `hours`, `days` or `percent`, of a whole number that counts one of them.
    pub fn unit(&self) -> Option<&'static str> {
        let counts = matches!(self.kind, Kind::Int { .. });
        UNITS.iter().find(|(ending, _)| counts && self.name.ends_with(ending)).map(|(_, unit)| *unit)
    }

    /// The least and the most that a number may be.
    pub fn range(&self) -> Option<(f64, f64)> {
        match self.kind {
            Kind::Int { min, max } => Some((min as f64, max as f64)),
            Kind::Number { min, max } => Some((min, max)),
            _ => None,
        }
    }

    /// What a setting says in a language when nobody set it.
    pub fn default_in(&self, lang: Lang) -> &'static str {
        match ENGLISH.iter().find(|(name, _)| lang == Lang::En && *name == self.name) {
            Some((_, text)) => text,
            None => self.default,
        }
    }

    /// Brings a value to its normal form, the one that is stored: `sim` -> `true`, `High` -> `high`, `8:00` -> `08:00`.
    ///
    /// Errors: what is expected.
    pub fn normalise(&self, value: &str) -> Result<String, Message> {
        let value = value.trim();
        if value.is_empty() {
            return Ok(String::new()); // clears the setting: the default holds again
        }
        let expected = |pt: &str, en: &str| message!("esperado: {pt}", "expected {en}");
        match self.kind {
            Kind::Bool => {
                boolean(value).map(|yes| yes.to_string()).ok_or_else(|| expected("sim ou não", "true or false"))
            }
            Kind::Int { min, max } => match value.parse::<i64>() {
                Ok(number) if (min..=max).contains(&number) => Ok(number.to_string()),
                _ => Err(message!(
                    "esperado: um número inteiro de {min} a {max}",
                    "expected a whole number from {min} to {max}"
                )),
            },
            Kind::Number { min, max } => match value.replace(',', ".").parse::<f64>() {
                Ok(number) if (min..=max).contains(&number) => Ok(number.to_string()),
                _ => Err(message!("esperado: um número de {min} a {max}", "expected a number from {min} to {max}")),
            },
            Kind::Money => {
                let digits = value.replace(',', ".");
                let (whole, cents) = digits.split_once('.').unwrap_or((&digits, "0"));
                let numeric = |text: &str, max: usize| {
                    (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
                };
                if numeric(whole, 12) && numeric(cents, 4) {
                    Ok(digits)
                } else {
                    Err(expected("um valor como 10,50", "an amount like 10.50"))
                }
            }
            Kind::Text | Kind::Spoken | Kind::Secret if value.chars().count() > MAX_CHARS => {
                Err(message!("esperado: até {MAX_CHARS} caracteres", "expected at most {MAX_CHARS} characters"))
            }
            Kind::Text | Kind::Spoken | Kind::Secret => Ok(value.to_owned()),
            Kind::List => Ok(items(value).collect::<Vec<_>>().join(",")),
            Kind::Choice(known) => {
                let wanted = value.to_lowercase().replace(['-', ' '], "_");
                let found = known.iter().find(|choice| **choice == wanted);
                found.map(|choice| (*choice).to_owned()).ok_or_else(|| {
                    let known = known.join(", ");
                    message!("esperado: um de {known}", "expected one of {known}")
                })
            }
            Kind::Url | Kind::SecretUrl => {
                // `file:` and `s3:` are the media storage's, `ws:` LiveKit's.
                let known = ["http", "https", "ws", "wss", "file", "s3"];
                let url = Url::parse(value).ok().filter(|url| known.contains(&url.scheme()));
                url.map(|_| value.to_owned()).ok_or_else(|| {
                    expected("um endereço como https://exemplo.com", "an address like https://example.com")
                })
            }
            Kind::Time => minutes(value)
                .map(|minutes| format!("{:02}:{:02}", minutes / 60, minutes % 60))
                .ok_or_else(|| expected("uma hora de 00:00 a 24:00", "a time from 00:00 to 24:00")),
            Kind::Days => match days(value) {
                Some(_) => Ok(value.to_lowercase()),
                None => Err(expected("dias como seg-sex ou seg,qua,sex", "days like mon-fri or seg,qua,sex")),
            },
            Kind::TimeZone => value
                .parse::<Tz>()
                .map(|zone| zone.name().to_owned())
                .map_err(|_| expected("um fuso como America/Sao_Paulo", "a time zone like America/Sao_Paulo")),
            Kind::Dates => items(value)
                .map(|date| holiday(date).map(|_| date))
                .collect::<Option<Vec<_>>>()
                .map(|dates| dates.join(","))
                .ok_or_else(|| {
                    expected(
                        "datas como 2026-12-25, ou 12-25 para todo ano",
                        "dates like 2026-12-25, or 12-25 for every year",
                    )
                }),
            Kind::Replies | Kind::Intents => {
                let result = if self.kind == Kind::Replies { "answer" } else { "intent" };
                if value.chars().count() > MAX_CHARS {
                    return Err(message!(
                        "esperado: até {MAX_CHARS} caracteres",
                        "expected at most {MAX_CHARS} characters"
                    ));
                }
                match value.lines().position(|line| !is_comment(line) && reply(line).is_none()) {
                    Some(line) => {
                        let (line, pt) = (line + 1, if self.kind == Kind::Replies { "resposta" } else { "intenção" });
                        Err(message!(
                            "linha {line}: esperado palavra => {pt}",
                            "line {line}: expected keyword => {result}"
                        ))
                    }
                    None => Ok(value.to_owned()),
                }
            }
        }
    }
}

/// A name as people write it, in normal form: lower case, hyphens.
pub fn canonical(name: &str) -> String {
    name.trim().to_lowercase().replace('_', "-")
}

/// Finds a setting by any spelling of its name. Of a text per language, gives the language too: `bot-greeting-en`.
pub fn find(name: &str) -> Option<(&'static Key, Option<Lang>)> {
    let name = canonical(name);
    let exact = |name: &str| KEYS.iter().find(|key| key.name == name);
    exact(&name).map(|key| (key, None)).or_else(|| {
        Lang::ALL.into_iter().find_map(|lang| {
            let key = exact(name.strip_suffix(&suffix(lang))?)?;
            (key.kind == Kind::Spoken).then_some((key, Some(lang)))
        })
    })
}

/// What a language adds to the name of a text: `-pt-br`, `-en`.
pub(super) fn suffix(lang: Lang) -> String {
    format!("-{}", lang.locale().to_lowercase())
}

/// The known name that resembles an unknown one.
pub fn nearest(name: &str) -> Option<&'static str> {
    let name = canonical(name);
    KEYS.iter()
        .map(|key| (strsim::jaro_winkler(&name, key.name), key.name))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// The non-empty items of a comma-separated list, trimmed.
pub(super) fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty())
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "sim" | "s" | "verdadeiro" | "ligado" => Some(true),
        "false" | "no" | "off" | "0" | "não" | "nao" | "n" | "falso" | "desligado" => Some(false),
        _ => None,
    }
}

/// Minutes since midnight of `HH:MM`, 0 to 1440.
pub(super) fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| (1..=2).contains(&text.len()).then(|| text.parse::<u16>().ok()).flatten();
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 24 * 60).then_some(total)
}

/// Which days of the week, Monday first. A range may pass Sunday: `sat-mon`.
pub(super) fn days(text: &str) -> Option<[bool; 7]> {
    const NAMES: [[&str; 2]; 7] = [
        ["mon", "seg"],
        ["tue", "ter"],
        ["wed", "qua"],
        ["thu", "qui"],
        ["fri", "sex"],
        ["sat", "sáb"],
        ["sun", "dom"],
    ];
    let day = |name: &str| {
        let name = name.trim().to_lowercase().replace("sab", "sáb");
        NAMES.iter().position(|[en, pt]| name.starts_with(en) || name.starts_with(pt))
    };
    let mut open = [false; 7];
    for item in items(text) {
        let (first, last) = item.split_once('-').unwrap_or((item, item));
        let (first, last) = (day(first)?, day(last)?);
        let count = (last + 7 - first) % 7 + 1;
        for index in (0..7).cycle().skip(first).take(count) {
            if let Some(day) = open.get_mut(index) {
                *day = true;
            }
        }
    }
    open.contains(&true).then_some(open)
}

/// A day off: once, or every year (month and day).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holiday {
    Once(NaiveDate),
    Yearly { month: u32, day: u32 },
}

pub(super) fn holiday(text: &str) -> Option<Holiday> {
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Holiday::Once(date));
    }
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // 2024 is a leap year: 02-29 is a day people may have off.
    NaiveDate::from_ymd_opt(2024, month, day).map(|_| Holiday::Yearly { month, day })
}

pub(super) fn is_comment(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// Reads one line of `bot-replies` or `bot-intents`: its keywords, and the answer or intent.
pub(super) fn reply(line: &str) -> Option<(Vec<String>, String)> {
    let (keywords, answer) = line.split_once("=>")?;
    let keywords: Vec<_> = items(keywords).map(str::to_lowercase).collect();
    let answer = answer.trim().replace("\\n", "\n");
    (!keywords.is_empty() && !answer.is_empty()).then_some((keywords, answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(name: &str) -> &'static Key {
        find(name).unwrap().0
    }

    #[test]
    fn every_default_is_a_normal_value_of_its_key_and_names_are_unique() {
        let mut seen = std::collections::HashSet::new();
        for key in KEYS {
            assert_eq!(key.normalise(key.default).as_deref(), Ok(key.default), "{}", key.name);
            assert_eq!(canonical(key.name), key.name);
            assert!(seen.insert(key.name), "{}", key.name);
        }
        for (name, _) in ENGLISH {
            assert_eq!(key(name).kind, Kind::Spoken);
        }
    }

    #[test]
    fn values_are_brought_to_their_normal_form() {
        for (name, value, expected) in [
            ("crm-enabled", "SIM", Some("true")),
            ("crm-enabled", "não", Some("false")),
            ("crm-enabled", "talvez", None),
            ("attendance-queue-size", "007", Some("7")),
            ("attendance-queue-size", "0", None),
            ("bot-sentiment-threshold", "-0,25", Some("-0.25")),
            ("bot-sentiment-threshold", "NaN", None),
            ("attendance-priority-default", "High", Some("high")),
            ("attendance-default-destination", "google-chat", Some("google_chat")),
            ("attendance-transfer-keywords", " a , b c,, ", Some("a,b c")),
            ("business-hours-start", "8:00", Some("08:00")),
            ("business-hours-end", "24:00", Some("24:00")),
            ("business-hours-end", "24:01", None),
            ("business-hours-end", "12:60", None),
            ("business-hours-days", "Seg-Sex,sáb", Some("seg-sex,sáb")),
            ("business-hours-days", "never", None),
            ("business-hours-timezone", "America/Manaus", Some("America/Manaus")),
            ("business-hours-timezone", "Brasilia", None),
            ("business-hours-holidays", "12-25, 2026-04-21", Some("12-25,2026-04-21")),
            ("business-hours-holidays", "25/12", None),
            ("llm-daily-budget", "10,50", Some("10.50")),
            ("llm-daily-budget", "-1", None),
            ("llm-url", "http://localhost:11434/v1", Some("http://localhost:11434/v1")),
            ("llm-url", "localhost", None),
            ("storage-url", "s3://bucket?endpoint=http://minio:9000", Some("s3://bucket?endpoint=http://minio:9000")),
            ("bot-replies", "preço => R$ 10", Some("preço => R$ 10")),
            ("bot-replies", "preço", None),
            ("bot-intents", "boleto, segunda via => second_copy", Some("boleto, segunda via => second_copy")),
            ("bot-intents", "boleto", None),
            ("attendance-queue-size", "  ", Some("")),
        ] {
            assert_eq!(key(name).normalise(value).ok().as_deref(), expected, "{name} {value}");
        }
    }

    #[test]
    fn days_are_read_in_both_languages_and_around_the_week_s_end() {
        assert_eq!(days("mon-fri"), Some([true, true, true, true, true, false, false]));
        assert_eq!(days("sab-seg"), Some([true, false, false, false, false, true, true]));
        assert_eq!(days("monday,quarta"), Some([true, false, true, false, false, false, false]));
        assert_eq!(days("mon-"), None);
        assert_eq!(days(""), None);
    }

    #[test]
    fn names_are_found_as_people_write_them() {
        assert_eq!(find("Attendance_Queue_Size").unwrap().0.name, "attendance-queue-size");
        assert_eq!(find("bot_greeting_pt_BR"), Some((key("bot-greeting"), Some(Lang::Pt))));
        assert_eq!(find("bot-greeting-en"), Some((key("bot-greeting"), Some(Lang::En))));
        assert_eq!(find("history-limit-en"), None, "only texts people read have languages");
        assert_eq!(nearest("atendance-que-size"), Some("attendance-queue-size"));
        assert_eq!(nearest("zzz"), None);
    }

    proptest! {
        #[test]
        fn normalising_never_panics_and_is_done_once(index in 0..KEYS.len(), value in ".*") {
            if let Ok(normal) = KEYS[index].normalise(&value) {
                prop_assert_eq!(KEYS[index].normalise(&normal), Ok(normal.clone()));
            }
        }

        #[test]
        fn every_minute_of_the_day_is_read_back(total in 0u16..=1440) {
            prop_assert_eq!(minutes(&format!("{:02}:{:02}", total / 60, total % 60)), Some(total));
        }
    }
}
