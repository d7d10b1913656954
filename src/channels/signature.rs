//! HMAC-SHA256 as webhooks use it: checking what providers signed, signing what we send (Standard Webhooks 1.0). Not
//! for tokens and passwords, which are `auth/`. Called by the adapters and by the outgoing webhooks.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::clock::Timestamp;

fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key length");
    for part in parts {
        mac.update(part);
    }
    mac
}

/// Whether `signature` (exactly 64 lower-case hexadecimal digits) is the HMAC-SHA256 of `body`. Compared in constant
/// time.
pub fn verify_hex(key: &[u8], body: &[u8], signature: &str) -> bool {
    let lower = signature.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let mut expected = [0; 32];
    lower && hex::decode_to_slice(signature, &mut expected).is_ok() && mac(key, &[body]).verify_slice(&expected).is_ok()
}

/// The HMAC-SHA256 of `body` in lower-case hexadecimal digits, as [`verify_hex`] expects it.
pub fn sign_hex(key: &[u8], body: &[u8]) -> String {
    hex::encode(mac(key, &[body]).finalize().into_bytes())
}

/// The secret of an outgoing webhook: `whsec_<base64>` as the convention writes it, or any other text, taken as its
/// bytes.
#[derive(Clone)]
pub struct WebhookSecret(Vec<u8>);

impl WebhookSecret {
    /// `None`: empty, or `whsec_` followed by what is not base64.
    pub fn parse(text: &str) -> Option<Self> {
        let key = match text.strip_prefix("whsec_") {
            Some(encoded) => STANDARD.decode(encoded).or_else(|_| STANDARD_NO_PAD.decode(encoded)).ok()?,
            None => text.as_bytes().to_vec(),
        };
        (!key.is_empty()).then_some(WebhookSecret(key))
    }

    /// The value of `webhook-signature`: `v1,` and the base64 of the HMAC of `id.timestamp.body`, time in Unix seconds.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let seconds = at.secs().to_string();
        let tag = mac(&self.0, &[id.as_bytes(), b".", seconds.as_bytes(), b".", body]).finalize();
        format!("v1,{}", STANDARD.encode(tag.into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_standard_webhooks_is_reproduced() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp::from_secs(1614265330), br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_base64_after_its_prefix_and_raw_text_otherwise() {
        assert_eq!(WebhookSecret::parse("whsec_YWJj").unwrap().0, b"abc");
        assert_eq!(WebhookSecret::parse("whsec_YWI").unwrap().0, b"ab");
        assert_eq!(WebhookSecret::parse("a secret").unwrap().0, b"a secret");
        assert!(["", "whsec_", "whsec_*"].iter().all(|text| WebhookSecret::parse(text).is_none()));
    }

    #[test]
    fn only_the_whole_lower_case_signature_is_accepted() {
        // RFC 4231, test case 2.
        let good = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let body = b"what do ya want for nothing?";
        assert!(verify_hex(b"Jefe", body, good));
        for bad in ["", &good[1..], &format!("{good}0"), &good.to_uppercase(), &good.replace('5', "6"), "é"] {
            assert!(!verify_hex(b"Jefe", body, bad), "{bad}");
        }
    }
}
