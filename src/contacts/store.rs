//! Rows of contacts and the addresses they are known by.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::Value;

use crate::channels::adapter::Address;
use crate::clock::Timestamp;
use crate::conversations::view::CustomerBrief;
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::{contact_identities, contact_notes, contacts, sessions, visitors};
use crate::store::sql::Json;
use crate::text::fold;

/// A contact's row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = contacts, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Contact {
    pub id: ContactId,
    pub organization_id: OrganizationId,
    pub first_name: String,
    pub last_name: String,
    /// Normalised: trimmed, lower-case.
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    pub tier: Option<String>,
    /// Lifetime value as a decimal string.
    pub ltv: Option<String>,
    /// The channel kind of the first contact, `api` or `bot`.
    pub source: String,
    pub tags: Json<Vec<String>>,
    pub custom_fields: Json<BTreeMap<String, Value>>,
    /// Folded name, e-mail, phone and tags: what lists search.
    pub search: String,
    /// The contact this one was merged into.
    pub merged_into: Option<ContactId>,
    pub opted_out_at: Option<Timestamp>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Contact {
    /// Nobody yet: a row without a name. `source`: the channel kind, `api` or `bot`.
    pub fn blank(organization: OrganizationId, source: &str, now: Timestamp) -> Self {
        Contact {
            id: ContactId::new(),
            organization_id: organization,
            first_name: String::new(),
            last_name: String::new(),
            email: None,
            phone: None,
            tier: None,
            ltv: None,
            source: source.to_owned(),
            tags: Json(Vec::new()),
            custom_fields: Json(BTreeMap::new()),
            search: String::new(),
            merged_into: None,
            opted_out_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    pub fn brief(&self) -> CustomerBrief {
        CustomerBrief {
            id: Some(self.id),
            name: self.name(),
            phone: self.phone.clone(),
            email: self.email.clone(),
            tier: self.tier.clone(),
        }
    }

    pub fn traits(&self) -> Traits {
        Traits {
            id: self.id,
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
        }
    }

    /// Brings `search` up to date with the other columns.
    pub fn index(&mut self) {
        let parts = [
            self.name(),
            self.email.clone().unwrap_or_default(),
            self.phone.clone().unwrap_or_default(),
            self.tags.0.join(" "),
        ];
        self.search = fold(&parts.join(" "));
    }
}

/// An address a contact is known by.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = contact_identities)]
pub struct Identity {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub contact_id: ContactId,
    pub kind: String,
    pub value: String,
    pub created_at: Timestamp,
}

/// By id alone, for actors that already know the organization; of a contact that was merged, the one it is part of now.
pub fn find_any(db: &mut AnyConnection, id: ContactId) -> QueryResult<Option<Contact>> {
    let found: Option<Contact> = contacts::table.find(id).select(contacts::all_columns).first(db).optional()?;
    match found.as_ref().and_then(|contact| contact.merged_into) {
        Some(winner) => contacts::table.find(winner).select(contacts::all_columns).first(db).optional(),
        None => Ok(found),
    }
}

pub fn find(db: &mut AnyConnection, organization: OrganizationId, id: ContactId) -> QueryResult<Option<Contact>> {
    contacts::table
        .find(id)
        .filter(contacts::organization_id.eq(organization))
        .select(contacts::all_columns)
        .first(db)
        .optional()
}

/// The contact known by any of these addresses.
pub fn by_address(
    db: &mut AnyConnection,
    organization: OrganizationId,
    addresses: &[Address],
) -> QueryResult<Option<ContactId>> {
    for address in addresses {
        let found = contact_identities::table
            .filter(contact_identities::organization_id.eq(organization))
            .filter(contact_identities::kind.eq(&address.kind))
            .filter(contact_identities::value.eq(&address.value))
            .select(contact_identities::contact_id)
            .first(db)
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

pub fn identities(db: &mut AnyConnection, contact: ContactId) -> QueryResult<Vec<Identity>> {
    contact_identities::table
        .filter(contact_identities::contact_id.eq(contact))
        .order(contact_identities::id)
        .select(contact_identities::all_columns)
        .load(db)
}

pub fn insert(db: &mut AnyConnection, contact: &Contact) -> QueryResult<usize> {
    diesel::insert_into(contacts::table).values(contact).execute(db)
}

/// Saves when the stored version is one less; how many rows moved.
pub fn update(db: &mut AnyConnection, contact: &Contact) -> QueryResult<usize> {
    diesel::update(
        contacts::table
            .find(contact.id)
            .filter(contacts::organization_id.eq(contact.organization_id))
            .filter(contacts::version.eq(contact.version - 1)),
    )
    .set(contact)
    .execute(db)
}

/// Adds the addresses that are not known yet; one known to another contact stays theirs.
pub fn add_addresses(
    db: &mut AnyConnection,
    organization: OrganizationId,
    contact: ContactId,
    addresses: &[Address],
    now: Timestamp,
) -> QueryResult<()> {
    for address in addresses {
        if by_address(db, organization, std::slice::from_ref(address))?.is_none() {
            let row = Identity {
                id: RecordId::new(),
                organization_id: organization,
                contact_id: contact,
                kind: address.kind.clone(),
                value: address.value.clone(),
                created_at: now,
            };
            diesel::insert_into(contact_identities::table).values(&row).execute(db)?;
        }
    }
    Ok(())
}

/// The pattern, escaped by `\`, of what holds a text.
pub fn holding(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// Contacts of an organization, newest first, before `cursor`; those merged away are left out. `words` are folded: each
/// must occur in name, e-mail, phone or tags.
pub fn list(
    db: &mut AnyConnection,
    organization: OrganizationId,
    words: &[String],
    exact: &Exact,
    cursor: Option<ContactId>,
    limit: i64,
) -> QueryResult<Vec<Contact>> {
    let mut query = contacts::table
        .filter(contacts::organization_id.eq(organization))
        .filter(contacts::merged_into.is_null())
        .into_boxed();
    for word in words {
        query = query.filter(contacts::search.like(holding(word)).escape('\\'));
    }
    if let Some(email) = &exact.email {
        query = query.filter(contacts::email.eq(email.clone()));
    }
    if let Some(phone) = &exact.phone {
        query = query.filter(contacts::phone.eq(phone.clone()));
    }
    if let Some(tier) = &exact.tier {
        query = query.filter(contacts::tier.eq(tier.clone()));
    }
    if let Some(tag) = &exact.tag {
        // A JSON list of texts: the tag as one of its items, as serde_json writes it.
        let item = serde_json::to_string(tag).unwrap_or_default();
        query = query.filter(contacts::tags.like(holding(&item)).escape('\\'));
    }
    if let Some(cursor) = cursor {
        query = query.filter(contacts::id.lt(cursor));
    }
    query.order(contacts::id.desc()).limit(limit).select(contacts::all_columns).load(db)
}

/// Values a list may be narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Exact {
    pub email: Option<String>,
    pub phone: Option<String>,
    pub tier: Option<String>,
    pub tag: Option<String>,
}

/// The contact and those merged into it.
pub fn family(db: &mut AnyConnection, organization: OrganizationId, id: ContactId) -> QueryResult<Vec<ContactId>> {
    let mut all = vec![id];
    all.extend(
        contacts::table
            .filter(contacts::organization_id.eq(organization))
            .filter(contacts::merged_into.eq(id))
            .select(contacts::id)
            .load::<ContactId>(db)?,
    );
    Ok(all)
}

/// Those merged into the contact; what they were last changed by is the merge.
pub fn merged_into(db: &mut AnyConnection, organization: OrganizationId, id: ContactId) -> QueryResult<Vec<Contact>> {
    contacts::table
        .filter(contacts::organization_id.eq(organization))
        .filter(contacts::merged_into.eq(id))
        .select(contacts::all_columns)
        .load(db)
}

/// Sessions of these contacts, newest first.
pub fn sessions_of(
    db: &mut AnyConnection,
    organization: OrganizationId,
    ids: &[ContactId],
) -> QueryResult<Vec<crate::conversations::Session>> {
    sessions::table
        .filter(sessions::organization_id.eq(organization))
        .filter(sessions::contact_id.eq_any(ids.to_vec()))
        .order(sessions::id.desc())
        .limit(500)
        .select(sessions::all_columns)
        .load(db)
}

/// Gives a session to another contact. Its version moves, so that a step decided before is decided again.
pub fn move_session(db: &mut AnyConnection, id: SessionId, to: ContactId, now: Timestamp) -> QueryResult<usize> {
    let version: i64 = sessions::table.find(id).select(sessions::version).first(db)?;
    diesel::update(sessions::table.find(id))
        .set((sessions::contact_id.eq(to), sessions::version.eq(version + 1), sessions::updated_at.eq(now)))
        .execute(db)
}

pub fn move_identity(db: &mut AnyConnection, id: RecordId, to: ContactId) -> QueryResult<usize> {
    diesel::update(contact_identities::table.find(id)).set(contact_identities::contact_id.eq(to)).execute(db)
}

pub fn move_visitors(db: &mut AnyConnection, from: ContactId, to: ContactId) -> QueryResult<usize> {
    diesel::update(visitors::table.filter(visitors::contact_id.eq(from))).set(visitors::contact_id.eq(to)).execute(db)
}

/// Those merged into `from` are merged into `to`.
pub fn follow(
    db: &mut AnyConnection,
    organization: OrganizationId,
    from: ContactId,
    to: ContactId,
) -> QueryResult<usize> {
    diesel::update(
        contacts::table.filter(contacts::organization_id.eq(organization)).filter(contacts::merged_into.eq(from)),
    )
    .set(contacts::merged_into.eq(to))
    .execute(db)
}

/// Removes addresses of a contact that are not among `keep`, of these kinds.
pub fn drop_identities(
    db: &mut AnyConnection,
    contact: ContactId,
    kinds: &[&str],
    keep: &[Address],
) -> QueryResult<()> {
    for identity in identities(db, contact)? {
        let kept = keep.iter().any(|address| address.kind == identity.kind && address.value == identity.value);
        if kinds.contains(&identity.kind.as_str()) && !kept {
            diesel::delete(contact_identities::table.find(identity.id)).execute(db)?;
        }
    }
    Ok(())
}

/// What somebody wrote down about a contact.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = contact_notes)]
pub struct Note {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub contact_id: ContactId,
    pub author_id: UserId,
    pub author_name: String,
    pub text: String,
    pub created_at: Timestamp,
}

pub fn insert_note(db: &mut AnyConnection, note: &Note) -> QueryResult<usize> {
    diesel::insert_into(contact_notes::table).values(note).execute(db)
}

/// Notes about these contacts, newest first, before `cursor`.
pub fn notes(
    db: &mut AnyConnection,
    organization: OrganizationId,
    ids: &[ContactId],
    cursor: Option<RecordId>,
    limit: i64,
) -> QueryResult<Vec<Note>> {
    let mut query = contact_notes::table
        .filter(contact_notes::organization_id.eq(organization))
        .filter(contact_notes::contact_id.eq_any(ids.to_vec()))
        .into_boxed();
    if let Some(cursor) = cursor {
        query = query.filter(contact_notes::id.lt(cursor));
    }
    query.order(contact_notes::id.desc()).limit(limit).select(contact_notes::all_columns).load(db)
}

/// Those with exactly this e-mail, or this number; those merged away are left out.
pub fn reached_at(
    db: &mut AnyConnection,
    organization: OrganizationId,
    email: Option<&str>,
    phones: &[String],
    limit: i64,
) -> QueryResult<Vec<Contact>> {
    contacts::table
        .filter(contacts::organization_id.eq(organization))
        .filter(contacts::merged_into.is_null())
        .filter(
            contacts::email.eq(email.unwrap_or_default()).or(contacts::phone.eq_any(phones.to_vec())).assume_not_null(),
        )
        .order(contacts::id.desc())
        .limit(limit)
        .select(contacts::all_columns)
        .load(db)
}

/// What two records of one person share: id, names, e-mail and phone of the newest contacts before `cursor`.
pub fn traits(
    db: &mut AnyConnection,
    organization: OrganizationId,
    cursor: Option<ContactId>,
    limit: i64,
) -> QueryResult<Vec<Traits>> {
    let mut query = contacts::table
        .filter(contacts::organization_id.eq(organization))
        .filter(contacts::merged_into.is_null())
        .into_boxed();
    if let Some(cursor) = cursor {
        query = query.filter(contacts::id.lt(cursor));
    }
    let columns = (contacts::id, contacts::first_name, contacts::last_name, contacts::email, contacts::phone);
    query.order(contacts::id.desc()).limit(limit).select(columns).load(db)
}

/// The part of a contact that tells who they are.
#[derive(Debug, Clone, PartialEq, Queryable)]
pub struct Traits {
    pub id: ContactId,
    pub first_name: String,
    pub last_name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// These contacts, in no order.
pub fn those(db: &mut AnyConnection, organization: OrganizationId, ids: &[ContactId]) -> QueryResult<Vec<Contact>> {
    contacts::table
        .filter(contacts::organization_id.eq(organization))
        .filter(contacts::id.eq_any(ids.to_vec()))
        .select(contacts::all_columns)
        .load(db)
}
