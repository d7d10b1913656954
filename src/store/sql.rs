//! SQL types that both databases know: identifiers, times, JSON. Everything else is Diesel's own.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, HasSqlType, Text};
use diesel::sqlite::Sqlite;

use super::connection::MultiBackend;
use crate::clock::Timestamp;

/// `uuid` on PostgreSQL, a 16-byte blob on SQLite.
#[derive(Debug, Clone, Copy, Default, diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct IdSql;

impl HasSqlType<IdSql> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        MultiBackend::lookup_sql_type::<IdSql>(lookup)
    }
}

impl diesel::sql_types::SqlOrd for IdSql {}

macro_rules! impl_id_sql {
    ($name:ident) => {
        const _: () = {
            use diesel::backend::Backend;
            use diesel::deserialize::{self, FromSql};
            use diesel::serialize::{self, IsNull, Output, ToSql};
            use std::io::Write;
            use $crate::store::connection::MultiBackend;
            use $crate::store::sql::IdSql;

            impl ToSql<IdSql, diesel::pg::Pg> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::pg::Pg>) -> serialize::Result {
                    out.write_all(self.0.as_bytes())?;
                    Ok(IsNull::No)
                }
            }
            impl FromSql<IdSql, diesel::pg::Pg> for $name {
                fn from_sql(bytes: diesel::pg::PgValue<'_>) -> deserialize::Result<Self> {
                    Ok($name(uuid::Uuid::from_slice(bytes.as_bytes())?))
                }
            }
            impl ToSql<IdSql, diesel::sqlite::Sqlite> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::sqlite::Sqlite>) -> serialize::Result {
                    out.set_value(&self.0.as_bytes()[..]);
                    Ok(IsNull::No)
                }
            }
            impl FromSql<IdSql, diesel::sqlite::Sqlite> for $name {
                fn from_sql(bytes: <diesel::sqlite::Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                    let bytes =
                        <Vec<u8> as FromSql<diesel::sql_types::Binary, diesel::sqlite::Sqlite>>::from_sql(bytes)?;
                    Ok($name(uuid::Uuid::from_slice(&bytes)?))
                }
            }
            impl ToSql<IdSql, MultiBackend> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                    out.set_value((IdSql, self));
                    Ok(IsNull::No)
                }
            }
            impl FromSql<IdSql, MultiBackend> for $name {
                fn from_sql(bytes: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                    bytes.from_sql::<Self, IdSql>()
                }
            }
        };
    };
}
pub(crate) use impl_id_sql;

// Timestamp <-> BIGINT microseconds on both databases.
impl ToSql<BigInt, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<BigInt, Pg>::to_sql(&self.micros(), &mut out.reborrow())
    }
}
impl ToSql<BigInt, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}
impl ToSql<BigInt, MultiBackend> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((BigInt, self));
        Ok(IsNull::No)
    }
}
impl<DB> FromSql<BigInt, DB> for Timestamp
where
    DB: Backend,
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Timestamp::from_micros)
    }
}

/// A JSON document in a TEXT column.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = Text)]
#[serde(transparent)]
pub struct Json<T: std::fmt::Debug + 'static>(pub T);

impl<T: std::fmt::Debug + serde::Serialize + Send + Sync> ToSql<Text, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}
impl<T: std::fmt::Debug + serde::Serialize + Send + Sync> ToSql<Text, Sqlite> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}
impl<T: std::fmt::Debug + serde::Serialize + Send + Sync> ToSql<Text, MultiBackend> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Text, self));
        Ok(IsNull::No)
    }
}
impl<T, DB> FromSql<Text, DB> for Json<T>
where
    T: std::fmt::Debug + serde::de::DeserializeOwned,
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(bytes)?;
        Ok(Json(serde_json::from_str(&text)?))
    }
}

/// An enum stored as TEXT, shown as the same text on the wire: one list of names for both.
macro_rules! text_enum {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        $vis enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some($name::$variant),)+ _ => None }
            }
        }

        // By hand: the derive does not see names that a macro passes on.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($text),+]))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        $crate::store::sql::impl_text_sql!($name);
    };
}
pub(crate) use text_enum;

/// SQL conversions of a type with `as_str` and `parse`, already deriving `AsExpression` and `FromSqlRow` for TEXT.
macro_rules! impl_text_sql {
    ($name:ident) => {
        const _: () = {
            use diesel::backend::Backend;
            use diesel::deserialize::{self, FromSql};
            use diesel::serialize::{self, IsNull, Output, ToSql};
            use diesel::sql_types::Text;
            use std::io::Write;
            use $crate::store::connection::MultiBackend;

            impl ToSql<Text, diesel::pg::Pg> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::pg::Pg>) -> serialize::Result {
                    out.write_all(self.as_str().as_bytes())?;
                    Ok(IsNull::No)
                }
            }
            impl ToSql<Text, diesel::sqlite::Sqlite> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::sqlite::Sqlite>) -> serialize::Result {
                    out.set_value(self.as_str());
                    Ok(IsNull::No)
                }
            }
            impl ToSql<Text, MultiBackend> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                    out.set_value((Text, self));
                    Ok(IsNull::No)
                }
            }
            impl<DB: Backend> FromSql<Text, DB> for $name
            where
                String: FromSql<Text, DB>,
            {
                fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                    let text = String::from_sql(bytes)?;
                    $name::parse(&text).ok_or_else(|| format!("unknown {}: {text}", stringify!($name)).into())
                }
            }
        };
    };
}
pub(crate) use impl_text_sql;
