//! The language of the bots.

pub mod filter;
pub mod hear;
pub mod schedule;
