//! Reading the JSON of providers, which is only almost what they document: numbers come as strings, objects are
//! missing, an emoji is cut in half. Not for our own API, which is strict. Called by the adapters' `parse` and
//! `interpret`.

use std::borrow::Cow;

use serde_json::Value;

use super::adapter::Malformed;

/// The document, repaired where providers are known to break it: invalid UTF-8, a byte order mark, halves of surrogate
/// pairs (a name cut inside an emoji) and `\u0000`, which PostgreSQL cannot store, all become U+FFFD.
pub fn read(body: &[u8]) -> Result<Value, Malformed> {
    let text = String::from_utf8_lossy(body);
    serde_json::from_str(&repair(text.trim_start_matches('\u{feff}'))).map_err(|error| Malformed(error.to_string()))
}

/// Replaces escapes that stand for no storable character; anything else stays byte for byte.
fn repair(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let unit = |rest: &str| u16::from_str_radix(rest.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        repaired.push_str(before);
        let (length, good) = match unit(escape) {
            Some(0xd800..=0xdbff) => match escape.get(6..).and_then(unit) {
                Some(0xdc00..=0xdfff) => (12, true),
                _ => (6, false),
            },
            Some(0xdc00..=0xdfff | 0) => (6, false),
            Some(_) => (6, true),
            None => (1 + escape.chars().nth(1).map_or(0, char::len_utf8), true),
        };
        let (escape, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        repaired.push_str(if good { escape } else { "\\ufffd" });
        rest = after;
    }
    repaired.push_str(rest);
    Cow::Owned(repaired)
}

/// The member `key`; null when it, or the object itself, is missing.
pub fn at<'a>(value: &'a Value, key: &str) -> &'a Value {
    value.get(key).unwrap_or(&Value::Null)
}

/// The elements of the array `key`; none when it is missing or no array.
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    at(value, key).as_array().map_or(&[], Vec::as_slice)
}

/// A string or a number as text; `None` when missing, empty or of another type.
pub fn text(value: &Value, key: &str) -> Option<String> {
    match at(value, key) {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A whole number, given as a number or as a string.
pub fn int(value: &Value, key: &str) -> Option<i64> {
    text(value, key)?.trim().parse().ok()
}

/// `true`, or the string `"true"`.
pub fn flag(value: &Value, key: &str) -> bool {
    match at(value, key) {
        Value::Bool(flag) => *flag,
        Value::String(text) => text == "true",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_of_emoji_and_nulls_become_replacement_characters() {
        for (sent, read_as) in [
            (r#""a\ud83d\ude00b""#, "a😀b"),
            (r#""a\ud83d""#, "a\u{fffd}"),
            (r#""\ude00a""#, "\u{fffd}a"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""a\u0000b""#, "a\u{fffd}b"),
            (r#""a\\u0000b""#, "a\\u0000b"),
            (r#""\u00e9\/""#, "é/"),
        ] {
            assert_eq!(read(sent.as_bytes()), Ok(Value::String(read_as.into())), "{sent}");
        }
        assert_eq!(read(b"\xef\xbb\xbf\"a\xffb\""), Ok(Value::String("a\u{fffd}b".into())));
    }

    #[test]
    fn numbers_and_strings_are_read_alike() {
        let value = serde_json::json!({"a": 1, "b": "2", "c": "", "d": null, "e": [1], "f": "true", "g": 1.5});
        assert_eq!(
            (int(&value, "a"), int(&value, "b"), int(&value, "c"), int(&value, "g")),
            (Some(1), Some(2), None, None)
        );
        assert_eq!((text(&value, "a"), text(&value, "d"), text(&value, "e")), (Some("1".into()), None, None));
        assert!(flag(&value, "f") && !flag(&value, "a"));
        assert_eq!((list(&value, "e").len(), list(&value, "a").len(), list(&Value::Null, "e").len()), (1, 0, 0));
    }

    proptest! {
        #[test]
        fn reading_never_panics(body in proptest::collection::vec(any::<u8>(), 0..200), tail in r#"(\\u[0-9a-fé]{0,5}|\\.|x){0,9}"#) {
            let _ = read(&body);
            let _ = read(format!("\"{tail}").as_bytes());
        }

        #[test]
        fn what_was_well_formed_is_read_unchanged(text in any::<String>()) {
            let sent = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(read(sent.as_bytes()).unwrap(), Value::String(text.replace('\0', "\u{fffd}")));
        }
    }
}
