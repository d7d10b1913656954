//! Any text as a `config.csv`: what is accepted is written and read back the same.
#![cfg_attr(fuzzing, no_main)]

use attendance::settings::csv::{export_csv, parse_csv};
use std::collections::BTreeMap;

attendance_fuzz::target!(
    seeds: &["name,value\nattendance-bypass-mode,true\nbot-greeting,\"Olá,\n\"\"mundo\"\"\"\n",
        "BUSINESS_HOURS_DAYS;seg-sex\nbusiness-hours-holidays;\"01-01, 12-25\"\n# nada\nattendance-offer-seconds,30\n"],
    corpus: None,
    |bytes| {
        let parsed = parse_csv(&attendance_fuzz::text(bytes));
        let stored: BTreeMap<String, String> = parsed.accepted.into_iter().collect();
        assert!(parse_csv(&export_csv(&stored)).rejected.is_empty());
    }
);
