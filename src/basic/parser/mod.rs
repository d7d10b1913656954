//! Tokens into a script. Goes on after every mistake, so that one check tells all of them. Depth is limited: no text can
//! exhaust the stack.

use std::collections::HashSet;
use std::sync::Arc;

use super::ast::{Action, Block, Expr, Kind, Place, Procedure, Script, Statement};
use super::diagnostics::{Diagnostics, Message, message};
use super::keywords::{CONNECTIVES, RESERVED, TABLE};
use super::lexer::{self, Spanned, Token};
use super::program::Header;
use super::{functions, value};
use crate::text;

mod commands;
mod expressions;
mod flow;
mod header;

/// Blocks and parentheses inside each other, at most.
const MAX_NESTING: usize = 48;
/// Levels of one expression, at most; also what a chain of operators may have.
const MAX_DEPTH: u16 = 200;

/// Reads a whole script. Never fails: what is wrong is in the diagnostics.
pub fn parse(source: &str) -> Script {
    let mut diagnostics = Diagnostics::new(source);
    let tokens = lexer::tokens(source, 0, source.len(), &mut diagnostics);
    let mut parser = Parser {
        source,
        names: Names::find(&tokens),
        tokens,
        at: 0,
        diagnostics,
        header: Header::default(),
        procedures: Vec::new(),
        within: Vec::new(),
        closers: Vec::new(),
        nesting: 0,
    };
    let mut body = Block::new();
    loop {
        parser.block(&mut body, &[]);
        if *parser.token() == Token::End {
            break;
        }
        // Only a closer without its opener stops the outermost block.
        parser.stray_closer();
    }
    Script { body, procedures: parser.procedures, header: parser.header, diagnostics: parser.diagnostics.finish() }
}

/// The mistake is already among the diagnostics.
#[derive(Debug)]
struct Told;

type Parsed<T> = Result<T, Told>;

struct Parser<'s> {
    source: &'s str,
    tokens: Vec<Spanned>,
    at: usize,
    names: Names,
    diagnostics: Diagnostics<'s>,
    header: Header,
    procedures: Vec<Procedure>,
    /// What `.field` means in the WITH blocks we are in.
    within: Vec<Place>,
    /// What the blocks we are in are waiting for, outermost first.
    closers: Vec<&'static [Closer]>,
    nesting: usize,
}

/// Names that the script itself gives.
struct Names {
    procedures: HashSet<Arc<str>>,
    /// Assigned somewhere: these hide keywords and functions of one word.
    variables: HashSet<Arc<str>>,
}

/// Words that end a block, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closer {
    ElseIf,
    Else,
    EndIf,
    Next,
    Wend,
    Loop,
    Case,
    EndSelect,
    EndSub,
    EndWith,
    /// `END` alone, which closes a SUB.
    End,
}

/// How they are written; longer ones first.
const CLOSERS: &[(&str, Closer)] = &[
    ("else if", Closer::ElseIf),
    ("elseif", Closer::ElseIf),
    ("elif", Closer::ElseIf),
    ("else", Closer::Else),
    ("end if", Closer::EndIf),
    ("endif", Closer::EndIf),
    ("end for", Closer::Next),
    ("next", Closer::Next),
    ("end while", Closer::Wend),
    ("endwhile", Closer::Wend),
    ("wend", Closer::Wend),
    ("loop", Closer::Loop),
    ("case", Closer::Case),
    ("default", Closer::Case),
    ("end select", Closer::EndSelect),
    ("end switch", Closer::EndSelect),
    ("end sub", Closer::EndSub),
    ("end function", Closer::EndSub),
    ("end with", Closer::EndWith),
    ("end", Closer::End),
];

impl Closer {
    fn shown(self) -> &'static str {
        match self {
            Closer::ElseIf => "ELSEIF",
            Closer::Else => "ELSE",
            Closer::EndIf => "END IF",
            Closer::Next => "NEXT",
            Closer::Wend => "WEND",
            Closer::Loop => "LOOP",
            Closer::Case => "CASE",
            Closer::EndSelect => "END SELECT",
            Closer::EndSub => "END SUB",
            Closer::EndWith => "END WITH",
            Closer::End => "END",
        }
    }
}

impl Names {
    fn find(tokens: &[Spanned]) -> Self {
        let mut names = Names { procedures: HashSet::new(), variables: HashSet::new() };
        let word = |index: usize| match tokens.get(index).map(|spanned| &spanned.token) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        };
        let fresh = |index: usize| {
            index == 0 || matches!(tokens.get(index - 1).map(|spanned| &spanned.token), Some(Token::Newline))
        };
        for index in 0..tokens.len() {
            let Some(name) = word(index) else { continue };
            let assigned = tokens.get(index + 1).is_some_and(|next| next.token == Token::Sign("="));
            if assigned
                && (fresh(index)
                    || index
                        .checked_sub(1)
                        .and_then(word)
                        .is_some_and(|set| matches!(set.as_ref(), "set" | "let" | "for" | "then" | "else")))
            {
                names.variables.insert(name.clone());
            }
            let Some(next) = word(index + 1) else { continue };
            match name.as_ref() {
                "sub" | "function" if fresh(index) => {
                    names.procedures.insert(next.clone());
                }
                "hear" | "each" | "param" | "dim" | "local" | "global" => {
                    names.variables.insert(next.clone());
                }
                _ => {}
            }
        }
        names
    }
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |spanned| &spanned.token)
    }

    fn ahead(&self, by: usize) -> &Token {
        self.tokens.get(self.at + by).map_or(&Token::End, |spanned| &spanned.token)
    }

    /// Byte offset of the next token.
    fn here(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |spanned| spanned.at)
    }

    fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn word(&self) -> Option<&Arc<str>> {
        match self.token() {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    fn is_word(&self, sought: &str) -> bool {
        self.word().is_some_and(|word| word.as_ref() == sought)
    }

    fn take_word(&mut self, sought: &str) -> bool {
        let found = self.is_word(sought);
        if found {
            self.advance();
        }
        found
    }

    fn is_sign(&self, sought: &str) -> bool {
        matches!(self.token(), Token::Sign(sign) if *sign == sought)
    }

    fn take_sign(&mut self, sought: &str) -> bool {
        let found = self.is_sign(sought);
        if found {
            self.advance();
        }
        found
    }

    /// How many of the next tokens spell this phrase (lower case, with spaces), as words or joined by underscores.
    fn spells(&self, phrase: &str) -> Option<usize> {
        let mut count = 0;
        let mut rest = "";
        for word in phrase.split(' ') {
            if rest.is_empty() {
                let Token::Word(next) = self.ahead(count) else { return None };
                rest = next;
                count += 1;
            }
            rest = rest.strip_prefix(word)?;
            if !rest.is_empty() {
                rest = rest.strip_prefix('_').filter(|rest| !rest.is_empty())?;
            }
        }
        rest.is_empty().then_some(count)
    }

    fn take(&mut self, phrase: &str) -> bool {
        match self.spells(phrase) {
            Some(count) => {
                (0..count).for_each(|_| self.advance());
                true
            }
            None => false,
        }
    }

    fn at_line_end(&self) -> bool {
        matches!(self.token(), Token::Newline | Token::End)
    }

    /// Whether the statement ends here: the line does, `:` follows, or the ELSE of a one-line IF.
    fn at_statement_end(&self) -> bool {
        self.at_line_end() || self.is_sign(":") || self.is_word("else")
    }

    fn error<T>(&mut self, at: u32, message: Message) -> Parsed<T> {
        self.diagnostics.error(at, message);
        Err(Told)
    }

    /// "expected X, found Y" at the next token.
    fn expected<T>(&mut self, pt: &str, en: &str) -> Parsed<T> {
        let at = self.here();
        let (found_pt, found_en) = self.found();
        self.error(at, message!("esperava {pt}, mas encontrei {found_pt}", "expected {en}, but found {found_en}"))
    }

    fn found(&self) -> (String, String) {
        let shown = match self.token() {
            Token::Newline | Token::End => return ("o fim da linha".into(), "the end of the line".into()),
            Token::Block { .. } => "BEGIN".into(),
            Token::Word(word) => {
                let at = self.here() as usize;
                self.source.get(at..at + word.len()).map_or_else(|| word.to_uppercase(), str::to_owned)
            }
            Token::Number(number) => {
                let mut text = String::new();
                value::write_number(*number, &mut text);
                text
            }
            Token::Text(text) => format!("\"{}\"", text.chars().take(20).collect::<String>()),
            Token::Sign(sign) => (*sign).to_owned(),
        };
        (shown.clone(), shown)
    }

    fn expect_sign(&mut self, sign: &'static str) -> Parsed<()> {
        if self.take_sign(sign) { Ok(()) } else { self.expected(sign, sign) }
    }

    fn skip_lines(&mut self) {
        while *self.token() == Token::Newline {
            self.advance();
        }
    }

    fn skip_to_line_end(&mut self) {
        while !self.at_line_end() {
            self.advance();
        }
    }

    /// One level deeper; [`Parser::leave`] must follow when it succeeds.
    fn enter(&mut self) -> Parsed<()> {
        if self.nesting >= MAX_NESTING {
            let at = self.here();
            return self.error(
                at,
                message!(
                    "blocos ou parênteses demais uns dentro dos outros (máximo {MAX_NESTING})",
                    "too many blocks or parentheses inside each other (at most {MAX_NESTING})"
                ),
            );
        }
        self.nesting += 1;
        Ok(())
    }

    fn leave(&mut self) {
        self.nesting -= 1;
    }

    /// A new expression, unless it has become too long.
    fn expr(&mut self, kind: Kind, at: u32) -> Parsed<Expr> {
        let expr = Expr::new(kind, at);
        if expr.depth > MAX_DEPTH {
            return self.error(
                at,
                message!(
                    "a expressão é longa demais; divida-a em várias linhas",
                    "the expression is too long; split it in several lines"
                ),
            );
        }
        Ok(expr)
    }

    /// The name of something of the script's own.
    fn name(&mut self, pt: &str, en: &str) -> Parsed<Arc<str>> {
        let Some(name) = self.word().cloned() else { return self.expected(pt, en) };
        if RESERVED.contains(&name.as_ref()) {
            let (at, shown) = (self.here(), name.to_uppercase());
            return self.error(
                at,
                message!(
                    "{shown} é uma palavra da linguagem; esperava {pt}",
                    "{shown} is a word of the language; expected {en}"
                ),
            );
        }
        self.advance();
        Ok(name)
    }

    fn closer(&self) -> Option<Closer> {
        let (phrase, closer) = CLOSERS.iter().find(|(phrase, _)| self.spells(phrase).is_some())?;
        let after = self.ahead(self.spells(phrase)?);
        // A variable may be called `next`, `case` ... when something is done with it.
        let used = matches!(after, Token::Sign("=" | "." | "["));
        let alone = *closer != Closer::End || matches!(after, Token::Newline | Token::End | Token::Sign(":"));
        (!used && alone).then_some(*closer)
    }

    fn take_closer(&mut self) {
        if let Some((phrase, _)) = CLOSERS.iter().find(|(phrase, _)| self.spells(phrase).is_some()) {
            self.take(phrase);
        }
    }

    /// Statements up to one of these words, which is left to the caller, or one that an outer block waits for.
    fn block(&mut self, statements: &mut Block, closers: &'static [Closer]) {
        self.closers.push(closers);
        loop {
            while *self.token() == Token::Newline || self.is_sign(":") {
                self.advance();
            }
            if *self.token() == Token::End {
                break;
            }
            match self.closer() {
                // `END` stops the script, but where a SUB waits for it.
                Some(Closer::End) if !closers.contains(&Closer::End) => {}
                Some(closer) if closers.contains(&closer) => break,
                Some(closer) if self.closers.iter().any(|outer| outer.contains(&closer)) => break,
                Some(_) => {
                    self.stray_closer();
                    continue;
                }
                None => {}
            }
            let before = self.at;
            match self.statement() {
                Ok(Some(statement)) => statements.push(statement),
                Ok(None) => {}
                Err(Told) => self.skip_to_line_end(),
            }
            if self.at == before && *self.token() != Token::End {
                self.advance();
            }
        }
        self.closers.pop();
    }

    /// The word that closes a block: the caller's, or told as missing at the opener.
    fn close(&mut self, closer: Closer, opener: u32, opened: &'static str) {
        if self.closer() == Some(closer) {
            return self.take_closer();
        }
        let shown = closer.shown();
        self.diagnostics.error(
            opener,
            message!("falta {shown} para fechar este {opened}", "{shown} is missing to close this {opened}"),
        );
    }

    fn stray_closer(&mut self) {
        let at = self.here();
        let shown = self.closer().map_or("END", Closer::shown);
        self.diagnostics
            .error(at, message!("{shown} sem o começo do seu bloco", "{shown} without the beginning of its block"));
        self.advance();
        self.skip_to_line_end();
    }

    /// After a statement nothing else may stand on its line.
    fn end_of_statement(&mut self) -> Parsed<()> {
        if self.at_statement_end() { Ok(()) } else { self.expected("o fim da linha", "the end of the line") }
    }

    fn statement(&mut self) -> Parsed<Option<Statement>> {
        self.enter()?;
        let at = self.here();
        let line = self.diagnostics.line(at);
        let action = self.action();
        self.leave();
        let Some(action) = action? else { return Ok(None) };
        if !matches!(action, Action::Label(_)) {
            self.end_of_statement()?;
        }
        Ok(Some(Statement { action, at, line }))
    }

    /// One statement; `None` for what only the header keeps.
    fn action(&mut self) -> Parsed<Option<Action>> {
        if let Token::Block { name, text, at } = self.token().clone() {
            return self.text_block(name, &text, at).map(Some);
        }
        if self.is_sign(".") {
            return self.assignment_or_call().map(Some);
        }
        let Some(word) = self.word().cloned() else {
            return self.expected("um comando", "a statement");
        };
        let fresh = self.at == 0 || matches!(self.tokens.get(self.at - 1), Some(Spanned { token: Token::Newline, .. }));
        if fresh && *self.ahead(1) == Token::Sign(":") && matches!(self.ahead(2), Token::Newline) {
            let name = self.name("um rótulo", "a label")?;
            self.advance();
            return Ok(Some(Action::Label(name)));
        }
        if matches!(self.ahead(1), Token::Sign("=")) && !RESERVED.contains(&word.as_ref()) {
            return self.assignment_or_call().map(Some);
        }
        if let Some(done) = self.header_line(&word) {
            return done.map(|()| None);
        }
        if let Some(action) = self.flow(&word) {
            return action;
        }
        if let Some(action) = self.conversation(&word) {
            return action.map(Some);
        }
        self.assignment_or_call().map(Some)
    }

    /// `x.y[1] = 2`, `x += 1`, or something done for its effect.
    fn assignment_or_call(&mut self) -> Parsed<Action> {
        let at = self.here();
        if let Some(keyword) = self.command_here() {
            return Ok(Action::Do(self.command(keyword, at, true)?));
        }
        self.refuse_unknown()?;
        // Where the place ends, `=` is no comparison.
        let target = self.postfix()?;
        if self.take_sign("=") {
            let Some(place) = place_of(&target) else {
                return self.error(at, message!("isto não pode receber um valor", "this cannot be given a value"));
            };
            if let Kind::Session = target_root(&target).kind {
                return self.session_assignment(target, at);
            }
            let value = self.expression()?;
            return Ok(Action::Assign { place, value });
        }
        match target.kind {
            Kind::Function(function, arguments) => self.function_for_nothing(function, arguments, at),
            Kind::Call(..) | Kind::Command(..) | Kind::Hear(_) | Kind::Pop(_) => Ok(Action::Do(target)),
            Kind::Variable(name) if self.names.procedures.contains(&name) => {
                let arguments = self.loose_arguments()?;
                Ok(Action::Do(self.expr(Kind::Call(name, arguments), at)?))
            }
            _ => self.expected("= ou um comando", "= or a statement"),
        }
    }

    /// A function as a statement: `list.push(x)` changes the list, of any other the result is lost.
    fn function_for_nothing(
        &mut self,
        function: &'static functions::Function,
        mut arguments: Vec<Expr>,
        at: u32,
    ) -> Parsed<Action> {
        if function.name == "PUSH"
            && let Some(place) = arguments.first().and_then(place_of)
            && let Some(item) = arguments.pop()
        {
            return Ok(Action::Push { place, item });
        }
        let name = function.name;
        self.diagnostics.warning(
            at,
            message!("o resultado de {name} não é usado", "the result of {name} is not used"),
            None,
        );
        Ok(Action::Do(self.expr(Kind::Function(function, arguments), at)?))
    }

    /// Tells of a word that begins no statement, with what was likely meant.
    fn refuse_unknown(&mut self) -> Parsed<()> {
        let Some(word) = self.word().cloned() else { return Ok(()) };
        let known = self.names.procedures.contains(&word)
            || functions::named(&word).is_some() && matches!(self.ahead(1), Token::Sign("("))
            || matches!(self.ahead(1), Token::Sign("=" | "." | "["))
            || matches!(word.as_ref(), "hear" | "pop");
        if known {
            return Ok(());
        }
        let at = self.here();
        let words: Vec<Arc<str>> = (0..4)
            .map_while(|by| match self.ahead(by) {
                Token::Word(word) => Some(word.clone()),
                _ => None,
            })
            .collect();
        let pieces: Vec<&str> = words.iter().flat_map(|word| word.split('_')).collect();
        if let Some(lacking) = TABLE.lacking(&pieces) {
            return self.error(
                at,
                message!(
                    "{lacking} é de outro dialeto e não existe aqui",
                    "{lacking} is of another dialect and does not exist here"
                ),
            );
        }
        let shown = word.to_uppercase();
        let hint = self.nearest_statement(&pieces);
        self.diagnostics.error_with_hint(
            at,
            message!("não conheço o comando {shown}", "I do not know the statement {shown}"),
            hint,
        );
        Err(Told)
    }

    /// The keyword, function or SUB most like what these words begin with.
    fn nearest_statement(&self, pieces: &[&str]) -> Option<String> {
        (1..=pieces.len().min(4)).rev().find_map(|count| {
            let typed = pieces.get(..count)?.join(" ");
            let keywords = TABLE.all.iter().map(|keyword| keyword.name).filter(|name| name.split(' ').count() == count);
            let own = self.names.procedures.iter().map(AsRef::as_ref).filter(|_| count == 1);
            let near = text::nearest(keywords.chain(own), &typed);
            near.first().map(|name| (*name).to_owned())
        })
    }

    fn may_begin_expression(&self, token: &Token) -> bool {
        match token {
            Token::Number(_) | Token::Text(_) => true,
            Token::Word(word) => !CONNECTIVES.contains(&word.as_ref()),
            Token::Sign(sign) => matches!(*sign, "(" | "[" | "{" | "#{" | "-"),
            _ => false,
        }
    }
}

/// The place an expression names, when it names one.
fn place_of(expr: &Expr) -> Option<Place> {
    let mut path = Vec::new();
    let mut inner = expr;
    loop {
        match &inner.kind {
            Kind::Field(of, name) => {
                path.push(Expr::new(Kind::Text(name.clone()), inner.at));
                inner = of;
            }
            Kind::Index(of, key) => {
                path.push((**key).clone());
                inner = of;
            }
            Kind::Variable(name) => {
                path.reverse();
                return Some(Place { name: name.clone(), path, at: expr.at });
            }
            Kind::Session => {
                path.reverse();
                return Some(Place { name: Arc::from("session"), path, at: expr.at });
            }
            _ => return None,
        }
    }
}

fn target_root(expr: &Expr) -> &Expr {
    let mut inner = expr;
    while let Kind::Field(of, _) | Kind::Index(of, _) = &inner.kind {
        inner = of;
    }
    inner
}
