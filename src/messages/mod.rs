//! Messages of a conversation: what becomes of them, and what lists show of them.

pub mod status;
pub mod summary;
