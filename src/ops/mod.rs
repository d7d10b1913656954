//! Running it: starting and stopping, housekeeping, the command line's tools.

pub mod boot;
pub mod bots;
pub mod demo;
pub mod health;
pub mod housekeeping;
pub mod import;
pub mod load;
#[cfg(target_os = "linux")]
pub mod memory;
pub mod serve;
pub mod tools;
