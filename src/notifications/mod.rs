//! Telling people who do not look: Web Push to the browsers they let us wake. A push is a hint, sent once and never kept:
//! what it tells about is in the console anyway. `push.rs` is what goes on the wire, `sender.rs` who is told of what.

pub mod api;
pub mod push;
pub mod sender;
pub mod store;
