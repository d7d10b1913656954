//! Messages of a conversation: what becomes of them.

pub mod status;
