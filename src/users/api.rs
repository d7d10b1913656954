//! `/api/users`: accounts, roles, skills and where people work besides the console.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::store as accounts;
use super::{DESTINATIONS, address, blank, first_channel};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::{self, Check, given};
use crate::api::etag::{self, IfMatch};
use crate::api::extract::{Json as Body, Path, Query};
use crate::api::paging::Page;
use crate::api::problem::{Code, FieldCode, FieldError, Problem};
use crate::api::security::Edge;
use crate::attendants::Status;
use crate::attendants::actor::Reconsider;
use crate::attendants::store::{self as people, Destination, User};
use crate::audit::store as audit;
use crate::auth::password;
use crate::auth::roles::{Permission, Role};
use crate::auth::store as logins;
use crate::catalog::Configuration;
use crate::clock::Timestamp;
use crate::conversations::actor::Do;
use crate::conversations::lifecycle::Command;
use crate::conversations::store as conversations;
use crate::conversations::{Actor, Status as SessionStatus};
use crate::ids::*;
use crate::queues::actor::Recheck;
use crate::queues::routing::Skill;
use crate::services::Services;
use crate::store::sql::Json;
use crate::vault::Secret;

const CHANNELS: [&str; 13] = [
    "all",
    "whatsapp",
    "telegram",
    "sms",
    "instagram",
    "messenger",
    "teams",
    "slack",
    "google_chat",
    "email",
    "web",
    "voice",
    "api",
];
/// Bytes of the free preferences of a console.
const PREFERENCES: usize = 16 * 1024;

#[derive(OpenApi)]
#[openapi(paths(list, create, get, put, delete, preferences, put_preferences))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/users").route(web::get().to(list)).route(web::post().to(create)))
        .service(
            web::resource("/api/users/{id}")
                .route(web::get().to(get))
                .route(web::put().to(put))
                .route(web::delete().to(delete)),
        )
        .service(
            web::resource("/api/users/me/preferences")
                .route(web::get().to(preferences))
                .route(web::put().to(put_preferences)),
        );
}

/// An account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserView {
    pub id: UserId,
    pub name: String,
    pub email: Option<String>,
    pub role: Role,
    pub locale: String,
    pub department: Option<String>,
    #[schema(value_type = Object)]
    pub preferences: Value,
    pub aliases: Vec<String>,
    pub external_id: Option<String>,
    pub channels: Vec<String>,
    pub skills: Vec<Skill>,
    pub destinations: Vec<DestinationView>,
    pub default_destination: String,
    pub has_password: bool,
    /// Asked for a code at login.
    pub has_totp: bool,
    pub is_active: bool,
    pub status: Status,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DestinationView {
    /// `whatsapp`, `telegram`, `teams`, `google_chat`, `slack`.
    pub kind: String,
    pub address: String,
    pub channel_id: Option<ChannelId>,
}

impl From<&Destination> for DestinationView {
    fn from(row: &Destination) -> Self {
        DestinationView { kind: row.kind.clone(), address: row.address.clone(), channel_id: row.channel_id }
    }
}

impl UserView {
    pub fn new(user: &User, configuration: &Configuration) -> Self {
        UserView {
            id: user.id,
            name: user.name.clone(),
            email: user.email.clone(),
            role: user.role,
            locale: user.locale.clone(),
            department: user.department.clone(),
            preferences: user.preferences.0.clone(),
            aliases: user.aliases.0.clone(),
            external_id: user.external_id.clone(),
            channels: user.channels.0.clone(),
            skills: user.skills.0.clone(),
            destinations: configuration
                .destinations
                .iter()
                .filter(|destination| destination.user_id == user.id)
                .map(DestinationView::from)
                .collect(),
            default_destination: user.default_destination.clone(),
            has_password: user.password_hash.is_some(),
            has_totp: configuration.protected.contains(&user.id),
            is_active: user.is_active,
            status: user.status,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// POST and PUT. In a PUT an absent field stays as it is; null clears it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserRequest {
    /// Required to create.
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// Null takes it away: the account then only works from its destinations. A change ends the person's logins.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    password: Option<Option<Secret>>,
    /// Required to create.
    role: Option<Role>,
    /// `pt-BR` or `en`.
    locale: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    department: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Object>)]
    preferences: Option<Option<Value>>,
    aliases: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    external_id: Option<Option<String>>,
    channels: Option<Vec<String>>,
    skills: Option<Vec<Skill>>,
    destinations: Option<Vec<DestinationRequest>>,
    /// `console`, or the kind of one of the destinations.
    default_destination: Option<String>,
    is_active: Option<bool>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationRequest {
    kind: String,
    /// A phone number in any common form for WhatsApp.
    address: String,
    /// Through which channel; without one, the organization's first of that kind.
    channel_id: Option<ChannelId>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    role: Option<Role>,
    is_active: Option<bool>,
    queue_id: Option<QueueId>,
    external_id: Option<String>,
    /// Part of the name, an alias or the e-mail.
    q: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Hashes a new password, when it is acceptable, on a blocking thread; few at a time.
pub async fn hash_password(edge: &Edge, min_chars: u64, password: &Secret) -> Result<String, Problem> {
    password::acceptable(password.expose(), usize::try_from(min_chars).unwrap_or(usize::MAX))?;
    let _turn = edge.hashing.acquire().await.map_err(Problem::internal)?;
    let password = password.clone();
    Ok(web::block(move || password::hash(password.expose())).await??)
}

/// The destinations a person gets, checked and in the form of the channels' adapters.
fn destinations(
    check: &mut Check,
    requested: &[DestinationRequest],
    user: &User,
    configuration: &Configuration,
    now: Timestamp,
) -> Vec<Destination> {
    let mut rows: Vec<Destination> = Vec::new();
    for (index, wanted) in requested.iter().enumerate() {
        let field = |name: &str| format!("destinations[{index}].{name}");
        check.one_of(&field("kind"), &wanted.kind, &DESTINATIONS);
        let Some(address) = address(&wanted.kind, &wanted.address) else {
            check.refuse(FieldError::invalid(
                field("address"),
                ("não é um endereço deste tipo", "not an address of this kind"),
            ));
            continue;
        };
        if wanted.channel_id.is_some_and(|id| configuration.channels.get(&id).is_none_or(|c| c.row.kind != wanted.kind))
        {
            check.refuse(FieldError::new(field("channel_id"), FieldCode::NotFound));
        }
        let taken = configuration
            .destinations
            .iter()
            .any(|other| other.kind == wanted.kind && other.address == address && other.user_id != user.id);
        if taken || rows.iter().any(|row| row.kind == wanted.kind && row.address == address) {
            check.refuse(FieldError::new(field("address"), FieldCode::Taken));
            continue;
        }
        rows.push(Destination {
            id: RecordId::new(),
            organization_id: user.organization_id,
            user_id: user.id,
            kind: wanted.kind.clone(),
            address,
            channel_id: wanted.channel_id.or_else(|| first_channel(configuration, &wanted.kind)),
            created_at: now,
        });
    }
    rows
}

/// Applies a request to a row (fresh or stored), everything but the password; the destinations when they change.
fn apply(
    check: &mut Check,
    request: &UserRequest,
    user: &mut User,
    configuration: &Configuration,
    now: Timestamp,
) -> Option<Vec<Destination>> {
    if let Some(name) = &request.name {
        user.name = check.required("name", Some(name), check::NAME);
    }
    match &request.email {
        Some(Some(email)) => user.email = Some(check.email("email", email)),
        Some(None) => user.email = None,
        None => {}
    }
    if let Some(role) = request.role {
        user.role = role;
    }
    if let Some(locale) = &request.locale {
        user.locale = check.locale("locale", locale);
    }
    if let Some(department) = &request.department {
        user.department = check.optional("department", department.as_deref(), check::NAME);
    }
    if let Some(preferences) = &request.preferences {
        let preferences = preferences.clone().unwrap_or_else(|| json!({}));
        if !preferences.is_object() {
            check.refuse(FieldError::invalid("preferences", ("não é um objeto", "not an object")));
        }
        if preferences.to_string().len() > PREFERENCES {
            check.refuse(FieldError::too_long("preferences", PREFERENCES));
        }
        user.preferences = Json(preferences);
    }
    if let Some(aliases) = &request.aliases {
        user.aliases = Json(check.list("aliases", aliases, 20, check::NAME));
    }
    if let Some(external_id) = &request.external_id {
        user.external_id = check.optional("external_id", external_id.as_deref(), check::NAME);
        if user.external_id.as_deref().is_some_and(|text| text.parse::<UserId>().is_ok()) {
            check.refuse(FieldError::invalid(
                "external_id",
                ("não pode parecer um código nosso", "must not look like an id of ours"),
            ));
        }
    }
    if let Some(channels) = &request.channels {
        user.channels = Json(check.list("channels", channels, CHANNELS.len(), check::NAME));
        for (index, kind) in user.channels.0.iter().enumerate() {
            check.one_of(&format!("channels[{index}]"), kind, &CHANNELS);
        }
    }
    if let Some(skills) = &request.skills {
        let mut known: Vec<Skill> = Vec::new();
        for (index, skill) in skills.iter().enumerate() {
            let name = check.required(&format!("skills[{index}].name"), Some(&skill.name), check::NAME);
            if !(1..=5).contains(&skill.level) {
                check.refuse(FieldError::out_of_range(format!("skills[{index}].level"), 1, 5));
            }
            if known.iter().any(|other| other.name == name) {
                check.refuse(FieldError::invalid(
                    format!("skills[{index}].name"),
                    ("informado duas vezes", "given twice"),
                ));
            }
            known.push(Skill { name, level: skill.level });
        }
        user.skills = Json(known);
    }
    let rows = request.destinations.as_ref().map(|wanted| destinations(check, wanted, user, configuration, now));
    if let Some(kind) = &request.default_destination {
        user.default_destination = kind.clone();
    }
    let has = |kind: &str| match &rows {
        Some(rows) => rows.iter().any(|row| row.kind == kind),
        None => configuration.destinations.iter().any(|row| row.user_id == user.id && row.kind == kind),
    };
    if user.default_destination != "console" && !has(&user.default_destination) {
        if request.default_destination.is_some() {
            check.refuse(FieldError::unknown_value("default_destination", "console, or the kind of a destination"));
        } else {
            user.default_destination = "console".to_owned(); // its destination was just taken away
        }
    }
    if let Some(is_active) = request.is_active {
        user.is_active = is_active;
    }
    let has_password = match &request.password {
        None => user.password_hash.is_some(),
        Some(password) => password.is_some(),
    };
    if has_password && user.email.is_none() {
        check.refuse(FieldError::required("email"));
    }
    rows
}

const UNIQUE: [(&str, &str); 4] =
    [("email", "email"), ("external_id", "external_id"), ("destinations", "destinations"), ("skills", "skills")];

/// Everyone of the organization, oldest account first.
///
/// 200 · 403
#[utoipa::path(get, path = "/api/users", tag = "users", params(UserQuery),
    responses((status = 200, body = Page<UserView>)))]
pub async fn list(caller: Caller, Query(query): Query<UserQuery>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewUsers)?;
    let configuration = &caller.configuration;
    let sought = query.q.as_deref().map(crate::text::fold);
    let members = match query.queue_id {
        Some(id) => Some(
            configuration.queue(id).ok_or_else(|| Problem::field(FieldError::new("queue_id", FieldCode::NotFound)))?,
        ),
        None => None,
    };
    let wanted = |user: &&std::sync::Arc<User>| {
        query.role.is_none_or(|role| user.role == role)
            && query.is_active.is_none_or(|active| user.is_active == active)
            && query.external_id.as_ref().is_none_or(|id| user.external_id.as_ref() == Some(id))
            && members.is_none_or(|queue| queue.member(user.id).is_some())
            && sought.as_ref().is_none_or(|sought| {
                let email = user.email.iter();
                let texts = std::iter::once(&user.name).chain(&user.aliases.0).chain(email);
                texts.into_iter().any(|text| crate::text::fold(text).contains(sought.as_str()))
            })
    };
    let found: Vec<_> = configuration.users.values().filter(wanted).cloned().collect();
    let page = Page::cut(found, query.limit, query.cursor.as_deref(), |user| user.id)?;
    Ok(HttpResponse::Ok().json(page.map(|user| UserView::new(&user, configuration))))
}

/// Makes an account.
///
/// 201 · 403 · 409 `duplicate` (names `email` or `external_id`) · 422
#[utoipa::path(post, path = "/api/users", tag = "users", request_body = UserRequest,
    responses((status = 201, body = UserView)))]
pub async fn create(
    call: Call,
    Body(request): Body<UserRequest>,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageUsers)?;
    let mut check = Check::default();
    let role = request.role.unwrap_or(Role::Attendant);
    if request.role.is_none() {
        check.refuse(FieldError::required("role"));
    }
    if request.name.is_none() {
        check.refuse(FieldError::required("name"));
    }
    let mut user = blank(call.organization(), "", role, call.now);
    let rows = apply(&mut check, &request, &mut user, &call.configuration, call.now).unwrap_or_default();
    check.done()?;
    if let Some(Some(password)) = &request.password {
        user.password_hash = Some(hash_password(&edge, services.config.security.password_min_chars, password).await?);
    }
    let line = call.line("user.create", "user", user.id).with(json!({"name": user.name, "role": user.role}));
    let row = user.clone();
    services
        .store
        .write("user.create", move |tx| {
            let names: Vec<String> = row.skills.0.iter().map(|skill| skill.name.clone()).collect();
            accounts::ensure_skills(tx.db, row.organization_id, &names, row.created_at)?;
            people::insert(tx.db, &row)?;
            people::put_destinations(tx.db, row.id, &rows)?;
            audit::record(tx, &line)?;
            Ok(())
        })
        .await
        .map_err(|error| check::taken(error, &UNIQUE))?;
    let configuration = refresh(&services, call.organization(), user.id).await?;
    let view = UserView::new(&user, &configuration);
    Ok(etag::created(user.version, format!("/api/users/{}", user.id), &view))
}

/// Reads the configuration again and tells who lives by it.
async fn refresh(
    services: &Services,
    organization: OrganizationId,
    user: UserId,
) -> Result<std::sync::Arc<Configuration>, Problem> {
    services.catalog.reload(organization).await?;
    services.attendants().notify_living(user, Reconsider);
    let configuration = services.catalog.organization(organization).ok_or_else(Problem::not_found)?;
    for queue in &configuration.queues {
        services.queues().notify_living(queue.queue.id, Recheck);
    }
    Ok(configuration)
}

/// Somebody of the caller's organization, by id or by the id of an imported list.
pub fn found(caller: &Caller, id: &str) -> Result<std::sync::Arc<User>, Problem> {
    caller.configuration.user_by_any_id(id).cloned().ok_or_else(Problem::not_found)
}

/// One account, by id or by the id of an imported list.
///
/// 200 · 404
#[utoipa::path(get, path = "/api/users/{id}", tag = "users", params(("id" = String, Path)),
    responses((status = 200, body = UserView), (status = 404)))]
pub async fn get(caller: Caller, Path(id): Path<String>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewUsers)?;
    let user = found(&caller, &id)?;
    Ok(etag::ok(user.version, &UserView::new(&user, &caller.configuration)))
}

/// What a change of an account led to.
enum Outcome {
    Done { ended: Vec<RecordId> },
    LastAdmin,
    Stale,
}

/// Changes an account. A new password ends the person's logins; deactivating also gives their conversations back.
///
/// 200 · 403 · 404 · 409 `last_admin`, `duplicate` · 412 · 422
#[utoipa::path(put, path = "/api/users/{id}", tag = "users", params(("id" = String, Path)), request_body = UserRequest,
    responses((status = 200, body = UserView), (status = 409), (status = 412)))]
pub async fn put(
    call: Call,
    Path(id): Path<String>,
    if_match: IfMatch,
    Body(request): Body<UserRequest>,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageUsers)?;
    let before = found(&call, &id)?;
    if_match.check(before.version)?;
    let mut check = Check::default();
    let mut user = User::clone(&before);
    let rows = apply(&mut check, &request, &mut user, &call.configuration, call.now);
    check.done()?;
    match &request.password {
        Some(Some(password)) => {
            let min = services.config.security.password_min_chars;
            user.password_hash = Some(hash_password(&edge, min, password).await?);
        }
        Some(None) => user.password_hash = None,
        None => {}
    }
    user.version += 1;
    user.updated_at = call.now;
    let mut after = UserView::new(&user, &call.configuration);
    if let Some(rows) = &rows {
        after.destinations = rows.iter().map(DestinationView::from).collect();
    }
    let line = call
        .line("user.update", "user", user.id)
        .with(json!({
            "name": user.name, "role": user.role, "is_active": user.is_active, "password": request.password.is_some(),
        }))
        .between(UserView::new(&before, &call.configuration), after);
    let ends = before.is_active && !user.is_active;
    save(&services, &before, &user, rows, ends || request.password.is_some(), line).await?;
    let configuration = refresh(&services, call.organization(), user.id).await?;
    if ends {
        give_back(&services, &call, user.id).await?;
    }
    let user = configuration.users.get(&user.id).ok_or_else(Problem::not_found)?;
    Ok(etag::ok(user.version, &UserView::new(user, &configuration)))
}

/// Stores a changed account unless the organization would lose its last administrator.
async fn save(
    services: &Services,
    before: &User,
    user: &User,
    rows: Option<Vec<Destination>>,
    ends_logins: bool,
    line: crate::audit::Line,
) -> Result<(), Problem> {
    // One who cannot log in administers nothing.
    let admin = |user: &User| user.role == Role::Admin && user.is_active && user.password_hash.is_some();
    let loses_admin = admin(before) && !admin(user);
    let (user, clears_lock) = (user.clone(), before.password_hash != user.password_hash);
    let outcome = services
        .store
        .write("user.update", move |tx| {
            if loses_admin && accounts::other_admins(tx.db, user.organization_id, user.id)? == 0 {
                return Ok(Outcome::LastAdmin);
            }
            if people::update(tx.db, &user)? == 0 {
                return Ok(Outcome::Stale);
            }
            let names: Vec<String> = user.skills.0.iter().map(|skill| skill.name.clone()).collect();
            accounts::ensure_skills(tx.db, user.organization_id, &names, user.updated_at)?;
            if let Some(rows) = &rows {
                people::put_destinations(tx.db, user.id, rows)?;
            }
            if clears_lock {
                people::set_failures(tx.db, user.id, 0, None)?;
                logins::delete_link(tx.db, user.id)?;
            }
            if !user.is_active {
                accounts::leave_queues(tx.db, user.organization_id, user.id)?;
                accounts::revoke_tokens(tx.db, user.id, user.updated_at)?;
                logins::delete_link(tx.db, user.id)?;
            }
            let ended = match ends_logins {
                true => accounts::end_logins(tx.db, user.id, None, user.updated_at)?,
                false => Vec::new(),
            };
            audit::record(tx, &line)?;
            Ok(Outcome::Done { ended })
        })
        .await
        .map_err(|error| check::taken(error, &UNIQUE))?;
    match outcome {
        Outcome::Done { ended } => {
            let now = services.clock.now();
            ended.into_iter().for_each(|family| services.revoked.revoke(family, now));
            Ok(())
        }
        Outcome::LastAdmin => Err(Problem::of(Code::LastAdmin)),
        Outcome::Stale => Err(Problem::precondition_failed()),
    }
}

/// What somebody who is no longer there still has goes back to its queue.
async fn give_back(services: &Services, call: &Call, attendant: UserId) -> Result<(), Problem> {
    let held = services.store.read("user.held", move |db| Ok(conversations::held_by(db, attendant)?)).await?;
    for (session, status) in held {
        let queue = match crate::conversations::actor::observe(services, session).await {
            Ok(conversation) => conversation.session.queue_id,
            Err(_) => None,
        };
        let queue = queue.or_else(|| call.configuration.queues.first().map(|entry| entry.queue.id));
        let command = match (status, queue) {
            (SessionStatus::Assigned, _) => Command::AttendantLeft { attendant },
            (_, Some(queue)) => {
                let by = Actor::Attendant { id: call.user.id, name: call.user.name.clone() };
                Command::TransferToQueue { by, queue, reason: "attendant deactivated".to_owned() }
            }
            (_, None) => continue, // an organization without queues: it stays where it is
        };
        if let Err(error) = services.conversations().tell(session, Do(command)).await? {
            tracing::warn!(conversation.id = %session, %error, "conversation of a deactivated attendant stays theirs");
        }
    }
    Ok(())
}

/// Removes an account. One that conversations remember is deactivated instead: 200 with it.
///
/// 204 removed · 200 deactivated · 403 · 404 · 409 `last_admin` · 412
#[utoipa::path(delete, path = "/api/users/{id}", tag = "users", params(("id" = String, Path)),
    responses((status = 204), (status = 200, body = UserView), (status = 409)))]
pub async fn delete(
    call: Call,
    Path(id): Path<String>,
    if_match: IfMatch,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageUsers)?;
    let before = found(&call, &id)?;
    if_match.check(before.version)?;
    let (organization, id) = (call.organization(), before.id);
    let remembered =
        services.store.read("user.remembered", move |db| Ok(accounts::is_remembered(db, organization, id)?)).await?;
    // Deactivated first: it has the checks, and ends what they have open.
    let mut user = User::clone(&before);
    user.is_active = false;
    user.version += 1;
    user.updated_at = call.now;
    let action = if remembered { "user.deactivate" } else { "user.delete" };
    let line = call.line(action, "user", user.id).with(json!({"name": user.name}));
    save(&services, &before, &user, None, true, line).await?;
    if remembered {
        let configuration = refresh(&services, organization, id).await?;
        give_back(&services, &call, id).await?;
        return Ok(etag::ok(user.version, &UserView::new(&user, &configuration)));
    }
    services.store.write("user.delete", move |tx| Ok(accounts::delete(tx.db, organization, id)?)).await?;
    refresh(&services, organization, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the caller's consoles remember: theme, notifications, saved views. The server itself reads `topics` (what they like
/// to serve) and `notifications.push`.
///
/// 200
#[utoipa::path(get, path = "/api/users/me/preferences", tag = "users",
    responses((status = 200, body = BTreeMap<String, Value>)))]
pub async fn preferences(caller: Caller) -> Result<HttpResponse, Problem> {
    caller.may(Permission::UseOwnAccount)?;
    Ok(HttpResponse::Ok().json(&caller.user.preferences))
}

/// Replaces them, whatever another console of the caller wrote meanwhile.
///
/// 200 · 422 no object, or more than 16 KiB
#[utoipa::path(put, path = "/api/users/me/preferences", tag = "users", request_body = BTreeMap<String, Value>,
    responses((status = 200, body = BTreeMap<String, Value>), (status = 422)))]
pub async fn put_preferences(
    caller: Caller,
    Body(request): Body<serde_json::Map<String, Value>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::UseOwnAccount)?;
    let preferences = Json(Value::Object(request));
    if preferences.0.to_string().len() > PREFERENCES {
        return Err(Problem::field(FieldError::too_long("preferences", PREFERENCES)));
    }
    let (user, row) = (caller.user.id, preferences.clone());
    services.store.write("user.preferences", move |tx| Ok(accounts::set_preferences(tx.db, user, &row)?)).await?;
    services.catalog.reload(caller.organization()).await?;
    Ok(HttpResponse::Ok().json(preferences))
}
