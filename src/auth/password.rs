//! Passwords: Argon2id. Every call costs tens of milliseconds and [`MEMORY_KIB`] of memory on purpose: run it in a
//! blocking thread (`web::block`). Not for tokens, which are random and need no slow hash (`opaque.rs`).

use std::sync::OnceLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// 19 MiB, 2 passes, 1 lane: OWASP's recommendation for Argon2id (Password Storage Cheat Sheet, 2024). The memory
/// bounds what a burst of logins can take: 20 at once are 380 MiB.
pub const MEMORY_KIB: u32 = 19 * 1024;
pub const PASSES: u32 = 2;
pub const LANES: u32 = 1;

/// Longer than any passphrase, short enough that hashing it is not an attack.
pub const MAX_CHARS: usize = 256;

/// A password that is not accepted as a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unacceptable {
    #[error("password shorter than {min} characters")]
    TooShort { min: usize },
    #[error("password longer than {max} characters")]
    TooLong { max: usize },
}

/// The hash could not be computed or read: a fault of ours, never of the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("password hash: {0}")]
pub struct HashError(String);

/// Whether `password` may become somebody's password. Length is the only rule (NIST SP 800-63B, section 3.1.1.2).
pub fn acceptable(password: &str, min_chars: usize) -> Result<(), Unacceptable> {
    match password.chars().count() {
        count if count < min_chars => Err(Unacceptable::TooShort { min: min_chars }),
        count if count > MAX_CHARS => Err(Unacceptable::TooLong { max: MAX_CHARS }),
        _ => Ok(()),
    }
}

fn argon2() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| HashError(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes with a fresh salt: a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$…`).
pub fn hash(password: &str) -> Result<String, HashError> {
    let salt: [u8; 16] = rand::random();
    argon2()?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| HashError(error.to_string()))
}

/// Whether `password` is the one hashed. Hashes of older parameters verify too; see [`outdated`].
///
/// Errors: the stored hash is unreadable.
pub fn verify(password: &str, hash: &str) -> Result<bool, HashError> {
    let hash = PasswordHash::new(hash).map_err(|error| HashError(error.to_string()))?;
    if password.len() > MAX_CHARS * 4 {
        return Ok(false); // no password of that many bytes was ever accepted
    }
    match argon2()?.verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(HashError(error.to_string())),
    }
}

/// Spends the time of [`verify`] for a user who does not exist, so that the answer's delay does not tell who does.
pub fn verify_nobody(password: &str) -> Result<bool, HashError> {
    static NOBODY: OnceLock<Result<String, HashError>> = OnceLock::new();
    let hash = NOBODY.get_or_init(|| hash("nobody's password")).as_ref().map_err(HashError::clone)?;
    verify(password, hash).map(|_| false)
}

/// Whether a hash that just verified should be replaced by a fresh one: its parameters are no longer ours.
pub fn outdated(hash: &str) -> bool {
    !hash.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_verifies_against_its_own_hash_only() {
        let stored = hash("correct horse battery").unwrap();
        assert_eq!(verify("correct horse battery", &stored), Ok(true));
        assert_eq!(verify("correct horse batterY", &stored), Ok(false));
        assert_ne!(stored, hash("correct horse battery").unwrap(), "every hash has its own salt");
        assert!(!outdated(&stored));
    }

    #[test]
    fn an_older_hash_verifies_and_is_known_to_be_outdated() {
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(1024, 1, 1, None).unwrap());
        let stored = weak.hash_password_with_salt(b"old password", &[7; 16]).unwrap().to_string();
        assert_eq!(verify("old password", &stored), Ok(true));
        assert!(outdated(&stored));
    }

    #[test]
    fn nobody_never_logs_in() {
        assert_eq!(verify_nobody("nobody's password"), Ok(false));
    }

    #[test]
    fn a_damaged_hash_is_our_fault_and_a_huge_password_is_simply_wrong() {
        assert!(verify("x", "plain text").is_err());
        assert_eq!(verify(&"x".repeat(1 << 20), &hash("short one").unwrap()), Ok(false));
    }

    #[test]
    fn only_length_decides_what_is_acceptable() {
        assert_eq!(acceptable("ção ção çã", 10), Ok(()));
        assert_eq!(acceptable("short", 10), Err(Unacceptable::TooShort { min: 10 }));
        assert_eq!(acceptable(&"x".repeat(300), 10), Err(Unacceptable::TooLong { max: MAX_CHARS }));
    }
}
