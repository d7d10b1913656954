//! The real server over real HTTP and WebSocket, on SQLite and on PostgreSQL. Every scenario runs on both.
//!
//! `support/` starts servers and stands in for the providers' clouds; each other file is one part of the product's promise.

#[macro_use]
mod support;

mod crash;
mod delivery;
mod faults;
mod intake;
mod main_job;
mod realtime;
