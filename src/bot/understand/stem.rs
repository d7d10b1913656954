//! Light stemming: enough that "cancelar", "cancelem" and "cancelamento" meet, or "orders" and "order". Suffix rules in
//! the manner of RSLP for Portuguese and of Porter's first steps for English, both on one word list: customers mix
//! languages, and what must meet is a word with its own other forms, not a dictionary form.

/// What remains at least: shorter stems meet words of other meanings.
const SHORTEST: usize = 4;

/// Endings from the longest to the shortest of each family, with the shortest stem they may leave.
const ENDINGS: &[(&str, usize)] = &[
    // Portuguese: nouns made of verbs, adverbs, degree.
    ("amentos", 4),
    ("imentos", 4),
    ("amento", 4),
    ("imento", 4),
    ("adores", 4),
    ("adoras", 4),
    ("issimos", 3),
    ("issimas", 3),
    ("issimo", 3),
    ("issima", 3),
    ("zinhos", 3),
    ("zinhas", 3),
    ("zinho", 3),
    ("zinha", 3),
    ("mente", 4),
    ("acoes", 4),
    ("acao", 4),
    ("icoes", 4),
    ("icao", 4),
    ("inhos", 4),
    ("inhas", 4),
    ("inho", 4),
    ("inha", 4),
    ("ador", 4),
    ("adora", 4),
    // Portuguese: verbs.
    ("ariamos", 3),
    ("eriamos", 3),
    ("assemos", 3),
    ("aramos", 4),
    ("avamos", 3),
    ("aremos", 4),
    ("eremos", 4),
    ("iremos", 4),
    ("ariam", 4),
    ("eriam", 4),
    ("assem", 4),
    ("essem", 4),
    ("aram", 4),
    ("eram", 4),
    ("iram", 4),
    ("avam", 4),
    ("arei", 4),
    ("erei", 4),
    ("aria", 4),
    ("eria", 4),
    ("asse", 4),
    ("esse", 4),
    ("ando", 4),
    ("endo", 4),
    ("indo", 4),
    ("ados", 4),
    ("adas", 4),
    ("idos", 4),
    ("idas", 4),
    ("amos", 4),
    ("emos", 4),
    ("imos", 4),
    ("aste", 4),
    ("ado", 4),
    ("ada", 4),
    ("ido", 4),
    ("ida", 4),
    ("ava", 4),
    ("ou", 4),
    ("ei", 4),
    ("ar", 4),
    ("er", 4),
    ("ir", 4),
    ("am", 4),
    ("em", 4),
    // English.
    ("ments", 4),
    ("ment", 4),
    ("ings", 4),
    ("ing", 3),
    ("ed", 4),
    ("ly", 4),
];

/// The stem of a folded word.
pub fn stem(word: &str) -> &str {
    if word.len() <= SHORTEST || !word.is_ascii() {
        return word;
    }
    let shortened =
        ENDINGS.iter().find_map(|(ending, rest)| word.strip_suffix(ending).filter(|stem| stem.len() >= *rest));
    let word = shortened.unwrap_or(word);
    // Plural and theme vowel: "pedidos", "pedido", "pedida"; "orders", "delivery" and "deliveries" apart from their ends.
    let word = word.strip_suffix("ies").filter(|stem| stem.len() >= SHORTEST).unwrap_or(word);
    let word = word.strip_suffix('s').filter(|stem| stem.len() >= SHORTEST && !stem.ends_with('s')).unwrap_or(word);
    word.strip_suffix(['a', 'e', 'o', 'y', 'i']).filter(|stem| stem.len() >= SHORTEST).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_of_one_word_meet() {
        for forms in [
            &["cancelar", "cancela", "cancelem", "cancelei", "cancelamento", "cancelado", "canceled", "canceling"][..],
            &["reclamar", "reclamacao", "reclamando", "reclamei"],
            &["entrega", "entregas", "entregar", "entregaram"],
            &["atendente", "atendentes"],
            &["horrivel", "horrivelmente"],
            &["order", "orders", "ordered", "ordering"],
            &["delivery", "deliveries"],
            &["disappoint", "disappointed", "disappointing", "disappointment"],
            &["lindo", "linda", "lindos", "lindissimo"],
        ] {
            for form in forms {
                assert_eq!(stem(form), stem(forms[0]), "{form}");
            }
        }
        assert_ne!(stem("pedido"), stem("perdido"));
        assert_ne!(stem("pessoa"), stem("pessimo"));
        assert_ne!(stem("conta"), stem("contente"));
    }

    proptest! {
        #[test]
        fn a_stem_begins_the_word_and_is_never_lost(word in "\\PC{0,20}") {
            let stem = stem(&word);
            prop_assert!(word.starts_with(stem) && (stem.len() >= 3 || stem == word));
        }
    }
}
