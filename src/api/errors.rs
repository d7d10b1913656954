//! From the errors of the inner layers to problems.

use super::problem::{Code, FieldCode, FieldError, Problem};
use crate::actors::directory::Unreachable;
use crate::attendants::desk::{DeskError, Fault};
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

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Forbidden(forbidden) => forbidden.into(),
            DeskError::NotFound => Problem::not_found(),
            DeskError::NothingWaiting => Problem::of(Code::NothingWaiting),
            DeskError::AtCapacity => Problem::of(Code::AtCapacity),
            DeskError::AlreadyTaken { name } => Problem::already_taken(name),
            DeskError::Moved { now } => Problem::invalid_transition(now, "move"),
            DeskError::NotRetryable(status) => Problem::invalid_transition(status, "retry"),
            DeskError::Field { field, fault } => Problem::field(match fault {
                Fault::Required => FieldError::required(field),
                Fault::TooLong(max) => FieldError::too_long(field, max),
                Fault::OutOfRange(min, max) => FieldError::out_of_range(field, min, max),
                Fault::NotFound => FieldError::new(field, FieldCode::NotFound),
                Fault::Invalid(pt, en) => FieldError::invalid(field, (pt, en)),
            }),
            DeskError::Conversation(error) => error.into(),
            DeskError::Store(error) => error.into(),
            DeskError::Busy => Problem::unavailable(1),
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
