//! Any text as a phone number: what is accepted is canonical, and every variant leads back to it.
#![cfg_attr(fuzzing, no_main)]

use attendance::contacts::phone::normalise;

attendance_fuzz::target!(seeds: &["+55 (11) 98888-7777", "11 8888-7777", "0800 123 4567", "+39 06 6982"], corpus: None, |bytes| {
    let text = attendance_fuzz::text(bytes);
    for country in ["BR", "US", "IT", ""] {
        if let Some(phone) = normalise(&text, country) {
            for variant in phone.variants() {
                assert_eq!(normalise(&variant, country).as_ref(), Some(&phone));
            }
        }
    }
});
