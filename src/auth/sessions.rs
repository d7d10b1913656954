//! Logins that have ended before their access tokens did: revoked families and deactivated people, checked on every call.
//! Kept only as long as an access token lives; the rows in `refresh_tokens` are the lasting truth.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::RwLock;

use crate::clock::Timestamp;
use crate::ids::RecordId;

/// Families of refresh tokens that were ended; cheap to clone.
#[derive(Clone, Default)]
pub struct Revoked(Arc<Inner>);

#[derive(Default)]
struct Inner {
    families: RwLock<HashMap<RecordId, Timestamp>>,
    told: OnceLock<Box<dyn Fn(RecordId) + Send + Sync>>,
}

impl Revoked {
    /// Who is told of every login that ends (open sockets); set once, at start.
    pub fn tell(&self, listener: impl Fn(RecordId) + Send + Sync + 'static) {
        // A second listener would be a mistake in the start code; the first one stays.
        let _ = self.0.told.set(Box::new(listener));
    }

    pub fn revoke(&self, family: RecordId, now: Timestamp) {
        self.0.families.write().insert(family, now);
        if let Some(told) = self.0.told.get() {
            told(family);
        }
    }

    pub fn contains(&self, family: RecordId) -> bool {
        self.0.families.read().contains_key(&family)
    }

    /// Forgets what no living token can name any more.
    pub fn forget(&self, lifetime: Duration, now: Timestamp) {
        self.0.families.write().retain(|_, at| now.since(*at) <= lifetime + Duration::from_secs(120));
    }
}
