//! Facts of the installation itself, by name: the setup token's hash, the sealed token signing keys.

use diesel::prelude::*;

use super::connection::{AnyConnection, on_each};
use super::schema::installation;
use crate::clock::Timestamp;

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = installation)]
struct Row<'a> {
    name: &'a str,
    value: &'a str,
    updated_at: Timestamp,
}

pub fn get(db: &mut AnyConnection, name: &str) -> QueryResult<Option<String>> {
    installation::table.find(name).select(installation::value).first(db).optional()
}

pub fn set(db: &mut AnyConnection, name: &str, value: &str, now: Timestamp) -> QueryResult<usize> {
    let row = Row { name, value, updated_at: now };
    on_each!(db, c => diesel::insert_into(installation::table)
        .values(&row)
        .on_conflict(installation::name)
        .do_update()
        .set(&row)
        .execute(c))
}

/// Sets it unless it is there already; what is there afterwards. Nodes that start together agree.
pub fn get_or_set(db: &mut AnyConnection, name: &str, value: &str, now: Timestamp) -> QueryResult<String> {
    let row = Row { name, value, updated_at: now };
    on_each!(db, c => diesel::insert_into(installation::table)
        .values(&row)
        .on_conflict(installation::name)
        .do_nothing()
        .execute(c))?;
    installation::table.find(name).select(installation::value).first(db)
}

pub fn remove(db: &mut AnyConnection, name: &str) -> QueryResult<usize> {
    diesel::delete(installation::table.find(name)).execute(db)
}
