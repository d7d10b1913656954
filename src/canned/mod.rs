//! Canned responses: texts attendants send by name (`/canned saudacao`). Not what the bot says (its settings).

pub mod api;
pub mod store;
