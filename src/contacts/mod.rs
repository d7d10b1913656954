//! Contacts: who the customers are, and how the same person is recognised on every channel.

pub mod identity;
pub mod phone;
pub mod store;
