//! Rows of push subscriptions.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::connection::{AnyConnection, on_each};
use crate::store::schema::push_subscriptions;

/// A browser that a person lets us wake.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = push_subscriptions)]
pub struct Subscription {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    /// Where its push server takes messages; whoever knows it may try.
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
    pub created_at: Timestamp,
}

/// Keeps a subscription. A browser has one: of whoever uses it now. A person keeps the newest `most`.
pub fn put(db: &mut AnyConnection, row: &Subscription, most: i64) -> QueryResult<()> {
    on_each!(db, c => diesel::insert_into(push_subscriptions::table)
        .values(row)
        .on_conflict(push_subscriptions::endpoint)
        .do_update()
        .set(row)
        .execute(c))?;
    let beyond: Vec<RecordId> = push_subscriptions::table
        .filter(push_subscriptions::user_id.eq(row.user_id))
        .order((push_subscriptions::created_at.desc(), push_subscriptions::id.desc()))
        .offset(most)
        .limit(most)
        .select(push_subscriptions::id)
        .load(db)?;
    for id in beyond {
        delete(db, id)?;
    }
    Ok(())
}

pub fn of(db: &mut AnyConnection, organization: OrganizationId, users: &[UserId]) -> QueryResult<Vec<Subscription>> {
    push_subscriptions::table
        .filter(push_subscriptions::organization_id.eq(organization))
        .filter(push_subscriptions::user_id.eq_any(users.to_vec()))
        .select(push_subscriptions::all_columns)
        .load(db)
}

pub fn delete(db: &mut AnyConnection, id: RecordId) -> QueryResult<usize> {
    diesel::delete(push_subscriptions::table.find(id)).execute(db)
}

pub fn delete_endpoint(db: &mut AnyConnection, user: UserId, endpoint: &str) -> QueryResult<usize> {
    let own = push_subscriptions::table.filter(push_subscriptions::user_id.eq(user));
    diesel::delete(own.filter(push_subscriptions::endpoint.eq(endpoint))).execute(db)
}

pub fn delete_of(db: &mut AnyConnection, user: UserId) -> QueryResult<usize> {
    diesel::delete(push_subscriptions::table.filter(push_subscriptions::user_id.eq(user))).execute(db)
}
