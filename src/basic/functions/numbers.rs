//! Numbers.

use super::{Arguments, Context, Row, wrong_argument};
use crate::basic::diagnostics::{ScriptError, message};
use crate::basic::value::Value;

type Answer = Result<Value, ScriptError>;

pub(super) const TABLE: &[Row] = &[
    ("INT", "number:n", "A parte inteira, para baixo", "The whole part, downwards", |_, a| {
        Value::number(a.number(0)?.floor())
    }),
    ("FIX", "number:n", "Sem a fração", "Without the fraction", |_, a| Value::number(a.number(0)?.trunc())),
    ("CINT", "number:n", "Arredondado para inteiro", "Rounded to a whole number", |_, a| {
        Value::number(a.number(0)?.round())
    }),
    ("CDBL", "number:a", "Como número", "As number", |_, a| Value::number(a.number(0)?)),
    ("ROUND", "number:n digits:n?", "Arredonda", "Rounds", round),
    ("FLOOR", "number:n", "Arredonda para baixo", "Rounds down", |_, a| Value::number(a.number(0)?.floor())),
    ("CEIL", "number:n", "Arredonda para cima", "Rounds up", |_, a| Value::number(a.number(0)?.ceil())),
    ("ABS", "number:n", "Sem o sinal", "Without the sign", |_, a| Value::number(a.number(0)?.abs())),
    ("SGN", "number:n", "-1, 0 ou 1", "-1, 0 or 1", |_, a| {
        let n = a.number(0)?;
        Value::number(if n == 0.0 { 0.0 } else { n.signum() })
    }),
    ("SQR", "number:n", "A raiz quadrada", "The square root", square_root),
    ("MIN", "values:a*", "O menor", "The smallest", |_, a| Ok(extreme(a, std::cmp::Ordering::Less))),
    ("MAX", "values:a*", "O maior", "The largest", |_, a| Ok(extreme(a, std::cmp::Ordering::Greater))),
    ("SUM", "values:a*", "A soma", "The sum", |_, a| sum(&a.all()).and_then(Value::number)),
    ("AVG", "values:a*", "A média; null se não há nada", "The average; null when there is nothing", |_, a| {
        average(&a.all())
    }),
    ("COUNT", "values:a*", "Quantos são", "How many there are", |_, a| Ok(Value::count(a.all().len()))),
    (
        "RND",
        "from:n? to:n?",
        "Ao acaso: de 0 a 1; RND(6) de 1 a 6; RND(10, 20)",
        "At random: 0 to 1; RND(6) from 1 to 6; RND(10, 20)",
        random,
    ),
];

fn round(_: &mut Context, a: &Arguments) -> Answer {
    let (number, digits) = (a.number(0)?, a.number(1)?.clamp(-15.0, 15.0).trunc());
    let scale = 10_f64.powf(digits.abs());
    let scaled = if digits < 0.0 { number / scale } else { number * scale };
    // Half a unit of the last certain digit: 1.005 is 1.01, as people expect, though no binary number is 1.005.
    let rounded = (scaled + scaled * f64::EPSILON * 2.0).round();
    let rounded = if digits < 0.0 { rounded * scale } else { rounded / scale };
    Value::number(if rounded.is_finite() { rounded } else { number })
}

fn square_root(_: &mut Context, a: &Arguments) -> Answer {
    let number = a.number(0)?;
    if number < 0.0 {
        let shown = a.get(0).shown();
        return Err(wrong_argument(message!("{shown} não tem raiz quadrada", "{shown} has no square root")));
    }
    Value::number(number.sqrt())
}

fn extreme(a: &Arguments, wanted: std::cmp::Ordering) -> Value {
    let values = a.all();
    let mut best = Value::Null;
    for value in values.into_iter().filter(|value| !value.is_null()) {
        let order = value.order(&best).unwrap_or_else(|| value.sort_order(&best));
        if best.is_null() || order == wanted {
            best = value;
        }
    }
    best
}

pub(super) fn sum(values: &[Value]) -> Result<f64, ScriptError> {
    values.iter().try_fold(0.0, |sum, value| Ok(sum + value.to_number()?))
}

pub(super) fn average(values: &[Value]) -> Answer {
    if values.is_empty() { Ok(Value::Null) } else { Value::number(sum(values)? / values.len() as f64) }
}

fn random(context: &mut Context, a: &Arguments) -> Answer {
    let random = context.random();
    if !a.has(0) {
        return Value::number(random);
    }
    let (from, to) = if a.has(1) { (a.number(0)?, a.number(1)?) } else { (1.0, a.number(0)?) };
    let (from, to) = (from.min(to).floor(), from.max(to).floor());
    Value::number(from + (random * (to - from + 1.0)).floor())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{call, check};
    use super::*;

    #[test]
    fn numbers_round_as_people_do() {
        check("ROUND", json!([2.5]), json!(3));
        check("ROUND", json!([1.005, 2]), json!(1.01));
        check("ROUND", json!([1234, -2]), json!(1200));
        check("ROUND", json!(["10,456", 1]), json!(10.5));
        check("INT", json!([-1.5]), json!(-2));
        check("FIX", json!([-1.5]), json!(-1));
    }

    #[test]
    fn the_smallest_and_the_sum_take_lists_and_arguments() {
        check("MIN", json!([3, 1, 2]), json!(1));
        check("MAX", json!([[3, "10", 2]]), json!("10"));
        check("SUM", json!([[1, "2,5"]]), json!(3.5));
        check("AVG", json!([[]]), json!(null));
        check("COUNT", json!([[1, 2, 3]]), json!(3));
        assert!(call("SUM", &[Value::text("x")]).is_err());
    }

    #[test]
    fn chance_stays_within_its_bounds() {
        for high in 1..50 {
            let value = call("RND", &[Value::count(high)]).unwrap().to_number().unwrap();
            assert!((1.0..=high as f64).contains(&value) && value.fract() == 0.0);
        }
    }
}
