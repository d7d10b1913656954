//! `GET /api/crm/contacts/{id}/timeline`: what a contact has been through, on every channel.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::store as contacts;
use crate::api::caller::Caller;
use crate::api::extract::{Path, Query};
use crate::api::paging::{self, Page};
use crate::api::problem::Problem;
use crate::auth::roles::Permission;
use crate::clock::Timestamp;
use crate::conversations::store as conversations;
use crate::ids::*;
use crate::ratings::Scale;
use crate::ratings::store as ratings;
use crate::services::Services;
use crate::store::StoreError;

/// Notes of a contact that are told, the newest.
const NOTES: i64 = 500;

#[derive(OpenApi)]
#[openapi(paths(timeline))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/crm/contacts/{id}/timeline").route(web::get().to(timeline)));
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
    /// Of a rating: 1 to 5, or 0 to 10 when it is a recommendation.
    pub score: Option<i64>,
    /// Of a rating: which question it answers.
    pub scale: Option<Scale>,
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
    let (contact, merged, written, mut sessions) = services
        .store
        .read("contact.timeline", move |db| {
            let contact = contacts::find(db, organization, id)?.ok_or(StoreError::NotFound)?;
            let merged = contacts::merged_into(db, organization, id)?;
            let family: Vec<ContactId> = std::iter::once(id).chain(merged.iter().map(|loser| loser.id)).collect();
            let written = contacts::notes(db, organization, &family, None, NOTES)?;
            Ok((contact, merged, written, contacts::sessions_of(db, organization, &family)?))
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
        scale: None,
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
    items.extend(written.into_iter().map(|note| TimelineItem {
        attendant: Some(note.author_name),
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
        scale: Some(rating.kind),
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
