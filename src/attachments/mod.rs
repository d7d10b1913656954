//! Files: what people upload, what customers send, what providers fetch from us.
//!
//! Bytes live once per content under the media folder (`files.rs`); a row names one use of them. What a file is, its bytes
//! say, never its name or its sender. Files of received messages are fetched from the provider in the background
//! (`download.rs`).

pub mod api;
pub mod download;
pub mod files;
pub mod store;
pub mod thumbnails;

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use parking_lot::RwLock;
use sha2::Sha256;

use crate::clock::Timestamp;
use crate::ids::AttachmentId;
use crate::services::Services;
use crate::store::StoreError;
use crate::vault::Secret;

/// How long a signed address is good: a provider's retries, a visitor's open page.
const SIGNED_FOR: Duration = Duration::from_secs(24 * 3600);
/// The row of the installation that holds the key, which is also what the sealed text is bound to.
const KEY_NAME: &str = "attachments.key";

/// Signs addresses of files. Its key is the installation's, so that every node accepts what another signed.
pub struct Signer(RwLock<[u8; 32]>);

impl Default for Signer {
    /// A key of its own until [`Signer::load`].
    fn default() -> Self {
        Signer(RwLock::new(rand::random()))
    }
}

impl Signer {
    /// Takes the installation's key, made by whoever starts first.
    pub async fn load(&self, services: &Services) -> Result<(), StoreError> {
        let fresh = hex::encode(rand::random::<[u8; 32]>());
        let sealed = services.vault.seal(&Secret::new(fresh), KEY_NAME);
        let now = services.clock.now();
        let make = move |tx: &mut crate::store::Tx<'_>| {
            Ok(crate::store::installation::get_or_set(tx.db, KEY_NAME, &sealed, now)?)
        };
        let stored = services.store.write("attachments.key", make).await?;
        let opened = services.vault.open(&stored, KEY_NAME).map_err(|error| StoreError::Internal(error.to_string()))?;
        let mut key = [0; 32];
        hex::decode_to_slice(opened.expose(), &mut key).map_err(|error| StoreError::Internal(error.to_string()))?;
        *self.0.write() = key;
        Ok(())
    }

    fn mac(&self, id: AttachmentId, until: i64) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0.read()).expect("any key length");
        mac.update(format!("{id}:{until}").as_bytes());
        mac
    }

    fn sign(&self, id: AttachmentId, until: i64) -> String {
        hex::encode(self.mac(id, until).finalize().into_bytes())
    }

    /// Whether `signature` opens this file until `until` (Unix seconds), and that is not yet over.
    fn verify(&self, id: AttachmentId, until: i64, signature: &str, now: Timestamp) -> bool {
        let mut given = [0; 32];
        until > now.secs()
            && hex::decode_to_slice(signature, &mut given).is_ok()
            && self.mac(id, until).verify_slice(&given).is_ok()
    }
}

/// An address under which whoever has it may fetch a file for a while: a provider, a visitor.
pub fn signed_url(services: &Services, id: AttachmentId) -> String {
    let until = (services.clock.now() + SIGNED_FOR).secs();
    let signature = services.signer.sign(id, until);
    format!("{}/api/attachments/{id}?exp={until}&sig={signature}", services.public_url)
}

/// How a received message names a file that is here already, in the place of a provider's media id.
pub fn stored_reference(id: AttachmentId, size: i64) -> String {
    format!("attachment:{id}/{size}")
}

/// The file and its size, when a reference names one that is here.
pub fn parse_reference(reference: &str) -> Option<(AttachmentId, i64)> {
    let rest = reference.strip_prefix("attachment:")?;
    let (id, size) = rest.split_once('/').unwrap_or((rest, "0"));
    Some((id.parse().ok()?, size.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_opens_one_file_for_a_while() {
        let signer = Signer::default();
        let (id, now) = (AttachmentId::new(), Timestamp::from_secs(1_800_000_000));
        let signature = signer.sign(id, 1_800_000_100);
        assert!(signer.verify(id, 1_800_000_100, &signature, now));
        assert!(!signer.verify(id, 1_800_000_101, &signature, now), "another time");
        assert!(!signer.verify(AttachmentId::new(), 1_800_000_100, &signature, now), "another file");
        assert!(!signer.verify(id, 1_800_000_100, &signature, now + SIGNED_FOR), "too late");
        assert!(
            !signer.verify(id, 1_800_000_100, "zz", now)
                && !Signer::default().verify(id, 1_800_000_100, &signature, now)
        );
    }

    #[test]
    fn a_stored_file_is_named_with_its_size() {
        let id = AttachmentId::new();
        assert_eq!(parse_reference(&stored_reference(id, 42)), Some((id, 42)));
        assert_eq!(parse_reference(&format!("attachment:{id}")), Some((id, 0)));
        assert_eq!((parse_reference("1200000003"), parse_reference("attachment:x/1")), (None, None));
    }
}
