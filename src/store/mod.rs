//! Rows: connection, transactions, schema, and the tables no noun owns.

pub mod connection;
pub mod sql;
