//! What is said in the demo: conversations of several turns, as data (`dialogues/*.toml`). Pure.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::people::Customer;
use crate::lang::Lang;

const SOURCES: [(&str, Lang, &str); 4] = [
    ("Suporte", Lang::Pt, include_str!("dialogues/suporte.toml")),
    ("Vendas", Lang::Pt, include_str!("dialogues/vendas.toml")),
    ("Financeiro", Lang::Pt, include_str!("dialogues/financeiro.toml")),
    ("", Lang::En, include_str!("dialogues/english.toml")),
];

/// One conversation. Without `talk` the bot's answer is all the customer wants.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialogue {
    /// What the customer writes until a person comes; each line but the first after an answer. The last one asks for a person.
    pub opening: Vec<String>,
    #[serde(default)]
    pub talk: Vec<Turn>,
    /// The attendant's last words.
    #[serde(default)]
    pub closing: String,
    /// The customer's.
    #[serde(default)]
    pub thanks: String,
    /// What the attendant notes when resolving.
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub tags: Vec<String>,
    /// 1 to 5.
    #[serde(default)]
    pub rating: Option<i64>,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(skip)]
    pub lang: Lang,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    pub attendant: String,
    pub customer: String,
}

impl Dialogue {
    /// Whether a person is asked for.
    pub fn needs_person(&self) -> bool {
        !self.talk.is_empty()
    }
}

/// All of them, in a fixed order: every queue early.
pub fn all() -> Result<Vec<Dialogue>> {
    #[derive(Deserialize)]
    struct File {
        dialogue: Vec<Dialogue>,
    }
    let mut found = Vec::new();
    for (queue, lang, source) in SOURCES {
        let file: File = toml::from_str(source).with_context(|| format!("dialogues of {queue}"))?;
        let dialogues = file.dialogue.into_iter().map(|dialogue| Dialogue { lang, ..dialogue });
        found.extend(dialogues.enumerate());
    }
    found.sort_by_key(|(place, _)| *place);
    Ok(found.into_iter().map(|(_, dialogue)| dialogue).collect())
}

/// The line as it is said to or by this customer. `round` makes the order number of this conversation.
pub fn spoken(line: &str, customer: &Customer, attendant: &str, round: usize) -> String {
    let order = 40_000 + customer.id.bytes().map(usize::from).sum::<usize>() * 7 % 9_000 + round * 13;
    line.replace("{first}", customer.first_name())
        .replace("{me}", attendant.split(' ').next().unwrap_or(attendant))
        .replace("{order}", &order.to_string())
        .replace("{o}", if customer.she { "a" } else { "o" })
}

#[cfg(test)]
mod tests {
    use super::super::people::{self, QUEUES};
    use super::*;
    use crate::bot::escalation::{Policy, before_turn};
    use crate::text::contains_phrase;

    #[test]
    fn there_are_enough_conversations_and_each_asks_for_a_person_only_with_its_last_line() {
        let all = all().unwrap();
        assert!(all.len() >= 25, "{}", all.len());
        assert!(all.iter().filter(|dialogue| dialogue.lang == Lang::En).count() >= 2);
        let customer = &people::customers()[0];
        for dialogue in &all {
            let asks: Vec<bool> = dialogue
                .opening
                .iter()
                .map(|line| before_turn(&Policy::default(), &spoken(line, customer, "Ana", 1)).is_some())
                .collect();
            let mut expected = vec![false; dialogue.opening.len()];
            if let Some(last) = expected.last_mut() {
                *last = dialogue.needs_person();
            }
            assert_eq!(asks, expected, "{:?}", dialogue.opening);
            if dialogue.needs_person() {
                assert!(!dialogue.closing.is_empty() && !dialogue.thanks.is_empty() && !dialogue.note.is_empty());
                assert!(dialogue.rating.is_some_and(|score| (1..=5).contains(&score)));
            }
        }
        for queue in QUEUES {
            let leads = |dialogue: &&Dialogue| {
                let last = dialogue.opening.last().unwrap();
                queue.topics.iter().any(|topic| contains_phrase(last, topic))
            };
            assert!(all.iter().filter(leads).count() >= 4, "{}", queue.name);
        }
    }

    #[test]
    fn what_is_said_is_about_this_customer() {
        let customer = &people::customers()[0];
        let line = "Obrigad{o}, {first}: {order}. {me}";
        let said = spoken(line, customer, "Ana Lima", 2);
        assert!(said.starts_with("Obrigada, Marina: 4") && said.ends_with(". Ana"), "{said}");
        for dialogue in all().unwrap() {
            let talk = dialogue.talk.iter().flat_map(|turn| [&turn.attendant, &turn.customer]);
            for line in dialogue.opening.iter().chain(talk).chain([&dialogue.closing, &dialogue.thanks]) {
                assert!(!spoken(line, customer, "Ana", 1).contains(['{', '}']), "{line}");
            }
        }
    }
}
