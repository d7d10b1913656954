//! The outside world: one folder per channel kind; the router in, the delivery out.

pub mod adapter;
