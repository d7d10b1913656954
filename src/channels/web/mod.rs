//! The channel `web`: the widget on somebody's site. Its other side is our own socket, so it has no adapter.
//!
//! `api.rs` opens a visitor's session and takes their files, `socket.rs` is one open socket, `protocol.rs` its frames,
//! `hub.rs` finds the sockets of a session, `store.rs` keeps visitors, `settings.rs` reads what the channel says.
//! Who a visitor is, their token says (stored hashed); who they claim to be, only a signature of the site's server proves.

pub mod api;
pub mod hub;
pub mod protocol;
pub mod settings;
pub mod socket;
pub mod store;
#[cfg(test)]
mod tests;
