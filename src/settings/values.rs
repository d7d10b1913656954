//! Settings as organizations and bots keep them: checked against the registry, secrets sealed, shown without them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::keys;
use crate::ids::OrganizationId;
use crate::lang::Message;
use crate::vault::{OpenError, Secret, SecretView, Vault};

/// Stored names and values.
pub type Values = BTreeMap<String, String>;

/// One value that cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub name: String,
    pub reason: Message,
    /// The known name that resembles an unknown one; none when the name is known.
    pub unknown: bool,
    pub nearest: Option<&'static str>,
}

/// Brings given values to their stored names and normal forms. Null and the empty text clear a setting; a secret as it was
/// shown (`{"set":true}`, `***`) is left as it is.
pub fn normal(given: &BTreeMap<String, Value>) -> Result<Vec<(String, String)>, Vec<Fault>> {
    let (mut changes, mut faults) = (Vec::new(), Vec::new());
    for (name, value) in given {
        let Some((key, lang)) = keys::find(name) else {
            let nearest = keys::nearest(name);
            faults.push(Fault {
                name: name.clone(),
                reason: ("nome desconhecido", "unknown name").into(),
                unknown: true,
                nearest,
            });
            continue;
        };
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Bool(yes) => yes.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Object(view) if key.kind.is_secret() && view.contains_key("set") => continue,
            Value::Array(_) | Value::Object(_) => {
                let reason =
                    ("esperado: um texto, um número ou sim/não", "expected a text, a number or true/false").into();
                faults.push(Fault { name: name.clone(), reason, unknown: false, nearest: None });
                continue;
            }
        };
        if key.kind.is_secret() && text == "***" {
            continue;
        }
        match key.normalise(&text) {
            Ok(value) => changes.push((key.name.to_owned() + &lang.map(keys::suffix).unwrap_or_default(), value)),
            Err(reason) => faults.push(Fault { name: name.clone(), reason, unknown: false, nearest: None }),
        }
    }
    if faults.is_empty() { Ok(changes) } else { Err(faults) }
}

fn is_secret(name: &str) -> bool {
    keys::find(name).is_some_and(|(key, _)| key.kind.is_secret())
}

/// A sealed value opens for its organization and name only; a bot's and its organization's alike.
fn seal_name(organization: OrganizationId, name: &str) -> String {
    format!("settings.{organization}.{name}")
}

/// Stores changes: an empty value removes the setting, so that the default holds again.
pub fn apply(vault: &Vault, organization: OrganizationId, stored: &mut Values, changes: &[(String, String)]) {
    for (name, value) in changes {
        if value.is_empty() {
            stored.remove(name);
        } else if is_secret(name) {
            stored.insert(name.clone(), vault.seal(&Secret::new(value.as_str()), &seal_name(organization, name)));
        } else {
            stored.insert(name.clone(), value.clone());
        }
    }
}

/// A stored secret, for the line that uses it. None: not set.
pub fn open(
    vault: &Vault,
    organization: OrganizationId,
    stored: &Values,
    name: &str,
) -> Result<Option<Secret>, OpenError> {
    stored.get(name).map(|sealed| vault.open(sealed, &seal_name(organization, name))).transpose()
}

/// What is set, secrets by their last characters.
pub fn shown(vault: &Vault, organization: OrganizationId, stored: &Values) -> BTreeMap<String, Value> {
    let show = |(name, value): (&String, &String)| {
        let value = if is_secret(name) {
            let secret = vault.open(value, &seal_name(organization, name)).ok();
            let view = SecretView { set: true, last4: secret.as_ref().and_then(Secret::last4) };
            serde_json::to_value(view).unwrap_or_default() // a flag and a text
        } else {
            Value::String(value.clone())
        };
        (name.clone(), value)
    };
    stored.iter().map(show).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(value: Value) -> BTreeMap<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn values_of_every_json_kind_become_normal() {
        let changes = normal(&given(json!({
            "attendance_auto_transfer": false, "attendance-queue-size": 70, "bot-greeting-en": "Hi", "history-limit": null,
            "llm-key": {"set": true, "last4": "9f3c"}, "stt-key": "***",
        })))
        .unwrap();
        let expected = [
            ("attendance-queue-size", "70"),
            ("attendance-auto-transfer", "false"),
            ("bot-greeting-en", "Hi"),
            ("history-limit", ""),
        ];
        assert_eq!(changes.len(), expected.len());
        for (name, value) in expected {
            assert!(changes.contains(&(name.to_owned(), value.to_owned())), "{name}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let faults = normal(&given(json!({"bot-greting": "a", "history-limit": "many", "llm-url": []}))).unwrap_err();
        let names: Vec<_> = faults.iter().map(|fault| (fault.name.as_str(), fault.nearest)).collect();
        assert_eq!(names, [("bot-greting", Some("bot-greeting")), ("history-limit", None), ("llm-url", None)]);
    }

    #[test]
    fn a_secret_is_stored_sealed_shown_by_its_end_and_opens_for_its_organization_only() {
        let vault = Vault::from_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "test").unwrap();
        let (ours, theirs) = (OrganizationId::new(), OrganizationId::new());
        let mut stored = Values::new();
        apply(&vault, ours, &mut stored, &[("llm-key".into(), "sk-1234567890abcd".into())]);
        assert!(!stored["llm-key"].contains("1234567890"));
        assert_eq!(shown(&vault, ours, &stored)["llm-key"], json!({"set": true, "last4": "abcd"}));
        assert_eq!(open(&vault, ours, &stored, "llm-key").unwrap().unwrap().expose(), "sk-1234567890abcd");
        assert!(open(&vault, theirs, &stored, "llm-key").is_err());
        apply(&vault, ours, &mut stored, &[("llm-key".into(), String::new())]);
        assert!(stored.is_empty());
    }
}
