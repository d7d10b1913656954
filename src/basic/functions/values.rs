//! What a value is, and choosing between values.

use super::{Arguments, Context, Row, dates};
use crate::basic::diagnostics::{ScriptError, message};
use crate::basic::hear::{self, HearKind, Input};
use crate::basic::value::Value;

pub(super) const TABLE: &[Row] = &[
    ("ISNULL", "value:a", "Se não tem valor", "Whether it has no value", |_, a| Ok(a.get(0).is_null().into())),
    ("ISEMPTY", "value:a", "Se está vazio", "Whether it is empty", |_, a| Ok(a.get(0).is_empty().into())),
    ("ISNUMERIC", "value:a", "Se é um número ou o escreve", "Whether it is a number or spells one", |_, a| {
        Ok((!a.get(0).is_empty() && !matches!(a.get(0), Value::Bool(_)) && a.get(0).as_number().is_some()).into())
    }),
    ("ISDATE", "value:a", "Se é uma data", "Whether it is a date", |_, a| {
        Ok(dates::parse(&a.text(0)).is_some().into())
    }),
    (
        "TYPEOF",
        "value:a",
        "O tipo: null, boolean, number, string, array, map",
        "The type: null, boolean, number, string, array, map",
        |_, a| Ok(a.get(0).type_name().into()),
    ),
    (
        "IIF",
        "condition:a yes:a no:a?",
        "Um valor ou outro, conforme a condição",
        "One value or the other, as the condition says",
        |_, a| Ok(a.get(if a.get(0).truthy() { 1 } else { 2 }).clone()),
    ),
    (
        "NVL",
        "value:a otherwise:a",
        "O valor, ou o outro se é null",
        "The value, or the other one when it is null",
        coalesce,
    ),
    ("COALESCE", "values:a*", "O primeiro que não é null", "The first that is not null", coalesce),
    (
        "JSON",
        "value:a",
        "Lê um texto JSON, ou escreve um valor como JSON",
        "Reads a JSON text, or writes a value as JSON",
        json,
    ),
    ("PHONE", "text:t", "Se é um telefone", "Whether it is a phone number", |c, a| Ok(is(c, a, HearKind::Phone))),
    ("EMAIL", "text:t", "Se é um e-mail", "Whether it is an e-mail address", |c, a| Ok(is(c, a, HearKind::Email))),
    ("CPF", "text:t", "Se é um CPF válido", "Whether it is a valid CPF", |c, a| Ok(is(c, a, HearKind::Cpf))),
    ("CNPJ", "text:t", "Se é um CNPJ válido", "Whether it is a valid CNPJ", |c, a| Ok(is(c, a, HearKind::Cnpj))),
];

/// Whether `HEAR x AS` this kind would take the text.
fn is(context: &Context, a: &Arguments, kind: HearKind) -> Value {
    let text = a.text(0);
    let input = Input { text: &text, payload: None, attachments: &[] };
    Value::Bool(hear::read(&kind, &input, context.lang, context.now.date_naive()).is_ok())
}

fn coalesce(_: &mut Context, a: &Arguments) -> Result<Value, ScriptError> {
    Ok(a.0.iter().find(|value| !value.is_null()).cloned().unwrap_or_default())
}

fn json(context: &mut Context, a: &Arguments) -> Result<Value, ScriptError> {
    match a.get(0) {
        Value::Text(text) => {
            // Read, a text of brackets weighs many times what it did.
            context.room_for(text.len())?;
            let read = serde_json::from_str(text).map_err(|error| {
                ScriptError::new("not_json", message!("isto não é JSON: {error}", "this is not JSON: {error}"))
            })?;
            Value::from_json(read)
        }
        other => Ok(other.to_json().to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{call, check};

    #[test]
    fn values_tell_what_they_are() {
        check("ISNUMERIC", json!(["12,5"]), json!(true));
        check("ISNUMERIC", json!([""]), json!(false));
        check("ISDATE", json!(["31/02/2026"]), json!(false));
        check("TYPEOF", json!([[1]]), json!("array"));
        check("IIF", json!([0, "a", "b"]), json!("b"));
        check("COALESCE", json!([null, 0]), json!(0));
    }

    #[test]
    fn json_is_read_and_written() {
        check("JSON", json!(["{\"a\": [1, null]}"]), json!({"a": [1, null]}));
        check("JSON", json!([{"a": 1}]), json!("{\"a\":1}"));
        assert_eq!(call("JSON", &["{".into()]).unwrap_err().code, "not_json");
    }
}
