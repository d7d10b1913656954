//! Lists and maps. Nothing is changed in place: each function returns a new list.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Arguments, Context, Row, numbers, wrong_argument};
use crate::basic::diagnostics::{ScriptError, message};
use crate::basic::value::Value;

type Answer = Result<Value, ScriptError>;

pub(super) const TABLE: &[Row] = &[
    ("UBOUND", "list:l", "A última posição de uma lista", "The last position of a list", |_, a| {
        Value::number(a.list(0)?.items().len() as f64 - 1.0)
    }),
    ("LBOUND", "list:l", "A primeira posição: 0", "The first position: 0", |_, _| Ok(Value::count(0))),
    ("FIRST", "list:l", "O primeiro item", "The first item", |_, a| {
        Ok(a.list(0)?.items().first().cloned().unwrap_or_default())
    }),
    ("LAST", "list:l", "O último item", "The last item", |_, a| {
        Ok(a.list(0)?.items().last().cloned().unwrap_or_default())
    }),
    ("PUSH", "list:l item:a", "A lista com mais um item", "The list with one more item", push),
    (
        "SORT",
        "list:l by:t? direction:t?",
        "Em ordem; por um campo; \"desc\" ao contrário",
        "In order; by a field; \"desc\" the other way",
        sort,
    ),
    ("UNIQUE", "list:l by:t?", "Sem repetições", "Without repetitions", unique),
    ("SLICE", "list:l start:n count:n?", "Uma parte, a partir da posição 0", "A part, from position 0", slice),
    ("REVERSE", "list:a", "Ao contrário", "The other way round", reverse),
    ("RANGE", "from:n to:n step:n?", "Os números de um ao outro", "The numbers from one to the other", range),
    ("CHUNK", "list:l size:n", "Em listas deste tamanho", "In lists of this size", chunk),
    (
        "MAP",
        "list:l fields:t",
        "De cada item um campo, ou alguns: \"nome, idade->anos\"",
        "Of each item one field, or some: \"name, age->years\"",
        map,
    ),
    (
        "AGGREGATE",
        "operation:t list:l field:t?",
        "sum, avg, min, max ou count de um campo",
        "sum, avg, min, max or count of a field",
        aggregate,
    ),
    (
        "GROUP_BY",
        "list:l field:t",
        "Um mapa: cada valor do campo com seus itens",
        "A map: each value of the field with its items",
        group_by,
    ),
    ("KEYS", "map:m", "Os nomes dos campos", "The names of the fields", |_, a| {
        entries(a, |key, _| Value::Text(key.clone()))
    }),
    ("VALUES", "map:m", "Os valores dos campos", "The values of the fields", |_, a| {
        entries(a, |_, value| value.clone())
    }),
];

fn push(_: &mut Context, a: &Arguments) -> Answer {
    let mut list = a.get(0).clone();
    list.push(a.get(1).clone())?;
    Ok(list)
}

/// The field of an item, or the item itself.
fn part(item: &Value, field: &str) -> Value {
    if field.is_empty() { item.clone() } else { item.field(field).unwrap_or_default() }
}

fn sort(context: &mut Context, a: &Arguments) -> Answer {
    let list = a.list(0)?;
    let (mut field, mut direction) = (a.text(1), a.text(2));
    if direction.is_empty() && matches!(field.to_lowercase().as_str(), "asc" | "desc") {
        direction = std::mem::replace(&mut field, Arc::from(""));
    }
    *context.work += list.items().len() as u64;
    let mut keyed: Vec<(Value, Value)> =
        list.items().iter().map(|item| (part(item, field.trim()), item.clone())).collect();
    keyed.sort_by(|(a, _), (b, _)| a.sort_order(b));
    if direction.trim().eq_ignore_ascii_case("desc") {
        keyed.reverse();
    }
    Value::list(keyed.into_iter().map(|(_, item)| item).collect())
}

fn unique(context: &mut Context, a: &Arguments) -> Answer {
    let (list, field) = (a.list(0)?, a.text(1));
    *context.work += list.items().len() as u64;
    let mut seen: HashMap<String, ()> = HashMap::new();
    let items = list.items().iter().filter(|item| {
        let key = part(item, field.trim());
        seen.insert(format!("{}{}", key.type_name(), key.to_text()), ()).is_none()
    });
    Value::list(items.cloned().collect())
}

fn slice(_: &mut Context, a: &Arguments) -> Answer {
    let list = a.list(0)?;
    let length = list.items().len();
    let start = a.number(1)?;
    let start = if start < 0.0 { (start + length as f64).max(0.0) as usize } else { start as usize };
    let count = if a.has(2) { a.count(2)? } else { length };
    Value::list(list.items().iter().skip(start).take(count).cloned().collect())
}

fn reverse(_: &mut Context, a: &Arguments) -> Answer {
    match a.get(0) {
        Value::Text(text) => Ok(text.chars().rev().collect::<String>().into()),
        other => Value::list(other.to_list()?.items().iter().rev().cloned().collect()),
    }
}

fn range(context: &mut Context, a: &Arguments) -> Answer {
    let (from, to) = (a.number(0)?, a.number(1)?);
    let step = if a.has(2) { a.number(2)? } else { 1.0_f64.copysign(to - from) };
    if step == 0.0 {
        return Err(wrong_argument(message!("o passo não pode ser 0", "the step cannot be 0")));
    }
    let count = ((to - from) / step).floor() + 1.0;
    let count = count.clamp(0.0, f64::from(u32::MAX)) as usize;
    context.room_for(count.saturating_mul(size_of::<Value>()))?;
    let numbers: Result<_, _> = (0..count).map(|index| Value::number(from + step * index as f64)).collect();
    Value::list(numbers?)
}

fn chunk(_: &mut Context, a: &Arguments) -> Answer {
    let (list, size) = (a.list(0)?, a.count(1)?.max(1));
    let chunks: Result<_, _> = list.items().chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect();
    Value::list(chunks?)
}

fn map(context: &mut Context, a: &Arguments) -> Answer {
    let (list, fields) = (a.list(0)?, a.text(1));
    let fields: Vec<(&str, &str)> = fields
        .split(',')
        .map(|field| field.split_once("->").unwrap_or((field, field)))
        .map(|(from, to)| (from.trim(), to.trim()))
        .collect();
    context.room_for(list.items().len() * fields.len() * size_of::<Value>())?;
    let one = |item: &Value| match fields.as_slice() {
        [(from, to)] if from == to => Ok(part(item, from)),
        several => Value::map(several.iter().map(|(from, to)| (Arc::from(*to), part(item, from)))),
    };
    let items: Result<_, _> = list.items().iter().map(one).collect();
    Value::list(items?)
}

fn aggregate(context: &mut Context, a: &Arguments) -> Answer {
    let (operation, list, field) = (a.text(0).trim().to_lowercase(), a.list(1)?, a.text(2));
    *context.work += list.items().len() as u64;
    let values: Vec<Value> =
        list.items().iter().map(|item| part(item, field.trim())).filter(|value| !value.is_null()).collect();
    match operation.as_str() {
        "sum" => Value::number(numbers::sum(&values)?),
        "avg" | "average" => numbers::average(&values),
        "count" => Ok(Value::count(values.len())),
        "min" => Ok(values.into_iter().min_by(Value::sort_order).unwrap_or_default()),
        "max" => Ok(values.into_iter().max_by(Value::sort_order).unwrap_or_default()),
        _ => Err(wrong_argument(message!(
            "não há operação \"{operation}\"; há sum, avg, min, max e count",
            "there is no operation \"{operation}\"; there are sum, avg, min, max and count"
        ))),
    }
}

fn group_by(context: &mut Context, a: &Arguments) -> Answer {
    let (list, field) = (a.list(0)?, a.text(1));
    *context.work += list.items().len() as u64;
    let mut groups: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for item in list.items() {
        groups.entry(part(item, field.trim()).to_text()).or_default().push(item.clone());
    }
    let mut lists = Vec::with_capacity(groups.len());
    for (key, items) in groups {
        lists.push((key, Value::list(items)?));
    }
    Value::map(lists)
}

fn entries(a: &Arguments, pick: fn(&Arc<str>, &Value) -> Value) -> Answer {
    match a.get(0) {
        Value::Map(map) => Value::list(map.entries().map(|(key, value)| pick(key, value)).collect()),
        Value::Null => Value::list(Vec::new()),
        other => {
            let shown = other.shown();
            Err(ScriptError::new("type_mismatch", message!("{shown} não é um mapa", "{shown} is not a map")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{call, check};
    use super::*;

    #[test]
    fn lists_are_cut_ordered_and_counted() {
        check("UBOUND", json!([[1, 2, 3]]), json!(2));
        check("SORT", json!([[3, 1, 2]]), json!([1, 2, 3]));
        check("SORT", json!([["b", "a"], "desc"]), json!(["b", "a"]));
        check("SORT", json!([[{"n": 2}, {"n": 1}], "n"]), json!([{"n": 1}, {"n": 2}]));
        check("UNIQUE", json!([[1, 2, 1, "1"]]), json!([1, 2, "1"]));
        check("SLICE", json!([[1, 2, 3, 4], 1, 2]), json!([2, 3]));
        check("SLICE", json!([[1, 2, 3], -1]), json!([3]));
        check("RANGE", json!([3, 1]), json!([3, 2, 1]));
        check("CHUNK", json!([[1, 2, 3], 2]), json!([[1, 2], [3]]));
        check("REVERSE", json!(["ação"]), json!("oãça"));
        assert_eq!(call("RANGE", &[Value::count(1), Value::Number(1e12)]).unwrap_err().code, "limit_memory");
    }

    #[test]
    fn rows_are_projected_grouped_and_added_up() {
        let rows = json!([{"nome": "Ana", "valor": 10}, {"nome": "Rui", "valor": "2,5"}]);
        check("MAP", json!([rows, "nome"]), json!(["Ana", "Rui"]));
        check("MAP", json!([rows, "nome->n"]), json!([{"n": "Ana"}, {"n": "Rui"}]));
        check("AGGREGATE", json!(["sum", rows, "valor"]), json!(12.5));
        check("GROUP_BY", json!([[{"a": 1}, {"a": 1}], "a"]), json!({"1": [{"a": 1}, {"a": 1}]}));
        check("KEYS", json!([{"b": 1, "a": 2}]), json!(["a", "b"]));
    }
}
