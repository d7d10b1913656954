//! What is wrong with a request, gathered field by field, so that all of it is answered at once.

use serde::{Deserialize, Deserializer};

use super::problem::{Code, FieldCode, FieldError, Problem};
use crate::channels::adapter;
use crate::store::StoreError;

/// Names and titles.
pub const NAME: usize = 120;
/// E-mail addresses (RFC 5321).
pub const EMAIL: usize = 254;

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Check(pub Vec<FieldError>);

impl Check {
    pub fn refuse(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// A text that must be there: trimmed, 1 to `max` characters, without control characters.
    pub fn required(&mut self, field: &str, value: Option<&str>, max: usize) -> String {
        let value = value.unwrap_or_default().trim();
        if value.is_empty() {
            self.refuse(FieldError::required(field));
        }
        self.text(field, value, max)
    }

    /// A text of at most `max` characters, trimmed.
    pub fn text(&mut self, field: &str, value: &str, max: usize) -> String {
        let value = value.trim();
        if value.chars().count() > max {
            self.refuse(FieldError::too_long(field, max));
        } else if value.chars().any(|c| c.is_control() && c != '\n' && c != '\t' && c != '\r') {
            self.refuse(FieldError::invalid(field, ("tem caracteres de controle", "control characters")));
        }
        value.to_owned()
    }

    /// An optional text; empty is none.
    pub fn optional(&mut self, field: &str, value: Option<&str>, max: usize) -> Option<String> {
        value.map(|value| self.text(field, value, max)).filter(|value| !value.is_empty())
    }

    /// Short texts, without empty ones and repetitions.
    pub fn list(&mut self, field: &str, values: &[String], max_items: usize, max: usize) -> Vec<String> {
        if values.len() > max_items {
            self.refuse(FieldError::out_of_range(field, 0, max_items));
        }
        let mut list: Vec<String> = Vec::new();
        for (index, value) in values.iter().take(max_items).enumerate() {
            let value = self.text(&format!("{field}[{index}]"), value, max);
            if !value.is_empty() && !list.contains(&value) {
                list.push(value);
            }
        }
        list
    }

    /// An e-mail address in its normal form.
    pub fn email(&mut self, field: &str, value: &str) -> String {
        match crate::contacts::identity::normal_email(value).filter(|email| email.len() <= EMAIL) {
            Some(email) => email,
            None => {
                self.refuse(FieldError::invalid(field, ("não é um endereço de e-mail", "not an e-mail address")));
                String::new()
            }
        }
    }

    /// A language we speak, in its normal form.
    pub fn locale(&mut self, field: &str, value: &str) -> String {
        match crate::lang::Lang::from_locale(value) {
            Some(lang) => lang.locale().to_owned(),
            None => {
                self.refuse(FieldError::unknown_value(field, "pt-BR, en"));
                String::new()
            }
        }
    }

    /// One of the known values.
    pub fn one_of(&mut self, field: &str, value: &str, known: &[&str]) {
        if !known.contains(&value) {
            self.refuse(FieldError::unknown_value(field, known.join(", ")));
        }
    }

    /// 422 with everything that was found.
    pub fn done(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::validation(self.0)) }
    }
}

impl From<adapter::FieldError> for FieldError {
    fn from(error: adapter::FieldError) -> Self {
        match error.code {
            "required" => FieldError::required(error.field),
            "unknown_value" => FieldError::new(error.field, FieldCode::UnknownValue),
            _ => FieldError::invalid(error.field, error.message),
        }
    }
}

/// A duplicate as 409 that names the field; `columns` are (part of the constraint's name, field).
pub fn taken(error: StoreError, columns: &[(&str, &str)]) -> Problem {
    let field = match &error {
        StoreError::Duplicate(what) => columns.iter().find(|(column, _)| what.contains(column)),
        _ => None,
    };
    match field {
        Some((_, field)) => {
            let mut problem = Problem::of(Code::Duplicate);
            problem.errors.push(FieldError::new(*field, FieldCode::Taken));
            problem
        }
        None => error.into(),
    }
}

/// Tells a field that is absent (keep) from one that is null (clear): `#[serde(default, deserialize_with = "given")]`.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
