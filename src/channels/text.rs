//! Text on its way out: cut at a provider's limit, Markdown turned into a provider's markup. Not for matching what
//! customers write. Called by the adapters' `format`.

use unicode_segmentation::UnicodeSegmentation;

/// UTF-16 code units, which is how the chat providers count (an emoji is two).
pub fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Cuts `text` into parts of at most `limit` by `measure`, each as long as it can be: at the last paragraph that fits,
/// else at the last sentence or line, else at the last word. Only whitespace around the cuts is lost. A word longer
/// than the limit is cut between graphemes, before an address rather than inside it; only an address or a grapheme that
/// is itself too long is cut.
///
/// `measure` must be additive over graphemes (a count of characters, UTF-16 units, bytes, GSM-7 septets).
pub fn split(text: &str, limit: usize, measure: impl Fn(&str) -> usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = trim(text);
    while !rest.is_empty() {
        let fit = fitting(rest, limit, &measure);
        let cut = if fit == rest.len() { fit } else { boundary(rest, fit) };
        let (part, tail) = rest.split_at(cut);
        parts.push(trim(part).to_owned());
        rest = trim(tail);
    }
    parts
}

/// As [`split`]; of more than three parts each opens with its number, `(2/5) `, so that the reader knows what is still
/// to come.
pub fn split_numbered(text: &str, limit: usize, measure: impl Fn(&str) -> usize) -> Vec<String> {
    let room = limit.saturating_sub(measure("(9999/9999) "));
    let parts = split(text, limit, &measure);
    if parts.len() <= 3 || room < limit / 2 {
        return parts;
    }
    let parts = split(text, room, &measure);
    let total = parts.len();
    parts.iter().enumerate().map(|(index, part)| format!("({}/{total}) {part}", index + 1)).collect()
}

/// `text` in at most `limit` by `measure`, ending in `…` when something had to go. Graphemes stay whole.
pub fn shorten(text: &str, limit: usize, measure: impl Fn(&str) -> usize) -> String {
    if measure(text) <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(measure("…"));
    let end = longest(text.grapheme_indices(true), room, &measure).unwrap_or(text.len());
    format!("{}…", text.get(..end).unwrap_or_default().trim_end())
}

fn is_blank(grapheme: &str) -> bool {
    grapheme.chars().all(char::is_whitespace)
}

/// Without blank graphemes at both ends. `str::trim` would take the space from under a combining mark.
fn trim(text: &str) -> &str {
    let mut solid = text.grapheme_indices(true).filter(|(_, grapheme)| !is_blank(grapheme));
    let Some((start, first)) = solid.next() else { return "" };
    let mut backwards = text.grapheme_indices(true).rev().skip_while(|(_, grapheme)| is_blank(grapheme));
    let end = backwards.next().map_or(start + first.len(), |(at, last)| at + last.len());
    text.get(start..end).unwrap_or_default()
}

/// The length in bytes of the longest prefix of whole graphemes within `limit`; at least one character, so that work
/// ends.
fn fitting(text: &str, limit: usize, measure: &impl Fn(&str) -> usize) -> usize {
    match longest(text.grapheme_indices(true), limit, measure).unwrap_or(text.len()) {
        0 => {
            let first = text.chars().next().map_or(0, char::len_utf8);
            let chars = text.char_indices().map(|(at, c)| (at, text.get(at..at + c.len_utf8()).unwrap_or_default()));
            longest(chars, limit, measure).unwrap_or(text.len()).max(first)
        }
        whole => whole,
    }
}

/// Where the first piece begins with which the sum of measures passes `limit`; `None`: all fit.
fn longest<'a>(
    mut pieces: impl Iterator<Item = (usize, &'a str)>,
    limit: usize,
    measure: &impl Fn(&str) -> usize,
) -> Option<usize> {
    let mut used = 0;
    let beyond = pieces.find(|(_, piece)| {
        used += measure(piece);
        used > limit
    });
    beyond.map(|(at, _)| at)
}

/// Where to cut `text`, of which `fit` bytes fit: the best boundary at or before `fit`, after the first grapheme.
fn boundary(text: &str, fit: usize) -> usize {
    let (mut paragraph, mut sentence, mut word) = (None, None, None);
    let mut blank_from = None;
    let mut lines = 0;
    let mut word_from = 0;
    let mut ended = false;
    for (at, grapheme) in text.grapheme_indices(true) {
        if at > fit && blank_from.is_none() {
            break;
        }
        if is_blank(grapheme) {
            lines = if blank_from.is_none() { 0 } else { lines } + grapheme.matches('\n').count();
            let from = *blank_from.get_or_insert(at);
            word = Some(from);
            if ended || lines > 0 {
                sentence = Some(from);
            }
            if lines > 1 {
                paragraph = Some(from);
            }
            continue;
        }
        if at > fit {
            break;
        }
        if blank_from.take().is_some() {
            word_from = at;
        }
        ended = match grapheme {
            "." | "!" | "?" | "…" | "。" | "！" | "？" => true,
            "\"" | "'" | ")" | "]" | "”" | "’" | "»" | "*" | "_" => ended,
            _ => false,
        };
        // Scripts without spaces between sentences.
        let end = at + grapheme.len();
        if matches!(grapheme, "。" | "！" | "？")
            && end <= fit
            && address(text.get(word_from..end).unwrap_or_default()).is_none()
        {
            sentence = Some(end);
        }
    }
    paragraph.or(sentence).or(word).unwrap_or_else(|| {
        // One word that does not fit. An address begins at most eight bytes after the cut's left side: `https://`.
        let seen = text.get(..text.floor_char_boundary(fit + 8)).unwrap_or_default();
        let before = address(seen).filter(|start| (1..fit).contains(start));
        before.filter(|start| text.grapheme_indices(true).any(|(at, _)| at == *start)).unwrap_or(fit)
    })
}

/// Where the first address in one word begins.
fn address(word: &str) -> Option<usize> {
    ["http://", "https://", "www."].iter().filter_map(|opening| word.find(opening)).min()
}

/// How a provider writes emphasis; empty where it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Markup {
    pub bold: &'static str,
    pub italic: &'static str,
    pub strike: &'static str,
    pub code: &'static str,
    pub fence: &'static str,
}

/// <https://faq.whatsapp.com/539178204879377>, read in 2026.
pub const WHATSAPP: Markup = Markup { bold: "*", italic: "_", strike: "~", code: "`", fence: "```" };

/// For channels without markup: the words alone.
pub const PLAIN: Markup = Markup { bold: "", italic: "", strike: "", code: "", fence: "" };

/// Nested emphasis deeper than this is left as written: it bounds time and stack on hostile text.
const DEEPEST: u32 = 8;

/// How far the end of a link or a code span is looked for, in bytes: longer ones are left as written, for the same
/// reason.
const FARTHEST: usize = 2048;

/// Turns Markdown into `to`. Understood: emphasis (within a line), code, headings (become bold), lists, quotes, links
/// and images (become `text (address)`), escapes. Addresses are never touched, nor `snake_case`, nor `2 * 3`; tables
/// and HTML stay as written.
pub fn markup(markdown: &str, to: &Markup) -> String {
    let mut lines = Vec::new();
    let mut fenced = false;
    for line in markdown.split('\n') {
        let bare = line.trim();
        let fence = bare.strip_prefix("```").is_some_and(|info| !info.contains("```"));
        if fence && (!fenced || bare == "```") {
            fenced = !fenced;
            if !to.fence.is_empty() {
                lines.push(to.fence.to_owned());
            }
        } else if fenced {
            lines.push(line.to_owned());
        } else {
            lines.push(block(line, to, 0));
        }
    }
    if fenced && !to.fence.is_empty() {
        lines.push(to.fence.to_owned());
    }
    lines.join("\n")
}

/// One line outside a code block.
fn block(line: &str, to: &Markup, depth: u32) -> String {
    let bare = line.trim_start();
    let indent = line.get(..line.len() - bare.len()).unwrap_or_default();
    if let Some(quoted) = bare.strip_prefix('>').filter(|_| depth < DEEPEST) {
        let inner = block(quoted.strip_prefix(' ').unwrap_or(quoted), to, depth + 1);
        return format!("{indent}> {inner}");
    }
    if is_rule(bare) {
        return "---".to_owned();
    }
    if let Some(item) = ["* ", "+ ", "- "].iter().find_map(|bullet| bare.strip_prefix(bullet)) {
        return format!("{indent}- {}", inline(item, to, depth));
    }
    let title = bare.trim_start_matches('#');
    if (1..=6).contains(&(bare.len() - title.len())) && title.starts_with(' ') {
        let title = inline(title.trim().trim_end_matches('#').trim_end(), &Markup { bold: "", ..*to }, depth);
        return if title.is_empty() { title } else { format!("{0}{title}{0}", to.bold) };
    }
    format!("{indent}{}", inline(bare, to, depth))
}

/// A thematic break: three or more of one of `-*_`, spaces allowed between.
fn is_rule(bare: &str) -> bool {
    ['-', '*', '_']
        .iter()
        .any(|mark| bare.matches(*mark).count() >= 3 && bare.chars().all(|c| c == *mark || c.is_whitespace()))
}

/// Emphasis, code, links and escapes within one line.
fn inline(text: &str, to: &Markup, depth: u32) -> String {
    let mut out = String::with_capacity(text.len());
    // Delimiters already known to have no closing one further on: keeps a line full of asterisks linear.
    let mut unclosed: Vec<(char, usize)> = Vec::new();
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        let (written, used) = match c {
            '\\' => match rest.chars().nth(1).filter(char::is_ascii_punctuation) {
                Some(escaped) => (escaped.to_string(), 2),
                None => ("\\".to_owned(), 1),
            },
            '`' => code_span(rest, to),
            '!' if rest.starts_with("![") => link(rest.get(1..).unwrap_or_default(), to, depth)
                .map_or(("!".to_owned(), 1), |(written, used)| (written, used + 1)),
            '[' => link(rest, to, depth).unwrap_or(("[".to_owned(), 1)),
            '<' => match prefix(rest, FARTHEST).get(1..).and_then(|inner| inner.split_once('>')) {
                Some((address, _)) if address.starts_with("http") && !address.contains(char::is_whitespace) => {
                    (address.to_owned(), address.len() + 2)
                }
                _ => ("<".to_owned(), 1),
            },
            'h' | 'w' if !before.is_some_and(char::is_alphanumeric) && address(prefix(rest, 8)) == Some(0) => {
                let length = address_length(rest);
                (rest.get(..length).unwrap_or_default().to_owned(), length)
            }
            '*' | '_' | '~' => emphasis(rest, before, c, to, depth, &mut unclosed),
            _ => (c.to_string(), c.len_utf8()),
        };
        out.push_str(&written);
        let (done, after) = rest.split_at_checked(used).unwrap_or((rest, ""));
        before = done.chars().next_back();
        rest = after;
    }
    out
}

fn prefix(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

/// How much of `text`, which begins with an address, belongs to it: up to blank or bracket, without closing
/// punctuation.
fn address_length(text: &str) -> usize {
    let mut open = 0;
    let end = text.find(|c: char| match c {
        '(' => {
            open += 1;
            false
        }
        ')' => {
            open -= 1;
            open < 0
        }
        _ => c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | ']'),
    });
    let address = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    address.trim_end_matches(['*', '_', '~', '.', ',', ';', ':', '!', '?']).len()
}

/// A code span at the start of `text`, or the backticks as they are.
fn code_span(text: &str, to: &Markup) -> (String, usize) {
    let ticks = text.len() - text.trim_start_matches('`').len();
    let (marks, after) = text.split_at(ticks);
    let after = prefix(after, FARTHEST);
    let mut searched = 0;
    while let Some(found) = after.get(searched..).and_then(|tail| tail.find('`')) {
        let at = searched + found;
        let tail = after.get(at..).unwrap_or_default();
        let run = tail.len() - tail.trim_start_matches('`').len();
        if run == ticks {
            let (code, mark) = (after.get(..at).unwrap_or_default(), if ticks >= 3 { to.fence } else { to.code });
            return (format!("{mark}{code}{mark}"), ticks + at + run);
        }
        searched = at + run;
    }
    (marks.to_owned(), ticks)
}

/// `[text](address "title")` at the start of `text`: what is written for it and how much it used.
fn link(text: &str, to: &Markup, depth: u32) -> Option<(String, usize)> {
    let text = prefix(text, FARTHEST);
    let close = text.find("](")?;
    let label = text.get(1..close)?;
    let target = text.get(close + 2..)?;
    let mut open = 0;
    let end = target.find(|c: char| {
        open += i32::from(c == '(') - i32::from(c == ')');
        open < 0
    })?;
    if label.contains('[') || depth >= DEEPEST {
        return None;
    }
    let address = target.get(..end)?.split_whitespace().next().unwrap_or_default().trim_matches(['<', '>']);
    let label = inline(label, to, depth + 1);
    let bare = address.strip_prefix("mailto:").or_else(|| address.strip_prefix("tel:")).unwrap_or(address);
    let written = match label.trim() {
        same if same == address || same == bare => same.to_owned(),
        "" => bare.to_owned(),
        _ if bare.is_empty() => label,
        _ => format!("{label} ({bare})"),
    };
    Some((written, close + 2 + end + 1))
}

/// Emphasis at the start of `text`, or its marks as they are.
fn emphasis(
    text: &str,
    before: Option<char>,
    mark: char,
    to: &Markup,
    depth: u32,
    unclosed: &mut Vec<(char, usize)>,
) -> (String, usize) {
    let run = text.len() - text.trim_start_matches(mark).len();
    let (marks, after) = text.split_at(run);
    let (outer, inner) = match (mark, run) {
        ('~', 2) => (to.strike, ""),
        ('*' | '_', 1) => (to.italic, ""),
        ('*' | '_', 2) => (to.bold, ""),
        ('*' | '_', 3) => (to.bold, to.italic),
        _ => return (marks.to_owned(), run),
    };
    // Inside a word only the doubled forms count, so that `5*3*2` and `snake_case` survive.
    let at_word_edge = mark == '_' || run == 1;
    let opens = after.chars().next().is_some_and(|next| !next.is_whitespace())
        && !(at_word_edge && before.is_some_and(char::is_alphanumeric));
    if !opens || depth >= DEEPEST || unclosed.contains(&(mark, run)) {
        return (marks.to_owned(), run);
    }
    let Some(close) = closing(after, mark, run, at_word_edge) else {
        unclosed.push((mark, run));
        return (marks.to_owned(), run);
    };
    let content = inline(after.get(..close).unwrap_or_default(), to, depth + 1);
    let next = after.get(close + run..).and_then(|tail| tail.chars().next());
    // Providers show emphasis around whole words only; inside one their marks would stay visible.
    let inside_word = before.is_some_and(char::is_alphanumeric) || next.is_some_and(char::is_alphanumeric);
    let (outer, inner) = if inside_word { ("", "") } else { (outer, inner) };
    (format!("{outer}{inner}{content}{inner}{outer}"), run + close + run)
}

/// Where emphasis opened just before `text` closes: a run of exactly `run` marks after something that is not blank.
fn closing(text: &str, mark: char, run: usize, at_word_edge: bool) -> Option<usize> {
    let mut at = 0;
    let mut before: Option<char> = None;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let used = match c {
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '`' => code_span(rest, &PLAIN).1,
            _ if c == mark => {
                let found = rest.len() - rest.trim_start_matches(mark).len();
                let next = rest.get(found..).and_then(|tail| tail.chars().next());
                let closes = found == run && before.is_some_and(|c| !c.is_whitespace());
                if closes && !(at_word_edge && next.is_some_and(char::is_alphanumeric)) {
                    return Some(at);
                }
                found
            }
            _ => c.len_utf8(),
        };
        before = Some(c);
        at += used;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_cut_at_paragraphs_then_sentences_then_words() {
        for (text, limit, expected) in [
            ("", 10, vec![]),
            (" \n ", 10, vec![]),
            ("short", 10, vec!["short"]),
            ("um dois. tres\n\nquatro cinco", 20, vec!["um dois. tres", "quatro cinco"]),
            ("Um dois. Tres quatro cinco.", 20, vec!["Um dois.", "Tres quatro cinco."]),
            ("Ele disse \"sim.\" Depois saiu.", 22, vec!["Ele disse \"sim.\"", "Depois saiu."]),
            ("linha um\nlinha dois e tres", 18, vec!["linha um", "linha dois e tres"]),
            ("um dois tres quatro", 9, vec!["um dois", "tres", "quatro"]),
            ("um dois   tres", 7, vec!["um dois", "tres"]),
            ("abcdefghij", 4, vec!["abcd", "efgh", "ij"]),
            ("你好。再见。谢谢", 4, vec!["你好。", "再见。", "谢谢"]),
            ("versao 1.2.3 nova", 11, vec!["versao", "1.2.3 nova"]),
        ] {
            assert_eq!(split(text, limit, utf16), expected, "{text}");
        }
    }

    #[test]
    fn addresses_are_cut_only_when_they_alone_are_too_long() {
        assert_eq!(split("veja https://example.com/a.b?c=1 ok", 30, utf16), ["veja", "https://example.com/a.b?c=1 ok"]);
        assert_eq!(split("aaaahttps://example.com", 20, utf16), ["aaaa", "https://example.com"]);
        assert_eq!(split("aaaahttps://example.com", 10, utf16)[0], "aaaa");
        assert_eq!(split("https://example.com", 10, utf16), ["https://ex", "ample.com"]);
    }

    #[test]
    fn graphemes_stay_whole() {
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(split(&family.repeat(3), 25, utf16), [family.repeat(2), family.to_owned()]);
        assert_eq!(split("🇧🇷🇧🇷", 4, utf16), ["🇧🇷", "🇧🇷"]);
        assert_eq!(split("ae\u{301}", 2, utf16), ["a", "e\u{301}"]);
        assert_eq!(split(family, 4, utf16).concat(), family, "one that does not fit at all is still sent");
    }

    #[test]
    fn only_more_than_three_parts_are_numbered() {
        let text = "palavra ".repeat(20);
        assert!(split_numbered(&text, 60, utf16)[0].starts_with("palavra"));
        let parts = split_numbered(&text, 40, utf16);
        assert_eq!(parts[0], "(1/7) palavra palavra palavra");
        assert!(parts.iter().all(|part| utf16(part) <= 40));
    }

    #[test]
    fn titles_are_shortened_with_an_ellipsis() {
        assert_eq!(shorten("Falar com atendente", 20, utf16), "Falar com atendente");
        assert_eq!(shorten("Falar com um atendente agora", 20, utf16), "Falar com um atende…");
        assert_eq!(shorten("Plano residencial familiar", 7, utf16), "Plano…");
        assert_eq!(shorten("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 20, utf16), "👨‍👩‍👧‍👦…");
    }

    #[test]
    fn markdown_becomes_whatsapp_markup() {
        for (markdown, expected) in [
            ("**bold** and *italic* and _it_ and __b__", "*bold* and _italic_ and _it_ and *b*"),
            ("***both***, **a *b* c**", "*_both_*, *a _b_ c*"),
            ("~~gone~~ ~ok~", "~gone~ ~ok~"),
            ("# Pedido **8841**", "*Pedido 8841*"),
            ("## Fim ##", "*Fim*"),
            ("#hashtag", "#hashtag"),
            ("* um\n+ dois\n- tres\n  * quatro", "- um\n- dois\n- tres\n  - quatro"),
            ("1. um\n2. dois", "1. um\n2. dois"),
            ("> **q**", "> *q*"),
            ("use `a*b*c`", "use `a*b*c`"),
            ("```rust\nlet **a** = 1;\n```\nfim", "```\nlet **a** = 1;\n```\nfim"),
            ("```\naberto", "```\naberto\n```"),
            ("```x = 1```", "```x = 1```"),
            ("[site](https://example.com/a_b_c)", "site (https://example.com/a_b_c)"),
            ("[https://a.br](https://a.br) [eu@a.br](mailto:eu@a.br)", "https://a.br eu@a.br"),
            ("![foto](https://a.br/f.png \"t\")", "foto (https://a.br/f.png)"),
            ("<https://a.br>", "https://a.br"),
            ("veja https://a.br/x_y_z?q=*a* ok", "veja https://a.br/x_y_z?q=*a* ok"),
            ("**https://a.br/x**", "*https://a.br/x*"),
            ("snake_case_name 2 * 3 * 4 5*3*2", "snake_case_name 2 * 3 * 4 5*3*2"),
            ("a**b**c", "abc"),
            ("\\*literal\\* R$ 10,00", "*literal* R$ 10,00"),
            ("***", "---"),
            ("** nada ** e *aberto", "** nada ** e *aberto"),
            ("[colchetes] (sem link) [a](b", "[colchetes] (sem link) [a](b"),
            ("Olá!\r\n**x**\r\n", "Olá!\r\n*x*\r\n"),
        ] {
            assert_eq!(markup(markdown, &WHATSAPP), expected, "{markdown}");
        }
    }

    #[test]
    fn markdown_becomes_plain_words() {
        for (markdown, expected) in [
            ("# T\n**b** _i_ ~~s~~ `c`", "T\nb i s c"),
            ("```\ncode\n```", "code"),
            ("- [a](https://a.br)", "- a (https://a.br)"),
        ] {
            assert_eq!(markup(markdown, &PLAIN), expected, "{markdown}");
        }
    }

    #[test]
    fn hostile_emphasis_takes_no_time() {
        for hostile in ["*a ", "**_", "*_", "[a](", "`` ` ", "_a ~~b ", "> ", "\\", "[", "<", "*`a "] {
            let text = hostile.repeat(20_000);
            assert!(markup(&text, &WHATSAPP).len() >= text.len() / 4);
        }
    }

    proptest! {
        #[test]
        fn parts_fit_and_only_boundary_whitespace_is_lost(text in "(\\PC|[ .\n]|👨‍👩‍👧|🇧🇷|e\u{301}|palavra|\u{600}){0,120}", limit in 16usize..60) {
            let parts = split(&text, limit, utf16);
            let mut rest = text.as_str();
            for part in &parts {
                prop_assert!(!part.is_empty());
                let wide = part.graphemes(true).count() == 1;
                prop_assert!(utf16(part) <= limit || wide, "{:?}", part);
                let at = rest.find(part.as_str()).unwrap();
                prop_assert!(rest[..at].chars().all(char::is_whitespace), "lost {:?}", &rest[..at]);
                rest = &rest[at + part.len()..];
            }
            prop_assert!(rest.chars().all(char::is_whitespace));
        }

        #[test]
        fn graphemes_that_fit_are_never_cut(text in "(a|b|[ .\n]|👨‍👩‍👧|🇧🇷|e\u{301}|\u{600}x| \u{301}){0,80}", limit in 16usize..40) {
            let whole: Vec<&str> = text.graphemes(true).filter(|g| !is_blank(g)).collect();
            let parts = split(&text, limit, utf16);
            let cut: Vec<&str> = parts.iter().flat_map(|part| part.graphemes(true)).filter(|g| !is_blank(g)).collect();
            if whole.iter().all(|grapheme| utf16(grapheme) <= limit) {
                prop_assert_eq!(whole, cut);
            }
        }

        #[test]
        fn addresses_that_fit_are_never_cut(words in proptest::collection::vec("https://[a-z]{1,8}\\.br/[a-z.!?]{0,12}|[a-z]{1,40}[.!?]?", 1..20), limit in 40usize..80) {
            let text = words.join(" ");
            let parts = split(&text, limit, utf16);
            for address in words.iter().filter(|word| word.starts_with("https")) {
                prop_assert!(parts.iter().any(|part| part.split(' ').any(|word| word == address)), "{} in {:?}", address, parts);
            }
        }

        #[test]
        fn numbered_parts_fit_too(text in "([a-z]{1,9}|[ .\n]){0,200}", limit in 24usize..60) {
            for part in split_numbered(&text, limit, utf16) {
                prop_assert!(utf16(&part) <= limit);
            }
        }

        #[test]
        fn shortened_text_fits(text in "\\PC{0,60}", limit in 1usize..40) {
            prop_assert!(utf16(&shorten(&text, limit, utf16)) <= limit);
        }

        #[test]
        fn text_without_marks_is_left_alone(text in "[\\p{L}0-9 .,;:?@/()\n]{0,80}") {
            prop_assert_eq!(markup(&text, &WHATSAPP), text.clone());
            prop_assert_eq!(markup(&text, &PLAIN), text);
        }

        #[test]
        fn any_markdown_is_rendered_and_addresses_survive(left in "(\\PC|[*_~`\\[\\]()\\\\# >\n]){0,60}", path in "[a-z_*]{0,12}[a-z]") {
            markup(&left, &WHATSAPP);
            markup(&left, &PLAIN);
            let text = format!("ok https://example.com/{path} *x*");
            let address = format!("https://example.com/{path}");
            prop_assert!(markup(&text, &WHATSAPP).contains(&address));
        }
    }
}
