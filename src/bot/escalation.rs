//! When a person takes over from the bot, and why. The router asks [`before_turn`] with each message and [`after_turn`]
//! with what the engine decided; which queue it goes to is `queues/routing.rs`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::understand::{Intents, sentiment};
use super::{Action, HandoffRequest, Turn};
use crate::lang::Lang;
use crate::text::{contains_phrase, same};

/// The intent that asks for a person.
const ESCALATE: &str = "escalate";

/// The bot's settings about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// `attendance-bypass-mode`: no bot at all.
    pub bypass: bool,
    /// `attendance-auto-transfer`: whether asking for a person is enough, by keyword or in other words.
    pub auto_transfer: bool,
    pub transfer_keywords: Vec<String>,
    /// `bot-max-failures`: failed turns in a row; 0 never.
    pub max_failures: u32,
    /// `bot-sentiment-threshold`: below it (-1 to 1), not at it.
    pub sentiment_threshold: f64,
    /// The built-in intents and those of `bot-intents`.
    pub intents: Arc<Intents>,
}

impl Default for Policy {
    fn default() -> Self {
        let keywords = ["human", "humano", "atendente", "pessoa", "falar com", "atendimento"];
        Policy {
            bypass: false,
            auto_transfer: true,
            transfer_keywords: keywords.map(Into::into).into(),
            max_failures: 3,
            sentiment_threshold: -0.5,
            intents: Arc::default(),
        }
    }
}

/// Why a person takes over; stored as the handoff's reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    Bypass,
    /// The keyword that matched, as configured.
    Keyword {
        keyword: String,
    },
    Intent {
        intent: String,
    },
    Sentiment {
        score: f64,
    },
    /// The program asked.
    Program(HandoffRequest),
    FailedTurns {
        turns: u32,
    },
}

impl Cause {
    /// The stable name, as stored and on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Cause::Bypass => "bypass",
            Cause::Keyword { .. } => "keyword",
            Cause::Intent { .. } => "intent",
            Cause::Sentiment { .. } => "sentiment",
            Cause::Program(_) => "program",
            Cause::FailedTurns { .. } => "failed_turns",
        }
    }

    /// One line for the attendant and the supervisor.
    pub fn describe(&self, lang: Lang) -> String {
        let pt = lang == Lang::Pt;
        match self {
            Cause::Bypass if pt => "o bot está desligado neste canal".into(),
            Cause::Bypass => "the bot is bypassed".into(),
            Cause::Keyword { keyword } if pt => format!("o cliente pediu: \"{keyword}\""),
            Cause::Keyword { keyword } => format!("the customer asked: \"{keyword}\""),
            Cause::Intent { intent } if pt => format!("intenção reconhecida: {intent}"),
            Cause::Intent { intent } => format!("recognised intent: {intent}"),
            Cause::Sentiment { score } if pt => format!("cliente insatisfeito (sentimento {score:.2})"),
            Cause::Sentiment { score } => format!("unhappy customer (sentiment {score:.2})"),
            Cause::Program(HandoffRequest { reason: Some(reason), .. }) => reason.clone(),
            Cause::Program(_) if pt => "o bot pediu uma pessoa".into(),
            Cause::Program(_) => "the bot asked for a person".into(),
            Cause::FailedTurns { turns } if pt => format!("o bot não soube responder {turns} vezes seguidas"),
            Cause::FailedTurns { turns } => format!("the bot had no answer {turns} times in a row"),
        }
    }
}

/// Whether the bot is not asked at all about this message.
pub fn before_turn(policy: &Policy, text: &str) -> Option<Cause> {
    if policy.bypass {
        return Some(Cause::Bypass);
    }
    if policy.auto_transfer {
        if let Some(keyword) = policy.transfer_keywords.iter().find(|keyword| contains_phrase(text, keyword)) {
            return Some(Cause::Keyword { keyword: keyword.clone() });
        }
        if let Some(found) = policy.intents.recognise(text).filter(|found| same(&found.intent, ESCALATE)) {
            return Some(Cause::Intent { intent: found.intent });
        }
    }
    Some(sentiment(text)).filter(|score| *score < policy.sentiment_threshold).map(|score| Cause::Sentiment { score })
}

/// Whether a person takes over after this turn; what it says is said first.
pub fn after_turn(policy: &Policy, turn: &Turn) -> Option<Cause> {
    let asked = turn.actions.iter().find_map(|action| match action {
        Action::Handoff(request) => Some(Cause::Program(request.clone())),
        _ => None,
    });
    asked.or_else(|| {
        let turns = turn.state.failed_turns;
        let gives_up =
            turn.actions.contains(&Action::Failed) && policy.max_failures > 0 && turns >= policy.max_failures;
        gives_up.then_some(Cause::FailedTurns { turns })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::BotState;

    #[test]
    fn a_message_goes_straight_to_a_person_when_a_rule_says_so() {
        let on = Policy::default();
        let bypass = Policy { bypass: true, ..on.clone() };
        let off = Policy { auto_transfer: false, ..on.clone() };
        let keyword = |keyword: &str| Some(Cause::Keyword { keyword: keyword.into() });
        let intent = Some(Cause::Intent { intent: ESCALATE.into() });
        let own = [("Escalate".to_owned(), vec!["falar na ouvidoria".to_owned()])];
        let own = Policy { intents: Arc::new(Intents::new(&own)), ..on.clone() };
        for (policy, text, expected) in [
            (&on, "Quero falar com uma PESSOA!", keyword("pessoa")),
            (&on, "posso falar com alguém?", keyword("falar com")),
            (&on, "me passa pra alguém, por favor", intent.clone()),
            (&on, "can I speak to someone?", intent),
            (&own, "queria falar na ouvidoria", Some(Cause::Intent { intent: "Escalate".into() })),
            (&on, "que texto impessoal", None),
            (&on, "quanto custa?", None),
            (&off, "pessoa", None),
            (&off, "can I speak to someone?", None),
            (&bypass, "oi", Some(Cause::Bypass)),
        ] {
            assert_eq!(before_turn(policy, text), expected, "{text}");
        }
    }

    #[test]
    fn anger_below_the_threshold_reaches_a_person_and_mild_displeasure_does_not() {
        let policy = Policy::default();
        for text in ["péssimo, um absurdo!", "this is the worst company ever"] {
            let cause = before_turn(&policy, text);
            assert!(matches!(cause, Some(Cause::Sentiment { score }) if score < -0.5), "{text}: {cause:?}");
        }
        let patient = Policy { sentiment_threshold: -1.0, ..policy.clone() };
        for (policy, text) in [(&policy, "achei ruim"), (&policy, "oi"), (&patient, "péssimo, um absurdo!")] {
            assert_eq!(before_turn(policy, text), None, "{text}");
        }
    }

    #[test]
    fn the_bot_gives_up_when_it_asks_or_after_three_failures() {
        let turn =
            |failed_turns, actions| Turn { state: BotState { failed_turns, ..BotState::fresh("basic", "1") }, actions };
        let policy = Policy::default();
        let request = HandoffRequest { destination: Some("Vendas".into()), ..Default::default() };
        let asked = Cause::Program(request.clone());
        assert_eq!(after_turn(&policy, &turn(0, vec![Action::Handoff(request)])), Some(asked));
        assert_eq!(after_turn(&policy, &turn(2, vec![Action::Failed])), None);
        assert_eq!(after_turn(&policy, &turn(3, vec![Action::Failed])), Some(Cause::FailedTurns { turns: 3 }));
        assert_eq!(after_turn(&policy, &turn(3, vec![])), None);
        assert_eq!(after_turn(&Policy { max_failures: 0, ..policy }, &turn(9, vec![Action::Failed])), None);
    }

    #[test]
    fn every_cause_has_a_name_a_line_in_both_languages_and_survives_json() {
        for cause in [
            Cause::Bypass,
            Cause::Keyword { keyword: "humano".into() },
            Cause::Intent { intent: "escalate".into() },
            Cause::Sentiment { score: -0.75 },
            Cause::Program(HandoffRequest::default()),
            Cause::FailedTurns { turns: 3 },
        ] {
            let json = serde_json::to_value(&cause).unwrap();
            assert_eq!(json["cause"], cause.code());
            assert_eq!(serde_json::from_value::<Cause>(json).unwrap(), cause);
            assert_ne!(cause.describe(Lang::Pt), cause.describe(Lang::En));
        }
    }
}
