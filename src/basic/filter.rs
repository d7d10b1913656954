//! The conditions of `FIND`, `UPDATE` and `DELETE`: `status = 'open' and (value > 100 or not city like 'São%')`. A real
//! grammar read into a tree; every value travels as a bind and every name comes from the caller's table of columns, so
//! that no text becomes SQL. Not the tables themselves, and no database.
//!
//! What a customer wrote belongs into a parameter (`email = ?`, [`parse_with`]): put between quotes by a script it is
//! still only a filter, but a quote inside it could change which rows that filter means.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lang::Lang;

/// Longest filter read, in characters.
pub const MAX_CHARS: usize = 4_000;
/// Deepest nesting of parentheses and `not`.
pub const MAX_DEPTH: usize = 32;
/// Most values in one filter, lists included.
pub const MAX_VALUES: usize = 200;

/// What must be true of a row. `All` of nothing is every row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare { field: Field, operator: Operator, value: Literal },
    OneOf { field: Field, values: Vec<Literal> },
    Like { field: Field, pattern: Literal },
    IsNull { field: Field },
}

impl Filter {
    /// Whether it lets every row through: an `UPDATE` or `DELETE` may want to refuse that.
    pub fn is_everything(&self) -> bool {
        matches!(self, Filter::All(parts) if parts.is_empty())
    }
}

/// A name as written, in lower case, and where it stands (from 1, in characters).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    pub at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    const fn sql(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::NotEqual => "<>",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
        }
    }

    /// The same comparison read from the right: `3 < age` is `age > 3`.
    const fn flipped(self) -> Operator {
        match self {
            Operator::Less => Operator::Greater,
            Operator::LessOrEqual => Operator::GreaterOrEqual,
            Operator::Greater => Operator::Less,
            Operator::GreaterOrEqual => Operator::LessOrEqual,
            same => same,
        }
    }
}

/// A value as written. A number keeps its digits: `007` may be a code in a text column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    Null,
    Boolean(bool),
    Number(String),
    Text(String),
    Date(NaiveDate),
}

impl From<&serde_json::Value> for Literal {
    /// Lists and maps are compared as their JSON text.
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Literal::Null,
            serde_json::Value::Bool(flag) => Literal::Boolean(*flag),
            serde_json::Value::Number(number) => Literal::Number(number.to_string()),
            serde_json::Value::String(text) => Literal::Text(text.clone()),
            other => Literal::Text(other.to_string()),
        }
    }
}

/// A column that may be named. `sql` is ours, never a script's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub sql: Cow<'static, str>,
    pub kind: ColumnKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    Integer,
    Real,
    Boolean,
    Date,
    Moment,
}

/// One value for one `?`.
#[derive(Debug, Clone, PartialEq)]
pub enum Bind {
    Text(String),
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Date(NaiveDate),
    /// Of a [`ColumnKind::Moment`], written with its offset.
    Moment(DateTime<Utc>),
    /// Of a [`ColumnKind::Moment`], written without: the caller knows the time zone.
    Local(NaiveDateTime),
}

/// Where a filter stops making sense (from 1, in characters), and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {}", self.message(Lang::En))]
pub struct FilterError {
    pub column: usize,
    pub problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    TooLong,
    TooDeep,
    TooManyValues,
    /// What stands there instead; empty at the end.
    ExpectedCondition(String),
    ExpectedComparison(String),
    ExpectedValue(String),
    ExpectedAndOr(String),
    ExpectedColumn(String),
    Unclosed,
    UnclosedText,
    /// More `?` than parameters, or fewer.
    Parameters,
    UnknownColumn(String),
    /// The value does not fit the column, or the comparison does not.
    DoesNotFit {
        column: String,
        value: String,
    },
}

impl FilterError {
    /// For the author of the script.
    pub fn message(&self, lang: Lang) -> String {
        let found = |expected: &str, found: &str| match (lang, found) {
            (Lang::Pt, "") => format!("esperava {expected}, mas o filtro termina aqui"),
            (Lang::En, "") => format!("expected {expected}, but the filter ends here"),
            (Lang::Pt, found) => format!("esperava {expected}, encontrei `{found}`"),
            (Lang::En, found) => format!("expected {expected}, found `{found}`"),
        };
        match &self.problem {
            Problem::TooLong => match lang {
                Lang::Pt => format!("o filtro passa de {MAX_CHARS} caracteres"),
                Lang::En => format!("the filter is longer than {MAX_CHARS} characters"),
            },
            Problem::TooDeep => match lang {
                Lang::Pt => format!("mais de {MAX_DEPTH} parênteses ou `not` um dentro do outro"),
                Lang::En => format!("more than {MAX_DEPTH} parentheses or `not` inside each other"),
            },
            Problem::TooManyValues => match lang {
                Lang::Pt => format!("mais de {MAX_VALUES} valores em um filtro"),
                Lang::En => format!("more than {MAX_VALUES} values in one filter"),
            },
            Problem::ExpectedCondition(text) => {
                found(lang.pick("uma condição como campo = 'valor'", "a condition like field = 'value'"), text)
            }
            Problem::ExpectedComparison(text) => found(
                lang.pick(
                    "=, <>, <, <=, >, >=, in, like, between ou is null",
                    "=, <>, <, <=, >, >=, in, like, between or is null",
                ),
                text,
            ),
            Problem::ExpectedValue(text) => found(lang.pick("um valor", "a value"), text),
            Problem::ExpectedAndOr(text) => found(
                lang.pick(
                    "`and`, `or` ou o fim (texto com espaços fica entre aspas)",
                    "`and`, `or` or the end (text with spaces goes between quotes)",
                ),
                text,
            ),
            Problem::ExpectedColumn(text) => found(lang.pick("o nome de um campo", "the name of a field"), text),
            Problem::Unclosed => lang.pick("falta fechar este parêntese", "this parenthesis is never closed").into(),
            Problem::UnclosedText => lang.pick("falta fechar estas aspas", "this quote is never closed").into(),
            Problem::Parameters => lang
                .pick(
                    "cada `?` precisa de um valor, e cada valor de um `?`",
                    "every `?` needs a value, and every value a `?`",
                )
                .into(),
            Problem::UnknownColumn(name) => match lang {
                Lang::Pt => format!("não há campo `{name}` nesta tabela"),
                Lang::En => format!("this table has no field `{name}`"),
            },
            Problem::DoesNotFit { column, value } => match lang {
                Lang::Pt => format!("`{value}` não serve para o campo `{column}`"),
                Lang::En => format!("`{value}` does not fit the field `{column}`"),
            },
        }
    }
}

/// Reads a filter. An empty one is every row.
pub fn parse(text: &str) -> Result<Filter, FilterError> {
    parse_with(text, &[])
}

/// Reads a filter whose `?` stand for `values`, in order.
pub fn parse_with(text: &str, values: &[Literal]) -> Result<Filter, FilterError> {
    let mut parser = Parser { text, at: 0, depth: 0, count: 0, values: values.iter() };
    if text.chars().count() > MAX_CHARS {
        return Err(FilterError { column: MAX_CHARS + 1, problem: Problem::TooLong });
    }
    parser.space();
    let filter = if parser.rest().is_empty() { Filter::All(Vec::new()) } else { parser.any()? };
    if !parser.rest().is_empty() {
        return Err(parser.expected(Problem::ExpectedAndOr));
    }
    match parser.values.next() {
        Some(_) => Err(parser.error(Problem::Parameters)),
        None => Ok(filter),
    }
}

const RESERVED: [&str; 7] = ["and", "or", "not", "in", "like", "is", "between"];

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    count: usize,
    values: std::slice::Iter<'a, Literal>,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn position(&self) -> usize {
        self.text.get(..self.at).map_or(0, |before| before.chars().count()) + 1
    }

    fn error(&self, problem: Problem) -> FilterError {
        FilterError { column: self.position(), problem }
    }

    fn expected(&self, problem: impl Fn(String) -> Problem) -> FilterError {
        let word = self.bare();
        let found =
            if word.is_empty() { self.rest().chars().take(1).collect() } else { word.chars().take(40).collect() };
        self.error(problem(found))
    }

    /// Takes a sign, and the space after it.
    fn sign(&mut self, sign: &str) -> bool {
        let there = self.rest().starts_with(sign);
        if there {
            self.at += sign.len();
            self.space();
        }
        there
    }

    /// The name at this place, not taken: letters of any language, digits, `_` and `.`, beginning with a letter.
    fn name(&self) -> &'a str {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return "";
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    /// Takes a word of the grammar.
    fn word(&mut self, word: &str) -> bool {
        let there = self.name().eq_ignore_ascii_case(word);
        if there {
            self.at += word.len();
            self.space();
        }
        there
    }

    /// An unquoted value at this place, not taken: `open`, `12.5`, `2026-12-31`, `maria@example.com`.
    fn bare(&self) -> &'a str {
        let rest = self.rest();
        let end = rest
            .find(|c: char| {
                c.is_whitespace() || matches!(c, '(' | ')' | ',' | '\'' | '"' | '=' | '<' | '>' | '!' | '?')
            })
            .unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    fn any(&mut self) -> Result<Filter, FilterError> {
        let first = self.all()?;
        let mut parts = vec![first];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Any(parts) })
    }

    fn all(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.one()?];
        while self.word("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::All(parts) })
    }

    fn one(&mut self) -> Result<Filter, FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(Problem::TooDeep));
        }
        let opened = self.position();
        let filter = if self.word("not") {
            Filter::Not(Box::new(self.one()?))
        } else if self.sign("(") {
            let inside = self.any()?;
            if !self.sign(")") {
                return Err(match self.rest().is_empty() {
                    true => FilterError { column: opened, problem: Problem::Unclosed },
                    false => self.expected(Problem::ExpectedAndOr),
                });
            }
            inside
        } else {
            self.term()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn term(&mut self) -> Result<Filter, FilterError> {
        if self.name().is_empty() {
            if self.rest().is_empty() || self.rest().starts_with([')', ',', '=', '<', '>', '!']) {
                return Err(self.expected(Problem::ExpectedCondition));
            }
            let value = self.value()?;
            let operator = self.operator().ok_or_else(|| self.expected(Problem::ExpectedComparison))?;
            let field = self.field(Problem::ExpectedColumn)?;
            return Ok(compare(field, operator.flipped(), value));
        }
        let field = self.field(Problem::ExpectedCondition)?;
        if let Some(operator) = self.operator() {
            let value = self.value()?;
            return Ok(compare(field, operator, value));
        }
        if self.word("is") {
            let negated = self.word("not");
            if !self.word("null") {
                return Err(self.expected(Problem::ExpectedValue));
            }
            return Ok(negate(negated, Filter::IsNull { field }));
        }
        let negated = self.word("not");
        if self.word("in") {
            return Ok(negate(negated, Filter::OneOf { field, values: self.list()? }));
        }
        if self.word("like") {
            return Ok(negate(negated, Filter::Like { field, pattern: self.value()? }));
        }
        if self.word("between") {
            let low = compare(field.clone(), Operator::GreaterOrEqual, self.value()?);
            if !self.word("and") {
                return Err(self.expected(Problem::ExpectedValue));
            }
            let high = compare(field, Operator::LessOrEqual, self.value()?);
            return Ok(negate(negated, Filter::All(vec![low, high])));
        }
        let alone = self.rest().is_empty()
            || self.rest().starts_with(')')
            || ["and", "or"].iter().any(|word| self.name().eq_ignore_ascii_case(word));
        if negated || !alone {
            return Err(self.expected(Problem::ExpectedComparison));
        }
        Ok(Filter::Compare { field, operator: Operator::Equal, value: Literal::Boolean(true) })
    }

    fn field(&mut self, problem: impl Fn(String) -> Problem) -> Result<Field, FilterError> {
        let name = self.name();
        if name.is_empty() || RESERVED.iter().any(|word| name.eq_ignore_ascii_case(word)) {
            return Err(self.expected(problem));
        }
        let field = Field { name: name.to_lowercase(), at: self.position() };
        self.at += name.len();
        self.space();
        Ok(field)
    }

    fn operator(&mut self) -> Option<Operator> {
        const SIGNS: [(&str, Operator); 8] = [
            ("<>", Operator::NotEqual),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("==", Operator::Equal),
            ("=", Operator::Equal),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        SIGNS.iter().find(|(sign, _)| self.sign(sign)).map(|(_, operator)| *operator)
    }

    fn list(&mut self) -> Result<Vec<Literal>, FilterError> {
        let opened = self.position();
        if !self.sign("(") {
            return Err(self.expected(Problem::ExpectedValue));
        }
        let mut values = vec![self.value()?];
        while self.sign(",") {
            values.push(self.value()?);
        }
        match self.sign(")") {
            true => Ok(values),
            false => Err(FilterError { column: opened, problem: Problem::Unclosed }),
        }
    }

    fn value(&mut self) -> Result<Literal, FilterError> {
        self.count += 1;
        if self.count > MAX_VALUES {
            return Err(self.error(Problem::TooManyValues));
        }
        if let Some(quote) = self.rest().chars().next().filter(|c| matches!(c, '\'' | '"')) {
            return self.quoted(quote).map(Literal::Text);
        }
        if self.rest().starts_with('?') {
            let value = self.values.next().cloned().ok_or_else(|| self.error(Problem::Parameters))?;
            self.sign("?");
            return Ok(value);
        }
        let word = self.bare();
        if word.is_empty() || RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) {
            return Err(self.expected(Problem::ExpectedValue));
        }
        self.at += word.len();
        self.space();
        Ok(unquoted(word))
    }

    /// Between quotes, which are doubled to stand for themselves.
    fn quoted(&mut self, quote: char) -> Result<String, FilterError> {
        let body = self.rest().get(1..).unwrap_or_default();
        let mut text = String::new();
        let mut letters = body.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if letter != quote {
                text.push(letter);
            } else if letters.next_if(|(_, next)| *next == quote).is_some() {
                text.push(quote);
            } else {
                self.at += 2 + at;
                self.space();
                return Ok(text);
            }
        }
        Err(self.error(Problem::UnclosedText))
    }
}

fn negate(negated: bool, filter: Filter) -> Filter {
    if negated { Filter::Not(Box::new(filter)) } else { filter }
}

/// `= null` is the null test that its author meant.
fn compare(field: Field, operator: Operator, value: Literal) -> Filter {
    match (operator, value) {
        (Operator::Equal, Literal::Null) => Filter::IsNull { field },
        (Operator::NotEqual, Literal::Null) => negate(true, Filter::IsNull { field }),
        (operator, value) => Filter::Compare { field, operator, value },
    }
}

fn unquoted(word: &str) -> Literal {
    let is = |names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    if is(&["null"]) {
        Literal::Null
    } else if is(&["true", "verdadeiro"]) {
        Literal::Boolean(true)
    } else if is(&["false", "falso"]) {
        Literal::Boolean(false)
    } else if is_number(word) {
        Literal::Number(word.into())
    } else if let Some(date) = date(word) {
        Literal::Date(date)
    } else {
        Literal::Text(word.into())
    }
}

/// `-12`, `3.50`: digits, at most one point between them.
fn is_number(word: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let word = word.strip_prefix('-').unwrap_or(word);
    word.split_once('.').map_or(digits(word), |(whole, fraction)| digits(whole) && digits(fraction))
}

/// `2026-12-31` or `31/12/2026`.
fn date(word: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(word, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(word, "%d/%m/%Y")).ok()
}

/// The filter as the inside of a `WHERE`: our own words, `?` and the columns of `columns`, which is asked with names in
/// lower case. The binds stand in the order of the `?`.
pub fn to_sql(filter: &Filter, columns: &dyn Fn(&str) -> Option<Column>) -> Result<(String, Vec<Bind>), FilterError> {
    let mut writer = Writer { columns, sql: String::new(), binds: Vec::new() };
    writer.filter(filter)?;
    Ok((writer.sql, writer.binds))
}

struct Writer<'a> {
    columns: &'a dyn Fn(&str) -> Option<Column>,
    sql: String,
    binds: Vec<Bind>,
}

impl Writer<'_> {
    fn filter(&mut self, filter: &Filter) -> Result<(), FilterError> {
        match filter {
            Filter::All(parts) => self.joined(parts, " AND ", "1 = 1"),
            Filter::Any(parts) => self.joined(parts, " OR ", "1 = 0"),
            Filter::Not(inside) => {
                self.sql.push_str("NOT (");
                self.filter(inside)?;
                self.sql.push(')');
                Ok(())
            }
            Filter::IsNull { field } => {
                let column = self.column(field)?;
                self.write(format_args!("{} IS NULL", column.sql))
            }
            Filter::Compare { field, operator, value } => {
                let column = self.column(field)?;
                let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
                if ordered && column.kind == ColumnKind::Boolean {
                    return Err(unfit(field, value));
                }
                self.binds.push(bind(field, column.kind, value)?);
                self.write(format_args!("{} {} ?", column.sql, operator.sql()))
            }
            Filter::OneOf { field, values } => {
                let column = self.column(field)?;
                for value in values {
                    self.binds.push(bind(field, column.kind, value)?);
                }
                let marks = vec!["?"; values.len()].join(", ");
                self.write(format_args!("{} IN ({marks})", column.sql))
            }
            Filter::Like { field, pattern } => {
                let column = self.column(field)?;
                let (ColumnKind::Text, Literal::Text(text)) = (column.kind, pattern) else {
                    return Err(unfit(field, pattern));
                };
                // One meaning in both databases: letters in either case, and a backslash is a backslash.
                self.binds.push(Bind::Text(text.replace('\\', "\\\\")));
                self.write(format_args!("LOWER({}) LIKE LOWER(?) ESCAPE '\\'", column.sql))
            }
        }
    }

    fn joined(&mut self, parts: &[Filter], between: &str, empty: &str) -> Result<(), FilterError> {
        if parts.is_empty() {
            self.sql.push_str(empty);
        }
        for (index, part) in parts.iter().enumerate() {
            self.sql.push_str(if index == 0 { "(" } else { between });
            self.filter(part)?;
        }
        if !parts.is_empty() {
            self.sql.push(')');
        }
        Ok(())
    }

    fn column(&self, field: &Field) -> Result<Column, FilterError> {
        let unknown = || FilterError { column: field.at, problem: Problem::UnknownColumn(field.name.clone()) };
        (self.columns)(&field.name).ok_or_else(unknown)
    }

    fn write(&mut self, sql: std::fmt::Arguments<'_>) -> Result<(), FilterError> {
        // Writing to a String cannot fail.
        let _ = self.sql.write_fmt(sql);
        Ok(())
    }
}

fn unfit(field: &Field, value: &Literal) -> FilterError {
    let value = match value {
        Literal::Null => "null".into(),
        Literal::Boolean(flag) => flag.to_string(),
        Literal::Number(text) | Literal::Text(text) => text.chars().take(60).collect(),
        Literal::Date(date) => date.to_string(),
    };
    FilterError { column: field.at, problem: Problem::DoesNotFit { column: field.name.clone(), value } }
}

/// The value as its column stores it; a text that reads as such a value counts as one.
fn bind(field: &Field, kind: ColumnKind, value: &Literal) -> Result<Bind, FilterError> {
    use ColumnKind as K;
    use Literal as L;
    let fit = match (kind, value) {
        (_, L::Null) => None,
        (K::Text, L::Text(text) | L::Number(text)) => Some(Bind::Text(text.clone())),
        (K::Text, L::Date(date)) => Some(Bind::Text(date.to_string())),
        (K::Integer, L::Number(text) | L::Text(text)) => integer(text.trim()).map(Bind::Integer),
        (K::Real, L::Number(text) | L::Text(text)) => {
            text.trim().parse().ok().filter(|number: &f64| number.is_finite()).map(Bind::Real)
        }
        (K::Boolean, L::Boolean(flag)) => Some(Bind::Boolean(*flag)),
        (K::Boolean, L::Number(text) | L::Text(text)) => match unquoted(text.trim()) {
            L::Boolean(flag) => Some(Bind::Boolean(flag)),
            L::Number(digit) if digit == "1" => Some(Bind::Boolean(true)),
            L::Number(digit) if digit == "0" => Some(Bind::Boolean(false)),
            _ => None,
        },
        (K::Date, L::Date(day)) => Some(Bind::Date(*day)),
        (K::Date, L::Text(text)) => date(text.trim()).map(Bind::Date),
        (K::Moment, L::Date(day)) => day.and_hms_opt(0, 0, 0).map(Bind::Local),
        (K::Moment, L::Text(text)) => moment(text.trim()),
        (K::Text | K::Integer | K::Real | K::Date, L::Boolean(_)) | (K::Integer | K::Real | K::Boolean, L::Date(_)) => {
            None
        }
        (K::Date, L::Number(_)) | (K::Moment, L::Number(_) | L::Boolean(_)) => None,
    };
    fit.ok_or_else(|| unfit(field, value))
}

/// `3`, and the `3.0` of a script that calculates.
fn integer(text: &str) -> Option<i64> {
    let whole = text.split_once('.').filter(|(_, fraction)| fraction.bytes().all(|digit| digit == b'0'));
    whole.map_or(text, |(whole, _)| whole).parse().ok()
}

/// RFC 3339, or a date with or without a time.
fn moment(text: &str) -> Option<Bind> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(Bind::Moment(at.to_utc()));
    }
    let spaced = text.replacen('T', " ", 1);
    let local = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&spaced, form).ok());
    local.or_else(|| date(text)?.and_hms_opt(0, 0, 0)).map(Bind::Local)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn columns(name: &str) -> Option<Column> {
        use ColumnKind::*;
        const KNOWN: [(&str, &str, ColumnKind); 9] = [
            ("name", "name", Text),
            ("status", "status", Text),
            ("título", "title", Text),
            ("other", "other", Integer),
            ("value", "value", Real),
            ("active", "active", Boolean),
            ("born", "born", Date),
            ("created_at", "created_at", Moment),
            ("customer.city", "c.city", Text),
        ];
        KNOWN.iter().find(|known| known.0 == name).map(|(_, sql, kind)| Column { sql: (*sql).into(), kind: *kind })
    }

    fn sql(text: &str) -> Result<(String, Vec<Bind>), FilterError> {
        to_sql(&parse(text)?, &columns)
    }

    fn text(text: &str) -> Bind {
        Bind::Text(text.into())
    }

    #[test]
    fn filters_become_bound_conditions() {
        let day = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
        for (filter, expected, binds) in [
            ("", "1 = 1", vec![]),
            ("  ", "1 = 1", vec![]),
            ("status='open'", "status = ?", vec![text("open")]),
            ("STATUS == open", "status = ?", vec![text("open")]),
            ("status=maria@example.com", "status = ?", vec![text("maria@example.com")]),
            ("name = \"d\"\"Ávila\"", "name = ?", vec![text("d\"Ávila")]),
            ("name = 'O''Neil'", "name = ?", vec![text("O'Neil")]),
            ("name = ''", "name = ?", vec![text("")]),
            ("name = 007", "name = ?", vec![text("007")]),
            ("Título <> 'ação'", "title <> ?", vec![text("ação")]),
            ("customer.city != 'Itu'", "c.city <> ?", vec![text("Itu")]),
            ("status='a' and other > 3", "(status = ? AND other > ?)", vec![text("a"), Bind::Integer(3)]),
            (
                "status='a' or other>=-3 and value<2.5",
                "(status = ? OR (other >= ? AND value < ?))",
                vec![text("a"), Bind::Integer(-3), Bind::Real(2.5)],
            ),
            (
                "(status='a' or other=3)and not(name like 'Jo%')",
                "((status = ? OR other = ?) AND NOT (LOWER(name) LIKE LOWER(?) ESCAPE '\\'))",
                vec![text("a"), Bind::Integer(3), text("Jo%")],
            ),
            ("name not like '%\\'", "NOT (LOWER(name) LIKE LOWER(?) ESCAPE '\\')", vec![text("%\\\\")]),
            ("status in ('a', b,'c')", "status IN (?, ?, ?)", vec![text("a"), text("b"), text("c")]),
            ("other NOT IN (1,2)", "NOT (other IN (?, ?))", vec![Bind::Integer(1), Bind::Integer(2)]),
            ("name is null", "name IS NULL", vec![]),
            ("name IS NOT NULL", "NOT (name IS NULL)", vec![]),
            ("name = null", "name IS NULL", vec![]),
            ("name <> NULL", "NOT (name IS NULL)", vec![]),
            ("other between 1 and 5", "(other >= ? AND other <= ?)", vec![Bind::Integer(1), Bind::Integer(5)]),
            ("3 < other", "other > ?", vec![Bind::Integer(3)]),
            ("active", "active = ?", vec![Bind::Boolean(true)]),
            (
                "not active or active = falso",
                "(NOT (active = ?) OR active = ?)",
                vec![Bind::Boolean(true), Bind::Boolean(false)],
            ),
            ("born = 31/12/2026", "born = ?", vec![Bind::Date(day)]),
            ("born <= '2026-12-31'", "born <= ?", vec![Bind::Date(day)]),
            ("created_at > 2026-12-31", "created_at > ?", vec![Bind::Local(day.and_hms_opt(0, 0, 0).unwrap())]),
            (
                "created_at > '2026-12-31T10:30:00-03:00'",
                "created_at > ?",
                vec![Bind::Moment("2026-12-31T13:30:00Z".parse().unwrap())],
            ),
        ] {
            assert_eq!(sql(filter), Ok((expected.into(), binds)), "{filter}");
        }
    }

    #[test]
    fn what_makes_no_sense_says_where_and_what_was_expected() {
        for (filter, column, says) in [
            ("status", 1, "does not fit"),
            ("status =", 9, "expected a value, but the filter ends here"),
            ("status = 'a", 10, "never closed"),
            ("(status = 'a'", 1, "never closed"),
            ("status = 'a')", 13, "found `)`"),
            ("name = Maria Silva", 14, "between quotes"),
            ("status = 'a'; drop table users", 13, "found `;`"),
            ("status = 'a' -- x", 14, "found `--`"),
            ("= 3", 1, "expected a condition"),
            ("1 = 1", 5, "expected the name of a field"),
            ("and status = 1", 1, "expected a condition"),
            ("status in 'a'", 11, "expected a value"),
            ("other like 'a%'", 1, "does not fit"),
            ("other = 'três'", 1, "does not fit"),
            ("active > true", 1, "does not fit"),
            ("born = 'ontem'", 1, "does not fit"),
            ("senha = 'x'", 1, "no field `senha`"),
            ("name = ?", 8, "every `?`"),
            ("status not 'a'", 12, "expected =, <>"),
        ] {
            let error = sql(filter).unwrap_err();
            assert_eq!(error.column, column, "{filter}: {error}");
            assert!(error.to_string().contains(says), "{filter}: {error}");
            assert_ne!(error.message(Lang::Pt), error.message(Lang::En));
        }
    }

    #[test]
    fn parameters_stand_for_values_whatever_they_contain() {
        let hostile = "x' or name <> '";
        let filter =
            parse_with("name = ? and other in (?, 2)", &[Literal::Text(hostile.into()), Literal::Number("1".into())]);
        let (sql, binds) = to_sql(&filter.unwrap(), &columns).unwrap();
        assert_eq!(sql, "(name = ? AND other IN (?, ?))");
        assert_eq!(binds, [text(hostile), Bind::Integer(1), Bind::Integer(2)]);
        let error = parse_with("name = 'a'", &[Literal::Null]).unwrap_err();
        assert_eq!(error.problem, Problem::Parameters);
    }

    #[test]
    fn limits_hold() {
        let deep = |levels| format!("{}name = 'a'{}", "(".repeat(levels), ")".repeat(levels));
        assert!(parse(&deep(MAX_DEPTH - 1)).is_ok());
        assert_eq!(parse(&deep(MAX_DEPTH)).unwrap_err().problem, Problem::TooDeep);
        assert_eq!(parse(&format!("{} name = 'a'", "not ".repeat(99))).unwrap_err().problem, Problem::TooDeep);
        let list = |values| format!("other in ({})", vec!["1"; values].join(","));
        assert!(parse(&list(MAX_VALUES)).is_ok());
        assert_eq!(parse(&list(MAX_VALUES + 1)).unwrap_err().problem, Problem::TooManyValues);
        assert_eq!(parse(&" ".repeat(MAX_CHARS + 1)).unwrap_err().problem, Problem::TooLong);
    }

    /// Everything an SQL text may consist of, given the columns above.
    fn is_ours(sql: &str) -> bool {
        const TOKENS: [&str; 27] = [
            "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "LOWER", "ESCAPE", "'\\'", "?", "=", "<>", "<", "<=", ">",
            ">=", "1", "0", "name", "status", "title", "other", "value", "active", "born", "c.city",
        ];
        let spaced = sql.replace(['(', ')', ','], " ");
        spaced.split_whitespace().all(|token| TOKENS.contains(&token) || token == "created_at")
    }

    fn condition() -> impl Strategy<Value = String> {
        let field =
            prop::sample::select(vec!["name", "status", "título", "other", "value", "active", "born", "secret"]);
        let operator = prop::sample::select(vec!["=", "<>", "<", ">=", " like ", " in ", " is ", " between "]);
        let value = prop_oneof![
            "'[^']{0,12}'",
            "\"[^\"]{0,12}\"",
            "-?[0-9]{1,4}",
            "\\([0-9], ?'[a-z;]*'\\)",
            "null",
            "\\PC{0,12}"
        ];
        (field, operator, value).prop_map(|(field, operator, value)| format!("{field}{operator}{value}"))
    }

    proptest! {
        #[test]
        fn no_text_becomes_sql(text in prop_oneof![
            "\\PC{0,60}",
            "[a-z_' \"=<>()%?;*-]{0,60}",
            prop::collection::vec(condition(), 1..5).prop_map(|parts| parts.join(" and ")),
            prop::collection::vec(condition(), 1..5).prop_map(|parts| format!("not ({})", parts.join(") or ("))),
        ]) {
            if let Ok(filter) = parse(&text)
                && let Ok((sql, binds)) = to_sql(&filter, &columns)
            {
                prop_assert!(is_ours(&sql), "{} -> {}", text, sql);
                prop_assert_eq!(sql.matches('?').count(), binds.len());
            }
        }

        #[test]
        fn a_quoted_text_arrives_as_it_is(value in "\\PC{0,40}", double in any::<bool>()) {
            let quote = if double { '"' } else { '\'' };
            let doubled = value.replace(quote, &format!("{quote}{quote}"));
            let (sql, binds) = sql(&format!("name = {quote}{doubled}{quote} and other=1")).unwrap();
            prop_assert_eq!(sql, "(name = ? AND other = ?)");
            prop_assert_eq!(&binds[0], &Bind::Text(value));
        }

        #[test]
        fn filters_survive_json(parts in prop::collection::vec(condition(), 1..4)) {
            if let Ok(filter) = parse(&parts.join(" or ")) {
                let json = serde_json::to_string(&filter).unwrap();
                prop_assert_eq!(serde_json::from_str::<Filter>(&json).unwrap(), filter);
            }
        }
    }
}
