//! Logins that have ended before their access tokens did: revoked families and deactivated people, checked on every call.
//! Kept only as long as an access token lives; the rows in `refresh_tokens` are the lasting truth.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

use crate::clock::Timestamp;
use crate::ids::RecordId;

/// Families of refresh tokens that were ended; cheap to clone.
#[derive(Clone, Default)]
pub struct Revoked(Arc<RwLock<HashMap<RecordId, Timestamp>>>);

impl Revoked {
    pub fn revoke(&self, family: RecordId, now: Timestamp) {
        self.0.write().insert(family, now);
    }

    pub fn contains(&self, family: RecordId) -> bool {
        self.0.read().contains_key(&family)
    }

    /// Forgets what no living token can name any more.
    pub fn forget(&self, lifetime: Duration, now: Timestamp) {
        self.0.write().retain(|_, at| now.since(*at) <= lifetime + Duration::from_secs(120));
    }
}
