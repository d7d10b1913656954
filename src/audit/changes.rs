//! What a change did to a thing, field by field, as it is shown: so without secrets, of which the hints are compared. Pure.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

/// What moves by itself, or is nobody's business but its owner's.
const UNTOLD: [&str; 7] =
    ["updated_at", "version", "health", "health_reason", "health_since", "preferences", "has_totp"];
/// Characters of a value that are kept.
const LONGEST: usize = 2_000;

/// `{"name": {"from": "A", "to": "B"}}`, of objects inside by `settings.color`; what was or is not there is null.
pub fn between(before: impl Serialize, after: impl Serialize) -> BTreeMap<String, Value> {
    let mut changes = BTreeMap::new();
    let value = |shown: serde_json::Result<Value>| shown.unwrap_or_default(); // our own views are objects
    compare("", &value(serde_json::to_value(before)), &value(serde_json::to_value(after)), &mut changes);
    changes
}

fn compare(path: &str, before: &Value, after: &Value, changes: &mut BTreeMap<String, Value>) {
    if before == after {
        return;
    }
    if let (Value::Object(ours), Value::Object(theirs)) = (before, after)
        && ![before, after].into_iter().any(is_hint)
    {
        for name in ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name))) {
            if path.is_empty() && UNTOLD.contains(&name.as_str()) {
                continue;
            }
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let of = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
            compare(&path, &of(ours), &of(theirs), changes);
        }
        return;
    }
    changes.insert(path.to_owned(), json!({"from": cut(before), "to": cut(after)}));
}

/// A secret as it is shown: `{"set": true, "last4": "9f3c"}`.
fn is_hint(value: &Value) -> bool {
    value.get("set").is_some_and(Value::is_boolean)
}

fn cut(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.char_indices().nth(LONGEST) {
            Some((at, _)) => format!("{}…", &text[..at]).into(),
            None => value.clone(),
        },
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_told_and_secrets_by_their_hints() {
        let before = json!({
            "name": "A", "tags": ["x"], "updated_at": 1, "settings": {"color": "#fff", "title": "Oi"},
            "credentials": {"token": {"set": true, "last4": "1111"}},
        });
        let after = json!({
            "name": "B", "tags": ["x"], "updated_at": 2, "settings": {"color": "#000", "logo": "l"},
            "credentials": {"token": {"set": true, "last4": "2222"}},
        });
        let told = json!(between(before, after));
        assert_eq!(
            told,
            json!({
                "name": {"from": "A", "to": "B"},
                "settings.color": {"from": "#fff", "to": "#000"},
                "settings.title": {"from": "Oi", "to": null},
                "settings.logo": {"from": null, "to": "l"},
                "credentials.token": {"from": {"set": true, "last4": "1111"}, "to": {"set": true, "last4": "2222"}},
            })
        );
    }

    #[test]
    fn a_long_text_is_cut() {
        let told = between(json!({"text": ""}), json!({"text": "ã".repeat(3_000)}));
        assert_eq!(told["text"]["to"].as_str().unwrap().chars().count(), LONGEST + 1);
    }
}
