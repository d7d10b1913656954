//! The functions of the language: pure, from values to a value. One file a subject; every one is a row of its file's
//! table, from which the parser checks calls and the editor completes.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::diagnostics::{Message, ScriptError};
use super::keywords::{Argument, argument, form};
use super::limits;
use super::value::{List, Value};
use crate::lang::Lang;

mod dates;
mod format;
mod lists;
mod numbers;
mod strings;
mod values;

pub struct Function {
    /// In capitals.
    pub name: &'static str,
    /// As an author would write it.
    pub form: String,
    pub arguments: Vec<Argument>,
    pub help_pt: &'static str,
    pub help_en: &'static str,
    run: Run,
}

type Run = fn(&mut Context, &Arguments) -> Result<Value, ScriptError>;

/// Name, arguments (as in the keyword table), help in Portuguese and English, what it does.
type Row = (&'static str, &'static str, &'static str, &'static str, Run);

/// What functions know besides their arguments.
pub struct Context<'a> {
    pub now: DateTime<FixedOffset>,
    pub lang: Lang,
    pub random: &'a mut u64,
    /// Units of work done, for the deadline.
    pub work: &'a mut u64,
    /// The largest value that may be made.
    pub most_bytes: usize,
}

impl Context<'_> {
    /// Before making something of so many bytes. Errors: `limit_memory`.
    pub fn room_for(&mut self, bytes: usize) -> Result<(), ScriptError> {
        *self.work += bytes as u64 / 64;
        if bytes > self.most_bytes { Err(limits::memory(self.most_bytes)) } else { Ok(()) }
    }

    /// From 0 to below 1.
    fn random(&mut self) -> f64 {
        // SplitMix64: small, even, and the same for the same seed.
        *self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = *self.random;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The arguments of one call; those left out are null.
pub struct Arguments<'a>(pub &'a [Value]);

impl Arguments<'_> {
    pub fn get(&self, index: usize) -> &Value {
        self.0.get(index).unwrap_or(&Value::Null)
    }

    fn has(&self, index: usize) -> bool {
        !self.get(index).is_null()
    }

    fn text(&self, index: usize) -> Arc<str> {
        self.get(index).to_text()
    }

    fn number(&self, index: usize) -> Result<f64, ScriptError> {
        self.get(index).to_number()
    }

    /// A count of something: negative ones are 0.
    fn count(&self, index: usize) -> Result<usize, ScriptError> {
        Ok(self.number(index)?.clamp(0.0, f64::from(u32::MAX)) as usize)
    }

    fn list(&self, index: usize) -> Result<Arc<List>, ScriptError> {
        self.get(index).to_list()
    }

    /// What is to be looked through: the only argument when it is a list, else all of them.
    fn all(&self) -> Vec<Value> {
        match self.0 {
            [Value::List(list)] => list.items().to_vec(),
            many => many.to_vec(),
        }
    }
}

impl Function {
    pub fn call(&self, context: &mut Context, arguments: &[Value]) -> Result<Value, ScriptError> {
        *context.work += 1 + arguments.iter().map(|argument| argument.bytes() as u64 / 256).sum::<u64>();
        let value = (self.run)(context, &Arguments(arguments))?;
        context.room_for(value.bytes())?;
        Ok(value)
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.write_str(self.name)
    }
}

pub static ALL: LazyLock<Vec<Function>> = LazyLock::new(|| {
    let tables = [strings::TABLE, numbers::TABLE, dates::TABLE, lists::TABLE, values::TABLE, format::TABLE];
    let rows = tables.into_iter().flatten();
    rows.map(|(name, arguments, help_pt, help_en, run)| {
        let arguments: Vec<Argument> = arguments.split_whitespace().map(argument).collect();
        let form = format!("{name}({})", form("", &arguments).trim_start());
        Function { name, form, arguments, help_pt, help_en, run: *run }
    })
    .collect()
});

static BY_NAME: LazyLock<HashMap<String, &'static Function>> =
    LazyLock::new(|| ALL.iter().map(|function| (function.name.to_lowercase(), function)).collect());

/// The function of that name, in lower case.
pub fn named(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name).copied()
}

/// A function in a stored program: its name.
#[derive(Debug, Clone, Copy)]
pub struct Stored(pub &'static Function);

impl Serialize for Stored {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name)
    }
}

impl<'de> Deserialize<'de> for Stored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = named(&name.to_lowercase()).map(Stored);
        known.ok_or_else(|| serde::de::Error::custom(format!("no function {name}")))
    }
}

fn wrong_argument(what: Message) -> ScriptError {
    ScriptError::new("wrong_argument", what)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls a function at noon of 15 January 2026, a Thursday, in São Paulo.
    pub(crate) fn call(name: &str, arguments: &[Value]) -> Result<Value, ScriptError> {
        let now = DateTime::parse_from_rfc3339("2026-01-15T12:00:00-03:00").unwrap();
        let (mut random, mut work) = (7, 0);
        let mut context = Context { now, lang: Lang::Pt, random: &mut random, work: &mut work, most_bytes: 1 << 20 };
        named(&name.to_lowercase()).unwrap().call(&mut context, arguments)
    }

    /// One call: arguments and answer as JSON.
    pub(crate) fn check(name: &str, arguments: serde_json::Value, expected: serde_json::Value) {
        let serde_json::Value::Array(given) = arguments else { panic!("arguments are a list") };
        let given: Vec<Value> = given.into_iter().map(|argument| Value::from_json(argument).unwrap()).collect();
        assert_eq!(call(name, &given).unwrap().to_json(), expected, "{name}({given:?})");
    }

    #[test]
    fn names_are_unique_and_calls_with_anything_return_or_refuse() {
        let odd = [
            Value::Null,
            Value::Number(-1.0),
            Value::Number(1e300),
            Value::text("ação 👍 31/12/2026"),
            Value::list(vec![Value::Null, Value::text("b"), Value::Number(2.0)]).unwrap(),
            Value::map([(Arc::from("a"), Value::Number(1.0))]).unwrap(),
        ];
        assert_eq!(BY_NAME.len(), ALL.len());
        for function in ALL.iter() {
            for a in &odd {
                for b in &odd {
                    for c in &odd {
                        // Refusing is fine; panicking or a number that is none is not.
                        if let Ok(Value::Number(number)) = call(function.name, &[a.clone(), b.clone(), c.clone()]) {
                            assert!(number.is_finite(), "{} {a:?} {b:?} {c:?}", function.name);
                        }
                    }
                }
            }
        }
    }
}
