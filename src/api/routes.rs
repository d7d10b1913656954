//! Every route with what it needs: the table that people read and tests compare with what is served and documented.
//! A new noun adds its lines here, its `configure` below and its `Doc` in `openapi.rs`.

use actix_web::web;

use crate::auth::roles::Permission;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Somebody with this permission; a handler may ask for more, by what is asked of it.
    May(Permission),
    /// One of two, by what is sent (`/api/settings/import`).
    MayEither(Permission, Permission),
}

use Access::{May, MayEither, Public};
use Permission::*;

/// (method, path, who may).
pub const ROUTES: &[(&str, &str, Access)] = &[
    ("GET", "/healthz", Public),
    ("GET", "/readyz", Public),
    ("GET", "/metrics", Public),
    ("GET", "/api/openapi.json", Public),
    ("GET", "/api/docs", Public),
    ("GET", "/api/health", May(ViewHealth)),
    ("POST", "/api/auth/login", Public),
    ("POST", "/api/auth/refresh", Public),
    ("POST", "/api/auth/logout", Public),
    ("GET", "/api/auth/me", May(UseOwnAccount)),
    ("POST", "/api/auth/access", Public),
    ("PUT", "/api/auth/access", Public),
    ("GET", "/api/setup", Public),
    ("POST", "/api/setup", Public),
    ("GET", "/api/organizations", May(ManageOrganizations)),
    ("POST", "/api/organizations", May(ManageOrganizations)),
    ("GET", "/api/users", May(ViewUsers)),
    ("POST", "/api/users", May(ManageUsers)),
    ("GET", "/api/users/{id}", May(ViewUsers)),
    ("PUT", "/api/users/{id}", May(ManageUsers)),
    ("DELETE", "/api/users/{id}", May(ManageUsers)),
    ("POST", "/api/users/{id}/access-link", May(ManageUsers)),
    ("DELETE", "/api/users/{id}/totp", May(ManageUsers)),
    ("PUT", "/api/users/me/password", May(UseOwnAccount)),
    ("POST", "/api/users/me/totp", May(UseOwnAccount)),
    ("PUT", "/api/users/me/totp", May(UseOwnAccount)),
    ("DELETE", "/api/users/me/totp", May(UseOwnAccount)),
    ("GET", "/api/users/me/preferences", May(UseOwnAccount)),
    ("PUT", "/api/users/me/preferences", May(UseOwnAccount)),
    ("GET", "/api/push/key", May(UseOwnAccount)),
    ("POST", "/api/push/subscriptions", May(UseOwnAccount)),
    ("DELETE", "/api/push/subscriptions", May(UseOwnAccount)),
    ("GET", "/api/skills", May(ViewQueues)),
    ("POST", "/api/skills", May(ManageQueues)),
    ("DELETE", "/api/skills/{id}", May(ManageQueues)),
    ("GET", "/api/bots", May(ViewBots)),
    ("POST", "/api/bots", May(ManageBots)),
    ("GET", "/api/bots/{id}", May(ViewBots)),
    ("PUT", "/api/bots/{id}", May(ManageBots)),
    ("DELETE", "/api/bots/{id}", May(ManageBots)),
    ("GET", "/api/bots/{id}/scripts", May(ViewBots)),
    ("GET", "/api/bots/{id}/scripts/{name}", May(ViewBots)),
    ("PUT", "/api/bots/{id}/scripts/{name}", May(ManageBots)),
    ("DELETE", "/api/bots/{id}/scripts/{name}", May(ManageBots)),
    ("POST", "/api/bots/{id}/try", May(ManageBots)),
    ("GET", "/api/bots/{id}/errors", May(ViewBots)),
    ("GET", "/api/bots/{id}/schedules", May(ViewBots)),
    ("GET", "/api/bots/{id}/webhooks", May(ManageBots)),
    ("POST", "/api/bots/{id}/hooks/{path}", Public),
    ("GET", "/api/basic/keywords", May(ViewBots)),
    ("GET", "/api/channels", May(ViewChannels)),
    ("POST", "/api/channels", May(ManageChannels)),
    ("GET", "/api/channels/kinds", May(ViewChannels)),
    ("GET", "/api/channels/{id}", May(ViewChannels)),
    ("PUT", "/api/channels/{id}", May(ManageChannels)),
    ("DELETE", "/api/channels/{id}", May(ManageChannels)),
    ("POST", "/api/channels/{id}/test", May(ManageChannels)),
    ("GET", "/api/channels/{id}/health", May(ViewChannels)),
    ("GET", "/api/channels/{id}/templates", May(Converse)),
    ("GET", "/api/canned-responses", May(UseCannedResponses)),
    ("POST", "/api/canned-responses", May(ManageCannedResponses)),
    ("GET", "/api/canned-responses/{id}", May(UseCannedResponses)),
    ("PUT", "/api/canned-responses/{id}", May(ManageCannedResponses)),
    ("DELETE", "/api/canned-responses/{id}", May(ManageCannedResponses)),
    ("GET", "/api/tokens", May(ManageTokens)),
    ("POST", "/api/tokens", May(ManageTokens)),
    ("DELETE", "/api/tokens/{id}", May(ManageTokens)),
    ("GET", "/api/settings", May(ViewSettings)),
    ("PUT", "/api/settings", May(ManageSettings)),
    ("POST", "/api/settings/import", MayEither(ManageSettings, ManageUsers)),
    ("GET", "/api/settings/export", May(ViewSettings)),
    ("GET", "/api/crm/contacts", May(ViewContacts)),
    ("POST", "/api/crm/contacts", May(EditContacts)),
    ("GET", "/api/crm/contacts/duplicates", May(ViewContacts)),
    ("POST", "/api/crm/contacts/merge", May(MergeContacts)),
    ("GET", "/api/crm/contacts/{id}", May(ViewContacts)),
    ("PUT", "/api/crm/contacts/{id}", May(EditContacts)),
    ("GET", "/api/crm/contacts/{id}/notes", May(ViewContacts)),
    ("POST", "/api/crm/contacts/{id}/notes", May(EditContacts)),
    ("GET", "/api/crm/contacts/{id}/timeline", May(ViewContacts)),
    ("GET", "/api/crm/leads", May(ViewContacts)),
    ("POST", "/api/crm/leads", May(EditContacts)),
    ("GET", "/api/crm/leads/{id}", May(ViewContacts)),
    ("PUT", "/api/crm/leads/{id}", May(EditContacts)),
    ("GET", "/api/audit", May(ViewAudit)),
    ("GET", "/api/attendance/attendants", May(ViewAttendants)),
    ("PUT", "/api/attendance/attendants/{user_id}/status", May(SetOwnStatus)),
    ("GET", "/api/attendance/queues", May(ViewQueues)),
    ("POST", "/api/attendance/queues", May(ManageQueues)),
    ("GET", "/api/attendance/queues/{id}", May(ViewQueues)),
    ("PUT", "/api/attendance/queues/{id}", May(ManageQueues)),
    ("DELETE", "/api/attendance/queues/{id}", May(ManageQueues)),
    ("GET", "/api/attendance/queues/{id}/members", May(ViewQueues)),
    ("POST", "/api/attendance/queues/{id}/members", May(ManageQueues)),
    ("PUT", "/api/attendance/queues/{id}/members/{user_id}", May(ManageQueues)),
    ("DELETE", "/api/attendance/queues/{id}/members/{user_id}", May(ManageQueues)),
    ("GET", "/api/attendance/queue", May(ViewConversations)),
    ("GET", "/api/attendance/kanban", May(ViewConversations)),
    ("PUT", "/api/attendance/kanban/move", May(ServeConversations)),
    ("POST", "/api/attendance/handoff", May(RequestHandoff)),
    ("POST", "/api/attendance/assign", May(AssignConversations)),
    ("POST", "/api/attendance/take", May(ServeConversations)),
    ("POST", "/api/attendance/decline", May(ServeConversations)),
    ("POST", "/api/attendance/transfer", May(ServeConversations)),
    ("POST", "/api/attendance/pending/{session_id}", May(ServeConversations)),
    ("POST", "/api/attendance/resolve/{session_id}", May(ServeConversations)),
    ("POST", "/api/attendance/resolve", May(ServeConversations)),
    ("POST", "/api/attendance/respond", May(Converse)),
    ("POST", "/api/attendance/commands", May(ServeConversations)),
    ("GET", "/api/sessions", May(ViewConversations)),
    ("GET", "/api/session/{id}", May(ViewConversations)),
    ("GET", "/api/sessions/{id}/messages", May(ViewConversations)),
    ("POST", "/api/sessions/{id}/messages", May(Converse)),
    ("POST", "/api/sessions/{id}/messages/{mid}/retry", May(Converse)),
    ("POST", "/api/sessions/{id}/read", May(Converse)),
    ("POST", "/api/sessions/{id}/typing", May(Converse)),
    ("POST", "/api/sessions/{id}/tags", May(Converse)),
    ("POST", "/api/sessions/{id}/priority", May(Converse)),
    ("POST", "/api/sessions/{id}/subject", May(Converse)),
    ("POST", "/api/sessions/{id}/snooze", May(Converse)),
    ("GET", "/api/webchat/{channel_id}", Public),
    ("POST", "/api/webchat/{channel_id}/sessions", Public),
    ("DELETE", "/api/webchat/{channel_id}/sessions", Public),
    ("GET", "/api/webchat/{channel_id}/messages", Public),
    ("POST", "/api/webchat/{channel_id}/offline", Public),
    ("POST", "/api/webchat/{channel_id}/attachments", Public),
    ("GET", "/ws/webchat/{channel_id}", Public),
    ("POST", "/api/channels/{id}/messages", May(SendInboundMessages)),
    ("POST", "/api/attachments", May(Converse)),
    ("GET", "/api/attachments/{id}", Public),
    ("GET", "/api/attachments/{id}/thumbnail", Public),
    ("GET", "/api/attendance/insights", May(ViewReports)),
    ("GET", "/api/attendance/staffing", May(ViewReports)),
    ("GET", "/api/attendance/staffing/what-if", May(ViewReports)),
];

/// Registers every noun's routes. The application adds `Data<Services>`, `Data<security::Edge>`, `extract::configure` and
/// the layers `idempotency::replay`, `security::guard`, `locale::locale`, the last outermost.
pub fn configure(webhook_bytes: usize) -> impl FnOnce(&mut web::ServiceConfig) {
    move |cfg| {
        cfg.configure(super::openapi::configure)
            .configure(crate::ops::health::configure)
            .configure(crate::auth::api::configure)
            .configure(crate::auth::tokens::configure)
            // Before the paths of any account: "me" is no id.
            .configure(crate::auth::account::configure)
            .configure(crate::auth::access::configure)
            .configure(crate::organizations::api::configure)
            .configure(crate::users::api::configure)
            .configure(crate::skills::api::configure)
            .configure(crate::bot::api::configure)
            .configure(crate::bot::scripts::configure)
            .configure(crate::bot::editor::configure)
            .configure(crate::bot::runs::api::configure)
            .configure(crate::channels::kinds::configure)
            .configure(crate::channels::api::configure)
            .configure(crate::channels::templates::configure)
            .configure(crate::canned::api::configure)
            .configure(crate::contacts::duplicates::configure)
            .configure(crate::contacts::api::configure)
            .configure(crate::contacts::notes::configure)
            .configure(crate::contacts::timeline::configure)
            .configure(crate::leads::api::configure)
            .configure(crate::settings::api::configure)
            .configure(crate::audit::api::configure)
            .configure(crate::attachments::api::configure)
            .configure(crate::attendants::api::configure)
            .configure(crate::channels::api_channel::api::configure)
            .configure(crate::channels::web::api::configure)
            .configure(crate::conversations::api::configure)
            .configure(crate::notifications::api::configure)
            .configure(crate::queues::api::configure)
            .configure(crate::reports::api::configure)
            .configure(crate::ws::configure)
            .configure(super::pages::configure)
            .service(
                web::resource("/webhooks/{provider}/{channel_id}")
                    .app_data(web::PayloadConfig::new(webhook_bytes))
                    .route(web::post().to(super::webhooks::receive))
                    .route(web::get().to(super::webhooks::verify)),
            );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use actix_web::body::MessageBody;
    use actix_web::dev::{Service, ServiceResponse};
    use actix_web::http::StatusCode;
    use actix_web::test::{self, TestRequest};
    use actix_web::web::Data;
    use actix_web::{App, Error, middleware};
    use serde_json::{Value, json};

    use super::*;
    use crate::actors::bus::Bus;
    use crate::api::security::Edge;
    use crate::api::{extract, idempotency, locale, openapi, security};
    use crate::auth::jwt::KeyRing;
    use crate::auth::setup;
    use crate::basic::Limits;
    use crate::catalog::Catalog;
    use crate::channels::http::{Http, HttpLimits};
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::net::Guard;
    use crate::services::{Parts, Services};
    use crate::store::{Database, Store};
    use crate::vault::Vault;

    #[::core::prelude::v1::test]
    fn every_route_is_documented_and_every_document_has_its_route() {
        let documented: BTreeSet<(String, String)> = serde_json::to_value(openapi::whole())
            .unwrap()
            .get("paths")
            .and_then(Value::as_object)
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
            })
            .collect();
        let listed = ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
        assert_eq!(documented, listed);
        assert_eq!(serde_json::to_value(openapi::whole()).unwrap()["openapi"], "3.1.0");
    }

    struct Served {
        services: Services,
        _folder: tempfile::TempDir,
    }

    async fn services() -> Served {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.db").display().to_string();
        let bus = Bus::start().unwrap();
        let to_bus = bus.clone();
        let store = Store::open(
            Database::Sqlite(file),
            crate::store::Readers::default(),
            Arc::new(move |events| to_bus.publish(events)),
        )
        .unwrap();
        let vault = Arc::new(Vault::from_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "test").unwrap());
        let mut config = Config::default();
        config.security.login_attempts = 3;
        let clock = Clock::system();
        let services = Services::new(
            Parts {
                catalog: Catalog::new(store.clone(), vault.clone(), Limits::default(), Arc::default()),
                keys: KeyRing::generate(clock.now()),
                http: Http::new(Guard { allow_private: true }, HttpLimits::default()).unwrap(),
                public_url: "http://desk.test".to_owned(),
                config,
                clock,
                store,
                bus,
                vault,
            },
            1,
        );
        Served { services, _folder: folder }
    }

    macro_rules! app {
        ($served:expr) => {
            test::init_service(
                App::new()
                    .app_data(Data::new($served.services.clone()))
                    .app_data(Data::new(Edge::new(&$served.services.config, "http://desk.test")))
                    .configure(extract::configure(1024 * 1024))
                    .configure(configure(1 << 20))
                    .wrap(middleware::from_fn(idempotency::replay))
                    .wrap(middleware::from_fn(security::guard))
                    .wrap(middleware::from_fn(locale::locale)),
            )
            .await
        };
    }

    /// One call: status, headers that matter, body.
    async fn call<S, B>(
        app: &S,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> (u16, actix_web::http::header::HeaderMap, Value)
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let mut request =
            TestRequest::with_uri(path).method(method.parse().unwrap()).peer_addr("203.0.113.7:5000".parse().unwrap());
        if let Some(token) = token {
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        for header in headers {
            request = request.insert_header(*header);
        }
        match body {
            Some(Value::String(text)) => request = request.set_payload(text),
            Some(body) => request = request.set_json(body),
            None => {}
        }
        let answer = match test::try_call_service(app, request.to_request()).await {
            Ok(answer) => answer,
            Err(error) => {
                let response = error.error_response();
                return (response.status().as_u16(), response.headers().clone(), Value::Null);
            }
        };
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = test::read_body(answer).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (status, headers, serde_json::from_slice(&bytes).unwrap_or(Value::String(text)))
    }

    #[actix_web::test]
    async fn the_administration_works_from_the_first_minute() {
        let served = services().await;
        let app = app!(served);
        let app = &app;
        let (status, _, body) = call(app, "GET", "/api/setup", None, &[], None).await;
        assert_eq!((status, &body["needed"]), (200, &json!(true)));
        let token = setup::fresh_token(&served.services).await.unwrap().unwrap();
        let request = |token: &str| {
            json!({"token": token, "organization": "Acme", "name": "Ana", "email": "Ana@Acme.example",
                   "password": "correct horse battery"})
        };
        assert_eq!(call(app, "POST", "/api/setup", None, &[], Some(request("setup_x"))).await.0, 401);
        let (status, headers, body) = call(app, "POST", "/api/setup", None, &[], Some(request(token.expose()))).await;
        assert_eq!(status, 201, "{body}");
        assert!(headers.contains_key("set-cookie") && headers.contains_key("content-security-policy"));
        assert!(headers.contains_key("ratelimit-remaining"));
        assert_eq!(call(app, "POST", "/api/setup", None, &[], Some(request(token.expose()))).await.0, 409);
        let admin = body["access_token"].as_str().unwrap().to_owned();
        let admin = Some(admin.as_str());

        // Every route of the table exists, and refuses who is not logged in.
        for (method, path, access) in ROUTES {
            let path = path.replace("{id}", "018f3c1e-0000-7000-8000-000000000000");
            let status = call(app, method, &path, None, &[], None).await.0;
            assert_ne!(status, 405, "{method} {path}");
            if *access != Public {
                assert_eq!(status, 401, "{method} {path}");
            }
            assert_eq!(call(app, "PATCH", &path, admin, &[], None).await.0, 405, "{path}");
        }

        // Logins: wrong, unknown and locked are one answer.
        let login = |email: &str, password: &str| json!({"email": email, "password": password});
        let (status, headers, body) =
            call(app, "POST", "/api/auth/login", None, &[], Some(login("ana@acme.example", "correct horse battery")))
                .await;
        assert_eq!(status, 200, "{body}");
        let first = headers.get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
        let cookie = [("cookie", first.as_str())];
        let cross = [("cookie", first.as_str()), ("origin", "https://evil.example")];
        assert_eq!(call(app, "POST", "/api/auth/refresh", None, &cross, None).await.0, 403);
        let (status, _, second) = call(app, "POST", "/api/auth/refresh", None, &cookie, None).await;
        assert_eq!(status, 200);
        let second = second["access_token"].as_str().unwrap();
        assert_eq!(call(app, "GET", "/api/auth/me", Some(second), &[], None).await.0, 200);
        assert_eq!(call(app, "POST", "/api/auth/refresh", None, &cookie, None).await.0, 401, "used twice");
        assert_eq!(call(app, "GET", "/api/auth/me", Some(second), &[], None).await.0, 401, "the family is ended");
        for email in ["nobody@acme.example", "ana@acme.example"] {
            for _ in 0..3 {
                let (status, _, body) =
                    call(app, "POST", "/api/auth/login", None, &[], Some(login(email, "wrong password"))).await;
                assert_eq!((status, &body["code"]), (401, &json!("invalid_credentials")));
            }
        }
        let right = Some(login("ana@acme.example", "correct horse battery"));
        assert_eq!(call(app, "POST", "/api/auth/login", None, &[], right).await.0, 401, "locked");

        // Users.
        let (_, _, me) = call(app, "GET", "/api/auth/me", admin, &[], None).await;
        let id = me["id"].as_str().unwrap();
        let (status, _, body) =
            call(app, "PUT", &format!("/api/users/{id}"), admin, &[], Some(json!({"role": "viewer"}))).await;
        assert_eq!((status, &body["code"]), (409, &json!("last_admin")), "{body}");
        let (status, headers, bia) = call(
            app,
            "POST",
            "/api/users",
            admin,
            &[],
            Some(json!({
                "name": "Bia", "email": "bia@acme.example", "password": "long enough secret", "role": "attendant",
                "skills": [{"name": "billing", "level": 3}], "external_id": "att-001",
                "destinations": [{"kind": "whatsapp", "address": "(11) 98765-0001"}], "default_destination": "whatsapp",
            })),
        )
        .await;
        assert_eq!(status, 201, "{bia}");
        assert_eq!(headers.get("etag").unwrap(), "\"1\"");
        assert_eq!(bia["destinations"][0]["address"], "5511987650001");
        let (status, _, body) = call(
            app,
            "POST",
            "/api/users",
            admin,
            &[],
            Some(json!({
                "name": "", "email": "x", "role": "attendant", "skills": [{"name": "a", "level": 9}],
            })),
        )
        .await;
        let fields: Vec<_> = body["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        assert_eq!((status, fields), (422, vec!["name", "email", "skills[0].level"]));
        let again = Some(json!({"name": "B", "email": "bia@acme.example", "role": "viewer"}));
        let (status, _, body) = call(app, "POST", "/api/users", admin, &[], again).await;
        assert_eq!((status, &body["errors"][0]["field"]), (409, &json!("email")), "{body}");
        let stale = [("if-match", "\"7\"")];
        assert_eq!(call(app, "PUT", "/api/users/att-001", admin, &stale, Some(json!({"name": "Bia B"}))).await.0, 412);
        assert_eq!(call(app, "PUT", "/api/users/att-001", admin, &[], Some(json!({"name": "Bia B"}))).await.0, 200);
        let (_, _, body) = call(app, "GET", "/api/users?limit=1", admin, &[], None).await;
        let next = format!("/api/users?limit=1&cursor={}", body["next_cursor"].as_str().unwrap());
        assert_eq!(call(app, "GET", &next, admin, &[], None).await.2["items"][0]["name"], "Bia B");
        assert_eq!(call(app, "GET", "/api/users?nope=1", admin, &[], None).await.0, 422);
        let (_, _, bia) =
            call(app, "POST", "/api/auth/login", None, &[], Some(login("bia@acme.example", "long enough secret")))
                .await;
        let attendant = bia["access_token"].as_str();
        assert_eq!(call(app, "GET", "/api/audit", attendant, &[], None).await.0, 403);
        assert_eq!(call(app, "DELETE", "/api/users/att-001", admin, &[], None).await.0, 204);
        assert_eq!(call(app, "GET", "/api/auth/me", attendant, &[], None).await.0, 401);

        // Tokens, replayed.
        let key = [("idempotency-key", "k1")];
        let wanted = || Some(json!({"name": "crm", "scopes": ["crm:write"]}));
        let (status, _, made) = call(app, "POST", "/api/tokens", admin, &key, wanted()).await;
        assert_eq!(status, 201, "{made}");
        let (status, headers, replayed) = call(app, "POST", "/api/tokens", admin, &key, wanted()).await;
        assert_eq!((status, &replayed), (201, &made));
        assert_eq!(headers.get("idempotent-replayed").unwrap(), "true");
        let other = Some(json!({"name": "x", "scopes": ["crm:write"]}));
        let (status, _, body) = call(app, "POST", "/api/tokens", admin, &key, other).await;
        assert_eq!((status, &body["code"]), (422, &json!("idempotency_mismatch")));
        let bad = || Some(json!({"name": "x", "scopes": ["root"]}));
        let first = call(app, "POST", "/api/tokens", admin, &[("idempotency-key", "k2")], bad()).await;
        let again = call(app, "POST", "/api/tokens", admin, &[("idempotency-key", "k2")], bad()).await;
        assert_eq!((first.0, again.0, &again.2["code"]), (422, 422, &json!("validation")));
        let token = made["token"].as_str();
        assert_eq!(call(app, "GET", "/api/crm/contacts", token, &[], None).await.0, 200);
        assert_eq!(call(app, "GET", "/api/users", token, &[], None).await.0, 403);

        // Bots, settings, the channel they make.
        let (_, _, bots) = call(app, "GET", "/api/bots", admin, &[], None).await;
        let bot = bots["items"][0]["id"].as_str().unwrap().to_owned();
        let wrong = Some(json!({"settings": {"bot-greting": "x", "history-limit": "many"}}));
        let (status, _, body) = call(app, "PUT", &format!("/api/bots/{bot}"), admin, &[], wrong).await;
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("settings.bot-greting")), "{body}");
        let file = "name,value\nbot-greeting,Oi!\nllm-key,sk-1234567890abcd\nnope,1\nwhatsapp-api-key,EAAG1234567890\n\
                    whatsapp-phone-number-id,1055\nwhatsapp-app-secret,abcdef0123456789\nwhatsapp-verify-token,v3rify\n";
        let import = format!("/api/settings/import?bot_id={bot}");
        let csv = [("content-type", "text/csv")];
        let (status, _, body) = call(app, "POST", &import, admin, &csv, Some(Value::String(file.into()))).await;
        assert_eq!((status, &body["accepted"], &body["rejected"][0]["line"]), (200, &json!(6), &json!(4)), "{body}");
        let (_, _, body) = call(app, "GET", &format!("/api/settings?bot_id={bot}"), admin, &[], None).await;
        assert_eq!(body["values"]["llm-key"], json!({"set": true, "last4": "abcd"}));
        let (_, _, export) = call(app, "GET", &format!("/api/settings/export?bot_id={bot}"), admin, &[], None).await;
        assert!(export.as_str().unwrap().contains("llm-key,***"), "{export}");
        let (_, _, channels) = call(app, "GET", "/api/channels", admin, &[], None).await;
        let channel = channels["items"][0].clone();
        assert_eq!(channel["kind"], "whatsapp", "{channels}");
        assert_eq!(channel["credentials"]["access_token"], json!({"set": true, "last4": "7890"}));
        let path = format!("/api/channels/{}", channel["id"].as_str().unwrap());
        let (status, _, body) =
            call(app, "PUT", &path, admin, &[], Some(json!({"credentials": {"phone_number_id": "abc"}}))).await;
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("credentials.phone_number_id")), "{body}");
        let settings = json!({"name": "W", "settings": {"api_base_url": "http://127.0.0.1:9"}});
        assert_eq!(call(app, "PUT", &path, admin, &[], Some(settings)).await.0, 200);
        let (status, _, body) = call(app, "POST", &format!("{path}/test"), admin, &[], None).await;
        assert_eq!((status, &body["ok"]), (200, &json!(false)), "{body}");
        assert_eq!(call(app, "GET", &format!("{path}/health"), admin, &[], None).await.2["outbox"]["queued"], 0);
        let made = json!({"kind": "web", "name": "Site", "bot_id": bot});
        assert_eq!(call(app, "POST", "/api/channels", admin, &[], Some(made)).await.0, 201);

        // People by file.
        let file = "id,name,phone,email,queues,password\natt-7,Caio,11 97777-6666,caio@acme.example,Atendimento,a long password\n\
                    att-8,Davi,,d@acme.example,Nowhere,\n";
        for (created, updated) in [(1, 0), (0, 1)] {
            let body = Some(Value::String(file.into()));
            let (status, _, body) = call(app, "POST", "/api/settings/import", admin, &csv, body).await;
            assert_eq!(status, 200);
            assert_eq!((&body["created"], &body["updated"]), (&json!(created), &json!(updated)), "{body}");
            assert_eq!(body["rejected"][0]["line"], 3);
        }
        let (_, _, file) = call(app, "GET", "/api/settings/export?kind=attendants", admin, &[], None).await;
        assert!(file.as_str().unwrap().contains("att-7,Caio,all,"), "{file}");

        // Contacts.
        let ana = json!({"first_name": "Ação", "last_name": "Silva", "phone": "(11) 98888-7777", "tags": ["vip"]});
        let (status, _, ana) = call(app, "POST", "/api/crm/contacts", admin, &[], Some(ana)).await;
        assert_eq!((status, &ana["phone"]), (201, &json!("+5511988887777")));
        let twin = json!({"first_name": "A", "phone": "11988887777"});
        let (status, _, body) = call(app, "POST", "/api/crm/contacts", admin, &[], Some(twin)).await;
        assert_eq!((status, &body["errors"][0]["field"]), (409, &json!("phone")));
        let other = json!({"first_name": "Acao", "email": "a@b.example", "tags": ["new"]});
        let (_, _, other) = call(app, "POST", "/api/crm/contacts", admin, &[], Some(other)).await;
        let (_, _, found) = call(app, "GET", "/api/crm/contacts?q=ACAO%20silva&tag=vip", admin, &[], None).await;
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        let both = || Some(json!({"winner_id": ana["id"], "loser_id": other["id"]}));
        let (status, _, winner) = call(app, "POST", "/api/crm/contacts/merge", admin, &[], both()).await;
        assert_eq!((status, &winner["email"]), (200, &json!("a@b.example")), "{winner}");
        assert_eq!(winner["identities"].as_array().unwrap().len(), 2);
        assert_eq!(call(app, "POST", "/api/crm/contacts/merge", admin, &[], both()).await.0, 409);
        let timeline = format!("/api/crm/contacts/{}/timeline", ana["id"].as_str().unwrap());
        let told = call(app, "GET", &timeline, admin, &[], None).await.2;
        let kinds: Vec<_> = told["items"].as_array().unwrap().iter().map(|item| &item["kind"]).collect();
        assert_eq!(json!(kinds), json!(["contact_merged", "contact_created"]));

        // The rest.
        let canned = json!({"name": "oi", "text": "Olá {{name}}"});
        let (status, _, canned) = call(app, "POST", "/api/canned-responses", admin, &[], Some(canned)).await;
        assert_eq!(status, 201, "{canned}");
        let path = format!("/api/canned-responses/{}", canned["id"].as_str().unwrap());
        assert_eq!(call(app, "PUT", &path, admin, &[("if-match", "\"1\"")], Some(json!({"text": "x"}))).await.0, 200);
        assert_eq!(call(app, "DELETE", &path, admin, &[], None).await.0, 204);
        assert_eq!(call(app, "POST", "/api/skills", admin, &[], Some(json!({"name": "vip"}))).await.0, 201);
        let org =
            json!({"name": "Beta", "admin": {"name": "C", "email": "c@beta.example", "password": "another secret"}});
        assert_eq!(call(app, "POST", "/api/organizations", admin, &[], Some(org)).await.0, 201);
        let (_, _, body) =
            call(app, "POST", "/api/auth/login", None, &[], Some(login("c@beta.example", "another secret"))).await;
        let theirs = body["access_token"].as_str();
        assert_eq!(call(app, "GET", "/api/organizations", theirs, &[], None).await.0, 403);
        assert_eq!(call(app, "GET", &format!("/api/bots/{bot}"), theirs, &[], None).await.0, 404);
        assert_eq!(call(app, "GET", &timeline, theirs, &[], None).await.0, 404);
        let (_, _, audit) = call(app, "GET", "/api/audit?action=contact.merge", admin, &[], None).await;
        assert_eq!(audit["items"][0]["actor_name"], "Ana", "{audit}");
        for path in ["/api/health", "/healthz", "/readyz", "/api/docs", "/api/openapi.json", "/api/docs/docs.js"] {
            assert_eq!(call(app, "GET", path, admin, &[], None).await.0, StatusCode::OK.as_u16(), "{path}");
        }
    }
}
