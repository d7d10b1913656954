//! Any bytes as a provider's list of templates: nothing panics, and every placeholder stands in the text it is of.
#![cfg_attr(fuzzing, no_main)]

use attendance::channels::adapter::{Adapter, Response, TemplatePart};
use attendance::channels::whatsapp::cloud::Cloud;
use serde_json::{Map, Value};
use std::sync::LazyLock;

static CLOUD: LazyLock<Cloud> = LazyLock::new(|| {
    let fields = ["access_token", "app_secret", "verify_token"].map(|name| (name.to_owned(), Value::from("x")));
    let number = ("phone_number_id".to_owned(), Value::from("410000000000001"));
    let credentials: Map<String, Value> = fields.into_iter().chain([number]).collect();
    Cloud::new(&credentials, &Map::new()).expect("usable credentials")
});

const PAGE: &str = r#"{"data":[{"name":"pedido","language":"pt_BR","status":"APPROVED","category":"UTILITY","components":[
{"type":"HEADER","format":"TEXT","text":"Pedido {{1}}","example":{"header_text":["8841"]}},
{"type":"BODY","text":"Oi {{1}}, {{ticket}}","example":{"body_text":[["Ana","8841"]]}},{"type":"FOOTER","text":"Loja"},
{"type":"BUTTONS","buttons":[{"type":"URL","text":"Ver","url":"https://a.br/{{1}}","example":["https://a.br/x"]}]}]}],
"paging":{"cursors":{"after":"b"},"next":"https://x"}}"#;

attendance_fuzz::target!(seeds: &[PAGE], corpus: None, |body| {
    let answer = Response { status: 200, headers: Vec::new(), body: body.to_vec().into() };
    for template in CLOUD.templates(&answer).into_iter().flat_map(|(templates, _)| templates) {
        assert!(!template.body.is_empty() && !template.name.is_empty());
        for field in template.fields.iter().filter(|field| field.part == TemplatePart::Body) {
            assert!(template.body.contains(&field.name), "{field:?}");
        }
    }
});
