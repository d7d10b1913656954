//! The built-in engine: greets once, answers keywords, says so when it does not understand. No script, no model. The
//! engine of a bot without a program; built by the router from the bot's settings, per conversation because of its
//! language.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Action, BotEvent, BotState, Engine, Localised, Said, Scene, Turn};
use crate::lang::Lang;
use crate::text::{contains_phrase, words};

/// The name in [`BotState::engine`].
pub const ENGINE: &str = "reply";
/// What is remembered does not depend on the settings: changed answers hold at once, in the middle of a conversation.
const PROGRAM: &str = "1";

/// What the bot says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplySettings {
    /// Said once, at the first turn of a session; empty: not at all.
    pub greeting: Localised,
    /// Said when nothing matches; empty: not at all.
    pub fallback: Localised,
    pub answers: Vec<Answer>,
    /// Turns in a row without an answer after which a person takes over; 0 never. The last of them says nothing, since
    /// the handoff speaks.
    pub max_failures: u32,
}

/// One answer and the words that call for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Words or phrases; any of them, whole, whatever the case and accents.
    pub keywords: Vec<String>,
    pub text: Localised,
}

impl Default for ReplySettings {
    fn default() -> Self {
        ReplySettings {
            greeting: Localised::new(
                "Olá! Sou o assistente virtual. Como posso ajudar?",
                "Hello! I am the virtual assistant. How can I help?",
            ),
            fallback: Localised::new(
                "Desculpe, não entendi. Pode dizer de outro jeito? Para falar com uma pessoa, escreva *atendente*.",
                "Sorry, I did not understand. Could you say it another way? To reach a person, write *human*.",
            ),
            answers: Vec::new(),
            max_failures: 3,
        }
    }
}

/// See the file's opening.
#[derive(Debug, Clone)]
pub struct Reply {
    settings: Arc<ReplySettings>,
    lang: Lang,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    greeted: bool,
    /// A message came already.
    heard: bool,
}

impl Reply {
    pub fn new(settings: Arc<ReplySettings>, lang: Lang) -> Self {
        Reply { settings, lang }
    }

    /// The most specific answer: the keyword with the most words, then letters, then the first. What the button said to
    /// the machine counts before what it shows.
    fn answer(&self, text: &str, payload: Option<&str>) -> Option<&str> {
        payload.into_iter().chain([text]).find_map(|said| {
            let keywords = self
                .settings
                .answers
                .iter()
                .flat_map(|answer| answer.keywords.iter().map(move |keyword| (answer, keyword)));
            keywords
                .filter(|(answer, keyword)| contains_phrase(said, keyword) && !answer.text.get(self.lang).is_empty())
                .min_by_key(|(_, keyword)| Reverse((words(keyword).len(), keyword.chars().count())))
                .map(|(answer, _)| answer.text.get(self.lang))
        })
    }

    /// The answer to a message; what has none counts as failed in `state`. `first`: a greeting has just been said.
    pub fn hear(&self, state: &mut BotState, first: bool, text: &str, payload: Option<&str>) -> Vec<Action> {
        if let Some(answer) = self.answer(text, payload) {
            state.failed_turns = 0;
            return vec![say(answer)];
        }
        if first && !self.settings.greeting.get(self.lang).is_empty() && is_salutation(text) {
            return Vec::new(); // the greeting is the answer to "Oi"
        }
        state.failed_turns = state.failed_turns.saturating_add(1);
        let last = self.settings.max_failures > 0 && state.failed_turns >= self.settings.max_failures;
        let fallback = Some(self.settings.fallback.get(self.lang)).filter(|text| !last && !text.is_empty());
        fallback.map(say).into_iter().chain([Action::Failed]).collect()
    }
}

impl Engine for Reply {
    fn turn(&self, state: &BotState, event: &BotEvent, _: &Scene<'_>) -> Turn {
        let mut state =
            if state.belongs_to(ENGINE, PROGRAM) { state.clone() } else { BotState::fresh(ENGINE, PROGRAM) };
        if matches!(event, BotEvent::TimerFired | BotEvent::Answered { .. } | BotEvent::Published { .. }) {
            return Turn { state, actions: Vec::new() }; // sets no timers and waits for no results
        }
        // Unreadable memory is no memory: at worst the customer is greeted twice.
        let memory: Memory = serde_json::from_value(state.data.take()).unwrap_or_default();
        let greeting = Some(self.settings.greeting.get(self.lang)).filter(|text| !memory.greeted && !text.is_empty());
        let mut actions: Vec<Action> = greeting.map(say).into_iter().collect();
        let mut heard = memory.heard;
        if let BotEvent::Message(Said { text, payload, .. }) = event {
            actions.extend(self.hear(&mut state, !memory.heard, text, payload.as_deref()));
            heard = true;
        }
        state.data = serde_json::json!(Memory { greeted: true, heard });
        Turn { state, actions }
    }
}

fn say(text: &str) -> Action {
    Action::Say { text: text.into(), choices: Vec::new() }
}

/// A greeting and nothing else: "Oi, bom dia!".
fn is_salutation(text: &str) -> bool {
    const SALUTATIONS: [&str; 19] = [
        "oi", "ola", "oie", "opa", "alo", "ei", "bom", "boa", "dia", "tarde", "noite", "tudo", "bem", "hi", "hello",
        "hey", "good", "morning", "start",
    ];
    let words = words(text);
    !words.is_empty() && words.iter().all(|word| SALUTATIONS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::channels::adapter::Kind;
    use crate::clock::Timestamp;

    fn settings() -> ReplySettings {
        let answer = |keywords: &[&str], pt: &str, en: &str| Answer {
            keywords: keywords.iter().map(|keyword| (*keyword).into()).collect(),
            text: Localised::new(pt, en),
        };
        ReplySettings {
            greeting: Localised::new("Olá!", "Hello!"),
            fallback: Localised::new("Não entendi.", "Sorry?"),
            answers: vec![
                answer(&["horário", "aberto"], "Das 8h às 18h.", "8 to 18."),
                answer(&["horário de sábado"], "Sábado fechamos.", "Closed on Saturday."),
                answer(&["endereço", "menu_2"], "Rua A, 1.", ""),
            ],
            max_failures: 3,
        }
    }

    fn engine(lang: Lang) -> Reply {
        Reply::new(Arc::new(settings()), lang)
    }

    fn message(text: &str) -> BotEvent {
        BotEvent::Message(Said::text(text))
    }

    fn turn(engine: &Reply, state: &BotState, event: &BotEvent) -> Turn {
        let scene = Scene { now: Timestamp::ZERO, paused: false, session: &|| serde_json::Value::Null, program: None };
        engine.turn(state, event, &scene)
    }

    /// What the engine says to each event, joined; `!` for a failed turn.
    fn talk(engine: &Reply, events: &[BotEvent]) -> Vec<String> {
        let mut state = BotState::fresh(ENGINE, PROGRAM);
        let mut said = Vec::new();
        for event in events {
            let turn = turn(engine, &state, event);
            state = turn.state;
            let words = turn.actions.into_iter().map(|action| match action {
                Action::Say { text, .. } => text,
                Action::Failed => "!".into(),
                other => panic!("{other:?}"),
            });
            said.push(words.collect::<Vec<_>>().join(" | "));
        }
        said
    }

    #[test]
    fn it_greets_once_answers_keywords_and_gives_up_after_three_failures() {
        let events = [
            "Oi, bom dia!",
            "Qual o HORARIO?",
            "horário, de sábado",
            "xyz",
            "abc",
            "Onde é o endereco?",
            "1",
            "2",
            "3",
            "4",
        ];
        assert_eq!(
            talk(&engine(Lang::Pt), &events.map(message)),
            [
                "Olá!",
                "Das 8h às 18h.",
                "Sábado fechamos.",
                "Não entendi. | !",
                "Não entendi. | !",
                "Rua A, 1.",
                "Não entendi. | !",
                "Não entendi. | !",
                "!",
                "!"
            ]
        );
    }

    #[test]
    fn the_greeting_comes_with_the_opening_of_the_session_or_with_the_first_message() {
        let opened = BotEvent::SessionOpened;
        assert_eq!(
            talk(&engine(Lang::En), &[opened.clone(), message("oi"), message("oi")]),
            ["Hello!", "", "Sorry? | !"]
        );
        assert_eq!(talk(&engine(Lang::En), &[opened.clone(), opened, message("blah")]), ["Hello!", "", "Sorry? | !"]);
        assert_eq!(talk(&engine(Lang::En), &[message("are you aberto?")]), ["Hello! | 8 to 18."]);
        assert_eq!(talk(&engine(Lang::En), &[message("blah")]), ["Hello! | Sorry? | !"]);
    }

    #[test]
    fn a_missing_translation_is_replaced_and_a_button_is_read_by_its_payload() {
        let button = BotEvent::Message(Said {
            payload: Some("menu_2".into()),
            kind: Kind::InteractiveReply,
            ..Said::text("Horário")
        });
        assert_eq!(talk(&engine(Lang::En), &[BotEvent::SessionOpened, button]), ["Hello!", "Rua A, 1."]);
    }

    #[test]
    fn without_texts_it_is_silent_and_without_a_limit_it_never_stops_answering() {
        let mute = ReplySettings { greeting: Localised::default(), fallback: Localised::default(), ..settings() };
        assert_eq!(talk(&Reply::new(Arc::new(mute), Lang::Pt), &[message("oi")]), ["!"]);
        let patient = Reply::new(Arc::new(ReplySettings { max_failures: 0, ..settings() }), Lang::Pt);
        assert_eq!(talk(&patient, &["oi", "a", "b", "c", "d"].map(message))[4], "Não entendi. | !");
    }

    #[test]
    fn the_state_of_another_engine_is_begun_anew() {
        let other =
            BotState { failed_turns: 2, data: serde_json::json!({"greeted": true}), ..BotState::fresh("basic", "7") };
        let turn_of = |state| turn(&engine(Lang::Pt), state, &BotEvent::SessionOpened);
        let turn = turn_of(&other);
        assert_eq!(turn.actions, [say("Olá!")]);
        assert_eq!((turn.state.engine.as_str(), turn.state.failed_turns), (ENGINE, 0));
        let broken = BotState { data: serde_json::json!("?"), ..BotState::fresh(ENGINE, PROGRAM) };
        assert_eq!(turn_of(&broken).actions, [say("Olá!")]);
    }

    fn events() -> impl Strategy<Value = Vec<BotEvent>> {
        let event = prop_oneof![
            Just(BotEvent::SessionOpened),
            "(oi|horário|xyz|endereço|.*)".prop_map(|text| message(&text)),
            Just(BotEvent::TimerFired),
        ];
        proptest::collection::vec(event, 0..12)
    }

    proptest! {
        #[test]
        fn a_turn_is_deterministic_and_its_state_survives_json(events in events()) {
            let engine = engine(Lang::Pt);
            let mut state = BotState::fresh(ENGINE, PROGRAM);
            for event in &events {
                let turn = turn(&engine, &state, event);
                let stored: BotState = serde_json::from_str(&serde_json::to_string(&turn.state).unwrap()).unwrap();
                prop_assert_eq!(&stored, &turn.state);
                prop_assert_eq!(&self::turn(&engine, &state, event), &turn);
                state = stored;
            }
        }

        #[test]
        fn failures_count_up_and_an_answer_resets_them(events in events()) {
            let engine = engine(Lang::Pt);
            let mut state = BotState::fresh(ENGINE, PROGRAM);
            for event in &events {
                let before = state.failed_turns;
                let turn = turn(&engine, &state, event);
                let failed = turn.actions.contains(&Action::Failed);
                let answered = matches!(event, BotEvent::Message(Said { text, .. }) if engine.answer(text, None).is_some());
                let expected = if failed { before + 1 } else if answered { 0 } else { before };
                prop_assert_eq!(turn.state.failed_turns, expected);
                prop_assert!(!(failed && answered));
                state = turn.state;
            }
        }
    }
}
