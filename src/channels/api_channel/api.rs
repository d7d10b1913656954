//! `POST /api/channels/{id}/messages`: a program hands over what somebody wrote to it. Durable in the inbox before the
//! answer, like a provider's webhook; the router takes it from there.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::api::caller::Caller;
use crate::api::extract::{Json, Path};
use crate::api::problem::{FieldCode, FieldError, Problem};
use crate::attachments::store as files;
use crate::attachments::stored_reference;
use crate::auth::roles::Permission;
use crate::channels::adapter::{Address, Inbound, InboundMessage, Kind, Peer, RemoteMedia, file_name};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::services::Services;
use crate::store::schema::idempotency;
use crate::store::{InboxRow, StoreError, Tx, inbox};

const ID_CHARS: usize = 255;
const TEXT_CHARS: usize = 65_536;
const FILES: usize = 20;

#[derive(OpenApi)]
#[openapi(paths(receive))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/channels/{id}/messages").route(web::post().to(receive)));
}

/// What somebody wrote to the program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageRequest {
    /// The program's id of the message: the same one twice acts once.
    external_id: String,
    from: FromRequest,
    text: Option<String>,
    /// `text` without attachments, else what the first one is.
    kind: Option<Kind>,
    #[serde(default)]
    attachments: Vec<FileRequest>,
    #[schema(value_type = Option<String>, format = "date-time")]
    sent_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FromRequest {
    /// The program's id of the person; answers go to it.
    id: String,
    name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
}

/// An uploaded file by `id`, or one to fetch by `url`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileRequest {
    #[schema(value_type = Option<String>, format = "uuid")]
    id: Option<AttachmentId>,
    url: Option<String>,
    /// As claimed; the bytes decide.
    mime: Option<String>,
    name: Option<String>,
    sha256: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Accepted {
    accepted: bool,
    #[schema(value_type = String, format = "uuid")]
    inbox_id: InboxId,
}

/// Takes a message of a program's user.
///
/// 202 durable · 200 the same message again, with the first answer · 404 no `api` channel of that id · 422 · 503
#[utoipa::path(post, path = "/api/channels/{id}/messages", tag = "channels", params(("id" = String, Path, format = "uuid")),
    request_body = MessageRequest, responses((status = 202, body = Accepted), (status = 200, body = Accepted), (status = 404), (status = 422), (status = 503)))]
async fn receive(
    caller: Caller,
    Path(id): Path<ChannelId>,
    Json(request): Json<MessageRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::SendInboundMessages)?;
    let channel = caller.configuration.channels.get(&id).filter(|entry| entry.row.kind == "api");
    channel.ok_or_else(Problem::not_found)?;
    check(&request)?;
    let organization = caller.organization();
    let by = AnyId(caller.user.id.0);
    let wanted: Vec<AttachmentId> = request.attachments.iter().filter_map(|file| file.id).collect();
    let found = services.store.read("inbound.files", move |db| {
        wanted.iter().map(|id| Ok(files::find(db, organization, *id)?)).collect::<Result<Vec<_>, StoreError>>()
    });
    let mut stored =
        if request.attachments.iter().any(|file| file.id.is_some()) { found.await? } else { Vec::new() }.into_iter();
    let mut media = Vec::with_capacity(request.attachments.len());
    for (at, file) in request.attachments.iter().enumerate() {
        media.push(match (&file.id, &file.url) {
            (Some(_), _) => {
                let row = stored.next().flatten().filter(|row| row.created_by == Some(by));
                let row = row.ok_or_else(|| {
                    Problem::field(FieldError::new(format!("attachments[{at}].id"), FieldCode::NotFound))
                })?;
                RemoteMedia {
                    reference: stored_reference(row.id, row.size),
                    mime: Some(row.mime),
                    name: Some(row.name),
                    sha256: None,
                }
            }
            (None, url) => RemoteMedia {
                reference: url.clone().unwrap_or_default(),
                mime: file.mime.clone(),
                name: file.name.as_deref().and_then(file_name),
                sha256: file.sha256.clone(),
            },
        });
    }
    let place = services.backlog.enter().await.ok_or_else(|| Problem::unavailable(1))?;
    let now = services.clock.now();
    let key = format!("inbound:{}", request.external_id);
    let body =
        serde_json::to_vec(&[Inbound::Message(Box::new(message(request, media, now)))]).map_err(Problem::internal)?;
    let row = InboxRow {
        id: InboxId::new(),
        organization_id: organization,
        channel_id: id,
        received_at: now,
        body,
        state: "new".to_owned(),
        error: None,
    };
    let kept = row.clone();
    let keep = move |tx: &mut Tx<'_>| keep(tx, &kept, &key, now);
    let first = match services.store.write_inbox("inbox.accept", keep.clone()).await {
        // Sent twice at once: the second look finds the first.
        Err(StoreError::Duplicate(_)) => services.store.write_inbox("inbox.accept", keep).await?,
        kept => kept?,
    };
    match first {
        None => {
            let accepted = Accepted { accepted: true, inbox_id: row.id };
            services.arrived(row, place);
            Ok(HttpResponse::Accepted().json(accepted))
        }
        Some(inbox_id) => Ok(HttpResponse::Ok().json(Accepted { accepted: true, inbox_id })),
    }
}

/// Stores the message with its key; the first one's id when the key is known.
fn keep(tx: &mut Tx<'_>, row: &InboxRow, key: &str, now: Timestamp) -> Result<Option<InboxId>, StoreError> {
    let channel = AnyId(row.channel_id.0);
    let known: Option<String> = idempotency::table
        .find((row.organization_id, channel, key))
        .select(idempotency::body)
        .first(tx.db)
        .optional()?;
    if let Some(first) = known.and_then(|id| id.parse().ok()) {
        return Ok(Some(first));
    }
    diesel::insert_into(idempotency::table)
        .values((
            idempotency::organization_id.eq(row.organization_id),
            idempotency::principal_id.eq(channel),
            idempotency::key.eq(key),
            idempotency::request_hash.eq(""),
            idempotency::status.eq(202),
            idempotency::body.eq(row.id.to_string()),
            idempotency::created_at.eq(now),
        ))
        .execute(tx.db)?;
    inbox::insert(tx.db, vec![row])?;
    Ok(None)
}

pub fn check(request: &MessageRequest) -> Result<(), Problem> {
    let mut errors = Vec::new();
    for (field, value) in [("external_id", &request.external_id), ("from.id", &request.from.id)] {
        if value.trim().is_empty() {
            errors.push(FieldError::required(field));
        } else if value.chars().count() > ID_CHARS {
            errors.push(FieldError::too_long(field, ID_CHARS));
        } else if value.contains('\0') {
            errors.push(FieldError::invalid(field, ("tem caractere de controle", "control character")));
        }
    }
    let from = &request.from;
    for (field, value) in [("from.name", &from.name), ("from.phone", &from.phone), ("from.email", &from.email)] {
        if value.as_ref().is_some_and(|value| value.chars().count() > ID_CHARS) {
            errors.push(FieldError::too_long(field, ID_CHARS));
        }
    }
    let text = request.text.as_deref().unwrap_or_default();
    if text.chars().count() > TEXT_CHARS {
        errors.push(FieldError::too_long("text", TEXT_CHARS));
    }
    if text.trim().is_empty() && request.attachments.is_empty() {
        errors.push(FieldError::required("text"));
    }
    if request.attachments.len() > FILES {
        errors.push(FieldError::out_of_range("attachments", 0, FILES));
    }
    if matches!(request.kind, Some(Kind::Note | Kind::System | Kind::Template | Kind::Reaction)) {
        errors.push(FieldError::unknown_value("kind", "text, image, audio, voice, video, document, ..."));
    }
    for (at, file) in request.attachments.iter().enumerate() {
        let web = |url: &str| url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        match (&file.id, &file.url) {
            (None, None) => errors.push(FieldError::required(format!("attachments[{at}].url"))),
            (None, Some(url)) if !web(url) => {
                errors.push(FieldError::invalid(
                    format!("attachments[{at}].url"),
                    ("precisa ser http ou https", "http or https"),
                ));
            }
            _ => {}
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors)) }
}

fn message(request: MessageRequest, media: Vec<RemoteMedia>, now: Timestamp) -> InboundMessage {
    let of_file = || match media.first().and_then(|media| media.mime.as_deref()).and_then(|mime| mime.split('/').next())
    {
        Some("image") => Kind::Image,
        Some("audio") => Kind::Audio,
        Some("video") => Kind::Video,
        _ => Kind::Document,
    };
    let kind = request.kind.unwrap_or_else(|| if media.is_empty() { Kind::Text } else { of_file() });
    let from = request.from;
    InboundMessage {
        external_id: request.external_id,
        from: Peer {
            addresses: vec![Address { kind: "api".to_owned(), value: from.id }],
            name: from.name.map(|name| name.replace('\0', "")),
            phone: from.phone,
            email: from.email,
        },
        kind,
        text: request.text.unwrap_or_default().replace('\0', ""),
        media,
        reply_to: None,
        sent_at: request.sent_at.unwrap_or(now),
        payload: None,
        referral: None,
        forwarded: false,
        extra: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(body: serde_json::Value) -> Result<MessageRequest, Problem> {
        let request = crate::api::extract::from_json(body.to_string().as_bytes())?;
        check(&request).map(|()| request)
    }

    fn fields(body: serde_json::Value) -> Vec<String> {
        request(body).unwrap_err().errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_message_is_read_and_what_is_wrong_is_named() {
        let body =
            json!({"external_id": "m1", "from": {"id": "u1", "name": "Ana", "phone": "11 98765-0001"}, "text": "Oi"});
        let told = message(request(body.clone()).unwrap(), vec![], Timestamp::from_secs(5));
        assert_eq!((told.kind, told.text.as_str(), told.sent_at), (Kind::Text, "Oi", Timestamp::from_secs(5)));
        assert_eq!(told.from.addresses, [Address { kind: "api".into(), value: "u1".into() }]);
        assert_eq!(fields(json!({"external_id": " ", "from": {"id": ""}})), ["external_id", "from.id", "text"]);
        assert_eq!(fields(json!({"external_id": "m", "from": {"id": "u"}, "text": "x", "foo": 1})), ["foo"]);
        let files = json!([{}, {"url": "file:///etc/passwd"}, {"url": "https://a.br/x.png"}]);
        assert_eq!(
            fields(json!({"external_id": "m", "from": {"id": "u"}, "attachments": files})),
            ["attachments[0].url", "attachments[1].url"]
        );
        assert_eq!(fields(json!({"external_id": "m", "from": {"id": "u"}, "text": "x", "kind": "note"})), ["kind"]);
    }
}
