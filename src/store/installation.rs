//! Facts of the installation itself, by name: the set-up token's hash, sealed signing keys.

use diesel::prelude::*;

use super::connection::{AnyConnection, on_each};
use super::schema::installation;
use crate::clock::Timestamp;

pub fn get(db: &mut AnyConnection, name: &str) -> QueryResult<Option<String>> {
    installation::table.find(name).select(installation::value).first(db).optional()
}

pub fn put(db: &mut AnyConnection, name: &str, value: &str, at: Timestamp) -> QueryResult<usize> {
    let row = (installation::name.eq(name), installation::value.eq(value), installation::updated_at.eq(at));
    on_each!(db, c => diesel::insert_into(installation::table)
        .values(row)
        .on_conflict(installation::name)
        .do_update()
        .set((installation::value.eq(value), installation::updated_at.eq(at)))
        .execute(c))
}

pub fn remove(db: &mut AnyConnection, name: &str) -> QueryResult<usize> {
    diesel::delete(installation::table.find(name)).execute(db)
}
