//! Rows of logins, API tokens, one-time links and second factors. Tokens are stored hashed; the text is shown once.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::{access_links, api_tokens, refresh_tokens, second_factors};
use crate::store::sql::Json;

/// A refresh token's row. Tokens of one login share a family; using one twice ends the family.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_tokens, treat_none_as_default_value = false)]
pub struct RefreshToken {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    pub family_id: RecordId,
    pub token_hash: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// An API token's row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_tokens, treat_none_as_default_value = false)]
pub struct ApiToken {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    /// For whom it acts.
    pub user_id: UserId,
    pub name: String,
    pub token_hash: String,
    pub last4: String,
    pub scopes: Json<Vec<String>>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

pub fn insert_refresh(db: &mut AnyConnection, row: &RefreshToken) -> QueryResult<usize> {
    diesel::insert_into(refresh_tokens::table).values(row).execute(db)
}

pub fn refresh_by_hash(db: &mut AnyConnection, hash: &str) -> QueryResult<Option<RefreshToken>> {
    refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(hash))
        .select(refresh_tokens::all_columns)
        .first(db)
        .optional()
}

/// Marks a token used, if nobody did before; 1 when we were first.
pub fn use_refresh(db: &mut AnyConnection, id: RecordId, now: Timestamp) -> QueryResult<usize> {
    diesel::update(refresh_tokens::table.find(id).filter(refresh_tokens::used_at.is_null()))
        .set(refresh_tokens::used_at.eq(now))
        .execute(db)
}

pub fn revoke_family(db: &mut AnyConnection, family: RecordId, now: Timestamp) -> QueryResult<usize> {
    diesel::update(
        refresh_tokens::table.filter(refresh_tokens::family_id.eq(family)).filter(refresh_tokens::revoked_at.is_null()),
    )
    .set(refresh_tokens::revoked_at.eq(now))
    .execute(db)
}

/// Families that were ended since, and when.
pub fn families_revoked_since(db: &mut AnyConnection, since: Timestamp) -> QueryResult<Vec<(RecordId, Timestamp)>> {
    let ended: Vec<(RecordId, Option<Timestamp>)> = refresh_tokens::table
        .filter(refresh_tokens::revoked_at.ge(since))
        .select((refresh_tokens::family_id, refresh_tokens::revoked_at))
        .distinct()
        .load(db)?;
    Ok(ended.into_iter().filter_map(|(family, at)| Some((family, at?))).collect())
}

/// Living families of a person, to end all their logins.
pub fn families_of(db: &mut AnyConnection, user: UserId) -> QueryResult<Vec<RecordId>> {
    refresh_tokens::table
        .filter(refresh_tokens::user_id.eq(user))
        .filter(refresh_tokens::revoked_at.is_null())
        .select(refresh_tokens::family_id)
        .distinct()
        .load(db)
}

pub fn token_by_hash(db: &mut AnyConnection, hash: &str) -> QueryResult<Option<ApiToken>> {
    api_tokens::table.filter(api_tokens::token_hash.eq(hash)).select(api_tokens::all_columns).first(db).optional()
}

pub fn insert_token(db: &mut AnyConnection, row: &ApiToken) -> QueryResult<usize> {
    diesel::insert_into(api_tokens::table).values(row).execute(db)
}

pub fn tokens_of(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<ApiToken>> {
    api_tokens::table
        .filter(api_tokens::organization_id.eq(organization))
        .order(api_tokens::id)
        .select(api_tokens::all_columns)
        .load(db)
}

pub fn revoke_token(
    db: &mut AnyConnection,
    organization: OrganizationId,
    id: RecordId,
    now: Timestamp,
) -> QueryResult<usize> {
    diesel::update(
        api_tokens::table
            .find(id)
            .filter(api_tokens::organization_id.eq(organization))
            .filter(api_tokens::revoked_at.is_null()),
    )
    .set(api_tokens::revoked_at.eq(now))
    .execute(db)
}

pub fn touch_token(db: &mut AnyConnection, id: RecordId, now: Timestamp) -> QueryResult<usize> {
    diesel::update(api_tokens::table.find(id)).set(api_tokens::last_used_at.eq(now)).execute(db)
}

/// The link with which a person chooses a password; at most one is good.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_links)]
pub struct AccessLink {
    pub user_id: UserId,
    pub organization_id: OrganizationId,
    pub token_hash: String,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Stores a link in the place of the one before.
pub fn put_link(db: &mut AnyConnection, row: &AccessLink) -> QueryResult<usize> {
    delete_link(db, row.user_id)?;
    diesel::insert_into(access_links::table).values(row).execute(db)
}

pub fn link_by_hash(db: &mut AnyConnection, hash: &str) -> QueryResult<Option<AccessLink>> {
    access_links::table.filter(access_links::token_hash.eq(hash)).select(access_links::all_columns).first(db).optional()
}

pub fn delete_link(db: &mut AnyConnection, user: UserId) -> QueryResult<usize> {
    diesel::delete(access_links::table.find(user)).execute(db)
}

/// A person's second factor.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = second_factors, treat_none_as_default_value = false)]
pub struct SecondFactor {
    pub user_id: UserId,
    pub organization_id: OrganizationId,
    /// Sealed.
    pub secret: String,
    /// None: shown, and not yet proven to work.
    pub confirmed_at: Option<Timestamp>,
    /// Of the last code accepted.
    pub last_step: i64,
    /// Hashes of the recovery codes that are left.
    pub recovery: Json<Vec<String>>,
    pub created_at: Timestamp,
}

pub fn factor(db: &mut AnyConnection, user: UserId) -> QueryResult<Option<SecondFactor>> {
    second_factors::table.find(user).select(second_factors::all_columns).first(db).optional()
}

/// Stores a factor in the place of the one before.
pub fn put_factor(db: &mut AnyConnection, row: &SecondFactor) -> QueryResult<usize> {
    delete_factor(db, row.user_id)?;
    diesel::insert_into(second_factors::table).values(row).execute(db)
}

pub fn delete_factor(db: &mut AnyConnection, user: UserId) -> QueryResult<usize> {
    diesel::delete(second_factors::table.find(user)).execute(db)
}

/// Who is asked for a code.
pub fn protected(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<UserId>> {
    second_factors::table
        .filter(second_factors::organization_id.eq(organization))
        .filter(second_factors::confirmed_at.is_not_null())
        .select(second_factors::user_id)
        .load(db)
}
