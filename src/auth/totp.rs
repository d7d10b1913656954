//! Codes of a second factor: TOTP (RFC 6238) with SHA-1, six digits and thirty seconds, which every authenticator app speaks,
//! and the recovery codes for a lost phone. Pure: whose secret it is and which codes were used is the business of `account.rs`.

use qrcode::QrCode;
use qrcode::render::svg;
use ring::hmac;
use url::form_urlencoded::byte_serialize;

use crate::clock::Timestamp;
use crate::vault::Secret;

/// Seconds a code is shown.
const STEP: i64 = 30;
const DIGITS: usize = 6;
/// Steps before and after the present one that are accepted: phones' clocks drift, and people type slowly.
const SKEW: i64 = 1;
/// Bytes of a secret: the length of the hash (RFC 4226, section 4).
const SECRET_BYTES: usize = 20;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A fresh secret, in base32 as apps take it.
pub fn secret() -> Secret {
    Secret::new(base32(&rand::random::<[u8; SECRET_BYTES]>()))
}

/// Ten codes of 80 bits, each good once: `ABCD-EFGH-IJKL-MNOP`.
pub fn recovery_codes() -> Vec<String> {
    let code = |_| {
        let text = base32(&rand::random::<[u8; 10]>());
        text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
    };
    (0..10).map(code).collect()
}

/// A code as it is compared: people type spaces, hyphens and small letters.
pub fn normal(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// The step whose code this is; later than `last`, so that no code is good twice.
pub fn accepted(secret: &Secret, code: &str, now: Timestamp, last: i64) -> Option<i64> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes(secret.expose())?);
    let present = now.secs().div_euclid(STEP);
    let code = normal(code);
    (present - SKEW..=present + SKEW)
        .filter(|step| *step > last)
        .find(|step| subtle::ConstantTimeEq::ct_eq(of_step(&key, *step).as_bytes(), code.as_bytes()).into())
}

fn of_step(key: &hmac::Key, step: i64) -> String {
    let tag = hmac::sign(key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
    let number = tag.iter().skip(offset).take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:0DIGITS$}", (number & 0x7fff_ffff) % 10_u32.pow(DIGITS as u32))
}

/// What an authenticator app reads.
pub fn uri(secret: &Secret, issuer: &str, account: &str) -> String {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let (issuer, account) = (encode(issuer), encode(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", secret.expose())
}

/// A text as a picture for a phone's camera; none when it is too long for one.
pub fn qr(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(200, 200).build())
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in bytes {
        buffer = buffer << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(buffer >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(buffer << (5 - bits) & 31) as usize]));
    }
    text
}

fn bytes(base32: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(base32.len() * 5 / 8);
    let (mut buffer, mut bits) = (0_u32, 0);
    for letter in base32.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        buffer = buffer << 5 | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 6238, appendix B: the ASCII secret `12345678901234567890`; the last six of its eight digits.
    #[test]
    fn the_codes_of_the_standard_are_accepted_at_their_time() {
        let secret = Secret::new(base32(b"12345678901234567890"));
        let vectors = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, code) in vectors {
            let now = Timestamp::from_secs(seconds);
            assert_eq!(accepted(&secret, code, now, 0), Some(seconds / STEP), "{seconds}");
            assert_eq!(accepted(&secret, "000000", now, 0), None);
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_short_while() {
        let secret = Secret::new(base32(b"12345678901234567890"));
        let at = Timestamp::from_secs;
        assert_eq!(accepted(&secret, " 050 471 ", at(1_111_111_111), 0), Some(37_037_037));
        assert_eq!(accepted(&secret, "050471", at(1_111_111_111), 37_037_037), None, "used");
        assert!(accepted(&secret, "050471", at(1_111_111_111 + STEP), 0).is_some(), "typed slowly");
        assert_eq!(accepted(&secret, "050471", at(1_111_111_111 + 3 * STEP), 0), None, "old");
        for wrong in ["", "05047", "0504711"] {
            assert_eq!(accepted(&secret, wrong, at(1_111_111_111), 0), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_is_told_whose_code_it_is() {
        let uri = uri(&Secret::new("JBSWY3DP"), "Padaria & Cia", "ana@x.example");
        assert_eq!(
            uri,
            "otpauth://totp/Padaria%20%26%20Cia:ana%40x.example?secret=JBSWY3DP&issuer=Padaria%20%26%20Cia"
        );
        assert!(qr(&uri).unwrap().contains("<svg"));
    }

    #[test]
    fn recovery_codes_are_many_and_differ() {
        let codes = recovery_codes();
        let different: std::collections::HashSet<_> = codes.iter().collect();
        assert_eq!((codes.len(), different.len()), (10, 10));
        assert!(codes.iter().all(|code| code.len() == 19 && normal(&code.to_lowercase()) == normal(code)));
    }

    proptest! {
        #[test]
        fn base32_keeps_every_byte(given in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(bytes(&base32(&given)), Some(given));
        }
    }
}
