//! The real server over real HTTP and WebSocket, on SQLite and on PostgreSQL. Every scenario runs on both.
//!
//! `support/` starts servers and stands in for the providers' clouds; each other file is one part of the product's promise.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a scenario fails where it stands")]

#[macro_use]
mod support;

mod administration;
mod attachments;
mod bot;
mod bot_tools;
mod commands;
mod console;
mod contract;
mod crash;
mod delivery;
mod demo;
mod faults;
mod intake;
mod leads;
mod lifecycle;
mod main_job;
mod operations;
mod people;
mod realtime;
mod routing;
mod scripts;
mod security;
mod shape;
mod webchat;
