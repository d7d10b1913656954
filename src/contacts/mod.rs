//! Contacts: who the customers are, and how the same person is recognised on every channel.

pub mod api;
pub mod duplicates;
pub mod identity;
pub mod merge;
pub mod notes;
pub mod phone;
pub mod store;
pub mod timeline;
