//! Figures over handoffs: what supervisors look at, and how many people the next hours need. `insights.rs` and `staffing.rs`
//! are pure; the rows come from `store.rs`.

pub mod api;
pub mod insights;
pub mod staffing;
pub mod store;
