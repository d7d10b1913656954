//! The business account's message templates, as `GET /{business_account_id}/message_templates` lists them.

use serde_json::Value;

use crate::channels::adapter::{Template, TemplateField, TemplatePart, TemplateValue};
use crate::channels::json;

/// The approved ones of a page that a person can fill in. Left out are those whose parts need more than texts and one
/// file: carousels, offers, catalogues, codes, flows, a place as header.
pub(super) fn read(page: &Value) -> Vec<Template> {
    json::list(page, "data").iter().filter_map(template).collect()
}

/// Where the next page begins; none on the last.
pub(super) fn next(page: &Value) -> Option<String> {
    let paging = json::at(page, "paging");
    json::text(paging, "next")?;
    json::text(json::at(paging, "cursors"), "after")
}

fn template(listed: &Value) -> Option<Template> {
    if json::text(listed, "status").is_some_and(|status| !status.eq_ignore_ascii_case("approved")) {
        return None;
    }
    let mut template = Template {
        name: json::text(listed, "name")?,
        language: json::text(listed, "language")?,
        category: json::text(listed, "category").unwrap_or_default().to_lowercase(),
        header: None,
        body: String::new(),
        footer: None,
        buttons: Vec::new(),
        fields: Vec::new(),
    };
    let mut seen: Vec<String> = Vec::new();
    for component in json::list(listed, "components") {
        let text = json::text(component, "text");
        let kind = json::text(component, "type")?.to_ascii_uppercase();
        // Of two bodies nobody knows which one the values are for.
        if seen.contains(&kind) {
            return None;
        }
        match kind.as_str() {
            "HEADER" => header(&mut template, component, text)?,
            "BODY" => {
                let text = text?;
                let example = json::at(component, "example");
                let in_order = json::list(example, "body_text").first().and_then(Value::as_array);
                let named = json::list(example, "body_text_named_params");
                fields(&mut template, TemplatePart::Body, &text, |at, name| {
                    let of_name = named.iter().find(|one| json::text(one, "param_name").as_deref() == Some(name));
                    let by_name = of_name.and_then(|one| json::text(one, "example"));
                    by_name.or_else(|| in_order?.get(at)?.as_str().map(str::to_owned))
                });
                template.body = text;
            }
            "FOOTER" => template.footer = text,
            "BUTTONS" => {
                for (at, button) in json::list(component, "buttons").iter().enumerate() {
                    template.buttons.push(json::text(button, "text").unwrap_or_default());
                    match json::text(button, "type")?.to_ascii_uppercase().as_str() {
                        "QUICK_REPLY" | "PHONE_NUMBER" => {}
                        "URL" => {
                            let url = json::text(button, "url").unwrap_or_default();
                            // The example is the whole address; given is only its end.
                            let begin = url.split("{{").next().unwrap_or_default();
                            let example = json::list(button, "example").first().and_then(Value::as_str);
                            let example = example.map(|whole| whole.strip_prefix(begin).unwrap_or(whole));
                            let part = TemplatePart::Button { index: at };
                            fields(&mut template, part, &url, |_, _| example.map(str::to_owned));
                        }
                        _ => return None,
                    }
                }
            }
            _ => return None,
        }
        seen.push(kind);
    }
    Some(template).filter(|template| !template.body.is_empty())
}

/// None: of a kind that cannot be filled in.
fn header(template: &mut Template, component: &Value, text: Option<String>) -> Option<()> {
    let value = match json::text(component, "format")?.to_ascii_uppercase().as_str() {
        "TEXT" => {
            let text = text?;
            let example = json::at(component, "example");
            let example = json::list(example, "header_text").first().and_then(Value::as_str);
            fields(template, TemplatePart::Header, &text, |_, _| example.map(str::to_owned));
            template.header = Some(text);
            return Some(());
        }
        "IMAGE" => TemplateValue::Image,
        "VIDEO" => TemplateValue::Video,
        "DOCUMENT" => TemplateValue::Document,
        _ => return None,
    };
    let part = TemplatePart::Header;
    template.fields.push(TemplateField { part, name: String::new(), named: false, value, example: None });
    Some(())
}

/// One field for each placeholder: `{{1}}` by its place, `{{ticket}}` by its name.
fn fields(template: &mut Template, part: TemplatePart, text: &str, example: impl Fn(usize, &str) -> Option<String>) {
    for (at, name) in placeholders(text).into_iter().enumerate() {
        template.fields.push(TemplateField {
            part,
            named: !name.bytes().all(|byte| byte.is_ascii_digit()),
            example: example(at, name),
            name: name.to_owned(),
            value: TemplateValue::Text,
        });
    }
}

/// Each once: positional ones by their number, named ones as they appear.
fn placeholders(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for piece in text.split("{{").skip(1) {
        let Some((name, _)) = piece.split_once("}}") else { continue };
        let name = name.trim();
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !name.is_empty() && name.bytes().all(known) && !found.contains(&name) {
            found.push(name);
        }
    }
    found.sort_by_key(|name| name.parse::<u32>().unwrap_or(0));
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_says_what_must_be_filled_in() {
        let page = json!({"data": [{
        "name": "pedido_enviado", "language": "pt_BR", "status": "APPROVED", "category": "UTILITY", "id": "1",
        "components": [
            {"type": "HEADER", "format": "DOCUMENT", "example": {"header_handle": ["https://a.br/x.pdf"]}},
            {"type": "BODY", "text": "Olá {{1}}, o pedido {{2}} saiu. {{1}}, até já!",
                "example": {"body_text": [["Marina", "8841"]]}},
            {"type": "FOOTER", "text": "Loja Aurora"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Obrigada"},
                {"type": "URL", "text": "Acompanhar", "url": "https://a.br/p/{{1}}", "example": ["https://a.br/p/8841"]}]},
        ]}]});
        let [template] = <[Template; 1]>::try_from(read(&page)).unwrap();
        assert_eq!((template.name.as_str(), template.category.as_str()), ("pedido_enviado", "utility"));
        assert_eq!(template.buttons, ["Obrigada", "Acompanhar"]);
        let fields: Vec<_> =
            template.fields.iter().map(|f| (f.part, f.name.as_str(), f.value, f.example.as_deref())).collect();
        assert_eq!(
            fields,
            [
                (TemplatePart::Header, "", TemplateValue::Document, None),
                (TemplatePart::Body, "1", TemplateValue::Text, Some("Marina")),
                (TemplatePart::Body, "2", TemplateValue::Text, Some("8841")),
                (TemplatePart::Button { index: 1 }, "1", TemplateValue::Text, Some("8841")),
            ]
        );
        assert!(template.fields.iter().all(|field| !field.named));
    }

    #[test]
    fn named_values_keep_their_names() {
        let page = json!({"data": [{"name": "n", "language": "en", "components": [{"type": "body",
            "text": "Hi {{first_name}}, ticket {{ticket}}",
            "example": {"body_text_named_params": [{"param_name": "ticket", "example": "8841"}]}}]}]});
        let template = read(&page).remove(0);
        let fields: Vec<_> = template.fields.iter().map(|f| (f.name.as_str(), f.named, f.example.as_deref())).collect();
        assert_eq!(fields, [("first_name", true, None), ("ticket", true, Some("8841"))]);
    }

    #[test]
    fn what_is_not_approved_or_cannot_be_filled_in_is_left_out() {
        let body = json!({"type": "BODY", "text": "Oi"});
        let with = |status: &str, more: Value| json!({"name": "n", "language": "pt_BR", "status": status, "components": [body, more]});
        let page = json!({"data": [
            with("REJECTED", json!({"type": "FOOTER", "text": "x"})),
            with("APPROVED", json!({"type": "CAROUSEL", "cards": []})),
            with("APPROVED", json!({"type": "HEADER", "format": "LOCATION"})),
            with("APPROVED", json!({"type": "body", "text": "Olá {{1}}"})),
            with("APPROVED", json!({"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "text": "c"}]})),
            json!({"name": "without a body", "language": "en", "components": []}),
            json!("nothing"),
        ]});
        assert_eq!(read(&page), []);
        assert_eq!(read(&json!(null)), []);
    }

    #[test]
    fn pages_follow_until_the_last() {
        let cursors = json!({"before": "a", "after": "b"});
        assert_eq!(next(&json!({"paging": {"cursors": cursors, "next": "https://x"}})).as_deref(), Some("b"));
        assert_eq!(next(&json!({"paging": {"cursors": cursors}})), None);
    }

    proptest! {
        #[test]
        fn any_text_has_each_placeholder_once(text in "(\\PC{0,3}|\\{\\{[a-z0-9_ ]{0,4}\\}\\}|\\{\\{){0,20}") {
            let found = placeholders(&text);
            for (at, name) in found.iter().enumerate() {
                prop_assert!(!name.is_empty() && text.contains(name) && !found[..at].contains(name));
            }
        }
    }
}
