//! Filters of scripts over tables of the product, as Diesel expressions with every value bound.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::error;
use crate::basic::ScriptError;
use crate::basic::filter::{Filter, Literal, Operator};
use crate::clock::Timestamp;
use crate::contacts::phone;
use crate::ids::AnyId;
use crate::store::connection::MultiBackend;
use crate::store::sql::IdSql;

type Expression<Q, T> = Box<dyn BoxableExpression<Q, MultiBackend, SqlType = Nullable<T>>>;
pub(super) type Condition<Q> = Expression<Q, Bool>;

/// A column of the tables `Q` that may be named.
pub(super) enum Column<Q: 'static> {
    Text(Expression<Q, Text>),
    Whole(Expression<Q, BigInt>),
    Moment(Expression<Q, BigInt>),
    Id(Expression<Q, IdSql>),
}

/// What a column is compared with.
macro_rules! compared {
    ($column:expr, $operator:expr, $value:expr) => {
        match $operator {
            Operator::Equal => Box::new($column.eq($value)),
            Operator::NotEqual => Box::new($column.ne($value)),
            Operator::Less => Box::new($column.lt($value)),
            Operator::LessOrEqual => Box::new($column.le($value)),
            Operator::Greater => Box::new($column.gt($value)),
            Operator::GreaterOrEqual => Box::new($column.ge($value)),
        }
    };
}

/// A filter over rows. `column` knows what may be named.
pub(super) fn condition<Q: 'static>(
    filter: &Filter,
    column: &impl Fn(&str) -> Result<Column<Q>, ScriptError>,
) -> Result<Condition<Q>, ScriptError> {
    let compare = |name: &str, operator: Operator, given: &Literal| -> Result<Condition<Q>, ScriptError> {
        Ok(match column(name)? {
            Column::Text(column) => compared!(column, operator, normal(name, given)),
            Column::Whole(column) => compared!(column, operator, whole(name, given)?),
            Column::Moment(column) => compared!(column, operator, moment(name, given)?),
            // What is no id is nobody's.
            Column::Id(column) => {
                compared!(column, operator, text_of(given).parse().unwrap_or(AnyId(uuid::Uuid::nil())))
            }
        })
    };
    match filter {
        Filter::All(parts) => parts.iter().try_fold(fixed(true), |all, part| -> Result<Condition<Q>, ScriptError> {
            Ok(Box::new(all.and(condition(part, column)?)))
        }),
        Filter::Any(parts) => parts.iter().try_fold(fixed(false), |any, part| -> Result<Condition<Q>, ScriptError> {
            Ok(Box::new(any.or(condition(part, column)?)))
        }),
        Filter::Not(part) => Ok(Box::new(diesel::dsl::not(condition(part, column)?))),
        Filter::Compare { field, operator, value } => compare(&field.name, *operator, value),
        Filter::OneOf { field, values } => {
            values.iter().try_fold(fixed(false), |any, value| -> Result<Condition<Q>, ScriptError> {
                Ok(Box::new(any.or(compare(&field.name, Operator::Equal, value)?)))
            })
        }
        Filter::Like { field, pattern } => match column(&field.name)? {
            Column::Text(column) => Ok(Box::new(column.like(text_of(pattern)))),
            _ => Err(misfit(&field.name, pattern)),
        },
        Filter::IsNull { field } => Ok(match column(&field.name)? {
            // Diesel makes a condition nullable of known tables alone, or beside one that is.
            Column::Text(column) => Box::new(fixed(true).and(column.is_null())),
            Column::Whole(column) | Column::Moment(column) => Box::new(fixed(true).and(column.is_null())),
            Column::Id(column) => Box::new(fixed(true).and(column.is_null())),
        }),
    }
}

fn fixed<Q: 'static>(truth: bool) -> Condition<Q> {
    Box::new(diesel::dsl::sql::<Nullable<Bool>>(if truth { "1 = 1" } else { "1 = 0" }))
}

fn text_of(literal: &Literal) -> String {
    match literal {
        Literal::Null => String::new(),
        Literal::Boolean(flag) => flag.to_string(),
        Literal::Number(digits) => digits.clone(),
        Literal::Text(text) => text.clone(),
        Literal::Date(date) => date.to_string(),
    }
}

/// A text in the one form in which it is stored, however a customer writes it.
fn normal(name: &str, given: &Literal) -> String {
    let text = text_of(given);
    match name {
        "phone" | "telefone" => phone::normalise(&text, "BR").map_or(text, |phone| phone.as_str().to_owned()),
        "email" => text.trim().to_lowercase(),
        _ => text,
    }
}

fn whole(name: &str, given: &Literal) -> Result<i64, ScriptError> {
    text_of(given).trim().parse().map_err(|_| misfit(name, given))
}

/// A day begins at midnight, UTC.
fn moment(name: &str, given: &Literal) -> Result<i64, ScriptError> {
    let text = text_of(given);
    let found = Timestamp::parse(&text).or_else(|| Timestamp::parse(&format!("{}T00:00:00Z", text.trim())));
    found.map(Timestamp::micros).ok_or_else(|| misfit(name, given))
}

fn misfit(name: &str, given: &Literal) -> ScriptError {
    let text = text_of(given);
    let (pt, en) = (format!("{name} não se compara com {text}"), format!("{name} does not compare with {text}"));
    error("wrong_filter", &pt, &en)
}
