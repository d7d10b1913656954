//! Reading a channel's credentials and settings, one [`FieldError`] per field that cannot be used. Not the shapes of
//! our API. Called by each adapter's constructor.

use serde_json::{Map, Value};
use url::Url;

use super::adapter::FieldError;
use crate::lang::{Message, message};

/// One of the two objects that configure a channel (`credentials`, `settings`), and what was wrong with it so far.
pub struct Fields<'a> {
    group: &'static str,
    map: &'a Map<String, Value>,
    pub errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    pub fn new(group: &'static str, map: &'a Map<String, Value>) -> Self {
        Fields { group, map, errors: Vec::new() }
    }

    pub fn refuse(&mut self, name: &str, code: &'static str, message: impl Into<Message>) {
        self.errors.push(FieldError { field: format!("{}.{name}", self.group), code, message: message.into() });
    }

    /// A trimmed text (whole numbers are taken as text: ids get pasted both ways); `None` when missing, null or empty.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        match self.map.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Some(Value::Number(number)) if number.is_u64() => Some(number.to_string()),
            Some(_) => {
                self.refuse(name, "invalid", message!("{name} precisa ser um texto", "{name} must be a text"));
                None
            }
        }
    }

    /// As [`Fields::optional`]; refused when nothing is there. The empty text returned then never leaves the
    /// constructor.
    pub fn required(&mut self, name: &str) -> String {
        let known = self.errors.len();
        let value = self.optional(name);
        if value.is_none() && self.errors.len() == known {
            self.refuse(name, "required", message!("falta {name}", "{name} is missing"));
        }
        value.unwrap_or_default()
    }

    /// Refuses a present value that breaks `rule`, which `message` says in words.
    pub fn check(&mut self, name: &str, value: &str, rule: impl Fn(&str) -> bool, message: (&str, &str)) {
        if !value.is_empty() && !rule(value) {
            let (pt, en) = message;
            self.refuse(name, "invalid", message!("{name} {pt}", "{name} {en}"));
        }
    }

    /// An `http` or `https` address without credentials, query or fragment. Whether it may be called is decided where
    /// it is.
    pub fn url(&mut self, name: &str) -> Option<Url> {
        let text = self.optional(name)?;
        let plain = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.fragment().is_none()
        };
        let url = Url::parse(&text).ok().filter(plain);
        if url.is_none() {
            self.refuse(
                name,
                "invalid",
                message!(
                    "{name} precisa ser um endereço http ou https sem credenciais",
                    "{name} must be an http or https address without credentials"
                ),
            );
        }
        url
    }
}

/// What may stand in a header: a token pasted with a line break in it would otherwise fail at the first send.
pub fn is_token(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_graphic())
}

pub fn is_number(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_unusable_field_is_named_once_with_its_code() {
        let map =
            json!({"a": " x ", "b": 12, "c": "", "d": [1], "e": "ftp://h", "f": "http://u:p@h", "g": "https://h/x"});
        let mut fields = Fields::new("credentials", map.as_object().unwrap());
        assert_eq!((fields.required("a"), fields.required("b")), ("x".into(), "12".into()));
        assert_eq!((fields.required("c"), fields.required("d"), fields.optional("none")), ("".into(), "".into(), None));
        assert_eq!((fields.url("e"), fields.url("f"), fields.url("none")), (None, None, None));
        assert_eq!(fields.url("g").unwrap().as_str(), "https://h/x");
        fields.check("a", "x", is_number, ("só pode ter dígitos", "must be digits"));
        let seen: Vec<_> = fields.errors.iter().map(|error| (error.field.as_str(), error.code)).collect();
        let expected = [("c", "required"), ("d", "invalid"), ("e", "invalid"), ("f", "invalid"), ("a", "invalid")];
        assert_eq!(
            seen,
            expected
                .map(|(field, code)| (format!("credentials.{field}"), code))
                .each_ref()
                .map(|(f, c)| (f.as_str(), *c))
        );
    }
}
