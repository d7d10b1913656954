//! The REST edge: problems, extractors, language, routes. The only place, with `ws/`, that knows actix-web.

pub mod assets;
pub mod call;
pub mod caller;
pub mod check;
pub mod errors;
pub mod etag;
pub mod extract;
pub mod idempotency;
pub mod locale;
pub mod openapi;
pub mod pages;
pub mod paging;
pub mod problem;
pub mod routes;
pub mod security;
pub mod webhooks;
