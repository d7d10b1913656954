//! From the errors of the inner layers to problems.

use super::problem::{Code, Problem};
use crate::actors::directory::Unreachable;
use crate::conversations::actor::ConversationError;
use crate::conversations::lifecycle::Refused;
use crate::store::StoreError;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Problem::not_found(),
            StoreError::Duplicate(_) => Problem::of(Code::Duplicate),
            StoreError::Reference(_) => Problem::of(Code::InUse),
            StoreError::Stale => Problem::precondition_failed(),
            StoreError::Overloaded => Problem::unavailable(1),
            StoreError::Full(cause) => Problem::storage_full(cause),
            StoreError::Unavailable(cause) => Problem::database_unavailable(cause),
            StoreError::Internal(cause) => Problem::internal(cause),
        }
    }
}

impl From<Unreachable> for Problem {
    fn from(_: Unreachable) -> Self {
        Problem::unavailable(1)
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::InvalidTransition { state, command } => Problem::invalid_transition(state, command),
            // Handlers that know the people name the winner instead.
            Refused::AlreadyTaken(winner) => Problem::already_taken(winner),
            Refused::NotOffered => Problem::of(Code::NotOffered),
            Refused::NotAssigned => Problem::of(Code::NotAssigned),
        }
    }
}

impl From<ConversationError> for Problem {
    fn from(error: ConversationError) -> Self {
        match error {
            ConversationError::NotFound | ConversationError::NoSuchMessage => Problem::not_found(),
            ConversationError::Refused(refused) => refused.into(),
            ConversationError::WindowClosed => Problem::of(Code::WindowClosed),
            ConversationError::ChannelInactive => Problem::of(Code::FeatureDisabled),
            // Another node moved it between reading and storing: the caller may simply try again.
            ConversationError::Store(StoreError::Stale) => Problem::unavailable(1),
            ConversationError::Store(error) => error.into(),
        }
    }
}
