//! Secrets at rest: provider credentials, signing keys, TOTP seeds. Stores seal before they write and open after they
//! read. Not for passwords (`auth/password.rs`) nor for tokens we only compare (`auth/opaque.rs`).

use std::fmt;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// Below this length four known characters give away too much.
const LAST4_FROM: usize = 12;

/// A text that prints as `***` and is wiped from memory. Deserialises from a string; does not serialise, answers carry
/// a [`SecretView`].
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Secret(SecretString::from(text.into()))
    }

    /// The text itself: only for the line that uses it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// The end of the secret, by which a person recognises it; none when the secret is short.
    pub fn last4(&self) -> Option<String> {
        let text = self.expose();
        let count = text.chars().count();
        (count >= LAST4_FROM).then(|| text.chars().skip(count - 4).collect())
    }
}

impl Default for Secret {
    fn default() -> Self {
        Secret::new("")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Takes the same time wherever the difference is.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for Secret {}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

/// How a secret comes back from the API: `{"set":true,"last4":"9f3c"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SecretView {
    pub set: bool,
    /// Absent when nothing is set or the secret is too short to show its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last4: Option<String>,
}

impl From<Option<&Secret>> for SecretView {
    fn from(secret: Option<&Secret>) -> Self {
        let secret = secret.filter(|secret| !secret.is_empty());
        SecretView { set: secret.is_some(), last4: secret.and_then(Secret::last4) }
    }
}

/// Why a sealed text cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Sealed with a key that is no longer (or not here) in the ring.
    #[error("sealed with key {0}, which this installation does not have")]
    UnknownKey(String),
    /// Not a sealed text, changed since, or moved from another row.
    #[error("sealed text is damaged or belongs to another row")]
    Damaged,
}

/// Why there is no vault: the server does not start without one.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("key file {path}: {source}")]
    File { path: String, source: std::io::Error },
    #[error("{origin} line {line}: a key is 32 bytes in base64 (openssl rand -base64 32)")]
    Malformed { origin: String, line: usize },
    #[error("{0} holds no key")]
    Empty(String),
}

struct Key {
    /// First 4 bytes of the key's SHA-256, hex: names the key inside what it sealed, and needs no register.
    id: String,
    bytes: SecretBox<[u8; KEY_BYTES]>,
}

impl Key {
    fn new(mut bytes: [u8; KEY_BYTES]) -> Self {
        let id = hex::encode(Sha256::digest(bytes).iter().take(4).copied().collect::<Vec<u8>>());
        let key = Key { id, bytes: SecretBox::new(Box::new(bytes)) };
        bytes.zeroize();
        key
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.bytes.expose_secret().into())
    }
}

/// The ring of keys: the newest seals, all open.
pub struct Vault {
    newest: Key,
    older: Vec<Key>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys().map(|key| &key.id)).finish()
    }
}

impl Vault {
    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    /// The keys of the configuration: `keys` (`security.keys`) when set, else the key file.
    pub fn configured(keys: &Secret, file: &Path) -> Result<Self, KeyError> {
        if keys.is_empty() { Vault::from_file(file) } else { Vault::from_text(keys.expose(), "security.keys") }
    }

    /// Reads keys from text: base64 of 32 bytes each, one a line (or separated by commas), the newest first, `#`
    /// comments. `origin` names the source in errors.
    pub fn from_text(text: &str, origin: &str) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            for encoded in line.split(',').map(str::trim).filter(|encoded| !encoded.is_empty()) {
                let bytes = STANDARD.decode(encoded).ok().and_then(|bytes| <[u8; KEY_BYTES]>::try_from(bytes).ok());
                let malformed = || KeyError::Malformed { origin: origin.to_owned(), line: index + 1 };
                keys.push(Key::new(bytes.ok_or_else(malformed)?));
            }
        }
        let mut keys = keys.into_iter();
        let newest = keys.next().ok_or_else(|| KeyError::Empty(origin.to_owned()))?;
        Ok(Vault { newest, older: keys.collect() })
    }

    /// Reads the key file, creating it (and its folder) with a fresh key, readable by its owner only, when missing.
    /// Nodes that share the folder and start together end with the same key.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let origin = path.display().to_string();
        let failed = |source| KeyError::File { path: origin.clone(), source };
        match std::fs::read_to_string(path) {
            Ok(text) => return Vault::from_text(&text, &origin),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            Err(_) => {}
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let draft = write_draft(path, &format!("# attendance: seals stored secrets. Keep a copy.\n{}\n", fresh_key()))
            .map_err(failed)?;
        // A link, unlike a rename, fails when the name exists: the first node wins and nobody reads half a file.
        let linked = std::fs::hard_link(&draft, path);
        std::fs::remove_file(&draft).map_err(failed)?;
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(error)),
            _ => Vault::from_text(&std::fs::read_to_string(path).map_err(failed)?, &origin),
        }
    }

    /// Puts a fresh key first in the key file; older keys stay, to open what they sealed. Other nodes must have read
    /// the new file before rows are sealed again.
    pub fn rotate_file(path: &Path) -> Result<Self, KeyError> {
        let origin = path.display().to_string();
        let failed = |source| KeyError::File { path: origin.clone(), source };
        let older = std::fs::read_to_string(path).map_err(failed)?;
        let text = format!("{}\n{older}", fresh_key());
        let vault = Vault::from_text(&text, &origin)?;
        let draft = write_draft(path, &text).map_err(failed)?;
        std::fs::rename(&draft, path).map_err(failed)?;
        Ok(vault)
    }

    /// Seals `secret` for one row. `row` is its identity (table, column, id): the text opens nowhere else.
    ///
    /// Gives `v1:<key id>:<base64url of nonce and ciphertext>`.
    pub fn seal(&self, secret: &Secret, row: &str) -> String {
        // XChaCha20's 192-bit nonce is long enough to be drawn at random for every message.
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let header = header(&self.newest.id);
        let aad = format!("{header}{row}");
        let payload = Payload { msg: secret.expose().as_bytes(), aad: aad.as_bytes() };
        // Fails only beyond 256 GB of plaintext.
        let sealed = self.newest.cipher().encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        format!("{header}{}", URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// Opens what [`Vault::seal`] made for the same row.
    pub fn open(&self, sealed: &str, row: &str) -> Result<Secret, OpenError> {
        let (id, body) = sealed.strip_prefix("v1:").and_then(|rest| rest.split_once(':')).ok_or(OpenError::Damaged)?;
        let key = self.keys().find(|key| key.id == id).ok_or_else(|| OpenError::UnknownKey(id.to_owned()))?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| OpenError::Damaged)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Damaged)?;
        let aad = format!("{}{row}", header(id));
        let plain = key
            .cipher()
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: aad.as_bytes() })
            .map_err(|_| OpenError::Damaged)?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| OpenError::Damaged)
    }

    /// The same secret under the newest key; none when it is already. The rotation command walks every sealed column
    /// with it.
    pub fn reseal(&self, sealed: &str, row: &str) -> Result<Option<String>, OpenError> {
        if sealed.starts_with(&header(&self.newest.id)) {
            return Ok(None);
        }
        self.open(sealed, row).map(|secret| Some(self.seal(&secret, row)))
    }
}

fn header(key_id: &str) -> String {
    format!("v1:{key_id}:")
}

fn fresh_key() -> String {
    STANDARD.encode(rand::random::<[u8; KEY_BYTES]>())
}

/// Writes `text` to a fresh file beside `path`, readable by its owner only, and onto the disk.
fn write_draft(path: &Path, text: &str) -> std::io::Result<std::path::PathBuf> {
    let draft = path.with_extension(format!("{:016x}.tmp", rand::random::<u64>()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vault() -> Vault {
        Vault::from_text(&fresh_key(), "test").unwrap()
    }

    #[test]
    fn a_sealed_secret_opens_only_in_its_own_row() {
        let vault = vault();
        let sealed = vault.seal(&Secret::new("EAAG-token"), "channels/credentials/1");
        assert_eq!(vault.open(&sealed, "channels/credentials/1").unwrap().expose(), "EAAG-token");
        assert_eq!(vault.open(&sealed, "channels/credentials/2"), Err(OpenError::Damaged));
        assert!(!sealed.contains("EAAG"));
    }

    #[test]
    fn the_same_secret_is_sealed_differently_each_time() {
        let vault = vault();
        assert_ne!(vault.seal(&Secret::new("a"), "row"), vault.seal(&Secret::new("a"), "row"));
    }

    #[test]
    fn an_older_key_still_opens_and_is_resealed_under_the_newer() {
        let (old, new) = (fresh_key(), fresh_key());
        let before = Vault::from_text(&old, "test").unwrap();
        let after = Vault::from_text(&format!("# newest first\n{new}\n{old}"), "test").unwrap();
        let sealed = before.seal(&Secret::new("secret"), "row");
        assert_eq!(after.open(&sealed, "row").unwrap().expose(), "secret");
        let moved = after.reseal(&sealed, "row").unwrap().unwrap();
        assert_eq!(after.reseal(&moved, "row"), Ok(None));
        assert_eq!(Vault::from_text(&new, "test").unwrap().open(&moved, "row").unwrap().expose(), "secret");
        assert!(matches!(before.open(&moved, "row"), Err(OpenError::UnknownKey(_))));
    }

    #[test]
    fn a_missing_key_file_is_created_for_its_owner_only_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/attendance.key");
        let sealed = Vault::from_file(&path).unwrap().seal(&Secret::new("kept"), "row");
        assert_eq!(Vault::from_file(&path).unwrap().open(&sealed, "row").unwrap().expose(), "kept");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(Vault::configured(&Secret::default(), &path).unwrap().open(&sealed, "row").is_ok());
        assert!(Vault::configured(&Secret::new(fresh_key()), &path).unwrap().open(&sealed, "row").is_err());
        let rotated = Vault::rotate_file(&path).unwrap();
        assert_eq!(rotated.open(&sealed, "row").unwrap().expose(), "kept");
        assert!(Vault::from_file(&path).unwrap().reseal(&sealed, "row").unwrap().is_some());
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn a_bad_key_is_named_with_its_line() {
        let error = Vault::from_text(&format!("{}\nnot-a-key", fresh_key()), "data/key").unwrap_err();
        assert!(error.to_string().starts_with("data/key line 2:"), "{error}");
        assert!(matches!(Vault::from_text("# nothing\n", "env"), Err(KeyError::Empty(_))));
    }

    #[test]
    fn a_secret_never_prints_and_shows_its_end_only_when_long() {
        let secret = Secret::new("abcdefghijkl9f3c");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        let json = serde_json::to_string(&SecretView::from(Some(&secret))).unwrap();
        assert_eq!(json, r#"{"set":true,"last4":"9f3c"}"#);
        let json = serde_json::to_string(&SecretView::from(Some(&Secret::new("short")))).unwrap();
        assert_eq!(json, r#"{"set":true}"#);
        assert_eq!(serde_json::to_string(&SecretView::from(None)).unwrap(), r#"{"set":false}"#);
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_comes_back(text in ".*", row in ".*") {
            let vault = vault();
            let sealed = vault.seal(&Secret::new(text.clone()), &row);
            prop_assert_eq!(vault.open(&sealed, &row), Ok(Secret::new(text)));
        }

        #[test]
        fn rubbish_is_refused(text in "(v1:[0-9a-f]{8}:)?.*") {
            prop_assert!(vault().open(&text, "row").is_err());
        }
    }
}
