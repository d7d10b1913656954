//! attendance: a realtime contact-center server.

pub mod channels;
pub mod clock;
pub mod ids;
pub mod store;
