//! What administration asks of the rows of users, beyond `attendants/store.rs`.

use diesel::prelude::*;
use serde_json::Value;

use crate::attendants::store::User;
use crate::auth::roles::Role;
use crate::auth::store as logins;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::leads::store as leads;
use crate::notifications::store as subscriptions;
use crate::store::connection::AnyConnection;
use crate::store::schema::{api_tokens, destinations, handoff_history, handoffs, messages, queue_members};
use crate::store::schema::{refresh_tokens, skills, users};
use crate::store::sql::Json;

pub fn find(db: &mut AnyConnection, organization: OrganizationId, id: UserId) -> QueryResult<Option<User>> {
    users::table
        .find(id)
        .filter(users::organization_id.eq(organization))
        .select(users::all_columns)
        .first(db)
        .optional()
}

pub fn by_external_id(
    db: &mut AnyConnection,
    organization: OrganizationId,
    external: &str,
) -> QueryResult<Option<User>> {
    users::table
        .filter(users::organization_id.eq(organization))
        .filter(users::external_id.eq(external))
        .select(users::all_columns)
        .first(db)
        .optional()
}

/// What a person's consoles remember; not a change of the account, whose version stays.
pub fn set_preferences(db: &mut AnyConnection, id: UserId, preferences: &Json<Value>) -> QueryResult<usize> {
    diesel::update(users::table.find(id)).set(users::preferences.eq(preferences)).execute(db)
}

/// Active administrators besides this person.
pub fn other_admins(db: &mut AnyConnection, organization: OrganizationId, id: UserId) -> QueryResult<i64> {
    users::table
        .filter(users::organization_id.eq(organization))
        .filter(users::role.eq(Role::Admin))
        .filter(users::is_active.eq(true))
        .filter(users::password_hash.is_not_null())
        .filter(users::id.ne(id))
        .count()
        .get_result(db)
}

/// Whether what people did or said names this person.
pub fn is_remembered(db: &mut AnyConnection, organization: OrganizationId, id: UserId) -> QueryResult<bool> {
    let handoffs = handoffs::table
        .filter(handoffs::organization_id.eq(organization))
        .filter(handoffs::attendant_id.eq(id).or(handoffs::resolved_by.eq(id)));
    if handoffs.count().get_result::<i64>(db)? > 0 {
        return Ok(true);
    }
    let history = handoff_history::table
        .filter(handoff_history::organization_id.eq(organization))
        .filter(handoff_history::actor_id.eq(id));
    if history.count().get_result::<i64>(db)? > 0 {
        return Ok(true);
    }
    let wrote =
        messages::table.filter(messages::organization_id.eq(organization)).filter(messages::sender_id.eq(AnyId(id.0)));
    Ok(wrote.count().get_result::<i64>(db)? > 0)
}

/// Ends logins, all or all but one; the families ended.
pub fn end_logins(
    db: &mut AnyConnection,
    id: UserId,
    but: Option<RecordId>,
    now: Timestamp,
) -> QueryResult<Vec<RecordId>> {
    let mut families = logins::families_of(db, id)?;
    families.retain(|family| Some(*family) != but);
    for family in &families {
        logins::revoke_family(db, *family, now)?;
    }
    Ok(families)
}

pub fn revoke_tokens(db: &mut AnyConnection, id: UserId, now: Timestamp) -> QueryResult<usize> {
    diesel::update(api_tokens::table.filter(api_tokens::user_id.eq(id)).filter(api_tokens::revoked_at.is_null()))
        .set(api_tokens::revoked_at.eq(now))
        .execute(db)
}

/// Takes a person out of every queue.
pub fn leave_queues(db: &mut AnyConnection, organization: OrganizationId, id: UserId) -> QueryResult<usize> {
    diesel::delete(
        queue_members::table
            .filter(queue_members::organization_id.eq(organization))
            .filter(queue_members::user_id.eq(id)),
    )
    .execute(db)
}

/// Removes a person whom nothing remembers.
pub fn delete(db: &mut AnyConnection, organization: OrganizationId, id: UserId) -> QueryResult<usize> {
    leave_queues(db, organization, id)?;
    diesel::delete(destinations::table.filter(destinations::user_id.eq(id))).execute(db)?;
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::user_id.eq(id))).execute(db)?;
    diesel::delete(api_tokens::table.filter(api_tokens::user_id.eq(id))).execute(db)?;
    logins::delete_link(db, id)?;
    logins::delete_factor(db, id)?;
    subscriptions::delete_of(db, id)?;
    leads::disown(db, organization, id)?;
    diesel::delete(users::table.find(id).filter(users::organization_id.eq(organization))).execute(db)
}

/// Makes the skills that do not exist yet.
pub fn ensure_skills(
    db: &mut AnyConnection,
    organization: OrganizationId,
    names: &[String],
    now: Timestamp,
) -> QueryResult<()> {
    for name in names {
        let known: i64 = skills::table
            .filter(skills::organization_id.eq(organization))
            .filter(skills::name.eq(name))
            .count()
            .get_result(db)?;
        if known == 0 {
            diesel::insert_into(skills::table)
                .values((
                    skills::id.eq(RecordId::new()),
                    skills::organization_id.eq(organization),
                    skills::name.eq(name),
                    skills::created_at.eq(now),
                ))
                .execute(db)?;
        }
    }
    Ok(())
}
