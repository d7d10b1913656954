//! Access tokens: signed claims (JWT, HS256) that say who is calling for a quarter of an hour, without a query.
//! Revocation inside that time is the session layer's business, through `sid`. Keys rotate; the ring is stored sealed
//! (`vault.rs`).

use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::roles::Role;
use crate::clock::Timestamp;
use crate::ids::{OrganizationId, RecordId, UserId};
use crate::vault::Secret;

pub const ISSUER: &str = "attendance";
/// How long a token is good when the configuration says nothing (`security.access_token_seconds`).
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// A fresh key only verifies for this long before it signs: every node has read the ring by then.
pub const ACTIVATION: Duration = Duration::from_secs(5 * 60);
/// Two nodes' clocks may differ by this much.
const SKEW: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The caller.
    pub sub: UserId,
    pub org: OrganizationId,
    pub role: Role,
    /// The family of refresh tokens this one came from: logging out or reuse ends them all.
    pub sid: RecordId,
    /// Unix seconds.
    pub iat: i64,
    pub exp: i64,
    pub iss: String,
}

impl Claims {
    pub fn new(
        user: UserId,
        organization: OrganizationId,
        role: Role,
        sid: RecordId,
        now: Timestamp,
        lifetime: Duration,
    ) -> Self {
        Claims {
            sub: user,
            org: organization,
            role,
            sid,
            iat: now.secs(),
            exp: (now + lifetime).secs(),
            iss: ISSUER.to_owned(),
        }
    }
}

/// Why a token is not accepted, named after what the client does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Refresh and try again.
    #[error("access token expired")]
    Expired,
    /// Log in again.
    #[error("access token not valid")]
    Invalid,
}

/// One signing key. Serialises with its secret, for the sealed row only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SigningKey {
    pub kid: String,
    secret: Secret,
    pub created: Timestamp,
}

impl SigningKey {
    /// A fresh random key of 256 bits.
    pub fn generate(now: Timestamp) -> Self {
        SigningKey {
            kid: hex::encode(rand::random::<[u8; 4]>()),
            secret: Secret::new(hex::encode(rand::random::<[u8; 32]>())),
            created: now,
        }
    }
}

/// The keys in use, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing(Vec<SigningKey>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stored signing keys are unreadable")]
pub struct RingError;

impl KeyRing {
    /// The first ring of an installation.
    pub fn generate(now: Timestamp) -> Self {
        KeyRing(vec![SigningKey::generate(now)])
    }

    /// Reads what [`KeyRing::to_secret`] wrote.
    pub fn from_secret(stored: &Secret) -> Result<Self, RingError> {
        let mut keys: Vec<SigningKey> = serde_json::from_str(stored.expose()).map_err(|_| RingError)?;
        keys.sort_by_key(|key| std::cmp::Reverse(key.created));
        if keys.is_empty() { Err(RingError) } else { Ok(KeyRing(keys)) }
    }

    /// The ring as one secret, to be sealed.
    pub fn to_secret(&self) -> Secret {
        let keys: Vec<_> = self
            .0
            .iter()
            .map(|key| serde_json::json!({"kid": key.kid, "secret": key.secret.expose(), "created": key.created}))
            .collect();
        Secret::new(serde_json::Value::from(keys).to_string())
    }

    /// Adds a fresh key when the newest is older than `every`, and drops those nothing valid can be signed with any
    /// more. None: nothing to do.
    pub fn rotated(&self, every: Duration, lifetime: Duration, now: Timestamp) -> Option<Self> {
        if self.0.first().is_some_and(|newest| now.since(newest.created) < every) {
            return None;
        }
        let mut keys = vec![SigningKey::generate(now)];
        // A key signs until the next one becomes active; its tokens then live for one more lifetime.
        let outlived = |next: &SigningKey| now.since(next.created) > ACTIVATION + lifetime + SKEW;
        let mut next: Option<&SigningKey> = None;
        for key in &self.0 {
            if !next.is_some_and(outlived) {
                keys.push(key.clone());
            }
            next = Some(key);
        }
        Some(KeyRing(keys))
    }

    /// Newest first.
    pub fn keys(&self) -> &[SigningKey] {
        &self.0
    }

    /// Signs with the newest active key.
    pub fn sign(&self, claims: &Claims, now: Timestamp) -> Result<String, RingError> {
        let active = self.0.iter().find(|key| now.since(key.created) >= ACTIVATION);
        let key = active.or(self.0.last()).ok_or(RingError)?;
        let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(key.secret.expose().as_bytes()))
            .map_err(|_| RingError)
    }

    /// The claims of a token that one of our keys signed and that is good at `now`.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        let key = self.0.iter().find(|key| Some(&key.kid) == header.kid.as_ref()).ok_or(TokenError::Invalid)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.validate_exp = false; // the library asks the system clock; ours is asked below
        let decoding = DecodingKey::from_secret(key.secret.expose().as_bytes());
        let claims = jsonwebtoken::decode::<Claims>(token, &decoding, &validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => TokenError::Expired,
                _ => TokenError::Invalid,
            })?
            .claims;
        if claims.iat > (now + SKEW).secs() {
            Err(TokenError::Invalid)
        } else if claims.exp <= now.secs() {
            Err(TokenError::Expired)
        } else {
            Ok(claims)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const DAY: Duration = Duration::from_secs(86_400);

    fn claims(now: Timestamp) -> Claims {
        Claims::new(UserId::new(), OrganizationId::new(), Role::Attendant, RecordId::new(), now, LIFETIME)
    }

    #[test]
    fn a_signed_token_gives_its_claims_back_until_it_expires() {
        let ring = KeyRing::generate(NOW);
        let claims = claims(NOW);
        let token = ring.sign(&claims, NOW).unwrap();
        assert_eq!(ring.verify(&token, NOW), Ok(claims.clone()));
        assert_eq!(ring.verify(&token, NOW + Duration::from_secs(899)), Ok(claims));
        assert_eq!(ring.verify(&token, NOW + LIFETIME), Err(TokenError::Expired));
        assert_eq!(ring.verify(&token, NOW - DAY), Err(TokenError::Invalid), "issued in the future");
    }

    #[test]
    fn another_installation_s_token_is_not_accepted() {
        let ring = KeyRing::generate(NOW);
        let mut forged = KeyRing::generate(NOW);
        forged.0[0].kid = ring.0[0].kid.clone();
        assert_eq!(ring.verify(&forged.sign(&claims(NOW), NOW).unwrap(), NOW), Err(TokenError::Invalid));
    }

    #[test]
    fn an_unsigned_or_foreign_token_is_not_accepted() {
        use base64::Engine;
        let encode = |text: String| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        let ring = KeyRing::generate(NOW);
        let none = encode(format!(r#"{{"alg":"none","kid":"{}"}}"#, ring.0[0].kid));
        let body = encode(serde_json::to_string(&claims(NOW)).unwrap());
        assert_eq!(ring.verify(&format!("{none}.{body}."), NOW), Err(TokenError::Invalid));
        let foreign = Claims { iss: "somebody".into(), ..claims(NOW) };
        assert_eq!(ring.verify(&ring.sign(&foreign, NOW).unwrap(), NOW), Err(TokenError::Invalid));
    }

    #[test]
    fn a_new_key_verifies_at_once_and_signs_only_when_every_node_knows_it() {
        let old = KeyRing::generate(NOW);
        let later = NOW + DAY * 30;
        assert_eq!(old.rotated(DAY * 30, LIFETIME, later - Duration::from_secs(1)), None);
        let new = old.rotated(DAY * 30, LIFETIME, later).unwrap();
        let token = new.sign(&claims(later), later).unwrap();
        assert!(old.verify(&token, later).is_ok(), "a node that has not read the new ring yet still accepts it");
        let active = later + ACTIVATION;
        let token = new.sign(&claims(active), active).unwrap();
        assert!(old.verify(&token, active).is_err() && new.verify(&token, active).is_ok());
        let next = new.rotated(DAY * 30, LIFETIME, later + DAY * 30).unwrap();
        let kids: Vec<_> = next.keys().iter().map(|key| &key.kid).collect();
        assert_eq!(kids.len(), 2, "the first key can have no living token");
        assert!(!kids.contains(&&old.keys()[0].kid));
    }

    #[test]
    fn the_ring_survives_being_stored() {
        let ring = KeyRing::generate(NOW).rotated(DAY, LIFETIME, NOW + DAY).unwrap();
        assert_eq!(KeyRing::from_secret(&ring.to_secret()), Ok(ring));
        assert_eq!(KeyRing::from_secret(&Secret::new("[]")), Err(RingError));
    }

    proptest! {
        #[test]
        fn rubbish_is_invalid(token in ".*") {
            prop_assert_eq!(KeyRing::generate(NOW).verify(&token, NOW), Err(TokenError::Invalid));
        }
    }
}
