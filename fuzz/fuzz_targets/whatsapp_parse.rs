//! Any bytes as a WhatsApp webhook: nothing panics, and what is read can be stored and read back.
#![cfg_attr(fuzzing, no_main)]

use attendance::channels::adapter::{Adapter, Inbound};
use attendance::channels::whatsapp::cloud::Cloud;
use serde_json::{Map, Value};
use std::sync::LazyLock;

static CLOUD: LazyLock<Cloud> = LazyLock::new(|| {
    let fields = ["access_token", "app_secret", "verify_token"].map(|name| (name.to_owned(), Value::from("x")));
    let number = ("phone_number_id".to_owned(), Value::from("410000000000001"));
    let credentials: Map<String, Value> = fields.into_iter().chain([number]).collect();
    Cloud::new(&credentials, &Map::new()).expect("usable credentials")
});

attendance_fuzz::target!(seeds: &[], corpus: Some("tests/fixtures/whatsapp-cloud"), |body| {
    for event in CLOUD.parse(body).into_iter().flatten() {
        let stored = serde_json::to_string(&event).expect("events are storable");
        serde_json::from_str::<Inbound>(&stored).expect("stored events are readable");
    }
});
