//! What lists show of a message: the beginning of its words, or what it is when it has none.

use crate::channels::adapter::Kind;
use crate::lang::Lang;

/// The longest excerpt kept for lists, in characters.
const EXCERPT: usize = 200;

/// The beginning of a text, on a character boundary.
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A message in a list: its words, else the name of its document, else what kind it is. Empty only for what shows nothing.
pub fn summary(text: &str, kind: Kind, file: Option<&str>, lang: Lang) -> String {
    if !text.trim().is_empty() {
        return excerpt(text);
    }
    let word = |pt: &str, en: &str| lang.pick(pt, en).to_owned();
    match (kind, file.filter(|name| !name.trim().is_empty())) {
        (Kind::Document, Some(name)) => excerpt(name),
        (Kind::Document, None) => word("Documento", "Document"),
        (Kind::Image, _) => word("Imagem", "Image"),
        (Kind::Audio, _) => word("Áudio", "Audio"),
        (Kind::Voice, _) => word("Mensagem de voz", "Voice message"),
        (Kind::Video, _) => word("Vídeo", "Video"),
        (Kind::Sticker, _) => word("Figurinha", "Sticker"),
        (Kind::Location, _) => word("Localização", "Location"),
        (Kind::ContactCard, _) => word("Contato", "Contact"),
        (Kind::Template, _) => word("Modelo de mensagem", "Message template"),
        (Kind::Unsupported, _) => word("Mensagem que não pode ser mostrada aqui", "Message that cannot be shown here"),
        (Kind::Text | Kind::InteractiveReply | Kind::Reaction | Kind::Note | Kind::System, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_without_words_says_what_it_is() {
        assert_eq!(summary("Oi", Kind::Image, None, Lang::Pt), "Oi", "a caption is words");
        assert_eq!(summary(" ", Kind::Image, Some("IMG_1.jpg"), Lang::Pt), "Imagem");
        assert_eq!(summary("", Kind::Document, Some("contrato.pdf"), Lang::Pt), "contrato.pdf");
        assert_eq!(summary("", Kind::Document, None, Lang::En), "Document");
        assert_eq!(summary("", Kind::Text, None, Lang::En), "");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let cut = excerpt(&"ã".repeat(EXCERPT + 1));
        assert_eq!(cut.chars().count(), EXCERPT + 1);
        assert!(cut.ends_with('…'));
    }
}
