//! Answers out of a few: yes or no, a language, a line of a menu.

use serde::{Deserialize, Serialize};

use super::tokens::{follows, tokens};
use crate::lang::Lang;
use crate::text::{fold, words};

/// A line of a menu: what the customer reads, and what its button sends back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub id: String,
    pub label: String,
}

/// Yes or no. `None`: neither, both, or a doubt.
pub fn boolean(text: &str) -> Option<bool> {
    // What the words say for themselves would be wrong here.
    const WHOLE: [(&str, bool); 19] = [
        ("claro que nao", false),
        ("e claro que nao", false),
        ("com certeza nao", false),
        ("acho que nao", false),
        ("acho que sim", true),
        ("acredito que sim", true),
        ("acredito que nao", false),
        ("sem problema", true),
        ("sem problemas", true),
        ("nao tem problema", true),
        ("nao ha problema", true),
        ("por que nao", true),
        ("pois nao", true),
        ("why not", true),
        ("no problem", true),
        ("no doubt", true),
        ("nao vejo problema", true),
        ("hoje nao", false),
        ("i do not", false),
    ];
    const DOUBT: [&str; 12] = [
        "nao sei",
        "sei la",
        "talvez",
        "maybe",
        "not sure",
        "dont know",
        "do not know",
        "depende",
        "it depends",
        "quem sabe",
        "tanto faz",
        "sim ou nao",
    ];
    const YES: [&str; 51] = [
        "sim",
        "s",
        "ss",
        "sss",
        "siim",
        "claro",
        "com certeza",
        "isso",
        "exato",
        "exatamente",
        "positivo",
        "pode ser",
        "pode",
        "quero",
        "aceito",
        "concordo",
        "confirmo",
        "confirmado",
        "ok",
        "okay",
        "beleza",
        "blz",
        "certo",
        "correto",
        "uhum",
        "aham",
        "bora",
        "fechado",
        "perfeito",
        "tenho",
        "verdadeiro",
        "true",
        "yes",
        "y",
        "yep",
        "yeah",
        "yea",
        "yup",
        "sure",
        "of course",
        "correct",
        "right",
        "absolutely",
        "definitely",
        "i do",
        "please do",
        "go ahead",
        "sounds good",
        "i agree",
        "evidente",
        "logico",
    ];
    const NO: [&str; 24] = [
        "nao",
        "n",
        "nn",
        "nop",
        "nope",
        "nah",
        "no",
        "not",
        "dont",
        "nunca",
        "negativo",
        "jamais",
        "errado",
        "incorreto",
        "wrong",
        "incorrect",
        "de jeito nenhum",
        "nem pensar",
        "nem",
        "never",
        "no way",
        "falso",
        "false",
        "naum",
    ];
    const SIGNS: [(&str, bool); 9] = [
        ("👍", true),
        ("✅", true),
        ("👌", true),
        ("🆗", true),
        ("✔", true),
        ("👎", false),
        ("❌", false),
        ("🚫", false),
        ("🙅", false),
    ];
    let words = words(&text.replace(['\'', '’'], ""));
    if words.is_empty() {
        let mut signs = SIGNS.iter().filter(|(sign, _)| text.contains(sign)).map(|(_, meaning)| *meaning);
        let first = signs.next()?;
        return signs.all(|other| other == first).then_some(first);
    }
    let folded = words.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let has = |phrase: &&str| {
        let sought: Vec<&str> = phrase.split(' ').collect();
        words.windows(sought.len()).any(|window| window == sought.as_slice())
    };
    if DOUBT.iter().any(has) {
        return None;
    }
    if let Some((_, meaning)) =
        WHOLE.iter().find(|(phrase, _)| folded == *phrase || folded.starts_with(&format!("{phrase} ")))
    {
        return Some(*meaning);
    }
    let yes = YES.iter().any(has);
    let no = NO.iter().any(has);
    // "não quero", "no, that is not right": the refusal rules; "sim, mas não agora" says both.
    match (yes, no) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        (true, true) if !matches!(words.first().map(String::as_str), Some("sim" | "s" | "yes" | "claro" | "ok")) => {
            Some(false)
        }
        _ => None,
    }
}

/// The ISO 639-1 code of a language, as it is called in Portuguese, English or itself.
pub fn language(text: &str) -> Option<&'static str> {
    const LANGUAGES: [(&str, &[&str]); 20] = [
        ("pt", &["portugues", "portuguesa", "portuguese", "brasileiro", "brazilian", "brasil"]),
        ("en", &["ingles", "inglesa", "english", "americano"]),
        ("es", &["espanhol", "spanish", "espanol", "castelhano", "castellano"]),
        ("fr", &["frances", "french", "francais"]),
        ("de", &["alemao", "german", "deutsch"]),
        ("it", &["italiano", "italian"]),
        ("ja", &["japones", "japanese", "日本語"]),
        ("zh", &["chines", "chinese", "mandarim", "mandarin", "中文"]),
        ("ko", &["coreano", "korean", "한국어"]),
        ("ru", &["russo", "russian", "русскии", "русский"]),
        ("ar", &["arabe", "arabic", "العربية"]),
        ("nl", &["holandes", "neerlandes", "dutch", "nederlands"]),
        ("pl", &["polones", "polish", "polski"]),
        ("tr", &["turco", "turkish", "turkce"]),
        ("uk", &["ucraniano", "ukrainian"]),
        ("he", &["hebraico", "hebrew"]),
        ("hi", &["hindi"]),
        ("sv", &["sueco", "swedish", "svenska"]),
        ("ca", &["catalao", "catalan", "catala"]),
        ("gn", &["guarani"]),
    ];
    let folded = words(text);
    let code = |word: &str| LANGUAGES.iter().find(|(code, _)| *code == word).map(|(code, _)| *code);
    // A code alone, or with its country: `pt-BR`.
    if let Some(code) = folded.first().filter(|_| folded.len() <= 2).and_then(|word| code(word)) {
        let country = folded.get(1).is_none_or(|country| country.len() == 2);
        return country.then_some(code);
    }
    let known = |word: &String| {
        LANGUAGES.iter().find(|(_, names)| names.iter().any(|name| fold(name) == *word)).map(|(code, _)| *code)
    };
    super::tokens::only(folded.iter().filter_map(known))
}

/// The position of the chosen line: by its button, its label, its number, the only label that begins with what was
/// typed, has it as words, or is one slip away.
pub fn menu(items: &[Item], text: &str, payload: Option<&str>) -> Option<usize> {
    if let Some(payload) = payload
        && let Some(at) = items.iter().position(|item| item.id == payload || item.label == payload)
    {
        return Some(at);
    }
    let said = words(text);
    if said.is_empty() {
        let sign = text.trim();
        return items.iter().position(|item| !sign.is_empty() && item.label.trim() == sign);
    }
    let labels: Vec<Vec<String>> = items.iter().map(|item| words(&item.label)).collect();
    let only = |fits: &dyn Fn(&[String]) -> bool| {
        let mut fitting = labels.iter().enumerate().filter(|(_, label)| fits(label)).map(|(at, _)| at);
        fitting.next().filter(|_| fitting.next().is_none())
    };
    // A label may itself begin with a number: "2 anos" is meant before the second line.
    if let Some(at) = labels.iter().position(|label| *label == said).or_else(|| only(&|label| label.starts_with(&said)))
    {
        return Some(at);
    }
    if let Some(at) = position(text, items.len()) {
        return Some(at);
    }
    let joined = said.concat();
    only(&|label| label.concat().starts_with(&joined))
        .or_else(|| only(&|label| label.windows(said.len()).any(|window| window == said.as_slice())))
        .or_else(|| only(&|label| said.windows(label.len().max(1)).any(|window| window == label)))
        .or_else(|| only(&|label| joined.chars().count() >= 4 && strsim::osa_distance(&label.concat(), &joined) <= 1))
}

/// "2", "2)", "opção 2", "a segunda", "the last one": from 0.
fn position(text: &str, length: usize) -> Option<usize> {
    const ORDINALS: [(&str, usize); 20] = [
        ("primeira", 1),
        ("primeiro", 1),
        ("first", 1),
        ("segunda", 2),
        ("segundo", 2),
        ("second", 2),
        ("terceira", 3),
        ("terceiro", 3),
        ("third", 3),
        ("quarta", 4),
        ("quarto", 4),
        ("fourth", 4),
        ("quinta", 5),
        ("quinto", 5),
        ("fifth", 5),
        ("sexta", 6),
        ("sexto", 6),
        ("sixth", 6),
        ("setima", 7),
        ("oitava", 8),
    ];
    const AROUND: [&str; 24] = [
        "a",
        "o",
        "the",
        "opcao",
        "option",
        "numero",
        "number",
        "n",
        "quero",
        "escolho",
        "i",
        "want",
        "choose",
        "pick",
        "one",
        "por",
        "favor",
        "please",
        "item",
        "alternativa",
        "letra",
        "essa",
        "esse",
        "de",
    ];
    let tokens = tokens(text);
    let words: Vec<&str> =
        tokens.iter().map(String::as_str).filter(|token| token.chars().any(char::is_alphanumeric)).collect();
    let number = |word: &str| {
        let said = word.parse().ok().filter(|_| word.len() <= 3);
        said.or_else(|| ORDINALS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number))
            .or_else(|| matches!(word, "ultima" | "ultimo" | "last").then_some(length))
    };
    let spelled = |word: &str| super::number::word(word).and_then(|number| usize::try_from(number).ok());
    let mut numbers: Vec<usize> = words.iter().filter_map(|word| number(word)).collect();
    if numbers.is_empty() {
        numbers =
            words.iter().filter(|word| words.len() == 1 || **word != "one").filter_map(|word| spelled(word)).collect();
    }
    let rest = |word: &&&str| number(word).is_none() && spelled(word).is_none() && !AROUND.contains(*word);
    let [chosen] = numbers.as_slice() else { return None };
    let alone = !words.iter().any(|word| rest(&word)) && !follows(&tokens, 0, "-");
    (alone && (1..=length).contains(chosen)).then(|| chosen - 1)
}

/// The menu as text: numbered from 1.
pub fn list(items: &[Item], lang: Lang) -> String {
    let lines: Vec<String> = items.iter().enumerate().map(|(at, item)| format!("{}. {}", at + 1, item.label)).collect();
    let opening = lang
        .pick("Escolha uma das opções, pelo número ou pelo nome:", "Please choose one of these, by number or name:");
    format!("{opening}\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn yes_and_no_are_told_apart() {
        for text in [
            "sim",
            "Sim!",
            "s",
            "claro",
            "com certeza",
            "isso mesmo",
            "pode ser",
            "quero sim",
            "ok",
            "blz",
            "👍",
            "✅👍",
            "yes",
            "Yep",
            "sure",
            "of course",
            "go ahead",
            "acho que sim",
            "sem problemas",
            "por que não?",
            "no problem",
            "SIM POR FAVOR",
        ] {
            assert_eq!(boolean(text), Some(true), "{text}");
        }
        for text in [
            "não",
            "nao",
            "N",
            "nn",
            "não quero",
            "claro que não",
            "acho que não",
            "de jeito nenhum",
            "negativo",
            "👎",
            "no",
            "nope",
            "no thanks",
            "don't",
            "never",
            "agora não",
            "não, obrigado",
            "não está certo",
            "that is not right",
        ] {
            assert_eq!(boolean(text), Some(false), "{text}");
        }
        for text in
            ["", "talvez", "não sei", "maybe", "sim ou não", "sim, mas não agora", "azul", "👍👎", "??", "quanto custa"]
        {
            assert_eq!(boolean(text), None, "{text}");
        }
    }

    #[test]
    fn languages_are_known_by_their_names() {
        for (text, expected) in [
            ("Português", Some("pt")),
            ("prefiro inglês", Some("en")),
            ("in English please", Some("en")),
            ("español", Some("es")),
            ("pt-BR", Some("pt")),
            ("EN", Some("en")),
            ("日本語", Some("ja")),
            ("inglês ou espanhol", None),
            ("klingon", None),
            ("", None),
        ] {
            assert_eq!(language(text), expected, "{text}");
        }
    }

    fn items(labels: &[&str]) -> Vec<Item> {
        labels.iter().enumerate().map(|(at, label)| Item { id: format!("m{at}"), label: (*label).into() }).collect()
    }

    #[test]
    fn a_menu_is_answered_by_button_number_label_or_its_beginning() {
        let menu_items = items(&["Segunda via do boleto", "Falar com Vendas", "Suporte técnico", "Situação do pedido"]);
        for (text, payload, expected) in [
            ("Suporte", Some("m1"), Some(1)),
            ("qualquer", Some("Suporte técnico"), Some(2)),
            ("2", None, Some(1)),
            ("2)", None, Some(1)),
            ("2️⃣", None, Some(1)),
            ("opção 3", None, Some(2)),
            ("quero a terceira", None, Some(2)),
            ("a última", None, Some(3)),
            ("dois", None, Some(1)),
            ("suporte tecnico", None, Some(2)),
            ("SUP", None, Some(2)),
            ("situacao", None, Some(3)),
            ("vendas", None, Some(1)),
            ("boleto", None, Some(0)),
            ("quero o suporte técnico por favor", None, Some(2)),
            ("suporte tecnio", None, Some(2)),
            ("s", None, None),
            ("5", None, None),
            ("0", None, None),
            ("-1", None, None),
            ("1 ou 2", None, None),
            ("tenho 2 pedidos atrasados", None, None),
            ("", None, None),
            ("outra coisa", Some("m9"), None),
        ] {
            assert_eq!(menu(&menu_items, text, payload), expected, "{text}");
        }
        let years = items(&["1 mês", "2 anos", "3 anos"]);
        assert_eq!(menu(&years, "3 anos", None), Some(2));
        let amounts = items(&["3", "2", "1"]);
        assert_eq!(menu(&amounts, "3", None), Some(0), "a label that is a number is meant before the position");
        assert_eq!(menu(&items(&["👍", "👎"]), "👎", None), Some(1));
        assert_eq!(menu(&[], "1", None), None);
    }

    proptest! {
        #[test]
        fn every_line_is_reached_by_its_number_label_and_button(labels in prop::collection::btree_set("[a-zà-ú]{3,8}( [a-z]{2,6})?", 1..8), pick in 0_usize..8) {
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            let items = items(&labels);
            let at = pick % items.len();
            prop_assert_eq!(menu(&items, &(at + 1).to_string(), None), Some(at));
            prop_assert_eq!(menu(&items, "", Some(&items[at].id)), Some(at));
            let read = menu(&items, &items[at].label.to_uppercase(), None).unwrap();
            prop_assert_eq!(words(&items[read].label), words(&items[at].label));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}", labels in prop::collection::vec("\\PC{0,8}", 0..4)) {
            let items: Vec<Item> = labels.into_iter().map(|label| Item { id: "x".into(), label }).collect();
            menu(&items, &text, None);
            boolean(&text);
            language(&text);
        }
    }
}
