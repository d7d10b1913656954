//! Texts. Positions count letters from 1, as BASIC does.

use std::sync::Arc;

use super::{Arguments, Context, Row, wrong_argument};
use crate::basic::diagnostics::{ScriptError, message};
use crate::basic::value::{Value, parse_number};

type Answer = Result<Value, ScriptError>;

pub(super) const TABLE: &[Row] = &[
    (
        "LEN",
        "text:a",
        "Quantas letras tem um texto, ou itens uma lista",
        "How many letters a text has, or items a list",
        len,
    ),
    ("LEFT", "text:t count:n", "As primeiras letras", "The first letters", left),
    ("RIGHT", "text:t count:n", "As últimas letras", "The last letters", right),
    ("MID", "text:t start:n count:n?", "Letras do meio, a partir de 1", "Letters of the middle, from 1", mid),
    (
        "INSTR",
        "text:a sought:a other:a?",
        "Onde está, a partir de 1; 0 se não está",
        "Where it is, from 1; 0 when it is not",
        instr,
    ),
    ("REPLACE", "text:t sought:t by:t", "Troca todas as ocorrências", "Replaces every occurrence", replace),
    ("UCASE", "text:t", "Em maiúsculas", "In capitals", |_, a| Ok(a.text(0).to_uppercase().into())),
    ("LCASE", "text:t", "Em minúsculas", "In lower case", |_, a| Ok(a.text(0).to_lowercase().into())),
    ("TRIM", "text:t", "Sem espaços nas pontas", "Without spaces at the ends", |_, a| Ok(a.text(0).trim().into())),
    ("LTRIM", "text:t", "Sem espaços no começo", "Without spaces at the beginning", |_, a| {
        Ok(a.text(0).trim_start().into())
    }),
    ("RTRIM", "text:t", "Sem espaços no fim", "Without spaces at the end", |_, a| Ok(a.text(0).trim_end().into())),
    ("SPLIT", "text:t separator:t?", "Divide um texto em uma lista", "Splits a text into a list", split),
    ("JOIN", "list:l separator:t?", "Junta uma lista em um texto", "Joins a list into a text", join),
    (
        "CONTAINS",
        "text:a sought:a",
        "Se contém, sem ligar para maiúsculas e acentos",
        "Whether it contains, whatever case and accents",
        contains,
    ),
    ("STARTSWITH", "text:t beginning:t", "Se começa assim", "Whether it begins so", |_, a| {
        Ok(a.text(0).starts_with(a.text(1).as_ref()).into())
    }),
    ("ENDSWITH", "text:t ending:t", "Se termina assim", "Whether it ends so", |_, a| {
        Ok(a.text(0).ends_with(a.text(1).as_ref()).into())
    }),
    ("CONCAT", "values:a*", "Junta textos, ou listas", "Joins texts, or lists", concat),
    ("STRING", "count:n text:t", "Repete um texto", "Repeats a text", repeat),
    ("CHR", "code:n", "A letra deste código", "The letter of this code", chr),
    ("ASC", "text:t", "O código da primeira letra", "The code of the first letter", |_, a| {
        Ok(Value::count(a.text(0).chars().next().map_or(0, |letter| letter as usize)))
    }),
    ("STR", "value:a", "Como texto", "As text", |_, a| Ok(Value::Text(a.text(0)))),
    ("VAL", "text:a", "Como número; 0 se não é um", "As number; 0 when it is none", |_, a| {
        Value::number(spelled(a.get(0)))
    }),
    ("FOLD", "text:t", "Em minúsculas e sem acentos", "In lower case and without accents", |_, a| {
        Ok(crate::text::fold(&a.text(0)).into())
    }),
];

/// The number at the beginning of a text; 0 when there is none.
fn spelled(value: &Value) -> f64 {
    if let Some(number) = value.as_number() {
        return number;
    }
    let text = value.to_text();
    let text = text.trim_start();
    let length = text.find(|letter: char| !(letter.is_ascii_digit() || "+-.,".contains(letter))).unwrap_or(text.len());
    let number = text.get(..length).unwrap_or_default().trim_end_matches(['.', ',']);
    parse_number(number).unwrap_or(0.0)
}

fn len(_: &mut Context, a: &Arguments) -> Answer {
    Ok(Value::count(match a.get(0) {
        Value::List(list) => list.items().len(),
        Value::Map(map) => map.entries().len(),
        other => other.to_text().chars().count(),
    }))
}

fn left(_: &mut Context, a: &Arguments) -> Answer {
    let count = a.count(1)?;
    Ok(a.text(0).chars().take(count).collect::<String>().into())
}

fn right(_: &mut Context, a: &Arguments) -> Answer {
    let text = a.text(0);
    let skip = text.chars().count().saturating_sub(a.count(1)?);
    Ok(text.chars().skip(skip).collect::<String>().into())
}

fn mid(_: &mut Context, a: &Arguments) -> Answer {
    let skip = a.count(1)?.saturating_sub(1);
    let count = if a.has(2) { a.count(2)? } else { usize::MAX };
    Ok(a.text(0).chars().skip(skip).take(count).collect::<String>().into())
}

/// `INSTR(text, sought)` or, as old BASIC has it, `INSTR(start, text, sought)`.
fn instr(_: &mut Context, a: &Arguments) -> Answer {
    let (start, text, sought) = match (a.get(0), a.has(2)) {
        (Value::Number(_), true) => (a.count(0)?.saturating_sub(1), a.text(1), a.text(2)),
        _ => (0, a.text(0), a.text(1)),
    };
    let from = text.char_indices().nth(start).map_or(text.len(), |(at, _)| at);
    let found = text.get(from..).and_then(|rest| rest.find(sought.as_ref()));
    Ok(Value::count(match found {
        Some(at) => text.get(..from + at).map_or(0, |before| before.chars().count()) + 1,
        None => 0,
    }))
}

fn replace(context: &mut Context, a: &Arguments) -> Answer {
    let (text, sought, by) = (a.text(0), a.text(1), a.text(2));
    if sought.is_empty() {
        return Ok(Value::Text(text));
    }
    let times = text.matches(sought.as_ref()).count();
    context.room_for(text.len() + times * by.len())?;
    Ok(text.replace(sought.as_ref(), &by).into())
}

fn split(context: &mut Context, a: &Arguments) -> Answer {
    let text = a.text(0);
    let separator = if a.has(1) { a.text(1) } else { Arc::from(",") };
    let parts = if separator.is_empty() { text.chars().count() } else { text.matches(separator.as_ref()).count() + 1 };
    context.room_for(parts * size_of::<Value>() * 2 + text.len())?;
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().map(|letter| Value::text(letter.to_string())).collect()
    } else {
        text.split(separator.as_ref()).map(Value::text).collect()
    };
    Value::list(parts)
}

fn join(context: &mut Context, a: &Arguments) -> Answer {
    let list = a.list(0)?;
    let separator = if a.has(1) { a.text(1) } else { Arc::from(", ") };
    let mut text = String::new();
    for (index, item) in list.items().iter().enumerate() {
        if index > 0 {
            text.push_str(&separator);
        }
        item.write(&mut text);
        if text.len() > context.most_bytes {
            context.room_for(text.len())?;
        }
    }
    Ok(text.into())
}

fn contains(_: &mut Context, a: &Arguments) -> Answer {
    Ok(Value::Bool(match a.get(0) {
        Value::List(list) => list.items().contains(a.get(1)),
        Value::Map(map) => map.get(&a.text(1)).is_some(),
        other => crate::text::fold(&other.to_text()).contains(&crate::text::fold(&a.text(1))),
    }))
}

fn concat(context: &mut Context, a: &Arguments) -> Answer {
    context.room_for(a.0.iter().map(Value::bytes).sum())?;
    let values = a.all();
    if values.iter().all(|value| matches!(value, Value::List(_))) {
        let mut joined = Vec::new();
        for value in &values {
            joined.extend_from_slice(value.to_list()?.items());
        }
        return Value::list(joined);
    }
    let mut text = String::new();
    values.iter().for_each(|value| value.write(&mut text));
    Ok(text.into())
}

fn repeat(context: &mut Context, a: &Arguments) -> Answer {
    let (count, text) = (a.count(0)?, a.text(1));
    context.room_for(count.saturating_mul(text.len()))?;
    Ok(text.repeat(count).into())
}

fn chr(_: &mut Context, a: &Arguments) -> Answer {
    match char::from_u32(a.count(0)? as u32) {
        Some(letter) => Ok(letter.to_string().into()),
        None => {
            let shown = a.get(0).shown();
            Err(wrong_argument(message!("não há letra de código {shown}", "there is no letter of code {shown}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{call, check};
    use super::*;

    #[test]
    fn texts_are_cut_and_searched_by_letters_not_bytes() {
        check("LEN", json!(["ação"]), json!(4));
        check("LEFT", json!(["ação", 2]), json!("aç"));
        check("RIGHT", json!(["ação", 2]), json!("ão"));
        check("RIGHT", json!(["ação", 20]), json!("ação"));
        check("MID", json!(["coração", 4, 3]), json!("açã"));
        check("MID", json!(["coração", 4]), json!("ação"));
        check("INSTR", json!(["não há", "há"]), json!(5));
        check("INSTR", json!([3, "ana", "a"]), json!(3));
        check("INSTR", json!(["ana", "x"]), json!(0));
        check("UCASE", json!(["ação"]), json!("AÇÃO"));
        check("CONTAINS", json!(["Quero um ORÇAMENTO", "orcamento"]), json!(true));
    }

    #[test]
    fn texts_become_lists_numbers_and_back() {
        check("SPLIT", json!(["a;b;c", ";"]), json!(["a", "b", "c"]));
        check("SPLIT", json!(["oi", ""]), json!(["o", "i"]));
        check("JOIN", json!([[1, "b"], "-"]), json!("1-b"));
        check("VAL", json!(["R$ 1.234,50"]), json!(1234.5));
        check("VAL", json!(["12 meses"]), json!(12));
        check("VAL", json!(["nada"]), json!(0));
        check("CONCAT", json!([[1], [2]]), json!([1, 2]));
        check("CONCAT", json!(["a", 1, null]), json!("a1"));
        check("REPLACE", json!(["a-b-c", "-", ""]), json!("abc"));
    }

    #[test]
    fn nothing_grows_beyond_the_memory_of_a_turn() {
        let text = Value::text("x".repeat(1000));
        assert_eq!(call("STRING", &[Value::Number(1e9), text.clone()]).unwrap_err().code, "limit_memory");
        let error = call("REPLACE", &[text.clone(), "x".into(), Value::text("y".repeat(5000))]).unwrap_err();
        assert_eq!(error.code, "limit_memory");
    }
}
