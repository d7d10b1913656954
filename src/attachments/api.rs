//! `POST /api/attachments`, `GET /api/attachments/{id}[/thumbnail]`.

use std::path::PathBuf;

use actix_files::NamedFile;
use actix_multipart::Multipart;
use actix_web::http::header::{
    self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue, HeaderValue,
};
use actix_web::mime::Mime;
use actix_web::web::{self, Data};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::files::{self, FileError, Incoming};
use super::store::{self, FileRow};
use super::thumbnails::{self, ThumbnailError};
use crate::api::caller::Caller;
use crate::api::extract::{Path, Query};
use crate::api::problem::{Code, FieldError, Problem};
use crate::auth::roles::Permission;
use crate::channels::adapter::file_name;
use crate::ids::*;
use crate::services::Services;

#[derive(OpenApi)]
#[openapi(paths(upload, download, thumbnail))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/attachments").route(web::post().to(upload)))
        .service(web::resource("/api/attachments/{id}").route(web::get().to(download)).route(web::head().to(download)))
        .service(web::resource("/api/attachments/{id}/thumbnail").route(web::get().to(thumbnail)));
}

/// A stored file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FileView {
    #[schema(value_type = String, format = "uuid")]
    pub id: AttachmentId,
    /// What the bytes are, whatever the sender said.
    pub mime: String,
    /// Bytes.
    pub size: i64,
    pub name: String,
    /// Of the bytes, hexadecimal.
    pub sha256: String,
}

impl From<&FileRow> for FileView {
    fn from(row: &FileRow) -> Self {
        FileView {
            id: row.id,
            mime: row.mime.clone(),
            size: row.size,
            name: row.name.clone(),
            sha256: row.sha256.clone(),
        }
    }
}

/// The form of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the multipart body")]
struct UploadForm {
    #[schema(format = "binary")]
    file: String,
}

/// Stores a file, to be sent with a message by its id.
///
/// 201 · 400 not a form · 413 over `limits.attachment_bytes` · 415 a type that is not taken · 422 no `file`
#[utoipa::path(post, path = "/api/attachments", tag = "attachments",
    request_body(content = inline(UploadForm), content_type = "multipart/form-data"),
    responses((status = 201, body = FileView), (status = 413), (status = 415), (status = 422)))]
async fn upload(caller: Caller, form: Multipart, services: Data<Services>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::Converse)?;
    let row = receive(&services, form, caller.organization(), None, AnyId(caller.user.id.0)).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/attachments/{}", row.id)))
        .json(FileView::from(&row)))
}

/// Reads the field `file` of a form and keeps it; other fields are passed over.
pub async fn receive(
    services: &Services,
    mut form: Multipart,
    organization: OrganizationId,
    session: Option<SessionId>,
    by: AnyId,
) -> Result<FileRow, Problem> {
    let limit = services.config.limits.attachment_bytes;
    while let Some(mut field) = form.try_next().await.map_err(unreadable)? {
        if field.name() != Some("file") {
            continue;
        }
        let claimed = field.content_disposition().and_then(|disposition| disposition.get_filename());
        let name = claimed.and_then(file_name).unwrap_or_else(|| "file".to_owned());
        let begun = Incoming::begin(files::folder(&services.config), limit).await;
        let mut incoming = begun.map_err(|error| refused(error.into()))?;
        while let Some(chunk) = field.try_next().await.map_err(unreadable)? {
            incoming.write(&chunk).await.map_err(refused)?;
        }
        let stored = incoming.finish(&name, None).await.map_err(refused)?;
        let row = FileRow {
            id: AttachmentId::new(),
            organization_id: organization,
            session_id: session,
            sha256: stored.sha256,
            mime: stored.mime,
            size: stored.size,
            name,
            created_by: Some(by),
            created_at: services.clock.now(),
        };
        let kept = row.clone();
        services.store.write("attachment.insert", move |tx| Ok(store::insert(tx.db, &kept)?)).await?;
        return Ok(row);
    }
    Err(Problem::field(FieldError::required("file")))
}

fn unreadable(error: actix_multipart::MultipartError) -> Problem {
    match error {
        actix_multipart::MultipartError::ContentTypeIncompatible
        | actix_multipart::MultipartError::ContentTypeMissing => Problem::unsupported_media(),
        other => Problem::malformed(other),
    }
}

fn refused(error: FileError) -> Problem {
    match error {
        FileError::TooLarge(_) => Problem::payload_too_large(),
        FileError::Refused(_) => Problem::unsupported_media(),
        FileError::Empty => Problem::field(FieldError::invalid("file", ("está vazio", "empty"))),
        FileError::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => Problem::storage_full(error),
        FileError::Mismatch | FileError::Io(_) => Problem::internal(error),
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Signed {
    /// Until when a signed address is good, in Unix seconds.
    exp: Option<i64>,
    sig: Option<String>,
}

/// The row, for one who may see it: by a signed address, or as its uploader, or as one who sees its conversation.
async fn visible(
    request: &HttpRequest,
    services: &Services,
    id: AttachmentId,
    signed: &Signed,
) -> Result<FileRow, Problem> {
    let found = services.store.read("attachment.find", move |db| {
        let Some(row) = store::find_any(db, id)? else { return Ok(None) };
        let seen_by = match row.session_id {
            Some(session) => store::seen_by(db, session)?,
            None => (None, None),
        };
        Ok(Some((row, seen_by)))
    });
    if let (Some(until), Some(signature)) = (signed.exp, &signed.sig) {
        if !services.signer.verify(id, until, signature, services.clock.now()) {
            return Err(Problem::unauthorized());
        }
        return found.await?.map(|(row, _)| row).ok_or_else(Problem::not_found);
    }
    let caller = Caller::extract(request).await?;
    caller.may(Permission::ViewConversations)?;
    let (row, (queue, attendant)) = found.await?.ok_or_else(Problem::not_found)?;
    if row.organization_id != caller.organization() {
        return Err(Problem::not_found());
    }
    if row.created_by != Some(AnyId(caller.user.id.0)) {
        caller.sees(queue, attendant)?;
    }
    Ok(row)
}

/// The file. Ranges and `If-None-Match` are served; what a browser could run is only offered for download.
///
/// 200 · 206 · 304 · 401 no credentials, or a signature that is wrong or over · 404 unknown or not visible · 416
#[utoipa::path(get, path = "/api/attachments/{id}", tag = "attachments", params(("id" = String, Path, format = "uuid"), Signed),
    responses((status = 200, content_type = "application/octet-stream"), (status = 206), (status = 304), (status = 401), (status = 404), (status = 416)))]
async fn download(
    request: HttpRequest,
    Path(id): Path<AttachmentId>,
    Query(signed): Query<Signed>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let row = visible(&request, &services, id, &signed).await?;
    let place = files::path(&files::folder(&services.config), &row.sha256);
    let mime = row.mime.parse().unwrap_or(actix_web::mime::APPLICATION_OCTET_STREAM);
    serve(place, mime, &row, &signed, &request).await
}

/// A stored file, under the rules of what browsers may do with it.
async fn serve(
    place: PathBuf,
    mime: Mime,
    row: &FileRow,
    signed: &Signed,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let opened = web::block(move || NamedFile::open(place)).await.map_err(Problem::internal)?;
    let file = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            tracing::error!(attachment.id = %row.id, "the bytes of an attachment are gone");
            Problem::not_found()
        }
        _ => Problem::internal(error),
    })?;
    let inline = files::is_shown_inline(&row.mime);
    let mut response =
        file.set_content_type(mime).set_content_disposition(disposition(inline, &row.name)).into_response(request);
    let headers = response.headers_mut();
    let sandbox = match row.mime.as_str() {
        // Browsers show PDF by a viewer of their own, which a sandbox keeps out.
        "application/pdf" => "default-src 'none'; style-src 'unsafe-inline'",
        _ => "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    };
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(sandbox));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=86400, immutable"));
    if signed.sig.is_some() {
        // The visitor's page is another site's.
        headers.insert(header::CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    }
    Ok(response)
}

fn disposition(inline: bool, name: &str) -> ContentDisposition {
    let ascii: String = name.chars().map(|c| if c.is_ascii() && c != '"' && c != '\\' { c } else { '_' }).collect();
    let mut parameters = vec![DispositionParam::Filename(ascii)];
    if !name.is_ascii() {
        let value = name.as_bytes().to_vec();
        let extended = ExtendedValue { charset: Charset::Ext("UTF-8".to_owned()), language_tag: None, value };
        parameters.push(DispositionParam::FilenameExt(extended));
    }
    let disposition = if inline { DispositionType::Inline } else { DispositionType::Attachment };
    ContentDisposition { disposition, parameters }
}

/// Pictures read at once: each may take hundreds of megabytes.
static READING: Semaphore = Semaphore::const_new(2);

/// A small picture of a picture, at most 320 pixels wide and high: JPEG, or WebP where it is transparent.
///
/// 200 · 304 · 401 · 404 `no_thumbnail` no picture that can be read · 404 `not_found`
#[utoipa::path(get, path = "/api/attachments/{id}/thumbnail", tag = "attachments", params(("id" = String, Path, format = "uuid"), Signed),
    responses((status = 200, content_type = "image/jpeg"), (status = 304), (status = 401), (status = 404)))]
async fn thumbnail(
    request: HttpRequest,
    Path(id): Path<AttachmentId>,
    Query(signed): Query<Signed>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let row = visible(&request, &services, id, &signed).await?;
    if !row.mime.starts_with("image/") {
        return Err(Problem::of(Code::NoThumbnail));
    }
    let (folder, sha256) = (files::folder(&services.config), row.sha256.clone());
    let _turn = READING.acquire().await.map_err(Problem::internal)?;
    match web::block(move || thumbnails::of(&folder, &sha256)).await.map_err(Problem::internal)? {
        Ok((place, mime)) => {
            let mime = mime.parse().unwrap_or(actix_web::mime::IMAGE_JPEG);
            serve(place, mime, &row, &signed, &request).await
        }
        Err(ThumbnailError::NotAPicture(error)) => {
            tracing::debug!(attachment.id = %id, %error, "no thumbnail");
            Err(Problem::of(Code::NoThumbnail))
        }
        Err(ThumbnailError::Io(error)) => Err(Problem::internal(error)),
    }
}
