//! What a script says about itself: when it runs, what it takes, which tables it has. Nothing here is executed.

use std::sync::Arc;

use super::{Parsed, Parser};
use crate::basic::ast::{Expr, Kind};
use crate::basic::diagnostics::message;
use crate::basic::lexer::Token;
use crate::basic::program::{Column, ColumnKind, Parameter, RowChange, Schedule, Table, Trigger};
use crate::basic::schedule;
use crate::basic::value::Value;
use crate::lang::Lang;
use crate::text;

/// Types of parameters: name, type and format in JSON schema.
const TYPES: &[(&str, &str, Option<&str>)] = &[
    ("string", "string", None),
    ("text", "string", None),
    ("name", "string", None),
    ("integer", "integer", None),
    ("int", "integer", None),
    ("number", "number", None),
    ("float", "number", None),
    ("double", "number", None),
    ("money", "number", None),
    ("boolean", "boolean", None),
    ("bool", "boolean", None),
    ("date", "string", Some("date")),
    ("datetime", "string", Some("date-time")),
    ("hour", "string", Some("time")),
    ("time", "string", Some("time")),
    ("email", "string", Some("email")),
    ("url", "string", Some("uri")),
    ("uuid", "string", Some("uuid")),
    ("phone", "string", None),
    ("mobile", "string", None),
    ("cpf", "string", None),
    ("cnpj", "string", None),
    ("cep", "string", None),
    ("zipcode", "string", None),
    ("language", "string", None),
    ("file", "string", Some("uri")),
    ("image", "string", Some("uri")),
    ("object", "object", None),
    ("map", "object", None),
    ("array", "array", None),
    ("list", "array", None),
];

const COLUMNS: &[(&str, ColumnKind)] = &[
    ("string", ColumnKind::Text),
    ("text", ColumnKind::Text),
    ("char", ColumnKind::Text),
    ("varchar", ColumnKind::Text),
    ("email", ColumnKind::Text),
    ("phone", ColumnKind::Text),
    ("uuid", ColumnKind::Text),
    ("integer", ColumnKind::Integer),
    ("int", ColumnKind::Integer),
    ("number", ColumnKind::Number),
    ("float", ColumnKind::Number),
    ("double", ColumnKind::Number),
    ("decimal", ColumnKind::Number),
    ("money", ColumnKind::Number),
    ("boolean", ColumnKind::Boolean),
    ("bool", ColumnKind::Boolean),
    ("date", ColumnKind::Date),
    ("datetime", ColumnKind::DateTime),
    ("timestamp", ColumnKind::DateTime),
    ("json", ColumnKind::Json),
    ("object", ColumnKind::Json),
];

impl Parser<'_> {
    /// The line that begins with this word, when it is one of the header.
    pub(super) fn header_line(&mut self, word: &str) -> Option<Parsed<()>> {
        let done = match word {
            "param" if matches!(self.ahead(1), Token::Word(_)) => self.parameter(),
            "description" if matches!(self.ahead(1), Token::Text(_)) => self.description(),
            "webhook" if matches!(self.ahead(1), Token::Text(_)) => self.webhook(),
            "table" if matches!(self.ahead(1), Token::Word(_) | Token::Text(_)) => self.table(),
            "on" if self.spells("on error").is_none()
                && !matches!(self.ahead(1), Token::Word(next) if next.starts_with("error")) =>
            {
                self.trigger()
            }
            _ if self.take("set schedule") => self.schedule(),
            _ => return None,
        };
        Some(done.and_then(|()| self.end_of_statement()))
    }

    fn outside_blocks(&mut self) -> Parsed<()> {
        if self.closers.len() <= 1 {
            return Ok(());
        }
        let at = self.here();
        self.error(at, message!("isto só pode ficar fora de blocos", "this may only stand outside of blocks"))
    }

    fn literal(&mut self) -> Parsed<Arc<str>> {
        match self.token().clone() {
            Token::Text(text) => {
                self.advance();
                Ok(text)
            }
            _ => self.expected("um texto entre aspas", "a text in quotes"),
        }
    }

    /// A name as a word or in quotes.
    fn name_or_text(&mut self) -> Parsed<Arc<str>> {
        match self.token().clone() {
            Token::Text(name) | Token::Word(name) => {
                self.advance();
                Ok(name)
            }
            _ => self.expected("um nome", "a name"),
        }
    }

    /// `PARAM x AS TYPE [OPTIONAL] [LIKE example] [DESCRIPTION text]`.
    fn parameter(&mut self) -> Parsed<()> {
        self.outside_blocks()?;
        self.advance();
        let at = self.here();
        let name = self.name("o nome de um parâmetro", "the name of a parameter")?;
        if self.header.parameters.iter().any(|other| other.name == *name) {
            return self.error(at, message!("o parâmetro {name} está repetido", "the parameter {name} is repeated"));
        }
        let mut parameter = Parameter {
            name: name.to_string(),
            kind: "string".into(),
            format: None,
            choices: Vec::new(),
            example: None,
            description: None,
            required: true,
        };
        if self.take_word("as") {
            if let Token::Text(_) = self.token() {
                parameter.choices.push(self.literal()?.to_string());
                while self.take_sign(",") {
                    parameter.choices.push(self.literal()?.to_string());
                }
            } else {
                let (kind, format) = self.parameter_type()?;
                parameter.kind = kind.into();
                parameter.format = format.map(Into::into);
            }
        }
        loop {
            self.take_sign(",");
            if self.take_word("optional") {
                parameter.required = false;
            } else if self.take_word("like") {
                let example = self.expression()?;
                parameter.example = Some(self.constant(&example)?);
            } else if self.take_word("description") {
                parameter.description = Some(self.literal()?.to_string());
            } else {
                break;
            }
        }
        self.header.parameters.push(parameter);
        Ok(())
    }

    fn parameter_type(&mut self) -> Parsed<(&'static str, Option<&'static str>)> {
        let at = self.here();
        let Some(word) = self.word().cloned() else { return self.expected("um tipo", "a type") };
        self.advance();
        match TYPES.iter().find(|(name, ..)| *name == word.as_ref()) {
            Some((_, kind, format)) => Ok((kind, *format)),
            None => self.unknown_type(at, &word, TYPES.iter().map(|(name, ..)| *name).collect()),
        }
    }

    fn unknown_type<T>(&mut self, at: u32, word: &str, known: Vec<&'static str>) -> Parsed<T> {
        let hint = text::nearest(known, word).first().map(|name| name.to_uppercase());
        let shown = word.to_uppercase();
        self.diagnostics.error_with_hint(
            at,
            message!("não conheço o tipo {shown}", "I do not know the type {shown}"),
            hint,
        );
        Err(super::Told)
    }

    fn constant(&mut self, expr: &Expr) -> Parsed<Value> {
        match &expr.kind {
            Kind::Text(text) => Ok(Value::Text(text.clone())),
            Kind::Number(number) => Ok(Value::Number(*number)),
            Kind::Bool(value) => Ok(Value::Bool(*value)),
            Kind::Null => Ok(Value::Null),
            _ => self.error(expr.at, message!("esperava um texto ou um número", "expected a text or a number")),
        }
    }

    fn description(&mut self) -> Parsed<()> {
        self.outside_blocks()?;
        self.advance();
        self.header.description = Some(self.literal()?.to_string());
        Ok(())
    }

    fn webhook(&mut self) -> Parsed<()> {
        self.outside_blocks()?;
        self.advance();
        let at = self.here();
        let path = self.literal()?;
        let path = path.trim().trim_matches('/');
        let plain = !path.is_empty()
            && path.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_/.".contains(letter))
            && !path.contains("..");
        if !plain {
            return self.error(
                at,
                message!(
                    "o endereço só pode ter letras sem acento, números, - _ . e /",
                    "the path may only have plain letters, digits, - _ . and /"
                ),
            );
        }
        self.header.webhooks.push(path.to_owned());
        Ok(())
    }

    /// `SET SCHEDULE "phrase" [, "time zone"]`.
    fn schedule(&mut self) -> Parsed<()> {
        self.outside_blocks()?;
        let at = self.here();
        let line = self.diagnostics.line(at);
        let phrase = self.literal()?;
        let time_zone = if self.take_sign(",") { Some(self.literal()?.to_string()) } else { None };
        match schedule::parse(&phrase) {
            Ok(cron) => {
                self.header.schedules.push(Schedule { phrase: phrase.to_string(), cron, time_zone, line });
                Ok(())
            }
            Err(wrong) => {
                let (pt, en) = (wrong.message(Lang::Pt), wrong.message(Lang::En));
                self.error(at, message!("{pt}", "{en}"))
            }
        }
    }

    /// `ON INSERT OF "table"`, `ON MEETING STARTED`, `ON EMAIL "address" FROM "x"`, `ON EVENT "name" DO`, `ON "event"`.
    fn trigger(&mut self) -> Parsed<()> {
        self.outside_blocks()?;
        self.advance();
        let change = match self.word().map(AsRef::as_ref) {
            Some("insert") => Some(RowChange::Insert),
            Some("update") => Some(RowChange::Update),
            Some("delete") => Some(RowChange::Delete),
            _ => None,
        };
        let trigger = if let Some(change) = change {
            self.advance();
            if !self.take_word("of") && !self.take_word("on") {
                return self.expected("OF", "OF");
            }
            Trigger::Row { change, table: self.name_or_text()?.to_string() }
        } else if self.take_word("meeting") {
            Trigger::Meeting { event: self.name_or_text()?.to_string() }
        } else if self.take_word("email") {
            let address = self.literal()?.to_string();
            let (mut from, mut subject) = (None, None);
            loop {
                if self.take_word("from") {
                    from = Some(self.literal()?.to_string());
                } else if self.take_word("subject") {
                    subject = Some(self.literal()?.to_string());
                } else {
                    break;
                }
            }
            Trigger::Email { address, from, subject }
        } else {
            self.take_word("event");
            let name = self.name_or_text()?.to_string();
            self.take_word("do");
            Trigger::Event { name }
        };
        self.header.triggers.push(trigger);
        Ok(())
    }

    /// `TABLE name` ... `column AS TYPE [KEY] [REQUIRED]` ... `END TABLE`.
    fn table(&mut self) -> Parsed<()> {
        self.outside_blocks()?;
        let opener = self.here();
        self.advance();
        let name = self.name_or_text()?.to_lowercase();
        if self.take_word("on") {
            let at = self.here();
            self.diagnostics.warning(
                at,
                message!(
                    "as tabelas ficam no banco do sistema; a conexão é ignorada",
                    "tables live in the system's database; the connection is ignored"
                ),
                None,
            );
            self.skip_to_line_end();
        }
        self.end_of_statement()?;
        let mut columns: Vec<Column> = Vec::new();
        loop {
            self.skip_lines();
            if self.take("end table") {
                break;
            }
            if *self.token() == Token::End {
                return self.error(
                    opener,
                    message!("falta END TABLE para fechar este TABLE", "END TABLE is missing to close this TABLE"),
                );
            }
            match self.column() {
                Ok(column) if columns.iter().any(|other| other.name == column.name) => {
                    let shown = column.name;
                    let at = self.tokens.get(self.at - 1).map_or(opener, |before| before.at);
                    self.diagnostics
                        .error(at, message!("a coluna {shown} está repetida", "the column {shown} is repeated"));
                }
                Ok(column) => columns.push(column),
                Err(super::Told) => self.skip_to_line_end(),
            }
        }
        self.header.tables.push(Table { name, columns });
        Ok(())
    }

    fn column(&mut self) -> Parsed<Column> {
        let name = self.name_or_text()?.to_lowercase();
        self.take_word("as");
        let at = self.here();
        let Some(word) = self.word().cloned() else { return self.expected("um tipo", "a type") };
        self.advance();
        let Some((_, kind)) = COLUMNS.iter().find(|(name, _)| *name == word.as_ref()) else {
            return self.unknown_type(at, &word, COLUMNS.iter().map(|(name, _)| *name).collect());
        };
        if self.is_sign("(") {
            self.enclosed_arguments()?;
        }
        let (mut key, mut required) = (false, false);
        loop {
            if self.take_word("key") {
                key = true;
            } else if self.take_word("required") || self.take("not null") {
                required = true;
            } else if self.take_word("references") {
                self.name_or_text()?;
            } else {
                break;
            }
        }
        self.end_of_statement()?;
        Ok(Column { name, kind: *kind, key, required })
    }
}
