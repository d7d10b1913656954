//! Records that may be of one person, and making them one: `GET /api/crm/contacts/duplicates`, `POST /api/crm/contacts/merge`.
//! The suspicion is pure; what merging does is in `merge.rs`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::api::{ContactView, found};
use super::merge;
use super::phone::normalise;
use super::store::{self as contacts, Exact, Traits};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::Check;
use crate::api::etag;
use crate::api::extract::{Json as Body, Query};
use crate::api::paging::Page;
use crate::api::problem::{Code, FieldError, Problem};
use crate::audit::store as audit;
use crate::auth::roles::Permission;
use crate::conversations::actor::Reload;
use crate::ids::*;
use crate::services::Services;
use crate::store::{AnyConnection, StoreError};
use crate::text::words;

/// Contacts looked through at most, the newest; and how many at a time.
const COMPARED: usize = 200_000;
const BATCH: i64 = 5_000;
/// Candidates for one contact.
const CANDIDATES: i64 = 50;

#[derive(OpenApi)]
#[openapi(paths(list, merge_two))]
pub struct Doc;

/// Before the paths of single contacts: "duplicates" is no id.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/crm/contacts/duplicates").route(web::get().to(list)))
        .service(web::resource("/api/crm/contacts/merge").route(web::post().to(merge_two)));
}

/// What two records share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// In any of its forms: Brazilian mobiles with and without the ninth digit are one.
    Phone,
    Email,
    /// First and last, whatever case and accents.
    Name,
}

/// What a contact is compared by.
fn keys(traits: &Traits) -> Vec<(Reason, String)> {
    let mut keys = Vec::new();
    if let Some(phone) = traits.phone.as_deref().filter(|phone| !phone.is_empty()) {
        keys.push((Reason::Phone, normalise(phone, "BR").map_or_else(|| phone.to_owned(), String::from)));
    }
    if let Some(email) = traits.email.as_deref().filter(|email| !email.is_empty()) {
        keys.push((Reason::Email, email.to_lowercase()));
    }
    let name = words(&format!("{} {}", traits.first_name, traits.last_name));
    if name.len() > 1 {
        keys.push((Reason::Name, name.join(" "))); // a first name alone tells nobody apart
    }
    keys
}

/// Two records and what they share: the older and the newer one.
type Pairs = BTreeMap<(ContactId, ContactId), Vec<Reason>>;

/// Pairs that may be one person; each record of a group is paired with its oldest.
fn pairs(mut all: Vec<Traits>) -> Pairs {
    all.sort_by_key(|traits| traits.id);
    let mut oldest: HashMap<(Reason, String), ContactId> = HashMap::new();
    let mut pairs = Pairs::new();
    for traits in all {
        for key in keys(&traits) {
            let reason = key.0;
            match oldest.get(&key) {
                Some(first) => pairs.entry((*first, traits.id)).or_default().push(reason),
                None => {
                    oldest.insert(key, traits.id);
                }
            }
        }
    }
    pairs
}

/// The pairs of one contact with others.
fn pairs_of(db: &mut AnyConnection, organization: OrganizationId, id: ContactId) -> Result<Pairs, StoreError> {
    let contact = contacts::find(db, organization, id)?.ok_or(StoreError::NotFound)?;
    let phone = contact.phone.as_deref();
    let phones =
        phone.map(|text| normalise(text, "BR").map_or_else(|| vec![text.to_owned()], |phone| phone.variants()));
    let mut others =
        contacts::reached_at(db, organization, contact.email.as_deref(), &phones.unwrap_or_default(), CANDIDATES)?;
    let name = words(&contact.name());
    if name.len() > 1 {
        others.extend(contacts::list(db, organization, &name, &Exact::default(), None, CANDIDATES)?);
    }
    let mine = keys(&contact.traits());
    let mut pairs = Pairs::new();
    for other in others.iter().filter(|other| other.id != id) {
        let theirs = keys(&other.traits());
        let shared: Vec<Reason> = mine.iter().filter(|key| theirs.contains(key)).map(|key| key.0).collect();
        if !shared.is_empty() {
            pairs.insert((id.min(other.id), id.max(other.id)), shared);
        }
    }
    Ok(pairs)
}

fn pairs_of_all(db: &mut AnyConnection, organization: OrganizationId) -> Result<Pairs, StoreError> {
    let mut all: Vec<Traits> = Vec::new();
    while all.len() < COMPARED {
        let batch = contacts::traits(db, organization, all.last().map(|traits| traits.id), BATCH)?;
        let is_last = batch.len() < BATCH as usize;
        all.extend(batch);
        if is_last {
            break;
        }
    }
    Ok(pairs(all))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DuplicateQuery {
    /// Only those who may be this contact.
    #[param(value_type = Option<String>)]
    contact_id: Option<ContactId>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Two contacts who may be one person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Duplicate {
    /// The older record.
    pub contact: ContactView,
    pub other: ContactView,
    pub reasons: Vec<Reason>,
}

/// Pairs of contacts that share a phone, an e-mail or a full name, the surest first, then the newest. Of very many
/// contacts, the newest 200,000 are compared.
///
/// 200 · 403 · 404 unknown `contact_id`
#[utoipa::path(get, path = "/api/crm/contacts/duplicates", tag = "contacts", params(DuplicateQuery),
    responses((status = 200, body = Page<Duplicate>), (status = 404)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<DuplicateQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewContacts)?;
    let (organization, contact) = (caller.organization(), query.contact_id);
    let pairs = services
        .store
        .read("contact.duplicates", move |db| match contact {
            Some(id) => pairs_of(db, organization, id),
            None => pairs_of_all(db, organization),
        })
        .await?;
    let page = Page::cut(pairs.into_iter().collect(), query.limit, query.cursor.as_deref(), |(ids, reasons)| {
        (Reverse(reasons.len()), Reverse(ids.1), ids.0)
    })?;
    let ids: Vec<ContactId> = page.items.iter().flat_map(|((one, other), _)| [*one, *other]).collect();
    let rows = services.store.read("contact.those", move |db| Ok(contacts::those(db, organization, &ids)?)).await?;
    let view = |id: ContactId| rows.iter().find(|row| row.id == id).map(|row| ContactView::new(row, None));
    let items = page.items.iter().filter_map(|((one, other), reasons)| {
        Some(Duplicate { contact: view(*one)?, other: view(*other)?, reasons: reasons.clone() })
    });
    Ok(HttpResponse::Ok().json(Page { items: items.collect::<Vec<_>>(), next_cursor: page.next_cursor.clone() }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    winner_id: ContactId,
    loser_id: ContactId,
    /// Fields whose value is the loser's though the winner has one: `first_name`, `last_name`, `email`, `phone`, `tier`, `ltv`,
    /// `custom_fields.<name>`.
    #[serde(default)]
    take: Vec<String>,
}

/// Joins two contacts that are one person. The loser stays as a pointer to the winner; sessions on the same channel both
/// stay reachable.
///
/// 200 with the winner · 403 · 404 · 409 one was merged before · 422 both are the same, or `take` names no field
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
        return Err(Problem::field(FieldError::invalid(
            "loser_id",
            ("é o mesmo de winner_id", "the same as winner_id"),
        )));
    }
    let mut check = Check::default();
    for (index, name) in request.take.iter().enumerate() {
        if !merge::FIELDS.contains(&name.as_str()) && merge::custom_field(name).is_none() {
            let known = merge::FIELDS.join(", ");
            check.refuse(FieldError::unknown_value(format!("take[{index}]"), format!("{known}, custom_fields.…")));
        }
    }
    check.done()?;
    found(&services, &call, winner).await?;
    found(&services, &call, loser).await?;
    let (organization, now, take) = (call.organization(), call.now, request.take);
    let line = call.line("contact.merge", "contact", winner).with(json!({"loser_id": loser, "take": take}));
    let merged = services
        .store
        .write("contact.merge", move |tx| {
            let merged = merge::merge(tx, organization, winner, loser, &take, now)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, phone: Option<&str>, email: Option<&str>) -> Traits {
        let (first_name, last_name) = super::super::identity::split_name(name);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Traits { id: ContactId::new(), first_name, last_name, email: owned(email), phone: owned(phone) }
    }

    #[test]
    fn a_number_an_address_or_a_full_name_tell_that_two_may_be_one() {
        let all = [
            person("João Silva", Some("+5511988887777"), None),
            person("Jão", Some("+551188887777"), Some("Joao@x.example")),
            person("JOAO  silva", None, Some("joao@x.example")),
            person("João", None, None),
            person("João", Some("+5521988887777"), None),
        ];
        let ids = all.each_ref().map(|traits| traits.id);
        let expected = Pairs::from([
            ((ids[0], ids[1]), vec![Reason::Phone]),
            ((ids[1], ids[2]), vec![Reason::Email]),
            ((ids[0], ids[2]), vec![Reason::Name]),
        ]);
        assert_eq!(pairs(all.into_iter().rev().collect()), expected);
    }
}
