//! Versions of editable resources: `ETag: "7"` out, `If-Match` in. An edit of what somebody else changed meanwhile is 412.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;

use super::problem::Problem;

/// The versions the caller accepts; without the header, whichever is current.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// 412 unless `version` is one of them.
    pub fn check(&self, version: i64) -> Result<(), Problem> {
        let current = format!("\"{version}\"");
        match &self.0 {
            Some(tags) if !tags.iter().any(|tag| tag == "*" || *tag == current) => Err(Problem::precondition_failed()),
            _ => Ok(()),
        }
    }

    fn parse(text: &str) -> IfMatch {
        let tags = text.split(',').map(|tag| tag.trim()).filter(|tag| !tag.is_empty());
        // Proxies that compress make tags weak or add a suffix; the number inside is what counts.
        IfMatch(Some(tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag).to_owned()).collect()))
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.headers().get(header::IF_MATCH).map(HeaderValue::to_str);
        ready(match text {
            None => Ok(IfMatch(None)),
            Some(Ok(text)) => Ok(IfMatch::parse(text)),
            Some(Err(error)) => Err(Problem::malformed(error)),
        })
    }
}

/// 200 with the resource and its version.
pub fn ok<T: Serialize>(version: i64, body: &T) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::ETAG, format!("\"{version}\""))).json(body)
}

/// 201 with the new resource, its version and its address.
pub fn created<T: Serialize>(version: i64, location: impl Into<String>, body: &T) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((header::ETAG, format!("\"{version}\"")))
        .insert_header((header::LOCATION, location.into()))
        .json(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_current_version_may_be_edited() {
        assert!(IfMatch(None).check(7).is_ok());
        for (header, ok) in [("\"7\"", true), ("W/\"7\"", true), ("\"6\", \"7\"", true), ("*", true), ("\"6\"", false)]
        {
            assert_eq!(IfMatch::parse(header).check(7).is_ok(), ok, "{header}");
        }
        assert!(IfMatch::parse("").check(7).is_err());
    }
}
