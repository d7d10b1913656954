//! The language of the bots.

pub mod filter;
