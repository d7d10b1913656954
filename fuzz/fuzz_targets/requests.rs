//! Any bytes where a request carries something: the `api` channel's body, `Accept-Language`, a cursor.
#![cfg_attr(fuzzing, no_main)]

use attendance::api::paging;
use attendance::channels::api_channel::api::{MessageRequest, check};
use attendance::ids::QueueId;
use attendance::lang::Lang;

attendance_fuzz::target!(
    seeds: &[r#"{"external_id":"m1","from":{"id":"u1","name":"Bia","phone":"11 98765-0001"},"text":"Oi","attachments":[{"url":"https://x.example/a.png"}],"sent_at":"2026-01-15T13:30:00Z"}"#,
        "pt-BR,pt;q=0.9,en;q=0.8,*;q=0.1", "WzEsImEiXQ", "WzAsIlN1cG9ydGUiLCIwMThmM2MxZS0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiXQ"],
    corpus: None,
    |bytes| {
        let text = attendance_fuzz::text(bytes);
        if let Ok(request) = serde_json::from_slice::<MessageRequest>(bytes) {
            // Refused or not: an answer.
            drop(check(&request));
        }
        Lang::from_accept_language(&text);
        if let Ok(Some(key)) = paging::decode::<(i64, String, QueueId)>(Some(&text)) {
            assert_eq!(paging::decode(Some(&paging::encode(&key))).ok().flatten(), Some(key));
        }
    }
);
