//! WhatsApp, by the providers that carry it: Meta's own Cloud API.

pub mod cloud;
