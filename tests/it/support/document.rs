//! Holds every answer that a scenario gets against the OpenAPI document: the status is one the route documents, a refusal is
//! a problem, a body has the documented shape.

use std::sync::OnceLock;

use serde_json::Value;

/// The document, as served.
pub fn whole() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_value(attendance::api::openapi::whole()).unwrap())
}

/// The path of the document that a called path belongs to; literal parts win over parameters.
pub fn route(path: &str) -> Option<&'static str> {
    let called: Vec<&str> = path.split(['?', '#']).next()?.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == called.len()
            && parts
                .iter()
                .zip(&called)
                .all(|(part, given)| part == given || part.starts_with('{') && !given.is_empty())
    };
    let known = whole()["paths"].as_object().unwrap().keys();
    known.map(String::as_str).filter(|template| fits(template)).min_by_key(|template| template.matches('{').count())
}

/// Fails the scenario when the answer is not one that the document promises.
#[track_caller]
pub fn check(method: &str, path: &str, status: u16, kind: &str, text: &str) {
    if status >= 400 {
        assert!(kind.starts_with("application/problem+json"), "{method} {path}: {status} is {kind:?}: {text}");
        check_problem(method, path, status, text);
    }
    let Some(template) = route(path) else { return };
    let operation = &whole()["paths"][template][method.to_lowercase()];
    if operation.is_null() {
        let answered = matches!((method, status), (_, 405) | ("HEAD" | "OPTIONS", _));
        assert!(answered, "{method} {path}: {status}, and not in the document");
        return;
    }
    let response = &operation["responses"][status.to_string()];
    assert!(!response.is_null(), "{method} {template} does not document {status}: {text}");
    let content = response["content"].as_object().and_then(|content| content.iter().next());
    if let Some((media, content)) = content
        && media.ends_with("json")
        && status != 304
    {
        let body: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{method} {path}: no JSON: {text}"));
        if let Err(fault) = fits(&content["schema"], &body, "") {
            panic!("{method} {template} {status} is not of its documented shape: {fault}\n{text}");
        }
    }
}

#[track_caller]
fn check_problem(method: &str, path: &str, status: u16, text: &str) {
    let body: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{method} {path}: no JSON: {text}"));
    let code = body["code"].as_str().unwrap_or_default();
    assert_eq!(body["status"], status, "{text}");
    assert_eq!(body["type"], format!("https://attendance.dev/problems/{code}"), "{text}");
    for name in ["title", "detail", "request_id"] {
        assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}: no {name}: {text}");
    }
}

/// Whether a value has the shape of a schema (the part of JSON Schema that the document uses); else what does not fit, and where.
fn fits(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let target = name.strip_prefix('#').and_then(|pointer| whole().pointer(pointer));
        return fits(target.ok_or(format!("{name} is not in the document"))?, value, at);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fits(part, value, at)?;
    }
    let any = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    if let Some(any) = any {
        let faults: Vec<String> = any.iter().filter_map(|part| fits(part, value, at).err()).collect();
        if faults.len() == any.len() {
            return Err(faults.join("; or "));
        }
    }
    if let Some(known) = schema["enum"].as_array()
        && !known.contains(value)
    {
        return Err(format!("{at}: {value} is none of {known:?}"));
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &&str| match *kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    if !kinds.is_empty() && !kinds.iter().any(is) {
        return Err(format!("{at}: {value} is not {kinds:?}"));
    }
    if let Some(object) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                return Err(format!("{at}.{name} is missing"));
            }
        }
        for (name, part) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(value) = object.get(name) {
                fits(part, value, &format!("{at}.{name}"))?;
            }
        }
        if schema["additionalProperties"].is_object() {
            let named = &schema["properties"];
            for (name, value) in object.iter().filter(|(name, _)| named[name.as_str()].is_null()) {
                fits(&schema["additionalProperties"], value, &format!("{at}.{name}"))?;
            }
        }
    }
    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
        if schema["items"].is_object() {
            fits(&schema["items"], value, &format!("{at}[{index}]"))?;
        }
    }
    Ok(())
}
