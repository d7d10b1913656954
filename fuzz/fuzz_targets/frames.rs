//! Any text as a frame of an attendant's socket or of the widget's: read, or refused with a problem.
#![cfg_attr(fuzzing, no_main)]

use attendance::lang::Lang;
use attendance::{channels::web, ws};

attendance_fuzz::target!(
    seeds: &[r#"{"type":"resume","last_seq":7}"#, r#"{"type":"take","ref":"1","session_id":"018f3c1e-0000-7000-8000-000000000000"}"#,
        r#"{"type":"send","ref":"1","session_id":"018f3c1e-0000-7000-8000-000000000000","client_id":"c","text":"Olá"}"#,
        r#"{"type":"message","client_id":"c1","text":"oi","attachments":["018f3c1e-0000-7000-8000-000000000000"]}"#,
        r#"{"type":"csat","score":5,"comment":"bom"}"#, r#"{"type":"typing","on":true}"#, r#"{"type":"read","seq":3}"#],
    corpus: None,
    |bytes| {
        let text = attendance_fuzz::text(bytes);
        let ws::protocol::Read { reference, frame } = ws::protocol::read(&text);
        if let Err(problem) = frame {
            ws::protocol::error(reference.as_ref(), &problem, Lang::Pt);
        }
        if let Err(problem) = web::protocol::read(&text) {
            web::protocol::error(&problem, None, Lang::En);
        }
    }
);
