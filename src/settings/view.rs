//! The settings as the core reads them: typed, complete, with defaults filled in. Built from the stored rows (a bot's
//! laid over its organization's); a stored value that no longer fits counts as not set.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::keys::{self, Holiday};
use crate::lang::Lang;

/// Everything the core asks about one bot.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub crm_enabled: bool,
    pub attendance: Attendance,
    pub business_hours: BusinessHours,
    pub assist: Assist,
    pub bot: BotSettings,
    /// Messages given to a model.
    pub history_limit: u32,
    pub hear_timeout_secs: u64,
    pub whatsapp_voice_response: bool,
}

/// `attendance-*`. Units are in the names; 0 switches a timer off.
#[derive(Debug, Clone, PartialEq)]
pub struct Attendance {
    pub enabled: bool,
    pub bypass_mode: bool,
    pub auto_transfer: bool,
    pub transfer_keywords: Vec<String>,
    pub queue_size: u32,
    pub max_wait_seconds: u64,
    /// 0 low, 1 normal, 2 high, 3 urgent.
    pub priority_default: u8,
    pub auto_assign: bool,
    /// `console`, `whatsapp`, `teams`, `google_chat`, `telegram` or `slack`.
    pub default_destination: String,
    pub commands: Commands,
    pub offer_seconds: u64,
    pub presence_grace_seconds: u64,
    pub pending_minutes: u64,
    pub resolve_hours: u64,
    pub reopen_minutes: u64,
    pub abandon_minutes: u64,
    pub sticky_days: u64,
    pub crm_logging: bool,
    pub log_fields: Vec<String>,
    pub customer_fields: Vec<String>,
    pub email_notify: bool,
    pub email_template: String,
    pub email_recipients: Vec<String>,
    pub email_bcc: Vec<String>,
    pub csat: Csat,
    pub targets: Targets,
}

/// `attendance-target-*`: what the figures are held against. Shares from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Targets {
    pub wait_seconds: u64,
    pub first_response_seconds: u64,
    pub resolution_rate: f64,
    pub csat: f64,
    pub utilisation: f64,
    /// At most this.
    pub transfer_rate: f64,
}

/// On which chats attendants' commands are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commands {
    pub whatsapp: bool,
    pub telegram: bool,
    pub teams: bool,
    pub slack: bool,
}

/// What is asked after resolving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Csat {
    Off,
    /// 1 to 5.
    Csat,
    /// 0 to 10.
    Nps,
}

/// `business-hours-*`: when people are there. Times are minutes since local midnight; an end not after the start means
/// the hours pass midnight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessHours {
    pub start: u16,
    pub end: u16,
    /// Monday first.
    pub days: [bool; 7],
    pub timezone: Tz,
    pub holidays: Vec<Holiday>,
}

/// `attendant-*`: which help attendants get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assist {
    pub llm_tips: bool,
    pub polish_message: bool,
    pub smart_replies: bool,
    pub auto_summary: bool,
    pub sentiment_analysis: bool,
}

/// `bot-*`: what the bot says and is.
#[derive(Debug, Clone, PartialEq)]
pub struct BotSettings {
    pub greeting: Spoken,
    pub fallback: Spoken,
    pub apology: Spoken,
    pub out_of_hours: Spoken,
    pub description: Spoken,
    pub system_prompt: Spoken,
    pub replies: Vec<Reply>,
    /// Intents of the bot's own: name, keywords and examples.
    pub intents: Vec<(String, Vec<String>)>,
    /// Hosts that scripts may call, `*.example.com` and `*` among them.
    pub http_hosts: Vec<String>,
    /// Failed turns in a row before a person takes over.
    pub max_failures: u32,
    /// Below it a person takes over; -1 to 1.
    pub sentiment_threshold: f64,
}

/// A text in both languages. Empty: say nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    pub pt: String,
    pub en: String,
}

impl Spoken {
    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.pt, &self.en)
    }
}

/// One line of `bot-replies`: any of the keywords (lower case) is answered with this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub keywords: Vec<String>,
    pub answer: String,
}

impl Settings {
    /// Reads normal values by their names; what is missing, empty or does not fit has its default.
    pub fn new(stored: &BTreeMap<String, String>) -> Self {
        let read = Reader(stored);
        Settings {
            crm_enabled: read.flag("crm-enabled"),
            attendance: Attendance {
                enabled: read.flag("attendance-enabled"),
                bypass_mode: read.flag("attendance-bypass-mode"),
                auto_transfer: read.flag("attendance-auto-transfer"),
                transfer_keywords: read.list("attendance-transfer-keywords"),
                queue_size: read.number("attendance-queue-size"),
                max_wait_seconds: read.number("attendance-max-wait-seconds"),
                priority_default: match read.text("attendance-priority-default").as_str() {
                    "low" => 0,
                    "high" => 2,
                    "urgent" => 3,
                    _ => 1,
                },
                auto_assign: read.flag("attendance-auto-assign"),
                default_destination: read.text("attendance-default-destination"),
                commands: Commands {
                    whatsapp: read.flag("attendance-whatsapp-commands"),
                    telegram: read.flag("attendance-telegram-commands"),
                    teams: read.flag("attendance-teams-commands"),
                    slack: read.flag("attendance-slack-commands"),
                },
                offer_seconds: read.number("attendance-offer-seconds"),
                presence_grace_seconds: read.number("attendance-presence-grace-seconds"),
                pending_minutes: read.number("attendance-pending-minutes"),
                resolve_hours: read.number("attendance-resolve-hours"),
                reopen_minutes: read.number("attendance-reopen-minutes"),
                abandon_minutes: read.number("attendance-abandon-minutes"),
                sticky_days: read.number("attendance-sticky-days"),
                crm_logging: read.flag("attendance-crm-logging"),
                log_fields: read.list("attendance-log-fields"),
                customer_fields: read.list("attendance-customer-fields"),
                email_notify: read.flag("attendance-email-notify"),
                email_template: read.text("attendance-email-template"),
                email_recipients: read.list("attendance-email-recipient"),
                email_bcc: read.list("attendance-email-bcc"),
                csat: match read.text("attendance-csat").as_str() {
                    "off" => Csat::Off,
                    "nps" => Csat::Nps,
                    _ => Csat::Csat,
                },
                targets: Targets {
                    wait_seconds: read.number("attendance-target-wait-seconds"),
                    first_response_seconds: read.number("attendance-target-first-response-seconds"),
                    resolution_rate: read.share("attendance-target-resolution-percent"),
                    csat: read.share("attendance-target-csat-percent"),
                    utilisation: read.share("attendance-target-utilisation-percent"),
                    transfer_rate: read.share("attendance-target-transfers-percent"),
                },
            },
            business_hours: BusinessHours {
                start: keys::minutes(&read.text("business-hours-start")).unwrap_or_default(),
                end: keys::minutes(&read.text("business-hours-end")).unwrap_or_default(),
                days: keys::days(&read.text("business-hours-days")).unwrap_or_default(),
                timezone: read.text("business-hours-timezone").parse().unwrap_or(Tz::America__Sao_Paulo),
                holidays: read.list("business-hours-holidays").iter().filter_map(|date| keys::holiday(date)).collect(),
            },
            assist: Assist {
                llm_tips: read.flag("attendant-llm-tips"),
                polish_message: read.flag("attendant-polish-message"),
                smart_replies: read.flag("attendant-smart-replies"),
                auto_summary: read.flag("attendant-auto-summary"),
                sentiment_analysis: read.flag("attendant-sentiment-analysis"),
            },
            bot: BotSettings {
                greeting: read.spoken("bot-greeting"),
                fallback: read.spoken("bot-fallback"),
                apology: read.spoken("bot-apology"),
                out_of_hours: read.spoken("bot-out-of-hours"),
                description: read.spoken("bot-description"),
                system_prompt: read.spoken("bot-system-prompt"),
                replies: read.pairs("bot-replies").map(|(keywords, answer)| Reply { keywords, answer }).collect(),
                intents: read.pairs("bot-intents").map(|(phrases, intent)| (intent, phrases)).collect(),
                http_hosts: read.list("bot-http-hosts"),
                max_failures: read.number("bot-max-failures"),
                sentiment_threshold: read.number("bot-sentiment-threshold"),
            },
            history_limit: read.number("history-limit"),
            hear_timeout_secs: read.number("hear-timeout-secs"),
            whatsapp_voice_response: read.flag("whatsapp-voice-response"),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings::new(&BTreeMap::new())
    }
}

/// Stored rows, with the registry's defaults behind them. A test holds every name used above to the registry and its
/// type.
struct Reader<'a>(&'a BTreeMap<String, String>);

impl Reader<'_> {
    /// What is stored under `name` (a key's, or a language's of it), when it fits.
    fn stored(&self, name: &str) -> Option<String> {
        let (key, _) = keys::find(name)?;
        self.0.get(name).and_then(|value| key.normalise(value).ok()).filter(|value| !value.is_empty())
    }

    fn default(name: &str, lang: Lang) -> &'static str {
        keys::find(name).map_or("", |(key, _)| key.default_in(lang))
    }

    fn text(&self, name: &str) -> String {
        self.stored(name).unwrap_or_else(|| Reader::default(name, Lang::Pt).to_owned())
    }

    /// Lines of keywords and what they stand for.
    fn pairs(&self, name: &str) -> impl Iterator<Item = (Vec<String>, String)> {
        let text = self.text(name);
        let lines: Vec<_> = text.lines().filter(|line| !keys::is_comment(line)).filter_map(keys::reply).collect();
        lines.into_iter()
    }

    fn flag(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    fn number<T: std::str::FromStr + Default>(&self, name: &str) -> T {
        self.text(name).parse().unwrap_or_default()
    }

    /// A percentage, from 0 to 1.
    fn share(&self, name: &str) -> f64 {
        self.number::<f64>(name) / 100.0
    }

    fn list(&self, name: &str) -> Vec<String> {
        keys::items(&self.text(name)).map(str::to_owned).collect()
    }

    /// The language's own text, else the one for all, else the default in that language.
    fn spoken(&self, name: &str) -> Spoken {
        let text = |lang: Lang| {
            self.stored(&format!("{name}{}", keys::suffix(lang)))
                .or_else(|| self.stored(name))
                .unwrap_or_else(|| Reader::default(name, lang).to_owned())
        };
        Spoken { pt: text(Lang::Pt), en: text(Lang::En) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::keys::KEYS;
    use proptest::prelude::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        Settings::new(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn the_defaults_are_those_of_the_specification() {
        let settings = Settings::default();
        let attendance = &settings.attendance;
        assert!(attendance.enabled && settings.crm_enabled && attendance.auto_transfer && !attendance.bypass_mode);
        let keywords = ["human", "humano", "atendente", "pessoa", "falar com", "atendimento"];
        assert_eq!(attendance.transfer_keywords, keywords);
        let timers = [
            attendance.offer_seconds,
            attendance.presence_grace_seconds,
            attendance.pending_minutes,
            attendance.resolve_hours,
            attendance.reopen_minutes,
            attendance.abandon_minutes,
            attendance.sticky_days,
        ];
        assert_eq!(timers, [30, 60, 10, 24, 0, 5, 0]);
        assert_eq!((attendance.queue_size, attendance.max_wait_seconds, attendance.priority_default), (50, 600, 1));
        assert_eq!((attendance.default_destination.as_str(), attendance.csat), ("console", Csat::Csat));
        let hours = &settings.business_hours;
        assert_eq!((hours.start, hours.end, hours.timezone), (480, 1080, Tz::America__Sao_Paulo));
        assert_eq!(hours.days, [true, true, true, true, true, false, false]);
        assert_eq!((settings.bot.max_failures, settings.bot.sentiment_threshold), (3, -0.5));
        assert_eq!((settings.history_limit, settings.hear_timeout_secs), (20, 3600));
        assert!(settings.assist.llm_tips && settings.assist.sentiment_analysis && !settings.whatsapp_voice_response);
        assert_ne!(settings.bot.greeting.pt, settings.bot.greeting.en);
    }

    #[test]
    fn every_name_the_view_reads_is_registered() {
        let names: Vec<_> = include_str!("view.rs")
            .split("read\n")
            .flat_map(|part| part.split("read"))
            .filter_map(|part| part.trim_start().strip_prefix('.')?.split_once("(\"")?.1.split_once('"'))
            .map(|(name, _)| name)
            .collect();
        assert!(names.len() > 40, "{names:?}");
        for name in names {
            assert!(KEYS.iter().any(|key| key.name == name), "{name}");
        }
    }

    #[test]
    fn stored_values_replace_defaults_and_damaged_ones_do_not() {
        let settings = settings(&[
            ("attendance-bypass-mode", "true"),
            ("attendance-priority-default", "urgent"),
            ("attendance-queue-size", "many"),
            ("business-hours-holidays", "12-25"),
            ("attendance-csat", "off"),
        ]);
        assert!(settings.attendance.bypass_mode);
        assert_eq!((settings.attendance.priority_default, settings.attendance.queue_size), (3, 50));
        assert_eq!(settings.business_hours.holidays, [Holiday::Yearly { month: 12, day: 25 }]);
        assert_eq!(settings.attendance.csat, Csat::Off);
    }

    #[test]
    fn a_text_for_all_is_said_in_every_language_that_has_none_of_its_own() {
        let settings = settings(&[("bot-greeting", "Oi!"), ("bot-greeting-en", "Hi!"), ("bot-fallback", "Como?")]);
        assert_eq!(settings.bot.greeting.get(Lang::Pt), "Oi!");
        assert_eq!(settings.bot.greeting.get(Lang::En), "Hi!");
        assert_eq!(settings.bot.fallback.get(Lang::En), "Como?");
    }

    #[test]
    fn keyword_answers_are_one_a_line() {
        let text = "# prices\nPreço, valor => Custa R$ 10.\\nÀ vista.\n\nhorário => Das 8h às 18h => sempre";
        assert_eq!(
            settings(&[("bot-replies", text)]).bot.replies,
            [
                Reply { keywords: vec!["preço".into(), "valor".into()], answer: "Custa R$ 10.\nÀ vista.".into() },
                Reply { keywords: vec!["horário".into()], answer: "Das 8h às 18h => sempre".into() },
            ]
        );
    }

    proptest! {
        #[test]
        fn no_stored_value_makes_it_panic(index in 0..KEYS.len(), value in ".*") {
            settings(&[(KEYS[index].name, &value)]);
        }
    }
}
