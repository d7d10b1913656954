//! `/api/crm/contacts/{id}/notes`: what people write down about a customer, whatever the conversation. They stay as written.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::api::found;
use super::store::{self as contacts, Note};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::Check;
use crate::api::extract::{Json as Body, Path, Query};
use crate::api::paging::{self, Page};
use crate::api::problem::{Code, Problem};
use crate::audit::store as audit;
use crate::auth::roles::Permission;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::services::Services;
use crate::store::StoreError;

/// Characters of a note.
const LONGEST: usize = 10_000;

#[derive(OpenApi)]
#[openapi(paths(list, add))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/crm/contacts/{id}/notes").route(web::get().to(list)).route(web::post().to(add)));
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoteView {
    pub id: RecordId,
    pub text: String,
    pub author: NoteAuthor,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoteAuthor {
    pub id: UserId,
    /// As it was when they wrote.
    pub name: String,
}

impl From<Note> for NoteView {
    fn from(note: Note) -> Self {
        NoteView {
            id: note.id,
            text: note.text,
            author: NoteAuthor { id: note.author_id, name: note.author_name },
            created_at: note.created_at,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoteQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Notes about a contact and those merged into it, newest first. Notes inside conversations are in the timeline.
///
/// 200 · 404
#[utoipa::path(get, path = "/api/crm/contacts/{id}/notes", tag = "contacts", params(("id" = ContactId, Path), NoteQuery),
    responses((status = 200, body = Page<NoteView>), (status = 404)))]
pub async fn list(
    caller: Caller,
    Path(id): Path<ContactId>,
    Query(query): Query<NoteQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewContacts)?;
    let limit = paging::limit(query.limit)?;
    let cursor: Option<RecordId> = paging::decode(query.cursor.as_deref())?;
    let organization = caller.organization();
    let rows = services
        .store
        .read("contact.notes", move |db| {
            contacts::find(db, organization, id)?.ok_or(StoreError::NotFound)?;
            let family = contacts::family(db, organization, id)?;
            Ok(contacts::notes(db, organization, &family, cursor, limit + 1)?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |note| note.id).map(NoteView::from)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteRequest {
    text: String,
}

/// Writes a note about a contact.
///
/// 201 · 403 · 404 · 409 merged away · 422
#[utoipa::path(post, path = "/api/crm/contacts/{id}/notes", tag = "contacts", params(("id" = ContactId, Path)),
    request_body = NoteRequest, responses((status = 201, body = NoteView), (status = 404), (status = 409)))]
pub async fn add(
    call: Call,
    Path(id): Path<ContactId>,
    Body(request): Body<NoteRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::EditContacts)?;
    let mut check = Check::default();
    let text = check.required("text", Some(&request.text), LONGEST);
    check.done()?;
    let (contact, _) = found(&services, &call, id).await?;
    if contact.merged_into.is_some() {
        return Err(Problem::of(Code::Conflict));
    }
    let note = Note {
        id: RecordId::new(),
        organization_id: call.organization(),
        contact_id: id,
        author_id: call.user.id,
        author_name: call.user.name.clone(),
        text,
        created_at: call.now,
    };
    let (row, line) = (note.clone(), call.line("contact.note", "contact", id));
    services
        .store
        .write("contact.note", move |tx| {
            contacts::insert_note(tx.db, &row)?;
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::Created().json(NoteView::from(note)))
}
