//! Running it: health and metrics.

pub mod health;
