//! Rows of visitors: one per browser, under the hash of its token.

use diesel::prelude::*;
use serde_json::Value;

use crate::catalog::ChannelEntry;
use crate::channels::adapter::{Address, Peer};
use crate::clock::Timestamp;
use crate::contacts::identity;
use crate::contacts::store as contacts;
use crate::conversations::store as conversations;
use crate::ids::*;
use crate::leads::Origin;
use crate::store::connection::AnyConnection;
use crate::store::schema::{contact_identities, visitors};
use crate::store::sql::Json;
use crate::store::{StoreError, Tx};

/// The identity kind of a browser.
const BROWSER: &str = "web";
/// The identity kind of a person the site vouches for.
const VOUCHED: &str = "web_user";

/// A visitor's row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = visitors, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Visitor {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub channel_id: ChannelId,
    pub token_hash: String,
    pub contact_id: ContactId,
    pub session_id: SessionId,
    /// `{"version", "at"}` of the text agreed to.
    pub consent: Option<Json<Value>>,
    /// The page they wrote from last.
    pub page: Option<String>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
}

/// The living visitor of a token on a channel.
pub fn by_token(
    db: &mut AnyConnection,
    channel: ChannelId,
    hash: &str,
    now: Timestamp,
) -> QueryResult<Option<Visitor>> {
    visitors::table
        .filter(visitors::token_hash.eq(hash))
        .filter(visitors::channel_id.eq(channel))
        .filter(visitors::expires_at.gt(now))
        .select(visitors::all_columns)
        .first(db)
        .optional()
}

/// The token is good no more.
pub fn end(db: &mut AnyConnection, visitor: RecordId, now: Timestamp) -> QueryResult<usize> {
    diesel::update(visitors::table.find(visitor)).set(visitors::expires_at.eq(now)).execute(db)
}

/// What someone who opens the widget brings.
#[derive(Debug, Clone, Default)]
pub struct Opening {
    /// Of the token they have; of the fresh one to use when it does not count.
    pub token_hash: Option<String>,
    pub fresh_hash: String,
    /// The id the site vouches for.
    pub vouched: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub consent: Option<Value>,
    pub page: Option<String>,
}

/// Finds the visitor, or makes one with contact and session. True: under the fresh token.
///
/// An e-mail or phone somebody typed joins nobody to an existing contact: it would show them that contact's history.
pub fn open(
    tx: &mut Tx<'_>,
    channel: &ChannelEntry,
    opening: &Opening,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(Visitor, bool), StoreError> {
    let organization = channel.row.organization_id;
    let known = match &opening.token_hash {
        Some(hash) => by_token(tx.db, channel.row.id, hash, now)?,
        None => None,
    };
    let vouched = opening.vouched.as_ref().map(|id| Address { kind: VOUCHED.to_owned(), value: id.clone() });
    let known = match (known, &vouched) {
        (Some(visitor), Some(address)) => keeps(tx.db, &visitor, address)?.then_some(visitor),
        (known, _) => known,
    };
    let (mut visitor, fresh) = match known {
        Some(visitor) => (visitor, false),
        None => {
            let id = RecordId::new();
            let mut addresses = vec![Address { kind: BROWSER.to_owned(), value: id.to_string() }];
            if let Some(address) = &vouched {
                addresses.insert(0, address.clone());
            }
            let origin = opening.page.as_deref().map(Origin::of_page).unwrap_or_default();
            let peer = Peer { addresses, name: opening.name.clone(), phone: None, email: None };
            let (session_id, contact_id) = identity::resolve_session(tx, channel, &peer, Some(&origin), now)?;
            let visitor = Visitor {
                id,
                organization_id: organization,
                channel_id: channel.row.id,
                token_hash: opening.fresh_hash.clone(),
                contact_id,
                session_id,
                consent: None,
                page: None,
                created_at: now,
                last_seen_at: now,
                expires_at,
            };
            diesel::insert_into(visitors::table).values(&visitor).execute(tx.db)?;
            (visitor, true)
        }
    };
    if let Some(address) = &vouched {
        contacts::add_addresses(tx.db, organization, visitor.contact_id, std::slice::from_ref(address), now)?;
    }
    fill_in(tx.db, &visitor, opening, now)?;
    visitor.last_seen_at = now;
    visitor.expires_at = expires_at;
    visitor.page = opening.page.clone().or(visitor.page);
    if let Some(consent) = &opening.consent {
        visitor.consent = Some(Json(consent.clone()));
    }
    diesel::update(visitors::table.find(visitor.id)).set(&visitor).execute(tx.db)?;
    // A merge may have moved the session to another contact, or ended it.
    if let Some(conversation) = conversations::load(tx.db, visitor.session_id)? {
        visitor.contact_id = conversation.session.contact_id;
    }
    Ok((visitor, fresh))
}

/// Whether a browser stays the same visitor for a person the site vouches for: it was nobody's so far and the person is
/// new, or it is theirs already.
fn keeps(db: &mut AnyConnection, visitor: &Visitor, address: &Address) -> QueryResult<bool> {
    let owner = contacts::by_address(db, visitor.organization_id, std::slice::from_ref(address))?;
    if let Some(owner) = owner {
        return Ok(owner == visitor.contact_id);
    }
    let others: i64 = contact_identities::table
        .filter(contact_identities::contact_id.eq(visitor.contact_id))
        .filter(contact_identities::kind.eq(VOUCHED))
        .count()
        .get_result(db)?;
    Ok(others == 0)
}

/// What they say of themselves goes where nothing is known yet.
fn fill_in(db: &mut AnyConnection, visitor: &Visitor, opening: &Opening, now: Timestamp) -> Result<(), StoreError> {
    let Some(mut contact) = contacts::find(db, visitor.organization_id, visitor.contact_id)? else { return Ok(()) };
    let before = contact.clone();
    if let Some(name) = &opening.name
        && (contact.name() == ANONYMOUS || contact.name().is_empty())
    {
        (contact.first_name, contact.last_name) = identity::split_name(name);
    }
    if contact.email.is_none() {
        contact.email = opening.email.as_deref().and_then(identity::normal_email);
    }
    if contact.phone.is_none() {
        let phone = opening.phone.as_deref().and_then(|phone| crate::contacts::phone::normalise(phone, "BR"));
        contact.phone = phone.map(|phone| phone.as_str().to_owned());
    }
    if contact != before {
        contact.index();
        contact.version += 1;
        contact.updated_at = now;
        if contacts::update(db, &contact)? == 0 {
            return Err(StoreError::Stale);
        }
    }
    Ok(())
}

/// What contacts without a name are called (`contacts/identity.rs`).
const ANONYMOUS: &str = "Visitante";
