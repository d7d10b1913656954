//! Web Push as it is on the wire: messages that only the browser can read (RFC 8291, one record of `aes128gcm`, RFC 8188) and
//! the proof of who sends them (VAPID, RFC 8292). Sends nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;
use url::Url;

use crate::clock::Timestamp;
use crate::vault::Secret;

/// Bytes of an uncompressed point of P-256, the form of every public key here.
pub const POINT: usize = 65;
/// Bytes of a browser's authentication secret.
pub const AUTH: usize = 16;
const SALT: usize = 16;
/// The one record of a message is smaller than this.
const RECORD: u32 = 4096;
/// Seconds that a proof is good: at most a day (RFC 8292, section 2).
const PROOF_SECONDS: i64 = 12 * 3600;

/// Keys that are no keys, or a source of randomness that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the push keys cannot be used")]
pub struct Unusable;

impl From<ring::error::Unspecified> for Unusable {
    fn from(_: ring::error::Unspecified) -> Self {
        Unusable
    }
}

/// The installation's own keys: browsers subscribe to whoever has them, so they are made once.
pub struct Keys {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Keys {
    /// Fresh ones, as the text that is kept.
    pub fn generate() -> Result<Secret, Unusable> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())?;
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(document)))
    }

    pub fn from_secret(secret: &Secret) -> Result<Keys, Unusable> {
        let document = URL_SAFE_NO_PAD.decode(secret.expose()).map_err(|_| Unusable)?;
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document, &random);
        Ok(Keys { pair: pair.map_err(|_| Unusable)?, random })
    }

    /// What browsers are given to subscribe (`applicationServerKey`), base64url.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key())
    }

    /// The header that proves to `endpoint`'s server who sends. `subject`: where its operator reaches ours.
    pub fn authorization(&self, endpoint: &Url, subject: &str, now: Timestamp) -> Result<String, Unusable> {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({
            "aud": endpoint.origin().ascii_serialization(), "exp": now.secs() + PROOF_SECONDS, "sub": subject,
        });
        let signed = format!("{}.{}", part(json!({"typ": "JWT", "alg": "ES256"})), part(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes())?;
        Ok(format!("vapid t={signed}.{}, k={}", URL_SAFE_NO_PAD.encode(signature), self.public()))
    }
}

/// A browser's side: its public key and its secret.
pub struct Receiver {
    point: [u8; POINT],
    auth: [u8; AUTH],
}

impl Receiver {
    /// From a subscription's `p256dh` and `auth`, base64url; none when they are not of that form.
    pub fn parse(p256dh: &str, auth: &str) -> Option<Receiver> {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        let point: [u8; POINT] = bytes(p256dh)?.try_into().ok()?;
        let auth = bytes(auth)?.try_into().ok()?;
        (point.first() == Some(&4)).then_some(Receiver { point, auth })
    }

    /// The body that only this browser can read, with keys of its own each time.
    pub fn seal(&self, text: &[u8]) -> Result<Vec<u8>, Unusable> {
        let random = SystemRandom::new();
        let own = EphemeralPrivateKey::generate(&ECDH_P256, &random)?;
        let public: [u8; POINT] = own.compute_public_key()?.as_ref().try_into().map_err(|_| Unusable)?;
        let salt = rand::random();
        // Fails when the browser's point is not on the curve.
        agree_ephemeral(own, &UnparsedPublicKey::new(&ECDH_P256, self.point), |shared| {
            self.record(shared, &public, &salt, text)
        })?
    }

    /// The record, from what both sides agreed on.
    fn record(&self, shared: &[u8], own: &[u8; POINT], salt: &[u8; SALT], text: &[u8]) -> Result<Vec<u8>, Unusable> {
        let agreed = Salt::new(HKDF_SHA256, &self.auth).extract(shared);
        let mixed: [u8; 32] = expand(&agreed, &[b"WebPush: info\0", &self.point, own])?;
        let content = Salt::new(HKDF_SHA256, salt).extract(&mixed);
        let key: [u8; 16] = expand(&content, &[b"Content-Encoding: aes128gcm\0"])?;
        let nonce: [u8; NONCE_LEN] = expand(&content, &[b"Content-Encoding: nonce\0"])?;
        let mut sealed = text.to_vec();
        sealed.push(2); // the last record, without padding
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)?;
        let size = u32::try_from(sealed.len()).ok().filter(|size| *size <= RECORD).map(|_| RECORD).ok_or(Unusable)?;
        let mut body = Vec::with_capacity(SALT + 5 + POINT + sealed.len());
        body.extend_from_slice(salt);
        body.extend_from_slice(&size.to_be_bytes());
        body.push(POINT as u8);
        body.extend_from_slice(own);
        body.extend_from_slice(&sealed);
        Ok(body)
    }
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(from: &Prk, info: &[&[u8]]) -> Result<[u8; N], Unusable> {
    let mut bytes = [0; N];
    from.expand(info, Bytes(N))?.fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as Verifier};

    use super::*;

    fn decoded<const N: usize>(text: &str) -> [u8; N] {
        URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
    }

    #[test]
    fn a_message_is_sealed_as_in_the_standard_s_example() {
        // RFC 8291, appendix A.
        let receiver = Receiver::parse(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        )
        .unwrap();
        let own = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
        let body = receiver
            .record(
                &decoded::<32>("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs"),
                &decoded(own),
                &decoded("DGv6ra1nlYgDCS1FRnbzlw"),
                b"When I grow up, I want to be a watermelon",
            )
            .unwrap();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6P\
             Bru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn a_proof_names_the_push_server_and_is_signed() {
        let keys = Keys::from_secret(&Keys::generate().unwrap()).unwrap();
        let endpoint = Url::parse("https://push.example:8443/send/abc?x=1").unwrap();
        let header = keys.authorization(&endpoint, "https://desk.example", Timestamp::from_secs(1_000)).unwrap();
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(key, keys.public());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let point = decoded::<POINT>(key);
        Verifier::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed.as_bytes(), &decoded::<64>(signature)).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(
            claims,
            json!({"aud": "https://push.example:8443", "exp": 1_000 + PROOF_SECONDS, "sub": "https://desk.example"})
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let point = URL_SAFE_NO_PAD.encode([4; POINT]);
        assert!(Receiver::parse("x", "y").is_none() && Receiver::parse(&point, "BTBZ").is_none());
        let off_the_curve = Receiver::parse(&point, "BTBZMqHH6r4Tts7J_aSIgg").unwrap();
        assert_eq!(off_the_curve.seal(b"x"), Err(Unusable));
        assert!(Keys::from_secret(&Secret::new("rubbish")).is_err());
    }
}
