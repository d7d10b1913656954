//! Who gets in and how far: logins, tokens, the first minutes, headers, rates, and what never leaks.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::api::{Answer, Api};
use crate::support::graph;
use crate::support::server::{ADMIN_EMAIL, ADMIN_PASSWORD, Server};
use crate::support::socket::Socket;
use crate::support::world::{Customer, World};

scenarios! {
    a_login_is_refreshed_once_and_ends_when_its_token_is_copied,
    guessing_is_refused_alike_and_locks,
    a_token_does_what_its_scopes_say_and_no_more,
    the_first_administrator_comes_with_the_printed_token,
    only_the_operator_makes_organizations,
    an_organization_keeps_an_administrator,
    secrets_are_shown_by_their_end_and_nothing_personal_is_logged,
    sockets_ask_for_credentials_and_close_with_them,
    every_answer_carries_its_headers,
    private_addresses_are_not_called,
    a_flood_is_told_when_to_come_back,
}

fn cookie(answer: &Answer) -> String {
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/api/auth"));
    cookie.split(';').next().unwrap().to_owned()
}

async fn refresh(api: &Api, cookie: &str) -> Answer {
    api.send(api.request(Method::POST, "/api/auth/refresh").header("cookie", cookie)).await
}

async fn a_login_is_refreshed_once_and_ends_when_its_token_is_copied(backend: Backend) {
    let server = Server::start(backend);
    let anonymous = Api::anonymous(&server);
    let credentials = json!({"email": ADMIN_EMAIL.to_uppercase(), "password": ADMIN_PASSWORD});
    let login = anonymous.post("/api/auth/login", credentials).await;
    let first = cookie(&login);
    let body = login.ok();
    assert_eq!((&body["token_type"], &body["user"]["email"]), (&json!("Bearer"), &json!(ADMIN_EMAIL)));
    assert!(body["expires_in"].as_u64().is_some_and(|seconds| seconds <= 3600));
    let me = anonymous.with_token(body["access_token"].as_str().unwrap());
    assert_eq!(me.get("/api/auth/me").await.ok()["is_operator"], true);

    let crossing = anonymous.request(Method::POST, "/api/auth/refresh").header("cookie", &first);
    anonymous.send(crossing.header("origin", "https://evil.example")).await.refused(403);
    let next = refresh(&anonymous, &first).await;
    let second = cookie(&next);
    assert_ne!(first, second);
    let renewed = anonymous.with_token(next.ok()["access_token"].as_str().unwrap());
    renewed.get("/api/auth/me").await.ok();
    // The first one again: somebody has a copy. Everything of this login ends.
    refresh(&anonymous, &first).await.refused(401);
    refresh(&anonymous, &second).await.refused(401);
    renewed.get("/api/auth/me").await.refused(401);
    me.get("/api/auth/me").await.refused(401);

    let other = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let audit = other.get("/api/audit?action=login.reuse").await.ok();
    assert_eq!(audit["items"].as_array().unwrap().len(), 1);
    let login = anonymous.post("/api/auth/login", json!({"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD})).await;
    let third = cookie(&login);
    let leaving = other.request(Method::POST, "/api/auth/logout").header("cookie", &third);
    let gone = other.send(leaving).await;
    assert!(gone.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(gone.status, 204);
    refresh(&anonymous, &third).await.refused(401);
    other.get("/api/auth/me").await.refused(401);
    anonymous.with_token(login.ok()["access_token"].as_str().unwrap()).get("/api/auth/me").await.refused(401);
    refresh(&anonymous, "attendance_refresh=rubbish").await.refused(401);
    refresh(&anonymous, "").await.refused(401);
}

async fn guessing_is_refused_alike_and_locks(backend: Backend) {
    let server = Server::start_with(
        backend,
        &[("ATTENDANCE__SECURITY__LOGIN_ATTEMPTS", "3"), ("ATTENDANCE__SECURITY__LOCKOUT_SECONDS", "900")],
    );
    let admin = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let body = json!({"name": "Bia", "email": "bia@example.com", "password": "a long enough secret", "role": "viewer"});
    admin.post("/api/users", body).await.ok();
    let anonymous = Api::anonymous(&server);
    let login = async |email: &str, password: &str| {
        anonymous.post("/api/auth/login", json!({"email": email, "password": password})).await
    };
    let mut answers = Vec::new();
    for _ in 0..3 {
        for email in ["bia@example.com", "nobody@example.com"] {
            let answer = login(email, "wrong password").await;
            answers.push((answer.status, answer.body["code"].clone(), answer.body["detail"].clone()));
        }
    }
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, 401);
    assert_eq!(login("bia@example.com", "a long enough secret").await.refused(401), "invalid_credentials");
    let audit = admin.get("/api/audit?action=login.fail").await.ok();
    let locked = audit["items"].as_array().unwrap().iter().any(|line| line["detail"]["locked"] == true);
    assert!(locked && audit["items"][0]["address"].is_string(), "{audit}");
    let id = admin.get("/api/users?q=bia").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    // A new password from an administrator opens it again.
    admin.put(&format!("/api/users/{id}"), json!({"password": "another long secret"})).await.ok();
    login("bia@example.com", "another long secret").await.ok();
    for (email, password) in [("", ""), ("x", "y")] {
        let status = login(email, password).await.status;
        assert!([401, 422].contains(&status));
    }
    let weak = json!({"name": "C", "email": "c@example.com", "password": "short", "role": "viewer"});
    let refused = admin.post("/api/users", weak).await;
    assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("password")));
    assert!(!server.log().contains("wrong password") && !server.log().contains("long secret"));
}

async fn a_token_does_what_its_scopes_say_and_no_more(backend: Backend) {
    let server = Server::start(backend);
    let admin = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let make = async |api: &Api, scopes: Value| api.post("/api/tokens", json!({"name": "t", "scopes": scopes})).await;
    let made = make(&admin, json!(["crm:read"])).await.ok();
    let reader = admin.with_token(made["token"].as_str().unwrap());
    reader.get("/api/crm/contacts").await.ok();
    reader.post("/api/crm/contacts", json!({"first_name": "A"})).await.refused(403);
    for path in ["/api/users", "/api/tokens", "/api/audit", "/api/settings", "/api/sessions", "/api/organizations"] {
        reader.get(path).await.refused(403);
    }
    let listed = admin.get("/api/tokens").await.ok();
    assert!(listed["items"][0]["token"].is_null() && !listed.to_string().contains(made["token"].as_str().unwrap()));
    assert_eq!(
        listed["items"][0]["last4"],
        &made["token"].as_str().unwrap()[made["token"].as_str().unwrap().len() - 4..]
    );
    let writer = make(&admin, json!(["crm:write", "settings:write"])).await.ok();
    let writer = admin.with_token(writer["token"].as_str().unwrap());
    writer.post("/api/crm/contacts", json!({"first_name": "A"})).await.ok();
    writer.get("/api/crm/contacts").await.ok();
    assert_eq!(
        make(&writer, json!(["users:write"])).await.refused(403),
        "forbidden",
        "a token that outreaches its maker"
    );
    make(&writer, json!(["crm:read"])).await.ok();
    let refused = make(&admin, json!(["crm:read", "root"])).await;
    assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("scopes[1]")));
    make(&admin, json!([])).await.refused(422);
    let past = json!({"name": "t", "scopes": ["crm:read"], "expires_at": "2020-01-01T00:00:00Z"});
    admin.post("/api/tokens", past).await.refused(422);
    let path = format!("/api/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(admin.delete(&path).await.status, 204);
    reader.get("/api/crm/contacts").await.refused(401);
    // It is its maker's: it goes when they go.
    let body = json!({"name": "Bia", "email": "bia@example.com", "password": "a long enough secret", "role": "admin"});
    let bia = admin.post("/api/users", body).await.ok();
    let hers = Api::login(&server, "bia@example.com", "a long enough secret").await;
    let token = make(&hers, json!(["crm:read"])).await.ok();
    let token = admin.with_token(token["token"].as_str().unwrap());
    token.get("/api/crm/contacts").await.ok();
    let path = format!("/api/users/{}", bia["id"].as_str().unwrap());
    admin.put(&path, json!({"is_active": false})).await.ok();
    token.get("/api/crm/contacts").await.refused(401);
    hers.get("/api/auth/me").await.refused(401);
}

async fn the_first_administrator_comes_with_the_printed_token(backend: Backend) {
    let server = Server::start_unattended(backend);
    let said = server.said().join("\n");
    let at = said.find("setup_").unwrap_or_else(|| panic!("no token was printed: {said}"));
    let token = said[at..].split_whitespace().next().unwrap().to_owned();
    assert!(!server.log().contains(&token), "the token is in the log");
    let anonymous = Api::anonymous(&server);
    assert_eq!(anonymous.get("/api/setup").await.ok()["needed"], true);
    let request = |token: &str, password: &str| {
        json!({
            "token": token, "organization": "Aurora", "name": "Ana", "email": "Ana@Aurora.example", "password": password,
        })
    };
    anonymous.post("/api/setup", request("setup_wrong", "a long enough secret")).await.refused(401);
    anonymous.post("/api/setup", request(&token, "short")).await.refused(422);
    let made = anonymous.post("/api/setup", request(&token, "a long enough secret")).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let ana = anonymous.with_token(made.body["access_token"].as_str().unwrap());
    let me = ana.get("/api/auth/me").await.ok();
    assert_eq!((&me["organization"]["name"], &me["role"]), (&json!("Aurora"), &json!("admin")));
    assert_eq!(anonymous.post("/api/setup", request(&token, "a long enough secret")).await.refused(409), "conflict");
    assert_eq!(anonymous.get("/api/setup").await.ok()["needed"], false);
    Api::login(&server, "ana@aurora.example", "a long enough secret").await;
    // It works at once: a bot and a queue are there.
    for path in ["/api/bots", "/api/attendance/queues"] {
        assert_eq!(ana.get(path).await.ok()["items"].as_array().unwrap().len(), 1, "{path}");
    }
}

async fn only_the_operator_makes_organizations(backend: Backend) {
    let world = World::new(backend).await;
    let body =
        |email: &str| json!({"name": "Beta", "admin": {"name": "C", "email": email, "password": ADMIN_PASSWORD}});
    world.admin.post("/api/organizations", body("c@beta.example")).await.ok();
    let duplicate = world.admin.post("/api/organizations", body("c@beta.example")).await;
    assert_eq!((duplicate.status, &duplicate.body["errors"][0]["field"]), (409, &json!("admin.email")));
    let theirs = Api::login(&world.server, "c@beta.example", ADMIN_PASSWORD).await;
    theirs.get("/api/organizations").await.refused(403);
    theirs.post("/api/organizations", body("d@beta.example")).await.refused(403);
    // Another administrator of the first organization runs their organization, as its operator's peer or not at all:
    let second = world.person("Segunda", "admin").await;
    let status = second.api.get("/api/organizations").await.status;
    let is_operator = second.api.get("/api/auth/me").await.ok()["is_operator"] == true;
    assert_eq!(status == 200, is_operator, "what is told and what is allowed differ");
    let supervisor = world.person("Supervisora", "supervisor").await;
    supervisor.api.get("/api/organizations").await.refused(403);
    assert_eq!(world.admin.get("/api/organizations").await.ok()["items"].as_array().unwrap().len(), 2);
}

async fn an_organization_keeps_an_administrator(backend: Backend) {
    let world = World::new(backend).await;
    let me = world.admin.get("/api/auth/me").await.ok();
    let own = format!("/api/users/{}", me["id"].as_str().unwrap());
    let changes =
        [json!({"role": "viewer"}), json!({"is_active": false}), json!({"email": null}), json!({"password": null})];
    for change in changes {
        let answer = world.admin.put(&own, change.clone()).await;
        assert!([409, 422].contains(&answer.status), "{change}: {} {}", answer.status, answer.text);
    }
    assert_eq!(world.admin.delete(&own).await.refused(409), "last_admin");
    let second = world.person("Segunda", "admin").await;
    world.admin.put(&own, json!({"role": "viewer"})).await.ok();
    // The role counts from now on, whatever the token was made for.
    world.admin.get("/api/audit").await.refused(403);
    second.api.delete(&format!("/api/users/{}", second.id)).await.refused(409);
}

async fn secrets_are_shown_by_their_end_and_nothing_personal_is_logged(backend: Backend) {
    let mut world = World::with(backend, &[("RUST_LOG", "debug,hyper=info")], json!({})).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let marina = Customer::new("Marina Prado");
    world.writes(&marina, "quero falar com uma pessoa, meu segredo é 4271").await;
    let assigned = console.wait("conversation_assigned", |_| true).await;
    let session = assigned["session_id"].as_str().unwrap().to_owned();
    console.ask(json!({"type": "take", "session_id": session})).await;
    ana.say(&session, "resposta sigilosa").await;
    world.graph.wait_for("resposta sigilosa").await;
    let wrong = crate::support::api::client().post(world.webhook_url()).header("x-hub-signature-256", "sha256=00");
    assert_eq!(wrong.body("{}").send().await.unwrap().status(), 401);
    let values = json!({"values": {"llm-key": "sk-abcdefghijklmnop"}});
    world.admin.put("/api/settings", values).await.ok();
    let sent: Vec<String> =
        ["/api/channels", "/api/settings", "/api/settings/export", "/api/audit?limit=200", "/api/bots"]
            .into_iter()
            .map(str::to_owned)
            .chain([format!("/api/channels/{}", world.channel), format!("/api/channels/{}/health", world.channel)])
            .collect();
    let mut answers = String::new();
    for path in sent {
        answers.push_str(&world.admin.get(&path).await.text);
    }
    answers.push_str(&world.admin.post(&format!("/api/channels/{}/test", world.channel), json!({})).await.text);
    let channel = world.admin.get(&format!("/api/channels/{}", world.channel)).await.ok();
    let end = &graph::ACCESS_TOKEN[graph::ACCESS_TOKEN.len() - 4..];
    assert_eq!(channel["credentials"]["access_token"], json!({"set": true, "last4": end}));
    let log = world.server.log();
    let metrics = world.admin.send(world.admin.request(Method::GET, "/metrics")).await.text;
    for secret in [graph::ACCESS_TOKEN, graph::APP_SECRET, graph::VERIFY_TOKEN, ADMIN_PASSWORD, "sk-abcdefghijklmnop"] {
        assert!(!answers.contains(secret), "{secret} was answered");
        assert!(!log.contains(secret), "{secret} was logged");
    }
    for personal in [marina.phone.as_str(), "4271", "resposta sigilosa", "Marina Prado", ana.api.token.as_str()] {
        let line = log.lines().find(|line| line.contains(personal));
        assert_eq!(line, None, "{personal} was logged");
        assert!(!metrics.contains(personal), "{personal} is in the metrics");
    }
    // At rest they are sealed.
    if backend == Backend::Sqlite {
        let mut stored = Vec::new();
        for entry in std::fs::read_dir(world.server.path().join("data")).unwrap().flatten() {
            if entry.file_name().to_string_lossy().contains(".db") {
                stored.extend(std::fs::read(entry.path()).unwrap());
            }
        }
        assert!(!stored.is_empty());
        for secret in [graph::ACCESS_TOKEN, graph::APP_SECRET, ADMIN_PASSWORD, "sk-abcdefghijklmnop"] {
            let found = stored.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in the database as it is");
        }
    }
}

async fn sockets_ask_for_credentials_and_close_with_them(backend: Backend) {
    let world = World::new(backend).await;
    let base = &world.server.base;
    let open = async |protocols: &[&str]| Socket::open(base, "/ws/attendant", protocols).await.err();
    assert_eq!(open(&["attendance.v1"]).await, Some(401));
    assert_eq!(open(&["attendance.v1", "bearer.rubbish"]).await, Some(401));
    let good = format!("bearer.{}", world.admin.token);
    let path = format!("/ws/attendant?token={}", world.admin.token);
    assert_eq!(
        Socket::open(base, &path, &["attendance.v1"]).await.err(),
        Some(401),
        "a token in an address is logged by proxies"
    );
    assert_eq!(open(&["attendance.v1", &good]).await, None);
    let ana = world.attendant("Ana").await;
    let mut socket = Socket::attendant(&ana.api).await;
    let mut other = Socket::attendant(&ana.api).await;
    socket.send(json!({"type": "nonsense", "ref": "1"})).await;
    assert_eq!(socket.wait("error", |_| true).await["ref"], "1");
    ana.api.post("/api/auth/logout", json!({})).await;
    assert_eq!(socket.closed().await, Some(4403));
    assert_eq!(other.closed().await, Some(4403));
    let ben = world.attendant("Ben").await;
    let mut socket = Socket::attendant(&ben.api).await;
    world.admin.put(&format!("/api/users/{}", ben.id), json!({"is_active": false})).await.ok();
    assert_eq!(socket.closed().await, Some(4403));
}

async fn every_answer_carries_its_headers(backend: Backend) {
    let allowed = "https://painel.example";
    let server = Server::start_with(
        backend,
        &[("ATTENDANCE__SERVER__PUBLIC_URL", "https://chat.example"), ("ATTENDANCE__SECURITY__CORS_ORIGINS", allowed)],
    );
    let api = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    for path in ["/api/auth/me", "/api/docs", "/api/openapi.json", "/healthz", "/api/nowhere", "/api/users?nope=1"] {
        let headers = api.get(path).await.headers;
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert!(!header("referrer-policy").is_empty() && !header("x-request-id").is_empty(), "{path}");
        assert!(header("strict-transport-security").starts_with("max-age="), "{path}");
        if path.starts_with("/api/") && !path.contains("docs") && !path.contains("openapi") {
            assert_eq!(header("cache-control"), "no-store", "{path}");
            assert!(!header("ratelimit-limit").is_empty() && !header("ratelimit-remaining").is_empty(), "{path}");
        }
        assert!(header("server").is_empty() && header("x-powered-by").is_empty(), "{path}");
    }
    let login = json!({"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD});
    assert!(
        Api::anonymous(&server).post("/api/auth/login", login).await.headers["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Secure")
    );
    let from = async |origin: &str| api.send(api.request(Method::GET, "/api/auth/me").header("origin", origin)).await;
    assert_eq!(from(allowed).await.headers["access-control-allow-origin"], allowed);
    assert!(from("https://evil.example").await.headers.get("access-control-allow-origin").is_none());
    let ask = api.request(Method::OPTIONS, "/api/users").header("access-control-request-method", "PUT");
    let preflight = api.send(ask.header("origin", allowed)).await;
    assert_eq!((preflight.status, &preflight.headers["access-control-allow-origin"]), (204, &allowed.parse().unwrap()));
    let given = api.send(api.request(Method::GET, "/api/auth/me").header("x-request-id", "pedido-12345")).await;
    assert_eq!(given.headers["x-request-id"], "pedido-12345");
    let forged = api.send(api.request(Method::GET, "/api/auth/me").header("x-request-id", "a b\"c{}defgh")).await;
    assert_ne!(forged.headers["x-request-id"], "a b\"c{}defgh");
}

async fn private_addresses_are_not_called(backend: Backend) {
    let world = World::with(backend, &[("ATTENDANCE__SECURITY__ALLOW_PRIVATE_ADDRESSES", "false")], json!({})).await;
    // The world's own channel points at this machine: it is refused, in words, and nothing is sent there.
    let path = format!("/api/channels/{}/test", world.channel);
    let tested = world.admin.send(world.admin.request(Method::POST, &path).header("accept-language", "en")).await.ok();
    assert_eq!((&tested["ok"], &tested["text"]), (&json!(false), &json!("the configured address may not be called")));
    for address in
        ["http://169.254.169.254/latest", "http://[::1]:9", "http://10.0.0.1", "http://localhost:1", "file:///etc"]
    {
        let body = json!({"settings": {"api_base_url": address}});
        let answer = world.admin.put(&format!("/api/channels/{}", world.channel), body).await;
        if answer.status == 200 {
            let tested = world.admin.post(&path, json!({})).await.ok();
            assert_eq!(tested["ok"], false, "{address}");
            assert_eq!(tested["text"], "o endereço configurado não pode ser chamado", "{address}: {tested}");
        } else {
            assert_eq!(answer.status, 422, "{address}: {}", answer.text);
        }
    }
    assert_eq!(world.graph.attempts(), 0);
}

async fn a_flood_is_told_when_to_come_back(backend: Backend) {
    let server = Server::start_with(
        backend,
        &[
            ("ATTENDANCE__LIMITS__REQUESTS_PER_SECOND", "1"),
            ("ATTENDANCE__LIMITS__REQUEST_BURST", "5"),
            ("ATTENDANCE__LIMITS__LOGINS_PER_MINUTE", "4"),
        ],
    );
    let api = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let mut left = Vec::new();
    let refused = loop {
        let answer = api.get("/api/auth/me").await;
        assert_eq!(answer.headers["ratelimit-limit"], "5");
        left.push(answer.headers["ratelimit-remaining"].to_str().unwrap().parse::<u32>().unwrap());
        if answer.status == 429 {
            break answer;
        }
        assert!(left.len() < 20, "no end of it: {left:?}");
    };
    assert_eq!(refused.body["code"], "rate_limited");
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    assert_eq!(left[0], 4, "{left:?}");
    assert_eq!(*left.last().unwrap(), 0);
    // Health answers whoever floods.
    assert_eq!(api.get("/healthz").await.status, 200);
    let anonymous = Api::anonymous(&server);
    let mut last = 0;
    for _ in 0..5 {
        last = anonymous.post("/api/auth/login", json!({"email": "x@example.com", "password": "y"})).await.status;
    }
    assert_eq!(last, 429);
}
