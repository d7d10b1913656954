//! Any text as a phone number: what is accepted is canonical, and every variant leads back to it.
#![no_main]

use attendance::contacts::phone::normalise;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for country in ["BR", "US", "IT", ""] {
        if let Some(phone) = normalise(text, country) {
            for variant in phone.variants() {
                assert_eq!(normalise(&variant, country).as_ref(), Some(&phone));
            }
        }
    }
});
