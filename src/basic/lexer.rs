//! Text into words and signs. Never fails: what it cannot read becomes a diagnostic and is left out. Does not know
//! keywords, but for the blocks of free text (`BEGIN TALK` ... `END TALK`), which are no statements inside.

use std::collections::HashSet;
use std::sync::Arc;

use super::diagnostics::{Diagnostics, message};

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A name or keyword, in lower case.
    Word(Arc<str>),
    Number(f64),
    Text(Arc<str>),
    /// The lines of a `BEGIN name` block as written, and where they begin.
    Block {
        name: BlockName,
        text: Arc<str>,
        at: u32,
    },
    /// One of [`SIGNS`].
    Sign(&'static str),
    /// End of a statement: line end, `:` after a space, or `;`.
    Newline,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockName {
    Talk,
    SystemPrompt,
    Mail,
}

#[derive(Debug, Clone)]
pub struct Spanned {
    pub token: Token,
    /// Byte offset.
    pub at: u32,
    /// Whether something other than white space stands right before it.
    pub glued: bool,
}

/// Longest first, so that the first that fits is the one meant.
const SIGNS: [&str; 24] = [
    "<>", "<=", ">=", "==", "!=", "&&", "||", "#{", "(", ")", "[", "]", "{", "}", ",", ".", "+", "-", "*", "/", "^",
    "<", ">", "=",
];

const BLOCKS: [(BlockName, &str); 3] =
    [(BlockName::Talk, "talk"), (BlockName::SystemPrompt, "system prompt"), (BlockName::Mail, "mail")];

/// The tokens of `source[from..to]`; the last is [`Token::End`].
pub fn tokens(source: &str, from: usize, to: usize, diagnostics: &mut Diagnostics) -> Vec<Spanned> {
    let text = source.get(..to).unwrap_or(source);
    let mut lexer = Lexer {
        text,
        at: from,
        out: Vec::with_capacity(to.saturating_sub(from) / 5),
        names: HashSet::new(),
        diagnostics,
    };
    lexer.run();
    lexer.out
}

struct Lexer<'s, 'd, 'x> {
    text: &'s str,
    at: usize,
    out: Vec<Spanned>,
    names: HashSet<Arc<str>>,
    diagnostics: &'d mut Diagnostics<'x>,
}

impl Lexer<'_, '_, '_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn line_is_fresh(&self) -> bool {
        matches!(self.out.last(), None | Some(Spanned { token: Token::Newline, .. }))
    }

    fn push(&mut self, token: Token, at: usize) {
        let before = self.text.get(..at).and_then(|before| before.chars().next_back());
        let glued = before.is_some_and(|letter| !letter.is_whitespace());
        self.out.push(Spanned { token, at: at as u32, glued });
    }

    fn run(&mut self) {
        while let Some(letter) = self.peek() {
            let start = self.at;
            match letter {
                '\n' => {
                    self.at += 1;
                    self.push(Token::Newline, start);
                }
                // A byte order mark is what an editor on Windows leaves in front.
                _ if letter.is_whitespace() || letter == '\u{feff}' => self.at += letter.len_utf8(),
                '\'' => self.skip_line(),
                '/' if self.rest().starts_with("//") => self.skip_line(),
                '"' | '“' | '”' => self.string(letter),
                '0'..='9' => self.number(),
                _ if letter.is_alphabetic() || letter == '_' => self.word(),
                ':' => {
                    self.at += 1;
                    self.push(Token::Sign(":"), start);
                }
                ';' => {
                    self.at += 1;
                    self.push(Token::Newline, start);
                }
                '!' if !self.rest().starts_with("!=") => {
                    self.at += 1;
                    self.push(Token::Sign("!"), start);
                }
                '&' if !self.rest().starts_with("&&") => {
                    self.at += 1;
                    self.push(Token::Sign("&"), start);
                }
                _ => match SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
                    Some(sign) => {
                        self.at += sign.len();
                        self.push(Token::Sign(sign), start);
                    }
                    None => {
                        self.at += letter.len_utf8();
                        self.diagnostics.error(
                            start as u32,
                            message!(
                                "o sinal {letter} não faz parte da linguagem",
                                "the sign {letter} is not part of the language"
                            ),
                        );
                    }
                },
            }
        }
        let end = self.text.len();
        self.push(Token::Newline, end);
        self.push(Token::End, end);
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    /// Up to the closing quote on the same line. `""` is a quote; `\n`, `\t`, `\"` and `\\` are understood, any other
    /// `\` is itself. Typographic quotes, which phones and word processors put, enclose as well.
    fn string(&mut self, open: char) {
        let start = self.at;
        let closes = |letter: char| letter == '"' && open == '"' || open != '"' && matches!(letter, '”' | '“' | '"');
        let mut text = String::new();
        let mut letters = self.rest().char_indices().skip(1).peekable();
        let mut end = None;
        while let Some((offset, letter)) = letters.next() {
            match letter {
                '\n' => break,
                '\\' => match letters.peek().map(|(_, next)| *next) {
                    Some(escaped @ ('n' | 't' | 'r' | '"' | '\\')) => {
                        letters.next();
                        text.push(match escaped {
                            'n' => '\n',
                            't' => '\t',
                            'r' => '\r',
                            other => other,
                        });
                    }
                    _ => text.push('\\'),
                },
                _ if closes(letter) => {
                    if letters.peek().is_some_and(|(_, next)| *next == letter) && letter == '"' {
                        letters.next();
                        text.push('"');
                    } else {
                        end = Some(offset + letter.len_utf8());
                        break;
                    }
                }
                _ => text.push(letter),
            }
        }
        match end {
            Some(length) => self.at += length,
            None => {
                self.diagnostics.error(
                    start as u32,
                    message!("faltam as aspas que fecham o texto", "the quotes that end the text are missing"),
                );
                self.skip_line();
                text.truncate(text.trim_end().len());
            }
        }
        self.push(Token::Text(text.into()), start);
    }

    fn number(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let mut length = digits(rest);
        if let Some(fraction) = rest.get(length..).and_then(|rest| rest.strip_prefix('.'))
            && digits(fraction) > 0
        {
            length += 1 + digits(fraction);
        }
        if let Some(exponent) = rest.get(length..).and_then(|rest| rest.strip_prefix(['e', 'E'])) {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            let power = exponent.get(sign..).map_or(0, digits);
            if power > 0 {
                length += 1 + sign + power;
            }
        }
        let number =
            rest.get(..length).and_then(|digits| digits.parse().ok()).filter(|number: &f64| number.is_finite());
        self.at += length;
        match number {
            Some(number) => self.push(Token::Number(number), start),
            None => {
                self.diagnostics.error(start as u32, message!("o número é grande demais", "the number is too large"));
                self.push(Token::Number(0.0), start);
            }
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let length = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || is_mark(letter)));
        let word = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
        // `_` at the end of a line: the statement goes on in the next.
        if word == "_" {
            let after = rest.get(1..).unwrap_or_default();
            let line = after.lines().next().unwrap_or_default();
            if line.trim().is_empty() || line.trim_start().starts_with('\'') {
                self.at += 1 + after.find('\n').map_or(after.len(), |end| end + 1);
                return;
            }
        }
        let word = word.to_lowercase();
        self.at += length.unwrap_or(rest.len());
        if self.line_is_fresh() {
            if word == "rem" {
                return self.skip_line();
            }
            if (word == "begin" || word.starts_with("begin_")) && self.block(start) {
                return;
            }
        }
        let name = match self.names.get(word.as_str()) {
            Some(name) => name.clone(),
            None => {
                let name: Arc<str> = word.into();
                self.names.insert(name.clone());
                name
            }
        };
        self.push(Token::Word(name), start);
    }

    /// A `BEGIN name` line and all up to its `END name` line, as one token; what follows the name on its line (the
    /// addressee of a mail) stays tokens. False when it is none.
    fn block(&mut self, start: usize) -> bool {
        let rest = self.text.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let Some((name, after)) =
            BLOCKS.iter().find_map(|(name, words)| Some((*name, after_words(line, &format!("begin {words}"))?)))
        else {
            return false;
        };
        let words = BLOCKS.iter().find(|(block, _)| *block == name).map_or("", |(_, words)| *words);
        let body = start + line.len() + 1;
        let mut end = body;
        let mut closed = None;
        for line in self.text.get(body..).unwrap_or_default().split_inclusive('\n') {
            if after_words(line, &format!("end {words}")).is_some_and(|after| after.trim().is_empty()) {
                closed = Some(end + line.trim_end_matches('\n').len());
                break;
            }
            end += line.len();
        }
        if closed.is_none() {
            let shown = words.to_uppercase();
            self.diagnostics.error(
                start as u32,
                message!("falta END {shown} para este BEGIN {shown}", "END {shown} is missing for this BEGIN {shown}"),
            );
        }
        let text = self.text.get(body..end).unwrap_or_default();
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let token = Token::Block { name, text: text.into(), at: body.min(self.text.len()) as u32 };
        self.push(token, start);
        let stop = start + line.len();
        self.at = stop - after.len();
        // The rest of the opening line is read by a lexer of its own, which stops there.
        let (from, text) = (self.at, self.text);
        let mut opening = Lexer {
            text: text.get(..stop).unwrap_or(text),
            at: from,
            out: Vec::new(),
            names: HashSet::new(),
            diagnostics: &mut *self.diagnostics,
        };
        opening.run();
        opening.out.truncate(opening.out.len().saturating_sub(2));
        let opening = opening.out;
        self.out.extend(opening);
        self.at = closed.unwrap_or(self.text.len());
        true
    }
}

/// Accents that stand on their own after their letter.
fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

/// What follows `words` (separated by spaces or underscores, in any case) at the beginning of `line`.
fn after_words<'l>(line: &'l str, words: &str) -> Option<&'l str> {
    let mut rest = line.trim_start();
    for (index, word) in words.split(' ').enumerate() {
        if index > 0 {
            let trimmed = rest.trim_start_matches([' ', '\t', '_']);
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
        }
        let head = rest.get(..word.len())?;
        if !head.eq_ignore_ascii_case(word) {
            return None;
        }
        rest = rest.get(word.len()..)?;
    }
    (!rest.starts_with(|next: char| next.is_alphanumeric() || next == '_')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> (Vec<Token>, Vec<String>) {
        let mut diagnostics = Diagnostics::new(source);
        let tokens = tokens(source, 0, source.len(), &mut diagnostics);
        let errors = diagnostics.finish().into_iter().map(|found| found.message.en).collect();
        (tokens.into_iter().map(|spanned| spanned.token).collect(), errors)
    }

    fn texts(source: &str) -> Vec<String> {
        let texts = read(source).0.into_iter().filter_map(|token| match token {
            Token::Text(text) => Some(text.to_string()),
            _ => None,
        });
        texts.collect()
    }

    #[test]
    fn strings_take_doubled_quotes_escapes_and_the_quotes_of_phones() {
        assert_eq!(
            texts(r#""diga ""oi""" "a\nb" "c\"d" "C:\dir" “olá”"#),
            ["diga \"oi\"", "a\nb", "c\"d", "C:\\dir", "olá"]
        );
    }

    #[test]
    fn comments_continuations_and_separators_shape_lines() {
        let source = "REM nada\na = 1 ' fim\n// outro\nb = _\n  2; c = 3";
        let (tokens, errors) = read(source);
        assert!(errors.is_empty());
        let lines = tokens.split(|token| *token == Token::Newline).filter(|line| line.len() == 3).count();
        assert_eq!(lines, 3, "{tokens:?}");
    }

    #[test]
    fn a_talk_block_is_kept_as_written() {
        let (tokens, errors) = read("begin_talk\n  Olá, ${nome}!\n'não é comentário\nEnd Talk\nx = 1");
        assert!(errors.is_empty());
        let Some(Token::Block { name: BlockName::Talk, text, .. }) = tokens.first() else { panic!("{tokens:?}") };
        assert_eq!(text.as_ref(), "  Olá, ${nome}!\n'não é comentário");
        assert!(tokens.contains(&Token::Number(1.0)));
    }

    #[test]
    fn what_cannot_be_read_is_told_once_and_left_out() {
        let (tokens, errors) = read("x = \"aberto\ny = § 2");
        assert_eq!(errors.len(), 2);
        assert!(tokens.contains(&Token::Number(2.0)));
    }
}
