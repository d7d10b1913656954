//! Expressions, by precedence: OR, AND, NOT, comparisons, `+ - &`, `* / MOD`, signs, `^`.

use std::sync::Arc;

use super::{Parsed, Parser, place_of};
use crate::basic::ast::{Binary, ErrorPart, Expr, Hear, Kind, Place};
use crate::basic::diagnostics::message;
use crate::basic::functions::{self, Function};
use crate::basic::keywords::{Argument, ArgumentKind, Command, KeywordKind, RESERVED, TABLE};
use crate::basic::lexer::{self, Token};
use crate::text;

/// The level of `+`: what an argument of a command inside an expression goes up to, so that
/// `GET SESSION "x" = "y"` compares.
pub(super) const ADDITIVE: u8 = 5;
const COMPARISON: u8 = 4;
const UNARY: u8 = 7;
const POWER: u8 = 8;

/// What stands between two operands.
enum Operator {
    Two(fn(Box<Expr>, Box<Expr>) -> Kind),
    Binary(Binary),
    NotIn,
    Is,
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.binary(0)
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        use Binary::*;
        let binary = |operator, level| Some((Operator::Binary(operator), level));
        match self.token() {
            Token::Word(word) => match word.as_ref() {
                "or" => Some((Operator::Two(Kind::Or), 1)),
                "and" => Some((Operator::Two(Kind::And), 2)),
                "in" => binary(In, COMPARISON),
                "not" if matches!(self.ahead(1), Token::Word(next) if next.as_ref() == "in") => {
                    Some((Operator::NotIn, COMPARISON))
                }
                "is" => Some((Operator::Is, COMPARISON)),
                "mod" => binary(Modulo, 6),
                _ => None,
            },
            Token::Sign(sign) => match *sign {
                "||" => Some((Operator::Two(Kind::Or), 1)),
                "&&" => Some((Operator::Two(Kind::And), 2)),
                "=" | "==" => binary(Equal, COMPARISON),
                "<>" | "!=" => binary(Different, COMPARISON),
                "<" => binary(Less, COMPARISON),
                "<=" => binary(LessOrEqual, COMPARISON),
                ">" => binary(Greater, COMPARISON),
                ">=" => binary(GreaterOrEqual, COMPARISON),
                "+" => binary(Add, ADDITIVE),
                "-" => binary(Subtract, ADDITIVE),
                "&" => binary(Join, ADDITIVE),
                "*" => binary(Multiply, 6),
                "/" => binary(Divide, 6),
                "^" => binary(Power, POWER),
                _ => None,
            },
            _ => None,
        }
    }

    /// An expression of operators that bind at least so tightly.
    pub(super) fn binary(&mut self, least: u8) -> Parsed<Expr> {
        self.enter()?;
        let expr = self.binary_within(least);
        self.leave();
        expr
    }

    fn binary_within(&mut self, least: u8) -> Parsed<Expr> {
        let mut left = self.prefixed()?;
        while let Some((operator, level)) = self.operator() {
            if level < least {
                break;
            }
            let at = self.here();
            self.advance();
            left = match operator {
                Operator::Is => self.is(left, at)?,
                Operator::NotIn => {
                    self.advance();
                    let right = self.binary(level + 1)?;
                    let within = self.expr(Kind::Binary(Binary::In, Box::new(left), Box::new(right)), at)?;
                    self.expr(Kind::Not(Box::new(within)), at)?
                }
                Operator::Two(make) => {
                    let right = self.binary(level + 1)?;
                    self.expr(make(Box::new(left), Box::new(right)), at)?
                }
                Operator::Binary(binary) => {
                    // `2 ^ 3 ^ 2` is 2 ^ (3 ^ 2).
                    let right = self.binary(if level == POWER { level } else { level + 1 })?;
                    self.expr(Kind::Binary(binary, Box::new(left), Box::new(right)), at)?
                }
            };
        }
        Ok(left)
    }

    /// `x IS [NOT] NULL|EMPTY|FOUND`.
    fn is(&mut self, left: Expr, at: u32) -> Parsed<Expr> {
        let not = self.take_word("not");
        let test = if self.take_word("null") {
            self.call("isnull", left, at)?
        } else if self.take_word("empty") {
            self.call("isempty", left, at)?
        } else if self.take_word("found") {
            let empty = self.call("isempty", left, at)?;
            self.expr(Kind::Not(Box::new(empty)), at)?
        } else {
            return self.expected("NULL, EMPTY ou FOUND", "NULL, EMPTY or FOUND");
        };
        if not { self.expr(Kind::Not(Box::new(test)), at) } else { Ok(test) }
    }

    fn call(&mut self, name: &str, argument: Expr, at: u32) -> Parsed<Expr> {
        match functions::named(name) {
            Some(function) => self.expr(Kind::Function(function, vec![argument]), at),
            None => Ok(argument),
        }
    }

    fn prefixed(&mut self) -> Parsed<Expr> {
        let at = self.here();
        if self.is_word("not") {
            self.advance();
            let operand = self.binary(COMPARISON)?;
            return self.expr(Kind::Not(Box::new(operand)), at);
        }
        if self.take_sign("!") {
            let operand = self.binary(UNARY)?;
            return self.expr(Kind::Not(Box::new(operand)), at);
        }
        if self.take_sign("-") {
            let operand = self.binary(POWER)?;
            if let Kind::Number(number) = operand.kind {
                return self.expr(Kind::Number(-number), at);
            }
            return self.expr(Kind::Negate(Box::new(operand)), at);
        }
        if self.take_sign("+") {
            return self.binary(POWER);
        }
        self.postfix()
    }

    /// Something, and what is taken out of it: `x.a[1].b`.
    pub(super) fn postfix(&mut self) -> Parsed<Expr> {
        let mut expr = self.primary()?;
        loop {
            let at = self.here();
            let glued = self.tokens.get(self.at).is_some_and(|spanned| spanned.glued);
            if self.is_sign(".") && matches!(self.ahead(1), Token::Word(_)) {
                self.advance();
                let Some(name) = self.word().cloned() else { continue };
                self.advance();
                expr = if self.is_sign("(") { self.method(expr, &name, at)? } else { self.field(expr, name, at)? };
            } else if self.is_sign("[")
                && (glued || matches!(expr.kind, Kind::Variable(_) | Kind::Field(..) | Kind::Index(..)))
            {
                self.advance();
                self.skip_lines();
                let key = self.expression()?;
                self.close_sign("]")?;
                expr = self.expr(Kind::Index(Box::new(expr), Box::new(key)), at)?;
            } else {
                return Ok(expr);
            }
        }
    }

    fn field(&mut self, of: Expr, name: Arc<str>, at: u32) -> Parsed<Expr> {
        if let Kind::Error(ErrorPart::Message) = of.kind {
            let part = match name.as_ref() {
                "message" | "text" => ErrorPart::Message,
                "code" => ErrorPart::Code,
                "line" => ErrorPart::Line,
                _ => {
                    return self.error(
                        at,
                        message!(
                            "ERROR tem message, code e line; não tem {name}",
                            "ERROR has message, code and line; it has no {name}"
                        ),
                    );
                }
            };
            return self.expr(Kind::Error(part), at);
        }
        self.expr(Kind::Field(Box::new(of), name), at)
    }

    /// `list.push(x)`: the function of that name, given what stands before the point.
    fn method(&mut self, of: Expr, name: &str, at: u32) -> Parsed<Expr> {
        let mut arguments = vec![of];
        arguments.extend(self.enclosed_arguments()?);
        if name == "request_screen_share" {
            // Of a meeting: which one is the argument, else the meeting it stands behind.
            let meeting = if arguments.len() > 1 { arguments.pop() } else { arguments.into_iter().next() };
            return match TABLE.command(Command::RequestScreenShare) {
                Some(keyword) => self.expr(Kind::Command(keyword, vec![meeting]), at),
                None => self.expected("uma função", "a function"),
            };
        }
        match functions::named(name) {
            Some(function) => self.function(function, arguments, at),
            None => self.unknown_function(name, at),
        }
    }

    fn unknown_function<T>(&mut self, name: &str, at: u32) -> Parsed<T> {
        let known = functions::ALL.iter().map(|function| function.name);
        let own = self.names.procedures.iter().map(AsRef::as_ref);
        let commands = TABLE
            .all
            .iter()
            .filter(|keyword| matches!(keyword.kind, KeywordKind::Command(..)))
            .map(|keyword| keyword.name);
        let spaced = name.replace('_', " ");
        let hint = text::nearest(known.chain(own).chain(commands), &spaced).first().map(|name| (*name).to_owned());
        let shown = name.to_uppercase();
        self.diagnostics.error_with_hint(
            at,
            message!("não conheço a função {shown}", "I do not know the function {shown}"),
            hint,
        );
        Err(super::Told)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let at = self.here();
        match self.token().clone() {
            Token::Number(number) => {
                self.advance();
                self.expr(Kind::Number(number), at)
            }
            Token::Text(text) => {
                self.advance();
                self.expr(Kind::Text(text), at)
            }
            Token::Sign("(") => {
                self.advance();
                self.skip_lines();
                let inner = self.expression()?;
                self.close_sign(")")?;
                Ok(inner)
            }
            Token::Sign("[") => {
                self.advance();
                let items = self.items("]")?;
                self.expr(Kind::List(items), at)
            }
            Token::Sign("{" | "#{") => {
                self.advance();
                self.map(at)
            }
            Token::Sign(".") if !self.within.is_empty() => {
                let Some(place) = self.within.last().cloned() else { return self.expected("um valor", "a value") };
                self.advance();
                let Some(name) = self.word().cloned() else {
                    return self.expected("o nome de um campo", "the name of a field");
                };
                self.advance();
                let of = self.read_place(place)?;
                self.field(of, name, at)
            }
            Token::Word(word) => self.named(&word, at),
            _ => self.expected("um valor", "a value"),
        }
    }

    /// What a place holds.
    fn read_place(&mut self, place: Place) -> Parsed<Expr> {
        let at = place.at;
        let mut expr = self.expr(Kind::Variable(place.name), at)?;
        for key in place.path {
            let kind = match key.kind {
                Kind::Text(name) => Kind::Field(Box::new(expr), name),
                _ => Kind::Index(Box::new(expr), Box::new(key)),
            };
            expr = self.expr(kind, at)?;
        }
        Ok(expr)
    }

    fn named(&mut self, word: &Arc<str>, at: u32) -> Parsed<Expr> {
        let kind = match word.as_ref() {
            "true" => Some(Kind::Bool(true)),
            "false" => Some(Kind::Bool(false)),
            "null" | "nothing" => Some(Kind::Null),
            _ => None,
        };
        if let Some(kind) = kind {
            self.advance();
            return self.expr(kind, at);
        }
        if word.as_ref() == "hear" {
            self.advance();
            let hear = self.hear_kind()?;
            return self.expr(Kind::Hear(Box::new(hear)), at);
        }
        let called = matches!(self.ahead(1), Token::Sign("("));
        if self.names.procedures.contains(word) && !self.names.variables.contains(word) {
            self.advance();
            let arguments = if self.is_sign("(") {
                self.enclosed_arguments()?
            } else if self.may_begin_expression(self.token()) && !self.is_sign("-") && !self.is_sign("[") {
                self.loose_arguments()?
            } else {
                return self.expr(Kind::Variable(word.clone()), at);
            };
            return self.expr(Kind::Call(word.clone(), arguments), at);
        }
        if let Some(keyword) = self.command_here() {
            return self.command(keyword, at, false);
        }
        let own = self.names.variables.contains(word);
        if word.as_ref() == "pop" && (called || self.may_begin_expression(self.ahead(1))) && !own {
            return self.pop(at);
        }
        if let Some(function) = functions::named(word)
            && (!own || called)
        {
            let bare = function.arguments.is_empty() || function.name == "RND";
            if called {
                self.advance();
                let arguments = self.enclosed_arguments()?;
                return self.function(function, arguments, at);
            }
            if bare {
                self.advance();
                return self.function(function, Vec::new(), at);
            }
            if self.may_begin_expression(self.ahead(1)) && !matches!(self.ahead(1), Token::Sign("-" | "[")) {
                self.advance();
                let mut arguments = vec![self.binary(ADDITIVE)?];
                while arguments.len() < most(&function.arguments) && self.take_sign(",") {
                    arguments.push(self.binary(ADDITIVE)?);
                }
                return self.function(function, arguments, at);
            }
        }
        if !own {
            let kind = match word.as_ref() {
                "session" => Some(Kind::Session),
                "error" | "err" => Some(Kind::Error(ErrorPart::Message)),
                "found" => Some(Kind::Found),
                _ => None,
            };
            if let Some(kind) = kind {
                self.advance();
                return self.expr(kind, at);
            }
        }
        if RESERVED.contains(&word.as_ref()) {
            return self.expected("um valor", "a value");
        }
        self.advance();
        let variable = self.expr(Kind::Variable(word.clone()), at)?;
        if !self.is_sign("(") || !self.tokens.get(self.at).is_some_and(|spanned| spanned.glued) {
            return Ok(variable);
        }
        if !own {
            return self.unknown_function(word, at);
        }
        // `x(0)`, as old BASIC writes `x[0]`.
        let mut arguments = self.enclosed_arguments()?;
        match (arguments.pop(), arguments.is_empty()) {
            (Some(key), true) => self.expr(Kind::Index(Box::new(variable), Box::new(key)), at),
            _ => self.unknown_function(word, at),
        }
    }

    fn pop(&mut self, at: u32) -> Parsed<Expr> {
        self.advance();
        let list = self.postfix()?;
        match place_of(&list) {
            Some(place) => self.expr(Kind::Pop(Box::new(place)), at),
            None => self.error(list.at, message!("POP precisa de uma variável", "POP needs a variable")),
        }
    }

    /// A call of a function, its arguments counted and checked.
    pub(super) fn function(&mut self, function: &'static Function, arguments: Vec<Expr>, at: u32) -> Parsed<Expr> {
        if function.name == "FIRST" && arguments.len() > 1 {
            let found = arguments.into_iter().map(Some).collect();
            return match TABLE.command(Command::First) {
                Some(keyword) => self.checked_command(keyword, found, at),
                None => self.expected("uma função", "a function"),
            };
        }
        let least = function.arguments.iter().filter(|argument| !argument.optional && !argument.rest).count();
        // Old BASIC orders some arguments in another way; those take any type.
        if arguments.len() < least || arguments.len() > most(&function.arguments) {
            let form = &function.form;
            return self.error(at, message!("escreva {form}", "write {form}"));
        }
        for (argument, given) in function.arguments.iter().zip(&arguments) {
            self.check_type(argument, given)?;
        }
        self.expr(Kind::Function(function, arguments), at)
    }

    /// Refuses what is certainly of another type.
    pub(super) fn check_type(&mut self, argument: &Argument, given: &Expr) -> Parsed<()> {
        let Some(known) = given.known_type() else { return Ok(()) };
        let numeric = match &given.kind {
            Kind::Text(text) => crate::basic::value::parse_number(text).is_some(),
            _ => known != "string",
        };
        let fits = match argument.kind {
            ArgumentKind::Any => true,
            ArgumentKind::Text => !matches!(known, "array" | "map"),
            ArgumentKind::Number => numeric && !matches!(known, "array" | "map"),
            ArgumentKind::List => known == "array",
            ArgumentKind::Map => known == "map",
        };
        if fits {
            return Ok(());
        }
        let name = argument.name;
        let (pt, en) = match argument.kind {
            ArgumentKind::Number => ("um número", "a number"),
            ArgumentKind::List => ("uma lista", "a list"),
            ArgumentKind::Map => ("um mapa, como {\"nome\": \"Ana\"}", "a map, such as {\"name\": \"Ana\"}"),
            ArgumentKind::Text | ArgumentKind::Any => ("um texto", "a text"),
        };
        self.error(given.at, message!("esperava {pt} ({name})", "expected {en} ({name})"))
    }

    /// `( a, b )`.
    pub(super) fn enclosed_arguments(&mut self) -> Parsed<Vec<Expr>> {
        self.expect_sign("(")?;
        self.items(")")
    }

    /// `a, b` up to the end of the statement.
    pub(super) fn loose_arguments(&mut self) -> Parsed<Vec<Expr>> {
        let mut arguments = Vec::new();
        while self.may_begin_expression(self.token()) {
            arguments.push(self.binary(ADDITIVE)?);
            if !self.take_sign(",") {
                break;
            }
        }
        Ok(arguments)
    }

    /// A comma, perhaps on one of the next lines.
    fn comma(&mut self) -> bool {
        let at = self.at;
        self.skip_lines();
        let found = self.take_sign(",");
        if !found {
            self.at = at;
        }
        found
    }

    /// The closing sign, perhaps on one of the next lines; when missing it is told where the line ends.
    fn close_sign(&mut self, sign: &'static str) -> Parsed<()> {
        let at = self.at;
        self.skip_lines();
        if self.is_sign(sign) {
            self.advance();
            return Ok(());
        }
        self.at = at;
        self.expect_sign(sign)
    }

    /// Items separated by commas, across lines, up to the closing sign.
    fn items(&mut self, close: &'static str) -> Parsed<Vec<Expr>> {
        let mut items = Vec::new();
        loop {
            self.skip_lines();
            if self.take_sign(close) {
                return Ok(items);
            }
            items.push(self.expression()?);
            if !self.comma() {
                self.close_sign(close)?;
                return Ok(items);
            }
        }
    }

    /// `{"a": 1, b: 2, c}`; a name alone is a field without value.
    fn map(&mut self, at: u32) -> Parsed<Expr> {
        let mut entries = Vec::new();
        loop {
            self.skip_lines();
            if self.take_sign("}") {
                break;
            }
            let key_at = self.here();
            let name: Arc<str> = match self.token() {
                Token::Text(text) => text.clone(),
                Token::Number(number) => crate::basic::value::Value::Number(*number).to_text(),
                // As written: the outside may care about capitals.
                Token::Word(word) => {
                    let from = key_at as usize;
                    let written = self.source.get(from..from + word.len());
                    written.filter(|written| written.to_lowercase() == **word).map_or_else(|| word.clone(), Arc::from)
                }
                _ => return self.expected("o nome de um campo", "the name of a field"),
            };
            self.advance();
            let key = self.expr(Kind::Text(name), key_at)?;
            self.skip_lines();
            let value = if self.take_sign(":") || self.take_sign("=") {
                self.skip_lines();
                self.expression()?
            } else {
                self.expr(Kind::Null, key_at)?
            };
            entries.push((key, value));
            if !self.comma() {
                self.close_sign("}")?;
                break;
            }
        }
        self.expr(Kind::Map(entries), at)
    }

    /// What `HEAR` waits for: `AS type`, `AS "a", "b"`, `AS list`, or anything.
    pub(super) fn hear_kind(&mut self) -> Parsed<Hear> {
        use crate::basic::hear::HearKind;
        if !self.take_word("as") {
            return Ok(Hear::Anything);
        }
        let at = self.here();
        if let Some(word) = self.word().cloned()
            && matches!(self.ahead(1), Token::Newline | Token::Sign(":" | ")"))
        {
            // `HEAR email AS EMAIL`: here a type is meant, whatever variables are called.
            if let Some(kind) = HearKind::named(&word) {
                self.advance();
                return Ok(Hear::Typed(kind));
            }
            if !self.names.variables.contains(&word) && matches!(word.as_ref(), "string" | "text" | "any") {
                self.advance();
                return Ok(Hear::Anything);
            }
            if !self.names.variables.contains(&word) {
                let shown = word.to_uppercase();
                let known = HearKind::NAMES.join(", ");
                let hint = text::nearest(HearKind::NAMES, &shown).first().map(|name| (*name).to_owned());
                self.diagnostics.error_with_hint(
                    at,
                    message!(
                        "HEAR não conhece o tipo {shown}; há {known}",
                        "HEAR does not know the type {shown}; there are {known}"
                    ),
                    hint,
                );
                return Err(super::Told);
            }
        }
        let first = self.expression()?;
        if !self.is_sign(",") {
            let choices = match first.known_type() {
                Some("string") => self.expr(Kind::List(vec![first]), at)?,
                _ => first,
            };
            return Ok(Hear::Menu(choices));
        }
        let mut choices = vec![first];
        while self.take_sign(",") {
            choices.push(self.expression()?);
        }
        Ok(Hear::Menu(self.expr(Kind::List(choices), at)?))
    }

    /// A text with `${...}`, which stands at that byte of the source.
    pub(super) fn interpolated(&mut self, text: &str, at: u32) -> Parsed<Expr> {
        let mut parts = Vec::new();
        let mut done = 0;
        while let Some(open) = text.get(done..).and_then(|rest| rest.find("${")).map(|open| done + open) {
            let Some(length) = text.get(open..).and_then(|rest| rest.find('}')) else {
                return self.error(
                    at + open as u32,
                    message!("falta }} para fechar este ${{", "}} is missing to close this ${{"),
                );
            };
            let (from, to) = (open + 2, open + length);
            if open > done {
                parts.push(self.expr(Kind::Text(text.get(done..open).unwrap_or_default().into()), at)?);
            }
            let base = at as usize;
            let inner = lexer::tokens(self.source, base + from, base + to, &mut self.diagnostics);
            let (tokens, place) = (std::mem::replace(&mut self.tokens, inner), std::mem::replace(&mut self.at, 0));
            let part = self.expression().and_then(|part| self.end_of_statement().map(|()| part));
            self.tokens = tokens;
            self.at = place;
            parts.push(part?);
            done = to + 1;
        }
        let rest = text.get(done..).unwrap_or_default();
        if !rest.is_empty() || parts.is_empty() {
            parts.push(self.expr(Kind::Text(rest.into()), at)?);
        }
        self.expr(Kind::Join(parts), at)
    }
}

/// How many arguments may be given.
fn most(arguments: &[Argument]) -> usize {
    if arguments.iter().any(|argument| argument.rest) { usize::MAX } else { arguments.len() }
}
