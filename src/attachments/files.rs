//! Bytes on disk: written once per content, under their SHA-256, by way of a temporary file that appears whole or not at
//! all. What a file is, is read from its first bytes. Knows no rows and no HTTP.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

use crate::config::Config;

/// First bytes of a file looked at to tell what it is.
const HEAD: usize = 8192;

/// Why bytes are not taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    #[error("files of type {0} are not accepted")]
    Refused(String),
    #[error("empty file")]
    Empty,
    #[error("the bytes are not those announced")]
    Mismatch,
    #[error("cannot store the file: {0}")]
    Io(#[from] io::Error),
}

/// Bytes that are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub sha256: String,
    pub size: i64,
    pub mime: String,
}

/// The media folder: `storage.url` under the data folder.
pub fn folder(config: &Config) -> PathBuf {
    let name = config.storage.url.expose().strip_prefix("file:").unwrap_or("media");
    config.data_dir.join(name)
}

/// Where bytes of this hash are.
pub fn path(folder: &Path, sha256: &str) -> PathBuf {
    let (shard, rest) = sha256.split_at_checked(2).unwrap_or(("00", sha256));
    folder.join(shard).join(rest)
}

/// A file being received.
pub struct Incoming {
    folder: PathBuf,
    temporary: PathBuf,
    file: File,
    hash: Sha256,
    head: Vec<u8>,
    size: u64,
    limit: u64,
    kept: bool,
}

/// An abandoned upload leaves nothing behind.
impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed now is a leftover of a few bytes, not an error of the caller.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

impl Incoming {
    /// At most `limit` bytes.
    pub async fn begin(folder: PathBuf, limit: u64) -> io::Result<Incoming> {
        let temporaries = folder.join("incoming");
        fs::create_dir_all(&temporaries).await?;
        let temporary = temporaries.join(uuid::Uuid::now_v7().to_string());
        let file = File::create_new(&temporary).await?;
        Ok(Incoming { folder, temporary, file, hash: Sha256::new(), head: Vec::new(), size: 0, limit, kept: false })
    }

    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.size += bytes.len() as u64;
        if self.size > self.limit {
            return Err(FileError::TooLarge(self.limit));
        }
        self.hash.update(bytes);
        let wanted = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..wanted]);
        self.file.write_all(bytes).await?;
        Ok(())
    }

    /// Keeps the bytes, unless they are something we do not take. `name` helps only where bytes say nothing (plain text)
    /// or to refuse; `expected`: the hash the sender announced.
    pub async fn finish(mut self, name: &str, expected: Option<&str>) -> Result<Stored, FileError> {
        if self.size == 0 {
            return Err(FileError::Empty);
        }
        let mime = sniff(&self.head, name);
        if is_refused(&mime, name) {
            return Err(FileError::Refused(mime));
        }
        let sha256 = hex::encode(std::mem::take(&mut self.hash).finalize());
        if expected.is_some_and(|expected| !expected.eq_ignore_ascii_case(&sha256)) {
            return Err(FileError::Mismatch);
        }
        self.file.flush().await?;
        self.file.sync_all().await?;
        let place = path(&self.folder, &sha256);
        if let Some(shard) = place.parent() {
            fs::create_dir_all(shard).await?;
        }
        // The same content again replaces itself.
        fs::rename(&self.temporary, &place).await?;
        self.kept = true;
        Ok(Stored { sha256, size: i64::try_from(self.size).unwrap_or(i64::MAX), mime })
    }
}

/// What the bytes are. Text has no signature: `name` tells apart the harmless kinds.
pub fn sniff(head: &[u8], name: &str) -> String {
    if let Some(found) = infer::get(head) {
        return found.mime_type().to_owned();
    }
    // A character cut at the end of what was looked at is still text.
    let is_text = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && head.len() >= HEAD - 4,
    };
    if !is_text || head.contains(&0) {
        return "application/octet-stream".to_owned();
    }
    let text = String::from_utf8_lossy(head).to_lowercase();
    if text.contains("<svg") {
        return "image/svg+xml".to_owned();
    }
    if ["<html", "<script", "<!doctype html", "<body", "<iframe"].iter().any(|tag| text.contains(tag)) {
        return "text/html".to_owned();
    }
    match extension(name).as_str() {
        "csv" => "text/csv",
        "json" => "application/json",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        "md" => "text/markdown",
        _ => "text/plain",
    }
    .to_owned()
}

fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default()
}

/// Programs, by their bytes or by what a double click would do with them.
fn is_refused(mime: &str, name: &str) -> bool {
    const PROGRAMS: [&str; 14] = [
        "application/wasm",
        "application/x-executable",
        "application/vnd.microsoft.portable-executable",
        "application/java",
        "application/x-llvm",
        "application/x-mach-binary",
        "application/vnd.android.dex",
        "application/vnd.android.dey",
        "application/x-google-chrome-extension",
        "application/vnd.debian.binary-package",
        "application/x-rpm",
        "application/x-ole-storage",
        "application/x-shockwave-flash",
        "text/x-shellscript",
    ];
    const EXTENSIONS: [&str; 22] = [
        "exe", "dll", "com", "scr", "bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "hta", "jar", "msi", "msp",
        "apk", "lnk", "reg", "sh", "cpl", "pif",
    ];
    PROGRAMS.contains(&mime) || EXTENSIONS.contains(&extension(name).as_str())
}

/// What a browser may show in place; everything else is offered for download.
pub fn is_shown_inline(mime: &str) -> bool {
    mime == "application/pdf"
        || (mime != "image/svg+xml" && ["image/", "audio/", "video/"].iter().any(|kind| mime.starts_with(kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[test]
    fn the_bytes_say_what_a_file_is() {
        for (head, name, expected) in [
            (PNG, "a.pdf", "image/png"),
            (b"%PDF-1.7 x", "a.png", "application/pdf"),
            (b"a;b\n1;2", "lista.CSV", "text/csv"),
            ("olá".as_bytes(), "nota", "text/plain"),
            (b"<?xml version='1.0'?><svg onload='x'>", "a.png", "image/svg+xml"),
            (b"  <SCRIPT>alert(1)</SCRIPT>", "a.txt", "text/html"),
            (b"\x00\x01\x02\x03", "a.txt", "application/octet-stream"),
        ] {
            let found = sniff(head, name);
            // XML is told by its signature; either way it is never shown in place.
            assert!(found == expected || (found == "text/xml" && expected == "image/svg+xml"), "{name}: {found}");
        }
    }

    #[test]
    fn programs_are_refused_whatever_they_are_called_and_markup_is_only_downloaded() {
        assert!(is_refused(&sniff(b"MZ\x90\0\x03", "foto.jpg"), "foto.jpg"));
        assert!(is_refused(&sniff(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "a"), "a"));
        assert!(is_refused("text/plain", "laudo.pdf.BAT") && !is_refused("application/zip", "a.zip"));
        assert!(is_shown_inline("image/png") && is_shown_inline("application/pdf"));
        assert!(!is_shown_inline("image/svg+xml") && !is_shown_inline("text/html") && !is_shown_inline("text/plain"));
    }

    #[tokio::test]
    async fn the_same_content_is_kept_once_and_what_is_refused_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let receive = async |bytes: &[u8], name: &str, limit: u64, expected: Option<&str>| {
            let mut incoming = Incoming::begin(dir.path().to_owned(), limit).await?;
            for chunk in bytes.chunks(7) {
                incoming.write(chunk).await?;
            }
            incoming.finish(name, expected).await
        };
        let stored = receive(PNG, "a.png", 100, None).await.unwrap();
        assert_eq!((stored.size, stored.mime.as_str()), (16, "image/png"));
        assert_eq!(std::fs::read(path(dir.path(), &stored.sha256)).unwrap(), PNG);
        let again = receive(PNG, "b.png", 100, Some(&stored.sha256.to_uppercase())).await.unwrap();
        assert_eq!(again, stored);
        assert!(matches!(receive(PNG, "a.png", 15, None).await, Err(FileError::TooLarge(15))));
        assert!(matches!(receive(b"", "a.png", 15, None).await, Err(FileError::Empty)));
        assert!(matches!(receive(PNG, "a.exe", 100, None).await, Err(FileError::Refused(_))));
        assert!(matches!(receive(PNG, "a.png", 100, Some(&"0".repeat(64))).await, Err(FileError::Mismatch)));
        assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0);
    }
}
