//! Who is calling and what they may do: passwords, tokens, roles, the one permission check.

pub mod access;
pub mod account;
pub mod api;
pub mod jwt;
pub mod opaque;
pub mod password;
pub mod roles;
pub mod sessions;
pub mod setup;
pub mod store;
pub mod tokens;
pub mod totp;
