//! Tokens without content: random, shown once, stored as a hash. API tokens, refresh tokens, the web visitor's token, the
//! one-time links of set-up and of choosing a password. Not the access token, which carries claims (`jwt.rs`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::vault::Secret;

const BYTES: usize = 32;
/// `BYTES` in base64url without padding.
const ENCODED: usize = 43;

/// What a token is for; its prefix says so to people, logs and secret scanners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Api,
    Refresh,
    Visitor,
    Setup,
    Access,
}

impl Kind {
    pub const ALL: [Kind; 5] = [Kind::Api, Kind::Refresh, Kind::Visitor, Kind::Setup, Kind::Access];

    pub const fn prefix(self) -> &'static str {
        match self {
            Kind::Api => "att_",
            Kind::Refresh => "rt_",
            Kind::Visitor => "vt_",
            Kind::Setup => "setup_",
            Kind::Access => "access_",
        }
    }

    /// What a presented text claims to be; none when it cannot be a token of ours, so that no query is spent on it.
    pub fn of(token: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| {
            token.strip_prefix(kind.prefix()).is_some_and(|body| {
                body.len() == ENCODED && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            })
        })
    }
}

/// A token just made: the only moment its text exists.
#[derive(Debug, Clone)]
pub struct Issued {
    pub token: Secret,
    /// What is stored and looked up; see [`hash`].
    pub hash: String,
    /// What a person recognises it by in a list.
    pub last4: String,
}

/// Makes a token of 256 random bits.
pub fn issue(kind: Kind) -> Issued {
    let token = format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(rand::random::<[u8; BYTES]>()));
    let last4 = token.chars().skip(token.len() - 4).collect();
    Issued { hash: hash(&token), last4, token: Secret::new(token) }
}

/// SHA-256 of the whole token, hex. 256 random bits cannot be guessed, so no salt and no slow hash; looking the hash up
/// in an index leaks nothing useful about the token.
pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_issued_token_is_recognised_by_its_kind_and_found_by_its_hash() {
        for kind in Kind::ALL {
            let issued = issue(kind);
            let token = issued.token.expose();
            assert_eq!(Kind::of(token), Some(kind));
            assert_eq!(hash(token), issued.hash);
            assert!(token.ends_with(&issued.last4) && issued.last4.len() == 4);
        }
    }

    #[test]
    fn two_tokens_differ() {
        assert_ne!(issue(Kind::Api).hash, issue(Kind::Api).hash);
    }

    proptest! {
        #[test]
        fn what_is_not_a_token_is_no_kind(text in "(att_|rt_)?.{0,42}") {
            prop_assert_eq!(Kind::of(&text), None);
        }
    }
}
