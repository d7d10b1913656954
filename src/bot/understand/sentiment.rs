//! How a message feels, from -1 (furious) to 1 (delighted). The words' strengths add up, turned around by negation and
//! weighed by degree, capitals, drawn-out letters, exclamation marks and "but".

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::lexicon::{DEGREES, DUTIES, NEGATORS, PHRASES, TURNS, WORDS};
use super::stem::stem;
use super::{Word, read};

/// How far a negation reaches, in words.
const REACH: usize = 3;
/// "Not good" is less bad than "bad"; "not bad" is hardly good.
const NOT_GOOD: f64 = -0.74;
const NOT_BAD: f64 = -0.4;
/// Of a duty that was not done.
const UNDONE: f64 = -2.0;
const LOUD: f64 = 1.2;
/// How many strong words it takes to come near the ends of the scale.
const SOFTNESS: f64 = 15.0;

/// A score in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Negative,
    Neutral,
    Positive,
}

impl Mood {
    /// One mild word is still neutral.
    pub fn of(score: f64) -> Mood {
        match score {
            score if score < -0.25 => Mood::Negative,
            score if score > 0.25 => Mood::Positive,
            _ => Mood::Neutral,
        }
    }
}

struct Lexicon {
    words: HashMap<&'static str, f64>,
    /// By stem, for forms that are not listed.
    stems: HashMap<&'static str, f64>,
    signs: HashMap<char, f64>,
    smileys: Vec<(&'static str, f64)>,
    /// By their first word, longest first.
    phrases: HashMap<&'static str, Vec<(Vec<&'static str>, f64)>>,
    duties: HashSet<&'static str>,
    roles: HashMap<&'static str, Role>,
}

#[derive(Clone, Copy)]
enum Role {
    Negates,
    Degree(f64),
    Turns,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon {
        words: HashMap::new(),
        stems: HashMap::new(),
        signs: HashMap::new(),
        smileys: Vec::new(),
        phrases: HashMap::new(),
        duties: DUTIES.split_whitespace().collect(),
        roles: HashMap::new(),
    };
    for (strength, words) in WORDS.iter().copied() {
        for word in words.split_whitespace() {
            let mut letters = word.chars();
            match (letters.next(), letters.next()) {
                (Some(sign), None) => _ = lexicon.signs.insert(sign, strength),
                _ if word.contains([':', ';', '=', '<']) => lexicon.smileys.push((word, strength)),
                _ => {
                    lexicon.words.entry(word).or_insert(strength);
                    lexicon.stems.entry(stem(word)).or_insert(strength);
                }
            }
        }
    }
    for (strength, phrase) in PHRASES.iter().copied() {
        let words: Vec<&str> = phrase.split(' ').collect();
        lexicon.phrases.entry(words.first().copied().unwrap_or_default()).or_default().push((words, strength));
    }
    for phrases in lexicon.phrases.values_mut() {
        phrases.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
    }
    let degrees =
        DEGREES.iter().flat_map(|(factor, words)| words.split_whitespace().map(|word| (word, Role::Degree(*factor))));
    lexicon.roles.extend(degrees);
    lexicon.roles.extend(NEGATORS.split_whitespace().map(|word| (word, Role::Negates)));
    lexicon.roles.extend(TURNS.split_whitespace().map(|word| (word, Role::Turns)));
    lexicon
});

impl Lexicon {
    fn word(&self, word: &str) -> Option<f64> {
        // Short words are met as they are: "chat" is no form of "chateado".
        let by_stem = || (word.len() > 4).then(|| self.stems.get(stem(word))).flatten();
        self.words.get(word).or_else(by_stem).copied()
    }

    fn role(&self, word: &str) -> Option<Role> {
        self.roles.get(word).copied()
    }

    /// The phrase that begins at `at`: its words and strength.
    fn phrase(&self, words: &[Word], at: usize) -> Option<(usize, f64)> {
        let phrases = self.phrases.get(words.get(at)?.folded.as_str())?;
        phrases.iter().find_map(|(phrase, strength)| {
            let there = phrase
                .iter()
                .enumerate()
                .all(|(offset, word)| words.get(at + offset).is_some_and(|said| said.folded == *word));
            there.then_some((phrase.len(), *strength))
        })
    }
}

/// The mood of a message, -1 to 1; 0 when no word says anything.
pub fn sentiment(text: &str) -> f64 {
    let lexicon = &*LEXICON;
    let words = read(text);
    let mut before = 0.0;
    let mut sum = 0.0;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if let Some((taken, strength)) = lexicon.phrase(&words, at) {
            sum += strength * degree(lexicon, &words, at, taken) * loudness(word);
            at += taken;
            continue;
        }
        match lexicon.role(&word.folded) {
            Some(Role::Turns) if at > 0 => (before, sum) = (before + sum, 0.0),
            Some(_) => {}
            None => {
                let negated = negated(lexicon, &words, at);
                if negated && lexicon.duties.contains(word.folded.as_str()) {
                    sum += UNDONE * loudness(word);
                } else if let Some(strength) = lexicon.word(&word.folded) {
                    let turned = match (negated, strength > 0.0) {
                        (true, true) => NOT_GOOD,
                        (true, false) => NOT_BAD,
                        (false, _) => 1.0,
                    };
                    sum += strength * turned * degree(lexicon, &words, at, 1) * loudness(word);
                }
            }
        }
        at += 1;
    }
    // "But": what follows is what is meant.
    let words = if before == 0.0 { sum } else { before * 0.5 + sum * 1.5 };
    let marks = text.matches('!').count().min(3);
    let total = words * (1.0 + marks as f64 / 10.0) + signs(lexicon, text);
    total / (total * total + SOFTNESS).sqrt()
}

fn loudness(word: &Word) -> f64 {
    if word.shouted || word.drawn_out { LOUD } else { 1.0 }
}

/// Whether a negation before the word reaches it: no comma between, and not too far.
fn negated(lexicon: &Lexicon, words: &[Word], at: usize) -> bool {
    let mut index = at;
    while index > 0 && at - index < REACH {
        if words.get(index).is_some_and(|word| word.begins) {
            return false;
        }
        index -= 1;
        match words.get(index).and_then(|word| lexicon.role(&word.folded)) {
            Some(Role::Negates) => return true,
            Some(Role::Turns) => return false,
            _ => {}
        }
    }
    false
}

/// "Muito bom", "a little slow", "bom demais": the neighbours' weight.
fn degree(lexicon: &Lexicon, words: &[Word], at: usize, taken: usize) -> f64 {
    let weight = |index: Option<usize>| match index
        .and_then(|index| words.get(index))
        .and_then(|word| lexicon.role(&word.folded))
    {
        Some(Role::Degree(factor)) => factor,
        _ => 1.0,
    };
    let after = match words.get(at + taken) {
        Some(word) if matches!(word.folded.as_str(), "demais" | "mesmo" | "d+") => 1.2,
        _ => 1.0,
    };
    weight(at.checked_sub(1)) * weight(at.checked_sub(2)).clamp(1.0, 1.2) * after
}

/// Emoji and smileys; the same again and again counts three times at most.
fn signs(lexicon: &Lexicon, text: &str) -> f64 {
    let mut counts: HashMap<char, u32> = HashMap::new();
    let mut sum = 0.0;
    for letter in text.chars().filter(|letter| !letter.is_ascii()) {
        if let Some(strength) = lexicon.signs.get(&letter) {
            let count = counts.entry(letter).or_default();
            *count += 1;
            if *count <= 3 {
                sum += strength / f64::from(*count);
            }
        }
    }
    let is_smiley = |smiley: &str| {
        text.split_whitespace()
            .any(|word| word.eq_ignore_ascii_case(smiley) || word.ends_with(smiley) && !word.starts_with("http"))
    };
    if text.contains([')', '(', '/', '3', 'd', 'D']) {
        sum +=
            lexicon.smileys.iter().filter(|(smiley, _)| is_smiley(smiley)).map(|(_, strength)| strength).sum::<f64>();
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn strength_negation_degree_and_shouting_order_messages() {
        for (worse, better) in [
            ("péssimo", "ruim"),
            ("muito ruim", "ruim"),
            ("ruim", "meio ruim"),
            ("não gostei", "gostei"),
            ("not good", "not bad"),
            ("terrible", "not terrible"),
            ("horrível", "não é horrível"),
            ("PÉSSIMO", "péssimo"),
            ("pééééssimo", "péssimo"),
            ("péssimo!!!", "péssimo"),
            ("bom", "ótimo"),
            ("bom", "muito bom"),
            ("bom", "bom demais"),
            ("good", "good 😍"),
            ("o produto é bom mas a entrega foi péssima", "a entrega foi péssima mas o produto é bom"),
            ("não, está ruim", "não, está ótimo"),
            ("que demora 😡", "que demora"),
            ("I don't like it", "I like it"),
        ] {
            assert!(
                sentiment(worse) < sentiment(better),
                "{worse:?} {} {better:?} {}",
                sentiment(worse),
                sentiment(better)
            );
        }
    }

    #[test]
    fn words_that_say_nothing_are_neutral() {
        for text in
            ["", "meu pedido é o 4471", "bom dia", "boa noite!", "where is my order?", "http://x.com/:)", "😶", "12345"]
        {
            assert_eq!(Mood::of(sentiment(text)), Mood::Neutral, "{text}");
        }
        assert_eq!(sentiment("meu pedido é o 4471"), 0.0);
    }

    #[test]
    fn the_lexicon_is_folded_and_says_one_thing_for_each_word() {
        let mut seen = HashMap::new();
        let all =
            WORDS.iter().flat_map(|(strength, words)| words.split_whitespace().map(move |word| (word, *strength)));
        for (word, strength) in all {
            assert_eq!(crate::text::fold(word), word);
            assert!(*seen.entry(word).or_insert(strength) == strength, "{word} twice");
        }
        assert!(seen.len() >= 500, "{}", seen.len());
    }

    proptest! {
        #[test]
        fn every_text_has_a_score_in_range(text in "\\PC{0,60}|((nao|muito|bom|péssimo|mas|not|!|😡|d+|e nada) ?){0,12}") {
            let score = sentiment(&text);
            prop_assert!((-1.0..=1.0).contains(&score), "{}", score);
        }
    }
}
