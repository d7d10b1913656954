//! `/api/crm/contacts`: who the customers are, merged when two are one, and what they have been through.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::identity::normal_email;
use super::store::{self as contacts, Contact, Exact, Identity};
use super::{merge, phone};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::{Check, NAME, given};
use crate::api::etag::{self, IfMatch};
use crate::api::extract::{Json as Body, Path, Query};
use crate::api::paging::{self, Page};
use crate::api::problem::{Code, FieldCode, FieldError, Problem};
use crate::audit::store as audit;
use crate::auth::roles::Permission;
use crate::channels::adapter::Address;
use crate::clock::Timestamp;
use crate::conversations::actor::Reload;
use crate::conversations::store as conversations;
use crate::ids::*;
use crate::ratings::store as ratings;
use crate::services::Services;
use crate::store::StoreError;
use crate::store::sql::Json;
use crate::text::words;

/// Bytes of all custom fields.
const CUSTOM_FIELDS: usize = 64 * 1024;

#[derive(OpenApi)]
#[openapi(paths(list, create, get, put, merge_two, timeline))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/crm/contacts").route(web::get().to(list)).route(web::post().to(create)))
        .service(web::resource("/api/crm/contacts/merge").route(web::post().to(merge_two)))
        .service(web::resource("/api/crm/contacts/{id}").route(web::get().to(get)).route(web::put().to(put)))
        .service(web::resource("/api/crm/contacts/{id}/timeline").route(web::get().to(timeline)));
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactView {
    pub id: ContactId,
    /// First and last name.
    pub name: String,
    pub first_name: String,
    pub last_name: String,
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    pub tier: Option<String>,
    /// A decimal.
    pub ltv: Option<String>,
    pub tags: Vec<String>,
    #[schema(value_type = Object)]
    pub custom_fields: BTreeMap<String, Value>,
    /// The channel of the first contact.
    pub source: String,
    /// Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<Vec<IdentityView>>,
    /// The contact this one was merged into.
    pub merged_into: Option<ContactId>,
    /// Wants no campaigns since.
    pub opted_out_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityView {
    /// `whatsapp`, `phone`, `email`, `telegram`, `web`, `api` ...
    pub kind: String,
    pub address: String,
}

impl ContactView {
    fn new(contact: &Contact, identities: Option<Vec<Identity>>) -> Self {
        let view = |row: Identity| IdentityView { kind: row.kind, address: row.value };
        ContactView {
            id: contact.id,
            name: contact.name(),
            first_name: contact.first_name.clone(),
            last_name: contact.last_name.clone(),
            email: contact.email.clone(),
            phone: contact.phone.clone(),
            tier: contact.tier.clone(),
            ltv: contact.ltv.clone(),
            tags: contact.tags.0.clone(),
            custom_fields: contact.custom_fields.0.clone(),
            source: contact.source.clone(),
            identities: identities.map(|rows| rows.into_iter().map(view).collect()),
            merged_into: contact.merged_into,
            opted_out_at: contact.opted_out_at,
            created_at: contact.created_at,
            updated_at: contact.updated_at,
        }
    }
}

/// `first_name` is required to create. In a PUT absent fields stay, null clears; `identities` are added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactRequest {
    first_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    last_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// In any common form; Brazilian without a country code.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    tier: Option<Option<String>>,
    /// A decimal, as text or number.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    ltv: Option<Option<Value>>,
    tags: Option<Vec<String>>,
    #[schema(value_type = Option<Object>)]
    custom_fields: Option<BTreeMap<String, Value>>,
    identities: Option<Vec<IdentityView>>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContactQuery {
    /// Words of name, e-mail, phone or tags, whatever case and accents.
    q: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    tier: Option<String>,
    tag: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Contacts, newest first.
///
/// 200
#[utoipa::path(get, path = "/api/crm/contacts", tag = "contacts", params(ContactQuery),
    responses((status = 200, body = Page<ContactView>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<ContactQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewContacts)?;
    let limit = paging::limit(query.limit)?;
    let cursor: Option<ContactId> = paging::decode(query.cursor.as_deref())?;
    let sought = query.q.as_deref().map(words).unwrap_or_default();
    let exact = Exact {
        email: query.email.map(|email| email.trim().to_lowercase()),
        phone: query.phone.map(|text| phone::normalise(&text, "BR").map_or(text, |phone| phone.as_str().to_owned())),
        tier: query.tier,
        tag: query.tag,
    };
    let organization = caller.organization();
    let rows = services
        .store
        .read("contact.list", move |db| Ok(contacts::list(db, organization, &sought, &exact, cursor, limit + 1)?))
        .await?;
    let page = Page::of(rows, limit, |contact| contact.id);
    Ok(HttpResponse::Ok().json(page.map(|contact| ContactView::new(&contact, None))))
}

/// Applies a request; the addresses it adds.
fn apply(request: &ContactRequest, contact: &mut Contact) -> Result<Vec<Address>, Problem> {
    let mut check = Check::default();
    let first = request.first_name.as_deref().unwrap_or(&contact.first_name);
    contact.first_name = check.required("first_name", Some(first), NAME);
    if let Some(last) = &request.last_name {
        contact.last_name = check.text("last_name", last.as_deref().unwrap_or_default(), NAME);
    }
    if let Some(email) = &request.email {
        contact.email = email.as_deref().filter(|email| !email.is_empty()).map(|email| check.email("email", email));
    }
    if let Some(given) = &request.phone {
        contact.phone = match given.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => match phone::normalise(text, "BR") {
                Some(phone) => Some(phone.as_str().to_owned()),
                None => {
                    check.refuse(FieldError::invalid("phone", "not a phone number"));
                    None
                }
            },
            None => None,
        };
    }
    if let Some(tier) = &request.tier {
        contact.tier = check.optional("tier", tier.as_deref(), 40);
    }
    if let Some(ltv) = &request.ltv {
        let text = match ltv {
            Some(Value::String(text)) => Some(text.trim().to_owned()),
            Some(Value::Number(number)) => Some(number.to_string()),
            None => None,
            Some(_) => Some(String::new()),
        };
        if text.as_deref().is_some_and(|text| !is_decimal(text)) {
            check.refuse(FieldError::invalid("ltv", "a decimal like 1250.00"));
        }
        contact.ltv = text;
    }
    if let Some(tags) = &request.tags {
        contact.tags = Json(check.list("tags", tags, 50, 60));
    }
    if let Some(fields) = &request.custom_fields {
        if json!(fields).to_string().len() > CUSTOM_FIELDS {
            check.refuse(FieldError::too_long("custom_fields", CUSTOM_FIELDS));
        }
        contact.custom_fields = Json(fields.clone());
    }
    let mut addresses = Vec::new();
    for (index, identity) in request.identities.iter().flatten().enumerate() {
        let field = |name: &str| format!("identities[{index}].{name}");
        let kind = check.required(&field("kind"), Some(&identity.kind), 40);
        let value = match kind.as_str() {
            "whatsapp" => phone::normalise(&identity.address, "BR").map(|phone| phone.digits().to_owned()),
            "phone" => phone::normalise(&identity.address, "BR").map(|phone| phone.as_str().to_owned()),
            "email" => normal_email(&identity.address),
            _ => Some(check.required(&field("address"), Some(&identity.address), 255)),
        };
        match value {
            Some(value) => addresses.push(Address { kind, value }),
            None => check.refuse(FieldError::invalid(field("address"), "not an address of this kind")),
        }
    }
    addresses.extend(contact.email.iter().map(|email| Address { kind: "email".into(), value: email.clone() }));
    addresses.extend(contact.phone.iter().map(|phone| Address { kind: "phone".into(), value: phone.clone() }));
    check.done()?;
    contact.index();
    Ok(addresses)
}

/// Digits with at most one point, at most 15 before and 4 after it.
fn is_decimal(text: &str) -> bool {
    let (whole, part) = text.strip_prefix('-').unwrap_or(text).split_once('.').unwrap_or((text, "0"));
    let whole = whole.trim_start_matches('-');
    let digits = |text: &str, max| (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits(whole, 15) && digits(part, 4)
}

/// Somebody else's address: 409 naming the field it came from.
fn belongs_to_another(address: &Address) -> Problem {
    let field = match address.kind.as_str() {
        "email" => "email",
        "phone" => "phone",
        _ => "identities",
    };
    let mut problem = Problem::of(Code::Duplicate);
    problem.errors.push(FieldError::new(field, FieldCode::Taken));
    problem
}

/// Adds a contact.
///
/// 201 · 403 · 409 `duplicate`: another contact has the e-mail, phone or address · 422
#[utoipa::path(post, path = "/api/crm/contacts", tag = "contacts", request_body = ContactRequest,
    responses((status = 201, body = ContactView), (status = 409)))]
pub async fn create(
    call: Call,
    Body(request): Body<ContactRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::EditContacts)?;
    let mut contact = Contact {
        id: ContactId::new(),
        organization_id: call.organization(),
        first_name: String::new(),
        last_name: String::new(),
        email: None,
        phone: None,
        tier: None,
        ltv: None,
        source: "api".to_owned(),
        tags: Json(Vec::new()),
        custom_fields: Json(BTreeMap::new()),
        search: String::new(),
        merged_into: None,
        opted_out_at: None,
        version: 1,
        created_at: call.now,
        updated_at: call.now,
    };
    let addresses = apply(&request, &mut contact)?;
    let line = call.line("contact.create", "contact", contact.id);
    let stored = services
        .store
        .write("contact.create", move |tx| {
            for address in &addresses {
                if contacts::by_address(tx.db, contact.organization_id, std::slice::from_ref(address))?.is_some() {
                    return Ok(Err(belongs_to_another(address)));
                }
            }
            contacts::insert(tx.db, &contact)?;
            contacts::add_addresses(tx.db, contact.organization_id, contact.id, &addresses, contact.created_at)?;
            audit::record(tx, &line)?;
            Ok(Ok((contact.clone(), contacts::identities(tx.db, contact.id)?)))
        })
        .await?;
    let (contact, identities) = stored?;
    let view = ContactView::new(&contact, Some(identities));
    Ok(etag::created(1, format!("/api/crm/contacts/{}", contact.id), &view))
}

async fn found(services: &Services, caller: &Caller, id: ContactId) -> Result<(Contact, Vec<Identity>), Problem> {
    let organization = caller.organization();
    services
        .store
        .read("contact.get", move |db| {
            let contact = contacts::find(db, organization, id)?.ok_or(StoreError::NotFound)?;
            let mut identities = Vec::new();
            for member in contacts::family(db, organization, id)? {
                identities.extend(contacts::identities(db, member)?);
            }
            Ok((contact, identities))
        })
        .await
        .map_err(Problem::from)
}

/// One contact with every address they are known by.
///
/// 200 · 404
#[utoipa::path(get, path = "/api/crm/contacts/{id}", tag = "contacts", params(("id" = ContactId, Path)),
    responses((status = 200, body = ContactView), (status = 404)))]
pub async fn get(caller: Caller, Path(id): Path<ContactId>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewContacts)?;
    let (contact, identities) = found(&services, &caller, id).await?;
    Ok(etag::ok(contact.version, &ContactView::new(&contact, Some(identities))))
}

/// Changes a contact.
///
/// 200 · 403 · 404 · 409 `duplicate`, or merged away (`conflict`) · 412 · 422
#[utoipa::path(put, path = "/api/crm/contacts/{id}", tag = "contacts", params(("id" = ContactId, Path)),
    request_body = ContactRequest, responses((status = 200, body = ContactView), (status = 412)))]
pub async fn put(
    call: Call,
    Path(id): Path<ContactId>,
    if_match: IfMatch,
    Body(request): Body<ContactRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::EditContacts)?;
    let (mut contact, _) = found(&services, &call, id).await?;
    if_match.check(contact.version)?;
    if contact.merged_into.is_some() {
        return Err(Problem::of(Code::Conflict));
    }
    let before = (contact.email.clone(), contact.phone.clone());
    let addresses = apply(&request, &mut contact)?;
    contact.version += 1;
    contact.updated_at = call.now;
    let line = call.line("contact.update", "contact", id);
    let (organization, now) = (call.organization(), call.now);
    let stored = services
        .store
        .write("contact.update", move |tx| {
            let family = contacts::family(tx.db, organization, id)?;
            for address in &addresses {
                let owner = contacts::by_address(tx.db, organization, std::slice::from_ref(address))?;
                if owner.is_some_and(|owner| !family.contains(&owner)) {
                    return Ok(Err(belongs_to_another(address)));
                }
            }
            if contacts::update(tx.db, &contact)? == 0 {
                return Err(StoreError::Stale);
            }
            // A corrected e-mail or number no longer leads here.
            for (kind, old, new) in [("email", &before.0, &contact.email), ("phone", &before.1, &contact.phone)] {
                if old.is_some() && old != new {
                    contacts::drop_identities(tx.db, id, &[kind], &addresses)?;
                }
            }
            contacts::add_addresses(tx.db, organization, id, &addresses, now)?;
            audit::record(tx, &line)?;
            let sessions = contacts::sessions_of(tx.db, organization, &family)?;
            Ok(Ok((contact.clone(), sessions.into_iter().map(|session| session.id).collect::<Vec<_>>())))
        })
        .await?;
    let (contact, sessions) = stored?;
    for session in sessions {
        services.conversations().notify_living(session, Reload);
    }
    let (_, identities) = found(&services, &call, id).await?;
    Ok(etag::ok(contact.version, &ContactView::new(&contact, Some(identities))))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    winner_id: ContactId,
    loser_id: ContactId,
}

/// Joins two contacts that are one person. The loser stays as a pointer to the winner; sessions on the same channel both
/// stay reachable.
///
/// 200 with the winner · 403 · 404 · 409 one was merged before · 422 both are the same
#[utoipa::path(post, path = "/api/crm/contacts/merge", tag = "contacts", request_body = MergeRequest,
    responses((status = 200, body = ContactView), (status = 404), (status = 409)))]
pub async fn merge_two(
    call: Call,
    Body(request): Body<MergeRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::MergeContacts)?;
    let (winner, loser) = (request.winner_id, request.loser_id);
    if winner == loser {
        return Err(Problem::field(FieldError::invalid("loser_id", "the same as winner_id")));
    }
    found(&services, &call, winner).await?;
    found(&services, &call, loser).await?;
    let (organization, now) = (call.organization(), call.now);
    let line = call.line("contact.merge", "contact", winner).with(json!({"loser_id": loser}));
    let merged = services
        .store
        .write("contact.merge", move |tx| {
            let merged = merge::merge(tx, organization, winner, loser, now)?;
            if merged.is_some() {
                audit::record(tx, &line)?;
            }
            Ok(merged)
        })
        .await?
        .ok_or_else(|| Problem::of(Code::Conflict))?;
    for session in &merged.sessions {
        services.conversations().notify_living(*session, Reload);
    }
    let (contact, identities) = found(&services, &call, winner).await?;
    Ok(etag::ok(merged.winner.version, &ContactView::new(&contact, Some(identities))))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimelineQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// One thing that happened with a contact.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineItem {
    pub at: Timestamp,
    /// `contact_created`, `contact_merged`, `session_started`, `handoff_started`, `handoff_accepted`, `handoff_resolved`,
    /// `note`, `rating`.
    pub kind: &'static str,
    pub session_id: Option<SessionId>,
    pub channel: Option<String>,
    pub handoff_id: Option<HandoffId>,
    /// Who acted; of a rating, whose service it is about.
    pub attendant: Option<String>,
    /// The reason of a handoff, the note of its end, the session's last message, a note, the customer's comment, the name
    /// of the contact merged into this one.
    pub text: Option<String>,
    /// Of a rating, 1 to 5.
    pub score: Option<i64>,
}

/// What happened with a contact on every channel, newest first; conversations the caller does not see are left out.
///
/// 200 · 404
#[utoipa::path(get, path = "/api/crm/contacts/{id}/timeline", tag = "contacts",
    params(("id" = ContactId, Path), TimelineQuery), responses((status = 200, body = Page<TimelineItem>)))]
pub async fn timeline(
    caller: Caller,
    Path(id): Path<ContactId>,
    Query(query): Query<TimelineQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewContacts)?;
    let limit = paging::limit(query.limit)?;
    let after: Option<(i64, usize)> = paging::decode(query.cursor.as_deref())?;
    let organization = caller.organization();
    let (contact, merged, mut sessions) = services
        .store
        .read("contact.timeline", move |db| {
            let contact = contacts::find(db, organization, id)?.ok_or(StoreError::NotFound)?;
            let merged = contacts::merged_into(db, organization, id)?;
            let family: Vec<ContactId> = std::iter::once(id).chain(merged.iter().map(|loser| loser.id)).collect();
            Ok((contact, merged, contacts::sessions_of(db, organization, &family)?))
        })
        .await?;
    if caller.may(Permission::ViewConversations).is_ok() {
        sessions.retain(|session| caller.principal.sees_queue(session.queue_id, session.attendant_id));
    } else {
        sessions.clear();
    }
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let (handoffs, notes, ratings) = services
        .store
        .read("contact.conversations", move |db| {
            let (mut handoffs, mut notes, mut ratings) = (Vec::new(), Vec::new(), Vec::new());
            for session in &ids {
                handoffs.extend(conversations::handoffs_of(db, *session)?);
                notes.extend(conversations::notes_of(db, *session)?);
                ratings.extend(ratings::of_session(db, *session)?);
            }
            Ok((handoffs, notes, ratings))
        })
        .await?;
    let blank = |at: Timestamp, kind: &'static str| TimelineItem {
        at,
        kind,
        session_id: None,
        channel: None,
        handoff_id: None,
        attendant: None,
        text: None,
        score: None,
    };
    let mut items =
        vec![TimelineItem { channel: Some(contact.source.clone()), ..blank(contact.created_at, "contact_created") }];
    items.extend(merged.iter().map(|loser| TimelineItem {
        channel: Some(loser.source.clone()),
        text: Some(loser.name()),
        ..blank(loser.updated_at, "contact_merged")
    }));
    let channel =
        |id: SessionId| sessions.iter().find(|session| session.id == id).map(|session| session.channel.clone());
    let person =
        |id: Option<UserId>| id.and_then(|id| caller.configuration.users.get(&id)).map(|user| user.name.clone());
    for session in &sessions {
        items.push(TimelineItem {
            session_id: Some(session.id),
            channel: Some(session.channel.clone()),
            text: Some(session.last_message.clone()).filter(|text| !text.is_empty()),
            ..blank(session.created_at, "session_started")
        });
    }
    for handoff in &handoffs {
        let of = |at: Timestamp, kind| TimelineItem {
            session_id: Some(handoff.session_id),
            handoff_id: Some(handoff.id),
            channel: channel(handoff.session_id),
            ..blank(at, kind)
        };
        let reason = Some(handoff.reason.clone()).filter(|text| !text.is_empty());
        items.push(TimelineItem { text: reason, ..of(handoff.created_at, "handoff_started") });
        if let Some(at) = handoff.accepted_at {
            items.push(TimelineItem { attendant: person(handoff.attendant_id), ..of(at, "handoff_accepted") });
        }
        if let Some(at) = handoff.resolved_at {
            let attendant = person(handoff.resolved_by.or(handoff.attendant_id));
            items.push(TimelineItem { attendant, text: handoff.note.clone(), ..of(at, "handoff_resolved") });
        }
    }
    items.extend(notes.into_iter().map(|note| TimelineItem {
        session_id: Some(note.session_id),
        channel: channel(note.session_id),
        attendant: Some(note.sender_name),
        text: Some(note.text),
        ..blank(note.created_at, "note")
    }));
    items.extend(ratings.into_iter().map(|rating| TimelineItem {
        session_id: Some(rating.session_id),
        channel: Some(rating.channel),
        handoff_id: Some(rating.handoff_id),
        attendant: person(rating.attendant_id),
        text: rating.comment,
        score: Some(rating.score),
        ..blank(rating.created_at, "rating")
    }));
    // Stable: what happened at the same moment keeps the order of its telling, so a place can be named by number.
    items.sort_by_key(|item| item.at);
    let mut numbered: Vec<(usize, TimelineItem)> = items.into_iter().enumerate().collect();
    numbered.reverse();
    if let Some((at, number)) = after {
        numbered.retain(|(n, item)| (item.at.micros(), *n) < (at, number));
    }
    let page = Page::of(numbered, limit, |(number, item)| (item.at.micros(), *number));
    Ok(HttpResponse::Ok().json(page.map(|(_, item)| item)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_decimal() {
        for good in ["0", "1250.00", "-3.5", "10"] {
            assert!(is_decimal(good), "{good}");
        }
        for wrong in ["", "1,5", "abc", "1.", ".5", "1.23456", "1e9"] {
            assert!(!is_decimal(wrong), "{wrong}");
        }
    }
}
