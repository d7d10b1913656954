//! What a variable holds. Cheap to copy: texts, lists and maps are shared until one of their owners changes its own.
//! Lists and maps remember their weight and depth, so that the limits of a turn cost nothing to check.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::diagnostics::{ScriptError, message};

/// Lists and maps inside each other, at most. What the outside sends beyond it is refused.
pub const MAX_DEPTH: u16 = 64;

/// What a value weighs besides its content, in bytes.
const WEIGHT: usize = size_of::<Value>();

#[derive(Debug, Clone, Default)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    /// Always finite.
    Number(f64),
    Text(Arc<str>),
    List(Arc<List>),
    Map(Arc<Map>),
}

#[derive(Debug, Clone, Default)]
pub struct List {
    items: Vec<Value>,
    bytes: usize,
    depth: u16,
}

/// Keys as written; see [`Map::get`] for how they are found.
#[derive(Debug, Clone, Default)]
pub struct Map {
    entries: BTreeMap<Arc<str>, Value>,
    bytes: usize,
    depth: u16,
}

impl Value {
    pub fn text(text: impl AsRef<str>) -> Self {
        Value::Text(Arc::from(text.as_ref()))
    }

    /// Errors: `number_too_large` when it is not finite.
    pub fn number(number: f64) -> Result<Self, ScriptError> {
        if number.is_finite() {
            Ok(Value::Number(number))
        } else {
            Err(ScriptError::new(
                "number_too_large",
                message!("o número ficou grande demais", "the number is too large"),
            ))
        }
    }

    /// A count. Exact up to 2^53.
    pub fn count(count: usize) -> Self {
        Value::Number(count as f64)
    }

    /// Errors: `too_deep`.
    pub fn list(items: Vec<Value>) -> Result<Self, ScriptError> {
        let bytes = items.iter().map(Value::bytes).sum();
        let depth = items.iter().map(Value::depth).max().unwrap_or(0) + 1;
        within_depth(depth)?;
        Ok(Value::List(Arc::new(List { items, bytes, depth })))
    }

    /// Later entries win. Errors: `too_deep`.
    pub fn map(entries: impl IntoIterator<Item = (Arc<str>, Value)>) -> Result<Self, ScriptError> {
        let entries: BTreeMap<_, _> = entries.into_iter().collect();
        let bytes = entries.iter().map(|(key, value)| entry_bytes(key, value)).sum();
        let depth = entries.values().map(Value::depth).max().unwrap_or(0) + 1;
        within_depth(depth)?;
        Ok(Value::Map(Arc::new(Map { entries, bytes, depth })))
    }

    /// From JSON. Errors: `too_deep`.
    pub fn from_json(json: serde_json::Value) -> Result<Self, ScriptError> {
        Value::from_json_within(json, MAX_DEPTH)
    }

    fn from_json_within(json: serde_json::Value, levels: u16) -> Result<Self, ScriptError> {
        use serde_json::Value as Json;
        let inner = || levels.checked_sub(1).ok_or_else(too_deep);
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(number) => match number.as_f64() {
                Some(value) if value.is_finite() => Value::Number(value),
                _ => Value::text(number.to_string()),
            },
            Json::String(text) => Value::text(text),
            Json::Array(items) => {
                let inner = inner()?;
                let items: Result<_, _> = items.into_iter().map(|item| Value::from_json_within(item, inner)).collect();
                Value::list(items?)?
            }
            Json::Object(fields) => {
                let inner = inner()?;
                let mut entries = Vec::with_capacity(fields.len());
                for (key, value) in fields {
                    entries.push((Arc::from(key), Value::from_json_within(value, inner)?));
                }
                Value::map(entries)?
            }
        })
    }

    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => match whole(*number) {
                Some(whole) => Json::from(whole),
                None => Json::from(*number),
            },
            Value::Text(text) => Json::from(text.as_ref()),
            Value::List(list) => Json::Array(list.items.iter().map(Value::to_json).collect()),
            Value::Map(map) => {
                Json::Object(map.entries.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect())
            }
        }
    }

    /// Approximate bytes held, shared ones counted for each owner.
    pub fn bytes(&self) -> usize {
        WEIGHT
            + match self {
                Value::Null | Value::Bool(_) | Value::Number(_) => 0,
                Value::Text(text) => text.len(),
                Value::List(list) => list.bytes,
                Value::Map(map) => map.bytes,
            }
    }

    pub fn depth(&self) -> u16 {
        match self {
            Value::List(list) => list.depth,
            Value::Map(map) => map.depth,
            _ => 0,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Nothing in it: null, an empty text, list or map.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Text(text) => text.is_empty(),
            Value::List(list) => list.items.is_empty(),
            Value::Map(map) => map.entries.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// What a condition makes of it: false are null, `FALSE`, 0 and whatever is empty.
    pub fn truthy(&self) -> bool {
        match self {
            Value::Bool(value) => *value,
            Value::Number(number) => *number != 0.0,
            other => !other.is_empty(),
        }
    }

    /// `STRING`, `NUMBER` ... as `TYPEOF` says it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::Text(_) => "string",
            Value::List(_) => "array",
            Value::Map(_) => "map",
        }
    }

    /// As a customer would read it; lists and maps as JSON.
    pub fn to_text(&self) -> Arc<str> {
        match self {
            Value::Text(text) => text.clone(),
            other => {
                let mut text = String::new();
                other.write(&mut text);
                text.into()
            }
        }
    }

    /// Appends what [`Value::to_text`] gives.
    pub fn write(&self, out: &mut String) {
        match self {
            Value::Null => {}
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => write_number(*number, out),
            Value::Text(text) => out.push_str(text),
            Value::List(_) | Value::Map(_) => out.push_str(&self.to_json().to_string()),
        }
    }

    /// The number it is or spells; null is 0. Errors: `type_mismatch`.
    pub fn to_number(&self) -> Result<f64, ScriptError> {
        self.as_number().ok_or_else(|| {
            let shown = self.shown();
            ScriptError::new("type_mismatch", message!("{shown} não é um número", "{shown} is not a number"))
        })
    }

    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Null => Some(0.0),
            Value::Bool(value) => Some(f64::from(u8::from(*value))),
            Value::Number(number) => Some(*number),
            Value::Text(text) => parse_number(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// For messages: short, texts quoted.
    pub fn shown(&self) -> String {
        const LONGEST: usize = 40;
        match self {
            Value::Null => "null".into(),
            Value::Text(text) if text.chars().count() > LONGEST => {
                format!("\"{}…\"", text.chars().take(LONGEST).collect::<String>())
            }
            Value::Text(text) => format!("\"{text}\""),
            Value::List(list) => format!("[… {}]", list.items.len()),
            Value::Map(_) => "{…}".into(),
            other => other.to_text().to_string(),
        }
    }

    /// Errors: `type_mismatch` when it is no list; null is an empty one.
    pub fn to_list(&self) -> Result<Arc<List>, ScriptError> {
        match self {
            Value::List(list) => Ok(list.clone()),
            Value::Null => Ok(Arc::default()),
            other => {
                let shown = other.shown();
                Err(ScriptError::new("type_mismatch", message!("{shown} não é uma lista", "{shown} is not a list")))
            }
        }
    }

    /// The field of that name; null when there is none. Of a list, the field of its first item, so that what `FIND`
    /// returns can be used directly. Errors: `type_mismatch` when it has no fields.
    pub fn field(&self, name: &str) -> Result<Value, ScriptError> {
        match self {
            Value::Null => Ok(Value::Null),
            Value::Map(map) => Ok(map.get(name).cloned().unwrap_or_default()),
            Value::List(list) if matches!(name, "length" | "count") => Ok(Value::count(list.items.len())),
            Value::List(list) => match list.items.first() {
                Some(Value::Map(map)) => Ok(map.get(name).cloned().unwrap_or_default()),
                _ => Ok(Value::Null),
            },
            Value::Text(text) if name == "length" => Ok(Value::count(text.chars().count())),
            other => {
                let shown = other.shown();
                Err(ScriptError::new(
                    "type_mismatch",
                    message!("{shown} não tem o campo \"{name}\"", "{shown} has no field \"{name}\""),
                ))
            }
        }
    }

    /// `value[key]`: a position from 0 (or from the end, -1), or a key of a map. Errors: `out_of_range`,
    /// `type_mismatch`.
    pub fn index(&self, key: &Value) -> Result<Value, ScriptError> {
        match self {
            Value::Null => Ok(Value::Null),
            Value::Map(map) => Ok(map.get(&key.to_text()).cloned().unwrap_or_default()),
            Value::List(list) => {
                if let Value::Text(name) = key
                    && parse_number(name).is_none()
                {
                    return self.field(name);
                }
                let at = position(key, list.items.len())?;
                list.items.get(at).cloned().ok_or_else(|| out_of_range(key, list.items.len()))
            }
            Value::Text(text) => {
                let letters = text.chars().count();
                let at = position(key, letters)?;
                text.chars()
                    .nth(at)
                    .map(|letter| Value::text(letter.to_string()))
                    .ok_or_else(|| out_of_range(key, letters))
            }
            other => {
                let shown = other.shown();
                Err(ScriptError::new("type_mismatch", message!("{shown} não é uma lista", "{shown} is not a list")))
            }
        }
    }

    /// `value[keys...] = new`, making the maps that are missing on the way. Errors as [`Value::index`] and `too_deep`;
    /// then nothing changed but maps made on the way.
    pub fn set(&mut self, keys: &[Value], new: Value) -> Result<(), ScriptError> {
        within_depth((keys.len() as u16).saturating_add(new.depth()))?;
        self.set_within(keys, new)
    }

    fn set_within(&mut self, keys: &[Value], new: Value) -> Result<(), ScriptError> {
        let Some((key, rest)) = keys.split_first() else {
            *self = new;
            return Ok(());
        };
        if self.is_null() {
            *self = Value::Map(Arc::default());
        }
        match self {
            Value::Map(shared) => {
                let map = Arc::make_mut(shared);
                let key = map.existing_key(&key.to_text()).unwrap_or_else(|| {
                    let key = key.to_text();
                    map.bytes += entry_bytes(&key, &Value::Null);
                    key
                });
                let child = map.entries.entry(key).or_default();
                let before = child.bytes();
                let done = child.set_within(rest, new);
                map.bytes = (map.bytes + child.bytes()).saturating_sub(before);
                map.depth = map.depth.max(child.depth() + 1);
                done
            }
            Value::List(shared) => {
                let length = shared.items.len();
                let at = position(key, length + usize::from(rest.is_empty()))?;
                let list = Arc::make_mut(shared);
                let Some(child) = list.items.get_mut(at) else { return list.push(new) };
                let before = child.bytes();
                let done = child.set_within(rest, new);
                list.bytes = (list.bytes + child.bytes()).saturating_sub(before);
                list.depth = list.depth.max(child.depth() + 1);
                done
            }
            other => {
                let shown = other.shown();
                Err(ScriptError::new(
                    "type_mismatch",
                    message!("{shown} não é lista nem mapa", "{shown} is neither a list nor a map"),
                ))
            }
        }
    }

    /// Adds to the end of a list, in place; null becomes a list. Errors: `type_mismatch`, `too_deep`.
    pub fn push(&mut self, item: Value) -> Result<(), ScriptError> {
        if self.is_null() {
            *self = Value::List(Arc::default());
        }
        let Value::List(shared) = self else {
            let shown = self.shown();
            return Err(ScriptError::new(
                "type_mismatch",
                message!("{shown} não é uma lista", "{shown} is not a list"),
            ));
        };
        within_depth(item.depth() + 1)?;
        Arc::make_mut(shared).push(item)
    }

    /// Order of two values that have one: numbers (and texts that spell one, beside a number), texts, booleans; null
    /// comes first.
    pub fn order(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Null, Value::Null) => Some(Ordering::Equal),
            (Value::Null, _) => Some(Ordering::Less),
            (_, Value::Null) => Some(Ordering::Greater),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => None,
            (a, b) => {
                let (a, b) = (a.as_number()?, b.as_number()?);
                if same_number(a, b) { Some(Ordering::Equal) } else { a.partial_cmp(&b) }
            }
        }
    }

    /// A total order, for sorting whatever is in a list: by kind, then by [`Value::order`].
    pub fn sort_order(&self, other: &Value) -> Ordering {
        let rank = |value: &Value| match value {
            Value::Null => 0,
            Value::Bool(_) => 1,
            Value::Number(_) => 2,
            Value::Text(_) => 3,
            Value::List(_) => 4,
            Value::Map(_) => 5,
        };
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => a.total_cmp(b),
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            (Value::List(a), Value::List(b)) => {
                let different = a.items.iter().zip(&b.items).map(|(a, b)| a.sort_order(b)).find(|order| order.is_ne());
                different.unwrap_or_else(|| a.items.len().cmp(&b.items.len()))
            }
            (Value::Map(a), Value::Map(b)) => {
                let different = a
                    .entries
                    .iter()
                    .zip(&b.entries)
                    .map(|((key_a, a), (key_b, b))| key_a.cmp(key_b).then_with(|| a.sort_order(b)))
                    .find(|order| order.is_ne());
                different.unwrap_or_else(|| a.entries.len().cmp(&b.entries.len()))
            }
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

/// Numbers that read the same are the same, a number equals the text that spells it, null equals only null.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => same_number(*a, *b),
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Number(number), Value::Text(text)) | (Value::Text(text), Value::Number(number)) => {
                parse_number(text).is_some_and(|spelled| same_number(spelled, *number))
            }
            (Value::List(a), Value::List(b)) => Arc::ptr_eq(a, b) || a.items == b.items,
            (Value::Map(a), Value::Map(b)) => Arc::ptr_eq(a, b) || a.entries == b.entries,
            _ => false,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl List {
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    fn push(&mut self, item: Value) -> Result<(), ScriptError> {
        within_depth(item.depth() + 1)?;
        self.bytes += item.bytes();
        self.depth = self.depth.max(item.depth() + 1);
        self.items.push(item);
        Ok(())
    }
}

impl Map {
    /// As written, else in lower case, else (maps of a human size) in any case.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.get(key).or_else(|| self.entries.get(self.existing_key(key)?.as_ref()))
    }

    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> {
        self.entries.iter()
    }

    fn existing_key(&self, key: &str) -> Option<Arc<str>> {
        const HUMAN: usize = 64;
        if let Some((key, _)) = self.entries.get_key_value(key) {
            return Some(key.clone());
        }
        let lower = key.to_lowercase();
        if let Some((key, _)) = self.entries.get_key_value(lower.as_str()) {
            return Some(key.clone());
        }
        if self.entries.len() > HUMAN {
            return None;
        }
        self.entries.keys().find(|known| known.to_lowercase() == lower).cloned()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(number) => match whole(*number) {
                Some(whole) => serializer.serialize_i64(whole),
                None => serializer.serialize_f64(*number),
            },
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(list) => serializer.collect_seq(&list.items),
            Value::Map(map) => serializer.collect_map(map.entries.iter().map(|(key, value)| (key.as_ref(), value))),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = serde_json::Value::deserialize(deserializer)?;
        Value::from_json(json).map_err(|error| serde::de::Error::custom(error.message.en))
    }
}

fn too_deep() -> ScriptError {
    ScriptError::new(
        "too_deep",
        message!(
            "listas e mapas demais uns dentro dos outros (máximo {MAX_DEPTH})",
            "too many lists and maps inside each other (at most {MAX_DEPTH})"
        ),
    )
}

fn within_depth(depth: u16) -> Result<(), ScriptError> {
    if depth > MAX_DEPTH { Err(too_deep()) } else { Ok(()) }
}

fn entry_bytes(key: &str, value: &Value) -> usize {
    key.len() + value.bytes()
}

fn out_of_range(key: &Value, length: usize) -> ScriptError {
    let shown = key.shown();
    ScriptError::new(
        "out_of_range",
        message!(
            "não há posição {shown} em {length} itens (a primeira é 0)",
            "there is no position {shown} in {length} items (the first is 0)"
        ),
    )
}

/// The position a key means among `length` items.
fn position(key: &Value, length: usize) -> Result<usize, ScriptError> {
    let number = key.to_number()?.trunc();
    let at = if number < 0.0 { number + length as f64 } else { number };
    if at >= 0.0 && at < length as f64 { Ok(at as usize) } else { Err(out_of_range(key, length)) }
}

/// The integer a number is, where JSON and people expect one.
pub fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
}

/// To the 15 digits that are certain: 0.1 + 0.2 reads 0.3.
pub fn write_number(number: f64, out: &mut String) {
    // Writing to a text cannot fail.
    let _ = match whole(number) {
        Some(whole) => write!(out, "{whole}"),
        None => {
            let certain: f64 = format!("{number:.14e}").parse().unwrap_or(number);
            write!(out, "{certain}")
        }
    };
}

/// Whether two numbers read the same, as 0.1 + 0.2 and 0.3 do.
pub(super) fn same_number(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 4.0 * f64::EPSILON * a.abs().max(b.abs())
}

/// A number as people write it: `12`, `-3.5`, `12,5`, `1.234,56`, `1,234.56`, `R$ 10`. A lone point is decimal.
pub fn parse_number(text: &str) -> Option<f64> {
    const LONGEST: usize = 64;
    let text = text.trim();
    let text = text.strip_prefix("R$").or_else(|| text.strip_prefix('$')).unwrap_or(text).trim_start();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let parsed = match (digits.rfind('.'), digits.rfind(',')) {
        (_, None) if digits.matches('.').count() <= 1 => digits.parse().ok(),
        (_, None) => grouped(digits, '.').and_then(|plain| plain.parse().ok()),
        (None, Some(_)) if digits.matches(',').count() == 1 => digits.replace(',', ".").parse().ok(),
        (None, Some(_)) => grouped(digits, ',').and_then(|plain| plain.parse().ok()),
        (Some(point), Some(comma)) => {
            let (thousands, decimal, at) = if point < comma { ('.', ',', comma) } else { (',', '.', point) };
            let (whole, fraction) = digits.split_at(at);
            let fraction = fraction.strip_prefix(decimal)?;
            let whole = grouped(whole, thousands)?;
            fraction.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("{whole}.{fraction}").parse().ok())?
        }
    };
    parsed.map(|number: f64| sign * number).filter(|number| number.is_finite())
}

/// Digits in groups of three, joined.
fn grouped(digits: &str, separator: char) -> Option<String> {
    let mut groups = digits.split(separator);
    let first = groups.next()?;
    let numeric = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=3).contains(&first.len()) || !numeric(first) {
        return None;
    }
    let mut plain = first.to_owned();
    for group in groups {
        if group.len() != 3 || !numeric(group) {
            return None;
        }
        plain.push_str(group);
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, expected) in [
            ("12", Some(12.0)),
            (" -3.5 ", Some(-3.5)),
            ("12,5", Some(12.5)),
            ("1.234,56", Some(1234.56)),
            ("1,234.56", Some(1234.56)),
            ("1.234.567", Some(1_234_567.0)),
            ("R$ 10,00", Some(10.0)),
            ("1.23.4", None),
            ("inf", None),
            ("nan", None),
            ("0x10", None),
            ("10 reais", None),
            ("", None),
            ("1e999", None),
        ] {
            assert_eq!(parse_number(text), expected, "{text:?}");
        }
    }

    #[test]
    fn sums_of_cents_read_and_compare_as_cents() {
        let sum = Value::Number(0.1 + 0.2);
        assert_eq!(sum.to_text().as_ref(), "0.3");
        assert_eq!(sum, Value::Number(0.3));
        assert_eq!(Value::Number(1e20).to_text().as_ref(), "100000000000000000000");
        assert_eq!(Value::Number(-0.0).to_text().as_ref(), "0");
    }

    #[test]
    fn a_nested_change_makes_the_maps_on_its_way_and_leaves_other_owners_alone() {
        let mut value = Value::Null;
        value.set(&["a".into(), "b".into()], Value::Number(1.0)).unwrap();
        let shared = value.clone();
        value.set(&["A".into(), "c".into()], Value::Number(2.0)).unwrap();
        assert_eq!(value.to_json(), serde_json::json!({"a": {"b": 1, "c": 2}}));
        assert_eq!(shared.to_json(), serde_json::json!({"a": {"b": 1}}));
        let recounted = Value::from_json(value.to_json()).unwrap();
        assert_eq!(value.bytes(), recounted.bytes());
        assert_eq!(value.depth(), 2);
    }

    #[test]
    fn endless_nesting_is_refused_not_built() {
        let mut value = Value::list(Vec::new()).unwrap();
        let error = loop {
            match Value::list(vec![value.clone()]) {
                Ok(deeper) => value = deeper,
                Err(error) => break error,
            }
        };
        assert_eq!(error.code, "too_deep");
        assert_eq!(value.depth(), MAX_DEPTH);
        let mut list = Value::list(Vec::new()).unwrap();
        assert_eq!(list.push(value.clone()).unwrap_err().code, "too_deep");
        let mut map = Value::Null;
        assert_eq!(map.set(&["a".into()], value).unwrap_err().code, "too_deep");
    }
}
