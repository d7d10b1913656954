//! `/api/crm/leads`: who may buy, how close they are, and where they came from.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::store::{self as rows, Lead, LeadOrder, Sought};
use super::{Ad, BEST, LeadStage, LeadStatus, MANUAL, Origin, ScoreReason};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::{self, Check, given};
use crate::api::etag::{self, IfMatch};
use crate::api::extract::{Json as Body, Path, Query};
use crate::api::paging::{self, Page};
use crate::api::problem::{Code, FieldError, Problem};
use crate::audit::store as audit;
use crate::auth::roles::Permission;
use crate::clock::Timestamp;
use crate::contacts::api::found as found_contact;
use crate::contacts::store::Traits;
use crate::ids::*;
use crate::services::Services;
use crate::store::StoreError;
use crate::text::words;

/// Characters of a source and of a reason.
const SOURCE: usize = 40;
const REASON: usize = 120;

#[derive(OpenApi)]
#[openapi(paths(list, create, get, put))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/crm/leads").route(web::get().to(list)).route(web::post().to(create)))
        .service(web::resource("/api/crm/leads/{id}").route(web::get().to(get)).route(web::put().to(put)));
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadView {
    pub id: LeadId,
    pub contact: LeadContact,
    pub status: LeadStatus,
    /// 0 to 100: the sum of its reasons.
    pub score: i64,
    pub reasons: Vec<ScoreReason>,
    pub stage: LeadStage,
    /// The channel of the first contact.
    pub source: String,
    pub campaign: Option<String>,
    /// Of the page that the first contact came from, by names without `utm_`.
    pub utm: BTreeMap<String, String>,
    /// The ad or post that the first contact came by.
    pub ad: Option<Ad>,
    pub owner_id: Option<UserId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Who a lead is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadContact {
    pub id: ContactId,
    pub name: String,
    /// E.164.
    pub phone: Option<String>,
    pub email: Option<String>,
}

impl LeadView {
    pub fn new(lead: &Lead, person: &Traits) -> Self {
        LeadView {
            id: lead.id,
            contact: LeadContact {
                id: person.id,
                name: format!("{} {}", person.first_name, person.last_name).trim().to_owned(),
                phone: person.phone.clone(),
                email: person.email.clone(),
            },
            status: lead.status,
            score: lead.score,
            reasons: lead.reasons.0.clone(),
            stage: lead.stage,
            source: lead.source.clone(),
            campaign: lead.campaign.clone(),
            utm: lead.utm.0.clone(),
            ad: lead.ad.as_ref().map(|ad| ad.0.clone()),
            owner_id: lead.owner_id,
            created_at: lead.created_at,
            updated_at: lead.updated_at,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LeadQuery {
    /// Words of the contact's name, e-mail, phone or tags, whatever case and accents.
    q: Option<String>,
    #[param(inline)]
    status: Option<LeadStatus>,
    #[param(inline)]
    stage: Option<LeadStage>,
    source: Option<String>,
    #[param(value_type = Option<String>)]
    owner_id: Option<UserId>,
    /// The lead of this contact.
    #[param(value_type = Option<String>)]
    contact_id: Option<ContactId>,
    /// What comes first: the newest (`created`, as without), what changed last (`updated`), the best (`score`).
    #[param(inline)]
    sort: Option<LeadOrder>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Leads, newest first.
///
/// 200
#[utoipa::path(get, path = "/api/crm/leads", tag = "leads", params(LeadQuery),
    responses((status = 200, body = Page<LeadView>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<LeadQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewContacts)?;
    let limit = paging::limit(query.limit)?;
    let cursor: Option<(i64, LeadId)> = paging::decode(query.cursor.as_deref())?;
    let order = query.sort.unwrap_or_default();
    let sought = Sought {
        words: query.q.as_deref().map(words).unwrap_or_default(),
        status: query.status,
        stage: query.stage,
        source: query.source,
        owner: query.owner_id,
        contact: query.contact_id,
    };
    let organization = caller.organization();
    let found = services
        .store
        .read("lead.list", move |db| Ok(rows::list(db, organization, &sought, order, cursor, limit + 1)?))
        .await?;
    let page = Page::of(found, limit, |(lead, _)| order.key(lead));
    Ok(HttpResponse::Ok().json(page.map(|(lead, person)| LeadView::new(&lead, &person))))
}

/// What may be set; absent fields stay, null clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadRequest {
    status: Option<LeadStatus>,
    stage: Option<LeadStage>,
    /// 0 to 100.
    score: Option<i64>,
    /// Why the score is another now; `manual` without.
    reason: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    owner_id: Option<Option<UserId>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    campaign: Option<Option<String>>,
}

fn apply(call: &Call, request: &LeadRequest, lead: &mut Lead) -> Result<(), Problem> {
    let mut check = Check::default();
    lead.status = request.status.unwrap_or(lead.status);
    lead.stage = request.stage.unwrap_or(lead.stage);
    let reason = check.optional("reason", request.reason.as_deref(), REASON);
    if let Some(score) = request.score {
        if !(0..=BEST).contains(&score) {
            check.refuse(FieldError::out_of_range("score", 0, BEST));
        }
        lead.rate(score, reason.as_deref().unwrap_or(MANUAL));
    }
    if let Some(owner) = request.owner_id {
        if owner.is_some_and(|owner| !call.configuration.users.contains_key(&owner)) {
            check.refuse(FieldError::invalid("owner_id", ("não há essa pessoa", "no such user")));
        }
        lead.owner_id = owner;
    }
    if let Some(campaign) = &request.campaign {
        lead.campaign = check.optional("campaign", campaign.as_deref(), check::NAME);
    }
    check.done()
}

/// Whose lead, and what is known of it already.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLeadRequest {
    contact_id: ContactId,
    /// The contact's without.
    source: Option<String>,
    status: Option<LeadStatus>,
    stage: Option<LeadStage>,
    /// 0 to 100.
    score: Option<i64>,
    /// Why it has this score; `manual` without.
    reason: Option<String>,
    owner_id: Option<UserId>,
    campaign: Option<String>,
}

/// Makes a lead of a contact who has none: one that was made by hand, or before there were leads.
///
/// 201 · 403 · 404 unknown contact · 409 `duplicate`: they have one; or merged away (`conflict`) · 422
#[utoipa::path(post, path = "/api/crm/leads", tag = "leads", request_body = NewLeadRequest,
    responses((status = 201, body = LeadView), (status = 404), (status = 409)))]
pub async fn create(
    call: Call,
    Body(request): Body<NewLeadRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::EditContacts)?;
    let (contact, _) = found_contact(&services, &call, request.contact_id).await?;
    if contact.merged_into.is_some() {
        return Err(Problem::of(Code::Conflict));
    }
    let mut check = Check::default();
    let source = check.optional("source", request.source.as_deref(), SOURCE);
    check.done()?;
    let source = source.unwrap_or_else(|| contact.source.clone());
    let mut lead = Lead::new(&contact, &source, &Origin::default(), call.now);
    let change = LeadRequest {
        status: request.status,
        stage: request.stage,
        score: request.score,
        reason: request.reason,
        owner_id: Some(request.owner_id),
        campaign: Some(request.campaign),
    };
    apply(&call, &change, &mut lead)?;
    let view = LeadView::new(&lead, &contact.traits());
    let detail = json!({"name": contact.name(), "contact_id": contact.id});
    let line = call.line("lead.create", "lead", lead.id).with(detail);
    services
        .store
        .write("lead.create", move |tx| {
            rows::insert(tx.db, &lead)?;
            audit::record(tx, &line)?;
            Ok(())
        })
        .await
        .map_err(|error| check::taken(error, &[("contact_id", "contact_id")]))?;
    Ok(etag::created(1, format!("/api/crm/leads/{}", view.id), &view))
}

async fn found(services: &Services, caller: &Caller, id: LeadId) -> Result<(Lead, Traits), Problem> {
    let organization = caller.organization();
    let found = services.store.read("lead.get", move |db| Ok(rows::find(db, organization, id)?)).await?;
    found.ok_or_else(Problem::not_found)
}

/// One lead.
///
/// 200 · 404
#[utoipa::path(get, path = "/api/crm/leads/{id}", tag = "leads", params(("id" = LeadId, Path)),
    responses((status = 200, body = LeadView), (status = 404)))]
pub async fn get(caller: Caller, Path(id): Path<LeadId>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewContacts)?;
    let (lead, person) = found(&services, &caller, id).await?;
    Ok(etag::ok(lead.version, &LeadView::new(&lead, &person)))
}

/// Changes a lead. Where it came from stays.
///
/// 200 · 403 · 404 · 412 · 422
#[utoipa::path(put, path = "/api/crm/leads/{id}", tag = "leads", params(("id" = LeadId, Path)),
    request_body = LeadRequest, responses((status = 200, body = LeadView), (status = 412)))]
pub async fn put(
    call: Call,
    Path(id): Path<LeadId>,
    if_match: IfMatch,
    Body(request): Body<LeadRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::EditContacts)?;
    let (mut lead, person) = found(&services, &call, id).await?;
    if_match.check(lead.version)?;
    let before = LeadView::new(&lead, &person);
    apply(&call, &request, &mut lead)?;
    lead.version += 1;
    lead.updated_at = call.now;
    let (view, version) = (LeadView::new(&lead, &person), lead.version);
    let detail = json!({"name": view.contact.name, "contact_id": lead.contact_id});
    let line = call.line("lead.update", "lead", id).with(detail).between(&before, &view);
    services
        .store
        .write("lead.update", move |tx| {
            if rows::update(tx.db, &lead)? == 0 {
                return Err(StoreError::Stale);
            }
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    Ok(etag::ok(version, &view))
}
