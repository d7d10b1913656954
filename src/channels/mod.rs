//! The outside world: one folder per channel kind; the router in, the delivery out.
//!
//! To add a provider: one file implementing [`adapter::Adapter`], its fixtures, a line in [`adapter`] and its fields in
//! [`kinds`].

pub mod adapter;
pub mod api;
pub mod api_channel;
pub mod delivery;
pub mod fields;
pub mod http;
pub mod json;
pub mod kinds;
pub mod receipts;
pub mod router;
pub mod signature;
pub mod store;
pub mod templates;
pub mod text;
pub mod web;
pub mod whatsapp;

use serde_json::{Map, Value};

use crate::lang::message;
use crate::vault::{OpenError, Secret, Vault};
use adapter::{Adapter, FieldError};
use store::ChannelRow;

/// The adapter of a channel; `None` for those whose other side is our own socket (`web`).
pub fn adapter(
    kind: &str,
    provider: &str,
    credentials: &Map<String, Value>,
    settings: &Map<String, Value>,
) -> Result<Option<Box<dyn Adapter>>, Vec<FieldError>> {
    match (kind, provider) {
        ("whatsapp", "cloud") => Ok(Some(Box::new(whatsapp::cloud::Cloud::new(credentials, settings)?))),
        ("api", _) => Ok(Some(Box::new(api_channel::ApiChannel::new(credentials, settings)?))),
        ("web", _) => Ok(None),
        _ => Err(vec![FieldError {
            field: "provider".to_owned(),
            code: "unknown_value",
            message: message!(
                "{kind}/{provider} não existe nesta instalação",
                "{kind}/{provider} is not available in this installation"
            ),
        }]),
    }
}

/// What binds sealed credentials to their row.
fn seal_name(row: crate::ids::ChannelId) -> String {
    format!("channels.credentials.{row}")
}

pub fn seal_credentials(vault: &Vault, id: crate::ids::ChannelId, credentials: &Map<String, Value>) -> String {
    vault.seal(&Secret::new(Value::Object(credentials.clone()).to_string()), &seal_name(id))
}

pub fn open_credentials(vault: &Vault, row: &ChannelRow) -> Result<Map<String, Value>, OpenError> {
    let opened = vault.open(&row.credentials, &seal_name(row.id))?;
    serde_json::from_str(opened.expose()).map_err(|_| OpenError::Damaged)
}
