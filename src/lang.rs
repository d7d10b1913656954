//! The languages people are spoken to in. Not a translation table: every text lives beside what says it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A language of the product; Brazilian Portuguese unless something asks for English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    #[default]
    Pt,
    En,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::Pt, Lang::En];

    /// The locale as users, bots and contacts store it: `pt-BR` or `en`.
    pub const fn locale(self) -> &'static str {
        match self {
            Lang::Pt => "pt-BR",
            Lang::En => "en",
        }
    }

    /// Reads a locale (`pt-BR`, `pt_BR`, `en`, `en-US`); none when the product does not speak it.
    pub fn from_locale(text: &str) -> Option<Lang> {
        let primary = text.trim().split(['-', '_', '.']).next()?;
        if primary.eq_ignore_ascii_case("pt") {
            Some(Lang::Pt)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Lang::En)
        } else {
            None
        }
    }

    /// The best match of an `Accept-Language` header (RFC 9110, section 12.5.4): highest weight, then first named.
    /// The default when nothing matches; a language with weight 0 is refused.
    pub fn from_accept_language(header: &str) -> Lang {
        let mut best: Option<(f32, Lang)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let lang = if tag == "*" { Some(Lang::default()) } else { Lang::from_locale(tag) };
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0));
            if let Some(lang) = lang
                && weight > best.map_or(0.0, |(heaviest, _)| heaviest)
            {
                best = Some((weight, lang));
            }
        }
        best.map_or_else(Lang::default, |(_, lang)| lang)
    }

    /// The text of this language.
    pub const fn pick<'a>(self, pt: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Pt => pt,
            Lang::En => en,
        }
    }
}

/// One sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    #[serde(rename = "pt-BR")]
    pub pt: String,
    pub en: String,
}

impl Message {
    /// The same words in both languages: what an author wrote, or a provider answered.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Message { pt: text.clone(), en: text }
    }

    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.pt, &self.en)
    }
}

/// Portuguese, English.
impl From<(&str, &str)> for Message {
    fn from((pt, en): (&str, &str)) -> Self {
        Message { pt: pt.to_owned(), en: en.to_owned() }
    }
}

/// `message!("pt {name}", "en {name}")`: a [`Message`] from two format strings.
macro_rules! message {
    ($pt:literal, $en:literal) => {
        $crate::lang::Message { pt: format!($pt), en: format!($en) }
    };
}
pub(crate) use message;

impl std::fmt::Display for Lang {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.locale())
    }
}

impl Serialize for Lang {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.locale())
    }
}

impl<'de> Deserialize<'de> for Lang {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Lang::from_locale(&text).ok_or_else(|| serde::de::Error::unknown_variant(&text, &["pt-BR", "en"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_heaviest_language_we_speak_wins() {
        for (header, expected) in [
            ("", Lang::Pt),
            ("pt-BR", Lang::Pt),
            ("en", Lang::En),
            ("en-US,en;q=0.9,pt-BR;q=0.8", Lang::En),
            ("de-DE, en;q=0.5, pt;q=0.7", Lang::Pt),
            ("fr, en;q=0.1", Lang::En),
            ("*", Lang::Pt),
            ("en;q=0", Lang::Pt),
            ("en;q=high, pt;q=0.2", Lang::Pt),
            ("zh-CN", Lang::Pt),
        ] {
            assert_eq!(Lang::from_accept_language(header), expected, "{header}");
        }
    }

    #[test]
    fn locales_are_read_as_people_write_them() {
        for (text, expected) in [
            ("pt-BR", Some(Lang::Pt)),
            ("pt_BR.UTF-8", Some(Lang::Pt)),
            ("EN-us", Some(Lang::En)),
            ("english", None),
            ("", None),
        ] {
            assert_eq!(Lang::from_locale(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_header_gives_a_language(header in ".*") {
            Lang::from_accept_language(&header);
        }
    }
}
