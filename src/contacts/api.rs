//! `/api/crm/contacts`: who the customers are.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::identity::normal_email;
use super::phone;
use super::store::{self as contacts, Contact, Exact, Identity};
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
use crate::ids::*;
use crate::services::Services;
use crate::store::StoreError;
use crate::store::sql::Json;
use crate::text::words;

/// Bytes of all custom fields.
const CUSTOM_FIELDS: usize = 64 * 1024;

#[derive(OpenApi)]
#[openapi(paths(list, create, get, put))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/crm/contacts").route(web::get().to(list)).route(web::post().to(create)))
        .service(web::resource("/api/crm/contacts/{id}").route(web::get().to(get)).route(web::put().to(put)));
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
    pub fn new(contact: &Contact, identities: Option<Vec<Identity>>) -> Self {
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
                    check.refuse(FieldError::invalid("phone", ("não é um telefone", "not a phone number")));
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
            check.refuse(FieldError::invalid("ltv", ("um decimal como 1250.00", "a decimal like 1250.00")));
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
            None => check.refuse(FieldError::invalid(
                field("address"),
                ("não é um endereço deste tipo", "not an address of this kind"),
            )),
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
    let mut contact = Contact::blank(call.organization(), "api", call.now);
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

/// A contact with every address they are known by.
pub async fn found(services: &Services, caller: &Caller, id: ContactId) -> Result<(Contact, Vec<Identity>), Problem> {
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
