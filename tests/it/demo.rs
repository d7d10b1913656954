//! `attendance demo`: a living contact center that needs nothing and touches nothing. It has its own database, so these run on
//! SQLite alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use attendance::clock::Clock;
use serde_json::{Value, json};

use crate::support::api::{Api, client};
use crate::support::server::Server;
use crate::support::socket::Socket;
use crate::support::{Backend, run};

async fn log_in(server: &Server, email: &str) -> Api {
    let marker = std::fs::read_to_string(server.path().join("data/demo/demo.json")).unwrap();
    let marker: Value = serde_json::from_str(&marker).unwrap();
    Api::login(server, email, marker["password"].as_str().unwrap()).await
}

/// Of what happened in a session: whether the bot spoke, it waited, was taken and was resolved, in this order.
fn went_all_the_way(seen: &[Value], session: &Value) -> bool {
    let mut expected = ["bot", "new_conversation", "conversation_accepted", "conversation_resolved"].iter().peekable();
    for event in seen.iter().filter(|event| event["session_id"] == *session) {
        let happened = match event["type"].as_str() {
            Some("message_created") => event["message"]["sender"]["kind"].as_str(),
            kind => kind,
        };
        if expected.peek().copied().copied() == happened {
            expected.next();
        }
    }
    expected.next().is_none()
}

#[test]
fn customers_are_answered_by_the_bot_served_by_people_and_rate_it() {
    run(Backend::Sqlite, |_| async {
        let mut server = Server::start_demo(&["--speed", "50"]);
        let admin = log_in(&server, "admin@aurora.example").await;
        let mut console = Socket::attendant(&admin).await;
        loop {
            let rated = console.wait("conversation_updated", |event| event["csat"].is_object()).await;
            assert!((1..=5).contains(&rated["csat"]["score"].as_i64().unwrap()));
            if went_all_the_way(&console.seen, &rated["session_id"]) {
                break;
            }
        }
        // What goes to WhatsApp is reported read by its stand-in.
        console.wait("message_status", |event| event["status"] == "read").await;
        for channel in ["whatsapp", "web", "api"] {
            console.wait("message_created", |event| event["channel"] == channel).await;
        }

        // There was a past: the dashboard has something to show.
        let since = Clock::system().now() - Duration::from_secs(14 * 24 * 3600);
        let path = format!("/api/attendance/insights?from={since}&group_by=queue");
        let insights = log_in(&server, "carla@aurora.example").await.get(&path).await.ok();
        assert!(insights["total"]["handoffs"].as_u64().unwrap() > 100, "{insights}");
        assert!(insights["total"]["ratings"].as_u64().unwrap() > 40, "{insights}");
        let queues = insights["groups"].as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap());
        let queues: std::collections::BTreeSet<&str> = queues.collect();
        assert_eq!(queues, ["Financeiro", "Suporte", "Vendas"].into());

        let page = client().get(format!("{}/demo", server.base)).send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(page.text().await.unwrap().contains("<script src=\"/widget.js\" data-channel=\"0"));

        // Whoever tries it may work at once; the customer of a conversation answers them too.
        let ana = log_in(&server, "ana@aurora.example").await;
        let mut desk = Socket::attendant(&ana).await;
        assert_eq!(desk.ask(json!({"type": "status", "status": "online"})).await["type"], "ack");
        let offered = desk.wait("conversation_assigned", |event| event["assigned_to_name"] == "Ana Lima").await;
        let session = offered["session_id"].as_str().unwrap();
        assert_eq!(desk.ask(json!({"type": "take", "session_id": session})).await["type"], "ack");
        desk.ask(json!({"type": "send", "session_id": session, "text": "Oi! Aqui é a Ana, pode me contar?"})).await;
        let answer = |event: &Value| event["session_id"] == session && event["message"]["sender"]["kind"] == "contact";
        desk.wait("message_created", answer).await;

        let began = Instant::now();
        assert!(server.terminate().success());
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());

        // The next start goes on from here, with the same accounts.
        server.launch();
        let admin = log_in(&server, "admin@aurora.example").await;
        let mut console = Socket::attendant(&admin).await;
        console.wait("message_created", |event| event["message"]["sender"]["kind"] == "contact").await;
        console.wait("conversation_resolved", |_| true).await;
        assert!(server.terminate().success());
    });
}

/// Every file of the folder itself, not of those in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn a_demo_never_touches_real_data() {
    run(Backend::Sqlite, |_| async {
        let mut server = Server::start(Backend::Sqlite);
        let data = server.path().join("data");
        assert!(server.terminate().success());
        let real = files(&data);
        assert!(real.keys().any(|path| path.ends_with("attendance.db")));

        let output = server.command().arg("demo").env("DATABASE_URL", "postgres://127.0.0.1:1/real").output().unwrap();
        assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("DATABASE_URL"));

        server.become_demo(&["--speed", "50", "--fresh"]);
        server.launch();
        let admin = log_in(&server, "admin@aurora.example").await;
        Socket::attendant(&admin).await.wait("new_conversation", |_| true).await;
        assert!(server.terminate().success());
        assert_eq!(files(&data), real);

        // Something that is not a demo stands where the demo would be.
        std::fs::remove_dir_all(data.join("demo")).unwrap();
        std::fs::create_dir(data.join("demo")).unwrap();
        std::fs::write(data.join("demo/attendance.db"), b"somebody's").unwrap();
        let output = server.command().args(["demo", "--fresh"]).output().unwrap();
        assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("not a demo"));
        let left = files(&data.join("demo"));
        assert_eq!(left.into_values().collect::<Vec<_>>(), [b"somebody's".to_vec()]);
    });
}
