//! Ratings: what a customer thought of one handoff, satisfaction (CSAT, 1 to 5) or recommendation (NPS, 0 to 10). Which of them
//! is asked for is the bot's setting `attendance-csat`. The widget shows faces or numbers; elsewhere the question is a text and
//! so is its answer, which is read here.

pub mod store;

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::lang::Lang;
use crate::settings::view::Csat;
use crate::text::{fold, same};

/// How long after the end of a handoff an unanswered question still stands.
pub const ASKED_FOR: Duration = Duration::from_secs(24 * 3600);

/// Which question a score answers.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// How good it was, 1 to 5.
    Csat,
    /// Whether they would recommend us, 0 to 10.
    Nps,
}

impl Scale {
    pub const fn as_str(self) -> &'static str {
        match self {
            Scale::Csat => "csat",
            Scale::Nps => "nps",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Scale::Csat, Scale::Nps].into_iter().find(|scale| scale.as_str() == text)
    }

    /// What the setting asks for, if anything.
    pub const fn asked(setting: Csat) -> Option<Scale> {
        match setting {
            Csat::Off => None,
            Csat::Csat => Some(Scale::Csat),
            Csat::Nps => Some(Scale::Nps),
        }
    }

    pub const fn range(self) -> RangeInclusive<i64> {
        match self {
            Scale::Csat => 1..=5,
            Scale::Nps => 0..=10,
        }
    }

    /// As a text, where there is no form.
    pub const fn question(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Scale::Csat, Lang::Pt) => "De 1 a 5, que nota você dá a este atendimento? Responda só com o número.",
            (Scale::Csat, Lang::En) => "From 1 to 5, how would you rate this service? Answer with just the number.",
            (Scale::Nps, Lang::Pt) => "De 0 a 10, o quanto você nos recomendaria a um amigo? Responda só com o número.",
            (Scale::Nps, Lang::En) => {
                "From 0 to 10, how likely are you to recommend us to a friend? Answer with just the number."
            }
        }
    }

    /// The score and what was said with it, when a text answers the question: `5`, `nota 9`, `10, muito bom!`, `⭐⭐⭐⭐`. A text
    /// that goes on about something else (`2 perguntas`) does not.
    pub fn answer(self, text: &str) -> Option<(i64, Option<String>)> {
        let mut text = text.trim();
        let mut stars = text.chars().filter(|letter| *letter != '\u{fe0f}').peekable();
        if self == Scale::Csat && stars.peek().is_some() && stars.clone().all(|letter| letter == '⭐') {
            let count = i64::try_from(stars.count()).ok()?;
            return self.range().contains(&count).then_some((count, None));
        }
        if let Some((first, rest)) = text.split_once([' ', ':', '='])
            && ["nota", "dou", "rating"].into_iter().any(|word| same(first, word))
        {
            text = rest.trim_start_matches([' ', ':', '=']);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let score = text.get(..digits)?.parse().ok().filter(|score| self.range().contains(score))?;
        let rest = text.get(digits..)?;
        let rest = rest.strip_prefix(&format!("/{}", self.range().end())).unwrap_or(rest);
        let said = rest.trim_start_matches(|letter: char| !letter.is_alphanumeric());
        let unit = ["estrela", "star", "ponto", "point"].into_iter().any(|unit| fold(said).starts_with(unit));
        if said.is_empty() || unit {
            return Some((score, None));
        }
        let apart = rest.starts_with('\n') || rest.trim_start().starts_with(|letter: char| !letter.is_alphanumeric());
        let goes_on = said.starts_with(|letter: char| letter.is_ascii_digit()); // 4,5 is no whole number
        (apart && !goes_on).then(|| (score, Some(said.to_owned())))
    }
}

crate::store::sql::impl_text_sql!(Scale);

/// Said to who has answered.
pub const fn thanks(lang: Lang) -> &'static str {
    match lang {
        Lang::Pt => "Obrigado pela sua avaliação!",
        Lang::En => "Thank you for your rating!",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_answers_the_question_however_it_is_written() {
        let said = |text: &str| Some(text.to_owned());
        for (text, expected) in [
            ("5", (5, None)),
            (" 4 ", (4, None)),
            ("Nota 3", (3, None)),
            ("nota: 5!", (5, None)),
            ("5/5", (5, None)),
            ("4 estrelas", (4, None)),
            ("⭐⭐⭐⭐", (4, None)),
            ("5, muito bom!", (5, said("muito bom!"))),
            ("2\ndemorou demais", (2, said("demorou demais"))),
            ("1 - ninguém resolveu", (1, said("ninguém resolveu"))),
            ("5 👍", (5, None)),
        ] {
            assert_eq!(Scale::Csat.answer(text), Some(expected), "{text}");
        }
        assert_eq!(Scale::Nps.answer("10"), Some((10, None)));
        assert_eq!(Scale::Nps.answer("0 pontos"), Some((0, None)));
    }

    #[test]
    fn what_is_about_something_else_is_no_answer() {
        for text in
            ["", "oi", "6", "0", "2 perguntas", "2 vias do boleto", "12345", "5.1", "quero 2", "-1", "nota fiscal"]
        {
            assert_eq!(Scale::Csat.answer(text), None, "{text}");
        }
        assert_eq!(Scale::Nps.answer("11"), None);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_no_score_leaves_its_range(text in ".*") {
            for scale in [Scale::Csat, Scale::Nps] {
                if let Some((score, _)) = scale.answer(&text) {
                    prop_assert!(scale.range().contains(&score));
                }
            }
        }
    }
}
