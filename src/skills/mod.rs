//! What people can be good at: the names routing and queues choose from. How well somebody knows one is on the person.

pub mod api;
pub mod store;
