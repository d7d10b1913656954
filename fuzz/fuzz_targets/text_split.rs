//! Any text, any limit, any Markdown: parts fit, nothing but whitespace is lost.
#![no_main]

use attendance::channels::text::{PLAIN, WHATSAPP, markup, split, utf16};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, &str)| {
    let (limit, text) = (usize::from(input.0), input.1);
    let parts = split(text, limit, utf16);
    let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    assert_eq!(solid(&parts.concat()), solid(text));
    // One character may need two units: below that a limit cannot be kept.
    assert!(limit < 2 || parts.iter().all(|part| utf16(part) <= limit));
    markup(text, &WHATSAPP);
    markup(text, &PLAIN);
});
