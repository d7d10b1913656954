//! Rows of leads.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::json;

use super::{Ad, BEST, LeadStage, LeadStatus, Origin, ScoreReason, count};
use crate::audit::{Line, store as audit};
use crate::clock::Timestamp;
use crate::contacts::store::{Contact, Traits, holding};
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::{contacts, leads};
use crate::store::sql::Json;
use crate::store::{StoreError, Tx};

/// A lead's row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = leads, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Lead {
    pub id: LeadId,
    pub organization_id: OrganizationId,
    pub contact_id: ContactId,
    /// The channel kind of the first contact, `api` or `bot`.
    pub source: String,
    pub status: LeadStatus,
    /// The sum of its reasons.
    pub score: i64,
    pub reasons: Json<Vec<ScoreReason>>,
    pub stage: LeadStage,
    pub campaign: Option<String>,
    pub utm: Json<BTreeMap<String, String>>,
    pub ad: Option<Json<Ad>>,
    pub owner_id: Option<UserId>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Lead {
    /// Of a contact of whom nothing is known yet but where they came from.
    pub fn new(contact: &Contact, source: &str, origin: &Origin, now: Timestamp) -> Self {
        Lead {
            id: LeadId::new(),
            organization_id: contact.organization_id,
            contact_id: contact.id,
            source: source.to_owned(),
            status: LeadStatus::Cold,
            score: 0,
            reasons: Json(Vec::new()),
            stage: LeadStage::Attraction,
            campaign: origin.campaign.clone(),
            utm: Json(origin.utm.clone()),
            ad: origin.ad.clone().map(Json),
            owner_id: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Sets the score, at most 100 and at least 0, and keeps why.
    pub fn rate(&mut self, score: i64, reason: &str) {
        let score = score.clamp(0, BEST);
        count(&mut self.reasons.0, reason, score - self.score);
        self.score = score;
    }

    /// What the audit keeps of a change, and screens are told.
    pub fn line(&self, action: &str, now: Timestamp) -> Line {
        Line::new(self.organization_id, now, action, "lead").about(self.id).with(json!({"contact_id": self.contact_id}))
    }
}

/// The lead of somebody who writes for the first time.
pub fn open(tx: &mut Tx<'_>, contact: &Contact, origin: &Origin, now: Timestamp) -> Result<(), StoreError> {
    let lead = Lead::new(contact, &contact.source, origin, now);
    insert(tx.db, &lead)?;
    audit::tell(tx, &lead.line("lead.create", now));
    Ok(())
}

pub fn insert(db: &mut AnyConnection, lead: &Lead) -> QueryResult<usize> {
    diesel::insert_into(leads::table).values(lead).execute(db)
}

/// Saves when the stored version is one less; how many rows moved.
pub fn update(db: &mut AnyConnection, lead: &Lead) -> QueryResult<usize> {
    diesel::update(
        leads::table
            .find(lead.id)
            .filter(leads::organization_id.eq(lead.organization_id))
            .filter(leads::version.eq(lead.version - 1)),
    )
    .set(lead)
    .execute(db)
}

pub fn of_contact(db: &mut AnyConnection, organization: OrganizationId, id: ContactId) -> QueryResult<Option<Lead>> {
    leads::table
        .filter(leads::organization_id.eq(organization))
        .filter(leads::contact_id.eq(id))
        .select(leads::all_columns)
        .first(db)
        .optional()
}

/// Who a lead is.
pub const PERSON: (contacts::id, contacts::first_name, contacts::last_name, contacts::email, contacts::phone) =
    (contacts::id, contacts::first_name, contacts::last_name, contacts::email, contacts::phone);

/// A lead and who it is.
pub fn find(db: &mut AnyConnection, organization: OrganizationId, id: LeadId) -> QueryResult<Option<(Lead, Traits)>> {
    leads::table
        .inner_join(contacts::table.on(contacts::id.eq(leads::contact_id)))
        .filter(leads::organization_id.eq(organization))
        .filter(leads::id.eq(id))
        .select((leads::all_columns, PERSON))
        .first(db)
        .optional()
}

/// Which leads; every field narrows.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// Folded: each must occur in the contact's name, e-mail, phone or tags.
    pub words: Vec<String>,
    pub status: Option<LeadStatus>,
    pub stage: Option<LeadStage>,
    pub source: Option<String>,
    pub owner: Option<UserId>,
    pub contact: Option<ContactId>,
}

/// What a list of leads begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadOrder {
    /// The newest.
    #[default]
    Created,
    /// What was changed last.
    Updated,
    /// The best score.
    Score,
}

impl LeadOrder {
    /// Where a lead stands in it.
    pub fn key(self, lead: &Lead) -> (i64, LeadId) {
        let rank = match self {
            LeadOrder::Created => 0,
            LeadOrder::Updated => lead.updated_at.micros(),
            LeadOrder::Score => lead.score,
        };
        (rank, lead.id)
    }
}

/// Leads and who they are, after `cursor`.
pub fn list(
    db: &mut AnyConnection,
    organization: OrganizationId,
    sought: &Sought,
    order: LeadOrder,
    cursor: Option<(i64, LeadId)>,
    limit: i64,
) -> QueryResult<Vec<(Lead, Traits)>> {
    let mut query = leads::table
        .inner_join(contacts::table.on(contacts::id.eq(leads::contact_id)))
        .filter(leads::organization_id.eq(organization))
        .select((leads::all_columns, PERSON))
        .into_boxed();
    for word in &sought.words {
        query = query.filter(contacts::search.like(holding(word)).escape('\\'));
    }
    if let Some(status) = sought.status {
        query = query.filter(leads::status.eq(status));
    }
    if let Some(stage) = sought.stage {
        query = query.filter(leads::stage.eq(stage));
    }
    if let Some(source) = &sought.source {
        query = query.filter(leads::source.eq(source.clone()));
    }
    if let Some(owner) = sought.owner {
        query = query.filter(leads::owner_id.eq(owner));
    }
    if let Some(contact) = sought.contact {
        query = query.filter(leads::contact_id.eq(contact));
    }
    query = match (order, cursor) {
        (_, None) => query,
        (LeadOrder::Created, Some((_, id))) => query.filter(leads::id.lt(id)),
        (LeadOrder::Updated, Some((rank, id))) => {
            query.filter(leads::updated_at.lt(rank).or(leads::updated_at.eq(rank).and(leads::id.lt(id))))
        }
        (LeadOrder::Score, Some((rank, id))) => {
            query.filter(leads::score.lt(rank).or(leads::score.eq(rank).and(leads::id.lt(id))))
        }
    };
    query = match order {
        LeadOrder::Created => query.order(leads::id.desc()),
        LeadOrder::Updated => query.order((leads::updated_at.desc(), leads::id.desc())),
        LeadOrder::Score => query.order((leads::score.desc(), leads::id.desc())),
    };
    query.limit(limit).load(db)
}

/// Of two contacts that become one the better lead stays, of equals the older: it is the winner's afterwards.
pub fn merge(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    winner: ContactId,
    loser: ContactId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let all: Vec<Lead> = leads::table
        .filter(leads::organization_id.eq(organization))
        .filter(leads::contact_id.eq_any(vec![winner, loser]))
        .order((leads::score.desc(), leads::created_at, leads::id))
        .select(leads::all_columns)
        .load(tx.db)?;
    let mut all = all.into_iter();
    let Some(mut best) = all.next() else { return Ok(()) };
    for lead in all {
        diesel::delete(leads::table.find(lead.id)).execute(tx.db)?;
    }
    if best.contact_id != winner {
        best.contact_id = winner;
        best.version += 1;
        best.updated_at = now;
        if update(tx.db, &best)? == 0 {
            return Err(StoreError::Stale);
        }
    }
    audit::tell(tx, &best.line("lead.update", now));
    Ok(())
}

/// The leads of somebody who leaves are nobody's.
pub fn disown(db: &mut AnyConnection, organization: OrganizationId, owner: UserId) -> QueryResult<usize> {
    diesel::update(leads::table.filter(leads::organization_id.eq(organization)).filter(leads::owner_id.eq(owner)))
        .set(leads::owner_id.eq(None::<UserId>))
        .execute(db)
}
