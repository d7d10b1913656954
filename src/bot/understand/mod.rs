//! What a message feels like and what it wants, without any model: for bots that have none, for scripts (`SENTIMENT`,
//! `INTENT`) and for [`escalation`](super::escalation). Brazilian Portuguese and English, mixed as people mix them. Pure and
//! fast enough for every message; how often it is right is measured in the tests on `tests/data/understand.csv`.

use crate::text::word_spans;

mod intent;
mod lexicon;
mod sentiment;
mod stem;

pub use intent::{Intents, Recognised};
pub use sentiment::{Mood, sentiment};

/// A word as it was written.
struct Word {
    /// Folded, apostrophes dropped, letters drawn out ("pééééssimo") written once.
    folded: String,
    /// In capitals, three letters at least.
    shouted: bool,
    drawn_out: bool,
    /// A comma or an end of sentence stands before it.
    begins: bool,
}

fn read(text: &str) -> Vec<Word> {
    let plain;
    let text = if text.contains(['\'', '’']) {
        plain = text.replace(['\'', '’'], "");
        plain.as_str()
    } else {
        text
    };
    let mut end = 0;
    let spans = word_spans(text).into_iter();
    spans
        .map(|(span, folded)| {
            let written = text.get(span.clone()).unwrap_or_default();
            let between = text.get(end..span.start).unwrap_or_default();
            end = span.end;
            let single = once(&folded);
            Word {
                shouted: folded.len() >= 3
                    && written.chars().any(char::is_uppercase)
                    && !written.chars().any(char::is_lowercase),
                drawn_out: single.is_some(),
                begins: between.contains([',', '.', ';', '!', '?', ':', '\n']),
                folded: single.unwrap_or(folded),
            }
        })
        .collect()
}

/// The word with every run of three and more equal letters written once; none when it has no such run.
fn once(word: &str) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    let runs: Vec<&[char]> = letters.chunk_by(|a, b| a == b).collect();
    let drawn = |run: &&[char]| run.len() >= 3 && run.iter().all(|letter| letter.is_alphabetic());
    runs.iter()
        .any(drawn)
        .then(|| runs.iter().flat_map(|run| run.iter().take(if drawn(run) { 1 } else { run.len() })).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Labelled {
        lang: String,
        text: String,
        mood: Mood,
        intent: Option<String>,
        /// Written after the lexicon and the patterns were, and never used to improve them.
        unseen: bool,
    }

    fn labelled() -> Vec<Labelled> {
        let mut rows = csv::Reader::from_reader(&include_bytes!("../../../tests/data/understand.csv")[..]);
        let read = |row: csv::StringRecord| Labelled {
            lang: row[0].into(),
            text: row[1].into(),
            mood: match &row[2] {
                "negative" => Mood::Negative,
                "neutral" => Mood::Neutral,
                "positive" => Mood::Positive,
                other => panic!("{other}"),
            },
            intent: Some(row[3].to_owned()).filter(|intent| intent != "none"),
            unseen: &row[4] == "after",
        };
        rows.records().map(|row| read(row.unwrap())).collect()
    }

    /// Only the lines that were written afterwards say something about messages to come.
    #[test]
    fn most_labelled_messages_are_understood() {
        let intents = Intents::new(&[]);
        let rows = labelled();
        assert!(rows.len() >= 300);
        let measure = |name: &str, chosen: &dyn Fn(&Labelled) -> bool| {
            let rows: Vec<&Labelled> = rows.iter().filter(|row| chosen(row)).collect();
            let share = |right: usize| right as f64 / rows.len() as f64;
            let mood = share(rows.iter().filter(|row| Mood::of(sentiment(&row.text)) == row.mood).count());
            let intent = |row: &Labelled| intents.recognise(&row.text).map(|found| found.intent);
            let wanted = share(rows.iter().filter(|row| intent(row) == row.intent).count());
            println!(
                "{name}: {} messages, sentiment {:.1} %, intent {:.1} %",
                rows.len(),
                mood * 100.0,
                wanted * 100.0
            );
            (mood, wanted)
        };
        measure("written before", &|row| !row.unseen);
        measure("unseen, pt-BR", &|row| row.unseen && row.lang == "pt");
        measure("unseen, en", &|row| row.unseen && row.lang == "en");
        let (mood, wanted) = measure("unseen", &|row| row.unseen);
        assert!(mood >= 0.70 && wanted >= 0.62, "sentiment {mood}, intent {wanted}");
    }

    #[test]
    fn calm_questions_do_not_escalate_and_insults_do() {
        let threshold = super::super::escalation::Policy::default().sentiment_threshold;
        let rows = labelled();
        let escalated = |mood| rows.iter().filter(|row| row.mood == mood && sentiment(&row.text) < threshold).count();
        assert_eq!((escalated(Mood::Neutral), escalated(Mood::Positive)), (0, 0));
        assert!(escalated(Mood::Negative) > 20, "{}", escalated(Mood::Negative));
    }
}
