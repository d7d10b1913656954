//! Figures over handoffs: what supervisors look at. `insights.rs` is pure; the rows come from `store.rs`.

pub mod api;
pub mod insights;
pub mod store;
