//! Running it: start-up errors that name their cause, health, metrics, a clean end.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::Backend;
use crate::support::api::Api;
use crate::support::server::{ADMIN_EMAIL, ADMIN_PASSWORD, Server};
use crate::support::socket::Socket;
use crate::support::world::{Customer, World};

scenarios! {
    a_wrong_configuration_is_named_by_file_key_and_line,
    health_and_metrics_tell_how_it_is,
    sigterm_ends_cleanly_and_nothing_is_lost,
    a_restart_keeps_who_is_logged_in,
}

async fn a_wrong_configuration_is_named_by_file_key_and_line(backend: Backend) {
    let server = Server::start(backend);
    let file = server.path().join("wrong.toml");
    let start = |text: &str, environment: &[(&str, &str)]| {
        std::fs::write(&file, text).unwrap();
        let mut command = server.command();
        let output = command.arg("--config").arg(&file).envs(environment.iter().copied()).output().unwrap();
        assert!(!output.status.success(), "{text}");
        String::from_utf8(output.stderr).unwrap()
    };
    let text = "[server]\nkeep_alive_seconds = 30\n\n[limits]\njson_bites = 5\nmailbox = \"big\"\n[nope]\nx = 1\n";
    let told = start(text, &[]);
    for part in [
        "wrong.toml line 5: limits.json_bites",
        "did you mean limits.json_bytes",
        "wrong.toml line 6: limits.mailbox",
        "nope",
    ] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    assert!(start("[server\n", &[]).contains("wrong.toml line 1"));
    let told = start("", &[("ATTENDANCE__SERVER__WORKRES", "2"), ("ATTENDANCE__LIMITS__MAILBOX", "x")]);
    assert!(told.contains("ATTENDANCE__SERVER__WORKRES") && told.contains("ATTENDANCE__LIMITS__MAILBOX"), "{told}");
    let told = start("[limits]\njson_bytes = 1\n", &[]);
    assert!(told.contains("limits.json_bytes") && told.contains("1024"), "{told}");
    std::fs::remove_file(&file).unwrap();
    let output = server.command().arg("--config").arg(&file).output().unwrap();
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("wrong.toml"));
    let output = server.command().env("DATABASE_URL", "mysql://x/y").output().unwrap();
    assert!(!output.status.success(), "an unknown database");
}

async fn health_and_metrics_tell_how_it_is(backend: Backend) {
    let mut world = World::with(backend, &[("ATTENDANCE__METRICS__TOKEN", "m3trics")], json!({})).await;
    let anonymous = Api::anonymous(&world.server);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(anonymous.get(path).await.ok()["status"], "ok");
        let head = anonymous.request(reqwest::Method::HEAD, path).send().await.unwrap();
        assert_eq!(head.status(), 200);
    }
    anonymous.get("/metrics").await.refused(401);
    anonymous.with_token("wrong").get("/metrics").await.refused(401);
    let (ana, mut console) = world.online("Ana Souza").await;
    world.writes(&Customer::new("Marina"), "quero falar com uma pessoa").await;
    let assigned = console.wait("conversation_assigned", |_| true).await;
    let session = assigned["session_id"].as_str().unwrap().to_owned();
    console.ask(json!({"type": "take", "session_id": session})).await;
    let sent = ana.say(&session, "Olá!").await;
    world.graph.wait_for("Olá!").await;
    console.wait("message_status", |event| event["message_id"] == sent["id"] && event["status"] == "sent").await;
    let metrics = anonymous.with_token("m3trics").get("/metrics").await;
    assert!(metrics.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    let has = |name: &str| metrics.text.lines().any(|line| line.starts_with(name));
    for name in [
        "attendance_http_seconds_bucket{route=\"/api/users\",status=\"201\",le=",
        "attendance_sockets",
        "attendance_messages_received_total",
        "attendance_webhook_to_event_seconds",
        "attendance_outbox_depth",
        "attendance_inbox_backlog",
        "attendance_conversations_live",
        "attendance_store_commit_seconds",
        "attendance_store_read_seconds",
    ] {
        assert!(has(name), "no {name} in:\n{}", metrics.text);
    }
    // No label may hold what a caller chose: a flood of addresses must not become a flood of series.
    anonymous.get("/api/crm/contacts/018f3c1e-0000-7000-8000-000000000000").await.refused(401);
    anonymous.get("/wp-login.php").await.refused(404);
    let text = anonymous.with_token("m3trics").get("/metrics").await.text;
    assert!(!text.contains("018f3c1e") && !text.contains("wp-login"));
    let health = world.admin.get("/api/health").await.ok();
    let kinds: Vec<&str> = health["components"].as_array().unwrap().iter().filter_map(|c| c["kind"].as_str()).collect();
    for kind in ["database", "outbox", "inbox", "channel"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert_eq!((&health["status"], &health["live"]["conversations"]), (&json!("ok"), &json!(1)), "{health}");
    ana.api.get("/api/health").await.refused(403);
}

async fn sigterm_ends_cleanly_and_nothing_is_lost(backend: Backend) {
    let mut world = World::new(backend).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let marina = Customer::new("Marina");
    world.writes(&marina, "quero falar com uma pessoa").await;
    let assigned = console.wait("conversation_assigned", |_| true).await;
    let session = assigned["session_id"].as_str().unwrap().to_owned();
    console.ask(json!({"type": "take", "session_id": session})).await;
    for n in 0..20 {
        world.writes(&marina, &format!("mensagem {n}")).await;
    }
    let asked = Instant::now();
    let status = world.server.terminate();
    assert!(status.success(), "{status}");
    assert!(asked.elapsed() < Duration::from_secs(12), "{:?}", asked.elapsed());
    assert_eq!(console.closed().await, Some(1001));
    let log = world.server.log();
    assert!(log.contains("stopped") && !log.contains("panicked"), "{log}");
    world.server.launch();
    let ana_api = ana.api.at(&world.server);
    let mut socket = Socket::attendant(&ana_api).await;
    let mut texts = Vec::new();
    while texts.len() < 20 {
        let words = ana_api.get(&format!("/api/sessions/{session}/messages?limit=200")).await.ok();
        let all = words["items"].as_array().unwrap().iter();
        texts = all
            .filter_map(|m| m["text"].as_str().filter(|text| text.starts_with("mensagem")).map(str::to_owned))
            .collect();
        if texts.len() < 20 {
            socket.wait("message_created", |_| true).await;
        }
    }
    let expected: Vec<String> = (0..20).map(|n| format!("mensagem {n}")).collect();
    assert_eq!(texts, expected);
}

async fn a_restart_keeps_who_is_logged_in(backend: Backend) {
    let mut server = Server::start(backend);
    let admin = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let gone = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    gone.post("/api/auth/logout", json!({})).await;
    let token = admin.post("/api/tokens", json!({"name": "t", "scopes": ["crm:read"]})).await.ok();
    server.kill();
    server.launch();
    admin.at(&server).get("/api/auth/me").await.ok();
    gone.at(&server).get("/api/auth/me").await.refused(401);
    admin.at(&server).with_token(token["token"].as_str().unwrap()).get("/api/crm/contacts").await.ok();
    assert!(server.said().iter().all(|line| !line.contains("setup_")), "{:?}", server.said());
}
