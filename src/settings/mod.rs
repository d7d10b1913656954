//! The settings of organizations and bots, by their `config.csv` names (spec/85-config-keys.md): what exists, what a
//! value may be, the typed view the core reads, and the file form. Stored in the database by whoever owns the rows; not
//! the installation's configuration (`config.rs`).

pub mod api;
pub mod csv;
pub mod import;
pub mod keys;
pub mod values;
pub mod view;
pub mod words;

pub use keys::{Key, Kind};
pub use view::Settings;
