//! People who serve queues: their presence and what they type. Sockets, accounts and permissions live elsewhere.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

pub mod actor;
pub mod api;
pub mod commands;
pub mod desk;
pub mod executor;
pub mod import;
pub mod messenger;
pub mod store;

/// Whether an attendant receives work: only `online` does.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Default,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(rename_all = "snake_case")]
#[schema(as = AttendantStatus)]
pub enum Status {
    Online,
    /// At full load (set by itself) or by hand.
    Busy,
    Away,
    #[default]
    Offline,
}

crate::store::sql::impl_text_sql!(Status);

impl Status {
    pub const ALL: [Status; 4] = [Status::Online, Status::Busy, Status::Away, Status::Offline];

    /// The wire and column form.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Online => "online",
            Status::Busy => "busy",
            Status::Away => "away",
            Status::Offline => "offline",
        }
    }

    /// What a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Status::Busy, Lang::Pt) => "ocupado",
            (Status::Away, Lang::Pt) => "ausente",
            (status, _) => status.as_str(),
        }
    }

    /// Reads the wire form; people's words are read by [`commands`].
    pub fn parse(text: &str) -> Option<Self> {
        Status::ALL.into_iter().find(|status| status.as_str() == text)
    }
}
