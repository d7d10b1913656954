//! Commands of the keyword table, and the statements of the conversation that have a grammar of their own.

use std::sync::Arc;

use super::{Parsed, Parser, place_of};
use crate::basic::ast::{Action, Expr, Hear, Kind};
use crate::basic::diagnostics::message;
use crate::basic::filter;
use crate::basic::functions;
use crate::basic::keywords::{Argument, Command, Keyword, KeywordKind, TABLE};
use crate::basic::lexer::{BlockName, Token};
use crate::lang::Lang;

/// A command at the next tokens, and how many of them are its name.
pub(super) type Found = (&'static Keyword, usize);

impl Parser<'_> {
    /// The command whose name stands here; `None` when the words are a variable's.
    pub(super) fn command_here(&self) -> Option<Found> {
        let word = self.word()?;
        let first = word.split('_').next().unwrap_or_default();
        let fresh = match self.at.checked_sub(1).and_then(|before| self.tokens.get(before)).map(|before| &before.token)
        {
            None | Some(Token::Newline | Token::Sign(":")) => true,
            Some(Token::Word(before)) => matches!(before.as_ref(), "then" | "else"),
            Some(_) => false,
        };
        TABLE.commands(first).find_map(|(words, keyword)| {
            let count = self.spells(words)?;
            let after = self.ahead(count);
            let own = count == 1 && self.names.variables.contains(word);
            let argument = match after {
                Token::Sign("(") => !own,
                Token::Sign("[" | "-") => !own && *after != Token::Sign("-"),
                after => self.may_begin_expression(after),
            };
            let bare = keyword.arguments().first().is_none_or(|argument| argument.optional);
            let talk = words.starts_with("talk ");
            // A missing argument is told as such, but where the words may as well be a variable.
            let fits =
                argument || !own && !talk && (words.contains(' ') && *after != Token::Sign("=") || bare && fresh);
            fits.then_some((keyword, count))
        })
    }

    /// A command with its arguments. As a statement it takes whole expressions, inside one only up to a comparison.
    pub(super) fn command(&mut self, (keyword, count): Found, at: u32, statement: bool) -> Parsed<Expr> {
        (0..count).for_each(|_| self.advance());
        let enclosed = self.is_sign("(") && (!statement || self.parentheses_hold_all());
        if enclosed {
            self.advance();
            self.skip_lines();
        }
        let level = if statement || enclosed { 0 } else { super::expressions::ADDITIVE };
        let mut given = Vec::new();
        let arguments = keyword.arguments();
        for (index, argument) in arguments.iter().enumerate() {
            if enclosed {
                self.skip_lines();
            }
            let separated = self.separator(argument, index, arguments.get(index + 1..).unwrap_or_default());
            let begins = self.may_begin_expression(self.token()) || self.is_sign(".") || self.is_sign("!");
            if !begins || !separated && index > 0 && self.is_sign("-") {
                // `TRANSFER TO HUMAN , "high"`: this one is left out.
                given.push(None);
                continue;
            }
            if argument.rest {
                given.push(Some(self.rest_of_arguments(level)?));
                continue;
            }
            let value = self.binary(level)?;
            self.check_type(argument, &value)?;
            given.push(Some(value));
        }
        if enclosed {
            self.skip_lines();
            if !self.take_sign(")") {
                let form = &keyword.form;
                return self.expected(&format!("). Escreva {form}"), &format!("). Write {form}"));
            }
        } else if self.is_sign(",") && statement {
            let form = &keyword.form;
            let here = self.here();
            return self.error(
                here,
                message!("são valores demais; escreva {form}", "these are too many values; write {form}"),
            );
        }
        self.checked_command(keyword, given, at)
    }

    /// What stands between two arguments: a comma, the word of the second, or nothing. Whether there was something.
    fn separator(&mut self, argument: &Argument, index: usize, later: &[Argument]) -> bool {
        let lead = |argument: &Argument, parser: &Self| {
            argument.lead.is_some_and(|lead| parser.word().is_some_and(|word| lead.eq_ignore_ascii_case(word)))
        };
        // The word of a later argument: this one is left out.
        if later.iter().any(|later| lead(later, self)) {
            return false;
        }
        let comma = index > 0 && self.take_sign(",");
        let word = lead(argument, self);
        if word {
            self.advance();
        }
        comma || word
    }

    fn rest_of_arguments(&mut self, level: u8) -> Parsed<Expr> {
        let at = self.here();
        let mut items = vec![self.binary(level)?];
        while self.take_sign(",") {
            self.skip_lines();
            items.push(self.binary(level)?);
        }
        self.expr(Kind::List(items), at)
    }

    /// Whether the parentheses that open here hold all arguments of a statement, not only begin the first.
    fn parentheses_hold_all(&self) -> bool {
        let mut depth = 0_usize;
        for by in 0.. {
            match self.ahead(by) {
                Token::Sign("(" | "[" | "{" | "#{") => depth += 1,
                Token::Sign(")" | "]" | "}") => {
                    depth -= 1;
                    if depth == 0 {
                        return matches!(self.ahead(by + 1), Token::Newline | Token::End | Token::Sign(":"))
                            || matches!(self.ahead(by + 1), Token::Word(word) if word.as_ref() == "else");
                    }
                }
                Token::End => return false,
                _ => {}
            }
        }
        false
    }

    /// A command whose arguments are complete, and its literal filter readable.
    pub(super) fn checked_command(
        &mut self,
        keyword: &'static Keyword,
        given: Vec<Option<Expr>>,
        at: u32,
    ) -> Parsed<Expr> {
        let KeywordKind::Command(command, arguments) = &keyword.kind else {
            return self.expected("um comando", "a statement");
        };
        let argument = |index: usize| given.get(index).and_then(Option::as_ref);
        if *command == Command::First
            && argument(1).is_none()
            && let (Some(function), Some(list)) = (functions::named("first"), argument(0))
        {
            return self.expr(Kind::Function(function, vec![list.clone()]), at);
        }
        let missing = arguments
            .iter()
            .zip(&given)
            .find(|(argument, given)| given.is_none() && !argument.optional && !argument.rest);
        if let Some((missing, _)) = missing {
            let (name, form) = (missing.name, &keyword.form);
            return self.error(
                at,
                message!("falta um valor ({name}); escreva {form}", "a value is missing ({name}); write {form}"),
            );
        }
        let filter = match command {
            Command::Find | Command::First | Command::Filter => argument(1),
            Command::Update | Command::Merge | Command::Delete => argument(1),
            _ => None,
        };
        if let Some(Expr { kind: Kind::Text(text), at, .. }) = filter
            && text.contains(['=', '<', '>'])
            && let Err(wrong) = filter::parse_with(text, &vec![filter::Literal::Null; text.matches('?').count()])
        {
            let (column, at) = (wrong.column, *at);
            let (pt, en) = (wrong.message(Lang::Pt), wrong.message(Lang::En));
            return self.error(at, message!("filtro, letra {column}: {pt}", "filter, letter {column}: {en}"));
        }
        self.expr(Kind::Command(keyword, given), at)
    }

    /// A command by what it does, for those that the grammar writes in another way.
    fn own_command(&mut self, command: Command, given: Vec<Option<Expr>>, at: u32) -> Parsed<Expr> {
        match TABLE.command(command) {
            Some(keyword) => self.expr(Kind::Command(keyword, given), at),
            None => self.expected("um comando", "a statement"),
        }
    }

    /// TALK, HEAR, PUSH and SET, which the keyword table does not describe.
    pub(super) fn conversation(&mut self, word: &Arc<str>) -> Option<Parsed<Action>> {
        match word.as_ref() {
            "talk" if self.command_here().is_none() => Some(self.talk()),
            "hear" => Some(self.hear()),
            "push" if !matches!(self.ahead(1), Token::Sign("=" | "." | "[")) => Some(self.push()),
            "set" | "let" if self.command_here().is_none() => Some(self.set()),
            _ => None,
        }
    }

    fn talk(&mut self) -> Parsed<Action> {
        self.advance();
        let text = self.expression()?;
        if self.is_sign(",") {
            let at = self.here();
            return self.error(
                at,
                message!("TALK diz um texto só; junte as partes com +", "TALK says one text; join its parts with +"),
            );
        }
        Ok(Action::Say(text))
    }

    fn hear(&mut self) -> Parsed<Action> {
        let at = self.here();
        self.advance();
        if self.at_statement_end() || self.is_sign("(") && *self.ahead(1) == Token::Sign(")") {
            self.skip_to_line_end();
            return Ok(Action::Do(self.expr(Kind::Hear(Box::new(Hear::Anything)), at)?));
        }
        self.name_follows()?;
        let target = self.postfix()?;
        let Some(place) = place_of(&target) else {
            return self.error(target.at, message!("HEAR precisa de uma variável", "HEAR needs a variable"));
        };
        let kind_at = self.here();
        let kind = self.hear_kind()?;
        let value = self.expr(Kind::Hear(Box::new(kind)), kind_at)?;
        Ok(Action::Assign { place, value })
    }

    /// Refuses a keyword where a variable is wanted.
    fn name_follows(&mut self) -> Parsed<()> {
        let at = self.at;
        self.name("o nome de uma variável", "the name of a variable")?;
        self.at = at;
        Ok(())
    }

    fn push(&mut self) -> Parsed<Action> {
        let at = self.here();
        self.advance();
        let enclosed = self.is_sign("(") && self.parentheses_hold_all();
        if enclosed {
            self.advance();
        }
        let list = self.postfix()?;
        let Some(place) = place_of(&list) else {
            return self.error(at, message!("PUSH precisa de uma variável", "PUSH needs a variable"));
        };
        self.expect_sign(",")?;
        let item = self.expression()?;
        if enclosed {
            self.expect_sign(")")?;
        }
        Ok(Action::Push { place, item })
    }

    /// `SET x = 1`; `SET x TO 1`.
    fn set(&mut self) -> Parsed<Action> {
        self.advance();
        let at = self.here();
        self.name_follows()?;
        let target = self.postfix()?;
        let Some(place) = place_of(&target) else {
            return self.error(at, message!("isto não pode receber um valor", "this cannot be given a value"));
        };
        if !self.take_sign("=") && !self.take_word("to") {
            return self.expected("=", "=");
        }
        if let Kind::Session = super::target_root(&target).kind {
            self.at -= 1;
            self.advance();
            return self.session_assignment(target, at);
        }
        let value = self.expression()?;
        Ok(Action::Assign { place, value })
    }

    /// `session.name = value` is SET SESSION.
    pub(super) fn session_assignment(&mut self, target: Expr, at: u32) -> Parsed<Action> {
        let name = match target.kind {
            Kind::Field(of, name) if matches!(of.kind, Kind::Session) => self.expr(Kind::Text(name), at)?,
            Kind::Index(of, key) if matches!(of.kind, Kind::Session) => *key,
            _ => return self.error(at, message!("escreva session.nome = valor", "write session.name = value")),
        };
        let value = self.expression()?;
        Ok(Action::Do(self.own_command(Command::SetSession, vec![Some(name), Some(value)], at)?))
    }

    /// `BEGIN TALK`, `BEGIN SYSTEM PROMPT`, `BEGIN MAIL to`.
    pub(super) fn text_block(&mut self, name: BlockName, text: &str, at: u32) -> Parsed<Action> {
        let opener = self.here();
        self.advance();
        match name {
            BlockName::Talk => Ok(Action::Say(self.interpolated(text, at)?)),
            BlockName::SystemPrompt => {
                let text = self.interpolated(text, at)?;
                Ok(Action::Do(self.own_command(Command::SystemPrompt, vec![Some(text)], opener)?))
            }
            BlockName::Mail => {
                let to = self.expression()?;
                let (first, _) = text.split_once('\n').unwrap_or((text, ""));
                let label = ["subject:", "assunto:"]
                    .iter()
                    .find(|label| first.get(..label.len()).is_some_and(|head| head.eq_ignore_ascii_case(label)));
                let skipped = label.map_or(0, |label| label.len());
                let subject = self.interpolated(
                    first.get(skipped..).unwrap_or_default().trim_start(),
                    at + first.len() as u32 - first.get(skipped..).unwrap_or_default().trim_start().len() as u32,
                )?;
                let rest = text.get(first.len()..).unwrap_or_default();
                let body = rest.trim_start_matches(['\r', '\n']);
                let body_at = at + (text.len() - body.len()) as u32;
                let body = self.interpolated(body, body_at)?;
                let given = vec![Some(to), Some(subject), Some(body), None];
                Ok(Action::Do(self.own_command(Command::SendMail, given, opener)?))
            }
        }
    }
}
