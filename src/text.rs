//! Comparing what people type: without case and accents, by whole words. Not for display, and no splitting of messages
//! (`channels/text.rs`). Called by commands, routing, the bot and escalation.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest name worth comparing letter by letter; what is typed beyond it cannot be a slip of the finger.
const LONGEST_NAME: usize = 64;

/// Lower case, without accents and other marks: "Ação" and "ACAO" are one. Idempotent.
pub fn fold(text: &str) -> String {
    // Marks go twice: lower-casing may produce one ("İ").
    let letters = text.nfd().filter(|letter| !is_combining_mark(*letter));
    letters.flat_map(char::to_lowercase).nfd().filter(|letter| !is_combining_mark(*letter)).collect()
}

/// Every run of letters and digits, folded, with the bytes of `text` it came from.
pub fn word_spans(text: &str) -> Vec<(Range<usize>, String)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (letter.is_alphanumeric() || is_combining_mark(letter), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                start = None;
                let word = text.get(from..at).map(fold).unwrap_or_default();
                if !word.is_empty() {
                    words.push((from..at, word));
                }
            }
            _ => {}
        }
    }
    words
}

/// The folded words of a text; punctuation and spaces only separate.
pub fn words(text: &str) -> Vec<String> {
    word_spans(text).into_iter().map(|(_, word)| word).collect()
}

/// Whether two names are the same to a reader: same words, whatever the case, accents and punctuation.
pub fn same(a: &str, b: &str) -> bool {
    let a = words(a);
    !a.is_empty() && a == words(b)
}

/// Whether the words of `phrase` stand one after the other, whole, in `text`: "Quero falar com uma PESSOA!" contains
/// `pessoa` and `falar com`; "impessoal" contains neither. A phrase without letters or digits ("👍") is looked for as it
/// is.
pub fn contains_phrase(text: &str, phrase: &str) -> bool {
    let sought = words(phrase);
    if sought.is_empty() {
        let sign = phrase.trim();
        return !sign.is_empty() && text.contains(sign);
    }
    words(text).windows(sought.len()).any(|window| window == sought.as_slice())
}

/// The names someone most likely meant, best first, at most three: within one slip per four letters (swaps count once),
/// or beginning with what was typed.
pub fn nearest<'a>(names: impl IntoIterator<Item = &'a str>, typed: &str) -> Vec<&'a str> {
    let typed: String = fold(typed).chars().take(LONGEST_NAME).collect();
    let length = typed.chars().count();
    let mut close: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let folded = fold(name);
            let distance =
                if length >= 2 && folded.starts_with(&typed) { 1 } else { strsim::osa_distance(&folded, &typed) };
            (length > 0 && distance <= 1 + length / 4).then_some((distance, name))
        })
        .collect();
    close.sort_unstable();
    close.dedup();
    close.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn phrases_match_whole_words_whatever_the_case_accents_and_punctuation() {
        for (text, phrase, expected) in [
            ("Quero falar com uma PESSOA!", "pessoa", true),
            ("Quero falar com uma PESSOA!", "Falar Com", true),
            ("quero falar, com alguém", "falar com", true),
            ("quero *falar*\ncom alguem", "falar com", true),
            ("um atendimento impessoal", "pessoa", false),
            ("as pessoas", "pessoa", false),
            ("falar sem com", "falar com", false),
            ("na\u{303}o", "não", true),
            ("ACAO", "ação", true),
            ("opção 1", "1", true),
            ("opção 10", "1", false),
            ("obrigado 👍", "👍", true),
            ("", "pessoa", false),
            ("pessoa", "", false),
            ("pessoa", "  ", false),
        ] {
            assert_eq!(contains_phrase(text, phrase), expected, "{text:?} {phrase:?}");
        }
    }

    #[test]
    fn hints_survive_swaps_accents_and_beginnings() {
        let names = ["queue", "take", "transfer", "transferir", "fila", "foco"];
        assert_eq!(nearest(names, "tranfser"), ["transfer", "transferir"]);
        assert_eq!(nearest(names, "quéeu"), ["queue"]);
        assert_eq!(nearest(names, "trans"), ["transfer", "transferir"]);
        assert!(nearest(names, "zzzzzz").is_empty());
        assert!(nearest(names, "").is_empty());
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".*") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn a_phrase_is_found_between_any_other_words(
            before in "[a-z ]*",
            phrase in "[a-zà-ú]{1,8}( [a-z]{1,8})?",
            after in "[a-z ]*",
        ) {
            let text = format!("{before} {}! {after}", phrase.to_uppercase());
            prop_assert!(contains_phrase(&text, &phrase));
        }

        #[test]
        fn word_spans_lie_in_the_text(text in ".*") {
            for (span, word) in word_spans(&text) {
                prop_assert_eq!(fold(&text[span]), word);
            }
        }
    }
}
