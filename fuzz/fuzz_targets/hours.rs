//! Any business hours, as JSON or as the five settings: refused by field, or it is known when they open.
#![cfg_attr(fuzzing, no_main)]

use attendance::clock::Timestamp;
use attendance::queues::hours::{Hours, HoursSettings, HoursShape};

fn look(hours: &Hours) {
    for day in 0..370 {
        let now = Timestamp::from_secs(1_750_000_000 + day * 86_000);
        if let Some(opens) = hours.next_opening(now) {
            assert!(opens >= now && hours.is_open(opens));
        }
    }
}

attendance_fuzz::target!(
    seeds: &[r#"{"timezone":"America/Sao_Paulo","week":{"mon":[["08:00","12:00"],["13:00","24:00"]]},"holidays":["12-25","2026-02-17"]}"#,
        "08:00|18:00|seg-sex, dom|America/Sao_Paulo|01-01,12-25"],
    corpus: None,
    |bytes| {
        let text = attendance_fuzz::text(bytes);
        if let Ok(Ok(hours)) = serde_json::from_str::<HoursShape>(&text).map(|shape| Hours::new(&shape)) {
            look(&hours);
        }
        let parts: Vec<&str> = text.split('|').collect();
        if let [start, end, days, timezone, holidays] = parts[..] {
            let holidays: Vec<String> = holidays.split(',').map(str::to_owned).collect();
            if let Ok(hours) = Hours::from_settings(HoursSettings { start, end, days, timezone, holidays: &holidays }) {
                look(&hours);
            }
        }
    }
);
