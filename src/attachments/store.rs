//! Rows of files and of downloads that are still to be made.

use diesel::prelude::*;

use crate::channels::adapter::RemoteMedia;
use crate::clock::Timestamp;
use crate::conversations::{Attachment, Message};
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::{attachments, media_downloads, messages, sessions};
use crate::store::sql::Json;
use crate::store::{StoreError, insert_rows};

/// A file's row: one use of some bytes.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = attachments, treat_none_as_default_value = false)]
pub struct FileRow {
    pub id: AttachmentId,
    pub organization_id: OrganizationId,
    /// Where it was used; none until a message carries it.
    pub session_id: Option<SessionId>,
    /// Of the bytes, hexadecimal: where they are.
    pub sha256: String,
    pub mime: String,
    pub size: i64,
    pub name: String,
    /// Who uploaded it: a person, or a visitor.
    pub created_by: Option<AnyId>,
    pub created_at: Timestamp,
}

impl FileRow {
    /// As a message carries it.
    pub fn attachment(&self) -> Attachment {
        Attachment {
            id: Some(self.id),
            mime: self.mime.clone(),
            size: self.size,
            name: self.name.clone(),
            reference: None,
        }
    }
}

/// A file to be fetched from a provider.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = media_downloads)]
pub struct DownloadRow {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub channel_id: ChannelId,
    pub session_id: SessionId,
    pub message_id: MessageId,
    pub media: Json<RemoteMedia>,
    pub attempts: i64,
    pub next_at: Timestamp,
    pub created_at: Timestamp,
}

pub fn insert(db: &mut AnyConnection, row: &FileRow) -> QueryResult<usize> {
    diesel::insert_into(attachments::table).values(row).execute(db)
}

/// By id alone: for what is checked otherwise (a signature, the reader's organization).
pub fn find_any(db: &mut AnyConnection, id: AttachmentId) -> QueryResult<Option<FileRow>> {
    attachments::table.find(id).select(attachments::all_columns).first(db).optional()
}

pub fn find(db: &mut AnyConnection, organization: OrganizationId, id: AttachmentId) -> QueryResult<Option<FileRow>> {
    Ok(find_any(db, id)?.filter(|row| row.organization_id == organization))
}

/// Files a person or visitor uploaded and nobody has used yet, or that belong to the session already: those they may
/// send there. [`StoreError::NotFound`] when one of them is not.
pub fn sendable(
    db: &mut AnyConnection,
    organization: OrganizationId,
    by: AnyId,
    session: SessionId,
    ids: &[AttachmentId],
) -> Result<Vec<Attachment>, StoreError> {
    ids.iter()
        .map(|id| {
            let row = find(db, organization, *id)?;
            row.filter(|row| {
                row.session_id == Some(session) || (row.session_id.is_none() && row.created_by == Some(by))
            })
            .map(|row| row.attachment())
            .ok_or(StoreError::NotFound)
        })
        .collect()
}

/// Files that messages being stored carry belong to their session from now on; the first one keeps them.
pub fn claim(db: &mut AnyConnection, message: &Message) -> QueryResult<()> {
    let Some(files) = &message.attachments else { return Ok(()) };
    for id in files.0.iter().filter_map(|file| file.id) {
        diesel::update(
            attachments::table
                .find(id)
                .filter(attachments::organization_id.eq(message.organization_id))
                .filter(attachments::session_id.is_null()),
        )
        .set(attachments::session_id.eq(message.session_id))
        .execute(db)?;
    }
    Ok(())
}

/// Who may see a session: its queue and attendant.
pub fn seen_by(db: &mut AnyConnection, session: SessionId) -> QueryResult<(Option<QueueId>, Option<UserId>)> {
    let found =
        sessions::table.find(session).select((sessions::queue_id, sessions::attendant_id)).first(db).optional()?;
    Ok(found.unwrap_or_default())
}

pub fn insert_downloads(db: &mut AnyConnection, rows: Vec<&DownloadRow>) -> QueryResult<usize> {
    insert_rows!(db, media_downloads::table, rows)
}

/// Downloads by when they are due.
pub fn next(db: &mut AnyConnection, limit: i64) -> QueryResult<Vec<DownloadRow>> {
    media_downloads::table.order(media_downloads::next_at).limit(limit).select(media_downloads::all_columns).load(db)
}

/// Counts a try and puts the next one off; false when another node took it first.
pub fn lease(db: &mut AnyConnection, row: &DownloadRow, until: Timestamp) -> QueryResult<bool> {
    diesel::update(media_downloads::table.find(row.id).filter(media_downloads::next_at.eq(row.next_at)))
        .set((media_downloads::attempts.eq(row.attempts + 1), media_downloads::next_at.eq(until)))
        .execute(db)
        .map(|moved| moved == 1)
}

pub fn put_off(db: &mut AnyConnection, id: RecordId, until: Timestamp) -> QueryResult<usize> {
    diesel::update(media_downloads::table.find(id)).set(media_downloads::next_at.eq(until)).execute(db)
}

pub fn delete_download(db: &mut AnyConnection, id: RecordId) -> QueryResult<usize> {
    diesel::delete(media_downloads::table.find(id)).execute(db)
}

pub fn message(db: &mut AnyConnection, id: MessageId) -> QueryResult<Option<Message>> {
    messages::table.find(id).select(messages::all_columns).first(db).optional()
}

/// What became of a received message's files.
pub fn save_files(db: &mut AnyConnection, message: &Message) -> QueryResult<usize> {
    diesel::update(messages::table.find(message.id))
        .set((messages::attachments.eq(&message.attachments), messages::error.eq(&message.error)))
        .execute(db)
}
