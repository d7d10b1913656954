//! Identifiers: UUIDv7 (time-ordered, so indexes grow at their end), one type per noun so that they cannot be mixed up.

use uuid::Uuid;

/// Defines newtypes over [`Uuid`] that both databases store natively (`uuid`, 16-byte blob) and JSON shows as a string.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = crate::store::sql::IdSql)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh identifier.
            #[expect(clippy::new_without_default, reason = "every call gives another value")]
            pub fn new() -> Self {
                $name(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map($name)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .format(Some(utoipa::openapi::SchemaFormat::Custom("uuid".to_owned())))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        crate::store::sql::impl_id_sql!($name);
    )+};
}

ids! {
    /// The tenant.
    OrganizationId,
    /// A person with an account: attendant, supervisor, administrator, viewer.
    UserId,
    BotId,
    ChannelId,
    ContactId,
    LeadId,
    /// A conversation; `session_id` on the wire.
    SessionId,
    /// One episode of human attention in a session.
    HandoffId,
    QueueId,
    MessageId,
    AttachmentId,
    /// An outbox row.
    OutboxId,
    /// Any of the above, where the noun is told by a neighbouring column (a sender, an audit subject).
    AnyId,
    /// An inbox row: one webhook body.
    InboxId,
    /// An API token, refresh token, canned response, audit line and the like.
    RecordId,
}
