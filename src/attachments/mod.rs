//! Files of messages.

use crate::ids::AttachmentId;
use crate::services::Services;

/// An address under which a provider may fetch a file for a while.
pub fn signed_url(services: &Services, id: AttachmentId) -> String {
    format!("{}/api/attachments/{id}", services.public_url)
}
