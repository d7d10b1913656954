//! Attendants who work from their own messenger.

use crate::channels::adapter::InboundMessage;
use crate::conversations::actor::ConversationError;
use crate::ids::*;
use crate::services::Services;

pub async fn offer(_services: &Services, _attendant: UserId, _session: SessionId) {}

pub async fn receive(
    _services: &Services,
    _channel: ChannelId,
    _attendant: UserId,
    _message: InboundMessage,
) -> Result<(), ConversationError> {
    Ok(())
}
