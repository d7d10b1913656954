//! The REST edge: problems, extractors, language, routes. The only place, with `ws/`, that knows actix-web.

pub mod caller;
pub mod errors;
pub mod extract;
pub mod locale;
pub mod paging;
pub mod problem;
pub mod webhooks;
