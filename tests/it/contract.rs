//! What holds for every route of the served document alike: organizations never meet, roles and scopes decide, refusals are
//! problems in the caller's language, lists are walked by cursors, posts are made once, lost updates are refused.
//!
//! A new route fails here until `body` (and, with a new kind of id, `path`) says how it is called.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use attendance::api::routes::{Access, ROUTES};
use attendance::auth::roles::{Principal, Role};
use attendance::ids::{OrganizationId, UserId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::api::{Answer, Api, client};
use crate::support::document;
use crate::support::server::{ADMIN_EMAIL, ADMIN_PASSWORD, Server};
use crate::support::socket::Socket;
use crate::support::world::{Attendant, Customer, World};

scenarios! {
    the_document_is_served_and_names_every_route,
    organizations_never_meet,
    roles_decide_on_every_route,
    nobody_gets_nothing,
    refusals_are_problems_in_the_caller_s_language,
    what_is_not_known_is_refused_by_name,
    a_cursor_walks_a_list_once,
    the_same_key_acts_once,
    a_lost_update_is_refused,
}

const SCRIPT: &str = "sigilo.bas";
/// The example of RFC 8291, appendix A.
static PUSH_KEYS: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    })
});
static NEXT: AtomicU64 = AtomicU64::new(1);

fn fresh(name: &str) -> String {
    format!("{name} {}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// One row of every kind.
#[derive(Debug, Clone)]
struct Rows {
    user: String,
    skill: String,
    bot: String,
    channel: String,
    web: String,
    api: String,
    canned: String,
    token: String,
    contact: String,
    other_contact: String,
    lead: String,
    queue: String,
    session: String,
    message: String,
    attachment: String,
}

impl Rows {
    /// Ids of nothing.
    fn ghosts() -> Rows {
        let id = || attendance::ids::RecordId::new().to_string();
        Rows {
            user: id(),
            skill: id(),
            bot: id(),
            channel: id(),
            web: id(),
            api: id(),
            canned: id(),
            token: id(),
            contact: id(),
            other_contact: id(),
            lead: id(),
            queue: id(),
            session: id(),
            message: id(),
            attachment: id(),
        }
    }

    fn all(&self) -> Vec<&str> {
        let Rows { user, skill, bot, channel, web, api, canned, token, .. } = self;
        let Rows { contact, other_contact, lead, queue, session, message, attachment, .. } = self;
        vec![
            user,
            skill,
            bot,
            channel,
            web,
            api,
            canned,
            token,
            contact,
            other_contact,
            lead,
            queue,
            session,
            message,
            attachment,
        ]
    }

    /// The path of a route with these rows in its parameters.
    fn path(&self, template: &str) -> String {
        let id = match template {
            path if path.starts_with("/api/users/") => &self.user,
            path if path.starts_with("/api/skills/") => &self.skill,
            path if path.starts_with("/api/bots/") => &self.bot,
            "/api/channels/{id}/messages" => &self.api,
            path if path.starts_with("/api/channels/") => &self.channel,
            path if path.starts_with("/api/canned-responses/") => &self.canned,
            path if path.starts_with("/api/tokens/") => &self.token,
            path if path.starts_with("/api/crm/contacts/") => &self.contact,
            path if path.starts_with("/api/crm/leads/") => &self.lead,
            path if path.starts_with("/api/attendance/queues/") => &self.queue,
            path if path.starts_with("/api/session") => &self.session,
            path if path.starts_with("/api/attachments/") => &self.attachment,
            _ => "{id}",
        };
        let path = template
            .replace("{id}", id)
            .replace("{session_id}", &self.session)
            .replace("{user_id}", &self.user)
            .replace("{mid}", &self.message)
            .replace("{channel_id}", &self.web)
            .replace("{name}", SCRIPT)
            .replace("{path}", "pago");
        assert!(!path.contains('{'), "which row does {template} mean?");
        path
    }

    /// A body that the route takes, about these rows.
    fn body(&self, method: &str, template: &str) -> Option<Value> {
        let session = &self.session;
        let (_, route) = template.split_once("/api/")?;
        Some(match (method, route) {
            ("DELETE", "push/subscriptions") => json!({"endpoint": "https://push.example/x"}),
            ("POST" | "DELETE", "users/me/totp") => json!({"password": "not the password"}),
            ("GET" | "DELETE", _) => return None,
            ("POST", "auth/login") => json!({"email": "nobody@example.com", "password": "not a password"}),
            ("POST", "auth/refresh" | "auth/logout") => return None,
            ("POST", "auth/access") => json!({"token": "x"}),
            ("PUT", "auth/access") => json!({"token": "x", "password": "long enough it is"}),
            ("POST", "setup") => {
                json!({"token": "x", "organization": "O", "name": "N", "email": "n@example.com", "password": "long enough"})
            }
            ("POST", "organizations") => json!({
                "name": fresh("Organização"),
                "admin": {"name": "N", "email": format!("{}@example.com", fresh("o").replace(' ', "")), "password": "long enough it is"},
            }),
            ("POST", "users") => json!({
                "name": fresh("Pessoa"), "email": format!("{}@example.com", fresh("u").replace(' ', "")), "role": "viewer",
            }),
            ("PUT", "users/{id}") => json!({"department": fresh("Setor")}),
            ("POST", "users/{id}/access-link") => return None,
            ("PUT", "users/me/password") => {
                json!({"current_password": "not the password", "password": "long enough it is"})
            }
            ("PUT", "users/me/totp") => json!({"code": "000000"}),
            ("PUT", "users/me/preferences") => json!({"theme": "dark"}),
            ("POST", "push/subscriptions") => json!({"endpoint": "https://push.example/x", "keys": PUSH_KEYS.clone()}),
            ("PUT", "bots/{id}/scripts/{name}") => json!({"source": "TALK \"oi\""}),
            ("POST", "bots/{id}/hooks/{path}") => json!({"pedido": 1}),
            ("POST", "bots/{id}/try") => json!({"source": "TALK \"oi\"", "event": {"type": "open"}}),
            ("POST", "skills") => json!({"name": fresh("skill")}),
            ("POST", "bots") => json!({"name": fresh("Bot"), "engine": "basic"}),
            ("PUT", "bots/{id}" | "channels/{id}" | "attendance/queues/{id}") => json!({"name": fresh("Nome")}),
            ("POST", "channels") => json!({"kind": "web", "name": fresh("Site"), "bot_id": self.bot}),
            ("POST", "channels/{id}/test") => return None,
            ("POST", "channels/{id}/messages") => json!({"external_id": fresh("m"), "from": {"id": "p"}, "text": "oi"}),
            ("POST", "canned-responses") => json!({"name": fresh("resposta"), "text": "Olá"}),
            ("PUT", "canned-responses/{id}") => json!({"text": "Oi"}),
            ("POST", "tokens") => json!({"name": fresh("t"), "scopes": ["crm:read"]}),
            ("PUT", "settings") => json!({"values": {}}),
            ("POST", "settings/import") => json!("name,value"),
            ("POST", "crm/contacts") => json!({"first_name": fresh("Contato")}),
            ("POST", "crm/contacts/merge") => json!({"winner_id": self.contact, "loser_id": self.other_contact}),
            ("POST", "crm/contacts/{id}/notes") => json!({"text": "nota"}),
            ("PUT", "crm/contacts/{id}") => json!({"tier": "ouro"}),
            ("POST", "crm/leads") => json!({"contact_id": self.other_contact}),
            ("PUT", "crm/leads/{id}") => json!({"status": "morno"}),
            ("PUT", "attendance/attendants/{user_id}/status") => json!({"status": "away"}),
            ("POST", "attendance/queues") => json!({"name": fresh("Fila")}),
            ("POST", "attendance/queues/{id}/members") => json!({"user_id": self.user}),
            ("PUT", "attendance/queues/{id}/members/{user_id}") => json!({"max_conversations": 3}),
            ("PUT", "attendance/kanban/move") => {
                json!({"session_id": session, "from_status": "new", "to_status": "active"})
            }
            ("POST", "attendance/assign") => json!({"session_id": session, "attendant_id": self.user}),
            ("POST", "attendance/transfer") => json!({"session_id": session, "queue_id": self.queue}),
            ("POST", "attendance/handoff" | "attendance/take" | "attendance/decline" | "attendance/resolve") => {
                json!({"session_id": session})
            }
            ("POST", "attendance/respond") => json!({"session_id": session, "message": "oi"}),
            ("POST", "attendance/commands") => json!({"text": "/context", "session_id": session}),
            ("POST", "attendance/pending/{session_id}" | "attendance/resolve/{session_id}") => json!({}),
            ("POST", "sessions/{id}/messages") => json!({"text": "oi"}),
            ("POST", "sessions/{id}/tags") => json!({"add": ["vip"]}),
            ("POST", "sessions/{id}/subject") => json!({"subject": "Troca"}),
            ("POST", "sessions/{id}/priority") => json!({"priority": 2}),
            ("POST", "sessions/{id}/snooze") => json!({"until": null}),
            ("POST", "sessions/{id}/read" | "sessions/{id}/typing" | "sessions/{id}/messages/{mid}/retry") => {
                return None;
            }
            ("POST", "webchat/{channel_id}/sessions") => json!({}),
            ("POST", "webchat/{channel_id}/offline") => json!({"client_id": fresh("c"), "text": "oi"}),
            ("POST", "attachments" | "webchat/{channel_id}/attachments") => return None,
            _ => panic!("how is {method} {template} called?"),
        })
    }

    /// Calls a route about these rows.
    async fn call(&self, api: &Api, method: &str, template: &str) -> Answer {
        let mut request = api.request(method.parse().unwrap(), &self.path(template));
        if template.ends_with("/attachments") {
            request = request.multipart(form("nota.txt", b"texto"));
        } else if let Some(body) = self.body(method, template) {
            request = request.json(&body);
        }
        api.send(request).await
    }
}

fn form(name: &str, bytes: &[u8]) -> reqwest::multipart::Form {
    let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned());
    reqwest::multipart::Form::new().part("file", part)
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

/// (method, path) of the served document, without the sockets.
fn documented() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (path, methods) in document::whole()["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|_| !path.starts_with("/ws/")) {
            all.push((method.to_uppercase(), path.clone()));
        }
    }
    all
}

/// A world whose organization has one row of every kind, with a conversation that an attendant has.
async fn furnished(backend: Backend) -> (World, Rows, Attendant) {
    let mut world = World::new(backend).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let marina = Customer::new("Marina Recatada");
    world.writes(&marina, "quero falar com uma pessoa").await;
    let assigned = console.wait("conversation_assigned", |_| true).await;
    let session = assigned["session_id"].as_str().unwrap().to_owned();
    ana.api.post("/api/attendance/take", json!({"session_id": session})).await.ok();
    let message = id(&ana.say(&session, "sigilo-da-conversa").await);
    world.graph.wait_for("sigilo-da-conversa").await;
    let admin = &world.admin;
    let contact =
        admin.get(&format!("/api/session/{session}")).await.ok()["contact"]["id"].as_str().unwrap().to_owned();
    let lead = id(&admin.get(&format!("/api/crm/leads?contact_id={contact}")).await.ok()["items"][0]);
    let made = async |path: &str, body: Value| id(&admin.post(path, body).await.ok());
    let upload = admin.request(Method::POST, "/api/attachments").multipart(form("sigilo.txt", b"sigilo-do-arquivo"));
    let channel = |kind: &str| json!({"kind": kind, "name": format!("sigilo-{kind}"), "bot_id": world.bot});
    let script = format!("/api/bots/{}/scripts/{SCRIPT}", world.bot);
    admin.put(&script, json!({"source": "TALK \"sigilo-do-roteiro\""})).await.ok();
    let rows = Rows {
        user: ana.id.clone(),
        skill: made("/api/skills", json!({"name": "sigilo-skill"})).await,
        bot: world.bot.clone(),
        channel: world.channel.clone(),
        web: made("/api/channels", channel("web")).await,
        api: made("/api/channels", channel("api")).await,
        canned: made("/api/canned-responses", json!({"name": "sigilo-canned", "text": "x"})).await,
        token: made("/api/tokens", json!({"name": "sigilo-token", "scopes": ["crm:read"]})).await,
        contact,
        other_contact: made("/api/crm/contacts", json!({"first_name": "sigilo-contato"})).await,
        lead,
        queue: world.queue.clone(),
        session,
        message,
        attachment: id(&admin.send(upload).await.ok()),
    };
    (world, rows, ana)
}

/// The administrator of another organization, with a few rows.
async fn neighbour(world: &World) -> (Api, Rows) {
    let email = "vizinho@example.com";
    let body = json!({"name": "Vizinha", "admin": {"name": "Vizinho", "email": email, "password": ADMIN_PASSWORD}});
    world.admin.post("/api/organizations", body).await.ok();
    let api = Api::login(&world.server, email, ADMIN_PASSWORD).await;
    let first = async |path: &str| id(&api.get(path).await.ok()["items"][0]);
    let mut rows = Rows::ghosts();
    rows.user = first("/api/users").await;
    rows.bot = first("/api/bots").await;
    rows.queue = first("/api/attendance/queues").await;
    let body = json!({"kind": "web", "name": "Site", "bot_id": rows.bot});
    rows.web = id(&api.post("/api/channels", body).await.ok());
    rows.contact = id(&api.post("/api/crm/contacts", json!({"first_name": "Próprio"})).await.ok());
    rows.lead = id(&api.post("/api/crm/leads", json!({"contact_id": rows.contact})).await.ok());
    (api, rows)
}

async fn the_document_is_served_and_names_every_route(backend: Backend) {
    let server = Server::start(backend);
    let api = Api::anonymous(&server);
    let served = api.get("/api/openapi.json").await.ok();
    assert_eq!(&served, document::whole());
    let listed: BTreeSet<_> =
        ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    let sockets = listed.iter().filter(|(_, path)| path.starts_with("/ws/")).count();
    assert_eq!(documented().len() + sockets, listed.len());
    assert!(documented().into_iter().all(|route| listed.contains(&route)));
    let mut references = Vec::new();
    references_of(&served, &mut references);
    for reference in references {
        assert!(served.pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
    }
    let names: BTreeSet<&str> = served["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            let named: BTreeSet<&str> = named.collect();
            for (method, operation) in methods.as_object().unwrap() {
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let given: BTreeSet<&str> =
                    parameters.filter(|p| p["in"] == "path").filter_map(|p| p["name"].as_str()).collect();
                assert_eq!(given, named, "{method} {path}");
            }
            methods.as_object().unwrap().values().filter_map(|operation| operation["tags"][0].as_str())
        })
        .collect();
    assert!(names.len() > 10, "{names:?}");
    let page = api.get("/api/docs").await;
    assert!(page.status == 200 && page.text.contains("<html"), "{}", page.text);
}

fn references_of(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| references_of(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references_of(value, found)),
        _ => {}
    }
}

async fn organizations_never_meet(backend: Backend) {
    let (world, rows, _ana) = furnished(backend).await;
    let (intruder, own) = neighbour(&world).await;
    let secrets: Vec<&str> = rows.all().into_iter().chain(["sigilo", "Recatada", "Ana Souza"]).collect();
    let clean = |what: &str, answer: &Answer| {
        for secret in &secrets {
            // What the caller wrote may come back in its refusal.
            assert!(!answer.text.contains(secret), "{what} shows {secret}: {}", answer.text);
        }
    };
    // A logout would end the intruder's own login.
    for (method, template) in documented().into_iter().filter(|(_, path)| path != "/api/auth/logout") {
        let what = format!("{method} {template}");
        let about_rows = template.contains('{')
            || rows
                .body(&method, &template)
                .is_some_and(|body| rows.all().iter().any(|id| body.to_string().contains(id)));
        let answer = rows.call(&intruder, &method, &template).await;
        assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.text);
        match (method.as_str(), template.as_str()) {
            // Anybody's page may open a chat; it shows the channel's own greeting and no more.
            ("POST", "/api/webchat/{channel_id}/sessions") => {
                let opened = answer.ok();
                assert_ne!(opened["session_id"], rows.session.as_str());
            }
            // Of the installation, for who runs it: queues of all organizations by their ids.
            ("GET", "/metrics") => drop(answer.ok()),
            // What any page may show of the channel is nobody's secret.
            ("GET", "/api/webchat/{channel_id}") => drop(answer.ok()),
            _ if asks_for_a_visitor(&method, &template) => assert_eq!(answer.status, 401, "{what}"),
            ("GET", "/api/organizations") | ("POST", "/api/organizations") => assert_eq!(answer.status, 403, "{what}"),
            ("POST", "/api/channels") => assert!([404, 422].contains(&answer.status), "{what}: {}", answer.text),
            _ if about_rows => {
                assert!([403, 404].contains(&answer.status), "{what}: {} {}", answer.status, answer.text);
                clean(&what, &answer);
            }
            _ => clean(&what, &answer),
        }
    }
    // Lists asked for the other's rows by name.
    for path in [
        format!("/api/users?queue_id={}", rows.queue),
        "/api/users?q=Ana".to_owned(),
        format!("/api/channels?bot_id={}", rows.bot),
        "/api/bots?limit=200".to_owned(),
        format!("/api/settings?bot_id={}", rows.bot),
        format!("/api/settings/export?bot_id={}", rows.bot),
        "/api/settings/export?kind=attendants".to_owned(),
        "/api/crm/contacts?q=segredo".to_owned(),
        "/api/crm/leads?q=marina&sort=score".to_owned(),
        format!("/api/crm/leads?contact_id={}", rows.contact),
        format!("/api/crm/leads?owner_id={}", rows.user),
        format!("/api/audit?subject_id={}", rows.bot),
        format!("/api/audit?actor_id={}", rows.user),
        format!("/api/attendance/attendants?queue_id={}", rows.queue),
        format!("/api/attendance/queue?queue_id={}", rows.queue),
        format!("/api/attendance/queue?bot_id={}", rows.bot),
        format!("/api/attendance/queue?assigned_to={}", rows.user),
        format!("/api/attendance/kanban?queue_id={}", rows.queue),
        format!("/api/attendance/kanban?attendant_id={}", rows.user),
        "/api/attendance/kanban?q=marina".to_owned(),
        format!("/api/sessions?contact_id={}", rows.contact),
        format!("/api/sessions?queue_id={}", rows.queue),
        "/api/sessions?q=marina&limit=200".to_owned(),
        "/api/attendance/insights?group_by=attendant".to_owned(),
        "/api/attendance/insights?group_by=queue".to_owned(),
        "/api/attendance/staffing".to_owned(),
        format!("/api/attendance/staffing?queue_id={}", rows.queue),
        "/api/health".to_owned(),
    ] {
        clean(&path, &intruder.get(&path).await);
    }
    // The other's rows in one's own.
    let one_s_own_queue = format!("/api/attendance/queues/{}", own.queue);
    for (method, path, body) in [
        (Method::POST, "/api/attendance/queues".to_owned(), json!({"name": "F", "user_ids": [rows.user]})),
        (Method::POST, "/api/attendance/queues".to_owned(), json!({"name": "G", "overflow_queue_id": rows.queue})),
        (Method::PUT, one_s_own_queue.clone(), json!({"name": "F", "user_ids": [rows.user]})),
        (Method::POST, format!("{one_s_own_queue}/members"), json!({"user_id": rows.user})),
        (Method::PUT, format!("{one_s_own_queue}/members/{}", rows.user), json!({"max_conversations": 3})),
        (Method::DELETE, format!("{one_s_own_queue}/members/{}", rows.user), json!({})),
        (Method::PUT, format!("/api/channels/{}", own.web), json!({"bot_id": rows.bot})),
        (
            Method::POST,
            "/api/crm/contacts/merge".to_owned(),
            json!({"winner_id": own.contact, "loser_id": rows.contact}),
        ),
        (
            Method::POST,
            "/api/crm/contacts/merge".to_owned(),
            json!({"winner_id": rows.contact, "loser_id": own.contact}),
        ),
        (Method::PUT, format!("/api/crm/leads/{}", own.lead), json!({"owner_id": rows.user})),
        (
            Method::PUT,
            format!("/api/users/{}", own.user),
            json!({"destinations": [{"kind": "whatsapp", "address": "11987654321", "channel_id": rows.channel}]}),
        ),
    ] {
        let answer = intruder.send(intruder.request(method.clone(), &path).json(&body)).await;
        assert!([403, 404, 422].contains(&answer.status), "{method} {path} {body}: {} {}", answer.status, answer.text);
    }
    // Nothing of it reached the other organization.
    let session = world.admin.get(&format!("/api/session/{}", rows.session)).await.ok();
    assert_eq!(session["status"], "active");
    assert_eq!(session["tags"], json!([]));
    for (method, template) in documented().iter().filter(|(method, path)| method == "GET" && path.contains("{id}")) {
        let answer = rows.call(&world.admin, method, template).await;
        // A text has no picture, and this channel's templates are its provider's to tell.
        let has_none = template.ends_with("/thumbnail") || template.ends_with("/templates");
        assert!(answer.status == 200 || has_none, "{template}: {}", answer.text);
    }
}

async fn roles_decide_on_every_route(backend: Backend) {
    let (world, rows, _ana) = furnished(backend).await;
    let nothing = Rows::ghosts();
    let ghosts = &nothing;
    let person = async |role: Role| world.person(&format!("Pessoa {role}"), role.as_str()).await;
    for role in Role::ALL {
        let caller = person(role).await;
        // One's own status is the one that everybody may set.
        let ghosts = Rows { user: caller.id.clone(), ..ghosts.clone() };
        // Administrators of the first organization run the installation.
        let principal = Principal::person(OrganizationId::new(), UserId::new(), role, Vec::new());
        let principal = Principal { operator: role == Role::Admin, ..principal };
        for (method, template, access) in ROUTES.iter().filter(|(_, path, _)| !path.starts_with("/ws/")) {
            let allowed = match access {
                Access::Public => continue,
                Access::May(permission) => principal.may(*permission).is_ok(),
                Access::MayEither(one, other) => principal.may(*one).is_ok() || principal.may(*other).is_ok(),
            };
            let what = format!("{role} {method} {template}");
            if allowed && *template == "/api/users/{id}" {
                assert_eq!(nothing.call(&caller.api, method, template).await.status, 404, "{what}");
            } else if allowed {
                let answer = ghosts.call(&caller.api, method, template).await;
                let refused = answer.status == 401 || answer.status == 403 || answer.status >= 500;
                assert!(!refused, "{what}: {} {}", answer.status, answer.text);
            } else {
                let answer = rows.call(&caller.api, method, template).await;
                assert_eq!(answer.status, 403, "{what}: {}", answer.text);
                assert_eq!(answer.body["code"], "forbidden", "{what}");
            }
        }
    }
    // What a handler asks beyond the table.
    let ben = person(Role::Attendant).await;
    let path = format!("/api/attendance/attendants/{}/status", rows.user);
    ben.api.put(&path, json!({"status": "away"})).await.refused(403);
    ben.set_status("online").await;
    let supervisor = person(Role::Supervisor).await;
    supervisor.api.put(&path, json!({"status": "away"})).await.ok();
    let viewer = person(Role::Viewer).await;
    viewer.api.get("/api/settings/export?kind=attendants").await.refused(403);
    // An attendant sees the conversations of their queues and their own, and no others.
    assert_eq!(ben.api.get("/api/sessions").await.ok()["items"], json!([]));
    for (method, template) in documented().iter().filter(|(_, path)| path.contains("session")) {
        let about = template.contains("{id}") || template.contains("{session_id}");
        if about {
            let answer = rows.call(&ben.api, method, template).await;
            assert_eq!(answer.status, 404, "{method} {template}: {}", answer.text);
        }
    }
    let timeline = ben.api.get(&format!("/api/crm/contacts/{}/timeline", rows.contact)).await.ok();
    assert_eq!(timeline["items"].as_array().unwrap().len(), 1, "{timeline}");
}

async fn nobody_gets_nothing(backend: Backend) {
    let server = Server::start(backend);
    let anonymous = Api::anonymous(&server);
    let ghosts = Rows::ghosts();
    let good = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let forged = good.with_token("api_0123456789");
    for (method, template, access) in ROUTES.iter().filter(|(_, path, _)| !path.starts_with("/ws/")) {
        let credentials = template.starts_with("/api/attachments/");
        if *access == Access::Public && !credentials {
            continue;
        }
        for caller in [&anonymous, &forged] {
            let answer = ghosts.call(caller, method, template).await;
            assert_eq!(answer.status, 401, "{method} {template}: {}", answer.text);
            assert_eq!(answer.body["code"], "unauthorized", "{method} {template}");
        }
    }
    let middle = good.token.len() - 20;
    let mut signature = good.token.clone().into_bytes();
    signature[middle] = if signature[middle] == b'x' { b'y' } else { b'x' };
    let tampered = good.with_token(&String::from_utf8(signature).unwrap());
    assert_eq!(tampered.get("/api/auth/me").await.status, 401);
    good.get("/api/auth/me").await.ok();
    for scheme in ["Basic", "Token"] {
        let request = client().get(format!("{}/api/auth/me", good.base));
        let answer = good.send(request.header("authorization", format!("{scheme} {}", good.token))).await;
        assert_eq!(answer.status, 401, "{scheme}");
    }
}

async fn refusals_are_problems_in_the_caller_s_language(backend: Backend) {
    let server = Server::start_with(backend, &[("ATTENDANCE__LIMITS__JSON_BYTES", "4096")]);
    let api = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let told = async |language: &str, path: &str| {
        api.send(api.request(Method::GET, path).header("accept-language", language)).await
    };
    let nowhere = "/api/crm/contacts/018f3c1e-0000-7000-8000-000000000000";
    let portuguese = told("pt-BR,pt;q=0.9,en;q=0.5", nowhere).await;
    assert_eq!((portuguese.status, &portuguese.body["title"]), (404, &json!("Não encontrado")));
    let english = told("en-US,en;q=0.9", nowhere).await;
    assert_eq!(english.body["title"], "Not found");
    assert_eq!(english.headers["content-language"], "en");
    assert_eq!(portuguese.headers["content-language"], "pt-BR");
    assert_eq!(english.body["request_id"], english.headers["x-request-id"].to_str().unwrap());
    let field = api
        .send(api.request(Method::POST, "/api/crm/contacts").header("accept-language", "pt-BR").json(&json!({})))
        .await;
    assert_eq!(field.status, 422);
    let error = &field.body["errors"][0];
    assert_eq!((&error["field"], &error["code"]), (&json!("first_name"), &json!("required")), "{field:?}");
    assert_eq!(error["message"], "é obrigatório");

    let raw = async |body: &str, kind: &str| {
        let request = api.request(Method::POST, "/api/crm/contacts").header("content-type", kind);
        api.send(request.body(body.to_owned())).await
    };
    for malformed in ["{", "{\"first_name\": \"a\",}", "[\"a\"", "\u{0}", "{\"first_name\":\"a\"} x"] {
        assert_eq!(raw(malformed, "application/json").await.refused(400), "malformed", "{malformed:?}");
    }
    assert_eq!(raw("[]", "application/json").await.refused(422), "validation");
    assert_eq!(raw("first_name=a", "application/x-www-form-urlencoded").await.refused(415), "unsupported_media_type");
    let long = json!({"first_name": "a".repeat(5000)}).to_string();
    assert_eq!(raw(&long, "application/json").await.refused(413), "payload_too_large");
    assert_eq!(api.get("/api/nowhere").await.refused(404), "not_found");
    assert_eq!(api.get("/nowhere").await.refused(404), "not_found");
    assert_eq!(api.get("/api/crm/contacts/not-an-id").await.refused(404), "not_found");
    for (path, allowed) in [("/api/auth/login", "POST"), ("/api/crm/contacts", "GET, POST"), ("/healthz", "GET, HEAD")]
    {
        let answer = api.delete(path).await;
        assert_eq!(answer.status, 405, "{path}: {}", answer.text);
        let named = answer.headers.get("allow").map(|allow| allow.to_str().unwrap().to_owned());
        assert_eq!(named.as_deref(), Some(allowed), "{path}");
    }
}

/// Routes of the widget that want the token of the one who chats.
fn asks_for_a_visitor(method: &str, template: &str) -> bool {
    template.strip_prefix("/api/webchat/{channel_id}/").is_some_and(|rest| (method, rest) != ("POST", "sessions"))
}

async fn what_is_not_known_is_refused_by_name(backend: Backend) {
    let (world, rows, _ana) = furnished(backend).await;
    let admin = &world.admin;
    for (method, template) in documented().into_iter().filter(|(method, path)| !asks_for_a_visitor(method, path)) {
        let operation = &document::whole()["paths"][&template][method.to_lowercase()];
        let what = format!("{method} {template}");
        if method == "GET" && template.starts_with("/api/") {
            let takes_page = operation["parameters"].as_array().into_iter().flatten().any(|p| p["name"] == "cursor");
            let schema = operation["responses"]["200"]["content"]["application/json"]["schema"].to_string();
            let page = schema.contains("Page");
            assert!(!page || takes_page, "{what} answers a page and takes no cursor");
            if page {
                let answer = admin.get(&format!("{}?limit=201", rows.path(&template))).await;
                assert_eq!(answer.body["errors"][0]["field"], "limit", "{what}: {}", answer.text);
                let answer = admin.get(&format!("{}?cursor=!!", rows.path(&template))).await;
                assert_eq!(answer.body["errors"][0]["field"], "cursor", "{what}: {}", answer.text);
            }
            if page
                || takes_page
                || operation["parameters"].as_array().into_iter().flatten().any(|p| p["in"] == "query")
            {
                let answer = admin.get(&format!("{}?nope=1", rows.path(&template))).await;
                assert_eq!(answer.status, 422, "{what}: {}", answer.text);
                assert_eq!(answer.body["errors"][0]["field"], "nope", "{what}: {}", answer.text);
                assert_eq!(answer.body["errors"][0]["code"], "unknown_field", "{what}: {}", answer.text);
            }
        }
        let json = !operation["requestBody"]["content"]["application/json"].is_null();
        // What a person's consoles remember is theirs to name, as is what a script is called with.
        let free = template == "/api/users/me/preferences" || template.ends_with("/hooks/{path}");
        if let (true, Some(mut body)) = (json && !free, rows.body(&method, &template)) {
            body["nope"] = json!(1);
            let answer = admin.send(admin.request(method.parse().unwrap(), &rows.path(&template)).json(&body)).await;
            assert_eq!(answer.status, 422, "{what}: {}", answer.text);
            let named = answer.body["errors"].as_array().unwrap().iter().any(|error| error["field"] == "nope");
            assert!(named, "{what}: {}", answer.text);
        }
    }
}

/// Every item of a list, by pages of `limit`; fails when one comes twice.
async fn walk(api: &Api, path: &str, limit: usize, key: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page =
            api.get(&format!("{path}{}limit={limit}{cursor}", if path.contains('?') { '&' } else { '?' })).await.ok();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit, "{path}");
        for item in items {
            let id = item[key].as_str().unwrap_or_else(|| panic!("{path}: no {key} in {item}")).to_owned();
            assert!(!all.contains(&id), "{path}: {id} twice");
            all.push(id);
        }
        match page["next_cursor"].as_str() {
            Some(next) => {
                assert_eq!(items.len(), limit, "{path}: a short page that goes on");
                cursor = format!("&cursor={next}");
            }
            None => return all,
        }
        assert!(all.len() < 500, "{path} does not end");
    }
}

async fn a_cursor_walks_a_list_once(backend: Backend) {
    let world = World::new(backend).await;
    let admin = &world.admin;
    let mut supervisor = Socket::attendant(admin).await;
    for n in 0..7 {
        admin.post("/api/crm/contacts", json!({"first_name": format!("Cliente {n}")})).await.ok();
        admin.post("/api/canned-responses", json!({"name": format!("r{n}"), "text": "x"})).await.ok();
        admin.post("/api/skills", json!({"name": format!("s{n}")})).await.ok();
        admin.post("/api/bots", json!({"name": format!("b{n}"), "engine": "basic"})).await.ok();
        admin.post("/api/users", json!({"name": format!("u{n}"), "role": "attendant"})).await.ok();
        admin.post("/api/tokens", json!({"name": format!("t{n}"), "scopes": ["crm:read"]})).await.ok();
        world.queue(&format!("Fila {n}"), json!({})).await;
        admin.post("/api/channels", json!({"kind": "web", "name": format!("c{n}"), "bot_id": world.bot})).await.ok();
        world.writes(&Customer::new(&format!("Pessoa {n}")), "quero falar com uma pessoa").await;
    }
    for _ in 0..7 {
        supervisor.wait("new_conversation", |_| true).await;
    }
    let counts = [
        ("/api/crm/contacts", "id", 14),
        ("/api/crm/leads", "id", 7),
        ("/api/crm/leads?sort=updated", "id", 7),
        ("/api/crm/leads?sort=score&status=frio", "id", 7),
        ("/api/canned-responses", "id", 7),
        ("/api/skills", "id", 7),
        ("/api/bots", "id", 9),
        ("/api/users", "id", 8),
        ("/api/tokens", "id", 7),
        ("/api/channels", "id", 8),
        ("/api/attendance/queues", "id", 9),
        ("/api/attendance/attendants", "id", 8),
        ("/api/attendance/queue", "session_id", 7),
        ("/api/sessions", "session_id", 7),
        ("/api/audit?action=contact.create", "id", 7),
    ];
    for (path, key, count) in counts {
        for limit in [1, 3, 200] {
            let walked = walk(admin, path, limit, key).await;
            assert_eq!(walked.len(), count, "{path} by {limit}");
        }
    }
    // What is added while walking does not disturb what was there.
    let first = admin.get("/api/crm/contacts?limit=3").await.ok();
    admin.post("/api/crm/contacts", json!({"first_name": "Nova"})).await.ok();
    let rest =
        admin.get(&format!("/api/crm/contacts?limit=200&cursor={}", first["next_cursor"].as_str().unwrap())).await.ok();
    assert_eq!(rest["items"].as_array().unwrap().len(), 11);
    assert_eq!(walk(admin, &format!("/api/attendance/queues/{}/members", world.queue), 2, "user_id").await.len(), 0);
}

async fn the_same_key_acts_once(backend: Backend) {
    let server = Server::start(backend);
    let api = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let post = async |key: &str, body: Value| {
        api.send(api.request(Method::POST, "/api/crm/contacts").header("idempotency-key", key).json(&body)).await
    };
    let ana = json!({"first_name": "Ana", "email": "ana@cliente.example"});
    let first = post("k-1", ana.clone()).await;
    assert_eq!(first.status, 201);
    assert!(first.headers.get("idempotent-replayed").is_none());
    let again = post("k-1", ana.clone()).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.headers["etag"], first.headers["etag"]);
    assert_eq!(again.headers["location"], first.headers["location"]);
    assert_eq!(post("k-1", json!({"first_name": "Bia"})).await.refused(422), "idempotency_mismatch");
    // A refusal is kept as well, in the language it was told.
    assert_eq!(post("k-2", ana.clone()).await.refused(409), "duplicate");
    let refused = post("k-2", ana.clone()).await;
    assert_eq!(refused.headers["idempotent-replayed"], "true");
    assert_eq!(refused.refused(409), "duplicate");
    post(&"k".repeat(256), ana.clone()).await.refused(422);
    // Twenty at once: one acts.
    let body = json!({"first_name": "Caio"});
    let all = futures_util::future::join_all((0..20).map(|_| post("k-3", body.clone()))).await;
    let made: BTreeSet<&str> = all.iter().filter(|a| a.status == 201).filter_map(|a| a.body["id"].as_str()).collect();
    assert_eq!(made.len(), 1, "{all:?}");
    assert!(all.iter().all(|answer| [201, 409].contains(&answer.status)));
    let found = api.get("/api/crm/contacts?q=caio").await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    // Another person's key is another key.
    let body = json!({"name": "B", "email": "b@example.com", "password": "a long enough secret", "role": "attendant"});
    api.post("/api/users", body).await.ok();
    let other = Api::login(&server, "b@example.com", "a long enough secret").await;
    let request = other.request(Method::POST, "/api/crm/contacts").header("idempotency-key", "k-1");
    other.send(request.json(&json!({"first_name": "Outro"}))).await.ok();
}

async fn a_lost_update_is_refused(backend: Backend) {
    let (world, rows, _ana) = furnished(backend).await;
    let admin = &world.admin;
    for (template, body) in [
        ("/api/users/{id}", json!({"department": "A"})),
        ("/api/bots/{id}", json!({"name": "Novo nome"})),
        ("/api/bots/{id}/scripts/{name}", json!({"source": "TALK \"nova\""})),
        ("/api/channels/{id}", json!({"name": "Novo nome"})),
        ("/api/canned-responses/{id}", json!({"text": "Novo texto"})),
        ("/api/crm/contacts/{id}", json!({"tier": "ouro"})),
        ("/api/crm/leads/{id}", json!({"status": "quente"})),
        ("/api/attendance/queues/{id}", json!({"name": "Novo nome", "channels": ["all"]})),
        ("/api/settings", json!({"values": {"bot-greeting": "Olá"}})),
    ] {
        let path = rows.path(template);
        let read = admin.get(&path).await;
        let version = read.headers["etag"].to_str().unwrap().to_owned();
        assert!(version.starts_with('"') && version.ends_with('"'), "{template}: {version}");
        let put =
            async |tag: &str| admin.send(admin.request(Method::PUT, &path).header("if-match", tag).json(&body)).await;
        let stored = put(&version).await;
        let next = stored.headers.get("etag").map(|tag| tag.to_str().unwrap().to_owned());
        stored.ok();
        assert_eq!(put(&version).await.refused(412), "precondition_failed", "{template}");
        put("\"rubbish\"").await.refused(412);
        put(&next.unwrap_or_else(|| panic!("{template} answers no ETag"))).await.ok();
        put("*").await.ok();
        admin.put(&path, body.clone()).await.ok();
    }
}
