//! IF, SELECT, loops, SUB and FUNCTION, jumps and errors.

use std::sync::Arc;

use super::{Closer, Parsed, Parser, Told, place_of};
use crate::basic::ast::{Action, Binary, Block, Exit, Expr, Kind, LoopKind, OnError, Procedure, Test};
use crate::basic::diagnostics::message;
use crate::basic::lexer::Token;

impl Parser<'_> {
    /// The statement that begins with this word, when it is one of flow.
    pub(super) fn flow(&mut self, word: &Arc<str>) -> Option<Parsed<Option<Action>>> {
        let action = match word.as_ref() {
            "if" => self.if_statement(),
            "select" | "switch" => self.select(),
            "for" => self.for_loop(),
            "while" => self.while_loop(),
            "do" => self.do_loop(),
            "exit" => self.exit(),
            "continue" if matches!(self.ahead(1), Token::Newline | Token::End | Token::Word(_) | Token::Sign(":")) => {
                self.advance();
                if !self.at_statement_end() {
                    self.advance();
                }
                Ok(Action::Continue)
            }
            "sub" | "function" => return Some(self.procedure().map(|()| None)),
            "call" if matches!(self.ahead(1), Token::Word(name) if self.names.procedures.contains(name)) => {
                self.call_procedure()
            }
            "return" => {
                self.advance();
                if self.at_statement_end() {
                    Ok(Action::Return(None))
                } else {
                    self.expression().map(|value| Action::Return(Some(value)))
                }
            }
            "goto" => {
                self.advance();
                self.name("um rótulo", "a label").map(Action::Goto)
            }
            "end" | "stop"
                if matches!(self.ahead(1), Token::Newline | Token::End | Token::Sign(":"))
                    || matches!(self.ahead(1), Token::Word(next) if next.as_ref() == "else") =>
            {
                self.advance();
                Ok(Action::End)
            }
            "with" => return Some(self.with()),
            _ if self.take("on error resume next") => Ok(Action::OnError(OnError::ResumeNext)),
            _ if self.take("on error goto") => self.on_error_goto(),
            _ if self.spells("resume next").is_some() => {
                self.take("resume next");
                Ok(Action::Resume { next: true })
            }
            "resume" if matches!(self.ahead(1), Token::Newline | Token::End) => {
                self.advance();
                Ok(Action::Resume { next: false })
            }
            _ if self.take("clear error") => Ok(Action::ClearError),
            "throw" => {
                self.advance();
                self.expression().map(Action::Throw)
            }
            "dim" | "local" | "global" | "shared" if matches!(self.ahead(1), Token::Word(_)) => self.declare(word),
            _ => return None,
        };
        Some(action.map(Some))
    }

    /// THEN, told as missing but not needed to go on.
    fn then(&mut self) {
        if !self.take_word("then") && self.at_line_end() {
            let at = self.here();
            self.diagnostics
                .error(at, message!("falta THEN depois da condição", "THEN is missing after the condition"));
        }
    }

    fn if_statement(&mut self) -> Parsed<Action> {
        let opener = self.here();
        self.advance();
        let condition = self.condition();
        if condition.is_ok() && !self.at_line_end() && !self.is_word("then") {
            let at = self.here();
            let (found_pt, found_en) = self.found();
            self.diagnostics
                .error(at, message!("esperava THEN, mas encontrei {found_pt}", "expected THEN, but found {found_en}"));
            self.skip_to_line_end();
        }
        self.then();
        if !self.at_line_end() {
            return self.one_line_if(condition?);
        }
        // The block is read even when its condition is not understood, so that its own mistakes are told too.
        let mut arms = vec![(condition, self.arm(&[Closer::ElseIf, Closer::Else, Closer::EndIf]))];
        let mut otherwise = Block::new();
        loop {
            match self.closer() {
                Some(Closer::ElseIf) => {
                    self.take_closer();
                    let condition = self.condition();
                    self.then();
                    arms.push((condition, self.arm(&[Closer::ElseIf, Closer::Else, Closer::EndIf])));
                }
                Some(Closer::Else) => {
                    self.take_closer();
                    otherwise = self.arm(&[Closer::EndIf]);
                }
                _ => break,
            }
        }
        self.close(Closer::EndIf, opener, "IF");
        let arms: Parsed<Vec<_>> = arms.into_iter().map(|(condition, body)| Ok((condition?, body))).collect();
        Ok(Action::If { arms: arms?, otherwise })
    }

    /// A condition; when it is not understood the rest of its line is left out.
    fn condition(&mut self) -> Parsed<Expr> {
        let condition = self.expression();
        if condition.is_err() {
            self.skip_to_line_end();
        }
        condition
    }

    fn arm(&mut self, closers: &'static [Closer]) -> Block {
        let mut body = Block::new();
        self.block(&mut body, closers);
        body
    }

    /// `IF a THEN b : c ELSE d`.
    fn one_line_if(&mut self, condition: Expr) -> Parsed<Action> {
        let body = self.one_line_block()?;
        let mut arms = vec![(condition, body)];
        let mut otherwise = Block::new();
        while self.is_word("else") || self.is_word("elseif") {
            let else_if = self.is_word("elseif") || matches!(self.ahead(1), Token::Word(next) if next.as_ref() == "if");
            if else_if {
                self.take("else if");
                self.take_word("elseif");
                let condition = self.expression()?;
                if !self.take_word("then") {
                    return self.expected("THEN", "THEN");
                }
                let body = self.one_line_block()?;
                arms.push((condition, body));
            } else {
                self.advance();
                otherwise = self.one_line_block()?;
                break;
            }
        }
        // `IF a THEN b END IF` on one line.
        if self.spells("end if").is_some() || self.spells("endif").is_some() {
            self.take_closer();
        }
        Ok(Action::If { arms, otherwise })
    }

    fn one_line_block(&mut self) -> Parsed<Block> {
        let mut body = Block::new();
        loop {
            if let Some(statement) = self.statement_in_line()? {
                body.push(statement);
            }
            if !self.take_sign(":") {
                return Ok(body);
            }
        }
    }

    fn statement_in_line(&mut self) -> Parsed<Option<crate::basic::ast::Statement>> {
        self.enter()?;
        let at = self.here();
        let line = self.diagnostics.line(at);
        let action = self.action();
        self.leave();
        Ok(action?.map(|action| crate::basic::ast::Statement { action, at, line }))
    }

    fn select(&mut self) -> Parsed<Action> {
        let opener = self.here();
        let opened = if self.is_word("switch") { "SWITCH" } else { "SELECT CASE" };
        self.advance();
        self.take_word("case");
        let subject = self.condition();
        if subject.is_ok() {
            self.end_of_statement().or_else(|Told| {
                self.skip_to_line_end();
                Ok(())
            })?;
        }
        const ENDS: &[Closer] = &[Closer::Case, Closer::EndSelect];
        let before = self.arm(ENDS);
        if let Some(first) = before.first() {
            self.diagnostics
                .error(first.at, message!("isto vem antes do primeiro CASE", "this comes before the first CASE"));
        }
        let mut arms = Vec::new();
        let mut otherwise = Block::new();
        while self.closer() == Some(Closer::Case) {
            let default = self.is_word("default");
            self.take_closer();
            if default || self.take_word("else") {
                self.take_sign(":");
                otherwise = self.arm(ENDS);
                continue;
            }
            let tests = self.tests();
            if tests.is_err() {
                self.skip_to_line_end();
            }
            self.take_sign(":");
            arms.push((tests, self.arm(ENDS)));
        }
        self.close(Closer::EndSelect, opener, opened);
        let arms: Parsed<Vec<_>> = arms.into_iter().map(|(tests, body)| Ok((tests?, body))).collect();
        Ok(Action::Select { subject: subject?, arms: arms?, otherwise })
    }

    /// `1, 2 TO 5, IS > 10`.
    fn tests(&mut self) -> Parsed<Vec<Test>> {
        let mut tests = Vec::new();
        loop {
            let compared = self.take_word("is");
            let sign = match self.token() {
                Token::Sign(sign @ ("=" | "<>" | "<" | "<=" | ">" | ">=")) => Some(*sign),
                _ => None,
            };
            if let Some(sign) = sign {
                self.advance();
                let operator = match sign {
                    "<>" => Binary::Different,
                    "<" => Binary::Less,
                    "<=" => Binary::LessOrEqual,
                    ">" => Binary::Greater,
                    ">=" => Binary::GreaterOrEqual,
                    _ => Binary::Equal,
                };
                tests.push(Test::Is(operator, self.binary(super::expressions::ADDITIVE)?));
            } else if compared {
                return self.expected("=, <>, <, <=, > ou >=", "=, <>, <, <=, > or >=");
            } else {
                let value = self.expression()?;
                if self.take_word("to") {
                    tests.push(Test::Between(value, self.expression()?));
                } else {
                    tests.push(Test::Is(Binary::Equal, value));
                }
            }
            if !self.take_sign(",") {
                return Ok(tests);
            }
        }
    }

    fn for_loop(&mut self) -> Parsed<Action> {
        let opener = self.here();
        self.advance();
        let head = if self.take_word("each") { self.for_each_head() } else { self.for_head() };
        if head.is_err() {
            self.skip_to_line_end();
        }
        let body = self.arm(&[Closer::Next]);
        self.close(Closer::Next, opener, "FOR");
        // `NEXT i`: which one is clear.
        if self.word().is_some() && !self.at_statement_end() {
            self.advance();
        }
        Ok(match head? {
            Head::Count { variable, from, to, step } => Action::For { variable, from, to, step, body },
            Head::Each { variable, list } => Action::ForEach { variable, list, body },
        })
    }

    fn for_each_head(&mut self) -> Parsed<Head> {
        let variable = self.name("o nome de uma variável", "the name of a variable")?;
        if !self.take_word("in") {
            return self.expected("IN", "IN");
        }
        let list = self.expression()?;
        self.take_word("do");
        self.end_of_statement()?;
        Ok(Head::Each { variable, list })
    }

    fn for_head(&mut self) -> Parsed<Head> {
        let variable = self.name("o nome de uma variável", "the name of a variable")?;
        self.expect_sign("=")?;
        let from = self.expression()?;
        if !self.take_word("to") {
            return self.expected("TO", "TO");
        }
        let to = self.expression()?;
        let step = if self.take_word("step") { Some(self.expression()?) } else { None };
        self.end_of_statement()?;
        Ok(Head::Count { variable, from, to, step })
    }

    fn while_loop(&mut self) -> Parsed<Action> {
        let opener = self.here();
        self.advance();
        let condition = self.condition();
        self.take_word("do");
        let body = self.arm(&[Closer::Wend]);
        self.close(Closer::Wend, opener, "WHILE");
        Ok(Action::Loop { first: Some(condition?), body, last: None, kind: LoopKind::While })
    }

    fn do_loop(&mut self) -> Parsed<Action> {
        let opener = self.here();
        self.advance();
        let first = self.loop_condition();
        let body = self.arm(&[Closer::Loop]);
        self.close(Closer::Loop, opener, "DO");
        let last = self.loop_condition();
        Ok(Action::Loop { first: first?, body, last: last?, kind: LoopKind::Do })
    }

    /// `WHILE a` or `UNTIL a`, as what must hold to go on.
    fn loop_condition(&mut self) -> Parsed<Option<Expr>> {
        let at = self.here();
        if self.take_word("while") {
            return self.condition().map(Some);
        }
        if self.take_word("until") {
            let condition = self.condition()?;
            return self.expr(Kind::Not(Box::new(condition)), at).map(Some);
        }
        Ok(None)
    }

    fn exit(&mut self) -> Parsed<Action> {
        self.advance();
        let exit = match self.word().map(AsRef::as_ref) {
            Some("for") => Exit::For,
            Some("while") => Exit::While,
            Some("do") => Exit::Do,
            Some("sub" | "function") => Exit::Procedure,
            _ if self.at_statement_end() => return Ok(Action::Exit(Exit::Innermost)),
            _ => return self.expected("FOR, WHILE, DO, SUB ou FUNCTION", "FOR, WHILE, DO, SUB or FUNCTION"),
        };
        self.advance();
        Ok(Action::Exit(exit))
    }

    fn procedure(&mut self) -> Parsed<()> {
        let opener = self.here();
        let opened = if self.is_word("sub") { "SUB" } else { "FUNCTION" };
        self.advance();
        if self.closers.iter().any(|outer| outer.contains(&Closer::EndSub)) {
            self.diagnostics.error(
                opener,
                message!("{opened} não pode ficar dentro de outra", "{opened} cannot stand inside another"),
            );
        }
        let head = self.procedure_head();
        if head.is_err() {
            self.skip_to_line_end();
        }
        let body = self.arm(&[Closer::EndSub, Closer::End]);
        if self.closer() == Some(Closer::End) {
            self.take_closer();
        } else {
            self.close(Closer::EndSub, opener, opened);
        }
        let (name, parameters) = head?;
        if self.procedures.iter().any(|other| other.name == name) {
            return self.error(
                opener,
                message!("já existe outra SUB ou FUNCTION {name}", "there is another SUB or FUNCTION {name}"),
            );
        }
        self.procedures.push(Procedure { name, parameters, body, at: opener });
        Ok(())
    }

    fn procedure_head(&mut self) -> Parsed<(Arc<str>, Vec<Arc<str>>)> {
        let name = self.name("um nome", "a name")?;
        let mut parameters: Vec<Arc<str>> = Vec::new();
        let enclosed = self.take_sign("(");
        while !self.at_statement_end() && !self.is_sign(")") {
            let at = self.here();
            let parameter = self.name("o nome de um parâmetro", "the name of a parameter")?;
            if parameters.contains(&parameter) {
                return self.error(
                    at,
                    message!("o parâmetro {parameter} está repetido", "the parameter {parameter} is repeated"),
                );
            }
            parameters.push(parameter);
            // `AS type` says nothing that the values do not.
            if self.take_word("as") {
                self.advance();
            }
            if !self.take_sign(",") {
                break;
            }
        }
        if enclosed {
            self.expect_sign(")")?;
        }
        if self.take_word("as") {
            self.advance();
        }
        self.end_of_statement()?;
        Ok((name, parameters))
    }

    fn call_procedure(&mut self) -> Parsed<Action> {
        self.advance();
        let at = self.here();
        let name = self.name("o nome de uma SUB", "the name of a SUB")?;
        let arguments = if self.is_sign("(") { self.enclosed_arguments()? } else { self.loose_arguments()? };
        Ok(Action::Do(self.expr(Kind::Call(name, arguments), at)?))
    }

    fn on_error_goto(&mut self) -> Parsed<Action> {
        if *self.token() == Token::Number(0.0) {
            self.advance();
            return Ok(Action::OnError(OnError::Off));
        }
        self.name("um rótulo", "a label").map(|label| Action::OnError(OnError::Goto(label)))
    }

    fn declare(&mut self, word: &str) -> Parsed<Action> {
        let global = matches!(word, "global" | "shared");
        self.advance();
        let mut names = Vec::new();
        loop {
            names.push(self.name("o nome de uma variável", "the name of a variable")?);
            if self.is_sign("(") {
                self.enclosed_arguments()?;
            }
            if self.take_word("as") {
                self.advance();
            }
            if !self.take_sign(",") {
                return Ok(Action::Declare { names, global });
            }
        }
    }

    /// `WITH x` ... `.field` ... `END WITH`: the block itself stays in the one around it.
    fn with(&mut self) -> Parsed<Option<Action>> {
        let opener = self.here();
        self.advance();
        let target = self.condition().and_then(|target| match place_of(&target) {
            Some(place) => Ok(place),
            None => self.error(target.at, message!("WITH precisa de uma variável", "WITH needs a variable")),
        });
        let known = target.is_ok();
        if let Ok(place) = target {
            self.within.push(place);
        } else {
            self.skip_to_line_end();
        }
        let body = self.arm(&[Closer::EndWith]);
        self.close(Closer::EndWith, opener, "WITH");
        if known {
            self.within.pop();
        }
        // One arm that is always taken.
        let always = self.expr(Kind::Bool(true), opener)?;
        Ok(Some(Action::If { arms: vec![(always, body)], otherwise: Block::new() }))
    }
}

enum Head {
    Count { variable: Arc<str>, from: Expr, to: Expr, step: Option<Expr> },
    Each { variable: Arc<str>, list: Expr },
}
