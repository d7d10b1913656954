//! Sockets of attendants: frames (pure) and sessions (the edge). A socket is a protocol state machine plus a few lines of
//! actor; what frames do is `attendants::desk`. Visitors' sockets belong to the web channel.

pub mod protocol;
pub mod session;
#[cfg(test)]
mod tests;

use actix_web::web;

/// `GET /ws/attendant`, and its alias for older integrations.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(
        web::resource(["/ws/attendant", "/api/attendance/ws"]).name("ws.attendant").route(web::get().to(session::open)),
    );
}
