//! Any text, any limit (the first two bytes), any Markdown: parts fit, nothing but whitespace is lost.
#![cfg_attr(fuzzing, no_main)]

use attendance::channels::text::{PLAIN, WHATSAPP, markup, split, utf16};

attendance_fuzz::target!(seeds: &["\u{8}\0**Olá** _mundo_, [aqui](https://x.example)\n\n- um\n- dois 🙂🙂"], corpus: None, |bytes| {
    let Some((limit, rest)) = bytes.split_first_chunk::<2>() else { return };
    let (limit, text) = (usize::from(u16::from_le_bytes(*limit)), attendance_fuzz::text(rest));
    let parts = split(&text, limit, utf16);
    let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    assert_eq!(solid(&parts.concat()), solid(&text));
    // One character may need two units: below that a limit cannot be kept.
    assert!(limit < 2 || parts.iter().all(|part| utf16(part) <= limit));
    markup(&text, &WHATSAPP);
    markup(&text, &PLAIN);
});
