//! An answer cut into what a reader of numbers, dates and hours looks at: runs of digits, runs of letters, single signs.
//! Folded, so that "ÀS 10H30" and "as 10h30" are one.

use crate::text::fold;

/// `10h30` is `10`, `h`, `30`; `segunda-feira` is `segunda`, `-`, `feira`. Apostrophes vanish (`o'clock`), other signs
/// stand alone, spaces only separate.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in fold(text).chars() {
        let class = |c: char| (c.is_ascii_digit(), c.is_alphabetic());
        if matches!(letter, '\'' | '’') {
            continue;
        }
        let joins = class(letter) != (false, false) && class(letter) == class(before);
        match tokens.last_mut() {
            Some(last) if joins => last.push(letter),
            _ if letter.is_whitespace() => {}
            _ => tokens.push(letter.into()),
        }
        before = letter;
    }
    tokens
}

/// The token at a place, empty beyond the end.
pub fn at(tokens: &[String], index: usize) -> &str {
    tokens.get(index).map_or("", String::as_str)
}

/// Whether these words stand one after the other from `index` on.
pub fn follows(tokens: &[String], index: usize, words: &str) -> bool {
    words.split(' ').enumerate().all(|(offset, word)| at(tokens, index + offset) == word)
}

/// The first of the phrases that stands at `index`, and how many tokens it takes.
pub fn first_of<T: Copy>(tokens: &[String], index: usize, phrases: &[(&str, T)]) -> Option<(T, usize)> {
    let found = phrases.iter().find(|(words, _)| follows(tokens, index, words));
    found.map(|(words, meaning)| (*meaning, words.split(' ').count()))
}

/// The one meaning of all places that have one; none when there is none, or when they disagree.
pub fn only<T: PartialEq>(found: impl IntoIterator<Item = T>) -> Option<T> {
    let mut found = found.into_iter();
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}
